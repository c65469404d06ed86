"""The logistic law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import elementary
from divergences.domains import POSITIVE, REAL, Domain
from divergences.families.law import Law, Terms
from divergences.families.statistics import Distance, Exp, HalfSquare, Linear, Softplus, Statistic
from divergences.families.support import REAL_LINE, Support
from divergences.gaussian import half_square
from divergences.libraries import Array


@dataclass(frozen=True, eq=False)
class Logistic(Law):
    r"""The law of the logit of a uniform variable.

    .. math:: \log p(x) = -z - 2\log(1 + e^{-z}) - \log s, \qquad z = (x-\mu)/s

    Args:
        loc: means μ.
        scale: scales s, positive.

    Reference: Johnson, Kotz and Balakrishnan (1995), Continuous Univariate Distributions, volume 2, equation 23.5.

    >>> float(Logistic(0.0, 1.0).entropy())
    2.0
    """

    loc: Array
    scale: Array
    domains: ClassVar[dict[str, Domain]] = {"loc": REAL, "scale": POSITIVE}

    def _support(self, xp: Any) -> Support:
        return REAL_LINE

    def _terms(self, xp: Any) -> Terms:
        return -xp.log(self.scale), ((-1, Linear(self.loc, self.scale)), (-2, Softplus(self.loc, self.scale)))

    def _entropy(self, xp: Any) -> Array:
        return 2 + xp.log(self.scale) + 0 * self.loc

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        match statistic:
            case Linear(center, scale):
                return (self.loc - center) / scale
            case HalfSquare(center, scale):
                variance = half_square(xp.pi * self.scale / scale) / 3
                return variance + half_square((self.loc - center) / scale)
            case Distance(center, scale):
                # E|x − c| = |μ − c| + 2s log(1 + e^(−|μ − c|/s)).
                distance = xp.abs(self.loc - center)
                return (distance + 2 * self.scale * elementary.softplus(-distance / self.scale, xp=xp)) / scale
            case Exp(center, scale):
                # B(1 − r, 1 + r) = πr/sin πr.
                ratio = self.scale / scale
                finite = xp.abs(ratio) < 1
                turn = xp.pi * xp.where(finite, ratio, 0.5)
                value = xp.exp((center - self.loc) / scale) * turn / xp.sin(turn)
                return xp.where(finite, value, math.inf)
        return None

    def _cdf(self, x: Array, xp: Any) -> Array:
        return elementary.sigmoid((x - self.loc) / self.scale, xp=xp)

    def _quantile(self, u: Array, xp: Any) -> Array:
        return self.loc + self.scale * (xp.log(u) - xp.log1p(-u))
