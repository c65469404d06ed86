"""The negative binomial law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import POSITIVE, REAL, Domain
from divergences.families.counts import log_mass_of_trials
from divergences.families.law import Terms, weighted
from divergences.families.noise import Noise
from divergences.families.odds import OddsLaw, exactly_one
from divergences.families.statistics import HalfSquare, Linear, LogRising, Statistic
from divergences.families.support import WHOLE_NUMBERS, Support
from divergences.gaussian import half_square
from divergences.libraries import Array
from divergences.special.distribution import betainc


@dataclass(frozen=True, eq=False)
class NegativeBinomial(OddsLaw):
    r"""The number of successes before the r-th failure.

    .. math:: \log p(x) = \log\frac{\Gamma(x+r)}{\Gamma(r)\,x!} + r\log(1-p) + x\log p, \qquad x \in \{0, 1, \ldots\}

    Args:
        total_count: numbers of failures r, positive, not necessarily whole.
        probs: success probabilities p in [0, 1).
        logits: log p/(1 − p), instead.

    Raises:
        ValueError: both or none of probs and logits are given.

    Reference: Johnson, Kemp and Kotz (2005), Univariate Discrete Distributions, equation 5.1.

    >>> float(NegativeBinomial(1.0, 0.5).log_density(0))
    -0.69314718055...
    """

    total_count: Array
    probs: Array | None = None
    logits: Array | None = None
    domains: ClassVar[Mapping[str, Domain]] = {
        "total_count": POSITIVE,
        "probs": Domain("in [0, 1)", low=0.0, low_closed=True, high=1.0),
        "logits": REAL,
    }
    discrete = True

    def __post_init__(self) -> None:
        exactly_one("NegativeBinomial", probs=self.probs, logits=self.logits)

    def _support(self, xp: Any) -> Support:
        return WHOLE_NUMBERS

    def _terms(self, xp: Any) -> Terms:
        r = self.total_count
        return r * self.log_failure(xp), ((self.log_success(xp), Linear()), (1, LogRising(r)), (-1, LogRising(1)))

    def _log_density(self, x: Array, xp: Any) -> Array:
        r = self.total_count
        if special.symbolic(xp):
            choices = xp.lgamma(x + r) - xp.lgamma(r) - xp.lgamma(x + 1)
            return choices + r * self.log_failure(xp) + x * self.log_success(xp)
        # x successes and r failures in any order, of which the last one is a failure: a share r/(x + r) of them.
        inside = x > 0
        count = xp.where(inside, x, 1.0)
        middle = log_mass_of_trials(count, r, self.success(xp), self.failure(xp), xp) - xp.log1p(count / r)
        return xp.where(inside, middle, r * self.log_failure(xp) + weighted(x, self.log_success(xp), xp))

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        mean = self.total_count * self.success(xp) / self.failure(xp)
        match statistic:
            case Linear(center, scale):
                return (mean - center) / scale
            case HalfSquare(center, scale):
                return mean / self.failure(xp) / (2 * scale * scale) + half_square((mean - center) / scale)
        return None

    def _certain(self, xp: Any) -> tuple[Array, Array]:
        chance = self.success(xp)
        return chance == 0, 0 * chance

    def _cdf(self, x: Array, xp: Any) -> Array:
        return betainc(self.total_count, x + 1, self.failure(xp), xp=xp)

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        rate = noise.gamma(self.total_count, shape) * (self.success(xp) / self.failure(xp))
        return noise.poisson(rate, shape)
