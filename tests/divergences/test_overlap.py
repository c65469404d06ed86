"""Total variation, Hellinger and Jensen–Shannon between families: closed forms, textbook densities, sums, bounds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from flint import acb, arb
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import families as f
from divergences import overlap_balls, total_variation_gaussian
from divergences.balls import Balls, precision
from divergences.families.law import Law
from divergences.overlap import jensen_shannon_certified, squared_hellinger_certified, total_variation_certified
from divergences.renyi import squared_hellinger
from divergences.total_variation import Certified
from tests.divergences.test_mixtures import NORMALS, density
from tests.divergences.test_quadrature import HALF, LINE, UNIT

#: What is integrated, from two textbook densities.
INTEGRANDS: dict[Callable[..., Certified], Callable[[Any, Any], Any]] = {
    total_variation_certified: lambda a, b: abs(a - b) / 2,
    squared_hellinger_certified: lambda a, b: (mpmath.sqrt(a) - mpmath.sqrt(b)) ** 2 / 2,
    jensen_shannon_certified: lambda a, b: sum(c * mpmath.log(2 * c / (a + b)) / 2 for c in (a, b) if c),
}


@pytest.mark.parametrize("distance", INTEGRANDS, ids=lambda function: function.__name__)
@pytest.mark.parametrize(
    ("p", "q", "ends"),
    [
        (f.Normal(0.0, 1.0), f.Logistic(0.5, 0.75), LINE),
        (f.LogNormal(0.0, 0.5), f.Weibull(1.5, 2.0), HALF),
        (f.Beta(2.5, 1.5), f.Kumaraswamy(1.25, 2.0), UNIT),
        (f.Normal(0.0, 1.0), NORMALS, LINE),
    ],
    ids=lambda x: type(x).__name__ if isinstance(x, Law) else None,
)
def test_values_are_the_integrals_of_textbook_densities(
    distance: Callable[..., Certified], p: Law, q: Law, ends: tuple[float, float]
) -> None:
    found = distance(p, q)
    pieces = [ends[0], *(x for x in np.linspace(-6, 8, 57) if ends[0] < x < ends[1]), ends[1]]
    with mpmath.workdps(15):
        truth = float(mpmath.quad(lambda x: INTEGRANDS[distance](density(p, x), density(q, x)), pieces, maxdegree=4))
    assert 0 < found.error_bound < 2.0**-50
    # The crossings of the densities are kinks that mpmath's rule meets inside its pieces.
    assert abs(found.value - truth) < (1e-3 if distance is total_variation_certified else 1e-6)


@settings(max_examples=4, deadline=None)
@given(loc=st.floats(-3, 3), scale=st.floats(0.3, 3))
def test_normal_laws_agree_with_their_closed_forms_to_the_bound(loc: float, scale: float) -> None:
    p, q = f.Normal(0.0, 1.0), f.Normal(loc, scale)
    tv, other = total_variation_certified(p, q), total_variation_gaussian(0.0, 1.0, loc, scale)
    assert abs(tv.value - other.value) <= tv.error_bound + other.error_bound
    hellinger = squared_hellinger_certified(p, q)
    assert abs(hellinger.value - float(squared_hellinger(p, q))) <= hellinger.error_bound + 2.0**-46 * hellinger.value


@settings(max_examples=20, deadline=None)
@given(rate=st.floats(0.1, 6), probs=st.floats(0.2, 0.9))
def test_laws_of_counts_are_sums(rate: float, probs: float) -> None:
    p, q = f.Poisson(rate), f.Geometric(probs)
    k = np.arange(300.0)
    a, b = (np.exp(np.asarray(law.log_density(k))) for law in (p, q))
    assert total_variation_certified(p, q).value == pytest.approx(np.sum(np.abs(a - b)) / 2, abs=1e-12)
    assert squared_hellinger_certified(p, q).value == pytest.approx(
        np.sum((np.sqrt(a) - np.sqrt(b)) ** 2) / 2, abs=1e-12
    )
    middle = (a + b) / 2
    parts = (np.sum(c[c > 0] * np.log(c[c > 0] / middle[c > 0])) / 2 for c in (a, b))
    assert jensen_shannon_certified(p, q).value == pytest.approx(sum(parts), abs=1e-12)


def test_by_hand() -> None:
    # The laws of rates 1 and 2 cross at log 2.
    assert total_variation_certified(f.Exponential(1.0), f.Exponential(2.0)).value == 0.25
    unit, late = f.Uniform(0.0, 1.0), f.Uniform(0.5, 1.5)
    assert squared_hellinger_certified(unit, late).value == 0.5
    assert jensen_shannon_certified(unit, late).value == pytest.approx(math.log(2) / 2, rel=1e-15)
    assert squared_hellinger_certified(f.Exponential(1.0), f.Pareto(1.0, 1.0)).value > 0.3


@pytest.mark.parametrize("distance", INTEGRANDS, ids=lambda function: function.__name__)
def test_zero_at_equality_the_most_apart_and_symmetric(distance: Callable[..., Certified]) -> None:
    most = math.log(2) if distance is jensen_shannon_certified else 1.0
    assert distance(f.Gamma(2.0, 1.0), f.Gamma(2.0, 1.0)).value == 0.0
    for p, q in ((f.Uniform(0.0, 1.0), f.Uniform(2.0, 3.0)), (f.Normal(0.0, 1.0), f.Poisson(1.0))):
        assert distance(p, q).value == pytest.approx(most, rel=1e-15)
    p, q = f.Exponential(1.0), f.Beta(2.0, 3.0)
    there, back = distance(p, q), distance(q, p)
    assert abs(there.value - back.value) <= there.error_bound + back.error_bound


def test_shapes_and_what_is_refused() -> None:
    found = total_variation_certified(
        f.Normal([[0.0], [1.0]], 1.0), f.Normal([0.0, 1.0, math.nan], 1.0), validate=False
    )
    assert found.value.shape == found.error_bound.shape == (2, 3)
    assert found.value[0, 0] == 0
    assert np.isnan(found.value[0, 2])
    with pytest.raises(ValueError, match="law of one variable"):
        total_variation_certified(f.Dirichlet([1.0, 1.0]), f.Dirichlet([1.0, 1.0]))
    with pytest.raises(TypeError, match="p must be a law"):
        jensen_shannon_certified(1.0, f.Normal(0.0, 1.0))


def test_the_integrand_is_analytic_only_where_the_sign_is_certain() -> None:
    function, most = overlap_balls.FORMS["total_variation"][0], arb(1) / 2
    around = acb(arb(0).union(arb(-0.5)), arb(0, 0.1))
    with precision(64):
        assert not overlap_balls.clipped(around, Balls(True), function, most).is_finite()
        assert overlap_balls.clipped(acb(arb(1, 0.5)), Balls(True), function, most) == 0
        held = overlap_balls.clipped(acb(arb(-1).union(arb(1))), Balls(False), function, most).real
        for s in np.linspace(-1, 1, 9):
            assert held.contains(max((1 - (arb(s)).exp()) / 2, arb(0), key=lambda x: float(x.mid())).mid())


def test_a_planted_error_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = (lambda s: (1 - (s / 2).exp()) / 2, lambda: arb(1) / 2)
    monkeypatch.setitem(overlap_balls.FORMS, "total_variation", wrong)
    assert abs(total_variation_certified(f.Normal(0.0, 1.0), f.Normal(1.0, 1.0)).value - math.erf(0.125**0.5)) > 0.1
