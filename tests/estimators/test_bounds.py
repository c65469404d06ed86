"""Power means and tilted means of weights: their order, their limits, and where they are exact."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from estimators import cubo, elbo, eubo, iwae_bound, renyi_bound, thermodynamic_integrand, tvo

log_weights = hnp.arrays(np.float64, st.integers(1, 6), elements=st.floats(-30, 30))
SLACK = 1e-12  # rounding of logarithms of size up to 30, a few tens of eps each


@given(log_weights)
def test_power_means_increase_with_their_power(x: np.ndarray) -> None:
    values = [float(renyi_bound(x, alpha)) for alpha in (5.0, 2.0, 1.0, 0.5, 0.0, -1.0, -3.0)]
    assert all(low <= high + SLACK for low, high in itertools.pairwise(values))
    assert values[2] == float(elbo(x))
    assert abs(values[4] - float(iwae_bound(x))) <= SLACK
    assert abs(values[5] - float(cubo(x, 2))) <= SLACK
    assert x.min() - SLACK <= values[0]
    assert values[-1] <= x.max() + SLACK


@given(log_weights)
def test_the_order_one_is_a_limit(x: np.ndarray) -> None:
    # By Taylor's theorem the two differ by at most |1 - α|/2 times the largest variance of log w, (range/2)².
    for alpha in (1 - 1e-6, 1 + 1e-6):
        assert abs(float(renyi_bound(x, alpha)) - float(elbo(x))) <= 1e-6 * np.ptp(x) ** 2 / 8 + 1e-9


@given(log_weights)
def test_tilted_means_increase_and_integrate_to_the_bound(x: np.ndarray) -> None:
    values = [float(thermodynamic_integrand(x, beta)) for beta in (0.0, 0.25, 0.5, 1.0)]
    assert all(low <= high + SLACK for low, high in itertools.pairwise(values))
    assert values[0] == float(elbo(x))
    assert values[-1] == float(eubo(x))
    coarse, fine = float(tvo(x, [0, 1])), float(tvo(x, [0, 0.25, 0.5, 1]))
    assert coarse == float(elbo(x))
    assert coarse <= fine + SLACK <= float(iwae_bound(x)) + 2 * SLACK
    # log of the mean of w^β has the integrand as its derivative: between the Riemann sums of a fine partition.
    betas = np.linspace(0, 1, 33)
    left = float(tvo(x, list(betas)))
    right = left + (float(eubo(x)) - float(elbo(x))) / 32
    assert left - SLACK <= float(iwae_bound(x)) <= right + SLACK


def test_weights_of_zero() -> None:
    x = np.asarray([-math.inf, 0.0, 1.0])
    assert float(eubo(x)) == pytest.approx(math.e / (1 + math.e), rel=1e-14)
    assert float(renyi_bound(x, 2.0)) == -math.inf
    assert float(cubo(x)) == pytest.approx(math.log((1 + math.e**2) / 3) / 2, rel=1e-14)
    assert math.isnan(float(eubo(np.full(2, -math.inf))))
    tensor = torch.tensor([-math.inf, 0.0, 1.0], dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(eubo(tensor), tensor)
    assert torch.isfinite(gradient).all()


def test_the_axis_and_the_batch() -> None:
    x = np.random.default_rng(0).standard_normal((3, 4, 2))
    for bound in (lambda a, axis: renyi_bound(a, 0.3, axis), cubo, eubo, lambda a, axis: tvo(a, [0, 0.4, 1], axis)):
        get = bound if bound is not cubo else (lambda a, axis: cubo(a, 2, axis))
        assert get(x, 1).shape == (3, 2)
        assert np.allclose(get(x, 1)[1, 0], get(x[1, :, 0], 0), rtol=1e-14)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="alpha must be finite, got nan"):
        renyi_bound([0.0], math.nan)
    with pytest.raises(ValueError, match="order must be positive, got 0"):
        cubo([0.0], 0)
    with pytest.raises(ValueError, match=r"betas must increase from 0 to 1, got \[0, 0\.5, 0\.5, 1\]"):
        tvo([0.0], [0, 0.5, 0.5, 1])
    with pytest.raises(ValueError, match="betas must increase from 0 to 1"):
        tvo([0.0], [0.1, 1])
    with pytest.raises(ValueError, match="at least one sample"):
        eubo([])
