"""The Wasserstein-1 distance between normal laws of the line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from divergences.domains import POSITIVE, REAL
from divergences.libraries import Array
from divergences.namespace import gather
from divergences.reading import to_numpy
from divergences.total_variation import Certified


def wasserstein1_gaussian(
    mean_q: Array, std_q: Array, mean_p: Array = 0.0, std_p: Array = 1.0, *, validate: bool = True
) -> Certified:
    r"""The Wasserstein-1 distance between N(mean_q, std_q²) and N(mean_p, std_p²), elementwise, with its error.

    .. math:: W_1 = E|\delta + \sigma Z|
        = |\sigma| \sqrt{\tfrac2\pi}\, e^{-\delta^2/2\sigma^2} + \delta\, \mathrm{erf}\frac{\delta}{\sqrt2\,|\sigma|}

    with δ the difference of the means, σ that of the standard deviations and Z standard normal: quantiles are carried
    to quantiles. Computed in ball arithmetic element by element; values are constants to differentiation.

    Args:
        mean_q, std_q, mean_p, std_p, validate: as in `divergences.kl_gaussian`.

    Returns:
        Values in the unit of the means, of the broadcast shape, with their error bounds.

    Raises:
        TypeError, ValueError: as in `divergences.kl_gaussian`.

    Reference: Villani (2003), Topics in Optimal Transportation, theorem 2.18; Leone, Nelson and Nottingham (1961), The
    Folded Normal Distribution.

    >>> float(wasserstein1_gaussian(3.0, 1.0).value)
    3.0
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

    if not all(map(math.isfinite, (m, s, n, r))):
        return math.nan, math.nan
    # Floats differ by numbers of at most 2200 bits, so that both differences are exact here.
    with precision(2400):
        ball = _ball(arb(m) - n, abs(arb(s) - r))
        value = float(ball.mid())
        off = float(abs(ball - value).upper()) if value < math.inf else math.inf
        # A float above the bound, which converting it may round down.
        return value, 0.0 if ball == value else math.nextafter(off, math.inf)


def _ball(apart: Any, spread: Any) -> Any:
    from flint import arb

    if spread == 0:
        return abs(apart)
    z = apart / (spread * arb(2).sqrt())
    return spread * (2 / arb.pi()).sqrt() * (-z * z).exp() + apart * z.erf()
