"""The binomial law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import COUNT, Domain
from divergences.families.counts import log_mass_of_trials
from divergences.families.law import Terms, weighted
from divergences.families.noise import Noise
from divergences.families.odds import ODDS, OddsLaw, exactly_one
from divergences.families.statistics import HalfSquare, Linear, LogFactorialBelow, LogRising, Statistic
from divergences.families.support import Support
from divergences.gaussian import half_square
from divergences.libraries import Array
from divergences.special.distribution import betainc


@dataclass(frozen=True, eq=False)
class Binomial(OddsLaw):
    r"""The number of successes in n trials.

    .. math:: \log p(x) = \log\binom nx + x\log p + (n-x)\log(1-p), \qquad x \in \{0, \ldots, n\}

    Args:
        total_count: numbers of trials n, whole and non-negative.
        probs: probabilities p in [0, 1].
        logits: log p/(1 − p), instead.

    Raises:
        ValueError: both or none of probs and logits are given.

    Reference: Johnson, Kemp and Kotz (2005), Univariate Discrete Distributions, equation 3.1.

    >>> float(Binomial(2, 0.5).log_density(1))
    -0.69314718055...
    """

    total_count: Array = 1
    probs: Array | None = None
    logits: Array | None = None
    domains: ClassVar[Mapping[str, Domain]] = {"total_count": COUNT, **ODDS}
    discrete = True

    def __post_init__(self) -> None:
        exactly_one("Binomial", probs=self.probs, logits=self.logits)

    def _support(self, xp: Any) -> Support:
        return Support(0.0, self.total_count, low_closed=True, high_closed=True, whole=True)

    def _terms(self, xp: Any) -> Terms:
        n = self.total_count
        constant = special.lgamma(n + 1, xp=xp) + weighted(n, self.log_failure(xp), xp)
        # LogRising from 1 is log x!.
        return constant, ((-1, LogRising(1)), (-1, LogFactorialBelow(n)), (self.log_odds(xp), Linear()))

    def _log_density(self, x: Array, xp: Any) -> Array:
        n = self.total_count
        log_p, log_q = self.log_success(xp), self.log_failure(xp)
        if special.symbolic(xp):
            choices = xp.lgamma(n + 1) - xp.lgamma(x + 1) - xp.lgamma(n - x + 1)
            return choices + x * log_p + (n - x) * log_q
        inside = (x > 0) & (x < n)
        trials, successes = xp.where(inside, n, 2.0), xp.where(inside, x, 1.0)
        middle = log_mass_of_trials(successes, trials - successes, self.success(xp), self.failure(xp), xp)
        return xp.where(inside, middle, weighted(x, log_p, xp) + weighted(n - x, log_q, xp))

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        p, q, n = self.success(xp), self.failure(xp), self.total_count
        match statistic:
            case Linear(center, scale):
                return (n * p - center) / scale
            case HalfSquare(center, scale):
                return n * p * q / (2 * scale * scale) + half_square((n * p - center) / scale)
        return None

    def _certain(self, xp: Any) -> tuple[Array, Array]:
        p, n = self.success(xp), self.total_count
        return (p == 0) | (p == 1) | (n == 0), n * p

    def _cdf(self, x: Array, xp: Any) -> Array:
        # P(X ≤ x) = I_q(n − x, x + 1), below x = n.
        last = x >= self.total_count
        n = xp.where(last, x + 1, self.total_count)
        return xp.where(last, 1.0, betainc(n - x, x + 1, self.failure(xp), xp=xp))

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        return noise.binomial(self.total_count, self.success(xp), shape)
