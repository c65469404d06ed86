"""Equalities under an expectation: proved where the sides differ, and only there."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.check import check
from proofs.language import expand, read
from proofs.language import tree as t
from proofs.outcome import Proof
from proofs.provers.symbolic import differing, prove

INNER = "log(t/s) + (s^2 + (a*x - b)^2)/(2*t^2) - 1/2"
DIVERGENCE = "KL(Normal(y; a*x, s) || Normal(y; b, t))"
OUTER = "E_{{x ~ Normal(m, u)}}[{}]"


def attempt(text: str) -> Proof | None:
    claim = expand(read(f"real a\nreal b\n{text}"))
    return prove(claim, claim.steps[0])


@pytest.mark.parametrize("around", ["{}", "x*({})", "m + 2*({})", "exp(-x^2)*({})"])
def test_an_average_of_divergences_is_the_average_of_the_closed_form(around: str) -> None:
    left, right = (OUTER.format(around.format(inner)) for inner in (DIVERGENCE, INNER))
    proof = attempt(f"{left} = {right}")
    assert proof is not None
    assert proof.method == "closed form"


def test_where_an_average_has_no_enclosure_the_parts_that_differ_are_compared() -> None:
    """The scale is random, so the average is no sum of products; at each x both sides are closed forms."""
    divergence = "KL(Normal(y; 0, exp(x)) || Normal(y; b, t))"
    closed = "log(t) - x + (exp(x)^2 + b^2)/(2*t^2) - 1/2"
    proof = attempt(f"{OUTER.format(divergence)} = {OUTER.format(closed)}")
    assert proof is not None
    assert proof.details.startswith("where the sides differ")
    assert attempt(f"{OUTER.format(divergence)} = {OUTER.format(closed + ' + (x - m)')}") is None


@pytest.mark.parametrize(
    "wrong",
    [
        INNER.replace("- 1/2", "+ 1/2"),
        INNER.replace("a*x - b", "a*x + b"),
        INNER.replace("t/s", "s/t"),
        INNER.replace("s^2 +", "2*s^2 +"),
        INNER + " + (x - b)",
    ],
)
def test_integrands_that_differ_are_not_proved_equal(wrong: str) -> None:
    assert attempt(f"{OUTER.format(DIVERGENCE)} = {OUTER.format(wrong)}") is None


def test_averages_are_equal_where_their_integrands_are_not() -> None:
    assert attempt(f"{OUTER.format(DIVERGENCE)} = {OUTER.format(INNER + ' + (x - m)')}") is not None


def test_the_average_of_something_else_is_not_proved() -> None:
    other = OUTER.format(INNER).replace("Normal(m, u)", "Normal(m, 2*u)")
    assert attempt(f"{OUTER.format(DIVERGENCE)} = {other}") is None


@pytest.mark.parametrize("context", ["log(-1)*({})", "log(-u)*({})", "1/(m - m)*({})"])
def test_an_equality_in_a_context_without_a_value_is_not_proved(context: str) -> None:
    left, right = (context.format(OUTER.format(inner)) for inner in (DIVERGENCE, INNER))
    assert check(f"real a\nreal b\n{left} = {right}").verdict != "proved"


numbers = st.integers(-3, 3).map(lambda n: t.Number(Fraction(n)))
leaves = st.one_of(numbers, st.sampled_from([t.Symbol("a"), t.Symbol("b")]))
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(t.Add, inner, inner),
        st.builds(t.Mul, inner, inner),
        st.builds(t.Neg, inner),
        st.builds(lambda e: t.Call("max", (e, e)), inner),
    ),
    max_leaves=8,
)


@given(expressions, expressions)
def test_replacing_the_part_that_differs_turns_one_side_into_the_other(left: t.Expr, right: t.Expr) -> None:
    part = differing(t.Step(left, "=", right))
    if left == right:
        assert part == t.Step(left, "=", right)
    assert right in _replaced_once(left, part.left, part.right)


def _replaced_once(expr: t.Node, old: t.Node, new: t.Node) -> Iterator[t.Node]:
    """The tree with one occurrence replaced, in every way."""
    if expr == old:
        yield new
    for place, child in enumerate(t.children(expr)):
        for changed in _replaced_once(child, old, new):
            at = count()
            yield t.rebuild(
                expr, lambda node, at=at, place=place, changed=changed: changed if next(at) == place else node
            )
