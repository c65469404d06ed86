"""The claim language in Python: the same claims, built with operators.

What is built here carries its own declarations; `claim_of` collects them and elaborates the claim exactly as `read`
does, so that both give equal trees and the same errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from proofs.language import tree
from proofs.language.handles import (
    ArbitraryFunction,
    DeclaredDensity,
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
from proofs.language.reader import read
from proofs.language.text import factors, to_text
from proofs.language.tree import (
    Call,
    Claim,
    Comparison,
    Conditional,
    Definition,
    Density,
    Discrete,
    Divergence,
    Entropy,
    Expectation,
    Expr,
    Family,
    Function,
    Integral,
    Law,
    Mul,
    Named,
    Node,
    Number,
    Numeral,
    Pushforward,
    Scalar,
    Symbol,
    Use,
    Variable,
    as_expr,
    children,
)

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


# --- expressions ---------------------------------------------------------------------------------------------------


def log(argument: Numeral) -> Expr:
    """The natural logarithm."""
    return Call("log", (as_expr(argument),))


def exp(argument: Numeral) -> Expr:
    """The exponential function."""
    return Call("exp", (as_expr(argument),))


def sqrt(argument: Numeral) -> Expr:
    """The square root."""
    return Call("sqrt", (as_expr(argument),))


LawLike = Expr | Law | DensityFamily | tuple[Expr, ...]


def E(law: LawLike, body: Numeral) -> Expectation:
    """``E_{law}[body]``; a product of laws is a tuple, ``E((r(x), q(z | x)), body)``."""
    return Expectation(_law(law), as_expr(body))


def KL(left: LawLike, right: LawLike) -> Divergence:
    """The Kullback-Leibler divergence of two laws, in nats."""
    return Divergence("KL", _law(left), _law(right))


def JSD(left: LawLike, right: LawLike) -> Divergence:
    """The Jensen-Shannon divergence of two laws, in nats."""
    return Divergence("JSD", _law(left), _law(right))


def CE(left: LawLike, right: LawLike) -> Divergence:
    """The cross-entropy E_left[-log right], in nats."""
    return Divergence("CE", _law(left), _law(right))


def H(law: LawLike) -> Entropy:
    """The entropy of a law with respect to the base measure, in nats."""
    return Entropy(_law(law))


def integral(variable: Variable | tuple[Variable, ...], body: Numeral) -> Integral:
    """``int_{x}[body]`` against the base measure."""
    return Integral(variable if isinstance(variable, tuple) else (variable,), as_expr(body))


def summation(variable: Variable | tuple[Variable, ...], body: Numeral) -> Integral:
    """``sum_{x}[body]``, which makes x discrete."""
    return Integral(variable if isinstance(variable, tuple) else (variable,), as_expr(body), counting=True)


def _named_law(law: str) -> Callable[..., Named]:
    def build(*arguments: Numeral) -> Named:
        if len(arguments) == 3:
            point = arguments[0]
            if not isinstance(point, Variable):
                raise TypeError(f"{law}(x, ...) is a density at a variable x, not at {point!r}")
            return Named(law, point, tuple(map(as_expr, arguments[1:])))
        if len(arguments) != 2:
            raise TypeError(f"{law} takes two parameters, and a variable before them for its density: {law}(x, a, b)")
        return Named(law, Variable("_", "_"), tuple(map(as_expr, arguments)))

    build.__name__ = build.__qualname__ = law
    build.__doc__ = f"The law {law}, by its parameters, or its density at a variable that stands before them."
    return build


Normal = _named_law("Normal")
N = _named_law("N")
Uniform = _named_law("Uniform")


def equal(left: Numeral, right: Numeral) -> Comparison:
    """The claim that both sides are equal (``==`` compares trees)."""
    return Comparison(as_expr(left), "=", as_expr(right))


def approximately(left: Numeral, right: Number) -> Comparison:
    """The claim that the left side agrees with the printed digits of the right one."""
    return Comparison(as_expr(left), "~=", right)


# --- the claim -----------------------------------------------------------------------------------------------------


def claim_of(*comparisons: Comparison) -> Claim:
    """The elaborated claim of these comparisons, a chain of one step each.

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
    for comparison in comparisons:
        if not isinstance(comparison, Comparison):
            raise TypeError(f"{comparison!r} is not a comparison such as log(p(x)) >= elbo or equal(a, b)")
    check_size(comparisons)
    declarations: dict[str, None] = {}
    definitions: dict[str, None] = {}
    for comparison in comparisons:
        for statement in _declarations(comparison):
            table = definitions if isinstance(statement, Definition) else declarations
            table[to_text(statement)] = None
    lines = [*declarations, *definitions, *map(to_text, comparisons)]
    return read("\n".join(lines))


def _declarations(node: Node) -> Iterator[Node]:
    """The declarations below a node, those that a definition needs before it."""
    for child in children(node):
        yield from _declarations(child)
    if isinstance(node, Scalar | Function | Family | Discrete | Definition | Pushforward):
        yield node


def _law(law: LawLike) -> Law:
    if isinstance(law, Law):
        return law
    if isinstance(law, DensityFamily):
        return Law(DeclaredDensity(law.declaration.name, (), (), law.declaration), ())
    parts = law if isinstance(law, tuple) else (law,)
    if not parts or not all(isinstance(part, Expr) for part in parts):
        raise TypeError(f"a law is a density such as p(x), or a tuple of them, not {law!r}")
    density = parts[0]
    for part in parts[1:]:
        density = Mul(density, part)
    return Law(density, tuple(variable for factor in factors(density) for variable in _generated(factor)))


def _generated(factor: Expr) -> tuple[Variable, ...]:
    if isinstance(factor, Density):
        return factor.generated
    if isinstance(factor, Named):
        return (factor.variable,)
    if isinstance(factor, Use):
        return tuple(argument for argument in factor.generated if isinstance(argument, Variable))
    raise TypeError(f"a law is a density such as p(x), or a product of densities, not {to_text(factor)}")


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
