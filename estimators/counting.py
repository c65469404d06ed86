"""Counts of samples and how they are cut into blocks."""

from __future__ import annotations

import operator
from typing import Any


def positive_integer(name: str, value: Any) -> int:
    """The value as an int of at least 1, or an error that names it."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {value!r}") from None
    if number < 1:
        raise ValueError(f"{name} must be at least 1, got {number!r}")
    return number


def block_sizes(total: int, block: int) -> list[int]:
    """Sizes of blocks that hold the total; the last one holds what is left."""
    whole, rest = divmod(total, block)
    return [block] * whole + ([rest] if rest else [])
