"""Generators, their conjugates, critics and output maps: each identity, and that a wrong formula breaks it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy
import torch
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import GENERATORS, Generator, alpha_generator
from tests.divergences import certified

ORDERS = (-1.5, -1, 0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3)
ALL = [*GENERATORS.values(), *(alpha_generator(order) for order in ORDERS)]
KINKED = ("total_variation",)
RATIOS = st.floats(-8, 8).map(math.exp)

every = pytest.mark.parametrize("generator", ALL, ids=lambda generator: generator.name)

#: Rounding of sums of a few terms, each of which is bounded by the magnitude at hand.
EPS = 16 * np.finfo(float).eps


def fenchel_young_gap(generator: Generator, u: float, t: float) -> tuple[float, float]:
    """f(u) + f*(t) − ut, which is never negative, and the size of its terms."""
    terms = float(generator.f(u)), float(generator.conjugate(t)), -u * t
    # An error in t moves f* by as much as u T*, and the conjugate's own powers condition it by the ratio of slopes.
    return sum(terms), sum(map(abs, terms)) + u + 1


@every
@settings(deadline=None, max_examples=40)
@given(u=RATIOS)
def test_the_critic_attains_the_bound(generator: Generator, u: float) -> None:
    gap, size = fenchel_young_gap(generator, u, float(generator.derivative(u)))
    assert abs(gap) <= 32 * EPS * size


@every
@settings(deadline=None, max_examples=40)
@given(u=RATIOS, v=st.floats(-6, 6))
def test_no_other_critic_does_better(generator: Generator, u: float, v: float) -> None:
    gap, size = fenchel_young_gap(generator, u, float(generator.activation(v)))
    assert gap >= -EPS * size


@every
@settings(deadline=None, max_examples=30)
@given(u=RATIOS, v=RATIOS)
def test_generators_are_convex(generator: Generator, u: float, v: float) -> None:
    f, middle = generator.f, (u + v) / 2
    assert float(f(middle)) <= (float(f(u)) + float(f(v))) / 2 + EPS * (1 + abs(float(f(u))) + abs(float(f(v))))


@every
def test_the_conjugate_of_the_conjugate_is_the_generator(generator: Generator) -> None:
    slopes = generator.derivative(np.exp(np.linspace(-6, 6, 20001)))
    for u in (0.05, 0.5, 1.0, 2.0, 30.0):
        best = np.max(u * slopes - generator.conjugate(slopes))
        # Attained at f′(u); a grid of steps h in log u misses it by at most f″ (uh)²/2, and f″(u) ≤ 2/u³ + 2.
        assert -(2 / u**3 + 2) * (u * 6e-4) ** 2 <= best - float(generator.f(u)) <= EPS * (1 + u * abs(slopes).max())


@every
def test_the_derivative_is_the_derivative(generator: Generator) -> None:
    u = torch.tensor([0.03, 0.4, 0.999, 1.5, 40.0], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(generator.f(u).sum(), u)
    np.testing.assert_allclose(slope, generator.derivative(u.detach()), rtol=64 * EPS, atol=EPS)
    t = generator.derivative(u.detach()).requires_grad_()
    (maximiser,) = torch.autograd.grad(generator.conjugate(t).sum(), t)
    if generator.name not in KINKED:
        np.testing.assert_allclose(maximiser, u.detach(), rtol=1e3 * EPS)


@every
def test_boundary_values_are_limits(generator: Generator) -> None:
    assert float(generator.f(1.0)) == pytest.approx(generator.at_one, abs=EPS)
    assert float(generator.f(0.0)) == pytest.approx(generator.at_zero)
    if generator.at_zero < math.inf:
        assert float(generator.conjugate(-1e15)) == pytest.approx(-generator.at_zero, abs=2e-4)
    end = generator.slope_at_infinity
    assert float(generator.derivative(1e18)) <= end
    if end < math.inf:
        assert float(generator.derivative(1e18)) == pytest.approx(end, abs=2e-4)
        assert math.isfinite(float(generator.conjugate(end))) == generator.attained
        assert float(generator.conjugate(end + 1e-9)) == math.inf


@every
def test_output_maps_increase_onto_the_critics(generator: Generator) -> None:
    v = np.linspace(-30, 30, 6001)
    values = generator.activation(v)
    assert (np.diff(values) >= 0).all()
    assert (np.diff(values[2500:3500]) > 0).all()
    assert np.isfinite(generator.conjugate(values[values < generator.slope_at_infinity])).all()
    # Onto all critics: from below every f′ of moderate ratios to above it.
    slopes = generator.derivative(np.array([1e-6, 1e6]))
    low, high = (values[0], values[-1]) if generator.slope_at_infinity < math.inf else (v[0], v[-1])
    ends = generator.activation(np.array([-1e13, 1e13])) if values is not v else (low, high)
    assert ends[0] <= slopes[0]
    assert ends[1] >= slopes[1]


def wrong(generator: Generator, **formulas: Callable[[Any, Any], Any]) -> Generator:
    return replace(generator, formulas=replace(generator.formulas, **formulas))


KL, PEARSON, JS = (GENERATORS[name] for name in ("kl", "pearson", "jensen_shannon"))

#: Slips of the literature and of hands: a conjugate without its shift, one over the whole line, a missing half.
PLANTED = {
    "exp(t) for the conjugate of u log u": wrong(KL, conjugate=lambda t, xp: xp.exp(t)),
    "no derivative of the product": wrong(KL, derivative=lambda u, xp: xp.log(u)),
    "a conjugate too small": wrong(PEARSON, conjugate=lambda t, xp: t + t * t / 8),
    "the conjugate of twice the divergence": wrong(JS, conjugate=lambda t, xp: -xp.log1p(-xp.expm1(t))),
    "a derivative halved twice": wrong(JS, derivative=lambda u, xp: xp.log(2 * u / (1 + u)) / 4),
}


@pytest.mark.parametrize("generator", PLANTED.values(), ids=PLANTED)
def test_planted_errors_break_the_equality(generator: Generator) -> None:
    u = 3.0
    gap, size = fenchel_young_gap(generator, u, float(generator.derivative(u)))
    assert abs(gap) > 1e6 * EPS * size


def test_the_conjugate_over_the_whole_line_is_larger_where_ratios_cannot_go() -> None:
    assert float(PEARSON.conjugate(-4.0)) == -1.0 < -4.0 + 16 / 4
    whole = wrong(PEARSON, conjugate=lambda t, xp: t + t * t / 4)
    assert max(float(u * -4.0 - PEARSON.f(u)) for u in np.linspace(0, 3, 301)) == -1.0 < float(whole.conjugate(-4.0))


def test_a_generator_is_traced_as_it_is_written() -> None:
    u, t = sympy.Symbol("u", positive=True), sympy.Symbol("t", real=True)
    assert KL.f(u) == u * sympy.log(u)
    assert KL.conjugate(t) == sympy.exp(t - 1)
    for generator in ALL:
        if generator.name not in KINKED:
            assert sympy.simplify(sympy.diff(generator.f(u), u) - generator.derivative(u)) == 0, generator
    assert sympy.simplify(alpha_generator(2).f(u) - PEARSON.f(u) / 2) == 0


def test_the_critic_of_two_densities() -> None:
    p, q = np.array([0.2, 0.6]), np.array([0.4, 0.3])
    np.testing.assert_allclose(GENERATORS["gan"].critic(p, q), np.log(p / (p + q)), rtol=EPS)
    with pytest.raises(ValueError, match="q must be non-negative"):
        KL.critic(p, -q)


def test_an_order_is_a_finite_number() -> None:
    with pytest.raises(ValueError, match="order must be finite, got nan"):
        alpha_generator(math.nan)
    assert repr(alpha_generator(0.5)) == "<generator alpha(0.5)>"


@settings(deadline=None, max_examples=60)
@given(order=st.sampled_from(ORDERS), log_ratio=st.one_of(st.floats(-12, 12), st.floats(-1e-7, 1e-7)))
def test_alpha_generators_are_accurate(order: float, log_ratio: float) -> None:
    u = math.exp(log_ratio)
    value = alpha_generator(order).f(u)
    with certified.balls():
        x, a = arb(u), arb(order)
        if order == 1:
            exact = x * x.log() - x + 1
        elif order == 0:
            exact = x - 1 - x.log()
        else:
            exact = (x**a - 1 - a * (x - 1)) / (a * (a - 1))
        if x == 1:
            exact = arb(0)
        # log u has the rounding of u − 1 where that is far from 0, which powers multiply by α log u.
        assert certified.error_in_eps(value, exact) <= 64
