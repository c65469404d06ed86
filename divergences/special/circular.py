r"""The Bessel quotients of the von Mises law as means over the circle, and the Bregman divergence of log I₀.

.. math:: e^{-\kappa} I_0(\kappa) = \frac1\pi\int_0^\pi e^{\kappa(\cos\theta - 1)}\,d\theta

The trapezoid rule on a period converges exponentially and adds positive terms only. Where the peak is narrow, the
asymptotic series in 1/κ is summed instead, all of whose coefficients are positive.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from divergences.libraries import Array
from divergences.reading import choose
from divergences.special.gamma import _constants, phi_ratio
from divergences.special.primitives import _polynomial, expm1mx, symbolic

#: Where the series takes over, and up to where the rule is exact to rounding.
_NARROW, _WIDEST = 32.0, 64.0
#: Steps of the rule on [0, π]; it leaves out I_80/I_0, which is below 1e-21 up to `_WIDEST`.
_STEPS = 40
#: Changes of κ whose exponential is finite in float32.
_CHANGE = 40.0

# log(√(2πκ) e^−κ I₀(κ)) ~ Σ c_k κ^−k, k = 1, 2, ...
_SERIES = (
    0.125,
    0.0625,
    0.06510416666666667,
    0.1015625,
    0.2095703125,
    0.5364583333333334,
    1.6380658830915178,
    5.809814453125,
    23.475127749972874,
    106.467822265625,
    535.640519510616,
    2960.739786783854,
    17837.279688947478,
    116339.24666050503,
    816737.8421910767,
    6140798.86346674,
    49232732.339998595,
    419272864.964833,
    3779795380.667541,
    35961831603.669014,
)


def log_i0e(k: Array, *, xp: Any) -> Array:
    """log I₀(κ) − κ for κ ≥ 0, within 8 eps of its size or of 1.

    Args:
        k: concentrations.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.log_i0e(k)
    wide, low, high = _sides(k, xp)

    def rule() -> Array:
        # The exponentials are 1 at κ = 0: what they lack of 1 is summed, where the sum stays well above −1.
        flat = low <= 1
        little, more = xp.where(flat, low, 0.0), xp.where(flat, 1.0, low)
        lacking = xp.expm1(-little[..., None] * _constants(_versines(), low, xp))
        near = xp.log1p(xp.sum(_constants(_shares(), low, xp) * lacking, axis=-1))
        return xp.where(flat, near, xp.log(xp.sum(_weights(more, xp), axis=-1)))

    def series() -> Array:
        z = 1 / high
        return z * _polynomial(z, _SERIES) - xp.log(2 * math.pi * high) / 2

    return choose(wide, rule, series, xp=xp)


def resultant(k: Array, *, xp: Any) -> Array:
    """A(κ) = I₁(κ)/I₀(κ), the mean cosine, for κ ≥ 0; relatively accurate at 0 too.

    Args:
        k: concentrations.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.bessel_ratio(k)
    wide, low, high = _sides(k, xp)

    def rule() -> Array:
        # θ and π − θ together: c(e^κc − e^−κc), which is positive.
        half = _STEPS // 2
        cosines = _constants(_cosines()[:half], low, xp)
        weights = _weights(low, xp)[..., :half]
        gap = xp.expm1(-2 * low[..., None] * cosines)
        return -xp.sum(cosines * weights * gap, axis=-1) / xp.sum(_weights(low, xp), axis=-1)

    return choose(wide, rule, lambda: 1 - _gap_series(high), xp=xp)


def resultant_gap(k: Array, *, xp: Any) -> Array:
    """1 − A(κ) for κ ≥ 0, relatively accurate at large κ too.

    Args:
        k: concentrations.
        xp: the array namespace.
    """
    if symbolic(xp):
        return 1 - xp.bessel_ratio(k)
    wide, low, high = _sides(k, xp)

    def rule() -> Array:
        weights = _weights(low, xp)
        return xp.sum(weights * _constants(_versines(), low, xp), axis=-1) / xp.sum(weights, axis=-1)

    return choose(wide, rule, lambda: _gap_series(high), xp=xp)


def bregman_log_i0(q: Array, p: Array, *, xp: Any) -> Array:
    r"""log I₀(q) − log I₀(p) − (q − p) A(p) ≥ 0 for q, p ≥ 0; zero where q = p.

    .. math:: \log E_p\big[e^{y}\big] = \log\big(1 + E_p[e^{y} - 1 - y]\big), \qquad y = (q - p)(\cos\theta - A(p))

    Args:
        q: concentrations.
        p: concentrations.
        xp: the array namespace.
    """
    if symbolic(xp):
        return (q + xp.log_i0e(q)) - (p + xp.log_i0e(p)) - (q - p) * xp.bessel_ratio(p)
    change = q - p
    wide = (q <= _WIDEST) & (p <= _WIDEST) & (xp.abs(change) <= _CHANGE)
    narrow = ~wide & (q >= _NARROW) & (p >= _NARROW)
    mixed = ~(wide | narrow)

    def rule() -> Array:
        base = xp.where(wide, p, 1.0)
        weights = _weights(base, xp)
        # cos θ − A from 1 − A and 1 − cos θ, each of which is accurate where it is small.
        deviation = resultant_gap(base, xp=xp)[..., None] - _constants(_versines(), base, xp)
        gain = expm1mx(xp.where(wide, change, 0.0)[..., None] * deviation, xp=xp)
        return xp.log1p(xp.sum(weights * gain, axis=-1) / xp.sum(weights, axis=-1))

    def series() -> Array:
        second, first = xp.where(narrow, q, _NARROW), xp.where(narrow, p, _NARROW)
        return phi_ratio(second, first, xp=xp) / 2 + _bregman_series(second, first)

    def plain() -> Array:
        second, first = xp.where(mixed, q, 1.0), xp.where(mixed, p, 2.0)
        logs = log_i0e(second, xp=xp) - log_i0e(first, xp=xp)
        return logs + (second - first) * resultant_gap(first, xp=xp)

    return choose(wide, rule, lambda: choose(narrow, series, plain, xp=xp), xp=xp)


def _bregman_series(q: Array, p: Array) -> Array:
    """Of Σ c_k κ^−k: (q − p)² Σ c_k x² y P_k with x = 1/p, y = 1/q and P_{k+1} = y P_k + (k + 1) x^k, P_1 = 1."""
    x, y = 1 / p, 1 / q
    ratio = (q - p) / p
    power, value, total = 1 + 0 * x, 1 + 0 * x, 0 * x
    for k, c in enumerate(_SERIES, start=1):
        total = total + c * value
        power = power * x
        value = y * value + (k + 1) * power
    return ratio * ratio * y * total


def _gap_series(k: Array) -> Array:
    """½z + Σ j c_j z^(j+1), z = 1/κ."""
    z = 1 / k
    return z * (0.5 + z * _polynomial(z, tuple((j + 1) * c for j, c in enumerate(_SERIES))))


def _sides(k: Array, xp: Any) -> tuple[Array, Array, Array]:
    wide = k <= _NARROW
    return wide, xp.where(wide, k, 1.0), xp.where(wide, _NARROW, k)


@cache
def _cosines() -> tuple[float, ...]:
    return tuple(math.cos(math.pi * j / _STEPS) for j in range(_STEPS + 1))


@cache
def _versines() -> tuple[float, ...]:
    """1 − cos θ."""
    return tuple(2 * math.sin(math.pi * j / _STEPS / 2) ** 2 for j in range(_STEPS + 1))


@cache
def _shares() -> tuple[float, ...]:
    """The weights of the trapezoid rule on [0, π], which add up to 1."""
    return tuple((0.5 if j in (0, _STEPS) else 1.0) / _STEPS for j in range(_STEPS + 1))


def _weights(k: Array, xp: Any) -> Array:
    """The shares times e^(κ(cos θ − 1)), on a last axis of their own."""
    return _constants(_shares(), k, xp) * xp.exp(-k[..., None] * _constants(_versines(), k, xp))
