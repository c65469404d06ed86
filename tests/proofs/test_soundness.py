"""No claim is both proved and refuted: random claims, true ones, and true ones with a slip.

`benchmarks/soundness.py` runs ten thousand and more of them.

The kernel rewrites; the refuter evaluates. They share the tree and nothing else, so that an error of either shows here.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.attempt import INTERPRETERS, Interpreter
from proofs.kernel import Gibbs, Reader, Unsupported
from proofs.kernel.polynomial import Poly
from proofs.language import to_text
from proofs.language import tree as t
from proofs.outcome import Counterexample, Proof
from proofs.outcome import Unsupported as OutsideFragment
from proofs.provers.linear import prove
from proofs.refuters import refute
from tests.proofs.soundness import KINDS as GENERATED
from tests.proofs.soundness import trial
from tests.proofs.soundness.page import counts
from tests.proofs.soundness.trees import (
    a_slip_in_an_axiom,
    a_slip_in_the_table,
    a_true_equality,
    a_true_inequality,
    anything,
)
from tests.proofs.soundness.trial import decided, tasks, wrong

SEEDS = st.integers(0, 2**40)
PAGE = Path(__file__).parents[2] / "docs" / "soundness.md"


def proof_of(claim: t.Claim, step: t.Step) -> Proof | None:
    try:
        return prove(claim, step)
    except OutsideFragment:
        return None


def refutation_of(claim: t.Claim, step: t.Step, seed: int, *, tries: int = 12) -> Counterexample | None:
    try:
        return refute(claim, step, rng=np.random.default_rng(seed), tries=tries)
    except OutsideFragment:
        return None


KINDS = {
    "a true equality": (a_true_equality, 600),
    "a true inequality": (a_true_inequality, 130),
    "a slip in an axiom": (a_slip_in_an_axiom, 130),
    "a slip in the table": (a_slip_in_the_table, 300),
    "anything": (anything, 400),
}


def contradiction(claim: t.Claim, step: t.Step, seed: int) -> str | None:
    """What is wrong, if the step is both proved and refuted."""
    proof = proof_of(claim, step)
    found = None if proof is None else refutation_of(claim, step, seed)
    if proof is None or found is None:
        return None
    shown = f"{to_text(step.left)} {step.relation} {to_text(step.right)}"
    return f"{shown}\nis proved ({proof.details}) and refuted: {found}"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_both_proved_and_refuted(kind: str) -> None:
    draw, examples = KINDS[kind]

    @settings(max_examples=examples)
    @given(SEEDS)
    def run(seed: int) -> None:
        claim, step = draw(Random(seed))
        assert contradiction(claim, step, seed) is None

    run()


def test_what_is_true_by_construction_is_mostly_proved() -> None:
    """The property above is not empty; how many true inequalities are found is up to the search."""
    proved = {kind: 0 for kind in KINDS}
    for kind, (draw, _) in KINDS.items():
        for seed in range(50):
            proved[kind] += proof_of(*draw(Random(seed))) is not None
    assert proved["a true equality"] >= 40
    assert proved["a true inequality"] >= 12
    assert proved["a slip in the table"] >= 2


# --- every kind of claim before all interpreters ----------------------------------------------------------------------

PART = 20  # claims of a kind of weight 4


@pytest.mark.parametrize("number", range(len(GENERATED)), ids=[kind.name for kind in GENERATED])
def test_generated_claims_get_the_right_verdicts(number: int) -> None:
    """Nothing proved and refuted, nothing true refuted, nothing false proved; of the linear fragment nothing open."""
    count = PART * GENERATED[number].weight // 4
    found = [decided((number, seed), timeout=60.0) for seed in range(count)]
    assert not [one for one in found if one.wrong], "\n".join(f"{one.text}\n  {one.wrong}" for one in found)
    assert sum(one.verdict != "open" for one in found) >= count / 3


def test_a_wrong_verdict_is_noticed() -> None:
    for kind in GENERATED:
        assert bool(wrong(kind, "refuted")) == (kind.truth is True)
        assert bool(wrong(kind, "proved")) == (kind.truth is False)
        assert bool(wrong(kind, "open")) == kind.decided


def test_the_kinds_are_told_apart_by_their_seeds_alone() -> None:
    for kind in GENERATED:
        assert kind.claim(3) == kind.claim(3)
    assert len({kind.name for kind in GENERATED}) == len(GENERATED)


def test_ten_thousand_are_shared_among_all_kinds() -> None:
    listed = tasks(10_000)
    assert 10_000 <= len(listed) < 10_100
    assert {number for number, _ in listed} == set(range(len(GENERATED)))
    assert len(set(listed)) == len(listed)


def test_the_page_tells_of_as_many_claims_as_it_should() -> None:
    """Made by `python benchmarks/soundness.py --write docs/soundness.md`."""
    counted = counts(PAGE.read_text(encoding="utf-8"))
    assert set(counted) == {kind.name for kind in GENERATED}, "docs/soundness.md is stale"
    assert sum(counted.values()) >= 10_000


# --- planted errors: an unsound kernel contradicts the refuter --------------------------------------------------------


def _gibbs_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Gibbs.statement
    monkeypatch.setattr(Gibbs, "statement", lambda self, reader: -right(self, reader))


def _laws_of_any_mass(monkeypatch: pytest.MonkeyPatch) -> None:
    from proofs.kernel.polynomial import ONE

    monkeypatch.setattr(Reader, "mass", staticmethod(lambda bound, density: ONE))


def _constants_of_any_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    from fractions import Fraction

    from proofs.kernel import combination

    right = combination.constant_lower_bound
    monkeypatch.setattr(combination, "constant_lower_bound", lambda poly: right(poly) and Fraction(1))


def _signs_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Poly, "__sub__", lambda self, other: self + other)


@pytest.mark.parametrize("plant", [_gibbs_either_way, _laws_of_any_mass, _constants_of_any_sign, _signs_lost])
def test_an_unsound_kernel_is_caught(plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)

    def caught() -> bool:
        for seed in range(600):
            for draw, _ in KINDS.values():
                claim, step = draw(Random(seed))
                try:
                    if contradiction(claim, step, seed) is not None:
                        return True
                except (Unsupported, ArithmeticError, ValueError, KeyError):
                    pass  # a kernel that has lost its invariants may also fail in other ways
        return False

    assert caught()


def _first(name: str) -> int:
    return [kind.name for kind in GENERATED].index(name)


def test_a_prover_of_everything_shows_in_a_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that falls at once is never shown to the provers by a check; here it is."""
    sure = Interpreter("sure of everything", True, lambda *_: Proof("closed form"))
    monkeypatch.setattr(trial, "INTERPRETERS", (sure, *(i for i in INTERPRETERS if not i.proves)))
    found = decided((_first("linear: false equalities"), 0))
    assert (found.verdict, "proved" in found.wrong, "refuted" in found.wrong) == ("refuted", True, True)
    assert decided((_first("linear: true equalities"), 0)).wrong == ""


def test_a_refuter_of_everything_shows_in_a_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    never = Interpreter("sure of nothing", False, lambda *_: Counterexample("finite", "0", "1"), quick=True)
    monkeypatch.setattr(trial, "INTERPRETERS", (never, *(i for i in INTERPRETERS if i.proves)))
    assert "proved" in decided((_first("linear: true equalities"), 0)).wrong
    assert decided((_first("linear: false equalities"), 0)).wrong == ""
