"""A random variable X = g(Y) branch by branch: intervals of y on which g is strictly monotone, and g's range there.

Turning points and poles are where an even power, an ``abs``, a negative power or a quotient of something affine in y
has its zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from flint import arb, fmpq

from proofs.certifier.compile import affine, check_parameters, compile_expr, positive_parameter, support
from proofs.certifier.laws import LAWS
from proofs.certifier.monotone import Monotone, monotone
from proofs.certifier.scope import Scope, free_names, is_zero
from proofs.language import tree as t
from proofs.outcome import Unsupported

_INF = arb.pos_inf()
MAX_BRANCHES = 16


class Branch(NamedTuple):
    """An open interval of y, what the transform is there (without ``abs``), its direction and open range."""

    low: Any
    high: Any
    transform: t.Expr
    shape: Monotone


def branches(declared: t.Pushforward, scope: Scope) -> list[Branch]:
    """The branches of a transform; together they make up the support of Y but for finitely many points.

    Raises:
        Unsupported: where the form of the transform does not show its branches.
        Undefined: where a parameter of the law is outside its domain.
    """
    law, name = declared.law, declared.law.variable.name
    low, high = _support(law, scope)
    ends = [low, *_turning_points(declared.transform, name, low, high, scope), high]
    if len(ends) > MAX_BRANCHES:
        raise Unsupported(f"a transform with more than {MAX_BRANCHES} branches")
    found = []
    for left, right in pairwise(ends):
        transform = _without_abs(declared.transform, scope.under(name, (_finite(left), _finite(right))))
        found.append(Branch(left, right, transform, monotone(transform, name, left, right, scope)))
    return found


def _support(law: t.Named, scope: Scope) -> tuple[Any, Any]:
    if law.law in LAWS:
        if LAWS[law.law].counted:
            raise Unsupported(f"the density of a function of a {law.law} variable, which is counted")
        check_parameters(law, scope)
    elif law.law != "Uniform":
        positive_parameter(law.law, compile_expr(law.parameters[1], scope))
    low, high = support(law, scope)
    return (-_INF if low is None else low), (_INF if high is None else high)


def _finite(end: Any) -> Any:
    return None if isinstance(end, arb) and not end.is_finite() else end


def _turning_points(transform: t.Expr, name: str, low: Any, high: Any, scope: Scope) -> list[fmpq]:
    """The zeros inside the support of what the transform folds over or has a pole at, in order."""
    inner = scope.under(name)
    found: set[fmpq] = set()
    for folded in _folded(transform, name, scope):
        line = affine(folded, inner)
        if line is None or is_zero(line[1]):
            continue  # not affine: whether it is monotone there all the same is for `monotone` to say
        zero = -line[0] / line[1]
        if zero < low or zero > high or zero == low or zero == high:
            continue
        if not isinstance(zero, fmpq) or not (low < zero and zero < high):
            raise Unsupported("a transform whose turning points are not exactly known")
        found.add(zero)
    return sorted(found)


def _folded(transform: t.Expr, name: str, scope: Scope) -> Iterator[t.Expr]:
    for node in t.walk(transform):
        match node:
            case t.Call("abs", (inner,)) if name in free_names(inner):
                yield inner
            case t.Div(_, below) if name in free_names(below):
                yield below
            case t.Pow(base, exponent) if name in free_names(base) and name not in free_names(exponent):
                power = compile_expr(exponent, scope)
                if isinstance(power, fmpq) and power.q == 1 and (int(power.p) % 2 == 0 or power < 0):
                    yield base


def _without_abs(expr: t.Expr, scope: Scope) -> t.Expr:
    """The expression on a cell on which no ``abs`` of something affine has its zero."""

    def change(node: t.Node) -> t.Node:
        changed = t.rebuild(node, change)
        if isinstance(changed, t.Call) and changed.function == "abs":
            (inner,) = changed.arguments
            line = affine(inner, scope)
            if line is not None:
                sign = line[0] + line[1] * scope.interior()
                if sign > 0 or sign < 0:
                    return inner if sign > 0 else -inner
        return changed

    changed = change(expr)
    assert isinstance(changed, t.Expr)
    return changed
