"""The log-normal density, held to certified values, and the Gaussian pushed forward."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import log_normal_log_density
from tests.divergences import certified
from tests.divergences.strategies import SCALES

EPS = 2.0**-52


def terms(x: Any, mean: Any, std: Any) -> Any:
    """The sum of the magnitudes of the density's terms, and of what the rounding of log x brings in."""
    z = np.abs(np.log(x) - mean) / std
    return z * z / 2 + np.abs(np.log(x)) * (1 + z / std) + np.abs(np.log(std)) + 1


def error_in_eps_of_the_terms(value: float, x: float, mean: float, std: float) -> float:
    with certified.balls():
        exact = certified.log_normal_log_density(arb(x), arb(mean), arb(std))
        return certified.error_in_eps_of(value, exact, float(terms(x, mean, std)))


@settings(deadline=None, max_examples=80)
@given(st.one_of(st.floats(0.01, 100), st.floats(-300, 300).map(lambda e: 10.0**e)), st.floats(-50, 50), SCALES)
def test_the_error_is_that_of_the_terms(x: float, mean: float, std: float) -> None:
    assert error_in_eps_of_the_terms(float(log_normal_log_density(x, mean, std)), x, mean, std) <= 8


def test_dropping_the_jacobian_or_the_normaliser_fails_the_bound() -> None:
    arguments = 3.0, 1.0, 0.5
    value = float(log_normal_log_density(*arguments))
    assert error_in_eps_of_the_terms(value, *arguments) <= 8
    for wrong in (value + math.log(3), value + math.log(0.5), value + math.log(2 * math.pi) / 2, -value):
        assert error_in_eps_of_the_terms(wrong, *arguments) > 1e12


def test_the_density_integrates_to_one() -> None:
    # Uniform steps h in log x, exact in binary: the integrand is then a Gaussian, for which the trapezoid rule is off
    # by less than 3 exp(-2π²/h²), and the tails beyond 12 stds by less than exp(-72): what remains is rounding.
    y = np.arange(-11 * 256, 13 * 256 + 1) / 256
    x, z = np.exp(y), np.abs(y - 1)
    log_density = log_normal_log_density(x, 1.0, 1.0)
    masses = np.exp(log_density + y) / 256
    # Of a mass, in eps: 8 of the terms of its log density, one of x, which the derivative z + 1 magnifies, one of the
    # sum in the exponent, one of exp. A pairwise sum over blocks of 128 adds less than 64 of the total.
    total, bound = (
        np.sum(masses),
        EPS * np.sum(masses * (8 * terms(x, 1.0, 1.0) + z + 1 + np.abs(log_density + y) + 65)),
    )
    assert abs(total - 1) <= bound


def test_outside_the_support_it_is_minus_infinity_without_a_warning() -> None:
    x = np.array([-1.0, -0.0, 0.0, np.inf, -np.inf, np.nan, 1.0])
    values = log_normal_log_density(x, 0.0, 1.0)
    np.testing.assert_array_equal(values[:5], -np.inf)
    assert np.isnan(values[5])
    assert values[6] == -math.log(2 * math.pi) / 2
    assert log_normal_log_density(np.arange(3), 0, 1).dtype == np.float64


def test_gradients_are_finite_outside_the_support_and_exact_within() -> None:
    x = torch.tensor([-1.0, 0.0, 2.0], dtype=torch.float64, requires_grad=True)
    mean, std = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.3, 0.7))
    value = log_normal_log_density(x, mean, std)
    assert torch.equal(value[:2], torch.full((2,), -math.inf, dtype=torch.float64))
    gradients = torch.autograd.grad(value[2] + torch.where(torch.isfinite(value), value, 0).sum(), (x, mean, std))
    assert torch.equal(gradients[0][:2], torch.zeros(2, dtype=torch.float64))
    with certified.balls():
        x_in, location, scale = arb(2), arb(0.3), arb(0.7)
        z = (x_in.log() - location) / scale
        exact = [-(1 + z / scale) / x_in, z / scale, (z * z - 1) / scale]
        # The sums' terms, with the rounding of log x, one part in z of it, magnified; each derivative is taken twice.
        magnitudes = [(1 + (1 + z) / scale) / x_in, (1 + z) / scale, (z * z + 2 * z + 1) / scale]
        found = [gradients[0][2], gradients[1], gradients[2]]
        for derivative, value_of, magnitude in zip(found, exact, magnitudes, strict=True):
            assert certified.error_in_eps_of(derivative, 2 * value_of, 2 * magnitude) <= 8
    (all_outside,) = torch.autograd.grad(log_normal_log_density(x[:2], mean, std).sum(), mean)
    assert all_outside == 0
    assert error_in_eps_of_the_terms(value[2].item(), 2.0, 0.3, 0.7) <= 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1.0, 0.0, -1.0), r"std must be positive and finite, got -1\.0"),
        ((1.0, 0.0, 0.0), r"std must be positive"),
        ((1.0, np.inf, 1.0), r"mean must be finite, got inf"),
        ((np.zeros(3), np.zeros(2), 1.0), r"shapes must broadcast, got x \(3,\), mean \(2,\), std \(\)"),
    ],
)
def test_bad_parameters_are_named(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        log_normal_log_density(*arguments)
