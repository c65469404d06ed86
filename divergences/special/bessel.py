"""The modified Bessel functions that the von Mises law is normalised by, scaled so that they do not overflow."""

from __future__ import annotations

from typing import Any

import numpy as np

from divergences.libraries import Array
from divergences.special.distribution import hosted
from divergences.special.primitives import symbolic


def log_i0e(x: Array, *, xp: Any) -> Array:
    """log I₀(x) − x for x ≥ 0.

    Args:
        x: non-negative numbers.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.log_i0e(x)
    return hosted(_log_i0e, (), x, lambda: bessel_ratio(x, xp=xp) - 1, xp)


def bessel_ratio(x: Array, *, xp: Any) -> Array:
    """A(x) = I₁(x)/I₀(x) = (log I₀)′(x) for x ≥ 0, the mean resultant length; A′ = 1 − A/x − A².

    Args:
        x: non-negative numbers.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.bessel_ratio(x)

    def slope() -> Array:
        value = bessel_ratio(x, xp=xp)
        zero = x <= 0
        return 1 - xp.where(zero, 0.5, value / xp.where(zero, 1.0, x)) - value * value

    return hosted(_ratio, (), x, slope, xp)


def _log_i0e(x: np.ndarray) -> np.ndarray:
    from scipy.special import i0e

    return np.log(i0e(x))


def _ratio(x: np.ndarray) -> np.ndarray:
    from scipy.special import i0e, i1e

    return np.asarray(i1e(x) / i0e(x))
