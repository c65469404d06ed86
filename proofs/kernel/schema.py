"""What an axiom schema is: arguments from which a non-negative normal form is re-derived."""

from __future__ import annotations

from fractions import Fraction

from proofs.kernel.integration import integrate
from proofs.kernel.normal_form import EMPTY, Environment, Reader
from proofs.kernel.polynomial import ONE, Poly
from proofs.language.tree import Law


class Rejected(Exception):
    """A certificate, or an axiom instance in it, that does not establish what it says."""


class Axiom:
    """A schema; subclasses say in their docstring what is non-negative, and why."""

    __slots__ = ()

    def statement(self, reader: Reader) -> Poly:
        """The normal form of what the instance asserts to be non-negative. Raises `Rejected` or `Unsupported`."""
        raise NotImplementedError


def check_weights(weights: tuple[Fraction, ...], *, positive: bool) -> None:
    if any(type(w) is not Fraction or w < 0 or (positive and w == 0) for w in weights) or sum(weights) != 1:
        raise Rejected("the weights are not a vector of rational probabilities")


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
