"""Divergences between laws of one location-scale family, and between those that are functions of them."""

from __future__ import annotations

from typing import Any

from divergences import special
from divergences.families import Cauchy, HalfCauchy, HalfNormal, Laplace, LogNormal, Normal, Rayleigh
from divergences.gaussian import half_square, spread
from divergences.kl import closed_form
from divergences.libraries import Array
from divergences.reading import choose


@closed_form(Normal, Normal)
@closed_form(LogNormal, LogNormal)
def kl_normal_normal(p: Any, q: Any, xp: Any) -> Array:
    r""":math:`\tfrac12[(\Delta/\sigma_q)^2 + \varphi(\sigma_p^2/\sigma_q^2)]`; the theorem is gaussian-kl-stable."""
    return half_square((p.loc - q.loc) / q.scale) + _spread(p, q, xp)


@closed_form(HalfNormal, HalfNormal)
def kl_half_normal_half_normal(p: HalfNormal, q: HalfNormal, xp: Any) -> Array:
    r""":math:`\tfrac12\varphi(\sigma_p^2/\sigma_q^2)`: folding a centred law loses an independent sign, no more."""
    return _spread(p, q, xp)


@closed_form(Rayleigh, Rayleigh)
def kl_rayleigh_rayleigh(p: Rayleigh, q: Rayleigh, xp: Any) -> Array:
    r""":math:`\varphi(\sigma_p^2/\sigma_q^2)`: the squares are exponential."""
    return 2 * _spread(p, q, xp)


def _spread(p: Any, q: Any, xp: Any) -> Array:
    return spread((p.scale - q.scale) / q.scale, p.scale, q.scale, xp=xp)


@closed_form(Laplace, Laplace)
def kl_laplace_laplace(p: Laplace, q: Laplace, xp: Any) -> Array:
    r""":math:`\varphi(r) + r\,E(|\Delta|/b_p)` with :math:`r = b_p/b_q` and :math:`E(x) = e^{-x} - 1 + x`."""
    change = p.loc - q.loc
    # The derivative of |Δ| at 0 is multiplied by E′(0) = 0; as 1 it lets the second derivative be that of E.
    distance = xp.where(change < 0, -change, change)
    if special.symbolic(xp):
        ratio, x = p.scale / q.scale, distance / p.scale
        return special.phi(ratio, xp=xp) + ratio * (xp.exp(-x) - 1 + x)
    near = distance <= p.scale

    def close() -> Array:
        scale = xp.where(near, p.scale, 1.0)
        return scale / q.scale * special.expm1mx(-xp.where(near, distance, 0.0) / scale, xp=xp)

    def far() -> Array:
        length = xp.where(near, 1.0, distance)
        scale = xp.where(near, 1.0, p.scale)
        # Where e^−x is 0 so is its derivative, which division by a small scale need not be.
        gone = length / 1000 > scale
        falling = xp.where(gone, -1.0, xp.expm1(-xp.where(gone, 1.0, length) / xp.where(gone, 1.0, scale)))
        return length / q.scale + scale / q.scale * falling

    shift = choose(near, close, far, xp=xp)
    return special.phi_ratio(p.scale, q.scale, xp=xp) + shift


@closed_form(Cauchy, Cauchy)
def kl_cauchy_cauchy(p: Cauchy, q: Cauchy, xp: Any) -> Array:
    r""":math:`\log(1 + u^2 + v^2)` with :math:`(u, v) = (\Delta, \gamma_p - \gamma_q)/(2\sqrt{\gamma_p\gamma_q})`.

    Reference: Chyzak and Nielsen (2019), A closed-form formula for the Kullback–Leibler divergence between Cauchy
    distributions, theorem 1.
    """
    return _log_gap(p.loc - q.loc, p.scale, q.scale, xp)


@closed_form(HalfCauchy, HalfCauchy)
def kl_half_cauchy_half_cauchy(p: HalfCauchy, q: HalfCauchy, xp: Any) -> Array:
    r"""The divergence of the Cauchy laws that are folded at 0."""
    return _log_gap(0 * p.scale, p.scale, q.scale, xp)


def _log_gap(change: Array, scale_p: Array, scale_q: Array, xp: Any) -> Array:
    """log1p of (Δ² + (γp − γq)²)/(4γpγq), which may overflow although its logarithm does not."""
    spread = scale_p - scale_q
    if special.symbolic(xp):
        return xp.log1p((change * change + spread * spread) / (4 * scale_p * scale_q))

    def gap(change: Array, spread: Array, scale_p: Array, scale_q: Array) -> Array:
        return ((change / scale_p) * (change / scale_q) + (spread / scale_p) * (spread / scale_q)) / 4

    near = gap(change, spread, scale_p, scale_q) <= 1e6

    def close() -> Array:
        offsets = xp.where(near, change, 0.0), xp.where(near, spread, 0.0)
        return xp.log1p(gap(*offsets, xp.where(near, scale_p, 1.0), xp.where(near, scale_q, 1.0)))

    def far() -> Array:
        # log (Δ² + (γp + γq)²)/(4γpγq), of two logarithms neither of which is negative.
        side = xp.where(near, 0.0, xp.abs(change)) / 2
        first, second = xp.where(near, 1.0, scale_p), xp.where(near, 1.0, scale_q)
        width = first / 2 + second / 2
        steep = side > width
        longer = xp.where(steep, side, width)
        ratio = xp.where(steep, width, side) / longer
        logs = special.log_ratio(longer, first, xp=xp) + special.log_ratio(longer, second, xp=xp)
        return logs + xp.log1p(ratio * ratio)

    return choose(near, close, far, xp=xp)
