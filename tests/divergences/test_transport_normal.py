"""The Wasserstein-1 distance between normal laws: by quantiles, by hand, at extremes."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import wasserstein1_gaussian

STD = st.floats(0.1, 5)


@settings(max_examples=5, deadline=None)
@given(mean=st.floats(-5, 5), std=STD, other=STD)
def test_it_is_the_area_between_the_distribution_functions(mean: float, std: float, other: float) -> None:
    def gap(x: mpmath.mpf) -> mpmath.mpf:
        return abs(mpmath.ncdf(x, mean, std) - mpmath.ncdf(x, 0, other))

    found = wasserstein1_gaussian(mean, std, 0.0, other)
    crossing = [] if std == other else [-mean * other / (std - other)]
    points = sorted({-60.0, 60.0, 0.0, mean, *(x for x in crossing if abs(x) < 60)})
    assert found.value == pytest.approx(float(mpmath.quad(gap, points)), rel=1e-7, abs=1e-9)
    assert found.error_bound <= max(2.0**-52 * found.value, 5e-324)


def test_by_hand_and_at_extremes() -> None:
    assert wasserstein1_gaussian(1.0, 2.0, 1.0, 2.0).value == 0.0
    assert wasserstein1_gaussian(0.0, 2.0).value == pytest.approx(math.sqrt(2 / math.pi), rel=1e-15)
    assert wasserstein1_gaussian(1e300, 1e-300, 0.0, 2e-300).value == 1e300
    nearly = np.nextafter(1.0, 2.0)
    assert wasserstein1_gaussian(0.0, nearly).value == pytest.approx(2.0**-52 * math.sqrt(2 / math.pi), rel=1e-15)
    assert wasserstein1_gaussian([0.0, 1.0], [[1.0], [2.0]]).value.shape == (2, 2)
    with pytest.raises(ValueError, match="std_q"):
        wasserstein1_gaussian(0.0, -1.0)
