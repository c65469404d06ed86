"""Claims built by hand, so that the refuter is tested without the reader."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from proofs.language import tree as t


def var(name: str) -> t.Variable:
    return t.Variable(name, name.split("_")[0].rstrip("'"))


def _variables(names: str) -> tuple[t.Variable, ...]:
    return tuple(var(name) for name in names.replace(",", " ").split())


def density(text: str) -> t.Density:
    """``p(z | x)`` as a node."""
    family, _, rest = text.replace(" ", "").rstrip(")").partition("(")
    generated, _, given = rest.partition("|")
    return t.Density(family, _variables(generated), _variables(given))


def law(*texts: str) -> t.Law:
    """A product of densities as a law of all that is generated."""
    factors = [density(text) for text in texts]
    product: t.Expr = factors[0]
    for factor in factors[1:]:
        product = t.Mul(product, factor)
    return t.Law(product, tuple(variable for factor in factors for variable in factor.generated))


def expect(sampled: str | t.Law, body: t.Expr) -> t.Expr:
    return t.Expectation(law(*sampled.split(" * ")) if isinstance(sampled, str) else sampled, body)


def log(x: t.Expr | str) -> t.Expr:
    return t.Call("log", (density(x) if isinstance(x, str) else t.as_expr(x),))


def integral(names: str, body: t.Expr, *, counting: bool = False) -> t.Expr:
    return t.Integral(_variables(names), body, counting)


def kl(left: str | t.Law, right: str | t.Law) -> t.Expr:
    return divergence("KL", left, right)


def divergence(kind: str, left: str | t.Law, right: str | t.Law) -> t.Expr:
    sides = [side if isinstance(side, t.Law) else law(*side.split(" * ")) for side in (left, right)]
    return t.Divergence(kind, *sides)


def between(kind: str, *, order: t.Expr | None = None, function: str = "") -> t.Expr:
    """A divergence from p(x) to q(x)."""
    return t.Divergence(kind, law("p(x)"), law("q(x)"), order, function)


def information(first: str, second: str, given: str = "") -> t.Expr:
    return t.Information("p", _variables(first), _variables(second), _variables(given))


def entropy(side: str) -> t.Expr:
    return t.Entropy(law(side))


def apply(text: str) -> t.Apply:
    name, _, rest = text.rstrip(")").partition("(")
    return t.Apply(name, _variables(rest))


def number(value: str | int) -> t.Number:
    return t.Number(Fraction(value), str(value))


def family(text: str, *, positive: bool = True) -> t.Family:
    declared = density(text)
    stems = [tuple(variable.stem for variable in side) for side in (declared.generated, declared.given)]
    return t.Family(declared.family, *stems, positive)


def claim(left: t.Expr, relation: str, right: t.Expr | int, *declarations: t.Declaration | str) -> t.Claim:
    """A claim of one step; families may be declared as text."""
    step = t.Step(left, relation, t.as_expr(right))
    declared = tuple(family(d) if isinstance(d, str) else d for d in declarations)
    return t.Claim(declared, (), (t.Chain((step,)),))


def assuming(made: t.Claim, *assumptions: t.Step) -> t.Claim:
    return replace(made, assumptions=assumptions)
