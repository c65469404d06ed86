"""An optimum is its value at the witness, and claims that no choice is better and that the witness is one."""

import pytest

from proofs import check
from proofs.language import ClaimError, read, to_text
from proofs.language.tree import Optimum, walk

D = "function D(x) in (0, 1)\n"
V = "let V = E_{p(x)}[log D(x)] + E_{q(x)}[log(1 - D(x))]\n"


def shown(text: str) -> list[str]:
    return [to_text(step).partition(" -- ")[0] for step in read(text).steps]


def test_the_value_comes_first_and_the_bound_below_the_chain() -> None:
    value = "E_{p(x)}[log(p(x)/(p(x) + q(x)))] + E_{q(x)}[log(1 - p(x)/(p(x) + q(x)))]"
    text = D + V + "2*JSD(p||q) - log 4 = max_{D}[V] at D = p(x)/(p(x)+q(x)) -- reason\n  <= 0"
    assert shown(text) == [
        f"2*JSD(p(x) || q(x)) - log(4) = {value}",
        f"{value} <= 0",
        f"V <= {value}",
    ]
    claim = read(text)
    assert [step.line for step in claim.steps] == [3, 4, 3]
    assert claim.steps[0].reason == "reason"
    assert not any(isinstance(node, Optimum) for node in walk(claim))
    assert read(to_text(claim)) == claim


def test_the_witness_is_claimed_to_be_a_choice_where_its_form_does_not_show_it() -> None:
    assert shown(D + "1 = max_{D}[E_{p(x)}[D(x)]] at D = 1")[2:] == ["1 > 0", "1 < 1"][1:]
    closed = "function D(x) in [0, 1]\ndensity p(x)\n1 = max_{D}[E_{p(x)}[D(x)]] at D = exp(-x^2)"
    assert shown(closed)[2:] == ["exp(-x^2) >= 0", "exp(-x^2) <= 1"]
    free = "function T(x)\nE_{p(x)}[T(x)] = max_{T}[E_{p(x)}[T(x)]] at T = x"
    assert len(shown(free)) == 2
    other = "density p(z), q(z)\n0 = max_{q}[E_{p(z)}[log q(z)]] at q = 2*p(z)"
    assert shown(other)[2:] == ["int_{z}[2*p(z)] = 1", "2*p(z) > 0"]
    assert len(shown("density p(z), q(z)\n0 = max_{q}[E_{p(z)}[log q(z)]] at q = p(z)")) == 2
    vanishing = "density p(z) >= 0\ndensity q(z)\n0 = max_{q}[E_{p(z)}[log q(z)]] at q = p(z)"
    assert shown(vanishing)[2:] == ["int_{z}[p(z)] = 1", "p(z) > 0"]
    ratio = D + "density p(x) >= 0\ndensity q(x)\n0 = max_{D}[E_{p(x)}[D(x)]] at D = p(x)/(p(x) + q(x))"
    assert [text[-3:] for text in shown(ratio)[2:]] == ["> 0", "< 1"]


def test_optima_are_parts_of_sums_products_and_quotients() -> None:
    text = "real a, b\n1 - 2*(max_{a}[1 - a^2] at a = 0)/3 = b - min_{a}[a^2] at a = 0"
    assert shown(text) == ["1 - 2*(1 - 0^2)/3 = b - 0^2", "1 - a^2 <= 1 - 0^2", "a^2 >= 0^2"]


def test_a_family_is_replaced_wherever_it_stands() -> None:
    text = "log p(x) = max_{q}[E_{z_1 ~ q(z|x)}[log p(x,z_1)] + H(q(z|x))] at q = p(z|x)"
    assert shown(text)[0] == "log p(x) = E_{p(z_1|x)}[log p(x, z_1)] + H(p(z|x))"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (D + "max_{D}[1] at D = 1/2 = 1", "does not depend on `D`"),
        (D + "max_{D}[E_{p(x)}[D(x)]] at T = 1/2 = 1", "runs over `D`"),
        ("max_{D}[E_{p(x)}[1]] at D = 1/2 = 1", "no function, density or number"),
        (D + "density p(x,y)\nmax_{D}[E_{p(x,y)}[D(x)]] at D = p(x|y) = 1", "speaks of `y`, which is bound"),
        (D + "E_{p(x)}[(max_{D}[D(x)] at D = 1/2)] = 1", "is a side of a step"),
        (D + "E_{p(x)}[max_{D}[D(x)] at D = 1/2] = 1", "is a side of a step"),
        (D + "let L = (max_{D}[D(x)] at D = 1/2)\nL = 1", "is a side of a step"),
        (D + "max_{D}[D(x)] = 1", "expected `at`"),
        (D + "assume 1 = max_{D}[D(x)] at D = 1/2\n1 = 1", "not in an assumption"),
        ("measure g(x)\n1 = max_{g}[g(x)] at g = 1/2", "is a measure"),
        ("integer n\n1 = max_{n}[-n^2] at n = 0", "is a whole number"),
        ("density q(x, z)\n0 = max_{q}[E_{q(x,z)}[log q(x)]] at q = p(x,z)", "a marginal or conditional of `q`"),
        ("density q(x, z)\n0 = max_{q}[I_q(x; z)] at q = p(x,z)", "in a mutual information"),
        ("density q(x, z) = q(x) q(z|x)\n0 = max_{q}[H(q(x, z))] at q = p(x,z)", "has a structure"),
        ("function T(x)\n0 = max_{T}[grad_x[T(x)]] at T = x", "stands under a derivative"),
        ("function T(x)\n0 = max_{T}[E_{p(x)}[T(x)]] at T = T(x)^2", "speaks of `T` itself"),
        ("real a\n0 = max_{a}[-a^2] at a = a", "speaks of `a` itself"),
        ("real a, b\nlet c = a*b\nassume c <= 1\n0 = max_{a}[-a^2] at a = 0", "an assumption speaks of `a`"),
    ],
)
def test_what_is_no_optimum(text: str, message: str) -> None:
    with pytest.raises(ClaimError, match=message):
        read(text)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (D + V + "2*JSD(p||q) - log 4 = max_{D}[V] at D = p(x)/(p(x)+q(x))", "proved"),
        (D + V + "2*JSD(p||q) - log 4 = min_{D}[V] at D = p(x)/(p(x)+q(x))", "refuted"),
        ("log p(x) = max_{q}[E_{q(z|x)}[log p(x,z) - log q(z|x)]] at q = p(z|x)", "proved"),
        (D + "1 = max_{D}[E_{p(x)}[D(x)]] at D = 1", "refuted"),  # a supremum that no D attains
        ("function D(x) in [0, 1]\n1 = max_{D}[E_{p(x)}[D(x)]] at D = 1", "proved"),
        ("density q(z)\nlog 2 - H(p(z)) = max_{q}[E_{p(z)}[log q(z)]] at q = 2*p(z)", "refuted"),  # not a density
    ],
)
def test_verdicts(text: str, verdict: str) -> None:
    assert check(text, tries=200).verdict == verdict
