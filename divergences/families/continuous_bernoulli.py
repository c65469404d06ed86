"""The continuous Bernoulli law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import REAL, Domain
from divergences.families.law import Terms
from divergences.families.odds import OddsLaw, exactly_one
from divergences.families.statistics import HalfSquare, Linear, Power, Statistic
from divergences.families.support import UNIT_INTERVAL, Support
from divergences.gaussian import half_square
from divergences.libraries import Array
from divergences.special.langevin import langevin, langevin_slope, log_sinhc


@dataclass(frozen=True, eq=False)
class ContinuousBernoulli(OddsLaw):
    r"""The law on [0, 1] whose density is proportional to λ^x (1 − λ)^(1 − x).

    .. math:: \log p(x) = \ell\,(x - \tfrac12) - \log\frac{\sinh(\ell/2)}{\ell/2}, \qquad
        \ell = \log\frac{\lambda}{1-\lambda}

    Args:
        probs: λ in (0, 1), which is not the mean.
        logits: log λ/(1 − λ), instead.

    Raises:
        ValueError: both or none are given.

    Reference: Loaiza-Ganem and Cunningham (2019), The continuous Bernoulli, equation 6.

    >>> float(ContinuousBernoulli(logits=0.0).cdf(0.25))
    0.25
    """

    probs: Array | None = None
    logits: Array | None = None
    domains: ClassVar[Mapping[str, Domain]] = {
        "probs": Domain("in (0, 1)", low=0.0, high=1.0),
        "logits": REAL,
    }

    def __post_init__(self) -> None:
        exactly_one("ContinuousBernoulli", probs=self.probs, logits=self.logits)

    def _support(self, xp: Any) -> Support:
        return UNIT_INTERVAL

    def _terms(self, xp: Any) -> Terms:
        tilt = self.log_odds(xp)
        even = None if self.probs is None else 2 * self.probs - 1
        return -log_sinhc(tilt / 2, zero=even, xp=xp), ((tilt, Linear(special.half(xp=xp))),)

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        # The mean is ½ + ½L(ℓ/2) and the variance ¼L'(ℓ/2), with the Langevin function L(t) = coth t − 1/t.
        half_tilt = self.log_odds(xp) / 2
        half = special.half(xp=xp)
        mean = half + langevin(half_tilt, xp=xp) / 2
        match statistic:
            case Linear(center, scale):
                return ((half - center) + langevin(half_tilt, xp=xp) / 2) / scale
            case HalfSquare(center, scale):
                variance = langevin_slope(half_tilt, xp=xp) / 4
                return variance / (2 * scale * scale) + half_square((mean - center) / scale)
        return None

    def _diverges(self, statistic: Statistic, xp: Any) -> Array:
        # The density is positive at 0.
        return statistic.exponent <= -1 if isinstance(statistic, Power) else False

    def _cdf(self, x: Array, xp: Any) -> Array:
        # x e^(ℓ(x−1)/2) sinhc(ℓx/2)/sinhc(ℓ/2)
        tilt = self.log_odds(xp)
        return x * xp.exp(tilt * (x - 1) / 2 + log_sinhc(tilt * x / 2, xp=xp) - log_sinhc(tilt / 2, xp=xp))

    def _quantile(self, u: Array, xp: Any) -> Array:
        tilt = self.log_odds(xp)
        flat = xp.abs(tilt) < 1e-8
        slope = xp.where(flat, 1.0, tilt)
        # From the end where the density is larger: x = log(1 + u(e^ℓ − 1))/ℓ, and 1 − x for the law of −ℓ.
        steep = -xp.abs(slope)
        v = xp.where(slope < 0, u, 1 - u)
        x = xp.log1p(v * xp.expm1(steep)) / steep
        return xp.where(flat, u, xp.where(slope < 0, x, 1 - x))
