"""Instances of the convexity schemas, and of Gibbs' inequality against unnormalised references, for one goal.

They are read off the divergences and variances as written, and off the integrals that the normal form is left with.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import combinations

from proofs.kernel import (
    Axiom,
    CauchySchwarz,
    FenchelYoung,
    Gibbs,
    Hellinger,
    Jensen,
    Label,
    LogBelowLine,
    NonNegative,
    Pinsker,
    Poly,
    PowerMean,
    Reader,
    Tangent,
    Unsupported,
    Weighted,
)
from proofs.kernel.integration import integrate, rename
from proofs.kernel.normal_form import EMPTY
from proofs.kernel.polynomial import Atom, Monomial, Var, from_monomial, monomial_range, power
from proofs.language.tree import (
    Add,
    Apply,
    Call,
    Copies,
    Covariance,
    Density,
    Div,
    Divergence,
    Expectation,
    Expr,
    Integral,
    Law,
    Mul,
    Named,
    Node,
    Number,
    Pow,
    Sub,
    Variable,
    Variance,
    children,
    walk,
)
from proofs.provers.readback import name_bound, to_tree

ONE = Number(Fraction(1))
ZERO = Number(Fraction(0))
_HALF = Fraction(1, 2)
_TWO = Fraction(2)

MAX_FACTORS = 6  # of a product that is taken apart into two


def mixture_candidates(sides: tuple[Expr, Expr]) -> Iterator[Axiom]:
    """Gibbs' inequality for the label of a mixture: a divergence of mixtures against the mixture of divergences."""
    for node in _nodes(sides):
        if isinstance(node, Law):
            for _, part in _mixture(node):
                yield Gibbs((Label(Fraction(1), Law(part, node.generated), node.density),))
        if isinstance(node, Call) and node.function == "log" and (mixed := _mixture(Law(node.arguments[0], ()))):
            yield Tangent(None, tuple(Mul(w, part) for w, part in mixed), tuple(w for w, _ in mixed))
        if isinstance(node, Divergence):
            first, second = _mixture(node.left), _mixture(node.right)
            if len(second) > 1:
                weights, terms = zip(*((w, Mul(w, part)) for w, part in second), strict=True)
                yield Tangent(node.left, terms, weights)
            if len(first) != len(second) or len(first) < 2:
                continue
            middle = _mean(node.left.density, node.right.density)
            halves = [(w, _mean(a, b)) for (w, a), (_, b) in zip(first, second, strict=True)]
            pairs = [(node.left, first, node.right.density, second), (node.right, second, node.left.density, first)]
            pairs += [(node.left, first, middle, halves), (node.right, second, middle, halves)]
            for law, parts, other, references in pairs:
                yield Gibbs(
                    tuple(
                        Label(weight, Law(part, law.generated), Div(Mul(law.density, Mul(share, reference)), other))
                        for (weight, part), (share, reference) in zip(parts, references, strict=True)
                    )
                )


def _mean(left: Expr, right: Expr) -> Expr:
    return Mul(Number(_HALF), Add(left, right))


def _mixture(law: Law) -> list[tuple[Expr, Expr]]:
    """The weights and components of a law that is written as a sum."""
    if isinstance(law.density, Div) and isinstance(law.density.left, Add) and isinstance(law.density.right, Number):
        share = Number(1 / law.density.right.value) if law.density.right.value else ONE
        return [(share, term) for term in _terms(law.density.left)]
    if not isinstance(law.density, Add):
        return []
    return [_weighted(term) for term in _terms(law.density)]


def _terms(expr: Expr) -> list[Expr]:
    return [*_terms(expr.left), *_terms(expr.right)] if isinstance(expr, Add) else [expr]


def _weighted(expr: Expr) -> tuple[Expr, Expr]:
    """A component with its weight: the factors that are numbers, and the rest."""
    match expr:
        case Div(left, Number(value)) if value:
            weight, rest = _weighted(left)
            return Div(weight, Number(value)), rest
        case Mul(left, right) if not _is_density(left):
            weight, rest = _weighted(right)
            return (left if weight == ONE else Mul(left, weight)), rest
        case Mul(left, right) if not _is_density(right):
            weight, rest = _weighted(left)
            return (right if weight == ONE else Mul(weight, right)), rest
    return ONE, expr


def _is_density(expr: Expr) -> bool:
    return any(isinstance(node, Density | Named | Apply | Integral) for node in walk(expr))


def convex_candidates(goal: Poly, sides: tuple[Expr, Expr], reader: Reader) -> Iterator[Axiom]:
    """Everything below, for a goal and the two sides that it came from."""
    functions = frozenset(reader.convex)
    for node in _nodes(sides):
        match node:
            case Divergence():
                yield from _of_divergence(node, _orders(sides), reader)
            case Variance(law, body):
                yield CauchySchwarz(law, body, ONE)
            case Covariance(law, left, right):
                yield CauchySchwarz(law, _centred(law, left), _centred(law, right))
            case Apply(name, (argument,)) if name in functions:
                yield from _of_mixture(name, argument)
            case Expectation(law, Mul() as body) if not any(isinstance(v, Copies) for v in law.generated):
                yield from _of_product(law, body)
    yield from _of_orders(sides)
    integrals = [a for m in goal.terms for a, _ in m if a.kind == "integral"]
    integrals += [a for m in goal.terms for log, _ in m if log.kind == "log" for n in log.data.terms for a, _ in n
                  if a.kind == "integral"]  # fmt: skip
    seen = list({atom.key: atom for atom in integrals}.values())
    for atom in seen:
        yield from _of_integral(atom, functions)
        yield from _against_integrand(atom, seen)
    for monomial in goal.terms:
        if monomial and monomial_range(monomial).positive:
            yield LogBelowLine(None, to_tree(from_monomial(monomial)))
    yield from _of_pairs(goal)


def _nodes(sides: tuple[Expr, Expr]) -> Iterator[Node]:
    stack: list[Node] = list(sides)
    while stack:
        node = stack.pop()
        yield node
        stack.extend(children(node))


def _centred(law: Law, body: Expr) -> Expr:
    return Sub(body, Expectation(law, body))


# --- from what is written ------------------------------------------------------------------------------------------


def _orders(sides: tuple[Expr, Expr]) -> list[Fraction]:
    """The powers of a ratio of densities whose means the divergences that are written are made of."""
    exponents = {"chi2": _TWO, "H2": _HALF}
    found: dict[Fraction, None] = {}
    for node in _nodes(sides):
        if isinstance(node, Divergence):
            order = node.order.value if isinstance(node.order, Number) else exponents.get(node.kind)
            if order is not None:
                found[order] = None
    return list(found)


def _of_divergence(node: Divergence, orders: list[Fraction], reader: Reader) -> Iterator[Axiom]:
    p, q = node.left, node.right
    if node.kind in ("TV", "H2"):
        yield Hellinger(p, q, lower=True)
        yield Hellinger(p, q, lower=False)
        yield NonNegative(None, Pow(Divergence("H2", p, q), Number(_TWO)))
    if node.kind == "TV":
        yield Pinsker(p, q)
        yield Pinsker(q, p)
    if node.kind not in ("renyi", "chi2", "H2"):
        return
    for order in orders:
        yield LogBelowLine(None, Expectation(q, Pow(Div(p.density, q.density), Number(order))))
        for law in (p, q):
            yield Gibbs((Label(Fraction(1), law, _tilted(p.density, q.density, order)),))
        with suppress(Unsupported):
            yield from _of_marginals(p, q, order, reader)


def _of_orders(sides: tuple[Expr, Expr]) -> Iterator[Axiom]:
    """Gibbs' inequality among the laws between two, p^a q^(1-a) in proportion, for every order a that is written."""
    nodes = [node for node in _nodes(sides) if isinstance(node, Divergence)]
    orders = dict.fromkeys([ONE, ZERO, *(node.order for node in nodes if node.order is not None)])
    for p, q in dict.fromkeys((node.left, node.right) for node in nodes):
        for order in orders:
            between = _between(p.density, q.density, order)
            whole = order in (ONE, ZERO)
            law = Law(between if whole else Div(between, Integral(p.generated, between)), p.generated)
            for other in orders:
                if other != order:
                    yield Gibbs((Label(Fraction(1), law, _between(p.density, q.density, other)),))


def _between(p: Expr, q: Expr, order: Expr) -> Expr:
    if order == ONE:
        return p
    return q if order == ZERO else Mul(Pow(p, order), Pow(q, Sub(ONE, order)))


def _tilted(p: Expr, q: Expr, order: Fraction) -> Expr:
    return Mul(Pow(p, Number(order)), Pow(q, Number(1 - order)))


def _of_marginals(p: Law, q: Law, order: Fraction, reader: Reader) -> Iterator[Axiom]:
    """Convexity of t^a at the ratio p/q, given some of the variables; and what that says of logarithms of moments."""
    env, bound, left = reader.law(p, EMPTY)
    other, _, right = reader.law(q, EMPTY)
    right = rename(right, {other[v.name]: env[v.name] for v in q.generated})
    names = {env[v.name]: v for v in p.generated}
    ratio = to_tree(left * power(right, Fraction(-1), positive=True), names)
    ours, theirs = (list(_conditionals(tuple(bound), density, names)) for density in (left, right))
    for (margin_p, given_p), (margin_q, given_q) in zip(ours, theirs, strict=True):
        yield PowerMean(order, margin_q, given_q, ratio)
        if margin_p is None or margin_q is None:
            continue
        small = _tilted(margin_p.density, margin_q.density, order)
        tilt = Div(small, Integral(margin_p.generated, small))
        for given in (given_p, given_q):
            law = Law(Mul(tilt, given.density), (*margin_p.generated, *given.generated))
            yield Gibbs((Label(Fraction(1), law, _tilted(p.density, q.density, order)),))
            for reference in (given_p, given_q):
                yield Gibbs((Label(Fraction(1), law, Mul(tilt, reference.density)),))


def _of_product(law: Law, body: Expr) -> Iterator[Axiom]:
    """Cauchy and Schwarz's inequality for the two halves of a product, whose factors may be sums."""
    factors = _factors(body)
    for size in range(1, len(factors) // 2 + 1) if len(factors) <= MAX_FACTORS else ():
        for chosen in combinations(range(len(factors)), size):
            left = _product([factors[i] for i in chosen])
            yield CauchySchwarz(law, left, _product([f for i, f in enumerate(factors) if i not in chosen]))


def _factors(expr: Expr) -> list[Expr]:
    return [*_factors(expr.left), *_factors(expr.right)] if isinstance(expr, Mul) else [expr]


def _of_mixture(name: str, argument: Expr) -> Iterator[Axiom]:
    """f(w_1 t_1 + w_2 t_2 + ...) as written."""
    terms = _terms(argument)
    pairs = [(t.left, t.right) if isinstance(t, Mul) else (ONE, t) for t in terms]
    if len(pairs) > 1:
        yield Weighted(name, None, tuple(w for w, _ in pairs), tuple(t for _, t in pairs))
        yield Weighted(name, None, tuple(t for _, t in pairs), tuple(w for w, _ in pairs))
    for term in (argument,):
        if isinstance(term, Div) and isinstance(term.left, Add) and term.right == Number(_TWO):
            half = Number(_HALF)
            yield Weighted(name, None, (half, half), (term.left.left, term.left.right))


# --- from the integrals of the normal form -------------------------------------------------------------------------


def _split(atom: Atom) -> tuple[tuple[Var, ...], Monomial, Monomial]:
    """An integral's bound variables, the densities to the first power in it, and everything else in it."""
    bound, inner = atom.data
    measure = tuple(f for f in inner if f[0].kind in ("density", "named") and f[1] == 1 and f[0].range.positive)
    return bound, measure, tuple(f for f in inner if f not in measure)


def _of_integral(atom: Atom, functions: frozenset[str]) -> Iterator[Axiom]:
    bound, measure, values = _split(atom)
    names = name_bound(bound, {v[1] for v in atom.variables})
    for outer, law in _conditionals(bound, from_monomial(measure), names):
        for value, p in values:
            name = value.data[0].removeprefix("@") if value.kind == "value" else ""
            if p == 1 and name in functions:
                yield Jensen(name, outer, law, to_tree(value.data[1][0], names))
    law = Law(to_tree(from_monomial(measure), names), tuple(names[v] for v in bound))
    body = [to_tree(from_monomial((f,)), names) for f in values]
    for size in range(len(body) + 1):
        for chosen in combinations(range(len(body)), size):
            left = _product([body[i] for i in chosen])
            yield CauchySchwarz(law, left, _product([b for i, b in enumerate(body) if i not in chosen]))


def _conditionals(
    bound: tuple[Var, ...], measure: Poly, names: dict[Var, Variable]
) -> Iterator[tuple[Law | None, Law]]:
    """Every way to draw some of the bound variables first and the others given them."""
    for size in range(len(bound)):
        for first in combinations(bound, size):
            rest = [v for v in bound if v not in first]
            margin = integrate(rest, measure)
            try:
                inner = to_tree(measure * power(margin, Fraction(-1)), names)
            except Unsupported:
                continue
            outer = Law(to_tree(margin, names), tuple(names[v] for v in first)) if first else None
            yield outer, Law(inner, tuple(names[v] for v in rest))


def _against_integrand(atom: Atom, others: list[Atom]) -> Iterator[Axiom]:
    """log int e, or int e itself, against every sampling law of the goal on the same variables."""
    bound, inner = atom.data
    if not monomial_range(inner).positive:
        return
    for other in others:
        theirs, measure, _ = _split(other)
        pairs = dict(zip(sorted(bound), sorted(theirs), strict=False))
        if len(bound) != len(theirs) or any(a[0] != b[0] for a, b in pairs.items()) or not measure:
            continue
        names = name_bound(theirs, {v[1] for v in atom.variables | other.variables})
        law = Law(to_tree(from_monomial(measure), names), tuple(names[v] for v in theirs))
        yield Gibbs((Label(Fraction(1), law, to_tree(rename(from_monomial(inner), pairs), names)),))


def _of_pairs(goal: Poly) -> Iterator[Axiom]:
    """f(s) and conj_f(t) that stand under one law, or under none."""
    points: list[tuple[str, Atom, tuple[Var, ...], Monomial]] = []
    for monomial in goal.terms:
        for atom, p in monomial:
            if p != 1:
                continue
            bound, measure, values = _split(atom) if atom.kind == "integral" else ((), (), ((atom, 1),))
            points += [(v.data[0], v, bound, measure) for v, n in values if v.kind == "value" and n == 1]
    for name, conjugate, bound, measure in points:
        if not name.startswith("conj@"):
            continue
        names = name_bound(bound, {v[1] for v in conjugate.variables})
        law = Law(to_tree(from_monomial(measure), names), tuple(names[v] for v in bound)) if bound else None
        yield FenchelYoung(name.removeprefix("conj@"), law, ONE, to_tree(conjugate.data[1][0], names))
        for other, value, theirs, under in points:
            if other != name.removeprefix("conj"):
                continue
            pairs = dict(zip(theirs, bound, strict=False)) if bound else {}  # a constant is under every law
            if theirs and bound and rename(from_monomial(under), pairs) != from_monomial(measure):
                continue
            drawn, density = (bound, measure) if bound else (theirs, under)
            names = name_bound(drawn, {v[1] for v in conjugate.variables | value.variables})
            law = Law(to_tree(from_monomial(density), names), tuple(names[v] for v in drawn)) if drawn else None
            slope = to_tree(conjugate.data[1][0], names)
            yield FenchelYoung(other.removeprefix("@"), law, to_tree(rename(value.data[1][0], pairs), names), slope)


def _product(factors: list[Expr]) -> Expr:
    result: Expr = factors[0] if factors else ONE
    for factor in factors[1:]:
        result = Mul(result, factor)
    return result
