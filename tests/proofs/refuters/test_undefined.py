"""A step without a value somewhere is told from one that is merely undecided, and only where that is certain."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb, fmpq

from proofs.certifier.undefined import examine_points
from proofs.check import check
from proofs.language import expand, read
from proofs.outcome import Meaningless
from proofs.refuters.undefined import Watched, examine_models


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("log(H(p(x))) <= H(p(x))", "the logarithm of"),
        ("TV(p(x) || q(x)) <= sqrt(KL(p(x) || q(x))/(-2))", "the square root of"),
        ("function T(x)\nE_{p(x)}[log(T(x))] <= log(E_{p(x)}[exp(T(x))])", "the logarithm of"),
        ("exp(1/KL(p(x) || q(x))) >= 1/2", "a quotient by 0"),
        ("function T(x)\nE_{p(x)}[T(x)^(1/2)] <= E_{p(x)}[exp(T(x))]", "the power 1/2 of"),
    ],
)
def test_a_model_without_a_value_is_shown(text: str, words: str) -> None:
    report = check(text)
    assert report.verdict == "unsupported"
    assert f"a side has no value, being {words}" in report.steps[0].message
    assert " where " in report.steps[0].message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("H(Laplace(m, s)) = 1 + log(-2*s)", "the logarithm of"),
        ("real m\nKL(Normal(m, m) || Normal(0, 1)) >= 0", "m, in Normal(m, m), is not positive at m = "),
        ("real t\nlog(t) <= t", "the logarithm of"),
    ],
)
def test_a_point_without_a_value_is_shown(text: str, words: str) -> None:
    report = check(text)
    assert report.verdict == "unsupported"
    assert words in report.steps[0].message


@pytest.mark.parametrize(
    "text",
    [
        "KL(p(x) || q(x)) >= 0",
        "log(KL(p(x) || q(x))) <= KL(p(x) || q(x))",  # the logarithm of 0 is -oo, which is below everything
        "density p(x) >= 0\nE_{p(x)}[log p(x) - log q(x)] <= 1000000",  # 0 log 0 = 0
        "density p(x) >= 0\nH(p(x)) - H(p(x)) <= 1",
    ],
)
def test_what_has_a_value_everywhere_is_left_alone(text: str) -> None:
    claim = expand(read(text))
    for seed in range(5):
        assert examine_models(claim, claim.steps[0], rng=np.random.default_rng(seed)) is None  # and raises nothing


def test_closed_forms_with_values_everywhere_are_left_alone() -> None:
    for text in ("positive t\nlog(t) <= t - 1", "KL(Normal(m, s) || Normal(0, 1)) >= 0", "real t\nlog(t^2 + 1) >= 0"):
        claim = expand(read(text))
        assert examine_points(claim, claim.steps[0]) is None


def test_assumptions_are_kept() -> None:
    """Where every model of the assumption gives a value, none of those that break it counts."""
    claim = expand(read("function T(x) >= 0\nassume E_{p(x)}[T(x)] >= 1\nE_{p(x)}[log(1 + T(x))] >= -1"))
    assert examine_models(claim, claim.steps[0], rng=np.random.default_rng(0)) is None


def test_a_proof_or_a_refutation_comes_first() -> None:
    assert check("function T(x)\nE_{p(x)}[log(T(x))] = 1").verdict == "refuted"
    assert check("KL(p(x) || q(x))/KL(p(x) || q(x)) <= 1").verdict == "proved"


def test_a_ball_that_straddles_zero_tells_nothing() -> None:
    """Planted doubt: a value that is none because the balls are wide is not certainly none."""
    for wide, certain in ((arb(0, 1), False), (arb(-2, 1), True)):
        watched = Watched()
        found = watched.call("log", [np.array([wide], dtype=object)])
        assert not found[0].is_finite()
        assert (bool(watched.reasons), watched.doubtful) == (certain, not certain)


def test_infinities_tell_nothing() -> None:
    watched = Watched()
    infinite = np.array([arb.pos_inf()], dtype=object)
    watched.sub(infinite, infinite)
    assert watched.doubtful
    assert not watched.reasons
    watched.div(infinite, np.array([fmpq(0)], dtype=object))
    assert watched.reasons == ["a quotient by 0"]


def test_the_message_names_the_model() -> None:
    claim = expand(read("log(H(p(x))) <= H(p(x))"))
    with pytest.raises(Meaningless, match=r"where x has .*p\(x\) = "):
        examine_models(claim, claim.steps[0], rng=np.random.default_rng(0))
