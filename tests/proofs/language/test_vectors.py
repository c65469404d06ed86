"""Vectors and matrices in coordinates: against sympy's matrices, torch's densities, and closed forms of papers."""

import operator as op
import time
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.distributions import MultivariateNormal

from proofs import check
from proofs.certifier import enclose
from proofs.language import ClaimError, expand, read, to_latex, to_text
from proofs.language import matrices as m
from proofs.language import surface as s

NUMBERS = st.integers(-5, 5).map(Fraction)


def of_numbers(rows: list[list[Fraction]]) -> m.Matrix:
    return m.Matrix(tuple(tuple(numeral(entry) for entry in row) for row in rows))


def numeral(value: Fraction) -> s.Surface:
    return s.Numeral(0, str(value)) if value >= 0 else s.Minus(0, s.Numeral(0, str(-value)))


def number(node: s.Surface) -> sp.Rational:
    match node:
        case s.Numeral(text=text):
            return sp.Rational(text)
        case s.Minus(operand=inner):
            return -number(inner)
        case s.Group(inner=inner):
            return number(inner)
        case s.Operation(operator=operator, left=left, right=right):
            combine = {"+": op.add, "-": op.sub, "*": op.mul, "/": op.truediv, "^": op.pow}[operator]
            return combine(number(left), number(right))
    raise AssertionError(node)


def in_sympy(matrix: m.Matrix) -> sp.Matrix:
    return sp.Matrix([[number(entry) for entry in row] for row in matrix.rows])


@st.composite
def squares(draw: st.DrawFn, size: int | None = None) -> m.Matrix:
    size = size or draw(st.integers(1, 4))
    return of_numbers([[draw(NUMBERS) for _ in range(size)] for _ in range(size)])


@st.composite
def with_roots(draw: st.DrawFn) -> m.Matrix:
    """factor L L^T with L lower triangular."""
    size = draw(st.integers(1, 4))
    lower = [[draw(NUMBERS) for _ in range(row)] + [Fraction(draw(st.integers(1, 4)))] for row in range(size)]
    root = of_numbers([row + [Fraction(0)] * (size - len(row)) for row in lower])
    whole = m.Matrix(m.product(root, m.transposed(root), 0).rows, root)
    return m.scaled(whole, s.Numeral(0, str(draw(st.integers(1, 5)))), 0)


@settings(max_examples=60, deadline=None)
@given(squares())
def test_determinants_and_inverses_are_those_of_sympy(matrix: m.Matrix) -> None:
    there = in_sympy(matrix)
    assert number(m.determinant(matrix, 0)) == there.det()
    assert number(m.trace(matrix, 0)) == there.trace()
    assume(there.det() != 0)
    assert in_sympy(m.inverse(matrix, 0)) == there.inv()


@settings(max_examples=60, deadline=None)
@given(with_roots())
def test_roots_give_the_same_determinants_and_inverses(matrix: m.Matrix) -> None:
    there = in_sympy(matrix)
    assert number(m.determinant(matrix, 0)) == there.det()
    assert in_sympy(m.inverse(matrix, 0)) == there.inv()


@settings(max_examples=40, deadline=None)
@given(squares(3), squares(3))
def test_products_sums_and_multiples(left: m.Matrix, right: m.Matrix) -> None:
    assert in_sympy(m.product(left, right, 0)) == in_sympy(left) * in_sympy(right)
    assert in_sympy(m.mapped(lambda a, b: m.plus(a, b, 0), left, right)) == in_sympy(left) + in_sympy(right)
    assert in_sympy(m.mapped(lambda a, b: m.less(a, b, 0), left, right)) == in_sympy(left) - in_sympy(right)
    assert in_sympy(m.scaled(left, s.Numeral(0, "3"), 0)) == 3 * in_sympy(left)
    assert in_sympy(m.transposed(left)) == in_sympy(left).T


# --- laws ------------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 3),
    st.sampled_from(["Sigma", "3*Sigma", "Sigma/2", "Sigma^-1", "inv(2*Sigma)", "diag(s^2)", "s_1*I", "I"]),
    st.data(),
)
def test_densities_are_those_of_torch(size: int, covariance: str, data: Any) -> None:
    head = f"vector mu in R^{size}\nmatrix Sigma > 0\nvector s in R^{size} > 0\n"
    claim = expand(read(head + f"log N(x; mu, {covariance}) = 0"))
    rational = st.fractions(-3, 3, max_denominator=4)
    positive = st.fractions(Fraction(1, 4), 3, max_denominator=4)
    places = range(1, size + 1)
    values = {f"{name}_{i}": data.draw(rational) for name in ("x", "mu") for i in places}
    values |= {f"s_{i}": data.draw(positive) for i in places}
    entries = {(i, j): data.draw(positive if i == j else rational) for i in places for j in places if j <= i}
    values |= {f"L_Sigma_{i}_{j}": value for (i, j), value in entries.items()}

    def tensor(name: str) -> torch.Tensor:
        return torch.tensor([float(values[f"{name}_{i}"]) for i in places], dtype=torch.float64)

    root = torch.tensor([[float(entries.get((i, j), 0)) for j in places] for i in places], dtype=torch.float64)
    sigma, one = root @ root.T, torch.eye(size, dtype=torch.float64)
    there = {
        "Sigma": sigma,
        "3*Sigma": 3 * sigma,
        "Sigma/2": sigma / 2,
        "Sigma^-1": torch.linalg.inv(sigma),
        "inv(2*Sigma)": torch.linalg.inv(2 * sigma),
        "diag(s^2)": torch.diag(tensor("s") ** 2),
        "s_1*I": float(values["s_1"]) * one,
        "I": one,
    }[covariance]
    expected = float(MultivariateNormal(tensor("mu"), there).log_prob(tensor("x")))
    found = float(enclose(claim.steps[0].left, claim, values).mid())
    # float64 loses the condition number of the covariance, which is bounded on these entries.
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


DIAGONAL = "vector mu, nu in R^2\n"
TRUE = [
    DIAGONAL + "KL(N(mu, diag(s^2)) || N(0, I)) = 1/2*sum_{i=1..2}[mu_i^2 + s_i^2 - 1 - log(s_i^2)]",
    DIAGONAL + "positive s\nKL(N(mu, s^2*I) || N(nu, s^2*I)) = norm(mu - nu)^2/(2*s^2)",
    DIAGONAL + "H(N(mu, diag(v))) = 1/2*log(det(2*pi*exp(1)*diag(v)))",
    DIAGONAL + "E_{x ~ N(mu, diag(v))}[norm(x - nu)^2] = norm(mu - nu)^2 + tr(diag(v))",
    DIAGONAL + "matrix Sigma > 0\nlog N(x; mu, Sigma) = -1/2*(x - mu)^T*Sigma^-1*(x - mu) - 1/2*log(det(2*pi*Sigma))",
    DIAGONAL + "matrix L > 0\nlog N(x; 0, L^-1) = -1/2*x^T*L*x + 1/2*log(det(L)) - log(2*pi)",
    DIAGONAL + "vector s in R^2 > 0\nlog N(x; mu, diag(s^2)) = sum_{i=1..2}[log N(x_i; mu_i, s_i^2)]",
    DIAGONAL + "matrix A in R^(3*2)\ntr(A*A^T) = tr(A^T*A)",
    "for d in 1..3\nvector mu in R^d\nKL(N(mu, I) || N(0, I)) = norm(mu)^2/2",
    "vector z in R^2\nlog p(x) = E_{q(z|x)}[log p(x, z) - log q(z|x)] + KL(q(z|x) || p(z|x))",
    "vector z in R^2\nlet q(z) = N(z; 0, I)\nlet p(z) = N(z; m, I)\nKL(q(z) || p(z)) = m^T*m/2",
]  # fmt: skip
FULL = DIAGONAL + "matrix S, Q > 0\nKL(N(mu, S) || N(nu, Q)) = "
TRUE += [
    FULL + "1/2*(tr(Q^-1*S) + (nu - mu)^T*Q^-1*(nu - mu) - 2 + log(det(Q)/det(S)))",
    DIAGONAL + "matrix S > 0\nH(N(mu, S)) = 1/2*log(det(2*pi*exp(1)*S))",
    DIAGONAL + "matrix S > 0\nmatrix A in R^(2*2)\nE_{x ~ N(mu, S)}[x^T*A*x] = tr(A*S) + mu^T*A*mu",
    DIAGONAL + "matrix L > 0\nCov_{x ~ N(mu, L^-1)}[x, x] = inv(L)",
    "vector mu in R^3\nmatrix S > 0\nE_{x ~ N(mu, S)}[norm(x)^2] = norm(mu)^2 + tr(S)",
]
FALSE = [
    FULL + "1/2*(tr(Q^-1*S) + (nu - mu)^T*S^-1*(nu - mu) - 2 + log(det(Q)/det(S)))",
    DIAGONAL + "matrix S > 0\nmatrix A in R^(2*2)\nE_{x ~ N(mu, S)}[x^T*A*x] = tr(A^T*S) + mu^T*A^T*mu + tr(S)",
    DIAGONAL + "KL(N(mu, diag(s^2)) || N(0, I)) = 1/2*sum_{i=1..2}[mu_i^2 + s_i^2 - 1 - log(s_i)]",
    DIAGONAL + "positive s\nKL(N(mu, s^2*I) || N(nu, s^2*I)) = norm(mu - nu)^2/(2*s)",
    DIAGONAL + "H(N(mu, diag(v))) = log(det(2*pi*exp(1)*diag(v)))",
    DIAGONAL + "matrix Sigma > 0\nlog N(x; mu, Sigma) = -1/2*(x - mu)^T*Sigma*(x - mu) - 1/2*log(det(2*pi*Sigma))",
    DIAGONAL + "matrix L > 0\nlog N(x; 0, L^-1) = -1/2*x^T*L*x - 1/2*log(det(L)) - log(2*pi)",
    DIAGONAL + "matrix A in R^(2*2)\ntr(A*A) = tr(A)^2",
]


@pytest.mark.parametrize("text", TRUE)
def test_true_claims_are_proved(text: str) -> None:
    assert check(text).verdict == "proved"


@pytest.mark.parametrize("text", FALSE)
def test_false_claims_are_refuted(text: str) -> None:
    assert check(text).verdict == "refuted"


@pytest.mark.parametrize("text", TRUE + FALSE)
def test_they_are_printed_and_read_back(text: str) -> None:
    claim = read(text)
    assert read(to_text(claim)) == claim
    assert read(to_latex(claim)) == claim


def test_latex_as_papers_write_it() -> None:
    latex = read(r"""
\text{vector } \mu \in \mathbb{R}^2
\text{matrix } \Sigma \succ 0
\text{matrix } A \in \mathbb{R}^{2 \times 2}
\log \mathcal{N}(x \mid \mu, \Sigma) = -\frac12 (x - \mu)^\top \Sigma^{-1} (x - \mu) - \frac12 \log |2 \pi \Sigma|
\mathbb{E}_{x \sim \mathcal{N}(\mu, I)}\left[\left\| x \right\|^2\right] = \lVert \mu \rVert_2^2 + \operatorname{tr}(I)
\operatorname{tr}(A \Sigma) = \mathrm{tr}(\Sigma A^{\mathsf{T}}) + \log \det \Sigma""")
    plain = read("""
vector mu in R^2
matrix Sigma > 0
matrix A in R^(2*2)
log N(x; mu, Sigma) = -(1/2)*(x - mu)^T*Sigma^-1*(x - mu) - 1/2*log(det(2*pi*Sigma))
E_{x ~ N(mu, I)}[norm(x)^2] = norm(mu)^2 + tr(I)
tr(A*Sigma) = tr(Sigma*A^T) + log(det(Sigma))""")
    assert latex == plain


def test_vectors_are_coordinates_of_what_is_declared() -> None:
    text = to_text(read("vector mu in R^2\nvector s in R^2 > 0\nmatrix S > 0\nmu^T*S*mu > s_1 - s_2"))
    assert text.splitlines()[:-1] == [
        *["positive L_S_1_1", "real L_S_2_1", "positive L_S_2_2"],
        *["real mu_1", "real mu_2", "positive s_1", "positive s_2"],
    ]


def test_a_vector_that_is_drawn_is_no_number() -> None:
    claim = read("vector z in R^2\nE_{q(z|x)}[log p(x, z)] <= 1")
    assert claim.families()["p"].generated == ("x", "z_1", "z_2")
    assert not claim.scalars()


@pytest.mark.parametrize(
    "text",
    [
        "vector v in R^8\nmatrix S > 0\nv^T*" + "S*" * 400 + "v = 1",
        "vector v in R^8\nmatrix S > 0\n" + "(" * 50 + "v^T*S^-1*v" + ")" * 50 + " + log N(x; v, S^-1) = 1",
        "vector v in R^4\nmatrix A in R^(4*4)\ndet(" + "A*" * 200 + "A) = 1",
        "vector v in R^8\nmatrix A in R^(8*8)\n" + " + ".join(["tr(A*A*A*A*A*A)"] * 100) + " = 1",
    ],
)
def test_hostile_sizes_end_soon_in_an_error(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(ClaimError, match=r"parts|levels"):
        read(text)
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("vector mu in R^d\n1 = 1", "the dimension `d` is a symbol; .* `for d in 1..3` above"),
        ("integer d >= 1\nvector mu in R^d\n1 = 1", "the dimension `d` is a symbol"),
        ("vector mu in R^9\n1 = 1", "between 1 and 8"),
        ("vector mu in C^2\n1 = 1", "have real entries"),
        ("vector mu in R^(2*2)\n1 = 1", "a vector lies in a space"),
        ("matrix A in R^2\n1 = 1", "a matrix lies in a space"),
        ("matrix S > 0\n1 = 1", "the size of `S` is not clear"),
        ("matrix S in R^(2*3) > 0\n1 = 1", "is square"),
        ("vector mu in R^2 > 1\n1 = 1", "`> 0`, or of any numbers"),
        ("vector mu, mu in R^2\n1 = 1", "declared twice"),
        ("real mu_1\nvector mu in R^2\nmu_1 = 1", "declared twice"),
        ("vector log in R^2\n1 = 1", "built in"),
        ("vector mu in R^2\nmu = 1", "of their shape"),
        ("vector mu in R^2\nmu <= mu", "are not compared otherwise"),
        ("vector mu in R^2\nmu + 1 = mu", "do not add up"),
        ("vector mu in R^2\nmu*mu = 1", r"the inner product is `a\^T\*b`"),
        ("vector mu in R^2\nmu^2 = 1", r"write `norm\(a\)\^2`"),
        ("vector mu in R^2\nlog(mu) = 1", "`diag"),
        ("vector mu in R^2\n1/mu = 1", "a division by"),
        ("vector mu in R^2\nvector nu in R^3\nmu + nu = nu", "do not fit together"),
        ("vector mu in R^2\nvector nu in R^3\nmu^T*mu = nu^T*I*nu", "not clear here; write `I_2`"),
        ("vector mu in R^2\nmatrix A in R^(2*2)\nE_{x ~ N(mu, A)}[1] = 1", "the covariance is"),
        ("vector mu in R^2\nmatrix S in R^(3*3) > 0\nE_{x ~ N(mu, S)}[1] = 1", "coordinates"),
        ("vector mu in R^2\nE_{N(mu, I)}[1] = 1", "written with its variable"),
        ("vector z in R^2\nE_{z_1..z_4 ~ q(z|x)}[1] = 1", "copies of a vector"),
        ("vector z in R^2\nE_{z_1, z_2 ~ q(z|x)}[1] = 1", "copies of a vector"),
        ("vector z in R^2\nE_{q(z_1|x) q(z_2|x)}[log q(z|x)] = 1", "copies of a vector"),
        ("vector z in R^2\nlet w(z) = log q(z|x)\nE_{q(z|x)}[w(z_1)] = 1", "copies of a vector"),
        ("vector mu in R^2\nsum_{i=1..k}[mu_i] = 1", "counted with numerals"),
        ("vector mu in R^2\nexp(mu, mu) = 1", "a number is needed|takes 1 argument"),
        ("vector mu in R^2\ndet(mu) = 1", "a square matrix"),
        ("vector mu in R^2\ntr(mu, mu) = 1", "takes 1 argument"),
        ("vector mu in R^2\nmatrix S > 0\ngrad_S[1] = 1", "is not read"),
        ("vector z in R^2 > 0\nE_{q(z)}[1] = 1", "ranges over the whole space"),
    ],
)  # fmt: skip
def test_mistakes(text: str, message: str) -> None:
    with pytest.raises(ClaimError, match=message):
        read(text)
