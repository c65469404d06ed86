"""Every entry of the moment tables, against certified quadrature of its definition."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences.balls import precision
from divergences.enclosure import evaluate, exact, integrate
from proofs.outcome import Unsupported
from proofs.provers import moments

M, A, B, LOW = (sp.Symbol(name, real=True) for name in ("m", "a", "b", "low"))
S, W = (sp.Symbol(name, positive=True) for name in ("s", "w"))
MEANS = st.fractions(min_value=-3, max_value=3, max_denominator=10)
STDS = st.fractions(min_value=Fraction(1, 20), max_value=2, max_denominator=20)
SETTINGS = settings(max_examples=12)


def agrees(expr: sp.Expr, point: dict[sp.Symbol, Fraction], integrand: Any, low: Any, high: Any, **where: Any) -> bool:
    with precision(140):
        quadrature = integrate(integrand, low, high, bits=80, **where)
    assert quadrature.rad() < 1e-15 * (1 + abs(quadrature).upper())
    return bool(evaluate(expr, point, bits=70).overlaps(quadrature))


def tilted(n: int, a: Any, b: Any, m: Any, s: Any) -> Any:
    def integrand(x: Any, ns: Any) -> Any:
        u = (x - m) / s
        weight = ns.exp(a * ns.power(x, fmpq(2)) + b * x - ns.power(u, fmpq(2)) / 2)
        return ns.power(x, fmpq(n)) * weight / (s * (2 * exact(1) * _pi()).sqrt())

    return integrand


def _pi() -> Any:
    from flint import arb

    return arb.pi()


@SETTINGS
@given(st.integers(0, 6), MEANS, STDS)
def test_normal_powers(n: int, m: Fraction, s: Fraction) -> None:
    entry = moments.NORMAL["power"](n, M, S)
    where = {"center": exact(m), "scale": exact(s)}
    integrand = tilted(n, exact(0), exact(0), exact(m), exact(s))
    assert agrees(entry, {M: m, S: s}, integrand, None, None, **where)
    assert not agrees(entry + sp.Rational(1, 10**9), {M: m, S: s}, integrand, None, None, **where)


@SETTINGS
@given(st.integers(0, 3), st.fractions(min_value=0, max_value=3, max_denominator=5), MEANS, MEANS, STDS)
def test_normal_tilted(n: int, a: Fraction, b: Fraction, m: Fraction, s: Fraction) -> None:
    entry = moments.NORMAL["tilted"](n, -W, B, M, S).subs(W, sp.Rational(a.numerator, a.denominator))
    integrand = tilted(n, exact(-a), exact(b), exact(m), exact(s))
    assert agrees(entry, {B: b, M: m, S: s}, integrand, None, None, center=exact(m), scale=exact(s))


@SETTINGS
@given(st.integers(0, 3), STDS, MEANS)
def test_gaussian_integrals(n: int, a: Fraction, b: Fraction) -> None:
    def integrand(x: Any, ns: Any) -> Any:
        return ns.power(x, fmpq(n)) * ns.exp(exact(b) * x - exact(a) * ns.power(x, fmpq(2)))

    assert agrees(moments.gaussian_integral(n, -W, B), {W: a, B: b}, integrand, None, None, center=exact(b / (2 * a)))


@SETTINGS
@given(st.integers(0, 5), MEANS, STDS, st.sampled_from((Fraction(-1), Fraction(1, 3), Fraction(2))))
def test_uniform(n: int, low: Fraction, width: Fraction, rate: Fraction) -> None:
    def power(x: Any, ns: Any) -> Any:
        return ns.power(x, fmpq(n)) / exact(width)

    def exponential(x: Any, ns: Any) -> Any:
        return ns.exp(exact(rate) * x) / exact(width)

    high, point = low + width, {LOW: low, W: width}
    assert agrees(moments.UNIFORM["power"](n, LOW, LOW + W), point, power, exact(low), exact(high))
    entry = moments.UNIFORM["exponential"](sp.Rational(rate.numerator, rate.denominator), LOW, LOW + W)
    assert agrees(entry, point, exponential, exact(low), exact(high))


@SETTINGS
@given(st.integers(0, 3), st.one_of(st.just(Fraction(0)), STDS), STDS)
def test_uniform_logarithms(n: int, low: Fraction, width: Fraction) -> None:
    def integrand(x: Any, ns: Any) -> Any:
        return ns.power(x, fmpq(n)) * ns.log(x) / exact(width)

    start = sp.Integer(0) if low == 0 else S
    entry = moments.UNIFORM["log"](n, start, start + W)
    assert agrees(entry, {S: low, W: width} if low else {W: width}, integrand, exact(low), exact(low + width))


def test_entries_refuse_what_they_do_not_cover() -> None:
    refused = (
        lambda: moments.normal_tilted(0, A, B, M, S),
        lambda: moments.normal_tilted(0, W, B, M, S),
        lambda: moments.gaussian_integral(0, A, B),
        lambda: moments.uniform_exponential(A, LOW, LOW + W),
        lambda: moments.uniform_log(0, LOW, LOW + W),
        lambda: moments.uniform_log(0, sp.Symbol("c", nonnegative=True), W),
    )
    for entry in refused:
        with pytest.raises(Unsupported):
            entry()
