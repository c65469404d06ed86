"""What the kernel says of k copies is true of one, two and three of them, written out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.kernel import Certificate, Instance, MultiSample, Reader, Rejected, Unsupported, check
from proofs.kernel import multisample as schema
from proofs.language import expand, read
from proofs.language import tree as t
from tests.proofs.kernel.edits import rewritten
from tests.proofs.kernel.expressions import DECLARATIONS, claim_of, counterexample, number, var

ONE, K = number(1), t.Symbol("n")
x, z = var("x"), var("z")
DECLARED = (
    *DECLARATIONS,
    t.Function("W", ("z", "z"), Fraction(0)),
    t.Scalar("m", Fraction(1), None, (True, False), True),
)
SEEDS = st.integers(0, 2**40)


def ith(index: str = "i") -> t.Variable:
    return t.Variable(f"z_{index}", "z")


def law_of(variable: t.Variable, random: Random) -> t.Expr:
    mixture = t.Density("q", (variable,), (x,)) + t.Density("p", (variable,), (x,))
    return random.choice((t.Density("q", (variable,), (x,)), t.Density("p", (variable,)), mixture / number(2)))


def weight_of(variable: t.Variable, random: Random) -> t.Expr:
    joint, own = t.Density("p", (x, variable)), t.Density("q", (variable,), (x,))
    inner = t.Expectation(t.Law(t.Density("r", (var("x_1"),)), (var("x_1"),)), t.Apply("h", (var("x_1"), variable)))
    options = (joint / own, t.Apply("h", (x, variable)), t.Apply("h", (x, variable)) * t.Symbol("a"), inner, number(2))
    return random.choice(options)


def mean_of(body: t.Expr, kind: str = "mean", index: str = "i", count: t.Expr = K) -> t.Expr:
    return t.IndexSum(kind, index, ONE, count, body)


def drawn(density: t.Expr, body: t.Expr, count: t.Expr = K, variable: t.Variable = z) -> t.Expr:
    copies: Any = t.Copies(variable, ONE, count)
    return t.Expectation(t.Law(t.IndexSum("prod", "i", ONE, count, density), (copies,)), body)


def bound(random: Random, depth: int = 2) -> t.Expr:
    """A function of means over the copies; not every one is such that the kernel reads it."""
    pick = random.random()
    if depth <= 0 or pick < 0.4:
        return mean_of(weight_of(ith(), random), random.choice(("mean", "mean", "sum")))
    if pick < 0.6:
        return t.Call("log", (bound(random, depth - 1),))
    if pick < 0.8:
        node = random.choice((t.Add, t.Sub, t.Mul, t.Div))
        return node(bound(random, depth - 1), bound(random, depth - 1))
    if pick < 0.9:
        return random.choice((t.Symbol("b"), t.Apply("T", (x,)), K, t.Density("r", (x,)))) * bound(random, depth - 1)
    return t.Pow(bound(random, depth - 1), number(random.choice(("2", "1/2", "-1"))))


def at(expr: t.Expr, values: Mapping[str, int]) -> t.Expr:
    """The expression with its numbers of copies written out; shares nothing with the kernel's reading of copies."""

    def count(node: t.Expr) -> int:
        match node:
            case t.Number(value):
                return int(value)
            case t.Symbol(name):
                return values[name]
            case t.Add(left, right):
                return count(left) + count(right)
            case t.Mul(left, right):
                return count(left) * count(right)
        raise AssertionError(node)

    def term(body: t.Node, index: str, i: int) -> t.Node:
        if isinstance(body, t.Variable) and body.name.endswith(f"_{index}"):
            return t.Variable(body.name.removesuffix(index) + str(i), body.stem)
        return t.rebuild(body, lambda node: term(node, index, i))

    def change(node: t.Node) -> t.Node:
        match node:
            case t.Symbol(name) if name in values:
                return number(values[name])
            case t.IndexSum(kind, index, low, high, body):
                terms: list[Any] = [change(term(body, index, i)) for i in range(count(low), count(high) + 1)]
                whole = terms[0]
                for other in terms[1:]:
                    whole = whole * other if kind == "prod" else whole + other
                return whole / len(terms) if kind == "mean" else whole
            case t.Law(product, (drawn_copies,)) if isinstance(drawn_copies, t.Copies):
                numbers = range(count(drawn_copies.low), count(drawn_copies.high) + 1)
                one: Any = change(product)
                return t.Law(one, tuple(t.Variable(f"{drawn_copies.variable.name}_{i}", "z") for i in numbers))
        return t.rebuild(node, change)

    written: Any = change(expr)
    return written


def accepted(step: t.Step, *instances: Instance) -> bool:
    try:
        check(Certificate(claim_of(step, DECLARED), step, instances))
    except (Rejected, Unsupported):
        return False
    return True


def contradicted(step: t.Step, seed: int, counts: tuple[int, ...] = (1, 2, 3), tries: int = 12) -> bool:
    return any(
        counterexample(
            at(step.left, {"n": k, "m": 2}), step.relation, at(step.right, {"n": k, "m": 2}),
            seed=seed, tries=tries, declarations=DECLARED,
        )
        for k in counts
    )  # fmt: skip


# --- equalities ------------------------------------------------------------------------------------------------------


def two_readings(random: Random) -> t.Step:
    """An expectation over copies, and one that is the same or nearly so."""
    body, density = bound(random), law_of(ith(), random)
    left, other = drawn(density, body), body
    for _ in range(random.randrange(3)):
        changed = rewritten(other, random)
        assert isinstance(changed, t.Expr)
        other = changed
    if random.random() < 0.3:
        other = bound(random)
    right = drawn(density, other)
    if random.random() < 0.4:  # the mean of the mean
        weight = weight_of(z, Random(seed := random.randrange(100)))
        left, density = drawn(density, mean_of(weight_of(ith(), Random(seed)))), density
        right = t.Expectation(t.Law(_renamed(density, ith(), z), (z,)), weight)
    if random.random() < 0.4:  # under a law, whose variable may be called anything
        outer = t.Law(t.Density("r", (x,)), (x,))
        return t.Step(t.Expectation(outer, left), "=", _renamed(t.Expectation(outer, right), x, var("x_2")))
    return t.Step(left, "=", right)


def _renamed(expr: t.Expr, old: t.Variable, new: t.Variable) -> t.Expr:
    def change(node: t.Node) -> t.Node:
        return new if node == old else t.rebuild(node, change)

    renamed: Any = change(expr)
    return renamed


@settings(max_examples=40)
@given(seed=SEEDS)
def test_equal_normal_forms_are_equal_for_few_copies(seed: int) -> None:
    step = two_readings(Random(seed))
    assert not (accepted(step) and contradicted(step, seed))


def test_many_equalities_are_read() -> None:
    assert sum(accepted(two_readings(Random(seed))) for seed in range(60)) >= 15


# --- the schema ------------------------------------------------------------------------------------------------------

NUMBERS = [
    (ONE, K),
    (K, K + ONE),
    (K, K * number(2)),
    (ONE + K, K + number(2)),
    (ONE, None),
    (K, None),
    (K, K + t.Symbol("m")),
]


def multisample(random: Random) -> tuple[MultiSample, t.Step]:
    """An instance, and in the words of a claim what it is meant to say."""
    fewer, more = random.choice(NUMBERS)
    outer = random.choice((None, t.Law(t.Density("r", (x,)), (x,))))
    density = law_of(z, random)
    weight = weight_of(z, random)
    instance = MultiSample(outer, z, density, weight, fewer, more)
    d, w = _renamed(density, z, ith()), _renamed(weight, z, ith())

    def side(count: t.Expr | None) -> t.Expr:
        law = t.Law(density, (z,))
        value: t.Expr
        if count is None:
            value = t.Call("log", (t.Expectation(law, weight),))
        elif count == ONE:
            value = t.Expectation(law, t.Call("log", (weight,)))
        else:
            value = drawn(d, t.Call("log", (mean_of(w, count=count),)), count)
        return value if outer is None else t.Expectation(outer, value)

    return instance, t.Step(side(more), ">=", side(fewer))


@settings(max_examples=12)
@given(seed=SEEDS)
def test_the_schema_says_what_its_claim_says_and_few_copies_confirm_it(seed: int) -> None:
    instance, step = multisample(Random(seed))
    assert accepted(step, Instance(instance, ONE))
    assert not contradicted(step, seed, (1, 2))


@pytest.mark.parametrize("wrong", [(K, ONE), (K + ONE, K), (K * number(2), K), (K, t.Symbol("m")), (K * K, K + ONE)])
def test_fewer_copies_do_not_bound_more(wrong: tuple[t.Expr, t.Expr]) -> None:
    density, weight = t.Density("q", (z,), (x,)), t.Apply("h", (x, z))
    with pytest.raises((Rejected, Unsupported)):
        MultiSample(None, z, density, weight, *wrong).statement(Reader(t.Claim(DECLARED, (), ())))
    # were the condition dropped, models would tell
    d, w = _renamed(density, z, ith()), _renamed(weight, z, ith())
    fewer, more = (drawn(d, t.Call("log", (mean_of(w, count=count),)), count) for count in wrong)
    assert contradicted(t.Step(more, ">=", fewer), 0, (1, 3), tries=40)


def test_a_copy_is_known_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """z with its stem and z without are one variable: both are renamed, or the schema speaks of two."""
    bare = t.Variable("z")
    weight, q = t.Apply("W", (bare, bare)), t.Density("q", (z,), (x,))
    instance = MultiSample(None, z, q, weight, ONE, K)
    wrong = t.Step(t.Call("log", (weight,)), ">=", t.Expectation(t.Law(q, (z,)), t.Call("log", (weight,))))
    assert contradicted(wrong, 0)
    assert not accepted(wrong, Instance(instance, ONE))
    monkeypatch.setattr(schema, "_replace", _renamed)
    assert accepted(wrong, Instance(instance, ONE))


# --- what is not read ------------------------------------------------------------------------------------------------


def _captured() -> Iterator[tuple[str, t.Step]]:
    """Equalities that would hold if a name that the copies take were free; they are false for two copies."""
    first, one = ith("1"), t.Variable("z", "z")

    def tilted(variable: t.Variable) -> t.Expr:
        return t.Apply("W", (variable, first)) / t.Integral((variable,), t.Apply("W", (variable, first)))

    value = t.Apply("U", (x, ith()))
    mean = t.Expectation(t.Law(tilted(one), (one,)), t.Apply("U", (x, one)))
    yield "a law that depends on a copy", t.Step(drawn(tilted(ith()), mean_of(value)), "=", mean)
    yield (
        "an index that is the number of a copy",
        t.Step(
            drawn(
                t.Density("q", (ith(),), (x,)),
                t.Apply("U", (x, first)) * mean_of(t.Apply("U", (x, first)), index="1"),
            ),
            "=",
            t.Apply("U", (x, first)) * t.Expectation(t.Law(t.Density("q", (z,), (x,)), (z,)), t.Apply("U", (x, z))),
        ),
    )
    other = t.Variable("x_i'", "x")
    primed = mean_of(t.Apply("U", (other, ith("i'"))), index="i'")
    each = t.Expectation(t.Law(t.Density("q", (z,), (x,)), (z,)), t.Apply("U", (other, z)))
    yield "a variable under a primed index", t.Step(drawn(t.Density("q", (ith(),), (x,)), primed), "=", each)
    nested = drawn(t.Density("q", (ith(),), (x,)), mean_of(drawn(t.Density("q", (ith(),), (x,)), mean_of(value))))
    yield "copies of copies", t.Step(nested, "=", nested)
    law = t.Law(t.IndexSum("prod", "i", ONE, K, t.Density("q", (ith(),), (x,))), (t.Copies(z, ONE, K),))  # type: ignore[arg-type]
    yield "a divergence between laws of copies", t.Step(t.Divergence("KL", law, law), "=", number(0))
    yield "the entropy of a law of copies", t.Step(t.Entropy(law), "=", t.Entropy(law))
    yield "an integral over copies", t.Step(t.Integral(law.generated, ONE), "=", t.Integral(law.generated, ONE))
    gradient = t.Gradient(
        t.Symbol("theta"), drawn(t.Density("q", (ith(),), (x,)), t.Call("log", (mean_of(t.Apply("h", (x, ith()))),)))
    )
    yield "a derivative through copies", t.Step(gradient, "=", number(0))


@pytest.mark.parametrize("step", [step for _, step in _captured()], ids=[what for what, _ in _captured()])
def test_copies_are_not_captured(step: t.Step) -> None:
    with pytest.raises(Unsupported):
        check(Certificate(claim_of(step, DECLARED), step))


NOT_COUNTS = [
    t.Symbol("a"),
    K - ONE,
    K * number("1/2"),
    K * K - K,
    t.Symbol("theta"),
    t.Pow(K, number(-1)),
    number(0),
    K + x - x + t.Symbol("c"),
]


@pytest.mark.parametrize("count", NOT_COUNTS, ids=range(len(NOT_COUNTS)))
def test_a_number_of_copies_is_a_whole_number(count: t.Expr) -> None:
    expr = drawn(t.Density("q", (ith(),), (x,)), mean_of(t.Apply("U", (x, ith())), count=count), count)
    with pytest.raises(Unsupported):
        Reader(t.Claim(DECLARED, (), ())).read(expr)


@pytest.mark.parametrize(
    "equality",
    [
        "E_{z_1..z_k ~ q(z)}[log(mean_{i=1..k}[w(z_i)])^2] = E_{z_1..z_k ~ q(z)}[log(mean_{i=1..k}[w(z_i)])]^2",
        "E_{z_1..z_k ~ q(z)}[log(mean_{i=1..k}[w(z_i)])*mean_{i=1..k}[w(z_i)]]"
        " = E_{z_1..z_k ~ q(z)}[log(mean_{i=1..k}[w(z_i)])]*E_{q(z)}[w(z)]",
        "E_{z_1..z_k ~ q(z)}[exp(-mean_{i=1..k}[w(z_i)])^2] = E_{z_1..z_k ~ q(z)}[exp(-mean_{i=1..k}[w(z_i)])]^2",
    ],
)
def test_a_function_of_a_mean_is_random_however_deep_the_mean_is(equality: str) -> None:
    claim = expand(read(f"integer k >= 1\nfunction w(z) > 0\n{equality}"))
    with pytest.raises(Rejected):
        check(Certificate(claim, claim.steps[0]))
