"""Whatever the text, reading it gives a claim or a `ClaimError`, and a claim prints and reads back."""

from functools import cache

from hypothesis import example, given, settings
from hypothesis import strategies as st

from proofs.documents import catalogue
from proofs.language import ClaimError, expand, read, to_latex, to_text
from tests.proofs.language.test_latex_errors import TOKENS as LATEX

SEEDS = [
    "let ELBO = E_{q(z|x)}[log p(x,z) - log q(z|x)]\nlog p(x) = ELBO + KL(q(z|x) || p(z|x))\n  >= ELBO -- Jensen\n",
    "function D(x) in (0, 1)\nlet m(x) = (p(x) + q(x))/2\nE_{p(x)}[log D(x)] + E_{q(x)}[log(1 - D(x))]"
    "\n <= 2*JSD(p||q)",
    "KL(Normal(m, s) || Normal(0, 1)) = (m^2 + s^2 - 1)/2 - log s\nE_{x, y ~ N(mu, v)}[x*y] = mu^2 # product",
    "let X = exp(Y) where Y ~ Normal(mu, sigma)\npdf_X(t) = 1/(t*sigma*sqrt(2*pi))*exp(-(log t - mu)^2/(2*sigma^2))",
    "let w(z) = p(x,z)/q(z|x)\nfor k in 1..3\nlet L_k = E_{z_1..z_k ~ q(z|x)}[log mean_{i=1..k}[w(z_i)]]\n"
    "log p(x) >= L_{k+1} >= L_k",
    "mass m(y)\ndensity p(x) >= 0\nmeasure g(x)\ninteger n >= 1\nreal a in [0, 1)\n"
    "sum_{y}[m(y)*n^a] = int_{x}[g(x)*p(x')] ~= 0.0288",
    "parameter theta\nconvex f on (0, oo)\nfunction T_theta(x)\nCov_{p_theta(x)}[x, grad_theta[log p_theta(x)]]"
    "\n = grad_theta[E_{p_theta(x)}[T_theta(x)]] >= Var_{p_theta(x)}[ind(x > 0)] - f(conj_f(2))*D_f(p_theta || r)",
    "density p(x, y, z) = p(x) p(y|x) p(z|y)\nfunction D(x) in (0, 1)\nassume E_{p(x)}[x] <= 1\n"
    "I_p(x; z) <= max_{D}[E_{p(x)}[log D(x)]] at D = p(x)/(p(x) + 1) = E_{y ~ Poisson(2)}[y]",
    "vector mu, nu in R^2\nmatrix Sigma > 0\nmatrix A in R^(2*2)\nKL(N(mu, Sigma) || N(nu, diag(s^2)))"
    " = tr(A^T*Sigma^-1) + sum_{i=1..2}[mu_i]\nE_{x ~ N(mu, 2*Sigma)}[(x - mu)*(x - mu)^T] = 2*Sigma",
    "E_{x ~ Categorical(a, b, c)}[x] = H(Categorical(1/2, 1/2))\nfor k in 1, 3\nfor j in 1..2\nj <= k",
    "renyi_{1/2}(p || q) - W2(p || q) = I_e(x; z | y)*TV(p || q) + P_{p(x)}[x^2 <= 3]",
]
TOKENS = [
    "\n",
    *"E_{ int_{ sum_{ mean_{i=1..2}[ Var_{ Cov_{ P_{ max_{ grad_x[ grad_theta[ renyi_{2}( KL( D_f( JSD( H(".split(),
    *"I_p( ind( Normal(0,1) N( w( pdf_X( conj_f( f( log exp".split(),
    *"|| | ~ .. , ; ( ) [ ] { } = <= >= ~= + - * / ^ -- # 0 1 2 0.5 1e-8 pi oo θ \\theta \\frac at".split(),
    *"let where for in density mass discrete measure function real positive integer".split(),
    *"vector matrix mu Sigma mu^T Sigma^-1 I diag(s^2) tr( det( norm( N(mu,Sigma) N(x;mu,I) Categorical(a,b)".split(),
    *"parameter convex concave on assume at max_{D}[V] D".split(),
    *"p q p(x) q(z|x) p(x,z) x z z_1 z_i z_k z_{k+1} z' ELBO L_2".split(),
]


@cache
def published() -> tuple[str, ...]:
    """The claims of the catalogue, as they are written and in LaTeX."""
    claims = [block.text for block in catalogue()]
    return (*claims, *(to_latex(read(text)) for text in claims))


def check(text: str) -> None:
    try:
        claim = read(text)
    except ClaimError as error:
        str(error)
        return
    printed = to_text(claim)
    assert read(printed) == claim
    to_latex(claim)
    try:
        expand(claim)
    except ClaimError:
        pass


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
@example("\x1c = \x85")
def test_any_text(text: str) -> None:
    check(text)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=14), st.sampled_from(["", " "]))
def test_any_tokens(tokens: list[str], space: str) -> None:
    check(space.join(tokens))
    check("density p(x, z)\ndensity q(z|x)\nreal a\n" + space.join(tokens) + " = a")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes(data: bytes) -> None:
    check(data.decode("latin-1"))
    check(data.decode("utf-8", errors="replace"))
    check(data.decode("utf-8", errors="surrogateescape"))


@st.composite
def mutations(draw: st.DrawFn, seeds: tuple[str, ...] = tuple(SEEDS), tokens: tuple[str, ...] = tuple(TOKENS)) -> str:
    """A valid claim with one to four pieces cut, doubled, moved or replaced."""
    text = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 6)))
        piece = draw(st.one_of(st.just(""), st.sampled_from(tokens), st.just(text[start:end] * 2)))
        text = text[:start] + piece + text[end:]
        if draw(st.booleans()):
            place = draw(st.integers(0, len(text)))
            text = text[:place] + draw(st.sampled_from(tokens)) + text[place:]
    return text


@settings(max_examples=500, deadline=None)
@given(mutations())
def test_mutated_claims(text: str) -> None:
    check(text)


@settings(max_examples=150, deadline=None)
@given(st.deferred(lambda: mutations(published(), (*TOKENS, *LATEX))))
def test_mutated_claims_of_the_catalogue(text: str) -> None:
    check(text)


def test_the_seeds_are_valid() -> None:
    for seed in SEEDS:
        assert expand(read(seed)).steps
