"""Strict inequalities between closed forms that fail only where two laws are one, or at one point."""

from __future__ import annotations

import numpy as np
import pytest

from proofs.language import expand, read
from proofs.outcome import Counterexample
from proofs.refuters import parameters
from proofs.refuters.parameters import refute

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
