r"""Multi-sample bounds in blocks: memory for one block, and the exact gradient by a second pass.

A bound of the form :math:`\frac{1}{r} \log \frac1K \sum_i w_i^r` has the gradient
:math:`\sum_i \bar w_i \nabla \log w_i` with :math:`\bar w_i = w_i^r / \sum_j w_j^r`. The first pass finds the sum; in
the second every block is made again, and its log-weights are differentiated with the weights that are then known.
Nothing is approximated, and no more than one block's graph is alive at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from numpy.random import SeedSequence
from torch import Tensor

from estimators.counting import block_sizes, positive_integer

#: ``block(i, size)`` makes the log-weights of block i, shape (..., size), the same at every call.
LogWeightBlocks = Callable[[int, int], Tensor]


def streaming_bound(
    block: LogWeightBlocks,
    num_samples: int,
    *,
    parameters: Iterable[Tensor] = (),
    alpha: float = 0.0,
    block_size: int = 16,
) -> Tensor:
    r"""A K-sample Rényi bound, of which the importance-weighted bound is α = 0 and the ELBO α = 1, block by block.

    .. math:: \frac{1}{1-\alpha} \log \frac1K \sum_{i=1}^K w_i^{1-\alpha}

    The value and the gradient are those of `renyi_bound` on all log-weights at once, up to rounding; memory is that of
    one block. Sums are accumulated in float64, whatever the dtype of the log-weights.

    Args:
        block: ``block(i, size)`` returns the log-weights of block i, shape (..., size), in nats. It is called once
            without autograd and once more with it when a gradient is asked for, and must return the same values:
            draw its noise from a `NoiseStream`, or use `model_log_weights`.
        num_samples: K, at least 1.
        parameters: the tensors to differentiate in; those that need no gradient are ignored.
        alpha: the order.
        block_size: samples a block; the last one holds what is left.

    Returns:
        The bound, float64, of the batch shape of the log-weights, in nats.

    Raises:
        ValueError: a number is out of range, a block has not the asked size, or its second making differs from the
            first (in the sum of its weights).

    Reference:
        Y. Li and R. E. Turner, "Rényi divergence variational inference", NeurIPS (2016), equation 11.

    Example:
        >>> import numpy as np
        >>> from estimators import NoiseStream, iwae_bound
        >>> mean = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
        >>> def block(index, size):                                    # q = N(mean, 1), p(x, z) = N(z; 0, 1)
        ...     z = mean + torch.from_numpy(NoiseStream(0).normal(index, (size,)))
        ...     return -(z**2) / 2 + (z - mean) ** 2 / 2
        >>> bound = streaming_bound(block, 1000, parameters=[mean], block_size=100)
        >>> (gradient,) = torch.autograd.grad(bound, mean)
        >>> everything = torch.cat([block(index, 100) for index in range(10)])
        >>> torch.allclose(bound, iwae_bound(everything))
        True
        >>> torch.allclose(gradient, torch.autograd.grad(iwae_bound(everything), mean)[0])
        True
    """
    num_samples = positive_integer("num_samples", num_samples)
    block_size = positive_integer("block_size", block_size)
    if not math.isfinite(alpha):
        raise ValueError(f"alpha must be finite, got {alpha!r}")
    leaves = [parameter for parameter in parameters if parameter.requires_grad]
    sizes = block_sizes(num_samples, block_size)
    return _StreamingBound.apply(block, sizes, 1.0 - alpha, *leaves)


def model_log_weights(
    log_joint: Callable[[Tensor], Tensor], guide: Any, *, seed: int, device: torch.device | str = "cpu"
) -> LogWeightBlocks:
    r"""Blocks of log-weights :math:`\log p(x, z) - \log q(z \mid x)` with z drawn from a guide, the same at every call.

    Args:
        log_joint: takes z of shape (size, *batch, *event) and returns log p(x, z), shape (size, *batch), in nats.
        guide: q(z | x), with ``rsample`` and ``log_prob`` as torch.distributions have them.
        seed: block i is drawn under torch's generators seeded with a function of (seed, i); their state is restored.
        device: whose generator the guide draws from, besides the CPU's.

    Returns:
        A function for `streaming_bound`, with the samples on the last axis: shape (*batch, size).

    Raises:
        TypeError: the guide has no reparameterised sampler. The gradient of its log-weights would leave out how the
            samples depend on its parameters; use a score-function estimator instead.

    Example:
        >>> guide = torch.distributions.Normal(torch.zeros(3), torch.ones(3))
        >>> block = model_log_weights(lambda z: -(z**2), guide, seed=0)
        >>> block(0, 5).shape, bool((block(2, 5) == block(2, 5)).all())
        (torch.Size([3, 5]), True)
    """
    if not getattr(guide, "has_rsample", hasattr(guide, "rsample")):
        raise TypeError(
            f"guide must have a reparameterised sampler (rsample), got {type(guide).__name__}: without it the gradient "
            "of the log-weights would leave out how samples depend on the guide; use a score-function estimator"
        )
    place = torch.device(device)
    devices = [place] if place.type == "cuda" else []

    def block(index: int, size: int) -> Tensor:
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(_mixed(seed, index))
            z = guide.rsample((size,))
        log_weights: Tensor = log_joint(z) - guide.log_prob(z)
        return log_weights.movedim(0, -1)

    return block


def _mixed(seed: int, index: int) -> int:
    """One number of 63 bits from both, such that neighbouring ones give unrelated streams."""
    low, high = SeedSequence(seed, spawn_key=(index,)).generate_state(2)
    return int(low) | (int(high) & 0x7FFFFFFF) << 32


class _StreamingBound(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, block: LogWeightBlocks, sizes: Sequence[int], power: float, *leaves: Tensor) -> Tensor:
        with torch.no_grad():
            total = _total(block, sizes, power)
        ctx.block, ctx.sizes, ctx.power = block, sizes, power
        ctx.save_for_backward(total, *leaves)
        return _bound(total, sum(sizes), power)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *outputs: Tensor) -> Any:
        total, *leaves = ctx.saved_tensors
        gradients: list[Tensor | None] = [None] * len(leaves)
        again = None
        for index, size in enumerate(ctx.sizes):
            with torch.enable_grad():
                log_weights = _made(ctx.block, index, size)
            weights = _weights(log_weights.detach().double(), total, sum(ctx.sizes), ctx.power)
            weights = torch.where(torch.isneginf(total)[..., None], 0.0, weights)  # every weight is zero, and stays so
            again = weights.sum(-1) if again is None else again + weights.sum(-1)
            if log_weights.requires_grad:
                seed = (outputs[0][..., None] * weights).to(log_weights.dtype)
                for i, part in enumerate(torch.autograd.grad(log_weights, leaves, seed, allow_unused=True)):
                    before = gradients[i]
                    gradients[i] = part if before is None or part is None else before + part
        # The normalised weights of the second pass sum to one only if it made the same samples as the first.
        assert again is not None
        if bool((((again - 1).abs() > 1e-3) & torch.isfinite(total)).any()):
            raise ValueError(
                "block must return the same log-weights at every call: the normalised weights of the second pass sum "
                f"to {again.flatten()[(again - 1).abs().argmax()].item():.6g}, not to 1"
            )
        return None, None, None, *gradients


def _made(block: LogWeightBlocks, index: int, size: int) -> Tensor:
    log_weights = block(index, size)
    if log_weights.ndim == 0 or log_weights.shape[-1] != size:
        raise ValueError(f"block({index}, {size}) must return shape (..., {size}), got {tuple(log_weights.shape)}")
    return log_weights


def _total(block: LogWeightBlocks, sizes: Sequence[int], power: float) -> Tensor:
    """log Σ w^power, or Σ log w where power is zero."""
    # A running logarithm would round away each block's small share; a sum of multiples of e^shift does not.
    running, largest, shift = torch.zeros(()).double(), torch.tensor(-math.inf).double(), torch.zeros(()).double()
    for index, size in enumerate(sizes):
        log_weights = _made(block, index, size).double()
        if power == 0:
            running = running + log_weights.sum(-1)
            continue
        tempered = power * log_weights
        before, largest = largest, torch.maximum(largest, tempered.amax(-1))
        shift = torch.where(torch.isfinite(largest), largest, 0.0)
        running = running * torch.exp(before - shift) + torch.exp(tempered - shift[..., None]).sum(-1)
    return running if power == 0 else shift + torch.log(running)


def _bound(total: Tensor, num_samples: int, power: float) -> Tensor:
    return total / num_samples if power == 0 else (total - math.log(num_samples)) / power


def _weights(log_weights: Tensor, total: Tensor, num_samples: int, power: float) -> Tensor:
    """The share of each sample in the gradient; they sum to one over all blocks."""
    if power == 0:
        return torch.full_like(log_weights, 1 / num_samples)
    return torch.exp(power * log_weights - total[..., None])
