"""A law that stands in several places of a tree, as one object, is still drawn from anew in each."""

from __future__ import annotations

from fractions import Fraction

import pytest

from proofs.kernel import Certificate, Rejected, check
from proofs.language.tree import (
    Apply,
    Chain,
    Claim,
    Density,
    Expectation,
    Expr,
    Family,
    Function,
    Law,
    Mul,
    Number,
    Pow,
    Step,
    Sub,
    Variable,
)

X, Y = Variable("x", "x"), Variable("y", "y")
DECLARATIONS = (
    Family("p", ("x",)),
    Family("r", ("y",)),
    Function("f", ("x",)),
    Function("g", ("x", "y")),
)
ZERO, TWO = Number(Fraction(0)), Number(Fraction(2))
LAW = Law(Density("p", (X,)), (X,))
OUTER = Law(Density("r", (Y,)), (Y,))
F, G = Apply("f", (X,)), Apply("g", (X, Y))
MEAN = Expectation(LAW, F)
SQUARE = Pow(F, TWO)
INNER = Expectation(LAW, G)


def _holds(left: Expr, right: Expr) -> bool:
    step = Step(left, "=", right)
    try:
        check(Certificate(Claim(DECLARATIONS, (), (Chain((step,)),)), step))
    except Rejected:
        return False
    return True


@pytest.mark.parametrize(
    ("left", "right", "true"),
    [
        (Mul(MEAN, MEAN), Pow(MEAN, TWO), True),
        (Mul(MEAN, MEAN), Expectation(LAW, SQUARE), False),
        (Expectation(LAW, Mul(F, MEAN)), Mul(MEAN, MEAN), True),
        (Expectation(LAW, Mul(F, MEAN)), Expectation(LAW, SQUARE), False),
        (Expectation(LAW, Expectation(LAW, F)), MEAN, True),
        (Expectation(LAW, Sub(F, MEAN)), ZERO, True),
        (
            Expectation(LAW, Pow(Sub(F, MEAN), TWO)),
            Sub(Expectation(LAW, SQUARE), Mul(MEAN, MEAN)),
            True,
        ),
        (Expectation(LAW, Pow(Sub(F, MEAN), TWO)), ZERO, False),
        (Expectation(OUTER, Mul(INNER, INNER)), Expectation(OUTER, Pow(INNER, TWO)), True),
        (
            Expectation(OUTER, Mul(INNER, INNER)),
            Expectation(OUTER, Expectation(LAW, Pow(G, TWO))),
            False,
        ),
        (Expectation(OUTER, Mul(INNER, MEAN)), Mul(Expectation(OUTER, INNER), MEAN), True),
        (Expectation(OUTER, Mul(INNER, MEAN)), Expectation(OUTER, Expectation(LAW, Mul(G, F))), False),
    ],
)
def test_the_same_law_twice_is_two_draws(left: Expr, right: Expr, true: bool) -> None:
    assert _holds(left, right) is true
    assert _holds(right, left) is true
