"""The contract of the language, sentence by sentence: a claim for each, and the verdict that it has."""

import pytest

from proofs import check

CLAIMS = [
    ("let ELBO = E_{q(z|x)}[log p(x,z) - log q(z|x)]\nlog p(x) = ELBO + KL(q(z|x) || p(z|x)) >= ELBO", "proved"),
    ("density q(z|x)\nq(z) = 1", "unsupported"),
    ("density p(x, y, z) = p(x) p(y|x) p(z|y)\nI_p(x; z) <= I_p(x; y)", "proved"),
    ("density p(x) >= 0\nKL(p(x) || q(x)) >= 0", "proved"),
    ("mass p(x)\nH(p(x)) >= 0", "proved"),
    ("H(p(x)) >= 0", "refuted"),
    ("log p(x) <= 0", "refuted"),
    ("discrete x\nlog p(x) <= 0", "proved"),
    ("measure g(x)\nint_{x}[g(x)] >= 0", "proved"),
    ("measure g(x)\nE_{g(x)}[1] = 1", "unsupported"),
    ("function D(x) in (0, 1)\nE_{p(x)}[log D(x)] <= 0", "proved"),
    ("function a(x) > 0\nlog E_{p(x)}[a(x)] >= E_{p(x)}[log a(x)]", "proved"),
    ("convex f on (0, oo)\nD_f(p || q) >= 0", "proved"),
    ("KL(Normal(mu, s) || Normal(0, 1)) >= 0", "proved"),
    ("E_{p(x)}[foo] = 1", "unsupported"),
    (
        "parameter theta\n"
        "grad_theta[E_{p_theta(x)}[T(x)]] = E_{p_theta(x)}[T(x)*grad_theta[log p_theta(x)]]\nfunction T(x)",
        "proved",
    ),
    ("parameter theta\nE_{p_theta(x)}[grad_theta[log p_theta(x)]] = 1", "refuted"),
    ("function f(x)\nassume E_{p(x)}[f(x)] <= 1\nE_{p(x)}[f(x)] <= 2", "proved"),
    ("for k in 1..3\nE_{z_1..z_k ~ q(z)}[mean_{i=1..k}[z_i]] = E_{q(z)}[z]", "proved"),
    (
        "let X = exp(Y) where Y ~ Normal(mu, sigma)\n"
        "pdf_X(t) = 1/(t*sigma*sqrt(2*pi))*exp(-(log t - mu)^2/(2*sigma^2))",
        "proved",
    ),
    (
        "function D(x) in (0,1)\n"
        "max_{D}[E_{p(x)}[log D(x)] + E_{q(x)}[log(1 - D(x))]] at D = p(x)/(p(x)+q(x)) = 2*JSD(p || q) - log 4",
        "proved",
    ),
    ("1 + 1 = 2 <= 3 < 4", "proved"),
    ("H(Normal(0,1)) ~= 1.4189", "proved"),
    ("H(Normal(0,1)) ~= 1.4188", "refuted"),
    ("0.1 = 1/10", "proved"),
    ("E_{r(x) q(z|x)}[log q(z|x)] = E_{r(x)}[E_{q(z|x)}[log q(z|x)]]", "proved"),
    ("E_{x ~ Normal(m, s)}[x] = E_{Normal(x; m, s)}[x]", "proved"),
    ("Var_{p(x)}[x] >= 0", "proved"),
    ("Cov_{p(x)}[x, x] = Var_{p(x)}[x]", "proved"),
    ("int_{x}[p(x,z)] = p(z)", "proved"),
    ("sum_{x}[p(x,z)] = p(z)", "proved"),
    ("prod_{i=1..3}[i] = 6", "proved"),
    ("convex f\nreal s\nreal t\nf(s) + conj_f(t) >= s*t", "proved"),
    ("TV(p || q) <= 1", "proved"),
    ("TV(p||q)^2 <= KL(p||q)/2", "proved"),
    ("H2(p||q) <= TV(p||q)", "proved"),
    ("chi2(p||q) >= KL(p||q)", "proved"),
    ("renyi_{2}(p||q) = log(1 + chi2(p||q))", "proved"),
    ("CE(p||q) = H(p) + KL(p||q)", "proved"),
    ("JSD(p||q) <= log(2)", "proved"),
    ("W1(Normal(a, 1) || Normal(b, 1)) = abs(a - b)\nreal a\nreal b", "proved"),
    ("W2(Normal(a, s) || Normal(b, t)) = sqrt((a-b)^2 + (s-t)^2)\nreal a\nreal b", "proved"),
    ("I_p(x; z | y) >= 0", "proved"),
    ("I_p(x; z) = H(p(x)) - E_{p(z)}[H(p(x|z))]", "proved"),
    ("log p(x)/q(x) = 1", "unsupported"),
    ("function E(x)\nE(x) = E(x)", "proved"),
    ("integer N\nN + 1 > N", "proved"),
    ("log(2)^2 < log(2)", "proved"),
    ("-2^2 = -4", "proved"),
    ("KL(q(z|x) || p(z|x)) >= 0", "proved"),
    ("KL(q(z|x) || p(z)) >= KL(q(z) || p(z))", "unsupported"),
    (
        "integer k >= 1\nlet w(z) = p(x,z)/q(z|x)\nlog p(x) >= E_{z_1..z_k ~ q(z|x)}[log mean_{i=1..k}[w(z_i)]]",
        "proved",
    ),
    ("θ = theta\nreal theta", "proved"),
    ("let m(x) = (p(x) + q(x))/2\nKL(p(x)||m(x)) + KL(q(x)||m(x)) = 2*JSD(p||q)\ndensity p(x)\ndensity q(x)", "proved"),
    ("let m(x) = p(x)*2\ndensity p(x)\nE_{m(x)}[1] = 2", "unsupported"),
    ("E_{Normal(x;0,1)}[x^2] < 1", "refuted"),
    ("x^2 >= 0\nreal x", "proved"),
    ("exp(x) >= 1 + x\nreal x", "proved"),
    ("\\log p(x) \\ge \\mathbb{E}_{q(z\\mid x)}\\left[\\log \\frac{p(x,z)}{q(z\\mid x)}\\right]", "proved"),
    ("D_{\\mathrm{KL}}(q \\,\\|\\, p) \\geq 0", "proved"),
    ("p(x) = \\int p(x,z)\\,dz", "proved"),
    (
        "\\begin{align} \\log p(x) &= \\log \\int p(x,z) \\,dz \\\\ &\\ge \\mathbb{E}_{q(z|x)}[\\log p(x,z) -"
        " \\log q(z|x)] \\end{align}",
        "proved",
    ),
    ("P_{x ~ Exponential(1)}[x > 1] ~= 0.3679", "proved"),
    ("E_{x, z ~ p(x, z)}[log p(x)] = E_{p(x)}[log p(x)]", "proved"),
    ("E_{z_1, z_2 ~ q(z|x)}[z_1*z_2] = E_{q(z|x)}[z]^2", "proved"),
    ("E_{z_1, z_2 ~ q(z|x)}[z_1*z_2] = E_{q(z|x)}[z^2]", "refuted"),
    ("density pi(a|s)\nE_{pi(a|s)}[1] = 1", "proved"),
    ("log2(8) = 3", "proved"),
    (
        "function D(x) in (0, 1)\n"
        "max_{D}[E_{p(x)}[log D(x)] + E_{q(x)}[log(1 - D(x))]] at D = q(x)/(p(x) + q(x)) = 2*JSD(p || q) - log 4",
        "refuted",
    ),
    ("min_{q}[KL(q(x) || p(x))] at q = p(x) = 0", "proved"),
    ("concave g\nfunction T(x)\nE_{p(x)}[g(T(x))] <= g(E_{p(x)}[T(x)])", "proved"),
    ("E_{p(x)}[log(0 - 1)] = 1", "unsupported"),
    ("discrete n\nE_{n ~ Poisson(r)}[n] = r", "proved"),
    ("let L = E_{p(x)}[log p(x)]\n  <= 0 -- false without counting", "refuted"),
    ("D_f(p || q) >= 0", "unsupported"),
    ("E[x] = 1", "unsupported"),
    ("E_{q(x|x)}[1] = 1", "unsupported"),
]


@pytest.mark.parametrize(("text", "verdict"), CLAIMS)
def test_verdicts(text: str, verdict: str) -> None:
    assert check(text).verdict == verdict
