"""Axiom schemas about logarithms: Gibbs' inequality and its relatives."""

from __future__ import annotations

from dataclasses import dataclass

from proofs.kernel.integration import integrate, rename
from proofs.kernel.normal_form import EMPTY, Reader
from proofs.kernel.polynomial import ONE, ZERO, Poly, Var, log, total
from proofs.kernel.schema import Axiom, Rejected, Weight, averaging, probability_vector
from proofs.language.tree import Density, Expr, Law


@dataclass(frozen=True, slots=True)
class Label:
    """One label of a labelled law: its weight, its law, and the reference density at this label."""

    weight: Weight
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
        weights = probability_vector(reader, tuple(label.weight for label in self.labels), positive=True)
        divergence, mass = ZERO, ZERO
        # the integrals of references over the same variables are one integral of their sum, under any names for them
        references: dict[tuple[Var, ...], Poly] = {}
        for label, weight in zip(self.labels, weights, strict=True):
            env, bound, density = reader.law(label.law, EMPTY)
            ratio = reader.log(label.law.density, env) - reader.log(label.reference, env)
            divergence = divergence + weight * integrate(bound, density * (log(weight, positive=True) + ratio))
            written = tuple(reader.variable(v, EMPTY) for v in label.law.generated)
            reference = rename(reader.read(label.reference, env), dict(zip(bound, written, strict=True)))
            references[written] = references.get(written, ZERO) + reference
        for written, reference in references.items():
            mass = mass + reader.mass(list(written), reference)
        return divergence + (log(mass, positive=True) if mass != ONE else ZERO)


@dataclass(frozen=True, slots=True)
class Tangent(Axiom):
    r"""The logarithm of a sum lies above each of its tangents.

    .. math:: E_m\Big[\log \sum_i t_i - \sum_i \lambda_i (\log t_i - \log \lambda_i)\Big] \ge 0,
              \qquad t_i > 0 \text{ where } \lambda_i > 0, \quad t_i, \lambda_i \ge 0, \quad \sum_i \lambda_i = 1

    Proof. Jensen's inequality for the concave log: log sum_i lambda_i (t_i / lambda_i) >= sum_i lambda_i log(t_i /
    lambda_i), the sum taken over the labels with lambda_i > 0; leaving positive terms out makes the left side smaller.
    """

    law: Law | None
    terms: tuple[Expr, ...]
    weights: tuple[Weight, ...]

    def statement(self, reader: Reader) -> Poly:
        if len(self.weights) != len(self.terms):
            raise Rejected(f"{len(self.weights)} weights for {len(self.terms)} terms")
        weights = probability_vector(reader, self.weights, positive=False)
        env, average = averaging(reader, self.law)
        result = ZERO
        for term, weight in zip(self.terms, weights, strict=True):
            if weight.terms:
                result = result - weight * (reader.log(term, env) - log(weight))
            elif not reader.is_nonnegative(term, env):
                raise Rejected("a term of weight zero that may be negative")
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
        env, average = averaging(reader, self.law)
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
        env, average = averaging(reader, self.law)
        return average(reader.read(self.argument, env) - ONE - reader.log(self.argument, env))
