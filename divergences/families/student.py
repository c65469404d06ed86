"""Student's t."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import POSITIVE, REAL, Domain
from divergences.families.coordinate import Coordinate, stretched
from divergences.families.law import Law, Terms
from divergences.families.noise import Noise
from divergences.families.statistics import Exp, HalfSquare, Linear, LogQuadratic, Statistic
from divergences.families.support import REAL_LINE, Support
from divergences.gaussian import half_square
from divergences.libraries import Array
from divergences.special.distribution import betainc
from divergences.special.ratio import rising_gap


@dataclass(frozen=True, eq=False)
class StudentT(Law):
    r"""Student's t with a location and a scale.

    .. math:: \log p(x) = \log\frac{\Gamma(\frac{\nu+1}2)}{\Gamma(\frac\nu2)\sqrt{\pi\nu}\,\sigma}
        - \frac{\nu+1}2\log\Big(1 + \frac{z^2}\nu\Big), \qquad z = (x-\mu)/\sigma

    Args:
        df: degrees of freedom ν, positive.
        loc: medians μ.
        scale: scales σ, positive.

    Reference: Johnson, Kotz and Balakrishnan (1995), Continuous Univariate Distributions, volume 2, equation 28.2.

    >>> float(StudentT(1.0).cdf(1.0))
    0.75...
    """

    df: Array
    loc: Array = 0.0
    scale: Array = 1.0
    domains: ClassVar[dict[str, Domain]] = {"df": POSITIVE, "loc": REAL, "scale": POSITIVE}

    def _support(self, xp: Any) -> Support:
        return REAL_LINE

    def _terms(self, xp: Any) -> Terms:
        half_df = self.df / 2
        # Γ((ν+1)/2) / (Γ(ν/2) √(πν)) is √(1/2π) up to what falls like 1/ν.
        gap = rising_gap(half_df, xp.ones_like(half_df) / 2, xp=xp)
        constant = gap - special.half_log_2pi(xp=xp) - xp.log(self.scale)
        return constant, ((-(self.df + 1) / 2, LogQuadratic(self.loc, self.scale * xp.sqrt(self.df))),)

    def _entropy(self, xp: Any) -> Array:
        constant, _ = self._terms(xp)
        return (self.df + 1) / 2 * self._log_mean(xp) - constant + 0 * self.loc

    def _log_mean(self, xp: Any) -> Array:
        """E log(1 + z²/ν)."""
        return special.digamma((self.df + 1) / 2, xp=xp) - special.digamma(self.df / 2, xp=xp)

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        df = self.df
        match statistic:
            case Linear(center, scale):
                return xp.where(df > 1, (self.loc - center) / scale, math.nan)
            case HalfSquare(center, scale):
                finite = df > 2
                usable = xp.where(finite, df, 3.0)
                variance = half_square(self.scale / scale) * (usable / (usable - 2))
                return xp.where(finite, variance + half_square((self.loc - center) / scale), math.inf)
            case Exp(_, scale):
                return math.inf * (self.df / self.df) + 0 * (self.loc + self.scale)
        return None

    def _coordinate(self, xp: Any) -> Coordinate:
        return stretched(self.loc, self.scale)

    def _cdf(self, x: Array, xp: Any) -> Array:
        z = (x - self.loc) / self.scale
        # P(|T| > |z|) = I_w(ν/2, ½) at w = ν/(ν + z²).
        tail = betainc(self.df / 2, xp.ones_like(self.df) / 2, 1 / (1 + z * z / self.df), xp=xp) / 2
        return xp.where(z < 0, tail, 1 - tail)

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        chi2 = 2 * noise.gamma(self.df / 2, shape)
        return self.loc + self.scale * noise.normal(shape) * xp.sqrt(self.df / chi2)
