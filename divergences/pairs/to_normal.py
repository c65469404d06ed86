r"""Divergences of other laws from a normal one: that of the normal law with the same moments, and the negentropy.

.. math:: \mathrm{KL}(P \,\|\, N) = \tfrac12\Big[\Big(\frac{m_P-\mu}{\sigma}\Big)^2 +
    \varphi\Big(\frac{s_P^2}{\sigma^2}\Big)\Big] + J(P), \qquad J(P) = \tfrac12\log(2\pi e\,s_P^2) - H(P) \ge 0

Of a location-scale family the negentropy J is a number; of the gamma laws it is a function of the shape, which falls as
1/3a where they become normal.
"""

from __future__ import annotations

import math
from typing import Any

from divergences import special
from divergences.families import (
    Chi2,
    Exponential,
    Gamma,
    Gumbel,
    HalfNormal,
    Laplace,
    Logistic,
    Normal,
    Rayleigh,
    Uniform,
)
from divergences.gaussian import half_square, spread
from divergences.kl import closed_form
from divergences.libraries import Array
from divergences.reading import choose
from divergences.special.compensated import product_difference, two_product


@closed_form(Laplace, Normal)
def kl_laplace_normal(p: Laplace, q: Normal, xp: Any) -> Array:
    r"""Standard deviation √2 b; :math:`J = \tfrac12\log(\pi/e)`."""
    return _matched(p.loc - q.loc, _root(2, xp) * p.scale, q, (_log(xp.pi, xp) - 1) / 2, xp)


@closed_form(Logistic, Normal)
def kl_logistic_normal(p: Logistic, q: Normal, xp: Any) -> Array:
    r"""Standard deviation πs/√3; :math:`J = \tfrac12\log(2\pi^3/3) - \tfrac32`."""
    negentropy = (_log(2 * xp.pi**3, xp) - _log(3, xp) - 3) / 2
    return _matched(p.loc - q.loc, xp.pi / _root(3, xp) * p.scale, q, negentropy, xp)


@closed_form(Gumbel, Normal)
def kl_gumbel_normal(p: Gumbel, q: Normal, xp: Any) -> Array:
    r"""Mean μ + γβ and standard deviation πβ/√6; :math:`J = \tfrac12\log(\pi^3/3) - \tfrac12 - \gamma`."""
    euler = -special.digamma(xp.ones_like(p.scale), xp=xp)
    negentropy = (_log(xp.pi**3, xp) - _log(3, xp) - 1) / 2 - euler
    return _matched((p.loc - q.loc) + euler * p.scale, xp.pi / _root(6, xp) * p.scale, q, negentropy, xp)


@closed_form(Uniform, Normal)
def kl_uniform_normal(p: Uniform, q: Normal, xp: Any) -> Array:
    r"""Standard deviation (h − l)/√12; :math:`J = \tfrac12\log(\pi e/6)`."""
    shift = (p.low - q.loc) / 2 + (p.high - q.loc) / 2
    return _matched(shift, (p.high - p.low) / _root(12, xp), q, (_log(xp.pi, xp) - _log(6, xp) + 1) / 2, xp)


@closed_form(Exponential, Normal)
def kl_exponential_normal(p: Exponential, q: Normal, xp: Any) -> Array:
    r"""Mean and standard deviation 1/b; :math:`J = \tfrac12\log(2\pi/e)`."""
    return _matched(1 / p.rate - q.loc, 1 / p.rate, q, (_log(2 * xp.pi, xp) - 1) / 2, xp)


@closed_form(HalfNormal, Normal)
def kl_half_normal_normal(p: HalfNormal, q: Normal, xp: Any) -> Array:
    r"""Mean σ√(2/π) and variance σ²(1 − 2/π); :math:`J = \tfrac12\log(4 - 8/\pi)`."""
    mean, rest = _root(2 / xp.pi, xp) * p.scale, 1 - 2 / xp.pi
    return _matched(mean - q.loc, _root(rest, xp) * p.scale, q, _log(4 * rest, xp) / 2, xp)


@closed_form(Rayleigh, Normal)
def kl_rayleigh_normal(p: Rayleigh, q: Normal, xp: Any) -> Array:
    r"""Mean σ√(π/2) and variance σ²(2 − π/2); :math:`J = \tfrac12\log(8\pi - 2\pi^2) - \tfrac12 - \gamma/2`."""
    euler = -special.digamma(xp.ones_like(p.scale), xp=xp)
    mean, rest = _root(xp.pi / 2, xp) * p.scale, 2 - xp.pi / 2
    negentropy = (_log(4 * xp.pi * rest, xp) - 1 - euler) / 2
    return _matched(mean - q.loc, _root(rest, xp) * p.scale, q, negentropy, xp)


@closed_form(Gamma, Normal)
def kl_gamma_normal(p: Gamma, q: Normal, xp: Any) -> Array:
    r"""Mean a/b and variance a/b²; :math:`J = \frac{1}{2a} - R(a) - (1-a) R'(a)`, R Binet's remainder."""
    return _gamma(p.concentration, p.rate, q, xp)


@closed_form(Chi2, Normal)
def kl_chi2_normal(p: Chi2, q: Normal, xp: Any) -> Array:
    r"""That of the gamma law of shape ν/2 and rate 1/2."""
    return _gamma(p.df / 2, special.half(xp=xp) * xp.ones_like(p.df), q, xp)


def _matched(shift: Array, std: Array, q: Normal, negentropy: Any, xp: Any) -> Array:
    return half_square(shift / q.scale) + spread((std - q.scale) / q.scale, std, q.scale, xp=xp) + negentropy


def _gamma(shape: Array, rate: Array, q: Normal, xp: Any) -> Array:
    """A large shape leaves so little negentropy that the other terms must be formed from exact products."""
    std = xp.sqrt(shape) / rate
    if special.symbolic(xp):
        entropy = shape - xp.log(rate) + xp.lgamma(shape) + (1 - shape) * xp.digamma(shape)
        cross = xp.log(q.scale) + special.half_log_2pi(xp=xp)
        return cross - entropy + (std * std + (shape / rate - q.loc) ** 2) / (2 * q.scale**2)
    negentropy = 0.5 / shape - special.binet(shape, xp=xp) - (1 - shape) * special.binet_slope(shape, xp=xp)
    near = (std >= 0.75 * q.scale) & (std <= 1.25 * q.scale)
    a, b, sigma = xp.where(near, shape, 1.0), xp.where(near, rate, 1.0), xp.where(near, q.scale, 1.0)
    one, zero = xp.ones_like(a), xp.zeros_like(a)

    def close() -> Array:
        # a/(bσ)² − 1 from a − (bσ)².
        high, low = two_product(b, sigma, xp=xp)
        excess = product_difference(a, (one, zero), high, (high, 2 * low), xp=xp) / (high * high)
        return -special.log1pmx(excess, xp=xp) / 2

    def far() -> Array:
        wide = xp.where(near, 2.0 * q.scale, std)
        return spread((wide - q.scale) / q.scale, wide, q.scale, xp=xp)

    # (a/b − μ)/σ from a − bμ.
    shift = product_difference(shape, (xp.ones_like(rate), 0 * rate), rate, (q.loc, 0 * q.loc), xp=xp) / rate / q.scale
    return half_square(shift) + choose(near, close, far, xp=xp) + negentropy


def _root(value: Any, xp: Any) -> Any:
    return xp.sqrt(value) if special.symbolic(xp) else math.sqrt(value)


def _log(value: Any, xp: Any) -> Any:
    return xp.log(value) if special.symbolic(xp) else math.log(value)
