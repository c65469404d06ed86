"""What an axiom schema is: arguments from which a non-negative normal form is re-derived."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from proofs.kernel.integration import integrate
from proofs.kernel.normal_form import EMPTY, Environment, Reader
from proofs.kernel.polynomial import ONE, Poly, total
from proofs.language.tree import Expr, Law, Number


class Rejected(Exception):
    """A certificate, or an axiom instance in it, that does not establish what it says."""


class Axiom:
    """A schema; subclasses say in their docstring what is non-negative, and why."""

    __slots__ = ()

    def statement(self, reader: Reader) -> Poly:
        """The normal form of what the instance asserts to be non-negative. Raises `Rejected` or `Unsupported`."""
        raise NotImplementedError

    def premises(self) -> tuple[Any, ...]:
        """The groups of other instances that this one rests on."""
        return ()


Weight = Fraction | Expr


def probability_vector(reader: Reader, weights: tuple[Weight, ...], *, positive: bool) -> list[Poly]:
    """The weights, free of variables, which are seen to be non-negative (or positive) and to sum to one."""
    read = []
    for weight in weights:
        if type(weight) is not Fraction and not isinstance(weight, Expr):
            raise Rejected("a weight that is neither an exact rational nor an expression")
        tree = weight if isinstance(weight, Expr) else Number(weight)
        if not (reader.is_positive if positive else reader.is_nonnegative)(tree, EMPTY):
            raise Rejected("the weights are not seen to be probabilities")
        read.append(reader.read(tree))
    if total(read) != ONE:
        raise Rejected("the weights do not sum to one")
    return read


class Average:
    __slots__ = ("bound", "density")

    def __init__(self, bound: list[tuple[str, str]], density: Poly):
        self.bound, self.density = bound, density

    def __call__(self, poly: Poly) -> Poly:
        return integrate(self.bound, self.density * poly) if self.bound else poly


def averaging(reader: Reader, law: Law | None) -> tuple[Environment, Average]:
    """The environment inside the law, and the expectation under it; without a law, the statement at each point."""
    if law is None:
        return EMPTY, Average([], ONE)
    env, bound, density = reader.law(law, EMPTY)
    return env, Average(bound, density)
