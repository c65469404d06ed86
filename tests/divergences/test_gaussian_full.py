"""The divergence between Gaussians with full covariance, held to certified values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from flint import arb, arb_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import kl_gaussian_full
from divergences.gaussian_full import BLOCK
from tests.divergences import certified
from tests.divergences.strategies import tiny


def textbook(mean_q: Any, cov_q: Any, mean_p: Any, cov_p: Any) -> Any:
    ratio, offset = np.linalg.solve(cov_p, cov_q), mean_q - mean_p
    logdet = np.linalg.slogdet(cov_p)[1] - np.linalg.slogdet(cov_q)[1]
    return (np.trace(ratio) - len(mean_q) + logdet + offset @ np.linalg.solve(cov_p, offset)) / 2


def error_of(function: Any, *arguments: Any) -> float:
    value = function(*arguments)
    with certified.balls():
        return certified.error_in_eps(value, certified.kl_gaussian_full(*arguments), arguments[1].dtype)


def covariance(rng: np.random.Generator, d: int, condition: float) -> np.ndarray:
    rotation, _ = np.linalg.qr(rng.normal(size=(d, d)))
    matrix = rotation @ np.diag(np.geomspace(1, condition, d)) @ rotation.T
    return (matrix + matrix.T) / 2


def symmetric(rng: np.random.Generator, d: int) -> np.ndarray:
    matrix = rng.normal(size=(d, d))
    return (matrix + matrix.T) / 2


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 6), st.floats(0, 4), st.booleans())
def test_arbitrary_pairs_are_accurate(seed: int, d: int, exponent: float, same_mean: bool) -> None:
    rng, condition = np.random.default_rng(seed), 10**exponent
    cov_q, cov_p = covariance(rng, d, condition), covariance(rng, d, condition)
    mean_q = rng.normal(size=d)
    mean_p = mean_q if same_mean else rng.normal(size=d)
    assert error_of(kl_gaussian_full, mean_q, cov_q, mean_p, cov_p) <= 16 * d * condition


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 6), st.floats(0, 4), tiny())
def test_nearly_equal_covariances_keep_their_digits(seed: int, d: int, exponent: float, size: float) -> None:
    rng, condition = np.random.default_rng(seed), 10**exponent
    mean, cov_p = rng.normal(size=d), covariance(rng, d, condition)
    cov_q = cov_p + size / (2 * d) * symmetric(rng, d)
    if np.linalg.eigvalsh(cov_q).min() > 0.1:
        assert error_of(kl_gaussian_full, mean, cov_q, mean, cov_p) <= 64 * d * condition


def test_the_bound_fails_the_textbook_formula_near_equality() -> None:
    rng = np.random.default_rng(1)
    mean, cov_p = rng.normal(size=3), covariance(rng, 3, 10.0)
    cov_q = cov_p + 1e-8 * symmetric(rng, 3)
    assert error_of(textbook, mean, cov_q, mean, cov_p) > 1e4
    assert error_of(kl_gaussian_full, mean, cov_q, mean, cov_p) <= 3 * 10


def test_equal_parameters_give_exactly_zero_in_batches_too() -> None:
    rng = np.random.default_rng(2)
    cov = np.stack([covariance(rng, 4, 100.0) for _ in range(5)])
    mean = rng.normal(size=(5, 4))
    np.testing.assert_array_equal(kl_gaussian_full(mean, cov, mean, cov), np.zeros(5))
    np.testing.assert_array_equal(kl_gaussian_full(mean[0], cov[0], mean[:1], cov[:1]), np.zeros(1))
    assert (kl_gaussian_full(mean, cov, mean[::-1], cov[::-1]) >= 0).all()


def test_diagonal_covariances_give_the_diagonal_form_at_any_scale() -> None:
    rng = np.random.default_rng(3)
    std_q, std_p = 10.0 ** rng.uniform(-70, 70, size=(2, 5))
    mean_q, mean_p = rng.normal(size=(2, 5)) * std_p
    # The factors are then diagonal and every solve a division: the condition number does not enter.
    assert error_of(kl_gaussian_full, mean_q, np.diag(std_q**2), mean_p, np.diag(std_p**2)) <= 16
    one = kl_gaussian_full([1.0], [[4.0]], [0.5], [[9.0]])
    with certified.balls():
        exact = certified.kl_gaussian(arb(1), arb(2), arb(0.5), arb(3))
        assert certified.error_in_eps(one, exact) <= 4


def test_batches_broadcast() -> None:
    rng = np.random.default_rng(4)
    cov_q = np.stack([covariance(rng, 2, 3.0) for _ in range(6)]).reshape(3, 2, 2, 2)
    mean_q, mean_p, cov_p = rng.normal(size=(2, 2)), rng.normal(size=(3, 1, 2)), covariance(rng, 2, 5.0)
    batch = kl_gaussian_full(mean_q, cov_q, mean_p, cov_p)
    assert batch.shape == (3, 2)
    with certified.balls():
        for i, j in np.ndindex(3, 2):
            exact = certified.kl_gaussian_full(mean_q[j], cov_q[i, j], mean_p[i, 0], cov_p)
            assert certified.error_in_eps(batch[i, j], exact) <= 2 * 5  # d times the condition number


def test_torch_is_as_accurate_and_keeps_float32() -> None:
    rng = np.random.default_rng(5)
    arguments = rng.normal(size=3), covariance(rng, 3, 10.0), rng.normal(size=3), covariance(rng, 3, 10.0)
    tensors = [torch.tensor(argument) for argument in arguments]
    for dtype, library in ((np.float64, torch.float64), (np.float32, torch.float32)):
        rounded = [tensor.to(library) for tensor in tensors]
        value = kl_gaussian_full(*rounded)
        assert value.dtype == library
        with certified.balls():
            exact = certified.kl_gaussian_full(*(tensor.double().numpy() for tensor in rounded))
            assert certified.error_in_eps(value, exact, dtype) <= 3 * 10  # d times the condition number


def test_gradients_are_those_of_the_textbook_and_zero_at_equality() -> None:
    rng = np.random.default_rng(6)
    mean, cov_q, cov_p = (
        torch.tensor(a) for a in (rng.normal(size=3), covariance(rng, 3, 4.0), covariance(rng, 3, 4.0))
    )
    direction = torch.tensor(symmetric(rng, 3))
    q = cov_q.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(kl_gaussian_full(mean, q, mean + 1, cov_p), q)
    p = cov_p.clone().requires_grad_()
    (at_equality,) = torch.autograd.grad(kl_gaussian_full(mean, p, mean, cov_p), p, create_graph=True)
    assert (at_equality == 0).all()
    # Curvature there: ½ tr(Σ⁻¹ V Σ⁻¹ V) along a symmetric direction V, finite although every eigenvalue is repeated.
    (curvature,) = torch.autograd.grad((at_equality * direction).sum(), p)
    # Entries of Σ⁻¹ are sums of d terms, each with the error of a solve: d times the condition number, as above.
    bound = 3 * 4
    with certified.balls():
        inverse_q, inverse_p = certified.inverse(cov_q.tolist()), certified.inverse(cov_p.tolist())
        # The eigenvalues of both inverses are at most 1.
        for i, j in np.ndindex(3, 3):
            assert certified.error_in_eps_of(gradient[i, j], (inverse_p[i, j] - inverse_q[i, j]) / 2, 1) <= bound
        step = arb_mat([[arb(entry) for entry in row] for row in direction.tolist()])
        exact = inverse_p * step * inverse_p / 2
        for i, j in np.ndindex(3, 3):
            assert certified.error_in_eps_of(curvature[i, j], exact[i, j], float(direction.norm())) <= bound


EYE = np.eye(2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros(2), np.ones((2, 3)), np.zeros(2), EYE), r"event dimension d must be one"),
        ((np.zeros(2), np.eye(3), np.zeros(2), EYE), r"event dimension d must be one"),
        ((np.zeros(2), np.ones(2), np.zeros(2), EYE), r"cov_q must have shape \(\.\.\., d, d\)"),
        ((0.0, 1.0, 0.0, 1.0), r"mean_q must have shape \(\.\.\., d\)"),
        ((np.zeros((5, 2)), np.zeros((4, 2, 2)), np.zeros(2), EYE), r"shapes must broadcast"),
        ((np.zeros(2), [[1, 0.2], [0.1, 1]], np.zeros(2), EYE), r"cov_q must be symmetric, got 0\.2 at index \(0, 1\)"),
        ((np.zeros(2), EYE, np.zeros(2), [[1, 2], [2, 1]]), r"cov_p must be positive definite"),
        (
            (np.zeros(2), EYE, np.zeros(2), [[1, np.inf], [np.inf, 1]]),
            r"cov_p must be finite, got inf at index \(0, 1\)",
        ),
        ((np.zeros(2), np.stack([EYE, -EYE]), np.zeros(2), EYE), r"cov_q must be positive definite.* index \(1,\)"),
    ],
)
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_bad_covariances_are_named(arguments: Any, message: str, library: str) -> None:
    if library == "torch":
        arguments = tuple(torch.tensor(argument, dtype=torch.float64) for argument in arguments)
    with pytest.raises(ValueError, match=message):
        kl_gaussian_full(*arguments)


def test_rounding_is_no_asymmetry() -> None:
    rng = np.random.default_rng(7)
    for _ in range(20):
        a, b = rng.normal(size=(8, 8)), covariance(rng, 8, 10.0)
        assert np.isfinite(kl_gaussian_full(np.zeros(8), a @ b @ a.T + np.eye(8), np.zeros(8), np.eye(8)))


@pytest.mark.parametrize("convert", [np.asarray, torch.tensor])
def test_nan_and_unvalidated_matrices_give_nan_in_their_own_row(convert: Any) -> None:
    covs = convert(np.stack([EYE, EYE * np.nan, 2 * EYE]))
    mean, eye = convert(np.zeros(2)), convert(EYE)
    np.testing.assert_array_equal(np.isnan(np.asarray(kl_gaussian_full(mean, covs, mean, eye))), [False, True, False])
    indefinite = convert(np.stack([EYE, -EYE, 2 * EYE]))
    values = kl_gaussian_full(mean, indefinite, mean, eye, validate=False)
    np.testing.assert_array_equal(np.isnan(np.asarray(values)), [False, True, False])


def test_large_batches_are_worked_on_in_blocks_with_the_same_values_and_errors() -> None:
    rng = np.random.default_rng(8)
    size = 2 * BLOCK + 5
    root = rng.normal(size=(2, size, 3, 3))
    cov_q, cov_p = root @ np.swapaxes(root, -1, -2) + np.eye(3)
    mean_q, mean_p = rng.normal(size=(2, size, 3))
    values = kl_gaussian_full(mean_q, cov_q, mean_p, cov_p)
    for part in (slice(0, 3), slice(BLOCK - 1, BLOCK + 2), slice(size - 2, size)):
        np.testing.assert_array_equal(
            values[part], kl_gaussian_full(mean_q[part], cov_q[part], mean_p[part], cov_p[part])
        )
    tensors = [torch.from_numpy(array) for array in (mean_q, cov_q, mean_p, cov_p)]
    np.testing.assert_allclose(kl_gaussian_full(*tensors), values, rtol=1e-9)
    # Where there is a gradient to take, the batch stays whole.
    tensors[1].requires_grad_()
    kl_gaussian_full(*tensors).sum().backward()
    assert torch.isfinite(tensors[1].grad).all()
    cov_q[size - 2] = -np.eye(3)
    with pytest.raises(ValueError, match=rf"cov_q must be positive definite.* index \({size - 2},\)"):
        kl_gaussian_full(mean_q, cov_q, mean_p, cov_p)
    assert np.isnan(kl_gaussian_full(mean_q, cov_q, mean_p, cov_p, validate=False)).sum() == 1
