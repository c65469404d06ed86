"""Partition functions: weights that are bounded, so that every claim about them can be tested, and exact anchors."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from estimators import agreement
from estimators.chains import Hamiltonian, Kernel, Langevin, RandomWalk
from estimators.partition import annealed_log_weights, bridge_sampling

seeds = st.integers(0, 2**31)
BETAS = [0.0, 0.3, 0.6, 1.0]


def log_start(x: Tensor) -> Tensor:
    """A uniform law's logit: the logistic density, with constant 1."""
    return -x[:, 0] - 2 * torch.nn.functional.softplus(-x[:, 0])


def tilt(x: Tensor) -> Tensor:
    """log of (1 + 2 sigmoid(x)), between 0 and log 3: with u = sigmoid(x) uniform, the constant is E(1 + 2u) = 2."""
    return torch.log1p(2 * torch.sigmoid(x[:, 0]))


def log_target(x: Tensor) -> Tensor:
    return log_start(x) + tilt(x)


def draws(size: int, generator: torch.Generator, *, target: bool) -> Tensor:
    uniform = torch.rand(size, generator=generator, dtype=torch.float64).clamp_min(1e-300)
    if target:
        # The distribution function of u is (u + u²)/2.
        uniform = (torch.sqrt(1 + 8 * uniform) - 1) / 2
    return torch.logit(uniform)[:, None]


def log_weights(kernel: Kernel, seed: int, index: int, size: int, *, reverse: bool) -> Tensor:
    generator = torch.Generator().manual_seed(seed + 104729 * index)
    state = draws(size, generator, target=reverse)
    return annealed_log_weights(
        log_start, log_target, state, betas=BETAS, kernel=kernel, generator=generator, reverse=reverse
    )


@settings(max_examples=2)
@given(seeds)
@pytest.mark.parametrize(
    "kernel", [RandomWalk(2.0), Langevin(2.0), Hamiltonian(0.9, 2)], ids=lambda k: type(k).__name__
)
def test_weights_are_unbiased_forward_and_back(kernel: Kernel, seed: int) -> None:
    # w lies between 1 and 3 on every path, and 1/w between 1/3 and 1: Popoviciu bounds the variances.
    forward = agreement(
        lambda i, n: log_weights(kernel, seed, i, n, reverse=False).exp(), 2.0, tolerance=0.05, variance_bound=1.0
    )
    assert forward.verdict == "agree", forward
    back = agreement(
        lambda i, n: (-log_weights(kernel, seed, i, n, reverse=True)).exp(), 0.5, tolerance=0.02, variance_bound=1 / 9
    )
    assert back.verdict == "agree", back


@settings(max_examples=2)
@given(seeds)
def test_the_two_directions_bracket_the_truth(seed: int) -> None:
    spread = (math.log(3) / 2) ** 2
    lower = agreement(
        lambda i, n: log_weights(Langevin(2.0), seed, i, n, reverse=False), math.log(2),
        tolerance=0.02, variance_bound=spread, relation="<=",
    )  # fmt: skip
    upper = agreement(
        lambda i, n: log_weights(Langevin(2.0), seed, i, n, reverse=True), math.log(2),
        tolerance=0.02, variance_bound=spread, relation=">=",
    )  # fmt: skip
    assert lower.verdict == upper.verdict == "agree"


@settings(max_examples=2)
@given(seeds)
def test_a_kernel_of_another_law_is_noticed(seed: int) -> None:
    class Drifts:
        def __call__(self, log_density: object, state: Tensor, generator: torch.Generator) -> Tensor:
            return state + 1

    outcome = agreement(
        lambda i, n: log_weights(Drifts(), seed, i, n, reverse=False).exp(), 2.0, tolerance=0.05, variance_bound=1.0
    )
    assert outcome.verdict == "disagree", outcome


@pytest.mark.parametrize(("reverse", "path"), [(False, [0.3, 0.6]), (True, [0.6, 0.3])])
def test_the_chain_moves_under_the_density_that_two_factors_share(reverse: bool, path: list[float]) -> None:
    # At tilt 1 and start 0 the log density that a kernel is given is β itself.
    seen: list[float] = []

    class Records:
        def __call__(self, log_density: object, state: Tensor, generator: torch.Generator) -> Tensor:
            assert callable(log_density)
            seen.append(float(log_density(state)[0]))
            return state

    annealed_log_weights(
        lambda x: torch.zeros(len(x)), lambda x: torch.ones(len(x)), torch.zeros(2, 1),
        betas=BETAS, kernel=Records(), generator=torch.Generator(), reverse=reverse,
    )  # fmt: skip
    assert seen == pytest.approx(path)


def test_one_step_is_importance_sampling() -> None:
    state = draws(5, torch.Generator().manual_seed(0), target=False)
    generator = torch.Generator()
    for reverse in (False, True):
        weights = annealed_log_weights(
            log_start, log_target, state, betas=[0, 1], kernel=RandomWalk(1.0), generator=generator, reverse=reverse
        )
        torch.testing.assert_close(weights, tilt(state), rtol=0, atol=1e-14)


@given(seeds, st.floats(-30, 30))
def test_bridge_sampling_moves_with_the_constant_and_is_antisymmetric(seed: int, constant: float) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.standard_normal(7), 0.5 + rng.standard_normal(5)
    estimate = bridge_sampling(first, second)
    assert bridge_sampling(first + constant, second + constant) == pytest.approx(estimate + constant, abs=1e-11)
    assert bridge_sampling(-second, -first) == pytest.approx(-estimate, abs=1e-11)


def test_bridge_sampling_is_consistent() -> None:
    # On a grid of quantiles in place of draws the equation is an integral, whose root is log Z₁/Z₀ = log 2 exactly; the
    # midpoint rule errs by 1/(24 n²) times a second derivative of order one.
    n = 20_000
    u = torch.from_numpy((np.arange(n) + 0.5) / n)
    first = torch.log1p(2 * u)
    second = torch.log1p(torch.sqrt(1 + 8 * u) - 1)
    assert bridge_sampling(first, second) == pytest.approx(math.log(2), abs=1 / n**2 * 10)
    # With three times as many draws of one law the weights change and the root does not.
    assert bridge_sampling(first.repeat(3), second) == pytest.approx(math.log(2), abs=1 / n**2 * 10)


def test_bad_input_is_named() -> None:
    state = torch.zeros(1, 1)
    with pytest.raises(ValueError, match="betas must increase from 0 to 1"):
        annealed_log_weights(
            log_start, log_target, state, betas=[0, 0.5], kernel=RandomWalk(1.0), generator=torch.Generator()
        )
    with pytest.raises(ValueError, match="log_ratio_second must hold at least one finite number"):
        bridge_sampling([0.0], [math.inf])
