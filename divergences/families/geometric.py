"""The geometric law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences.domains import REAL, Domain
from divergences.families.law import Terms, weighted
from divergences.families.noise import Noise
from divergences.families.odds import OddsLaw, exactly_one
from divergences.families.statistics import HalfSquare, Linear, Statistic
from divergences.families.support import WHOLE_NUMBERS, Support
from divergences.gaussian import half_square
from divergences.libraries import Array


@dataclass(frozen=True, eq=False)
class Geometric(OddsLaw):
    r"""The number of failures before the first success.

    .. math:: \log p(x) = x\log(1-p) + \log p, \qquad x \in \{0, 1, \ldots\}

    Args:
        probs: success probabilities p in (0, 1].
        logits: log p/(1 − p), instead.

    Raises:
        ValueError: both or none are given.

    Reference: Johnson, Kemp and Kotz (2005), Univariate Discrete Distributions, equation 5.8.

    >>> float(Geometric(0.5).entropy())
    1.38629436111...
    """

    probs: Array | None = None
    logits: Array | None = None
    domains: ClassVar[Mapping[str, Domain]] = {
        "probs": Domain("in (0, 1]", low=0.0, high=1.0, high_closed=True),
        "logits": REAL,
    }
    discrete = True

    def __post_init__(self) -> None:
        exactly_one("Geometric", probs=self.probs, logits=self.logits)

    def _support(self, xp: Any) -> Support:
        return WHOLE_NUMBERS

    def _terms(self, xp: Any) -> Terms:
        return self.log_success(xp), ((self.log_failure(xp), Linear()),)

    def _log_density(self, x: Array, xp: Any) -> Array:
        return weighted(x, self.log_failure(xp), xp) + self.log_success(xp)

    def _mean(self, xp: Any) -> Array:
        return self.failure(xp) / self.success(xp)

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        mean = self._mean(xp)
        match statistic:
            case Linear(center, scale):
                return (mean - center) / scale
            case HalfSquare(center, scale):
                return mean / self.success(xp) / (2 * scale * scale) + half_square((mean - center) / scale)
        return None

    def _certain(self, xp: Any) -> tuple[Array, Array]:
        chance = self.failure(xp)
        return chance == 0, 0 * chance

    def _cdf(self, x: Array, xp: Any) -> Array:
        return -xp.expm1(weighted(x + 1, self.log_failure(xp), xp))

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        # floor of an exponential variable of rate −log(1 − p); 0 where p = 1.
        rate = -self.log_failure(xp)
        return xp.floor(noise.exponential(shape) / rate)
