"""The linear prover proves what is true of its fragment, names the gap, and never proves a near miss."""

from __future__ import annotations

import re

import numpy as np
import pytest

from proofs import outcome
from proofs.kernel import Reader, check
from proofs.kernel.certificate import difference
from proofs.language import ClaimError, expand, read
from proofs.language import tree as t
from proofs.provers.linear import prove
from proofs.refuters import refute
from tests.proofs.kernel.expressions import NOTHING, VOCABULARY, claim_of, number
from tests.proofs.provers.claims import FALSE, TRUE

#: False only where two things are exactly equal, which no random model is.
FALSE_AT_A_TIE = {"V(D) strictly"}
#: Proofs whose gap is no sum of divergences say by which inequality they hold instead.
_NAMED = re.compile(r"(left|right) - (left|right) = (.*?)(?: >= 0)?")
_REASONED = re.compile(r"(left|right) - (left|right) >= 0 by .+")


def proof_of(text: str) -> tuple[t.Claim, outcome.Proof | None]:
    claim = expand(read(text))
    try:
        return claim, prove(claim, claim.steps[-1])
    except outcome.Unsupported:
        return claim, None


@pytest.mark.parametrize("name", TRUE)
def test_true_claims_are_proved(name: str) -> None:
    claim, proof = proof_of(TRUE[name])
    assert proof is not None
    assert proof.method == "kernel"
    assert proof.certificate is not None
    assert proof.certificate.claim == claim
    assert proof.certificate.step == claim.steps[-1]
    assert check(proof.certificate) == proof.assumptions


def gap_of(name: str) -> tuple[t.Claim, str]:
    claim, proof = proof_of(TRUE[name])
    assert proof is not None
    return claim, proof.gap


def test_a_gap_is_the_difference_of_the_sides() -> None:
    """The printed gap is read again, and the kernel sees that it is what it is said to be.

    Some gaps speak of a law that has no name, which text cannot say; some proofs have no gap made of divergences.
    """
    seen = {"equality": 0, "reason": 0, "law without a name": 0, "read": 0}
    for name, text in TRUE.items():
        claim, gap = gap_of(name)
        step = claim.steps[-1]
        if step.relation == "=":
            assert gap == ""
            seen["equality"] += 1
            continue
        sides = ("left", "right") if step.relation in (">=", ">") else ("right", "left")
        named, reasoned = _NAMED.fullmatch(gap), _REASONED.fullmatch(gap)
        assert (named or reasoned) is not None
        assert (named or reasoned).group(1, 2) == sides
        if named is None:
            seen["reason"] += 1
        elif "|| (" in gap:
            seen["law without a name"] += 1
        else:
            declarations = text.rpartition("\n")[0]
            read_again = expand(read(f"{declarations}\n{named[3]} = 0")).steps[-1].left
            larger, smaller = (getattr(step, side) for side in sides)
            assert not difference(Reader(claim), t.Step(larger - smaller, "=", read_again)).terms
            seen["read"] += 1
    assert seen["equality"] >= 20
    assert seen["read"] >= 8


@pytest.mark.parametrize("name", FALSE)
def test_near_misses_are_not_proved(name: str) -> None:
    assert proof_of(FALSE[name])[1] is None


@pytest.mark.parametrize("name", sorted(FALSE.keys() - FALSE_AT_A_TIE))
def test_near_misses_are_false(name: str) -> None:
    """What the test above forbids to prove is refuted by a finite model: the table holds no true claim."""
    claim = expand(read(FALSE[name]))
    assert refute(claim, claim.steps[-1], rng=np.random.default_rng(0), tries=1_000) is not None


@pytest.mark.parametrize("relation", ["<=", ">="])
def test_every_true_equality_holds_as_an_inequality(relation: str) -> None:
    for text in TRUE.values():
        claim = expand(read(text))
        step = claim.steps[-1]
        if step.relation == "=":
            assert prove(claim, t.Step(step.left, relation, step.right)) is not None
            strict = t.Step(step.left, relation[0], step.right)
            assert prove(claim, strict) is None


def test_digits_are_not_the_kernels_business() -> None:
    step = t.Step(t.Call("log", (number(2),)), "~=", t.Number(number("69/100").value, "0.69"))
    with pytest.raises(outcome.Unsupported):
        prove(claim_of(step), step)


@pytest.mark.parametrize(
    "step",
    [
        t.Step(t.Symbol("nobody"), "=", number(0)),
        t.Step(t.Call("log", (t.Symbol("b"),)), "<=", t.Symbol("b")),
        t.Step(t.Constant("oo"), ">", number(0)),
        t.Step(t.Number(0.5), "=", t.Number(0.5)),
    ],
)
def test_what_is_outside_the_fragment_is_unsupported(step: t.Step) -> None:
    with pytest.raises(outcome.Unsupported):
        prove(claim_of(step), step)


def test_the_empty_difference_is_proved_both_ways() -> None:
    for relation, proved in (("=", True), ("<=", True), (">=", True), ("<", False), (">", False)):
        step = t.Step(number(0), relation, number(0))
        assert (prove(VOCABULARY, step) is not None) is proved
    assert NOTHING in VOCABULARY.steps


def test_a_claim_that_cannot_be_read_is_not_proved() -> None:
    with pytest.raises(ClaimError):
        proof_of("log p(x >= 0")
