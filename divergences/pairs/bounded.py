"""Divergences between laws of one family on an interval or on the circle."""

from __future__ import annotations

import math
from typing import Any

from divergences import special
from divergences.families import Beta, ContinuousBernoulli, Uniform, VonMises
from divergences.kl import closed_form
from divergences.libraries import Array
from divergences.special.circular import bregman_log_i0, resultant
from divergences.special.tilted import bregman_log_sinhc


@closed_form(Uniform, Uniform)
def kl_uniform_uniform(p: Uniform, q: Uniform, xp: Any) -> Array:
    r""":math:`\log\frac{h_q - l_q}{h_p - l_p}` where p lies inside q, from what q has beside p; else +inf."""
    below, above = p.low - q.low, q.high - p.high
    outside = (below < 0) | (above < 0)
    width = p.high - p.low
    ratio = xp.where(outside, 0 * below, below) / width + xp.where(outside, 0 * above, above) / width
    return xp.where(outside, math.inf, xp.log1p(ratio))


@closed_form(Beta, Beta)
def kl_beta_beta(p: Beta, q: Beta, xp: Any) -> Array:
    """The Bregman divergence of log B, see `divergences.special.bregman_log_beta`."""
    first, second = (_pair(law.concentration1, law.concentration0, xp) for law in (p, q))
    return special.bregman_log_beta(second, first, xp=xp)


def _pair(a: Array, b: Array, xp: Any) -> Array:
    """Both on a last axis of their own, in one shape."""
    return xp.stack((a + 0 * b, b + 0 * a), axis=-1)


@closed_form(ContinuousBernoulli, ContinuousBernoulli)
def kl_continuous_bernoulli_continuous_bernoulli(p: ContinuousBernoulli, q: ContinuousBernoulli, xp: Any) -> Array:
    r"""The Bregman divergence of log(sinh(ℓ/2)/(ℓ/2)) at the logits ℓ."""
    first, second = p.log_odds(xp) / 2, q.log_odds(xp) / 2
    if p.logits is None and q.logits is None:
        # log(q/p) − log((1 − q)/(1 − p)), whose parts have one sign.
        change = q.success(xp) - p.success(xp)
        successes = special.accurate_log_ratio(q.success(xp), p.success(xp), difference=change, xp=xp)
        failures = special.accurate_log_ratio(p.failure(xp), q.failure(xp), difference=change, xp=xp)
        return bregman_log_sinhc(second, first, difference=(successes + failures) / 2, xp=xp)
    return bregman_log_sinhc(second, first, difference=second - first, xp=xp)


@closed_form(VonMises, VonMises)
def kl_von_mises_von_mises(p: VonMises, q: VonMises, xp: Any) -> Array:
    r""":math:`B_{\log I_0}(\kappa_q; \kappa_p) + 2\kappa_q A(\kappa_p)\sin^2(\Delta/2)`, A = I₁/I₀."""
    # Directions nearly a whole turn apart are close, and all the digits of their difference count.
    high, low = (p.loc - q.loc, 0) if special.symbolic(xp) else special.two_difference(p.loc, q.loc, xp=xp)
    half = xp.sin(high / 2) + low / 2 * xp.cos(high / 2)
    turn = 2 * q.concentration * resultant(p.concentration, xp=xp) * half * half
    return bregman_log_i0(q.concentration, p.concentration, xp=xp) + turn
