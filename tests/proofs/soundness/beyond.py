"""Claims beyond the linear fragment, true by the theorem that makes them, over random laws and integrands."""

from __future__ import annotations

from random import Random

_HEAD = """density p(x, z)
density q(z | x)
density r(x)
density s(x)
function T(x)
function U(x)
function D(x) in (0, 1)
function a(x) > 0
real c
real lam in (0, 1)
convex f
parameter theta
density m_theta(x)
function S_theta(x)
"""


def copies(random: Random) -> str:
    """Several draws: unbiased means, bounds by Jensen, bounds with more draws."""
    k, w = random.randint(2, 3), _weight(random)
    mean = f"mean_{{i=1..{k}}}[w(z_i)]"
    law = f"z_1..z_{k} ~ q(z|x)"
    step = random.choice(
        (
            f"E_{{{law}}}[{mean}] = E_{{q(z|x)}}[w(z)]",
            f"E_{{{law}}}[log({mean})] <= log(E_{{q(z|x)}}[w(z)])",
            f"E_{{{law}}}[log({mean})] >= E_{{q(z|x)}}[log(w(z))]",
            f"E_{{z_1..z_{k - 1} ~ q(z|x)}}[log(mean_{{i=1..{k - 1}}}[w(z_i)])] <= E_{{{law}}}[log({mean})]",
            f"E_{{{law}}}[sum_{{i=1..{k}}}[log(w(z_i))]] = {k}*E_{{q(z|x)}}[log(w(z))]",
        )
    )
    return f"{_HEAD}let w(z) = {w}\n{step}"


def general_k(random: Random) -> str:
    """The same for any number of draws."""
    w = _weight(random)
    mean, law = "mean_{i=1..k}[w(z_i)]", "z_1..z_k ~ q(z|x)"
    step = random.choice(
        (
            f"E_{{{law}}}[{mean}] = E_{{q(z|x)}}[w(z)]",
            f"E_{{{law}}}[log({mean})] <= log(E_{{q(z|x)}}[w(z)])",
            f"E_{{{law}}}[log({mean})] >= E_{{q(z|x)}}[log(w(z))]",
            f"E_{{{law}}}[log({mean})] <= E_{{z_1..z_{{k+1}} ~ q(z|x)}}[log(mean_{{i=1..k+1}}[w(z_i)])]",
        )
    )
    return f"{_HEAD}integer k >= 1\nlet w(z) = {w}\n{step}"


def mixtures(random: Random) -> str:
    """Convexity of divergences, concavity of entropy, and what the mixture's own densities satisfy."""
    weight, rest = random.choice((("1/2", "1/2"), ("1/3", "2/3"), ("lam", "(1 - lam)"), ("1/4", "3/4")))
    a, b = random.sample(("r(x)", "s(x)", "p(x)"), 2)
    third = random.choice(("r(x)", "s(x)", "p(x)"))
    step = random.choice(
        (
            f"H(m(x)) >= {weight}*H({a}) + {rest}*H({b})",
            f"KL(m(x) || {third}) <= {weight}*KL({a} || {third}) + {rest}*KL({b} || {third})",
            f"KL({third} || m(x)) <= {weight}*KL({third} || {a}) + {rest}*KL({third} || {b})",
            f"E_{{m(x)}}[T(x)] = {weight}*E_{{{a}}}[T(x)] + {rest}*E_{{{b}}}[T(x)]",
            f"H(m(x)) = {weight}*CE({a} || m(x)) + {rest}*CE({b} || m(x))",
            f"{weight}*KL({a} || {third}) + {rest}*KL({b} || {third})"
            f" = {weight}*KL({a} || m(x)) + {rest}*KL({b} || m(x)) + KL(m(x) || {third})",
            f"log(m(x)) >= {weight}*log({a}) + {rest}*log({b})",
        )
    )
    return f"{_HEAD}let m(x) = {weight}*{a} + {rest}*{b}\n{step}"


def convex_functions(random: Random) -> str:
    """Jensen's inequality, Fenchel and Young's, and f-divergences."""
    law, t = random.choice(("r(x)", "s(x)", "p(x)")), _integrand(random)
    a, b = random.sample(("r(x)", "s(x)", "p(x)"), 2)
    return _HEAD + random.choice(
        (
            f"f(E_{{{law}}}[{t}]) <= E_{{{law}}}[f({t})]",
            f"E_{{{law}}}[f({t})] + E_{{{law}}}[conj_f(c)] >= c*E_{{{law}}}[{t}]",
            f"f({t}) + conj_f(U(x)) >= ({t})*U(x)",
            "f(lam*T(x) + (1 - lam)*U(x)) <= lam*f(T(x)) + (1 - lam)*f(U(x))",
            f"D_f({a} || {b}) >= 0",
            f"D_f({a} || {b}) >= E_{{{a}}}[{t}] - E_{{{b}}}[conj_f({t})]",
            f"E_{{p(x, z)}}[f({t})] >= f(E_{{p(x)}}[{t}])",
        )
    )


def gradients(random: Random) -> str:
    """The score's mean, the score-function gradient, and derivatives of sums, products and logarithms."""
    t = _integrand(random)
    return _HEAD + random.choice(
        (
            "E_{m_theta(x)}[grad_theta[log m_theta(x)]] = 0",
            f"grad_theta[E_{{m_theta(x)}}[{t}]] = E_{{m_theta(x)}}[({t})*grad_theta[log m_theta(x)]]",
            f"grad_theta[E_{{m_theta(x)}}[({t})*S_theta(x)]] = E_{{m_theta(x)}}[({t})*(grad_theta[S_theta(x)]"
            " + S_theta(x)*grad_theta[log m_theta(x)])]",
            f"grad_theta[E_{{r(x)}}[({t})*S_theta(x)^2]] = 2*E_{{r(x)}}[({t})*S_theta(x)*grad_theta[S_theta(x)]]",
            "grad_theta[KL(r(x) || m_theta(x))] = -E_{r(x)}[grad_theta[log m_theta(x)]]",
            "grad_theta[H(m_theta(x))] = -E_{m_theta(x)}[log(m_theta(x))*grad_theta[log m_theta(x)]]",
            "grad_theta[exp(S_theta(x))] = exp(S_theta(x))*grad_theta[S_theta(x)]",
            "grad_theta[log(E_{r(x)}[exp(S_theta(x))])]"
            " = E_{r(x)}[exp(S_theta(x))*grad_theta[S_theta(x)]]/E_{r(x)}[exp(S_theta(x))]",
        )
    )


def ratios_and_products(random: Random) -> str:
    """Variances, covariances, chi-squared, Hellinger, Pinsker, Donsker and Varadhan."""
    law, t = random.choice(("r(x)", "s(x)", "p(x)")), _integrand(random)
    a, b = random.sample(("r(x)", "s(x)", "p(x)"), 2)
    return _HEAD + random.choice(
        (
            f"Var_{{{law}}}[{t}] = E_{{{law}}}[({t})^2] - E_{{{law}}}[{t}]^2",
            f"Var_{{{law}}}[{t}] >= 0",
            f"Cov_{{{law}}}[{t}, U(x)] = E_{{{law}}}[({t})*U(x)] - E_{{{law}}}[{t}]*E_{{{law}}}[U(x)]",
            f"E_{{{law}}}[({t})*U(x)]^2 <= E_{{{law}}}[({t})^2]*E_{{{law}}}[U(x)^2]",
            f"chi2({a} || {b}) = E_{{{a}}}[{a}/{b}] - 1",
            f"KL({a} || {b}) >= E_{{{a}}}[{t}] - log(E_{{{b}}}[exp({t})])",
            f"KL({a} || {b}) <= log(1 + chi2({a} || {b}))",
            f"H2({a} || {b}) <= TV({a} || {b})",
            f"2*TV({a} || {b})^2 <= KL({a} || {b})",
            f"TV({a} || {b}) <= 1",
            f"E_{{{a}}}[{b}/{a}*({t})] = E_{{{b}}}[{t}]",
            f"log(E_{{{law}}}[exp({t})]) >= E_{{{law}}}[{t}]",
            f"E_{{{a}}}[log(D(x))] + E_{{{b}}}[log(1 - D(x))] <= 2*JSD({a} || {b}) - 2*log(2)",
        )
    )


def _weight(random: Random) -> str:
    """A positive function of z, given x."""
    return random.choice(
        ("p(x, z)/q(z|x)", "p(z)", "p(x|z)", "p(z|x)/q(z|x)", "p(x, z)^2/q(z|x)", "a(x)*p(z|x)", "p(x, z) + p(z)/2",
         "exp(T(x))*p(x, z)/q(z|x)")
    )  # fmt: skip


def _integrand(random: Random) -> str:
    """A real function of x."""
    return random.choice(
        ("T(x)", "T(x) + c", "2*T(x) - U(x)", "T(x)*U(x)", "T(x)^2", "c*T(x)", "log r(x) - log s(x)", "a(x)",
         "log(a(x))", "T(x) + D(x)", "a(x)*T(x)")
    )  # fmt: skip
