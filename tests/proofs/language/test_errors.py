"""Every mistake ends in an error that names it, at its line and column."""

import time

import pytest

from proofs.language import ClaimError, expand, read

D = "density p(x, z)\ndensity q(z|x)\ndensity r(x)\n"

CASES = [
    # text, line, column, what the message says
    ("", 1, 1, "nothing is claimed"),
    ("density p(x)", 1, 13, "nothing is claimed"),
    ("log p(x) >=", 1, 12, "the end of the claim.*\n.*\n.*\nexpected an expression"),
    ("log p(x)\n\nlog p(x) = 0", 1, 9, "the end of the line(.|\n)*expected a relation"),
    ("1 = (2", 1, 5, "never closed"),
    ("1 = 2)", 1, 6, r"unexpected `\)`"),
    ("1 = 2 $", 1, 7, r"unexpected '\$'"),
    ("1 = [2]", 1, 5, r"unexpected `\[`"),
    ("E_{}[1] = 1", 1, 4, "expected an expression"),
    ("E_{p(x)}[1, 2] = 1", 1, 1, "one expression"),
    ("1 = 2 3", 1, 7, "side by side do not multiply"),
    (D + "p(x) r(x) = 1", 4, 6, "side by side do not multiply"),
    # what a name is
    ("E_{p(x)}[a] = 1", 1, 10, "`a` is not declared(.|\n)*real a"),
    ("log D(x) = 1", 1, 5, r"declare `function D\(x\)`\n"),
    ("f(x) = 1", 1, 1, r"`function f\(x\)` or `density f\(x\)`"),
    ("density p(x)\nreal p\n1 = 1", 2, 6, "declared twice"),
    ("let a = 1\nlet a = 2\na = 1", 2, 5, "declared twice"),
    ("real x in (0, 1)\ndensity p(x)\np(x) = 1", 3, 3, "is a number, and stands here as a variable"),
    ("let x = 1\nE_{p(x)}[1] = 1", 2, 6, "is a definition, and stands here"),
    (D + "p = 1", 4, 1, r"family of densities; write `p\(x, z\)`"),
    ("function f(x)\nf = 1", 2, 1, "is a function; apply it"),
    ("exp = 1", 1, 1, "needs its arguments"),
    ("let X = exp(Y) where Y ~ Normal(0, 1)\nX = 1", 2, 1, "pdf_X"),
    ("pdf_X(t) = 1", 1, 1, "`X` is not declared"),
    ("z_{k+1} = 1", 1, 1, "not one of a `for`"),
    ("log(1, 2) = 1", 1, 1, "takes 1 argument, not 2"),
    ("a" * 100 + " = 1", 1, 1, "too long"),
    ("1e999999999999 = 1", 1, 1, "too long or too large"),
    # log without parentheses
    (D + "log p(x)/r(x) = 0", 4, 9, r"ambiguous; write `log\(p\(x\)/r\(x\)\)` or `log\(p\(x\)\)/r\(x\)`"),
    (D + "2*log p(x)*3 = 0", 4, 11, "ambiguous"),
    (D + "-log p(x)^2 = 0", 4, 10, "ambiguous"),
    ("function log(x)\nlog p(x) = 0", 2, 1, "is declared here"),
    # families
    (
        "E_{q(z|x)}[log q(z)] = 0",
        1,
        16,
        r"`q\(z\|x\)` is a conditional family.*`density q\(x, z\)`.*int_\{x\}\[d\(x\)\*q",
    ),
    (D + "log q(x) = 0", 4, 5, r"`q\(z\|x\)` is a conditional family"),
    (D + "log q(x, z) = 0", 4, 5, r"`q\(z\|x\)` is a conditional family"),
    (D + "log p(x, y) = 0", 4, 5, r"`p\(x, z\)` has no slot for `y`"),
    (D + "p(x, x_1) = 0", 4, 1, "fill the same slot"),
    (D + "p(x + 1) = 0", 4, 5, "takes variables, not expressions"),
    (D + "p(x; 1) = 0", 4, 1, "without a semicolon"),
    ("density p(z, z_1)\n1 = 1", 1, 9, "a copy of `z`, in a slot of its own"),
    ("density p(x) in (0, 1)\n1 = 1", 1, 17, "`> 0` .*or `>= 0`"),
    ("density p(x + 1)\n1 = 1", 1, 13, "names here"),
    # laws
    (D + "KL(q(z|x) || p(x,z)) = 0", 4, 1, "must generate the same variables"),
    (D + "E_{r(x) p(x)}[1] = 1", 4, 1, "`x` is generated twice"),
    (D + "E_{q(z|x) p(x|z)}[1] = 1", 4, 1, "cyclic"),
    (D + "let s(x) = p(x|z)\nE_{q(z|x) s(x)}[1] = 1", 5, 1, "cyclic"),
    (D + "let s(x) = p(x|z)\nlet u(x) = s(x)\nE_{q(z|x) u(x)}[1] = 1", 6, 1, "cyclic"),
    (D + "E_{q(z|x) r(x) + 1}[1] = 1", 4, 16, "a law is a density"),
    (D + "E_{r}[1] = 1", 4, 4, r"as in `r\(x\)`"),
    (D + "E_{x}[1] = 1", 4, 4, "is a variable, not a law"),
    (D + "E_{y ~ r(x)}[1] = 1", 4, 4, "`y` is no copy of `x`"),
    (D + "E_{x, y ~ p(x,z)}[1] = 1", 4, 4, "the law generates x, z"),
    (D + "E_{x_1, z_1 ~ r(x) Normal(z; x, 1)}[1] = 1", 4, 15, "written with the names that are drawn"),
    (D + "let L = 1\nE_{r(x) L}[1] = 1", 5, 9, "no law"),
    (D + "let L = 1\nE_{x_1 ~ r(x) L}[1] = 1", 5, 15, "no law"),
    ("let f(t, u) = t*u\nE_{f(x, x)}[1] = 1", 2, 1, "generated twice"),
    ("let f(t) = t\nE_{f(2)}[1] = 1", 2, 4, "no law"),
    (D + "E_{x ~ r(x), z}[1] = 1", 4, 14, "drawn from no law"),
    (D + "E_{z_1..z_k ~ q(z|x)}[1] = 1", 4, 4, "`integer k >= 1`"),
    (D + "real k\nE_{z_1..z_k ~ q(z|x)}[1] = 1", 5, 4, "`integer k >= 1`"),
    (D + "integer k\nVar_{z_1..z_k ~ q(z|x)}[1] = 1", 5, 1, "stand alone under an `E`"),
    (D + "integer k\nE_{x ~ r(x), z_1..z_k ~ q(z|x)}[1] = 1", 5, 1, "stand alone under an `E`"),
    (D + "integer k\nE_{z_1..z_k, x ~ p(x,z)}[1] = 1", 5, 1, "stand alone under an `E`"),
    (D + "integer k\nE_{z_1..z_k ~ r(x)}[1] = 1", 5, 4, "`z_1` is no copy"),
    (D + "integer k\nlog p(z_{k+1}) = 1", 5, 7, "not one of a `for`"),
    (D + "integer k\nint_{z_1..z_k}[p(z_1)] = 1", 5, 6, "no list of copies"),
    (D + "E_{z_3..z_1 ~ q(z|x)}[1] = 1", 4, 4, "no list of copies"),
    ("measure g(x)\nE_{g(x)}[1] = 1", 2, 4, "a measure, and not normalised"),
    ("function g(x)\nH(g(x)) = 1", 2, 3, "a law is a density"),
    ("KL(p(x)) = 1", 1, 1, "compares two laws"),
    ("H(p(x), q(x)) = 1", 1, 1, "takes one law"),
    ("Foo(p || q) = 1", 1, 1, "is no divergence"),
    ("E_{Normal(0, 1)}[1] = 1", 1, 4, r"needs its variable here: `Normal\(x; mean, std\)`"),
    ("Normal(x; 1) = 1", 1, 1, "2 parameters, not 1"),
    ("Normal(x; x, 1) = 1", 1, 1, "parameter of its own law"),
    ("Foo(x; 1) = 1", 1, 1, "not a named law"),
    ("KL(Normal(0,1) || p(x,y)) = 1", 1, 4, "only to a law of one variable"),
    # variances, informations, events, derivatives, convex functions
    ("Cov_{p(x)}[x] = 1", 1, 1, "takes two expressions"),
    ("E_{p(x)}[x > 1] = 1", 1, 12, "a relation stands in an event"),
    ("E_{p(x)}[ind(x)] = 1", 1, 14, "an event is a relation"),
    ("E_{p(x)}[ind(x ~= 1)] = 1", 1, 16, "no event"),
    ("E_{p(x)}[ind(x > 1, x > 2)] = 1", 1, 10, "takes one event"),
    ("I_p(x) = E_{p(x)}[1]", 1, 1, r"written `I_p\(x; z\)`"),
    ("I_p(x; x) = 0", 1, 8, "no slot of its own"),
    (D + "I_q(z; x) = 0", 4, 1, "taken under a joint law"),
    (D + "I_r(x; z) = 0", 4, 8, "no slot of its own"),
    ("function f(x)\nI_f(x; z) = 0", 2, 1, "a mutual information is written"),
    ("grad_theta[1] = 1", 1, 1, "`parameter theta`"),
    ("integer n\ngrad_n[1] = 1", 2, 1, "neither a parameter nor a variable"),
    ("foo[1] = 1", 1, 1, "cannot stand before a bracket"),
    ("mass p(x)\nE_{p(x)}[grad_x[log p(x)]] = 0", 2, 10, "discrete, and has no derivatives"),
    ("parameter theta > 0\n1 = 1", 1, 17, "takes no range"),
    ("parameter theta\nreal m_theta\n1 = 1", 2, 6, "does not depend on the parameter"),
    ("parameter theta\nconvex f_theta\n1 = 1", 2, 8, "does not depend on the parameter"),
    ("D_f(p || q) >= 0", 1, 1, "declare `convex f`"),
    ("concave f\nD_f(p || q) >= 0", 2, 1, "declare `convex f`"),
    ("conj_f(1) = 0", 1, 1, "declare `convex f`"),
    ("concave f\nconj_f(1) = 0", 2, 1, "`f` is concave"),
    ("convex f\nf(1, 2) = 0", 2, 1, "takes 1 argument, not 2"),
    ("convex f\nE_{f(x)}[1] = 0", 2, 4, "is not a law"),
    ("convex f(x)\n1 = 1", 1, 8, "declares a name"),
    ("convex f on (1, 0)\n1 = 1", 1, 13, "range is empty"),
    # assumptions, structures, named laws
    ("1 = 1\nassume 1 = 1", 2, 1, "above all that is claimed"),
    ("assume 1\n1 = 1", 1, 9, "expected a relation"),
    ("density p(x, y) = p(x)\n1 = 1", 1, 19, "no factor generates `y`"),
    ("density p(x, y) = p(x) p(x|y)\n1 = 1", 1, 19, "`x` is generated twice"),
    ("density p(x, y) = p(x|y) p(y|x)\n1 = 1", 1, 19, "cyclic"),
    ("density p(x, y) = p(x) q(y|x)\n1 = 1", 1, 19, "conditionals of its own"),
    ("density p(x, y) = p(x) p(y|x_1)\n1 = 1", 1, 19, "`x_1` is a copy"),
    ("density p(x), q(x) = p(x)\n1 = 1", 1, 20, "the density of one family"),
    ("E_{x ~ Poisson(r) Normal(y; 0, 1)}[x] = r", 1, 8, "needs its variable|written without"),
    ("density p(x)\nPoisson(x; 1) = Normal(x; 0, 1)", 2, 17, "law on the real line"),
    ("KL(Poisson(2) || Normal(0, 1)) = 0", 1, 1, "law of whole numbers"),
    ("Exponential(x; 1, 2) = 0", 1, 1, "has 1 parameter, not 2"),
    # sums, integrals, functions
    ("discrete x\nint_{x}[p(x)] = 1", 2, 6, "discrete; write `sum"),
    ("mass p(x)\nE_{x ~ N(0, 1)}[x] = 1", 2, 8, "law on the real line"),
    ("int_{x, x}[p(x)] = 1", 1, 9, "bound twice"),
    ("int_{x + 1}[p(x)] = 1", 1, 8, "only a variable can be bound"),
    ("mean_{x}[1] = 1", 1, 1, "runs over an index"),
    ("int_{i=1..2}[1] = 1", 1, 6, "an index runs under"),
    ("sum_{i=1..2}[log p(x_i)] = 1", 1, 20, "`x` is no variable here"),
    ("real k\nsum_{i=1..k}[1] = 1", 2, 11, "`integer k >= 1`"),
    ("function f(x)\nf(x) = f(y)", 2, 10, "no copy of `x`"),
    ("function f(x)\nf(x, y) = 1", 2, 1, "takes 1 argument, not 2"),
    ("function f(x) in (1, 0)\n1 = 1", 1, 18, "range is empty"),
    ("real a < b\n1 = 1", 1, 10, "end of a range is a number"),
    ("positive a > 1\n1 = 1", 1, 12, "takes no range"),
    ("real a(x)\n1 = 1", 1, 6, "declares a name"),
    # definitions, loops
    ("let a = b\nlet b = 1\na = 1", 1, 9, "above the line that defines it"),
    ("let a = a\na = 1", 1, 9, "in terms of itself"),
    (D + "let w(z) = p(z)\nw = 1", 5, 1, r"defined as `w\(z\)`"),
    (D + "let w(z) = p(z)\nw(2) = 1", 5, 3, "takes variables"),
    (D + "let w(z) = p(z)\nw(x) = 1", 5, 3, "no copy of it"),
    ("for k in 1..2\nfor k in 3..4\nk = k", 2, 1, "the index of the loop above"),
    ("vector mu in R^d\n1 = 1", 1, 16, "the dimension `d` is a symbol"),
    ("vector mu in R^2\n1 = mu", 2, 1, "of their shape"),
    ("for k in 1..2, 2\nk = k", 1, 1, "twice"),
    ("for k in 1..20\nfor j in 1..20\nfor l in 1..20\nk + j + l > 0", 4, 7, "more than 5000 parts"),
    ("for k in 1..1000\nk = k", 1, 10, "at most 64"),
    ("for k in a..b\nk = k", 1, 10, "whole numbers"),
    ("for k in 1..2\nreal k\nk = k", 2, 6, "index of the loop"),
    ("for k in 1..2\nlet k = 1\nk = k", 2, 5, "index of the loop"),
    (D + "for k in 1..2\np(z_{k-3}) = 1", 5, 3, "negative index"),
    ("let X = exp(Y) where Y ~ p(Y)\n1 = 1", 1, 26, "drawn from a named law"),
    ("let X = 2*Y where Y ~ Poisson(3)\n1 = 1", 1, 23, "one by one, and has no density"),
    ("positive s\nlet X = s where Y ~ Normal(0, 1)\n1 = 1", 2, 9, "a function of `Y`"),
]


@pytest.mark.parametrize(("text", "line", "column", "message"), CASES)
def test_mistakes(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(ClaimError, match=message) as caught:
        read(text)
    error = caught.value
    assert (error.line, error.column) == (line, column), str(error)
    _check_the_quotation(error, text)


def _check_the_quotation(error: ClaimError, text: str) -> None:
    """The caret stands under the column of the quoted line."""
    quoted = text.split("\n")[error.line - 1]
    lines = str(error).split("\n")
    assert lines[0].startswith(f"line {error.line}, column {error.column}: ")
    if quoted and len(quoted) < 40:
        assert lines[1] == f"  {quoted.rstrip()}"
        assert lines[2] == "  " + " " * (error.column - 1) + "^"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "1" + ")" * 5000 + " = 1",
        "E_{p(x)}[" * 80 + "1" + "]" * 80 + " = 1",
        "-" * 5000 + "1 = 1",
        "1" + "^2" * 5000 + " = 1",
        "1" + "+1" * 9000 + " = 1",
        "1 = 1\n" * 3000,
        "log " * 4000 + "1 = 1",
        "z" + "'" * 5000 + " = 1",
        "1 = " + "9" * 10_000,
        "a" * 100_000,
        "density p(" + ",".join(f"x{i}" for i in range(4000)) + ")\n1 = 1",
        "\n".join(f"let a{i} = a{i - 1}" for i in range(1, 2000)) + "\n1 = 1",
        "for k in 1..64\n" + "1+1+1+1+1+1+1+1 = k\n" * 60,
        "z_" + "1_" * 20 + "1..z_9 = 1",
        "\\" * 5000,
        "_{" * 1000,
        "\x00\x01\x02 = \x7f",
    ],
)
def test_hostile_input_ends_soon_in_an_error(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(ClaimError) as caught:
        expand(read(text))
    assert time.perf_counter() - start < 5
    assert len(str(caught.value)) < 1000


def test_only_text_can_be_read() -> None:
    with pytest.raises(TypeError, match="not from int"):
        read(3)  # type: ignore[arg-type]


def test_an_error_is_a_value_error_with_its_parts() -> None:
    error = ClaimError("no", source="a\nbc", offset=3, expected=("x", "y"))
    assert isinstance(error, ValueError)
    assert (error.message, error.line, error.column, error.source, error.expected) == ("no", 2, 2, "a\nbc", ("x", "y"))
    assert str(error) == "line 2, column 2: no\n  bc\n   ^\nexpected x or y"
    assert str(ClaimError("no")) == "no"
