"""Definitions, index sums and substitution, held against a semantics of their own.

Every node means some number in an environment, names by value and definitions in the environment of their use; which
numbers is of no matter, so that built-ins are replaced by functions without singularities.
"""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.language import ClaimError, expand, free_symbols, free_variables, read, substitute, to_text
from proofs.language.binding import index_values, is_copy
from proofs.language.tree import (
    Apply,
    Call,
    Claim,
    Conjugate,
    Constant,
    Copies,
    Covariance,
    Definition,
    Density,
    Divergence,
    Entropy,
    Expectation,
    Expr,
    Gradient,
    IndexSum,
    Indicator,
    Information,
    Integral,
    Law,
    Named,
    Number,
    PushforwardDensity,
    Symbol,
    Use,
    Variable,
    Variance,
    children,
    walk,
)
from tests.proofs.strategies import claims, expressions, x, x1, z, z1, z2, z3, z_i, zp

Environment = dict[str, float]
POINTS = (0.3, 1.1)


def mix(*parts: float | str) -> float:
    """A number that depends on every part and on their order."""
    total = 0.7
    for place, part in enumerate(parts):
        value = sum(map(ord, part)) / 97 if isinstance(part, str) else part
        total = math.sin(1.3 * total + (place + 1.9) * value)
    return total


def meaning(node: Expr | Law, at: Environment, claim: Claim) -> float:
    definitions = {d.name: d for d in claim.definitions}

    def value(node: Expr) -> float:
        return meaning(node, at, claim)

    def below(bound: tuple[Variable, ...], *bodies: Expr) -> list[float]:
        """What the bodies mean at each combination of values of the bound variables."""
        found = []
        for values in product(POINTS, repeat=len(bound)):
            inner = at | dict(zip((v.name for v in bound), values, strict=True))
            found.extend(meaning(body, inner, claim) for body in bodies)
        return found

    match node:
        case Number(value=number):
            return float(number)
        case Constant(name=name):
            return mix(name)
        case Symbol(name=name) | Variable(name=name):
            return at[name] if name in at else mix("free", name)
        case Density(family=family, generated=generated, given=given):
            filled = sorted((v.stem, side, value(v)) for side, vs in (("g", generated), ("b", given)) for v in vs)
            return mix(family, *(part for entry in filled for part in entry))
        case Named(law=law, variable=variable, parameters=parameters):
            return mix(law, value(variable), *map(value, parameters))
        case Apply(name=name, arguments=arguments) | Call(function=name, arguments=arguments):
            return mix(name, *map(value, arguments))
        case PushforwardDensity(name=name, argument=argument):
            return mix(name, value(argument))
        case Law(density=density, generated=generated):
            return mix("law", *below(generated, density))
        case Expectation(law=Law(density=density, generated=(Copies() as copies,)), body=body):
            # every copy, since definitions below may speak of any
            drawn = {v.name: 0.9 for v in (z1, z2, z3, z_i) if is_copy(v, copies)}
            parts = (meaning(part, at | drawn, claim) for part in (density, body))
            return mix("copies", value(copies.low), value(copies.high), *parts)
        case Expectation(law=law, body=body):
            return mix("E", *below(law.generated, law.density, body))
        case Integral(variables=variables, body=body):
            return mix("int", *below(variables, body))
        case Variance(law=law, body=body):
            return mix("Var", *below(law.generated, law.density, body))
        case Covariance(law=law, left=left, right=right):
            return mix("Cov", *below(law.generated, law.density, left, right))
        case Information(family=family, first=first, second=second, given=behind):
            groups = ("|".join(sorted(v.stem for v in group)) for group in (first, second, behind))
            return mix("I", family, *groups)
        case Gradient(wrt=wrt, body=body):  # depends on where it is taken, and on the body nearby
            return mix("grad", value(wrt), meaning(body, at | {wrt.name: value(wrt) + 0.5}, claim))
        case Conjugate(function=function, argument=argument):
            return mix("conj", function, value(argument))
        case Indicator(left=left, relation=relation, right=right):
            return mix("ind", value(left), relation, value(right))
        case Divergence(kind=kind, left=left, right=right, order=order, function=function):
            more = (function,) if order is None else (value(order),)
            return mix(kind, meaning(left, at, claim), meaning(right, at, claim), *more)
        case Entropy(law=law):
            return mix("H", meaning(law, at, claim))
        case Use(name=name, generated=generated, given=given):
            definition: Definition = definitions[name]
            names = (v.name for v in (*definition.generated, *definition.given))
            arguments = map(value, (*generated, *given))
            return meaning(definition.body, at | dict(zip(names, arguments, strict=True)), claim)
        case IndexSum(kind=kind, low=low, high=high, body=body) if index_values(node) is None:
            return mix(kind, value(low), value(high), value(body))
        case IndexSum(kind=kind, index=index, low=low, high=high, body=body):
            terms = []
            for i in range(int(value(low)), int(value(high)) + 1):
                copy = {f"z_{index}": at.get(f"z_{i}", mix("free", f"z_{i}"))}
                terms.append(meaning(body, at | copy | {index: float(i)}, claim))
            total = terms[0]
            for term in terms[1:]:
                total = mix("Mul" if kind == "prod" else "Add", total, term)
            return mix("Div", total, float(len(terms))) if kind == "mean" and len(terms) > 1 else total
    return mix(type(node).__name__, *(value(child) for child in children(node) if isinstance(child, Expr)))


@settings(max_examples=30, deadline=None)
@given(claims(max_leaves=5))
def test_expanding_keeps_the_meaning(claim: Claim) -> None:
    try:
        expanded = expand(claim)
    except ClaimError as error:
        assert "written out" in error.message  # noqa: PT017
        return
    for node in walk(expanded):
        assert not isinstance(node, Use)
        assert not isinstance(node, IndexSum) or index_values(node) is None
    assert expanded.definitions == ()
    for before, after in zip(claim.steps, expanded.steps, strict=True):
        assert before.relation == after.relation
        assert meaning(before.left, {}, claim) == meaning(after.left, {}, expanded)
        assert meaning(before.right, {}, claim) == meaning(after.right, {}, expanded)


replacements = st.fixed_dictionaries(
    {},
    optional={
        x: st.sampled_from([x1]),
        z: st.sampled_from([z1, zp]),
        z1: st.sampled_from([z, z2]),
        Symbol("mu"): expressions(index_sums=False, max_leaves=2),
    },
)


@settings(max_examples=150, deadline=None)
@given(expressions(index_sums=False, max_leaves=6), replacements)
def test_substitution_is_evaluation_elsewhere(expr: Expr, mapping: dict[Variable | Symbol, Expr]) -> None:
    claim = Claim((), (), ())
    elsewhere = {old.name: meaning(new, {}, claim) for old, new in mapping.items()}
    try:
        result = substitute(expr, mapping)
    except ClaimError:  # what is held fixed in a derivative takes no other expression, and no copy is captured
        assert any(isinstance(node, Gradient | Copies) for node in walk(expr))
        return
    assert meaning(result, {}, claim) == meaning(expr, elsewhere, claim)
    kept = free_variables(expr) - set(mapping)
    arrived = [new for old, new in mapping.items() if old in free_variables(expr) or old.name in free_symbols(expr)]
    assert free_variables(result) == kept.union(*map(free_variables, arrived))


@settings(max_examples=100, deadline=None)
@given(expressions(index_sums=False, max_leaves=6))
def test_only_free_names_matter(expr: Expr) -> None:
    claim = Claim((), (), ())
    base = meaning(expr, {}, claim)
    for name in {node.name for node in walk(expr) if isinstance(node, Variable | Symbol)}:
        free = {v.name for v in free_variables(expr)} | free_symbols(expr)
        if name not in free:
            assert meaning(expr, {name: 5.0}, claim) == base


def test_a_bound_name_is_renamed_where_it_would_capture() -> None:
    left = read("E_{q(z|x)}[log p(x,z) + log p(x,z_1)] = 0").steps[0].left
    assert to_text(substitute(left, {z1: z})) == "E_{q(z'|x)}[log p(x, z') + log p(x, z)]"
    left = read("KL(q(z|x) || p(z|x)) + KL(Normal(x; y, 1) || N(x; 0, y)) = 0").steps[0].left
    expected = "KL(q(z|x) || p(z|x)) + KL(Normal(x'; x, 1) || N(x'; 0, x))"
    assert to_text(substitute(left, {Symbol("y"): x})) == expected


@pytest.mark.parametrize(
    ("expr", "mapping", "message"),
    [
        ("p(x,z)", {x: Number(1)}, "space of x"),
        ("p(x,z)", {x: z}, "space of x"),
        ("w(x) + p(x,z)", {x: x1}, "expand"),
        ("sum_{i=1..2}[p(x,z_i)]", {x: x1}, "expand"),
    ],
)
def test_what_cannot_be_substituted(expr: str, mapping: dict[Variable | Symbol, Expr], message: str) -> None:
    text = f"density p(x, z)\nfunction f(x)\nlet w(x) = p(x)\n{expr} = 0"
    with pytest.raises(ValueError, match=message):
        substitute(read(text).steps[0].left, mapping)


@pytest.mark.parametrize(
    "text",
    [
        "parameter theta\nlet h(t) = grad_theta[t*theta]\nh(theta^2) = 0",
        "real mu\nlet h(t) = grad_mu[t*mu]\nh(mu) = 0",
        "function T(x, z)\ndensity p(x)\nlet h(y) = grad_y[y^2] + p(y)\nh(2) = 0",
        "density p(x)\nlet h(x, x_1) = grad_x[log p(x)*log p(x_1)]\nh(x, x) = 0",
        "density p(x)\nlet h(x) = grad_x[log p(x)*log p(x_1)]\nh(x_1) = 0",
    ],
)
def test_nothing_is_captured_by_a_derivative(text: str) -> None:
    with pytest.raises(ClaimError):
        expand(read(text))


def test_a_derivative_is_taken_where_its_variable_is() -> None:
    claim = read("density p(x)\nlet score(x) = grad_x[log p(x)]\nE_{x_1 ~ p(x)}[score(x_1)] = 0")
    assert to_text(expand(claim).steps[0].left) == "E_{p(x_1)}[grad_x_1[log p(x_1)]]"


def test_names_in_a_definition_are_those_of_its_use() -> None:
    claim = read("density p(x, z)\nlet w(z) = p(x,z)/q(z|x)\nE_{r(x) q(z|x)}[w(z)] = w(z)")
    step = expand(claim).steps[0]
    assert free_variables(step.left) == frozenset()
    assert free_variables(step.right) == {x, z}


@pytest.mark.parametrize(
    "text",
    [
        "let a = 1 + 1\n"
        + "\n".join(f"let {b} = {a}*{a}" for a, b in zip("abcdefghijklm", "bcdefghijklmn", strict=True))
        + "\nn*n*n*n*n*n = 1",
        "let f(t) = t + t\n" + "f(" * 30 + "1" + ")" * 30 + " = 1",
        "sum_{i=1..50}[sum_{j=1..50}[sum_{k=1..50}[i*j*k]]] = 1",
        "sum_{i=1..100000}[i] = 1",
        "mean_{i=3..2}[i] = 1",
    ],
)
def test_explosions_are_refused(text: str) -> None:
    with pytest.raises(ClaimError):
        expand(read(text))


def test_empty_sums_and_products() -> None:
    step = expand(read("sum_{i=1..0}[i] = prod_{i=2..1}[i]")).steps[0]
    assert (to_text(step.left), to_text(step.right)) == ("0", "1")
