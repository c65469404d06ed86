"""Where closed forms go wrong: the regimes of parameters that an implementation is held to.

Laws that are nearly equal, down to one unit in the last place, where textbook forms cancel; scales that overflow when
they are squared; offsets that dwarf the difference; ends of the domain; single precision.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from divergences.domains import Domain
from proofs.conformance.target import Target

Point = dict[str, float]

#: Relative distances of nearly equal parameters; 0 stands for one unit in the last place.
NEAR = (1e-4, 1e-8, 1e-12, 0.0)
SCALES = (1e-150, 1e-30, 1e30, 1e150)
OFFSETS = (1e6, 1e12)


@dataclass(frozen=True)
class Case:
    """A point of the grid: its regime, its parameters, and the precision that they are handed over in."""

    regime: str
    point: Point
    dtype: str = "float64"


def cases(target: Target, *, seed: int) -> Iterator[Case]:
    """The grid of a target: a few hundred points, the same for the same seed."""
    rng = np.random.default_rng(seed)
    moderate = [draw(target, rng) for _ in range(24)]
    yield from (Case("moderate", point) for point in moderate)
    yield from (Case("wide", draw(target, rng, spread=3.0)) for _ in range(16))
    if target.partners:
        for point in moderate[:6]:
            equal = tied(target, point)
            yield Case("equal", equal)
            for size, names in itertools.product(NEAR, _subsets(target)):
                yield Case("near-equal", perturbed(target, equal, names, size, "float64"))
            yield from _single_precision(target, equal)
    yield from _offsets(target, moderate[:4])
    yield from _extremes(target, moderate[:4], rng)
    yield from (Case("boundary", point) for point in _boundaries(target, moderate[0]))
    yield from (Case("moderate", rounded(point, "float32"), "float32") for point in moderate[:12])


def draw(target: Target, rng: np.random.Generator, *, spread: float = 0.7) -> Point:
    """A point with positive parameters within 10^±spread and real ones as large."""
    return _valid(target, {name: _draw(domain, rng, spread) for name, domain in target.domains.items()})


def _draw(domain: Domain, rng: np.random.Generator, spread: float) -> float:
    if domain.whole:
        return float(rng.integers(max(1, math.ceil(domain.low)), 2 + int(10 ** (spread + 0.5))))
    if domain.low > -math.inf and domain.high < math.inf:
        logit = rng.normal() * 2.5 * spread
        return float(domain.low + (domain.high - domain.low) / (1 + math.exp(-logit)))
    if domain.low > -math.inf:
        return float(domain.low + 10 ** rng.uniform(-spread, spread))
    return float(rng.normal() * 10 ** rng.uniform(-spread, spread))


def _valid(target: Target, point: Point) -> Point:
    """With the ends of intervals in order, and numbers of trials that agree."""
    for low in [name for name in target.domains if name.startswith("low")]:
        high = low.replace("low", "high", 1)
        if high in point and point[low] >= point[high]:
            point[low], point[high] = point[high], point[low]
    counts = [name for name in target.domains if name.startswith("total_count") and target.domains[name].whole]
    return {**point, **dict.fromkeys(counts, point[counts[0]])} if counts else point


def tied(target: Target, point: Point) -> Point:
    """The point with the second law set equal to the first."""
    return {**point, **{second: point[first] for second, first in target.partners.items()}}


def _subsets(target: Target) -> Iterator[tuple[str, ...]]:
    free = tuple(name for name in target.partners if not target.domains[name].whole)
    if len(free) > 1:
        yield free
    yield from ((name,) for name in free)


def perturbed(target: Target, equal: Point, names: tuple[str, ...], size: float, dtype: str) -> Point:
    """The second law moved by a relative amount, where its parameters stay valid; by one unit for size 0."""
    point = dict(equal)
    for number, name in enumerate(names):
        # Not all by the same factor, which a law may not notice.
        value = np.array(point[name], dtype=dtype)
        step = size * (1 + number / 2)
        moved = value * (1 + step) if size else np.nextafter(value, np.array(np.inf, dtype=dtype))
        domain = target.domains[name]
        if domain.low < float(moved) < domain.high:
            point[name] = float(np.array(moved, dtype=dtype))
    return point


def rounded(point: Mapping[str, float], dtype: str) -> Point:
    return {name: float(np.array(value, dtype=dtype)) for name, value in point.items()}


def _single_precision(target: Target, equal: Point) -> Iterator[Case]:
    single = rounded(equal, "float32")
    yield Case("equal", single, "float32")
    for size, names in itertools.product((1e-2, 1e-4, 0.0), _subsets(target)):
        yield Case("near-equal", perturbed(target, single, names, size, "float32"), "float32")


def _offsets(target: Target, points: list[Point]) -> Iterator[Case]:
    reals = [name for name, domain in target.domains.items() if domain.low == -math.inf]
    if len(reals) > 1:
        for point, offset in itertools.product(points, OFFSETS):
            yield Case("offset", {**point, **{name: point[name] + offset for name in reals}})


def _extremes(target: Target, points: list[Point], rng: np.random.Generator) -> Iterator[Case]:
    rays = [name for name, domain in target.domains.items() if domain.high == math.inf and not domain.whole]
    for point, scale in itertools.product(points, SCALES):
        if rays:
            yield Case("extreme", _valid(target, {**point, **{name: point[name] * scale for name in rays}}))
            one = str(rng.choice(rays))
            yield Case("extreme", _valid(target, {**point, one: point[one] * scale}))


def _boundaries(target: Target, point: Point) -> Iterator[Point]:
    """Every combination of closed ends and the middle, for the parameters that have such ends."""
    ends = {
        name: [
            value
            for value, closed in ((d.low, d.low_closed), (d.high, d.high_closed))
            if closed and math.isfinite(value)
        ]
        for name, d in target.domains.items()
        if not d.whole
    }
    names = [name for name, values in ends.items() if values]
    for values in itertools.product(*([point[name], *ends[name]] for name in names)):
        if names:
            yield {**point, **dict(zip(names, values, strict=True))}
