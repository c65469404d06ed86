"""Gradients of the Gaussian forms: exact, finite, zero at equality, and differentiable again."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
import torch
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import entropy_gaussian, kl_gaussian, kl_gaussian_logvar
from tests.divergences import certified
from tests.divergences.strategies import near_equal, tiny


def parameters(*values: float, dtype: torch.dtype = torch.float64) -> list[torch.Tensor]:
    return [torch.tensor(value, dtype=dtype, requires_grad=True) for value in values]


def gradient_errors(row: tuple[float, float, float, float]) -> list[float]:
    """The errors of the four derivatives of `kl_gaussian`, in eps of the sum of the magnitudes of their terms."""
    arguments = parameters(*row)
    gradient = torch.autograd.grad(kl_gaussian(*arguments), arguments)
    with certified.balls():
        mean_q, std_q, mean_p, std_p = (arb(value) for value in row)
        exact = certified.kl_gaussian_gradient(mean_q, std_q, mean_p, std_p)
        # The last derivative has two terms, of either sign; the others have one. Below the smallest normal number
        # errors are absolute, and a division by the std follows.
        spread = abs(1 - (std_q / std_p) ** 2) / std_p
        terms = [abs(value) for value in exact[:3]] + [spread + ((mean_q - mean_p) / std_p) ** 2 / std_p]
        least = arb(sys.float_info.min) * (1 + 1 / std_p)
        for found in gradient:
            assert not found.isnan()
        return [
            certified.error_in_eps_of(found, value, term + least)
            for found, value, term in zip(gradient, exact, terms, strict=True)
            if abs(value) < sys.float_info.max
        ]


@settings(deadline=None, max_examples=60)
@given(near_equal())
def test_gradients_are_exact_near_equality(row: tuple[float, float, float, float]) -> None:
    assert max(gradient_errors(row)) <= 16


def test_gradients_vanish_exactly_at_equality_and_curvature_is_fishers() -> None:
    mean, std = 3.0, 0.25
    arguments = parameters(mean, std, mean, std)
    gradient = torch.autograd.grad(kl_gaussian(*arguments), arguments, create_graph=True)
    assert all(g == 0 for g in gradient)
    hessian = torch.autograd.functional.hessian(lambda *a: kl_gaussian(*a), tuple(arguments))
    # Every intermediate is a power of two.
    assert hessian[0][0] == 1 / std**2
    assert hessian[1][1] == hessian[3][3] == -hessian[1][3] == 2 / std**2
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
    assert max(gradient_errors((0.0, 10.0**first, 0.0, 10.0**second))) <= 16


@settings(deadline=None, max_examples=40)
@given(st.floats(-3000, 3000), st.one_of(tiny(), st.floats(-600, 600)), st.sampled_from([0.0, 1.0]))
def test_log_variance_gradients_are_finite_and_exact(logvar: float, change: float, offset: float) -> None:
    arguments = parameters(offset, logvar + change, offset, logvar)
    gradient = torch.autograd.grad(kl_gaussian_logvar(*arguments), arguments)
    assert gradient[0] == gradient[2] == 0
    assert gradient[1] == -gradient[3]
    with certified.balls():
        exact = ((arb(logvar + change) - arb(logvar)).exp() - 1) / 2
        assert certified.error_in_eps(gradient[1], exact) <= 16


def test_broadcast_parameters_receive_summed_gradients() -> None:
    mean = torch.zeros(3, 1, requires_grad=True)
    std = torch.tensor([1.0, 1.0, 3.0], requires_grad=True)
    kl_gaussian(mean, std).sum().backward()
    assert mean.grad is not None
    assert std.grad is not None
    assert torch.equal(mean.grad, torch.zeros(3, 1))
    # Three times std − 1/std: two divisions, two products and two sums of magnitudes that add up to 9 at most.
    torch.testing.assert_close(std.grad, torch.tensor([0.0, 0.0, 8.0]), rtol=0, atol=9 * 2.0**-23)


def test_the_gradient_of_the_entropy_is_the_reciprocal_on_both_branches() -> None:
    std = torch.tensor([1e-3, 0.13, 0.24197, 0.4, 7.0], dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(entropy_gaussian(std).sum(), std, create_graph=True)
    (curvature,) = torch.autograd.grad(gradient.sum(), std)
    with certified.balls():
        for point, first, second in zip(std.tolist(), gradient.tolist(), curvature.tolist(), strict=True):
            assert certified.error_in_eps(first, 1 / arb(point)) <= 4
            assert certified.error_in_eps(second, -1 / arb(point) ** 2) <= 8
