r"""Derivatives in a parameter, in normal form.

A family or function that depends on theta is differentiated formally: its derivative is a new atom, of which only two
things are known. It is a function of the same arguments, and (for a density) its integral over a generated variable is
the derivative of the marginal, so that it integrates to zero altogether,

.. math:: \int \partial_\theta p \, d\mu = \partial_\theta \int p \, d\mu = \partial_\theta 1 = 0.

That is all that the score identity, Fisher's identity and the score-function gradient need.

Derivative and integral are exchanged; that they may be is an assumption of every proof that differentiates. It is why
a law whose support may move with theta, such as Uniform(0, theta), is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from proofs.kernel.integration import density_atom, fresh, integrate, named_atom, rename_monomial, value_atom
from proofs.kernel.polynomial import (
    ONE,
    REAL,
    ZERO,
    Atom,
    Monomial,
    Poly,
    Unsupported,
    from_atom,
    from_monomial,
    power,
    total,
)
from proofs.language.tree import Family, Function


class Derivative:
    """The derivative in one parameter, which the declared families and functions may depend on.

    The derivative of the atom called ``p`` is called ``theta:p``; a colon stands in no name of a claim.
    """

    def __init__(self, parameter: str, families: Mapping[str, Family], functions: Mapping[str, Function]):
        self.parameter, self.families, self.functions = parameter, families, functions

    def of(self, poly: Poly) -> Poly:
        return total(self.of_monomial(monomial).scale(c) for monomial, c in poly.terms.items())

    def of_monomial(self, monomial: Monomial) -> Poly:
        """The product rule: each factor a^n in turn becomes n a^(n-1) a'."""
        parts = []
        for factor in monomial:
            atom, n = factor
            change = self.of_atom(atom)
            if change.terms:
                others = from_monomial(tuple(f for f in monomial if f[0] is not atom))
                lowered = from_atom(atom, n - 1) if n != 1 else ONE
                parts.append((others * lowered * change).scale(Fraction(n)))
        return total(parts)

    def of_atom(self, atom: Atom) -> Poly:
        data = atom.data
        match atom.kind:
            case "symbol":
                return ONE if atom.key == f"${self.parameter}" else ZERO
            case "prime" | "point":
                return ZERO
            case "density":
                name, generated, given = data
                family = self.families[name.rpartition(":")[2]]
                if self.parameter not in family.parameters:
                    return ZERO
                if not family.positive:
                    raise Unsupported(f"a derivative of {family.name}, whose support may move")
                return from_atom(density_atom(f"{self.parameter}:{name}", generated, given, REAL))
            case "named":
                law, variable, parameters = data
                if not any(self.of(p).terms for p in parameters):
                    return ZERO
                if not atom.range.positive and ":" not in law:
                    raise Unsupported(f"a derivative of {law}, whose support may move")
                return from_atom(named_atom(f"{self.parameter}:{law}", variable, parameters, REAL))
            case "value":
                name, arguments = data
                if any(self.of(a).terms for a in arguments):
                    raise Unsupported("a derivative through the argument of an arbitrary function")
                function = self.functions.get(name.rpartition(":")[2].removeprefix("@"))
                if function is None or self.parameter not in function.parameters:
                    return ZERO
                return from_atom(value_atom(f"{self.parameter}:{name}", arguments, REAL))
            case "sum":
                return self.of(data)
            case "log":
                change = self.of(data)
                return change * power(data, Fraction(-1), positive=True) if change.terms else ZERO
            case "exp":
                return from_atom(atom) * self.of_monomial(data)
            case "integral":
                bound, body = data
                names = {v: fresh(v[0]) for v in bound}
                return integrate(names.values(), self.of(rename_monomial(body, names)))
        raise Unsupported(f"a derivative of an atom of kind {atom.kind}")
