r"""Evidence against an upper bound of the mean of non-negative weights, whatever their tails.

Under "E w ≤ c given the past" each product :math:`\prod_i \big(1 + \lambda (w_i/c - 1)\big)` with λ in [0, 1] is a
non-negative supermartingale from 1, and so is any average of them. By Ville's inequality it ever exceeds 1/α with
probability at most α: no moment but the first is needed, and one may stop at any time.

The other direction has no such test. For every n and every law there is one of larger mean that the n samples cannot
tell from it: a value that is huge and rare enough. "E w ≥ c" needs a moment bound, and :func:`estimators.agreement`.

Reference:
    I. Waudby-Smith and A. Ramdas, "Estimating means of bounded random variables by betting", Journal of the Royal
    Statistical Society B 86 (2024), section 4; J. Ville, "Étude critique de la notion de collectif" (1939).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: The shares that are bet: each is nearly the best against some ratio of mean to spread, and the average is within
#: the logarithm of their number of the best of them.
_BETS = tuple(2.0**-j for j in range(1, 17))


@dataclass(frozen=True)
class EProcess:
    r"""A running test of :math:`E w \le c` for non-negative w; disagreement is a proof at level α, the rest is silence.

    ``process + log_weights`` takes in a block; blocks go in in an order fixed beforehand.

    Args:
        log_bound: log c, in nats.
        alpha: the probability of "disagree" when the bound holds.
        log_products: the logarithms of the products, one a bet; the state.
        num_samples: how many weights went in.

    Raises:
        ValueError: ``log_bound`` is not finite or ``alpha`` outside (0, 1).

    Example:
        >>> draws = np.random.default_rng(0).standard_normal(4000)                # p = N(0, 1)
        >>> honest = -((draws - 0.3) ** 2) / 2 + draws**2 / 2                     # log q/p for q = N(0.3, 1): E q/p = 1
        >>> (EProcess() + honest).verdict
        'undecided'
        >>> (EProcess() + (honest + 0.5)).verdict                                # "densities" that integrate to e^0.5
        'disagree'
    """

    log_bound: float = 0.0
    alpha: float = 1e-9
    log_products: tuple[float, ...] = field(default=(0.0,) * len(_BETS))
    num_samples: int = 0

    def __post_init__(self) -> None:
        if not math.isfinite(self.log_bound):
            raise ValueError(f"log_bound must be finite, got {self.log_bound!r}")
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha must lie strictly between 0 and 1, got {self.alpha!r}")

    def __add__(self, log_weights: Any) -> EProcess:
        values = _flat(log_weights)
        if bool((np.isnan(values) | (values == math.inf)).any()):
            raise ValueError("log_weights must be numbers below infinity, got NaN or +inf")
        bets = np.asarray(_BETS)[:, None]
        # log(1 + λ(w/c − 1)) = log((1 − λ) + λ w/c), for weights of any size.
        terms = np.logaddexp(np.log1p(-bets), np.log(bets) + values - self.log_bound)
        products = tuple((np.asarray(self.log_products) + terms.sum(1)).tolist())
        return EProcess(self.log_bound, self.alpha, products, self.num_samples + values.size)

    @property
    def log_evidence(self) -> float:
        """The logarithm of the average product: above log 1/α with probability at most α if the bound holds."""
        return float(np.logaddexp.reduce(self.log_products) - math.log(len(_BETS)))

    @property
    def verdict(self) -> str:
        """``"disagree"`` if the mean is certainly above the bound (at level α), else ``"undecided"``; never "agree"."""
        return "disagree" if self.log_evidence >= math.log(1 / self.alpha) else "undecided"


def _flat(log_weights: Any) -> NDArray[np.float64]:
    log_weights = log_weights.detach().cpu() if hasattr(log_weights, "detach") else log_weights
    return np.asarray(log_weights, dtype=np.float64).ravel()
