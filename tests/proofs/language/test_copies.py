"""Copies of a number that stays a symbol: how they are read, printed and expanded, and what becomes of them."""

from typing import Any

import pytest

from proofs import check
from proofs.language import ClaimError, expand, free_symbols, free_variables, read, to_latex, to_text
from proofs.language.tree import Copies, Expectation, IndexSum, Number, Symbol, Variable

K = "integer k >= 1\n"
W = "let w(z) = p(x,z)/q(z|x)\n"
L_K = "E_{z_1..z_k ~ q(z|x)}[log mean_{i=1..k}[w(z_i)]]"


def test_a_law_of_copies_is_a_product_over_an_index() -> None:
    step = expand(read(K + W + "log p(x) >= " + L_K)).steps[0]
    assert isinstance(step.right, Expectation)
    law = step.right.law
    drawn: Any = law.generated
    one, k = Number(1), Symbol("k")  # type: ignore[arg-type]
    assert drawn == (Copies(Variable("z", "z"), one, k),)
    assert isinstance(law.density, IndexSum)
    assert (law.density.kind, law.density.low, law.density.high) == ("prod", one, k)
    assert free_variables(step.right) == {Variable("x", "x")}
    assert free_symbols(step.right) == {"k"}


def test_printing_reads_back() -> None:
    text = K + W + L_K.replace("_k", "_{k+1}").replace("..k", "..k+1") + " >= " + L_K
    claim = read(text)
    assert "z_1..z_{k+1} ~ q(z|x)" in to_text(claim)
    assert read(to_text(claim)) == claim
    assert r"z_{1}, \dots, z_{k} \sim q(z \mid x)" in to_latex(claim)


def test_a_definition_brings_its_copies_along() -> None:
    text = K + "let L(x) = E_{z_1..z_k ~ q(z|x)}[mean_{i=1..k}[log q(z_i|x)]]\nE_{x_1 ~ r(x)}[L(x_1)] = 0"
    inner = "E_{z_1..z_k ~ q(z|x_1)}[mean_{i=1..k}[log q(z_i|x_1)]]"
    assert to_text(expand(read(text)).steps[0].left) == f"E_{{r(x_1)}}[{inner}]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mean_{i=1..k}[p(z_i)] = p(z)", "`z_i` is a copy that no"),
        ("let f(z) = mean_{i=1..k}[log q(z|x_i)]\n"
         "E_{z_1..z_k ~ p(z)}[E_{x_1..x_k ~ r(x)}[mean_{i=1..k}[f(z_i)]]] = 1", "stand for two things"),
        ("let f(z) = E_{z_1..z_k ~ q(z|x)}[T(z)]\nf(z_1) = 1", "become one of the copies"),
    ],
)  # fmt: skip
def test_nothing_is_captured_and_nothing_left_undrawn(text: str, message: str) -> None:
    with pytest.raises(ClaimError, match=message):
        expand(read(K + "density p(z), q(z|x), r(x)\nfunction T(z)\n" + text))


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (K + W + f"log p(x) >= {L_K}", "proved"),
        (K + W + f"{L_K.replace('_k', '_{k+1}').replace('..k', '..k+1')} >= {L_K}", "proved"),
        (K + "function f(x)\ndensity p(x)\nE_{x_1..x_k ~ p(x)}[sum_{i=1..k}[f(x_i)]] = k*E_{p(x)}[f(x)]", "proved"),
        (K + "density p(x)\nE_{x_1..x_k ~ p(x)}[log p(x_1)] = 0", "refuted"),
        ("integer k\ndensity p(x)\nE_{x_1..x_k ~ p(x)}[1] = 1", "open"),  # k may be 0
        (K + "density p(x)\nE_{x_1..x_{k-1} ~ p(x)}[1] = 1", "open"),
        (K + "density p(x)\nE_{x_1..x_{k-1} ~ p(x)}[1] = 2", "refuted"),
        (K + "positive s\nE_{x_1..x_k ~ Normal(0, s)}[1] = 2", "refuted"),
    ],
)
def test_verdicts(text: str, verdict: str) -> None:
    assert check(text, tries=50).verdict == verdict
