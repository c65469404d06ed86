"""Enclosures of claims' expressions, against values known in other ways."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences.balls import precision
from proofs.certifier import Undefined, derivative, enclose
from proofs.certifier.scope import rational
from proofs.language import expand, read
from proofs.language import tree as t
from proofs.outcome import Unsupported

MEANS = st.fractions(min_value=-10, max_value=10, max_denominator=30)
STDS = st.fractions(min_value=Fraction(1, 100), max_value=50, max_denominator=100)
HEADER = "real m\nreal a\nreal b\npositive s\npositive r\n"


def claim(text: str) -> t.Claim:
    return expand(read(HEADER + text + " = 0"))


def value(text: str, **values: Any) -> arb:
    made = claim(text)
    return enclose(made.steps[0].left, made, {name: Fraction(number) for name, number in values.items()})


def close(one: arb, other: Any) -> bool:
    """Whether a ball is narrow and holds the other value."""
    with precision(300):
        other = arb(rational(other)) if isinstance(other, Fraction) else arb(other)
        return bool(one.overlaps(other)) and bool(one.rad() <= arb(2) ** -50 * max(abs(one).upper(), arb(2) ** -50))


# --- definitions against closed forms --------------------------------------------------------------------------------


@settings(max_examples=15)
@given(MEANS, STDS, MEANS, STDS)
def test_gaussian_kl(m: Fraction, s: Fraction, a: Fraction, r: Fraction) -> None:
    with precision(200):
        truth = (arb(rational(r)) / rational(s)).log() + arb(
            rational((s**2 + (m - a) ** 2) / (2 * r**2) - Fraction(1, 2))
        )
    point = {"m": m, "s": s, "a": a, "r": r}
    assert close(value("KL(Normal(m, s) || Normal(a, r))", **point), truth)
    assert close(value("KL(N(m, s^2) || N(a, r^2))", **point), truth)
    if s != r or m != a:
        assert not value("KL(Normal(a, r) || Normal(m, s))", **point).overlaps(truth + truth / 10**9)


@settings(max_examples=10)
@given(MEANS, STDS)
def test_cross_entropy_is_entropy_and_kl(m: Fraction, s: Fraction) -> None:
    parts = value("H(Normal(m, s)) + KL(Normal(m, s) || Normal(1, 2))", m=m, s=s)
    assert value("CE(Normal(m, s) || Normal(1, 2))", m=m, s=s).overlaps(parts)


@settings(max_examples=10)
@given(MEANS, STDS)
def test_jensen_shannon_of_uniforms(a: Fraction, s: Fraction) -> None:
    # Two laws of width 2s shifted by s overlap by half: JSD is log 2 times half.
    with precision(100):
        assert close(value("JSD(Uniform(a, a + 2*s) || Uniform(a + s, a + 3*s))", a=a, s=s), arb(2).log() / 2)


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("E_{Normal(x; 1, 2)}[abs(x - 1)]^2", lambda: 8 / arb.pi()),
        ("E_{Normal(x; 0, 1)}[Phi(x)]", lambda: arb(0.5)),
        ("E_{Normal(x; 0, 1)}[max(x, 0)]^2", lambda: 1 / (2 * arb.pi())),
        ("E_{Uniform(x; 0, 3)}[log(x)]", lambda: arb(3).log() - 1),
        ("E_{Uniform(x; 0, 1)}[log(1 - x)]", lambda: arb(-1)),
        ("E_{Uniform(x; -1, 1)}[1/sqrt(1 - x^2)]", lambda: arb.pi() / 2),
        ("int_{x}[exp(-x^2)]^2", lambda: arb.pi()),
        ("int_{x}[exp(-abs(x - 1/3))]", lambda: arb(2)),
        ("int_{x}[Uniform(x; 0, 2)*x^2]", lambda: arb(4) / 3),
        ("KL(Uniform(0, 1) || Uniform(-1, 2))", lambda: arb(3).log()),
        ("KL(Uniform(0, 1) || Normal(0, 1))", lambda: (2 * arb.pi()).log() / 2 + arb(1) / 6),
        ("JSD(Uniform(0, 1) || Uniform(2, 3))", lambda: arb(2).log()),
        ("E_{Normal(x; 0, 1) Normal(z; 5, 2)}[x^2 + 3*z - 2*x]", lambda: arb(16)),
        ("E_{Normal(x; 0, 1) Normal(z; x, 2)}[x^2]", lambda: arb(1)),
        ("log(exp(3)*exp(-1)/exp(1))", lambda: arb(1)),
        ("2^(-3) + (1/2)^(1/2)^2 + 0*log(0)", lambda: arb(1) / 8 + arb(0.5) ** arb(0.25)),
        ("sigmoid(0) + softplus(0) + lgamma(1/2) + digamma(1) + log2(8) + min(1, 2) + sin(0) + cos(0)", None),
    ],
)
def test_values(text: str, truth: Any) -> None:
    with precision(200):
        if truth is None:
            expected = arb(1) / 2 + arb(2).log() + arb.pi().log() / 2 - arb.const_euler() + 3 + 1 + 0 + 1
        else:
            expected = truth()
    assert close(value(text), expected)


@settings(max_examples=10)
@given(MEANS, STDS)
def test_a_mixture_is_a_law(m: Fraction, s: Fraction) -> None:
    text = "let w(x) = (Normal(x; m, s) + 3*Normal(x; 0, 1))/4\nE_{x ~ w(x)}[x]"
    assert close(value(text, m=m, s=s), m / 4)


# --- densities of transformed variables ------------------------------------------------------------------------------


@settings(max_examples=25)
@given(MEANS, STDS, st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=1000))
def test_log_normal_density(m: Fraction, s: Fraction, x: Fraction) -> None:
    with precision(2000):
        at, mean, std = (arb(rational(number)) for number in (x, m, s))
        truth = (-(((at.log() - mean) / std) ** 2) / 2).exp() / (at * std * (2 * arb.pi()).sqrt())
    found = value("let X = exp(Y) where Y ~ Normal(m, s)\npdf_X(x)", m=m, s=s, x=x)
    assert found.overlaps(truth)


@pytest.mark.parametrize(
    ("transform", "law", "at", "truth"),
    [
        ("exp(Y)", "Normal(0, 1)", "-1", "0"),
        ("1 - 2*Y", "Uniform(0, 1)", "1/2", "1/2"),
        ("1 - 2*Y", "Uniform(0, 1)", "3/2", "0"),
        ("Y^2", "Uniform(0, 1/2)", "1/16", "4"),  # the solution is the first point of the bisection
        ("Y^2", "Uniform(1, 3)", "4", "1/8"),
        ("Y^3", "Uniform(-1, 1)", "1/8", "2/3"),
        ("1/Y", "Uniform(1, 2)", "3/4", "16/9"),
        ("sqrt(Y)", "Uniform(0, 4)", "1", "1/2"),
        ("2^(-Y)*0 + Y", "Uniform(0, 4)", "1", "1/4"),
        ("log(Y)", "Uniform(0, 1)", "0", None),
    ],
)
def test_densities_at_points(transform: str, law: str, at: str, truth: str | None) -> None:
    text = f"let X = {transform} where Y ~ {law}\npdf_X(x)"
    if truth is None:
        with pytest.raises(Undefined, match="end of its support"):
            value(text, x=at)
    elif "*0" in transform:
        with pytest.raises(Unsupported):
            value(text, x=at)
    else:
        assert close(value(text, x=at), Fraction(truth))


def test_densities_integrate_to_one_and_to_the_moments_of_their_source() -> None:
    head = "let X = exp(Y) where Y ~ Normal(m, s)\n"
    assert close(value(head + "int_{x}[pdf_X(x)]", m=1, s=2), 1)
    entropy = value(head + "-int_{x}[pdf_X(x)*log pdf_X(x)]", m=1, s=2)
    assert entropy.overlaps(value("H(Normal(m, s))", m=1, s=2) + 1)


def test_a_wrong_derivative_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "let X = exp(2*Y) where Y ~ Uniform(0, 1)\npdf_X(x)"
    with precision(200):
        assert close(value(text, x=3), arb(1) / 6)
    monkeypatch.setitem(derivative._OUTER, "exp", lambda u: 2 * t.Call("exp", (u,)))
    assert not value(text, x="3.001").overlaps(arb(1) / 6.002)
    entropy = "let X = exp(2*Y) where Y ~ Uniform(0, 1)\n-int_{x}[pdf_X(x)*log pdf_X(x)]"
    assert not value(entropy).overlaps(arb(2).log() + 1)


@pytest.mark.parametrize("transform", ["sin(Y)", "Y*exp(Y)", "abs(exp(Y) - 1)", "exp(Y) - Y", "(Y - pi)^2"])
def test_transforms_whose_branches_are_not_known_are_refused(transform: str) -> None:
    with pytest.raises(Unsupported):
        value(f"let X = {transform} where Y ~ Normal(0, 1)\npdf_X(x)", x="1/2")


# --- no value, no enclosure ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "log(-1)",
        "log(0)",
        "1/0",
        "sqrt(-2)",
        "(-1)^(1/2)",
        "0^(-1)",
        "KL(Uniform(0, 2) || Uniform(0, 1))",
        "KL(Normal(0, 1) || Uniform(0, 1))",
        "E_{Normal(x; 0, 1)}[log(x)]",
        "int_{x}[1 + 0*x^2]",
        "E_{Uniform(x; 2, 1)}[x]",
        "E_{Normal(x; 0, -1)}[x]",
        "Uniform(x; 0, 1)",
    ],
)
def test_undefined(text: str) -> None:
    with pytest.raises(Unsupported) as caught:
        value(text, x=1)
    if not text.startswith("int"):
        assert isinstance(caught.value, Undefined)


@pytest.mark.parametrize(
    "text",
    [
        "density p(x)\nE_{p(x)}[x]",
        "E_{Normal(x; 0, 1)}[exp(x^2)]",
        "E_{Normal(x; 0, 1)}[1/x]",
        "E_{Normal(x; 0, 1) Normal(z; x, 1)}[exp(x*z)]",
        "int_{x}[1/(1 + x^2)]",
        "m",
        "E_{Normal(x; 0, 1)}[lgamma(x)]",
    ],
)
def test_unsupported(text: str) -> None:
    with pytest.raises(Unsupported):
        value(text)


def test_a_law_that_is_not_normalised_is_refused() -> None:
    x = t.Variable("x", "x")
    normal = t.Named("Normal", x, (t.Number(Fraction(0)), t.Number(Fraction(1))))
    empty = t.Claim((), (), ())
    with pytest.raises(Unsupported, match=r"integrates to \[?0\.6666"):
        enclose(t.Expectation(t.Law(2 * normal / 3, (x,)), x**2), empty, {})
    with pytest.raises(Unsupported, match="non-negative"):
        enclose(t.Expectation(t.Law(2 * normal - normal, (x,)), x**2), empty, {})


def test_depth_is_an_honest_failure_and_precision_is_put_back() -> None:
    before = ctx.prec
    deep: t.Expr = t.Number(Fraction(1))
    for _ in range(30_000):
        deep = t.Neg(deep)
    with pytest.raises(Unsupported, match="deep"):
        enclose(deep, t.Claim((), (), ()), {})
    with pytest.raises(Undefined):
        value("log(-1)")
    assert ctx.prec == before
