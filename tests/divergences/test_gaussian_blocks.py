"""The fast path of kl_gaussian, held to certified values and to the code for every array library."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.fx.experimental.proxy_tensor import make_fx

from divergences import gaussian_blocks, kl_gaussian
from tests.divergences import certified
from tests.divergences.strategies import GAUSSIAN_PAIRS

EPS = np.finfo(float).eps


@settings(deadline=None, max_examples=40)
@given(st.lists(GAUSSIAN_PAIRS, min_size=1, max_size=12))
def test_numbers_and_arrays_are_accurate(pairs: list[tuple[float, float, float, float]]) -> None:
    columns = [np.array(column) for column in zip(*pairs, strict=True)]
    values = gaussian_blocks.kl(*columns)
    assert values is None or certified.worst_error(kl_gaussian, certified.kl_gaussian, *columns) <= 16
    with certified.balls():
        for pair in pairs:
            single = gaussian_blocks.kl(*pair)
            if single is not None:
                exact = certified.kl_gaussian(*(certified.arb(value) for value in pair))
                assert certified.error_in_eps(single, exact) <= 16


@pytest.mark.parametrize("spread", [1e-12, 1e-6, 2.0**-9, 1e-2, 0.187, 0.188, 0.5, 3.0])
def test_every_regime_of_a_block_is_accurate(spread: float) -> None:
    rng = np.random.default_rng(0)
    std_p = np.exp(rng.normal(size=200))
    std_q = std_p * np.maximum(1 + spread * rng.uniform(-1, 1, size=200), 1e-3)
    zeros = np.zeros(200)
    assert certified.worst_error(kl_gaussian, certified.kl_gaussian, zeros, std_q, zeros, std_p) <= 8


def test_blocks_meet_without_a_seam() -> None:
    rng = np.random.default_rng(1)
    shape = (2, gaussian_blocks.BLOCK + 17)
    columns = [
        rng.normal(size=shape),
        np.exp(rng.normal(size=shape)),
        rng.normal(size=shape),
        np.exp(rng.normal(size=shape)),
    ]
    columns[1][0, :100] = columns[3][0, :100]
    values = gaussian_blocks.kl(*columns)
    assert values is not None
    assert values.shape == shape
    general = kl_gaussian(*map(torch.from_numpy, columns)).numpy()
    np.testing.assert_allclose(values, general, rtol=32 * EPS)
    assert (gaussian_blocks.kl(columns[0], columns[1], columns[0], columns[1]) == 0).all()


def test_numbers_go_with_arrays() -> None:
    std = np.array([[0.5, 1.0], [1.0 + 1e-9, 4.0]])
    for mean_q, std_q, mean_p, std_p in itertools.product((0.25, std), (1, std), (0, std), (2.0, std)):
        value = kl_gaussian(mean_q, std_q, mean_p, std_p)
        spread = np.broadcast_arrays(mean_q, std_q, mean_p, std_p)
        for index in np.ndindex(value.shape):
            single = kl_gaussian(*(float(array[index]) for array in spread))
            assert float(value[index]) == pytest.approx(float(single), rel=16 * EPS)


@pytest.mark.parametrize(
    "arguments",
    [
        (np.zeros(3), np.ones(3), np.zeros((2, 3)), np.ones(3)),
        (np.zeros(3, dtype=np.float32), np.ones(3, dtype=np.float32), 0.0, 1.0),
        (np.zeros(6)[::2], np.ones(3), 0.0, 1.0),
        (np.zeros(0), np.ones(0), 0.0, 1.0),
        (np.zeros(2), np.array([1.0, np.nan]), 0.0, 1.0),
        (np.array([0.0, np.inf]), np.ones(2), 0.0, 1.0),
        (np.zeros(2), np.array([1.0, -1.0]), 0.0, np.array([1.0, -1.0])),
        (np.zeros(2), np.array([1.0, -1.0]), 0.0, 1.0),
        (np.zeros(2), np.array([1.0, 0.0]), 0.0, 1.0),
        (np.full(2, 1e200), np.ones(2), 0.0, 1.0),
        (0.0, 1e-200, 0.0, 1e200),
        (0.0, 0.0, 0.0, 1.0),
        (0.0, -1.0, 0.0, -1.0),
        (math.nan, 1.0, 0.0, 1.0),
        (10**400, 1.0, 0.0, 1.0),
        (True, 1.0, 0.0, 1.0),
        (np.ones(2), "1", 0.0, 1.0),
    ],
)
def test_what_is_not_plain_is_left_to_the_general_code(arguments: Any) -> None:
    assert gaussian_blocks.kl(*arguments) is None


def test_errors_are_those_of_the_general_code() -> None:
    std = np.ones(3 * gaussian_blocks.BLOCK)
    std[-5] = -2.0
    with pytest.raises(ValueError, match=rf"std_q must be positive and finite, got -2.0 at index {std.size - 5}"):
        kl_gaussian(np.zeros_like(std), std)
    assert np.isnan(kl_gaussian(np.zeros_like(std), std, validate=False)).sum() == 1
    std[-5] = 1e200
    assert kl_gaussian(np.zeros_like(std), std)[-5] == math.inf


def test_arguments_are_not_changed() -> None:
    arrays = [np.full(5, value) for value in (1.0, 2.0, 0.5, 1.5)]
    kept = [array.copy() for array in arrays]
    kl_gaussian(*arrays)
    for array, copy in zip(arrays, kept, strict=True):
        np.testing.assert_array_equal(array, copy)


def large(seed: int) -> list[torch.Tensor]:
    rng = np.random.default_rng(seed)
    size = 2 * gaussian_blocks.BLOCK + 5
    return [torch.from_numpy(x) for x in (rng.normal(size=size), np.exp(rng.normal(size=size)))]


def test_large_tensors_are_read_through_their_memory() -> None:
    (mean_q, std_q), (mean_p, std_p) = large(0), large(1)
    value = gaussian_blocks.kl(mean_q, std_q, mean_p, std_p)
    assert type(value) is torch.Tensor
    arrays = [tensor.numpy() for tensor in (mean_q, std_q, mean_p, std_p)]
    np.testing.assert_array_equal(value.numpy(), kl_gaussian(*arrays))
    mean_q.requires_grad_()
    general = kl_gaussian(mean_q, std_q, mean_p, std_p)
    assert general.requires_grad
    torch.testing.assert_close(value, general.detach(), rtol=32 * EPS, atol=0)
    with pytest.raises(TypeError, match="one array library"):
        kl_gaussian(arrays[0], std_q)


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")  # forward mode loads it
def test_transforms_and_traces_of_large_tensors_are_followed() -> None:
    mean, std = large(0)
    value = kl_gaussian(mean, std)

    def divergence(x: torch.Tensor) -> torch.Tensor:
        return kl_gaussian(x, std)

    def assert_close(found: Any, expected: torch.Tensor) -> None:
        torch.testing.assert_close(found, expected, rtol=32 * EPS, atol=0)

    batched = torch.func.vmap(divergence)(torch.stack([mean, mean]))
    assert_close(batched[1], value)
    assert_close(torch.func.grad(lambda x: divergence(x).sum())(mean), mean)
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(mean, torch.ones_like(mean))
        tangent = torch.autograd.forward_ad.unpack_dual(divergence(dual)).tangent
    assert_close(tangent, mean)
    traced = make_fx(lambda x: kl_gaussian(x, std, validate=False))(torch.zeros_like(mean))
    assert_close(traced(mean), value)
