"""Claims that people write: some hold for every base measure, some are wrong in the ways that people get them wrong."""

from __future__ import annotations

from fractions import Fraction

from proofs.language import tree as t
from tests.proofs.refuters.claims import (
    apply,
    claim,
    density,
    divergence,
    entropy,
    expect,
    family,
    integral,
    kl,
    log,
    number,
    var,
)

MODEL = ("p(x,z)", "q(z|x)")
PAIR = ("p(x)", "q(x)")
D = t.Function("D", ("x",), Fraction(0), Fraction(1))
T = t.Function("T", ("x",))
ENERGY = t.Function("g", ("x",), Fraction(0), integrable=True)
HALF, LOG_2, LOG_4 = number("0.5"), log(number(2)), log(number(4))

EVIDENCE = log("p(x)")
ELBO = expect("q(z|x)", log("p(x,z)") - log("q(z|x)"))
GAP = kl("q(z|x)", "p(z|x)")
JSD = divergence("JSD", *PAIR)
VALUE = expect("p(x)", log(apply("D(x)"))) + expect("q(x)", log(1 - apply("D(x)")))
BEST = density("p(x)") / (density("p(x)") + density("q(x)"))
BEST_VALUE = expect("p(x)", log(BEST)) + expect("q(x)", log(1 - BEST))
Z = integral("x", apply("g(x)"))
DONSKER_VARADHAN = expect("p(x)", apply("T(x)")) - log(expect("q(x)", t.Call("exp", (apply("T(x)"),))))
MODEL_OF_ENERGY = t.Law(apply("g(x)") / Z, (var("x"),))
MIXTURE = t.Law((density("p(x)") + density("q(x)")) * HALF, (var("x"),))


def iwae(k: int) -> t.Expr:
    """E over k copies of the log of the mean weight."""
    copies = range(1, k + 1)
    weights = [density(f"p(x,z_{i})") / density(f"q(z_{i}|x)") for i in copies]
    total: t.Expr = weights[0]
    for weight in weights[1:]:
        total = total + weight
    return expect(" * ".join(f"q(z_{i}|x)" for i in copies), log(total / k))


def mutual_information() -> t.Expr:
    return expect("p(x,z)", log("p(x,z)") - log("p(x)") - log("p(z)"))


FALSE = {
    "KL is symmetric": claim(kl(*PAIR), "=", kl("q(x)", "p(x)"), *PAIR),
    "entropy is positive": claim(entropy("p(x)"), ">=", 0, "p(x)"),
    "log density is negative": claim(EVIDENCE, "<=", 0, "p(x)"),
    "ELBO above the evidence": claim(ELBO, ">=", EVIDENCE, *MODEL),
    "gap with the wrong sign": claim(EVIDENCE, "=", ELBO - GAP, *MODEL),
    "gap the wrong way round": claim(EVIDENCE, "=", ELBO + kl("p(z|x)", "q(z|x)"), *MODEL),
    "ELBO without its entropy": claim(EVIDENCE, ">=", expect("q(z|x)", log("p(x,z)")), *MODEL),
    "ELBO with KL added": claim(ELBO, "=", expect("q(z|x)", log("p(x|z)")) + kl("q(z|x)", "p(z)"), *MODEL),
    "a pointwise identity from an average": claim(
        expect("q(z|x)", log("p(x|z)")), "=", expect("p(z)", log("p(x|z)")), *MODEL
    ),
    "missing normaliser": claim(expect("p(x)", log(apply("g(x)")) - log("p(x)")), "<=", 0, "p(x)", ENERGY),
    "energy model without its KL": claim(
        expect("p(x)", log(apply("g(x)"))), "=", log(Z) + expect("p(x)", log("p(x)")), "p(x)", ENERGY
    ),
    "normaliser Z for log Z": claim(
        kl("p(x)", MODEL_OF_ENERGY), "=", Z - entropy("p(x)") - expect("p(x)", log(apply("g(x)"))), "p(x)", ENERGY
    ),
    "JSD below an eighth of KL": claim(JSD, "<=", kl(*PAIR) / 8, *PAIR),
    "JSD below log 2 over 2": claim(JSD, "<=", LOG_2 / 2, *PAIR),
    "V(D*) with log 2": claim(BEST_VALUE, "=", 2 * JSD - LOG_2, *PAIR),
    "V(D*) with one JSD": claim(BEST_VALUE, "=", JSD - LOG_4, *PAIR),
    "V(D) above V(D*)": claim(VALUE, ">=", 2 * JSD - LOG_4, *PAIR, D),
    "IWAE falls with samples": claim(iwae(2), "<=", iwae(1), *MODEL),
    "IWAE with a sum for a mean": claim(iwae(2) + LOG_2, "<=", EVIDENCE, *MODEL),
    "chain rule with a marginal": claim(log("p(x,z)"), "=", EVIDENCE + log("p(z)"), "p(x,z)"),
    "chain rule with the wrong conditional": claim(log("p(x,z)"), "=", EVIDENCE + log("p(x|z)"), "p(x,z)"),
    "conditioning raises entropy": claim(entropy("p(x)"), "<=", expect("p(z)", entropy("p(x|z)")), "p(x,z)"),
    "conditioning lowers entropy at every point": claim(entropy("p(x|z)"), "<=", entropy("p(x)"), "p(x,z)"),
    "cross-entropy below entropy": claim(divergence("CE", *PAIR), "<=", entropy("p(x)"), *PAIR),
    "Donsker-Varadhan without the log": claim(
        expect("p(x)", apply("T(x)")) - expect("q(x)", t.Call("exp", (apply("T(x)"),))), ">=", kl(*PAIR), *PAIR, T
    ),
    "Jensen reversed": claim(
        expect("p(x)", log(apply("g(x)"))), ">=", log(expect("p(x)", apply("g(x)"))), "p(x)", ENERGY
    ),
    "KL strictly positive": claim(kl(*PAIR), ">", 0, *PAIR),
    "KL bounded": claim(kl(*PAIR), "<=", 100, family("p(x)"), family("q(x)", positive=False)),
    "a square equals a product of means": claim(
        expect("p(x)", var("x") ** 2), "=", expect("p(x)", var("x")) ** 2, "p(x)"
    ),
}

TRUE = {
    "ELBO with its gap": claim(EVIDENCE, "=", ELBO + GAP, *MODEL),
    "ELBO is a lower bound": claim(EVIDENCE, ">=", ELBO, *MODEL),
    "ELBO by reconstruction": claim(ELBO, "=", expect("q(z|x)", log("p(x|z)")) - kl("q(z|x)", "p(z)"), *MODEL),
    "IWAE is a lower bound": claim(EVIDENCE, ">=", iwae(2), *MODEL),
    "IWAE rises, 1 to 2": claim(iwae(1), "<=", iwae(2), *MODEL),
    "IWAE rises, 2 to 3": claim(iwae(2), "<=", iwae(3), *MODEL),
    "KL is non-negative": claim(kl(*PAIR), ">=", 0, *PAIR),
    "JSD by mixtures": claim(JSD, "=", HALF * kl("p(x)", MIXTURE) + HALF * kl("q(x)", MIXTURE), *PAIR),
    "JSD below log 2": claim(JSD, "<=", LOG_2, *PAIR),
    "JSD below a quarter of the symmetric KL": claim(JSD, "<=", (kl(*PAIR) + kl("q(x)", "p(x)")) / 4, *PAIR),
    "V(D*)": claim(BEST_VALUE, "=", 2 * JSD - LOG_4, *PAIR),
    "V(D) below V(D*)": claim(VALUE, "<=", 2 * JSD - LOG_4, *PAIR, D),
    "chain rule": claim(log("p(x,z)"), "=", EVIDENCE + log("p(z|x)"), "p(x,z)"),
    "information is non-negative": claim(mutual_information(), ">=", 0, "p(x,z)"),
    "cross-entropy": claim(divergence("CE", *PAIR), "=", entropy("p(x)") + kl(*PAIR), *PAIR),
    "Donsker-Varadhan": claim(DONSKER_VARADHAN, "<=", kl(*PAIR), *PAIR, T),
    "Gibbs": claim(expect("p(x)", log(apply("g(x)")) - log("p(x)")), "<=", log(Z), "p(x)", ENERGY),
    "energy model with its normaliser": claim(
        kl("p(x)", MODEL_OF_ENERGY), "=", log(Z) - entropy("p(x)") - expect("p(x)", log(apply("g(x)"))), "p(x)", ENERGY
    ),
    "discrete entropy is positive": claim(entropy("p(x)"), ">=", 0, "p(x)", t.Discrete("x")),
    "variance is non-negative": claim(expect("p(x)", var("x") ** 2), ">=", expect("p(x)", var("x")) ** 2, "p(x)"),
    "independent copies factor": claim(
        expect("p(x_1) * p(x_2)", apply("T(x_1)") * apply("T(x_2)")), "=", expect("p(x)", apply("T(x)")) ** 2, "p(x)", T
    ),
    "total expectation": claim(expect("p(x)", expect("p(z|x)", log("p(x)"))), "=", -entropy("p(x)"), "p(x,z)"),
    "KL may be infinite on both sides": claim(
        kl(*PAIR), ">=", 0, family("p(x)", positive=False), family("q(x)", positive=False)
    ),
    "AM-GM for scalars": claim(
        (t.Symbol("a") + t.Symbol("b")) / 2,
        ">=",
        t.Call("sqrt", (t.Symbol("a") * t.Symbol("b"),)),
        t.Scalar("a", Fraction(0)),
        t.Scalar("b", Fraction(0)),
    ),
}
