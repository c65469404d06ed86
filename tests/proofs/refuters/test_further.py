"""The rest of the language on finite models: what falls, what never does, and evaluators held to second definitions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from proofs.kernel.definitions import unfold
from proofs.language import tree as t
from proofs.outcome import Unsupported
from proofs.refuters import as_python, describe, refute
from proofs.refuters.arithmetic import Floats
from proofs.refuters.attack import Attack
from proofs.refuters.balls import Balls
from proofs.refuters.confirm import holds
from proofs.refuters.convexity import KINKS, PiecewiseQuadratic
from proofs.refuters.evaluate import Evaluation
from proofs.refuters.jets import Jets
from proofs.refuters.signature import signature_of
from proofs.refuters.strata import STRATA, draw
from tests.proofs.refuters.claims import (
    apply,
    assuming,
    between,
    claim,
    density,
    expect,
    family,
    information,
    kl,
    law,
    log,
    number,
    var,
)
from tests.proofs.refuters.further import (
    F_OF_RATIOS,
    FALSE,
    MARKOV,
    P_THETA,
    PAIR,
    PARAMETER,
    SCORE,
    T_THETA,
    THETA,
    TRUE,
    G,
    T,
    X,
    g,
)

SEEDS = st.integers(0, 2**32 - 1)
SMALL = st.fractions(-4, 4, max_denominator=4)


def attack(made: t.Claim, seed: int = 0, tries: int = 1500):
    return refute(made, made.steps[0], rng=np.random.default_rng(seed), tries=tries)


def models_of(made: t.Claim, seed: int, count: int = len(STRATA)):
    signature = signature_of(made.steps[0], made)
    return draw(signature, dict.fromkeys(signature.spaces, 2), count, np.random.default_rng(seed))


@pytest.mark.parametrize("name", FALSE)
@settings(deadline=None, max_examples=2)
@given(seed=SEEDS)
def test_a_false_claim_falls_whatever_the_seed(name, seed):
    assert attack(FALSE[name], seed) is not None


@pytest.mark.parametrize("name", TRUE)
@settings(deadline=None, max_examples=2)
@given(seed=SEEDS)
def test_a_true_claim_never_falls(name, seed):
    assert attack(TRUE[name], seed, tries=600) is None


@pytest.mark.parametrize("name", FALSE)
def test_a_counterexample_is_described_and_written_as_python(name, capsys):
    made = FALSE[name]
    found = attack(made)
    assert f"left = {found.left}, right = {found.right}" in describe(found, made)
    nodes = list(t.walk(made.steps[0]))
    if any(isinstance(n, (t.Gradient, t.Conjugate)) or (isinstance(n, t.Divergence) and n.kind == "W1") for n in nodes):
        with pytest.raises(Unsupported, match=r"no (plain )?Python for (a gradient|a conjugate|W1)"):
            as_python(found, made, made.steps[0])
        return
    exec(compile(as_python(found, made, made.steps[0]), name, "exec"), {})
    for printed, enclosure in zip(capsys.readouterr().out.split(), (found.left, found.right), strict=True):
        assert float(printed) == pytest.approx(float(Fraction(enclosure.lstrip("[").split(" ")[0])), abs=1e-12)


# --- second definitions ----------------------------------------------------------------------------------------------

DEFINED = {
    **{kind: between(kind) for kind in ("KL", "JSD", "CE", "TV", "chi2", "H2")},
    "renyi": between("renyi", order=number("3/2")),
    "D_f": between("D_f", function="f"),
    "Var": t.Variance(law("p(x)"), X),
    "Cov": t.Covariance(law("p(x)"), X, log("q(x)")),
    "I": information("x", "z"),
    "I given": information("x", "z", "y"),
}


@pytest.mark.parametrize("name", DEFINED)
@settings(deadline=None, max_examples=5)
@given(seed=SEEDS)
def test_functionals_are_what_the_kernel_takes_them_for(name, seed):
    left, right = DEFINED[name], unfold(DEFINED[name])
    joint = ("p(x,y,z)",) if name.startswith("I") else PAIR
    made = claim(left, "=", right, *joint, T, F_OF_RATIOS)
    assert (
        Attack(made.steps[0], signature_of(made.steps[0], made)).violations(models_of(made, seed, 24)) <= 1e-9
    ).all()


@settings(deadline=None, max_examples=15)
@given(seed=SEEDS, points=st.integers(2, 4))
def test_a_transport_distance_is_scipys(seed, points):
    distance = t.Divergence("W1", law("q(z|x)"), law("p(z)"))
    made = claim(distance, "=", 0, "p(z)", "q(z|x)")
    signature = signature_of(made.steps[0], made)
    models = draw(signature, {"z": points, "x": 2}, 6, np.random.default_rng(seed))
    # In no particular order, as shrinking leaves them.
    models.numerators["position", "z"][...] = np.random.default_rng(seed).permuted(
        models.numerators["position", "z"], axis=1
    )
    values = Evaluation(models, Floats()).value(distance)
    for index in range(6):
        places, weights, p, q = (
            np.array(models.entry(key, index), dtype=float)
            for key in (("position", "z"), ("weight", "z"), ("family", "p"), ("family", "q"))
        )
        exact = Evaluation(models.pick([index]), Balls()).value(distance).reshape(-1)
        for at in range(2):
            expected = wasserstein_distance(places, places, weights * q[:, at], weights * p)
            assert values[index].reshape(-1)[at] == pytest.approx(expected, abs=1e-12)
            assert float(Fraction(int(exact[at].p), int(exact[at].q))) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("kind", ["chi2", "renyi", "D_f"])
def test_where_a_law_is_not_dominated_no_model_decides(kind):
    order = number(2) if kind == "renyi" else None
    side = t.Divergence(kind, law("p(x)"), law("q(x)"), order, "f" if kind == "D_f" else "")
    made = claim(side, "=", 0, "p(x)", family("q(x)", positive=False), F_OF_RATIOS)
    models = models_of(made, 3, 120)
    vanishes = (models.numerators["family", "q"] == 0).any(axis=1)
    assert vanishes.any()
    assert np.isnan(Attack(made.steps[0], models.signature).violations(models)[vanishes]).all()


# --- derivatives -----------------------------------------------------------------------------------------------------

ONE_PLACE = sorted(name for name, arity in t.FUNCTIONS.items() if arity == 1 and name != "digamma")


@pytest.mark.parametrize("function", ONE_PLACE)
@settings(deadline=None, max_examples=10)
@given(x=st.floats(0.3, 3), sign=st.sampled_from([1, -1]))
def test_every_derivative_is_the_slope_of_chords(function, x, sign):
    x = x if function in ("log", "log2", "sqrt", "lgamma") else sign * x
    floats, step = Floats(), 1e-6
    chord = np.diff([floats.call(function, [np.array([x + h])])[0] for h in (-step, step)])[0] / (2 * step)
    jets = Jets(floats, "theta")
    tangent = jets.tangent(jets.call(function, [jets.join(np.array([x]), np.array([2.0]))]))[0]
    assert tangent == pytest.approx(2 * chord, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("function", ["log", "log2", "lgamma", "sqrt"])
@pytest.mark.parametrize("arithmetic", [Floats(), Balls()])
def test_what_has_no_value_has_no_derivative(function, arithmetic):
    jets = Jets(arithmetic, "theta")
    for x in ("-1/2", "0"):
        moving = jets.join(arithmetic.number(Fraction(x)), arithmetic.number(Fraction(1)))
        with np.errstate(all="ignore"):
            tangent = jets.tangent(jets.call(function, [moving]))[0]
        assert not np.isfinite(float(tangent))


@settings(deadline=None, max_examples=20)
@given(x=st.floats(0.3, 3), y=st.floats(0.3, 3), dx=st.floats(-2, 2), dy=st.floats(-2, 2))
def test_arithmetic_on_jets_follows_chords(x, y, dx, dy):
    floats, h = Floats(), 1e-6
    jets = Jets(floats, "theta")
    moving = [jets.join(np.array([v]), np.array([dv])) for v, dv in ((x, dx), (y, dy))]
    for operation in ("add", "sub", "mul", "div", "power", "weigh"):
        ends = [getattr(floats, operation)(np.array([x + s * dx]), np.array([y + s * dy]))[0] for s in (-h, h)]
        tangent = jets.tangent(getattr(jets, operation)(*moving))[0]
        assert tangent == pytest.approx((ends[1] - ends[0]) / (2 * h), rel=1e-5, abs=1e-6), operation
    if abs(x - y) > 1e-3:
        for function in ("min", "max"):
            first = (x < y) == (function == "min")
            assert jets.tangent(jets.call(function, moving))[0] == pytest.approx(dx if first else dy)


def test_no_derivative_at_a_kink_or_a_tie():
    jets = Jets(Balls(), "theta")
    exact = Balls().number
    zero, moving = jets.number(Fraction(0)), jets.join(exact(Fraction(0)), exact(Fraction(1)))
    for undefined in (
        jets.call("abs", [moving]),
        jets.call("max", [zero, moving]),
        jets.compare(moving, ">", zero),
        jets.call("sqrt", [moving]),
    ):
        assert not jets.tangent(undefined)[0].is_finite()
    assert jets.tangent(jets.compare(moving, ">", jets.number(Fraction(1))))[0] == 0
    assert jets.tangent(jets.call("max", [zero, jets.number(Fraction(0))]))[0] == 0


@settings(deadline=None, max_examples=15)
@given(seed=SEEDS)
def test_the_slope_of_a_law_sums_to_zero_exactly(seed):
    joint = t.Family("p", ("x", "z"), ("y",), parameters=("theta",))
    made = claim(t.Gradient(THETA, t.Density("p", (var("x"), var("z")), (var("y"),))), "=", 0, joint, PARAMETER)
    models = models_of(made, seed, 6)
    for index in range(6):
        model = models.pick([index])
        slope = np.array(model.slope("theta", "p"), dtype=object)
        for stem in ("x", "z"):
            slope = np.tensordot(np.array(model.entry(("weight", stem)), dtype=object), slope, axes=(0, 0))
        assert (slope == 0).all()


def test_a_function_at_the_end_of_its_range_does_not_move():
    bounded = t.Function("T", ("x",), Fraction(0), None, (True, False), parameters=("theta",))
    made = claim(t.Gradient(THETA, X), "=", 0, bounded, PARAMETER)
    models = models_of(made, 1, 60)
    values, slopes = models.numerators["function", "T"], Evaluation(models, Floats()).value(made.steps[0].left)
    assert (values == 0).any()
    assert (slopes.reshape(values.shape)[values == 0] == 0).all()
    assert (slopes != 0).any()


@pytest.mark.parametrize(
    ("left", "declarations", "message"),
    [
        (t.Gradient(THETA, SCORE), (P_THETA, PARAMETER), "do not differentiate a gradient"),
        (t.Gradient(THETA, t.Conjugate("g", THETA)), (G, PARAMETER), "do not differentiate a conjugate"),
        (t.Gradient(var("x"), log("p(x)")), ("p(x)",), "x is no real parameter"),
        (t.Gradient(t.Symbol("n"), t.Symbol("n")), (t.Scalar("n", integer=True),), "n is no real parameter"),
        (SCORE, (t.Family("p", ("x",), positive=False, parameters=("theta",)), PARAMETER), "which may vanish"),
        (between("W2"), PAIR, "no W2"),
        (t.Divergence("W1", law("p(x,z)"), law("p(x,z)")), ("p(x,z)",), "W1 of laws of 2 variables"),
        (t.Conjugate("g", number(1)), (t.Convex("g", concave=True),), "which is concave"),
        (g(number(1)), (), "not declared"),
        (log("p(x)"), (t.Family("p", ("x",), structure=density("q(x)")), "q(x)"), "no product of its own"),
        (log("p(x)"), (t.Family("p", ("x", "y"), structure=density("p(x)")),), "no product of its own"),
    ],
)
def test_what_finite_models_cannot_hold_is_said(left, declarations, message):
    with pytest.raises(Unsupported, match=message):
        attack(claim(left, "=", 0, *declarations))


# --- convex functions ------------------------------------------------------------------------------------------------

POSITIVE = st.fractions(0, 4, max_denominator=4)
ENDS = st.sampled_from([(None, None), (Fraction(0), None), (None, Fraction(2)), (Fraction(-1), Fraction(3))])


@st.composite
def functions(draw_from):
    low, high = draw_from(ENDS)
    within = st.fractions(-4 if low is None else low, 4 if high is None else high, max_denominator=4)
    curvature = st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(3)])
    columns = [SMALL, SMALL, curvature, *[within] * KINKS, *[POSITIVE] * KINKS]
    numbers = [draw_from(column) for column in columns]
    exact = Balls()
    return PiecewiseQuadratic(exact, tuple(exact.number(c) for c in numbers), low, high)


def at(function, x: Fraction):
    value = function(Balls().number(x))[0]
    return Fraction(int(value.p), int(value.q))


def inside(function, x: Fraction) -> bool:
    return (function.low is None or x > function.low) and (function.high is None or x < function.high)


@settings(deadline=None, max_examples=40)
@given(function=functions(), x=SMALL, y=SMALL)
def test_the_functions_are_convex_and_end_with_their_interval(function, x, y):
    if not (inside(function, x) and inside(function, y)):
        outside = x if not inside(function, x) else y
        assert not function(Balls().number(outside))[0].is_finite()
        return
    assert 2 * at(function, (x + y) / 2) <= at(function, x) + at(function, y)


@settings(deadline=None, max_examples=60)
@given(function=functions(), slope=SMALL)
def test_a_conjugate_is_the_supremum(function, slope):
    """No point exceeds it, some point comes near it; where it is infinite, points exceed every bound."""
    value = function.conjugate(Balls().number(slope))[0]
    grid = [x for n in range(-200, 201) if inside(function, x := Fraction(n, 8))]
    best = max(slope * x - at(function, x) for x in grid)
    if hasattr(value, "is_finite"):
        far = [slope * x - at(function, x) for x in (Fraction(-(10**6)), Fraction(10**6)) if inside(function, x)]
        assert not value.is_finite()
        assert max(far) > 1000
    else:
        supremum = Fraction(int(value.p), int(value.q))
        assert best <= supremum <= best + 2


@settings(deadline=None, max_examples=20)
@given(function=functions(), slope=SMALL)
def test_conjugates_agree_in_both_arithmetics(function, slope):
    floats = Floats()
    columns = tuple(np.array([float(Fraction(int(c[0].p), int(c[0].q)))]) for c in function.columns)
    with np.errstate(invalid="ignore"):
        rounded = PiecewiseQuadratic(floats, columns, function.low, function.high)
        float_value = rounded.conjugate(floats.number(slope))[0]
    assert float_value == pytest.approx(float(function.conjugate(Balls().number(slope))[0]), abs=1e-9)


@pytest.mark.parametrize(("column", "value"), [(2, -1), (3, 0), (5, -1)])
def test_a_planted_function_that_is_not_convex_is_not_admissible(column, value):
    made = claim(t.Apply("f", (number(1),)), "=", 0, F_OF_RATIOS)
    models = models_of(made, 0)
    assert models.admissible()
    models.numerators["convex", "f"][0, column] = value
    assert not models.admissible()


# --- assumptions and structure ---------------------------------------------------------------------------------------

EQUAL = t.Step(density("p(x)"), "=", density("q(x)"))
BELOW = t.Step(between("KL"), "<=", kl("q(x)", "p(x)"))
INDEPENDENT = t.Step(density("p(x,z)"), "=", density("p(x)") * density("p(z)"))


@pytest.mark.parametrize(
    ("made", "falls"),
    [
        (assuming(claim(between("KL"), "=", 0, *PAIR), EQUAL), False),
        (assuming(claim(log("p(x)"), "<=", 0, *PAIR), EQUAL), True),
        (assuming(claim(between("KL"), "<=", kl("q(x)", "p(x)"), *PAIR), BELOW), False),
        (assuming(claim(between("KL"), "<", kl("q(x)", "p(x)") / 2, *PAIR), BELOW), True),
        (assuming(claim(information("x", "z"), "=", 0, "p(x,z)"), INDEPENDENT), False),
        (assuming(claim(log("p(x|z)"), "=", log("p(x)"), "p(x,z)"), INDEPENDENT), False),
        (assuming(claim(log("p(x)"), "=", log("p(z)"), "p(x,z)"), INDEPENDENT), True),
    ],
)
def test_a_counterexample_satisfies_the_assumptions(made, falls):
    assert (attack(made) is not None) == falls


def test_assumptions_that_contradict_each_other_refute_nothing():
    made = claim(log("p(x)"), "<=", 0, *PAIR)
    assert attack(made) is not None
    with pytest.raises(Unsupported, match="satisfies the assumptions"):
        attack(assuming(made, EQUAL, t.Step(density("p(x)"), "<", density("q(x)"))))


def test_an_assumption_at_one_value_of_a_parameter_says_nothing_of_derivatives():
    """p_theta = q for every theta leaves no score; a model at one theta could not tell."""
    made = assuming(claim(expect("p(x)", SCORE**2), "=", 0, P_THETA, "q(x)", PARAMETER), EQUAL)
    with pytest.raises(Unsupported, match="no assumptions where a step differentiates"):
        attack(made)


def test_holding_is_certain():
    made = claim(between("KL"), ">=", 0, *PAIR)
    model = models_of(made, 0).pick([0])
    assert holds(made.steps[0], model)
    assert not holds(t.Step(between("KL"), "<", number(0)), model)
    assert not holds(t.Step(log("p(x)") + log("q(x)"), "=", log(density("p(x)") * density("q(x)"))), model)


@settings(deadline=None, max_examples=10)
@given(seed=SEEDS)
def test_a_structure_is_exact_and_otherwise_free(seed):
    tables = [t.Step(density("p(z|x,y)"), "=", density("p(z|y)")), t.Step(density("p(z|y)"), "=", density("p(z)"))]
    made = claim(tables[0].left, "=", tables[0].right, MARKOV)
    models = models_of(made, seed, 6)
    assert all(holds(tables[0], models.pick([index])) for index in range(6))
    assert not all(holds(tables[1], models.pick([index])) for index in range(6))


def test_the_smallest_counterexamples_are_readable():
    made = FALSE["an f-divergence is not positive"]
    assert "f(t) = max(0, t - 1)" in describe(attack(made), made)
    made = FALSE["the score vanishes"]
    assert "grad_theta[p(x)] = " in describe(attack(made), made)
    moving = claim(expect("p(x)", t.Gradient(THETA, apply("T(x)"))), "=", THETA, "p(x)", T_THETA, PARAMETER)
    assert "at theta = 1" in describe(attack(moving), moving)
