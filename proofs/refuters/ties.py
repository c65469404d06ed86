"""Points at which both sides of a closed form may be equal: there a strict inequality falls, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from flint import fmpq

from proofs.certifier.compile import compile_expr
from proofs.certifier.points import Point, admissible, domain, free_of
from proofs.certifier.scope import Scope, free_names, rational
from proofs.language import tree as t
from proofs.outcome import Unsupported

_SIMPLE = tuple(Fraction(n, d) for n, d in ((0, 1), (1, 1), (1, 2), (2, 1), (-1, 1), (3, 1)))
_BASES = 3


def ties(step: t.Step, claim: t.Claim) -> Iterator[Point]:
    """Admissible points with many names alike, first such that divergences are taken from a law to itself.

    Args:
        step: a closed-form step.
        claim: the claim that it stands in.
    """
    domains = {name: domain(name, step, claim) for name in sorted(free_of(step, claim))}
    seen: list[Point] = []
    for first in range(_BASES):
        base = {name: _value(scalar, first) for name, scalar in domains.items()}
        for point in (_level(step, base), base):
            if point not in seen:
                seen.append(point)
                if admissible(step, claim, point):
                    yield point


def _value(scalar: t.Scalar, first: int) -> Fraction:
    """A simple value of a domain, from the given place of the list on; the first one for lack of a better."""
    values = _SIMPLE[first:] + _SIMPLE[:first]
    return next((value for value in values if _belongs(value, scalar)), _SIMPLE[first])


def _belongs(value: Fraction, scalar: t.Scalar) -> bool:
    above = scalar.low is None or value > scalar.low or (scalar.closed[0] and value == scalar.low)
    below = scalar.high is None or value < scalar.high or (scalar.closed[1] and value == scalar.high)
    return above and below and (not scalar.integer or value.denominator == 1)


def _level(step: t.Step, base: Point) -> Point:
    """The point with parameters of the first law of each divergence changed to those of the second."""
    point = dict(base)
    fixed: set[str] = set()
    for node in t.walk(step):
        if not isinstance(node, t.Divergence):
            continue
        left, right = node.left.density, node.right.density
        if isinstance(left, t.Named) and isinstance(right, t.Named) and left.law == right.law:
            for one, other in zip(left.parameters, right.parameters, strict=True):
                fixed |= _equate(one, other, point, fixed)
    return point


def _equate(one: t.Expr, other: t.Expr, point: Point, fixed: set[str]) -> frozenset[str]:
    """Change one name of the point such that two expressions are equal there; the names that this rests on."""
    names = free_names(one) | free_names(other)
    for side, value in ((one, other), (other, one)):
        found = _evaluated(value, point)
        if isinstance(side, t.Symbol) and side.name in point and side.name not in fixed and found is not None:
            point[side.name] = found
            return names
    for moved in sorted(names & point.keys() - fixed):
        for simple in _SIMPLE:
            changed: Point = {**point, moved: simple}
            found = _evaluated(one, changed)
            if found is not None and found == _evaluated(other, changed):
                point[moved] = simple
                return names
    return frozenset()


def _evaluated(expr: t.Expr, point: Point) -> Fraction | None:
    """The expression's value at the point, where it is exactly rational."""
    try:
        value = compile_expr(expr, Scope({name: rational(number) for name, number in point.items()}))
    except Unsupported:
        return None
    return Fraction(int(value.p), int(value.q)) if isinstance(value, fmpq) else None
