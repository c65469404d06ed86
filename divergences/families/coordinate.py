"""On which line to integrate under a law, so that its tails fall exponentially and its support does not move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from divergences.libraries import Array


@dataclass(frozen=True)
class Coordinate:
    """x as an increasing function of v.

    Args:
        point: x from v and a namespace.
        log_slope: log dx/dv from v and a namespace.
        inverse: v from x and a namespace.
        low, high: the ends of v, whole numbers or None where infinite.
        center, spread: about where the law lives, and how widely; any floats are sound.
        whole_line: whether v is x itself on a whole line.
    """

    point: Callable[[Array, Any], Array]
    log_slope: Callable[[Array, Any], Array]
    inverse: Callable[[Array, Any], Array]
    low: Any = None
    high: Any = None
    center: float = 0.0
    spread: float = 1.0
    whole_line: bool = False


def line(center: float = 0.0, spread: float = 1.0) -> Coordinate:
    """x itself."""
    return Coordinate(lambda v, xp: v, lambda v, xp: 0 * v, lambda x, xp: x, None, None, center, spread, True)


def interval(low: Any, high: Any, center: float, spread: float) -> Coordinate:
    """x itself, between two ends."""
    return Coordinate(lambda v, xp: v, lambda v, xp: 0 * v, lambda x, xp: x, low, high, center, spread)


def logarithm(center: float = 0.0, spread: float = 1.0) -> Coordinate:
    """log x, for a law of the positive half line."""
    return Coordinate(lambda v, xp: xp.exp(v), lambda v, xp: v, lambda x, xp: xp.log(x), None, None, center, spread)


def stretched(loc: Array, scale: Array) -> Coordinate:
    """The inverse hyperbolic sine of the standardised variable, under which powers fall exponentially."""
    return Coordinate(
        lambda v, xp: loc + scale * xp.sinh(v),
        lambda v, xp: xp.log(scale) + xp.log(xp.cosh(v)),
        lambda x, xp: xp.asinh((x - loc) / scale),
    )
