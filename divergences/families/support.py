"""Where laws of one variable live: intervals of the line, and the whole numbers of an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from divergences import special
from divergences.libraries import Array


@dataclass(frozen=True)
class Support:
    """The points between two ends, which may be parameters, or the whole numbers among them.

    Args:
        low, high: the ends, arrays or numbers.
        low_closed, high_closed: whether the density is given by its formula at the end itself.
        whole: whether the law is one of whole numbers.
        inside: a point of it at which formulas are harmless, which stands for points outside of it.
    """

    low: Array = -math.inf
    high: Array = math.inf
    low_closed: bool = False
    high_closed: bool = False
    whole: bool = False
    inside: Array = 0.0

    def outside(self, x: Array, xp: Any) -> Array:
        """The mask of points that do not belong to it; NaN is neither inside nor outside."""
        mask = (x < self.low if self.low_closed else x <= self.low) | (
            x > self.high if self.high_closed else x >= self.high
        )
        if self.whole and not special.symbolic(xp):
            mask = mask | ((xp.floor(x) != x) & (x == x))
        return mask

    def within(self, other: Support) -> Any:
        """Whether it is a part of the other support, up to sets of measure zero: a truth value, or a mask of them."""
        if self.whole != other.whole:
            return False
        return (other.low <= self.low) & (self.high <= other.high)


REAL_LINE = Support()
HALF_LINE = Support(low=0.0, low_closed=True, inside=1.0)
UNIT_INTERVAL = Support(low=0.0, high=1.0, low_closed=True, high_closed=True, inside=0.5)
WHOLE_NUMBERS = Support(low=0.0, low_closed=True, whole=True)
