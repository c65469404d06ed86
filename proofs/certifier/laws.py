r"""What each named law is: where it lives, its log density there, and for some laws the simpler law that it comes from.

All of it is data in the claim language itself, in the parameters' own order; quadrature and summation of these
definitions are what tables of moments are held against. `Normal`, `N` and `Uniform` are known to the compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from proofs.language import tree as t
from proofs.outcome import Unsupported

Parameters = tuple[t.Expr, ...]


@dataclass(frozen=True)
class Origin:
    """A law that is that of x = transform(u): integrals over x are taken over u, where tails fall exponentially.

    Args:
        log_density: of u at u.
        transform, inverse: x from u, and u from x; strictly monotone.
        low: u ranges over (low, oo); None is the whole line.
        increasing: the transform's direction.
    """

    log_density: Callable[..., t.Expr]
    transform: Callable[..., t.Expr]
    inverse: Callable[..., t.Expr]
    low: Fraction | None = Fraction(0)
    increasing: bool = True


@dataclass(frozen=True)
class Definition:
    """A named law with parameters that are all in their domain.

    Args:
        log_density: at a point inside the support, against Lebesgue measure, or counting measure where `counted`.
        support: its ends as functions of the parameters; None is infinite. Ends belong to it where `counted`.
        positive: expressions that are positive for valid parameters.
        unit: about where and on what scale it lives, or its origin; any answer is sound, a good one is fast.
        ratio: for counted laws on 0, 1, ...: a bound on p(k + 1)/p(k) for all k >= n, in n.
        whole: the parameters that are whole numbers.
    """

    log_density: Callable[..., t.Expr]
    support: Callable[..., tuple[t.Expr | None, t.Expr | None]]
    positive: Callable[..., Parameters]
    unit: Callable[..., tuple[t.Expr, t.Expr]]
    origin: Origin | None = None
    counted: bool = False
    ratio: Callable[..., t.Expr] | None = None
    whole: tuple[int, ...] = ()


ZERO, ONE, TWO, HALF = (t.Number(Fraction(n)) for n in (0, 1, 2, Fraction(1, 2)))
PI = t.Constant("pi")


def _log(x: t.Expr) -> t.Expr:
    return t.Call("log", (x,))


def _exp(x: t.Expr) -> t.Expr:
    return t.Call("exp", (x,))


def _lgamma(x: t.Expr) -> t.Expr:
    return t.Call("lgamma", (x,))


def _sinh(u: t.Expr) -> t.Expr:
    return (_exp(u) - _exp(-u)) / 2


def _cosh(u: t.Expr) -> t.Expr:
    return (_exp(u) + _exp(-u)) / 2


def log_normal(x: t.Expr, loc: t.Expr, scale: t.Expr) -> t.Expr:
    """The logarithm of the normal density with a standard deviation."""
    return -(((x - loc) / scale) ** 2) / 2 - _log(scale) - _log(2 * PI) / 2


def _log_gamma(x: t.Expr, a: t.Expr, rate: t.Expr) -> t.Expr:
    return a * _log(rate) - _lgamma(a) + (a - 1) * _log(x) - rate * x


def _log_student(x: t.Expr, df: t.Expr, loc: t.Expr, scale: t.Expr) -> t.Expr:
    square = ((x - loc) / scale) ** 2
    return _student_normalizer(df) - _log(scale) - (df + 1) / 2 * _log(1 + square / df)


def _student_normalizer(df: t.Expr) -> t.Expr:
    return _lgamma((df + 1) / 2) - _lgamma(df / 2) - _log(df * PI) / 2


def _log_binomial(n: t.Expr, x: t.Expr) -> t.Expr:
    return _lgamma(n + 1) - _lgamma(x + 1) - _lgamma(n - x + 1)


def _log_categorical(x: t.Expr, *probabilities: t.Expr) -> t.Expr:
    total: t.Expr = ZERO
    for value, probability in enumerate(probabilities):
        total = total + t.Indicator(x, "=", t.Number(Fraction(value))) * _log(probability)
    return total


def _line(*parameters: t.Expr) -> tuple[None, None]:
    return None, None


def _half_line(*parameters: t.Expr) -> tuple[t.Expr, None]:
    return ZERO, None


def _every(*parameters: t.Expr) -> Parameters:
    return parameters


def _standard(*parameters: t.Expr) -> tuple[t.Expr, t.Expr]:
    return ZERO, ONE


def _scale_positive(loc: t.Expr, scale: t.Expr) -> Parameters:
    return (scale,)


def _location_scale(loc: t.Expr, scale: t.Expr) -> tuple[t.Expr, t.Expr]:
    return loc, scale


def _probability(p: t.Expr) -> Parameters:
    return p, 1 - p


def _student_origin(df: Callable[..., t.Expr], loc: int) -> Origin:
    """x = loc + scale sinh(u): the density of u falls like e^(-df |u|)."""

    def log_density(u: t.Expr, *parameters: t.Expr) -> t.Expr:
        n = df(*parameters)
        return _student_normalizer(n) - (n + 1) / 2 * _log(1 + _sinh(u) ** 2 / n) + _log(_cosh(u))

    def inverse(x: t.Expr, *parameters: t.Expr) -> t.Expr:
        z = (x - parameters[loc]) / parameters[loc + 1]
        return _log(z + t.Call("sqrt", (1 + z**2,)))

    return Origin(log_density, lambda u, *p: p[loc] + p[loc + 1] * _sinh(u), inverse, low=None)


LAWS: dict[str, Definition] = {
    "Laplace": Definition(
        lambda x, loc, scale: -t.Call("abs", (x - loc,)) / scale - _log(2 * scale),
        _line,
        _scale_positive,
        _location_scale,
    ),
    "Logistic": Definition(
        lambda x, loc, scale: -(x - loc) / scale - _log(scale) - 2 * t.Call("softplus", (-(x - loc) / scale,)),
        _line,
        _scale_positive,
        _location_scale,
    ),
    "Gumbel": Definition(
        lambda x, loc, scale: -(x - loc) / scale - _exp(-(x - loc) / scale) - _log(scale),
        _line,
        _scale_positive,
        _standard,
        # exp(-(x - loc)/scale) is exponential.
        Origin(
            lambda u, loc, scale: -u,
            lambda u, loc, scale: loc - scale * _log(u),
            lambda x, loc, scale: _exp(-(x - loc) / scale),
            increasing=False,
        ),
    ),
    "Cauchy": Definition(
        lambda x, loc, scale: -_log(PI * scale) - _log(1 + ((x - loc) / scale) ** 2),
        _line,
        _scale_positive,
        _standard,
        _student_origin(lambda loc, scale: ONE, 0),
    ),
    "StudentT": Definition(
        _log_student,
        _line,
        lambda df, loc, scale: (df, scale),
        _standard,
        _student_origin(lambda df, loc, scale: df, 1),
    ),
    "Exponential": Definition(lambda x, rate: _log(rate) - rate * x, _half_line, _every, lambda rate: (ZERO, 1 / rate)),
    "Gamma": Definition(_log_gamma, _half_line, _every, lambda a, rate: (ZERO, (a + 1) / rate)),
    "InverseGamma": Definition(
        lambda x, a, rate: a * _log(rate) - _lgamma(a) - (a + 1) * _log(x) - rate / x,
        _half_line,
        _every,
        lambda a, rate: (ZERO, (a + 1) / rate),
        Origin(_log_gamma, lambda u, a, rate: 1 / u, lambda x, a, rate: 1 / x, increasing=False),
    ),
    "Beta": Definition(
        lambda x, a, b: (a - 1) * _log(x) + (b - 1) * _log(1 - x) + _lgamma(a + b) - _lgamma(a) - _lgamma(b),
        lambda a, b: (ZERO, ONE),
        _every,
        _standard,
    ),
    "LogNormal": Definition(
        lambda x, loc, scale: log_normal(_log(x), loc, scale) - _log(x),
        _half_line,
        _scale_positive,
        _location_scale,
        Origin(log_normal, lambda u, loc, scale: _exp(u), lambda x, loc, scale: _log(x), low=None),
    ),
    "Weibull": Definition(
        lambda x, scale, k: _log(k / scale) + (k - 1) * _log(x / scale) - (x / scale) ** k,
        _half_line,
        _every,
        _standard,
        # (x/scale)^k is exponential.
        Origin(
            lambda u, scale, k: -u,
            lambda u, scale, k: scale * u ** (1 / k),
            lambda x, scale, k: (x / scale) ** k,
        ),
    ),
    "Pareto": Definition(
        lambda x, scale, alpha: _log(alpha) + alpha * _log(scale) - (alpha + 1) * _log(x),
        lambda scale, alpha: (scale, None),
        _every,
        lambda scale, alpha: (ZERO, 1 / alpha),
        # log(x/scale) is exponential.
        Origin(
            lambda u, scale, alpha: _log(alpha) - alpha * u,
            lambda u, scale, alpha: scale * _exp(u),
            lambda x, scale, alpha: _log(x / scale),
        ),
    ),
    "HalfNormal": Definition(
        lambda x, scale: _log(TWO) + log_normal(x, ZERO, scale),
        _half_line,
        _every,
        lambda scale: (ZERO, scale),
    ),
    "Bernoulli": Definition(
        lambda x, p: x * _log(p) + (1 - x) * _log(1 - p),
        lambda p: (ZERO, ONE),
        _probability,
        _standard,
        counted=True,
    ),
    "Categorical": Definition(
        _log_categorical,
        lambda *p: (ZERO, t.Number(Fraction(len(p) - 1))),
        _every,
        _standard,
        counted=True,
    ),
    "Binomial": Definition(
        lambda x, n, p: _log_binomial(n, x) + x * _log(p) + (n - x) * _log(1 - p),
        lambda n, p: (ZERO, n),
        lambda n, p: (n, p, 1 - p),
        lambda n, p: (ZERO, n),
        counted=True,
        whole=(0,),
    ),
    "Geometric": Definition(
        lambda x, p: x * _log(1 - p) + _log(p),
        _half_line,
        _probability,
        lambda p: (ZERO, 1 / p),
        counted=True,
        ratio=lambda n, p: 1 - p,
    ),
    "Poisson": Definition(
        lambda x, rate: x * _log(rate) - rate - _lgamma(x + 1),
        _half_line,
        _every,
        lambda rate: (ZERO, rate + 1),
        counted=True,
        ratio=lambda n, rate: rate / (n + 1),
    ),
    "NegativeBinomial": Definition(
        lambda x, r, p: _lgamma(x + r) - _lgamma(x + 1) - _lgamma(r) + r * _log(1 - p) + x * _log(p),
        _half_line,
        lambda r, p: (r, p, 1 - p),
        lambda r, p: (ZERO, (r + 1) / (1 - p)),
        counted=True,
        # (k + r)/(k + 1) is monotone in k with limit 1, so its supremum is at n or is 1.
        ratio=lambda n, r, p: p * t.Call("max", ((n + r) / (n + 1), ONE)),
    ),
}


def definition(law: str) -> Definition:
    """The law's definition.

    Raises:
        Unsupported: where there is none.

    >>> from proofs.language import to_text
    >>> x, rate = t.Variable("x", "x"), t.Symbol("rate")
    >>> to_text(definition("Exponential").log_density(x, rate))
    'log rate - rate*x'
    """
    if law not in LAWS:
        raise Unsupported(f"no definition of {law}")
    return LAWS[law]


def log_density(expr: t.Named) -> t.Expr:
    """The logarithm of a named density inside its support."""
    return definition(expr.law).log_density(expr.variable, *expr.parameters)


def log_ratio(p: t.Named, q: t.Named) -> t.Expr:
    """The logarithm of p/q for one law at one variable, without the terms that both have in common."""
    left: list[tuple[t.Expr, int]] = []
    for term, sign in _terms(log_density(p), 1) + _terms(log_density(q), -1):
        if (term, -sign) in left:
            left.remove((term, -sign))
        else:
            left.append((term, sign))
    result: t.Expr = ZERO
    for term, sign in left:
        result = result + term if sign > 0 else result - term
    return result


def _terms(expr: t.Expr, sign: int) -> list[tuple[t.Expr, int]]:
    match expr:
        case t.Add(left, right):
            return _terms(left, sign) + _terms(right, sign)
        case t.Sub(left, right):
            return _terms(left, sign) + _terms(right, -sign)
        case t.Neg(operand):
            return _terms(operand, -sign)
    return [(expr, sign)]
