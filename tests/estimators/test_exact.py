"""Exact multi-sample values: enumeration, product quadrature, autograd against differences, and their order."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators.exact import (
    ExactValue,
    FiniteLogWeight,
    QuadraticLogWeight,
    cubo_exact,
    eubo_exact,
    iwae_bound_exact,
    iwae_variance_exact,
    renyi_bound_exact,
    thermodynamic_integrand_exact,
)
from tests.estimators.reference import random_problem

seeds = st.integers(0, 2**63 - 1)


def near(value: ExactValue, truth: float, slack: float = 1e-13) -> bool:
    """Within the error that the value itself states; the slack is that of the truth's own rounding."""
    return abs(float(value) - truth) <= 10 * value.error + slack * (1 + abs(truth))


def finite_law(seed: int, size: int, spread: float) -> FiniteLogWeight:
    rng = np.random.default_rng(seed)
    return FiniteLogWeight(
        torch.from_numpy(spread * rng.standard_normal(size)), torch.from_numpy(np.log(rng.dirichlet(np.ones(size))))
    )


def quadratic_law(seed: int, dimension: int = 2) -> QuadraticLogWeight:
    model, x, proposal = random_problem(seed, dimension)
    return QuadraticLogWeight.of(model, x, proposal)


def enumerated(law: FiniteLogWeight, num_samples: int, power: float = 1.0) -> tuple[float, float]:
    """Mean and variance of the log of the mean weight, over all tuples of values."""
    values, probabilities = [], []
    for pairs in itertools.product(list(zip(law.log_weights, law.log_probabilities, strict=True)), repeat=num_samples):
        logs = torch.stack([power * value for value, _ in pairs])
        values.append(float(logs.logsumexp(0)) - math.log(num_samples))
        probabilities.append(math.exp(sum(float(p) for _, p in pairs)))
    mean = math.fsum(p * v for p, v in zip(probabilities, values, strict=True))
    return mean, math.fsum(p * (v - mean) ** 2 for p, v in zip(probabilities, values, strict=True))


@settings(max_examples=15)
@given(seeds, st.integers(1, 4), st.integers(1, 4), st.sampled_from([0.01, 1.0, 8.0]))
def test_finite_laws_agree_with_enumeration(seed: int, size: int, num_samples: int, spread: float) -> None:
    law = finite_law(seed, size, spread)
    mean, variance = enumerated(law, num_samples)
    assert near(iwae_bound_exact(law, num_samples), mean)
    assert near(iwae_variance_exact(law, num_samples), variance, slack=1e-11)
    alpha = 1.5
    assert near(renyi_bound_exact(law, alpha, num_samples), enumerated(law, num_samples, 1 - alpha)[0] / (1 - alpha))


@settings(max_examples=8)
@given(seeds)
def test_two_samples_agree_with_product_quadrature(seed: int) -> None:
    law = quadratic_law(seed, 1)
    u = torch.linspace(-11, 11, 1201, dtype=torch.float64)
    mass = torch.exp(-u * u / 2)
    mass = mass / mass.sum()
    log_weight = law.constant + law.linear * u + law.quadratic * u * u
    pairs = torch.logaddexp(log_weight[:, None], log_weight) - math.log(2)
    mean = mass @ pairs @ mass
    assert near(iwae_bound_exact(law, 2), float(mean))
    assert near(iwae_variance_exact(law, 2), float(mass @ (pairs - mean) ** 2 @ mass), slack=1e-11)


@settings(max_examples=8)
@given(seeds, st.sampled_from([2, 7, 1000]))
def test_a_density_on_a_grid_is_a_finite_law(seed: int, num_samples: int) -> None:
    # The trapezoid rule turns one law into the other: two routes to the transform, moments and a sum.
    law = quadratic_law(seed, 1)
    u = torch.linspace(-11, 11, 2201, dtype=torch.float64)
    log_mass = -u * u / 2
    grid = FiniteLogWeight(law.constant + law.linear * u + law.quadratic * u * u, log_mass - log_mass.logsumexp(0))
    assert near(iwae_bound_exact(law, num_samples), float(iwae_bound_exact(grid, num_samples)))
    assert near(cubo_exact(law, 0.7), float(cubo_exact(grid, 0.7)))
    assert near(thermodynamic_integrand_exact(law, 0.4), float(thermodynamic_integrand_exact(grid, 0.4)))


@settings(max_examples=8)
@given(seeds)
def test_bounds_are_ordered_and_close_on_the_evidence(seed: int) -> None:
    model, x, proposal = random_problem(seed)
    law = QuadraticLogWeight.of(model, x, proposal)
    evidence = float(model.log_evidence(x))
    values = [iwae_bound_exact(law, k) for k in (1, 2, 3, 10, 10**3, 10**6)]
    for smaller, larger in itertools.pairwise(values):
        assert float(smaller) < float(larger) + smaller.error + larger.error
    assert float(values[-1]) <= evidence + values[-1].error
    assert float(eubo_exact(law)) >= evidence - 1e-12
    assert float(cubo_exact(law, 1.0)) == pytest.approx(evidence, abs=1e-11)
    assert near(renyi_bound_exact(law, 0.0, 3), float(values[2]))


def test_the_gap_closes_as_the_variance_over_twice_the_samples() -> None:
    # For weights 1/2 and 3/2 of mean one and variance 1/4, the moments of their mean give
    # -E log = Var/(2K) - E(w-1)^3/(3K^2) + 3 Var^2/(4K^2) + O(K^-3), the third moment being zero.
    coin = FiniteLogWeight(torch.tensor([0.5, 1.5]).double().log(), torch.tensor([0.5, 0.5]).double().log())
    for num_samples in (10**3, 10**4):
        value = iwae_bound_exact(coin, num_samples)
        expansion = 1 / (8 * num_samples) + 3 / (64 * num_samples**2)
        assert abs(-float(value) - expansion) <= value.error + 1 / num_samples**3


@settings(max_examples=5)
@given(seeds, st.sampled_from([2, 50]))
def test_the_gradient_is_that_of_the_value(seed: int, num_samples: int) -> None:
    law = quadratic_law(seed)
    leaves = [t.clone().requires_grad_() for t in (law.constant, law.linear, law.quadratic)]
    gradients = torch.autograd.grad(iwae_bound_exact(QuadraticLogWeight(*leaves), num_samples).value, leaves)
    step = 1e-4
    for leaf, gradient in zip(leaves, gradients, strict=True):
        direction = torch.ones_like(leaf)
        moved = [
            float(
                iwae_bound_exact(
                    QuadraticLogWeight(*(t + h * direction if t is leaf else t for t in leaves)), num_samples
                )
            )
            for h in (-2 * step, -step, step, 2 * step)
        ]
        difference = (8 * (moved[2] - moved[1]) - (moved[3] - moved[0])) / (12 * step)  # error O(step⁴) and eps/step
        assert float((gradient * direction).sum()) == pytest.approx(difference, rel=1e-8, abs=1e-9)


def test_the_integral_of_the_thermodynamic_integrand_is_the_evidence() -> None:
    model, x, proposal = random_problem(7)
    law = QuadraticLogWeight.of(model, x, proposal)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    values = [float(thermodynamic_integrand_exact(law, float(node))) for node in (nodes + 1) / 2]
    assert float(weights @ values / 2) == pytest.approx(float(model.log_evidence(x)), abs=1e-11)
    assert values == sorted(values)


@pytest.mark.parametrize("spread", [1.0, 3.0, 10.0])
@pytest.mark.parametrize("num_samples", [1, 2, 1000])
def test_log_normal_weights_of_any_spread(spread: float, num_samples: int) -> None:
    law = QuadraticLogWeight(
        torch.tensor(-(spread**2) / 2).double(), torch.tensor([spread]).double(), torch.zeros(1).double()
    )
    u = torch.linspace(-38, 38, 8001, dtype=torch.float64)  # wide enough for the law tilted by its weight
    grid = FiniteLogWeight(law.constant + spread * u, -u * u / 2 - (-u * u / 2).logsumexp(0))
    value = iwae_bound_exact(law, num_samples)
    assert value.error < 1e-11
    assert near(value, float(iwae_bound_exact(grid, num_samples)))


def test_many_dimensions_and_samples() -> None:
    rng = np.random.default_rng(3)
    law = QuadraticLogWeight(
        torch.zeros((), dtype=torch.float64),
        torch.from_numpy(0.3 * rng.standard_normal(50)),
        torch.from_numpy(rng.uniform(-0.5, 0.2, 50)),
    )
    assert iwae_bound_exact(law, 5000).error < 1e-12


def test_weights_of_zero_and_infinite_moments() -> None:
    zero = FiniteLogWeight(torch.tensor([-math.inf, 0.5]).double(), torch.tensor([0.5, 0.5]).double().log())
    assert float(iwae_bound_exact(zero, 3)) == -math.inf
    never = FiniteLogWeight(torch.tensor([-math.inf, 0.5]).double(), torch.tensor([-math.inf, 0.0]).double())
    assert float(iwae_bound_exact(never, 3)) == pytest.approx(0.5, abs=1e-14)
    heavy = QuadraticLogWeight(torch.zeros(()).double(), torch.zeros(1).double(), torch.tensor([0.3]).double())
    assert float(cubo_exact(heavy)) == math.inf
    with pytest.raises(ValueError, match=r"beta must lie in \(-inf, 1.66667\)"):
        thermodynamic_integrand_exact(heavy, 2.0)
    # The mean of such weights to the power 4 is infinite, the mean of its logarithm is not.
    assert math.isfinite(float(renyi_bound_exact(heavy, -3.0, 5)))


def test_bad_input_is_named() -> None:
    law = quadratic_law(0)
    with pytest.raises(ValueError, match="num_samples must be at least 1, got 0"):
        iwae_bound_exact(law, 0)
    with pytest.raises(TypeError, match=r"num_samples must be an integer, got 2\.5"):
        iwae_bound_exact(law, 2.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="order must be positive and finite, got 0"):
        cubo_exact(law, 0)
    with pytest.raises(ValueError, match="alpha must be finite, got inf"):
        renyi_bound_exact(law, math.inf, 2)
    with pytest.raises(ValueError, match=r"log_probabilities must be those of a law, got a total of exp\(0.693\)"):
        FiniteLogWeight(torch.zeros(2).double(), torch.zeros(2).double())
    with pytest.raises(ValueError, match=r"linear must be float64, got torch\.float32"):
        QuadraticLogWeight(torch.zeros(()).double(), torch.zeros(1), torch.zeros(1).double())
    with pytest.raises(ValueError, match="must have shapes"):
        QuadraticLogWeight(torch.zeros(()).double(), torch.zeros(1).double(), torch.zeros(2).double())
    with pytest.raises(TypeError, match="no truth value"):
        bool(iwae_bound_exact(law, 2))
