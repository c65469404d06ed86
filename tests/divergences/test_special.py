"""The primitives, held to certified values, and their tables, derived again in exact arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import special
from divergences.special import primitives
from tests.divergences import certified
from tests.divergences.chebyshev import economised
from tests.divergences.strategies import tiny


def exact_log1pmx(x: arb) -> arb:
    return (1 + x).log() - x


def exact_expm1mx(x: arb) -> arb:
    return x.exp() - 1 - x


# function, certified value, domain, bound in eps, naive formula
PRIMITIVES = {
    "log1pmx": (special.log1pmx, exact_log1pmx, (-1.0, 1e3), 6, lambda x: np.log1p(x) - x),
    "expm1mx": (special.expm1mx, exact_expm1mx, (-700.0, 700.0), 6, lambda x: np.expm1(x) - x),
    "phi": (special.phi, certified.phi, (0.0, 1e3), 6, lambda t: t - 1 - np.log(t)),
}


@pytest.mark.parametrize("name", PRIMITIVES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_primitives_are_accurate(name: str, dtype: Any, data: st.DataObject) -> None:
    function, exact, (low, high), bound, _ = PRIMITIVES[name]
    centre = 1.0 if name == "phi" else 0.0
    near = st.floats(-2.2, 2.2).map(lambda x: centre + x)
    values = data.draw(st.lists(st.one_of(near, tiny().map(lambda d: centre + d), st.floats(low, high)), min_size=1))
    points = np.array(values, dtype=dtype)
    points = points[(points > low) & (points < (80 if dtype == np.float32 else high))]
    if points.size:
        assert certified.worst_error(function, exact, points, dtype=dtype) <= bound


@pytest.mark.parametrize("name", PRIMITIVES)
def test_the_bounds_fail_the_naive_formulas(name: str) -> None:
    _, exact, _, bound, naive = PRIMITIVES[name]
    point = 1.0 + 2.0**-20 if name == "phi" else 1e-6
    assert certified.worst_error(naive, exact, [point]) > 1e3 * bound


def test_limits_at_the_ends_of_the_domains() -> None:
    with np.errstate(divide="ignore"):
        assert special.log1pmx(-1.0) == -math.inf
        assert special.phi(0.0) == math.inf
    assert special.expm1mx(np.inf) == special.expm1mx(-np.inf) == math.inf
    assert all(np.isnan(f(np.nan)) for f in (special.log1pmx, special.expm1mx, special.phi))
    assert special.log1pmx(0.0) == special.expm1mx(0.0) == special.phi(1.0) == 0


@pytest.mark.parametrize("bits", [64, 32])
@pytest.mark.parametrize(
    ("table", "taylor", "low", "high", "share"),
    [
        # The share of the series in the result of the primitive that it belongs to, at most.
        (primitives._ARTANH, lambda k: Fraction(1, 2 * k + 3), Fraction(0), Fraction(1, 9), 0.1),
        (primitives._ARTANH_SHORT, lambda k: Fraction(1, 2 * k + 3), Fraction(0), Fraction(1, 25), 0.02),
        (primitives._EXP, lambda k: Fraction(2, math.factorial(k + 2)), Fraction(-1), Fraction(1), 1.0),
    ],
)
def test_the_tables_are_economised_taylor_series(
    bits: int, table: dict[int, tuple[float, ...]], taylor: Callable[[int], Fraction], low: Any, high: Any, share: float
) -> None:
    coefficients, dropped = economised([taylor(k) for k in range(40)], low, high, len(table[bits]) - 1)
    assert table[bits] == tuple(float(c) for c in coefficients)
    assert share * dropped < np.finfo(f"float{bits}").eps / 4


@settings(deadline=None, max_examples=80)
@given(st.floats(-323, 308), st.floats(-323, 308))
def test_log_ratio_survives_quotients_that_over_or_underflow(first: float, second: float) -> None:
    a, b = 10.0**first, 10.0**second
    if a > 0 and b > 0:
        xp, _ = primitives.namespace_of(a)
        with np.errstate(over="ignore"):
            value = special.log_ratio(np.asarray(a), np.asarray(b), xp=xp)
        with certified.balls():
            exact = (arb(a) / arb(b)).log()
            assert abs(arb(float(value)) - exact) <= 2.0**-52 * (2 + 4 * abs(exact))


def test_times_exp_survives_exponentials_that_over_or_underflow() -> None:
    xp, _ = primitives.namespace_of(0.0)
    cases = [(1e-300, 1000.0), (1e300, -1000.0), (5e-324, 1400.0), (0.0, 1e6), (3.0, -1e6), (-2.0, 1e-3), (1e-320, 1e5)]
    with certified.balls(), np.errstate(over="ignore", under="ignore"):
        for x, exponent in cases:
            value = float(special.times_exp(np.asarray(x), np.asarray(exponent), xp=xp))
            exact = arb(x) * arb(exponent).exp()
            if x and exact > 1e308:
                assert np.square(value) == math.inf
            else:
                assert certified.error_in_eps(value, exact) <= 4, (x, exponent)


@pytest.mark.parametrize(
    ("function", "derivative", "second"),
    [
        (special.log1pmx, lambda x: -x / (1 + x), lambda x: -1 / (1 + x) ** 2),
        (special.expm1mx, torch.expm1, torch.exp),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_derivatives_are_exact_to_second_order(function: Any, derivative: Any, second: Any, dtype: Any) -> None:
    x = torch.cat(
        [torch.linspace(-0.9, 3, 79, dtype=dtype), torch.tensor([0.0, 1e-8, -1e-8, -0.5, 1.0, -1.0 / 3], dtype=dtype)]
    )
    x.requires_grad_()
    (first,) = torch.autograd.grad(function(x).sum(), x, create_graph=True)
    (curvature,) = torch.autograd.grad(first.sum(), x)
    eps = torch.finfo(dtype).eps
    torch.testing.assert_close(first, derivative(x), rtol=64 * eps, atol=0)
    torch.testing.assert_close(curvature, second(x), rtol=256 * eps, atol=0)
    assert first[-6] == 0
