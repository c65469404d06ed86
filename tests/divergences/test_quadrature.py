"""The certified route: enclosures that hold, bounds on growth that bound, planted errors that are seen."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import families as f
from divergences import symbols
from divergences.balls import Balls, Reals, Tails, precision
from divergences.enclosure import exact
from divergences.families.law import Law
from divergences.kl import kl_report
from divergences.lowering import lower, lower_exp
from divergences.quadrature import certified_kl
from divergences.summation import _LOG_MASSES, _RATIOS, _SCORES
from divergences.tails import EnclosureError, Tail, decay, identity
from tests.divergences.families.examples import PARAMETERS, laws

RATIONAL = st.fractions(-4, 4, max_denominator=64).map(lambda x: fmpq(x.numerator, x.denominator))
POSITIVE = st.fractions("1/16", 4, max_denominator=64).map(lambda x: fmpq(x.numerator, x.denominator))


def on_mpmath(p: Law, q: Law, low: Any, high: Any, breaks: tuple[float, ...] = ()) -> float:
    """∫ p log(p/q) by mpmath's quadrature of textbook densities, which knows nothing of this library's formulas."""
    with mpmath.workdps(25):

        def integrand(x: Any) -> Any:
            log_p, log_q = TEXTBOOK[type(p)](x, *_numbers(p)), TEXTBOOK[type(q)](x, *_numbers(q))
            return mpmath.exp(log_p) * (log_p - log_q)

        return float(mpmath.quad(integrand, [low, *breaks, high]))


def _numbers(law: Law) -> list[Any]:
    return [mpmath.mpf(float(value)) for value in law.parameters().values()]


TEXTBOOK = {
    f.Gumbel: lambda x, m, b: -(x - m) / b - mpmath.exp(-(x - m) / b) - mpmath.log(b),
    f.Logistic: lambda x, m, s: -(x - m) / s - mpmath.log(s) - 2 * mpmath.log(1 + mpmath.exp(-(x - m) / s)),
    f.Normal: lambda x, m, s: -(((x - m) / s) ** 2) / 2 - mpmath.log(s * mpmath.sqrt(2 * mpmath.pi)),
    f.Laplace: lambda x, m, b: -abs(x - m) / b - mpmath.log(2 * b),
    f.StudentT: lambda x, n, m, s: (
        mpmath.loggamma((n + 1) / 2)
        - mpmath.loggamma(n / 2)
        - mpmath.log(mpmath.pi * n) / 2
        - mpmath.log(s)
        - (n + 1) / 2 * mpmath.log(1 + ((x - m) / s) ** 2 / n)
    ),
    f.Weibull: lambda x, s, k: mpmath.log(k / s) + (k - 1) * mpmath.log(x / s) - (x / s) ** k,
    f.InverseGaussian: lambda x, m, c: mpmath.log(c / (2 * mpmath.pi * x**3)) / 2 - c * (x - m) ** 2 / (2 * m**2 * x),
    f.LogNormal: lambda x, m, s: -(((mpmath.log(x) - m) / s) ** 2) / 2 - mpmath.log(x * s * mpmath.sqrt(2 * mpmath.pi)),
    f.Kumaraswamy: lambda x, a, b: mpmath.log(a * b) + (a - 1) * mpmath.log(x) + (b - 1) * mpmath.log(1 - x**a),
    f.Beta: lambda x, a, b: (a - 1) * mpmath.log(x) + (b - 1) * mpmath.log(1 - x) - mpmath.log(mpmath.beta(a, b)),
}
#: Beyond these ends there is less than 1e-18 of each of the laws below.
LINE, HALF, UNIT = (-60, 60), (0, 400), (0, 1)


@pytest.mark.parametrize(
    ("p", "q", "ends", "breaks"),
    [
        (f.Gumbel(0.5, 1.25), f.Logistic(0.25, 0.75), LINE, (0.0,)),
        (f.Normal(0.5, 1.25), f.StudentT(3.0, 0.25, 0.75), LINE, (0.0,)),
        (f.Logistic(0.5, 1.25), f.Laplace(0.25, 0.75), LINE, (0.25,)),
        (f.Laplace(0.5, 1.25), f.Logistic(0.25, 0.75), LINE, (0.5,)),
        (f.InverseGaussian(1.25, 2.5), f.Weibull(0.75, 1.75), HALF, (1.0, 4.0)),
        (f.Weibull(0.75, 1.75), f.InverseGaussian(1.25, 2.5), HALF, (1.0, 4.0)),
        (f.LogNormal(0.25, 0.5), f.Laplace(0.5, 1.25), HALF, (0.5, 2.0, 8.0)),
        (f.Kumaraswamy(2.5, 1.75), f.Beta(1.5, 2.25), UNIT, (0.5,)),
        (f.Beta(1.5, 2.25), f.Kumaraswamy(2.5, 1.75), UNIT, (0.5,)),
    ],
    ids=lambda x: type(x).__name__ if isinstance(x, Law) else None,
)
def test_enclosures_hold_the_integrals_of_textbook_densities(
    p: Law, q: Law, ends: tuple[Any, Any], breaks: tuple[float, ...]
) -> None:
    ball = certified_kl(p, q)
    expected = on_mpmath(p, q, *ends, breaks)
    assert abs(float(ball.mid()) - expected) < 1e-9 * (1 + expected)
    assert float(ball.rad()) < 2.0**-50 * expected


def test_a_ball_is_as_narrow_as_a_float_near_equality() -> None:
    p, q = f.Logistic(0.5, 1.25), f.Logistic(0.5 + 2.0**-30, 1.25)
    ball = certified_kl(p, q)
    # The Fisher information of a logistic location is 1/(3 s²).
    assert float(ball.mid()) == pytest.approx(2.0**-60 / (6 * 1.25**2), rel=1e-8)
    assert float(ball.rad()) < 2.0**-50 * float(ball.mid())


@settings(max_examples=30, deadline=None)
@given(scale=POSITIVE, rate=POSITIVE, center=RATIONAL)
def test_decay_bounds_what_falls_like_an_exponential_of_an_exponential(scale: Any, rate: Any, center: Any) -> None:
    start = fmpq(3)
    y = identity(start)
    tail = Tails(start).exp(rate * y + center)  # e^(c + r y), known by its logarithm
    bound = tail.exp_decay(-scale)
    for point in (3, 4, 7, 20):
        true = (-arb(scale) * (arb(rate) * point + arb(center)).exp()).exp()
        for factor, power, exponent in bound.bound:
            line = sum((c * arb(point) ** i for i, c in enumerate(exponent)), arb(0))
            assert not true > factor * arb(point) ** power * line.exp()


@settings(max_examples=30, deadline=None)
@given(a=POSITIVE, b=POSITIVE, c=RATIONAL)
def test_decay_bounds_sums_of_powers_and_exponentials(a: Any, b: Any, c: Any) -> None:
    start = fmpq(3)
    y = identity(start)
    grown = Tails(start).exp(y)
    tail = a * grown + b * y * y + c + decay(start)
    bound = tail.exp_decay(fmpq(-1, 3))
    for point in (3, 4, 7, 20):
        x = arb(point)
        true = (-(a * x.exp() + b * x * x + c + (-x).exp()) / 3).exp()
        (one,) = bound.bound
        line = sum((k * x**i for i, k in enumerate(one.exponent)), arb(0))
        assert not true > one.factor * line.exp()


def test_decay_refuses_what_does_not_fall() -> None:
    start = fmpq(2)
    y = identity(start)
    with pytest.raises(EnclosureError, match="without a bound"):
        y.exp_decay(fmpq(1))
    with pytest.raises(EnclosureError, match="does not certainly grow"):
        (-Tails(start).exp(y)).exp_decay(fmpq(-1))
    with pytest.raises(EnclosureError, match="does not certainly grow"):
        Tail(start, bound=y.bound).exp_decay(fmpq(-1))


@settings(max_examples=30, deadline=None)
@given(slope=RATIONAL, offset=RATIONAL)
def test_absolute_values_and_softplus_of_lines_are_bounded(slope: Any, offset: Any) -> None:
    start = fmpq(4)
    line = slope * identity(start) + offset
    for made, true in (
        (line.absolute(), lambda x: abs(x)),
        (line.softplus(), lambda x: (1 + x.exp()).log()),
        (Tails(start).exp(line).softplus(), lambda x: (1 + x.exp().exp()).log()),
    ):
        for point in (4, 5, 9):
            value = true(arb(slope) * point + arb(offset))
            total = arb(0)
            for factor, power, exponent in made.bound:
                growth = sum((c * arb(point) ** i for i, c in enumerate(exponent)), arb(0)).exp()
                total += factor * arb(point) ** power * growth
            assert not value > total * (1 + arb(2) ** -40)


@settings(max_examples=40, deadline=None)
@given(real=st.floats(-40, 40), imag=st.floats(-3, 3))
def test_softplus_of_complex_balls_is_the_analytic_continuation(real: float, imag: float) -> None:
    from flint import acb

    z = acb(arb(real), arb(imag))
    for analytic in (False, True):
        value = Balls(analytic).softplus(z)
        if value.is_finite():
            assert (value.exp() - 1 - z.exp()).contains(0)
            assert abs(value.imag) < 4  # on the sheet of the real axis, where |Im log(1 + e^z)| ≤ |Im z|


def test_powers_of_balls_around_zero_hold_the_powers() -> None:
    ns = Reals()
    for low, high in ((-1.0, 2.0), (-2.0, 1.0), (0.0, 1.0), (-1e-30, 1e-30)):
        ball = arb(low).union(arb(high))
        for n in (1, 2, 3, 4, 5):
            value = ns.power(ball, fmpq(n))
            for x in np.linspace(low, high, 9):
                assert value.contains(arb(float(x)) ** n)


X = sympy.Symbol("x", positive=True)
A = sympy.Symbol("a", positive=True)


@pytest.mark.parametrize(
    "expr",
    [
        sympy.log(1 + sympy.exp(-X / A)),
        sympy.log(1 - X**A),
        sympy.exp(-A * X) * sympy.sinh(X) / sympy.cosh(X),
        sympy.log(X / A) ** 2 + sympy.sqrt(X),
        sympy.loggamma(X + A) - sympy.gamma(X + 1),
        sympy.polygamma(0, X + A),
        sympy.Abs(X - A) * sympy.sign(X - A) + sympy.cos(X) * sympy.sin(X),
    ],
)
def test_lowering_keeps_the_value(expr: sympy.Expr) -> None:
    function = lower(expr, X, {A: fmpq(3, 4)})
    for x in (fmpq(1, 8), fmpq(1, 3), fmpq(7, 8)):
        value = arb(function(x, Reals()))
        truth = float(expr.subs({A: sympy.Rational(3, 4), X: sympy.Rational(int(x.p), int(x.q))}).evalf(25))
        assert abs(float(value.mid()) - truth) < 1e-13 * (1 + abs(truth))
        assert float(value.rad()) < 1e-12
    with precision(64):
        exponential = arb(lower_exp(-X * A, X, {A: fmpq(3, 4)})(fmpq(1, 3), Reals()))
        assert exponential.overlaps((-arb(fmpq(1, 4))).exp())


def test_what_has_no_enclosure_says_so() -> None:
    with pytest.raises(EnclosureError, match="no enclosure of zeta"):
        lower(sympy.zeta(X), X, {})
    with pytest.raises(EnclosureError, match="variable power"):
        lower(X**X, X, {})


COUNTED = [i for i, (family, _) in enumerate(PARAMETERS) if family in _RATIOS]


@pytest.mark.parametrize("index", COUNTED)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_bounds_on_the_masses_of_counts_hold(index: int, data: st.DataObject) -> None:
    law = data.draw(laws(index))
    kind, numbers = type(law), {name: float(value) for name, value in law.parameters().items()}
    k = np.arange(1.0, 200.0)
    log_mass = np.asarray(law.log_density(k))
    constant, slope = (float(x.mid()) for x in _LOG_MASSES[kind](law))
    assert np.all(-log_mass <= (constant + slope * k + k * k) * (1 + 1e-12))
    for n in (1, 5, 50):
        assert np.all(np.exp(np.diff(log_mass))[n - 1 :] <= float(_RATIOS[kind](law, n).mid()) * (1 + 1e-12))
    for name, bound in _SCORES[kind].items():
        if name not in numbers:
            continue
        step = 1e-6 * max(abs(numbers[name]), 0.1)
        moved = [
            np.asarray(law.over({**law.parameters(), name: np.float64(numbers[name] + side)}).log_density(k))
            for side in (-step, step)
        ]
        a, b = (float(x.mid()) for x in bound(law))
        assert np.all(np.abs(moved[1] - moved[0]) / (2 * step) <= (a + b * k) * (1 + 1e-5) + 1e-6)


def test_every_law_of_all_whole_numbers_has_its_bounds() -> None:
    import array_api_compat.numpy as xp

    endless = {family for family, _ in PARAMETERS if family.discrete and family not in (f.Bernoulli, f.Binomial)}
    assert endless == set(_RATIOS) == set(_LOG_MASSES) == set(_SCORES)
    assert all(math.isinf(float(law._support(xp).high)) for law in (f.Poisson(1.0), f.Geometric(0.5)))


def test_an_unbounded_tail_is_refused_and_not_cut() -> None:
    # E|x| is infinite under a Cauchy law: no precision gives a ball, and none is made up.
    with pytest.raises(EnclosureError):
        certified_kl(f.Cauchy(0.0, 1.0), f.Laplace(0.0, 1.0))


def test_traces_are_the_families_own_code() -> None:
    x, m, s = sympy.Symbol("x", real=True), sympy.Symbol("m", real=True), sympy.Symbol("s", positive=True)
    on_symbols = f.Logistic(m, s)._log_density(x, symbols)
    at = {x: sympy.Rational(1, 3), m: sympy.Rational(1, 2), s: sympy.Rational(5, 4)}
    assert float(on_symbols.subs(at)) == pytest.approx(float(f.Logistic(0.5, 1.25).log_density(1 / 3)), rel=1e-14)
    assert exact(0.5) == fmpq(1, 2)


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (f.Logistic(0.3, 2.0), f.Logistic(0.3, 2.0)),
        (f.StudentT(3.0, 0.0, 1.0), f.StudentT(3.0, 0.0, 1.0)),
        (f.Kumaraswamy(2.0, 3.0), f.Kumaraswamy(2.0, 3.0)),
        (f.Binomial(1, 0.3), f.Bernoulli(0.3)),
    ],
    ids=lambda law: type(law).__name__,
)
def test_equal_laws_have_exactly_no_divergence(p: Law, q: Law) -> None:
    report = kl_report(p, q)
    assert report.value == 0
    assert report.error_bound < 1e-90


def test_a_kink_outside_the_support_is_none() -> None:
    # Under an exponential law |x + 2| is x + 2, so that KL = E[−x] + log 2 + E[x] + 2.
    report = kl_report(f.Exponential(1.0), f.Laplace(-2.0, 1.0))
    assert abs(report.value - (2 + np.log(2))) <= report.error_bound + np.finfo(float).eps * 3


def test_parameters_beyond_the_rules_reach_are_named() -> None:
    with pytest.raises(ValueError, match=r"no certified value of Gumbel ‖ Logistic at p\.loc = 1e"):
        kl_report(f.Gumbel(1e200, 1.0), f.Logistic(0.0, 1.0))
