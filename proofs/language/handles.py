"""Names in Python: handles that are applied as mathematics writes it, and nodes that carry their name's declaration.

None of these nodes is left in an elaborated claim; `proofs.language.python.claim_of` collects what they declare.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from proofs.language.tree import (
    Apply,
    Conditional,
    Conjugate,
    Convex,
    Definition,
    Density,
    Discrete,
    Divergence,
    Expr,
    Family,
    Function,
    Information,
    Mul,
    Numeral,
    Parameter,
    Pushforward,
    PushforwardDensity,
    Scalar,
    Symbol,
    Use,
    Variable,
    as_expr,
)


@dataclass(frozen=True, slots=True)
class DeclaredSymbol(Symbol):
    declaration: Scalar | Parameter | None = None


@dataclass(frozen=True, slots=True)
class DeclaredVariable(Variable):
    declaration: Discrete | None = None


@dataclass(frozen=True, slots=True)
class DeclaredDensity(Density):
    declaration: Family | None = None


@dataclass(frozen=True, slots=True)
class DeclaredApply(Apply):
    declaration: Function | Convex | None = None


@dataclass(frozen=True, slots=True)
class DeclaredConjugate(Conjugate):
    declaration: Convex | None = None


@dataclass(frozen=True, slots=True)
class DeclaredDivergence(Divergence):
    declaration: Convex | None = None


@dataclass(frozen=True, slots=True)
class DeclaredInformation(Information):
    declaration: Family | None = None


@dataclass(frozen=True, slots=True)
class DefinedUse(Use):
    definition: Definition | None = None


@dataclass(frozen=True, slots=True)
class DeclaredPushforwardDensity(PushforwardDensity):
    declaration: Pushforward | None = None


@dataclass(frozen=True)
class DensityFamily:
    """A family of densities, applied as it is written: ``p(x, z)``, ``q(z | x)``."""

    declaration: Family

    def __call__(self, *arguments: Variable | Conditional) -> Density:
        generated, given = slots(arguments)
        return DeclaredDensity(self.declaration.name, generated, given, self.declaration)

    def factored(self, *factors: Density) -> DensityFamily:
        """The family with that independence structure: ``p = p.factored(p(x), p(y | x), p(z | y))``."""
        plain = [Density(factor.family, factor.generated, factor.given) for factor in factors]
        if not plain:
            raise TypeError("a joint law is a product of conditionals, as in p.factored(p(x), p(z | x))")
        structure: Expr = plain[0]
        for factor in plain[1:]:
            structure = Mul(structure, factor)
        made = tuple(variable.name for factor in plain for variable in factor.generated)
        return DensityFamily(replace(self.declaration, generated=made, structure=structure))


@dataclass(frozen=True)
class ArbitraryFunction:
    """An arbitrary function or measure, applied to points: ``D(x)``."""

    declaration: Function

    def __call__(self, *arguments: Variable) -> Apply:
        return DeclaredApply(self.declaration.name, arguments, self.declaration)


@dataclass(frozen=True)
class ConvexFunction:
    """A convex or concave function of one real number: ``f(t)``, and the convex conjugate ``f.conjugate(t)``."""

    declaration: Convex

    def __call__(self, argument: Numeral) -> Apply:
        return DeclaredApply(self.declaration.name, (as_expr(argument),), self.declaration)

    def conjugate(self, argument: Numeral) -> Conjugate:
        return DeclaredConjugate(self.declaration.name, as_expr(argument), self.declaration)


@dataclass(frozen=True)
class Defined:
    """A definition with arguments: ``m(x)``, ``r(z | x)``."""

    definition: Definition

    def __call__(self, *arguments: Variable | Conditional) -> Use:
        generated, given = slots(arguments)
        return DefinedUse(self.definition.name, generated, given, self.definition)


@dataclass(frozen=True)
class RandomVariable:
    """A function of a random variable with a named law; ``X.pdf(t)`` is its density."""

    declaration: Pushforward

    def pdf(self, point: Numeral) -> PushforwardDensity:
        return DeclaredPushforwardDensity(self.declaration.name, as_expr(point), self.declaration)


def slots(arguments: tuple[Variable | Conditional, ...]) -> tuple[tuple[Variable, ...], tuple[Variable, ...]]:
    """The variables before and behind the bar; ``q(x, z | y)`` reaches Python as ``q(x, (z | y))``."""
    *first, last = arguments or (None,)
    if not all(isinstance(argument, Variable) for argument in first) or not isinstance(last, Variable | Conditional):
        raise TypeError(f"a density is applied to variables, as in p(x, z) or q(z | x), not to {arguments!r}")
    before = tuple(argument for argument in first if isinstance(argument, Variable))
    if isinstance(last, Conditional):
        return (*before, *last.generated), last.given
    return (*before, last), ()
