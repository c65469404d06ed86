"""Relaxed samples: the law is what it is called, the gradient is biased and the bias vanishes with the temperature."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators import agreement
from estimators.gradients import gumbel_softmax, gumbel_softmax_log_density

seeds = st.integers(0, 2**31)
LOGITS = torch.tensor([0.4, -0.3, 0.1], dtype=torch.float64)


def uniform(seed: int, index: int, size: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng([seed, index]).uniform(1e-300, 1, (size, 3)))


@settings(max_examples=3)
@given(seeds)
def test_hard_samples_follow_the_categorical_law(seed: int) -> None:
    for i, share in enumerate(LOGITS.softmax(-1).tolist()):
        outcome = agreement(
            lambda index, size, i=i: gumbel_softmax(
                LOGITS, uniform(seed, index, size), temperature=0.7, straight_through=True
            ).value[:, i],
            share,
            tolerance=0.05,
            variance_bound=0.25,
        )
        assert outcome.verdict == "agree", outcome


def test_the_density_integrates_to_one_on_the_simplex() -> None:
    # In logit coordinates y = σ(v) of the two-class simplex the integrand is analytic and decays on both sides.
    v = torch.arange(-60, 60, 0.05, dtype=torch.float64)
    y = torch.sigmoid(v)
    for temperature in (0.5, 1.0, 2.0):
        points = torch.stack([y, torch.sigmoid(-v)], -1)
        log_density = gumbel_softmax_log_density(points, LOGITS[:2], temperature=temperature)
        total = (
            0.05 * (log_density + torch.nn.functional.logsigmoid(v) + torch.nn.functional.logsigmoid(-v)).exp().sum()
        )
        assert float(total) == pytest.approx(1, abs=1e-12)


def gradient_of_the_mean(temperature: float) -> float:
    """d/dℓ₀ of E f(sample) for two classes, f(y) = y₀², by quadrature over the logistic difference of the noises."""
    logit = torch.tensor(0.8, dtype=torch.float64, requires_grad=True)
    z = torch.arange(-40, 40, 1e-3, dtype=torch.float64)
    density = torch.exp(-z - 2 * torch.nn.functional.softplus(-z))
    mean = 1e-3 * (density * torch.sigmoid((logit + z) / temperature) ** 2).sum()
    return float(torch.autograd.grad(mean, logit)[0])


def test_the_gradient_is_biased_and_the_bias_vanishes_with_the_temperature() -> None:
    share = 1 / (1 + math.exp(-0.8))
    exact = share * (1 - share)  # of P(class 0), since one-hot vectors have y₀² = y₀
    biases = [abs(gradient_of_the_mean(temperature) - exact) for temperature in (2.0, 0.2, 0.1, 0.05)]
    assert biases[0] > 0.01
    assert biases[1] > biases[2] > biases[3] > 1e-4  # of order τ, in the end


def test_values_and_errors() -> None:
    noise = torch.tensor([0.2, 0.9, 0.5], dtype=torch.float64)
    logits = LOGITS.clone().requires_grad_()
    hard, soft = (gumbel_softmax(logits, noise, temperature=0.5, straight_through=flag) for flag in (True, False))
    assert hard.biased
    assert soft.biased
    assert sorted(hard.value.tolist()) == [0.0, 0.0, 1.0]
    assert float(soft.value.detach().sum()) == pytest.approx(1, abs=1e-15)
    weights = torch.tensor([1.0, 2.0, -1.0], dtype=torch.float64)
    gradients = [torch.autograd.grad(sample.value @ weights, logits)[0] for sample in (hard, soft)]
    assert torch.equal(*gradients)
    with pytest.raises(ValueError, match="temperature must be positive"):
        gumbel_softmax(logits, noise, temperature=0.0)
    with pytest.raises(ValueError, match="noise must lie strictly between 0 and 1"):
        gumbel_softmax(logits, 0 * noise, temperature=1.0)
