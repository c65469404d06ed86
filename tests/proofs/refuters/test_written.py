"""Claims as people write them, from text to verdict."""

from __future__ import annotations

import numpy as np
import pytest

from proofs.check import check
from proofs.language import expand, read
from proofs.outcome import Unsupported
from proofs.refuters import as_python, describe, refute

GAN = "function D(x) in (0, 1)\nlet V = E_{p(x)}[log D(x)] + E_{q(x)}[log(1 - D(x))]\n"
WEIGHT = "density p(x, z)\ndensity q(z | x)\nlet w(z) = p(x,z)/q(z|x)\nfor k in 1..3\n"
IWAE = "E_{z_1..z_k ~ q(z|x)}[log(mean_{i=1..k}[w(z_i)])]"
NEXT = "E_{z_1..z_{k+1} ~ q(z|x)}[log(mean_{i=1..k+1}[w(z_i)])]"


def verdicts(text: str) -> list[bool]:
    """For each step, whether it falls."""
    claim = expand(read(text))
    return [refute(claim, step, rng=np.random.default_rng(0)) is not None for step in claim.steps]


@pytest.mark.parametrize(
    ("text", "falls"),
    [
        ("let L = E_{q(z|x)}[log p(x,z) - log q(z|x)]\nlog p(x) = L + KL(q(z|x) || p(z|x)) >= L", [False, False]),
        ("let L = E_{q(z|x)}[log p(x,z)]\nlog p(x) = L + KL(q(z|x) || p(z|x)) >= L", [True, False]),
        ("H(p(x)) >= 0", [True]),
        ("discrete x\nH(p(x)) >= 0", [False]),
        (GAN + "V <= 2*JSD(p(x) || q(x)) - log(4)", [False]),
        (GAN + "V <= JSD(p(x) || q(x)) - log(4)", [True]),
        (WEIGHT + f"{IWAE} <= {NEXT} <= log p(x)", [False] * 6),
        (WEIGHT + f"{IWAE} >= {NEXT}", [True] * 3),
        ("E_{p(x)}[x^2] >= E_{p(x)}[x]^2", [False]),
        ("E_{p(x)}[x^2] = E_{p(x)}[x]^2", [True]),
        ("measure g(x)\nlog(int_{x}[g(x)]) >= E_{p(x)}[log g(x)] + H(p(x))", [False]),
        ("measure g(x)\n0 >= E_{p(x)}[log g(x)] + H(p(x))", [True]),
        ("positive a\nlog(a) <= a - 1", [False]),
        ("real a in (0, 1)\na^2 > a", [True]),
        ("pi ~= 3.1416", [False]),
        ("pi ~= 3.1415", [True]),
    ],
)
def test_written_claims(text, falls):
    assert verdicts(text) == falls


@pytest.mark.parametrize(
    ("near", "tight"),
    [
        ("2.00000002*TV(p(x) || q(x))^2 <= KL(p(x) || q(x))", "2*TV(p(x) || q(x))^2 <= KL(p(x) || q(x))"),
        ("JSD(p(x) || q(x)) <= log(2) - 1e-8", "JSD(p(x) || q(x)) <= log(2)"),
        ("TV(p(x) || q(x)) <= 0.99999999", "TV(p(x) || q(x)) <= 1"),
        ("H2(p(x) || q(x)) <= 0.99999999*TV(p(x) || q(x))", "H2(p(x) || q(x)) <= TV(p(x) || q(x))"),
        (
            "8.00000008*H2(p(x) || q(x)) <= KL(p(x) || q(x)) + KL(q(x) || p(x))",
            "8*H2(p(x) || q(x)) <= KL(p(x) || q(x)) + KL(q(x) || p(x))",
        ),
        ("positive a\nlog(a) <= 0.99999999*(a - 1)", "positive a\nlog(a) <= a - 1"),
        (
            "log p(x) >= E_{q(z|x)}[log p(x,z) - 0.99999999*log q(z|x)]",
            "log p(x) >= E_{q(z|x)}[log p(x,z) - log q(z|x)]",
        ),
    ],
)
def test_a_constant_that_is_wrong_in_the_eighth_digit_falls(near, tight):
    assert verdicts(near) == [True]
    assert verdicts(tight) == [False]


def test_a_law_of_ones_own_is_checked():
    with pytest.raises(Unsupported, match=r"p\(x\).*q\(x\), as a law of x, integrates to"):
        verdicts("density p(x)\ndensity q(x)\nlet r(x) = p(x) * q(x)\nKL(r(x) || p(x)) >= 0")
    assert verdicts("density p(x)\ndensity q(x)\nlet m(x) = (p(x) + q(x))/2\nKL(m(x) || p(x)) >= 0") == [False]


def test_what_a_reader_sees():
    claim = expand(read("E_{q(z|x)}[log p(x,z) - log q(z|x)] >= log p(x)"))
    step = claim.steps[0]
    found = refute(claim, step, rng=np.random.default_rng(0))
    text = describe(found, claim)
    assert "q(z | x=0) = " in text
    assert f"left = {found.left}, right = {found.right}" in text
    assert as_python(found, claim, step).endswith("print(float(left), float(right))\n")


def test_a_number_on_a_space_without_a_named_law_is_said_to_have_an_arbitrary_base_measure() -> None:
    located, counted, unlocated = (
        check(text).steps[0].counterexample
        for text in ("E_{p(x)}[x] = 0", "discrete x\nE_{p(x)}[x] = 0", "KL(p(x) || q(x)) = 0")
    )
    claims = [read("E_{p(x)}[x] = 0"), read("discrete x\nE_{p(x)}[x] = 0"), read("KL(p(x) || q(x)) = 0")]
    said = ["base measure of x" in describe(f, c) for f, c in zip((located, counted, unlocated), claims, strict=True)]
    assert said == [True, False, False]
