"""Models in which variables tell one another: larger alphabets, with nearly all mass where all variables agree.

There mutual information is the logarithm of the number of points, and a critic that looks for agreement is as good as
can be: what caps either below that falls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from proofs.refuters.arithmetic import Array
from proofs.refuters.attack import Attack
from proofs.refuters.models import Models, axes_of

#: The alphabets that are tried, as long as the grids of their models stay small.
POINTS = (3, 5, 9, 17, 33, 65, 129)
_LARGEST_GRID = 2**15
_BATCH = 8
_HEIGHT = 24  # a table is one, or this power of two, where its variables agree
_HEIGHTS = (1, 3, 6, 12)

Drawn = Callable[[Mapping[str, int], int], Models]


def search(drawn: Drawn, attack: Attack, rng: np.random.Generator) -> Models | None:
    """A model that fails in float64, on an alphabet as small and with entries as low as that takes; None if none does.

    Args:
        drawn: random models of these sizes, as many as are asked for.
        attack: the step, an inequality.
        rng: the source of randomness.
    """
    signature = attack.signature
    tables = [("family", name) for name in signature.families] + [("function", name) for name in signature.functions]
    if all(len(axes_of(signature, key)) < 2 for key in tables):
        return None

    def sizes(points: int) -> dict[str, int]:
        return {space: 1 if space in signature.hidden else points for space in signature.spaces}

    before = 2
    for points in POINTS:
        if signature.grid(sizes(points)) > _LARGEST_GRID:
            return None
        levels = rng.integers(-2, 3, (_BATCH, 2, len(tables)))
        levels[: _BATCH // 2] = [[1], [-1]]
        failing = _failing(attack, _agreeing(drawn(sizes(points), _BATCH), levels, _HEIGHT))
        if failing is not None:
            for fewer in range(before, points + 1):
                for height in (*_HEIGHTS, _HEIGHT):
                    model = _agreeing(drawn(sizes(fewer), 1), levels[[failing]], height)
                    if _failing(attack, model) is not None:
                        return model
        before = points
    return None


def _failing(attack: Attack, models: Models) -> int | None:
    fails = np.flatnonzero(attack.fails(attack.violations(models)))
    return int(fails[0]) if len(fails) else None


def _agreeing(models: Models, levels: Array, height: int) -> Models:
    """The models with unit weights, flat laws of single variables, and the others concentrated where all agree.

    Args:
        models: what is changed.
        levels: for each model, the exponents of a function where its variables agree and where they do not.
        height: what they are multiples of.
    """
    numerators, denominators = dict(models.numerators), dict(models.denominators)
    place = 0
    for key, table in models.numerators.items():
        kind, name = key
        agree = _agree(table.shape[1:])
        if kind == "weight":
            numerators[key], denominators[key] = np.ones_like(table), np.ones_like(table)
        elif kind == "family":
            rest = int(models.signature.families[name].positive)
            peaked = np.where(agree, 2**height if rest else 1, rest)
            numerators[key] = np.broadcast_to(peaked if table.ndim > 2 else np.ones_like(agree, dtype=int), table.shape)
            numerators[key] = numerators[key].astype(np.int64)
            denominators[key] = np.ones_like(table)
        if kind in ("family", "function"):
            high, low = (levels[:, i, place].reshape(-1, *[1] * (table.ndim - 1)) * height for i in (0, 1))
            place += 1
            interval = models.signature.ranges.get(name)
            if kind == "function" and table.ndim > 2 and interval is not None and interval.low == 0:
                powers = np.where(agree, high, low) * np.ones_like(table)
                numerators[key], denominators[key] = 2 ** np.maximum(powers, 0), 2 ** np.maximum(-powers, 0)
                if interval.high is not None:  # r/(1 + r) of the width
                    top = numerators[key] + denominators[key]
                    numerators[key] = numerators[key] * interval.high.numerator
                    denominators[key] = top * interval.high.denominator
            elif kind == "function" and table.ndim > 2 and interval is not None and interval.high is None:
                if interval.low is None:
                    numerators[key] = np.where(agree, high, low) * np.ones_like(table)
                    denominators[key] = np.ones_like(table)
    return replace(models, numerators=numerators, denominators=denominators)


def _agree(shape: tuple[int, ...]) -> Array:
    """Where all indices are equal."""
    grid = np.indices(shape)
    return np.asarray((grid == grid[:1]).all(axis=0)) if shape else np.ones((), dtype=bool)
