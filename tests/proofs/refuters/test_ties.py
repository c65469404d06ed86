"""Strict inequalities that fail only where two laws are one, or at one point, where both sides are equal."""

from __future__ import annotations

import numpy as np
import pytest

from proofs.certifier import enclose
from proofs.language import expand, read
from proofs.language import tree as t
from proofs.outcome import Counterexample
from proofs.refuters import finite, parameters
from proofs.refuters.arithmetic import Floats
from proofs.refuters.evaluate import Evaluation
from proofs.refuters.formulas import Formulas, tied
from proofs.refuters.parameters import refute
from proofs.refuters.signature import signature_of
from proofs.refuters.strata import draw
from tests.proofs.refuters.examples import FALSE as EXAMPLES

FALSE = (
    "KL(Normal(m, s) || Normal(0, 1)) > 0",
    "KL(Normal(m, s) || Normal(a, b)) > 0",
    "KL(Normal(m, s) || Normal(a, s)) > 0",
    "KL(Normal(m, s^2) || Normal(0, 4)) > 0",
    "0 < W2(Normal(m, s) || Normal(3, 2))",
    "W1(Laplace(m, s) || Laplace(0, 1)) > 0",
    "TV(Normal(m, s) || Normal(0, 1)) > 0",
    "JSD(Gamma(a, b) || Gamma(c, d)) > 0",
    "KL(Bernoulli(a) || Bernoulli(b)) > 0",
    "renyi_{2}(Normal(m, s) || Normal(0, 1)) > 0",
    "real a\nreal b\n(a - b)^2 > 0",
    "real a\npositive b\na^2 + b - 1 - log b > 0",
)
TRUE = (
    "KL(Normal(m, s) || Normal(0, 1)) > -1",
    "KL(Normal(m, s) || Normal(0, 1)) >= 0",
    "real m > 0\nKL(Normal(m, s) || Normal(0, 1)) > 0",
    "positive s\nKL(Normal(0, s) || Normal(1, s)) > 0",
    "KL(Normal(m, s) || Laplace(a, b)) > 0",
    "real a > 1\na^2 > 1",
)


def attack(text: str) -> Counterexample | None:
    claim = expand(read(text))
    return refute(claim, claim.steps[0], rng=np.random.default_rng(0), tries=12)


@pytest.mark.parametrize("text", FALSE)
def test_equality_somewhere_refutes_a_strict_inequality(text):
    found = attack(text)
    assert found is not None
    assert {found.left, found.right} <= {"0", "[0]"}


@pytest.mark.parametrize("text", TRUE)
def test_what_is_strict_stands(text):
    assert attack(text) is None


def test_divergences_take_these_points(monkeypatch):
    monkeypatch.setattr(parameters, "ties", lambda step, claim: ())
    assert [text for text in (*FALSE[:2], *FALSE[3:5]) if attack(text) is not None] == []


# --- finite models ---------------------------------------------------------------------------------------------------

CRITIC = "function T(x)\nE_{p(x)}[T(x)] - log E_{q(x)}[exp(T(x))] > E_{p(x)}[T(x)] - E_{q(x)}[exp(T(x) - 1)]"
GAME = "function D(x) in (0, 1)\nE_{p(x)}[log D(x)] + E_{q(x)}[log(1 - D(x))] < "
TIED = (
    CRITIC,
    GAME + "2*JSD(p(x) || q(x)) - log(4)",
    "function D(x) in (0, 1)\nE_{p(x)}[log D(x)] + E_{p(x)}[log(1 - D(x))] < -log(4)",
    "density p(x) >= 0\ndensity q(x) >= 0\nJSD(p(x) || q(x)) < log(2)",
    "discrete x\nH(p(x)) < log(2)",
    "real a\nexp(a) > a*exp(1)",
)
NEVER_TIED = (
    "JSD(p(x) || q(x)) < log(2)",
    CRITIC.replace(" - 1)", " - 1)]/2 - E_{q(x)}[1"),
    GAME + "2*JSD(p(x) || q(x))",
    "real a\nexp(a) > a*exp(1) - 1e-40",
    "density p(x) >= 0\ndensity q(x)\nKL(q(x) || p(x)) < KL(q(x) || p(x)) + 1",
)


def search(text: str, seed: int = 0) -> Counterexample | None:
    claim = expand(read(text))
    return finite.refute(claim, claim.steps[0], rng=np.random.default_rng(seed), tries=1500)


@pytest.mark.parametrize("text", TIED)
@pytest.mark.parametrize("seed", [0, 1])
def test_equality_of_formulas_refutes_a_strict_inequality(text, seed):
    assert search(text, seed) is not None


def test_it_takes_formulas(monkeypatch):
    monkeypatch.setattr(finite, "tied", lambda *_: None)
    assert [text for text in TIED[:4] if search(text) is not None] == []


@pytest.mark.parametrize("text", NEVER_TIED)
def test_close_is_not_equal(text):
    assert search(text) is None


@pytest.mark.parametrize("name", EXAMPLES)
def test_formulas_have_the_values_of_floats(name):
    made = EXAMPLES[name]
    signature = signature_of(made.steps[0], made)
    models = draw(signature, dict.fromkeys(signature.spaces, 2), 6, np.random.default_rng(0))
    for side in (made.steps[0].left, made.steps[0].right):
        with np.errstate(all="ignore"):
            floats = Evaluation(models, Floats()).value(side)
        formulas = np.broadcast_to(Evaluation(models, Formulas()).value(side), floats.shape)
        for formula, value in zip(formulas.reshape(-1), floats.reshape(-1), strict=True):
            if formula is None:
                assert not np.isfinite(value)
            else:
                exact = enclose(formula, made, {}) if isinstance(formula, t.Expr) else formula
                assert float(exact) == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_infinite_sides_are_not_tied():
    claim = expand(read("density p(x) >= 0\ndensity q(x)\nKL(q(x) || p(x)) < KL(q(x) || p(x))"))
    signature = signature_of(claim.steps[0], claim)
    models = draw(signature, {"x": 2}, 1, np.random.default_rng(0))
    models.numerators["family", "p"][:] = [[0, 1]]
    assert tied(claim.steps[0], models) is None
    models.numerators["family", "p"][:] = [[2, 1]]
    assert tied(claim.steps[0], models) is not None
