"""φ of cross ratios (a/c)(b/d), whose distance from 1 is formed from their products without cancellation."""

from __future__ import annotations

import math
from typing import Any

from divergences.libraries import Array
from divergences.reading import choose
from divergences.special.compensated import exponent, product_difference
from divergences.special.primitives import log1pmx, symbolic


def weighted_phi_cross(c: Array, d: Array, a: Array, b: Array, *, xp: Any) -> Array:
    r"""c·φ(ab/(cd)) ≥ 0 for positive numbers, of which no product or quotient need be representable.

    .. math:: c\,\varphi\Big(\frac{ab}{cd}\Big) = \frac{ab}{d} - c - c\log\frac{ab}{cd}

    Every number is first divided by a power of two.

    Args:
        c, d: positive numbers, of the denominator; c is the weight, too.
        a, b: positive numbers, of the numerator.
        xp: the array namespace.
    """
    if symbolic(xp):
        return a * b / d - c - c * xp.log(a * b / (c * d))
    powers = [exponent(x, xp=xp) for x in (a, b, c, d)]
    first, second, third, fourth = (x / 2.0**power for x, power in zip((a, b, c, d), powers, strict=True))
    power = powers[0] + powers[1] - powers[2] - powers[3]
    alike = xp.abs(power) <= 4
    multiple = 2.0 ** xp.where(alike, power, 0.0)
    zero = xp.zeros_like(third)
    excess = product_difference(first * multiple, (second, zero), third, (fourth, zero), xp=xp) / (third * fourth)
    near = alike & (excess >= -0.5) & (excess <= 1)

    def far() -> Array:
        # ab/d by itself: c·(ab/(cd)) would leave its rounding error in the derivative in c, where it cancels.
        half = (powers[0] + powers[1] - powers[3]) / 2
        half, rest = xp.floor(half), half + half - xp.floor(half)
        quotient = first * second / fourth * 2.0**half * 2.0**rest
        log = xp.log(first * second / (third * fourth)) + power * math.log(2)
        return xp.where(near, 1.0, quotient - c - c * log)

    return choose(near, lambda: -c * log1pmx(xp.where(near, excess, 0.0), xp=xp), far, xp=xp)
