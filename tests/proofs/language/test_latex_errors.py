r"""What LaTeX leaves open is refused with its readings, at its place in the source; hostile LaTeX ends in an error."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs import check
from proofs.language import ClaimError, expand, read, to_latex, to_text
from tests.proofs.language.test_latex_reader import FORMULAS

CASES = [
    # text, line, column, what the message says
    (
        r"\log p(x) q(x) = 0",
        1,
        11,
        r"ambiguous; write `\\log\\left\(p\(x\) q\(x\)\\right\)` or `\\log\\left\(p\(x\)\\r",
    ),
    (r"\log p(x) / q(x) = 0", 1, 11, "before `/` is ambiguous"),
    (r"\log p(x)^2 = 0", 1, 10, r"before `\^` is ambiguous"),
    (r"-\frac12 \log 2\pi\sigma^2 = 0", 1, 16, r"write `\\log\\left\(2 \\pi\\sigma\^2\\right\)`"),
    (r"a / 2\theta = 0", 1, 6, r"`/ 2 \\theta` is ambiguous"),
    (r"\mathbb{E}_{p(x)} (x) \, x = 0", 1, 19, "ambiguous; write it in `"),
    (r"\nabla_\theta \frac12 p_\theta(x) = 0", 1, 23, "ambiguous"),
    (r"p(\mathbf{x}) = \int p(x, z) dz", 1, 24, r"`\\mathbf\{x\}` and `x` would be one name"),
    (r"p(x^{(2)}) = p(x_2)", 1, 16, r"`x\^\{\(2\)\}` and `x_2` would be one name"),
    (r"\phi = \varphi", 1, 8, r"`\\varphi` and `\\phi` would be one name"),
    # what is not read
    (r"\mathbb{E}[\log p(x)] = 0", 1, 1, "names no law"),
    (r"\int p(x) = 1", 1, 1, "no differential"),
    (r"\int\int p(x, z) dx = 1", 1, 1, "2 integral signs, and 1 differentials"),
    (r"\int_0^1 p(x) dx = 1", 1, 1, "between limits is not read"),
    (r"\int_A p(x) dx = 1", 1, 1, "only whole spaces"),
    (r"\sum_{z \in S} p(x, z) = 1", 1, 1, "only whole spaces"),
    (r"-\sum_i p(x_i) \log p(x_i) = 0", 1, 2, "the index `i` has no limits"),
    (r"\sum_{i=1} p(x_i) = 1", 1, 1, "both of its ends"),
    (r"p(x) \propto q(x)", 1, 6, r"`\\propto` is not read here(.|\n)*expected a relation"),
    (r"X \overset{d}{=} Y", 1, 3, r"`\\overset` is not read"),
    (r"\nabla f(x) = 0", 1, 1, "needs what it is taken in"),
    (r"\log_{10} p(x) = 1", 1, 5, r"`\\log_2`"),
    (r"\theta 2 = 1", 1, 8, "needs an operator"),
    (r"p(x) = 1 \Rightarrow p(x) \le 1", 1, 10, "an implication is no claim"),
    (r"p(x) = 1 \quad \text{if } x \ge 0", 1, 16, "the condition behind `if` is not read"),
    ("\\begin{cases} 1 \\end{cases} = 1", 1, 1, "states no claim"),
    ("real a\n\\log a +\n= 1", 3, 1, "unexpected `=`"),
    (r"\frac{1}{2 = 1", 1, 12, "unexpected `=`(.|\n)*expected `}`"),
    (r"\left( 1 = 2", 1, 6, r"`\(` is never closed"),
    (r"p_\theta(x", 1, 9, "`\\(` is never closed"),
    ("\\begin{align}\n1 &= 1 \\\\\n &= \\foo\n\\end{align}", 3, 5, r"`\\foo` is not read here"),
    # what plain text refuses, at its place in the LaTeX
    (
        "density q(z|x)\n\\mathbb{E}_{q(z \\mid x)}\\left[\\log q(z)\\right] = 0",
        2,
        36,
        "`q\\(z\\|x\\)` is a conditional",
    ),
    (r"\log \sigma^2 = 1", 1, 6, "`sigma` is not declared"),
    (r"\mathrm{KL}\left(q(z|x) \,\|\, p(x,z)\right) = 0", 1, 1, "must generate the same variables"),
    ("1 = 1\nlog p(x)/q(x) = \\theta", 2, 9, "ambiguous"),
    (r"\mathcal{L} := \theta + \mathcal{L}", 1, 16, "`theta` is not declared"),
]


@pytest.mark.parametrize(("text", "line", "column", "message"), CASES)
def test_mistakes(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(ClaimError, match=message) as caught:
        read(text)
    error = caught.value
    assert (error.line, error.column, error.source) == (line, column, text), str(error)
    quoted = str(error).split("\n")
    assert quoted[1].strip() in text
    assert quoted[2] == "  " + " " * min(column - 1, 100) + "^"


@pytest.mark.parametrize(
    "text",
    [
        r"\frac{" * 500 + "1" + "}{2}" * 500 + " = 1",
        r"\left(" * 5000 + "1" + r"\right)" * 2000 + " = 1",
        r"\log " * 3000 + "1 = 1",
        r"\mathbb{E}_{p(x)} " * 900 + "1 = 1",
        r"\int " * 3000 + "dx = 1",
        r"\int p(x) " * 1500 + "dx " * 1500 + " = 1",
        r"\sum_{i=1}^{2}" * 1300 + "i = 1",
        r"\nabla_\theta " * 1300 + "1 = 1",
        r"\frac12\sum_{i=1}^2" * 900 + "1 = 1",
        "x_{" * 3000,
        r"\mathbf{" * 2000 + "x" + "}" * 2000 + " = 1",
        r"\underbrace{" * 1500 + "x" + "}" * 1500 + " = 1",
        r"\theta" + "'" * 9000 + " = 1",
        r"\theta" + "_1" * 5000 + " = 1",
        "-" * 9000 + r"\theta = 1",
        r"\text{" * 3000,
        "$" * 9001,
        "\\" * 9001,
        r"\begin{align}" * 1000,
        r"a, \quad " * 2000,
        r"\theta \quad \text{a} " * 800,
        "& " * 9000,
        r"\stackrel{" * 1500,
        r"\theta^{" + "9" * 9000 + "} = 1",
        r"\frac{1}{2}" * 2000,
        r"\theta = " * 2500 + r"\theta",
        "\\theta\n" * 2500,
        r"\theta" * 10_000,
    ],
)
def test_hostile_input_ends_soon_in_an_error(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(ClaimError) as caught:
        expand(read(text))
    assert time.perf_counter() - start < 5
    assert len(str(caught.value)) < 1500


TOKENS = (
    r"\frac \tfrac{1}{2} \log \exp \int \sum_{i=1}^{2} \sum_x \prod \nabla_\theta \partial \mathbb{E}_{ "
    r"\mathbf{ \text{ \left( \right) [ ] { } | \| \mid || & \\ \begin{align} \end{align} \begin{gather*} \[ \] "
    r"$$ $ dx \,dz \mathrm{d} ^ _ ^{ _{ ' ^* := = \le \approx \sim ~ , ; . : \cdot * / + - 1 12 x z z_1 z_{1:k} "
    r"\dots \theta p_\theta(x) q(z|x) \mathcal{N}( \max \max_{D} \min( e^ \sqrt \sqrt[3] \underbrace "
    r"\overset{a}{=} \underset \quad \label{a} % # -- let for in where at density function \mathbf{1} H( "
    r"D_{KL}( D_f( \chi^2( W_1( I_p( \text{where} \text{if} \unknown \hat{ \lvert \rvert \forall \Rightarrow "
    r"\\[2pt] \dd \iint \mathbb \boldsymbol \bar \textcolor{ \text{vector} \text{matrix} \succ \mathbb{R}^2 ^\top "
    r"\det \Sigma \lVert \rVert \mathrm{Cat}( int_{x} renyi_{2}"
).split()


def _check(text: str) -> None:
    try:
        claim = read(text)
    except ClaimError as error:
        str(error)
        return
    assert read(to_text(claim)) == claim
    assert read(to_latex(claim)) == claim


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=14), st.sampled_from(["", " "]))
def test_any_tokens(tokens: list[str], space: str) -> None:
    _check(space.join(tokens))
    _check("density p(x, z)\ndensity q(z|x)\nreal a\n" + space.join(tokens) + r" = \theta")


@st.composite
def mutations(draw: st.DrawFn) -> str:
    """A formula with one to three pieces cut, doubled or replaced."""
    text = draw(st.sampled_from(FORMULAS))[0]
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 6)))
        piece = draw(st.one_of(st.just(""), st.sampled_from(TOKENS), st.just(text[start:end] * 2)))
        text = text[:start] + piece + text[end:]
    return text


@settings(max_examples=300, deadline=None)
@given(mutations())
def test_mutated_formulas(text: str) -> None:
    _check(text)


def test_a_report_quotes_the_latex() -> None:
    report = check(r"\log p(x) q(x) \ge 0")
    assert report.verdict == "unsupported"
    assert r"\log p(x) q(x) \ge 0" in str(report)
