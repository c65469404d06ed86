"""No claim is both proved and refuted: random claims, true ones, and true ones with a slip.

The kernel rewrites; the refuter evaluates. They share the tree and nothing else, so that an error of either shows here.
"""

from __future__ import annotations

from functools import cache
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.kernel import Gibbs, Reader, Unsupported
from proofs.kernel.polynomial import Poly
from proofs.language import expand, read, to_text
from proofs.language import tree as t
from proofs.outcome import Counterexample, Proof
from proofs.outcome import Unsupported as OutsideFragment
from proofs.provers.linear import prove
from proofs.refuters import refute
from tests.proofs.kernel.edits import alpha, edited, rewritten, shuffled, written
from tests.proofs.kernel.expressions import VOCABULARY, Generator
from tests.proofs.provers.claims import FALSE, TRUE

SEEDS = st.integers(0, 2**40)
_TABLE = {**TRUE, **FALSE}

Task = tuple[t.Claim, t.Step]


@cache
def from_table(name: str) -> t.Claim:
    return expand(read(_TABLE[name]))


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


# --- random claims ---------------------------------------------------------------------------------------------------


def a_true_equality(random: Random) -> Task:
    generator = Generator(random, budget=3)
    expr = generator.real(4, generator.scope())
    other = rewritten(shuffled(alpha(expr, random), random), random)
    return VOCABULARY, t.Step(expr, "=", other)


def a_true_inequality(random: Random) -> Task:
    """Something, and the same with what an axiom says is non-negative added to it."""
    generator = Generator(random, budget=3)
    scope = generator.scope()
    axiom, expr = generator.axiom(scope), generator.real(2, scope)
    more, less = t.Add(expr, written(axiom)), alpha(expr, random)
    return VOCABULARY, random.choice((t.Step(more, ">=", less), t.Step(less, "<=", more)))


def a_slip_in_an_axiom(random: Random) -> Task:
    claim, step = a_true_inequality(random)
    return claim, edited(step, claim, random)


def a_slip_in_the_table(random: Random) -> Task:
    claim = from_table(random.choice(sorted(_TABLE)))
    step = claim.steps[-1]
    for _ in range(random.choice((1, 1, 2))):
        step = edited(step, claim, random)
    return claim, step


def anything(random: Random) -> Task:
    generator = Generator(random, budget=3)
    scope = generator.scope()
    relation = random.choice(("=", "<=", ">=", "<", ">"))
    return VOCABULARY, t.Step(generator.real(3, scope), relation, generator.real(3, scope))


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
