"""Enclosures hold the truth: quadrature, tail bounds, symbolic values; and failures are failures."""

from __future__ import annotations

import time
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Any

import pytest
import sympy
from flint import arb, ctx, fmpq
from hypothesis import example, given, settings
from hypothesis import strategies as st

from divergences import enclosure
from divergences.balls import Balls, Reals, Tails, UndefinedError, precision
from divergences.enclosure import EnclosureError, GrowthError, evaluate, exact, integrate, narrow
from divergences.tails import Tail, decay, identity
from proofs.limits import TimeLimit, within

RATIONALS = st.fractions(min_value=-5, max_value=5, max_denominator=20)
POSITIVES = st.fractions(min_value=Fraction(1, 50), max_value=20, max_denominator=50)


def gaussian(x: Any, ns: Any) -> Any:
    return ns.exp(-x * x)


def holds(ball: arb, truth: Fraction) -> bool:
    """Whether a ball holds a rational, which itself is a ball of the present precision."""
    with precision(1000):
        return bool(ball.overlaps(arb(exact(truth))))


# --- integrals -----------------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(RATIONALS, POSITIVES, st.integers(0, 6))
def test_gaussian_moments_over_the_line(mean: Fraction, std: Fraction, n: int) -> None:
    m, s = exact(mean), exact(std)
    truth = sum(
        (sympy.binomial(n, 2 * k) * sympy.factorial2(2 * k - 1)) * mean ** (n - 2 * k) * std ** (2 * k)
        for k in range(n // 2 + 1)
    )
    with precision(100):

        def integrand(x: Any, ns: Any) -> Any:
            density = ns.exp(-ns.power((x - m) / s, fmpq(2)) / 2)
            return density * ns.power(x, fmpq(n)) / (s * (2 * arb.pi()).sqrt())

        value = integrate(integrand, None, None, center=m, scale=s)
    assert holds(value, Fraction(str(truth)))
    assert value.rad() < 1e-15 * max(1, abs(float(truth)), float(std) ** n)


@settings(max_examples=20)
@given(RATIONALS, POSITIVES, RATIONALS)
def test_an_integral_is_the_difference_of_its_primitive(low: Fraction, width: Fraction, slope: Fraction) -> None:
    a, b, k = exact(low), exact(low + width), exact(slope)
    with precision(100):
        value = integrate(lambda x, ns: k * x + ns.exp(x), a, b)
        truth = k * (b * b - a * a) / 2 + arb(b).exp() - arb(a).exp()
    assert value.overlaps(truth)
    assert value.rad() < 1e-18 * float(arb(b).exp() + 100)


@pytest.mark.parametrize(
    ("integrand", "low", "high", "truth"),
    [
        (lambda x, ns: ns.log(x), 0, 1, "-1"),
        (lambda x, ns: ns.log(1 - x), 0, 1, "-1"),
        (lambda x, ns: x * ns.log(x), 0, 1, "-1/4"),
        (lambda x, ns: 1 / ns.sqrt(x), 0, 4, "4"),
        (lambda x, ns: ns.sqrt(x), 1, 4, "14/3"),
        (lambda x, ns: ns.power(x, fmpq(3, 2)), 0, 1, "2/5"),
        (lambda x, ns: ns.abs(x - fmpq(1, 2)), 0, 1, "1/4"),
        (lambda x, ns: ns.max(x, 1 - x), 0, 1, "3/4"),
        (lambda x, ns: ns.exp(-x), 0, None, "1"),
        (lambda x, ns: ns.exp(x), None, 0, "1"),
        (lambda x, ns: x * ns.exp(-2 * x), 0, None, "1/4"),
    ],
)
def test_ends_kinks_and_cuts(integrand: Any, low: Any, high: Any, truth: str) -> None:
    with precision(90):
        value = integrate(integrand, low, high, bits=50)
    assert holds(value, Fraction(truth))
    assert value.rad() < 1e-10


def test_a_dropped_analytic_flag_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enclosure, "_ANALYTIC", Balls(False))
    with precision(53):
        value = integrate(lambda x, ns: ns.sqrt(x), 1, 4, bits=50)
    assert not holds(value, Fraction(14, 3))


def test_a_dropped_tail_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enclosure, "cut", lambda tail, tolerance, *, start: (fmpq(4), arb(0)))
    with precision(90):
        value = integrate(gaussian, None, None)
        assert not value.contains(arb.pi().sqrt())


@pytest.mark.parametrize(
    ("integrand", "low", "high"),
    [
        (lambda x, ns: 1 / (1 + x * x), None, None),
        (lambda x, ns: ns.exp(x), None, None),
        (lambda x, ns: gaussian(x, ns) * ns.exp(x * x), None, None),
        (lambda x, ns: gaussian(x, ns) * ns.log(x), None, None),
        (lambda x, ns: gaussian(x, ns) / x, None, None),
        (lambda x, ns: 1 / x, 0, 1),
        (lambda x, ns: ns.log(x - fmpq(1, 2)), 0, 1),
        (lambda x, ns: 1 / (x - fmpq(1, 3)), 0, 1),
        (lambda x, ns: arb.nan() * x, 0, 1),
    ],
)
def test_what_has_no_value_has_no_enclosure(integrand: Any, low: Any, high: Any) -> None:
    with precision(90), pytest.raises(EnclosureError):
        integrate(integrand, low, high, max_evaluations=3000)


def test_an_exception_in_the_integrand_comes_out_at_once() -> None:
    calls = []

    def integrand(x: Any, ns: Any) -> Any:
        if isinstance(ns, Balls):
            calls.append(x)
            if len(calls) > 3:
                raise KeyError("planted")
        return ns.exp(x)

    with precision(60), pytest.raises(KeyError, match="planted"):
        integrate(integrand, 0, 1)
    assert len(calls) < 10


def test_a_time_limit_stops_a_quadrature() -> None:
    def slow(x: Any, ns: Any) -> Any:
        time.sleep(0.001)
        return ns.sin(x * 10_000)

    start = time.monotonic()
    with precision(60), pytest.raises(TimeLimit):
        within(0.2, lambda: integrate(slow, 0, 1000))
    assert time.monotonic() - start < 5


def test_ends_out_of_order_are_refused() -> None:
    with precision(60), pytest.raises(EnclosureError, match="order"):
        integrate(gaussian, 1, 0)


# --- tails -----------------------------------------------------------------------------------------------------------

FUNCTIONS = ("exp", "log", "abs", "sqrt", "sigmoid", "softplus", "sin", "square", "gauss", "Phi")
SHAPES = st.recursive(
    st.sampled_from(("y", "decay", "1/3", "-2", "5")),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(("add", "sub", "mul", "divide", "max", "min")), inner, inner),
        st.tuples(
            st.sampled_from(("exp", "log", "abs", "sqrt", "sigmoid", "softplus", "sin", "square", "gauss", "Phi")),
            inner,
        ),
    ),
    max_leaves=6,
)


def build(shape: Any, y: Any, e: Any, ns: Any) -> Any:
    """The function of a drawn shape, over any namespace."""
    if isinstance(shape, str):
        return {"y": y, "decay": e}[shape] if shape in ("y", "decay") else exact(Fraction(shape))
    name, *inner = shape
    parts = [build(part, y, e, ns) for part in inner]
    if name in ("add", "sub", "mul"):
        return {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b}[name](*parts)
    if name == "square":
        return ns.power(parts[0], fmpq(2))
    if name == "gauss":
        return ns.exp(-ns.power(parts[0], fmpq(2)))
    return getattr(ns, name)(*parts)


@settings(max_examples=300)
@given(SHAPES, st.integers(1, 12), st.fractions(min_value=0, max_value=30, max_denominator=10))
@example(("divide", "y", ("sub", "1/3", "1/3")), 1, Fraction(0))
def test_a_tail_holds_the_function(shape: Any, start: int, beyond: Fraction) -> None:
    at = fmpq(start) + exact(beyond)
    with precision(200):
        try:
            tail = build(shape, identity(fmpq(start)), decay(fmpq(start)), Tails(fmpq(start)))
            tail = tail if isinstance(tail, Tail) else Tails(fmpq(start))._lift(tail)
            bound = tail.bound
        except EnclosureError:
            return
        value = arb(build(shape, arb(at), (-arb(at)).exp(), Reals()))  # what a tail describes is defined
        size = sum((b.factor * arb(at) ** b.power * polynomial(b.exponent, at).exp() for b in bound), arb(0))
        assert not abs(value) > size
        if tail.log is not None:
            assert polynomial(tail.log, at).exp().overlaps(value)
        try:
            flat = tail.flat()
        except EnclosureError:
            return
        assert polynomial(flat, at).overlaps(value)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), RATIONALS), min_size=1, max_size=3),
    st.lists(st.tuples(RATIONALS, RATIONALS, RATIONALS), min_size=1, max_size=2),
    st.integers(1, 6),
    st.fractions(min_value=0, max_value=10, max_denominator=4),
)
def test_a_tail_holds_sums_of_powers_and_of_exponentials(
    powers: list[tuple[int, int, Fraction]],
    exponents: list[tuple[Fraction, Fraction, Fraction]],
    start: int,
    beyond: Fraction,
) -> None:
    def decaying(y: Any, e: Any, ns: Any) -> Any:
        return sum((exact(c) * ns.power(y, fmpq(i)) * ns.power(e, fmpq(j)) for i, j, c in powers), fmpq(0))

    def mixture(y: Any, e: Any, ns: Any) -> Any:
        parts = (ns.exp(exact(a) * y * y + exact(b) * y + exact(c)) for a, b, c in (*exponents, exponents[0]))
        return reduce(add, parts)

    at = fmpq(start) + exact(beyond)
    with precision(200):
        for function in (decaying, mixture):
            tail = function(identity(fmpq(start)), decay(fmpq(start)), Tails(fmpq(start)))
            value = arb(function(arb(at), (-arb(at)).exp(), Reals()))
            for describe, truth in ((Tail.flat, lambda x: x), (Tail.positive_log, arb.log)):
                try:
                    described = describe(tail)
                except EnclosureError:
                    continue
                assert polynomial(described, at).overlaps(truth(value))


def polynomial(coefficients: tuple[Any, ...], at: fmpq) -> arb:
    return sum((c * arb(at) ** i for i, c in enumerate(coefficients)), arb(0))


@settings(max_examples=30)
@given(st.integers(0, 4), st.integers(1, 5), st.integers(1, 20))
def test_a_tail_bound_is_above_the_tail(power: int, rate: int, start: int) -> None:
    with precision(100):
        y = identity(fmpq(start))
        try:
            bound = (y.power(fmpq(power)) * (-rate * y).exp()).integral()
        except EnclosureError:
            assert power >= rate * start  # only where it does not yet decrease
            return
        truth = arb(rate * start).gamma_upper(arb(power + 1)) / arb(rate) ** (power + 1)
        assert not bound < truth
        assert bound <= truth * (2 + power)  # and not so weak that any bound would do


def test_growth_is_never_guessed() -> None:
    y = identity(fmpq(3))
    with pytest.raises(EnclosureError):
        y.integral()
    with pytest.raises(EnclosureError):
        (y - 10).logarithm()
    for other in (y * y, -y, y - 4):
        with pytest.raises(EnclosureError):
            Tails(fmpq(3)).lgamma(other)
        with pytest.raises(EnclosureError):
            Tails(fmpq(3)).digamma(other)


@settings(max_examples=30)
@given(st.integers(1, 20), POSITIVES, RATIONALS, st.fractions(min_value=0, max_value=50, max_denominator=7))
def test_tails_hold_the_functions(start: int, slope: Fraction, shift: Fraction, beyond: Fraction) -> None:
    at = fmpq(start) + exact(beyond)
    functions = ("lgamma", "digamma", "softplus", "exp", "negative softplus", "min", "abs")
    with precision(200):
        for name in functions:

            def function(y: Any, ns: Any, name: str = name) -> Any:
                line = exact(slope) * y + exact(shift)
                if name == "negative softplus":
                    return ns.softplus(-line)
                if name == "min":
                    return ns.min(fmpq(1), ns.exp(line))
                if name == "abs":
                    return ns.abs(ns.exp(-line) - 1)
                return ns.exp(fmpq(2) * y + exact(shift)) if name == "exp" else getattr(ns, name)(line)

            if name in ("lgamma", "digamma") and slope * start + shift <= 0:
                continue
            value = function(at, Reals())
            tail = function(identity(fmpq(start)), Tails(fmpq(start)))
            size = sum((b.factor * arb(at) ** b.power * polynomial(b.exponent, at).exp() for b in tail.bound), arb(0))
            assert not abs(value) > size, name
            if tail.terms is not None:
                described = sum((c * arb(at) ** i * (-j * arb(at)).exp() for (i, j), c in tail.terms.items()), arb(0))
                assert described.overlaps(arb(value)), name


# --- values ----------------------------------------------------------------------------------------------------------

X, Y = sympy.Symbol("x", real=True), sympy.Symbol("y", positive=True)
EXPRESSIONS = (
    sympy.log(1 + Y) - Y,
    sympy.exp(-((X / Y) ** 2) / 2) / (Y * sympy.sqrt(2 * sympy.pi)),
    sympy.erf(X) + sympy.Abs(X - 2) + sympy.Max(X, Y, 1),
    sympy.Piecewise((X**2, X < 1), (sympy.sin(Y), True)),
    sympy.loggamma(Y) - sympy.polygamma(1, Y) + sympy.digamma(Y),
    Y**X + sympy.EulerGamma - sympy.E,
)


@settings(max_examples=30)
@given(st.sampled_from(EXPRESSIONS), RATIONALS, POSITIVES)
def test_values_agree_with_sympy(expr: sympy.Expr, x: Fraction, y: Fraction) -> None:
    value = evaluate(expr, {X: x, Y: y}, bits=80)
    point = {X: sympy.Rational(x.numerator, x.denominator), Y: sympy.Rational(y.numerator, y.denominator)}
    with precision(200):
        reference = arb(str(sympy.N(expr.subs(point), 40)))
        assert abs(value - reference) < 1e-20 * (1 + abs(reference))
    assert value.rad() <= arb(2) ** -80 * max(abs(value).upper(), arb(2) ** -80)


@pytest.mark.parametrize("expr", [sympy.log(X), sympy.sqrt(X), 1 / (X + 1), X ** sympy.Rational(1, 3)])
def test_undefined_values_are_named_so(expr: sympy.Expr) -> None:
    with pytest.raises(UndefinedError):
        evaluate(expr, {X: Fraction(-1)})


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(EnclosureError, match="no value"):
        evaluate(X, {})
    with pytest.raises(EnclosureError, match="no enclosure"):
        evaluate(sympy.Function("f")(X), {X: Fraction(1)})


def test_no_narrow_enclosure_is_a_failure() -> None:
    with pytest.raises(EnclosureError, match="narrow"):
        narrow(lambda: arb(0, 1), bits=20, cap=200)
    with pytest.raises(EnclosureError, match="finite"):
        narrow(lambda: arb.nan(), bits=20, cap=200)


def test_the_precision_is_put_back() -> None:
    before = ctx.prec
    with pytest.raises(GrowthError), precision(77):
        integrate(lambda x, ns: x, None, None)
    assert ctx.prec == before
    evaluate(sympy.pi, {}, bits=300)
    assert ctx.prec == before
