"""A counterexample as a small table that a person can check by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from proofs.language import tree as t
from proofs.language.text import to_text
from proofs.outcome import Counterexample
from proofs.refuters.convexity import formula
from proofs.refuters.digits import written

_MANY = 6  # points, of which not each one is printed
_SLOPE = re.compile(r"grad_(?P<parameter>\w+)\[(?P<name>\w+)\]$")


def describe(counterexample: Counterexample, claim: t.Claim) -> str:
    """The spaces, tables, point and both sides of a finite counterexample, a line each.

    Points are numbered from 0, or named by their positions where a variable is used as a number; densities are with
    respect to the base weights, so that sum of weight * density = 1.

    Args:
        counterexample: what `proofs.refuters.refute` found.
        claim: the claim that it was found for.

    Example:
        >>> from fractions import Fraction as F
        >>> family = t.Family("p", ("x",))
        >>> tables = {"p": (F(1, 4), F(3, 2))}
        >>> found = Counterexample("finite", "-7/8", "0", spaces={"x": (F(1), F(1, 2))}, tables=tables)
        >>> print(describe(found, t.Claim((family,), (), ())))
        x has points 0, 1 with base weights 1, 1/2
        p(x) = 1/4, 3/2
        left = -7/8, right = 0
    """
    return "\n".join([*_tables(counterexample, claim), f"left = {counterexample.left}, right = {counterexample.right}"])


def summary(counterexample: Counterexample, claim: t.Claim) -> str:
    """The model of a finite counterexample on one line, without its sides."""
    return "; ".join(_tables(counterexample, claim))


def _tables(found: Counterexample, claim: t.Claim) -> list[str]:
    lines = [f"{density} = {law}" for density, law in found.laws.items()]
    for stem, weights in found.spaces.items():
        lines.append(_space(found, stem, weights, counted=stem in claim.discrete()))
        if stem in found.tables and stem not in claim.discrete():
            lines.append(f"(nothing says that the base measure of {stem} is length, as a named law of {stem} would)")
    for name, table in () if found.laws else found.tables.items():
        if name in claim.families():
            family = claim.families()[name]
            lines += _rows(found, name, table, family.generated, family.given)
        elif name in claim.functions():
            lines += _rows(found, name, table, claim.functions()[name].arguments, ())
        elif name in claim.convex():
            lines.append(f"{name}(t) = {to_text(formula(claim.convex()[name], table))}")
        elif (slope := _SLOPE.match(name)) is not None:
            lines += _slopes(found, slope["parameter"], slope["name"], table, claim)
    numbers = {*claim.scalars(), *claim.parameters()}
    point = [
        f"{name} = {_value(found, name, value) if name not in numbers else written(Fraction(value))}"
        for name, value in found.values.items()
    ]
    return [*lines, *(["at " + ", ".join(point)] if point else [])]


def _space(found: Counterexample, stem: str, weights: Sequence[Fraction], *, counted: bool) -> str:
    names = [_point(found, stem, index) for index in range(len(weights))]
    if counted and any(weight != 1 for weight in weights):
        alike = [
            name if weight == 1 else f"{name} (which stands for {written(weight)} points that are alike)"
            for name, weight in zip(names, weights, strict=True)
        ]
        return f"{stem} has {'points' if len(names) > 1 else 'one kind of point,'} {', '.join(alike)}"
    if len(names) > _MANY and len(set(weights)) == 1:
        points = f"{len(names)} points {names[0]}, {names[1]}, ..., {names[-1]}"
        return f"{stem} has {points} with base weight {weights[0]} each"
    points = f"points {', '.join(names)}" if len(names) > 1 else f"one point {names[0]}"
    return f"{stem} has {points} with base {'weights' if len(names) > 1 else 'weight'} {_row(weights)}"


def _slopes(found: Counterexample, parameter: str, name: str, table: Any, claim: t.Claim) -> list[str]:
    """The rows of a derivative, each side by side with what it is the derivative of."""
    declared = claim.families().get(name) or claim.functions()[name]
    slots = (declared.generated, declared.given) if isinstance(declared, t.Family) else (declared.arguments, ())
    rows = (row.partition(" = ") for row in _rows(found, name, table, *slots))
    return [f"grad_{parameter}[{place}] = {values}" for place, _, values in rows]


def _rows(found: Counterexample, name: str, table: Any, generated: Sequence[str], given: Sequence[str]) -> list[str]:
    """One line for each value of every slot but the last generated one, along which the line runs."""
    slots = [*generated, *given]
    if not slots:
        return [f"{name}() = {written(Fraction(table))}"]
    along = len(generated) - 1
    lines = []
    shape = [len(found.spaces[slot]) for slot in slots]
    if len(slots) > 1 and len(set(shape)) == 1 and shape[0] > _MANY:
        # Large tables are of this kind only: one value where all variables agree, and another elsewhere.
        agree = {_entry(table, index) for index in product(*map(range, shape)) if len(set(index)) == 1}
        apart = {_entry(table, index) for index in product(*map(range, shape)) if len(set(index)) > 1}
        if len(agree) == len(apart) == 1:
            places = ", ".join(generated) + (" | " + ", ".join(given) if given else "")
            return [
                f"{name}({places}) = {written(agree.pop())} where {' = '.join(slots)}, {written(apart.pop())} elsewhere"
            ]
    for index in product(*(range(len(found.spaces[slot]) if i != along else 1) for i, slot in enumerate(slots))):
        shown = [
            slot if i == along else f"{slot}={_point(found, slot, at)}"
            for i, (slot, at) in enumerate(zip(slots, index, strict=True))
        ]
        places = ", ".join(shown[: len(generated)]) + (" | " + ", ".join(shown[len(generated) :]) if given else "")
        row = [
            _entry(table, (*index[:along], at, *index[along + 1 :])) for at in range(len(found.spaces[slots[along]]))
        ]
        lines.append(f"{name}({places}) = {_row(row)}")
    return lines


def _entry(table: Any, index: Sequence[int]) -> Fraction:
    for at in index:
        table = table[at]
    return Fraction(table)


def _row(values: Sequence[Fraction]) -> str:
    return ", ".join(map(written, values))


def _value(found: Counterexample, name: str, value: Fraction | int) -> str:
    """A variable's point, by its number or position; a real number where laws are named."""
    return _point(found, _stem(name, found), int(value)) if found.spaces else written(Fraction(value))


def _stem(name: str, found: Counterexample) -> str:
    """The space of a free variable: its own, or that of the stem of which ``z_1`` or ``z'`` is a copy."""
    candidates = [stem for stem in found.spaces if name == stem or name.startswith((stem + "_", stem + "'"))]
    return max(candidates, key=len)


def _point(found: Counterexample, stem: str, index: int) -> str:
    positions = found.tables.get(stem)
    return str(positions[index] if positions is not None and len(positions) == len(found.spaces[stem]) else index)
