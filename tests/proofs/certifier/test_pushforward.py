"""Densities of functions of random variables, against the laws that textbooks name, and against probabilities."""

from fractions import Fraction

import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs import check
from proofs.certifier import enclose
from proofs.certifier.points import points
from proofs.certifier.pushforward import holds
from proofs.certifier.scope import Scope, rational
from proofs.language import expand, read

# the transform, the law of Y, what else is declared, and the density at t
KNOWN = [
    ("exp(Y)", "Exponential(a)", "", "Pareto(t; 1, a)"),
    ("c*Y", "Gamma(a, b)", "positive c\n", "Gamma(t; a, b/c)"),
    ("1/Y", "Gamma(a, b)", "", "InverseGamma(t; a, b)"),
    ("Y^2", "Normal(0, 1)", "", "Gamma(t; 1/2, 1/2)"),
    ("(Y - 2)^2", "Normal(2, s)", "", "Gamma(t; 1/2, 1/(2*s^2))"),
    ("abs(Y)", "Normal(0, s)", "", "HalfNormal(t; s)"),
    ("abs(Y)", "Laplace(0, s)", "", "Exponential(t; 1/s)"),
    ("sigmoid(Y)", "Logistic(0, 1)", "", "1"),
    ("-log(Y)", "Beta(a, 1)", "", "Exponential(t; a)"),
    ("1 - Y", "Beta(a, b)", "", "Beta(t; b, a)"),
    ("m + s*Y", "Laplace(0, 1)", "positive s\nreal m\n", "Laplace(t; m, s)"),
    ("m + s*Y", "StudentT(3, 0, 1)", "positive s\nreal m\n", "StudentT(t; 3, m, s)"),
    ("-Y", "Logistic(m, s)", "", "Logistic(t; -m, s)"),
    ("1/Y", "Cauchy(0, 1)", "", "Cauchy(t; 0, 1)"),
    ("exp(-Y)", "Gumbel(0, 1)", "", "Exponential(t; 1)"),
    ("log(Y)", "LogNormal(m, s)", "", "Normal(t; m, s)"),
    ("log(Y/s)", "Pareto(s, a)", "", "Exponential(t; a)"),
    ("Y^2", "HalfNormal(s)", "", "Gamma(t; 1/2, 1/(2*s^2))"),
    ("Y^3", "Weibull(s, k)", "", "Weibull(t; s^3, k/3)"),
    ("1/Y^2", "Normal(0, 1)", "", "InverseGamma(t; 1/2, 1/2)"),
    ("1/Y", "InverseGamma(a, b)", "", "Gamma(t; a, b)"),
]


@pytest.mark.parametrize(("transform", "law", "head", "density"), KNOWN)
def test_known_densities_are_proved_and_near_misses_refuted(transform: str, law: str, head: str, density: str) -> None:
    text = f"{head}let X = {transform} where Y ~ {law}\npdf_X(t) = {density}"
    assert check(text).verdict == "proved"
    assert check(f"{text}*(1 + 1e-8)").verdict == "refuted"


@pytest.mark.parametrize(
    ("transform", "law", "low", "high", "event"),
    [
        (
            "Y^2",
            "Normal(1, 2)",
            "1",
            "1.001",
            "ind(Y >= 1) - ind(Y >= sqrt(1.001)) + ind(Y <= -1) - ind(Y <= -sqrt(1.001))",
        ),
        (
            "abs(Y - 1)",
            "Gamma(2, 1)",
            "0.5",
            "0.501",
            "ind(Y >= 3/2) - ind(Y >= 1.501) + ind(Y <= 1/2) - ind(Y <= 0.499)",
        ),
        ("1/Y", "Normal(0, 1)", "-2", "-1.999", "ind(Y <= -1/2) - ind(Y <= -1/1.999)"),
    ],
)
def test_the_density_times_a_width_is_a_probability(transform: str, law: str, low: str, high: str, event: str) -> None:
    """P(low <= X < high)/(high - low) is the density somewhere between; it is monotone there."""
    claim = expand(read(f"let X = {transform} where Y ~ {law}\npdf_X({low}) = pdf_X({high})"))
    drawn = expand(read(f"E_{{{law.replace('(', '(Y; ', 1)}}}[{event}] = 0")).steps[0].left
    mean = abs(enclose(drawn, claim, {})) / arb("0.001")
    first, second = (enclose(side, claim, {}) for side in (claim.steps[0].left, claim.steps[0].right))
    assert first.min(second) < mean < first.max(second)
    assert abs(first - second) < first / 100


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["Y^2", "abs(Y - 1)", "1/Y", "(2*Y + 1)^4", "3 - 2*Y"]), st.integers(-3, 3))
def test_points_lie_in_the_support(transform: str, location: int) -> None:
    claim = expand(read(f"let X = {transform} where Y ~ Normal({location}, 1)\npdf_X(t) = 1"))
    declared = claim.pushforwards()["X"]
    for _, point in zip(range(3), points(claim.steps[0], claim), strict=False):
        assert holds(declared, rational(point["t"]), Scope({}, claim.pushforwards()))
        assert enclose(claim.steps[0].left, claim, point) > 0
    if transform != "1/Y" and transform != "3 - 2*Y":
        assert enclose(claim.steps[0].left, claim, {"t": Fraction(-1)}) == 0
