"""The checker accepts certificates that hold, and no other: planted errors, hostile values, hostile sizes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from math import log as float_log
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs import outcome
from proofs.kernel import (
    Axiom,
    Certificate,
    Counted,
    Gibbs,
    Instance,
    Label,
    LogBelowLine,
    NonNegative,
    Poly,
    Reader,
    Rejected,
    Tangent,
    Unsupported,
    check,
)
from proofs.kernel.certificate import EXCHANGE, FINITE
from proofs.kernel.combination import constant_lower_bound, log_bounds
from proofs.kernel.polynomial import ONE
from proofs.language import expand, read
from proofs.language import tree as t
from proofs.provers.linear import prove
from proofs.refuters import refute
from tests.proofs.kernel.edits import edited
from tests.proofs.kernel.expressions import DECLARATIONS, VOCABULARY, claim_of, number, var
from tests.proofs.provers.claims import TRUE

x, z = var("x"), var("z")
R, P = (t.Law(t.Density(name, (x,)), (x,)) for name in ("r", "p"))
KL = t.Divergence("KL", R, P)
PROVED = sorted(TRUE)


@cache
def certificate_of(name: str) -> Certificate:
    claim = expand(read(TRUE[name]))
    proof = prove(claim, claim.steps[-1])
    assert proof is not None
    assert proof.certificate is not None
    return proof.certificate


def rejects(certificate: Certificate) -> bool:
    try:
        check(certificate)
    except (Rejected, Unsupported):
        return True
    return False


def with_step(certificate: Certificate, **changes: object) -> Certificate:
    return replace(certificate, step=replace(certificate.step, **changes))


def with_instance(certificate: Certificate, index: int, **changes: object) -> Certificate:
    instances = list(certificate.instances)
    instances[index] = replace(instances[index], **changes)
    return replace(certificate, instances=tuple(instances))


# --- planted errors --------------------------------------------------------------------------------------------------

_MIRROR = {"<=": ">=", ">=": "<=", "<": ">", ">": "<"}


def tampered(certificate: Certificate) -> Iterator[tuple[str, Certificate]]:
    """One error each, none of which leaves a proof."""
    step, instances = certificate.step, certificate.instances
    larger = "left" if step.relation in (">=", ">") else "right"
    yield "the larger side lowered", with_step(certificate, **{larger: getattr(step, larger) - number(2)})
    yield "digits for the relation", with_step(certificate, relation="~=")
    yield "no relation at all", with_step(certificate, relation="!=")
    if step.relation == "=":
        trivial = Instance(NonNegative(None, number(1)), number(1))
        yield "an instance for an equality", replace(certificate, instances=(trivial,))
        return
    yield "equality for inequality", with_step(certificate, relation="=")
    yield "the other way round", with_step(certificate, relation=_MIRROR[step.relation])
    for i, instance in enumerate(instances):
        yield "an instance dropped", replace(certificate, instances=instances[:i] + instances[i + 1 :])
        yield "an instance repeated", replace(certificate, instances=(*instances, instance))
        for factor in ("2", "9/10", "-1", "0"):
            scaled = t.Mul(number(factor), instance.multiplier)
            yield f"a multiplier times {factor}", with_instance(certificate, i, multiplier=scaled)
        yield (
            "a multiplier that may be negative",
            with_instance(certificate, i, multiplier=t.Mul(t.Call("cos", (number(0),)), instance.multiplier)),
        )
        for what, axiom in tampered_axiom(instance.axiom):
            yield what, with_instance(certificate, i, axiom=axiom)


def tampered_axiom(axiom: Axiom) -> Iterator[tuple[str, Axiom]]:
    match axiom:
        case Gibbs(labels):
            for j, label in enumerate(labels):
                law, reference, drawn = label.law.density, label.reference, label.law.generated
                for what, changed in (
                    ("law and reference exchanged", replace(label, law=t.Law(reference, drawn), reference=law)),
                    ("a law doubled", replace(label, law=t.Law(2 * law, drawn))),
                    ("a law under one more variable", replace(label, law=t.Law(law, (*drawn, var("z_99"))))),
                    ("a weight halved", replace(label, weight=label.weight * Fraction(1, 2))),
                    ("a reference squared", replace(label, reference=t.Pow(reference, number(2)))),
                ):
                    yield what, Gibbs((*labels[:j], changed, *labels[j + 1 :]))
        case Tangent(law, terms, weights):
            yield "a term doubled", Tangent(law, (2 * terms[0], *terms[1:]), weights)
            yield "a term left out", Tangent(law, terms[1:], weights[1:])
            yield "weights too long", Tangent(law, terms, (*weights, Fraction(0)))
        case Counted(law, t.Density(family, generated, given)) if given:
            yield "a mass for its bar", Counted(law, t.Density(family, given, generated))
        case LogBelowLine(law, argument):
            yield "another line", LogBelowLine(law, 2 * argument)


@pytest.mark.parametrize("name", PROVED)
def test_a_certificate_holds_and_none_that_was_tampered_with(name: str) -> None:
    certificate = certificate_of(name)
    check(certificate)
    for what, other in tampered(certificate):
        assert rejects(other), what


@settings(max_examples=300)
@given(seed=st.integers(0, 2**40), name=st.sampled_from(PROVED))
def test_no_certificate_proves_an_edited_step_that_a_model_refutes(seed: int, name: str) -> None:
    certificate = certificate_of(name)
    step = edited(certificate.step, certificate.claim, Random(seed))
    if rejects(replace(certificate, step=step)):
        return
    try:
        assert refute(certificate.claim, step, rng=np.random.default_rng(seed), tries=60) is None
    except outcome.Unsupported:
        pass


def test_flipped_signs_of_terms_are_noticed() -> None:
    """Each term of each side of an equality that is proved, negated, breaks the proof."""
    claim = expand(read(TRUE["evidence is ELBO plus gap"]))
    step = claim.steps[-1]
    assert isinstance(step.right, t.Add)
    for wrong in (t.Sub(step.right.left, step.right.right), t.Sub(step.right.right, step.right.left)):
        assert rejects(Certificate(claim, replace(step, right=wrong)))


# --- what is accepted ------------------------------------------------------------------------------------------------


def certificate(left: t.Expr, relation: str, right: t.Expr, *instances: Instance) -> Certificate:
    step = t.Step(left, relation, right)
    return Certificate(claim_of(step), step, instances)


def test_assumptions_are_those_that_were_used() -> None:
    assert check(certificate(t.Symbol("a"), "=", t.Symbol("a"))) == ()
    assert (
        check(certificate(t.Symbol("a"), ">=", number(0), Instance(NonNegative(None, t.Symbol("a")), number(1)))) == ()
    )
    gibbs = Instance(Gibbs((Label(Fraction(1), R, P.density),)), number(1))
    assert check(certificate(KL, ">=", number(0), gibbs)) == (FINITE,)
    score = t.Gradient(t.Symbol("theta"), t.Integral((x,), t.Density("m", (x,))))
    declared = (*DECLARATIONS, t.Family("m", ("x",), parameters=("theta",)), t.Parameter("theta"))
    step = t.Step(score, "=", number(0))
    assert check(Certificate(claim_of(step, declared), step)) == (FINITE, EXCHANGE)


@pytest.mark.parametrize("multiplier", ["3", "1/7"])
def test_multipliers_scale(multiplier: str) -> None:
    gibbs = Instance(Gibbs((Label(Fraction(1), R, P.density),)), number(multiplier))
    check(certificate(number(multiplier) * KL, ">=", number(0), gibbs))
    check(certificate(number(multiplier) * KL + t.Symbol("a"), ">=", t.Symbol("a"), gibbs))


def test_a_symbolic_multiplier_has_to_be_non_negative() -> None:
    axiom = Gibbs((Label(Fraction(1), R, P.density),))
    for symbol, holds in (("a", True), ("c", True), ("n", True), ("b", False)):
        scalar = t.Symbol(symbol)
        assert rejects(certificate(scalar * KL, ">=", number(0), Instance(axiom, scalar))) is not holds


@pytest.mark.parametrize(
    ("left", "relation", "right", "holds"),
    [
        (number(1), "<=", number(1), True),
        (number(1), "<", number(1), False),
        (number(1), "<", number("1000001/1000000"), True),
        (number(2), "<=", number(1), False),
        (t.Call("log", (number(2),)), "<", number("6931472/10000000"), True),
        (t.Call("log", (number(2),)), "<=", number("6931471/10000000"), False),
        (t.Call("log", (number(3),)), ">", number(1), True),
        (t.Call("log", (number(8),)), "=", 3 * t.Call("log", (number(2),)), True),
        (t.Call("log", (number("1/10"),)), "<=", number(-2), True),
        (t.Call("log", (number(5),)) - t.Call("log", (number(2),)), ">=", number("9163/10000"), False),
    ],
)
def test_constants_are_compared_exactly(left: t.Expr, relation: str, right: t.Expr, holds: bool) -> None:
    assert rejects(certificate(left, relation, right)) is not holds


@settings(max_examples=60)
@given(st.integers(1, 2**70), st.integers(1, 2**70))
def test_bounds_of_logarithms_enclose(a: int, b: int) -> None:
    n = Fraction(max(a, b), min(a, b))
    low, high = log_bounds(n)
    assert low <= high
    assert high - low < Fraction(1, 10**35)
    assert abs(float(low) - (float_log(max(a, b)) - float_log(min(a, b)))) < 1e-12


def test_bounds_of_logarithms_of_long_numbers_are_quick() -> None:
    start = time.process_time()
    low, high = log_bounds(Fraction(3**20_000 + 1))
    assert abs(float(low) - 20_000 * float_log(3)) < 1e-8
    assert low <= high
    assert time.process_time() - start < 5


def test_only_constants_have_a_lower_bound() -> None:
    reader = Reader(VOCABULARY)
    assert constant_lower_bound(reader.read(t.Symbol("a"))) is None
    assert constant_lower_bound(reader.read(t.Call("log", (t.Symbol("a"),)))) is None
    assert constant_lower_bound(reader.read(t.Constant("pi"))) is None
    assert constant_lower_bound(reader.read(t.Pow(number(2), number("1/2")))) is None
    assert constant_lower_bound(ONE) == 1


# --- hostile certificates --------------------------------------------------------------------------------------------


def test_an_axiom_of_no_schema_is_rejected() -> None:
    class Mine(Axiom):
        def statement(self, reader: Reader) -> Poly:
            return -ONE

    @dataclass(frozen=True)
    class AlmostNonNegative(NonNegative):
        def statement(self, reader: Reader) -> Poly:
            return -ONE

    for axiom in (Mine(), AlmostNonNegative(None, number(1))):
        with pytest.raises(Rejected, match="schema"):
            check(certificate(number(1), "<=", number(0), Instance(axiom, number(1))))


@pytest.mark.parametrize(
    "multiplier",
    [
        t.Number(0.5),
        t.Number(float("nan")),
        t.Number(True),
        t.Constant("oo"),
        t.Symbol("nobody"),
        t.Density("nobody", (x,)),
        t.Density("r", (t.Variable("#1.0", "x"),)),
        number(-1),
        t.Symbol("b"),
        t.Call("log", (t.Symbol("b"),)),
        number(1) / (t.Symbol("a") - t.Symbol("a")),
    ],
)
def test_hostile_multipliers(multiplier: t.Expr) -> None:
    axiom = Gibbs((Label(Fraction(1), R, P.density),))
    assert rejects(certificate(multiplier * KL, ">=", number(0), Instance(axiom, multiplier)))


def test_a_counted_variable_does_not_lend_its_name() -> None:
    """A measured variable that is called like a counted one would bound the mass of its space from below."""
    thief = t.Variable("y", "x")
    stolen = t.Law(t.Density("s", (t.Variable("y", "y"),)), (thief,))
    instances = (
        Instance(Counted(stolen, t.Density("s", (var("y"),))), number(1)),
        Instance(Gibbs((Label(Fraction(1), stolen, number(1)),)), number(1)),
    )
    assert rejects(certificate(t.Call("log", (t.Integral((x,), number(1)),)), ">=", number(0), *instances))


def test_free_variables_are_not_captured_by_canonical_names() -> None:
    """Were a free variable called like a bound one, E[T(x) T(y)] at y = x would be E[T^2]."""
    y = t.Variable("#1.0", "x")
    left = t.Expectation(R, t.Apply("T", (x,)) * t.Apply("T", (y,)))
    right = t.Expectation(R, t.Apply("T", (x,)) * t.Apply("T", (x,)))
    assert rejects(certificate(left, "=", right))


# --- hostile sizes: an answer or a refusal, soon ---------------------------------------------------------------------


def _tower(depth: int) -> t.Expr:
    expr: t.Expr = number(2)
    for _ in range(depth):
        expr = t.Pow(expr, number(64))
    return expr


def _deep(depth: int) -> t.Expr:
    expr: t.Expr = t.Symbol("a")
    for _ in range(depth):
        expr = expr + number(1)
    return expr


def _sum(n: int) -> t.Expr:
    expr: t.Expr = t.Symbol("a")
    for i in range(n):
        expr = expr + t.Apply("T", (t.Variable(f"x_{i}", "x"),))
    return expr


def _cycle(
    n: int, tag: int = 0, outer: tuple[t.Variable, ...] = ()
) -> tuple[t.Expr, list[t.Variable], list[t.Variable]]:
    xs, zs = ([t.Variable(f"{s}_{tag}{i}", s) for i in range(n)] for s in "xz")
    product: t.Expr = number(1)
    for i in range(n):
        product = product * t.Apply("h", (xs[i], zs[i])) * t.Apply("h", (xs[i], zs[i - 1]))
    for v in outer:
        product = product * t.Apply("h", (xs[0], v))
    return product, xs, zs


def _nested_cycles(n: int, depth: int, outer: tuple[t.Variable, ...] = ()) -> t.Expr:
    product, xs, zs = _cycle(n, 10 + depth, outer)
    if depth:
        product = product * t.Call("log", (number(2) + _nested_cycles(n, depth - 1, tuple(zs)),))
    return t.Integral((*xs, *zs), product)


def _nested_means(depth: int) -> t.Expr:
    expr: t.Expr = number(1)
    for i in range(depth):
        law = t.Law(t.Density("q", (z,), (x,)), (z,))
        expr = t.Call("log", (number(1) + t.Call("exp", (t.Expectation(law, expr * t.Apply("U", (x, z))),)),))
        expr = expr + t.Apply("T", (t.Variable(f"x_{i}", "x"),))
    return expr


HOSTILE = {
    "a tower of powers": _tower(9),
    "a power of a thousand million": t.Pow(number(2), number(10**9)),
    "its inverse": t.Pow(number(2), number(-(10**9))),
    "a root of a long power": t.Pow(number("1/1000000007"), number("1000000001/2")),
    "an exponential of a logarithm": t.Call("exp", (number(10**9) * t.Call("log", (t.Symbol("a"),)),)),
    "a number of thousands of digits": number(10**6000) * t.Symbol("a"),
    "a deep sum": _deep(5_000),
    "a sum to a power": t.Pow(_sum(6), number(40)),
    "a sum to a power over itself": t.Pow(_sum(3), number(24)) / _sum(3),
    "a product of sums": t.Pow(_sum(3) * (_sum(4) + number(1)) * (_sum(2) - number(2)), number(8)),
    "a large cycle of copies": t.Integral((*_cycle(8)[1], *_cycle(8)[2]), _cycle(8)[0]),
    "nested cycles of copies": _nested_cycles(4, 1),
    "deeply nested cycles of copies": _nested_cycles(2, 6),
    "deeply nested means": _nested_means(40),
    "powers of integrals of powers": t.Expectation(
        R,
        t.Pow(
            t.Expectation(
                t.Law(t.Density("q", (z,), (x,)), (z,)),
                t.Pow(t.Expectation(t.Law(t.Density("p", (x,)), (x,)), t.Apply("U", (x, z))), number(30)),
            ),
            number(30),
        ),
    ),
}


@pytest.mark.parametrize("expr", HOSTILE.values(), ids=HOSTILE)
def test_hostile_sizes_end_soon(expr: t.Expr) -> None:
    start = time.process_time()
    rejects(certificate(expr, ">=", number(0)))
    with pytest.raises((Rejected, Unsupported)):
        check(certificate(expr, "<=", t.Symbol("b")))
    step = t.Step(expr, "<=", t.Symbol("b"))
    try:
        assert prove(claim_of(step), step) is None
    except outcome.Unsupported:
        pass
    assert time.process_time() - start < 20
