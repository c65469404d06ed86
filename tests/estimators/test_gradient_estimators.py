"""Gradient estimators against the exact gradient: quadrature over the noise, enumeration of discrete samples."""

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
from torch import Tensor
from torch.distributions import Bernoulli, Independent, Normal

from estimators.bounds import renyi_bound
from estimators.exact import FiniteLogWeight, QuadraticLogWeight, renyi_bound_exact
from estimators.gradients import (
    RunningBaseline,
    doubly_reparameterised,
    pathwise,
    reweighted_wake_sleep,
    score_function,
    sticking_the_landing,
    vimco,
)
from estimators.gradients.log_weights import path_log_weights, total_log_weights

Estimator = Callable[..., Tensor]
unit = st.floats(-1, 1)


def leaf(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


class Problem:
    """z ~ N(0, 1), x | z ~ N(a z, 1), q = N(m, e^l): everything Gaussian, on the line."""

    def __init__(self, loading: float, loc: float, log_scale: float, x: float = 0.7) -> None:
        self.parameters = [leaf(loading), leaf(loc), leaf(log_scale)]
        self.x = x

    def log_joint(self, loading: Tensor) -> Callable[[Tensor], Tensor]:
        return lambda z: (
            -(z**2) / 2
            - math.log(2 * math.pi) / 2
            + Normal(loading * z, 1.0).log_prob(torch.tensor(self.x, dtype=torch.float64))
        )

    def exact(self, alpha: float, num_samples: int) -> list[Tensor]:
        """The gradient of the bound, by differentiating its exact value."""
        loading, loc, log_scale = self.parameters
        scale = log_scale.exp()
        # log w = log p(x, z) − log q(z) at z = m + s u, as a polynomial in u.
        constant = -(loc**2) / 2 - (self.x - loading * loc) ** 2 / 2 - math.log(2 * math.pi) / 2 + log_scale
        linear = scale * (-loc + loading * (self.x - loading * loc))
        quadratic = (1 - scale**2 * (1 + loading**2)) / 2
        law = QuadraticLogWeight(constant, linear[None], quadratic[None])
        return list(torch.autograd.grad(renyi_bound_exact(law, alpha, num_samples).value, self.parameters))

    def expected(self, estimator: Estimator, num_samples: int, **options: Any) -> tuple[list[Tensor], list[Tensor]]:
        """Mean and variance of an estimator over its noise, by a product trapezoid rule."""
        nodes = np.arange(-8.6, 8.6, 0.08)
        weights = 0.08 * np.exp(-(nodes**2) / 2)
        noise = torch.from_numpy(np.stack([g.ravel() for g in np.meshgrid(*[nodes] * num_samples)]))
        mass = torch.from_numpy(np.prod(np.meshgrid(*[weights / math.sqrt(2 * math.pi)] * num_samples), axis=0).ravel())
        # One copy of the parameters a point of the rule: their gradients are those of single draws.
        loading, loc, log_scale = (p.detach().expand(len(mass)).clone().requires_grad_() for p in self.parameters)
        guide = Normal(loc, log_scale.exp())
        z = loc + log_scale.exp() * noise
        surrogate = estimator(self.log_joint(loading), guide, z, **options)
        draws = torch.autograd.grad(surrogate.sum(), [loading, loc, log_scale])
        means = [mass @ draw for draw in draws]
        return means, [mass @ (draw - mean) ** 2 for draw, mean in zip(draws, means, strict=True)]


def unbiased(problem: Problem, estimator: Estimator, num_samples: int, order: float, **options: Any) -> bool:
    means, _ = problem.expected(estimator, num_samples, **options)
    exact = problem.exact(order, num_samples)
    # The softmax turns over a width of about 1/5 at worst in the range drawn below: exp(−2π·0.2/0.08) is 2e-7, and it
    # does so only where the noise is rare.
    return all(abs(float(m - e)) <= 1e-7 * (1 + abs(float(e))) for m, e in zip(means, exact, strict=True))


problems = st.builds(Problem, loading=unit, loc=unit, log_scale=st.floats(-1.0, -0.3))


@settings(max_examples=10)
@given(problems, st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0]), st.sampled_from([1, 2]))
def test_gradients_through_the_samples_are_unbiased(problem: Problem, alpha: float, num_samples: int) -> None:
    assert unbiased(problem, pathwise, num_samples, alpha, alpha=alpha)
    assert unbiased(problem, doubly_reparameterised, num_samples, alpha, alpha=alpha)


@settings(max_examples=5)
@given(problems, st.sampled_from([1, 2]))
def test_sticking_the_landing_is_unbiased_for_the_evidence_lower_bound(problem: Problem, num_samples: int) -> None:
    assert unbiased(problem, sticking_the_landing, num_samples, 1.0)


def landing_on_weighted_samples(log_joint: Any, guide: Any, z: Tensor) -> Tensor:
    return renyi_bound(path_log_weights(log_joint, guide, z), 0.0, axis=0)


def squared_weights_for_the_model_too(log_joint: Any, guide: Any, z: Tensor) -> Tensor:
    weights = torch.softmax(total_log_weights(log_joint, guide, z).detach(), 0)
    return (weights**2 * path_log_weights(log_joint, guide, z)).sum(0)


def plain_weights_on_the_path(log_joint: Any, guide: Any, z: Tensor) -> Tensor:
    weights = torch.softmax(total_log_weights(log_joint, guide, z).detach(), 0)
    return (weights * path_log_weights(log_joint, guide, z)).sum(0)


@pytest.mark.parametrize(
    "wrong", [landing_on_weighted_samples, squared_weights_for_the_model_too, plain_weights_on_the_path]
)
def test_wrong_estimators_are_seen_to_be_biased(wrong: Estimator) -> None:
    assert not unbiased(Problem(0.8, 0.4, -0.5), wrong, 2, 0.0)


def test_the_variance_vanishes_at_the_posterior_where_it_should() -> None:
    loading, x = 0.8, 0.7
    precision = 1 + loading**2
    at_posterior = Problem(loading, loading * x / precision, -0.5 * math.log(precision), x)
    for estimator in (sticking_the_landing, doubly_reparameterised):
        _, variances = at_posterior.expected(estimator, 2)
        assert max(float(v) for v in variances[1:]) < 1e-25
    _, variances = at_posterior.expected(pathwise, 2)
    assert min(float(v) for v in variances[1:]) > 1e-2


# --- discrete samples ----------------------------------------------------------------------------------------------

STATES = torch.tensor(list(itertools.product([0.0, 1.0], repeat=2)), dtype=torch.float64)


class Discrete:
    """Two bits under a table of a joint, and a factorised guide."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.table = torch.from_numpy(rng.standard_normal(4)).requires_grad_()
        self.logits = torch.from_numpy(rng.standard_normal(2)).requires_grad_()
        self.parameters = [self.table, self.logits]

    def log_joint(self, z: Tensor) -> Tensor:
        return self.table[(2 * z[..., 0] + z[..., 1]).long()]

    @property
    def guide(self) -> Independent:
        return Independent(Bernoulli(logits=self.logits), 1)

    def tuples(self, num_samples: int) -> Tensor:
        """Every K-tuple of states, shape (K, 4^K, 2)."""
        grid = itertools.product(range(4), repeat=num_samples)
        return STATES[torch.tensor(list(grid)).T]

    def exact(self, alpha: float, num_samples: int) -> list[Tensor]:
        log_q = self.guide.log_prob(STATES)
        law = FiniteLogWeight(self.log_joint(STATES) - log_q, log_q)
        return list(torch.autograd.grad(renyi_bound_exact(law, alpha, num_samples).value, self.parameters))

    def expected(self, estimator: Estimator, num_samples: int, **options: Any) -> list[Tensor]:
        z = self.tuples(num_samples)
        mass = self.guide.log_prob(z).sum(0).exp().detach()
        return list(torch.autograd.grad(mass @ estimator(self.log_joint, self.guide, z, **options), self.parameters))

    def unbiased(self, estimator: Estimator, num_samples: int, order: float, **options: Any) -> bool:
        means, exact = self.expected(estimator, num_samples, **options), self.exact(order, num_samples)
        return all(bool(((m - e).abs() < 1e-11 * (1 + e.abs())).all()) for m, e in zip(means, exact, strict=True))


seeds = st.integers(0, 2**31)


@settings(max_examples=15)
@given(seeds, st.sampled_from([-0.5, 0.0, 1.0, 1.7]), st.integers(1, 3))
def test_score_function_gradients_are_unbiased(seed: int, alpha: float, num_samples: int) -> None:
    problem = Discrete(seed)
    kept = RunningBaseline(value=0.4)
    baselines: list[Any] = ["none", 3.0, torch.full((4**num_samples,), -2.0, dtype=torch.float64), kept]
    if num_samples > 1:
        baselines.append("leave-one-out")
    for baseline in baselines:
        assert problem.unbiased(score_function, num_samples, alpha, alpha=alpha, baseline=baseline)
    assert kept.value != 0.4


@settings(max_examples=10)
@given(seeds, st.integers(2, 3))
def test_vimco_is_unbiased(seed: int, num_samples: int) -> None:
    assert Discrete(seed).unbiased(vimco, num_samples, 0.0)


def mean_of_all_samples(log_joint: Any, guide: Any, z: Tensor) -> Tensor:
    """A baseline that contains the sample itself."""
    log_weights = total_log_weights(log_joint, guide, z)
    signal = (log_weights - log_weights.mean(0)).detach() / len(z)
    return log_weights.mean(0) + (signal * guide.log_prob(z)).sum(0)


def own_term_of_a_weighted_bound(log_joint: Any, guide: Any, z: Tensor) -> Tensor:
    """The signal of one sample alone where all of them share one bound."""
    log_weights = total_log_weights(log_joint, guide, z)
    bound = renyi_bound(log_weights, 0.0, axis=0)
    return bound + (log_weights.detach() / len(z) * guide.log_prob(z)).sum(0)


def test_wrong_baselines_and_signals_are_seen_to_be_biased() -> None:
    assert not Discrete(1).unbiased(mean_of_all_samples, 2, 1.0)
    assert not Discrete(1).unbiased(own_term_of_a_weighted_bound, 2, 0.0)
    assert not Discrete(1).unbiased(reweighted_wake_sleep, 2, 0.0)


@settings(max_examples=5)
@given(seeds)
def test_wake_updates_are_what_they_are_called(seed: int) -> None:
    problem = Discrete(seed)
    means = problem.expected(reweighted_wake_sleep, 2)
    assert torch.allclose(means[0], problem.exact(0.0, 2)[0], rtol=1e-11, atol=1e-12)
    # With many samples the second tends to the gradient of the forward divergence; with all states known it is it.
    z = problem.tuples(2)
    weights = torch.softmax(problem.log_joint(z) - problem.guide.log_prob(z), 0).detach()
    mass = problem.guide.log_prob(z).sum(0).exp().detach()
    direct = torch.autograd.grad(mass @ (weights * problem.guide.log_prob(z)).sum(0), problem.logits)[0]
    assert torch.allclose(means[1], direct, rtol=1e-11, atol=1e-12)


def test_a_leave_one_out_baseline_lowers_the_variance() -> None:
    problem = Discrete(3)
    problem.table = (problem.table.detach() + 5).requires_grad_()  # a log-evidence far from zero, as they are
    problem.parameters = [problem.table, problem.logits]
    z = problem.tuples(2)
    mass = problem.guide.log_prob(z).sum(0).exp().detach()

    def variance(baseline: str) -> float:
        logits = problem.logits.detach().expand(16, 2).clone().requires_grad_()
        guide = Independent(Bernoulli(logits=logits), 1)
        value = score_function(problem.log_joint, guide, z, baseline=baseline)
        draws = torch.autograd.grad(value.sum(), logits)[0]
        return float((mass @ (draws - mass @ draws) ** 2).sum())

    assert variance("leave-one-out") < variance("none") / 4


def test_values_are_the_bounds() -> None:
    problem, z = Discrete(0), Discrete(0).tuples(3)
    log_weights = total_log_weights(problem.log_joint, problem.guide, z).detach()
    for value, alpha in (
        (vimco(problem.log_joint, problem.guide, z), 0.0),
        (score_function(problem.log_joint, problem.guide, z, alpha=0.5), 0.5),
        (reweighted_wake_sleep(problem.log_joint, problem.guide, z), 0.0),
    ):
        assert torch.equal(value.detach(), renyi_bound(log_weights, alpha, axis=0))


def test_wrong_combinations_say_why() -> None:
    loc = leaf(0.0)
    guide = Normal(loc, 1.0)
    z = guide.rsample((3,))
    log_joint = lambda z: -(z**2)  # noqa: E731
    with pytest.raises(ValueError, match=r"alpha must be 1 \(the evidence lower bound\), got 0"):
        sticking_the_landing(log_joint, guide, z, alpha=0)
    with pytest.raises(TypeError, match="guide must be reparameterised, and Bernoulli is not"):
        pathwise(log_joint, Bernoulli(logits=loc), z.detach())
    with pytest.raises(ValueError, match=r"z must be drawn with guide\.rsample"):
        doubly_reparameterised(log_joint, guide, z.detach())
    with pytest.raises(ValueError, match="z must be cut off from the guide"):
        score_function(log_joint, guide, z)
    with pytest.raises(ValueError, match="z must hold at least two samples"):
        vimco(log_joint, guide, z.detach()[:1])
    with pytest.raises(ValueError, match="z must hold at least two samples"):
        score_function(log_joint, guide, z.detach()[:1], alpha=0.0)
    with pytest.raises(ValueError, match="z must hold at least one sample"):
        pathwise(log_joint, guide, z[:0])
    with pytest.raises(ValueError, match="baseline must be 'none'"):
        score_function(log_joint, guide, z.detach(), baseline="mean")
    with pytest.raises(ValueError, match="baseline must be a value, not a graph"):
        score_function(log_joint, guide, z.detach(), baseline=loc)
    with pytest.raises(ValueError, match="log_joint must return one value a sample"):
        pathwise(lambda z: z.sum(), guide, z)
    with pytest.raises(ValueError, match=r"decay must lie in \[0, 1\)"):
        RunningBaseline(decay=1.0)
    with pytest.raises(ValueError, match="alpha must be finite"):
        pathwise(log_joint, guide, z, alpha=math.inf)
