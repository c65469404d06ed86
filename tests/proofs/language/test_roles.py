"""One name in several roles: a definition that is a law and a density, and what its uses show of a name."""

import pytest

from proofs import check
from proofs.language import ClaimError, read

P = "let p(x) = Normal(x; 0, 1)\n"
Q = "let q(x) = Normal(x; m, s)\n"


@pytest.mark.parametrize(
    "text",
    [
        P + "E_{p(x)}[x^2] = 1",
        P + "E_{x ~ p}[x] = 0",
        P + "E_{x ~ p(x)}[log p(x)] = -H(p(x))",
        P + "log p(x) = -x^2/2 - log(2*pi)/2",
        P + "let r(x) = p(x)^2\nr(y) = exp(-y^2)/(2*pi)",
        P + Q + "KL(q(x) || p(x)) = (m^2 + s^2 - 1)/2 - log s\nKL(q || p) = KL(q(x) || p(x))",
        P + Q + "E_{q(x)}[log q(x) - log p(x)] = KL(q || p)",
        "E_{p(x)}[q(x)/p(x)] = 1",
        "E_{x ~ p(x)}[q(x)/p(x)] = 1",
        "E_{p(x)}[log(q(x)/p(x))] <= 0",
        "E_{p(x)}[q(x)] = E_{q(x)}[p(x)]",
        r"\mathbb{E}_{p(x)}\left[\frac{q(x)}{p(x)}\right] = 1",
        "real x\ngrad_x[log Normal(x; 0, 1)] = -x",
        "real x\ngrad_x[x^2] = 2*x",
        "real x\ndensity p(x)\nKL(p(x) || q(x)) >= 0",
    ],
)
def test_what_use_shows(text: str) -> None:
    assert check(text).verdict == "proved"


def test_a_bare_real_is_a_variable_where_it_stands_as_one() -> None:
    claim = read("real x, a\ndensity p(x)\nE_{p(x)}[x + a] = 1")
    assert set(claim.scalars()) == {"a"}
    with pytest.raises(ClaimError, match="is a number, and stands here as a variable"):
        read("positive x\ndensity p(x)\nE_{p(x)}[x] = 1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (r"\mathbb{E}[\log p(x)] \le 0", r"names no law; write what is drawn below it, as in `\\mathbb{E}_\{q"),
        ("E[x] = 1", r"names no law; write `E_\{q\(z\|x\)\}\[\.\.\.\]`"),
        ("Var[x] = 1", "names no law"),
        ("F[x] = 1", "cannot stand before a bracket"),
        (P + "function T(y)\nT(x) = p(x)", "no copy of `y`"),
        ("let r(x) = p(x|z)\nr(y) = 1", "no copy of it"),
    ],
)
def test_what_is_not_guessed(text: str, message: str) -> None:
    with pytest.raises(ClaimError, match=message):
        read(text)
