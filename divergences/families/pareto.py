"""The Pareto law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import POSITIVE, Domain
from divergences.families.coordinate import Coordinate
from divergences.families.law import Law, Terms
from divergences.families.noise import Noise
from divergences.families.statistics import HalfLogSquare, HalfSquare, Linear, Log, Power, Statistic
from divergences.families.support import Support
from divergences.gaussian import half_square
from divergences.libraries import Array


@dataclass(frozen=True, eq=False)
class Pareto(Law):
    r"""The law of m e^(u/α) for a standard exponential u: a power law from m on.

    .. math:: \log p(x) = \log\frac\alpha m - (\alpha+1)\log\frac xm, \qquad x \ge m

    Args:
        scale: the lower ends m, positive.
        alpha: exponents α, positive.

    Reference: Johnson, Kotz and Balakrishnan (1994), Continuous Univariate Distributions, volume 1, equation 20.4.

    >>> float(Pareto(1.0, 2.0).cdf(2.0))
    0.75
    """

    scale: Array
    alpha: Array
    domains: ClassVar[dict[str, Domain]] = {"scale": POSITIVE, "alpha": POSITIVE}

    def _support(self, xp: Any) -> Support:
        return Support(low=self.scale, low_closed=True, inside=self.scale)

    def _terms(self, xp: Any) -> Terms:
        return special.log_ratio(self.alpha, self.scale, xp=xp), ((-(self.alpha + 1), Log(self.scale)),)

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        match statistic:
            case Log(scale):
                return special.log_ratio(self.scale, scale, xp=xp) + 1 / self.alpha
            case HalfLogSquare(center, scale):
                shift = xp.log(self.scale) + 1 / self.alpha - center
                return half_square(shift / scale) + half_square(1 / (self.alpha * scale))
            case Power(exponent, scale):
                return self._power(exponent, scale, xp)
            case Linear(center, scale):
                return self._power(1, scale, xp) - center / scale
            case HalfSquare(center, scale):
                finite = self.alpha > 2
                alpha = xp.where(finite, self.alpha, 3.0)
                mean = self.scale * (alpha / (alpha - 1))
                variance = half_square(self.scale / scale) * (alpha / ((alpha - 1) * (alpha - 1) * (alpha - 2)))
                return xp.where(finite, variance + half_square((mean - center) / scale), math.inf)
        return None

    def _power(self, exponent: Any, scale: Array, xp: Any) -> Array:
        """E(x/s)^k = (m/s)^k α/(α − k)."""
        finite = self.alpha > exponent
        left = xp.where(finite, self.alpha - exponent, 1.0)
        return xp.where(finite, (self.scale / scale) ** exponent * (self.alpha / left), math.inf)

    def _coordinate(self, xp: Any) -> Coordinate:
        return Coordinate(
            lambda v, xp: self.scale * xp.exp(v),
            lambda v, xp: xp.log(self.scale) + v,
            lambda x, xp: xp.log(x / self.scale),
            low=0,
        )

    def _cdf(self, x: Array, xp: Any) -> Array:
        return -xp.expm1(-self.alpha * special.log_ratio(x, self.scale, xp=xp))

    def _quantile(self, u: Array, xp: Any) -> Array:
        return self.scale * xp.exp(-xp.log1p(-u) / self.alpha)

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        return self.scale * xp.exp(noise.exponential(shape) / self.alpha)
