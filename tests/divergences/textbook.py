"""KL(P ‖ Q) as textbooks write it, in ball arithmetic at the exact values of the floats, precise enough to cancel.

Each formula takes the parameters of both laws as balls; nothing here knows of the stable forms under test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from flint import acb, arb

from divergences.balls import precision

Parameters = Any
Formula = Callable[[Parameters, Parameters], arb]
#: Relative accuracy of a truth, in bits, and the most that is spent to get there.
ACCURACY, MOST_BITS = 80, 40_000

FORMULAS: dict[tuple[str, str], Formula] = {}


def textbook(first: str, second: str) -> Callable[[Formula], Formula]:
    """Registers the formula of KL(first ‖ second)."""

    def register(formula: Formula) -> Formula:
        FORMULAS[first, second] = formula
        return formula

    return register


def truth(first: str, second: str, p: Mapping[str, Any], q: Mapping[str, Any]) -> arb:
    """The divergence as a ball of at least `ACCURACY` bits, or +inf.

    Args:
        first, second: the names of the families.
        p, q: floats by parameter; lists of floats for vectors.
    """
    if first == second and p == q:
        return arb(0)
    return settled(lambda: FORMULAS[first, second](_balls(p), _balls(q)))


def settled(evaluate: Callable[[], arb]) -> arb:
    """The value at a precision that leaves `ACCURACY` bits of it; exactly 0 where it stays a ball around 0."""
    bits = 300
    while bits <= MOST_BITS:
        with precision(bits):
            value = evaluate()
            if value == arb("inf") or value == 0 or value.rel_accuracy_bits() >= ACCURACY:
                return value
        bits *= 2
    if value.contains(0) and value.abs_upper() < arb(2) ** (-MOST_BITS // 2):
        return arb(0)
    raise ArithmeticError(f"no accurate value in {MOST_BITS} bits: {value}")


def _balls(parameters: Mapping[str, Any]) -> Parameters:
    return SimpleNamespace(
        **{
            name: [arb(float(v)) for v in value] if isinstance(value, (list, tuple)) else arb(float(value))
            for name, value in parameters.items()
        }
    )


INFINITE = arb("inf")


def phi(t: arb) -> arb:
    return t - 1 - t.log()


# --- location and scale ----------------------------------------------------------------------------------------------


@textbook("Normal", "Normal")
@textbook("LogNormal", "LogNormal")
def _normal(p: Parameters, q: Parameters) -> arb:
    return (q.scale / p.scale).log() + (p.scale**2 + (p.loc - q.loc) ** 2) / (2 * q.scale**2) - arb(1) / 2


@textbook("HalfNormal", "HalfNormal")
def _half_normal(p: Parameters, q: Parameters) -> arb:
    return (q.scale / p.scale).log() + p.scale**2 / (2 * q.scale**2) - arb(1) / 2


@textbook("Rayleigh", "Rayleigh")
def _rayleigh(p: Parameters, q: Parameters) -> arb:
    return phi((p.scale / q.scale) ** 2)


@textbook("Laplace", "Laplace")
def _laplace(p: Parameters, q: Parameters) -> arb:
    distance = abs(p.loc - q.loc)
    return (q.scale / p.scale).log() + distance / q.scale + p.scale / q.scale * (-distance / p.scale).exp() - 1


@textbook("Cauchy", "Cauchy")
def _cauchy(p: Parameters, q: Parameters) -> arb:
    return (((p.scale + q.scale) ** 2 + (p.loc - q.loc) ** 2) / (4 * p.scale * q.scale)).log()


@textbook("HalfCauchy", "HalfCauchy")
def _half_cauchy(p: Parameters, q: Parameters) -> arb:
    return ((p.scale + q.scale) ** 2 / (4 * p.scale * q.scale)).log()


@textbook("Gumbel", "Gumbel")
def _gumbel(p: Parameters, q: Parameters) -> arb:
    return _extreme((p.loc - q.loc) / q.scale, p.scale / q.scale)


def _extreme(shift: arb, ratio: arb) -> arb:
    return -ratio.log() + arb.const_euler() * (ratio - 1) + shift - 1 + ((1 + ratio).lgamma() - shift).exp()


# --- positive variables ----------------------------------------------------------------------------------------------


def _gamma(a: arb, b: arb, c: arb, d: arb) -> arb:
    return (a - c) * a.digamma() - a.lgamma() + c.lgamma() + c * (b / d).log() + a * (d - b) / b


@textbook("Gamma", "Gamma")
@textbook("InverseGamma", "InverseGamma")
def _gamma_gamma(p: Parameters, q: Parameters) -> arb:
    return _gamma(p.concentration, p.rate, q.concentration, q.rate)


@textbook("Exponential", "Exponential")
def _exponential(p: Parameters, q: Parameters) -> arb:
    return phi(q.rate / p.rate)


@textbook("Chi2", "Chi2")
def _chi2(p: Parameters, q: Parameters) -> arb:
    return _gamma(p.df / 2, arb(1), q.df / 2, arb(1))


@textbook("Gamma", "Exponential")
def _gamma_exponential(p: Parameters, q: Parameters) -> arb:
    return _gamma(p.concentration, p.rate, arb(1), q.rate)


@textbook("Exponential", "Gamma")
def _exponential_gamma(p: Parameters, q: Parameters) -> arb:
    return _gamma(arb(1), p.rate, q.concentration, q.rate)


@textbook("Chi2", "Gamma")
def _chi2_gamma(p: Parameters, q: Parameters) -> arb:
    return _gamma(p.df / 2, arb(1) / 2, q.concentration, q.rate)


@textbook("HalfNormal", "Rayleigh")
def _half_normal_rayleigh(p: Parameters, q: Parameters) -> arb:
    # −H(p) − E[log x] + 2 log σ + σp²/2σ², with E[log x] = log σp + (ψ(1/2) + log 2)/2.
    entropy = ((2 / arb.pi()).log() - 1) / 2 - p.scale.log()
    mean_log = p.scale.log() + ((arb(1) / 2).digamma() + arb(2).log()) / 2
    return entropy - mean_log + 2 * q.scale.log() + (p.scale / q.scale) ** 2 / 2


@textbook("Rayleigh", "HalfNormal")
def _rayleigh_half_normal(p: Parameters, q: Parameters) -> arb:
    entropy = 1 + p.scale.log() - arb(2).log() / 2 + arb.const_euler() / 2
    return -entropy - ((2 / arb.pi()).log() / 2 - q.scale.log()) + (p.scale / q.scale) ** 2


def _weibull(scale_p: arb, shape_p: arb, scale_q: arb, shape_q: arb) -> arb:
    return _extreme(shape_q * (scale_q / scale_p).log(), shape_q / shape_p)


@textbook("Weibull", "Weibull")
def _weibull_weibull(p: Parameters, q: Parameters) -> arb:
    return _weibull(p.scale, p.concentration, q.scale, q.concentration)


@textbook("Weibull", "Exponential")
def _weibull_exponential(p: Parameters, q: Parameters) -> arb:
    return _weibull(p.scale, p.concentration, 1 / q.rate, arb(1))


@textbook("Exponential", "Weibull")
def _exponential_weibull(p: Parameters, q: Parameters) -> arb:
    return _weibull(1 / p.rate, arb(1), q.scale, q.concentration)


@textbook("Pareto", "Pareto")
def _pareto(p: Parameters, q: Parameters) -> arb:
    if p.scale < q.scale:
        return INFINITE
    return (p.alpha / q.alpha).log() + q.alpha * (p.scale / q.scale).log() + q.alpha / p.alpha - 1


@textbook("InverseGaussian", "InverseGaussian")
def _inverse_gaussian(p: Parameters, q: Parameters) -> arb:
    # E[(x − μq)²/x] = μp − 2μq + μq²(1/μp + 1/λp)
    moment = p.loc - 2 * q.loc + q.loc**2 * (1 / p.loc + 1 / p.concentration)
    return ((p.concentration / q.concentration).log() - 1) / 2 + q.concentration * moment / (2 * q.loc**2)


# --- counts ----------------------------------------------------------------------------------------------------------


def _chance(law: Parameters) -> tuple[arb, arb]:
    if hasattr(law, "probs"):
        return law.probs, 1 - law.probs
    return 1 / (1 + (-law.logits).exp()), 1 / (1 + law.logits.exp())


def _xlogy(a: arb, b: arb) -> arb:
    """a log(a/b)."""
    if a == 0:
        return arb(0)
    return INFINITE if b == 0 else a * (a / b).log()


@textbook("Bernoulli", "Bernoulli")
def _bernoulli(p: Parameters, q: Parameters) -> arb:
    terms = [_xlogy(a, b) for a, b in zip(_chance(p), _chance(q), strict=True)]
    return INFINITE if INFINITE in terms else terms[0] + terms[1]


@textbook("Geometric", "Geometric")
def _geometric(p: Parameters, q: Parameters) -> arb:
    value = _bernoulli(p, q)
    return value if value == INFINITE else value / _chance(p)[0]


@textbook("NegativeBinomial", "NegativeBinomial")
def _negative_binomial(p: Parameters, q: Parameters) -> arb:
    value = _bernoulli(p, q)
    return value if value == INFINITE else p.total_count * value / _chance(p)[1]


@textbook("Binomial", "Binomial")
def _binomial(p: Parameters, q: Parameters) -> arb:
    if p.total_count > q.total_count:
        return INFINITE
    (a, b), (c, d) = _chance(p), _chance(q)
    total, few, many = arb(0), int(float(p.total_count)), int(float(q.total_count))
    for x in range(few + 1):
        mass = arb.bin_uiui(few, x) * a**x * b ** (few - x)
        other = arb.bin_uiui(many, x) * c**x * d ** (many - x)
        if mass != 0 and other == 0:
            return INFINITE
        total += mass * (mass / other).log() if mass != 0 else 0
    return total


@textbook("Poisson", "Poisson")
def _poisson(p: Parameters, q: Parameters) -> arb:
    return INFINITE if q.rate == 0 < p.rate else _xlogy(p.rate, q.rate) + q.rate - p.rate


# --- vectors of probabilities ----------------------------------------------------------------------------------------


def _log_beta(a: list[arb]) -> arb:
    return sum((x.lgamma() for x in a), arb(0)) - sum(a, arb(0)).lgamma()


def _dirichlet(a: list[arb], b: list[arb]) -> arb:
    mean = sum(a, arb(0)).digamma()
    terms = [(x - y) * (x.digamma() - mean) for x, y in zip(a, b, strict=True)]
    return _log_beta(b) - _log_beta(a) + sum(terms, arb(0))


@textbook("Categorical", "Categorical")
def _categorical(p: Parameters, q: Parameters) -> arb:
    """Of the laws that masses which do not add up to 1 stand for."""
    total_p, total_q = sum(p.probs, arb(0)), sum(q.probs, arb(0))
    terms = [_xlogy(a / total_p, b / total_q) for a, b in zip(p.probs, q.probs, strict=True)]
    return INFINITE if INFINITE in terms else sum(terms, arb(0))


@textbook("Dirichlet", "Dirichlet")
def _dirichlet_dirichlet(p: Parameters, q: Parameters) -> arb:
    return _dirichlet(p.concentration, q.concentration)


@textbook("Beta", "Beta")
def _beta(p: Parameters, q: Parameters) -> arb:
    return _dirichlet([p.concentration1, p.concentration0], [q.concentration1, q.concentration0])


# --- bounded variables -----------------------------------------------------------------------------------------------


@textbook("Uniform", "Uniform")
def _uniform(p: Parameters, q: Parameters) -> arb:
    if p.low < q.low or p.high > q.high:
        return INFINITE
    return ((q.high - q.low) / (p.high - p.low)).log()


@textbook("VonMises", "VonMises")
def _von_mises(p: Parameters, q: Parameters) -> arb:
    def log_i0(k: arb) -> arb:
        return acb(k).bessel_i(acb(0)).real.log()

    ratio = (acb(p.concentration).bessel_i(acb(1)) / acb(p.concentration).bessel_i(acb(0))).real
    turn = (p.loc - q.loc).cos()
    return log_i0(q.concentration) - log_i0(p.concentration) + ratio * (p.concentration - q.concentration * turn)


@textbook("ContinuousBernoulli", "ContinuousBernoulli")
def _continuous_bernoulli(p: Parameters, q: Parameters) -> arb:
    def odds(law: Parameters) -> arb:
        a, b = _chance(law)
        return (a / b).log() if hasattr(law, "probs") else law.logits

    def log_total(t: arb) -> arb:
        return ((t.exp() - 1) / t).log() if t != 0 else arb(0)

    def mean(t: arb) -> arb:
        return 1 / (1 - (-t).exp()) - 1 / t if t != 0 else arb(1) / 2

    first, second = odds(p), odds(q)
    return log_total(second) - log_total(first) + (first - second) * mean(first)


# --- from a normal law -----------------------------------------------------------------------------------------------


def _to_normal(first: str) -> Callable[[Callable[[Parameters], tuple[arb, arb, arb]]], Any]:
    """Registers KL(first ‖ Normal) of a law with the given mean, variance and entropy."""

    def register(moments: Callable[[Parameters], tuple[arb, arb, arb]]) -> Any:
        @textbook(first, "Normal")
        def formula(p: Parameters, q: Parameters) -> arb:
            mean, variance, entropy = moments(p)
            cross = (2 * arb.pi() * q.scale**2).log() / 2 + (variance + (mean - q.loc) ** 2) / (2 * q.scale**2)
            return cross - entropy

        return moments

    return register


@_to_normal("Laplace")
def _laplace_moments(p: Parameters) -> tuple[arb, arb, arb]:
    return p.loc, 2 * p.scale**2, 1 + (2 * p.scale).log()


@_to_normal("Logistic")
def _logistic_moments(p: Parameters) -> tuple[arb, arb, arb]:
    return p.loc, (arb.pi() * p.scale) ** 2 / 3, 2 + p.scale.log()


@_to_normal("Gumbel")
def _gumbel_moments(p: Parameters) -> tuple[arb, arb, arb]:
    euler = arb.const_euler()
    return p.loc + euler * p.scale, (arb.pi() * p.scale) ** 2 / 6, 1 + euler + p.scale.log()


@_to_normal("Uniform")
def _uniform_moments(p: Parameters) -> tuple[arb, arb, arb]:
    width = p.high - p.low
    return (p.low + p.high) / 2, width**2 / 12, width.log()


@_to_normal("Exponential")
def _exponential_moments(p: Parameters) -> tuple[arb, arb, arb]:
    return 1 / p.rate, 1 / p.rate**2, 1 - p.rate.log()


@_to_normal("HalfNormal")
def _half_normal_moments(p: Parameters) -> tuple[arb, arb, arb]:
    entropy = (arb.pi() * p.scale**2 / 2).log() / 2 + arb(1) / 2
    return p.scale * (2 / arb.pi()).sqrt(), p.scale**2 * (1 - 2 / arb.pi()), entropy


@_to_normal("Rayleigh")
def _rayleigh_moments(p: Parameters) -> tuple[arb, arb, arb]:
    entropy = 1 + (p.scale / arb(2).sqrt()).log() + arb.const_euler() / 2
    return p.scale * (arb.pi() / 2).sqrt(), p.scale**2 * (2 - arb.pi() / 2), entropy


def _gamma_moments(a: arb, b: arb) -> tuple[arb, arb, arb]:
    return a / b, a / b**2, a - b.log() + a.lgamma() + (1 - a) * a.digamma()


@_to_normal("Gamma")
def _gamma_law_moments(p: Parameters) -> tuple[arb, arb, arb]:
    return _gamma_moments(p.concentration, p.rate)


@_to_normal("Chi2")
def _chi2_moments(p: Parameters) -> tuple[arb, arb, arb]:
    return _gamma_moments(p.df / 2, arb(1) / 2)
