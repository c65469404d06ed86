"""The Gumbel law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import POSITIVE, REAL, Domain
from divergences.families.law import Law, Terms
from divergences.families.noise import Noise
from divergences.families.statistics import Exp, HalfSquare, Linear, Statistic
from divergences.families.support import REAL_LINE, Support
from divergences.gaussian import half_square
from divergences.libraries import Array


@dataclass(frozen=True, eq=False)
class Gumbel(Law):
    r"""The law of μ − β log u for a standard exponential u: that of the largest of many.

    .. math:: \log p(x) = -z - e^{-z} - \log\beta, \qquad z = (x-\mu)/\beta

    Args:
        loc: modes μ.
        scale: scales β, positive.

    Reference: Johnson, Kotz and Balakrishnan (1995), Continuous Univariate Distributions, volume 2, equation 22.23.

    >>> float(Gumbel(0.0, 1.0).entropy())
    1.57721566490...
    """

    loc: Array
    scale: Array
    domains: ClassVar[dict[str, Domain]] = {"loc": REAL, "scale": POSITIVE}

    def _support(self, xp: Any) -> Support:
        return REAL_LINE

    def _terms(self, xp: Any) -> Terms:
        return -xp.log(self.scale), ((-1, Linear(self.loc, self.scale)), (-1, Exp(self.loc, self.scale)))

    def _entropy(self, xp: Any) -> Array:
        return 1 - special.digamma(xp.ones_like(self.scale), xp=xp) + xp.log(self.scale) + 0 * self.loc

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        one = xp.ones_like(self.scale)
        mean = self.loc - self.scale * special.digamma(one, xp=xp)
        match statistic:
            case Linear(center, scale):
                return (mean - center) / scale
            case HalfSquare(center, scale):
                variance = half_square(self.scale / scale) * special.trigamma(one, xp=xp)
                return variance + half_square((mean - center) / scale)
            case Exp(center, scale):
                shape = 1 + self.scale / scale
                finite = shape > 0
                value = special.lgamma(xp.where(finite, shape, 1.0), xp=xp) + (center - self.loc) / scale
                return xp.where(finite, xp.exp(value), math.inf)
        return None

    def _cdf(self, x: Array, xp: Any) -> Array:
        return xp.exp(-xp.exp(-(x - self.loc) / self.scale))

    def _quantile(self, u: Array, xp: Any) -> Array:
        return self.loc - self.scale * xp.log(-xp.log(u))

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        return self.loc - self.scale * xp.log(noise.exponential(shape))
