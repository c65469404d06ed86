"""Batches of finite measure spaces in exact small rationals, all of one size, with one array axis over the models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from proofs.language import tree as t
from proofs.refuters.arithmetic import Arithmetic, Array
from proofs.refuters.balls import Balls
from proofs.refuters.convexity import column_ranges
from proofs.refuters.jets import Jets
from proofs.refuters.laws import factors
from proofs.refuters.signature import Signature

Key = tuple[str, str]
"""What a table is of, and its name: a "weight", "family", "function", "convex", "scalar", "position" or "slope"."""


@dataclass(frozen=True)
class Models:
    """Finite models of a step, table by table; every table's axis 0 runs over the models.

    Args:
        signature: what the tables are of.
        sizes: the number of points of each space.
        numerators, denominators: the entries of each table. A family's entries are the unnormalised masses of its
            generated slots (then its given ones): mass = entry / sum over the generated slots, so that every table of
            non-negative entries that are not all 0 is a family, and density = mass / product of base weights. A
            convex function's are its coefficients (`proofs.refuters.convexity`). The slope of a family in a parameter
            is the derivative of its entries' logarithms, that of a function the derivative of its values.
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

    def slope(self, parameter: str, name: str) -> Any:
        """One model's derivative of a family's density, or of a function, as nested tuples of fractions."""
        jets = Jets(Balls(), parameter)
        kind = "family" if name in self.signature.families else "function"
        return _nested(jets.tangent(self.pick([0]).values((kind, name), jets))[0])

    def order(self, space: str) -> Array:
        """For each model, its points from left to right on the line, by exact comparison."""
        rows = _pairs(self.numerators["position", space], self.denominators["position", space])
        return np.array([sorted(range(len(row)), key=lambda i: Fraction(*row[i])) for row in rows])

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
                # A counted point of weight n stands for n points that are alike, which no position may tell apart.
                unit = (denominators == 1) & ((numerators == 1) | (name not in self.signature.located))
                return bool((numerators > 0).all() and (name not in self.signature.counted or unit.all()))
            case "family":
                family = self.signature.families[name]
                axes = tuple(range(1, 1 + len(family.generated)))
                somewhere = bool((numerators > 0).any(axis=axes).all())
                return somewhere and bool((numerators > 0 if family.positive else numerators >= 0).all())
            case "position":
                rows = [[Fraction(*ratio) for ratio in row] for row in _pairs(numerators, denominators)]
                return all(len(set(row)) == len(row) for row in rows)
            case "convex":
                intervals = column_ranges(self.signature.convex[name])
                pairs = _pairs(numerators, denominators)
                return all(Fraction(*ratio) in at for row in pairs for ratio, at in zip(row, intervals, strict=True))
            case "slope":
                return True
            case _:
                interval = self.signature.ranges[name]
                return all(Fraction(*ratio) in interval for row in _pairs(numerators, denominators) for ratio in row)

    def values(self, key: Key, arithmetic: Arithmetic) -> Array:
        """A table of the models in an arithmetic; a family's is its density with respect to the base measure."""
        entries = arithmetic.ratio(self.numerators[key], self.denominators[key])
        kind, name = key
        if isinstance(arithmetic, Jets):
            entries = self._moving(key, entries, arithmetic)
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
        return density if family.structure is None else self._structured(family, density, arithmetic)

    def _moving(self, key: Key, entries: Array, jets: Jets) -> Array:
        """The entries with their derivatives in the parameter."""
        kind, name = key
        value = jets.value(entries)
        if kind == "scalar" and name == jets.parameter:
            return jets.join(value, jets.base.number(Fraction(1)))
        slope = ("slope", slope_name(jets.parameter, name))
        if kind not in ("family", "function") or slope not in self.numerators:
            return entries
        tangent = self.values(slope, jets.base)
        if kind == "family":
            return jets.join(value, jets.base.mul(value, tangent))
        # A value that is at an end of its range, for one value of the parameter, has no slope there.
        interval = self.signature.ranges[name]
        for end in (interval.low, interval.high):
            if end is not None:
                at_end = self.numerators[key] * end.denominator == end.numerator * self.denominators[key]
                tangent = np.where(at_end, jets.base.number(Fraction(0)).reshape((1,) * tangent.ndim), tangent)
        return jets.join(value, tangent)

    def _structured(self, family: t.Family, density: Array, arithmetic: Arithmetic) -> Array:
        """The product of those conditionals of a density that the family's structure names."""
        assert family.structure is not None
        product = None
        for factor in factors(family.structure):
            assert isinstance(factor, t.Density)
            conditions = {variable.name for variable in factor.given} & set(family.generated)
            kept = {variable.name for variable in factor.generated} | conditions
            part = self.marginal(family, density, frozenset(kept), arithmetic)
            if conditions:
                part = arithmetic.div(part, self.marginal(family, density, frozenset(conditions), arithmetic))
            product = part if product is None else arithmetic.mul(product, part)
        assert product is not None
        return product

    def marginal(self, family: t.Family, density: Array, stems: frozenset[str], arithmetic: Arithmetic) -> Array:
        """A family's density in some of its generated slots; the other generated axes have length 1."""
        for axis, stem in enumerate(family.generated, start=1):
            if stem not in stems:
                weights = self.values(("weight", self.signature.space[stem]), arithmetic)
                shape = [1] * density.ndim
                shape[0], shape[axis] = weights.shape
                density = arithmetic.total(arithmetic.mul(density, weights.reshape(shape)), (axis,))
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
        case "slope":
            of = name.partition(":")[2]
            return signature.slots(of) if of in signature.families else signature.places(of)
        case _:
            return ()


def slope_name(parameter: str, name: str) -> str:
    """What the derivative of a family or function in a parameter is called; a colon stands in no name of a claim."""
    return f"{parameter}:{name}"


def keys_of(signature: Signature) -> tuple[Key, ...]:
    """The tables that a model of the signature has, in the order in which they are drawn."""
    return (
        *(("weight", space) for space in signature.spaces),
        *(("family", name) for name in signature.families),
        *(("function", name) for name in signature.functions),
        *(("position", space) for space in signature.spaces if space in signature.located),
        *(("scalar", name) for name in signature.scalars),
        *(("convex", name) for name in signature.convex),
        *(("slope", slope_name(parameter, name)) for parameter, name in signature.slopes),
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
