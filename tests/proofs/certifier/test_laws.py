"""Definitions of the named laws: against torch.distributions, against their origins, and integrated to one."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import torch
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import distributions as td

from divergences.balls import precision
from proofs.certifier import Undefined, enclose
from proofs.certifier.compile import compile_expr
from proofs.certifier.derivative import derivative
from proofs.certifier.laws import LAWS, log_density, log_ratio
from proofs.certifier.scope import Scope, rational
from proofs.language import expand, read
from proofs.language import laws as language
from proofs.language import tree as t
from proofs.outcome import Unsupported

X = t.Variable("x", "x")
EMPTY = t.Claim((), (), ())
CONTINUOUS = sorted(law for law, known in LAWS.items() if not known.counted)
COUNTED = sorted(law for law, known in LAWS.items() if known.counted)
REALS = st.fractions(min_value=-5, max_value=5, max_denominator=9)
POSITIVES = st.fractions(min_value=Fraction(1, 9), max_value=9, max_denominator=9)
OPEN = st.fractions(min_value=Fraction(1, 50), max_value=Fraction(49, 50), max_denominator=50)
DOMAINS = {"real": REALS, "positive": POSITIVES, "probability": OPEN, "count": st.integers(1, 9).map(Fraction)}


MODERATE = {**DOMAINS, "positive": st.fractions(min_value=Fraction(1, 2), max_value=5, max_denominator=6)}


@st.composite
def named(draw: st.DrawFn, laws: list[str], domains: dict[str, Any] = DOMAINS) -> t.Named:
    law = draw(st.sampled_from(laws))
    values = [draw(domains[parameter.domain]) for parameter in language.LAWS[law]]
    if law in language.VARIADIC_LAWS:
        odds = [*values, *draw(st.lists(OPEN, max_size=3))]
        values = [probability / sum(odds) for probability in odds]
    return t.Named(law, X, tuple(t.Number(value) for value in values))


def value(text: str, **values: Any) -> arb:
    claim = expand(read(text + " = 0"))
    return enclose(claim.steps[0].left, claim, {name: Fraction(number) for name, number in values.items()})


def logistic(loc: torch.Tensor, scale: torch.Tensor) -> td.Distribution:
    flip = [td.transforms.SigmoidTransform().inv, td.transforms.AffineTransform(loc, scale)]
    return td.TransformedDistribution(td.Uniform(torch.zeros_like(loc), torch.ones_like(loc)), flip)


def in_torch(law: t.Named) -> td.Distribution:
    parameters = [torch.tensor(float(p.value), dtype=torch.float64) for p in law.parameters]  # type: ignore[attr-defined]
    if law.law == "Logistic":
        return logistic(*parameters)
    if law.law in ("Bernoulli", "Geometric", "Poisson", "Exponential", "HalfNormal"):
        return getattr(td, law.law)(*parameters)
    if law.law == "Categorical":
        return td.Categorical(torch.stack(parameters))
    if law.law in ("Binomial", "NegativeBinomial"):
        return getattr(td, law.law)(total_count=parameters[0], probs=parameters[1])
    return getattr(td, law.law)(*parameters)


def test_the_compiler_knows_every_law_of_the_language() -> None:
    assert LAWS.keys() | {"Normal", "N", "Uniform"} == language.LAWS.keys()
    assert set(COUNTED) == language.COUNTED_LAWS


@settings(max_examples=120, deadline=None)
@given(named(CONTINUOUS), OPEN)
def test_densities_are_those_of_torch(law: t.Named, where: Fraction) -> None:
    there = in_torch(law)
    x = Fraction(float(there.sample())) + where
    if law.law == "Beta":
        x = where
    at = enclose(t.Call("log", (law,)), EMPTY, {"x": x})
    # Both are the same formula up to rounding: sizes of single terms bound what float64 loses.
    expected = float(there.log_prob(torch.tensor(float(x), dtype=torch.float64)))
    assert float(at.mid()) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(named(COUNTED), st.integers(0, 12))
def test_masses_are_those_of_torch(law: t.Named, k: int) -> None:
    there = in_torch(law)
    if law.law == "Bernoulli":
        k %= 2
    if law.law == "Binomial":
        k %= int(law.parameters[0].value) + 1  # type: ignore[attr-defined]
    if law.law == "Categorical":
        k %= len(law.parameters)
    at = enclose(law, EMPTY, {"x": Fraction(k)})
    assert float(at.mid()) == pytest.approx(
        float(there.log_prob(torch.tensor(float(k), dtype=torch.float64)).exp()), rel=1e-9
    )
    assert enclose(law, EMPTY, {"x": Fraction(2 * k + 1, 2)}) == 0
    assert enclose(law, EMPTY, {"x": Fraction(-1)}) == 0


@settings(max_examples=40, deadline=None)
@given(named(CONTINUOUS, MODERATE))
def test_continuous_laws_integrate_to_one(law: t.Named) -> None:
    assert enclose(t.Integral((X,), law), EMPTY, {}, bits=30).contains(1)
    assert not enclose(t.Integral((X,), law * Fraction(1000001, 1000000)), EMPTY, {}, bits=30).contains(1)


@settings(max_examples=40, deadline=None)
@given(named(COUNTED))
def test_counted_laws_sum_to_one(law: t.Named) -> None:
    assert enclose(t.Integral((X,), law, True), EMPTY, {}).contains(1)
    with pytest.raises(Unsupported):
        enclose(t.Integral((X,), law, False), EMPTY, {})


@settings(max_examples=60, deadline=None)
@given(named([law for law in CONTINUOUS if LAWS[law].origin is not None]), POSITIVES)
def test_origins_are_those_of_the_densities(law: t.Named, u: Fraction) -> None:
    origin = LAWS[law.law].origin
    assert origin is not None
    with precision(200):
        at_u = Scope({"x": rational(u)})
        x = compile_expr(origin.transform(X, *law.parameters), at_u)
        slope = compile_expr(derivative(origin.transform(X, *law.parameters), "x"), at_u)
        assert (slope > 0) == origin.increasing
        at_x = Scope({"x": x})
        assert arb(compile_expr(origin.inverse(X, *law.parameters), at_x)).overlaps(arb(rational(u)))
        # p(x(u)) |dx/du| = p_u(u)
        pushed = arb(compile_expr(log_density(law), at_x)) + arb(abs(slope)).log()
        source = arb(compile_expr(origin.log_density(X, *law.parameters), at_u))
        assert pushed.overlaps(source)
        assert abs(pushed - source) < 1e-30 * (1 + abs(source))


@settings(max_examples=80, deadline=None)
@given(st.data(), st.integers(1, 5))
def test_the_ratio_of_two_laws_of_one_kind(data: st.DataObject, k: int) -> None:
    p = data.draw(named(sorted(LAWS)))
    q = data.draw(named([p.law]))
    at = {"x": Fraction(1) if LAWS[p.law].counted else Fraction(k, 6)}
    ratio = enclose(log_ratio(p, q), EMPTY, at, bits=40)
    assert ratio.overlaps(enclose(log_density(p) - log_density(q), EMPTY, at, bits=40))


@pytest.mark.parametrize(
    "text",
    [
        "Exponential(x; -1)",
        "E_{Exponential(x; -1)}[x]",
        "E_{Beta(x; 1, -1)}[x]",
        "E_{Bernoulli(x; 3/2)}[x]",
        "E_{Poisson(x; 0)}[x]",
        "E_{Binomial(x; 5/2, 1/2)}[x]",
        "KL(Pareto(1, 3) || Pareto(2, 2))",
        "KL(Normal(0, 1) || Exponential(1))",
        "KL(Exponential(-1) || Exponential(-1))",
        "KL(Binomial(5, 1/2) || Binomial(3, 1/2))",
        "chi2(Uniform(0, 2) || Uniform(0, 1))",
        "renyi_{1}(Normal(0, 1) || Normal(1, 1))",
        "E_{Poisson(x; 1)}[log(x)]",
    ],
)
def test_undefined(text: str) -> None:
    with pytest.raises(Undefined):
        value(text, x=1)


@pytest.mark.parametrize(
    "text",
    [
        "E_{Cauchy(x; 0, 1)}[x]",
        "E_{StudentT(x; 2, 0, 1)}[x^2]",
        "E_{Pareto(x; 1, 1)}[x]",
        "E_{LogNormal(x; 0, 1)}[exp(x)]",
        "E_{Exponential(x; 1)}[exp(x)]",
        "E_{Geometric(x; 1/2)}[2^x]",
        "E_{InverseGamma(x; 1, 1)}[x]",
        "KL(Cauchy(0, 1) || Normal(0, 1))",
        "chi2(Exponential(1) || Exponential(3))",
        "KL(Poisson(1) || Binomial(3, 1/2))",
        "E_{Poisson(x; 100000)}[x]",
        "W2(Normal(0, 1) || Laplace(0, 1))",
        "W1(Normal(0, -1) || Normal(0, 1))",
        "W1(Uniform(1, 0) || Uniform(0, 1))",
        "W1(Exponential(-1) || Exponential(1))",
    ],
)
def test_infinite_or_out_of_reach(text: str) -> None:
    with pytest.raises(Unsupported):
        value(text)


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("TV(Normal(0, 1) || Normal(2, 1))", "2*Phi(1) - 1"),
        ("TV(Exponential(1) || Exponential(2))", "1/4"),
        ("TV(Bernoulli(1/3) || Bernoulli(3/4))", "5/12"),
        ("TV(Uniform(0, 1) || Uniform(1/2, 2))", "2/3"),
        ("chi2(Exponential(2) || Exponential(1))", "1/3"),
        ("chi2(Poisson(2) || Poisson(1))", "exp(1) - 1"),
        ("chi2(Normal(0, 1) || Normal(1, 1))", "exp(1) - 1"),
        ("H2(Uniform(0, 1) || Uniform(0, 2))", "1 - 1/sqrt(2)"),
        ("H2(Normal(0, 1) || Normal(2, 1))", "1 - exp(-1/2)"),
        ("H2(Poisson(1) || Poisson(4))", "1 - exp(-1/2)"),
        ("renyi_{2}(Normal(0, 1) || Normal(1, 1))", "1"),
        ("renyi_{1/2}(Normal(0, 1) || Normal(1, 1))", "1/4"),
        ("W2(Normal(0, 1) || Normal(1, 3))", "sqrt(5)"),
        ("W1(Laplace(1, 2) || Laplace(4, 2))", "3"),
        ("E_{Normal(x; 0, 1)}[log(x^2)]", "digamma(1/2) + log(2)"),
        ("E_{Normal(x; 1, 2)}[log((x - 1)^2/8)]", "digamma(1/2)"),
        ("E_{Uniform(x; -1, 3)}[log(abs(x))]", "(3*log(3) - 4)/4"),
        ("W1(Exponential(1) || Exponential(2))", "1/2"),
        ("W2(Exponential(1) || Exponential(2))", "sqrt(1/2)"),
        ("W1(HalfNormal(1) || HalfNormal(3))", "2*sqrt(2/pi)"),
        ("W1(Uniform(0, 1) || Uniform(1, 3))", "3/2"),
        ("W1(Uniform(0, 3) || Uniform(1, 2))", "1/2"),
        ("W2(Uniform(0, 1) || Uniform(1, 3))", "sqrt(7/3)"),
        ("Var_{x ~ Gamma(2, 3)}[x]", "2/9"),
        ("Cov_{x ~ Gamma(2, 3)}[x, log(x)]", "1/3"),
        ("P_{Normal(x; 0, 1)}[x > 1]", "Phi(-1)"),
        ("P_{Normal(x; 0, 1)}[x^2 < 4]", "Phi(2) - Phi(-2)"),
        ("P_{Gumbel(x; 0, 1)}[x <= 0]", "exp(-1)"),
        ("P_{LogNormal(x; 0, 1)}[x > 1]", "1/2"),
        ("P_{Poisson(x; 2)}[x > 1]", "1 - 3*exp(-2)"),
        ("P_{Binomial(x; 4, 1/2)}[x >= 2]", "11/16"),
        ("E_{Laplace(x; 1, 2)}[abs(x - 1)]", "2"),
        ("E_{LogNormal(x; 0, 1)}[abs(log(x))]", "sqrt(2/pi)"),
        ("E_{Poisson(x; 3)}[abs(x - 1)]", "2 + 2*exp(-3)"),
        ("E_{Pareto(x; 2, 3)}[max(x, 4)]", "4 + 2^3/(2*4^2)"),
        ("KL(Gamma(7/2, 3) || Gamma(7/2, 3))", "0"),
        ("H(Gumbel(0, 1))", "1 - digamma(1)"),
        ("KL(Gamma(2, 1) || Exponential(3))", "6 - log(3) + digamma(2) - 2"),
    ],
)
def test_known_values(text: str, truth: str) -> None:
    found, expected = value(text), value(truth)
    assert found.overlaps(expected)
    assert found.rad() < 1e-12
    assert not (found + 1e-9).overlaps(expected)
