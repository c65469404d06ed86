r"""Formulas as papers and lecture notes write them read to the trees of their plain text, and get the same verdicts."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from proofs import check
from proofs.cli import AS_EXPECTED, app
from proofs.language import read, to_text

THETA = "parameter theta\n"
D = "function D(x) in (0, 1)\n"
KL_NORMAL = "log(sigma_2/sigma_1) + (sigma_1^2 + (mu_1 - mu_2)^2)/(2*sigma_2^2) - 1/2"

FORMULAS = [
    # the evidence lower bound
    (
        r"\log p(x) \ge \mathbb{E}_{q(z\mid x)}\left[\log\frac{p(x,z)}{q(z\mid x)}\right]",
        "log p(x) >= E_{q(z|x)}[log(p(x,z)/q(z|x))]",
        "proved",
    ),
    (
        r"""$$\begin{aligned}
 \log p_{\theta}(\mathbf{x}^{(i)})
 &= \mathbb{E}_{\mathbf{z} \sim q_{\Phi}(\mathbf{z}|\mathbf{x}^{(i)})} [\log p_{\theta}(\mathbf{x}^{(i)})] \\
 &= \mathbb{E}_{q_{\Phi}(\mathbf{z}|\mathbf{x}^{(i)})} [\log p_{\theta}(\mathbf{x}^{(i)}|\mathbf{z})]
    - D_{KL}(q_{\Phi}(\mathbf{z}|\mathbf{x}^{(i)})||p_{\theta}(\mathbf{z})) \\
 &\quad + D_{KL}(q_{\Phi}(\mathbf{z}|\mathbf{x}^{(i)})||p_{\theta}(\mathbf{z}|\mathbf{x}^{(i)}))
 \end{aligned}$$""",
        "log p_theta(x_i) = E_{z ~ q_Phi(z|x_i)}[log p_theta(x_i)] = E_{q_Phi(z|x_i)}[log p_theta(x_i|z)]"
        " - KL(q_Phi(z|x_i)||p_theta(z)) + KL(q_Phi(z|x_i)||p_theta(z|x_i))",
        "proved",
    ),
    (
        r"\log p(x_n) - D_{KL}(q(Z|x_n)||p(Z|x_n)) = \mathbb{E}_{q(Z|x_n)}[p(x_n|Z)] - D_{KL}(q(Z|x_n)||p(Z))",
        "log p(x_n) - KL(q(Z|x_n)||p(Z|x_n)) = E_{q(Z|x_n)}[p(x_n|Z)] - KL(q(Z|x_n)||p(Z))",
        "refuted",
    ),
    (
        r"\log p\left(\boldsymbol{x}_{n}\right) - D_{\mathrm{KL}}\left(q\left(Z|\boldsymbol{x}_{n}\right)"
        r" \| p\left(Z|\boldsymbol{x}_{n}\right)\right) = \mathbb{E}_{q\left(Z|\boldsymbol{x}_{n}\right)}\left[\log"
        r" p\left(\boldsymbol{x}_{n}|Z\right)\right] - D_{\mathrm{KL}}\left(q\left(Z|\boldsymbol{x}_{n}\right) \| p(Z)"
        r"\right)",
        "log p(x_n) - KL(q(Z|x_n)||p(Z|x_n)) = E_{q(Z|x_n)}[log p(x_n|Z)] - KL(q(Z|x_n)||p(Z))",
        "proved",
    ),
    (
        r"""\begin{align*}
E_{q(z)}[\log \frac{p(x,z)}{q(z)}] &= E_{q(z)}[\log \frac{p(z|x)}{q(z)} + \log p(x)] \\
&= -D(q(z)||p(z|x)) + E_{q(z)}\log p(x) \\
&= -D(q(z)||p(z|x)) + \log p(x) % as claimed
\end{align*}""",
        "E_{q(z)}[log(p(x,z)/q(z))] = E_{q(z)}[log(p(z|x)/q(z)) + log p(x)]\n= -KL(q(z)||p(z|x)) + E_{q(z)}[log p(x)]"
        "\n= -KL(q(z)||p(z|x)) + log p(x)",
        "proved",
    ),
    (
        r"\text{ELBO} := \mathbb{E}_{q(z|x)} [\log p(x, z) - \log q(z|x)]" "\n" r"\text{ELBO} \leq \log p(x).",
        "let ELBO = E_{q(z|x)}[log p(x,z) - log q(z|x)]\nELBO <= log p(x)",
        "proved",
    ),
    (
        r"\mathcal{L} \triangleq \mathbb{E}_{q_\phi(z \mid x)}\bigl[\log p_\theta(x \mid z)\bigr]"
        r" - \mathrm{KL}\bigl[q_\phi(z \mid x) \,\big\|\, p_\theta(z)\bigr] \geqslant \log p_\theta(x)",
        "let L = E_{q_phi(z|x)}[log p_theta(x|z)] - KL(q_phi(z|x) || p_theta(z)) >= log p_theta(x)",
        "refuted",
    ),
    (
        r"""\begin{equation}\label{eq:elbo}
\begin{split}
\ln p(x) & = \ln \int p(x, z)\, dz \\
 & = \ln \int \frac{q(z \mid x)}{q(z \mid x)} \, p(x, z)\, dz \nonumber \\
 & = \ln \mathbb{E}_{q(z \mid x)} \frac{p(x, z)}{q(z \mid x)} \\
 & \stackrel{\text{Jensen}}{\ge} \mathbb{E}_{q(z \mid x)} \ln \frac{p(x, z)}{q(z \mid x)},
\end{split}
\end{equation}""",
        "log p(x) = log(int_{z}[p(x,z)]) = log(int_{z}[q(z|x)/q(z|x)*p(x,z)]) = log(E_{q(z|x)}[p(x,z)/q(z|x)])"
        " >= E_{q(z|x)}[log(p(x,z)/q(z|x))]",
        "proved",
    ),
    # several samples
    (
        r"w(z) := p(x,z)/q(z \mid x)"
        "\n"
        r"\mathbb{E}_{z_1, z_2 \overset{iid}{\sim} q(z\mid x)} \left[ \log \frac{w(z_1) + w(z_2)}{2} \right]"
        r" \le \log p(x)",
        "let w(z) = p(x,z)/q(z|x)\nE_{z_1, z_2 ~ q(z|x)}[log((w(z_1) + w(z_2))/2)] <= log p(x)",
        "proved",
    ),
    (
        r"""w(z) := \frac{p(x,z)}{q(z|x)}
for k in 1..2
\mathcal{L}_k := \mathbb{E}_{z_{1:k} \sim q(z|x)} \left[ \log \frac{1}{k} \sum_{i=1}^k w(z_i) \right]
\mathcal{L}_k \leq \mathcal{L}_{k+1} \leq \log p(x)""",
        "let w(z) = p(x,z)/q(z|x)\nfor k in 1..2\nlet L_k = E_{z_1..z_k ~ q(z|x)}[log mean_{i=1..k}[w(z_i)]]\n"
        "L_k <= L_{k+1} <= log p(x)",
        "proved",
    ),
    (
        r"\mathbb{E}_{z_1,\dots,z_3 \sim q(z|x)}\left[\frac13 \sum_{i=1}^3 \frac{p(x,z_i)}{q(z_i|x)}\right] = p(x)",
        "E_{z_1..z_3 ~ q(z|x)}[mean_{i=1..3}[p(x,z_i)/q(z_i|x)]] = p(x)",
        "proved",
    ),
    # divergences and entropies
    (
        r"D_{KL}(p||q) = \int p(x) \log \frac{p(x)}{q(x)} dx",
        "KL(p||q) = int_{x}[p(x)*log(p(x)/q(x))]",
        "proved",
    ),
    (
        "mass p(x)\n" r"H(p) = - \sum_x p(x) \log p(x)",
        "mass p(x)\nH(p) = -sum_{x}[p(x)*log p(x)]",
        "proved",
    ),
    (
        r"\mathrm{H}(p(x), q(x)) = \mathbb{H}[p(x)] + \operatorname{KL}(p(x) \,\Vert\, q(x))",
        "CE(p(x) || q(x)) = H(p(x)) + KL(p(x) || q(x))",
        "proved",
    ),
    (
        r"\mathrm{JSD}(p(x) \parallel q(x)) \le \ln 2",
        "JSD(p(x) || q(x)) <= log 2",
        "proved",
    ),
    (
        r"m(x) := \frac{1}{2}\left(p(x) + q(x)\right)"
        "\n"
        r"D_{\mathrm{JS}}(p(x) \| q(x)) = \frac12 D_{\mathrm{KL}}(p(x) \| m(x))"
        r" + \tfrac{1}{2} D_{\mathrm{KL}}(q(x) \| m(x))",
        "let m(x) = 1/2*(p(x) + q(x))\nJSD(p(x)||q(x)) = 1/2*KL(p(x)||m(x)) + 1/2*KL(q(x)||m(x))",
        "proved",
    ),
    (
        r"\mathbb{E}_{p(x,z)}[\ln \frac{p(x, z)}{p(x)p(z)}] \leq \mathbb{E}_{p(z)}[D(p(x|z)||q(x))]",
        "E_{p(x,z)}[log(p(x,z)/(p(x)*p(z)))] <= E_{p(z)}[KL(p(x|z)||q(x))]",
        "proved",
    ),
    (
        r"\mathbb{E}_{p(x,z)}\left[\ln \frac{p(x, z)}{p(x)p(z)}\right] \geq -\mathbb{E}_{p(z)}[\ln p(z)]"
        r" + \mathbb{E}_{p(x,z)}[\ln q(z|x)] \tag{31}",
        "E_{p(x,z)}[log(p(x,z)/(p(x)*p(z)))] >= -E_{p(z)}[log p(z)] + E_{p(x,z)}[log q(z|x)]",
        "proved",
    ),
    (
        r"\mathbb{E}_{p(x)}D_{KL}(p(z|x)||q(z|x)) = \mathbb{E}_{p(x)}\mathbb{E}_{p(z|x)} \ln \frac{p(z|x)}{q(z|x)}",
        "E_{p(x)}[KL(p(z|x)||q(z|x))] = E_{p(x)}[E_{p(z|x)}[log(p(z|x)/q(z|x))]]",
        "proved",
    ),
    (
        r"D_{\mathrm{KL}}(p(x) \| q(x)) = D_{\mathrm{KL}}(q(x) \| p(x))",
        "KL(p(x)||q(x)) = KL(q(x)||p(x))",
        "refuted",
    ),
    # adversarial networks
    (
        D
        + r"""D^*(x) := \frac{p_{\text{data}}(x)}{p_{\text{data}}(x) + p_{g}(x)}
\mathbb{E}_{x \sim p_{\text{data}}}[\log D(x)] + \mathbb{E}_{x \sim p_g}[\log(1 - D(x))]
  \leq \mathbb{E}_{x \sim p_{\text{data}}}[\log D^{*}(x)] + \mathbb{E}_{x \sim p_g}[\log(1 - D^{\star}(x))]
  = 2 \mathrm{JSD}(p_{\text{data}} \| p_g) - \log 4""",
        D + "let D_star(x) = p_data(x)/(p_data(x) + p_g(x))\n"
        "E_{p_data(x)}[log D(x)] + E_{p_g(x)}[log(1 - D(x))]"
        " <= E_{p_data(x)}[log D_star(x)] + E_{p_g(x)}[log(1 - D_star(x))] = 2*JSD(p_data||p_g) - log 4",
        "proved",
    ),
    (
        D + r"\mathbb{E}_{x \sim p_{r}(x)}[\log D(x)] + \mathbb{E}_{x \sim p_{g}(x)}[\log(1 - D(x))]"
        r" = \int_{x} p_{r}(x) \log D(x) + p_{g}(x) \log(1 - D(x)) dx",
        D + "E_{x ~ p_r(x)}[log D(x)] + E_{x ~ p_g(x)}[log(1 - D(x))]"
        " = int_{x}[p_r(x)*log D(x) + p_g(x)*log(1 - D(x))]",
        "proved",
    ),
    (
        r"\log\left(\frac{1}{2}\right) \int_x p_r(x) dx + \log\left(\tfrac12\right) \int_x p_g(x) dx = -2 \log 2",
        "log(1/2)*int_{x}[p_r(x)] + log(1/2)*int_{x}[p_g(x)] = -2*log 2",
        "proved",
    ),
    # Gaussians
    (
        r"D_{KL}(\mathcal{N}(\mu_1, \sigma_1^2) || \mathcal{N}(\mu_2, \sigma_2^2)) = \log \frac{\sigma_2}{\sigma_1}"
        r" + \frac{\sigma_1^2 + (\mu_1 - \mu_2)^2}{2\sigma_2^2} - \frac{1}{2}",
        f"KL(N(mu_1, sigma_1^2) || N(mu_2, sigma_2^2)) = {KL_NORMAL}",
        "proved",
    ),
    (
        r"D_{KL}(\mathcal{N}(\mu_1, \sigma_1^2)||\mathcal{N}(0, 1)) = \log\frac{1}{\sigma_1}"
        r" + \frac{\sigma_1^2 + \mu_1^2}{2} - 1",
        "KL(N(mu_1, sigma_1^2) || N(0, 1)) = log(1/sigma_1) + (sigma_1^2 + mu_1^2)/2 - 1",
        "refuted",
    ),
    (
        r"D_{KL}(\mathcal{N}(0.2, 1.2)||\mathcal{N}(0, 1)) \approx 0.0288",
        "KL(N(0.2, 1.2)||N(0, 1)) ~= 0.0288",
        "proved",
    ),
    (
        r"D_{\mathrm{KL}}\left(\mathcal{N}(\mu, \sigma^2) \,\|\, \mathcal{N}(0, 1)\right)"
        r" = -\frac{1}{2} \left(1 + \log \sigma^2 - \mu^2 - \sigma^2 \right)",
        "KL(N(mu, sigma^2) || N(0, 1)) = -(1/2)*(1 + log(sigma^2) - mu^2 - sigma^2)",
        "proved",
    ),
    (
        r"\mathcal{N}(z \mid \mu, \sigma^2) = \frac{1}{\sqrt{2\pi\sigma^2}}"
        r" \exp\left(-\frac{(z-\mu)^2}{2\sigma^2}\right)",
        "N(z; mu, sigma^2) = 1/sqrt(2*pi*sigma^2)*exp(-((z - mu)^2/(2*sigma^2)))",
        "proved",
    ),
    (
        r"\mathcal{N}(x; \mu, \sigma^2) = \frac{1}{\sqrt{2\pi\sigma^2}} e^{-\frac{(x-\mu)^2}{\sigma^2}} \quad (1)",
        "N(x; mu, sigma^2) = 1/sqrt(2*pi*sigma^2)*exp(-((x - mu)^2/sigma^2))",
        "refuted",
    ),
    (
        r"\mathbb{E}_{x \sim \mathcal{N}(\mu, \sigma^2)}\left[(x - \mu)^2\right] = \sigma^2",
        "E_{x ~ N(mu, sigma^2)}[(x - mu)^2] = sigma^2",
        "proved",
    ),
    (
        r"\int_{-\infty}^{\infty} \mathcal{N}(x; \mu, \sigma^2) (x - \mu) dx = 0",
        "int_{x}[N(x; mu, sigma^2)*(x - mu)] = 0",
        "proved",
    ),
    (
        r"X = \exp(Y), \quad Y \sim \mathcal{N}(\mu, \sigma^2)"
        "\n"
        r"p_X(x) = \frac{1}{x\sigma\sqrt{2\pi}} \exp\left(-\frac{(\ln x - \mu)^2}{2\sigma^2}\right)",
        "let X = exp(Y) where Y ~ N(mu, sigma^2)\npdf_X(x) = 1/(x*sigma*sqrt(2*pi))*exp(-((log x - mu)^2/(2*sigma^2)))",
        "proved",
    ),
    # marginals and conditionals
    (r"p(x) = \int p(x, z) dz", "p(x) = int_{z}[p(x,z)]", "proved"),
    (r"\int p(x, z) dz = 1", "int_{z}[p(x,z)] = 1", "refuted"),
    (r"p(z|x) = \frac{p(x|z)p(z)}{p(x)}", "p(z|x) = p(x|z)*p(z)/p(x)", "proved"),
    (r"p(x) = \int p(z) \, p(x \mid z) \, \mathrm{d}z", "p(x) = int_{z}[p(z)*p(x|z)]", "proved"),
    (r"\iint p(x, z)\,dx\,dz = 1", "int_{x, z}[p(x,z)] = 1", "proved"),
    (
        r"\log p(x_n) = \log \mathbb{E}_{p(z_n)}\left[p(x_n|z_n)\right]",
        "log p(x_n) = log(E_{p(z_n)}[p(x_n|z_n)])",
        "proved",
    ),
    # energy-based models
    (
        "measure \\tilde{p}(x)\n"
        r"Z := \int \tilde{p}(x) dx"
        "\n"
        r"\ln Z \geq \mathbb{E}_{q(x)} \left[\ln \frac{\tilde{p}(x)}{q(x)} \right]. \quad (6)",
        "measure p_tilde(x)\nlet Z = int_{x}[p_tilde(x)]\nlog Z >= E_{q(x)}[log(p_tilde(x)/q(x))]",
        "proved",
    ),
    # gradients
    (
        THETA + r"\nabla_\theta \ln p_\theta(x) = \frac{1}{p_\theta(x)} \cdot \nabla_\theta p_\theta(x).",
        THETA + "grad_theta[log p_theta(x)] = 1/p_theta(x)*grad_theta[p_theta(x)]",
        "proved",
    ),
    (
        THETA
        + r"\nabla_\theta \ln p_\theta(x) = \mathbb{E}_{p_\theta(z|x)}[\nabla_\theta \ln p_\theta(x, z)]. \quad (5)",
        THETA + "grad_theta[log p_theta(x)] = E_{p_theta(z|x)}[grad_theta[log p_theta(x,z)]]",
        "proved",
    ),
    (
        "parameter phi\nfunction f(z)\n"
        r"\nabla_{\phi} \mathbb{E}_{q_\phi(z)}[f(z)]"
        r" = \mathbb{E}_{q_\phi(z)}\left[\nabla_\phi \log q_\phi(z) \, f(z)\right]",
        "parameter phi\nfunction f(z)\ngrad_phi[E_{q_phi(z)}[f(z)]] = E_{q_phi(z)}[grad_phi[log q_phi(z)]*f(z)]",
        "proved",
    ),
    (
        THETA + "density p_theta(x)\n"
        r"\int \frac{\partial}{\partial \theta} p_\theta(x) \, dx = \frac{\partial \log 1}{\partial \theta}",
        THETA + "density p_theta(x)\nint_{x}[grad_theta[p_theta(x)]] = grad_theta[log 1]",
        "proved",
    ),
    # variances, other divergences, events
    (
        r"\operatorname{Var}_{x \sim p(x)}[x] = \mathbb{E}_{p(x)}[x^2] - \left(\mathbb{E}_{p(x)}[x]\right)^2",
        "Var_{x ~ p(x)}[x] = E_{p(x)}[x^2] - (E_{p(x)}[x])^2",
        "proved",
    ),
    (
        r"D_{\mathrm{TV}}(p(x), q(x)) \le \sqrt{\frac{1}{2} D_{\mathrm{KL}}(p(x) \,\|\, q(x))}",
        "TV(p(x) || q(x)) <= sqrt(1/2*KL(p(x) || q(x)))",
        "proved",
    ),
    (r"\chi^2(p(x) \| q(x)) \ge 0", "chi2(p(x) || q(x)) >= 0", "proved"),
    (r"H^2(p(x) \| q(x)) \le \mathrm{TV}(p(x) \| q(x))", "H2(p(x) || q(x)) <= TV(p(x) || q(x))", "proved"),
    (r"D_{2}(p(x) \| q(x)) \ge D_{KL}(p(x) \| q(x))", "renyi_{2}(p(x) || q(x)) >= KL(p(x) || q(x))", "proved"),
    ("convex f\n" r"D_f(p(x) \| q(x)) \ge 0", "convex f\nD_f(p(x) || q(x)) >= 0", "proved"),
    (
        "convex f\nreal t\nreal u\n" r"f(u) + f^*(t) \ge t u",
        "convex f\nreal t\nreal u\nf(u) + conj_f(t) >= t*u",
        "proved",
    ),
    (r"I_p(x; z) \ge 0", "I_p(x; z) >= 0", "proved"),
    (
        "real t\n" r"\mathbb{E}_{p(x)}[\mathbf{1}\{x > t\}] = \mathbb{P}_{p(x)}[x > t]",
        "real t\nE_{p(x)}[ind(x > t)] = P_{p(x)}[x > t]",
        None,
    ),
]

CONTEXT = (
    "density p(x, z)\ndensity q(z|x)\nfunction T(x)\nparameter theta\nreal mu\npositive sigma\ndensity p_theta(x)\n"
)
SPELLINGS = [
    (r"\mathbb E_{z\sim q(\cdot \mid x)}\{ T(x) \}", "E_{q(z|x)}[T(x)]"),
    (r"\underset{z \sim q(z|x)}{\operatorname{E}} \log p(x, z) + 1", "E_{q(z|x)}[log p(x,z)] + 1"),
    (r"\mathbb{E}_{x \sim p(x), \, z \sim q(z|x)}[1]", "E_{p(x) q(z|x)}[1]"),
    (r"{\rm KL}(q(z|x) \mid\mid p(z))", "KL(q(z|x) || p(z))"),
    (r"D_\mathrm{KL}\left[q(z|x) \middle\| p(z)\right]", "KL(q(z|x) || p(z))"),
    (r"\int p(x) {\rm d}x + \int dx\, p(x)", "int_{x}[p(x)] + int_{x}[p(x)]"),
    (r"\int p(z) \int p(x|z)\,\text{d}x\,\text{d}z", "int_{z}[p(z)*int_{x}[p(x|z)]]"),
    (r"\int_{\mathbb{R}} p(x) \log p(x) - p(x) \,dx", "int_{x}[p(x)*log p(x) - p(x)]"),
    (r"\log \int p(x, z) dz - \mu", "log(int_{z}[p(x,z)]) - mu"),
    (r"\log \sigma^2 - \log^2 \sigma", "log(sigma^2) - log(sigma)^2"),
    (r"\log p(x) \log p(z) - \ln \frac{p(x)}{p(z)}", "log(p(x))*log(p(z)) - log(p(x)/p(z))"),
    (
        r"\frac{1}{2}\sum_{i=1}^3 T(x_i) - \frac13\sum_{i=1}^3 T(x_i)",
        "1/2*sum_{i=1..3}[T(x_i)] - mean_{i=1..3}[T(x_i)]",
    ),
    (r"2\sigma^2\mu (\mu - \sigma) \cdot 3", "2*sigma^2*mu*(mu - sigma)*3"),
    (r"-\sigma^2 - -\mu", "-sigma^2 - (-mu)"),
    (r"\sqrt[3]{\sigma} \times \sqrt{2\pi}", "sigma^(1/3)*sqrt(2*pi)"),
    (r"\left|\mu - \lvert\sigma\rvert\right| + |\mu|", "abs(mu - abs(sigma)) + abs(mu)"),
    (r"e^{-\mu} + \exp\left\{ \mu \right\} + \exp \mu", "exp(-mu) + exp(mu) + exp(mu)"),
    (r"\min\{\mu, \sigma\} + \max(\mu, 1)", "min(mu, sigma) + max(mu, 1)"),
    (r"\nabla_\theta \log p_\theta(x) \, T(x)", "grad_theta[log p_theta(x)]*T(x)"),
    (r"\frac{\partial p_\theta(x)}{\partial \theta}", "grad_theta[p_theta(x)]"),
    (r"\underbrace{p(x)}_{\text{prior}} \textcolor{red}{p(z)}", "p(x)*p(z)"),
]


@pytest.mark.parametrize(("tex", "text"), SPELLINGS)
def test_a_spelling_reads_as_its_plain_text(tex: str, text: str) -> None:
    assert read(f"{CONTEXT}{tex} = \\theta") == read(f"{CONTEXT}{text} = theta")


@pytest.mark.parametrize(("tex", "text", "verdict"), FORMULAS)
def test_a_formula_reads_as_its_plain_text(tex: str, text: str, verdict: str | None) -> None:
    claim = read(tex)
    assert claim == read(text), to_text(claim)
    assert claim.source == tex
    if verdict is not None:
        assert check(tex).verdict == verdict


def test_the_command_line_reads_latex() -> None:
    result = CliRunner().invoke(app, ["check", "-e", FORMULAS[0][0]])
    assert (result.exit_code, "proved" in result.output) == (AS_EXPECTED, True)


def test_markdown_blocks_hold_latex(tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    blocks = [f"```claim\n:expect: {verdict}\n{tex}\n```\n" for tex, _, verdict in FORMULAS[:4]]
    notes.write_text("\n".join(blocks), encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(notes)])
    assert result.exit_code == AS_EXPECTED, result.output


def test_plain_lines_and_latex_mix_in_one_block() -> None:
    text = "real mu\nlet w(z) = p(x,z)/q(z|x)  # plain\n"
    text += "\\mathbb{E}_{q(z|x)}[w(z)]\n  = \\int p(x, z)\\,dz -- why\n\n1 <= 2 -- both"
    claim = read(text)
    assert claim == read("real mu\nlet w(z) = p(x,z)/q(z|x)\nE_{q(z|x)}[w(z)] = int_{z}[p(x,z)]\n1 <= 2")
    assert [(step.line, step.reason) for step in claim.steps] == [(4, "why"), (6, "both")]


@pytest.mark.parametrize(
    ("latex", "plain"),
    [
        (r"p(x, y) = p(x)p(y|x) \quad (9)", "p(x, y) = p(x)*p(y|x)"),  # an equation's number is no factor
        (r"p(x, y) = p(x) \, p(y|x)", "p(x, y) = p(x)*p(y|x)"),
        (
            "convex f\n" r"D_f(p, q) = \mathbb{E}_{x \sim q}[f(\frac{p(x)}{q(x)})]",
            "convex f\nD_f(p || q) = E_{x ~ q}[f(p(x)/q(x))]",
        ),
        (r"D_{\mathrm{KL}}\left(q(x) \left\| p(x)\right.\right) \ge 0", "KL(q(x) || p(x)) >= 0"),
        (r"D_{\mathrm{KL}}(q(x) \,\big\|\, p(x)) \ge 0", "KL(q(x) || p(x)) >= 0"),
        (r"p(x) = \int p(x, z)\,dz \qquad (1.2)", "p(x) = int_{z}[p(x, z)]"),
    ],
)
def test_what_only_its_spacing_tells_from_plain_text(latex: str, plain: str) -> None:
    assert read(latex) == read(plain)
