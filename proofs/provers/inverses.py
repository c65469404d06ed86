"""The values of y at which a transform takes a given value, symbolically: one for each branch of its inverse."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from proofs.certifier.scope import free_names
from proofs.language import tree as t
from proofs.outcome import Unsupported

Convert = Callable[[t.Expr], sp.Expr]
MAX_BRANCHES = 4


def inverses(transform: t.Expr, y: str, value: sp.Expr, convert: Convert) -> list[sp.Expr]:
    """All y with transform(y) = value, for compositions of invertible functions, even powers and abs.

    Args:
        transform: an expression in y and numbers.
        y: the name of its variable.
        value: where it is to be inverted.
        convert: what parts of the transform without y are in symbols.

    Raises:
        Unsupported: where there is no symbolic inverse, or too many branches.

    >>> y, v = t.Variable("y", "y"), sp.Symbol("v", positive=True)
    >>> inverses(t.Call("abs", (y,)), "y", v, lambda part: sp.Integer(part.value))
    [v, -v]
    """
    found = _solve(transform, y, value, convert)
    if len(found) > MAX_BRANCHES:
        raise Unsupported("a transform with many branches")
    return found


def in_support(sources: list[sp.Expr], low: sp.Expr | None, high: sp.Expr | None) -> list[int]:
    """The places of those y that lie in (low, high), at least one of which does; None is infinite.

    Raises:
        Unsupported: where that is not certain, or is so for some values of the parameters only.
    """

    def distances(source: sp.Expr) -> list[sp.Expr]:
        return ([] if low is None else [source - low]) + ([] if high is None else [high - source])

    left = [place for place, y in enumerate(sources) if not any(distance.is_negative for distance in distances(y))]
    if len(left) > 1 and not all(distance.is_positive for place in left for distance in distances(sources[place])):
        raise Unsupported("a branch of a transform that reaches the support for some values only")
    return left


def _solve(transform: t.Expr, y: str, value: sp.Expr, convert: Convert) -> list[sp.Expr]:
    def fixed(part: t.Expr) -> bool:
        return y not in free_names(part)

    match transform:
        case t.Variable(name) if name == y:
            return [value]
        case t.Neg(operand):
            return _solve(operand, y, -value, convert)
        case t.Add(left, right) if fixed(left) or fixed(right):
            part, other = (right, left) if fixed(left) else (left, right)
            return _solve(part, y, value - convert(other), convert)
        case t.Sub(left, right) if fixed(right):
            return _solve(left, y, value + convert(right), convert)
        case t.Sub(left, right) if fixed(left):
            return _solve(right, y, convert(left) - value, convert)
        case t.Mul(left, right) if fixed(left) or fixed(right):
            part, other = (right, left) if fixed(left) else (left, right)
            return _solve(part, y, value / convert(other), convert)
        case t.Div(left, right) if fixed(right):
            return _solve(left, y, value * convert(right), convert)
        case t.Div(left, right) if fixed(left):
            return _solve(right, y, convert(left) / value, convert)
        case t.Pow(base, exponent) if fixed(exponent):
            power = convert(exponent)
            roots = [value ** (1 / power)]
            if power.is_integer and power.is_even:
                roots.append(-roots[0])
            return [source for root in roots for source in _solve(base, y, root, convert)]
        case t.Call("abs", (inner,)):
            return _solve(inner, y, value, convert) + _solve(inner, y, -value, convert)
        case t.Call("exp", (inner,)):
            return _solve(inner, y, sp.log(value), convert)
        case t.Call("log", (inner,)):
            return _solve(inner, y, sp.exp(value), convert)
        case t.Call("sqrt", (inner,)):
            return _solve(inner, y, value**2, convert)
        case t.Call("sigmoid", (inner,)):
            return _solve(inner, y, sp.log(value) - sp.log(1 - value), convert)
        case t.Call("softplus", (inner,)):
            return _solve(inner, y, sp.log(sp.exp(value) - 1), convert)
        case _:
            raise Unsupported("a transform without a symbolic inverse")
