"""The importance-weighted bound of a linear-Gaussian model, held against its exact value and against log p(x)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators import agreement, elbo, iwae_bound
from estimators.exact import QuadraticLogWeight, iwae_bound_exact, iwae_variance_exact
from estimators.models import Gaussian, LinearGaussian
from tests.estimators.reference import iwae_variance_bound, log_weight_law, random_problem
from tests.estimators.test_linear_gaussian import moved

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)]
seeds = st.integers(0, 2**63 - 1)
Problem = tuple[LinearGaussian, torch.Tensor, Gaussian]
Bound = Callable[[torch.Tensor], torch.Tensor]


def bounds_minus_evidence(
    problem: Problem, bound: Bound, num_samples: int, device: str, seed: int, size: int = 8192
) -> Iterator[torch.Tensor]:
    """Blocks of bound(log-weights) − log p(x), drawn by torch on the device."""
    model, x, proposal = moved(problem[0], device), problem[1].to(device), moved(problem[2], device)
    generator = torch.Generator(device).manual_seed(seed)
    log_evidence = model.log_evidence(x)
    shape = (size, num_samples, proposal.mean.shape[0])
    while True:
        noise = torch.randn(shape, dtype=torch.float64, device=device, generator=generator)
        yield bound(model.log_weights(x, proposal, noise)) - log_evidence


def scales(law: QuadraticLogWeight, num_samples: int) -> dict[str, float]:
    """A tolerance of a twentieth of a log-weight's standard deviation, and the variance bound."""
    return {
        "tolerance": max(0.05 * math.sqrt(float(law.variance)), 1e-6),
        "variance_bound": iwae_variance_bound(law, num_samples),
    }


@settings(max_examples=10)
@given(seeds)
def test_the_variance_bound_holds_and_is_not_idle(seed: int) -> None:
    law = log_weight_law(*random_problem(seed, dimension=1))
    variance = float(iwae_variance_exact(law, 2))
    assert variance <= iwae_variance_bound(law, 2)
    assert variance >= iwae_variance_bound(law, 2) / 20


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("num_samples", [1, 2, 3, 4])
@settings(max_examples=4)
@given(seed=seeds)
def test_it_is_below_the_evidence_and_at_its_exact_value(device: str, num_samples: int, seed: int) -> None:
    problem = random_problem(seed)
    law = log_weight_law(*problem)
    for claimed, relation in ((0.0, "<="), (float(iwae_bound_exact(law, num_samples)), "="), (float(law.mean), ">=")):
        samples = bounds_minus_evidence(problem, iwae_bound, num_samples, device, seed)
        outcome = agreement(samples, claimed, relation=relation, **scales(law, num_samples))  # type: ignore[arg-type]
        assert outcome.verdict == "agree", (relation, outcome)


@pytest.mark.parametrize("device", DEVICES)
@settings(max_examples=4)
@given(seed=seeds)
def test_the_elbo_of_many_samples_stays_where_one_sample_is(device: str, seed: int) -> None:
    problem = random_problem(seed)
    law = log_weight_law(*problem)
    outcome = agreement(bounds_minus_evidence(problem, elbo, 4, device, seed), float(law.mean), **scales(law, 1))  # type: ignore[arg-type]
    assert outcome.verdict == "agree", outcome


def sum_for_mean(log_weights: torch.Tensor) -> torch.Tensor:
    return torch.logsumexp(log_weights, -1)


def one_degree_of_freedom_less(log_weights: torch.Tensor) -> torch.Tensor:
    return torch.logsumexp(log_weights, -1) - math.log(log_weights.shape[-1] - 1)


def wrong_sign(log_weights: torch.Tensor) -> torch.Tensor:
    return -iwae_bound(-log_weights)


def best_sample(log_weights: torch.Tensor) -> torch.Tensor:
    return log_weights.amax(-1)


def shared_noise(log_weights: torch.Tensor) -> torch.Tensor:
    """One sample used K times."""
    return iwae_bound(log_weights[..., :1].expand_as(log_weights))


# Here every wrong bound below misses L_4 by at least four tolerances, and those above log p(x) by three.
FIXED_SEED = 11


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    "wrong", [elbo, sum_for_mean, one_degree_of_freedom_less, wrong_sign, best_sample, shared_noise]
)
@settings(max_examples=3)
@given(seed=seeds)
def test_wrong_bounds_miss_the_exact_value(device: str, wrong: Bound, seed: int) -> None:
    problem = random_problem(FIXED_SEED)
    law = log_weight_law(*problem)
    samples = bounds_minus_evidence(problem, wrong, 4, device, seed)
    outcome = agreement(samples, float(iwae_bound_exact(law, 4)), **scales(law, 4))  # type: ignore[arg-type]
    assert outcome.verdict == "disagree", outcome


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("wrong", [sum_for_mean, best_sample])
@settings(max_examples=3)
@given(seed=seeds)
def test_wrong_bounds_above_the_evidence_are_noticed(device: str, wrong: Bound, seed: int) -> None:
    problem = random_problem(FIXED_SEED)
    law = log_weight_law(*problem)
    samples = bounds_minus_evidence(problem, wrong, 4, device, seed)
    outcome = agreement(samples, 0.0, relation="<=", **scales(law, 4))  # type: ignore[arg-type]
    assert outcome.verdict == "disagree", outcome


@settings(max_examples=3)
@given(seed=seeds)
def test_a_claimed_bound_that_is_too_low_is_noticed(seed: int) -> None:
    # Four samples do better than one: L_4 <= L_1 is false.
    problem = random_problem(FIXED_SEED)
    law = log_weight_law(*problem)
    samples = bounds_minus_evidence(problem, iwae_bound, 4, "cpu", seed)
    assert agreement(samples, float(law.mean), relation="<=", **scales(law, 4)).verdict == "disagree"  # type: ignore[arg-type]


@pytest.mark.cuda
@settings(max_examples=10)
@given(seed=seeds)
def test_bounds_of_the_same_weights_are_the_same_on_cuda(seed: int) -> None:
    log_weights: Any = 30 * torch.randn(64, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    for bound in (elbo, iwae_bound):
        torch.testing.assert_close(bound(log_weights.cuda()).cpu(), bound(log_weights), rtol=1e-13, atol=1e-13)
