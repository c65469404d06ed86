"""The worst relative error of KL(P ‖ Q), pair by pair and regime by regime, against ball arithmetic: docs/accuracy.md.

On the same inputs: this library on numpy and on torch, torch.distributions, scipy.special where it has the quantity,
and TensorFlow Probability (on jax) and NumPyro where they are installed, in versions that go with the same jax.
Run: python -m benchmarks.accuracy [--samples N] [--seed S] [--write] [--pair NAME]
"""

from __future__ import annotations

import argparse
import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import scipy.special
import torch
from flint import arb

from divergences import families
from divergences.kl import kl
from tests.divergences.regimes import NARROW, Row, regimes
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
        case "Categorical", "Categorical":
            return scipy.special.rel_entr(p["probs"], q["probs"]).sum(axis=-1)
    return None


def numpyro(first: str, second: str, rows: list[Row]) -> np.ndarray | None:
    return on_jax("numpyro.distributions", first, second, rows)


def tensorflow_probability(first: str, second: str, rows: list[Row]) -> np.ndarray | None:
    module = "tensorflow_probability.substrates.jax.distributions"
    renamed = {"Pareto": {"alpha": "concentration"}, "InverseGamma": {"rate": "scale"}}
    return on_jax(module, first, second, rows, renamed, {"HalfCauchy": {"loc": 0.0}})


def on_jax(
    module: str,
    first: str,
    second: str,
    rows: list[Row],
    renamed: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    fixed: Mapping[str, Mapping[str, float]] = MappingProxyType({}),
) -> np.ndarray | None:
    """What a library with a registry of divergences says; None where it has no such family or pair, or is not there."""
    if find_spec("jax") is None or find_spec(module.partition(".")[0]) is None:
        return None
    import jax

    jax.config.update("jax_enable_x64", True)
    distributions = import_module(module)
    laws = []
    for side, name in enumerate((first, second)):
        family = getattr(distributions, name, None)
        if family is None:
            return None
        names = renamed.get(name, {})
        values = {names.get(key, key): jax.numpy.asarray(value) for key, value in columns(rows, side).items()}
        laws.append(family(**values, **fixed.get(name, {})))
    try:
        return np.asarray(distributions.kl_divergence(*laws))
    except NotImplementedError:
        return None


METHODS: dict[str, Method] = {
    "divergences (numpy)": ours,
    "divergences (torch)": ours_torch,
    "torch.distributions": torch_distributions,
    "TFP": tensorflow_probability,
    "NumPyro": numpyro,
    "scipy.special": scipy_special,
}
#: The columns that the promise is about, the last being float32.
OURS = (0, 1, -1)


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


def worst(values: np.ndarray, exact: list[arb], dtype: Any = np.float64) -> float:
    return max(error(float(value), t, dtype) for value, t in zip(values, exact, strict=True))


def measured(first: str, second: str, samples: int, seed: int) -> Iterator[tuple[str, list[float | None]]]:
    """For each regime the worst error of each method, and last that of float32 on inputs of its own."""
    wide = regimes(np.random.default_rng(seed), first, second, samples)
    narrow = regimes(np.random.default_rng(seed), first, second, samples, reach=NARROW, dtype=np.float32)
    for regime, rows in wide.items():
        exact = [truth(first, second, *row) for row in rows]
        values = [method(first, second, rows) for method in METHODS.values()]
        cells = [None if found is None else worst(found, exact) for found in values]
        single = [truth(first, second, *row) for row in narrow[regime]]
        yield regime, [*cells, worst(ours_float32(first, second, narrow[regime]), single, np.float32)]


# --- the page --------------------------------------------------------------------------------------------------------

HEADER = """# Accuracy

<!-- Made by `python -m benchmarks.accuracy --write`; edit that file instead. -->

The worst relative error of KL(P ‖ Q) over {samples} random pairs of laws in each regime, in units of eps
(2.2e-16; 1.2e-7 for float32), against ball arithmetic at the exact values of the floats: the textbook's formula in
as many bits as it takes to leave 80 after cancellation. All float64 columns are given the same inputs. `inf` is a NaN,
a nonzero value where the truth is zero, or an infinity where the truth is representable; a dash means that the library
has no such function. This library promises {promised}; its worst here is **{largest}**.

Versions: {versions}.

| regime | parameters |
| --- | --- |
| moderate | scales and shapes e^N(0, 1), locations of the order of the scale, chances from 1e-3 to 1 − 1e-3 |
| extreme | scales 1e±150 (float32: 1e±15), shapes 1e-6 to 1e12, chances 1e-270 (1e-20) to 1 − 1e-15 (1 − 1e-6) |
| 1e-8 apart; 1e-7 to 1/10 apart | of one law, every parameter changed by a random relative amount of that size |
| one ulp apart | every parameter changed by one unit in the last place, or not at all |
| offset 1e12 | locations near 1e12 that differ by the order of the scale |
| nearly normal | gamma laws of shapes 1e2 to 1e12 and the normal law of their moments, changed by 1e-16 to 1/10 |

What is left out, and why:

* Results below the smallest normal number have an absolute error of {promised} eps of it, or of its product with a
  count; parameters below it have fewer digits themselves.
* Locations whose difference overflows, and intermediate results that do although the exact value, within a factor of a
  few, does not: the largest scales here are 1e150.
* Binomial laws of unequal numbers of trials, and pairs without a closed form: their error is relative to their terms or
  certified by `kl_report`; they come from no form that could promise more.
* Gumbel and Weibull laws with a ratio r of scales (shapes) above 300 (50 in float32) and a representable mean
  e^−δ Γ(1 + r) above e: its error is an eps of log Γ(1 + r), as the logarithms of its two factors cancel.
* A Bernoulli, geometric or negative binomial law given by a probability against one given by a logit: their
  difference is exact in neither, so that nearly equal laws lose digits.
* float16 and bfloat16, which are computed in float32 and rounded once.
"""


def show(error: float | None) -> str:
    if error is None:
        return "–"
    return "inf" if math.isinf(error) else f"{error:.1f}" if error < 100 else f"{error:.0e}"


def version_of(package: str) -> str:
    try:
        return f"{package} {version(package).partition('+')[0]}"
    except PackageNotFoundError:
        return f"{package} not installed"


def page(samples: int, seed: int) -> str:
    tables, largest = [], 0.0
    for first, second in sorted(FORMULAS):
        lines = [f"\n## {first} ‖ {second}\n", "| regime | " + " | ".join([*METHODS, "divergences (float32)"]) + " |"]
        lines.append("| --- |" + " ---: |" * (len(METHODS) + 1))
        for regime, cells in measured(first, second, samples, seed):
            lines.append(f"| {regime} | " + " | ".join(map(show, cells)) + " |")
            largest = max(largest, *(cells[k] or 0.0 for k in OURS))
        tables.append("\n".join(lines))
        print(tables[-1], flush=True)
    header = HEADER.format(
        samples=samples,
        promised=PROMISED,
        largest=show(largest),
        versions=", ".join(map(version_of, ("torch", "numpy", "scipy", "tensorflow-probability", "numpyro", "jax"))),
    )
    return header + "\n".join(tables) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=100, help="pairs of laws a regime")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pair", help="only this pair, as Gamma,Gamma")
    parser.add_argument("--write", action="store_true", help="write docs/accuracy.md")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.pair:
        for regime, cells in measured(*options.pair.split(","), options.samples, options.seed):
            print(f"{regime:<32}", *(f"{show(cell):>8}" for cell in cells))
        return
    text = page(options.samples, options.seed)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
