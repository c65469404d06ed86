"""What the names of an expression stand for while it is being compiled, and how a compiled expression looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from proofs.language import tree as t
from proofs.outcome import Unsupported

#: An exact rational or a ball, or else a function ``f(x, namespace)`` of the variable under the integral.
Compiled = Any
Function = Callable[[Any, Any], Any]


class Undefined(Unsupported):
    """The expression certainly has no finite real value at this point; others may be fine."""


@dataclass(frozen=True)
class Scope:
    """The point at which an expression is compiled.

    Args:
        values: the free numbers and variables.
        pushforwards: the declared random variables, by name.
        bits: the relative accuracy asked of integrals.
        variable: the variable under the integral, if any.
        cell: the open interval that it ranges over, between neighbouring kinks; None is infinite.
        split: whether kinks and jumps at zeros of affine expressions all lie at ends of the cell.
        outer: variables of integrals further out.
    """

    values: Mapping[str, Any]
    pushforwards: Mapping[str, t.Pushforward] = field(default_factory=dict)
    bits: int = 64
    variable: str | None = None
    cell: tuple[Any, Any] = (None, None)
    split: bool = True
    outer: frozenset[str] = frozenset()

    def under(self, variable: str, cell: tuple[Any, Any] = (None, None), *, split: bool = True) -> Scope:
        """The scope inside an integral over `variable`."""
        outer = self.outer if self.variable in (None, variable) else self.outer | {self.variable}
        return replace(self, variable=variable, cell=cell, split=split, outer=outer - {variable})

    def interior(self) -> Any:
        """A point inside the cell."""
        low, high = self.cell
        if low is None and high is None:
            return fmpq(0)
        if low is None:
            return high - fmpq(1)
        if high is None:
            return low + fmpq(1)
        return (low + high) / fmpq(2)

    def lookup(self, node: t.Symbol | t.Variable) -> Compiled:
        """What a name stands for."""
        if node.name == self.variable:
            return identity
        if node.name in self.outer:
            raise Unsupported(f"an integral whose integrand depends on {node.name}, which is integrated outside it")
        if node.name not in self.values:
            raise Unsupported(f"{node.name} has no value")
        return self.values[node.name]


def identity(x: Any, ns: Any) -> Any:
    """The variable under the integral."""
    return x


def is_constant(compiled: Compiled) -> bool:
    """Whether it does not depend on the variable under the integral."""
    return isinstance(compiled, (fmpq, arb))


def is_zero(compiled: Compiled) -> bool:
    """Whether it is exactly, certainly zero."""
    return is_constant(compiled) and bool(compiled == 0)


def rational(value: Fraction | int) -> fmpq:
    """The same number in ball arithmetic's exact rationals."""
    value = Fraction(value)
    return fmpq(value.numerator, value.denominator)


def free_names(node: t.Node) -> frozenset[str]:
    """The names of variables and numbers that an expression depends on."""
    match node:
        case t.Symbol(name) | t.Variable(name):
            return frozenset((name,))
        case t.Expectation(law) | t.Variance(law) | t.Covariance(law):
            bound = {v.name for v in law.generated}
            return frozenset().union(*(free_names(child) for child in t.children(node))) - bound
        case t.Law(density, generated):
            return free_names(density) - {v.name for v in generated}
        case t.Integral(variables, body):
            return free_names(body) - {v.name for v in variables}
        case _:
            return frozenset().union(*(free_names(child) for child in t.children(node)))


def substitute(expr: t.Expr, name: str, by: t.Expr) -> t.Expr:
    """The expression with a free variable replaced; `by` must not use a name that the expression binds."""

    def change(node: t.Node) -> t.Node:
        if isinstance(node, t.Variable):
            return by if node.name == name else node
        if isinstance(
            node, (t.Expectation, t.Integral, t.Divergence, t.Entropy, t.Variance, t.Covariance)
        ) and name not in free_names(node):
            return node
        if isinstance(node, t.Named) and node.variable.name == name and not isinstance(by, t.Variable):
            raise Unsupported(f"{node.law} at an expression in place of {name}")
        return t.rebuild(node, change)

    changed = change(expr)
    assert isinstance(changed, t.Expr)
    return changed
