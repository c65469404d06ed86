"""Floats search, enclosures decide; and what evaluates is itself held to planted errors."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.language import tree as t
from proofs.refuters import refute
from proofs.refuters.arithmetic import Floats
from proofs.refuters.attack import Attack
from proofs.refuters.balls import Balls, is_undefined
from proofs.refuters.climb import climb
from proofs.refuters.confirm import confirm, contradicts
from proofs.refuters.evaluate import Evaluation
from proofs.refuters.shrink import shrink
from proofs.refuters.signature import signature_of
from proofs.refuters.strata import STRATA, draw
from tests.proofs.refuters.claims import apply, claim, expect, family, integral, kl, log, number, var
from tests.proofs.refuters.examples import FALSE, MODEL, PAIR, TRUE
from tests.proofs.refuters.rounding import Rounding, holds

ZERO = number(0)
EXAMPLES = FALSE | TRUE


def models_of(made: t.Claim, seed: int, count: int = 1, points: int = 2):
    signature = signature_of(made.steps[0], made)
    return draw(signature, dict.fromkeys(signature.spaces, points), count, np.random.default_rng(seed))


@pytest.mark.parametrize("name", EXAMPLES)
@settings(deadline=None, max_examples=4)
@given(seed=st.integers(0, 2**32 - 1), index=st.integers(0, len(STRATA) - 1))
def test_floats_lie_within_rounding_of_the_enclosures(name, seed, index):
    step = EXAMPLES[name].steps[0]
    models = models_of(EXAMPLES[name], seed, len(STRATA))
    exact, rounding = (Evaluation(models.pick([index]), arithmetic) for arithmetic in (Balls(), Rounding()))
    with np.errstate(all="ignore"):
        bulk = Evaluation(models, Floats())
        for side in (step.left, step.right):
            floats = bulk.value(side)
            row = floats[min(index, len(floats) - 1)]
            for x, ball, wide in zip(
                row.reshape(-1), exact.value(side).reshape(-1), rounding.value(side).reshape(-1), strict=True
            ):
                assert np.isnan(x) if is_undefined(ball) else holds(wide, x)


def in_three_arithmetics(compute):
    """What floats, exact balls and rounding balls make of a computation that yields one number."""
    with np.errstate(all="ignore"):
        return [compute(arithmetic)[0] for arithmetic in (Floats(), Balls(), Rounding())]


@pytest.mark.parametrize("function", t.FUNCTIONS)
@settings(deadline=None, max_examples=20)
@given(x=st.fractions(-5, 5, max_denominator=9), y=st.fractions(-5, 5, max_denominator=9))
def test_every_function_agrees_in_both_arithmetics(function, x, y):
    arguments = [x, y][: t.FUNCTIONS[function]]
    value, ball, wide = in_three_arithmetics(lambda a: a.call(function, [a.number(x) for x in arguments]))
    assert np.isnan(value) if is_undefined(ball) else holds(wide, value)


@settings(deadline=None, max_examples=40)
@given(base=st.fractions(-3, 3, max_denominator=4), exponent=st.fractions(-3, 3, max_denominator=2))
def test_powers_agree_in_both_arithmetics(base, exponent):
    value, ball, wide = in_three_arithmetics(lambda a: a.power(a.number(base), a.number(exponent)))
    assert np.isnan(value) if is_undefined(ball) else holds(wide, value)


def test_rounding_balls_admit_a_few_eps_and_no_more():
    value, _, ball = in_three_arithmetics(lambda a: a.call("log", [a.number(Fraction(1, 3))]))
    assert holds(ball, value)
    for wrong in (value * (1 + 2.0**-48), value * (1 - 2.0**-48), np.nan, np.inf):
        assert not holds(ball, wrong)


@pytest.mark.parametrize("arithmetic", [Floats(), Balls()], ids=["floats", "balls"])
def test_conventions_at_zero_and_infinity(arithmetic):
    a = arithmetic
    zero, one, infinity = a.number(Fraction(0)), a.number(Fraction(1)), a.constant("oo")
    with np.errstate(all="ignore"):
        nan = a.sub(infinity, infinity)
        values = {
            "0 * log 0": a.mul(zero, a.call("log", [zero])),
            "null set": a.weigh(zero, nan),
            "1 / oo": a.div(one, infinity),
            "exp -oo": a.call("exp", [a.sub(zero, infinity)]),
        }
        undefined = {
            "oo - oo": nan,
            "1 / 0": a.div(one, zero),
            "0 / 0": a.div(zero, zero),
            "0 * nan": a.mul(zero, nan),
            "log -1": a.call("log", [a.number(Fraction(-1))]),
            "sin oo": a.call("sin", [infinity]),
            "sin nan": a.call("sin", [nan]),
            "nan ^ 0": a.power(nan, zero),
            "0 ^ -1": a.power(zero, a.number(Fraction(-1))),
        }
        log_zero = a.call("log", [zero])
    for name, value in values.items():
        assert value[0] == 0, name
    for name, value in undefined.items():
        assert is_undefined(value[0]) or value[0] != value[0], name
    assert float(log_zero[0]) == -np.inf


def test_only_certain_enclosures_contradict():
    wide = arb(1, 0.1)
    assert contradicts(wide, "=", arb(2), ZERO)
    assert not contradicts(wide, "=", arb(1.05), ZERO)
    assert not contradicts(wide, "<=", arb(0.95), ZERO)
    assert contradicts(wide, "<=", fmpq(1, 2), ZERO)
    assert not contradicts(wide, "<", wide, ZERO)
    assert contradicts(wide, "<", wide, ZERO, same=True)
    assert contradicts(fmpq(1, 3), "<", fmpq(1, 3), ZERO)
    assert not contradicts(fmpq(1, 3), "<=", fmpq(1, 3), ZERO)
    assert not contradicts(arb.nan(), "=", fmpq(1), ZERO)
    assert not contradicts(arb(0, "inf"), "<=", fmpq(-100), ZERO)
    assert contradicts(arb.pos_inf(), "<=", fmpq(1), ZERO)
    assert not contradicts(arb.pos_inf(), "<", arb.pos_inf(), ZERO)
    assert not contradicts(arb.pos_inf(), "=", arb.pos_inf(), ZERO)


def test_equal_transcendental_values_are_no_contradiction():
    """log 2 + log 3 and log 6 never separate; that the strict claim falls, it takes the kernel to say."""
    six = log(number(2)) + log(number(3))
    for relation in ("=", "<=", "<"):
        step = t.Step(six, relation, log(number(6)))
        made = t.Claim((), (), (t.Chain((step,)),))
        found = refute(made, step, rng=np.random.default_rng(0))
        assert (found is not None) == (relation == "<")
        assert confirm(step, draw(signature_of(step, made), {}, 1, np.random.default_rng(0))) is None


@pytest.mark.parametrize("name", TRUE)
def test_floats_alone_refute_nothing(name, monkeypatch):
    """The planted error: a float search that calls every model a counterexample is overruled."""
    monkeypatch.setattr(Attack, "violations", lambda self, models: np.ones(len(models)))
    made = TRUE[name]
    assert refute(made, made.steps[0], rng=np.random.default_rng(1), tries=20) is None


def planted_counting(self, variables):
    base, axes = Evaluation_base(self, variables)
    return (np.ones_like(base) if base.dtype == float else base * 0 + fmpq(1)), axes


Evaluation_base = Evaluation._base


def test_an_evaluator_that_counts_points_is_caught(monkeypatch):
    """The planted error: integrals that forget the base weights no longer give laws the mass 1."""
    made = claim(integral("x", t.Call("exp", (log("p(x)"),))), "=", 1, "p(x)")
    assert refute(made, made.steps[0], rng=np.random.default_rng(0)) is None
    monkeypatch.setattr(Evaluation, "_base", planted_counting)
    assert refute(made, made.steps[0], rng=np.random.default_rng(0)) is not None


def test_an_evaluator_that_swaps_a_divergence_is_caught(monkeypatch):
    """The planted error: KL(q || p) for KL(p || q) is told from E_p[log p - log q]."""
    made = claim(kl(*PAIR), "=", expect("p(x)", log("p(x)") - log("q(x)")), *PAIR)
    assert refute(made, made.steps[0], rng=np.random.default_rng(0)) is None
    honest = Evaluation._relative_entropy
    monkeypatch.setattr(Evaluation, "_relative_entropy", lambda self, v, left, right: honest(self, v, right, left))
    assert refute(made, made.steps[0], rng=np.random.default_rng(0)) is not None


def restricted():
    """A claim with a table of every kind and domain."""
    probability = t.Function("D", ("x",), Fraction(0), Fraction(1), (True, False))
    below = t.Function("b", ("x",), None, Fraction(-2))
    count, part = t.Scalar("n", Fraction(1), None, (True, False), integer=True), t.Scalar("a", Fraction(0), Fraction(1))
    expression = apply("D(x)") + apply("b(x)") + log("p(x)") + log("q(z|x)") + t.Symbol("n") * t.Symbol("a") * var("x")
    declared = (family("p(x)"), family("q(z|x)", positive=False), t.Discrete("z"), probability, below, count, part)
    return claim(expression, "=", 0, *declared)


@pytest.mark.parametrize("points", [1, 2, 3])
@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 2**32 - 1))
def test_models_stay_in_their_domains(points, seed):
    models = models_of(restricted(), seed, 24, points)
    assert models.admissible()
    for model in range(len(models)):
        assert all(0 <= v < 1 for v in models.entry(("function", "D"), model))
        assert all(v < -2 for v in models.entry(("function", "b"), model))
        assert models.entry(("scalar", "n"), model) >= 1
        assert models.entry(("scalar", "n"), model).denominator == 1
        assert 0 < models.entry(("scalar", "a"), model) < 1
        assert all(v > 0 for v in models.entry(("weight", "x"), model))
        assert all(v == 1 for v in models.entry(("weight", "z"), model))
        assert all(v > 0 for v in models.entry(("family", "p"), model))
        assert all(v >= 0 for row in models.entry(("family", "q"), model) for v in row)
        assert len(set(models.entry(("position", "x"), model))) == points


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 2**32 - 1))
def test_climbing_stays_in_the_domains(seed):
    made = restricted()
    attack = Attack(t.Step(made.steps[0].left, "<=", number(10**6)), signature_of(made.steps[0], made))
    start = models_of(made, seed)
    for neighbours, _ in climb(attack, start, np.random.default_rng(seed), rounds=4):
        assert neighbours.admissible()


@pytest.mark.parametrize(
    ("key", "numerator", "denominator"),
    [
        (("weight", "x"), 0, 1),
        (("weight", "z"), 1, 2),
        (("family", "p"), 0, 1),
        (("family", "q"), -1, 1),
        (("function", "D"), 1, 1),
        (("function", "b"), -2, 1),
        (("scalar", "n"), 3, 2),
        (("scalar", "a"), 0, 1),
        (("scalar", "a"), 1, -2),
    ],
)
def test_a_planted_table_outside_its_domain_is_not_admissible(key, numerator, denominator):
    models = models_of(restricted(), 0)
    models.numerators[key].reshape(-1)[0] = numerator
    models.denominators[key].reshape(-1)[0] = denominator
    assert not models.admissible()


def test_coinciding_points_are_not_admissible():
    models = models_of(restricted(), 0)
    models.numerators["position", "x"][...] = 1
    assert not models.admissible()


def test_the_equal_stratum_makes_the_guide_the_posterior():
    """Without it, no random model comes near the optimum of a variational bound."""
    made = claim(kl("q(z|x)", "p(z|x)"), ">", 0, *MODEL)
    models = models_of(made, 0, 60)
    values = Attack(made.steps[0], models.signature).violations(models)
    assert (values[STRATA.index("equal") :: len(STRATA)] == 0).sum() >= 5


@pytest.mark.parametrize("name", FALSE)
def test_shrinking_keeps_the_contradiction_and_never_grows(name):
    made = FALSE[name]
    step = made.steps[0]
    attack = Attack(step, signature_of(step, made))
    models = models_of(made, 3, 240, 2)
    violations = attack.violations(models)
    worst = int(np.nanargmax(violations))
    start = models.pick([worst])
    smallest = next(shrink(attack, start, float(violations[worst])))
    assert confirm(step, smallest) is not None
    assert sum(smallest.sizes.values()) <= sum(start.sizes.values())


def test_the_smallest_models_are_the_textbook_ones():
    found = {
        name: refute(FALSE[name], FALSE[name].steps[0], rng=np.random.default_rng(5))
        for name in ("entropy is positive", "KL is symmetric")
    }
    entropy = found["entropy is positive"]
    assert entropy.spaces == {"x": (Fraction(1, 2),)}
    assert entropy.tables == {"p": (2,)}
    assert found["KL is symmetric"].spaces == {"x": (1, 1)}


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_positive_family_never_copies_zeros(seed):
    made = claim(kl("q(x)", "p(x)"), "=", 0, family("q(x)", positive=False), "p(x)")
    assert models_of(made, seed, 24).admissible()
