"""Trees that are made of normal forms are read to them again."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.kernel import Poly, Reader, Unsupported
from proofs.kernel.polynomial import ZERO
from proofs.language import read, to_text
from proofs.language import tree as t
from proofs.provers.readback import name_bound, to_tree
from tests.proofs.kernel.expressions import VOCABULARY, Generator, number, var

x, z = var("x"), var("z")
_DECLARED = "\n".join(to_text(declaration) for declaration in VOCABULARY.declarations)


def normal(expr: t.Expr) -> Poly | None:
    try:
        return Reader(VOCABULARY).read(expr)
    except Unsupported:
        return None


@settings(max_examples=400)
@given(st.integers(0, 2**40))
def test_reading_back_and_reading_again_changes_nothing(seed: int) -> None:
    generator = Generator(Random(seed))
    poly = normal(generator.real(4, generator.scope()))
    if poly is None:
        return
    try:
        again = Reader(VOCABULARY).read(to_tree(poly))
    except Unsupported:
        return  # positivity that was seen in the way a sum was written is lost when it is written out
    assert again == poly


@settings(max_examples=60)
@given(st.integers(0, 2**40))
def test_what_is_read_back_can_be_printed_and_read(seed: int) -> None:
    generator = Generator(Random(seed))
    expr = generator.real(3, generator.scope())
    poly = normal(expr)
    if poly is None or any(isinstance(node, t.Pow | t.Integral) for node in t.walk(to_tree(poly))):
        return  # a power may be of a kind that text has no parentheses for; integrals of y would have to be sums
    text = to_text(to_tree(poly))
    claim = read(f"{_DECLARED}\n{text} = {text}")
    assert normal(claim.steps[-1].left) == poly


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (t.Density("p", (z,), (x,)), "p(z|x)"),
        (t.Density("p", (x,), (z,)) * t.Density("p", (z,)), "p(x, z)"),
        (t.Density("p", (x,)) / (t.Density("p", (x,)) + t.Density("r", (x,))), "p(x)/(p(x) + r(x))"),
        (t.Call("log", (t.Symbol("a") / 2,)), "log a - log(2)"),
        (t.Expectation(t.Law(t.Density("r", (x,)), (x,)), t.Apply("T", (x,))), "int_{x}[r(x)*T(x)]"),
        (number("-2/3") * t.Symbol("b"), "-(2*b/3)"),
        (number(0) * t.Symbol("b"), "0"),
    ],
)
def test_read_back_as_a_person_would_write_it(expr: t.Expr, text: str) -> None:
    poly = normal(expr)
    assert poly is not None
    assert to_text(to_tree(poly)) == text


def test_names_of_bound_variables_avoid_those_in_use() -> None:
    bound = [("z", "#1.0"), ("z", "#1.1"), ("x", "#1.2")]
    names = name_bound(bound, {"z_1", "x"})
    assert [names[v].name for v in bound] == ["z_2", "z_3", "x_1"]
    assert all(names[v].stem == v[0] for v in bound)
    assert name_bound([("z", "#1.0")], ())[("z", "#1.0")].name == "z"


def test_zero_is_a_number() -> None:
    assert to_tree(ZERO) == number(0)
