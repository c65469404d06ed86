"""Transport distances: between Gaussians near equality, on the line, and on finitely many points with their duals."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from divergences import wasserstein2_gaussian
from divergences.transport_discrete import certify, transport_discrete
from divergences.transport_gaussian import transport_gaussian
from divergences.transport_line import transport_line
from tests.divergences import certified
from tests.divergences.strategies import GAUSSIAN_PAIRS, tiny
from tests.divergences.test_gaussian_full import covariance, symmetric

EPS = np.finfo(float).eps

# --- between Gaussians -----------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=100)
@given(GAUSSIAN_PAIRS)
def test_the_distance_of_two_gaussians_is_accurate(pair: tuple[float, float, float, float]) -> None:
    with certified.balls():
        mean_q, std_q, mean_p, std_p = (arb(value) for value in pair)
        means, stds = mean_q - mean_p, std_q - std_p
        exact = (means * means + stds * stds).sqrt()
        assert certified.error_in_eps(wasserstein2_gaussian(*pair), exact) <= 4
    assert wasserstein2_gaussian(pair[0], pair[1], pair[0], pair[1]) == 0


def test_the_gradient_of_the_distance_is_zero_at_equality_and_a_direction_elsewhere() -> None:
    mean = torch.tensor([1.0, 1.0], dtype=torch.float64, requires_grad=True)
    std = torch.tensor([2.0, 6.0], dtype=torch.float64, requires_grad=True)
    value = wasserstein2_gaussian(mean, std, torch.tensor([1.0, -2.0], dtype=torch.float64), 2.0)
    by_mean, by_std = torch.autograd.grad(value.sum(), [mean, std])
    np.testing.assert_allclose(by_mean, [0, 0.6], rtol=4 * EPS)
    np.testing.assert_allclose(by_std, [0, 0.8], rtol=4 * EPS)


def bures(cov_q: np.ndarray, cov_p: np.ndarray) -> mpmath.mpf:
    """The trace form, with digits to spare."""
    first, second = mpmath.matrix(cov_q.tolist()), mpmath.matrix(cov_p.tolist())
    values, vectors = mpmath.eigsy(first)
    root = vectors * mpmath.diag([mpmath.sqrt(value) for value in values]) * vectors.T
    middle = root * second * root
    roots = [mpmath.sqrt(value) for value in mpmath.eigsy((middle + middle.T) / 2, eigvals_only=True)]
    return sum(first[i, i] + second[i, i] for i in range(first.rows)) - 2 * sum(roots)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 4), st.floats(0, 4), st.one_of(st.none(), tiny()))
def test_covariances_are_carried_accurately(seed: int, d: int, exponent: float, size: float | None) -> None:
    rng, condition = np.random.default_rng(seed), 10**exponent
    cov_q = covariance(rng, d, condition)
    cov_p = covariance(rng, d, condition) if size is None else cov_q + size / (2 * d) * symmetric(rng, d)
    if np.linalg.eigvalsh(cov_p).min() <= 0.1 or (cov_p == cov_q).all():
        return
    with mpmath.workdps(80):
        exact = bures(cov_q, cov_p)
        value = float(transport_gaussian(np.zeros(d), cov_q, np.zeros(d), cov_p).squared_distance)
        assert abs(value / exact - 1) <= 16 * d * condition * EPS


def test_the_trace_form_fails_that_bound() -> None:
    rng = np.random.default_rng(0)
    cov_q = covariance(rng, 3, 10.0)
    cov_p = cov_q + 1e-8 * symmetric(rng, 3)
    values, vectors = np.linalg.eigh(cov_q)
    root = vectors * np.sqrt(values) @ vectors.T
    trace = np.trace(cov_q + cov_p) - 2 * np.sqrt(np.linalg.eigvalsh(root @ cov_p @ root)).sum()
    with mpmath.workdps(60):
        assert abs(trace / bures(cov_q, cov_p) - 1) > 1e-2


def test_the_map_carries_one_law_onto_the_other() -> None:
    rng = np.random.default_rng(1)
    cov_q, cov_p, mean_q, mean_p = covariance(rng, 3, 50.0), covariance(rng, 3, 9.0), rng.normal(size=3), np.ones(3)
    found = transport_gaussian(mean_q, cov_q, mean_p, cov_p)
    plan = found.excess + np.eye(3)
    np.testing.assert_allclose(plan @ cov_q @ plan, cov_p, atol=50 * 9 * 16 * EPS)
    np.testing.assert_allclose(plan, plan.T)
    assert np.linalg.eigvalsh(plan).min() > 0  # the gradient of a convex function, and so optimal (Brenier)
    np.testing.assert_allclose(found(np.stack([mean_q, mean_q]))[1], mean_p)
    cost = np.trace(found.excess @ cov_q @ found.excess) + np.sum((mean_q - mean_p) ** 2)
    np.testing.assert_allclose(found.squared_distance, cost, rtol=50 * 16 * EPS)


def test_equal_laws_are_at_zero_and_batches_broadcast() -> None:
    rng = np.random.default_rng(2)
    covs, means = np.stack([covariance(rng, 3, 9.0) for _ in range(4)]), rng.normal(size=(4, 3))
    assert (transport_gaussian(means, covs, means, covs).squared_distance == 0).all()
    grid = transport_gaussian(means[:, None], covs[:, None], means, covs).squared_distance
    assert grid.shape == (4, 4)
    np.testing.assert_allclose(grid, grid.T, rtol=9 * 64 * EPS)


def test_gradients_of_covariances_are_exact_where_eigenvalues_repeat() -> None:
    eye = torch.eye(3, dtype=torch.float64)
    cov_q, cov_p = eye.clone().requires_grad_(), (4 * eye).requires_grad_()
    value = transport_gaussian(eye[0], cov_q, eye[1], cov_p).squared_distance
    by_q, by_p = torch.autograd.grad(value, [cov_q, cov_p], retain_graph=True)
    np.testing.assert_allclose(by_q, -eye, atol=8 * EPS)  # I − T, T = 2 I
    np.testing.assert_allclose(by_p, eye / 2, atol=8 * EPS)  # I − T⁻¹
    with pytest.raises(RuntimeError, match="does not require grad"):
        torch.autograd.grad(torch.autograd.grad(value, cov_q, create_graph=True)[0].sum(), cov_q)


def test_gradients_are_the_slopes_of_the_distance() -> None:
    rng = np.random.default_rng(3)
    covs = [covariance(rng, 3, 9.0) for _ in range(2)]
    step = [symmetric(rng, 3) for _ in range(2)]
    tensors = [torch.tensor(cov, requires_grad=True) for cov in covs]
    zero = torch.zeros(3, dtype=torch.float64)
    value = transport_gaussian(zero, tensors[0], zero, tensors[1]).squared_distance
    gradients = torch.autograd.grad(value, tensors)
    slope = sum(float((g * torch.tensor(s)).sum()) for g, s in zip(gradients, step, strict=True))
    with mpmath.workdps(60):
        h = 2.0**-20

        def along(t: float) -> mpmath.mpf:
            return bures(covs[0] + t * step[0], covs[1] + t * step[1])

        # A central difference; that of steps h and 2h tells its own error, of order h².
        central = [(along(k * h) - along(-k * h)) / (2 * k * h) for k in (1, 2)]
        assert abs(slope - central[0]) <= abs(central[1] - central[0]) + 1e-8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.0], [[-1.0]], [0.0], [[1.0]]), "cov_q must be positive definite"),
        (([0.0], [[1.0]], [0.0, 0.0], [[1.0]]), "event dimension d must be one"),
    ],
)
def test_bad_gaussians_are_named(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        transport_gaussian(*arguments)


# --- on the line -----------------------------------------------------------------------------------------------------

SAMPLES = st.lists(st.integers(-20, 20).map(float), min_size=1, max_size=7)


@settings(deadline=None, max_examples=60)
@given(SAMPLES, SAMPLES, st.integers(0, 2**32))
def test_samples_are_coupled_as_scipy_couples_them(x: list[float], y: list[float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights_x, weights_y = rng.uniform(0.1, 1, len(x)), rng.uniform(0.1, 1, len(y))
    found = transport_line(x, y, weights_x=weights_x, weights_y=weights_y)
    assert float(found.distance) == pytest.approx(stats.wasserstein_distance(x, y, weights_x, weights_y), abs=1e-12)
    assert float(transport_line(x, y).distance) == pytest.approx(stats.wasserstein_distance(x, y), abs=1e-12)
    assert found.mass.sum() == pytest.approx(1)
    for index, weights in ((found.source, weights_x), (found.target, weights_y)):
        margin = np.bincount(index, weights=found.mass, minlength=weights.size)
        np.testing.assert_allclose(margin, weights / weights.sum(), atol=1e-15 * 16)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(-9, 9), min_size=1, max_size=5), st.integers(0, 2**32))
def test_no_other_pairing_is_cheaper(x: list[float], seed: int) -> None:
    y = np.random.default_rng(seed).normal(size=len(x))
    for order in (1, 1.5, 2):
        costs = [
            np.mean(np.abs(np.array(x) - y[list(pairing)]) ** order)
            for pairing in itertools.permutations(range(len(x)))
        ]
        assert float(transport_line(x, y, order=order).cost) == pytest.approx(min(costs), rel=1e-12, abs=1e-15)


def test_samples_of_one_value_and_gradients() -> None:
    x = torch.tensor([3.0, 1.0], dtype=torch.float64, requires_grad=True)
    cost = transport_line(x, torch.tensor([2.0, 2.0], dtype=torch.float64), order=2).cost
    (gradient,) = torch.autograd.grad(cost, x)
    np.testing.assert_array_equal(gradient, [1.0, -1.0])
    assert transport_line([1.0, 2.0, 2.0], [2.0, 1.0, 2.0]).cost == 0


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([], [1.0]), {}, r"x must be a sample of shape \(n,\)"),
        (([math.inf], [1.0]), {}, "x must be finite"),
        (([math.nan], [1.0]), {}, "x must not be NaN"),
        (([0.0], [1.0]), {"order": 0.5}, "order must be a number of at least 1"),
        (([0.0], [1.0]), {"weights_x": [1.0, 2.0]}, "weights_x must have one weight for each of 1 values"),
        (([0.0], [1.0]), {"weights_y": [0.0]}, "weights_y must have a positive sum"),
    ],
)
def test_bad_samples_are_named(arguments: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        transport_line(*arguments, **options)


# --- on finitely many points -----------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 6))
def test_plans_are_couplings_and_duals_prove_them_optimal(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    p, q, cost = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(m)), rng.normal(size=(n, m))
    found = transport_discrete(p, q, cost)
    np.testing.assert_allclose(found.plan.sum(axis=1), p, atol=4 * EPS)
    np.testing.assert_allclose(found.plan.sum(axis=0), q, atol=4 * EPS)
    assert (found.plan >= 0).all()
    for i, j in np.ndindex(n, m):  # feasible exactly
        assert Fraction(found.potential_p[i]) + Fraction(found.potential_q[j]) <= Fraction(cost[i, j])
    assert -16 * EPS <= found.gap <= 1e-7


def test_on_the_line_it_is_the_coupling_of_quantiles() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=5), rng.normal(size=7)
    cost = np.abs(x[:, None] - y[None, :])
    found = transport_discrete(np.full(5, 1 / 5), np.full(7, 1 / 7), cost)
    assert found.bound - 16 * EPS <= float(transport_line(x, y).distance) <= found.cost + 16 * EPS


def test_wrong_solutions_have_a_gap() -> None:
    p, q, cost = np.array([0.5, 0.5]), np.array([0.5, 0.5]), np.array([[0.0, 1.0], [1.0, 0.0]])
    for plan, potential in (
        (np.full((2, 2), 0.25), np.zeros(2)),  # a coupling that is not optimal
        (np.diag([0.5, 0.5]), np.array([0.0, 2.0])),  # a potential that is not
        (np.array([[0.1, 0.9], [0.9, 0.1]]), np.zeros(2)),  # margins that have to be made right, too
    ):
        found = certify(p, q, cost, plan, potential)
        np.testing.assert_allclose(found.plan.sum(axis=0), q)
        assert found.bound <= 0
        assert found.gap >= 0.4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.5, 0.6], [1.0], [[0.0], [1.0]]), "p must sum to 1"),
        (([1.0], [-0.5, 1.5], [[0.0, 1.0]]), "q must be non-negative"),
        (([1.0], [1.0], [[0.0, 1.0]]), r"cost must have shape \(1, 1\)"),
        (([1.0], [1.0], [[math.inf]]), "cost must be finite"),
        (([[1.0]], [1.0], [[0.0]]), "p must be a vector"),
    ],
)
def test_bad_laws_are_named(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        transport_discrete(*arguments)
