"""The importance-weighted bound of a batch, streamed in blocks and vectorised over all samples: time, memory, gradient.

    python -m benchmarks.iwae [--batch 256] [--samples 5000] [--dimension 50] [--runs 3] [--threads 1]

A linear-Gaussian decoder and a diagonal guide per data point. Each contender runs in a process of its own, so that the
high-water mark of memory is its own; medians over runs. Both draw the same noise, which is a good part of the time.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import time
from typing import Any

import torch

from estimators import NoiseStream, iwae_bound
from estimators.streaming import streaming_bound

BLOCK = 10


class Problem:
    """x | z ~ N(W z, I), z ~ N(0, I), q(z | x_b) = N(m_b, s_b²)."""

    def __init__(self, batch: int, dimension: int) -> None:
        generator = torch.Generator().manual_seed(0)
        self.loading = torch.randn(dimension, dimension, generator=generator) / dimension**0.5
        self.x = torch.randn(batch, dimension, generator=generator)
        self.mean = (0.3 * torch.randn(batch, dimension, generator=generator)).requires_grad_()
        self.log_std = torch.full((batch, dimension), -0.5).requires_grad_()

    def log_weights(self, noise: torch.Tensor) -> torch.Tensor:
        """Shape (batch, size) from standard normal noise of shape (size, batch, dimension)."""
        z = self.mean + self.log_std.exp() * noise
        log_joint = -(z**2).sum(-1) / 2 - ((self.x - z @ self.loading.mT) ** 2).sum(-1) / 2
        return (log_joint + (noise**2).sum(-1) / 2 + self.log_std.sum(-1)).mT

    def noise(self, block: int, size: int) -> torch.Tensor:
        generator = torch.Generator().manual_seed(NoiseStream(block).seed)
        return torch.randn((size, *self.x.shape), generator=generator)


def streamed(problem: Problem, samples: int, gradient: bool) -> torch.Tensor:
    parameters = [problem.mean, problem.log_std] if gradient else []
    bound = streaming_bound(
        lambda block, size: problem.log_weights(problem.noise(block, size)),
        samples,
        parameters=parameters,
        block_size=BLOCK,
    ).sum()
    if gradient:
        bound.backward()
    return bound


def vectorised(problem: Problem, samples: int, gradient: bool) -> torch.Tensor:
    with torch.set_grad_enabled(gradient):
        noise = torch.cat([problem.noise(block, BLOCK) for block in range(samples // BLOCK)])
        bound = iwae_bound(problem.log_weights(noise).double()).sum()
    if gradient:
        bound.backward()
    return bound


CONTENDERS = {"streamed": streamed, "vectorised": vectorised}


def contender(name: str, gradient: bool, options: argparse.Namespace, queue: Any) -> None:
    torch.set_num_threads(options.threads)
    problem = Problem(options.batch, options.dimension)
    CONTENDERS[name](Problem(2, options.dimension), 2 * BLOCK, gradient)  # loads what is loaded at first use
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = []
    value = 0.0
    for _ in range(options.runs):
        problem.mean.grad = problem.log_std.grad = None
        start = time.perf_counter()
        value = float(CONTENDERS[name](problem, options.samples, gradient).detach())
        times.append(time.perf_counter() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    norm = float(problem.mean.grad.norm()) if gradient and problem.mean.grad is not None else 0.0
    queue.put((statistics.median(times), memory / 1024, value, norm))


def measured(name: str, gradient: bool, options: argparse.Namespace) -> tuple[float, float, float, float]:
    context = multiprocessing.get_context("spawn")
    queue = context.SimpleQueue()
    process = context.Process(target=contender, args=(name, gradient, options, queue))
    process.start()
    result = queue.get()
    process.join()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--samples", type=int, default=5000)
    parser.add_argument("--dimension", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    print(
        f"batch {options.batch}, K = {options.samples}, D = {options.dimension}, float32, blocks of {BLOCK} samples, "
        f"{options.threads} thread(s)"
    )
    print(f"{'':24}{'seconds':>10}{'extra MiB':>12}{'bound':>16}{'gradient norm':>16}")
    for gradient in (False, True):
        rows = {name: measured(name, gradient, options) for name in CONTENDERS}
        for name, (seconds, memory, value, norm) in rows.items():
            label = f"{name}, {'gradient' if gradient else 'value'}"
            print(f"{label:24}{seconds:10.3f}{memory:12.1f}{value:16.6f}{norm:16.6f}")
        ours, theirs = rows["streamed"], rows["vectorised"]
        print(f"{'ratio':24}{theirs[0] / ours[0]:10.2f}{theirs[1] / max(ours[1], 0.1):12.1f}")


if __name__ == "__main__":
    main()
