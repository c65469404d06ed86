"""Sums and products of floats with what their rounding left, so that a difference of them keeps its digits.

What rounding left is a constant zero to a formal derivative, so that gradients are those of the sums and products.
"""

from __future__ import annotations

from typing import Any

from divergences.libraries import Array, device_of
from divergences.special.primitives import symbolic, two_difference

#: Veltkamp's 2^s + 1, which splits a significand of 2s or 2s − 1 bits into halves.
_SPLITTER = {64: 2.0**27 + 1, 32: 2.0**12 + 1}


def two_product(a: Array, b: Array, *, xp: Any) -> tuple[Array, Array]:
    """a·b rounded, and what the rounding left, exactly unless it underflows (Dekker); nothing where a half overflows.

    Reference: T. J. Dekker (1971), A floating-point technique for extending the available precision, section 5.
    """
    if symbolic(xp):
        return a * b, 0
    high = a * b
    (a_high, a_low), (b_high, b_low) = _halves(a, xp), _halves(b, xp)
    low = ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low
    return high, xp.where(low == low, low, 0.0)


def _halves(a: Array, xp: Any) -> tuple[Array, Array]:
    shifted = _SPLITTER[32 if xp.finfo(a.dtype).bits <= 32 else 64] * a
    high = shifted - (shifted - a)
    return high, a - high


def exact_sum(values: Array, *, xp: Any) -> tuple[Array, Array]:
    """The sum over the last axis, which is kept, and what rounding left of it, to a relative eps² of Σ|values|."""
    high, low = values, 0 * values
    while high.shape[-1] > 1:
        if high.shape[-1] % 2:
            high, low = (xp.concat([part, xp.zeros_like(part[..., :1])], axis=-1) for part in (high, low))
        even, odd = high[..., 0::2], high[..., 1::2]
        high, rest = two_difference(even, -odd, xp=xp)
        low = low[..., 0::2] + low[..., 1::2] + rest
    return high, low


def product_difference(a: Array, b: tuple[Array, Array], c: Array, d: tuple[Array, Array], *, xp: Any) -> Array:
    """a·b − c·d for b and d given as a float and what rounding left of it.

    Args:
        a, c: numbers.
        b, d: numbers in two parts.
        xp: the array namespace.
    """
    first, first_rest = two_product(a, b[0], xp=xp)
    second, second_rest = two_product(c, d[0], xp=xp)
    difference, left = two_difference(first, second, xp=xp)
    return difference + (left + (first_rest - second_rest) + (a * b[1] - c * d[1]))


def besides_largest(values: Array, *, xp: Any) -> Array:
    """The mask that leaves out the largest value along the last axis, the first of them where there are several."""
    device = device_of(values)
    places = xp.arange(values.shape[-1], **({} if device is None else {"device": device}))
    return places != xp.argmax(values, axis=-1, keepdims=True)


def exponent(a: Array, *, xp: Any) -> Array:
    """A whole number e with a/2^e in [1/2, 4) for positive a, cut at ±1022 so that 2^e is normal; of derivative 0."""
    return xp.clip(xp.floor(xp.log2(a)), -1022, 1022)


def power_of_two_below(a: Array, *, xp: Any) -> Array:
    """2 to the `exponent`: a division by it is exact."""
    return 1 if symbolic(xp) else 2.0 ** exponent(a, xp=xp)
