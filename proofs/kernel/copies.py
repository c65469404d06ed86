r"""Expectations over k independent copies, where k is not a numeral.

``E_{z_1..z_k ~ q(z|x)}[body]`` may use the copies through ``mean_{i=1..k}[w(z_i)]`` (and ``sum``) only. Such a mean is
an atom while the body is read; then

  * a body without it is a constant, and the mean of the mean is E_q[w] (linearity);
  * anything else is an opaque ``copies`` atom: the number of copies, their law, and the function of the mean.

The copy itself is called ``(stem, "#copy")`` inside, a name that no variable has; it is not free in either atom, so
that nothing depends on its name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from proofs.kernel.polynomial import (
    NONNEGATIVE,
    POSITIVE,
    REAL,
    Atom,
    Monomial,
    Poly,
    Range,
    Unsupported,
    Var,
    from_monomial,
    monomial_key,
    monomial_range,
    monomial_variables,
)

NAME = "#copy"


@dataclass(frozen=True, slots=True)
class Sample:
    """k independent copies: their number, the variable that stands for one of them, and its density."""

    number: Poly
    variable: Var
    density: Poly

    @property
    def key(self) -> str:
        return f"{self.number.key};{self.density.key}"

    @property
    def monomials(self) -> tuple[Monomial, ...]:
        return (*self.number.terms, *self.density.terms)

    def free(self, inside: frozenset[Var]) -> frozenset[Var]:
        return (inside | self.density.variables | self.number.variables) - {self.variable}

    def renamed(self, change: Callable[[Poly], Poly]) -> Sample:
        return Sample(change(self.number), self.variable, change(self.density))


def mean_atom(sample: Sample, body: Poly) -> Atom:
    """``mean_{i=1..k}[body]`` at the copies: random, until the expectation is taken."""
    key = f"mean[{sample.key};{body.key}]"
    inside = (*body.terms, *sample.monomials)
    return Atom("mean", (sample, body), key, sample.free(body.variables), _sign(body.range), inside)


def copies_atom(sample: Sample, random: Monomial) -> Atom:
    """The expectation over the copies of a function of their means."""
    key = f"copies[{sample.key};{monomial_key(random)}]"
    free = sample.free(monomial_variables(random))
    return Atom("copies", (sample, random), key, free, _sign(monomial_range(random)), (random, *sample.monomials))


def is_random(sample: Sample, atom: Atom) -> bool:
    """Whether the atom is, or is made of, a mean of the sample's copies."""
    if atom.kind == "mean" and atom.data[0] == sample:
        return True
    return any(is_random(sample, part) for monomial in atom.inside for part, _ in monomial)


def renamed(atom: Atom, change: Callable[[Poly], Poly]) -> Atom:
    """The atom with its free variables renamed; the copy's own name is none of them."""
    sample, inside = atom.data
    if atom.kind == "mean":
        return mean_atom(sample.renamed(change), change(inside))
    ((monomial, coefficient),) = change(from_monomial(inside)).terms.items()
    if coefficient != 1:
        raise Unsupported("a product that falls apart when its variables are renamed")
    return copies_atom(sample.renamed(change), monomial)


def _sign(values: Range) -> Range:
    return POSITIVE if values.positive else NONNEGATIVE if values.nonnegative else REAL
