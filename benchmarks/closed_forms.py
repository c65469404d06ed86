"""The Gaussian closed forms beside torch.distributions and plain NumPy: time, extra memory and ratios, in one run.

Each is timed in a process of its own, under glibc's default allocator and under one that keeps its pages
(MALLOC_MMAP_MAX_=0, no trimming), and counts at its better setting; CPU time, so that other work on the machine
matters less, best of some repetitions. Extra memory is how far the resident set rises above the arguments.
Run: python -m benchmarks.closed_forms [--size N] [--repeat N]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

ALLOCATORS = ({}, {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**34), "MALLOC_TOP_PAD_": str(2**28)})
KINDS = ("random", "nearly equal")
CASES = ("numpy expression", "torch.distributions", "ours, numpy", "ours, torch", "ours, torch compiled")
FULL = ("torch.distributions", "ours, numpy", "ours, torch")


def univariate(kind: str, size: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    mean, std = rng.normal(size=size), np.exp(rng.normal(size=size))
    if kind == "random":
        return [mean, std, rng.normal(size=size), np.exp(rng.normal(size=size))]
    return [mean, std, mean + 1e-6 * std, std * (1 + 1e-6)]


def multivariate(batch: int, d: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    roots = rng.normal(size=(2, batch, d, d))
    covs = roots @ np.swapaxes(roots, -1, -2) + d * np.eye(d)
    covs = (covs + np.swapaxes(covs, -1, -2)) / 2
    means = rng.normal(size=(2, batch, d))
    return [means[0], covs[0], means[1], covs[1]]


def expression(mean_q: Any, std_q: Any, mean_p: Any, std_p: Any) -> Any:
    return np.log(std_p / std_q) + (std_q * std_q + (mean_q - mean_p) ** 2) / (2 * std_p * std_p) - 0.5


def work(case: str, arrays: list[np.ndarray]) -> Callable[[], object]:
    """What is timed, as a function of nothing."""
    if case == "numpy expression":
        return lambda: expression(*arrays)
    from divergences import kl_gaussian, kl_gaussian_full

    ours = kl_gaussian if arrays[1].ndim == 1 else kl_gaussian_full
    if case == "ours, numpy":
        return lambda: ours(*arrays)
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    a, b, c, d = map(torch.from_numpy, arrays)
    if case == "ours, torch":
        return lambda: ours(a, b, c, d)
    if case == "ours, torch compiled":
        compiled = torch.compile(lambda *tensors: ours(*tensors, validate=False), dynamic=True)
        compiled(*(tensor[:1000] for tensor in (a, b, c, d)))
        return lambda: compiled(a, b, c, d)
    law = torch.distributions.Normal if arrays[1].ndim == 1 else torch.distributions.MultivariateNormal
    kl = torch.distributions.kl_divergence
    return lambda: kl(law(a, b, validate_args=False), law(c, d, validate_args=False))


def resident(field: str) -> int:
    """VmRSS or VmHWM of this process, in KiB."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field))


def measure(case: str, kind: str, size: int, repeat: int) -> None:
    """Prints seconds and MiB of one case as JSON."""
    arrays = multivariate(size, 16) if kind == "full covariance" else univariate(kind, size)
    run = work(case, arrays)
    with open("/proc/self/clear_refs", "w", encoding="ascii") as peak:
        peak.write("5")
    before = resident("VmRSS")
    run()
    extra = (resident("VmHWM") - before) / 1024
    best = float("inf")
    for _ in range(repeat):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    print(json.dumps([best, extra]))


def child(case: str, kind: str, size: int, repeat: int) -> tuple[float, float]:
    """The better of both allocators: seconds, and the extra MiB under the default one."""
    found = []
    for allocator in ALLOCATORS:
        command = [sys.executable, "-m", "benchmarks.closed_forms", "--case", case, "--kind", kind]
        command += ["--size", str(size), "--repeat", str(repeat)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", **allocator}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        found.append(json.loads(done.stdout.splitlines()[-1]))
    return min(seconds for seconds, _ in found), found[0][1]


def table(title: str, kind: str, cases: tuple[str, ...], size: int, repeat: int) -> None:
    results = {case: child(case, kind, size, repeat) for case in cases}
    seconds, memory = results["torch.distributions"]
    print(f"{title}\n{'':24}{'time':>10}{'extra memory':>16}{'faster':>10}{'of its memory':>16}")
    for case, (one, extra) in results.items():
        print(f"{case:24}{1e3 * one:7.1f} ms{extra:12.0f} MiB{seconds / one:9.2f}x{extra / memory:15.2f}x")
    if "numpy expression" in results:
        ratio = results["numpy expression"][0] / results["ours, numpy"][0]
        print(f"NumPy in blocks is {ratio:.2f} times as fast as the plain expression\n")


def scalar() -> float:
    """Seconds of one call on numbers."""
    from divergences import kl_gaussian

    best = float("inf")
    for _ in range(50):
        start = time.process_time()
        for _ in range(200):
            kl_gaussian(0.5, 1.0, 0.0, 2.0)
        best = min(best, (time.process_time() - start) / 200)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=10**7, help="how many pairs of univariate laws")
    parser.add_argument("--batch", type=int, default=10**4, help="how many pairs of 16-dimensional ones")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--case", help=argparse.SUPPRESS)
    parser.add_argument("--kind", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        measure(options.case, options.kind, options.size, options.repeat)
        return
    for kind in KINDS:
        title = f"kl_gaussian, {options.size:.0e} float64, {kind}; one thread"
        table(title, kind, CASES, options.size, options.repeat)
    table(f"kl_gaussian_full, {options.batch} times d = 16", "full covariance", FULL, options.batch, options.repeat)
    print(f"\na call of kl_gaussian on numbers: {1e6 * scalar():.1f} µs")


if __name__ == "__main__":
    main()
