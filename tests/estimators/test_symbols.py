"""The estimates from log-weights, executed on symbols, are their formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from estimators import catoni_influence, elbo, iwae_bound, log_mean_exp

a, b, c, d = (sympy.Symbol(name, real=True) for name in "abcd")
integers = st.integers(-3, 3)


def test_the_evidence_lower_bound_is_the_mean() -> None:
    assert sympy.expand(elbo([a, b, c]) - (a + b + c) / 3) == 0
    assert elbo([[a, b], [c, d]], axis=0).tolist() == [(a + c) / 2, (b + d) / 2]


@given(st.lists(integers, min_size=1, max_size=4))
def test_the_trace_of_log_mean_exp_is_the_function_itself(values: list[int]) -> None:
    symbols = [sympy.Symbol(f"l{i}", real=True) for i in range(len(values))]
    for function in (log_mean_exp, iwae_bound):
        trace = function(symbols)
        assert not trace.has(sympy.Float)
        value = trace.subs(dict(zip(symbols, values, strict=True)))
        assert float(value) == pytest.approx(float(function(np.asarray(values, dtype=float))), rel=1e-14, abs=1e-15)


def test_rows_are_reduced_one_by_one() -> None:
    rows = np.array([[a, b], [b, c]], dtype=object)
    assert log_mean_exp(rows).tolist() == [log_mean_exp([a, b]), log_mean_exp([b, c])]
    assert log_mean_exp(rows, axis=0).shape == (2,)


@given(integers)
def test_the_influence_function_knows_its_sign(value: int) -> None:
    for symbol in (a, sympy.Symbol("p", positive=True), sympy.Symbol("n", negative=True)):
        if (symbol.is_positive and value <= 0) or (symbol.is_negative and value >= 0):
            continue
        expected = sympy.sign(value) * sympy.log(1 + abs(value) + sympy.Rational(value**2, 2))
        assert abs((catoni_influence(symbol).subs(symbol, value) - expected).evalf(30)) < sympy.Float("1e-25")


@pytest.mark.parametrize(
    ("values", "axis", "words"), [(a, -1, "axis must be an axis of log_weights of shape"), ([a, b], 1, "axis")]
)
def test_a_missing_axis_is_named(values: Any, axis: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        elbo(values, axis=axis)
