"""The Laplace law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences.domains import POSITIVE, REAL, Domain
from divergences.families.law import Law, Terms
from divergences.families.statistics import Distance, Exp, HalfSquare, Linear, Statistic
from divergences.families.support import REAL_LINE, Support
from divergences.gaussian import half_square
from divergences.libraries import Array


@dataclass(frozen=True, eq=False)
class Laplace(Law):
    r"""The double exponential law.

    .. math:: \log p(x) = -\frac{|x-\mu|}{b} - \log 2b

    Args:
        loc: medians μ.
        scale: scales b, positive.

    Reference: Johnson, Kotz and Balakrishnan (1995), Continuous Univariate Distributions, volume 2, equation 24.1.

    >>> float(Laplace(0.0, 1.0).entropy())
    1.69314718055...
    """

    loc: Array
    scale: Array
    domains: ClassVar[dict[str, Domain]] = {"loc": REAL, "scale": POSITIVE}

    def _support(self, xp: Any) -> Support:
        return REAL_LINE

    def _terms(self, xp: Any) -> Terms:
        return -xp.log(2 * self.scale), ((-1, Distance(self.loc, self.scale)),)

    def _entropy(self, xp: Any) -> Array:
        return 1 + xp.log(2 * self.scale) + 0 * self.loc

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        match statistic:
            case Linear(center, scale):
                return (self.loc - center) / scale
            case HalfSquare(center, scale):
                return 2 * half_square(self.scale / scale) + half_square((self.loc - center) / scale)
            case Distance(center, scale):
                distance = xp.abs(self.loc - center)
                return (distance + self.scale * xp.exp(-distance / self.scale)) / scale
            case Exp(center, scale):
                ratio = self.scale / scale
                finite = xp.abs(ratio) < 1
                square = ratio * ratio
                value = xp.exp((center - self.loc) / scale) / (1 - xp.where(finite, square, 0.0))
                return xp.where(finite, value, math.inf)
        return None

    def _cdf(self, x: Array, xp: Any) -> Array:
        z = (x - self.loc) / self.scale
        tail = xp.exp(-xp.abs(z)) / 2
        return xp.where(z < 0, tail, 1 - tail)

    def _quantile(self, u: Array, xp: Any) -> Array:
        low = u < 0.5
        nearer = xp.log(2 * xp.where(low, u, 0.25)), -xp.log(2 * (1 - xp.where(low, 0.75, u)))
        return self.loc + self.scale * xp.where(low, *nearer)
