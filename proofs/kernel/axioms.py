r"""The axiom schemas: every inequality that the kernel takes for granted, each with its proof.

An instance is a schema with its arguments, all of them trees; `statement` re-derives from them, under the claim's
declarations, the normal form of an expression that is non-negative on every model. Side conditions (a law that
integrates to one, a factor that is positive, weights that sum to one) are checked here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from proofs.kernel.integration import integrate
from proofs.kernel.normal_form import EMPTY, Environment, Reader
from proofs.kernel.polynomial import ONE, ZERO, Poly, log, number, total
from proofs.language.tree import Density, Expr, Law


class Rejected(Exception):
    """A certificate, or an axiom instance in it, that does not establish what it says."""


class Axiom:
    """A schema; subclasses say in their docstring what is non-negative, and why."""

    __slots__ = ()

    def statement(self, reader: Reader) -> Poly:
        """The normal form of what the instance asserts to be non-negative. Raises `Rejected` or `Unsupported`."""
        raise NotImplementedError


def _weights(weights: tuple[Fraction, ...], *, positive: bool) -> None:
    if any(type(w) is not Fraction or w < 0 or (positive and w == 0) for w in weights) or sum(weights) != 1:
        raise Rejected("the weights are not a vector of rational probabilities")


@dataclass(frozen=True, slots=True)
class Label:
    """One label of a labelled law: its weight, its law, and the reference density at this label."""

    weight: Fraction
    law: Law
    reference: Expr


@dataclass(frozen=True, slots=True)
class Gibbs(Axiom):
    r"""Gibbs' inequality for a labelled law against any positive reference of finite mass.

    .. math:: \sum_i c_i E_{m_i}[\log c_i + \log m_i - \log e_i] + \log B \ge 0,
              \qquad B = \sum_i \int e_i, \quad \sum_i c_i = 1, \quad \int m_i = 1, \quad e_i > 0

    Proof. (i, x) -> c_i m_i(x) is a probability density for counting measure times the base measure, and e_i(x)/B is
    another; the left side is the relative entropy of the first from the second. One label with e = m d / E_m[d] is
    Jensen's inequality log E_m[d] >= E_m[log d]; one label with e a density is KL >= 0; several labels give convexity
    of KL and the optimal discriminator.
    """

    labels: tuple[Label, ...]

    def statement(self, reader: Reader) -> Poly:
        _weights(tuple(label.weight for label in self.labels), positive=True)
        divergence, mass = ZERO, ZERO
        for label in self.labels:
            env, bound, density = reader.law(label.law, EMPTY)
            ratio = reader.log(label.law.density, env) - reader.log(label.reference, env)
            divergence = divergence + integrate(bound, density * (log(number(label.weight)) + ratio)).scale(
                label.weight
            )
            mass = mass + reader.mass(bound, reader.read(label.reference, env))
        return divergence + (log(mass) if mass != ONE else ZERO)


@dataclass(frozen=True, slots=True)
class Tangent(Axiom):
    r"""The logarithm of a sum lies above each of its tangents.

    .. math:: E_m\Big[\log \sum_i t_i - \sum_i \lambda_i (\log t_i - \log \lambda_i)\Big] \ge 0,
              \qquad t_i > 0, \quad \lambda_i \ge 0, \quad \sum_i \lambda_i = 1

    Proof. Jensen's inequality for the concave log: log sum_i lambda_i (t_i / lambda_i) >= sum_i lambda_i log(t_i /
    lambda_i), the sum taken over the labels with lambda_i > 0; leaving positive terms out makes the left side smaller.
    """

    law: Law | None
    terms: tuple[Expr, ...]
    weights: tuple[Fraction, ...]

    def statement(self, reader: Reader) -> Poly:
        if len(self.weights) != len(self.terms):
            raise Rejected(f"{len(self.weights)} weights for {len(self.terms)} terms")
        _weights(self.weights, positive=False)
        env, average = _averaging(reader, self.law)
        result = ZERO
        for term, weight in zip(self.terms, self.weights, strict=True):
            above = reader.log(term, env)  # has to exist, so that every term is positive, those of weight zero too
            if weight:
                result = result - (above - log(number(weight))).scale(weight)
        result = result + log(total(reader.read(term, env) for term in self.terms), positive=True)
        return average(result)


@dataclass(frozen=True, slots=True)
class Counted(Axiom):
    r"""A probability mass is at most one.

    .. math:: E_m[-\log d(a \mid b)] \ge 0 \qquad \text{if every variable of a is counted}

    Proof. d(a | b) is one term of a sum of non-negative terms that is one. False for densities against other base
    measures.
    """

    law: Law | None
    density: Density

    def statement(self, reader: Reader) -> Poly:
        for variable in self.density.generated:
            if (variable.stem or variable.name) not in reader.discrete:
                raise Rejected(f"{variable.name} is not a discrete variable")
        env, average = _averaging(reader, self.law)
        return average(-reader.log(self.density, env))


@dataclass(frozen=True, slots=True)
class LogBelowLine(Axiom):
    r"""log z <= z - 1.

    .. math:: E_m[z - 1 - \log z] \ge 0 \qquad z > 0

    Proof. z - 1 - log z is convex with its minimum 0 at z = 1.
    """

    law: Law | None
    argument: Expr

    def statement(self, reader: Reader) -> Poly:
        env, average = _averaging(reader, self.law)
        return average(reader.read(self.argument, env) - ONE - reader.log(self.argument, env))


@dataclass(frozen=True, slots=True)
class NonNegative(Axiom):
    r"""What is non-negative everywhere has a non-negative mean.

    .. math:: E_m[t] \ge 0 \qquad \text{if } t \ge 0

    Proof. m >= 0. That t is too is seen from how it is made of squares and of what has a non-negative declared range.
    """

    law: Law | None
    term: Expr

    def statement(self, reader: Reader) -> Poly:
        env, average = _averaging(reader, self.law)
        if not reader.is_nonnegative(self.term, env):
            raise Rejected("a term that is not provably non-negative")
        return average(reader.read(self.term, env))


class _Average:
    __slots__ = ("bound", "density")

    def __init__(self, bound: list[tuple[str, str]], density: Poly):
        self.bound, self.density = bound, density

    def __call__(self, poly: Poly) -> Poly:
        return integrate(self.bound, self.density * poly) if self.bound else poly


def _averaging(reader: Reader, law: Law | None) -> tuple[Environment, _Average]:
    """The environment inside the law, and the expectation under it; without a law, the statement at each point."""
    if law is None:
        return EMPTY, _Average([], ONE)
    env, bound, density = reader.law(law, EMPTY)
    return env, _Average(bound, density)


#: Every schema in force; nothing else is assumed.
SCHEMAS: tuple[type[Axiom], ...] = (Gibbs, Tangent, Counted, LogBelowLine, NonNegative)

__all__ = [
    "SCHEMAS",
    "Axiom",
    "Counted",
    "Gibbs",
    "Label",
    "LogBelowLine",
    "NonNegative",
    "Rejected",
    "Tangent",
]
