"""The Python interface builds the same claims as the text does."""

from fractions import Fraction

import pytest

from proofs.language import ClaimError, claim_of, read
from proofs.language.python import (
    CE,
    H2,
    JSD,
    KL,
    TV,
    W1,
    W2,
    Binomial,
    Cov,
    E,
    Exponential,
    H,
    N,
    Normal,
    P,
    StudentT,
    Uniform,
    Var,
    approximately,
    chi2,
    concave,
    convex,
    definition,
    densities,
    equal,
    exp,
    f_divergence,
    functions,
    grad,
    indicator,
    integers,
    integral,
    let,
    log,
    maximum,
    measures,
    minimum,
    mutual_information,
    number,
    parameters,
    pi,
    positives,
    pushforward,
    reals,
    renyi,
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


(theta,) = parameters("theta")
(f,) = convex("f", within=(0, None))
(c,) = concave("c")
(ptheta,) = densities("p_theta")
(chain,) = (handle.factored(handle(x), handle(z | x), handle(t | z)) for handle in densities("h"))


@pytest.mark.parametrize(
    ("comparison", "text"),
    [
        (Var(p(x), x) <= Cov(p(x), x, 2 * x), "Var_{p(x)}[x] <= Cov_{p(x)}[x, 2*x]"),
        (P(p(x), x > a) <= E(p(x), indicator(x >= a)), "real a > -0.5\nP_{p(x)}[x > a] <= E_{p(x)}[ind(x >= a)]"),
        (TV(p, q) + chi2(p, q) >= H2(p(x), q(x)), "TV(p || q) + chi2(p || q) >= H2(p(x) || q(x))"),
        (W1(p, q) <= W2(p, q), "W1(p || q) <= W2(p || q)"),
        (renyi(2, p(x), q(x)) >= renyi(Fraction(1, 2), p, q), "renyi_{2}(p(x) || q(x)) >= renyi_{0.5}(p || q)"),
        (f_divergence(f, p, q) >= f(1), "convex f on (0, oo)\nD_f(p || q) >= f(1)"),
        (f.conjugate(2) >= c(x) - f(p(x)), "density p\nconvex f on (0, oo)\nconcave c\nconj_f(2) >= c(x) - f(p(x))"),
        (mutual_information(r, x, (z, t)) >= 0, "I_r(x; z, t) >= 0"),
        (mutual_information(r, x, z, given=t) >= 0, "I_r(x; z | t) >= 0"),
        (
            equal(grad(theta, E(ptheta(x), x)), E(ptheta(x), x * grad(theta, log(ptheta(x))))),
            "parameter theta\ngrad_theta[E_{p_theta(x)}[x]] = E_{p_theta(x)}[x*grad_theta[log p_theta(x)]]",
        ),
        (equal(E(p(x), grad(x, log(p(x)))), 0), "E_{p(x)}[grad_x[log p(x)]] = 0"),
        (
            equal(2 * JSD(p, q) - log(4), maximum(D, V, at=p(x) / (p(x) + q(x)))),
            "function D(x) in (0, 1)\n2*JSD(p || q) - log(4)"
            " = max_{D}[E_{p(x)}[log D(x)] + E_{q(x)}[log(1 - D(x))]] at D = p(x)/(p(x) + q(x))",
        ),
        (log(p(x)) >= 1 + 2 * minimum(b, b**2, at=1), "positive b\nlog p(x) >= 1 + 2*(min_{b}[b^2] at b = 1)"),
        (mutual_information(chain, x, t) >= 0, "density h(x, z, t) = h(x) h(z|x) h(t|z)\nI_h(x; t) >= 0"),
        (equal(E(Exponential(x, b), x), 1 / b), "positive b\nE_{x ~ Exponential(b)}[x] = 1/b"),
        (equal(E(Binomial(x, n, s), x), n * s), "integer n >= 1\nE_{x ~ Binomial(n, s)}[x] = n*s"),
        (E(StudentT(x, 3, 0, 1), x**2) <= 3, "E_{x ~ StudentT(3, 0, 1)}[x^2] <= 3"),
    ],
)
def test_the_rest_of_the_language_too(comparison: Comparison, text: str) -> None:
    assert claim_of(comparison) == read(text)


def test_assumptions_stand_above_the_claim() -> None:
    assert claim_of(a < b + 1, assuming=(a < b,)) == read("real a > -0.5\npositive b\nassume a < b\na < b + 1")


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
        (lambda: Normal(1), TypeError, "takes its parameters"),
        (lambda: Normal(m, m, s), TypeError, "at a variable x"),
        (lambda: pushforward("X", exp(Y), p(Y)), TypeError, "named law"),
        (lambda: claim_of(E(q(z | x), log(q(z))) >= 0), ClaimError, "conditional family"),
        (lambda: claim_of(equal(sum([p(x)] * 200, p(x)), 1)), ClaimError, "levels"),
        (lambda: indicator(x), TypeError, "an event is a comparison"),
        (lambda: grad(p(x), 1), TypeError, "in a parameter or a variable"),
        (lambda: densities("p")[0].factored(), TypeError, "a product of conditionals"),
        (lambda: bool(p(x) < 1), TypeError, "no truth value"),
    ],
)
def test_mistakes(mistake: object, error: type[Exception], message: str) -> None:
    assert callable(mistake)
    with pytest.raises(error, match=message):
        mistake()


def test_greek_names_are_one_name() -> None:
    assert variables("θ") == variables("theta") == variables(r"\theta")
