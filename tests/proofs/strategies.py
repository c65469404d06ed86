"""Random claims, elaborated, over a fixed vocabulary that holds one of every kind of name.

The trees are built directly, not read, so that what is tested with them does not rest on the reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeVar

from hypothesis import strategies as st

from proofs.language.tree import (
    RELATIONS,
    Add,
    Apply,
    Call,
    Chain,
    Claim,
    Conjugate,
    Constant,
    Convex,
    Copies,
    Covariance,
    Definition,
    Density,
    Discrete,
    Div,
    Divergence,
    Entropy,
    Expectation,
    Expr,
    Family,
    Function,
    Gradient,
    IndexSum,
    Indicator,
    Information,
    Integral,
    Law,
    Mul,
    Named,
    Neg,
    Number,
    Parameter,
    Pow,
    Pushforward,
    PushforwardDensity,
    Scalar,
    Step,
    Sub,
    Symbol,
    Use,
    Variable,
    Variance,
)

T = TypeVar("T")

x, x1, y, z, z1, z2, z3, zp, t, u, v = (
    Variable(name, name.rstrip("'").partition("_")[0]) for name in "x x_1 y z z_1 z_2 z_3 z' t u v".split()
)
z_i = Variable("z_i", "z")
placeholder = Variable("_", "_")
mu, sigma, n, rho, theta = map(Symbol, ("mu", "sigma", "n", "rho", "theta"))


def _m(generated: str, given: str = "") -> Density:
    """A conditional of the Markov chain u, v, o."""
    return Density("m_3", (Variable(generated, generated),), (Variable(given, given),) if given else ())


FAMILIES = (
    Family("d", ("x",), positive=False),
    Family("e", ("x", "y", "z")),
    Family("m", ("y",)),
    Family("m_3", ("u", "v", "o"), structure=Mul(Mul(_m("u"), _m("v", "u")), _m("o", "v"))),
    Family("p", ("x", "z")),
    Family("q", ("z",), ("x",)),
    Family("r", ("x",)),
    Family("s_theta", ("x",), parameters=("theta",)),
)
FUNCTIONS = (
    Function("D", ("x",), Fraction(0), Fraction(1)),
    Function("T", ("x", "z")),
    Function("T_theta", ("x",), parameters=("theta",)),
    Function("c", ("x",), Fraction(-1, 2), Fraction(3), (True, False)),
    Function("g", ("x",), Fraction(0), integrable=True),
)
CONVEX = (Convex("h"), Convex("k", True, None, Fraction(1, 2)), Convex("l", False, Fraction(0), None))
SCALARS = (
    Scalar("a", None, Fraction(7, 3), (False, True)),
    Scalar("mu"),
    Scalar("n", Fraction(1), None, (True, False), integer=True),
    Scalar("rho", Fraction(0), Fraction(1)),
    Scalar("sigma", Fraction(0)),
)
PUSHFORWARD = Pushforward("X", Call("exp", (Variable("Y", "Y"),)), Named("Normal", Variable("Y", "Y"), (mu, sigma)))
DECLARATIONS = (Discrete("y"), *FAMILIES, *FUNCTIONS, *CONVEX, Parameter("theta"), *SCALARS, PUSHFORWARD)

p, pz = Density("p", (x, z)), Density("p", (z,))
q = Density("q", (z,), (x,))
r, d, m = Density("r", (x,)), Density("d", (x,)), Density("m", (y,))


def _q(variable: Variable) -> Density:
    return Density("q", (variable,), (x,))


#: Laws by what they generate.
LAWS: dict[tuple[Variable, ...], tuple[Expr, ...]] = {
    (x,): (
        Density("s_theta", (x,)),
        r,
        d,
        Density("p", (x,)),
        Named("Normal", x, (mu, sigma)),
        Density("p", (x,), (z,)),
    ),
    (z,): (q, pz, Density("p", (z,), (x,)), Named("N", z, (x, sigma))),
    (y,): (m, Named("Poisson", y, (sigma,)), Named("Binomial", y, (n, rho))),
    (u, v): (Mul(_m("u"), _m("v", "u")), Density("m_3", (u, v))),
    (z1,): (_q(z1), Density("p", (z1,))),
    (x, z): (p, Mul(r, q), Mul(d, Named("Uniform", z, (mu, Number(Fraction(1), "1"))))),
    (z1, z2): (Mul(_q(z1), _q(z2)), Mul(Density("p", (z1,)), _q(z2))),
    (z1, z2, z3): (Mul(Mul(_q(z1), _q(z2)), _q(z3)),),
}


def choose(items: Sequence[T]) -> st.SearchStrategy[T]:
    """One of the items; unlike ``sampled_from``, it does not print them all."""
    return st.integers(0, len(items) - 1).map(lambda place: items[place])


def laws(*, definitions: bool = True) -> st.SearchStrategy[Law]:
    """Laws of one or several variables; with `definitions`, ``s(z|x)`` of `claims` among them."""
    known = [Law(density, generated) for generated, densities in LAWS.items() for density in densities]
    if definitions:
        known.append(Law(Use("s", (z,), (x,)), (z,)))
        known.append(Law(Mul(r, Use("s", (z1,), (x,))), (x, z1)))
    return choose(known)


def symbolic_copies(*, definitions: bool) -> list[Expr]:
    """Expectations over ``z_1..z_n`` and ``z_1..z_{n+1}`` with a declared integer n."""
    one = Number(Fraction(1), "1")
    bodies: list[Expr] = [Density("p", (x, z_i)), Call("log", (_q(z_i),)), Mul(z_i, mu)]
    if definitions:
        bodies.append(Use("w", (z_i,)))
    found: list[Expr] = []
    for body in bodies:
        for high in (n, Add(n, one)):
            for factor in (_q(z_i), Named("Normal", z_i, (x, sigma))):
                drawn: Any = (Copies(z, one, high),)
                mean = IndexSum("mean", "i", one, high, body)
                law = Law(IndexSum("prod", "i", one, high, factor), drawn)
                found += [Expectation(law, Call("log", (mean,))), Expectation(law, Sub(mean, z1))]
    return found


def divergences() -> st.SearchStrategy[Expr]:
    """Divergences of laws of the same variables, and of named laws without a variable; entropies and informations."""
    pairs = [(Law(left, made), Law(right, made)) for made, laws in LAWS.items() for left in laws for right in laws]
    bare = [Law(Named(law, placeholder, (mu, sigma)), (placeholder,)) for law in ("Normal", "N")]
    pairs += [(left, right) for left in bare for right in bare]
    built = st.builds(
        lambda kind, pair: Divergence(kind, pair[0], pair[1]),
        st.sampled_from(["KL", "JSD", "CE", "TV", "chi2", "H2", "W1", "W2"]),
        choose(pairs),
    )
    orders = st.sampled_from([Number(Fraction(2), "2"), Div(Number(Fraction(1), "1"), Number(Fraction(2), "2")), sigma])
    ordered = st.builds(lambda a, pair: Divergence("renyi", pair[0], pair[1], a), orders, choose(pairs))
    general = st.builds(lambda f, pair: Divergence("D_f", *pair, None, f), st.sampled_from("hl"), choose(pairs))
    entropies = [Entropy(side) for side, _ in pairs]
    informations = [Information("p", (x,), (z,)), Information("p", (z1,), (x,)), Information("e", (x,), (y,), (z,))]
    return st.one_of(built, ordered, general, choose(entropies), st.sampled_from(informations))


def numbers() -> st.SearchStrategy[Number]:
    """Exact decimals as they are printed."""
    texts = st.one_of(st.integers(0, 20).map(str), st.sampled_from(["0.1", "0.0288", "1e-8", "0.50", "12.5"]))
    return texts.map(lambda text: Number(Fraction(text), text))


def _leaves(*, definitions: bool, index: bool) -> st.SearchStrategy[Expr]:
    known: list[Expr] = [
        Constant("pi"),
        mu,
        sigma,
        n,
        Symbol("a"),
        x,
        z1,
        p,
        pz,
        q,
        r,
        d,
        m,
        _q(zp),
        Density("p", (x1, z2)),
        Density("p", (z,), (x,)),
        Apply("D", (x,)),
        Apply("T", (x1, zp)),
        Apply("c", (x,)),
        Apply("g", (x,)),
        Apply("T_theta", (x1,)),
        theta,
        Named("Normal", x, (mu, sigma)),
        Named("StudentT", x, (n, mu, sigma)),
        Named("HalfNormal", x1, (sigma,)),
        Named("N", z1, (Number(Fraction(0), "0"), Pow(sigma, Number(Fraction(2), "2")))),
        PushforwardDensity("X", t),
        *(Call("log", (density,)) for density in (p, q, r, Density("p", (x,)))),
    ]
    if index:
        known += [Density("p", (x, z_i)), Density("q", (z_i,), (x,)), z_i, Symbol("i")] * 3
    if definitions:
        known += [Use("L"), Use("w", (z1,)), Use("w", (z,)), Use("s", (z,), (x,)), Use("f", (Add(mu, sigma),))]
        known += [Use("w", (z_i,))] * 3 if index else []
    return st.one_of(choose(known), numbers())


def expressions(*, definitions: bool = False, index_sums: bool = True, max_leaves: int = 10) -> st.SearchStrategy[Expr]:
    """Elaborated expressions over `DECLARATIONS`; with `definitions` they use L, w(z), s(z|x) and f(t) of `claims`."""

    def extend(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        forms = [
            *(st.builds(operation, inner, inner) for operation in (Add, Sub, Mul, Div)),
            st.builds(Pow, inner, st.one_of(numbers(), inner)),
            st.builds(Neg, inner),
            st.builds(
                lambda f, a: Call(f, (a,)), st.sampled_from(["log", "log2", "exp", "sqrt", "abs", "sigmoid"]), inner
            ),
            st.builds(lambda a, b: Call("min", (a, b)), inner, inner),
            st.builds(Expectation, laws(definitions=definitions), inner),
            st.builds(Integral, st.sampled_from([(x,), (z,), (x, z), (z1,)]), inner, st.just(False)),
            st.builds(Integral, st.just((y,)), inner, st.just(True)),
            st.builds(Variance, laws(definitions=definitions), inner),
            st.builds(Covariance, laws(definitions=definitions), inner, inner),
            st.builds(Gradient, st.sampled_from([theta, mu, x]), inner),
            st.builds(lambda f, a: Apply(f, (a,)), st.sampled_from("hkl"), inner),
            st.builds(Conjugate, st.sampled_from("hl"), inner),
            st.builds(Indicator, inner, st.sampled_from(["<", "<=", ">", ">=", "="]), inner),
        ]
        return st.one_of(forms)

    def sums() -> st.SearchStrategy[Expr]:
        terms = st.recursive(_leaves(definitions=definitions, index=True), extend, max_leaves=3)
        ends = st.integers(1, 3).map(lambda k: Number(Fraction(k), str(k)))
        one = Number(Fraction(1), "1")
        return st.builds(IndexSum, st.sampled_from(["sum", "mean", "prod"]), st.just("i"), st.just(one), ends, terms)

    copies = choose(symbolic_copies(definitions=definitions))
    leaves = [_leaves(definitions=definitions, index=False), divergences(), copies] + ([sums()] if index_sums else [])
    return st.recursive(st.one_of(leaves), extend, max_leaves=max_leaves)


@st.composite
def claims(draw: st.DrawFn, *, max_leaves: int = 8) -> Claim:
    """Elaborated claims: all of `DECLARATIONS`, definitions L, w(z), s(z|x), f(t), and one or two chains."""
    plain = expressions(max_leaves=4)
    using = expressions(definitions=True, max_leaves=max_leaves)
    definitions = (
        Definition("L", (), (), draw(plain)),
        Definition("w", (z,), (), Div(p, Add(q, draw(plain)))),
        Definition("s", (z,), (x,), Div(Mul(q, draw(numbers())), pz)),
        Definition("f", (t,), (), Mul(t, draw(st.sampled_from([mu, t, Pow(t, Number(Fraction(2), "2"))])))),
    )
    chains = []
    for _ in range(draw(st.integers(1, 2))):
        places = draw(st.lists(using, min_size=2, max_size=4))
        relations = draw(st.lists(st.sampled_from(RELATIONS), min_size=len(places) - 1, max_size=len(places) - 1))
        reasons = st.sampled_from(["", "by Jensen", "Fubini, x - 1 <= log(x)"])
        steps = zip(places, relations, places[1:], strict=False)
        chains.append(Chain(tuple(Step(left, relation, right, draw(reasons)) for left, relation, right in steps)))
    assumed = st.builds(Step, plain, st.sampled_from(RELATIONS), plain)
    assumptions = draw(st.lists(assumed, max_size=1))
    return Claim(DECLARATIONS, definitions, tuple(chains), "", tuple(assumptions))
