"""Mixtures by the certified route: textbook densities, enumerated counts, what no component may hide."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import families as f
from divergences import mixtures
from divergences.balls import Reals, Tails, precision
from divergences.families.law import Law
from divergences.kl import kl, kl_report
from divergences.tails import EnclosureError, identity
from tests.divergences.test_quadrature import HALF, LINE, TEXTBOOK, UNIT


def mixture(weights: list[float], component: Law, *, logits: bool = False) -> f.Mixture:
    return f.Mixture(f.Categorical(logits=weights) if logits else f.Categorical(weights), component)


def density(law: Law, x: Any) -> Any:
    """The textbook density of a law or a mixture, on mpmath."""
    if not isinstance(law, f.Mixture):
        return mpmath.exp(TEXTBOOK[type(law)](x, *(mpmath.mpf(float(value)) for value in law.parameters().values())))
    weights = np.asarray(law.mixture_distribution.probs, dtype=float)
    total = sum(mpmath.mpf(float(weight)) for weight in weights)
    rows = zip(*(np.asarray(value) for value in law.component_distribution.parameters().values()), strict=True)
    terms = [
        mpmath.exp(TEXTBOOK[type(law.component_distribution)](x, *(mpmath.mpf(float(value)) for value in row)))
        for row in rows
    ]
    return sum(mpmath.mpf(float(w)) * term for w, term in zip(weights, terms, strict=True)) / total


NORMALS = mixture([0.25, 0.75], f.Normal([-1.0, 2.0], [1.0, 0.5]))
LAPLACES = mixture([1.0, 3.0], f.Laplace([-1.0, 2.0], [1.0, 0.5]))
LOG_NORMALS = mixture([0.5, 0.5], f.LogNormal([0.0, 0.5], [0.75, 0.5]))


@pytest.mark.parametrize(
    ("p", "q", "ends", "breaks"),
    [
        (NORMALS, f.Normal(0.0, 1.0), LINE, (-1.0, 2.0)),
        (f.Normal(0.0, 1.0), NORMALS, LINE, (-1.0, 2.0)),
        (NORMALS, mixture([0.5, 0.5], f.Logistic([0.0, 1.0], [0.5, 1.0])), LINE, (-1.0, 2.0)),
        (LAPLACES, f.Laplace(0.5, 2.0), LINE, (-1.0, 0.5, 2.0)),
        (NORMALS, LAPLACES, LINE, (-1.0, 2.0)),
        (LOG_NORMALS, f.LogNormal(0.25, 1.0), HALF, (0.5, 1.0, 2.0, 8.0)),
        (f.Beta(2.5, 1.75), NORMALS, UNIT, (0.5,)),
    ],
    ids=lambda x: type(getattr(x, "component_distribution", x)).__name__ if isinstance(x, Law) else None,
)
def test_values_are_the_integrals_of_textbook_densities(
    p: Law, q: Law, ends: tuple[Any, Any], breaks: tuple[float, ...]
) -> None:
    report = kl_report(p, q)
    with mpmath.workdps(25):
        truth = float(
            mpmath.quad(
                lambda x: (a := density(p, x)) and a * mpmath.log(a / density(q, x)), [ends[0], *breaks, ends[1]]
            )
        )
    assert report.route == "quadrature"
    assert 0 < float(report.error_bound) < 2.0**-50 * float(report.value)
    assert abs(float(report.value) - truth) < 1e-9 * (1 + truth)


def test_the_entropy_is_the_integral_of_the_textbook_density() -> None:
    for law in (NORMALS, LAPLACES):
        with mpmath.workdps(25):
            truth = -float(mpmath.quad(lambda x: (a := density(law, x)) * mpmath.log(a), [-60, -1, 2, 60]))  # noqa: B023
        assert float(law.entropy()) == pytest.approx(truth, abs=1e-9)


@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_mixtures_of_counts_are_sums_over_them(data: st.DataObject) -> None:
    rates, weights, others = (data.draw(st.lists(st.floats(0.25, 4), min_size=2, max_size=2)) for _ in range(3))
    p, q = mixture(weights, f.Poisson(rates)), mixture([0.5, 0.5], f.Poisson(others))
    k = np.arange(60.0)
    log_p, log_q = (np.array([law.log_density(n) for n in k]) for law in (p, q))
    report = kl_report(p, q)
    assert float(report.value) == pytest.approx(float(np.sum(np.exp(log_p) * (log_p - log_q))), abs=1e-11)
    assert float(p.entropy()) == pytest.approx(-float(np.sum(np.exp(log_p) * log_p)), abs=1e-12)


def test_pieces_of_uniform_laws_add_up_by_hand() -> None:
    p = mixture([0.5, 0.5], f.Uniform([0.0, 1.0], [2.0, 3.0]))  # ¼, ½, ¼ on thirds of [0, 3]
    assert float(kl(p, f.Uniform(0.0, 3.0))) == pytest.approx(math.log(3) - 1.5 * math.log(2), rel=1e-15)
    assert float(p.entropy()) == pytest.approx(1.5 * math.log(2), rel=1e-15)
    assert float(kl(f.Uniform(0.0, 3.0), p)) == pytest.approx(math.log(4 / 3) * 2 / 3 + math.log(2 / 3) / 3, rel=1e-14)


def test_infinite_where_mass_or_tails_demand_it() -> None:
    gap = mixture([0.5, 0.5], f.Uniform([0.0, 2.0], [1.0, 3.0]))
    assert float(kl(f.Uniform(0.0, 3.0), gap)) == math.inf
    assert math.isfinite(float(kl(gap, f.Uniform(0.0, 3.0))))
    assert float(kl(NORMALS, f.Exponential(1.0))) == math.inf
    assert float(kl(mixture([0.5, 0.5], f.Cauchy([0.0, 1.0], 1.0)), f.Normal(0.0, 1.0))) == math.inf
    assert float(kl(NORMALS, f.Poisson(1.0))) == math.inf
    # A component without weight hides no infinity and makes none.
    assert math.isfinite(float(kl(mixture([1.0, 0.0], f.Uniform([0.0, 2.0], [1.0, 3.0])), f.Uniform(0.0, 1.0))))


def test_equal_mixtures_and_repeated_components() -> None:
    assert float(kl(NORMALS, NORMALS)) == 0.0
    twice = mixture([0.5, 0.5], f.Normal([0.0, 0.0], [1.0, 1.0]))
    expected = float(kl(f.Normal(0.0, 1.0), f.Normal(1.0, 2.0)))
    assert float(kl(twice, f.Normal(1.0, 2.0))) == pytest.approx(expected, rel=1e-14)
    logits = mixture([math.log(0.25), math.log(0.75)], NORMALS.component_distribution, logits=True)
    assert float(logits.entropy()) == pytest.approx(float(NORMALS.entropy()), rel=1e-14)


def test_batches_broadcast() -> None:
    p = mixture([0.25, 0.75], f.Normal([[-1.0, 2.0], [0.0, 0.5]], 1.0))
    values = kl_report(p, f.Normal([[0.0], [1.0]], 1.0)).value
    assert values.shape == (2, 2)
    second = mixture([0.25, 0.75], f.Normal([0.0, 0.5], [1.0, 1.0]))
    assert values[1, 1] == float(kl(second, f.Normal(1.0, 1.0)))


def test_what_is_not_known_says_so() -> None:
    torch = pytest.importorskip("torch")
    loc = torch.tensor([0.0, 1.0], dtype=torch.float64, requires_grad=True)
    weights = torch.ones(2, dtype=torch.float64)
    with pytest.raises(ValueError, match=r"q\.component_distribution\.loc asks for a gradient"):
        kl(f.Normal(weights[0], weights[0]), f.Mixture(f.Categorical(weights), f.Normal(loc, weights)))
    assert kl(f.Normal(weights[0], weights[0]), f.Mixture(f.Categorical(weights), f.Normal(loc.detach(), weights))) > 0
    symbol = sympy.Symbol("m", real=True)
    with pytest.raises(ValueError, match="over symbols"):
        kl(f.Normal(symbol, 1), mixture([0.5, 0.5], f.Normal([0.0, 1.0], [1.0, 1.0])))


@settings(max_examples=25, deadline=None)
@given(lines=st.lists(st.tuples(st.integers(-4, 4), st.integers(-3, 3)), min_size=2, max_size=4))
def test_log_sums_on_growth_bounds_bound_log_sums_on_balls(lines: list[tuple[int, int]]) -> None:
    start = fmpq(3)
    y = identity(start)
    tail = mixtures.log_sum([fmpq(a) + fmpq(b) * y for a, b in lines], Tails(start))
    for point in (3, 5, 20):
        value = mixtures.log_sum([fmpq(a + b * point) for a, b in lines], Reals())
        truth = mpmath.log(sum(mpmath.exp(a + b * point) for a, b in lines))
        assert abs(float(value.mid()) - float(truth)) < 1e-12 * (1 + abs(float(truth)))
        most = sum(float(bound.factor) * point**bound.power for bound in tail.bound)
        assert abs(float(truth)) <= most * (1 + 1e-12)


def test_a_planted_error_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = float(kl(NORMALS, f.Normal(0.0, 1.0)))
    monkeypatch.setattr(mixtures, "log_sum", lambda terms, ns: terms[0])
    with pytest.raises((AssertionError, EnclosureError)), precision(128):
        assert float(kl(NORMALS, f.Normal(0.0, 1.0))) == pytest.approx(right, rel=1e-6)
