"""Expressions of one real variable as functions over the namespaces of ball arithmetic.

What a law's shipped code does on symbols is read off as a sympy expression (`divergences.symbols`), and that
expression is lowered here to a function ``f(x, ns)`` that `divergences.enclosure` integrates: no integrand is written
by hand. Loads sympy and python-flint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy
from flint import arb, fmpq

from divergences.balls import Tails
from divergences.enclosure import Integrand, value_of
from divergences.tails import EnclosureError, Tail, hull

Function = Callable[[Any, Any], Any]


def lower(expr: sympy.Expr, variable: sympy.Symbol, values: Mapping[sympy.Symbol, Any]) -> Integrand:
    """The expression as a function of the variable, at exact values (rationals or balls) of its other symbols.

    Raises:
        EnclosureError: a function in it has no enclosure.

    >>> from divergences.balls import Reals
    >>> x, a = sympy.symbols("x a")
    >>> lower(sympy.exp(-a * x), x, {a: fmpq(2)})(fmpq(0), Reals())
    1.00000000000000
    """
    if not expr.has(variable):
        constant = value_of(expr, values)
        return lambda x, ns: constant
    if expr == variable:
        return lambda x, ns: x
    if expr.is_Add:
        return _sum([lower(term, variable, values) for term in _split(expr, variable)])
    if expr.is_Mul:
        return _product([lower(factor, variable, values) for factor in _split(expr, variable)])
    if expr.is_Pow and expr.base != sympy.E:
        return _power(expr, variable, values)
    name = type(expr).__name__
    if name == "log":
        return _log(expr.args[0], variable, values)
    if name == "exp" or expr.is_Pow:
        return lower_exp(expr.exp, variable, values)
    if name == "polygamma" and expr.args[0] == 0:
        shape = lower(expr.args[1], variable, values)
        return lambda x, ns: ns.digamma(shape(x, ns))
    if name in _FUNCTIONS:
        argument, function = lower(expr.args[0], variable, values), _FUNCTIONS[name]
        return lambda x, ns: function(argument(x, ns), ns)
    raise EnclosureError(f"no enclosure of {name}")


def _split(expr: Any, variable: sympy.Symbol) -> list[Any]:
    """The arguments, with those that do not hold the variable as one."""
    constant, rest = expr.as_independent(variable, as_Add=expr.is_Add)
    return ([] if constant == (0 if expr.is_Add else 1) else [constant]) + list(type(expr).make_args(rest))


def _sum(terms: list[Function]) -> Function:
    first, *rest = terms

    def total(x: Any, ns: Any) -> Any:
        value = first(x, ns)
        for term in rest:
            value = value + term(x, ns)
        return value

    return total


def _product(factors: list[Function]) -> Function:
    first, *rest = factors

    def total(x: Any, ns: Any) -> Any:
        value = first(x, ns)
        for factor in rest:
            value = value * factor(x, ns)
        return value

    return total


def _power(expr: Any, variable: sympy.Symbol, values: Mapping[sympy.Symbol, Any]) -> Function:
    if expr.exp.has(variable):
        raise EnclosureError("no enclosure of a variable power")
    base, exponent = lower(expr.base, variable, values), value_of(expr.exp, values)
    if exponent == fmpq(1, 2):
        return lambda x, ns: ns.sqrt(base(x, ns))
    return lambda x, ns: ns.power(base(x, ns), exponent)


def _log(argument: Any, variable: sympy.Symbol, values: Mapping[sympy.Symbol, Any]) -> Function:
    if argument.is_Add and len(argument.args) == 2 and 1 in argument.args:
        other = argument - 1
        exponent = _logarithm(other)
        if exponent is not None:  # log(1 + e^u)
            inner = lower(exponent, variable, values)
            return lambda x, ns: ns.softplus(inner(x, ns))
        if isinstance(-other, sympy.Pow) and not (-other).exp.is_Integer and not (-other).exp.has(variable):
            base, k = lower((-other).base, variable, values), value_of((-other).exp, values)  # log(1 − b^k)
            return lambda x, ns: _log1m_power(base(x, ns), k, ns)
    if argument.is_Mul:  # log(x/s) = log x − log s for positive s, which keeps the one exact where the other is not
        constant, rest = argument.as_independent(variable, as_Add=False)
        if constant.is_positive and constant != 1:
            offset, inner = value_of(sympy.log(constant), values), lower(sympy.log(rest), variable, values)
            return lambda x, ns: inner(x, ns) + offset
    inner = lower(argument, variable, values)
    return lambda x, ns: ns.log(inner(x, ns))


def _logarithm(expr: Any) -> Any:
    """u where the expression is e^u, up to a positive constant; otherwise None."""
    factors = sympy.Mul.make_args(expr)
    if not any(isinstance(factor, sympy.exp) for factor in factors):
        return None
    if not all(isinstance(factor, sympy.exp) or (factor.is_number and factor.is_positive) for factor in factors):
        return None
    return sympy.Add(*(f.args[0] if isinstance(f, sympy.exp) else sympy.log(f) for f in factors))


def lower_exp(argument: sympy.Expr, variable: sympy.Symbol, values: Mapping[sympy.Symbol, Any]) -> Function:
    """e to the expression, which sympy may not rewrite: bounds on its growth are read off the exponent as it is."""
    whole = lower(argument, variable, values)
    terms = []
    for term in sympy.Add.make_args(sympy.expand(argument)):
        coefficient, rest = term.as_independent(variable, as_Add=False)
        terms.append((value_of(coefficient, values), lower(rest, variable, values)))

    def exponential(x: Any, ns: Any) -> Any:
        if not isinstance(ns, Tails):
            return ns.exp(whole(x, ns))
        try:
            return ns.exp(whole(x, ns))
        except EnclosureError:
            # Term by term, each of which is bounded or falls without a bound.
            product: Any = fmpq(1)
            for coefficient, rest in terms:
                value = rest(x, ns)
                try:
                    factor = ns.exp(coefficient * value)
                except EnclosureError:
                    factor = value.exp_decay(coefficient)
                product = factor * product
            return product

    return exponential


def _log1m_power(x: Any, k: Any, ns: Any) -> Any:
    if not isinstance(ns, Tails):
        return ns.log(1 - ns.power(x, k))
    power = ns.power(x, k)
    if isinstance(power, Tail):
        flat = power.flat()
        if len(flat) == 1 and arb(flat[0]) < 1:
            return ns.log(1 - hull(0, arb(flat[0]).upper()))
    # With d = 1 − x in (0, 1): 1 − x^k lies between d and kd, as it is concave in d for k ≥ 1, convex for k ≤ 1.
    return ns.log(1 - x) + hull(0, arb(k).log())


def _abs(x: Any, ns: Any) -> Any:
    return ns.abs(x)


def _sign(x: Any, ns: Any) -> Any:
    return 2 * ns.indicator(lambda difference: difference > 0, x) - 1


def _entire(name: str) -> Callable[[Any, Any], Any]:
    """A hyperbolic function through exponentials, which every namespace has."""
    sign = {"sinh": -1, "cosh": 1}[name]
    return lambda x, ns: (ns.exp(x) + sign * ns.exp(-x)) * fmpq(1, 2)


_FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "Abs": _abs,
    "sign": _sign,
    "loggamma": lambda x, ns: ns.lgamma(x),
    "gamma": lambda x, ns: ns.exp(ns.lgamma(x)),
    "sin": lambda x, ns: ns.sin(x),
    "cos": lambda x, ns: ns.cos(x),
    "sinh": _entire("sinh"),
    "cosh": _entire("cosh"),
}
