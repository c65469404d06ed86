"""The log-normal law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import POSITIVE, REAL, Domain
from divergences.families.law import Law, Terms
from divergences.families.noise import Noise
from divergences.families.statistics import HalfLogSquare, HalfSquare, Linear, Log, Power, Statistic
from divergences.families.support import Support
from divergences.gaussian import half_square
from divergences.libraries import Array
from divergences.special.distribution import ndtr


@dataclass(frozen=True, eq=False)
class LogNormal(Law):
    r"""The law of e^y for y ~ Normal(loc, scale).

    .. math:: \log p(x) = -\frac{(\log x - \mu)^2}{2\sigma^2} - \log x - \log\sigma - \tfrac12\log 2\pi

    Args:
        loc: means μ of log x.
        scale: standard deviations σ of log x, positive.

    Reference: Johnson, Kotz and Balakrishnan (1994), Continuous Univariate Distributions, volume 1, equation 14.2.

    >>> float(LogNormal(0.0, 1.0).log_density(1.0))
    -0.91893853320...
    """

    loc: Array
    scale: Array
    domains: ClassVar[dict[str, Domain]] = {"loc": REAL, "scale": POSITIVE}

    def _support(self, xp: Any) -> Support:
        return Support(low=0.0, inside=1.0)

    def _terms(self, xp: Any) -> Terms:
        constant = -xp.log(self.scale) - special.half_log_2pi(xp=xp)
        return constant, ((-1, Log()), (-1, HalfLogSquare(self.loc, self.scale)))

    def _entropy(self, xp: Any) -> Array:
        return special.log_sqrt_2pie(self.scale, xp=xp) + self.loc

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        match statistic:
            case Log(scale):
                return self.loc - xp.log(scale * xp.ones_like(self.loc))
            case HalfLogSquare(center, scale):
                return half_square(self.scale / scale) + half_square((self.loc - center) / scale)
            case Power(exponent, scale):
                return scale ** (-exponent) * self._moment(exponent, xp)
            case Linear(center, scale):
                return (self._moment(1, xp) - center) / scale
            case HalfSquare(center, scale):
                mean = self._moment(1, xp)
                spread = xp.expm1(self.scale * self.scale)
                return half_square((mean - center) / scale) + half_square(mean / scale) * spread
        return None

    def _moment(self, k: Any, xp: Any) -> Array:
        return xp.exp(k * self.loc + half_square(k * self.scale))

    def _cdf(self, x: Array, xp: Any) -> Array:
        return ndtr((xp.log(x) - self.loc) / self.scale, xp=xp)

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        return xp.exp(self.loc + self.scale * noise.normal(shape))
