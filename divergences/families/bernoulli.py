"""The Bernoulli law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from divergences.families.law import Terms, weighted
from divergences.families.noise import Noise
from divergences.families.odds import OddsLaw, exactly_one
from divergences.families.statistics import HalfSquare, Linear, LogFactorialBelow, LogRising, Statistic
from divergences.families.support import Support
from divergences.libraries import Array


@dataclass(frozen=True, eq=False)
class Bernoulli(OddsLaw):
    r"""One trial: 1 with probability p, else 0.

    .. math:: \log p(x) = x \log p + (1-x)\log(1-p), \qquad x \in \{0, 1\}

    Args:
        probs: probabilities p in [0, 1].
        logits: log p/(1 − p), instead.

    Raises:
        ValueError: both or none are given.

    >>> float(Bernoulli(logits=0.0).entropy())
    0.69314718055...
    """

    probs: Array | None = None
    logits: Array | None = None
    discrete = True

    def __post_init__(self) -> None:
        exactly_one("Bernoulli", probs=self.probs, logits=self.logits)

    def _support(self, xp: Any) -> Support:
        return Support(0.0, 1.0, low_closed=True, high_closed=True, whole=True)

    def _terms(self, xp: Any) -> Terms:
        return self.log_failure(xp), ((self.log_odds(xp), Linear()),)

    def _log_density(self, x: Array, xp: Any) -> Array:
        return weighted(x, self.log_success(xp), xp) + weighted(1 - x, self.log_failure(xp), xp)

    def _entropy(self, xp: Any) -> Array:
        p, q = self.success(xp), self.failure(xp)
        return -weighted(p, self.log_success(xp), xp) - weighted(q, self.log_failure(xp), xp)

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        if not isinstance(statistic, Linear | HalfSquare | LogRising | LogFactorialBelow):
            return None
        p, q = self.success(xp), self.failure(xp)
        zero, one = 0 * p, 0 * p + 1
        return weighted(q, statistic(zero, xp), xp) + weighted(p, statistic(one, xp), xp)

    def _certain(self, xp: Any) -> tuple[Array, Array]:
        p = self.success(xp)
        return (p == 0) | (p == 1), p

    def _cdf(self, x: Array, xp: Any) -> Array:
        return xp.where(x < 1, self.failure(xp), 1.0)

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        u = noise.uniform(shape)
        return xp.where(u < self.success(xp), 0 * u + 1, 0 * u)
