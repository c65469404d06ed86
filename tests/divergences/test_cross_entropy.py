"""Cross-entropies: quadrature of textbook densities, sums over counts, and the route that is told."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest

from divergences import families as f
from divergences.cross_entropy import cross_entropy_report
from divergences.families.law import Law
from tests.divergences.test_mixtures import NORMALS, density
from tests.divergences.test_quadrature import HALF, LINE


@pytest.mark.parametrize(
    ("p", "q", "ends", "route"),
    [
        (f.Normal(0.5, 1.25), f.Normal(0.25, 0.75), LINE, "expectations"),
        (f.Normal(0.5, 1.25), f.Laplace(0.25, 0.75), LINE, "expectations"),
        (f.Weibull(1.25, 1.5), f.LogNormal(0.25, 0.75), HALF, "expectations"),
        (f.Gumbel(0.5, 1.25), f.Logistic(0.25, 0.75), LINE, "quadrature"),
        (NORMALS, f.Normal(0.0, 1.0), LINE, "quadrature"),
    ],
)
def test_values_are_the_integrals_of_textbook_densities(p: Law, q: Law, ends: tuple[Any, Any], route: str) -> None:
    report = cross_entropy_report(p, q)
    with mpmath.workdps(20):
        truth = -float(
            mpmath.quad(lambda x: density(p, x) * mpmath.log(density(q, x)), [ends[0], 0.25, 1.0, 4.0, ends[1]])
        )
    assert report.route == route
    assert float(report.value) == pytest.approx(truth, abs=1e-8)
    assert 0 < float(report.error_bound) < 1e-12


def test_counts_supports_and_shapes() -> None:
    k = np.arange(100.0)
    p, q = f.Poisson(2.0), f.Geometric(0.25)
    truth = -np.sum(np.exp(np.asarray(p.log_density(k))) * np.asarray(q.log_density(k)))
    assert float(cross_entropy_report(p, q).value) == pytest.approx(truth, rel=1e-13)
    assert float(cross_entropy_report(f.Normal(0.0, 1.0), f.Exponential(1.0)).value) == math.inf
    assert cross_entropy_report(f.Normal([[0.0], [1.0]], 1.0), f.Normal([0.0, 1.0, 2.0], 1.0)).value.shape == (2, 3)
