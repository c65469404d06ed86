"""Gradients of the Gaussian forms: exact, finite, zero at equality, and differentiable again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import entropy_gaussian, kl_gaussian, kl_gaussian_logvar
from tests.divergences.strategies import near_equal, tiny


def parameters(*values: float, dtype: torch.dtype = torch.float64) -> list[torch.Tensor]:
    return [torch.tensor(value, dtype=dtype, requires_grad=True) for value in values]


def exact_gradient(
    mean_q: torch.Tensor, std_q: torch.Tensor, mean_p: torch.Tensor, std_p: torch.Tensor
) -> list[torch.Tensor]:
    """By hand, in forms that do not cancel."""
    z, excess = (mean_q - mean_p) / std_p, (std_q - std_p) / std_p
    by_std = (std_q - std_p) * (std_q + std_p) / std_p / std_p / std_q
    return [z / std_p, by_std, -z / std_p, -(z * z + excess * (2 + excess)) / std_p]


@settings(deadline=None, max_examples=60)
@given(near_equal())
def test_gradients_are_exact_near_equality(row: tuple[float, float, float, float]) -> None:
    arguments = parameters(*row)
    gradient = torch.autograd.grad(kl_gaussian(*arguments), arguments)
    expected = exact_gradient(*arguments)
    for index, (found, exact) in enumerate(zip(gradient, expected, strict=True)):
        if index == 3:  # two terms of either sign
            scale = (arguments[0] - arguments[2]).abs() / arguments[3] + (arguments[1] / arguments[3] - 1).abs()
            assert (found - exact).abs() <= 1e-14 * (scale * (1 + scale) * 4) / arguments[3] + 1e-300
        else:
            torch.testing.assert_close(found, exact, rtol=2e-14, atol=1e-300)


def test_gradients_vanish_exactly_at_equality_and_curvature_is_fishers() -> None:
    mean, std = 3.0, 0.25
    arguments = parameters(mean, std, mean, std)
    gradient = torch.autograd.grad(kl_gaussian(*arguments), arguments, create_graph=True)
    assert all(g == 0 for g in gradient)
    hessian = torch.autograd.functional.hessian(lambda *a: kl_gaussian(*a), tuple(arguments))
    assert hessian[0][0] == pytest.approx(1 / std**2)
    assert hessian[1][1] == pytest.approx(2 / std**2)
    assert hessian[3][3] == pytest.approx(2 / std**2)
    assert hessian[1][3] == pytest.approx(-2 / std**2)
    assert hessian[0][1] == hessian[0][3] == 0


@pytest.mark.parametrize("function", [kl_gaussian, kl_gaussian_logvar])
@pytest.mark.parametrize(
    "row",
    [(0.5, 0.3, -0.2, 2.0), (0.5, 1.9, 0.5, 0.2), (0.1, 1.3, 0.2, 1.1), (0.0, 0.7, 0.0, 0.7), (1.0, 1.0, 0.0, 0.5)],
)
def test_first_and_second_derivatives_agree_with_finite_differences(
    function: Callable[..., torch.Tensor], row: tuple[float, float, float, float]
) -> None:
    arguments = parameters(*row)
    assert torch.autograd.gradcheck(function, arguments)
    assert torch.autograd.gradgradcheck(function, arguments)


@settings(deadline=None, max_examples=60)
@given(st.floats(-150, 150), st.floats(-150, 150))
def test_gradients_are_finite_where_the_exact_ones_are(first: float, second: float) -> None:
    arguments = parameters(0.0, 10.0**first, 0.0, 10.0**second)
    gradient = torch.autograd.grad(kl_gaussian(*arguments), arguments)
    with torch.no_grad():
        expected = exact_gradient(*arguments)
    for found, exact in zip(gradient, expected, strict=True):
        assert not found.isnan()
        if exact.isfinite() and exact.abs() < 1e290:
            torch.testing.assert_close(found, exact, rtol=1e-12, atol=1e-300)


@settings(deadline=None, max_examples=40)
@given(st.floats(-3000, 3000), st.one_of(tiny(), st.floats(-600, 600)), st.sampled_from([0.0, 1.0]))
def test_log_variance_gradients_are_finite_and_exact(logvar: float, change: float, offset: float) -> None:
    arguments = parameters(offset, logvar + change, offset, logvar)
    gradient = torch.autograd.grad(kl_gaussian_logvar(*arguments), arguments)
    by_logvar = torch.expm1(arguments[1] - arguments[3]) / 2
    for found, exact in zip(gradient, (0.0, by_logvar, 0.0, -by_logvar), strict=True):
        torch.testing.assert_close(found, torch.as_tensor(exact, dtype=found.dtype), rtol=1e-13, atol=1e-300)


def test_broadcast_parameters_receive_summed_gradients() -> None:
    mean = torch.zeros(3, 1, requires_grad=True)
    std = torch.tensor([1.0, 1.0, 3.0], requires_grad=True)
    kl_gaussian(mean, std).sum().backward()
    assert mean.grad is not None
    assert std.grad is not None
    assert torch.equal(mean.grad, torch.zeros(3, 1))
    torch.testing.assert_close(std.grad, 3 * (std.detach() - 1 / std.detach()))


def test_the_gradient_of_the_entropy_is_the_reciprocal_on_both_branches() -> None:
    std = torch.tensor([1e-3, 0.13, 0.24197, 0.4, 7.0], dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(entropy_gaussian(std).sum(), std, create_graph=True)
    torch.testing.assert_close(gradient, 1 / std, rtol=1e-14, atol=0)
    (curvature,) = torch.autograd.grad(gradient.sum(), std)
    torch.testing.assert_close(curvature, -1 / std**2, rtol=1e-14, atol=0)
