"""Batches of finite measure spaces in exact small rationals, all of one size, with one array axis over the models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from proofs.refuters.arithmetic import Arithmetic, Array
from proofs.refuters.balls import Balls
from proofs.refuters.signature import Signature

Key = tuple[str, str]
"""What a table is of, and its name: a "weight", "family", "function", "scalar" or "position"."""


@dataclass(frozen=True)
class Models:
    """Finite models of a step, table by table; every table's axis 0 runs over the models.

    Args:
        signature: what the tables are of.
        sizes: the number of points of each space.
        numerators, denominators: the entries of each table. A family's entries are the unnormalised masses of its
            generated slots (then its given ones): mass = entry / sum over the generated slots, so that every table of
            non-negative entries that are not all 0 is a family, and density = mass / product of base weights.
    """

    signature: Signature
    sizes: Mapping[str, int]
    numerators: Mapping[Key, Array]
    denominators: Mapping[Key, Array]

    def __len__(self) -> int:
        return len(next(iter(self.numerators.values()))) if self.numerators else 1

    def pick(self, indices: Array | list[int]) -> Models:
        """The models at these indices, in this order."""
        rows = np.asarray(indices, dtype=np.intp)
        return replace(
            self,
            numerators={key: table[rows] for key, table in self.numerators.items()},
            denominators={key: table[rows] for key, table in self.denominators.items()},
        )

    def without(self, space: str, point: int) -> Models:
        """The models with one point of one space removed; families are renormalised by what they mean."""
        numerators, denominators = dict(self.numerators), dict(self.denominators)
        for key in self.numerators:
            for axis, at in enumerate(axes_of(self.signature, key), start=1):
                if at == space:
                    numerators[key] = np.delete(numerators[key], point, axis=axis)
                    denominators[key] = np.delete(denominators[key], point, axis=axis)
        sizes = {**self.sizes, space: self.sizes[space] - 1}
        return replace(self, sizes=sizes, numerators=numerators, denominators=denominators)

    def entry(self, key: Key, model: int = 0) -> Any:
        """One model's table as nested tuples of fractions; a family's is its density."""
        return _nested(self.pick([model]).values(key, Balls())[0])

    def admissible(self) -> bool:
        """Whether every table is one that the declarations allow, in exact arithmetic; nothing else may refute."""
        return all(self._admits(key) for key in keys_of(self.signature))

    def _admits(self, key: Key) -> bool:
        kind, name = key
        numerators, denominators = self.numerators[key], self.denominators[key]
        if (denominators <= 0).any():
            return False
        match kind:
            case "weight":
                units = bool((numerators == denominators).all())
                return bool((numerators > 0).all()) and (units or name not in self.signature.counted)
            case "family":
                family = self.signature.families[name]
                axes = tuple(range(1, 1 + len(family.generated)))
                somewhere = bool((numerators.sum(axis=axes) > 0).all())
                return somewhere and bool((numerators > 0 if family.positive else numerators >= 0).all())
            case "position":
                rows = [[Fraction(*ratio) for ratio in row] for row in _pairs(numerators, denominators)]
                return all(len(set(row)) == len(row) for row in rows)
            case _:
                interval = self.signature.ranges[name]
                return all(Fraction(*ratio) in interval for row in _pairs(numerators, denominators) for ratio in row)

    def values(self, key: Key, arithmetic: Arithmetic) -> Array:
        """A table of the models in an arithmetic; a family's is its density with respect to the base measure."""
        entries = arithmetic.ratio(self.numerators[key], self.denominators[key])
        kind, name = key
        if kind != "family":
            return entries
        family = self.signature.families[name]
        slots = self.signature.slots(name)
        axes = tuple(range(1, 1 + len(family.generated)))
        density = arithmetic.div(entries, arithmetic.total(entries, axes))
        for axis in axes:
            weights = self.values(("weight", slots[axis - 1]), arithmetic)
            shape = [len(weights)] + [1] * len(slots)
            shape[axis] = weights.shape[1]
            density = arithmetic.div(density, weights.reshape(shape))
        return density


def axes_of(signature: Signature, key: Key) -> tuple[str, ...]:
    """The spaces that the axes of a table run over, after the axis of the models."""
    kind, name = key
    match kind:
        case "weight" | "position":
            return (name,)
        case "family":
            return signature.slots(name)
        case "function":
            return signature.places(name)
        case _:
            return ()


def keys_of(signature: Signature) -> tuple[Key, ...]:
    """The tables that a model of the signature has, in the order in which they are drawn."""
    return (
        *(("weight", space) for space in signature.spaces),
        *(("family", name) for name in signature.families),
        *(("function", name) for name in signature.functions),
        *(("position", space) for space in signature.spaces if space in signature.located),
        *(("scalar", name) for name in signature.scalars),
    )


def _pairs(numerators: Array, denominators: Array) -> list[list[tuple[int, int]]]:
    """For each model, the entries of a table as pairs of integers."""
    rows = zip(
        numerators.reshape(len(numerators), -1).tolist(),
        denominators.reshape(len(denominators), -1).tolist(),
        strict=True,
    )
    return [list(zip(*row, strict=True)) for row in rows]


def _nested(values: Any) -> Any:
    """An array of exact rationals as nested tuples of fractions."""
    if isinstance(values, np.ndarray):
        return tuple(_nested(value) for value in values)
    return Fraction(int(values.p), int(values.q))
