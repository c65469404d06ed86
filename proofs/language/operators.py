"""Expressions in Python: expectations, divergences, derivatives and optima, of laws that are written as handles."""

from __future__ import annotations

from collections.abc import Callable

from proofs.language.handles import (
    ArbitraryFunction,
    ConvexFunction,
    DeclaredDensity,
    DeclaredDivergence,
    DeclaredInformation,
    DensityFamily,
)
from proofs.language.laws import parameters_of, signature
from proofs.language.text import factors, to_text
from proofs.language.tree import (
    Call,
    Comparison,
    Covariance,
    Density,
    Divergence,
    Entropy,
    Expectation,
    Expr,
    Gradient,
    Indicator,
    Information,
    Integral,
    Law,
    Mul,
    Named,
    Numeral,
    Optimum,
    Symbol,
    Use,
    Variable,
    Variance,
    as_expr,
)

LawLike = Expr | Law | DensityFamily | tuple[Expr, ...]
Variables = Variable | tuple[Variable, ...]


def log(argument: Numeral) -> Expr:
    """The natural logarithm."""
    return Call("log", (as_expr(argument),))


def exp(argument: Numeral) -> Expr:
    """The exponential function."""
    return Call("exp", (as_expr(argument),))


def sqrt(argument: Numeral) -> Expr:
    """The square root."""
    return Call("sqrt", (as_expr(argument),))


# --- moments -------------------------------------------------------------------------------------------------------


def E(law: LawLike, body: Numeral) -> Expectation:
    """``E_{law}[body]``; a product of laws is a tuple, ``E((r(x), q(z | x)), body)``."""
    return Expectation(_law(law), as_expr(body))


def Var(law: LawLike, body: Numeral) -> Variance:
    """``Var_{law}[body]``, the variance."""
    return Variance(_law(law), as_expr(body))


def Cov(law: LawLike, left: Numeral, right: Numeral) -> Covariance:
    """``Cov_{law}[left, right]``, the covariance."""
    return Covariance(_law(law), as_expr(left), as_expr(right))


def indicator(event: Comparison) -> Indicator:
    """``ind(left REL right)``: one where the relation holds and zero elsewhere; ``indicator(x > t)``."""
    if not isinstance(event, Comparison):
        raise TypeError(f"an event is a comparison such as x > t, not {event!r}")
    return Indicator(event.left, event.relation, event.right)


def P(law: LawLike, event: Comparison) -> Expectation:
    """``P_{law}[left REL right]``: the probability of an event, ``P(p(x), x > t)``."""
    return Expectation(_law(law), indicator(event))


def integral(variable: Variables, body: Numeral) -> Integral:
    """``int_{x}[body]`` against the base measure."""
    return Integral(_group(variable), as_expr(body))


def summation(variable: Variables, body: Numeral) -> Integral:
    """``sum_{x}[body]``, which makes x discrete."""
    return Integral(_group(variable), as_expr(body), counting=True)


def grad(wrt: Symbol | Variable, body: Numeral) -> Gradient:
    """``grad_theta[body]``: the derivative in a parameter, a real number or a real variable."""
    if not isinstance(wrt, Symbol | Variable):
        raise TypeError(f"a derivative is taken in a parameter or a variable, not in {wrt!r}")
    return Gradient(wrt, as_expr(body))


# --- divergences ---------------------------------------------------------------------------------------------------


def KL(left: LawLike, right: LawLike) -> Divergence:
    """The Kullback-Leibler divergence of two laws, in nats."""
    return Divergence("KL", _law(left), _law(right))


def JSD(left: LawLike, right: LawLike) -> Divergence:
    """The Jensen-Shannon divergence of two laws, in nats."""
    return Divergence("JSD", _law(left), _law(right))


def CE(left: LawLike, right: LawLike) -> Divergence:
    """The cross-entropy E_left[-log right], in nats."""
    return Divergence("CE", _law(left), _law(right))


def TV(left: LawLike, right: LawLike) -> Divergence:
    """The total variation distance, half the integral of the absolute difference."""
    return Divergence("TV", _law(left), _law(right))


def chi2(left: LawLike, right: LawLike) -> Divergence:
    """Pearson's divergence, E_right[(left/right - 1)^2]."""
    return Divergence("chi2", _law(left), _law(right))


def H2(left: LawLike, right: LawLike) -> Divergence:
    """The squared Hellinger distance, one minus the integral of sqrt(left*right)."""
    return Divergence("H2", _law(left), _law(right))


def W1(left: LawLike, right: LawLike) -> Divergence:
    """The transport distance on the line with cost abs(x - y)."""
    return Divergence("W1", _law(left), _law(right))


def W2(left: LawLike, right: LawLike) -> Divergence:
    """The transport distance on the line with cost (x - y)^2, after the square root."""
    return Divergence("W2", _law(left), _law(right))


def renyi(order: Numeral, left: LawLike, right: LawLike) -> Divergence:
    """The Renyi divergence log E_right[(left/right)^order]/(order - 1), in nats."""
    return Divergence("renyi", _law(left), _law(right), as_expr(order))


def f_divergence(function: ConvexFunction, left: LawLike, right: LawLike) -> Divergence:
    """``D_f(left || right)`` = E_right[f(left/right)] with a convex f, taken with f(1) = 0."""
    name = function.declaration.name
    return DeclaredDivergence("D_f", _law(left), _law(right), None, name, function.declaration)


def H(law: LawLike) -> Entropy:
    """The entropy of a law with respect to the base measure, in nats."""
    return Entropy(_law(law))


def mutual_information(
    family: DensityFamily, first: Variables, second: Variables, *, given: Variables = ()
) -> Information:
    """``I_p(x; z)`` or ``I_p(x; z | y)``, in nats."""
    groups = (_group(first), _group(second), _group(given))
    return DeclaredInformation(family.declaration.name, *groups, family.declaration)


# --- optima --------------------------------------------------------------------------------------------------------


def maximum(over: DensityFamily | ArbitraryFunction | Symbol, body: Numeral, *, at: Numeral) -> Optimum:
    """``max_{D}[body] at D = at``: a side of a comparison, or a part of one."""
    return _optimum("max", over, body, at)


def minimum(over: DensityFamily | ArbitraryFunction | Symbol, body: Numeral, *, at: Numeral) -> Optimum:
    """``min_{D}[body] at D = at``."""
    return _optimum("min", over, body, at)


def _optimum(kind: str, over: DensityFamily | ArbitraryFunction | Symbol, body: Numeral, at: Numeral) -> Optimum:
    name = over.name if isinstance(over, Symbol) else over.declaration.name
    return Optimum(kind, name, as_expr(body), as_expr(at))


# --- named laws ----------------------------------------------------------------------------------------------------


def _named_law(law: str) -> Callable[..., Named]:
    def build(*arguments: Numeral) -> Named:
        point = arguments[0] if arguments else None
        if isinstance(point, Variable) and parameters_of(law, len(arguments) - 1) is not None:
            return Named(law, point, tuple(map(as_expr, arguments[1:])))
        if parameters_of(law, len(arguments)) is not None:
            return Named(law, Variable("_", "_"), tuple(map(as_expr, arguments)))
        if parameters_of(law, len(arguments) - 1) is not None:
            raise TypeError(f"{law}(x, ...) is a density at a variable x, not at {point!r}")
        raise TypeError(f"{law} takes its parameters, and a variable before them for its density: {signature(law)}")

    build.__name__ = build.__qualname__ = law
    build.__doc__ = (
        f"The law {signature(law)}, by its parameters, or its density at a variable that stands before them."
    )
    return build


Normal = _named_law("Normal")
N = _named_law("N")
Uniform = _named_law("Uniform")
Laplace = _named_law("Laplace")
Logistic = _named_law("Logistic")
Gumbel = _named_law("Gumbel")
Cauchy = _named_law("Cauchy")
StudentT = _named_law("StudentT")
Exponential = _named_law("Exponential")
Gamma = _named_law("Gamma")
InverseGamma = _named_law("InverseGamma")
Beta = _named_law("Beta")
LogNormal = _named_law("LogNormal")
Weibull = _named_law("Weibull")
Pareto = _named_law("Pareto")
HalfNormal = _named_law("HalfNormal")
Bernoulli = _named_law("Bernoulli")
Categorical = _named_law("Categorical")
Binomial = _named_law("Binomial")
Geometric = _named_law("Geometric")
Poisson = _named_law("Poisson")
NegativeBinomial = _named_law("NegativeBinomial")


# --- laws ----------------------------------------------------------------------------------------------------------


def _group(variables: Variables) -> tuple[Variable, ...]:
    return variables if isinstance(variables, tuple) else (variables,)


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
