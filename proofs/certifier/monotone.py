"""Whether an expression is a strictly monotone function of one variable on an interval, and its range there.

Decided from the form of the expression alone, by the rules for sums, products with a sign, and compositions.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flint import arb, fmpq

from proofs.certifier.compile import REALS, compile_expr
from proofs.certifier.scope import Scope, free_names
from proofs.language import tree as t
from proofs.outcome import Unsupported


class Monotone(NamedTuple):
    """A continuous, strictly monotone function: +1 increasing, -1 decreasing, and its open range (ends may be ±inf)."""

    direction: int
    low: Any
    high: Any


_INF = arb.pos_inf()


def _log(x: Any) -> arb:
    x = arb(x)
    if x == 0:
        return -_INF
    return _INF if x == _INF else REALS.log(x)


def _exp(x: Any) -> arb:
    x = arb(x)
    return x if x == _INF else x.exp()


def _bounded(function: Any, low: Any, high: Any) -> Any:
    def extended(x: Any) -> Any:
        x = arb(x)
        if x == _INF:
            return high
        return low if x == -_INF else function(x)

    return extended


#: Increasing functions of a real number: the domain's lower end, and the values, ends included.
_INCREASING = {
    "exp": (-_INF, _exp),
    "log": (fmpq(0), _log),
    "log2": (fmpq(0), lambda x: _log(x) / arb(2).log()),
    "sqrt": (fmpq(0), _bounded(REALS.sqrt, -_INF, _INF)),
    "sigmoid": (-_INF, _bounded(REALS.sigmoid, fmpq(0), fmpq(1))),
    "softplus": (-_INF, _bounded(REALS.softplus, fmpq(0), _INF)),
    "Phi": (-_INF, _bounded(REALS.Phi, fmpq(0), fmpq(1))),
}


def monotone(expr: t.Expr, name: str, low: Any, high: Any, scope: Scope) -> Monotone:
    """The direction and range of an expression in the variable `name` on (low, high).

    Raises:
        Unsupported: where the form of the expression does not show that it is strictly monotone.
    """

    def again(part: t.Expr) -> Monotone:
        return monotone(part, name, low, high, scope)

    def fixed(part: t.Expr) -> bool:
        return name not in free_names(part)

    match expr:
        case t.Variable():
            return Monotone(1, low, high)
        case t.Neg(operand):
            return _scaled(fmpq(-1), again(operand))
        case t.Add(left, right) if fixed(left) or fixed(right):
            shift, part = (left, right) if fixed(left) else (right, left)
            return _shifted(compile_expr(shift, scope), again(part))
        case t.Add(left, right):
            return _sum(again(left), again(right))
        case t.Sub(left, right):
            if fixed(right):
                return _shifted(-compile_expr(right, scope), again(left))
            negative = _scaled(fmpq(-1), again(right))
            return _shifted(compile_expr(left, scope), negative) if fixed(left) else _sum(again(left), negative)
        case t.Mul(left, right) if fixed(left) or fixed(right):
            factor, part = (left, right) if fixed(left) else (right, left)
            return _scaled(compile_expr(factor, scope), again(part))
        case t.Div(left, right) if fixed(right):
            return _scaled(1 / arb(compile_expr(right, scope)), again(left))
        case t.Div(left, right) if fixed(left):
            return _scaled(compile_expr(left, scope), _power(again(right), fmpq(-1)))
        case t.Pow(base, exponent) if fixed(exponent):
            return _power(again(base), compile_expr(exponent, scope))
        case t.Pow(base, exponent) if fixed(base):
            inner = _scaled(REALS.log(compile_expr(base, scope)), again(exponent))
            return Monotone(inner.direction, _exp(inner.low), _exp(inner.high))
        case t.Call(function, (argument,)) if function in _INCREASING:
            start, apply = _INCREASING[function]
            inner = again(argument)
            if start != -_INF and not inner.low >= start:
                raise Unsupported(f"{function} of values that are not certainly in its domain")
            return Monotone(inner.direction, apply(inner.low), apply(inner.high))
        case _:
            raise Unsupported("a transform that is not monotone by its form")


def _shifted(shift: Any, part: Monotone) -> Monotone:
    return Monotone(part.direction, part.low + shift, part.high + shift)


def _sum(one: Monotone, other: Monotone) -> Monotone:
    if one.direction != other.direction:
        raise Unsupported("a transform that is a sum of an increasing and a decreasing function")
    return Monotone(one.direction, one.low + other.low, one.high + other.high)


def _scaled(factor: Any, part: Monotone) -> Monotone:
    if factor > 0:
        return Monotone(part.direction, factor * part.low, factor * part.high)
    if factor < 0:
        return Monotone(-part.direction, factor * part.high, factor * part.low)
    raise Unsupported("a transform with a factor whose sign is not certain")


def _power(base: Monotone, exponent: Any) -> Monotone:
    """The range under x^a: odd powers of any real x, whole powers on either side of 0, others of positive x."""
    integral = isinstance(exponent, fmpq) and exponent.q == 1
    if integral and not base.low >= 0 and base.high <= 0:  # (-x)^n is x^n, with its sign where n is odd
        flipped = _power(_scaled(fmpq(-1), base), exponent)
        return flipped if int(exponent.p) % 2 == 0 else _scaled(fmpq(-1), flipped)
    whole = integral and 0 < exponent.p <= 64
    if whole and (int(exponent.p) % 2 == 1 or base.low >= 0):
        n = int(exponent.p)
        return Monotone(base.direction, base.low**n, base.high**n)
    if not base.low >= 0:
        raise Unsupported("a power of values that are not certainly positive")
    inner = _scaled(exponent, Monotone(base.direction, _log(base.low), _log(base.high)))
    return Monotone(inner.direction, _exp(inner.low), _exp(inner.high))
