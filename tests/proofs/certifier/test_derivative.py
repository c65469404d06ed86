"""Derivatives of closed forms: formulas that are known, inside and outside of integrals, and where there are none."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs import check
from proofs.certifier import derivative as rules
from proofs.certifier import enclose
from proofs.language import expand, read
from proofs.language import tree as t
from proofs.outcome import Unsupported

KNOWN = [
    "real t\ngrad_t[t^3*exp(-t)] = 3*t^2*exp(-t) - t^3*exp(-t)",
    "real t\ngrad_t[log(1 + exp(t))] = sigmoid(t)",
    "grad_x[log Normal(x; m, s)] = -(x - m)/s^2",
    "grad_m[log Normal(x; m, s)] = (x - m)/s^2",
    "grad_v[log N(x; m, v)] = (x - m)^2/(2*v^2) - 1/(2*v)",
    "grad_x[Normal(x; m, s)] = -(x - m)/s^2*Normal(x; m, s)",
    "grad_x[log Gamma(x; a, b)] = (a - 1)/x - b",
    "grad_a[log Gamma(x; a, b)] = log b - digamma(a) + log x",
    "grad_x[log(Normal(x; 0, 1)/Normal(x; m, 1))] = -m",
    "E_{Normal(x; m, s)}[grad_x[log Normal(x; m, s)]] = 0",
    "E_{Normal(x; m, s)}[(x - m)*x^2] = s^2*E_{Normal(x; m, s)}[grad_x[x^2]]",
    "E_{Exponential(x; b)}[grad_b[log Exponential(x; b)]^2] = 1/b^2",
    "parameter theta\ngrad_theta[E_{Normal(x; theta, 1)}[x^2]] = 2*theta",
    "parameter theta\ngrad_theta[E_{Normal(x; 0, 1)}[(x + theta)^3]] = 3*(1 + theta^2)",
    "grad_b[E_{Exponential(x; b)}[x]] = -1/b^2",
    "grad_m[KL(Normal(m, s) || Normal(0, 1))] = m",
    "grad_s[H(Normal(m, s))] = 1/s",
    "grad_s[Var_{Normal(x; m, s)}[x]] = 2*s",
    "real t\ngrad_t[grad_t[exp(t^2)]] = (2 + 4*t^2)*exp(t^2)",
    "grad_r[E_{Poisson(n; r)}[n^2]] = 2*r + 1",
    "vector mu, nu in R^2\ngrad_mu[mu^T*nu + norm(mu)^2] = nu + 2*mu",
]


@pytest.mark.parametrize("text", KNOWN)
def test_known_derivatives_are_proved_and_near_misses_refuted(text: str) -> None:
    assert check(text).verdict == "proved"
    if "vector" not in text:
        assert check(f"{text} + 1e-8").verdict == "refuted"


def test_that_derivatives_pass_under_integrals_is_an_assumption() -> None:
    assumption = "derivatives may be taken under the integrals that appear"
    assert assumption in check("grad_b[E_{Exponential(x; b)}[x]] = -1/b^2").assumptions
    assert assumption not in check("grad_b[1/b] = -1/b^2\npositive b").assumptions


@pytest.mark.parametrize(
    "text",
    [
        "grad_b[E_{Uniform(x; 0, b)}[x]] = 1/2",  # the support moves
        "grad_s[E_{Pareto(x; s, 3)}[x]] = 3/2",
        "real t\ngrad_t[abs(t)] = 1",
        "real t\ngrad_t[E_{Normal(x; 0, 1)}[ind(x > t)]] = 1",
        "real t\ngrad_t[max(t, 0)] = 1",
        "grad_m[E_{Laplace(x; m, 1)}[x]] = 1",  # a kink that moves
    ],
)
def test_what_has_no_rule_is_refused(text: str) -> None:
    claim = expand(read(text))
    with pytest.raises(Unsupported):
        enclose(claim.steps[0].left, claim, {name: Fraction(2) for name in "bstm"})
    assert check(text, tries=20).verdict != "proved"


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.fractions(min_value=Fraction(1, 4), max_value=4, max_denominator=8), st.integers(1, 5))
def test_moments_of_an_exponential_variable(power: int, rate: Fraction, scale: int) -> None:
    r"""E[(c x)^n] = n! (c/b)^n, and its derivative in b is -n/b times that."""
    moment = f"E_{{Exponential(x; b)}}[({scale}*x)^{power}]"
    claim = expand(read(f"grad_b[{moment}] = -{power}/b*{moment}"))
    left, right = (enclose(side, claim, {"b": rate}) for side in (claim.steps[0].left, claim.steps[0].right))
    assert left.overlaps(right)
    assert not (left * 2).overlaps(right)


def test_a_wrong_rule_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rules._OUTER, "exp", lambda u: 2 * t.Call("exp", (u,)))
    assert check("real t\ngrad_t[exp(3*t)] = 3*exp(3*t) + 0*sin(t)").verdict != "proved"
