"""The log-normal density, held to certified values, and the Gaussian pushed forward."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import log_normal_log_density
from tests.divergences import certified
from tests.divergences.strategies import SCALES


@settings(deadline=None, max_examples=80)
@given(st.one_of(st.floats(0.01, 100), st.floats(-300, 300).map(lambda e: 10.0**e)), st.floats(-50, 50), SCALES)
def test_the_error_is_that_of_the_terms(x: float, mean: float, std: float) -> None:
    value = float(log_normal_log_density(x, mean, std))
    with certified.balls():
        exact = certified.log_normal_log_density(arb(x), arb(mean), arb(std))
        z = abs(math.log(x) - mean) / std
        terms = z * z / 2 + abs(math.log(x)) * (1 + z / std) + abs(math.log(std)) + 1
        assert abs(arb(value) - exact) <= 8 * 2.0**-52 * terms


def test_dropping_the_jacobian_or_the_normaliser_fails_the_bound() -> None:
    with certified.balls():
        exact = certified.log_normal_log_density(arb(3), arb(1), arb(0.5))
        value = arb(float(log_normal_log_density(3.0, 1.0, 0.5)))
        assert abs(value - exact) < 1e-14
        for wrong in (value + arb(3).log(), value + arb(0.5).log(), value + (2 * arb.pi()).log() / 2, -value):
            assert abs(wrong - exact) > 0.1


def test_the_density_integrates_to_one() -> None:
    # Uniform steps in log x: the integrand is then a Gaussian, for which the trapezoid rule is exact to rounding.
    y = np.linspace(-11, 13, 4001)
    total = np.sum(np.exp(log_normal_log_density(np.exp(y), 1.0, 1.0) + y)) * (y[1] - y[0])
    assert total == pytest.approx(1, abs=1e-12)


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
    z = (math.log(2) - 0.3) / 0.7
    torch.testing.assert_close(gradients[0][2], torch.tensor(-2 * (1 + z / 0.7) / 2, dtype=torch.float64))
    torch.testing.assert_close(gradients[1], torch.tensor(2 * z / 0.7, dtype=torch.float64))
    torch.testing.assert_close(gradients[2], torch.tensor(2 * (z * z - 1) / 0.7, dtype=torch.float64))
    (all_outside,) = torch.autograd.grad(log_normal_log_density(x[:2], mean, std).sum(), mean)
    assert all_outside == 0
    law = torch.distributions.LogNormal(mean, std)
    torch.testing.assert_close(value[2], law.log_prob(x[2]))


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
