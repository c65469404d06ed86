"""Refutations by parameters: every planted error falls, nothing true does, and counterexamples are simple."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.certifier import enclose
from proofs.language import expand, read
from proofs.outcome import Counterexample, Unsupported
from proofs.refuters.parameters import refute
from tests.proofs.provers.test_symbolic import FALSE, KL, LOG_NORMAL, TRUE

#: False by convention only: one side is infinite or undefined where the other is not, and such points are skipped.
SKIPPED = ("KL(Uniform(a, b) || Uniform(c, d)) = log((d - c)/(b - a))", "H(Uniform(a, b)) = log(a - b)", "log(a^2)")


def attack(text: str, tries: int = 40) -> Counterexample | None:
    claim = expand(read(text))
    return refute(claim, claim.steps[-1], rng=np.random.default_rng(0), tries=tries)


@pytest.mark.parametrize("text", [text for text in FALSE if not any(part in text for part in SKIPPED)])
def test_false_claims_fall(text: str) -> None:
    found = attack(text)
    assert found is not None
    assert found.kind == "parameters"
    assert found.left != found.right or text.endswith("< 0")  # 0 < 0 fails, too


@pytest.mark.parametrize("text", TRUE)
def test_true_claims_stand(text: str) -> None:
    assert attack(text, tries=16) is None


@settings(max_examples=10)
@given(st.integers(-9, 9).filter(bool), st.integers(0, 2))
def test_near_misses_are_decided(digit: int, place: int) -> None:
    forms = (
        f"log(r/s) + (s^2 + (m - a)^2)/(2*r^2) - 1/2 + ({digit})*1e-8",
        f"log(r/s) + (s^2*(1 + ({digit})*1e-8) + (m - a)^2)/(2*r^2) - 1/2",
        f"log(r/s) + (s^2 + (m - a)^2*(1 + ({digit})*1e-8))/(2*r^2) - 1/2",
    )
    found = attack(f"{KL} = {forms[place]}")
    assert found is not None
    assert all(value.denominator <= 2 and abs(value) <= 3 for value in found.values.values())


def test_counterexamples_are_simple_and_still_refute() -> None:
    claim = expand(read(f"{KL} = log(r/s) + (s^2 + (m - a)^2)/r^2 - 1/2"))
    (step,) = claim.steps
    found = refute(claim, step, rng=np.random.default_rng(1), tries=40)
    assert found is not None
    assert found.values == {"m": 0, "a": 0, "s": 1, "r": 1}
    values = {name: Fraction(value) for name, value in found.values.items()}
    assert not enclose(step.left, claim, values).overlaps(enclose(step.right, claim, values))


def test_domains_and_supports_are_respected() -> None:
    assert attack("real a >= 0\nsqrt(a^2) = a") is None
    assert attack("real a\nsqrt(a^2) = a") is not None
    assert attack("integer n >= 1\nn^2 >= n") is None
    found = attack("integer n >= 1\nn^2 > n")
    assert found is not None
    assert found.values == {"n": 1}
    found = attack(LOG_NORMAL + "pdf_X(x) >= 1")
    assert found is not None
    assert found.values["x"] > 0


@pytest.mark.parametrize(
    ("text", "falls"),
    [
        ("real a\na^2 >= 0", False),
        ("real a\na^2 > 0", True),  # equality at 0 refutes the strict inequality
        ("real a\na < a", True),
        ("real a\na <= a", False),
        ("real a\na <= a - 1e-12", True),
        ("KL(Normal(m, s) || Normal(0, 1)) >= m^2/2", False),
        ("KL(Normal(m, s) || Normal(0, 1)) <= m^2/2 + s", True),
        ("real a\na ~= 0.5", True),
        ("H(Uniform(a, b)) >= 0", True),
    ],
)
def test_inequalities_fall_in_the_wrong_order_only(text: str, falls: bool) -> None:
    assert (attack(text) is not None) == falls


@pytest.mark.parametrize(
    "text",
    [
        "density p(x)\nE_{p(x)}[log p(x)] >= 0",
        "log(-1) = 0",
        "E_{Normal(x; 0, s)}[log(x)] = 0",
        "positive s\nH(Uniform(s, -s)) = 0",
    ],
)
def test_what_cannot_be_evaluated_is_unsupported(text: str) -> None:
    with pytest.raises(Unsupported):
        attack(text)
