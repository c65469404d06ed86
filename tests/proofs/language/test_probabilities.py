"""Categorical laws: names for their probabilities, what these sum to, and what is claimed about them."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs import Categorical, E, check, positives, variables
from proofs.language import ClaimError, claim_of, expand, read, to_latex, to_text
from proofs.language.probabilities import total
from proofs.language.tree import Call, Expr, Number, Symbol

TRUE = [
    "KL(Categorical(p_1, p_2, p_3) || Categorical(q_1, q_2, q_3)) = p_1*log(p_1/q_1) + p_2*log(p_2/q_2)"
    " + p_3*log(p_3/q_3)",
    "H(Categorical(a, b)) = -a*log a - b*log b",
    "E_{x ~ Categorical(a, b, c)}[x] = b + 2*c",
    "E_{x ~ Categorical(a, b, c)}[ind(x = 1)] = b",
    "Var_{x ~ Categorical(a, b)}[x] = a*b",
    "H2(Categorical(a, b) || Categorical(c, d)) = 1 - sqrt(a*c) - sqrt(b*d)",
    "sum_{x}[Categorical(x; a, b, c)] = 1",
    "E_{Categorical(x; a, b)}[log Categorical(x; b, a)] = a*log b + b*log a",
    "real p in (0, 1)\nE_{x ~ Categorical(1 - p, p)}[x^2] = E_{x ~ Bernoulli(p)}[x^2]",
    "real a\nE_{x ~ Categorical(exp(a)/(exp(a) + 1), 1/(exp(a) + 1))}[x] = 1/(exp(a) + 1)",
    "H(Categorical(1/2, 1/3, 1/6)) ~= 1.0114",
    "\\mathbb{E}_{x \\sim \\mathrm{Cat}(\\pi_1, \\pi_2)}[x] = \\pi_2",
]


@pytest.mark.parametrize("text", TRUE)
def test_true_claims_are_proved_and_near_misses_refuted(text: str) -> None:
    assert check(text).verdict == "proved"
    false = f"{text}7" if "~=" in text else f"{text} + 1e-8"
    assert check(false).verdict == "refuted"


@pytest.mark.parametrize("text", TRUE)
def test_they_are_printed_and_read_back(text: str) -> None:
    claim = read(text)
    assert read(to_text(claim)) == claim
    assert read(to_latex(claim)) == claim


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=5))
def test_listed_numbers_are_probabilities_where_they_sum_to_one(weights: list[int]) -> None:
    whole = sum(weights)
    listed = ", ".join(f"{weight}/{whole}" for weight in weights)
    mean = Fraction(sum(place * weight for place, weight in enumerate(weights)), whole)
    report = check(f"E_{{x ~ Categorical({listed})}}[x] = {mean}")
    assert report.verdict == "proved"
    with pytest.raises(ClaimError, match="sum to"):
        read(f"E_{{x ~ Categorical({listed}, 1/7)}}[x] = 1")


@pytest.mark.parametrize(
    ("probabilities", "what"),
    [
        ((Symbol("a"), 1 - Symbol("a")), 1),
        ((Symbol("a") / (Symbol("a") + Symbol("b")), Symbol("b") / (Symbol("a") + Symbol("b"))), 1),
        ((Call("exp", (Symbol("a"),)), 1 - Call("exp", (Symbol("b"),))), None),
        ((Symbol("a"), Symbol("b")), None),
        ((Number(Fraction(1, 2)), Number(Fraction(1, 3))), Fraction(5, 6)),
        ((Symbol("a") ** 2 - (Symbol("a") - 1) * (Symbol("a") + 1), Number(Fraction(0))), 1),
        ((Symbol("a") / 0, Symbol("a")), None),
    ],
)
def test_what_probabilities_sum_to(probabilities: tuple[Expr, ...], what: Fraction | None) -> None:
    assert total(probabilities) == what


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("E_{x ~ Categorical(a, b)}[x] = E_{x ~ Categorical(b, c)}[x]", "names of their own"),
        ("E_{x ~ Categorical(a, a)}[x] = 1", "names of their own"),
        ("real a\nreal b\nE_{x ~ Categorical(a, b)}[x] = 1", "do not sum to one by their form"),
        ("E_{x ~ Categorical(1)}[x] = 1", "2 parameters or more, not 1"),
        ("int_{x}[Categorical(x; a, b)] = 1", "is discrete"),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    with pytest.raises(ClaimError, match=message):
        read(text)


def test_a_declared_name_shadows_the_law() -> None:
    claim = read("function Categorical(x)\nE_{p(x)}[Categorical(x)] >= E_{p(x)}[Categorical(x)]")
    assert "odds" not in to_text(claim)


def test_in_python() -> None:
    (x,), (w,) = variables("x", discrete=True), positives("w")
    claim = claim_of(E(Categorical(x, w / (w + 1), 1 / (w + 1)), x) <= 1)
    assert expand(claim) == expand(read("positive w\nE_{Categorical(x; w/(w + 1), 1/(w + 1))}[x] <= 1"))
