"""Bessel quotients, the divergences of log I₀ and of log(sinh(t)/t), and φ of cross ratios, in ball arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import array_api_compat.numpy as xp
import array_api_compat.torch as torch_xp
import numpy as np
import pytest
import torch
from flint import acb, arb
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import special
from divergences.special import circular
from divergences.special.tilted import bregman_log_sinhc
from tests.divergences import certified
from tests.divergences.strategies import tiny
from tests.divergences.textbook import settled

CONCENTRATION = st.one_of(
    st.floats(-8, 12).map(lambda e: 10.0**e),
    st.floats(0, 80),
    st.sampled_from([0.0, 31.999, 32.0, 32.001, 64.0, 64.01]),
)


def log_i0e(k: arb) -> arb:
    return acb(k).bessel_i(acb(0), scaled=True).real.log()


def resultant(k: arb) -> arb:
    return (acb(k).bessel_i(acb(1), scaled=True) / acb(k).bessel_i(acb(0), scaled=True)).real


@settings(deadline=None, max_examples=60)
@given(CONCENTRATION)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_bessel_quotients_are_accurate(dtype: Any, k: float) -> None:
    point = np.asarray(k, dtype=dtype)
    exact = arb(float(point))
    if k == 0:
        values = [function(point, xp=xp) for function in (circular.resultant, circular.resultant_gap)]
        assert values == [0.0, 1.0]
        return
    for function, truth, bound in (
        (circular.log_i0e, lambda: log_i0e(exact), 16),
        (circular.resultant, lambda: resultant(exact), 8),
        (circular.resultant_gap, lambda: 1 - resultant(exact), 16),
    ):
        assert certified.error_in_eps(function(point, xp=xp), settled(truth), dtype) <= bound


@st.composite
def concentrations(draw: st.DrawFn) -> tuple[float, float]:
    p = draw(CONCENTRATION)
    change = st.one_of(tiny().map(lambda d: 1 + d), st.floats(-1, 1).map(lambda e: 10.0**e))
    return draw(st.one_of(CONCENTRATION, change.map(lambda factor: p * factor))), p


@settings(deadline=None, max_examples=100)
@given(concentrations())
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_divergence_of_log_i0_is_accurate(dtype: Any, pair: tuple[float, float]) -> None:
    q, p = (np.asarray(k, dtype=dtype) for k in pair)
    value = circular.bregman_log_i0(q, p, xp=xp)
    b, a = arb(float(q)), arb(float(p))
    if b == a:
        assert value == 0
    else:
        # (log I₀)′ − 1 = −(1 − A): the linear parts of log I₀ cancel exactly.
        truth = settled(lambda: log_i0e(b) - log_i0e(a) + (b - a) * (1 - resultant(a)))
        assert certified.error_in_eps(value, truth, dtype) <= 64


@settings(deadline=None, max_examples=100)
@given(st.floats(-400, 400), st.one_of(tiny(), st.floats(-3, 3), st.floats(-400, 400)))
def test_the_divergence_of_the_tilted_uniform_law_is_accurate(p: float, change: float) -> None:
    q = p + change
    first, second = np.asarray(p), np.asarray(q)
    value = bregman_log_sinhc(second, first, difference=second - first, xp=xp)
    if p == q:
        assert value == 0
        return

    def log_sinhc(t: arb) -> arb:
        return (t.sinh() / t).log() if t != 0 else arb(0)

    def truth() -> arb:
        a, b = arb(p), arb(q)
        slope = a.coth() - 1 / a if a != 0 else arb(0)
        return log_sinhc(b) - log_sinhc(a) - (b - a) * slope

    assert certified.error_in_eps(value, settled(truth)) <= 32


def test_derivatives_of_the_circular_divergence_are_those_of_bessel_quotients() -> None:
    points = [(0.3, 0.4), (5.0, 30.0), (33.0, 33.5), (50.0, 100.0), (2.0, 200.0), (200.0, 2.0), (1e6, 1.1e6)]
    q, p = (torch.tensor(side, dtype=torch.float64, requires_grad=True) for side in zip(*points, strict=True))
    gradients = torch.autograd.grad(circular.bregman_log_i0(q, p, xp=torch_xp).sum(), (q, p))
    for i, (b, a) in enumerate(points):
        x, y = arb(a), arb(b)
        first = settled(lambda y=y, x=x: resultant(y) - resultant(x))
        second = settled(lambda y=y, x=x: -(y - x) * (1 - resultant(x) / x - resultant(x) ** 2))
        assert certified.error_in_eps(gradients[0][i], first) <= 64
        assert certified.error_in_eps(gradients[1][i], second) <= 64


@settings(deadline=None, max_examples=100)
@given(*(st.floats(-140, 140).map(lambda e: 10.0**e) for _ in range(3)), st.one_of(tiny(), st.floats(-0.9, 5)))
def test_cross_ratios_are_compared_exactly(c: float, d: float, a: float, change: float) -> None:
    b = c * (d / a) * (1 + change)
    if 1e-300 < b < 1e300:
        value = special.weighted_phi_cross(*(np.asarray(v) for v in (c, d, a, b)), xp=xp)
        with certified.balls():
            ratio = arb(a) * arb(b) / (arb(c) * arb(d))
            assert certified.error_in_eps(value, arb(c) * certified.phi(ratio)) <= 16


def test_the_series_of_log_i0_is_derived_again() -> None:
    order = len(circular._SERIES)
    coefficients = [Fraction(1)]
    for k in range(1, order + 1):
        coefficients.append(coefficients[-1] * Fraction((2 * k - 1) ** 2, 8 * k))
    logarithm = [Fraction(0)] * (order + 1)
    for n in range(1, order + 1):
        logarithm[n] = coefficients[n] - sum(Fraction(k, n) * logarithm[k] * coefficients[n - k] for k in range(1, n))
    assert circular._SERIES == tuple(float(c) for c in logarithm[1:])
    # Of the divergence c_k κ^−k has the share 2k(k + 1)c_k κ^−k, by the second derivatives of it and of −½ log κ.
    assert 2 * order * (order + 1) * circular._SERIES[-1] * circular._NARROW**-order < 2.0**-55
    assert math.isclose(sum(circular._shares()), 1)
