"""What is printed reads back as the same tree."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings

from proofs.language import read, to_latex, to_text
from proofs.language.tree import Add, Call, Claim, Density, Div, Expr, Integral, Mul, Neg, Pow, Sub, Symbol, Variable
from tests.proofs.strategies import claims


@settings(max_examples=40, deadline=None)
@given(claims(max_leaves=6))
def test_text_reads_back_and_latex_is_balanced(claim: Claim) -> None:
    text = to_text(claim)
    back = read(text)
    assert back == claim
    assert to_text(back) == text
    assert [step.reason for step in back.steps] == [step.reason for step in claim.steps]
    _check_the_brackets(to_latex(claim))


def _check_the_brackets(text: str) -> None:
    assert text.count(r"\left") == text.count(r"\right")
    depth = 0
    for before, character in zip(" " + text, text, strict=False):
        depth += (character == "{" and before != "\\") - (character == "}" and before != "\\")
        assert depth >= 0
    assert depth == 0


FORMS: list[Callable[[Expr, Expr], Expr]] = [
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    lambda first, second: Neg(first),
    lambda first, second: Call("log", (first,)),
    lambda first, second: Call("min", (first, second)),
    lambda first, second: Integral((Variable("x", "x"),), first),
]


@pytest.mark.parametrize("outer", FORMS)
@pytest.mark.parametrize("inner", FORMS)
def test_every_form_within_every_other_keeps_its_grouping(
    outer: Callable[[Expr, Expr], Expr], inner: Callable[[Expr, Expr], Expr]
) -> None:
    a, p = Symbol("a"), Density("p", (Variable("x", "x"),))
    for first, second in ((inner(a, p), p), (p, inner(p, a)), (Neg(inner(p, p)), Call("log", (inner(p, a),)))):
        for tree in (outer(first, second), outer(outer(first, second), a), outer(a, outer(first, second))):
            claim = read(f"density p(x)\nreal a\n{to_text(tree)} = {to_text(tree)}")
            assert (claim.steps[0].left, claim.steps[0].right) == (tree, tree)


def test_latex_as_a_paper_writes_it() -> None:
    claim = read(
        "let ELBO_theta = E_{q_phi(z|x)}[log p_theta(x,z) - log q_phi(z|x)]\n"
        "log p_theta(x) >= ELBO_theta -- Jensen, 100% sure\n"
        "E_{z_1..z_3 ~ q_phi(z|x)}[mean_{i=1..3}[z_i]] <= 1/2"
    )
    assert to_latex(claim, declarations=False).splitlines() == [
        r"\[ \mathrm{ELBO}_{\theta} := \mathbb{E}_{q_{\phi}(z \mid x)}"
        r"\left[\log p_{\theta}(x, z) - \log q_{\phi}(z \mid x)\right] \]",
        r"\begin{align}",
        r"\log p_{\theta}(x) &\ge \mathrm{ELBO}_{\theta} && \text{Jensen, 100\% sure}",
        r"\end{align}",
        r"\begin{align}",
        r"\mathbb{E}_{z_{1}, \dots, z_{3} \sim q_{\phi}(z \mid x)}\left[\frac{1}{3} \sum_{i=1}^{3} z_{i}\right]"
        r" &\le \frac{1}{2}",
        r"\end{align}",
    ]
