"""Logarithms of sums and differences that overflow or cancel when they are written down as they are.

As in `divergences.special`, the branch that is not taken runs at a harmless point, and on symbols each function is
its definition.
"""

from __future__ import annotations

import math
from typing import Any

from divergences.libraries import Array
from divergences.special import symbolic


def log(x: Array, *, xp: Any) -> Array:
    """log x for x ≥ 0, and −inf at 0 without a warning, and without a NaN where a gradient stops there.

    Args:
        x: non-negative numbers.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.log_or_minus_infinity(x)
    zero = x <= 0
    return xp.where(zero, -math.inf, xp.log(xp.where(zero, 1.0, x)))


def log1m(x: Array, *, xp: Any) -> Array:
    """log(1 − x) for x ≤ 1, and −inf at 1.

    Args:
        x: numbers up to 1.
        xp: the array namespace.
    """
    if symbolic(xp):
        return log(1 - x, xp=xp)
    one = x >= 1
    return xp.where(one, -math.inf, xp.log1p(-xp.where(one, 0.0, x)))


def softplus(x: Array, *, xp: Any) -> Array:
    """log(1 + e^x) = max(x, 0) + log1p(e^−|x|), relatively accurate on both sides.

    Args:
        x: real numbers or ±inf.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.log(1 + xp.exp(x))
    # Where x = 0 the derivative of either branch alone is 1/2.
    positive = x > 0
    return xp.where(
        positive,
        xp.where(positive, x, 0.0) + xp.log1p(xp.exp(-xp.where(positive, x, 0.0))),
        xp.log1p(xp.exp(xp.where(positive, 0.0, x))),
    )


def sigmoid(x: Array, *, xp: Any) -> Array:
    """1/(1 + e^−x), relatively accurate for large −x too.

    Args:
        x: real numbers or ±inf.
        xp: the array namespace.
    """
    if symbolic(xp):
        return 1 / (1 + xp.exp(-x))
    positive = x >= 0
    falling = xp.exp(-xp.where(positive, x, 0.0))
    rising = xp.exp(xp.where(positive, 0.0, x))
    return xp.where(positive, 1 / (1 + falling), rising / (1 + rising))


def log1p_square(x: Array, *, xp: Any) -> Array:
    """log(1 + x²), without the overflow of x².

    Args:
        x: real numbers or ±inf.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.log(1 + x**2)
    large = xp.abs(x) > 1.0
    small = xp.where(large, 0.0, x)
    inverse = 1 / xp.where(large, x, 1.0)
    return xp.where(
        large, 2 * xp.log(xp.abs(xp.where(large, x, 1.0))) + xp.log1p(inverse * inverse), xp.log1p(small * small)
    )


def log1mexp(x: Array, *, xp: Any) -> Array:
    """log(1 − e^−x) for x ≥ 0; −inf at 0.

    Args:
        x: non-negative numbers or +inf.
        xp: the array namespace.

    Reference: M. Mächler (2012), Accurately computing log(1 − exp(−|a|)), equation 7.
    """
    if symbolic(xp):
        return xp.log(1 - xp.exp(-x))
    small = x < math.log(2)
    near, far = xp.where(small, x, 0.5), xp.where(small, 1.0, x)
    return xp.where(small, xp.log(-xp.expm1(-near)), xp.log1p(-xp.exp(-far)))


def log1m_power(x: Array, exponent: Array, *, xp: Any) -> Array:
    """log(1 − x^k) for x in [0, 1] and positive k.

    Args:
        x: points of [0, 1].
        exponent: k.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.log(1 - x**exponent)
    zero = x <= 0
    return xp.where(zero, 0.0 * exponent, log1mexp(-exponent * xp.log(xp.where(zero, 0.5, x)), xp=xp))


def pick(condition: Any, first: Array, second: Array, *, xp: Any) -> Array:
    """``where(condition, first, second)``, where the condition may be a truth value of Python's."""
    if isinstance(condition, bool):
        return first if condition else second
    return xp.where(condition, first, second)


def is_zero(value: Any) -> bool:
    """Whether it is the number 0 itself, as which formulas leave out a location; an array that holds zeros is not."""
    return isinstance(value, (int, float)) and value == 0


def is_minus_one(value: Any) -> bool:
    """Whether it is the number −1 itself."""
    return isinstance(value, (int, float)) and value == -1


def is_one(value: Any) -> bool:
    """Whether it is the number 1 itself; an array that holds ones is not."""
    return isinstance(value, (int, float)) and value == 1
