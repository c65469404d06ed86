"""The shipped code executed on sympy symbols is the textbook formula."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy

from divergences import (
    entropy_gaussian,
    js_categorical,
    kl_categorical,
    kl_gaussian,
    kl_gaussian_diagonal,
    kl_gaussian_full,
    kl_gaussian_logvar,
    log_normal_log_density,
    special,
)

m1, m2, v1, v2, x = sympy.symbols("m1 m2 v1 v2 x", real=True)
s1, s2, y = sympy.symbols("s1 s2 y", positive=True)
a, b = sympy.symbols("a b", positive=True)
HALF = sympy.Rational(1, 2)


def is_zero(expression: sympy.Expr) -> bool:
    return sympy.simplify(sympy.expand_log(expression, force=True)) == 0


def kl(mean_q: sympy.Expr, std_q: sympy.Expr, mean_p: sympy.Expr, std_p: sympy.Expr) -> sympy.Expr:
    return sympy.log(std_p / std_q) + (std_q**2 + (mean_q - mean_p) ** 2) / (2 * std_p**2) - HALF


LOG_NORMAL = -((sympy.log(y) - m1) ** 2) / (2 * s1**2) - sympy.log(y * s1 * sympy.sqrt(2 * sympy.pi))
TEXTBOOK = {
    "kl_gaussian": (kl_gaussian(m1, s1, m2, s2), kl(m1, s1, m2, s2)),
    "kl_gaussian, standard normal": (kl_gaussian(m1, s1), kl(m1, s1, 0, 1)),
    "kl_gaussian_logvar": (
        kl_gaussian_logvar(m1, v1, m2, v2),
        kl(m1, sympy.exp(v1 / 2), m2, sympy.exp(v2 / 2)),
    ),
    "kl_gaussian_diagonal": (kl_gaussian_diagonal([m1, m2], [s1, s2]), kl(m1, s1, 0, 1) + kl(m2, s2, 0, 1)),
    "kl_gaussian_full, 1 x 1": (kl_gaussian_full([m1], [[s1**2]], [m2], [[s2**2]]), kl(m1, s1, m2, s2)),
    "entropy_gaussian": (entropy_gaussian(s1), sympy.log(2 * sympy.pi * sympy.E * s1**2) / 2),
    "log_normal_log_density": (log_normal_log_density(y, m1, s1), LOG_NORMAL),
    "kl_categorical": (
        kl_categorical([a, 1 - a], [b, 1 - b]),
        a * sympy.log(a / b) + (1 - a) * sympy.log((1 - a) / (1 - b)),
    ),
}


@pytest.mark.parametrize("name", TEXTBOOK)
def test_the_trace_is_the_textbook_formula(name: str) -> None:
    traced, textbook = TEXTBOOK[name]
    assert is_zero(traced - textbook)
    assert not traced.has(sympy.Float)


@pytest.mark.parametrize("name", TEXTBOOK)
def test_a_wrong_formula_is_not_the_trace(name: str) -> None:
    traced, textbook = TEXTBOOK[name]
    for wrong in (textbook + HALF, -textbook, textbook / 2):
        assert not is_zero(traced - wrong)


def test_the_trace_of_the_jensen_shannon_divergence() -> None:
    traced = js_categorical([a, 1 - a], [b, 1 - b])
    middle = (a + b) / 2
    textbook = sum(
        (p * sympy.log(p / m) + (1 - p) * sympy.log((1 - p) / (1 - m))) / 2 for p, m in ((a, middle), (b, middle))
    )
    for point in ({a: Fraction(1, 3), b: Fraction(3, 4)}, {a: Fraction(9, 10), b: Fraction(1, 7)}):
        difference = (traced - textbook).subs(point).evalf(40)
        assert abs(difference) < sympy.Float("1e-35")
    logits = js_categorical([v1, 0], [v2, 0], logits=True)
    through_odds = textbook.subs({a: 1 / (1 + sympy.exp(-v1)), b: 1 / (1 + sympy.exp(-v2))})
    assert abs((logits - through_odds).subs({v1: Fraction(1, 3), v2: -2}).evalf(40)) < sympy.Float("1e-35")


def test_full_covariances_are_traced_through_their_factors() -> None:
    rho = sympy.Symbol("rho", real=True)
    assert is_zero(kl_gaussian_full([0, 0], [[1, rho], [rho, 1]], [0, 0], [[1, 0], [0, 1]]) + sympy.log(1 - rho**2) / 2)
    matrices = sympy.Matrix([[2, 1], [1, 3]]), sympy.Matrix([[4, 1], [1, 2]])
    textbook = ((matrices[1].inv() * matrices[0]).trace() - 2 + sympy.log(matrices[1].det() / matrices[0].det())) / 2
    assert is_zero(kl_gaussian_full([0, 0], matrices[0], [0, 0], matrices[1]) - textbook)


def test_outside_the_support_the_trace_is_a_case_and_not_a_guess() -> None:
    density = log_normal_log_density(x, 0, 1)
    assert density.subs(x, -1) == -sympy.oo
    assert is_zero(density.subs(x, 2) - LOG_NORMAL.subs({y: 2, m1: 0, s1: 1}))


def test_arrays_of_symbols_keep_their_shape() -> None:
    result = kl_gaussian(np.array([[m1], [m2]]), np.array([s1, s2, 1]))
    assert result.shape == (2, 3)
    assert is_zero(result[1, 0] - kl_gaussian(m2, s1))


def test_floats_are_the_rationals_that_they_are() -> None:
    assert kl_gaussian(m1, 0.5).subs(m1, 0) == sympy.log(2) - sympy.Rational(3, 8)
    assert kl_gaussian(sympy.Rational(1, 3), Fraction(1, 1)) == sympy.Rational(1, 18)


def test_primitives_are_their_definitions() -> None:
    assert is_zero(special.log1pmx(y) - (sympy.log(1 + y) - y))
    assert is_zero(special.expm1mx(y) - (sympy.exp(y) - 1 - y))
    assert is_zero(special.phi(y) - (y - 1 - sympy.log(y)))


def test_bad_symbolic_arguments_are_named() -> None:
    for std in (-s1, sympy.Integer(0), sympy.Integer(-2)):
        with pytest.raises(ValueError, match="std_q must be positive and finite, got"):
            kl_gaussian(m1, std)
    with pytest.raises(ValueError, match="mean_q must be finite, got oo"):
        kl_gaussian(sympy.oo, s1)
    with pytest.raises(ValueError, match="mean_q must be finite, got I"):
        kl_gaussian(sympy.I, s1)
    with pytest.raises(TypeError, match="from one array library, got mean_q from sympy, std_q from numpy"):
        kl_gaussian(m1, np.ones(3))
    with pytest.raises(ValueError, match="shapes must broadcast"):
        kl_gaussian([m1, m2], [s1, s2, 1])
    assert kl_gaussian(sympy.nan, s1) == sympy.nan
