"""Convexity on intervals, at boundaries and under shadowing binders; and what f(1) = 0 is taken for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.kernel import (
    Axiom,
    Certificate,
    FenchelYoung,
    Gibbs,
    Hellinger,
    Instance,
    Jensen,
    Label,
    Pinsker,
    Poly,
    PowerMean,
    Reader,
    Rejected,
    Unsupported,
    Weighted,
    check,
)
from proofs.kernel.schema import averaging
from proofs.language import expand, read
from proofs.language import tree as t
from proofs.outcome import Unsupported as OutsideFragment
from proofs.provers.linear import prove
from proofs.provers.readback import to_tree
from tests.proofs.kernel.expressions import DECLARATIONS, Generator, Scope, claim_of, counterexample, number, var

DECLARED = (
    *DECLARATIONS,
    t.Convex("e", low=Fraction(0)),
    t.Convex("e_low", concave=True, low=Fraction(0)),
    t.Convex("o", low=Fraction(0), high=Fraction(1)),
    t.Convex("o_low", concave=True, low=Fraction(0), high=Fraction(1)),
)
CONVEX = {d.name: d for d in DECLARED if isinstance(d, t.Convex)}
EMPTY = t.Claim(DECLARED, (), ())
ONE, ZERO, HALF = number(1), number(0), number("1/2")
A, B, C = t.Symbol("a"), t.Symbol("b"), t.Symbol("c")
x, x1, z = var("x"), var("x_1"), var("z")
R, P, V = (t.Law(t.Density(name, (x,)), (x,)) for name in "rpv")
T, D = t.Apply("T", (x,)), t.Apply("D", (x,))


# --- random instances, whose arguments may leave the domain ----------------------------------------------------------


def point(generator: Generator, function: str, scope: Scope) -> t.Expr:
    """An argument that lies in the domain of the function, but for one in five."""
    if generator.random.random() < 0.2 or CONVEX[function].low is None:
        return generator.real(1, scope)
    positive = generator.positive(1, scope)
    return positive if CONVEX[function].high is None else positive / (positive + ONE)


def inside(generator: Generator) -> tuple[t.Law | None, Scope]:
    scope = generator.scope()
    return generator.law(scope) if generator.random.random() < 0.6 else (None, scope)


def jensen(generator: Generator) -> Axiom:
    function = generator.random.choice(sorted(CONVEX))
    outer, scope = inside(generator)
    law, inner = generator.law(scope)
    return Jensen(function, outer, law, point(generator, function, inner))


def weighted(generator: Generator) -> Axiom:
    function = generator.random.choice(sorted(CONVEX))
    outer, scope = inside(generator)
    xs = [v for v in scope if v.stem == "x"]
    weight: t.Expr = generator.random.choice((C, t.Apply("C", (xs[0],)), t.Apply("D", (xs[0],)))) if xs else C
    if generator.random.random() < 0.3:
        first, second = generator.positive(1, scope), generator.positive(1, scope)
        weights: tuple[t.Expr, ...] = (first / (first + second), second / (first + second))
    else:
        weights = (weight, ONE - weight)
    return Weighted(function, outer, weights, tuple(point(generator, function, scope) for _ in weights))


def fenchel_young(generator: Generator) -> Axiom:
    function = generator.random.choice(sorted(CONVEX))
    law, scope = inside(generator)
    return FenchelYoung(function, law, point(generator, function, scope), generator.real(1, scope))


def gibbs(generator: Generator) -> Axiom:
    """Weights that are expressions, over laws of different variables."""
    scope = generator.scope()
    first, second = generator.positive(1, scope), generator.positive(0, scope)
    weights = generator.random.choice(((first / (first + second), second / (first + second)), (C, ONE - C), (ONE,)))
    labels = []
    for weight in weights:
        law, inner = generator.law(scope)
        reference = generator.positive(1, inner)
        labels.append(Label(weight, law, law.density * reference if generator.random.random() < 0.7 else reference))
    return Gibbs(tuple(labels))


def power_mean(generator: Generator) -> Axiom:
    outer, scope = inside(generator)
    law, inner = generator.law(scope)
    exponent = Fraction(generator.random.choice(("1/2", "1/3", "-1", "-1/2", "0", "1", "3/2", "2")))
    return PowerMean(exponent, outer, law, generator.positive(1, inner))


DRAWS: dict[type[Axiom], Callable[[Generator], Axiom]] = {
    Jensen: jensen,
    Weighted: weighted,
    FenchelYoung: fenchel_young,
    Gibbs: gibbs,
    PowerMean: power_mean,
}


def violated(schema: type[Axiom], seed: int) -> bool | None:
    """Whether a model contradicts a random instance, as the kernel states it; None where the kernel refuses it."""
    axiom = DRAWS[schema](Generator(Random(seed), budget=2))
    try:
        statement = axiom.statement(Reader(EMPTY))
    except (Rejected, Unsupported):
        return None
    return counterexample(to_tree(statement), ">=", ZERO, seed=seed, tries=12, declarations=DECLARED) is not None


@pytest.mark.parametrize("schema", DRAWS, ids=lambda schema: schema.__name__)
@settings(max_examples=30)
@given(seed=st.integers(0, 2**40))
def test_no_model_violates_an_instance(schema: type[Axiom], seed: int) -> None:
    assert not violated(schema, seed)


@pytest.mark.parametrize("schema", DRAWS, ids=lambda schema: schema.__name__)
def test_many_instances_are_accepted(schema: type[Axiom]) -> None:
    accepted = 0
    for seed in range(60):
        with suppress(Rejected, Unsupported):
            DRAWS[schema](Generator(Random(seed), budget=2)).statement(Reader(EMPTY))
            accepted += 1
    assert accepted >= 20


# --- planted errors --------------------------------------------------------------------------------------------------


def _jensen_without_the_outer_law(self: Jensen, reader: Reader) -> Poly:
    """The mean of the outer law is taken of one side only."""
    env, average = averaging(reader, self.outer)
    mean = reader.read(t.Expectation(self.law, t.Apply(self.function, (self.argument,))), env)
    at_mean = reader.apply(self.function, (average(reader.read(t.Expectation(self.law, self.argument), env)),))
    gap = average(mean) - at_mean
    return gap if CONVEX[self.function].concave else -gap


def _weighted_unevenly(self: Weighted, reader: Reader) -> Poly:
    env, average = averaging(reader, self.outer)
    weights = [reader.read(w, env) for w in self.weights]
    values = [reader.read(t.Apply(self.function, (p,)), env) for p in self.points]
    mean = weights[0] * reader.read(self.points[0], env) + weights[-1] * reader.read(self.points[-1], env)
    gap = weights[0] * values[-1] + weights[-1] * values[0] - reader.apply(self.function, (mean,))
    return average(-gap if CONVEX[self.function].concave else gap)


def _fenchel_young_without_conjugate(self: FenchelYoung, reader: Reader) -> Poly:
    env, average = averaging(reader, self.law)
    value, other = (reader.read(t.Apply(self.function, (s,)), env) for s in (self.point, self.slope))
    return average(value + other - reader.read(self.point, env) * reader.read(self.slope, env))


def _power_mean_of_one_sign(self: PowerMean, reader: Reader) -> Poly:
    statement = _power_mean(self, reader)
    return -statement if 0 < self.exponent < 1 else statement


_power_mean = PowerMean.statement
PLANTED: dict[str, tuple[type[Axiom], Any]] = {
    "Jensen with the outer law inside": (Jensen, _jensen_without_the_outer_law),
    "weights exchanged": (Weighted, _weighted_unevenly),
    "no conjugate": (FenchelYoung, _fenchel_young_without_conjugate),
    "one sign for all exponents": (PowerMean, _power_mean_of_one_sign),
}


@pytest.mark.parametrize(("schema", "statement"), PLANTED.values(), ids=PLANTED)
def test_a_wrong_schema_is_violated(schema: type[Axiom], statement: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "statement", statement)
    assert any(violated(schema, seed) for seed in range(300))


@pytest.mark.parametrize("constant", [Fraction(2), Fraction(21, 10), Fraction(4)], ids=str)
def test_two_is_the_constant_of_pinsker(constant: Fraction) -> None:
    distance = t.Divergence("TV", R, P)
    right = t.Number(constant) * t.Pow(distance, number(2))
    found = counterexample(t.Divergence("KL", R, P), ">=", right, tries=400)
    assert (found is None) == (constant == 2)
    step = t.Step(t.Divergence("KL", R, P), ">=", right)
    assert _accepted(step, Instance(Pinsker(R, P), ONE)) == (constant == 2)


def _accepted(step: t.Step, *instances: Instance, declared: tuple[t.Declaration, ...] = DECLARED) -> bool:
    try:
        check(Certificate(claim_of(step, declared), step, instances))
    except (Rejected, Unsupported):
        return False
    return True


# --- claims that are false, and close to true ones -------------------------------------------------------------------


def _f(argument: t.Expr, name: str = "f") -> t.Expr:
    return t.Apply(name, (argument,))


D_F, D_F_BACK = t.Divergence("D_f", R, P, None, "f"), t.Divergence("D_f", P, R, None, "f")
TV, H2 = t.Divergence("TV", R, P), t.Divergence("H2", R, P)
NOT_PROVED = {
    "f(1) = 0 without D_f": t.Step(_f(ONE), "=", ZERO),
    "f >= f(1)": t.Step(t.Expectation(P, _f(R.density / P.density)), ">=", ZERO),
    "D_f is symmetric": t.Step(D_F, "=", D_F_BACK),
    "D_f is never positive": t.Step(D_F, "<=", ZERO),
    "D_f is positive": t.Step(D_F, ">", ZERO),
    "Jensen for a concave function": t.Step(t.Expectation(R, _f(T, "f_low")), ">=", _f(t.Expectation(R, T), "f_low")),
    "Jensen the wrong way": t.Step(t.Expectation(R, _f(T)), "<=", _f(t.Expectation(R, T))),
    "Jensen under two laws": t.Step(t.Expectation(R, _f(T)), ">=", _f(t.Expectation(P, T))),
    "f is its own conjugate": t.Step(_f(A) + _f(C), ">=", A * C),
    "the conjugate is the larger": t.Step(t.Conjugate("f", A), ">=", _f(A)),
    "a concave function has the conjugate of a convex one": t.Step(
        _f(A, "f_low") + t.Conjugate("f_low", C), ">=", A * C
    ),
    "f is non-negative": t.Step(_f(A), ">=", ZERO),
    "TV below H2": t.Step(TV, "<=", H2),
    "TV above twice H2": t.Step(TV, ">=", H2 * 2),
    "E[t]^2 above E[t^2]": t.Step(t.Pow(t.Expectation(R, T), number(2)), ">=", t.Expectation(R, t.Pow(T, number(2)))),
    "E[sqrt t] above sqrt E[t]": t.Step(
        t.Expectation(R, t.Call("sqrt", (D,))), ">=", t.Call("sqrt", (t.Expectation(R, D),))
    ),
    "a Rényi divergence falls": t.Step(t.Divergence("renyi", R, P, number(2)), "<=", t.Divergence("renyi", R, P, HALF)),
}


@pytest.mark.parametrize("step", NOT_PROVED.values(), ids=NOT_PROVED)
def test_what_is_false_is_refuted_and_not_proved(step: t.Step) -> None:
    claim = claim_of(step, DECLARED)
    with suppress(OutsideFragment):
        assert prove(claim, step) is None
    if step.relation != ">" and "f_low" not in repr(step.left) + repr(step.right):
        assert counterexample(step.left, step.relation, step.right, tries=200, declarations=DECLARED) is not None


def test_f_of_one_vanishes_only_where_a_divergence_is_taken() -> None:
    """The assumption is that of the whole claim, and it is listed."""
    alone = t.Step(_f(ONE), "=", ZERO)
    with pytest.raises(Rejected):
        check(Certificate(claim_of(alone), alone))
    both = t.Claim(DECLARATIONS, (), (t.Chain((alone, t.Step(D_F, ">=", ZERO))),))
    assert any("f(1) = 0" in assumption for assumption in check(Certificate(both, alone)))
    other = t.Step(_f(ONE, "f_low"), "=", ZERO)
    with pytest.raises(Rejected):
        check(Certificate(t.Claim(DECLARATIONS, (), (t.Chain((other, t.Step(D_F, ">=", ZERO))),)), other))
    axiom = Jensen("f", None, P, R.density / P.density)  # an instance that speaks of D_f does not bring it into a claim
    gap = t.Step(t.Expectation(P, _f(R.density / P.density)), ">=", ZERO)
    assert not _accepted(gap, Instance(axiom, ONE))
    assert _accepted(t.Step(gap.left, ">=", _f(ONE)), Instance(axiom, ONE))


# --- side conditions -------------------------------------------------------------------------------------------------

VANISHING, OTHER = t.Apply("C", (x,)), t.Apply("D", (x1,))
REFUSED: dict[str, Axiom] = {
    "weights that depend on an undeclared function": Weighted("f", None, (_f(A, "nobody"), ONE - A), (A, B)),
    "no points": Weighted("f", None, (), ()),
    "weights that sum to one under another law": Weighted(
        "f", R, (t.Density("r", (x,)), ONE - t.Density("r", (x,))), (A, B)
    ),
    "weights that differ by a name": Weighted("f", None, (D, ONE - t.Apply("D", (x1,))), (A, B)),
    "a law of mass two": Jensen("f", None, t.Law(R.density * 2, (x,)), T),
    "an outer law of mass two": Jensen("f", t.Law(P.density * 2, (x,)), R, T),
    "the conjugate of a concave function": FenchelYoung("e_low", None, A, B),
    "a power mean of what may vanish": PowerMean(HALF.value, None, R, t.Apply("C", (x,))),
    "a power mean of a root of a square": PowerMean(Fraction(-1), None, R, t.Pow(T, number(2))),
    "a whole exponent that is no Fraction": PowerMean(2, None, R, D),  # type: ignore[arg-type]
    "a Gibbs weight that may vanish": Gibbs((Label(VANISHING, R, R.density), Label(ONE - VANISHING, P, P.density))),
    "Gibbs weights that differ by a name": Gibbs((Label(D, R, R.density), Label(ONE - OTHER, P, P.density))),
    "a reference of either sign": Gibbs((Label(ONE, R, R.density * T),)),
    "a reference that is negative on one label": Gibbs((Label(HALF, R, R.density * 3), Label(HALF, R, -R.density))),
    "Hellinger between different variables": Hellinger(R, t.Law(t.Density("p", (z,)), (z,)), True),
    "Pinsker between different names": Pinsker(R, t.Law(t.Density("p", (x1,)), (x1,))),
}  # fmt: skip


@pytest.mark.parametrize("axiom", REFUSED.values(), ids=REFUSED)
def test_a_side_condition_is_held(axiom: Axiom) -> None:
    with pytest.raises((Rejected, Unsupported)):
        axiom.statement(Reader(EMPTY))


def test_a_weight_that_names_a_generated_variable_means_the_free_one() -> None:
    """c_1(x) is taken at the x of the claim, not under the law of the label, which generates another x."""
    weight = t.Apply("D", (x,))
    axiom = Gibbs((Label(weight, R, P.density), Label(ONE - weight, P, P.density)))
    statement = axiom.statement(Reader(EMPTY))
    assert ("x", "x") in statement.variables
    assert counterexample(to_tree(statement), ">=", ZERO, tries=60) is None


@pytest.mark.parametrize("order", ["0", "-1", "a"])
def test_an_order_that_may_not_be_positive_is_refused(order: str) -> None:
    claim = expand(read(f"real a in [0, 1)\ndensity p(x) >= 0\nrenyi_{{{order}}}(p(x) || q(x)) = 0"))
    with pytest.raises(Unsupported, match="order"):
        check(Certificate(claim, claim.steps[0]))
