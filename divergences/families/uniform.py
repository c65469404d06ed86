"""The uniform law on an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import REAL, Domain
from divergences.families.law import Law, Terms
from divergences.families.statistics import HalfSquare, Linear, Statistic
from divergences.families.support import Support
from divergences.libraries import Array
from divergences.reading import first_index, to_numpy, truth


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
        return None

    def _cdf(self, x: Array, xp: Any) -> Array:
        return (x - self.low) / (self.high - self.low)

    def _quantile(self, u: Array, xp: Any) -> Array:
        return self.low + (self.high - self.low) * u
