"""The claim language in Python: the same claims, built with operators.

What is built here carries its own declarations; `claim_of` collects them and elaborates the claim exactly as `read`
does, so that both give equal trees and the same errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from proofs.language import tree
from proofs.language.handles import (
    ArbitraryFunction,
    ConvexFunction,
    DeclaredSymbol,
    DeclaredVariable,
    Defined,
    DefinedUse,
    DensityFamily,
    RandomVariable,
    slots,
)
from proofs.language.limits import check_size
from proofs.language.names import plain_name
from proofs.language.operators import (
    CE,
    H2,
    JSD,
    KL,
    TV,
    W1,
    W2,
    Bernoulli,
    Beta,
    Binomial,
    Categorical,
    Cauchy,
    Cov,
    E,
    Exponential,
    Gamma,
    Geometric,
    Gumbel,
    H,
    HalfNormal,
    InverseGamma,
    Laplace,
    Logistic,
    LogNormal,
    N,
    NegativeBinomial,
    Normal,
    P,
    Pareto,
    Poisson,
    StudentT,
    Uniform,
    Var,
    Weibull,
    chi2,
    exp,
    f_divergence,
    grad,
    indicator,
    integral,
    log,
    maximum,
    minimum,
    mutual_information,
    renyi,
    sqrt,
    summation,
)
from proofs.language.reader import read
from proofs.language.text import to_text
from proofs.language.tree import (
    Claim,
    Comparison,
    Conditional,
    Convex,
    Definition,
    Discrete,
    Expr,
    Family,
    Function,
    Named,
    Node,
    Number,
    Numeral,
    Parameter,
    Pushforward,
    Scalar,
    Symbol,
    Use,
    Variable,
    as_expr,
    children,
)

__all__ = [
    "CE",
    "H2",
    "JSD",
    "KL",
    "TV",
    "W1",
    "W2",
    "Bernoulli",
    "Beta",
    "Binomial",
    "Categorical",
    "Cauchy",
    "Cov",
    "E",
    "Exponential",
    "Gamma",
    "Geometric",
    "Gumbel",
    "H",
    "HalfNormal",
    "InverseGamma",
    "Laplace",
    "LogNormal",
    "Logistic",
    "N",
    "NegativeBinomial",
    "Normal",
    "P",
    "Pareto",
    "Poisson",
    "StudentT",
    "Uniform",
    "Var",
    "Weibull",
    "approximately",
    "chi2",
    "claim_of",
    "concave",
    "convex",
    "definition",
    "densities",
    "equal",
    "exp",
    "f_divergence",
    "functions",
    "grad",
    "indicator",
    "integers",
    "integral",
    "let",
    "log",
    "maximum",
    "measures",
    "minimum",
    "mutual_information",
    "number",
    "parameters",
    "pi",
    "positives",
    "pushforward",
    "reals",
    "renyi",
    "sqrt",
    "summation",
    "symbols",
    "variables",
]

Interval = tuple[Fraction | int | None, Fraction | int | None]

# --- names ---------------------------------------------------------------------------------------------------------


def variables(names: str, *, discrete: bool = False) -> tuple[Variable, ...]:
    """Variables, by their names: ``x, z = variables("x z")``."""
    return tuple(DeclaredVariable(name, "", Discrete(name)) if discrete else Variable(name) for name in _names(names))


def densities(names: str, *, positive: bool = True) -> tuple[DensityFamily, ...]:
    """Families of densities, their slots shown by their use; with ``positive=False`` they may vanish."""
    return tuple(DensityFamily(Family(name, (), (), positive)) for name in _names(names))


def functions(names: str, *, within: Interval = (None, None)) -> tuple[ArbitraryFunction, ...]:
    """Arbitrary functions with values in the open interval `within`: ``(D,) = functions("D", within=(0, 1))``."""
    low, high = _interval(within)
    return tuple(ArbitraryFunction(Function(name, (), low, high)) for name in _names(names))


def measures(names: str) -> tuple[ArbitraryFunction, ...]:
    """Positive functions with a finite total, not normalised."""
    return tuple(ArbitraryFunction(Function(name, (), Fraction(0), integrable=True)) for name in _names(names))


def convex(names: str, *, within: Interval = (None, None)) -> tuple[ConvexFunction, ...]:
    """Arbitrary convex functions of one real number in the open interval `within`: ``(f,) = convex("f")``."""
    low, high = _interval(within)
    return tuple(ConvexFunction(Convex(name, False, low, high)) for name in _names(names))


def concave(names: str, *, within: Interval = (None, None)) -> tuple[ConvexFunction, ...]:
    """Arbitrary concave functions of one real number."""
    low, high = _interval(within)
    return tuple(ConvexFunction(Convex(name, True, low, high)) for name in _names(names))


def parameters(names: str) -> tuple[Symbol, ...]:
    """Parameters: families and functions whose subscript names one, such as ``p_theta``, depend on it smoothly."""
    return tuple(DeclaredSymbol(name, Parameter(name)) for name in _names(names))


def symbols(names: str) -> tuple[Symbol, ...]:
    """Numbers whose domain is shown by their use as parameters of named laws."""
    return tuple(Symbol(name) for name in _names(names))


def reals(names: str, *, within: Interval = (None, None)) -> tuple[Symbol, ...]:
    """Real numbers in the open interval `within`."""
    low, high = _interval(within)
    return tuple(DeclaredSymbol(name, Scalar(name, low, high)) for name in _names(names))


def positives(names: str) -> tuple[Symbol, ...]:
    """Positive numbers."""
    return reals(names, within=(0, None))


def integers(names: str, *, low: int | None = None) -> tuple[Symbol, ...]:
    """Whole numbers, from `low` on."""
    bound = None if low is None else Fraction(low)
    return tuple(
        DeclaredSymbol(name, Scalar(name, bound, None, (bound is not None, False), integer=True))
        for name in _names(names)
    )


def number(digits: str) -> Number:
    """A decimal as it is printed; ``left ~= number("0.0288")`` is held to these digits.

    >>> number("0.10").value
    Fraction(1, 10)
    """
    return Number(Fraction(digits), digits)


pi = tree.Constant("pi")


def let(name: str, body: Numeral) -> Use:
    """A named expression, ``let ELBO = body``."""
    known = _name(name)
    return DefinedUse(known, (), (), Definition(known, (), (), as_expr(body)))


def definition(name: str, arguments: tuple[Variable | Conditional, ...], body: Numeral) -> Defined:
    """A definition with arguments, ``let m(x) = body``: ``m = definition("m", (x,), (p(x) + q(x)) / 2)``."""
    known = _name(name)
    return Defined(Definition(known, *slots(arguments), as_expr(body)))


def pushforward(name: str, transform: Expr, law: Expr) -> RandomVariable:
    """``let X = exp(Y) where Y ~ Normal(mu, sigma)``: ``pushforward("X", exp(Y), Normal(Y, mu, sigma))``."""
    if not isinstance(law, Named):
        raise TypeError(f"a random variable is drawn from a named law such as Normal(Y, mu, sigma), not from {law!r}")
    known = _name(name)
    return RandomVariable(Pushforward(known, transform, law))


def equal(left: Numeral, right: Numeral) -> Comparison:
    """The claim that both sides are equal (``==`` compares trees)."""
    return Comparison(as_expr(left), "=", as_expr(right))


def approximately(left: Numeral, right: Number) -> Comparison:
    """The claim that the left side agrees with the printed digits of the right one."""
    return Comparison(as_expr(left), "~=", right)


# --- the claim -----------------------------------------------------------------------------------------------------


def claim_of(*comparisons: Comparison, assuming: Sequence[Comparison] = ()) -> Claim:
    """The elaborated claim of these comparisons, a chain of one step each, under the assumptions `assuming`.

    The comparisons are written in the claim language, which is read: an error quotes that text.

    Raises:
        ClaimError: the claim is wrong or too large, as in `proofs.language.read`.
        TypeError: something is not a comparison.

    >>> x, z = variables("x z")
    >>> p, q = densities("p q")
    >>> print(to_text(claim_of(log(p(x)) >= E(q(z | x), log(p(x, z)) - log(q(z | x))))))
    density p(x, z)
    density q(z|x)
    log p(x) >= E_{q(z|x)}[log p(x, z) - log q(z|x)]
    """
    for comparison in (*comparisons, *assuming):
        if not isinstance(comparison, Comparison):
            raise TypeError(f"{comparison!r} is not a comparison such as log(p(x)) >= elbo or equal(a, b)")
    check_size((*comparisons, *assuming))
    declarations: dict[str, None] = {}
    definitions: dict[str, None] = {}
    for comparison in (*comparisons, *assuming):
        for statement in _declarations(comparison):
            table = definitions if isinstance(statement, Definition) else declarations
            table[to_text(statement)] = None
    assumptions = [f"assume {to_text(assumption)}" for assumption in assuming]
    lines = [*declarations, *definitions, *assumptions, *map(to_text, comparisons)]
    return read("\n".join(lines))


def _declarations(node: Node) -> Iterator[Node]:
    """The declarations below a node, those that a definition needs before it."""
    for child in children(node):
        yield from _declarations(child)
    if isinstance(node, Scalar | Function | Convex | Parameter | Family | Discrete | Definition | Pushforward):
        yield node


def _names(names: str) -> list[str]:
    found = []
    for spelling in names.split():
        name = plain_name(spelling)
        if name is None:
            raise ValueError(f"{spelling!r} is not a name; names are written as in 'x z_1 theta'")
        found.append(name)
    return found


def _name(name: str) -> str:
    names = _names(name)
    if len(names) != 1:
        raise ValueError(f"{name!r} is not one name")
    return names[0]


def _interval(within: Interval) -> tuple[Fraction | None, Fraction | None]:
    low, high = within
    return (None if low is None else Fraction(low), None if high is None else Fraction(high))
