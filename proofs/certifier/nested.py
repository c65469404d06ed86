r"""Expectations over several normal variables that depend on one another, as sums of products of one-dimensional ones.

.. math:: E_{x \sim p} E_{y \sim N(m(x), s)}[f(x, y)] = E_{x \sim p}\, E_{e \sim N(0, 1)}[f(x, m(x) + s e)]

and where f is a polynomial in what links its variables, the right side is a sum of products of a function of x and one
of e, which are independent. Nothing but the change of variables and the distributive law is used: each factor is
integrated by quadrature, as everywhere in this package.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product
from typing import Any

from flint import fmpq

from proofs.certifier.compile import compile_expr, positive_parameter
from proofs.certifier.laws import ONE, ZERO, log_normal
from proofs.certifier.scope import Scope, free_names, is_constant, substitute
from proofs.kernel.definitions import unfold
from proofs.language import tree as t
from proofs.outcome import Unsupported

MAX_TERMS = 500
_MAX_POWER = 8
_STANDARD = (ZERO, ONE)

Factors = tuple[t.Expr, ...]


@dataclass(frozen=True)
class _Term:
    """A product of factors, in the mean over the laws of its variables."""

    factors: Factors
    laws: Mapping[str, t.Named]

    def __mul__(self, other: _Term) -> _Term:
        return _Term(self.factors + other.factors, {**self.laws, **other.laws})


def is_nested(body: t.Expr, names: frozenset[str]) -> bool:
    """Whether an expectation or a divergence in the body depends on one of the variables."""
    bound = (t.Expectation, t.Divergence, t.Entropy, t.Variance, t.Covariance)
    return any(isinstance(node, bound) and free_names(node) & names for node in t.walk(body))


def means(laws: Mapping[str, t.Named], body: t.Expr, scope: Scope, integral: Any) -> Any:
    """The mean of the body.

    Args:
        laws: the law of each variable, whose parameters may depend on the others, without cycles.
        body: what is averaged.
        scope: the values of all other names.
        integral: ``integral(law, body, name, scope)`` for laws and bodies of the one variable.

    Raises:
        Unsupported: where the variables cannot be parted.
    """
    total: Any = fmpq(0)
    known: dict[tuple[t.Named, t.Expr], Any] = {}
    for flat in _Flat(laws).terms(body, dict(laws)):
        term = _independent(flat, scope)
        for groups in _parted(term):
            value: Any = fmpq(1)
            for name, factors in groups.items():
                whole = reduce(t.Mul, factors)
                if name is None:
                    value *= compile_expr(whole, scope)
                    continue
                key = (term.laws[name], whole)
                if key not in known:
                    known[key] = integral(term.laws[name], whole, name, scope)
                value *= known[key]
            total += value
    return total


class _Flat:
    """Expressions without expectations inside: these become laws of the terms, under names of their own."""

    def __init__(self, laws: Mapping[str, t.Named]) -> None:
        self._used = set(laws)

    def terms(self, expr: t.Expr, laws: dict[str, t.Named]) -> list[_Term]:
        if not is_nested(expr, frozenset(laws)):
            return [_Term((expr,), laws)]
        match expr:
            case t.Add(left, right):
                return self.terms(left, laws) + self.terms(right, laws)
            case t.Sub(left, right):
                return self.terms(left, laws) + self.terms(t.Neg(right), laws)
            case t.Neg(operand):
                return [term * _Term((t.Neg(ONE),), {}) for term in self.terms(operand, laws)]
            case t.Mul(left, right):
                pairs = list(product(self.terms(left, laws), self.terms(right, laws)))
                return [first * second for first, second in pairs]
            case t.Div(left, right) if not is_nested(right, frozenset(laws)):
                return [term * _Term((t.Div(ONE, right),), {}) for term in self.terms(left, laws)]
            case t.Expectation(law, body):
                named = _named_factors(law)
                for name in named:
                    if name in self._used:
                        fresh = t.Variable(f"{name}'{len(self._used)}")
                        named = {
                            (fresh.name if other == name else other): _renamed(factor, name, fresh)
                            for other, factor in named.items()
                        }
                        body = substitute(body, name, fresh)
                self._used |= named.keys()
                return self.terms(body, {**laws, **named})
            case t.Divergence("KL" | "CE") | t.Entropy() | t.Variance() | t.Covariance():
                unfolded = unfold(_aligned(expr))
                assert unfolded is not None
                return self.terms(unfolded, laws)
        raise Unsupported("an integral over more than one variable at once")


def _aligned(expr: t.Expr) -> t.Expr:
    """A divergence whose two laws call their variables the same."""
    if not isinstance(expr, t.Divergence):
        return expr
    density = expr.right.density
    for old, new in zip(expr.right.generated, expr.left.generated, strict=True):
        if old != new and new.name in free_names(density):
            raise Unsupported(f"a divergence in which {new.name} is generated on one side and given on the other")
        density = density if old == new else substitute(density, old.name, new)
    return replace(expr, right=t.Law(density, expr.left.generated))


def _named_factors(law: t.Law) -> dict[str, t.Named]:
    found: dict[str, t.Named] = {}
    waiting = [law.density]
    while waiting:
        match waiting.pop():
            case t.Mul(left, right):
                waiting += [left, right]
            case t.Named() as factor if factor.variable.name not in found:
                found[factor.variable.name] = factor
            case _:
                raise Unsupported("a joint law that is not a product of named laws, one a variable")
    if set(found) != {variable.name for variable in law.generated}:
        raise Unsupported("a joint law that does not generate each of its variables once")
    return found


def _renamed(factor: t.Named, name: str, fresh: t.Variable) -> t.Named:
    renamed = substitute(factor, name, fresh)
    assert isinstance(renamed, t.Named)
    return renamed


# --- independent variables -------------------------------------------------------------------------------------------


def _depends(law: t.Named, laws: Mapping[str, t.Named]) -> bool:
    return any(free_names(parameter) & laws.keys() for parameter in law.parameters)


def _standardised(law: t.Named) -> t.Named:
    return t.Named("Normal", law.variable, _STANDARD)


def _independent(term: _Term, scope: Scope) -> _Term:
    """The term with y = m(x) + s e in the place of each y ~ Normal(m(x), s), from the innermost outwards."""
    factors = tuple(_without_densities(factor) for factor in term.factors)
    laws = dict(term.laws)
    while dependent := [name for name, law in laws.items() if _depends(law, laws)]:
        inmost = [n for n in dependent if not any(n in free_names(p) for law in laws.values() for p in law.parameters)]
        if not inmost:
            raise Unsupported("a joint law whose factors depend on one another in a cycle")
        name = inmost[0]
        law = laws[name]
        if law.law not in ("Normal", "N"):
            raise Unsupported(f"an expectation under {law.law} with a parameter that is random, too")
        location, scale = law.parameters
        if free_names(scale) & laws.keys():
            raise Unsupported("a normal law whose scale is random, too")
        spread = compile_expr(scale, scope)
        if not is_constant(spread):
            raise Unsupported("a normal law whose scale is random, too")
        positive_parameter(law.law, spread)
        std = scale if law.law == "Normal" else t.Call("sqrt", (scale,))
        value = location + std * law.variable
        factors = tuple(substitute(factor, name, value) for factor in factors)
        laws[name] = _standardised(law)
    return _Term(factors, laws)


def _without_densities(expr: t.Expr) -> t.Expr:
    """The expression with the logarithms of normal densities written as polynomials."""

    def change(node: t.Node) -> t.Node:
        match node:
            case t.Call("log", (t.Mul(left, right),)) if _is_density(left) or _is_density(right):
                return change(t.Add(t.Call("log", (left,)), t.Call("log", (right,))))
            case t.Call("log", (t.Div(left, right),)) if _is_density(left) or _is_density(right):
                return change(t.Sub(t.Call("log", (left,)), t.Call("log", (right,))))
            case t.Call("log", (t.Named("Normal" | "N") as density,)):
                location, scale = density.parameters
                std = scale if density.law == "Normal" else t.Call("sqrt", (scale,))
                return log_normal(density.variable, location, std)
        return t.rebuild(node, change)

    changed = change(expr)
    assert isinstance(changed, t.Expr)
    return changed


def _is_density(expr: t.Expr) -> bool:
    return any(isinstance(node, t.Named) for node in t.walk(expr))


def _parted(term: _Term) -> list[dict[str | None, list[t.Expr]]]:
    """The term as a sum of products, each of whose factors depend on one variable at most, grouped by it."""
    sums: list[Factors] = [()]
    for factor in term.factors:
        parts = _summands(factor, frozenset(term.laws))
        sums = [before + part for before in sums for part in parts]
        if len(sums) > MAX_TERMS:
            raise Unsupported("an integrand with too many terms")
    found = []
    for factors in sums:
        groups: dict[str | None, list[t.Expr]] = {}
        for factor in factors:
            groups.setdefault(next(iter(free_names(factor) & term.laws.keys()), None), []).append(factor)
        found.append(groups)
    return found


def _summands(expr: t.Expr, names: frozenset[str]) -> list[Factors]:
    """Products that add up to the expression, of factors that depend on one of the variables at most."""
    if len(free_names(expr) & names) <= 1:
        return [(expr,)]
    match expr:
        case t.Add(left, right):
            return _summands(left, names) + _summands(right, names)
        case t.Sub(left, right):
            return _summands(left, names) + _summands(t.Neg(right), names)
        case t.Neg(operand):
            return [(t.Neg(ONE), *factors) for factors in _summands(operand, names)]
        case t.Mul(left, right):
            pairs = product(_summands(left, names), _summands(right, names))
            return [first + second for first, second in pairs]
        case t.Div(left, right) if len(free_names(right) & names) <= 1:
            return [(*factors, t.Div(ONE, right)) for factors in _summands(left, names)]
        case t.Pow(base, t.Number(value)) if value.denominator == 1 and 1 < value <= _MAX_POWER:
            return _summands(reduce(t.Mul, [base] * int(value)), names)
        case t.Pow(t.Div(left, right), t.Number() as exponent):
            return _summands(t.Div(t.Pow(left, exponent), t.Pow(right, exponent)), names)
    raise Unsupported("an integral over more than one variable at once")
