"""The beta law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import POSITIVE, Domain
from divergences.elementary import is_one
from divergences.families.law import Law, Terms
from divergences.families.noise import Noise
from divergences.families.statistics import HalfSquare, Linear, Log, LogOneMinusPower, Power, Statistic
from divergences.families.support import UNIT_INTERVAL, Support
from divergences.gaussian import half_square
from divergences.libraries import Array
from divergences.special.distribution import betainc
from divergences.special.ratio import lbeta, rising_gap

#: Shapes from which on the density is computed by deviations from its mode (below, nothing large cancels).
_LARGE = 8.0


@dataclass(frozen=True, eq=False)
class Beta(Law):
    r"""The beta law on (0, 1).

    .. math:: \log p(x) = (a-1)\log x + (b-1)\log(1-x) - \log B(a, b)

    Args:
        concentration1: shapes a at the end 1, positive.
        concentration0: shapes b at the end 0, positive.

    Reference: Johnson, Kotz and Balakrishnan (1995), Continuous Univariate Distributions, volume 2, equation 25.2.

    >>> float(Beta(2.0, 1.0).log_density(0.5))
    0.0
    """

    concentration1: Array
    concentration0: Array
    domains: ClassVar[dict[str, Domain]] = {"concentration1": POSITIVE, "concentration0": POSITIVE}

    def _support(self, xp: Any) -> Support:
        return UNIT_INTERVAL

    def _terms(self, xp: Any) -> Terms:
        a, b = self.concentration1, self.concentration0
        return -lbeta(a, b, xp=xp), ((a - 1, Log()), (b - 1, LogOneMinusPower()))

    def _log_density(self, x: Array, xp: Any) -> Array:
        direct = super()._log_density(x, xp)
        if special.symbolic(xp):
            return direct
        a, b = self.concentration1, self.concentration0
        large = (a > _LARGE) & (b > _LARGE) & (x > 0) & (x < 1)
        a, b, x = xp.where(large, a, _LARGE), xp.where(large, b, _LARGE), xp.where(large, x, 0.5)
        total = a + b
        # With Stirling's formula for the three gammas; the deviations of x and 1 − x from a/(a+b), b/(a+b) cancel.
        from_mode = (
            -a * special.phi_ratio(x * total, a, xp=xp)
            - b * special.phi_ratio((1 - x) * total, b, xp=xp)
            + (xp.log(a / total) + xp.log(b)) / 2
            - special.half_log_2pi(xp=xp)
            + (special.binet(total, xp=xp) - special.binet(a, xp=xp) - special.binet(b, xp=xp))
            - xp.log(x)
            - xp.log1p(-x)
        )
        return xp.where(large, from_mode, direct)

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        a, b = self.concentration1, self.concentration0
        total = a + b
        match statistic:
            case Log(scale):
                return special.digamma(a, xp=xp) - special.digamma(total, xp=xp) - xp.log(scale * xp.ones_like(a))
            case LogOneMinusPower(exponent) if is_one(exponent):
                return special.digamma(b, xp=xp) - special.digamma(total, xp=xp)
            case Power(exponent, scale):
                k = exponent * xp.ones_like(a)
                finite = a + k > 0
                shape = xp.where(finite, a, 1 - k)
                # Γ(a + k)/Γ(a) · Γ(a + b)/Γ(a + b + k)
                gaps = rising_gap(shape, k, xp=xp) - rising_gap(shape + b, k, xp=xp)
                value = (shape / ((shape + b) * scale)) ** k * xp.exp(gaps)
                return xp.where(finite, value, math.inf)
            case Linear(center, scale):
                return (a / total - center) / scale
            case HalfSquare(center, scale):
                variance = half_square(1 / scale) * (a / total) * (b / total) / (total + 1)
                return variance + half_square((a / total - center) / scale)
        return None

    def _cdf(self, x: Array, xp: Any) -> Array:
        return betainc(self.concentration1, self.concentration0, x, xp=xp)

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        # Small shapes by u^(1/a), which a gamma variable of shape 1 + a is multiplied with: both may underflow.
        logs = []
        for concentration in (self.concentration1, self.concentration0):
            boost = xp.log(noise.uniform(shape)) / concentration
            logs.append(xp.log(noise.gamma(concentration + 1, shape)) + boost)
        return 1 / (1 + xp.exp(logs[1] - logs[0]))
