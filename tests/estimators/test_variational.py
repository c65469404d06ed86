"""Variational bounds by enumeration of finite laws, and neighbours on the torus, where their estimate is unbiased."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import polygamma

from divergences import GENERATORS, f_divergence
from estimators import agreement
from estimators.nearest_neighbours import nearest_neighbour_entropy, nearest_neighbour_kl
from estimators.variational import barber_agakov, club, donsker_varadhan, f_gan, info_nce, leave_one_out_bound, nwj

seeds = st.integers(0, 2**31)
SLACK = 1e-12


class Pairs:
    """A joint law of x on two points and y on three, and a critic."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.joint = rng.dirichlet(np.ones(6)).reshape(2, 3)
        self.x, self.y = self.joint.sum(1), self.joint.sum(0)
        self.critic = rng.standard_normal((2, 3))
        self.log_ratio = np.log(self.joint) - np.log(np.outer(self.x, self.y))
        self.information = float((self.joint * self.log_ratio).sum())

    def mean(self, function: Callable[[np.ndarray], Any], table: np.ndarray, count: int) -> float:
        """The mean of a function of the matrix of scores of some independent pairs."""
        cells = list(itertools.product(range(2), range(3)))
        total = []
        for draw in itertools.product(cells, repeat=count):
            mass = math.prod(self.joint[cell] for cell in draw)
            scores = np.array([[table[x, y] for _, y in draw] for x, _ in draw])
            total.append(mass * float(function(scores)))
        return math.fsum(total)


@settings(max_examples=10)
@given(seeds, st.integers(1, 3))
def test_contrastive_bounds_are_below_the_information(seed: int, count: int) -> None:
    pairs = Pairs(seed)
    bound = pairs.mean(info_nce, pairs.critic, count)
    # Which of the y was drawn with x is best told by the density ratio: it is the posterior of the classification.
    best = pairs.mean(info_nce, pairs.log_ratio, count)
    assert bound <= min(best, math.log(count)) + SLACK
    assert best <= pairs.information + SLACK


@settings(max_examples=10)
@given(seeds, st.integers(2, 3))
def test_upper_bounds_are_above_the_information(seed: int, count: int) -> None:
    pairs = Pairs(seed)
    log_conditional = np.log(pairs.joint / pairs.x[:, None])
    one_out = pairs.mean(leave_one_out_bound, log_conditional, count)
    contrast = pairs.mean(club, log_conditional, count)
    assert pairs.information - SLACK <= one_out <= contrast + SLACK
    # CLUB does not depend on the number of pairs in the mean.
    assert contrast == pytest.approx(pairs.mean(club, log_conditional, 2), abs=1e-11)


@settings(max_examples=10)
@given(seeds)
def test_bounds_from_two_sets_of_samples_are_unbiased_for_what_they_state(seed: int) -> None:
    # Samples that fill the cells of a table in exact proportion turn means into expectations.
    rng = np.random.default_rng(seed)
    p, q = rng.multinomial(40, np.ones(4) / 4) / 40, rng.multinomial(40, np.ones(4) / 4) / 40
    table = rng.standard_normal(4)
    samples_p, samples_q = (np.repeat(np.arange(4), np.round(40 * law).astype(int)) for law in (p, q))
    divergence = float(f_divergence(p, q, "kl"))
    means = float(p @ table), float(q @ np.exp(table))
    value = float(nwj(table[samples_p], table[samples_q]))
    assert value == pytest.approx(means[0] - means[1] / math.e, abs=1e-12)
    assert value <= float(donsker_varadhan(table[samples_p], table[samples_q])) + SLACK <= divergence + 2 * SLACK
    for name, generator in GENERATORS.items():
        bound = float(f_gan(table[samples_p], table[samples_q], name))
        assert bound <= float(f_divergence(p, q, generator)) + SLACK
    with np.errstate(divide="ignore"):
        assert float(barber_agakov(table[samples_p], 2.0)) == pytest.approx(2 + means[0], abs=1e-12)


def test_the_optimal_critic_attains_the_divergence() -> None:
    p, q = np.array([0.2, 0.5, 0.3]), np.array([0.4, 0.1, 0.5])
    samples_p, samples_q = (np.repeat(np.arange(3), np.round(10 * law).astype(int)) for law in (p, q))
    log_ratio = np.log(p / q)
    divergence = float(f_divergence(p, q, "kl"))
    assert float(nwj(1 + log_ratio[samples_p], 1 + log_ratio[samples_q])) == pytest.approx(divergence, abs=1e-13)
    assert float(donsker_varadhan(log_ratio[samples_p], log_ratio[samples_q])) == pytest.approx(divergence, abs=1e-13)
    # For the KL divergence the output map is the identity and the optimal critic 1 + log p/q.
    assert float(f_gan(1 + log_ratio[samples_p], 1 + log_ratio[samples_q], "kl")) == pytest.approx(
        divergence, abs=1e-13
    )


def test_tensors_keep_their_gradients_and_batches() -> None:
    scores = torch.randn(2, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    for bound in (info_nce, leave_one_out_bound, club):
        value = bound(scores)
        assert value.shape == (2,)
        (gradient,) = torch.autograd.grad(value.sum(), scores)
        assert bool(torch.isfinite(gradient).all())
        # Adding a constant to all scores changes no bound: rows, or columns, of shares sum to one.
        assert abs(float(gradient.sum())) < 1e-12
        assert np.allclose(bound(scores.detach().numpy()), value.detach().numpy(), rtol=1e-13)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"scores must have shape \(..., K, K\), got \(2, 3\)"):
        info_nce(np.zeros((2, 3)))
    for bound in (leave_one_out_bound, club):
        with pytest.raises(ValueError, match="at least two pairs"):
            bound(np.zeros((1, 1)))
    with pytest.raises(ValueError, match="scores_q must hold at least one sample"):
        nwj([0.0], np.zeros(0))
    with pytest.raises(ValueError, match="f must be a Generator or one of"):
        f_gan([0.0], [0.0], "no such")
    with pytest.raises(ValueError, match="neighbours must be below the number of samples, 3, got 3"):
        nearest_neighbour_entropy([0.0, 1.0, 2.0])
    with pytest.raises(ValueError, match="samples must be finite"):
        nearest_neighbour_entropy([0.0, 1.0, math.nan, 3.0])
    with pytest.raises(ValueError, match="samples must have one dimension, got 1 and 2"):
        nearest_neighbour_kl(np.zeros((5, 1)), np.zeros((5, 2)))


@settings(max_examples=3)
@given(seeds)
def test_on_the_torus_neighbours_are_unbiased(seed: int) -> None:
    # Under the uniform law every ball holds its volume, and the log of the share of the k-th neighbour has the mean
    # ψ(k) − ψ(n) and variance ψ′(k) − ψ′(n). A mean of such terms has at most the variance of one.
    k, n = 2, 40
    spread = float(polygamma(1, k))

    def entropies(index: int, size: int) -> list[float]:
        rng = np.random.default_rng([seed, index])
        return [nearest_neighbour_entropy(rng.random(n), neighbours=k, period=1.0) for _ in range(size)]

    outcome = agreement(entropies, 0.0, tolerance=0.3, variance_bound=spread, block_size=64)
    assert outcome.verdict == "agree", outcome

    def divergences(index: int, size: int) -> list[float]:
        rng = np.random.default_rng([seed, index])
        return [nearest_neighbour_kl(rng.random(n), rng.random(n), neighbours=k, period=1.0) for _ in range(size)]

    # Here the two logs are of shares among n − 1 and n draws: the mean is ψ(n) − ψ(n+1) + log n/(n−1), of order 1/n².
    bias = -1 / n + math.log(n / (n - 1))
    outcome = agreement(divergences, bias, tolerance=0.4, variance_bound=4 * spread, block_size=64)
    assert outcome.verdict == "agree", outcome


def test_scaling_adds_its_logarithm() -> None:
    x = np.random.default_rng(0).standard_normal((50, 3))
    entropy = nearest_neighbour_entropy(x)
    assert nearest_neighbour_entropy(2 * x) == pytest.approx(entropy + 3 * math.log(2), abs=1e-12)
    assert nearest_neighbour_kl(x, 2 * x) == pytest.approx(nearest_neighbour_kl(5 * x, 10 * x), abs=1e-12)
    assert nearest_neighbour_entropy([1.0, 1.0, 1.0, 1.0, 2.0]) == -math.inf
