"""Models far out: masses of 2^-m, and points that weigh 2^m, at which a cap falls that is too low by far.

Every entry is a + b 2^(km) with one m for the whole model, so that the smallest model of a pattern is found by
bisection over m. Nothing is evaluated in floats, which end at 2^-1074.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import prod

import numpy as np

from proofs.language import tree as t
from proofs.refuters.arithmetic import Array
from proofs.refuters.confirm import Contradiction
from proofs.refuters.models import Key, Models, axes_of, keys_of
from proofs.refuters.signature import Interval, Signature

#: The sizes m that are tried; the largest refutes caps of thousands of nats.
EXPONENTS = (512, 8192)
_PATTERNS = 12  # for each of them
_LARGEST_GRID = 64  # points at which a model is evaluated exactly
_ROUNDS = 3  # of simplification

Certain = Callable[[Models], Contradiction | None]
Power = tuple[Fraction, Fraction, int]
"""(a, b, k), which stands for a + b 2^(km)."""

_ONE: Power = (Fraction(1), Fraction(0), 0)


@dataclass(frozen=True)
class Pattern:
    """A model for each m.

    Args:
        models: a model whose other tables (convex functions, derivatives) stay as they are.
        entries: the tables that depend on m, cell by cell.
    """

    models: Models
    entries: Mapping[Key, Array]

    def at(self, m: int) -> Models:
        """The model of this m."""
        numerators, denominators = dict(self.models.numerators), dict(self.models.denominators)
        for key, cells in self.entries.items():
            values = [a + b * Fraction(2) ** (k * m) for a, b, k in cells.reshape(-1)]
            shape = (1, *cells.shape)
            numerators[key] = _integers([value.numerator for value in values], shape)
            denominators[key] = _integers([value.denominator for value in values], shape)
        return Models(self.models.signature, self.models.sizes, numerators, denominators)

    def with_entries(self, key: Key, cells: Array) -> Pattern:
        return Pattern(self.models, {**self.entries, key: cells})


def search(
    drawn: Callable[[Mapping[str, int]], Models], signature: Signature, certain: Certain, rng: np.random.Generator
) -> tuple[Models, Contradiction] | None:
    """The simplest model of the first pattern that refutes.

    Args:
        drawn: a random model of these sizes, for what a pattern does not say.
        signature: what models hold.
        certain: what contradicts the step on a model, beyond doubt.
        rng: the source of randomness.
    """
    for m in EXPONENTS:
        for _ in range(_PATTERNS):
            sizes = {s: 1 if s in signature.hidden or rng.random() < 0.2 else 2 for s in signature.spaces}
            if signature.grid(sizes) > _LARGEST_GRID:
                return None
            pattern = _pattern(drawn(sizes), rng)
            if certain(pattern.at(m)) is not None:
                return _smallest(*_simplified(pattern, m, certain), certain)
    return None


# --- patterns --------------------------------------------------------------------------------------------------------


def _pattern(models: Models, rng: np.random.Generator) -> Pattern:
    signature = models.signature
    entries = {}
    for key in keys_of(signature):
        kind, name = key
        shape = tuple(models.sizes[space] for space in axes_of(signature, key))
        match kind:
            case "weight":
                entries[key] = _cells(shape, partial(_weight, signature, name, rng))
            case "family":
                entries[key] = _family(signature.families[name], shape, rng)
            case "function" | "scalar":
                entries[key] = _cells(shape, partial(_value, signature.ranges[name], rng))
    return Pattern(models, entries)


def _cells(shape: tuple[int, ...], draw: Callable[[], Power]) -> Array:
    cells = np.empty(shape, dtype=object)
    for index in np.ndindex(shape):
        cells[index] = draw()
    return cells


def _weight(signature: Signature, space: str, rng: np.random.Generator) -> Power:
    """Mostly 1. Points of a counted space may stand for 2^m points that are all alike."""
    if rng.random() < 0.6 or (space in signature.counted and space in signature.located):
        return _ONE
    return Fraction(0), Fraction(1), 1 if space in signature.counted or rng.random() < 0.5 else -1


def _family(family: t.Family, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """For each value of what is given: all the mass but 2^-m at one point, or no point above another."""
    generated = shape[: len(family.generated)]
    cells = np.empty(shape, dtype=object)
    rest = _ONE if family.positive or rng.random() < 0.5 else (Fraction(0), Fraction(0), 0)
    for given in np.ndindex(shape[len(generated) :]):
        flat = rng.random() < 0.25
        peak = tuple(int(rng.integers(size)) for size in generated)
        for index in np.ndindex(generated):
            top = (Fraction(1 - prod(generated)) * rest[0], Fraction(1), 1)
            cells[index + given] = _ONE if flat else top if index == peak else rest
    return cells


def _value(interval: Interval, rng: np.random.Generator) -> Power:
    """Next to the ends of an interval, at them where they belong to it, far out, or a simple value."""
    low, high = interval.low, interval.high
    choices: list[Power] = [(simple, Fraction(0), 0) for simple in _simple(interval)]
    size = 1 if interval.integer else -1
    if low is not None and high is not None:
        if not interval.integer:
            choices += [(low, high - low, -1), (high, low - high, -1)]
    elif low is not None or high is not None:
        end, sign = (low, 1) if low is not None else (high or Fraction(0), -1)
        choices += [(end, Fraction(sign), 1), (end, Fraction(sign), size)]
    else:
        choices += [(Fraction(0), Fraction(sign), 1) for sign in (1, -1)]
    return choices[rng.integers(len(choices))]


def _simple(interval: Interval) -> list[Fraction]:
    """Simple values of an interval, the simplest first."""
    low, high = interval.low, interval.high
    ends = [end for end in (low, high) if end is not None]
    middle = [(low + high) / 2] if low is not None and high is not None else []
    beyond = [end + sign for end, sign in ((low, 1), (high, -1)) if end is not None]
    candidates = [Fraction(0), Fraction(1), *ends, *middle, *beyond, Fraction(-1)]
    return list(dict.fromkeys(value for value in candidates if value in interval))


# --- the smallest model ----------------------------------------------------------------------------------------------


def _simplified(pattern: Pattern, m: int, certain: Certain) -> tuple[Pattern, int]:
    """The pattern with as many tables as possible in their simplest form."""
    for _ in range(_ROUNDS):
        simpler = next((p for p in _simpler(pattern) if certain(p.at(m)) is not None), None)
        if simpler is None:
            break
        pattern = simpler
    return pattern, m


def _simpler(pattern: Pattern) -> Iterator[Pattern]:
    """Patterns with one point fewer, or one table that is simpler."""
    models = pattern.models
    for space, size in models.sizes.items():
        for point in range(size if size > 1 else 0):
            axes = {key: axes_of(models.signature, key) for key in pattern.entries}
            entries = {
                key: np.delete(cells, point, axis=axes[key].index(space)) if space in axes[key] else cells
                for key, cells in pattern.entries.items()
                if axes[key].count(space) < 2
            }
            if len(entries) == len(pattern.entries):
                yield Pattern(models.without(space, point), entries)
    for key, cells in pattern.entries.items():
        kind, name = key
        interval = models.signature.ranges.get(name)
        values = _simple(interval) if kind in ("function", "scalar") and interval is not None else [Fraction(1)]
        for value in values[:1]:
            simple = _cells(cells.shape, partial(_constant, value))
            if any(simple[index] != cells[index] for index in np.ndindex(cells.shape)):
                yield pattern.with_entries(key, simple)


def _smallest(pattern: Pattern, m: int, certain: Certain) -> tuple[Models, Contradiction] | None:
    """The model of the smallest m that refutes, if all larger ones up to this one do."""
    low, high = 0, m
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if certain(pattern.at(middle)) is not None else (middle, high)
    model = pattern.at(high)
    contradiction = certain(model)
    return None if contradiction is None else (model, contradiction)


def _constant(value: Fraction) -> Power:
    return value, Fraction(0), 0


def _integers(values: list[int], shape: tuple[int, ...]) -> Array:
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return cells.reshape(shape)
