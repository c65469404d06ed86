"""The exponential integral, scaled so that it neither over- nor underflows."""

from __future__ import annotations

from typing import Any

from divergences.libraries import Array
from divergences.special.primitives import symbolic

_EULER = 0.5772156649015329


def exp1e(z: Array, *, xp: Any) -> Array:
    r"""e^z E₁(z) for z > 0.

    .. math:: e^z E_1(z) = \int_0^\infty \frac{e^{-t}}{z+t}\,dt

    By its power series up to 1, and beyond by the continued fraction 1/(z+1 − 1/(z+3 − 4/(z+5 − ...))), whose n-th
    convergent is off by a factor e^(−4√(nz)).

    Args:
        z: positive numbers.
        xp: the array namespace.

    Reference: Abramowitz and Stegun (1964), equations 5.1.11 and 5.1.22.
    """
    if symbolic(xp):
        return xp.exp1e(z)
    small = z <= 1
    low, high = xp.where(small, z, 1.0), xp.where(small, 1.0, z)
    term, total = low, low
    for k in range(2, 20):
        term = -term * low * ((k - 1) / (k * k))
        total = total + term
    fraction = high + (2 * 90 + 1)
    for n in range(90, 0, -1):
        fraction = high + (2 * n - 1) - n * n / fraction
    return xp.where(small, xp.exp(low) * (total - _EULER - xp.log(low)), 1 / fraction)
