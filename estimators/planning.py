"""How many samples a tolerance takes, and what tolerance a number of samples allows."""

from __future__ import annotations

import math

from estimators.counting import positive_integer
from estimators.sequential import SequentialTest


def min_num_samples(
    *, tolerance: float, variance_bound: float, alpha: float = 1e-9, beta: float = 1e-6, moment: float = 2
) -> int:
    """How many samples `agreement` typically takes to agree with a mean that is as claimed.

    Args:
        tolerance, variance_bound, alpha, beta, moment: as in `agreement`.

    Example:
        >>> min_num_samples(tolerance=0.1, variance_bound=1.0)
        2764
    """
    test = SequentialTest(
        claimed=0.0, tolerance=tolerance, variance_bound=variance_bound, alpha=alpha, beta=beta, moment=moment
    )
    return math.ceil(test.typical_samples(beta))


def min_detectable_bias(
    *, num_samples: int, variance_bound: float, alpha: float = 1e-9, beta: float = 1e-6, moment: float = 2
) -> float:
    r"""The smallest tolerance that so many samples typically suffice for: the inverse of `min_num_samples`.

    Args:
        num_samples: how many samples there will be.
        variance_bound, alpha, beta, moment: as in `agreement`.

    Example:
        >>> round(min_detectable_bias(num_samples=2764, variance_bound=1.0), 4)
        0.1
    """
    number = positive_integer("num_samples", num_samples)
    SequentialTest(claimed=0.0, tolerance=1.0, variance_bound=0.0, alpha=alpha, beta=beta, moment=moment)
    # n = log(1/β)/((1 − 1/p) h) and h = (εᵖ/v)^{1/(p−1)}, solved for ε; h is at most 1.
    step = math.log(1 / beta) / ((1 - 1 / moment) * number)
    if step > 1:
        raise ValueError(
            f"num_samples must be at least {math.ceil(step * number)} at beta = {beta:g}, whatever the tolerance, "
            f"got {number}"
        )
    return float((step ** (moment - 1) * variance_bound) ** (1 / moment))
