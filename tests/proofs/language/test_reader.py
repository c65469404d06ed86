"""What the spellings of the language mean, and what is inferred about names that nothing declares."""

from fractions import Fraction

import pytest

from proofs.language import expand, free_variables, read, to_text
from proofs.language.tree import (
    Add,
    Apply,
    Call,
    Discrete,
    Divergence,
    Entropy,
    Expectation,
    Expr,
    Family,
    Function,
    IndexSum,
    Integral,
    Law,
    Mul,
    Named,
    Neg,
    Number,
    Pow,
    Pushforward,
    PushforwardDensity,
    Scalar,
    Sub,
    Symbol,
    Use,
    Variable,
)

X, Z, Z1, Z2 = Variable("x", "x"), Variable("z", "z"), Variable("z_1", "z"), Variable("z_2", "z")


def left(text: str, *, with_: str = "density p(x, z)\ndensity q(z|x)\ndensity r(x)\nreal a\nreal b\nreal c\n") -> Expr:
    return read(f"{with_}{text} = 0").steps[0].left


def same(first: str, second: str) -> bool:
    return read(first) == read(second)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("E_{z ~ q(z|x)}[log p(x,z)]", "E_{q(z|x)}[log p(x,z)]"),
        ("E_{r(x) * q(z|x)}[1]", "E_{r(x) q(z|x)}[1]"),
        ("E_{x ~ r(x), z ~ q(z|x)}[1]", "E_{r(x) q(z|x)}[1]"),
        ("E_{x, z ~ p(x,z)}[log p(x,z)]", "E_{p(x,z)}[log p(x,z)]"),
        ("E_{x, z ~ r(x) Normal(z; x, 1)}[1]", "E_{r(x) Normal(z; x, 1)}[1]"),
        ("E_{z_1, x_1 ~ r(x) q(z|x)}[1]", "E_{r(x_1) q(z_1|x_1)}[1]"),
        ("E_{z_1, x' ~ p(x,z)}[log p(z_1)]", "E_{p(x',z_1)}[log p(z_1)]"),
        ("E_{z_1, z_2 ~ q(z|x)}[1]", "E_{q(z_1|x) q(z_2|x)}[1]"),
        ("E_{z_1..z_3 ~ q(z|x)}[1]", "E_{z_1, z_2, z_3 ~ q(z|x)}[1]"),
        ("E_{x ~ Normal(a, 1)}[x]", "E_{Normal(x; a, 1)}[x]"),
        ("KL(q || p(z|x))", "KL(q(z|x) || p(z|x))"),
        ("KL(q(z|x) || Normal(0, 1))", "KL(q(z|x) || Normal(z; 0, 1))"),
        ("-a^2", "-(a^2)"),
        ("a^b^c", "a^(b^c)"),
        ("a - b - c", "(a - b) - c"),
        ("a/b*c", "(a/b)*c"),
        ("-a*b", "(-a)*b"),
        ("2*log p(x)", "2*log(p(x))"),
        ("log a - log(b)", "log(a) - log(b)"),
        ("log log a", "log(log(a))"),
        ("a·b × c − a", "a*b*c - a"),
        ("E_{q(z∣x)}[1]", "E_{q(z|x)}[1]"),
        ("log p(x)\n  + a  # a comment with [ in it\n\n  + b", "log p(x) + a + b"),
        ("E_{q(z|x)}[\n a\n - b\n]", "E_{q(z|x)}[a - b]"),
    ],
)
def test_spellings(text: str, canonical: str) -> None:
    assert left(text) == left(canonical)


@pytest.mark.parametrize("relation", ["=", "<=", ">=", "<", ">", "~="])
def test_relations(relation: str) -> None:
    assert read(f"1 {relation} 2").steps[0].relation == relation


def test_relations_in_unicode() -> None:
    assert [s.relation for s in read("1 ≤ 2 ≥ 1 ≈ 1.0").steps] == ["<=", ">=", "~="]


@pytest.mark.parametrize(("first", "second"), [("θ", "theta"), (r"\theta", "theta"), ("Σ", r"\Sigma"), ("λ", "lambda")])
def test_names_in_greek(first: str, second: str) -> None:
    assert same(f"log p_{first}(x) <= 0", f"log p_{second}(x) <= 0")
    assert same(f"E_{{p_{{{first}}}(x_{first})}}[1] = 1", f"E_{{p_{second}(x_{second})}}[1] = 1")


def test_the_tree_of_the_evidence_lower_bound() -> None:
    claim = read("let ELBO = E_{q(z|x)}[log p(x,z) - log q(z|x)]\nlog p(x) = ELBO + KL(q(z|x) || p(z|x)) >= ELBO")
    assert claim.declarations == (Family("p", ("x", "z")), Family("q", ("z",), ("x",)))
    first, second = claim.steps
    assert isinstance(first.right, Add)
    assert first.right.left == second.right == Use("ELBO")
    assert first.right is second.left
    assert isinstance(first.right.right, Divergence)
    assert first.right.right.left.generated == (Z,)
    assert free_variables(expand(claim).chains[0]) == {X}


def test_arithmetic_is_kept_as_written() -> None:
    assert left("-a^2") == Neg(Pow(Symbol("a"), Number(Fraction(2))))
    assert left("a + b - b") == Sub(Add(Symbol("a"), Symbol("b")), Symbol("b"))


def test_decimals_are_exact_and_keep_their_digits() -> None:
    step = read("0.1 ~= 0.10").steps[0]
    assert (step.left, step.right) == (Number(Fraction(1, 10)), Number(Fraction(1, 10)))
    assert isinstance(step.right, Number)
    assert step.right.text == "0.10"


def test_laws() -> None:
    tree = left("E_{r(x) q(z|x)}[1]")
    assert isinstance(tree, Expectation)
    assert isinstance(tree.law.density, Mul)
    assert tree.law.generated == (X, Z)
    tree = left("KL(Normal(a, 1) || N(0, 1))")
    assert isinstance(tree, Divergence)
    assert tree.left.generated == tree.right.generated
    assert isinstance(tree.right.density, Named)
    assert tree.right.density.law == "N"
    assert to_text(tree) == "KL(Normal(a, 1) || N(0, 1))"
    assert left("H(r)") == Entropy(Law(left("r(x)"), (X,)))


def test_a_definition_is_a_law() -> None:
    claim = read(
        "density q(x)\nlet m(x) = (p(x) + q(x))/2\nlet s(z|x) = t(z|x)\nKL(p || m) + KL(p(x) || m(x)) + KL(s || t) = 0"
    )
    tree = claim.steps[0].left
    assert isinstance(tree, Add)
    assert isinstance(tree.left, Add)
    assert isinstance(tree.left.right, Divergence)
    assert tree.left.left == tree.left.right
    assert tree.left.right.right == Law(Use("m", (X,)), (X,))
    assert isinstance(tree.right, Divergence)
    assert tree.right.left == Law(Use("s", (Z,), (X,)), (Z,))


def test_a_density_of_ones_own() -> None:
    claim = read("let m(t) = exp(-t^2)/sqrt(pi)\nE_{m(x)}[x^2] = E_{y ~ m(y)}[y^2]")
    y = Variable("y", "y")
    assert claim.steps[0].left == Expectation(Law(Use("m", (X,)), (X,)), Pow(X, Number(Fraction(2))))
    assert claim.steps[0].right == Expectation(Law(Use("m", (y,)), (y,)), Pow(y, Number(Fraction(2))))


def test_sums_and_integrals() -> None:
    assert left("int_{x}[p(x)]") == Integral((X,), left("p(x)"))
    claim = read("sum_{y}[m(y)] = 1")
    assert claim.discrete() == {"y"}
    assert claim.steps[0].left == Integral((Variable("y", "y"),), left("m(y)", with_="mass m(y)\n"), counting=True)


def test_index_sums() -> None:
    tree = left("mean_{i=1..3}[i*log p(x, z_i)]")
    assert isinstance(tree, IndexSum)
    assert (tree.kind, tree.index, to_text(tree.body)) == ("mean", "i", "i*log(p(x, z_i))")
    assert free_variables(tree) == {X, Z1, Z2, Variable("z_3", "z")}


# --- declarations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("density p(x, z)", {Family("p", ("x", "z"))}),
        ("density q(z | x)", {Family("q", ("z",), ("x",))}),
        ("density p(x) >= 0", {Family("p", ("x",), (), False)}),
        ("density p(x) > 0", {Family("p", ("x",))}),
        ("mass m(y)", {Family("m", ("y",)), Discrete("y")}),
        ("density p(x)\ndiscrete x", {Family("p", ("x",)), Discrete("x")}),
        ("measure g(x)", {Function("g", ("x",), Fraction(0), integrable=True)}),
        ("function T(x, z)", {Function("T", ("x", "z"))}),
        ("function D(x) in (0, 1)", {Function("D", ("x",), Fraction(0), Fraction(1))}),
        ("function D(x) in [-1/2, 1)", {Function("D", ("x",), Fraction(-1, 2), Fraction(1), (True, False))}),
        ("function a(x) > 0", {Function("a", ("x",), Fraction(0))}),
        ("function a(x) <= -(3)", {Function("a", ("x",), None, Fraction(-3), (False, True))}),
        ("real mu, nu", {Scalar("mu"), Scalar("nu")}),
        ("real a in (0, oo)", {Scalar("a", Fraction(0))}),
        ("real a in (-oo, 1]", {Scalar("a", None, Fraction(1), (False, True))}),
        ("positive sigma", {Scalar("sigma", Fraction(0))}),
        ("integer n >= 1", {Scalar("n", Fraction(1), None, (True, False), True)}),
        ("integer N", {Scalar("N", integer=True)}),
        ("function E(x)", {Function("E", ("x",))}),
    ],
)
def test_declarations(text: str, declared: set[object]) -> None:
    claim = read(f"{text}\n1 = 1")
    assert set(claim.declarations) == declared
    assert read(to_text(claim)) == claim


@pytest.mark.parametrize(
    ("claim", "family"),
    [
        ("log p(x) >= E_{q(z|x)}[log p(x,z)]", Family("q", ("z",), ("x",))),
        ("log p(x) >= E_{q(z|x)}[log p(x,z)]", Family("p", ("x", "z"))),
        ("E_{r(x)}[log(p(x|y)*2)] = 0", Family("p", ("x",), ("y",))),
        ("E_{r(x)}[log p(x|y) + log p(y)] = 0", Family("p", ("x", "y"))),
        ("int_{x}[p(x)] = 1", Family("p", ("x",))),
        ("KL(P(x) || Q(x)) >= 0", Family("P", ("x",))),
        ("KL(q || p) >= 0", Family("q", ("x",))),
        ("KL(q || p(z)) >= 0", Family("q", ("z",))),
        ("KL(q || p) = E_{p(z)}[1]", Family("q", ("z",))),
        ("E_{z_1, z_2 ~ q(z|x)}[1] = 1", Family("q", ("z",), ("x",))),
        ("E_{q(z_1|x) q(z_2|z_1, x)}[1] = 1", Family("q", ("z_1", "z_2"), ("x",))),
    ],
)
def test_families_are_shown_by_their_use(claim: str, family: Family) -> None:
    assert family in read(claim).declarations


@pytest.mark.parametrize(
    ("law", "scalars"),
    [
        ("Normal(x; m, s)", {Scalar("m"), Scalar("s", Fraction(0))}),
        ("N(x; 2*m + b, s^2)", {Scalar("m"), Scalar("b"), Scalar("s", Fraction(0))}),
        ("Normal(x; s, s)", {Scalar("s", Fraction(0))}),
        ("Normal(x; -m, exp(u))", {Scalar("m"), Scalar("u")}),
        ("Normal(x; 0, sqrt(v/w))", {Scalar("v", Fraction(0)), Scalar("w", Fraction(0))}),
        ("Uniform(x; a, b)", {Scalar("a"), Scalar("b")}),
        ("Normal(x; y, 1)*Normal(y; 0, 1)", set()),
    ],
)
def test_numbers_take_their_domain_from_named_laws(law: str, scalars: set[Scalar]) -> None:
    assert set(read(f"{law} >= 0").declarations) == scalars


def test_a_declared_domain_wins() -> None:
    claim = read("real s in (0, 1)\nE_{x ~ Normal(0, s)}[x^2] = s^2")
    assert claim.scalars() == {"s": Scalar("s", Fraction(0), Fraction(1))}


def test_declared_names_shadow_built_in_ones() -> None:
    assert left("log(x)", with_="function log(x)\n") == Apply("log", (X,))
    assert to_text(read("pi(a|s) = pi(a,s)/pi(s)")).splitlines()[0] == "density pi(a, s)"
    assert left("H(x)", with_="function H(x)\n") == Apply("H", (X,))
    assert left("N", with_="integer N\n") == Symbol("N")


def test_a_random_variable() -> None:
    claim = read("let X = exp(Y) where Y ~ N(mu, v)\npdf_X(t) >= 0")
    y = Variable("Y", "Y")
    law = Named("N", y, (Symbol("mu"), Symbol("v")))
    assert claim.pushforwards() == {"X": Pushforward("X", Call("exp", (y,)), law)}
    assert claim.scalars() == {"mu": Scalar("mu"), "v": Scalar("v", Fraction(0))}
    assert claim.steps[0].left == PushforwardDensity("X", Variable("t", "t"))


# --- copies and loops ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "stem"), [("z", "z"), ("z_1", "z"), ("z'", "z"), ("z_1'", "z"), ("z₂", "z"), ("y_1", "y_1")]
)
def test_stems(name: str, stem: str) -> None:
    claim = read(f"function f({stem})\ndensity p(z)\nf({name}) = 0")
    assert {v.stem for v in free_variables(claim.steps[0].left)} == {stem}


def test_a_loop_claims_each_instance() -> None:
    claim = read(
        "let w(z) = p(x,z)/q(z|x)\nfor k in 1..3\n"
        "log p(x) >= E_{z_1..z_{k+1} ~ q(z|x)}[log mean_{i=1..k+1}[w(z_i)]] + log k - log(k)"
    )
    written = "let w(z) = p(x,z)/q(z|x)\n" + "\n".join(
        f"log p(x) >= E_{{z_1..z_{k + 1} ~ q(z|x)}}[log mean_{{i=1..{k}+1}}[w(z_i)]] + log {k} - log({k})"
        for k in (1, 2, 3)
    )
    assert claim == read(written)


def test_a_loop_makes_the_definitions_that_it_needs() -> None:
    claim = read("density p(x, z)\nfor k in 1..2\nlet L_k = k*log p(x)\nlet M = L_k + 1\nM >= L_{k+1} - L_k")
    bodies = {d.name: to_text(d.body) for d in claim.definitions}
    assert bodies == {
        "L_1": "1*log(p(x))",
        "L_2": "2*log(p(x))",
        "L_3": "3*log(p(x))",
        "M_1": "L_1 + 1",
        "M_2": "L_2 + 1",
    }
    assert [to_text(chain) for chain in claim.chains] == ["M_1 >= L_2 - L_1", "M_2 >= L_3 - L_2"]


# --- layout --------------------------------------------------------------------------------------------------------


def test_chains_over_several_lines_keep_reasons_and_lines() -> None:
    claim = read("real a  # one\n\na\n  <= a + 1 -- one more\n# between\n  = a\n  + 1\n\na = a -- trivially")
    assert [(step.relation, step.reason, step.line) for step in claim.steps] == [
        ("<=", "one more", 4),
        ("=", "", 6),
        ("=", "trivially", 9),
    ]
    assert len(claim.chains) == 2


def test_a_relation_after_a_definition_chains_from_it() -> None:
    assert same("let L = log(2)\n  >= 0", "let L = log(2)\nL >= 0")
    assert same("let f(x) = p(x)\n  >= 0\nlog p(x) = 0", "let f(x) = p(x)\nf(x) >= 0\nlog p(x) = 0")


def test_windows_line_ends() -> None:
    assert same("real a\r\na\r\n >= 0\r\n", "real a\na\n >= 0\n")
