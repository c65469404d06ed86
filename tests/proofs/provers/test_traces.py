"""A trace that is said to be an expression is it, in every case; and a law written out for three points is a law."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from divergences.enclosure import evaluate
from proofs.certifier import enclose
from proofs.language import expand, read
from proofs.outcome import Unsupported
from proofs.provers.outcomes import write_out
from proofs.provers.traces import MAX_CONDITIONS, same

x, y, z = sp.symbols("x y z", positive=True)
EQUAL = [
    (sp.log(x * y + x * z) - sp.log(x), sp.log(y + z)),
    (x * sp.log(sp.exp(y) * x) / (x + y), x * (y + sp.log(x)) / (x + y)),
    (sp.Max(x, y) + sp.log(sp.exp(z - sp.Max(x, y))), z),
    (sp.Piecewise((sp.log(1 + (x - 1)), x > sp.Rational(1, 2)), (sp.log(x), True)), sp.log(x)),
    ((x**2 - y**2) / (x + y), x - y),
    (sp.sqrt(x**2 * y), x * sp.sqrt(y)),
]


@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_equal_forms_are_the_same(left: sp.Expr, right: sp.Expr) -> None:
    assert same(left, right)


@given(st.sampled_from(EQUAL), st.sampled_from([x, y, z]), st.fractions(-2, 2, max_denominator=5))
def test_forms_that_differ_are_not(pair: tuple[sp.Expr, sp.Expr], symbol: sp.Symbol, error: Fraction) -> None:
    left, right = pair
    wrong = right + sp.Rational(error.numerator, error.denominator) * sp.log(1 + symbol)
    assert same(left, wrong) == (error == 0)
    assert not same(-left, right)


def test_every_case_counts_and_every_largest_value() -> None:
    assert not same(sp.Piecewise((sp.log(x), x < 10**9), (sp.log(y), True)), sp.log(x))
    assert not same(sp.Piecewise((sp.log(x), x > 10**9)), sp.log(x))  # no value elsewhere
    assert not same(sp.Max(x, y) - sp.Max(x, z), sp.Integer(0))
    assert not same(sp.Max(x, y), x)
    assert not same(sp.Min(x, y), sp.Max(x, y))


def test_too_many_cases_are_no_proof() -> None:
    def cases(count: int) -> sp.Expr:
        return sp.Add(*(sp.Piecewise((x, y < n), (2 * x - x, True), evaluate=False) for n in range(1, count + 1)))

    assert same(cases(2), 2 * x)
    assert not same(cases(MAX_CONDITIONS + 1), (MAX_CONDITIONS + 1) * x)


masses = st.lists(st.fractions(Fraction(1, 9), 9, max_denominator=9), min_size=3, max_size=3)


@given(masses, masses)
def test_a_claim_written_out_is_the_sum_over_the_points_of_two_laws(p: list[Fraction], q: list[Fraction]) -> None:
    claim = expand(read("mass p(x)\nmass q(x)\nKL(p(x) || q(x)) = sum_{x}[p(x)*log(p(x)/q(x))]"))
    written, expr, laws = write_out(claim.steps[0].right, claim, 3)
    point = {f"{name}_{i}": value for name, law in (("p", p), ("q", q)) for i, value in enumerate(law, 1)}
    assert written.scalars().keys() == point.keys()
    for law in laws.values():
        assert enclose(law[0] + law[1] + law[2], written, point) == 1
    first, second = ([sp.Rational(mass / sum(law)) for mass in law] for law in (p, q))
    direct = sp.Add(*(a * sp.log(a / b) for a, b in zip(first, second, strict=True)))
    assert enclose(expr, written, point).overlaps(evaluate(direct, {}))


def test_sums_over_two_variables_are_over_all_pairs() -> None:
    claim = expand(read("mass p(x)\nmass q(y)\nsum_{x,y}[p(x)*q(y)^2] = sum_{y}[q(y)^2]"))
    for side in (claim.steps[0].left, claim.steps[0].right):
        written, expr, _ = write_out(side, claim, 2)
        point = {"p_1": Fraction(1), "p_2": Fraction(2), "q_1": Fraction(1), "q_2": Fraction(3)}
        assert enclose(expr, written, point).overlaps(evaluate(sp.Rational(10, 16), {}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mass p(x)\nE_{p(x)}[log p(x)] = -H(p(x))", "written out where it is"),
        ("real p_1\nmass p(x)\np_1 + sum_{x}[p(x)] = 1 + p_1", "name of two things"),
        ("density p(x)\nint_{x}[p(x)^2] = int_{x}[p(x)^2]", "counted variable"),
    ],
)
def test_what_is_not_written_out_is_said(text: str, message: str) -> None:
    claim = expand(read(text))
    with pytest.raises(Unsupported, match=message):
        write_out(claim.steps[0].left, claim, 3)
