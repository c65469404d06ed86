"""The Poisson law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import NON_NEGATIVE, Domain
from divergences.elementary import log
from divergences.families.law import Law, Terms, weighted
from divergences.families.noise import Noise
from divergences.families.statistics import HalfSquare, Linear, LogRising, Statistic
from divergences.families.support import WHOLE_NUMBERS, Support
from divergences.gaussian import half_square
from divergences.libraries import Array
from divergences.special.distribution import gammaincc


@dataclass(frozen=True, eq=False)
class Poisson(Law):
    r"""The number of rare events.

    .. math:: \log p(x) = x\log\lambda - \lambda - \log x!, \qquad x \in \{0, 1, \ldots\}

    Args:
        rate: means λ, non-negative; 0 is the law that is 0.

    Reference: Johnson, Kemp and Kotz (2005), Univariate Discrete Distributions, equation 4.1.

    >>> float(Poisson(1.0).log_density(2))
    -1.69314718055...
    """

    rate: Array
    domains: ClassVar[dict[str, Domain]] = {"rate": NON_NEGATIVE}
    discrete = True

    def _support(self, xp: Any) -> Support:
        return WHOLE_NUMBERS

    def _terms(self, xp: Any) -> Terms:
        return -self.rate, ((log(self.rate, xp=xp), Linear()), (-1, LogRising(1)))

    def _log_density(self, x: Array, xp: Any) -> Array:
        rate = self.rate
        if special.symbolic(xp):
            return x * xp.log(rate) - rate - xp.lgamma(x + 1)
        # Loader (2000), section 3: −xφ(λ/x) − ½ log 2πx − R(x).
        inside = (x > 0) & (rate > 0)
        count, mean = xp.where(inside, x, 1.0), xp.where(inside, rate, 1.0)
        deviance = count * special.phi_ratio(mean, count, xp=xp)
        middle = -deviance - special.half_log_2pi(xp=xp) - xp.log(count) / 2 - special.binet(count, xp=xp)
        return xp.where(inside, middle, weighted(x, log(rate, xp=xp), xp) - rate)

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        match statistic:
            case Linear(center, scale):
                return (self.rate - center) / scale
            case HalfSquare(center, scale):
                return self.rate / (2 * scale * scale) + half_square((self.rate - center) / scale)
        return None

    def _certain(self, xp: Any) -> tuple[Array, Array]:
        return self.rate == 0, 0 * self.rate

    def _cdf(self, x: Array, xp: Any) -> Array:
        # A count is at most x if the gamma variable of shape x + 1 exceeds the rate.
        return gammaincc(x + 1, self.rate, xp=xp)

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        return noise.poisson(self.rate, shape)
