"""The linear-Gaussian model: Bayes' rule, torch's own normal law, and one noise on two devices."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators.exact import QuadraticLogWeight
from estimators.models import Gaussian, LinearGaussian
from tests.estimators.reference import random_problem

seeds = st.integers(0, 2**63 - 1)


def standard_normal(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@given(seeds)
def test_bayes_rule_holds_at_every_latent(seed: int) -> None:
    model, x, proposal = random_problem(seed)
    z = proposal.transform(standard_normal(seed, 7, proposal.mean.shape[0]))
    posterior = model.posterior(x)
    torch.testing.assert_close(
        model.log_joint(x, z), model.log_evidence(x) + posterior.log_density(z), rtol=1e-9, atol=1e-9
    )


@given(seeds)
def test_the_densities_are_those_of_torch(seed: int) -> None:
    model, x, proposal = random_problem(seed)
    for law in (model.evidence(), proposal):
        reference = torch.distributions.MultivariateNormal(law.mean, scale_tril=law.scale_tril)
        points = law.transform(standard_normal(seed, 2, 3, law.mean.shape[0]))
        torch.testing.assert_close(law.log_density(points), reference.log_prob(points), rtol=1e-11, atol=1e-11)
    covariance = model.loading @ model.loading.mT + model.noise_scale_tril @ model.noise_scale_tril.mT
    marginal = torch.distributions.MultivariateNormal(model.offset, covariance)
    torch.testing.assert_close(model.log_evidence(x), marginal.log_prob(x), rtol=1e-10, atol=1e-10)


@settings(max_examples=20)
@given(seeds)
def test_the_law_of_the_log_weight_has_the_stated_moments(seed: int) -> None:
    # Squares of quadratics in each coordinate: a product Gauss-Hermite rule with 6 nodes is exact.
    model, x, proposal = random_problem(seed)
    dimension = proposal.mean.shape[0]
    nodes, weights = np.polynomial.hermite_e.hermegauss(6)
    grid = np.stack(np.meshgrid(*[nodes] * dimension, indexing="ij"), -1).reshape(-1, dimension)
    mass = np.stack(np.meshgrid(*[weights / math.sqrt(2 * math.pi)] * dimension, indexing="ij"), -1).prod(-1).ravel()
    log_weights = model.log_weights(x, proposal, torch.from_numpy(grid)).numpy()
    law = QuadraticLogWeight.of(model, x, proposal)
    mean = float(mass @ log_weights)
    assert mean == pytest.approx(float(law.mean), rel=1e-8, abs=1e-9)
    assert mass @ (log_weights - mean) ** 2 == pytest.approx(float(law.variance), rel=1e-8, abs=1e-9)
    assert float(law.log_moment(torch.tensor(1.0))) == pytest.approx(
        float(model.log_evidence(x)), abs=1e-9
    )  # E w = p(x)


@pytest.mark.cuda
@settings(max_examples=10)
@given(seeds)
def test_the_same_noise_gives_the_same_weights_on_cuda(seed: int) -> None:
    model, x, proposal = random_problem(seed)
    noise = standard_normal(seed, 512, 4, proposal.mean.shape[0])
    on_cuda = moved(model, "cuda").log_weights(x.cuda(), moved(proposal, "cuda"), noise.cuda())
    assert on_cuda.device.type == "cuda"
    torch.testing.assert_close(on_cuda.cpu(), model.log_weights(x, proposal, noise), rtol=1e-11, atol=1e-11)


def moved(law: Any, device: str) -> Any:
    return type(law)(**{f.name: getattr(law, f.name).to(device) for f in dataclasses.fields(law)})


def test_bad_input_is_named() -> None:
    eye, zero = torch.eye(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    with pytest.raises(ValueError, match="scale_tril must be lower triangular with a positive diagonal"):
        Gaussian(zero, eye - 2)
    with pytest.raises(ValueError, match="scale_tril must be lower triangular with a positive diagonal"):
        Gaussian(zero, 0 * eye)
    with pytest.raises(ValueError, match=r"scale_tril must have shape \(2, 2\), got \(3, 3\)"):
        Gaussian(zero, torch.eye(3, dtype=torch.float64))
    with pytest.raises(ValueError, match=r"scale_tril must be torch.float64 on cpu, as mean is, got torch.float32"):
        Gaussian(zero, eye.float())
    with pytest.raises(ValueError, match=r"mean must be a floating vector of positive length, got torch.int64 \(2,\)"):
        Gaussian(torch.zeros(2, dtype=torch.int64), eye)
    with pytest.raises(ValueError, match=r"loading must have shape \(2, d\), got \(1, 2\)"):
        LinearGaussian(eye[:1], zero, eye)
    with pytest.raises(ValueError, match="noise_scale_tril must be lower triangular"):
        LinearGaussian(eye, zero, -eye)
    model = LinearGaussian(eye[:, :1], zero, eye)
    with pytest.raises(ValueError, match=r"x must have shape \(2,\), got \(3,\)"):
        model.posterior(torch.zeros(3, dtype=torch.float64))
    with pytest.raises(ValueError, match=r"x must be torch.float64 on cpu, as offset is, got torch.float32"):
        model.posterior(zero.float())
    posterior = model.posterior(zero)
    with pytest.raises(ValueError, match=r"noise must have shape \(..., 1\), got \(5, 2\)"):
        model.log_weights(zero, posterior, torch.zeros(5, 2, dtype=torch.float64))
    with pytest.raises(ValueError, match=r"z must have shape \(..., 1\), got \(2,\)"):
        model.log_weights(zero, Gaussian(zero, eye), zero)
