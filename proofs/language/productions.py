"""The forms of the language, one by one: what each is called in the grammar, how it is written, and an example."""

from __future__ import annotations

from typing import NamedTuple


class Form(NamedTuple):
    """A form of statement or expression.

    Args:
        rules: the rules of ``grammar.lark`` that read it.
        written: how it is written; alternatives are separated by ``  or  ``.
        meaning: what it says.
        example: a block that is read.
    """

    rules: tuple[str, ...]
    written: str
    meaning: str
    example: str


STATEMENTS: tuple[Form, ...] = (
    Form(
        ("start", "chain", "step"),
        "a = b <= c -- reason",
        "a chain: each neighbouring pair is claimed",
        "log p(x) >= E_{q(z|x)}[log p(x, z) - log q(z|x)] -- Jensen",
    ),
    Form(("let",), "let L = e", "a definition", "let L = E_{p(x)}[log p(x)]\nL = -H(p(x))"),
    Form(
        ("let", "application"),
        "let w(z) = e  or  let r(z|x) = e",
        "a definition with arguments, those of a conditional law behind a bar",
        "density p(x, z)\nlet r(z|x) = p(x, z)/p(x)\nE_{r(z|x)}[1] = 1",
    ),
    Form(
        ("let", "where"),
        "let X = e where Y ~ law",
        "a random variable that is a function of another; `pdf_X(t)` is its density",
        "let X = exp(Y) where Y ~ Normal(mu, sigma)\npdf_X(t) = LogNormal(t; mu, sigma)",
    ),
    Form(
        ("measurable",),
        "density p(x, z)  or  density q(z|x)  or  mass p(x)",
        "a family of laws; of counted variables, `mass`",
        "density p(x, z), q(z|x)\nmass m(n)\nE_{q(z|x)}[p(x|z)] > 0",
    ),
    Form(
        ("measurable", "bound"),
        "density p(x) >= 0",
        "a family that may vanish",
        "density p(x) >= 0\nKL(p(x) || q(x)) >= 0",
    ),
    Form(
        ("measurable", "juxtaposition"),
        "density p(x, y, z) = p(x) p(y|x) p(z|y)",
        "a family with independence structure",
        "density p(x, y, z) = p(x) p(y|x) p(z|y)\nI_p(x; z) <= I_p(x; y)",
    ),
    Form(
        ("declaration",),
        "function T(x)  or  measure g(x)  or  discrete n  or  real a  or  positive s  or  integer k  or  parameter t",
        "a name and its kind; `real x` is a variable where it stands as one",
        "function T(x)\nmeasure g(x)\nreal a\nint_{x}[g(x)*T(x)^2] >= a",
    ),
    Form(
        ("declaration", "bound"),
        "function a(x) > 0  or  integer k >= 1",
        "values above or below a number",
        "function a(x) > 0\ninteger k >= 1\nE_{p(x)}[a(x)] >= 0*k",
    ),
    Form(
        ("declaration", "interval"),
        "function D(x) in (0, 1)  or  real a in [0, 1)",
        "values in an interval; a square bracket includes the end",
        "function D(x) in (0, 1)\nreal a in [0, 1)\nE_{p(x)}[D(x)] <= 1 + a",
    ),
    Form(
        ("convex",),
        "convex f  or  concave g",
        "an arbitrary convex (concave) function of one real number",
        "convex f\nfunction T(x)\nE_{p(x)}[f(T(x))] >= f(E_{p(x)}[T(x)])",
    ),
    Form(
        ("convex", "interval_ends"),
        "convex f on (0, oo)",
        "one on an interval",
        "convex f on (0, oo)\nD_f(p(x) || q(x)) >= 0",
    ),
    Form(
        ("vector", "space"),
        "vector mu, nu in R^2  or  vector s in R^2 > 0",
        "vectors, of positive coordinates",
        "vector mu, nu in R^2\nvector s in R^2 > 0\nmu^T*nu <= norm(mu)*norm(nu) + tr(diag(s))",
    ),
    Form(
        ("matrix",),
        "matrix Sigma > 0  or  matrix A in R^(2*3)",
        "a positive definite matrix; any matrix",
        "vector mu in R^2\nmatrix Sigma > 0\nE_{x ~ N(mu, Sigma)}[norm(x - mu)^2] = tr(Sigma)",
    ),
    Form(
        ("assume",),
        "assume a <= b",
        "a hypothesis of all that is claimed below it",
        "function f(x)\nassume E_{p(x)}[f(x)] <= 1\nE_{p(x)}[f(x)] <= 2",
    ),
    Form(
        ("loop", "span"),
        "for k in 1..4  or  for k in 1, 2, 4",
        "what follows is claimed for each k",
        "for k in 1..2, 4\nE_{z_1..z_k ~ q(z)}[mean_{i=1..k}[z_i]] = E_{q(z)}[z]",
    ),
)

EXPRESSIONS: tuple[Form, ...] = (
    Form(("numeral",), "2  or  0.5  or  1e-8", "a number, exactly", "1e-1 + 0.5 = 0.6"),
    Form(("name",), "mu  or  z_1  or  z'  or  pi  or  oo", "a number, a variable, a definition, a constant", "pi > 3"),
    Form(("operation", "minus"), "a + b - c*d/e^-f", "arithmetic; `-a^2` is `-(a^2)`", "-2^2 = 1 - 5"),
    Form(("group",), "(a + b)*c", "brackets", "(1 + 2)*3 = 9"),
    Form(
        ("application", "arguments"),
        "p(x, z)  or  q(z|x)  or  T(x)  or  exp(a)  or  Normal(x; m, s)",
        "a density, a function, a named law at its variable and parameters",
        "log(Normal(x; m, s)) <= log(1/(s*sqrt(2*pi)))",
    ),
    Form(
        ("juxtaposition",),
        "log p(x)  or  r(x) q(z|x)",
        "a function of the one factor behind it; in a law, a product",
        "E_{r(x) q(z|x)}[log q(z|x)] = E_{r(x)}[E_{q(z|x)}[log q(z|x)]]",
    ),
    Form(
        ("binder", "subscript"),
        "E_{law}[e]  or  Var_{law}[e]  or  Cov_{law}[a, b]",
        "mean, variance and covariance under a law",
        "Cov_{p(x, y)}[x, y]^2 <= Var_{p(x)}[x]*Var_{p(y)}[y]",
    ),
    Form(
        ("binder", "subscript"),
        "E_{x ~ law}[e]  or  E_{x, z ~ p(x, z)}[e]  or  E_{z_1, z_2 ~ q(z|x)}[e]",
        "the same with the drawn names given; several names over one slot are independent copies",
        "E_{z_1, z_2 ~ q(z)}[z_1*z_2] = E_{q(z)}[z]^2",
    ),
    Form(
        ("binder", "comparison"),
        "P_{law}[a > b]",
        "the probability of an event",
        "P_{x ~ Exponential(1)}[x > 0] = 1",
    ),
    Form(
        ("application", "comparison"),
        "ind(a > b)",
        "one where it holds, zero elsewhere",
        "E_{p(x)}[ind(x > 0)] = P_{p(x)}[x > 0]",
    ),
    Form(
        ("binder",),
        "int_{x}[e]  or  sum_{x}[e]",
        "an integral against the base measure; `sum` makes x discrete",
        "int_{x}[p(x, z)] = p(z)",
    ),
    Form(
        ("binder", "index"),
        "sum_{i=1..4}[e]  or  mean_{i=1..k}[w(z_i)]  or  prod_{i=1..4}[e]",
        "index sums",
        "sum_{i=1..4}[i^2] = 30",
    ),
    Form(
        ("binder", "span"),
        "E_{z_1..z_4 ~ law}[e]  or  E_{z_1..z_k ~ law}[e]",
        "copies, of any number with `integer k >= 1`",
        "integer k >= 1\nE_{z_1..z_k ~ q(z)}[mean_{i=1..k}[z_i]] = E_{q(z)}[z]",
    ),
    Form(
        ("gradient",),
        "grad_theta[e]  or  grad_x[e]",
        "the derivative in a parameter, a real number or a real variable",
        "parameter theta\nE_{p_theta(x)}[grad_theta[log p_theta(x)]] = 0",
    ),
    Form(
        ("pair",),
        "KL(a || b)  or  D_f(a || b)",
        "divergences; see the table below",
        "KL(p(x) || q(x)) >= 0",
    ),
    Form(
        ("ordered_pair",),
        "renyi_{alpha}(a || b)",
        "the divergence of an order",
        "renyi_{1/2}(p(x) || q(x)) >= 0",
    ),
    Form(("application",), "H(p(x))", "entropy", "H(p(x)) = -E_{p(x)}[log p(x)]"),
    Form(
        ("application",),
        "I_p(x; z)  or  I_p(x; z | y)",
        "mutual information of slots of one family",
        "I_p(x; z) = KL(p(x, z) || p(x) p(z))",
    ),
    Form(
        ("application",),
        "conj_f(t)",
        "the convex conjugate",
        "convex f\nreal s, t\nf(s) + conj_f(t) >= s*t",
    ),
    Form(
        ("optimum",),
        "max_{D}[e] at D = w  or  min_{q}[e] at q = w",
        "the optimum over everything of that kind, and where it is attained; the last term of a side",
        "0 - max_{q}[-KL(q(x) || p(x))] at q = p(x) = 0",
    ),
)

#: What each built-in function takes, and its value.
FUNCTION_MEANINGS: dict[str, tuple[str, str]] = {
    "log": ("(0, oo)", "natural logarithm"),
    "log2": ("(0, oo)", "logarithm in bits"),
    "exp": ("the line", "exponential"),
    "sqrt": ("[0, oo)", "square root"),
    "abs": ("the line", "absolute value"),
    "sin": ("the line", "sine"),
    "cos": ("the line", "cosine"),
    "sigmoid": ("the line", "1/(1 + exp(-t))"),
    "softplus": ("the line", "log(1 + exp(t))"),
    "lgamma": ("(0, oo)", "logarithm of the Gamma function"),
    "digamma": ("(0, oo)", "derivative of `lgamma`"),
    "Phi": ("the line", "distribution function of the standard normal law"),
    "min": ("the line, twice", "the smaller one"),
    "max": ("the line, twice", "the larger one"),
}

#: The divergences of laws a and b, and their definitions.
DIVERGENCE_MEANINGS: dict[str, str] = {
    "KL(a || b)": "E_a[log(a/b)], in nats",
    "JSD(a || b)": "the mean of KL(a || m) and KL(b || m) with m = (a + b)/2",
    "TV(a || b)": "half the integral of abs(a - b)",
    "chi2(a || b)": "E_b[(a/b - 1)^2]",
    "H2(a || b)": "1 - the integral of sqrt(a*b), the squared Hellinger distance",
    "CE(a || b)": "E_a[-log b], the cross-entropy",
    "W1(a || b)": "the transport distance on the line with cost abs(x - y)",
    "W2(a || b)": "the transport distance on the line with cost (x - y)^2, after the square root",
    "renyi_{alpha}(a || b)": "log E_b[(a/b)^alpha]/(alpha - 1)",
    "D_f(a || b)": "E_b[f(a/b)] with a `convex f`, taken with f(1) = 0",
}
