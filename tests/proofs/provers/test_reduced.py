"""Inequalities of closed forms: the sign is the kernel's, that the closed form is the difference is enclosed."""

from __future__ import annotations

import pytest
import sympy as sp

from proofs.language import expand, read, to_text
from proofs.language import tree as t
from proofs.outcome import Proof, Unsupported
from proofs.provers import symbolic
from proofs.provers.from_sympy import to_tree
from proofs.provers.symbolic import prove

TRUE = (
    "KL(Normal(m, s) || Normal(n, r)) >= (m - n)^2/(2*r^2)",
    "E_{x ~ Normal(m, s)}[x^2] > m^2",
    "E_{x ~ Normal(m, s)}[x^4] >= m^4",
    "1/a^2 <= E_{x ~ Exponential(a)}[x^2]",
    "KL(Exponential(a) || Exponential(b)) >= 0",
    "KL(Poisson(a) || Poisson(b)) >= 0",
    "KL(Laplace(m, s) || Laplace(n, s)) >= 0",
    "E_{x ~ LogNormal(m, s)}[x] >= exp(m)",
    "H(Normal(m, s)) >= log(s)",
)
FALSE = (
    "KL(Normal(m, s) || Normal(n, r)) >= (m - n)^2/(2*s^2)",
    "KL(Normal(m, s) || Normal(n, r)) > (m - n)^2/(2*r^2)",
    "E_{x ~ Normal(m, s)}[x^2] <= m^2",
    "E_{x ~ Normal(m, s)}[x^3] >= m^3",
    "E_{x ~ Exponential(a)}[x^2] >= 3/a^2",
    "KL(Exponential(a) || Exponential(b)) <= 0",
    "KL(Exponential(a) || Exponential(b)) >= b/a - 1",
    "E_{x ~ LogNormal(m, s)}[x] >= exp(m) + s",
    "H(Normal(m, s)) >= log(s) + 2",
    "H(Normal(m, s)) >= 0",
)


def proof(text: str) -> Proof | None:
    claim = expand(read(text))
    try:
        return prove(claim, claim.steps[0])
    except Unsupported:
        return None


@pytest.mark.parametrize("text", TRUE)
def test_a_sign_that_follows_is_proved(text: str) -> None:
    found = proof(text)
    assert found is not None
    assert "left - right = " in found.details
    assert "overlap" in found.details


@pytest.mark.parametrize("text", FALSE)
def test_a_sign_that_does_not_is_not(text: str) -> None:
    assert proof(text) is None


@pytest.mark.parametrize("text", ["E_{x ~ Normal(m, s)}[x^2] >= m^2 + s^2 + 1/2", "H(Normal(m, s)) >= log(s) + 3/2"])
def test_a_wrong_closed_form_is_seen_by_enclosures(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: what is made of the left side is one too large."""
    assert proof(text) is None
    right = symbolic.convert

    def convert(expr: t.Expr, names: symbolic.Names) -> sp.Expr:
        return right(expr, names) + int(isinstance(expr, t.Expectation | t.Entropy))

    monkeypatch.setattr(symbolic, "convert", convert)
    assert proof(text) is None
    monkeypatch.setattr(symbolic, "certify", lambda *_: symbolic.Certified(1, 53))
    assert proof(text) is not None


def test_expressions_come_back_as_trees() -> None:
    a, b = sp.symbols("a b", positive=True)
    names = {a: t.Symbol("a"), b: t.Symbol("b")}
    for text in ("log(a/b) + b/a - 1", "sqrt(a + b)*exp(-a)", "abs(a - b)^3*pi"):
        tree = to_tree(sp.sympify(text.replace("^", "**").replace("abs", "Abs"), locals={"a": a, "b": b}), names)
        assert tree is not None
        claim = expand(read(f"positive a\npositive b\n{to_text(tree)} = {text}"))
        assert prove(claim, claim.steps[0]) is not None
    assert to_tree(sp.erf(a), names) is None
    assert to_tree(sp.Symbol("c"), names) is None
