"""What is assumed is used, holds on the models that satisfy it, and proves nothing where it contradicts itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs import check
from proofs.kernel import Assumed, Certificate, Instance, Poly, Reader, Rejected, Unsupported, normal_form
from proofs.kernel import check as verify
from proofs.kernel.hypotheses import Hypotheses, Meaning, hypotheses
from proofs.kernel.schema import averaging
from proofs.language import read
from proofs.language import tree as t
from proofs.outcome import Counterexample
from proofs.outcome import Unsupported as OutsideFragment
from proofs.provers.readback import to_tree
from proofs.refuters import refute
from tests.proofs.kernel.expressions import DECLARATIONS, NOTHING, Generator, number, var

PAIR = "density p(x)\ndensity q(x)\n"
JOINT = "density p(x, y, z)\n"

PROVED = {
    "one law for two": PAIR + "assume p(x) = q(x)\nKL(p(x) || q(x)) = 0",
    "a marginal of what is defined": "density p(x, y)\ndensity q(x, y)\nassume p(x, y) = q(x, y)\np(x) = q(x)",
    "a mixture": PAIR + "density m(x)\nassume m(x) = p(x)/2 + q(x)/2\n"
    "JSD(p(x) || q(x)) = 1/2*KL(p(x) || m(x)) + 1/2*KL(q(x) || m(x))",
    "a conditional law": "density p(x, z)\ndensity q(z|x)\nassume q(z|x) = p(z|x)\n"
    "log p(x) = E_{q(z|x)}[log p(x,z) - log q(z|x)]",
    "a function": PAIR + "function T(x)\nassume T(x) = log(p(x)/q(x))\nE_{p(x)}[T(x)] = KL(p(x) || q(x))",
    "a function of known range": PAIR + "function D(x) in (0, 1)\nassume D(x) = 1/2\nE_{p(x)}[log D(x)] = -log(2)",
    "a number": "real a\npositive b\nassume b = exp(a)\nlog(b) = a",
    "independence": "density p(x, y)\nassume p(x, y) = p(x)*p(y)\nI_p(x; y) = 0",
    "independence by a conditional": "density p(x, y)\nassume p(x|y) = p(x)\np(y|x) = p(y)",
    "independence of two of three": JOINT + "assume p(x|z) = p(x)\nI_p(x; z) = 0",
    "a Markov chain": JOINT + "assume p(z|x,y) = p(z|y)\nI_p(x; z) <= I_p(x; y)",
    "a common cause": JOINT + "assume p(x,z|y) = p(x|y)*p(z|y)\nI_p(x; z | y) = 0",
    "an order of numbers": "real a\nreal b\nassume a <= b\n3*a <= 3*b + 1",
    "a strict order of numbers": "real a\nreal b\nassume a < b\nexp(a) <= exp(b)",
    "an order of functions": "density p(x)\nfunction S(x)\nfunction T(x)\nassume S(x) >= T(x)\n"
    "E_{p(x)}[T(x)] <= E_{p(x)}[S(x)]",
    "a known mean": "density p(x)\nfunction T(x)\nassume E_{p(x)}[T(x)] = 0\nVar_{p(x)}[T(x)] = E_{p(x)}[T(x)^2]",
}  # fmt: skip


@pytest.mark.parametrize("text", PROVED.values(), ids=PROVED)
def test_what_follows_is_proved(text: str) -> None:
    report = check(text)
    assert report.verdict == "proved"
    assert check("\n".join(line for line in text.splitlines() if "assume" not in line)).verdict != "proved"


NOT_PROVED = {
    "too much": "real a\nreal b\nassume a <= b\na <= b - 1",
    "the converse": "real a\nreal b\nassume a <= b\nb <= a",
    "an order of squares": "density p(x)\nfunction S(x)\nfunction T(x)\nassume S(x) >= T(x)\n"
    "E_{p(x)}[T(x)^2] <= E_{p(x)}[S(x)^2]",
    "a chain that skips": JOINT + "assume p(z|x,y) = p(z|y)\nI_p(x; z) = 0",
    "pairwise independence": JOINT + "assume p(x|z) = p(x)\nI_p(x; z | y) = 0",
    "a contradiction": "real a\nreal b\nassume a < b\nassume b < a\na = 17",
    "two values": "real a\nassume a = 1\nassume a = 2\n1 = 1",
    "a circle": "real a\nreal b\nassume a = b\nassume b = a + 1\n1 = 1",
    "a number made of itself": "real a\nassume a = a + 1\n1 = 1",
    "a law of mass two": PAIR + "density r(x)\nassume p(x) = 2*q(x)\nKL(r(x) || r(x)) = 0",
    "a law that may be negative": PAIR + "density r(x)\nassume p(x) = 2*q(x) - r(x)\n1 = 1",
    "a number outside its domain": "positive a\nreal b\nassume a = b\n1 = 1",
    "a function outside its range": "function D(x) in (0, 1)\nassume D(x) = 2\n1 = 1",
    "an integer that is one half": "integer n >= 1\nassume n = 3/2\n1 = 1",
    "a function of something else": "function S(x, y)\nfunction T(x)\nassume T(x) = S(x, y)\nS(x, y) = T(x)",
    "a structure that a law does not have": "density p(x, y) = p(x) p(y|x)\nassume p(x) = 2*p(x)\n1 = 1",
}  # fmt: skip


@pytest.mark.parametrize("text", NOT_PROVED.values(), ids=NOT_PROVED)
def test_what_does_not_follow_and_what_contradicts_itself_is_not(text: str) -> None:
    assert check(text).verdict != "proved"


def test_derivatives_know_more_than_one_value_of_a_parameter() -> None:
    text = "parameter theta\nfunction T_theta(x)\nassume T_theta(x) = 0\ngrad_theta[T_theta(x)] = 0"
    assert check(text).verdict != "proved"


# --- the schema ------------------------------------------------------------------------------------------------------

x = var("x")
R = t.Law(t.Density("r", (x,)), (x,))
C, D, T, B = t.Apply("C", (x,)), t.Apply("D", (x,)), t.Apply("T", (x,)), t.Symbol("b")
HYPOTHESES = (t.Step(D, "<=", C), t.Step(T, ">", B), t.Step(t.Symbol("a"), "<", t.Symbol("n")))


def claim(step: t.Step, assumptions: tuple[t.Step, ...] = HYPOTHESES) -> t.Claim:
    return t.Claim(DECLARATIONS, (), (t.Chain((step,)),), assumptions=assumptions)


def violation(seed: int) -> tuple[Assumed, Counterexample] | None:
    """A model of what is assumed on which a random instance is certainly negative."""
    random = Random(seed)
    generator = Generator(random, budget=1)
    scope = random.choice(((), (x,)))
    law, inner = generator.law(()) if random.random() < 0.5 else (None, scope)
    weight = generator.positive(1, inner) if random.random() < 0.7 else generator.real(1, inner)
    hypothesis = random.choice(HYPOTHESES)
    axiom = Assumed(hypothesis, law, weight)
    try:
        statement = axiom.statement(Reader(claim(NOTHING)))
        step = t.Step(to_tree(statement), ">=", number(0))
        found = refute(claim(step, (hypothesis,)), step, rng=np.random.default_rng(seed), tries=100)
    except (Rejected, Unsupported, OutsideFragment):
        return None
    return None if found is None else (axiom, found)


@settings(max_examples=60)
@given(seed=st.integers(0, 2**40))
def test_no_model_of_what_is_assumed_violates_an_instance(seed: int) -> None:
    assert violation(seed) is None


def _of_any_weight(self: Assumed, reader: Reader) -> Poly:
    env, average = averaging(reader, self.law)
    gap = reader.read(self.hypothesis.right, env) - reader.read(self.hypothesis.left, env)
    return average(reader.read(self.weight, env) * (-gap if self.hypothesis.relation in (">=", ">") else gap))


def _of_one_direction(self: Assumed, reader: Reader) -> Poly:
    env, average = averaging(reader, self.law)
    if not reader.is_nonnegative(self.weight, env):
        raise Rejected("a weight that may be negative")
    gap = reader.read(self.hypothesis.right, env) - reader.read(self.hypothesis.left, env)
    return average(reader.read(self.weight, env) * gap)


@pytest.mark.parametrize("wrong", [_of_any_weight, _of_one_direction])
def test_a_wrong_schema_is_violated(wrong: Callable[[Any, Reader], Poly], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Assumed, "statement", wrong)
    assert any(violation(seed) is not None for seed in range(300))


def test_only_what_is_assumed_may_be_used() -> None:
    reader = Reader(claim(NOTHING))
    for hypothesis in (t.Step(C, "<=", D), t.Step(D, "<", C), t.Step(T, ">=", B)):
        with pytest.raises(Rejected):
            Assumed(hypothesis, None, number(1)).statement(reader)
    with pytest.raises(Rejected):
        Assumed(HYPOTHESES[0], R, T).statement(reader)


def test_an_equality_rests_on_assumed_equalities_only() -> None:
    step = t.Step(D, "=", C)
    instance = Instance(Assumed(HYPOTHESES[0], None, number(1)), number(1))
    with pytest.raises(Rejected):
        verify(Certificate(claim(step), step, (instance,)))


# --- planted errors: what is no definition, taken for one -------------------------------------------------------------


def _credulous(given_claim: t.Claim) -> Hypotheses:
    """Every equation for a name defines it, whatever it is made of, and nothing is seen to define something."""
    meanings = {
        step.left.name: Meaning((), step.right)
        for step in given_claim.assumptions
        if isinstance(step.left, t.Symbol) and step.relation == "="
    }
    return Hypotheses(meanings, {}, (), ())


def test_a_circle_taken_for_a_definition_is_seen_by_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    circle = read(NOT_PROVED["a circle"].replace("1 = 1", "a = b"))
    assert hypotheses(circle).others == circle.assumptions[1:]
    monkeypatch.setattr(normal_form, "hypotheses", _credulous)
    with pytest.raises(Unsupported):
        verify(Certificate(circle, circle.steps[0]))


def test_the_domain_of_what_is_defined_is_looked_at() -> None:
    outside = read(NOT_PROVED["a number outside its domain"])
    with pytest.raises(Unsupported):
        verify(Certificate(outside, outside.steps[0]))
    inside = replace(outside, assumptions=(t.Step(t.Symbol("a"), "=", t.Call("exp", (t.Symbol("b"),))),))
    verify(Certificate(inside, inside.steps[0]))
