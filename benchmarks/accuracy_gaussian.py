"""Worst relative error of the Gaussian KL in units of eps, regime by regime, against ball arithmetic.

Compares `divergences.kl_gaussian` on numpy and torch with torch.distributions and with the textbook expression.
Run: python -m benchmarks.accuracy_gaussian [--samples N] [--seed S]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import torch
from flint import arb, ctx

from divergences import kl_gaussian

Row = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
Method = Callable[[Row], np.ndarray]
PROMISED = 16


def regimes(rng: np.random.Generator, n: int) -> dict[str, Row]:
    """Arguments (mean_q, std_q, mean_p, std_p) of n pairs of Gaussians for each regime."""
    mean, std = rng.normal(size=n), np.exp(rng.normal(size=n))
    sign = rng.choice([-1.0, 1.0], size=n)
    wide, other = 10 ** rng.uniform(-150, 150, size=(2, n))
    return {
        "moderate": (mean, std, rng.normal(size=n), np.exp(rng.normal(size=n))),
        "ratios in [1/3, 3]": (mean, std, mean, std * np.exp(rng.uniform(-np.log(3), np.log(3), n))),
        "means 1e-8 apart": (mean, std, mean + 1e-8 * sign, std),
        "ratios 1 ± 1e-8": (mean, std, mean, std * (1 + 1e-8 * sign)),
        "both 1e-8 apart": (mean, std, mean + 1e-8 * rng.normal(size=n), std * (1 + 1e-8 * rng.normal(size=n))),
        "one ulp apart": (mean, np.nextafter(std, np.inf * sign), mean, std),
        "offset 1e12": (1e12 + mean, std, 1e12 + rng.normal(size=n), std * (1 + 1e-8 * sign)),
        "scales 1e±150": (mean * wide, wide, rng.normal(size=n) * wide, other),
        "scales 1e±150, near": (mean * 1e-8 * wide, wide, np.zeros(n), wide * (1 + 1e-8 * sign)),
    }


def ours(row: Row) -> np.ndarray:
    return kl_gaussian(*row)


def ours_torch(row: Row) -> np.ndarray:
    return kl_gaussian(*map(torch.from_numpy, row)).numpy()


def torch_distributions(row: Row) -> np.ndarray:
    mean_q, std_q, mean_p, std_p = map(torch.from_numpy, row)
    q, p = torch.distributions.Normal(mean_q, std_q), torch.distributions.Normal(mean_p, std_p)
    return torch.distributions.kl_divergence(q, p).numpy()


def textbook(row: Row) -> np.ndarray:
    mean_q, std_q, mean_p, std_p = row
    with np.errstate(all="ignore"):
        return np.log(std_p / std_q) + (std_q**2 + (mean_q - mean_p) ** 2) / (2 * std_p**2) - 0.5


METHODS: dict[str, Method] = {
    "divergences (numpy)": ours,
    "divergences (torch)": ours_torch,
    "torch.distributions": torch_distributions,
    "textbook (numpy)": textbook,
}


def certified(mean_q: float, std_q: float, mean_p: float, std_p: float) -> arb:
    """The textbook value in 2,500 bits, at the exact values of the floats."""
    t = (arb(std_q) / arb(std_p)) ** 2
    return (((arb(mean_q) - arb(mean_p)) / arb(std_p)) ** 2 + t - 1 - t.log()) / 2


def worst(values: np.ndarray, exact: list[arb]) -> float:
    """The largest relative error in eps; inf for a NaN, or an infinity that the exact value does not call for."""
    limits, largest = np.finfo(np.float64), 0.0
    for value, truth in zip(map(float, values), exact, strict=True):
        if truth > float(limits.max):
            error = 0.0 if value == np.inf else np.inf
        elif not np.isfinite(value):
            error = np.inf
        else:
            scale = max(float(truth), float(limits.smallest_normal))
            error = float((abs(arb(value) - truth) / scale).upper()) / limits.eps
        largest = max(largest, error)
    return largest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=2000, help="pairs of Gaussians a regime")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    ctx.prec = 2500
    print(f"worst relative error in eps over {options.samples} pairs (promised: {PROMISED})\n")
    print(f"{'regime':<22}" + "".join(f"{name:>22}" for name in METHODS))
    for regime, row in regimes(np.random.default_rng(options.seed), options.samples).items():
        exact = [certified(*map(float, entries)) for entries in zip(*row, strict=True)]
        errors = {name: worst(method(row), exact) for name, method in METHODS.items()}
        print(f"{regime:<22}" + "".join(f"{error:>22.3g}" for error in errors.values()))


if __name__ == "__main__":
    main()
