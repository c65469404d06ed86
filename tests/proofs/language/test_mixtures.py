"""Laws that are expressions: where they may stand without a name, and that they still have to be laws."""

import pytest

from proofs import check
from proofs.language import ClaimError, expand, read, to_text
from proofs.language.tree import Density, Div, Expectation, Law, Variable, walk

D = "density p(x), q(x), r(x)\n"


@pytest.mark.parametrize(
    "text",
    [
        "KL(p(x) || (p(x) + q(x))/2) >= 0",
        "JSD(0.5*(p(x) + q(x)) || r(x)) >= 0",
        "TV((p(x) + q(x))/2 || r(x)) <= 1",
        "E_{x ~ (p(x) + q(x))/2}[x] = 0",
        "density s(x, z)\nE_{x, z ~ (s(x, z) + p(x)*q(z))/2}[x*z] = 0",
        "density s(x, z)\nKL(p(x) || int_{z}[s(x, z)]) >= 0",
    ],
)
def test_a_mixture_takes_its_variables_from_the_draw_or_the_other_side(text: str) -> None:
    claim = read((D + text).replace("p(x)*q(z)", "p(x)*s(z)"))
    assert read(to_text(claim)) == claim
    laws = [node for node in walk(claim.steps[0].left) if isinstance(node, Law)]
    assert all(law.generated for law in laws)
    assert any(not isinstance(law.density, Density) for law in laws)


def test_an_expanded_definition_reads_back() -> None:
    claim = read(D + "let m(x) = (p(x) + q(x))/2\nE_{m(x)}[KL(p(x) || m(x))] = 0")
    left = expand(claim).steps[0].left
    assert isinstance(left, Expectation)
    assert isinstance(left.law.density, Div)
    assert left.law.generated == (Variable("x", "x"),)
    assert read(D + to_text(left) + " = 0").steps[0].left == left


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("E_{(p(x) + q(x))/2}[1] = 1", "drawn from, as in"),
        ("H((p(x) + q(x))/2) = 1", "drawn from, as in"),
        ("KL((p(x) + q(x))/2 || (p(x) + r(x))/2) = 1", "drawn from, as in"),
        ("E_{x_1, x_2 ~ (p(x) + q(x))/2}[1] = 1", "does not speak of `x_1`"),
    ],
)
def test_what_a_mixture_generates_is_not_guessed(text: str, message: str) -> None:
    with pytest.raises(ClaimError, match=message):
        read(D + text)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("JSD(p || q) = KL(p(x) || (p(x) + q(x))/2)/2 + KL(q(x) || (p(x) + q(x))/2)/2", "proved"),
        ("KL((p(x) + q(x))/2 || r(x)) <= KL(p || r)/2 + KL(q || r)/2", "proved"),
        ("KL((p(x) + q(x))/2 || r(x)) >= KL(p || r)/2 + KL(q || r)/2", "refuted"),
        ("KL(p(x) || p(x) + q(x)) <= 0", "unsupported"),
        ("E_{x ~ p(x) + q(x)}[1] = 2", "unsupported"),
    ],
)
def test_verdicts(text: str, verdict: str) -> None:
    assert check(D + text, tries=200).verdict == verdict
