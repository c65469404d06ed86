"""The smallest model at which a refuted step still fails: few points, unit weights, small numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from itertools import product

import numpy as np

from proofs.refuters.arithmetic import Array
from proofs.refuters.attack import NOISE, Attack
from proofs.refuters.convexity import column_ranges
from proofs.refuters.models import Key, Models
from proofs.refuters.strata import draw

_TINY = 64  # random models for each size
_SIZES = 8  # sizes tried, smallest first
_ROUNDS = 24
_CLEAR = 0.02  # a violation of one fiftieth of the sides is as clear as a larger one


def shrink(attack: Attack, model: Models, violation: float, *, seed: int = 0) -> Iterator[Models]:
    """Models at which the step fails in float64, simplest first, the given one last.

    Each model is simplified in one pass over single edits, evaluated as one batch, until no edit that keeps the
    violation clear makes it simpler. Deterministic: `seed` fixes the small models that are tried.

    Args:
        attack: the step.
        model: a batch of the one model to start from.
        violation: by how much the step fails there, as `Attack.violations` measures it.
        seed: of the random small models.
    """
    clear = min(_CLEAR, violation / 4)
    if clear > NOISE or attack.strict:
        rng = np.random.default_rng(seed)
        for sizes in _smaller(model):
            tiny = draw(attack.signature, sizes, _TINY, rng)
            simplest = _simplest(attack, tiny, clear)
            if simplest is not None:
                yield _polished(attack, simplest, clear)
                break
        yield _polished(attack, model, clear)
    yield model


def _smaller(model: Models) -> Iterator[Mapping[str, int]]:
    """Sizes no larger than the model's, the fewest points first."""
    spaces = list(model.sizes)
    grids = sorted(
        product(*(range(1, model.sizes[space] + 1) for space in spaces[:6])), key=lambda grid: (sum(grid), grid)
    )
    for grid in grids[:_SIZES]:
        yield {**model.sizes, **dict(zip(spaces, grid, strict=False))}


def _simplest(attack: Attack, models: Models, clear: float) -> Models | None:
    """The least complex of the models that violate the step clearly."""
    violations = attack.violations(models)
    failing = np.flatnonzero(violations >= clear)
    if len(failing) == 0 and attack.strict:
        failing = np.flatnonzero(violations >= 0)
    if len(failing) == 0:
        return None
    best = failing[np.argmin(_complexity(models)[failing])]
    return models.pick([int(best)])


def _polished(attack: Attack, model: Models, clear: float) -> Models:
    for _ in range(_ROUNDS):
        edits = _edits(model)
        shorter = None if edits is None else _simplest(attack, edits, clear)
        if shorter is None or _complexity(shorter)[0] >= _complexity(model)[0]:
            shorter = _with_fewer_points(attack, model, clear)
        if shorter is None:
            return model
        model = shorter
    return model


def _with_fewer_points(attack: Attack, model: Models, clear: float) -> Models | None:
    for space, size in model.sizes.items():
        for point in range(size if size > 1 else 0):
            fewer = model.without(space, point)
            if fewer.admissible() and _simplest(attack, fewer, clear) is not None:
                return fewer
    return None


def _complexity(models: Models) -> Array:
    """The size of each model's numbers in bits, with a charge for signs and for entries that differ."""
    total = np.zeros(len(models))
    for key, numerators in models.numerators.items():
        cells = numerators.reshape(len(models), -1)
        denominators = models.denominators[key].reshape(len(models), -1)
        size = np.log2(1 + np.abs(cells)) + np.log2(denominators) + 0.5 * (cells < 0)
        total += size.sum(axis=1)
    return total


def _edits(model: Models) -> Models | None:
    """Every model that differs from this one in one entry, which is simpler."""
    edits: list[tuple[Key, int, int, int]] = []
    for key, numerators in model.numerators.items():
        denominators = model.denominators[key]
        for cell, (n, d) in enumerate(
            zip(numerators.reshape(-1).tolist(), denominators.reshape(-1).tolist(), strict=True)
        ):
            for value in _simpler(n, d):
                if _admissible(model, key, cell, value):
                    edits.append((key, cell, value.numerator, value.denominator))
    if not edits:
        return None
    edited = model.pick([0] * len(edits))
    for row, (key, cell, n, d) in enumerate(edits):
        edited.numerators[key].reshape(len(edits), -1)[row, cell] = n
        edited.denominators[key].reshape(len(edits), -1)[row, cell] = d
    return edited


@lru_cache(maxsize=4096)
def _simpler(numerator: int, denominator: int) -> tuple[Fraction, ...]:
    value = Fraction(numerator, denominator)
    size = abs(numerator) + denominator
    near = {value.limit_denominator(bound) for bound in (1, 2, 4, 16, 64)}
    round_numbers = {
        Fraction(int(value)),
        value / 2,
        value / 10,
        Fraction(numerator // 2, denominator),
        value - 1,
        abs(value),
    }
    simple = near | round_numbers | {Fraction(n) for n in (0, 1, 2, 3)} | {Fraction(1, 2), Fraction(1, 4), Fraction(-1)}
    kept = {v for v in simple if abs(v.numerator) + v.denominator < size or (v == 1 != value)}
    return tuple(kept | ({value} if (value.numerator, value.denominator) != (numerator, denominator) else set()))


def _admissible(model: Models, key: Key, cell: int, value: Fraction) -> bool:
    """Whether a table may hold a value in a cell."""
    kind, name = key
    if kind in ("function", "scalar"):
        return value in model.signature.ranges[name]
    if kind == "convex":
        return value in column_ranges(model.signature.convex[name])[cell]
    if kind == "slope":
        return True
    entries = model.numerators[key].reshape(-1)
    if kind == "position":
        others = [Fraction(int(n), int(d)) for n, d in zip(entries, model.denominators[key].reshape(-1), strict=True)]
        others.pop(cell)
        return value not in others and (name not in model.signature.counted or value.denominator == 1)
    if kind == "weight":
        return value > 0 and name not in model.signature.counted
    # A family's zeros stay where they are: an entry that becomes 0 may leave a law without mass.
    return value > 0
