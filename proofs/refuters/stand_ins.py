"""Named laws in the place of free families, and formulas in the place of free functions: instances of a mixed claim.

A named law fixes what its variable is: a real number, a positive one, one of (0, 1), a whole number. Families of real
variables become jointly Gaussian laws, whose marginals and conditionals are Gaussian with rational means and variances,
and mixtures of two Gaussians; other variables are drawn independently of one another, given what is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from proofs.kernel.definitions import unfold
from proofs.language import tree as t
from proofs.outcome import Unsupported
from proofs.refuters.jointly_gaussian import JointlyGaussian
from proofs.refuters.laws import own_structure, stem_of
from proofs.refuters.terms import number, product_of, scaled, sum_of

#: What a variable is that stands in a named law.
KINDS = {
    **dict.fromkeys(("Normal", "N", "Laplace", "Logistic", "Gumbel", "Cauchy", "StudentT"), "real"),
    **dict.fromkeys(
        ("Exponential", "Gamma", "InverseGamma", "LogNormal", "Weibull", "Pareto", "HalfNormal"), "positive"
    ),
    "Beta": "unit",
    "Bernoulli": "binary",
    **dict.fromkeys(("Categorical", "Binomial", "Geometric", "Poisson", "NegativeBinomial"), "counted"),
}
#: The law that stands in for a family of one such variable, given its two parameters.
_LAW_OF = {
    "positive": ("Gamma", lambda shape, rate: (shape, rate)),
    "unit": ("Beta", lambda first, second: (first, second)),
    "binary": ("Bernoulli", lambda odds, rest: (odds / (odds + rest),)),
    "counted": ("Poisson", lambda first, rate: (rate,)),
}
_ONE = Fraction(1)

Numbers = tuple[Fraction, ...]


@dataclass(frozen=True)
class StandIn:
    """One law, or function, in the place of a declared name.

    Args:
        declared: the declaration.
        kinds: for each stem of its slots, what the variable is.
        numbers: what tells it from others of its form; see `form`.
    """

    declared: t.Family | t.Function
    kinds: Mapping[str, str]
    numbers: Numbers

    def at(self, node: t.Density | t.Apply) -> t.Expr:
        """What stands in the place of a density of the family, or of a value of the function."""
        if isinstance(self.declared, t.Function):
            assert isinstance(node, t.Apply)
            return _value(self.declared, node.arguments, self.kinds, self.numbers)
        assert isinstance(node, t.Density)
        if self.gaussian:
            return JointlyGaussian(self.declared, self.numbers).density(node)
        places = {stem_of(variable): variable for variable in node.given}
        given = [places[stem] for stem in self.declared.given]
        return product_of(_law(self.kinds[stem_of(v)], v, given, self._of(stem_of(v))) for v in node.generated)

    @property
    def gaussian(self) -> bool:
        """Whether all the variables that the family generates are real."""
        return isinstance(self.declared, t.Family) and all(
            self.kinds[stem] == "real" for stem in self.declared.generated
        )

    @property
    def whole(self) -> tuple[t.Expr, t.Expr]:
        """The declared density and what it is, or the function at its arguments and what it is."""
        declared = self.declared
        if isinstance(declared, t.Function):
            applied = t.Apply(declared.name, tuple(t.Variable(stem, stem) for stem in declared.arguments))
            return applied, self.at(applied)
        slots = (tuple(t.Variable(stem, stem) for stem in part) for part in (declared.generated, declared.given))
        density = t.Density(declared.name, *slots)
        return density, self.at(density)

    def _of(self, stem: str) -> Numbers:
        assert isinstance(self.declared, t.Family)
        width = 2 + len(self.declared.given)
        start = self.declared.generated.index(stem) * width
        return self.numbers[start : start + width]


def form(declared: t.Family | t.Function, kinds: Mapping[str, str]) -> str:
    """A letter for each number of a stand-in: ``l`` any, ``s`` a positive one, ``c`` any, ``w`` in [0, 1).

    A Gaussian family has, for each variable that it generates, an intercept (l), a coefficient (c) for each variable
    before it and each given one, and a standard deviation (s); with one variable, the weight (w) of a second component
    and how far off that lies (l). Other families have two parameters (s) for each variable and a coefficient (c) for
    each given one. A function has a constant (l), and two coefficients (c) for each argument; a measure its total (s),
    and a location (l) and a scale (s) for each argument.
    """
    if isinstance(declared, t.Function):
        return "s" + "ls" * len(declared.arguments) if declared.integrable else "l" + "cc" * len(declared.arguments)
    if declared.structure is not None and not own_structure(declared):
        raise Unsupported(f"{declared.name} is declared with a structure that is no product of its own conditionals")
    slots, given = declared.generated, len(declared.given)
    if all(kinds[stem] == "real" for stem in slots):
        single = "".join("l" + "c" * (i + given) + "s" for i in range(len(slots)))
        return single + ("wl" if len(slots) == 1 else "")
    return ("ss" + "c" * given) * len(slots)


def substituted(node: t.Node, stand_ins: Mapping[str, StandIn]) -> t.Node:
    """The node with every free family and function replaced."""
    match node:
        case t.Information():
            meaning = unfold(node)
            assert meaning is not None
            return substituted(meaning, stand_ins)
        case t.Density():
            return stand_ins[node.family].at(node)
        case t.Apply():
            arguments = tuple(substituted(argument, stand_ins) for argument in node.arguments)
            return stand_ins[node.name].at(t.Apply(node.name, arguments))  # type: ignore[arg-type]
    return t.rebuild(node, lambda child: substituted(child, stand_ins))


# --- one variable ----------------------------------------------------------------------------------------------------


def _law(kind: str, variable: t.Variable, given: Sequence[t.Expr], numbers: Numbers) -> t.Expr:
    """A law of one variable, the second parameter of which grows with the squares of what is given."""
    first, second, *coefficients = numbers
    moving = sum_of([(second, None), *((abs(c), x**2) for c, x in zip(coefficients, given, strict=True))])
    if kind == "real":
        return t.Named("Normal", variable, (number(first), moving))
    law, parameters = _LAW_OF[kind]
    return t.Named(law, variable, tuple(map(t.as_expr, parameters(number(first), moving))))


def _value(declared: t.Function, arguments: Sequence[t.Expr], kinds: Mapping[str, str], numbers: Numbers) -> t.Expr:
    if declared.integrable:
        parts = []
        for i, (stem, x) in enumerate(zip(declared.arguments, arguments, strict=True)):
            if not isinstance(x, t.Variable):
                raise Unsupported(f"the measure {declared.name} at an expression")
            location, scale = numbers[1 + 2 * i : 3 + 2 * i]
            first = location if kinds[stem] == "real" else abs(location) + 1
            parts.append(_law(kinds[stem], x, (), (first, scale)))
        return scaled(numbers[0], product_of(parts))
    constant, *rest = numbers
    terms: list[tuple[Fraction, t.Expr | None]] = [(constant, None)]
    for i, x in enumerate(arguments):
        terms += [(rest[2 * i], x), (rest[2 * i + 1], x**2)]
    low, high = declared.low, declared.high
    if low is None and high is None:
        return sum_of(terms)
    # Squares would make exponentials without expectations.
    line = sum_of([terms[0], *terms[1::2]])
    if low is not None and high is not None:
        return sum_of([(low, None), (high - low, t.Call("sigmoid", (line,)))])
    return (
        sum_of([(low, None), (_ONE, t.Call("exp", (line,)))])
        if low is not None
        else sum_of([(high or Fraction(0), None), (-_ONE, t.Call("exp", (line,)))])
    )
