"""The Python interface builds the same claims as the text does."""

from fractions import Fraction

import pytest

from proofs.language import ClaimError, claim_of, read
from proofs.language.python import (
    CE,
    JSD,
    KL,
    E,
    H,
    N,
    Normal,
    Uniform,
    approximately,
    definition,
    densities,
    equal,
    exp,
    functions,
    integers,
    integral,
    let,
    log,
    measures,
    number,
    pi,
    positives,
    pushforward,
    reals,
    sqrt,
    summation,
    symbols,
    variables,
)
from proofs.language.tree import Comparison, Number

x, z, t, Y = variables("x z t Y")
z1, z2 = variables("z_1 z_2")
p, q, r = densities("p q r")
(D,) = functions("D", within=(0, 1))
m, s = symbols("m s")
elbo = E(q(z | x), log(p(x, z)) - log(q(z | x)))
V = E(p(x), log(D(x))) + E(q(x), log(1 - D(x)))
mixture = definition("mix", (x,), (p(x) + q(x)) / 2)
X = pushforward("X", exp(Y), Normal(Y, m, s))
named = let("ELBO", elbo)
(y,) = variables("y", discrete=True)
(mass,) = densities("mu", positive=False)
(g,) = measures("g")
(n,) = integers("n", low=1)
(a,) = reals("a", within=(Fraction(-1, 2), None))
(b,) = positives("b")


@pytest.mark.parametrize(
    ("comparison", "text"),
    [
        (log(p(x)) >= elbo, "log p(x) >= E_{q(z|x)}[log p(x,z) - log q(z|x)]"),
        (
            equal(log(p(x)), named + KL(q(z | x), p(z | x))),
            "let ELBO = E_{q(z|x)}[log p(x,z) - log q(z|x)]\nlog p(x) = ELBO + KL(q(z|x) || p(z|x))",
        ),
        (
            V <= 2 * JSD(p(x), q(x)) - log(4),
            "function D(x) in (0, 1)\nE_{p(x)}[log D(x)] + E_{q(x)}[log(1 - D(x))] <= 2*JSD(p(x) || q(x)) - log(4)",
        ),
        (
            equal(KL(Normal(m, s), Normal(0, 1)), (m**2 + s**2 - 1) / 2 - log(s)),
            "KL(Normal(m, s) || Normal(0, 1)) = (m^2 + s^2 - 1)/2 - log(s)",
        ),
        (
            equal(X.pdf(t), exp(-((log(t) - m) ** 2) / (2 * s**2)) / (t * s * sqrt(2 * pi))),
            "let X = exp(Y) where Y ~ Normal(m, s)\npdf_X(t) = exp(-(log(t) - m)^2/(2*s^2))/(t*s*sqrt(2*pi))",
        ),
        (
            equal(JSD(p, q), (KL(p, mixture(x)) + KL(q(x), mixture(x))) / 2),
            "density p, q\nlet mix(x) = (p(x) + q(x))/2\nJSD(p || q) = (KL(p || mix(x)) + KL(q(x) || mix(x)))/2",
        ),
        (E((r(x), q(z | x)), CE(p(z | x), q(z | x))) >= 0, "E_{r(x) q(z|x)}[CE(p(z|x) || q(z|x))] >= 0"),
        (E(r(x) * q(z | x), 1) >= H(p(x, z)), "E_{r(x) q(z|x)}[1] >= H(p(x,z))"),
        (E((q(z1 | x), q(z2 | x)), q(z | x)) > 0, "E_{z_1, z_2 ~ q(z|x)}[q(z|x)] > 0"),
        (equal(integral((x, z), p(x, z)), 1), "int_{x, z}[p(x,z)] = 1"),
        (equal(summation(y, mass(y)), 1), "mass mu(y) >= 0\nsum_{y}[mu(y)] = 1"),
        (log(integral(x, g(x))) < n, "measure g(x)\ninteger n >= 1\nlog int_{x}[g(x)] < n"),
        (a + 1 > -b, "real a > -0.5\npositive b\na + 1 > -b"),
        (equal(E(N(x, m, s), x), E(Uniform(x, 0, m), x)), "E_{x ~ N(m, s)}[x] = E_{x ~ Uniform(0, m)}[x]"),
        (approximately(exp(-3), number("0.050")), "exp(-3) ~= 0.050"),
        (equal(KL(q, p(z | x)), KL(q(z | x), p(z | x))), "KL(q || p(z|x)) = KL(q(z|x) || p(z|x))"),
        (equal(p(x, z | Y), 1), "density p\np(x, z | Y) = 1"),
        (equal(p(z | (x, Y)), 1), "density p\np(z | x, Y) = 1"),
    ],
)
def test_both_give_one_tree(comparison: Comparison, text: str) -> None:
    assert claim_of(comparison) == read(text)


def test_several_comparisons_are_chains_of_one_step() -> None:
    claim = claim_of(log(p(x)) >= elbo, elbo <= log(p(x)))
    assert claim == read(
        "log p(x) >= E_{q(z|x)}[log p(x,z) - log q(z|x)]\nE_{q(z|x)}[log p(x,z) - log q(z|x)] <= log p(x)"
    )
    assert len(claim.chains) == 2


def test_digits_are_kept() -> None:
    right = claim_of(approximately(exp(-3), number("0.050"))).steps[0].right
    assert isinstance(right, Number)
    assert right.text == "0.050"


@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [
        (lambda: claim_of(log(p(x))), TypeError, "not a comparison"),
        (lambda: claim_of(), ClaimError, "nothing is claimed"),
        (lambda: log(0.5), TypeError, "0.5 cannot stand in a claim"),
        (lambda: p(x) + 0.5, TypeError, "0.5 cannot stand in a claim"),
        (lambda: p(1), TypeError, "applied to variables"),
        (lambda: p(), TypeError, "applied to variables"),
        (lambda: variables("x y+"), ValueError, "'y\\+' is not a name"),
        (lambda: let("a b", 1), ValueError, "one name"),
        (lambda: E(p(x) + q(x), 1), TypeError, "a law is a density"),
        (lambda: E((), 1), TypeError, "a law is a density"),
        (lambda: Normal(1), TypeError, "takes two parameters"),
        (lambda: Normal(m, m, s), TypeError, "at a variable x"),
        (lambda: pushforward("X", exp(Y), p(Y)), TypeError, "named law"),
        (lambda: claim_of(E(q(z | x), log(q(z))) >= 0), ClaimError, "conditional family"),
        (lambda: claim_of(equal(sum([p(x)] * 200, p(x)), 1)), ClaimError, "levels"),
        (lambda: bool(p(x) < 1), TypeError, "no truth value"),
    ],
)
def test_mistakes(mistake: object, error: type[Exception], message: str) -> None:
    assert callable(mistake)
    with pytest.raises(error, match=message):
        mistake()


def test_greek_names_are_one_name() -> None:
    assert variables("θ") == variables("theta") == variables(r"\theta")
