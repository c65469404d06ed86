"""Closed forms: true claims are proved, false ones never, whichever of table, sympy or enclosure is made to err."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.language import expand, read
from proofs.language import tree as t
from proofs.outcome import Proof, Unsupported
from proofs.provers import moments, symbolic
from proofs.provers.symbolic import prove

KL = "KL(Normal(m, s) || Normal(a, r))"
LOG_NORMAL = "let X = exp(Y) where Y ~ Normal(m, s)\n"

TRUE = (
    f"{KL} = log(r/s) + (s^2 + (m - a)^2)/(2*r^2) - 1/2",
    f"{KL} = E_{{Normal(x; m, s)}}[log Normal(x; m, s) - log Normal(x; a, r)]",
    f"{KL} = int_{{x}}[Normal(x; m, s)*log(Normal(x; m, s)/Normal(x; a, r))]",
    "KL(N(m, v) || N(0, 1)) = (v + m^2 - 1 - log(v))/2",
    "CE(Normal(m, s) || Normal(0, 1)) = H(Normal(m, s)) + KL(Normal(m, s) || Normal(0, 1))",
    "H(Normal(m, s)) = log(s*sqrt(2*pi*exp(1)))",
    "H(Uniform(a, b)) = log(b - a)",
    "E_{Uniform(x; a, b)}[x^2] = (a^2 + a*b + b^2)/3",
    "positive c\nE_{Uniform(x; 0, c)}[log(x)] = log(c) - 1",
    "positive c\nKL(Uniform(0, c) || Uniform(0, 2*c)) = log(2)",
    "E_{Normal(x; m, s)}[exp(x)] = exp(m + s^2/2)",
    "positive a\nE_{Normal(x; 0, 1)}[exp(-a*x^2)] = 1/sqrt(1 + 2*a)",
    "int_{x}[exp(-x^2/2)] = sqrt(2*pi)",
    "E_{x_1, x_2 ~ Normal(x; m, s)}[x_1 + x_2] = 2*m",
    "log Normal(x; m, s) = -(x - m)^2/(2*s^2) - log(s) - log(2*pi)/2",
    LOG_NORMAL + "pdf_X(x) = exp(-(log(x) - m)^2/(2*s^2))/(x*s*sqrt(2*pi))",
    LOG_NORMAL + "log pdf_X(x) = -(log(x) - m)^2/(2*s^2) - log(x) - log(s) - log(2*pi)/2",
    LOG_NORMAL + "int_{x}[x*pdf_X(x)] = exp(m + s^2/2)",
    "let X = 1 - 2*Y where Y ~ Uniform(0, 1)\npdf_X(x) = 1/2",
    "positive b\nlet X = Y^2 where Y ~ Uniform(0, b)\npdf_X(x) = 1/(2*b*sqrt(x))",
    "real a >= 0\nsqrt(a^2) = a",
    "JSD(Normal(0, 1) || Normal(1, 1)) ~= 0.1114",
    "JSD(Normal(0, 1) || Normal(1, 1)) <= log(2)",
    "log(2) < 0.693147180559945309417232122",
    "log(2) > 0.693147180559945309417232121",
    "log(2) ~= 0.6931",
    "-log(2) ~= -6.931e-1",
    f"{KL} >= log(r/s) + (s^2 + (m - a)^2)/(2*r^2) - 1/2",
    "log(1) <= 0",
)

FALSE = (
    f"{KL} = log(s/r) + (s^2 + (m - a)^2)/(2*r^2) - 1/2",
    f"{KL} = log(r/s) + (s^2 + (m - a)^2)/r^2 - 1/2",
    f"{KL} = log(r/s) + (s^2 + (m + a)^2)/(2*r^2) - 1/2",
    f"{KL} = log(r/s) + (s^2 + (m - a)^2)/(2*r^2) + 1/2",
    f"{KL} = log(r/s) + (s^2 + (m - a)^2)/(2*r^2) - 0.50000001",
    f"{KL} = log(r/s) + (s^2 + (m - a)^2)/(2*s^2) - 1/2",
    f"{KL} = KL(Normal(a, r) || Normal(m, s))",
    "KL(N(m, v) || N(0, 1)) = (v^2 + m^2 - 1 - log(v^2))/2",
    "H(Normal(m, s)) = log(s*sqrt(2*pi))",
    "H(Uniform(a, b)) = log(a - b)",
    "E_{Uniform(x; a, b)}[x^2] = (a^2 + b^2)/3",
    "Uniform(x; a, b) = 1/(b - a)",
    "KL(Uniform(a, b) || Uniform(c, d)) = log((d - c)/(b - a))",
    "E_{Normal(x; m, s)}[exp(x)] = exp(m)",
    LOG_NORMAL + "pdf_X(x) = exp(-(log(x) - m)^2/(2*s^2))/(s*sqrt(2*pi))",
    LOG_NORMAL + "pdf_X(x) = x*exp(-(log(x) - m)^2/(2*s^2))/(s*sqrt(2*pi))",
    "let X = 1 - 2*Y where Y ~ Uniform(0, 1)\npdf_X(x) = 2",
    "real a\nsqrt(a^2) = a",
    "real a\nlog(a^2) = 2*log(a)",
    "JSD(Normal(0, 1) || Normal(1, 1)) ~= 0.1115",
    "1/3 = 0.333333333333333333333",
    "log(2) > 0.693147180559945309417232122",
    "log(2) ~= 0.6932",
    f"{KL} < 0",
    f"{KL} >= 1",
)


def attempt(text: str) -> Proof | None:
    claim = expand(read(text))
    try:
        return prove(claim, claim.steps[-1])
    except Unsupported:
        return None


@pytest.mark.parametrize("text", TRUE)
def test_true_claims_are_proved(text: str) -> None:
    proof = attempt(text)
    assert proof is not None
    assert proof.method == "closed form"


@pytest.mark.parametrize("text", FALSE)
def test_false_claims_are_never_proved(text: str) -> None:
    assert attempt(text) is None


@pytest.mark.parametrize("text", FALSE)
def test_sympy_that_errs_is_overruled(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbolic, "equal", lambda *args: True)
    monkeypatch.setattr(symbolic, "convert", lambda *args: sp.Integer(0))
    assert attempt(text) is None


def test_enclosures_alone_are_no_proof() -> None:
    # Equal to 10^-40 everywhere: every enclosure overlaps, and only the symbols tell.
    close = "log(r/s) + (s^2 + (m - a)^2)/(2*r^2) - 1/2 + 1e-60"
    claim = expand(read(f"{KL} = {close}"))
    assert symbolic.certify(claim, claim.steps[0]) is not None
    assert prove(claim, claim.steps[0]) is None


#: Wrong entries, each with a claim that they would prove.
WRONG: tuple[tuple[str, str, Callable[..., sp.Expr], str], ...] = (
    ("NORMAL", "power", lambda n, m, s: m**n + (s if n == 2 else 0), "E_{Normal(x; m, s)}[x^2] = m^2 + s"),
    ("NORMAL", "power", lambda n, m, s: m**n, "E_{Normal(x; m, s)}[x^2] = m^2"),
    ("NORMAL", "tilted", lambda n, a, b, m, s: sp.exp(b * m + b * s**2), "E_{Normal(x; m, s)}[exp(x)] = exp(m + s^2)"),
    ("UNIFORM", "power", lambda n, a, b: (a**n + b**n) / (n + 1), "E_{Uniform(x; a, b)}[x] = (a + b)/2 + 0*a"),
    ("UNIFORM", "power", lambda n, a, b: (a**n + b**n) / 2, "E_{Uniform(x; a, b)}[x^2] = (a^2 + b^2)/2"),
    ("UNIFORM", "log", lambda n, a, b: sp.log(b) - 2, "positive c\nE_{Uniform(x; 0, c)}[log(x)] = log(c) - 2"),
)


@pytest.mark.parametrize(("table", "entry", "wrong", "text"), WRONG)
def test_a_wrong_table_is_overruled(
    table: str, entry: str, wrong: Callable[..., sp.Expr], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moments, table, MappingProxyType({**getattr(moments, table), entry: wrong}))
    claim = expand(read(text))
    (step,) = claim.steps
    names = symbolic.symbols_of(step, claim)
    left, right = (symbolic.convert(side, names) for side in (step.left, step.right))
    assert symbolic.equal(left, right)  # the wrong entry does prove it, as far as symbols go
    proof = attempt(text)
    if "0*a" in text:
        assert proof is not None  # an entry that is wrong elsewhere does no harm where it is right
    else:
        assert proof is None


def test_a_side_that_is_undefined_alone_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbolic, "equal", lambda *args: True)
    assert attempt("real a\nlog(a^2) = 2*log(a)") is None


def test_too_few_enclosures_are_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = expand(read(f"{KL} = log(r/s) + (s^2 + (m - a)^2)/(2*r^2) - 1/2"))
    monkeypatch.setattr(symbolic, "points", lambda *args: iter([{name: 1 for name in ("m", "s", "a", "r")}] * 19))
    with pytest.raises(Unsupported, match="19 of 20"):
        prove(claim, claim.steps[0])


@pytest.mark.parametrize(
    "text", ["density p(x)\nKL(p(x) || Normal(0, 1)) >= 0", "function f(x)\nE_{Normal(x; 0, 1)}[f(x)] = 0"]
)
def test_free_families_are_not_closed_forms(text: str) -> None:
    claim = expand(read(text))
    with pytest.raises(Unsupported):
        prove(claim, claim.steps[0])


def test_assumptions_are_not_looked_past() -> None:
    claim = expand(read("real a\na^2 = a"))
    step = claim.steps[0]
    zero = t.Step(t.Symbol("a"), "=", t.Number(Fraction(0)))
    with pytest.raises(Unsupported, match="assumptions"):
        prove(replace(claim, assumptions=(zero,)), step)


def test_a_proof_states_what_it_rests_on() -> None:
    proof = attempt(LOG_NORMAL + "pdf_X(x) = exp(-(log(x) - m)^2/(2*s^2))/(x*s*sqrt(2*pi))")
    assert proof is not None
    assert proof.assumptions == ("x ranges over the support of X",)
    assert "20 rational points" in proof.details
    number = attempt("log(2) < 0.7")
    assert number is not None
    assert number.gap.startswith("right - left = [0.0068528")


@settings(max_examples=15)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=5), st.integers(-2, 2))
def test_polynomial_expectations(coefficients: list[int], error: int) -> None:
    body = " + ".join(f"({c})*x^{i}" for i, c in enumerate(coefficients))
    m, s = sp.Symbol("m"), sp.Symbol("s")
    # By the recursion E x^n = m E x^(n-1) + (n-1) s^2 E x^(n-2), which is not how the table is made.
    raw: list[Any] = [sp.Integer(1), m]
    for n in range(2, len(coefficients)):
        raw.append(sp.expand(m * raw[n - 1] + (n - 1) * s**2 * raw[n - 2]))
    total = sp.expand(sum(c * raw[i] for i, c in enumerate(coefficients)))
    text = str(total).replace("**", "^")
    proof = attempt(f"E_{{Normal(x; m, s)}}[{body}] = {text} + ({error})*s*0.001")
    assert (proof is not None) == (error == 0)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("1/8 ~= 0.12", "proved"),
        ("29/200 ~= 0.15", "proved"),
        ("0.145 ~= 0.14", "proved"),
        ("0.1451 ~= 0.14", "refuted"),
        ("1/8 - 1/10^9 ~= 0.13", "refuted"),
        ("-(7/20) ~= -0.3", "proved"),
    ],
)
def test_half_a_unit_is_half_a_unit(text: str, verdict: str) -> None:
    from proofs.check import check

    assert check(text).verdict == verdict
