"""Closed forms of the named laws: those of the literature are proved, wrong variants are refuted and never proved."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import sympy as sp

from divergences.enclosure import evaluate
from proofs.certifier import enclose
from proofs.certifier.points import points
from proofs.language import expand, read
from proofs.outcome import Unsupported
from proofs.provers import law_moments
from proofs.provers.symbolic import prove, symbols_of
from proofs.provers.to_sympy import convert
from proofs.refuters.parameters import refute

#: A claim's left side, its right side, and a wrong right side.
TABLE = (
    ("KL(Exponential(a) || Exponential(b))", "log(a/b) + b/a - 1", "log(b/a) + b/a - 1"),
    ("H(Exponential(a))", "1 - log(a)", "1 + log(a)"),
    (
        "KL(Laplace(m, s) || Laplace(n, r))",
        "log(r/s) + abs(m - n)/r + s/r*exp(-abs(m - n)/s) - 1",
        "log(r/s) + abs(m - n)/r + s/r*exp(-abs(m - n)/r) - 1",
    ),
    ("H(Laplace(m, s))", "1 + log(2*s)", "1 + log(s)"),
    (
        "KL(Bernoulli(p) || Bernoulli(q))",
        "p*log(p/q) + (1 - p)*log((1 - p)/(1 - q))",
        "p*log(p/q) + (1 - p)*log((1 - q)/(1 - p))",
    ),
    ("H(Bernoulli(p))", "-p*log(p) - (1 - p)*log(1 - p)", "-p*log(p)"),
    ("KL(Poisson(a) || Poisson(b))", "a*log(a/b) + b - a", "a*log(a/b) + a - b"),
    (
        "KL(Geometric(p) || Geometric(q))",
        "log(p/q) + (1 - p)/p*log((1 - p)/(1 - q))",
        "log(p/q) + 1/p*log((1 - p)/(1 - q))",
    ),
    ("H(Geometric(p))", "-log(p) - (1 - p)/p*log(1 - p)", "-log(p) - log(1 - p)/p"),
    (
        "KL(Gamma(a, b) || Gamma(c, d))",
        "(a - c)*digamma(a) - lgamma(a) + lgamma(c) + c*log(b/d) + a*(d - b)/b",
        "(a - c)*digamma(a) - lgamma(a) + lgamma(c) + c*log(d/b) + a*(d - b)/b",
    ),
    ("H(Gamma(a, b))", "a - log(b) + lgamma(a) + (1 - a)*digamma(a)", "a + log(b) + lgamma(a) + (1 - a)*digamma(a)"),
    (
        "KL(Gamma(a, b) || Exponential(c))",
        "log(b/c) + (a - 1)*digamma(a) - lgamma(a) + a*c/b - a",
        "log(b/c) + (a - 1)*digamma(a) - lgamma(a) + a*c/b + a",
    ),
    (
        "KL(LogNormal(m, s) || LogNormal(n, r))",
        "log(r/s) + (s^2 + (m - n)^2)/(2*r^2) - 1/2",
        "log(r/s) + (s^2 + (m - n)^2)/r^2 - 1/2",
    ),
    ("H(LogNormal(m, s))", "m + log(s) + log(2*pi)/2 + 1/2", "log(s) + log(2*pi)/2 + 1/2"),
    ("KL(HalfNormal(s) || HalfNormal(r))", "log(r/s) + s^2/(2*r^2) - 1/2", "log(r/s) + s^2/r^2 - 1"),
    ("H(HalfNormal(s))", "log(pi*s^2/2)/2 + 1/2", "log(2*pi*s^2)/2 + 1/2"),
    ("KL(Pareto(s, a) || Pareto(s, b))", "log(a/b) + b/a - 1", "log(a/b) + a/b - 1"),
    (
        "KL(Weibull(s, k) || Weibull(r, l))",
        "log(k/s^k) - log(l/r^l) + (k - l)*(log(s) + digamma(1)/k) + (s/r)^l*exp(lgamma(l/k + 1)) - 1",
        "log(k/s^k) - log(l/r^l) + (k - l)*(log(s) - digamma(1)/k) + (s/r)^l*exp(lgamma(l/k + 1)) - 1",
    ),
    ("H(Weibull(s, k))", "-digamma(1)*(1 - 1/k) + log(s/k) + 1", "-digamma(1)*(1 - 1/k) + log(s*k) + 1"),
    ("H(Logistic(m, s))", "log(s) + 2", "log(s) + 1"),
    ("H(Gumbel(m, s))", "log(s) - digamma(1) + 1", "log(s) + digamma(1) + 1"),
    (
        "KL(Gumbel(m, s) || Gumbel(n, r))",
        "log(r/s) - digamma(1)*(s/r - 1) + exp((n - m)/r)*exp(lgamma(s/r + 1)) - 1 + (m - n)/r",
        "log(r/s) - digamma(1)*(s/r - 1) + exp((m - n)/r)*exp(lgamma(s/r + 1)) - 1 + (m - n)/r",
    ),
    (
        "KL(Cauchy(m, s) || Cauchy(n, r))",
        "log(((s + r)^2 + (m - n)^2)/(4*s*r))",
        "log(((s + r)^2 + (m - n)^2)/(2*s*r))",
    ),
    ("KL(Beta(a, b) || Beta(b, a))", "(a - b)*(digamma(a) - digamma(b))", "(a - b)*(digamma(a) + digamma(b))"),
    (
        "H(InverseGamma(a, b))",
        "a + log(b) + lgamma(a) - (1 + a)*digamma(a)",
        "a - log(b) + lgamma(a) - (1 + a)*digamma(a)",
    ),
    (
        "H(StudentT(3, m, s))",
        "log(s) + 2*(digamma(2) - digamma(3/2)) + log(3*pi)/2 + lgamma(3/2)",
        "log(s) + 2*(digamma(2) - digamma(3/2)) + log(3*pi)/2",
    ),
    (
        "KL(Binomial(n, p) || Binomial(n, q))",
        "n*p*log(p/q) + n*(1 - p)*log((1 - p)/(1 - q))",
        "p*log(p/q) + (1 - p)*log((1 - p)/(1 - q))",
    ),
    (
        "KL(NegativeBinomial(r, p) || NegativeBinomial(r, q))",
        "r*log((1 - p)/(1 - q)) + r*p/(1 - p)*log(p/q)",
        "r*log((1 - p)/(1 - q)) + r*p*log(p/q)",
    ),
    (
        "KL(Exponential(a) || Normal(m, s))",
        "log(a) - 1 + log(s) + log(2*pi)/2 + (2/a^2 - 2*m/a + m^2)/(2*s^2)",
        "log(a) - 1 + log(s) + log(2*pi)/2 + (1/a^2 - 2*m/a + m^2)/(2*s^2)",
    ),
    ("Var_{x ~ Poisson(a)}[x]", "a", "a^2"),
    ("Var_{x ~ Gumbel(m, s)}[x]", "s^2*pi^2/6", "s^2*pi^2/3"),
    ("Cov_{x ~ Gamma(a, b)}[x, log(x)]", "1/b", "a/b"),
    ("chi2(Poisson(a) || Poisson(b))", "exp((a - b)^2/b) - 1", "exp((a - b)^2/a) - 1"),
    ("H2(Exponential(a) || Exponential(b))", "1 - 2*sqrt(a*b)/(a + b)", "1 - sqrt(a*b)/(a + b)"),
    ("H2(Poisson(a) || Poisson(b))", "1 - exp(-(sqrt(a) - sqrt(b))^2/2)", "1 - exp(-(sqrt(a) - sqrt(b))^2/8)"),
    (
        "renyi_{1/2}(Exponential(a) || Exponential(b))",
        "2*log((a + b)/2) - log(a) - log(b)",
        "log((a + b)/2) - log(a) - log(b)",
    ),
    ("W2(Normal(m, s) || Normal(n, r))", "sqrt((m - n)^2 + (s - r)^2)", "(m - n)^2 + (s - r)^2"),
    ("E_{Poisson(x; a)}[exp(x)]", "exp(a*(exp(1) - 1))", "exp(a*exp(1))"),
    ("Bernoulli(x; p)", "p^x*(1 - p)^(1 - x)", "p^(1 - x)*(1 - p)^x"),
    ("Exponential(x; a)", "a*exp(-a*x)", "exp(-x/a)/a"),
)


def attempt(text: str, num_points: int = 3) -> Any:
    claim = expand(read(text))
    try:
        return prove(claim, claim.steps[-1], num_points=num_points)
    except Unsupported:
        return None


@pytest.mark.parametrize(("left", "right"), [row[:2] for row in TABLE])
def test_closed_forms_of_the_literature_are_proved(left: str, right: str) -> None:
    proof = attempt(f"{left} = {right}")
    assert proof is not None
    assert proof.method == "closed form"


@pytest.mark.parametrize(("left", "wrong"), [(left, wrong) for left, _, wrong in TABLE])
def test_wrong_variants_are_refuted(left: str, wrong: str) -> None:
    assert attempt(f"{left} = {wrong}") is None
    claim = expand(read(f"{left} = {wrong}"))
    assert refute(claim, claim.steps[0], rng=np.random.default_rng(0), tries=8) is not None


@pytest.mark.parametrize(
    "text",
    [
        "KL(Pareto(s, a) || Pareto(r, b)) = log(a/b) + b*log(s/r) + b/a - 1",  # infinite where s < r
        "KL(Normal(m, s) || Exponential(a)) = -log(a) + a*m - log(s) - log(2*pi)/2 - 1/2",  # infinite
        "KL(Cauchy(0, 1) || Normal(0, 1)) = 0",
        "KL(Poisson(a) || Bernoulli(p)) = 0",
        "positive d\nVar_{x ~ StudentT(d, 0, 1)}[x] = d/(d - 2)",  # infinite for d <= 2
        "E_{Exponential(x; a)}[exp(x)] = a/(a - 1)",  # infinite for a <= 1
    ],
)
def test_what_is_infinite_somewhere_gets_no_verdict(text: str) -> None:
    assert attempt(text) is None
    claim = expand(read(text))
    try:
        assert refute(claim, claim.steps[0], rng=np.random.default_rng(0), tries=8) is None
    except Unsupported:
        pass


#: Expectations that the tables know, with what is declared before them.
MOMENTS = (
    "E_{Gamma(x; a, b)}[x^2*log(x) + sqrt(x) + log(x)^2]",
    "E_{Gamma(x; a, b)}[exp(-c*x)*x]",
    "E_{Beta(x; a, b)}[x^2*log(1 - x) + (1 - x)*log(x)]",
    "E_{Beta(x; a, b)}[log(x)*log(1 - x) + log(x)^2 + log(1 - x)^2]",
    "E_{InverseGamma(x; 3, b)}[x + x^2 + log(x)]",
    "E_{LogNormal(x; m, s)}[x + log(x)^2]",
    "E_{Weibull(x; a, b)}[x + log(x)]",
    "E_{Pareto(x; a, 3)}[x^2 + log(x)^2]",
    "E_{Gumbel(x; m, s)}[x^2 + exp(-x/s)]",
    "E_{Logistic(x; m, s)}[x^2 + softplus((x - m)/s)]",
    "E_{HalfNormal(x; s)}[x + x^3 + log(x)]",
    "E_{Laplace(x; m, s)}[x^4 + abs(2*x - 3)]",
    "E_{Cauchy(x; m, s)}[log(7 + (x - 1)^2)]",
    "E_{StudentT(x; 5, m, s)}[x^2 + log(1 + (x - m)^2/(5*s^2))]",
    "E_{Poisson(x; a)}[x^3 + x*2^x]",
    "integer n >= 1\nreal q in (0, 1)\nE_{Binomial(x; n, q)}[x^3 + x*2^x]",
    "real q in (0, 1)\nE_{Geometric(x; q)}[x^3]",
    "real q in (0, 1)\nE_{NegativeBinomial(x; a, q)}[x^3]",
    "real q in (0, 1)\nE_{Bernoulli(x; q)}[exp(x) + x^2]",
)


@pytest.mark.parametrize("text", MOMENTS)
def test_tables_agree_with_quadrature(text: str) -> None:
    claim = expand(read(("positive c\n" if "c*" in text else "") + text + " = 0"))
    (step,) = claim.steps
    names = symbols_of(step, claim)
    entry = convert(step.left, names)
    seen = 0
    for point in islice(points(step, claim), 4):
        try:
            enclosed = enclose(step.left, claim, point, bits=30)
        except Unsupported:
            continue
        values = {names.symbols[name]: value for name, value in point.items()}
        found = evaluate(entry, values, bits=60)  # type: ignore[arg-type]
        assert found.overlaps(enclosed)
        assert not (found * (1 + 1e-6)).overlaps(enclosed)
        seen += 1
    assert seen >= 3


WRONG: tuple[tuple[str, Callable[..., sp.Expr], str], ...] = (
    ("Exponential", lambda body, x, rate: body.subs(x, rate), "E_{Exponential(x; a)}[x] = a"),
    ("Poisson", lambda body, x, rate: body.subs(x, rate), "E_{Poisson(x; a)}[x^2] = a^2"),
    ("Cauchy", lambda body, x, m, s: sp.Integer(0), "E_{Cauchy(x; m, s)}[x] = 0"),
)


@pytest.mark.parametrize(("law", "wrong", "text"), WRONG)
def test_a_wrong_table_is_overruled(
    law: str, wrong: Callable[..., sp.Expr], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(law_moments, "MEANS", MappingProxyType({**law_moments.MEANS, law: wrong}))
    assert attempt(text) is None
