"""Log-gamma, its derivatives and Bregman divergences, held to ball arithmetic, and their tables, derived again."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import array_api_compat.numpy as xp
import numpy as np
import pytest
import sympy
import torch
from flint import acb, arb
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import special
from divergences.special import gamma
from tests.divergences import certified
from tests.divergences.chebyshev import economised
from tests.divergences.strategies import tiny

Exact = Callable[..., arb]


def polygamma(order: int) -> Exact:
    return lambda a: acb(a).polygamma(order).real


def binet(a: arb) -> arb:
    return a.lgamma() - ((a - arb(1) / 2) * a.log() - a + (2 * arb.pi()).log() / 2)


def binet_slope(a: arb) -> arb:
    return a.digamma() - a.log() + 1 / (2 * a)


def bregman_binet(q: arb, p: arb) -> arb:
    return binet(q) - binet(p) - (q - p) * binet_slope(p)


def bregman_lgamma(q: arb, p: arb) -> arb:
    return q.lgamma() - p.lgamma() - (q - p) * p.digamma()


# function, certified value, bound in eps, naive formula, a point at which that fails
FUNCTIONS: dict[str, tuple[Callable[..., Any], Exact, float, Any, float]] = {
    "binet": (
        special.binet,
        binet,
        16,
        lambda a: torch.lgamma(a) - ((a - 0.5) * a.log() - a + math.log(2 * math.pi) / 2),
        100.0,
    ),
    "binet_slope": (special.binet_slope, binet_slope, 16, lambda a: torch.digamma(a) - a.log() + 0.5 / a, 1e4),
    "lgamma": (special.lgamma, lambda a: a.lgamma(), 8, lambda a: (a - 0.5) * a.log() - a + 0.9189385332046727, 1e2),
    "digamma": (special.digamma, lambda a: a.digamma(), 8, lambda a: a.log() - 0.5 / a, 1e2),
    "trigamma": (special.trigamma, polygamma(1), 4, lambda a: torch.polygamma(1, a), 30.0),
}
POSITIVE = st.one_of(
    st.floats(-300, 300).map(lambda e: 10.0**e),
    st.floats(-3, 1.5).map(lambda e: 10.0**e),
    st.integers(1, 3).flatmap(lambda n: tiny().map(lambda d: n + d)),
    tiny().map(lambda d: 1.4616321449683622 + d),
    st.sampled_from([0.5, 1.0, 1.5, 2.0, 2.5, 3.5, 10.0, 9.999999999999998]),
)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_values_are_accurate(name: str, dtype: Any, data: st.DataObject) -> None:
    function, exact, bound, _, _ = FUNCTIONS[name]
    points = np.array(data.draw(st.lists(POSITIVE, min_size=1, max_size=8)))
    low, high = (1e-300, 1e300) if dtype is np.float64 else (1e-36, 1e30)
    points = points[(points > low) & (points < high)].astype(dtype)
    if points.size:
        with np.errstate(over="ignore", under="ignore"):
            assert certified.worst_error(function, exact, points, dtype=dtype) <= bound


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_bounds_fail_the_usual_formulas(name: str) -> None:
    _, exact, bound, naive, point = FUNCTIONS[name]
    value = naive(torch.tensor(point, dtype=torch.float64))
    with certified.balls():
        assert certified.error_in_eps(value, exact(arb(point))) > 10 * bound


@st.composite
def pairs(draw: st.DrawFn) -> tuple[float, float]:
    p = draw(st.one_of(st.floats(-100, 100), st.floats(-4, 3)).map(lambda e: 10.0**e))
    ratio = draw(
        st.one_of(
            tiny().map(lambda d: 1 + d),
            st.floats(-1, 1).map(lambda e: 10.0**e),
            st.floats(-30, 30).map(lambda e: 10.0**e),
            st.sampled_from([0.5, 2.0, 1 + 2.0**-52, 0.4999999, 2.0000001]),
        )
    )
    return p * ratio, p


BREGMAN: dict[str, tuple[Any, Exact, float]] = {
    "bregman_binet": (special.bregman_binet, bregman_binet, 32),
    "bregman_lgamma": (special.bregman_lgamma, bregman_lgamma, 8),
}


@pytest.mark.parametrize("name", BREGMAN)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@settings(deadline=None, max_examples=60)
@given(pair=pairs())
def test_bregman_divergences_are_accurate(name: str, dtype: Any, pair: tuple[float, float]) -> None:
    function, exact, bound = BREGMAN[name]
    if dtype is np.float64 or all(1e-12 < a < 1e12 for a in pair):
        error = certified.worst_error(lambda q, p: function(q, p, xp=xp), exact, [pair[0]], [pair[1]], dtype=dtype)
        assert error <= bound


@pytest.mark.parametrize("name", BREGMAN)
def test_bregman_divergences_vanish_at_equality_only(name: str) -> None:
    a = 10.0 ** np.linspace(-100, 100, 401)
    function = BREGMAN[name][0]
    assert np.all(function(a, a, xp=xp) == 0)
    assert np.all(function(np.nextafter(a, 0), a, xp=xp) > 0)


@settings(deadline=None, max_examples=40)
@given(pairs())
def test_gradients_of_bregman_divergences_are_differences_of_slopes(pair: tuple[float, float]) -> None:
    q, p = (torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in pair)
    import array_api_compat.torch as namespace

    gradients = torch.autograd.grad(special.bregman_lgamma(q, p, xp=namespace), (q, p))
    with certified.balls():
        b, a = (arb(value) for value in pair)
        exact = b.digamma() - a.digamma(), -(b - a) * polygamma(1)(a)
        if all(abs(value) < 1e300 for value in exact):
            assert all(certified.error_in_eps(g, e) <= 32 for g, e in zip(gradients, exact, strict=True))


@pytest.mark.parametrize(
    ("function", "first", "second"),
    [
        (special.binet, binet_slope, lambda a: polygamma(1)(a) - 1 / a - 1 / (2 * a * a)),
        (special.lgamma, lambda a: a.digamma(), polygamma(1)),
        (special.digamma, polygamma(1), polygamma(2)),
        (special.trigamma, polygamma(2), polygamma(3)),
    ],
)
def test_derivatives_are_right_to_second_order(function: Any, first: Exact, second: Exact) -> None:
    points = torch.cat([torch.logspace(-20, 20, 41, dtype=torch.float64), torch.linspace(0.3, 12, 40).double()])
    points.requires_grad_()
    (slope,) = torch.autograd.grad(function(points).sum(), points, create_graph=True)
    (bend,) = torch.autograd.grad(slope.sum(), points)
    with certified.balls():
        for a, one, two in zip(points.tolist(), slope.tolist(), bend.tolist(), strict=True):
            x = arb(a)
            # The slope of log Γ has a zero, and terms of up to 1 there.
            assert certified.error_in_eps_of(one, first(x), abs(first(x)) + 1 * (abs(x - arb(1.46)) < 1.1)) <= 32
            assert certified.error_in_eps(two, second(x)) <= 64


def test_limits_and_missing_numbers() -> None:
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        for function in (special.lgamma, special.trigamma, special.binet):
            assert function(0.0) == math.inf
        assert all(np.isnan(FUNCTIONS[name][0](np.nan)) for name in FUNCTIONS)
    assert special.lgamma(1.0) == special.lgamma(2.0) == 0


def test_symbols_see_the_definitions() -> None:
    q, p = sympy.symbols("q p", positive=True)
    namespace, _ = gamma.namespace_of(q)
    difference = special.bregman_lgamma(q, p, xp=namespace) - special.bregman_binet(q, p, xp=namespace)
    rest = q * sympy.log(q / p) - (q - p) + (q / p - 1 - sympy.log(q / p)) / 2
    assert sympy.simplify(sympy.expand_log(difference - rest)) == 0
    assert special.lgamma(q).diff(q) == special.digamma(q)
    assert special.digamma(q).diff(q) == special.trigamma(q)


def test_the_tables_are_derived_again() -> None:
    bernoulli = [Fraction(1)]
    for m in range(1, 26):
        bernoulli.append(-sum(math.comb(m + 1, k) * b for k, b in enumerate(bernoulli)) / (m + 1))
    assert gamma._STIRLING == tuple(float(bernoulli[2 * k] / (2 * k * (2 * k - 1))) for k in range(1, 13))
    for bits, table in gamma._ARTANH.items():
        series = [Fraction(1, 2 * k + 3) for k in range(60)]
        coefficients, dropped = economised(series, Fraction(0), Fraction(1, 4), len(table) - 1)
        assert table == tuple(float(c) for c in coefficients)
        assert 3 * dropped < np.finfo(f"float{bits}").eps / 16
    with certified.balls():
        for bits, (high, low) in gamma._ROOT.items():
            # ψ' is close to 1 there, so that ψ of the two parts is their error.
            assert abs((arb(high) + arb(low)).digamma()) < float(np.finfo(f"float{bits}").eps) ** 2
        assert float((-arb(1).digamma()).mid()) == gamma._EULER
