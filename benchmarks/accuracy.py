"""The worst relative error of KL(P ‖ Q), pair by pair and regime by regime, against ball arithmetic: docs/accuracy.md.

On the same inputs: this library on numpy and on torch, torch.distributions, and scipy.special where it has the
quantity. Run: python -m benchmarks.accuracy [--samples N] [--seed S] [--write] [--pair NAME]
"""

from __future__ import annotations

import argparse
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.special
import torch
from flint import arb

from divergences import families
from divergences.kl import kl
from tests.divergences.regimes import Row, regimes
from tests.divergences.textbook import FORMULAS, truth

Method = Callable[[str, str, list[Row]], "np.ndarray | None"]

PAGE = Path(__file__).parent.parent / "docs" / "accuracy.md"
PROMISED = 64

# --- methods ---------------------------------------------------------------------------------------------------------


def columns(rows: list[Row], side: int) -> dict[str, np.ndarray]:
    return {name: np.array([row[side][name] for row in rows]) for name in rows[0][side]}


def ours(first: str, second: str, rows: list[Row]) -> np.ndarray:
    p, q = (getattr(families, name)(**columns(rows, side)) for side, name in enumerate((first, second)))
    return np.asarray(kl(p, q))


def ours_torch(first: str, second: str, rows: list[Row]) -> np.ndarray:
    p, q = (
        getattr(families, name)(**{k: torch.from_numpy(v) for k, v in columns(rows, side).items()})
        for side, name in enumerate((first, second))
    )
    return kl(p, q).numpy()


def ours_float32(first: str, second: str, rows: list[Row]) -> np.ndarray:
    p, q = (
        getattr(families, name)(**{k: v.astype(np.float32) for k, v in columns(rows, side).items()})
        for side, name in enumerate((first, second))
    )
    return np.asarray(kl(p, q))


def torch_distributions(first: str, second: str, rows: list[Row]) -> np.ndarray | None:
    laws = []
    for side, name in enumerate((first, second)):
        family = getattr(torch.distributions, name, None)
        if family is None:
            return None
        values = {key: torch.from_numpy(value) for key, value in columns(rows, side).items()}
        laws.append(family(**values, validate_args=False))
    try:
        return torch.distributions.kl_divergence(*laws).numpy()
    except NotImplementedError:
        return None


def scipy_special(first: str, second: str, rows: list[Row]) -> np.ndarray | None:
    p, q = columns(rows, 0), columns(rows, 1)
    match first, second:
        case "Poisson", "Poisson":
            return scipy.special.kl_div(p["rate"], q["rate"])
        case "Bernoulli", "Bernoulli":
            a, b = p["probs"], q["probs"]
            return scipy.special.kl_div(a, b) + scipy.special.kl_div(1 - a, 1 - b)
    return None


METHODS: dict[str, Method] = {
    "divergences (numpy)": ours,
    "divergences (torch)": ours_torch,
    "torch.distributions": torch_distributions,
    "scipy.special": scipy_special,
}


def error(value: float, exact: arb, dtype: Any = np.float64) -> float:
    """The relative error in eps; inf for a NaN, or for an infinity that the exact value does not call for."""
    limits = np.finfo(dtype)
    if exact > float(limits.max):
        return 0.0 if value == math.inf else math.inf
    if not math.isfinite(value):
        return math.inf
    if exact == 0:
        return 0.0 if value == 0 else math.inf
    scale = max(float(abs(exact)), float(limits.smallest_normal))
    return float((abs(arb(value) - exact) / scale).upper()) / float(limits.eps)


def worst(values: np.ndarray, exact: list[arb]) -> tuple[float, int]:
    errors = [error(float(value), t) for value, t in zip(values, exact, strict=True)]
    index = int(np.argmax(errors))
    return errors[index], index


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=100, help="pairs of laws a regime")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pair", help="only this pair, as Gamma,Gamma")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    for first, second in FORMULAS:
        if options.pair and options.pair != f"{first},{second}":
            continue
        if not (hasattr(families, first) and hasattr(families, second)) or first == "Dirichlet":
            continue
        rng = np.random.default_rng(options.seed)
        for regime, rows in regimes(rng, first, second, options.samples).items():
            exact = [truth(first, second, p, q) for p, q in rows]
            cells = []
            for name, method in METHODS.items():
                values = method(first, second, rows)
                if values is None:
                    cells.append("-")
                    continue
                e, i = worst(values, exact)
                cells.append(f"{e:.3g}")
                if e > PROMISED and name.startswith("div"):
                    cells[-1] += f" {rows[i]} got {values[i]} want {exact[i].str(17)}"
            print(f"{first:>16} {second:<16} {regime:<24}", *cells, sep=" | ", flush=True)


if __name__ == "__main__":
    main()
