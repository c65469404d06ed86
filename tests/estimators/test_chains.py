"""Chains: detailed balance exactly on finite spaces, invariance on the line by the sequential test, diagnostics."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from estimators import agreement
from estimators.chains import (
    Hamiltonian,
    Kernel,
    Langevin,
    RandomWalk,
    detailed_balance_error,
    effective_sample_size,
    gibbs_matrix,
    langevin_stationary_variance,
    metropolis_hastings_matrix,
    r_hat,
)
from estimators.chains.kernels import LogDensity, value_and_gradient

seeds = st.integers(0, 2**31)
EPS = float(np.finfo(np.float64).eps)


def laws(seed: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    proposal = rng.dirichlet(np.ones(size), size) * (rng.random((size, size)) < 0.7)
    proposal += np.eye(size) * (1 - proposal.sum(1, keepdims=True))
    return 3 * rng.standard_normal(size), proposal


@given(seeds, st.integers(1, 6))
def test_metropolis_hastings_is_in_detailed_balance(seed: int, size: int) -> None:
    log_target, proposal = laws(seed, size)
    transition = metropolis_hastings_matrix(log_target, proposal)
    target = np.exp(log_target)
    assert detailed_balance_error(transition, target) <= 8 * EPS
    assert np.abs(target @ transition - target).max() <= 16 * size * EPS * target.max()


@given(seeds)
def test_gibbs_steps_are_in_detailed_balance_and_their_cycle_is_stationary(seed: int) -> None:
    table = np.random.default_rng(seed).dirichlet(np.ones(12)).reshape(2, 3, 2)
    cycle = np.eye(12)
    for axis in range(3):
        transition = gibbs_matrix(table, axis)
        assert detailed_balance_error(transition, table.ravel()) <= 8 * EPS
        cycle = cycle @ transition
    assert np.abs(table.ravel() @ cycle - table.ravel()).max() <= 64 * EPS
    assert (
        detailed_balance_error(cycle / cycle.sum(1, keepdims=True), table.ravel()) > 1e-6
    )  # a cycle is not reversible


def test_wrong_acceptance_is_out_of_balance() -> None:
    log_target, proposal = laws(5, 4)
    target = np.exp(log_target)
    forgets_proposal = proposal * np.minimum(1, target[None, :] / target[:, None])
    barely = metropolis_hastings_matrix(log_target + np.array([0, 0, 0, 1e-6]), proposal)
    for wrong in (forgets_proposal, barely):
        off = wrong - np.diag(np.diag(wrong))
        assert detailed_balance_error(off + np.diag(1 - off.sum(1)), target) > 1e-9


def test_states_of_mass_zero_are_left_and_never_entered() -> None:
    transition = metropolis_hastings_matrix(np.array([0.0, -math.inf]), np.full((2, 2), 0.5))
    assert transition.tolist() == [[1.0, 0.0], [0.5, 0.5]]


# --- the line ------------------------------------------------------------------------------------------------------


def log_density(x: Tensor) -> Tensor:
    """A logistic law: exact draws exist, and it is not Gaussian."""
    z = x[:, 0]
    return -z - 2 * torch.nn.functional.softplus(-z)


def logistic(shape: tuple[int, int], generator: torch.Generator) -> Tensor:
    return torch.logit(torch.rand(shape, generator=generator, dtype=torch.float64).clamp_min(1e-300))


@dataclass(frozen=True)
class ForgetsTheWayBack:
    """Langevin steps accepted by the ratio of densities alone."""

    step: float

    def __call__(self, log_density: LogDensity, state: Tensor, generator: torch.Generator) -> Tensor:
        value, gradient = value_and_gradient(log_density, state)
        noise = torch.randn(state.shape, generator=generator, dtype=state.dtype)
        proposed = state + self.step / 2 * gradient + math.sqrt(self.step) * noise
        ratio = log_density(proposed) - value
        uniform = torch.rand(ratio.shape, generator=generator, dtype=state.dtype)
        return torch.where((uniform.log() < ratio)[:, None], proposed, state)


def mean_after(kernel: Kernel, steps: int, seed: int) -> Callable[[int, int], Tensor]:
    """tanh²(x) after some steps from exact draws: bounded by one, so its variance is at most 1/4."""

    def blocks(index: int, size: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed + 7919 * index)
        state = logistic((size, 1), generator)
        for _ in range(steps):
            state = kernel(log_density, state, generator)
        return torch.tanh(state[:, 0] / 2) ** 2

    return blocks


# tanh(x/2) is uniform on (−1, 1) under the logistic law, so its square has mean 1/3 and variance 4/45.
TRUTH, VARIANCE = 1 / 3, 4 / 45


@settings(max_examples=2)
@given(seeds)
@pytest.mark.parametrize(
    "kernel", [RandomWalk(2.0), Langevin(3.0), Hamiltonian(0.9, 3)], ids=lambda k: type(k).__name__
)
def test_adjusted_kernels_leave_the_law_as_it_is(kernel: Kernel, seed: int) -> None:
    outcome = agreement(mean_after(kernel, 3, seed), TRUTH, tolerance=0.01, variance_bound=VARIANCE)
    assert outcome.verdict == "agree", outcome


@settings(max_examples=2)
@given(seeds)
@pytest.mark.parametrize(
    "kernel", [Langevin(3.0, adjusted=False), ForgetsTheWayBack(3.0)], ids=["unadjusted", "one-sided"]
)
def test_kernels_that_do_not_are_noticed(kernel: Kernel, seed: int) -> None:
    outcome = agreement(mean_after(kernel, 5, seed), TRUTH, tolerance=0.01, variance_bound=VARIANCE)
    assert outcome.verdict == "disagree", outcome


@given(st.floats(0.01, 10), st.floats(0.01, 0.999))
def test_the_stationary_variance_of_unadjusted_steps_is_a_fixed_point(precision: float, share: float) -> None:
    step = 4 * share / precision
    variance = langevin_stationary_variance(precision, step)
    assert (1 - step * precision / 2) ** 2 * variance + step == pytest.approx(variance, rel=1e-9)
    assert langevin_stationary_variance(precision, 4.1 / precision) == math.inf
    # The code's step is the affine map that the formula speaks of.
    state = torch.tensor([[2.0], [-1.0]], dtype=torch.float64)
    moved = [
        Langevin(step, adjusted=False)(lambda x: -precision * x[:, 0] ** 2 / 2, s, torch.Generator().manual_seed(0))
        for s in (state, torch.zeros_like(state))
    ]
    noise = torch.randn((2, 1), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(moved[0] - moved[1], (1 - step * precision / 2) * state)
    torch.testing.assert_close(moved[1], math.sqrt(step) * noise)


# --- diagnostics ---------------------------------------------------------------------------------------------------


def autoregression(rho: float, chains: int, length: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    draws = np.empty((chains, length))
    draws[:, 0] = rng.standard_normal(chains)
    for t in range(1, length):
        draws[:, t] = rho * draws[:, t - 1] + math.sqrt(1 - rho * rho) * rng.standard_normal(chains)
    return draws


def test_chains_that_disagree_are_told_from_chains_that_agree() -> None:
    mixed = autoregression(0.3, 4, 1000, 0)
    assert r_hat(mixed) < 1.01
    assert r_hat(mixed + np.array([[0.0], [0.0], [0.0], [3.0]])) > 1.1  # another place
    assert r_hat(mixed * np.array([[1.0], [1.0], [1.0], [8.0]])) > 1.1  # another spread
    assert r_hat(mixed + np.linspace(0, 4, 1000)) > 1.1  # a drift
    assert r_hat(np.zeros((2, 8))) == 1.0
    assert effective_sample_size(np.zeros((2, 8))) == 16


def test_the_effective_sample_size_orders_chains_by_their_correlation() -> None:
    # An autoregression of coefficient r is worth (1 − r)/(1 + r) of its length.
    sizes = [effective_sample_size(autoregression(rho, 4, 4000, 1)) / 16000 for rho in (-0.3, 0.0, 0.5, 0.9)]
    assert all(a > b for a, b in itertools.pairwise(sizes))
    for size, rho in zip(sizes, (-0.3, 0.0, 0.5, 0.9), strict=True):
        assert size / ((1 - rho) / (1 + rho)) == pytest.approx(1, rel=0.35)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="scale must be positive"):
        RandomWalk(0)
    with pytest.raises(ValueError, match="num_steps must be at least 1"):
        Hamiltonian(0.1, 0)
    with pytest.raises(ValueError, match="step must be positive"):
        Langevin(-1)
    with pytest.raises(ValueError, match=r"state must have shape \(chains, dimension\), got \(3,\)"):
        RandomWalk(1.0)(log_density, torch.zeros(3), torch.Generator())
    with pytest.raises(ValueError, match="proposal must have rows that sum to one"):
        metropolis_hastings_matrix(np.zeros(2), np.eye(2) * 0.5)
    with pytest.raises(ValueError, match="proposal must be a square matrix"):
        metropolis_hastings_matrix(np.zeros(2), np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"log_target must have shape \(2,\), got \(3,\)"):
        metropolis_hastings_matrix(np.zeros(3), np.eye(2))
    with pytest.raises(ValueError, match="table must hold non-negative"):
        gibbs_matrix([[0.0, 1.0], [0.0, 1.0]], 0)
    with pytest.raises(ValueError, match=r"draws must have shape \(chains, draws\)"):
        r_hat([1.0, 2.0])
    with pytest.raises(ValueError, match="draws must be finite"):
        effective_sample_size(np.full((2, 8), np.nan))
