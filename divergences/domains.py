"""What values a parameter may take, and what becomes of values that it may not.

A value outside its domain is a ValueError that names the argument, the value and where it stands. NaN is never an
error: it marks a missing number and comes out as NaN.

Checking has to read values, which waits for the device where an array lives on one. Where values cannot be
read (under ``torch.compile``, ``torch.func.vmap``, ``jax.jit`` or CUDA graph capture) and where the caller says
``validate=False``, values outside the domain become NaN instead: a result is then NaN, never a plausible number.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from divergences.libraries import is_torch
from divergences.namespace import Array


@dataclass(frozen=True)
class Domain:
    """An interval of admissible values; infinite ends belong to it only where they are closed.

    Args:
        words: what an error says was expected (``"positive and finite"``).
        low: the lower end.
        low_closed: whether the lower end itself is admissible.
        high_closed: whether +inf is admissible.
    """

    words: str
    low: float = -math.inf
    low_closed: bool = False
    high_closed: bool = False

    def contains(self, values: Array) -> Array:
        """The mask of admissible values; NaN is not among them."""
        above = values >= self.low if self.low_closed else values > self.low
        return above if self.high_closed else above & (values < math.inf)

    def admit(self, xp: Any, name: str, values: Array, *, validate: bool) -> Array:
        """The values, checked where they can be read, with NaN in place of inadmissible ones where they cannot."""
        if math.prod(values.shape) == 0 or (self.low_closed and self.high_closed and self.low == -math.inf):
            return values
        if not (validate and readable(values)):
            return xp.where(self.contains(values), values, xp.nan)
        data = values.detach() if hasattr(values, "detach") else values
        try:
            # Two reductions and one transfer, whatever the size; a NaN fails the test and takes the slow path.
            if bool(self.contains(xp.min(data)) & self.contains(xp.max(data))):
                return values
            if not bool(xp.any(~self.contains(data) & ~xp.isnan(data))):
                return values
        except (RuntimeError, TypeError, NotImplementedError):  # a traced or batched array has no values to read
            return xp.where(self.contains(values), values, xp.nan)
        raise ValueError(f"{name} must be {self.words}, got {_first_outside(self, data)}")


def readable(values: Array) -> bool:
    """Whether reading values is possible without disturbing a compilation, a trace or a CUDA graph capture."""
    if not is_torch(values):
        return True
    torch = sys.modules["torch"]
    if torch.compiler.is_compiling() or torch.jit.is_tracing():
        return False
    return not (values.is_cuda and torch.cuda.is_current_stream_capturing()) and not values.is_meta


def _first_outside(domain: Domain, data: Array) -> str:
    if not data.shape:
        return f"{float(data)!r}"
    values = np.asarray(data.cpu() if hasattr(data, "cpu") else data)
    index = tuple(int(i) for i in np.argwhere(~(domain.contains(values) | np.isnan(values)))[0])
    place = index[0] if len(index) == 1 else index
    return f"{float(values[index])!r} at index {place}"


REAL = Domain("finite")
POSITIVE = Domain("positive and finite", low=0.0)
NON_NEGATIVE = Domain("non-negative and finite", low=0.0, low_closed=True)
LOGIT = Domain("below +inf", low_closed=True)
ANY = Domain("a real number", low_closed=True, high_closed=True)
