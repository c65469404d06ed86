"""What values a parameter may take, and what becomes of values that it may not.

A value outside its domain is a ValueError that names the argument, the value and where it stands. NaN is never an
error: it marks a missing number and comes out as NaN.

Checking has to read values, which waits for the device where an array lives on one. Where values cannot be
read (under ``torch.compile``, ``torch.func.vmap``, ``jax.jit`` or CUDA graph capture) and where the caller says
``validate=False``, values outside the domain become NaN instead: a result is then NaN, never a plausible number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from divergences.libraries import Array, is_torch
from divergences.reading import first_index, on_host, to_numpy, truth


@dataclass(frozen=True)
class Domain:
    """An interval of admissible values; infinite ends belong to it only where they are closed.

    Args:
        words: what an error says was expected (``"positive and finite"``).
        low: the lower end.
        low_closed: whether the lower end itself is admissible.
        high_closed: whether the upper end itself is admissible.
        high: the upper end.
        whole: whether values must be whole numbers.
    """

    words: str
    low: float = -math.inf
    low_closed: bool = False
    high_closed: bool = False
    high: float = math.inf
    whole: bool = False

    def contains(self, xp: Any, values: Array) -> Array:
        """The mask of admissible values; NaN is not among them."""
        inside = values >= self.low if self.low_closed else values > self.low
        if not (self.high_closed and self.high == math.inf):
            inside = inside & (values <= self.high if self.high_closed else values < self.high)
        return inside & (xp.floor(values) == values) if self.whole else inside

    def admit(self, xp: Any, name: str, values: Array, *, validate: bool) -> Array:
        """The values, checked where they can be read, with NaN in place of inadmissible ones where they cannot."""
        if math.prod(values.shape) == 0 or self == ANY:
            return values
        if validate or (on_host(values) and not self.whole):
            data = values.detach() if is_torch(values) else values
            # Two reductions and one transfer, whatever the size; a NaN fails the test and takes the slow path.
            inside = truth(self.contains(xp, xp.min(data)) & self.contains(xp, xp.max(data)))
            if validate and (inside is False or self.whole):
                inside = truth(~xp.any(self._outside(xp, data)))
            if inside:
                return values
            if validate and inside is False:
                raise ValueError(f"{name} must be {self.words}, got {self._first_outside(xp, data)}")
        return self._masked(xp, values)

    def _masked(self, xp: Any, values: Array) -> Array:
        """The values, NaN in place of inadmissible ones; one comparison a mask, which compilers vectorise on CPUs."""
        kept = xp.where(values >= self.low if self.low_closed else values > self.low, values, xp.nan)
        if not (self.high_closed and self.high == math.inf):
            kept = xp.where(values <= self.high if self.high_closed else values < self.high, kept, xp.nan)
        return xp.where(xp.floor(values) == values, kept, xp.nan) if self.whole else kept

    def _outside(self, xp: Any, values: Array) -> Array:
        return ~(self.contains(xp, values) | xp.isnan(values))

    def _first_outside(self, xp: Any, values: Array) -> str:
        if not values.shape:
            return f"{float(values)!r}"
        index = first_index(self._outside(xp, values))
        return f"{float(to_numpy(values)[index])!r} at index {index[0] if len(index) == 1 else index}"


REAL = Domain("finite")
POSITIVE = Domain("positive and finite", low=0.0)
NON_NEGATIVE = Domain("non-negative and finite", low=0.0, low_closed=True)
LOGIT = Domain("below +inf", low_closed=True)
ANY = Domain("a real number", low_closed=True, high_closed=True)
PROBABILITY = Domain("in [0, 1]", low=0.0, low_closed=True, high=1.0, high_closed=True)
COUNT = Domain("a non-negative whole number", low=0.0, low_closed=True, whole=True)
