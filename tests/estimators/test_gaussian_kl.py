"""The closed form of the Gaussian KL divergence, held against Monte Carlo in torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import kl_gaussian
from estimators import agreement
from tests.estimators.reference import log_ratio_variance

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)]

seeds = st.integers(0, 2**63 - 1)
means, stds = st.floats(-2, 2), st.floats(0.3, 2)
Parameters = tuple[float, float, float, float]
parameters = st.tuples(means, stds, means, stds)


def log_ratios(law: Parameters, device: str, seed: int, size: int = 16384) -> Iterator[torch.Tensor]:
    """Blocks of log q(x) − log p(x), x drawn from q by torch on the device; q is the first pair."""
    generator = torch.Generator(device).manual_seed(seed)
    mean_q, std_q, mean_p, std_p = torch.tensor(law, dtype=torch.float64, device=device)
    q, p = torch.distributions.Normal(mean_q, std_q), torch.distributions.Normal(mean_p, std_p)
    while True:
        x = mean_q + std_q * torch.randn(size, dtype=torch.float64, device=device, generator=generator)
        yield q.log_prob(x) - p.log_prob(x)


@given(parameters)
def test_moments_of_the_log_ratio_by_quadrature(law: Parameters) -> None:
    # The log ratio is a quadratic in x: Gauss-Hermite with 8 nodes integrates it and its square exactly.
    nodes, weights = np.polynomial.hermite_e.hermegauss(8)
    weights = weights / math.sqrt(2 * math.pi)
    mean_q, std_q, mean_p, std_p = law
    x = mean_q + std_q * nodes
    ratio = np.log(std_p / std_q) - 0.5 * nodes**2 + 0.5 * ((x - mean_p) / std_p) ** 2
    mean = float(weights @ ratio)
    assert mean == pytest.approx(float(kl_gaussian(*law)), rel=1e-10, abs=1e-12)
    assert weights @ (ratio - mean) ** 2 == pytest.approx(log_ratio_variance(*law), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("device", DEVICES)
@settings(max_examples=10)
@given(parameters, seeds)
def test_monte_carlo_agrees_with_the_closed_form(device: str, law: Parameters, seed: int) -> None:
    variance = log_ratio_variance(*law)
    tolerance = max(0.02 * math.sqrt(variance), 1e-6)
    claimed = float(kl_gaussian(*law))
    outcome = agreement(log_ratios(law, device, seed), claimed, tolerance=tolerance, variance_bound=variance)
    assert outcome.verdict == "agree", outcome


def swapped(law: Parameters) -> float:
    return float(kl_gaussian(*law[2:], *law[:2]))


def without_the_half(law: Parameters) -> float:
    return 2 * float(kl_gaussian(*law))


def log_of_variances(law: Parameters) -> float:
    """The logarithm of the ratio of variances where that of standard deviations belongs."""
    return float(kl_gaussian(*law)) + math.log(law[3] / law[1])


def variance_for_deviation(law: Parameters) -> float:
    return float(kl_gaussian(law[0], law[1] ** 2, law[2], law[3] ** 2))


def sign_of_the_trace(law: Parameters) -> float:
    return float(kl_gaussian(*law)) - (law[1] / law[3]) ** 2


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    "wrong", [swapped, without_the_half, log_of_variances, variance_for_deviation, sign_of_the_trace]
)
@settings(max_examples=3)
@given(seed=seeds)
def test_monte_carlo_disagrees_with_wrong_formulas(
    device: str, wrong: Callable[[Parameters], float], seed: int
) -> None:
    law: Parameters = (0.5, 0.6, -0.4, 1.5)
    variance = log_ratio_variance(*law)
    tolerance = 0.05 * math.sqrt(variance)
    outcome = agreement(log_ratios(law, device, seed), wrong(law), tolerance=tolerance, variance_bound=variance)
    assert outcome.verdict == "disagree", outcome
