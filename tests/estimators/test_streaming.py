"""Bounds in blocks: the value and gradient of everything at once, in the memory of one block."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators import NoiseStream, renyi_bound
from estimators.counting import block_sizes
from estimators.streaming import LogWeightBlocks, model_log_weights, streaming_bound

seeds = st.integers(0, 2**31)


def linear_blocks(seed: int, parameter: torch.Tensor, batch: int, scale: float = 1.0) -> LogWeightBlocks:
    """Log-weights that depend on a parameter, of shape (batch, size)."""

    def block(index: int, size: int) -> torch.Tensor:
        noise = torch.from_numpy(NoiseStream(seed).normal(index, (batch, size))).to(parameter.dtype)
        return scale * torch.sin(parameter[:, None] + noise) - noise * parameter.sum()

    return block


@settings(max_examples=25)
@given(seeds, st.integers(1, 20), st.integers(1, 7), st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, 11.0]))
def test_blocks_give_the_value_and_gradient_of_everything_at_once(
    seed: int, num_samples: int, block_size: int, alpha: float
) -> None:
    parameter = torch.tensor([0.3, -0.2], dtype=torch.float64, requires_grad=True)
    block = linear_blocks(seed, parameter, 2)
    bound = streaming_bound(block, num_samples, parameters=[parameter], alpha=alpha, block_size=block_size)
    (gradient,) = torch.autograd.grad(bound @ torch.tensor([1.0, -2.0], dtype=torch.float64), parameter)
    everything = torch.cat([block(i, n) for i, n in enumerate(block_sizes(num_samples, block_size))], -1)
    whole = renyi_bound(everything, alpha)
    (expected,) = torch.autograd.grad(whole @ torch.tensor([1.0, -2.0], dtype=torch.float64), parameter)
    # Sums of at most 20 terms of order ten, added in another order.
    torch.testing.assert_close(bound, whole, rtol=0, atol=1e-13)
    torch.testing.assert_close(gradient, expected, rtol=0, atol=1e-12)


def test_sums_are_kept_in_float64_where_log_weights_are_not() -> None:
    # In float32 a running sum of 2^24 ones stops growing; here of weights that span that range.
    block = lambda index, size: torch.full((size,), math.log(2.0) if index else 30.0)  # noqa: E731
    bound = streaming_bound(block, 2048, block_size=1)
    assert bound.dtype == torch.float64
    expected = math.log((math.exp(30.0) + 2047 * math.exp(float(torch.tensor(math.log(2.0))))) / 2048)
    assert float(bound) == pytest.approx(expected, rel=1e-15)


def test_no_more_than_one_block_of_graph_is_alive() -> None:
    alive, most = 0, 0

    class Counted(torch.autograd.Function):
        @staticmethod
        def forward(ctx: object, x: torch.Tensor) -> torch.Tensor:
            nonlocal alive, most
            if torch.is_tensor(x):
                alive += 1
                most = max(most, alive)
            return x.clone()

        @staticmethod
        def backward(ctx: object, *outputs: torch.Tensor) -> torch.Tensor:
            nonlocal alive
            alive -= 1
            return outputs[0]

    parameter = torch.ones(1, dtype=torch.float64, requires_grad=True)

    def block(index: int, size: int) -> torch.Tensor:
        grown = Counted.apply(parameter) if torch.is_grad_enabled() else parameter
        return grown * torch.arange(size, dtype=torch.float64)

    streaming_bound(block, 50, parameters=[parameter], block_size=5).backward()
    assert most == 1


def test_a_block_that_changes_is_noticed() -> None:
    parameter = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    calls = iter(range(100))
    bound = streaming_bound(
        lambda i, n: parameter + float(next(calls)) * torch.ones(n).double(), 4, parameters=[parameter]
    )
    with pytest.raises(ValueError, match="block must return the same log-weights at every call"):
        bound.backward()


def test_models_and_guides_of_torch() -> None:
    loc = torch.tensor([0.1, -0.4, 2.0], dtype=torch.float64, requires_grad=True)
    prior = torch.distributions.Normal(torch.zeros(3, dtype=torch.float64), 1.0)
    guide = torch.distributions.Normal(loc, 0.7)
    state = torch.get_rng_state()
    block = model_log_weights(lambda z: prior.log_prob(z), guide, seed=5)
    first = block(3, 4)
    assert torch.equal(torch.get_rng_state(), state)  # the caller's generator is where it was
    assert first.shape == (3, 4)
    assert torch.equal(first, block(3, 4))
    assert not torch.equal(first, block(2, 4))
    bound = streaming_bound(block, 12, parameters=[loc], block_size=4)
    (gradient,) = torch.autograd.grad(bound.sum(), loc)
    everything = torch.cat([block(i, 4) for i in range(3)], -1)
    (expected,) = torch.autograd.grad(renyi_bound(everything, 0.0).sum(), loc)
    torch.testing.assert_close(gradient, expected, rtol=0, atol=1e-13)


def test_bad_input_is_named() -> None:
    with pytest.raises(TypeError, match="guide must have a reparameterised sampler"):
        model_log_weights(lambda z: z, torch.distributions.Bernoulli(0.5), seed=0)
    with pytest.raises(ValueError, match=r"block\(0, 3\) must return shape \(..., 3\), got \(2,\)"):
        streaming_bound(lambda i, n: torch.zeros(2), 3)
    with pytest.raises(ValueError, match="num_samples must be at least 1"):
        streaming_bound(lambda i, n: torch.zeros(n), 0)
    with pytest.raises(ValueError, match="alpha must be finite"):
        streaming_bound(lambda i, n: torch.zeros(n), 1, alpha=math.nan)


@pytest.mark.parametrize("values", [[-math.inf, -800.0, -801.0], [800.0, math.inf, 0.0], [1e5, -1e5, -math.inf]])
def test_weights_of_any_size_in_any_order(values: list[float]) -> None:
    for order in (values, values[::-1]):
        bound = streaming_bound(lambda i, n, order=order: torch.tensor([order[i]]).double(), 3, block_size=1)
        assert float(bound) == pytest.approx(float(renyi_bound(torch.tensor(values).double(), 0.0)), rel=1e-15)


def test_weights_of_zero() -> None:
    parameter = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    bound = streaming_bound(lambda i, n: parameter - math.inf * torch.ones(n).double(), 3, parameters=[parameter])
    assert float(bound.detach()) == -math.inf
    bound.backward()
    assert float(parameter.grad) == 0.0  # as for log_mean_exp


@pytest.mark.parametrize("scheme", ["plain", "antithetic"])
def test_noise_is_a_function_of_seed_and_block(scheme: str) -> None:
    stream = NoiseStream(3, scheme=scheme)  # type: ignore[arg-type]
    for draw in (stream.normal, stream.uniform):
        assert (draw(2, (4, 3)) == draw(2, (4, 3))).all()
        assert not (draw(2, (4, 3)) == draw(1, (4, 3))).any()
    assert not (stream.normal(0, (4,)) == NoiseStream(4, scheme=scheme).normal(0, (4,))).any()  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="seed must not be negative"):
        NoiseStream(-1)
    with pytest.raises(ValueError, match="scheme must be"):
        NoiseStream(0, scheme="sobol")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="pairs along the first axis"):
        NoiseStream(0, scheme="antithetic").normal(0, (3,))
    with pytest.raises(ValueError, match="block must not be negative"):
        stream.normal(-1, (2,))


@given(seeds)
def test_antithetic_noise_mirrors(seed: int) -> None:
    stream = NoiseStream(seed, scheme="antithetic")
    noise, share = stream.normal(0, (6, 2)), stream.uniform(0, (6, 2))
    assert (noise[:3] == -noise[3:]).all()
    assert (share[:3] + share[3:] == 1).all()
