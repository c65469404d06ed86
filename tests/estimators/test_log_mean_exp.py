"""log-mean-exp and the bounds made of it: against arbitrary precision, at infinities, under autograd."""

from __future__ import annotations

import math
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from estimators import elbo, iwae_bound, log_mean_exp

EPS = float(np.finfo(np.float64).eps)
magnitudes = st.sampled_from([1e-300, 1e-20, 1e-8, 1.0, 30.0, 800.0, 1e6, 1e300])
shapes = st.tuples(st.integers(1, 3), st.integers(1, 7))


@st.composite
def log_weights(draw: st.DrawFn, *, infinities: bool = True) -> np.ndarray[Any, Any]:
    """A row of log-weights on one scale, around an offset, with exact zeros among the weights."""
    unit = draw(hnp.arrays(np.float64, st.integers(1, 8), elements=st.floats(-1, 1)))
    values = draw(magnitudes) * unit + draw(st.sampled_from([0.0, -2.0, 700.0]))
    if infinities:
        values = np.where(draw(hnp.arrays(np.bool_, values.shape)), -np.inf, values)
    return values


def exact(values: np.ndarray[Any, Any]) -> float:
    with mpmath.workdps(700):  # 1e-300 apart from 700 is still apart
        top = max(values)
        if math.isinf(top):
            return float(top)
        total = mpmath.fsum(mpmath.exp(mpmath.mpf(v) - mpmath.mpf(top)) for v in values if v != -math.inf)
        return float(mpmath.mpf(top) + mpmath.log(total / len(values)))


def scale(values: np.ndarray[Any, Any]) -> float:
    """What the documented error is relative to."""
    finite = values[np.isfinite(values)]
    near_zero = np.isfinite(values).all() and np.abs(values).max() < 0.5
    return (
        float(np.abs(values).max())
        if near_zero
        else max(abs(float(finite.max(initial=-np.inf))), math.log(len(values)))
    )


@given(log_weights())
def test_error_is_a_few_ulps_of_what_the_docstring_names(values: np.ndarray[Any, Any]) -> None:
    got, expected = float(log_mean_exp(values)), exact(values)
    if math.isinf(expected):
        assert got == expected
    else:
        assert abs(got - expected) <= 4 * EPS * scale(values) + 5e-324


@given(log_weights(infinities=False))
def test_it_lies_between_the_mean_and_the_maximum(values: np.ndarray[Any, Any]) -> None:
    slack = 8 * EPS * float(np.abs(values).max())
    assert elbo(values) - slack <= iwae_bound(values) <= values.max() + slack


@given(log_weights(), st.floats(-1e3, 1e3))
def test_one_sample_is_itself(values: np.ndarray[Any, Any], value: float) -> None:
    np.testing.assert_array_equal(iwae_bound(values[:, None]), values)
    np.testing.assert_array_equal(elbo(values[:, None]), values)
    assert iwae_bound([value]) == value


@given(hnp.arrays(np.float64, shapes, elements=st.floats(-50, 50)), st.sampled_from([0, 1, -1, -2]))
def test_every_library_and_axis_gives_the_same(values: np.ndarray[Any, Any], axis: int) -> None:
    for bound in (elbo, iwae_bound):
        expected = bound(values, axis=axis)
        np.testing.assert_allclose(bound(torch.from_numpy(values), axis=axis).numpy(), expected, rtol=1e-14, atol=1e-14)
        np.testing.assert_allclose(bound(values.T, axis=1 - axis % 2), expected, rtol=1e-14, atol=1e-14)
        single = bound(torch.from_numpy(values).float(), axis=axis)
        assert single.dtype == torch.float32
        np.testing.assert_allclose(single.numpy(), expected, rtol=1e-5, atol=1e-5)


def test_axes_of_repetitions_and_of_samples_are_told_apart() -> None:
    values = np.log(np.arange(1.0, 25.0)).reshape(2, 3, 4)
    assert iwae_bound(values).shape == (2, 3)
    np.testing.assert_allclose(iwae_bound(values, axis=0), np.log(values := np.exp(values).mean(0)), rtol=1e-14)


@pytest.mark.parametrize(
    "library", [np.asarray, lambda row: torch.tensor(row, dtype=torch.float64)], ids=["numpy", "torch"]
)
@pytest.mark.parametrize(
    ("row", "mean_log", "log_mean"),
    [
        ([-math.inf, 0.0], -math.inf, -math.log(2)),
        ([-math.inf, -math.inf], -math.inf, -math.inf),
        ([math.inf, 0.0], math.inf, math.inf),
        ([math.inf, -math.inf], math.nan, math.inf),
        ([math.nan, 0.0], math.nan, math.nan),
        ([math.nan, -math.inf], math.nan, math.nan),
        ([math.nan, math.inf], math.nan, math.nan),
        ([-1e308, 1e308], 0.0, 1e308),
    ],
)
def test_infinities_and_nan(library: Any, row: list[float], mean_log: float, log_mean: float) -> None:
    values = library(row)
    np.testing.assert_equal(float(elbo(values)), mean_log)
    np.testing.assert_equal(float(iwae_bound(values)), log_mean)


@given(log_weights())
def test_the_gradient_is_the_softmax(values: np.ndarray[Any, Any]) -> None:
    leaf = torch.from_numpy(values).requires_grad_()
    iwae_bound(leaf).backward()
    assert leaf.grad is not None
    if np.isinf(values).all():
        expected = torch.zeros_like(leaf)
    else:
        expected = torch.softmax(leaf.detach(), -1)
    torch.testing.assert_close(leaf.grad, expected, rtol=1e-13, atol=1e-300)
    assert (leaf.grad[leaf.detach() == -math.inf] == 0).all()


def test_second_derivatives() -> None:
    leaf = torch.tensor([0.3, -0.1, -2.0, 1.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(iwae_bound, (leaf,))
    assert torch.autograd.gradcheck(elbo, (leaf,))


def test_many_negligible_weights_keep_the_digits_of_the_count() -> None:
    values = np.full(10**6, -np.inf)
    values[7] = 0.0
    assert abs(float(iwae_bound(values)) + math.log(10**6)) <= 4 * EPS * math.log(10**6)


@pytest.mark.parametrize("bound", [elbo, iwae_bound, log_mean_exp])
def test_bad_input_is_named(bound: Any) -> None:
    with pytest.raises(
        ValueError, match=r"log_weights must hold at least one sample along axis -1, got shape \(3, 0\)"
    ):
        bound(np.zeros((3, 0)))
    with pytest.raises(ValueError, match=r"axis must be an axis of log_weights of shape \(3,\), got 1"):
        bound(torch.zeros(3), axis=1)
    with pytest.raises(ValueError, match=r"axis must be an axis of log_weights of shape \(\), got -1"):
        bound(1.0)
    with pytest.raises(TypeError, match=r"axis must be an integer, got 0\.5"):
        bound(np.zeros(3), axis=0.5)
    with pytest.raises(TypeError, match=r"log_weights must be real, got dtype complex128"):
        bound(np.zeros(3, dtype=complex))
    with pytest.raises(TypeError, match=r"log_weights must be an array or a real number"):
        bound(None)
