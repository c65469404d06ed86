"""Climb from the model at which an inequality is tightest: a bound that misses by little falls beside its optimum."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor

import numpy as np

from proofs.refuters.arithmetic import Array
from proofs.refuters.attack import Attack
from proofs.refuters.models import Models
from proofs.refuters.signature import Interval

_NEIGHBOURS = 48
_SCALE = 2**24  # entries are moved on a grid of this many steps


def climb(
    attack: Attack, model: Models, rng: np.random.Generator, *, rounds: int = 24
) -> Iterator[tuple[Models, Array]]:
    """Batches of neighbours of the worst model so far, at radii from 1 down to 1e-5, with their violations.

    Args:
        attack: the step, an inequality.
        model: a batch of the one model to start from.
        rng: the source of randomness.
        rounds: how many batches.
    """
    violation = float(attack.violations(model)[0])
    for _ in range(rounds):
        neighbours = _neighbours(model, rng)
        violations = attack.violations(neighbours)
        yield neighbours, violations
        if np.isnan(violations).all():
            return
        best = int(np.nanargmax(violations))
        if violations[best] > violation:
            model, violation = neighbours.pick([best]), float(violations[best])


def _neighbours(model: Models, rng: np.random.Generator) -> Models:
    """Copies of the model, each with some entries moved; whatever has a domain stays in it."""
    moved = model.pick([0] * _NEIGHBOURS)
    radius = 10.0 ** rng.uniform(-5, 0, _NEIGHBOURS)
    dense = rng.random(_NEIGHBOURS) < 0.5
    for key, numerators in moved.numerators.items():
        kind, name = key
        fixed = kind in ("position", "convex") or (kind == "weight" and name in model.signature.counted)
        interval = model.signature.ranges.get(name) if kind in ("function", "scalar") else None
        interval = Interval() if kind == "slope" else interval
        if fixed or (interval is not None and interval.integer):
            continue
        cells = numerators.reshape(_NEIGHBOURS, -1)
        denominators = moved.denominators[key].reshape(_NEIGHBOURS, -1)
        moving: Array = dense[:, None] | (rng.random(cells.shape) < 0.3)
        values = cells / denominators
        noise = radius[:, None] * rng.standard_normal(cells.shape)
        if interval is None:
            # Positive entries move by a factor, and zeros stay; a family's scale carries no meaning.
            scale = _SCALE / values.max(axis=1, keepdims=True) if kind == "family" else 2.0**12
            shifted = np.where(cells == 0, 0, np.maximum(1, np.rint(values * np.exp(noise) * scale)))
            shifted_denominators = np.ones_like(denominators) if kind == "family" else np.full_like(denominators, 2**12)
            if kind == "family":
                moving = np.broadcast_to(moving.any(axis=1, keepdims=True), cells.shape)
        else:
            shifted = np.rint((values + noise * np.maximum(np.abs(values), 0.05)) * _SCALE)
            shifted_denominators = np.full_like(denominators, _SCALE)
            low = -np.inf if interval.low is None else floor(interval.low * _SCALE)
            high = np.inf if interval.high is None else ceil(interval.high * _SCALE)
            moving = moving & (shifted > low) & (shifted < high)
        cells[...] = np.where(moving, shifted, cells)
        denominators[...] = np.where(moving, shifted_denominators, denominators)
    return moved
