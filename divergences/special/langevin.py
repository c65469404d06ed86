"""The hyperbolic functions of an exponential tilt of the uniform law, without their singularities at zero."""

from __future__ import annotations

import math
from typing import Any

from divergences.libraries import Array
from divergences.special.primitives import symbolic

#: Below this size the series are used; their first omitted terms are below eps there.
_SMALL = 1.0

# Σ 4ⁿ B₂ₙ/(2n)! t^(2n−1) is the Langevin function; its derivative follows, and sinh(t)/t − 1 over t².
_LANGEVIN = (
    0.3333333333333333,
    -0.022222222222222223,
    0.0021164021164021165,
    -0.00021164021164021165,
    2.1377799155576935e-05,
    -2.1644042808063972e-06,
    2.1925947851873778e-07,
    -2.2214608789979678e-08,
    2.2507846516808994e-09,
    -2.2805151204592183e-10,
    2.3106432599002624e-11,
    -2.3411706819824882e-12,
    2.3721017400233653e-13,
    -2.4034415333307705e-14,
    2.4351954029183367e-15,
    -2.4673688045172075e-16,
    2.499967277122081e-17,
)
_SLOPE = tuple((2 * n + 1) * coefficient for n, coefficient in enumerate(_LANGEVIN))
_SINHC = tuple(1 / math.factorial(2 * n + 3) for n in range(9))


def log_sinhc(t: Array, *, zero: Array | None = None, xp: Any) -> Array:
    """log(sinh(t)/t) ≥ 0, an even function; relatively accurate near 0 too.

    Args:
        t: real numbers.
        zero: what is 0 where t is; of expressions only, where t itself may be a logarithm that no ball shows to be 0.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.log_sinhc(t, t if zero is None else zero)
    size = xp.abs(t)
    small = size < _SMALL
    low, high = xp.where(small, t, 0.0), xp.where(small, 1.0, size)
    far = high + xp.log(-xp.expm1(-2 * high) / (2 * high))
    return xp.where(small, xp.log1p(_series(low * low, _SINHC, low * low)), far)


def langevin(t: Array, *, xp: Any) -> Array:
    """coth t − 1/t, an odd function: the derivative of log(sinh(t)/t).

    Args:
        t: real numbers.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.langevin(t)
    small = xp.abs(t) < _SMALL
    low, high = xp.where(small, t, 0.0), xp.where(small, 1.0, t)
    return xp.where(small, _series(low * low, _LANGEVIN, low), 1 / xp.tanh(high) - 1 / high)


def langevin_slope(t: Array, *, xp: Any) -> Array:
    """1/t² − 1/sinh² t > 0, the derivative of `langevin`.

    Args:
        t: real numbers.
        xp: the array namespace.
    """
    if symbolic(xp):
        return 1 / t**2 - 1 / xp.sinh(t) ** 2
    size = xp.abs(t)
    small = size < _SMALL
    low, high = xp.where(small, t, 0.0), xp.where(small, 1.0, size)
    falling = xp.exp(-high)
    sinh_inverse = 2 * falling / -xp.expm1(-2 * high)
    square = low * low
    return xp.where(small, _series(square, _SLOPE, xp.ones_like(t)), 1 / (high * high) - sinh_inverse * sinh_inverse)


def _series(square: Array, coefficients: tuple[float, ...], factor: Array) -> Array:
    *rest, value = coefficients
    total = value + 0 * square
    for coefficient in reversed(rest):
        total = total * square + coefficient
    return factor * total
