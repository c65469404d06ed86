"""Closed forms of the named laws: moments of random polynomials, worked out here by other means than the library's."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import comb, factorial
from random import Random

Law = tuple[str, Callable[[int], Fraction]]
"""A named law, and its moments."""


def named_laws(random: Random) -> str:
    """A mean of a random polynomial or a divergence, with free or rational parameters."""
    return random.choice((_polynomial, _polynomial, _divergence, _shifted))(random)


def _polynomial(random: Random) -> str:
    """E[sum of c_n x^n] as the sum of c_n times a rational, by the law's recurrence or generating function."""
    law, moment = random.choice(_MOMENTS)(random)
    powers = sorted(random.sample(range(1, 5), random.randint(1, 3)))
    coefficients = [Fraction(random.randint(-6, 6) or 1, random.randint(1, 4)) for _ in powers]
    body = " + ".join(f"({c})*x^{n}" for c, n in zip(coefficients, powers, strict=True))
    value = sum((c * moment(n) for c, n in zip(coefficients, powers, strict=True)), Fraction(0))
    return f"E_{{x ~ {law}}}[{body}] = {value}"


def _rational(random: Random, low: int = 1) -> Fraction:
    return Fraction(random.randint(low, 9), random.randint(1, 4))


def _normal(random: Random) -> Law:
    m, s = _rational(random, -9), _rational(random)

    def moment(n: int) -> Fraction:  # E[x^n] = m E[x^(n-1)] + (n - 1) s^2 E[x^(n-2)]
        return Fraction(1) if n == 0 else m * moment(n - 1) + (n - 1) * s**2 * moment(n - 2) if n > 1 else m

    return f"Normal({m}, {s})", moment


def _exponential(random: Random) -> Law:
    rate = _rational(random)
    return f"Exponential({rate})", lambda n: Fraction(factorial(n)) / rate**n


def _gamma(random: Random) -> Law:
    shape, rate = _rational(random), _rational(random)

    def moment(n: int) -> Fraction:
        return Fraction(1) if n == 0 else moment(n - 1) * (shape + n - 1) / rate

    return f"Gamma({shape}, {rate})", moment


def _uniform(random: Random) -> Law:
    low = _rational(random, -9)
    high = low + _rational(random)
    return f"Uniform({low}, {high})", lambda n: (high ** (n + 1) - low ** (n + 1)) / ((n + 1) * (high - low))


def _laplace(random: Random) -> Law:
    m, b = _rational(random, -9), _rational(random)

    def moment(n: int) -> Fraction:  # of m + b e with E[e^k] = k! for even k
        terms = (comb(n, k) * m ** (n - k) * b**k * factorial(k) for k in range(0, n + 1, 2))
        return sum(terms, Fraction(0))

    return f"Laplace({m}, {b})", moment


_MOMENTS = (_normal, _exponential, _gamma, _uniform, _laplace)


def _shifted(random: Random) -> str:
    """With free parameters: means and variances of affine functions."""
    a, b = (Fraction(random.randint(-6, 6) or 1, random.randint(1, 3)) for _ in range(2))
    return random.choice(
        (
            f"E_{{x ~ Normal(m, s)}}[({a})*x^2 + ({b})*x] = ({a})*(m^2 + s^2) + ({b})*m",
            f"Var_{{x ~ Normal(m, s)}}[({a})*x + ({b})] = ({a})^2*s^2",
            f"Var_{{x ~ Exponential(t)}}[({a})*x + ({b})] = ({a})^2/t^2",
            f"E_{{x ~ Gamma(u, t)}}[({a})*x + ({b})] = ({a})*u/t + ({b})",
            f"E_{{x ~ Normal(m, s)}}[exp(({a})*x + ({b}))] = exp(({a})*m + ({b}) + ({a})^2*s^2/2)",
            f"KL(Normal(m, s) || Normal(m + ({a}), s)) = ({a})^2/(2*s^2)",
            f"E_{{x ~ Normal(m, s)}}[E_{{y ~ Normal(({a})*x, t)}}[x*y]] = ({a})*(m^2 + s^2)",
        )
    )


def _divergence(random: Random) -> str:
    c = _rational(random)
    return random.choice(
        (
            f"KL(Normal(m, s) || Normal(n, {c})) = log({c}/s) + (s^2 + (m - n)^2)/(2*({c})^2) - 1/2",
            f"KL(Exponential(t) || Exponential({c})) = log(t/({c})) + {c}/t - 1",
            f"H(Normal(x; m, {c}*s)) = log(({c})*s) + log(2*pi)/2 + 1/2",
            f"H(Exponential(x; ({c})*t)) = 1 - log(t) - log({c})",
            f"KL(Normal(m, s) || Normal(0, {c})) >= 0",
            f"KL(Laplace(m, s) || Laplace(m, ({c})*s)) = log({c}) + 1/({c}) - 1",
        )
    )
