"""Rényi's divergences held to certified values: every family, orders on both sides of 1, near and far."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy
import torch
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences.families import (
    Bernoulli,
    Beta,
    Binomial,
    Cauchy,
    Exponential,
    Gamma,
    HalfNormal,
    InverseGamma,
    LogNormal,
    Normal,
    Pareto,
    Poisson,
    Rayleigh,
)
from divergences.kl import kl
from divergences.renyi import alpha_divergence, bhattacharyya, chi_squared, renyi, squared_hellinger
from tests.divergences import certified
from tests.divergences.strategies import tiny

ORDERS = st.sampled_from([0.125, 0.3, 0.5, 0.6, 0.9, 0.999, 1.001, 1.5, 2.0, 5.0])
POSITIVE = st.floats(-3, 3).map(lambda x: 10.0**x)
EPS = np.finfo(float).eps

# The logarithm of ∫ p^α q^{1−α}, from the normalisers, in ball arithmetic; None where it is infinite.


def log_integral_of_normals(p: list[arb], q: list[arb], a: arb) -> arb | None:
    (m, s), (n, r) = p, q
    mixed = (1 - a) * s * s + a * r * r
    if not mixed > 0:
        return None
    shift = a * (1 - a) * (m - n) * (m - n) / (2 * mixed)
    return -shift - mixed.log() / 2 + (1 - a) * s.log() + a * r.log()


def log_integral_of_gammas(p: list[arb], q: list[arb], a: arb) -> arb | None:
    (c, b), (d, e) = p, q
    shape, rate = a * c + (1 - a) * d, a * b + (1 - a) * e
    if not (shape > 0 and rate > 0):
        return None

    def normaliser(shape: arb, rate: arb) -> arb:
        return shape.lgamma() - shape * rate.log()

    return normaliser(shape, rate) - a * normaliser(c, b) - (1 - a) * normaliser(d, e)


def log_integral_of_betas(p: list[arb], q: list[arb], a: arb) -> arb | None:
    mixed = [a * x + (1 - a) * y for x, y in zip(p, q, strict=True)]
    if not all(x > 0 for x in mixed):
        return None

    def normaliser(x: arb, y: arb) -> arb:
        return x.lgamma() + y.lgamma() - (x + y).lgamma()

    return normaliser(*mixed) - a * normaliser(*p) - (1 - a) * normaliser(*q)


def log_integral_of_poissons(p: list[arb], q: list[arb], a: arb) -> arb | None:
    return (a * p[0].log() + (1 - a) * q[0].log()).exp() - a * p[0] - (1 - a) * q[0]


def one(value: arb) -> list[arb]:
    return [arb(1), value]


def halved(scale: arb) -> list[arb]:
    return [arb(1) / 2, 1 / (2 * scale * scale)]


def whole(scale: arb) -> list[arb]:
    return [arb(1), 1 / (2 * scale * scale)]


Integral = Callable[[list[arb], list[arb], arb], Any]

#: For each family how many parameters it has, whether the first is real, and the integral of its laws.
LAWS: dict[Any, tuple[int, bool, Integral]] = {
    Normal: (2, True, log_integral_of_normals),
    LogNormal: (2, True, log_integral_of_normals),
    HalfNormal: (1, False, lambda p, q, a: log_integral_of_gammas(halved(*p), halved(*q), a)),
    Rayleigh: (1, False, lambda p, q, a: log_integral_of_gammas(whole(*p), whole(*q), a)),
    Exponential: (1, False, lambda p, q, a: log_integral_of_gammas(one(*p), one(*q), a)),
    Gamma: (2, False, log_integral_of_gammas),
    InverseGamma: (2, False, log_integral_of_gammas),
    Beta: (2, False, log_integral_of_betas),
    Poisson: (1, False, log_integral_of_poissons),
}
TILTED = (Gamma, InverseGamma, Beta)

every = pytest.mark.parametrize("family", LAWS, ids=lambda family: family.__name__)


def certified_renyi(family: Any, p: list[float], q: list[float], order: float) -> arb | None:
    value = LAWS[family][2]([arb(x) for x in p], [arb(x) for x in q], arb(order))
    return None if value is None else value / (arb(order) - 1)


@st.composite
def pairs(draw: st.DrawFn, family: Any) -> tuple[list[float], list[float]]:
    count, real, _ = LAWS[family]
    p = [draw(st.floats(-9, 9) if real and i == 0 else POSITIVE) for i in range(count)]
    if draw(st.booleans()):
        return p, [draw(st.floats(-9, 9) if real and i == 0 else POSITIVE) for i in range(count)]
    # Natural parameters are mixed and rounded, which counts where they differ by less than the root of eps.
    smallest = 1e-6 if family in TILTED else 0.0
    return p, [x * (1 + d) if abs(d) >= smallest else x for x, d in ((x, draw(tiny())) for x in p)]


@every
@settings(deadline=None, max_examples=60)
@given(data=st.data(), order=ORDERS)
def test_values_are_accurate(family: Any, data: st.DataObject, order: float) -> None:
    p, q = data.draw(pairs(family))
    value = float(renyi(family(*p), family(*q), order))
    if p == q:
        assert value == 0
        return
    with certified.balls():
        truth = certified_renyi(family, p, q, order)
        if truth is None:
            assert value == math.inf
            return
        # α/(1−α) KL(r‖p) and KL(r‖q) cancel to one part in 2α − 1 for α > 1. Near the end of the domain the integral's
        # own parameter, αθ_p + (1−α)θ_q, is a difference: its condition number multiplies.
        mixed = [abs(order * a) + abs((1 - order) * b) for a, b in zip(p, q, strict=True)]
        left = [abs(order * a + (1 - order) * b) for a, b in zip(p, q, strict=True)]
        condition = max(m / x if x > 0 else math.inf for m, x in zip(mixed, left, strict=True)) if order > 1 else 1.0
        if family in (Normal, LogNormal, HalfNormal, Rayleigh) and order > 1:
            s, r = p[-1] ** 2, q[-1] ** 2
            condition = (order * r + (order - 1) * s) / abs(order * r - (order - 1) * s)
        assert certified.error_in_eps(value, truth) <= 128 * max(1, 2 * order - 1) * max(1.0, condition)


@every
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_it_increases_with_the_order_through_kl(family: Any, data: st.DataObject) -> None:
    p, q = data.draw(pairs(family))
    first, second = family(*p), family(*q)
    values = [float(renyi(first, second, order)) for order in (0.25, 0.75, 1, 1.25, 2)]
    assert values[2] == float(kl(first, second))
    for low, high in itertools.pairwise(values):
        assert low <= high * (1 + 1e-9)


def test_bernoulli_binomial_and_pareto() -> None:
    for order in (0.25, 0.5, 2.0, 3.0):
        p, q, a = arb(0.2), arb(0.6), arb(order)
        with certified.balls():
            exact = (p**a * q ** (1 - a) + (1 - p) ** a * (1 - q) ** (1 - a)).log() / (a - 1)
            assert certified.error_in_eps(renyi(Bernoulli(0.2), Bernoulli(0.6), order), exact) <= 16
            assert certified.error_in_eps(renyi(Binomial(5.0, 0.2), Binomial(5.0, 0.6), order), 5 * exact) <= 16
            # p's scale is the greater one: log ∫ = α log a m^a + (1−α) log b n^b − log(c) − c log m, c = αa + (1−α)b.
            m, n, s, t = arb(1.5), arb(1.0), arb(3.0), arb(2.0)
            c = a * s + (1 - a) * t
            log_integral = a * (s * s_power(s, m)).log() + (1 - a) * (t * s_power(t, n)).log() - c.log() - c * m.log()
            assert (
                certified.error_in_eps(renyi(Pareto(1.5, 3.0), Pareto(1.0, 2.0), order), log_integral / (a - 1)) <= 16
            )
    assert renyi(Pareto(1.0, 3.0), Pareto(1.5, 2.0), 2) == math.inf
    # For orders below 1 the laws need to share mass only: ∫ over x ≥ 3/2 of √(3/x⁴ · 2(3/2)²/x³).
    exact_half = -2 * math.log(math.sqrt(3 * 2 * 1.5**2) / 2.5 * 1.5**-2.5)
    assert float(renyi(Pareto(1.0, 3.0), Pareto(1.5, 2.0), 0.5)) == pytest.approx(exact_half, rel=64 * EPS)


def s_power(exponent: arb, base: arb) -> arb:
    return (exponent * base.log()).exp()


def test_what_is_made_of_it() -> None:
    p, q = Poisson(2.0), Poisson(2.0 + 1e-9)
    difference = (2.0 + 1e-9) - 2.0
    assert float(chi_squared(p, q)) == pytest.approx(difference**2 / 2, rel=1e-8)
    assert float(squared_hellinger(p, q)) == pytest.approx(difference**2 / 16, rel=1e-8)
    assert float(bhattacharyya(Normal(0.0, 1.0), Normal(2.0, 1.0))) == 0.5
    assert float(squared_hellinger(Normal(0.0, 1.0), Normal(1e9, 1.0))) == 1.0
    first, second = Exponential(2.0), Exponential(3.0)
    assert float(alpha_divergence(first, second, 2)) == pytest.approx(float(chi_squared(first, second)) / 2)
    assert float(alpha_divergence(first, second, 0.5)) == pytest.approx(4 * float(squared_hellinger(first, second)))
    assert float(alpha_divergence(first, second, 1)) == float(kl(first, second))


def test_symbols_give_the_formula() -> None:
    a, b, order = (sympy.Symbol(name, positive=True) for name in "a b t".split())
    formula = renyi(Exponential(a), Exponential(b), order)
    expected = sympy.log((order * a + (1 - order) * b) / (a**order * b ** (1 - order))) / (1 - order)
    assert abs(sympy.N((formula - expected).subs({a: 1.3, b: 0.4, order: 0.3}), 30)) < 1e-15
    assert (
        sympy.simplify(renyi(Poisson(a), Poisson(b), sympy.Rational(1, 2)) - (sympy.sqrt(a) - sympy.sqrt(b)) ** 2) == 0
    )


def test_arrays_gradients_and_batches() -> None:
    scale = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    for order in (0.3, 0.7, 2.0):
        value = renyi(Normal(0.0, scale), Normal(0.0, torch.tensor([[1.0], [3.0]], dtype=torch.float64)), order)
        assert value.shape == (2, 2)
        finite = torch.where(torch.isfinite(value), value, torch.zeros_like(value))
        (gradient,) = torch.autograd.grad(finite.sum(), scale)
        assert torch.isfinite(gradient).all()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((Normal(0.0, 1.0), Normal(0.0, 1.0), 0), ValueError, "order must be positive and finite, got 0"),
        ((Normal(0.0, 1.0), Normal(0.0, 1.0), math.inf), ValueError, "order must be positive"),
        ((Normal(0.0, -1.0), Normal(0.0, 1.0), 2), ValueError, "p.scale must be positive"),
        ((Normal(0.0, 1.0), 3.0, 2), TypeError, "q must be a law"),
        ((Cauchy(0.0, 1.0), Cauchy(0.0, 1.0), 2), NotImplementedError, "no closed form"),
        ((Normal(0.0, 1.0), HalfNormal(1.0), 2), NotImplementedError, "no closed form"),
    ],
)
def test_bad_arguments_are_named(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        renyi(*arguments)
