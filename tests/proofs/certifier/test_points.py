"""Points lie in the declared domains, are the same for the steps of a chain, and reach the extremes."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.certifier.points import _within, admissible, free_of, points, value
from proofs.language import expand, read
from proofs.language import tree as t
from proofs.outcome import Unsupported

ENDS = st.one_of(st.none(), st.fractions(min_value=-50, max_value=50, max_denominator=7))


@st.composite
def scalars(draw: st.DrawFn) -> t.Scalar:
    low, high = draw(ENDS), draw(ENDS)
    if low is not None and high is not None and high - low < 2:
        high = low + 2
    closed = (draw(st.booleans()) and low is not None, draw(st.booleans()) and high is not None)
    return t.Scalar(draw(st.sampled_from(("n", "mu", "w"))), low, high, closed, draw(st.booleans()))


@given(scalars(), st.integers(0, 200), st.text(max_size=3))
def test_values_lie_in_their_domain(scalar: t.Scalar, index: int, salt: str) -> None:
    number = value(scalar, index, salt=salt)
    assert _within(scalar, number)
    assert number == value(scalar, index, salt=salt)


def test_a_domain_without_integers_is_refused() -> None:
    with pytest.raises(Unsupported, match="no integer"):
        value(t.Scalar("n", Fraction(1, 3), Fraction(2, 3), integer=True), 0)


def test_points_of_a_chain_agree_and_are_admissible() -> None:
    claim = expand(read("KL(Normal(m, s) || Normal(0, r)) = E_{Normal(x; m, s)}[x] = m"))
    first, second = claim.steps
    assert free_of(first, claim) == {"m", "s", "r"}
    assert free_of(second, claim) == {"m", "s"}
    for one, other in zip(islice(points(first, claim), 40), islice(points(second, claim), 40), strict=True):
        assert {name: one[name] for name in other} == other
        assert one["s"] > 0
        assert one["r"] > 0
        assert admissible(first, claim, one)
    drawn = list(islice(points(first, claim), 40))
    assert drawn != list(islice(points(first, claim, salt="1"), 40))
    ratios = [point["s"] / point["r"] for point in drawn]
    assert any(0 < abs(ratio - 1) < Fraction(1, 10**6) for ratio in ratios)
    assert max(ratios) > 1000 or min(ratios) < Fraction(1, 1000)


def test_laws_and_supports_restrict_the_points() -> None:
    claim = expand(read("let X = exp(Y) where Y ~ Uniform(a, b)\npdf_X(x) = 1/(x*(b - a))"))
    (step,) = claim.steps
    for point in islice(points(step, claim), 20):
        assert point["a"] < point["b"]
        assert point["x"] > 0
        assert admissible(step, claim, point)
        assert not admissible(step, claim, {**point, "x": Fraction(-1)})
        assert not admissible(step, claim, {**point, "a": point["b"]})


def test_impossible_parameters_end_the_search() -> None:
    claim = expand(read("positive s\nH(Uniform(s, -s)) = 0"))
    assert list(points(claim.steps[0], claim)) == []
