"""Measured error rates and sample counts of the agreement test, on light and heavy tails.

    python benchmarks/calibration_agreement.py [--runs 2000] [--seed 0]

Each row holds one law against a claim that its mean misses by a multiple of the tolerance. The rates are over
independent runs at alpha = beta = 0.01, inspected every quarter of v/eps^2 samples; the bracket is the upper end of the
exact 99 % interval. A false alarm is *disagree* at bias 0, a miss is *agree* at bias 1. The last table counts
samples at the default rates.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from scipy.stats import binomtest

from estimators import agreement
from estimators.sequential import Relation

SAMPLES_PER_UNIT = 100  # v / eps^2, so the tolerance is a tenth of the standard deviation


@dataclass(frozen=True)
class Law:
    name: str
    mean: float
    variance: float
    draw: Callable[[np.random.Generator, int], Any]


def two_points(chance: float) -> Law:
    return Law(f"Bernoulli({chance:g})", chance, chance * (1 - chance), lambda rng, size: rng.random(size) < chance)


LAWS = (
    Law("Normal", 0.0, 1.0, lambda rng, size: rng.standard_normal(size)),
    two_points(0.5),
    two_points(1e-3),
    Law(
        "LogNormal(sigma=1.5)", math.exp(1.125), math.expm1(2.25) * math.exp(2.25), lambda r, n: r.lognormal(0, 1.5, n)
    ),
    Law("Student t, 2.1 degrees", 0.0, 21.0, lambda rng, size: rng.standard_t(2.1, size)),
    Law("Pareto, index 2.1", 1 / 1.1, 2.1 / (1.1**2 * 0.1), lambda rng, size: rng.pareto(2.1, size)),
)


def measure(
    law: Law, bias: float, relation: Relation, runs: int, seed: int, **rates: Any
) -> tuple[Counter[str], float]:
    """Verdicts over the runs, and the mean number of samples in units of v/eps^2."""
    tolerance = math.sqrt(law.variance / SAMPLES_PER_UNIT)
    verdicts: Counter[str] = Counter()
    used = 0
    for run in range(runs):
        rng = np.random.default_rng([seed, run])
        outcome = agreement(
            (law.draw(rng, SAMPLES_PER_UNIT // 4) for _ in count()),
            law.mean - bias * tolerance,
            tolerance=tolerance,
            variance_bound=law.variance,
            relation=relation,
            **rates,
        )
        verdicts[outcome.verdict] += 1
        used += outcome.num_samples
    return verdicts, used / runs / SAMPLES_PER_UNIT


def rate(hits: int, runs: int) -> str:
    upper = binomtest(hits, runs).proportion_ci(0.99, method="exact").high
    return f"{hits / runs:8.4f} [{upper:.4f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000, help="independent runs a row")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    runs, seed = arguments.runs, arguments.seed

    print(f"alpha = beta = 0.01, {runs} runs a row")
    print(f"{'law':24} {'claim':6} {'bias/eps':>8} {'disagree':>17} {'agree':>17} {'undecided':>17} {'n eps^2/v':>10}")
    for law in LAWS:
        for relation, bias in (("=", 0.0), ("=", 1.0), ("=", -1.0), ("<=", 0.0), ("<=", 1.0)):
            verdicts, units = measure(law, bias, relation, runs, seed, alpha=0.01, beta=0.01)  # type: ignore[arg-type]
            cells = " ".join(rate(verdicts[verdict], runs) for verdict in ("disagree", "agree", "undecided"))
            print(f"{law.name:24} {'mean ' + relation:6} {bias:8.1f} {cells} {units:10.1f}", flush=True)

    few = max(runs // 20, 1)
    print(f"\nalpha = 1e-9, beta = 1e-6 (the defaults), {few} runs a row: mean n in units of v/eps^2")
    print(
        f"{'law':24} {'agree at bias 0':>16} {'disagree at eps':>16} {'disagree at 2 eps':>18} {'<=, 2 eps below':>16}"
    )
    for law in LAWS:
        cases: tuple[tuple[float, Relation], ...] = ((0.0, "="), (1.0, "="), (2.0, "="), (-2.0, "<="))
        counts = [measure(law, bias, relation, few, seed)[1] for bias, relation in cases]
        print(f"{law.name:24} {counts[0]:16.1f} {counts[1]:16.1f} {counts[2]:18.1f} {counts[3]:16.1f}", flush=True)


if __name__ == "__main__":
    main()
