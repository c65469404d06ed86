"""The uniform law on an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import REAL, Domain
from divergences.families.coordinate import Coordinate
from divergences.families.law import Law, Terms
from divergences.families.statistics import Cosine, Distance, Exp, HalfSquare, Linear, Power, Statistic
from divergences.families.support import Support
from divergences.libraries import Array
from divergences.reading import first_index, to_numpy, truth
from divergences.special.langevin import log_sinhc


@dataclass(frozen=True, eq=False)
class Uniform(Law):
    r"""The uniform law on [low, high].

    .. math:: \log p(x) = -\log(b - a), \qquad a \le x \le b

    Args:
        low: lower ends a.
        high: upper ends b > a.

    Raises:
        ValueError: (from the methods) low is not below high.

    >>> float(Uniform(0.0, 2.0).log_density(1.0))
    -0.69314718055...
    """

    low: Array
    high: Array
    domains: ClassVar[dict[str, Domain]] = {"low": REAL, "high": REAL}

    def admit(self, xp: Any, *, validate: bool) -> Uniform:
        if special.symbolic(xp):
            return self
        wrong = self.low >= self.high
        if validate and truth(xp.any(wrong)):
            index = first_index(wrong) if wrong.shape else ()
            low, high = (to_numpy(xp.broadcast_to(end, wrong.shape))[index] for end in (self.low, self.high))
            raise ValueError(f"low must be below high, got {float(low)!r} and {float(high)!r}")
        return self.over({"low": self.low, "high": xp.where(wrong, math.nan, self.high)})

    def _support(self, xp: Any) -> Support:
        return Support(self.low, self.high, low_closed=True, high_closed=True, inside=self.low)

    def _terms(self, xp: Any) -> Terms:
        return -xp.log(self.high - self.low), ()

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        low, high = self.low, self.high
        match statistic:
            case Linear(center, scale):
                return ((low - center) / 2 + (high - center) / 2) / scale
            case HalfSquare(center, scale):
                # The mean of ½z² over [l, h] is (l² + lh + h²)/6 = ((l + h)² + l² + h²)/12.
                left, right = (low - center) / scale, (high - center) / scale
                return ((left + right) ** 2 + left * left + right * right) / 12
            case Distance(center, scale):
                # |z| has the primitive z|z|/2.
                left, right = (low - center) / scale, (high - center) / scale
                return (right * xp.abs(right) - left * xp.abs(left)) / (2 * (right - left))
            case Exp(center, scale):
                # The mean of e^−z over [l, h] is that of its middle times sinh(d)/d at half the length d.
                middle = ((low - center) / 2 + (high - center) / 2) / scale
                return xp.exp(log_sinhc((high - low) / (2 * scale), xp=xp) - middle)
            case Cosine(center):
                # The mean of cos over [l, h] is that of its middle times sin(d)/d, as that of cosines is.
                middle, half_length = (low - center) / 2 + (high - center) / 2, (high - low) / 2
                half = xp.sin(middle / 2)
                ratio = xp.sin(half_length) / half_length
                return (ratio - 1) - 2 * ratio * half * half
        return None

    def _diverges(self, statistic: Statistic, xp: Any) -> Array:
        if not isinstance(statistic, Power):
            return False
        return (self.low <= 0) & (statistic.exponent * xp.ones_like(self.low) <= -1)

    def _coordinate(self, xp: Any) -> Coordinate:
        return Coordinate(
            lambda v, xp: self.low + (self.high - self.low) * v,
            lambda v, xp: xp.log(self.high - self.low),
            lambda x, xp: (x - self.low) / (self.high - self.low),
            low=0,
            high=1,
            center=0.5,
        )

    def _cdf(self, x: Array, xp: Any) -> Array:
        return (x - self.low) / (self.high - self.low)

    def _quantile(self, u: Array, xp: Any) -> Array:
        return self.low + (self.high - self.low) * u
