"""Laws of several variables against their definitions: torch's densities, sums over all outcomes, and samples."""

from __future__ import annotations

import itertools
import math
from typing import Any

import array_api_strict
import numpy as np
import pytest
import torch
import torch.distributions as td

from divergences import families as f
from divergences.kl import kl, kl_report
from estimators.agreement import agreement

RNG = np.random.default_rng(2024)
ROOT = np.tril(RNG.normal(size=(2, 3, 3))) + 2 * np.eye(3)
SIGMA = ROOT @ ROOT.swapaxes(-1, -2)
CONCENTRATION = RNG.gamma(2.0, size=(2, 4)) + 0.3
LOGITS = RNG.normal(size=(2, 4))
MEAN = RNG.normal(size=(2, 3))


def t(value: Any) -> torch.Tensor:
    return torch.as_tensor(np.asarray(value, dtype=np.float64))


LAWS = {
    "Categorical-probs": (f.Categorical(np.exp(LOGITS)), td.Categorical(logits=t(LOGITS))),
    "Categorical-logits": (f.Categorical(logits=LOGITS), td.Categorical(logits=t(LOGITS))),
    "Multinomial": (f.Multinomial(5, logits=LOGITS), td.Multinomial(5, logits=t(LOGITS))),
    "Dirichlet": (f.Dirichlet(CONCENTRATION), td.Dirichlet(t(CONCENTRATION))),
    "covariance": (f.MultivariateNormal(MEAN, SIGMA), td.MultivariateNormal(t(MEAN), t(SIGMA))),
    "precision": (
        f.MultivariateNormal(MEAN, precision_matrix=np.linalg.inv(SIGMA)),
        td.MultivariateNormal(t(MEAN), t(SIGMA)),
    ),
    "scale_tril": (f.MultivariateNormal(MEAN, scale_tril=ROOT), td.MultivariateNormal(t(MEAN), t(SIGMA))),
    "low rank": (
        f.LowRankMultivariateNormal(MEAN, ROOT[..., :1], np.full((2, 3), 0.5)),
        td.LowRankMultivariateNormal(t(MEAN), t(ROOT[..., :1]), t(np.full((2, 3), 0.5))),
    ),
    "Wishart": (f.Wishart(np.array([4.5, 6.0]), SIGMA), td.Wishart(t([4.5, 6.0]), t(SIGMA))),
    "Independent": (
        f.Independent(f.Gamma(CONCENTRATION, 1.5), 1),
        td.Independent(td.Gamma(t(CONCENTRATION), t(1.5)), 1),
    ),
    "Mixture": (
        f.Mixture(f.Categorical(logits=LOGITS), f.Normal(LOGITS, CONCENTRATION)),
        td.MixtureSameFamily(td.Categorical(logits=t(LOGITS)), td.Normal(t(LOGITS), t(CONCENTRATION))),
    ),
}
EVERY = pytest.mark.parametrize("name", LAWS)


@EVERY
def test_shapes_densities_and_entropies(name: str) -> None:
    law, peer = LAWS[name]
    assert law.batch_shape == tuple(peer.batch_shape) == (2,)
    assert law.event_shape == tuple(peer.event_shape)
    draws = law.sample((7,), rng=np.random.default_rng(1))
    assert draws.shape == (7, 2, *law.event_shape)
    np.testing.assert_allclose(law.log_density(draws), peer.log_prob(t(draws)).numpy(), rtol=1e-9, atol=1e-9)
    if name not in ("Mixture", "Multinomial"):  # torch has none of mixtures, and 8 digits of multinomials
        np.testing.assert_allclose(law.entropy(), peer.entropy().numpy(), rtol=1e-9, atol=1e-9)


@EVERY
def test_samples_have_the_entropy(name: str) -> None:
    law, _ = LAWS[name]
    if name == "Mixture":
        claimed, score = float(law.cdf(0.25)[0]), lambda x: (x <= 0.25).astype(float)
    else:
        claimed, score = float(law.entropy()[0]), lambda x: -np.asarray(law.log_density(x))
    spread = float(np.var(score(law.sample((4000,), rng=np.random.default_rng(9)))[:, 0]))
    verdict = agreement(
        lambda block, size: score(law.sample((size,), rng=np.random.default_rng([4, block])))[:, 0],
        claimed,
        tolerance=0.05 * math.sqrt(max(spread, 0.01)),
        variance_bound=2 * max(spread, 0.01),
    ).verdict
    assert verdict == "agree"


@EVERY
def test_torch_and_strict_arrays_agree(name: str) -> None:
    law, _ = LAWS[name]
    draws = law.sample((3,), rng=np.random.default_rng(2))
    expected = law.log_density(draws)
    for convert in (t, lambda v: array_api_strict.asarray(np.asarray(v, dtype=np.float64))):
        other = law.over({key: convert(value) for key, value in law.parameters().items()})
        np.testing.assert_allclose(np.asarray(other.log_density(convert(draws))), expected, rtol=1e-12, atol=1e-12)
    generator = torch.Generator().manual_seed(0)
    tensors = law.over({key: t(value) for key, value in law.parameters().items()})
    assert tensors.sample((2,), rng=generator).shape == (2, 2, *law.event_shape)


def test_masses_of_all_outcomes_add_up() -> None:
    counts = [c for c in itertools.product(range(6), repeat=4) if sum(c) == 5]
    law = f.Multinomial(5, [0.2, 0.5, 0.3, 0.0])
    log_mass = law.log_density(np.array(counts, dtype=float))
    assert np.exp(log_mass).sum() == pytest.approx(1, rel=1e-13)
    finite = log_mass > -math.inf
    assert float(law.entropy()) == pytest.approx(-(np.exp(log_mass[finite]) * log_mass[finite]).sum(), rel=1e-12)
    assert law.log_density([1.0, 1.0, 1.0, 1.0]) == law.log_density([2.5, 2.5, 0.0, 0.0]) == -math.inf


def test_outside_the_support() -> None:
    assert f.Dirichlet([1.0, 2.0]).log_density([0.7, 0.7]) == -math.inf
    assert f.Wishart(3.0, np.eye(2)).log_density([[1.0, 2.0], [2.0, 1.0]]) == -math.inf
    np.testing.assert_array_equal(f.Categorical([1.0, 3.0]).log_density([-1, 2, 0.5]), -math.inf)
    assert float(f.Categorical([1.0, 3.0]).cdf(0)) == 0.25


SAME = ["Categorical-probs", "Categorical-logits", "Dirichlet", "covariance", "low rank", "Independent"]


@pytest.mark.parametrize("name", SAME)
def test_divergences_are_those_of_torch(name: str) -> None:
    law, peer = LAWS[name]
    other = law.over({key: value[::-1].copy() if np.ndim(value) else value for key, value in law.parameters().items()})
    swapped = {
        "Categorical-probs": td.Categorical(logits=t(LOGITS[::-1].copy())),
        "Categorical-logits": td.Categorical(logits=t(LOGITS[::-1].copy())),
        "Dirichlet": td.Dirichlet(t(CONCENTRATION[::-1].copy())),
        "covariance": td.MultivariateNormal(t(MEAN[::-1].copy()), t(SIGMA[::-1].copy())),
        "low rank": td.LowRankMultivariateNormal(
            t(MEAN[::-1].copy()), t(ROOT[::-1, :, :1].copy()), t(np.full((2, 3), 0.5))
        ),
        "Independent": td.Independent(td.Gamma(t(CONCENTRATION[::-1].copy()), t(1.5)), 1),
    }[name]
    np.testing.assert_allclose(kl(law, other), td.kl_divergence(peer, swapped).numpy(), rtol=1e-9)
    np.testing.assert_array_equal(kl(law, law), [0.0, 0.0])


def test_the_wishart_divergence_is_the_expected_log_ratio() -> None:
    p, q = f.Wishart(4.5, SIGMA[0]), f.Wishart(6.0, SIGMA[1])
    # E tr(V⁻¹X) = ν tr(V⁻¹V_p), and E log det X from the entropy's own terms: both enter −H(p) − E log q.
    factor, d = np.linalg.cholesky(SIGMA[0]), 3
    slope = sum(torch.digamma(t((4.5 - i) / 2)).item() for i in range(d))
    log_det = slope + d * math.log(2) + 2 * np.log(np.diag(factor)).sum()
    normaliser = 6.0 * d / 2 * math.log(2) + 6.0 / 2 * np.linalg.slogdet(SIGMA[1])[1]
    normaliser += torch.special.multigammaln(t(3.0), d).item()
    cross = (6.0 - d - 1) / 2 * log_det - 4.5 * np.trace(np.linalg.solve(SIGMA[1], SIGMA[0])) / 2 - normaliser
    assert float(kl(p, q)) == pytest.approx(-float(p.entropy()) - cross, rel=1e-11)
    assert float(kl(p, p)) == 0.0


def test_supports_and_shapes_of_vectors() -> None:
    assert float(kl(f.Multinomial(3, [0.5, 0.5]), f.Multinomial(4, [0.5, 0.5]))) == math.inf
    assert float(kl(f.Categorical([0.5, 0.5]), f.Categorical(logits=[0.0, -math.inf]))) == math.inf
    assert float(kl(f.Categorical([1.0, 0.0]), f.Categorical(logits=[0.0, 0.0]))) == pytest.approx(math.log(2))
    with pytest.raises(ValueError, match="event shapes must agree"):
        kl(f.Dirichlet([1.0, 1.0]), f.Dirichlet([1.0, 1.0, 1.0]))
    with pytest.raises(ValueError, match="event shapes must agree"):
        kl(f.Independent(f.Normal(np.zeros(3), 1.0), 1), f.Normal(np.zeros(3), 1.0))
    with pytest.raises(ValueError, match="no divergence of Wishart from Independent"):
        kl(f.Wishart(3.0, np.eye(2)), f.Independent(f.Dirichlet(np.ones((2, 2))), 1))
    report = kl_report(f.Independent(f.Gumbel(np.zeros(3), 1.0), 1), f.Independent(f.Logistic(np.zeros(3), 1.0), 1))
    assert report.route == "quadrature"
    assert np.shape(report.value) == ()
    assert float(report.value) == pytest.approx(3 * float(kl(f.Gumbel(0.0, 1.0), f.Logistic(0.0, 1.0))))


def test_categories_are_whole_numbers_among_the_other_counts() -> None:
    p = f.Categorical(np.array([[0.25, 0.75, 0.0], [0.5, 0.25, 0.25]]))
    k, masses = np.arange(3.0), np.asarray(p.masses(np))
    for q in (f.Poisson(1.25), f.Geometric(0.5), f.Binomial(2, 0.25), f.NegativeBinomial(1.5, 0.25)):
        terms = np.where(masses > 0, masses * (np.log(np.where(masses > 0, masses, 1.0)) - q.log_density(k)), 0.0)
        np.testing.assert_allclose(kl(p, q), terms.sum(-1), rtol=1e-12)
        if not isinstance(q, f.Binomial):
            np.testing.assert_array_equal(kl(q, p), [math.inf] * 2)
    binomial = np.array([0.5625, 0.375, 0.0625])
    expected = [math.inf, (binomial * np.log(binomial / masses[1])).sum()]
    np.testing.assert_allclose(kl(f.Binomial(2, 0.25), p), expected, rtol=1e-13)
    np.testing.assert_array_equal(kl(f.Binomial(3, 0.25), p), [math.inf] * 2)
    np.testing.assert_allclose(kl(f.Bernoulli(0.5), p)[1], math.log(0.5) - np.log([0.5, 0.25]).mean(), rtol=1e-13)
    np.testing.assert_array_equal(kl(p, f.Normal(0.0, 1.0)), [math.inf] * 2)
    np.testing.assert_array_equal(kl(f.Normal(0.0, 1.0), p), [math.inf] * 2)
    np.testing.assert_array_equal(kl(p, f.Bernoulli(0.5)), [math.inf] * 2)


def test_matrices_are_checked() -> None:
    with pytest.raises(ValueError, match="covariance_matrix must be symmetric"):
        f.MultivariateNormal([0.0, 0.0], [[1.0, 0.5], [0.0, 1.0]]).entropy()
    with pytest.raises(ValueError, match="precision_matrix must be positive definite"):
        f.MultivariateNormal([0.0, 0.0], precision_matrix=[[1.0, 2.0], [2.0, 1.0]]).entropy()
    with pytest.raises(ValueError, match="diagonal of scale_tril must be positive"):
        f.MultivariateNormal([0.0, 0.0], scale_tril=[[1.0, 0.0], [0.0, -1.0]]).entropy()
    with pytest.raises(ValueError, match=r"df must be above d − 1 = 1, got 0\.5"):
        f.Wishart(0.5, np.eye(2)).entropy()
    with pytest.raises(ValueError, match="exactly one of covariance_matrix and precision_matrix and scale_tril"):
        f.MultivariateNormal([0.0])
    with pytest.raises(ValueError, match="last batch axis of length 2"):
        f.Mixture(f.Categorical([0.5, 0.5]), f.Normal([0.0, 0.0, 0.0], 1.0))
