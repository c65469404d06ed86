"""Strict inequalities whose converse is proved: one model with values on both sides is enough."""

from __future__ import annotations

import numpy as np
import pytest

from proofs import check
from proofs.language import expand, read
from proofs.language import tree as t
from proofs.outcome import Counterexample, Proof, Unsupported
from proofs.refuters import as_python, describe, strict

MIXTURE = "let m(x) = (p(x) + q(x))/2\n"
FALSE = (
    "E_{x ~ Normal(mean, std)}[x] < mean",
    "E_{x ~ Normal(mean, std)}[(x - mean)^4] > 3*std^4",
    "int_{x}[Normal(x; mean, std)] < 1",
    "H(Normal(m, s)) > log(s) + log(2*pi)/2 + 1/2",
    MIXTURE + "KL(p(x) || m(x)) + KL(q(x) || m(x)) - log(4) < 2*JSD(p(x) || q(x)) - log(4)",
    "function T(x) > 0\nE_{p(x)}[log(2*T(x))] > log(2) + E_{p(x)}[log T(x)]",
    "positive y\nlog(1 + y + y^2/2) < log((1 + y)*(1 + y/2*(y/(1 + y))))",
)
STRICT = (
    "KL(p(x) || q(x)) > -1",
    "E_{x ~ Normal(mean, std)}[x] < mean + 1",
    "KL(p(x) || q(x)) >= 0",
    "KL(p(x) || q(x)) < 2*KL(p(x) || q(x)) + 1",
)


def attack(text: str) -> Counterexample | None:
    claim = expand(read(text))
    return strict.refute(claim, claim.steps[-1], rng=np.random.default_rng(0), tries=1)


@pytest.mark.parametrize("text", FALSE)
def test_equal_sides_refute_a_strict_inequality(text, capsys):
    claim, found = expand(read(text)), attack(text)
    assert "is proved" in found.details
    assert describe(found, claim).endswith(f"left = {found.left}, right = {found.right}")
    exec(compile(as_python(found, claim, claim.steps[-1]), text, "exec"), {})
    left, right = map(float, capsys.readouterr().out.split())
    assert left == pytest.approx(right, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("text", STRICT)
def test_what_no_theorem_contradicts_stands(text):
    assert attack(text) is None


@pytest.mark.parametrize("text", FALSE)
def test_check_says_so(text):
    report = check(text)
    assert report.verdict == "refuted"
    assert all(offered.text for offered in report.repair)


@pytest.mark.parametrize("text", ["KL(p(x) || q(x)) > -1", "E_{x ~ Normal(mean, std)}[x] < mean + 1"])
def test_a_wrong_proof_of_the_converse_meets_a_model(text, monkeypatch):
    monkeypatch.setattr(strict, "_converse", lambda claim, step: Proof("closed form"))
    assert attack(text) is None


def test_sides_without_values_refute_nothing():
    claim = expand(read("density p(x) >= 0\ndensity q(x)\nKL(q(x) || p(x)) < KL(q(x) || p(x))"))
    found = strict._model(claim, claim.steps[0], np.random.default_rng(0))
    assert found.left != "+inf"


def test_what_no_prover_reads_is_unsupported(monkeypatch):
    def refuse(claim: t.Claim, step: t.Step) -> None:
        raise Unsupported("not read")

    for prover in (strict.linear, strict.symbolic):
        monkeypatch.setattr(prover, "prove", refuse)
    with pytest.raises(Unsupported, match="not read"):
        attack("KL(p(x) || q(x)) < KL(p(x) || q(x))")
