"""Claims about moments, divergences, mutual information, derivatives, convex functions and structure."""

from __future__ import annotations

from fractions import Fraction

from proofs.language import tree as t
from tests.proofs.refuters.claims import (
    apply,
    between,
    claim,
    density,
    divergence,
    expect,
    information,
    kl,
    law,
    log,
    number,
    var,
)

PAIR = ("p(x)", "q(x)")
F_OF_RATIOS, G = t.Convex("f", low=Fraction(0)), t.Convex("g")
S, U, ORDER = t.Symbol("s"), t.Symbol("u"), t.Symbol("a")
NUMBERS = (t.Scalar("s"), t.Scalar("u"))
THETA, PARAMETER = t.Symbol("theta"), t.Parameter("theta")
P_THETA = t.Family("p", ("x",), parameters=("theta",))
T, T_THETA = t.Function("T", ("x",)), t.Function("T", ("x",), parameters=("theta",))
X = apply("T(x)")
MARKOV = t.Family("p", ("x", "y", "z"), structure=density("p(x)") * density("p(y|x)") * density("p(z|y)"))
SCORE = t.Gradient(THETA, log("p(x)"))
ABOVE = t.Indicator(var("x"), ">", S)
KL, TV, CHI2, H2, W1 = (between(kind) for kind in ("KL", "TV", "chi2", "H2", "W1"))
MEAN_GAP = expect("p(x)", var("x")) - expect("q(x)", var("x"))


def g(x: t.Expr) -> t.Expr:
    return t.Apply("g", (x,))


def renyi(order: t.Expr) -> t.Expr:
    return between("renyi", order=order)


def f_divergence(*sides: str) -> t.Expr:
    left, right = sides or PAIR
    return t.Divergence("D_f", law(left), law(right), None, "f")


JENSEN = expect("p(x)", g(X)), g(expect("p(x)", X))

TRUE = {
    "Pinsker": claim(2 * TV**2, "<=", KL, *PAIR),
    "Hellinger below total variation": claim(H2, "<=", TV, *PAIR),
    "total variation below Hellinger": claim(TV**2, "<=", 2 * H2, *PAIR),
    "KL below the log of chi2": claim(KL, "<=", log(1 + CHI2), *PAIR),
    "Renyi of order 2 is chi2": claim(CHI2, "=", t.Call("exp", (renyi(number(2)),)) - 1, *PAIR),
    "Renyi of order 1/2 is Hellinger": claim(renyi(number("1/2")), "=", -2 * log(1 - H2), *PAIR),
    "Renyi is non-negative": claim(renyi(ORDER), ">=", 0, *PAIR, t.Scalar("a", Fraction(0))),
    "an f-divergence is non-negative": claim(f_divergence(), ">=", 0, *PAIR, F_OF_RATIOS),
    "f(1) is 0 where an f-divergence occurs": claim(
        f_divergence() + t.Apply("f", (number(1),)), "=", f_divergence(), *PAIR, F_OF_RATIOS
    ),
    "a mean moves no further than its law": claim(MEAN_GAP, "<=", W1, *PAIR),
    "independent laws are a transport": claim(
        W1, "<=", expect("p(x_1) * q(x_2)", t.Call("abs", (var("x_1") - var("x_2"),))), *PAIR
    ),
    "Jensen": claim(JENSEN[0], ">=", JENSEN[1], "p(x)", T, G),
    "Jensen, concave": claim(JENSEN[0], "<=", JENSEN[1], "p(x)", T, t.Convex("g", concave=True)),
    "Fenchel-Young": claim(g(S) + t.Conjugate("g", U), ">=", S * U, G, *NUMBERS),
    "a conjugate is convex": claim(
        2 * t.Conjugate("g", (S + U) / 2), "<=", t.Conjugate("g", S) + t.Conjugate("g", U), G, *NUMBERS
    ),
    "the score has mean zero": claim(expect("p(x)", SCORE), "=", 0, P_THETA, PARAMETER),
    "score-function gradient": claim(
        t.Gradient(THETA, expect("p(x)", X)), "=", expect("p(x)", X * SCORE), P_THETA, PARAMETER, T
    ),
    "score-function gradient of what moves": claim(
        t.Gradient(THETA, expect("p(x)", X)),
        "=",
        expect("p(x)", X * SCORE + t.Gradient(THETA, X)),
        P_THETA,
        PARAMETER,
        T_THETA,
    ),
    "gradient of a divergence": claim(
        t.Gradient(THETA, KL), "=", expect("p(x)", SCORE * (log("p(x)") - log("q(x)"))), P_THETA, "q(x)", PARAMETER
    ),
    "gradient of a probability": claim(
        t.Gradient(THETA, expect("p(x)", ABOVE)), "=", expect("p(x)", ABOVE * SCORE), P_THETA, PARAMETER, t.Scalar("s")
    ),
    "gradient of a square": claim(t.Gradient(THETA, THETA**2), "=", 2 * THETA, PARAMETER),
    "information as a divergence": claim(information("x", "z"), "=", kl("p(x,z)", "p(x) * p(z)"), "p(x,z)"),
    "conditional information is non-negative": claim(information("x", "z", "y"), ">=", 0, "p(x,y,z)"),
    "information of a Markov chain": claim(information("x", "z", "y"), "=", 0, MARKOV),
    "data processing in a Markov chain": claim(information("x", "z"), "<=", information("x", "y"), MARKOV),
    "variance by moments": claim(
        t.Variance(law("p(x)"), X), "=", expect("p(x)", X**2) - expect("p(x)", X) ** 2, "p(x)", T
    ),
    "covariance with a shift": claim(t.Covariance(law("p(x)"), X, X + 1), "=", t.Variance(law("p(x)"), X), "p(x)", T),
    "a probability is at most one": claim(expect("p(x)", ABOVE), "<=", 1, "p(x)", t.Scalar("s")),
}

FALSE = {
    "Pinsker with twice its constant": claim(4 * TV**2, "<=", KL, *PAIR),
    "Pinsker, one part in two hundred off": claim(number("201/100") * TV**2, "<=", KL, *PAIR),
    "total variation below squared Hellinger": claim(TV, "<=", H2, *PAIR),
    "laws move no further than their means": claim(W1, "=", MEAN_GAP, *PAIR),
    "transport below total variation": claim(W1, "<=", TV, *PAIR),
    "chi2 below KL": claim(CHI2, "<=", KL, *PAIR),
    "Renyi is symmetric": claim(
        renyi(number(2)), "=", t.Divergence("renyi", law("q(x)"), law("p(x)"), number(2)), *PAIR
    ),
    "an f-divergence is symmetric": claim(f_divergence(), "=", f_divergence("q(x)", "p(x)"), *PAIR, F_OF_RATIOS),
    "an f-divergence is not positive": claim(f_divergence(), "<=", 0, *PAIR, F_OF_RATIOS),
    "Jensen reversed": claim(JENSEN[0], "<=", JENSEN[1], "p(x)", T, G),
    "Jensen for the wrong kind": claim(JENSEN[0], ">=", JENSEN[1], "p(x)", T, t.Convex("g", concave=True)),
    "Fenchel-Young reversed": claim(g(S) + t.Conjugate("g", U), "<=", S * U, G, *NUMBERS),
    "the score vanishes": claim(expect("p(x)", SCORE**2), "=", 0, P_THETA, PARAMETER),
    "the score has mean zero elsewhere": claim(expect("q(x)", SCORE), "=", 0, P_THETA, "q(x)", PARAMETER),
    "gradient without the score": claim(
        t.Gradient(THETA, expect("p(x)", X)), "=", expect("p(x)", t.Gradient(THETA, X)), P_THETA, PARAMETER, T_THETA
    ),
    "information vanishes": claim(information("x", "z"), "=", 0, "p(x,z)"),
    "conditioning lowers information": claim(information("x", "z", "y"), "<=", information("x", "z"), "p(x,y,z)"),
    "conditioning raises information": claim(information("x", "z", "y"), ">=", information("x", "z"), "p(x,y,z)"),
    "the ends of a Markov chain are independent": claim(information("x", "z"), "=", 0, MARKOV),
    "variance without the mean": claim(t.Variance(law("p(x)"), X), "=", expect("p(x)", X**2), "p(x)", T),
    "covariance is a product": claim(
        t.Covariance(law("p(x)"), X, X), "=", expect("p(x)", X) * expect("p(x)", X), "p(x)", T
    ),
    "a probability is below one": claim(expect("p(x)", ABOVE), "<", 1, "p(x)", t.Scalar("s")),
    "JSD above total variation": claim(divergence("JSD", *PAIR), ">=", TV, *PAIR),
}
