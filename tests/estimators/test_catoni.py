"""Catoni's influence function: the two inequalities that the agreement test stands on."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from estimators import catoni_influence

rationals = st.fractions(-1000, 1000, max_denominator=10**6)
reals = st.floats(allow_nan=False, allow_infinity=False)


def exponential(y: Fraction, curvature: Fraction = Fraction(1, 2)) -> Fraction:
    """exp(phi(y)), a rational; ``curvature`` other than 1/2 plants an error."""
    value = 1 + abs(y) + curvature * y * y
    return value if y >= 0 else 1 / value


@given(rationals)
def test_two_moments_bound_the_exponentials(y: Fraction) -> None:
    assert exponential(y) <= 1 + y + y * y / 2
    assert 1 / exponential(y) <= 1 - y + y * y / 2


@pytest.mark.parametrize("curvature", [Fraction(499, 1000), Fraction(501, 1000)])
def test_no_other_curvature_has_both_inequalities(curvature: Fraction) -> None:
    points = [sign * Fraction(n, 1000) for n in range(1, 2000) for sign in (-1, 1)]
    assert any(exponential(y, curvature) > 1 + y + y * y / 2 for y in points)


@given(reals)
def test_it_is_what_the_formula_says(y: float) -> None:
    with mpmath.workdps(60):
        a = abs(mpmath.mpf(y))
        expected = math.copysign(1, y) * float(mpmath.log1p(a + a * a / 2))
    got = float(catoni_influence(np.asarray(y)))
    assert abs(got - expected) <= 4 * np.finfo(float).eps * abs(expected) + 5e-324
    assert float(catoni_influence(torch.tensor(y, dtype=torch.float64))) == pytest.approx(got, rel=1e-15, abs=5e-324)


@given(reals, reals)
def test_it_is_odd_and_increasing(a: float, b: float) -> None:
    low, high = catoni_influence(np.asarray(sorted((a, b))))
    assert low <= high + 4 * np.finfo(float).eps * abs(high)
    assert catoni_influence(np.asarray(-a)) == -catoni_influence(np.asarray(a))
