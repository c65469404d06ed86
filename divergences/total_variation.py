"""The total variation distance between Gaussians, certified: it has no form that keeps its digits everywhere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from divergences.domains import POSITIVE, REAL
from divergences.libraries import Array
from divergences.namespace import gather
from divergences.reading import to_numpy


@dataclass(frozen=True, eq=False)
class Certified:
    """Values with a bound on their error that ball arithmetic has proved.

    Attributes:
        value: the values, as NumPy float64.
        error_bound: what they are off by at most, absolutely.
    """

    value: Any
    error_bound: Any


def total_variation_gaussian(
    mean_q: Array, std_q: Array, mean_p: Array = 0.0, std_p: Array = 1.0, *, validate: bool = True
) -> Certified:
    r"""The total variation distance between N(mean_q, std_q²) and N(mean_p, std_p²), elementwise, with its error.

    .. math:: \mathrm{TV} = \tfrac12 \int |q - p| = \sup_A |Q(A) - P(A)|

    The densities cross where a quadratic vanishes, and the supremum is at the set between or beyond its roots. One
    element after another is computed in ball arithmetic, at whatever precision leaves an error of half a unit in the
    last place. Values are constants to differentiation.

    Args:
        mean_q, std_q, mean_p, std_p, validate: as in `divergences.kl_gaussian`.

    Returns:
        Values between 0 and 1 of the broadcast shape, with their error bounds.

    Raises:
        TypeError, ValueError: as in `divergences.kl_gaussian`.

    Reference: Devroye, Mehrabian and Reddad (2018), The total variation distance between high-dimensional Gaussians.

    >>> found = total_variation_gaussian(1.0, 1.0)
    >>> float(found.value), bool(found.error_bound < 1e-16)
    (0.38292492254802..., True)
    """
    inputs = gather(
        {"mean_q": (mean_q, REAL), "std_q": (std_q, POSITIVE), "mean_p": (mean_p, REAL), "std_p": (std_p, POSITIVE)},
        validate=validate,
    )
    arrays = np.broadcast_arrays(*(to_numpy(values).astype(np.float64) for values in inputs))
    pairs = [_certified(*map(float, row)) for row in zip(*(array.flat for array in arrays), strict=True)]
    value, error = (np.array([pair[i] for pair in pairs]).reshape(arrays[0].shape)[()] for i in range(2))
    return Certified(value, error)


def _certified(m: float, s: float, n: float, r: float) -> tuple[float, float]:
    from flint import arb

    from divergences.balls import precision

    if not all(map(np.isfinite, (m, s, n, r))):
        return np.nan, np.nan
    if (m, s) == (n, r):
        return 0.0, 0.0
    bits = 128
    while True:
        with precision(bits):
            ball = _ball(*map(arb, (m, s, n, r)))
            if ball.is_finite() and ball.rad() <= abs(ball.mid()) * arb(2) ** -60:
                value = float(ball.mid())
                # A float above the bound, which converting it may round down, to 0 at worst.
                return value, math.nextafter(float((abs(ball - arb(value))).upper()), math.inf)
        if bits > 2**16:  # scales so far apart that the distance is 1 up to a number that no precision resolves
            return float(ball.mid()), float(ball.rad().upper()) if ball.is_finite() else 1.0
        bits *= 2


def _ball(m: Any, s: Any, n: Any, r: Any) -> Any:
    from flint import arb

    root_2 = arb(2).sqrt()
    if s == r:
        return (abs(m - n) / (2 * root_2 * s)).erf()
    if s > r:  # the first law is the narrower one; between the roots its density is the greater
        m, s, n, r = n, r, m, s
    # log q(x) − log p(x) in x = m + s z: −z²/2 − log s + (δ + s z)²/(2r²) + log r, δ = m − n.
    delta = m - n
    a, b, c = (s / r) ** 2 - 1, 2 * delta * s / r**2, (delta / r) ** 2 + 2 * (r / s).log()
    square = (b * b - 4 * a * c).sqrt()
    low, high = (-b + square) / (2 * a), (-b - square) / (2 * a)
    inner = (high / root_2).erf() - (low / root_2).erf()
    outer = ((delta + s * high) / (r * root_2)).erf() - ((delta + s * low) / (r * root_2)).erf()
    return (inner - outer) / 2
