r"""Expectations under the other named laws in closed form, each through the simplest law that it is a function of.

A log-normal variable is the exponential of a normal one, a Weibull, Pareto or Gumbel one a function of an exponential
one, and so on: one table for Gamma laws and one for Beta laws cover most of the line. As in `moments`, nothing rests on
an entry alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import sympy as sp

from proofs.outcome import Unsupported
from proofs.provers import moments
from proofs.provers.statistics import statistics


def _positive(*conditions: sp.Expr) -> None:
    if not all(condition.is_positive for condition in conditions):
        raise Unsupported("an expectation that is infinite unless a condition on the parameters holds")


# --- tables ----------------------------------------------------------------------------------------------------------


def gamma_moment(power: sp.Expr, tilt: sp.Expr, logs: int, a: sp.Expr, rate: sp.Expr) -> sp.Expr:
    r""":math:`E[u^r e^{cu} \log^m u] = \partial_r^m\, \Gamma(a+r)\, b^a / (\Gamma(a)\, (b-c)^{a+r})` under Gamma(a, b).

    >>> gamma_moment(sp.Integer(2), sp.Integer(0), 0, sp.Integer(1), sp.Symbol("b", positive=True))
    2/b**2
    """
    shape, left = a + power, rate - tilt
    _positive(shape, left)
    total = sp.gamma(shape) / sp.gamma(a) * rate**a / left**shape
    slope = sp.digamma(shape) - sp.log(left)
    if logs > 2:
        raise Unsupported("no entry of the table of Gamma moments")
    return total * (1, slope, slope**2 + sp.polygamma(1, shape))[logs]


def beta_moment(r: sp.Expr, s: sp.Expr, logs: int, other_logs: int, a: sp.Expr, b: sp.Expr) -> sp.Expr:
    r""":math:`E[v^r (1-v)^s \log^m v \log^n (1-v)]` under Beta(a, b), by derivatives of :math:`B(a+r, b+s)/B(a, b)`."""
    first, second = a + r, b + s
    _positive(first, second)
    total = (
        sp.gamma(first) * sp.gamma(second) * sp.gamma(a + b) / (sp.gamma(first + second) * sp.gamma(a) * sp.gamma(b))
    )
    joint = sp.polygamma(1, first + second)
    left, right = (sp.digamma(shape) - sp.digamma(first + second) for shape in (first, second))
    match logs, other_logs:
        case 0, 0:
            return total
        case 1, 0:
            return total * left
        case 0, 1:
            return total * right
        case 2, 0:
            return total * (left**2 + sp.polygamma(1, first) - joint)
        case 0, 2:
            return total * (right**2 + sp.polygamma(1, second) - joint)
        case 1, 1:
            return total * (left * right - joint)
    raise Unsupported("no entry of the table of Beta moments")


class Counted(NamedTuple):
    """A law of whole numbers: its factorial moments, and the law tilted by t^x with the weight E[t^x]."""

    factorial: Callable[..., sp.Expr]
    tilted: Callable[..., tuple[sp.Expr, tuple[sp.Expr, ...]]]


def _tilted_geometric(t: sp.Expr, p: sp.Expr) -> tuple[sp.Expr, tuple[sp.Expr, ...]]:
    left = 1 - (1 - p) * t
    _positive(left)
    return p / left, (left,)


def _tilted_negative_binomial(t: sp.Expr, r: sp.Expr, p: sp.Expr) -> tuple[sp.Expr, tuple[sp.Expr, ...]]:
    _positive(1 - p * t)
    return ((1 - p) / (1 - p * t)) ** r, (r, p * t)


COUNTED: Mapping[str, Counted] = {
    "Poisson": Counted(
        lambda k, rate: rate**k,
        lambda t, rate: (sp.exp(rate * (t - 1)), (rate * t,)),
    ),
    "Binomial": Counted(
        lambda k, n, p: sp.ff(n, k) * p**k,
        lambda t, n, p: ((1 - p + p * t) ** n, (n, p * t / (1 - p + p * t))),
    ),
    "Geometric": Counted(lambda k, p: sp.factorial(k) * ((1 - p) / p) ** k, _tilted_geometric),
    "NegativeBinomial": Counted(lambda k, r, p: sp.rf(r, k) * (p / (1 - p)) ** k, _tilted_negative_binomial),
}


def counted_power(law: str, n: int, *parameters: sp.Expr) -> sp.Expr:
    r""":math:`E[x^n] = \sum_k S(n, k)\, E[x (x-1) \cdots (x-k+1)]` with Stirling numbers of the second kind.

    >>> counted_power("Poisson", 2, sp.Symbol("r"))
    r**2 + r
    """
    from sympy.functions.combinatorial.numbers import stirling

    return sp.Add(*(stirling(n, k) * COUNTED[law].factorial(k, *parameters) for k in range(n + 1)))


# --- laws ------------------------------------------------------------------------------------------------------------


def _gamma(body: sp.Expr, u: sp.Symbol, a: sp.Expr, rate: sp.Expr) -> sp.Expr:
    total = sp.Integer(0)
    for coefficient, each in statistics(body, u):
        if each.others or each.square != 0:
            raise Unsupported("no entry of the table of Gamma moments")
        total += coefficient * gamma_moment(each.power, each.exponential, each.logs, a, rate)
    return total


def _beta(body: sp.Expr, v: sp.Symbol, a: sp.Expr, b: sp.Expr) -> sp.Expr:
    rest = sp.Dummy("w", positive=True)  # 1 - v
    total = sp.Integer(0)
    for coefficient, each in statistics(body.subs(1 - v, rest), v):
        if each.exponential != 0 or each.square != 0:
            raise Unsupported("no entry of the table of Beta moments")
        for inner, other in statistics(coefficient * each.others_product(), rest):
            if other.others or other.exponential != 0 or other.square != 0:
                raise Unsupported("no entry of the table of Beta moments")
            total += inner * beta_moment(each.power, other.power, each.logs, other.logs, a, b)
    return total


def _through_gamma(
    transform: Callable[..., sp.Expr], base: Callable[..., tuple[sp.Expr, sp.Expr]]
) -> Callable[..., sp.Expr]:
    def mean(body: sp.Expr, x: sp.Symbol, *parameters: sp.Expr) -> sp.Expr:
        u = sp.Dummy("u", positive=True)
        return _gamma(body.subs(x, transform(u, *parameters)), u, *base(*parameters))

    return mean


def _one(*parameters: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    return sp.Integer(1), sp.Integer(1)


def _log_normal(body: sp.Expr, x: sp.Symbol, loc: sp.Expr, scale: sp.Expr) -> sp.Expr:
    u = sp.Dummy("u", real=True)
    total = sp.Integer(0)
    for coefficient, each in statistics(body.subs(x, sp.exp(u)), u):
        if each.others or each.logs or not _whole(each.power):
            raise Unsupported("no entry of the table of normal moments")
        total += coefficient * moments.normal_tilted(int(each.power), each.square, each.exponential, loc, scale)
    return total


def _logistic(body: sp.Expr, x: sp.Symbol, loc: sp.Expr, scale: sp.Expr) -> sp.Expr:
    # (x - loc)/scale is the log odds of a uniform v.
    v, w = (sp.Dummy(name, positive=True) for name in "vw")
    odds = body.subs(x, loc + scale * (sp.log(v) - sp.log(w)))
    apart = odds.replace(sp.log, lambda argument: sp.log(sp.factor(sp.expand(argument)).subs(v + w, 1)))
    return _beta(apart.subs(w, 1 - v), v, sp.Integer(1), sp.Integer(1))


def _laplace(body: sp.Expr, x: sp.Symbol, loc: sp.Expr, scale: sp.Expr) -> sp.Expr:
    total = sp.Integer(0)
    for coefficient, each in statistics(body, x):
        if each.logs or each.square != 0 or not _whole(each.power):
            raise Unsupported("no entry of the table of Laplace moments")
        if not each.others:
            total += coefficient * laplace_tilted(int(each.power), each.exponential, loc, scale)
            continue
        (factor,) = each.others if len(each.others) == 1 else (sp.Integer(0),)
        if not isinstance(factor, sp.Abs) or each.power != 0 or each.exponential != 0:
            raise Unsupported("no entry of the table of Laplace moments")
        line = sp.Poly(factor.args[0], x)
        if line.degree() != 1:
            raise Unsupported("the absolute value of something that is not a line")
        slope, start = line.all_coeffs()
        total += coefficient * sp.Abs(slope) * laplace_distance(-start / slope, loc, scale)
    return total


def laplace_tilted(n: int, b: sp.Expr, loc: sp.Expr, scale: sp.Expr) -> sp.Expr:
    r""":math:`E[x^n e^{b x}]` under Laplace(loc, scale), from :math:`E e^{bx} = e^{b\,loc}/(1 - b^2 scale^2)`."""
    if b == 0:
        even = (sp.binomial(n, k) * sp.factorial(k) * scale**k * loc ** (n - k) for k in range(0, n + 1, 2))
        return sp.Add(*even)
    _positive(1 - b**2 * scale**2)
    at = sp.Dummy("b")
    generating = sp.exp(at * loc) / (1 - at**2 * scale**2)
    return sp.diff(generating, at, n).subs(at, b) if n else generating.subs(at, b)


def laplace_distance(point: sp.Expr, loc: sp.Expr, scale: sp.Expr) -> sp.Expr:
    r""":math:`E|x - a| = |loc - a| + scale\, e^{-|loc - a|/scale}` under Laplace(loc, scale)."""
    distance = sp.Abs(sp.simplify(loc - point))
    return distance + scale * sp.exp(-distance / scale)


def _cauchy(body: sp.Expr, x: sp.Symbol, loc: sp.Expr, scale: sp.Expr) -> sp.Expr:
    total = sp.Integer(0)
    for coefficient, each in statistics(body, x):
        if each.is_constant():
            total += coefficient
            continue
        if len(each.others) != 1 or not isinstance(each.others[0], sp.log) or not each.only_others():
            raise Unsupported("no entry of the table of Cauchy moments")
        total += coefficient * cauchy_log(each.others[0].args[0], x, loc, scale)
    return total


def cauchy_log(quadratic: sp.Expr, x: sp.Symbol, loc: sp.Expr, scale: sp.Expr) -> sp.Expr:
    r""":math:`E \log(A ((x-m)^2 + s^2)) = \log A + \log((loc-m)^2 + (scale+s)^2)` under Cauchy(loc, scale)."""
    numerator, denominator = sp.fraction(sp.together(quadratic))
    if denominator.has(x) or not numerator.is_polynomial(x) or sp.degree(numerator, x) != 2:
        raise Unsupported("the logarithm of something that is not a quadratic")
    a, b, c = (sp.Poly(numerator, x).coeff_monomial(x**i) for i in (2, 1, 0))
    middle = sp.simplify(-b / (2 * a))
    square = sp.factor(sp.simplify(c / a - middle**2))
    _positive(square, a / denominator)
    return sp.log(a / denominator) + sp.log((loc - middle) ** 2 + (scale + sp.sqrt(square)) ** 2)


def _student(body: sp.Expr, x: sp.Symbol, df: sp.Expr, loc: sp.Expr, scale: sp.Expr) -> sp.Expr:
    z = sp.Dummy("z", real=True)
    total = sp.Integer(0)
    for coefficient, each in statistics(sp.expand(body.subs(x, loc + scale * z)), z):
        if each.is_constant():
            total += coefficient
        elif not each.others and each.logs == 0 and each.exponential == each.square == 0 and each.power in (1, 2):
            _positive(df - each.power)
            total += coefficient * (df / (df - 2) if each.power == 2 else 0)
        elif len(each.others) == 1 and each.only_others() and _is_student_log(each.others[0], z, df):
            total += coefficient * (sp.digamma((df + 1) / 2) - sp.digamma(df / 2))
        else:
            raise Unsupported("no entry of the table of Student moments")
    return total


def _is_student_log(factor: sp.Expr, z: sp.Symbol, df: sp.Expr) -> bool:
    return isinstance(factor, sp.log) and sp.simplify(factor.args[0] - 1 - z**2 / df) == 0


def _bernoulli(body: sp.Expr, x: sp.Symbol, p: sp.Expr) -> sp.Expr:
    return (1 - p) * body.subs(x, 0) + p * body.subs(x, 1)


def _categorical(body: sp.Expr, x: sp.Symbol, *probabilities: sp.Expr) -> sp.Expr:
    return sp.Add(*(p * body.subs(x, value) for value, p in enumerate(probabilities)))


def _counted(law: str) -> Callable[..., sp.Expr]:
    def mean(body: sp.Expr, x: sp.Symbol, *parameters: sp.Expr) -> sp.Expr:
        total = sp.Integer(0)
        for coefficient, each in statistics(body, x):
            if each.others or each.logs or each.square != 0 or not _whole(each.power):
                raise Unsupported(f"no entry of the table of {law} moments")
            weight, changed = sp.Integer(1), parameters
            if each.exponential != 0:
                weight, changed = COUNTED[law].tilted(sp.exp(each.exponential), *parameters)
            total += coefficient * weight * counted_power(law, int(each.power), *changed)
        return total

    return mean


def _whole(power: sp.Expr) -> bool:
    return bool(power.is_Integer and 0 <= power <= moments.MAX_POWER)


#: E[body] under a law, from the body, its variable and the parameters.
MEANS: Mapping[str, Callable[..., sp.Expr]] = {
    "Laplace": _laplace,
    "Logistic": _logistic,
    "Gumbel": _through_gamma(lambda u, loc, scale: loc - scale * sp.log(u), _one),
    "Cauchy": _cauchy,
    "StudentT": _student,
    "Exponential": _through_gamma(lambda u, rate: u, lambda rate: (sp.Integer(1), rate)),
    "Gamma": _through_gamma(lambda u, a, rate: u, lambda a, rate: (a, rate)),
    "InverseGamma": _through_gamma(lambda u, a, rate: 1 / u, lambda a, rate: (a, rate)),
    "Beta": _beta,
    "LogNormal": _log_normal,
    "Weibull": _through_gamma(lambda u, scale, k: scale * u ** (1 / k), _one),
    "Pareto": _through_gamma(lambda u, scale, alpha: scale * sp.exp(u), lambda scale, alpha: (sp.Integer(1), alpha)),
    "HalfNormal": _through_gamma(
        lambda u, scale: scale * sp.sqrt(2 * u), lambda scale: (sp.Rational(1, 2), sp.Integer(1))
    ),
    "Bernoulli": _bernoulli,
    "Categorical": _categorical,
    **{law: _counted(law) for law in COUNTED},
}


def mean(law: str, body: sp.Expr, x: sp.Symbol, parameters: tuple[sp.Expr, ...]) -> sp.Expr:
    """E[body] under a named law of x.

    Raises:
        Unsupported: where no table holds a term of the body, or the parameters are not in their domain by their form.
    """
    if law not in MEANS:
        raise Unsupported(f"no table of moments of {law}")
    return MEANS[law](body, x, *parameters)
