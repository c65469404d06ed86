"""The certified value of an expression at floats: a ball that is narrow relative to itself, or an infinity.

A formula of divergences is an expression in extended reals: a law that puts mass where another has none makes a term
infinite, and 0 · log 0 is 0. `divergences.enclosure` speaks of real values alone; here infinities are followed through
sums, products and powers, and every finite part is enclosed there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy
from flint import arb

from divergences.balls import UndefinedError, precision
from divergences.enclosure import exact, value_of
from divergences.tails import EnclosureError

#: The relative width that a value is enclosed to: far below the rounding of a double.
BITS = 80
MAX_BITS = 16384

#: A ball, or an infinity as a float.
Value = Any


class Undecided(ArithmeticError):
    """No enclosure at any precision, or an indeterminate form: there is no certified value here."""


def certified(expr: sympy.Expr, point: Mapping[sympy.Symbol, float]) -> Value:
    """The value of an expression at the exact values of floats.

    Args:
        expr: an expression of what `divergences.enclosure.evaluate` knows, of infinities, and of cases.
        point: the floats.

    Returns:
        A ball of relative radius at most 2^-80, one around zero of absolute radius at most 2^-4000, or ±inf.

    Raises:
        Undecided: there is none.

    >>> x = sympy.Symbol("x")
    >>> certified(x * sympy.log(x), {x: 0.0}) == 0, certified(-sympy.log(x), {x: 0.0})
    (True, inf)
    """
    exact_point = {symbol: exact(Fraction(value)) for symbol, value in point.items()}
    bits = 2 * BITS
    while bits <= MAX_BITS:
        try:
            with precision(bits):
                value = _value(expr, exact_point)
                if isinstance(value, float):
                    return value
                value = arb(value)
                if value.is_finite() and (
                    value.rad() <= abs(value.mid()) * arb(2) ** -BITS or value.abs_upper() <= arb(2) ** -4000
                ):
                    return value
        except UndefinedError as error:
            raise Undecided(str(error)) from None
        except EnclosureError:
            pass
        bits *= 2
    raise Undecided("no enclosure is narrow")


def _value(expr: Any, point: Mapping[Any, Any]) -> Value:
    if expr is sympy.oo:
        return math.inf
    if expr is -sympy.oo:
        return -math.inf
    if not expr.args:
        return value_of(expr, point)
    if isinstance(expr, sympy.Piecewise):
        return _value(_branch(expr, point), point)
    if expr.is_Add:
        return _sum([_value(term, point) for term in expr.args])
    if expr.is_Mul:
        return _product(expr.args, point)
    if expr.is_Pow:
        return _power(_value(expr.base, point), _value(expr.exp, point))
    arguments = [_value(argument, point) for argument in expr.args]
    if isinstance(expr, sympy.log) and not isinstance(arguments[0], float) and arguments[0] == 0:
        return -math.inf
    infinite = next((argument for argument in arguments if isinstance(argument, float)), None)
    if infinite is not None:
        return _limit(expr, infinite)
    names = [sympy.Dummy() for _ in arguments]
    return value_of(expr.func(*names), dict(zip(names, arguments, strict=True)))


def _branch(expr: sympy.Piecewise, point: Mapping[Any, Any]) -> Any:
    for branch, condition in expr.args:
        if _holds(condition, point):
            return branch
    raise UndefinedError("no case of a piecewise definition applies")


def _holds(condition: Any, point: Mapping[Any, Any]) -> bool:
    if condition in (True, False):
        return bool(condition)
    if isinstance(condition, sympy.And | sympy.Or):
        parts = [_holds(part, point) for part in condition.args]
        return all(parts) if isinstance(condition, sympy.And) else any(parts)
    if isinstance(condition, sympy.Not):
        return not _holds(condition.args[0], point)
    left, right = (_value(side, point) for side in condition.args)
    if isinstance(left, float) or isinstance(right, float):
        raise EnclosureError(f"no decision on {condition}")
    difference = arb(left) - arb(right)
    if not (difference > 0 or difference < 0 or difference == 0):
        raise EnclosureError(f"{condition} is not decided at this precision")
    sign = sympy.Integer(1 if difference > 0 else -1 if difference < 0 else 0)
    return bool(condition.func(sign, sympy.Integer(0)))


def _sum(terms: list[Value]) -> Value:
    infinities = {term for term in terms if isinstance(term, float)}
    if len(infinities) == 2:
        raise UndefinedError("a difference of infinities")
    return infinities.pop() if infinities else sum(terms[1:], terms[0])


def _product(factors: Any, point: Mapping[Any, Any]) -> Value:
    """0 times anything is 0, also times a factor that has no value: 0 log 0."""
    values, failure = [], None
    for factor in factors:
        try:
            values.append(_value(factor, point))
        except UndefinedError as error:
            failure = error
    if any(not isinstance(value, float) and value == 0 for value in values):
        return exact(0)
    if failure is not None:
        raise failure
    product: Any = exact(1)
    sign, infinite = 1, False
    for value in values:
        if isinstance(value, float) or value < 0 or value > 0:
            sign = -sign if value < 0 else sign
        if isinstance(value, float):
            infinite = True
        else:
            product = product * value
    if infinite and not (product > 0 or product < 0):
        raise EnclosureError("the sign of an infinite product is not decided")
    return sign * math.inf if infinite else product


def _power(base: Value, exponent: Value) -> Value:
    if isinstance(exponent, float):
        raise UndefinedError("an infinite power")
    if isinstance(base, float):
        if base < 0:
            raise UndefinedError("a power of minus infinity")
        return math.inf if exponent > 0 else exact(0)
    if base == 0 and exponent < 0:
        return math.inf  # every base that vanishes here is a scale or a probability
    x, n = sympy.Dummy(), sympy.Dummy()
    return value_of(sympy.Pow(x, n, evaluate=False), {x: base, n: exponent})


def _limit(expr: Any, infinite: float) -> Value:
    if isinstance(expr, sympy.exp):
        return math.inf if infinite > 0 else exact(0)
    if isinstance(expr, sympy.log) and infinite > 0:
        return math.inf
    if isinstance(expr, sympy.Abs):
        return math.inf
    raise UndefinedError(f"{expr.func.__name__} of an infinity")
