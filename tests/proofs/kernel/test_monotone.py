"""Increasing functions keep an order that instances prove, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.kernel import (
    Axiom,
    Certificate,
    Instance,
    LogBelowLine,
    Monotone,
    NonNegative,
    Poly,
    Reader,
    Rejected,
    Unsupported,
    check,
)
from proofs.language import tree as t
from proofs.provers.readback import to_tree
from tests.proofs.kernel.expressions import VOCABULARY, Generator, claim_of, counterexample, number, var

ONE, ZERO = number(1), number(0)
A, B, C = t.Symbol("a"), t.Symbol("b"), t.Symbol("c")
x = var("x")


def accepted(step: t.Step, instances: Any) -> bool:
    try:
        check(Certificate(claim_of(step), step, instances))
    except (Rejected, Unsupported):
        return False
    return True


def call(function: str, argument: t.Expr) -> t.Expr:
    return t.Call(function, (argument,))


# --- towers of increasing functions ----------------------------------------------------------------------------------


def tower(random: Random) -> tuple[t.Expr, t.Expr, Instance]:
    """An order that a line below the logarithm or a square gives, kept by several increasing functions."""
    generator = Generator(random, budget=1)
    scope = generator.scope()
    if random.random() < 0.5:
        smaller, larger = (base := generator.positive(1, scope)), base + (more := generator.positive(1, scope))
        proof: tuple[Instance, ...] = (Instance(NonNegative(None, more), ONE),)
    else:
        argument = generator.positive(1, scope)
        smaller, larger = call("log", argument), argument - ONE
        proof = (Instance(LogBelowLine(None, argument), ONE),)
    for _ in range(random.randrange(1, 4)):
        function = random.choice(("exp", "exp", "sqrt", "log"))
        axiom = Monotone(function, smaller, larger, proof)
        smaller, larger, proof = call(function, smaller), call(function, larger), (Instance(axiom, ONE),)
    return smaller, larger, proof[0]


@settings(max_examples=80)
@given(seed=st.integers(0, 2**40))
def test_what_towers_prove_no_model_refutes(seed: int) -> None:
    smaller, larger, instance = tower(Random(seed))
    if accepted(t.Step(smaller, "<=", larger), (instance,)):
        assert counterexample(smaller, "<=", larger, seed=seed, tries=12) is None
        assert not accepted(t.Step(smaller, "<", smaller), (instance,))


def test_many_towers_are_accepted() -> None:
    built = [tower(Random(seed)) for seed in range(60)]
    assert sum(accepted(t.Step(low, "<=", high), (instance,)) for low, high, instance in built) >= 20


def test_a_falling_function_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Monotone.statement

    def flipped(self: Monotone, reader: Reader) -> Poly:
        return -right(self, reader)

    monkeypatch.setattr(Monotone, "statement", flipped)
    axiom = Monotone("exp", B, B + A, (Instance(NonNegative(None, A), ONE),))
    statement = to_tree(axiom.statement(Reader(VOCABULARY)))
    assert counterexample(statement, ">=", ZERO) is not None


# --- what is refused -------------------------------------------------------------------------------------------------

SHIFT = (Instance(NonNegative(None, A), ONE),)


class Whatever(Axiom):
    """An axiom that is in no list, and false."""

    __slots__ = ()

    def statement(self, reader: Reader) -> Poly:
        return reader.read(number(-1))


class Steeper(Monotone):
    """A subclass may say anything."""

    __slots__ = ()

    def statement(self, reader: Reader) -> Poly:
        return reader.read(number(-1))


class Fickle(tuple[Instance, ...]):
    """Instances that are not there when they are looked at first."""

    reads = 0

    def __iter__(self) -> Iterator[Instance]:
        type(self).reads += 1
        return iter(()) if self.reads == 1 else super().__iter__()


def resting_on(axiom: Axiom) -> Axiom:
    return Monotone("exp", ONE, ZERO, (Instance(axiom, ONE),))


FALSE = t.Step(ZERO, ">=", ONE)
HOSTILE: dict[str, Any] = {
    "an axiom in no list": (Instance(Whatever(), ONE),),
    "a subclass": (Instance(Steeper("exp", ZERO, ONE, ()), ONE),),
    "an axiom in no list, inside": (Instance(Monotone("exp", ONE, ZERO, (Instance(Whatever(), ONE),)), ONE),),
    "a subclass two levels down": (Instance(resting_on(resting_on(Steeper("exp", ZERO, ONE, ()))), ONE),),
    "a negative multiplier": (Instance(Monotone("exp", ZERO, ONE, ()), number(-1)),),
    "a negative multiplier inside": (
        Instance(Monotone("exp", ONE, ZERO, (Instance(NonNegative(None, ONE), number(-1)),)), ONE),
    ),
    "instances that change": Fickle((Instance(Whatever(), ONE),)),
    "instances that change, inside": (Instance(Monotone("exp", ONE, ZERO, Fickle((Instance(Whatever(), ONE),))), ONE),),
    "a list": [Instance(Monotone("exp", ONE, ZERO, ()), ONE)],
}  # fmt: skip


@pytest.mark.parametrize("instances", HOSTILE.values(), ids=HOSTILE)
def test_hostile_instances_prove_nothing(instances: Any) -> None:
    Fickle.reads = 0
    with pytest.raises((Rejected, Unsupported)):
        check(Certificate(claim_of(FALSE), FALSE, instances))


@pytest.mark.parametrize(
    ("function", "smaller", "larger"),
    [
        ("log", B, B + A),
        ("log", t.Pow(B, number(2)), t.Pow(B, number(2)) + A),
        ("log", -A, ZERO),
        ("log", t.Density("v", (x,)), t.Density("v", (x,)) + A),
        ("sqrt", B, B + A),
        ("sqrt", -A, ZERO),
        ("exp", B + A, B),
        ("abs", B, B + A),
        ("cos", B, B + A),
        ("f", B, B + A),
        ("", B, B + A),
    ],
)
def test_an_order_is_kept_only_where_the_function_increases(function: str, smaller: t.Expr, larger: t.Expr) -> None:
    with pytest.raises((Rejected, Unsupported)):
        Monotone(function, smaller, larger, SHIFT).statement(Reader(VOCABULARY))


def test_nesting_beyond_reason_is_refused() -> None:
    axiom = Monotone("exp", ZERO, ONE, ())
    for _ in range(3_000):
        axiom = Monotone("exp", ZERO, ONE, (Instance(axiom, ZERO),))
    step = t.Step(call("exp", ONE), ">=", ONE)
    with pytest.raises((Rejected, Unsupported)):
        check(Certificate(claim_of(step), step, (Instance(axiom, ONE),)))


# --- roots and absolute values ---------------------------------------------------------------------------------------

HALF, R = number("1/2"), t.Law(t.Density("r", (x,)), (x,))
T, V, D = t.Apply("T", (x,)), t.Density("v", (x,)), t.Apply("C", (x,))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (call("sqrt", t.Pow(T, number(2))), T),
        (call("sqrt", t.Pow(B, number(2))), B),
        (t.Pow(t.Pow(B, number(2)), HALF), B),
        (t.Pow(t.Pow(B * T, number(2)), HALF), B * T),
        (t.Pow(t.Pow(T - B, number(2)), HALF), T - B),
        (call("sqrt", t.Pow(B, number(2)) + 2 * A * B + t.Pow(A, number(2))), A + B),
        (call("exp", HALF * call("log", t.Pow(T, number(2)))), T),
        (call("abs", T), T),
        (call("abs", T - B), T - B),
        (call("abs", T), -T),
        (call("abs", A - C), A - C),
        (t.Pow(t.Pow(T, number(4)), number("1/4")), T),
        (t.Pow(t.Pow(V, number(2)) * t.Pow(T, number(2)), HALF), V * T),
        (call("abs", T * B), T * call("abs", B)),
        (t.Pow(call("abs", T), number(3)), t.Pow(T, number(3))),
        (t.Call("max", (T, B)), T + B),
        (t.Call("min", (T, B)), t.Call("max", (T, B))),
        (t.Call("max", (T, t.Call("min", (T, B)))), t.Call("min", (T, B))),
        (call("sqrt", t.Variance(R, T)), t.Variance(R, T)),
        (call("sqrt", t.Covariance(R, T, D) * t.Covariance(R, T, D)), t.Covariance(R, T, D)),
    ],
)
def test_a_root_is_no_inverse_of_a_square(left: t.Expr, right: t.Expr) -> None:
    assert counterexample(left, "=", right, tries=60) is not None
    assert not accepted(t.Step(left, "=", right), ())


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (call("sqrt", t.Pow(A, number(2))), A),
        (call("abs", T - B), call("abs", B - T)),
        (call("abs", -A), A),
        (t.Pow(V, HALF) * t.Pow(V, HALF), V),
        (t.Pow(t.Pow(V, number(2)), HALF), V),
        (call("sqrt", D) * call("sqrt", D), D),
        (t.Expectation(R, call("abs", T - B)), t.Expectation(R, call("abs", B - T))),
        (call("sqrt", t.Pow(T - B, number(2))), call("abs", B - T)),
        (t.Pow(t.Pow(B * T, number(2)), HALF), call("abs", B) * call("abs", T)),
        (t.Pow(t.Pow(T, number(4)), number("1/4")), call("abs", T)),
        (call("abs", A * T - A * B), A * call("abs", T - B)),
        (t.Pow(call("abs", T - B), number(2)), t.Pow(T - B, number(2))),
        (t.Pow(call("abs", T - B), number(3)), call("abs", T - B) * t.Pow(T - B, number(2))),
        (call("abs", T) * t.Pow(call("abs", T), number(-1)), t.Pow(T, number(2)) * t.Pow(T, number(-2))),
        (t.Call("min", (T, B)) + t.Call("max", (T, B)), T + B),
        (t.Call("max", (T, B)) - t.Call("min", (B, T)), call("abs", T - B)),
        (t.Call("max", (A, ZERO)), A),
        (t.Call("min", (A, -A)), -A),
        (t.Call("max", (T, T)), T),
        (t.Pow(call("sqrt", t.Variance(R, T)), number(2)), t.Variance(R, T)),
        (call("sqrt", 4 * t.Variance(R, T)), 2 * call("sqrt", t.Variance(R, T))),
        (t.Expectation(R, call("abs", T / t.Density("r", (x,)))), t.Integral((x,), call("abs", T))),
    ],
)  # fmt: skip
def test_roots_and_absolute_values_obey_what_holds(left: t.Expr, right: t.Expr) -> None:
    assert accepted(t.Step(left, "=", right), ())
    assert counterexample(left, "=", right, tries=60) is None


def test_a_vanishing_root_is_not_divided_by_under_a_law() -> None:
    """E_m[sqrt(C)/sqrt(C)] is the mass where C > 0, not one."""
    law = t.Law(t.Density("r", (x,)), (x,))
    for body in (
        t.Pow(D, HALF) * t.Pow(D, -HALF),
        call("sqrt", D) / call("sqrt", D),
        D / t.Pow(call("sqrt", D), number(2)),
    ):
        assert not accepted(t.Step(t.Expectation(law, body), "=", ONE), ())
    tilted = t.Law(D / t.Integral((x,), D), (x,))
    for power in (Fraction(-1), Fraction(-1, 2)):
        mean = t.Expectation(tilted, t.Pow(D, number(power))) * t.Integral((x,), D)
        assert not accepted(t.Step(mean, "=", t.Integral((x,), t.Pow(D, number(1 + power)))), ())
