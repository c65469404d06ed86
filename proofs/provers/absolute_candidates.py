"""Instances about absolute values and about functions of known range, read off a goal and the sides it came from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import combinations

from proofs.kernel import Axiom, Bounded, CauchySchwarz, Jensen, NonNegative, Poly, Reader, Unsupported, Weighted
from proofs.kernel.integration import integrate
from proofs.kernel.normal_form import EMPTY
from proofs.kernel.polynomial import ONE as UNIT
from proofs.kernel.polynomial import Atom, Monomial, Var, from_atom, from_monomial, monomial_range, power
from proofs.language.tree import (
    Apply,
    Call,
    Divergence,
    Expectation,
    Expr,
    Law,
    Mul,
    Node,
    Number,
    Pow,
    Sub,
    Variable,
    Variance,
    children,
)
from proofs.provers.readback import name_bound, to_tree

ONE, TWO = Number(Fraction(1)), Number(Fraction(2))

_Setting = tuple[tuple[Var, ...], Poly]  # bound variables, and a law of them; none and one for a statement at a point


def absolute_candidates(goal: Poly, sides: tuple[Expr, Expr], reader: Reader) -> Iterator[Axiom]:
    """Everything below."""
    found = list(_absolutes(goal))
    for (bound, law), atom in found:
        yield from _of_absolute((bound, law), atom)
    for (setting, whole), (other, first), (another, second) in _triples(found):
        if setting[0] == other[0] == another[0]:
            yield from _triangle(setting, whole, first, second)
    yield from _of_ranges(goal)
    yield from _of_sides(sides, reader)


# --- absolute values -------------------------------------------------------------------------------------------------


def _absolutes(goal: Poly) -> Iterator[tuple[_Setting, Atom]]:
    """Absolute values under an integral or none, with a law that they may be averaged under."""
    for monomial in goal.terms:
        for atom, _ in monomial:
            if atom.kind == "abs":
                yield ((), UNIT), atom
            elif atom.kind == "integral":
                bound, inner = atom.data
                for part, p in inner:
                    if part.kind == "abs" and p == 1:
                        others = from_monomial(tuple(f for f in inner if f[0] is not part))
                        yield from (((bound, law), part) for law in _laws(bound, others, part.data))


def _laws(bound: tuple[Var, ...], measure: Poly, inside: Poly) -> Iterator[Poly]:
    """What multiplies an absolute value, where it is a law; or else the laws that stand within."""
    within = (from_atom(a) for m in inside.terms for a, p in m if a.kind == "density" and p == 1 and a.range.positive)
    for law in (measure, *within):
        if integrate(bound, law) == UNIT:
            yield law


def _tree(setting: _Setting) -> tuple[Law | None, dict[Var, Variable]]:
    bound, density = setting
    names = name_bound(bound, {v[1] for v in density.variables})
    return (Law(to_tree(density, names), tuple(names[v] for v in bound)) if bound else None), names


def _over(poly: Poly, setting: _Setting, *, whole: bool) -> Poly:
    """The poly over the law's density; as it is where the law multiplies it already."""
    return poly if whole or not setting[0] else poly * power(setting[1], Fraction(-1))


def _inside(setting: _Setting, atom: Atom) -> bool:
    """Whether the law is one that stands within the absolute value, so that it is divided out first."""
    inner = {a for m in atom.data.terms for a, _ in m}
    return bool(setting[0]) and any(a in inner for m in setting[1].terms for a, _ in m)


def _of_absolute(setting: _Setting, atom: Atom) -> Iterator[Axiom]:
    law, names = _tree(setting)
    term = to_tree(_over(atom.data, setting, whole=not _inside(setting, atom)), names)
    yield NonNegative(law, Call("abs", (term,)))
    yield Bounded(law, term, ONE, ONE)
    yield Bounded(law, term, Number(Fraction(-1)), ONE)
    if law is not None:
        yield CauchySchwarz(law, Call("abs", (term,)), ONE)
    parts = [Poly({m: c}) for m, c in atom.data.terms.items()]
    if 1 < len(parts) <= 4:
        yield _weighted(setting, law, names, parts, inside=_inside(setting, atom))


def _weighted(
    setting: _Setting, law: Law | None, names: dict[Var, Variable], parts: list[Poly], *, inside: bool
) -> Axiom:
    """|sum of the parts| <= sum of |part|, as Jensen's inequality for equal weights."""
    n = Fraction(len(parts))
    points = tuple(to_tree(_over(part.scale(n), setting, whole=not inside), names) for part in parts)
    return Weighted("abs", law, (Number(1 / n),) * len(parts), points)


def _triples(
    found: list[tuple[_Setting, Atom]],
) -> Iterator[tuple[tuple[_Setting, Atom], tuple[_Setting, Atom], tuple[_Setting, Atom]]]:
    for whole in found:
        for first, second in combinations([other for other in found if other[1] != whole[1]], 2):
            yield whole, first, second


def _triangle(setting: _Setting, whole: Atom, first: Atom, second: Atom) -> Iterator[Axiom]:
    for sign in (1, -1):
        for other in (1, -1):
            parts = [first.data.scale(Fraction(sign)), second.data.scale(Fraction(other))]
            if parts[0] + parts[1] == whole.data:
                law, names = _tree(setting)
                yield _weighted(setting, law, names, parts, inside=_inside(setting, whole))


# --- functions of known range ----------------------------------------------------------------------------------------


def _of_ranges(goal: Poly) -> Iterator[Axiom]:
    """(t - low) (high - t) >= 0 for what lies between bounds, and the square about their middle for its mean."""
    for monomial in goal.terms:
        for atom, _ in monomial:
            bound, inner = atom.data if atom.kind == "integral" else ((), ((atom, 1),))
            densities: Monomial = tuple(f for f in inner if f[0].kind in ("density", "named") and bound)
            for value, _p in inner:
                known = monomial_range(((value, 1),))
                if value.kind not in ("value", "symbol") or known.low is None or known.high is None:
                    continue
                law, names = _tree((bound, from_monomial(densities)))
                tree = to_tree(from_atom(value), names)
                low, high = Number(known.low), Number(known.high)
                yield NonNegative(law, Mul(Sub(tree, low), Sub(high, tree)))
                yield NonNegative(law, Sub(tree, low))
                yield NonNegative(law, Sub(high, tree))
                middle = Number((known.low + known.high) / 2)
                mean = Expectation(law, tree) if law else tree
                yield NonNegative(None, Pow(Sub(mean, middle), TWO))


# --- from what is written --------------------------------------------------------------------------------------------


def _of_sides(sides: tuple[Expr, Expr], reader: Reader) -> Iterator[Axiom]:
    divergences, applied, variances = [], [], []
    stack: list[Node] = list(sides)
    while stack:
        node = stack.pop()
        stack.extend(children(node))
        if isinstance(node, Divergence) and node.kind in ("TV", "chi2"):
            divergences.append(node)
        elif isinstance(node, Apply) and node.name in reader.functions:
            applied.append(node)
        elif isinstance(node, Variance) and all(isinstance(v, Variable) for v in node.law.generated):
            variances.append(node)
    for variance in dict.fromkeys(variances):
        for _, inner in _conditionals(variance.law, reader):
            yield NonNegative(variance.law, Pow(Sub(variance.body, Expectation(inner, variance.body)), TWO))
    for node in dict.fromkeys(divergences):
        p, q = node.left, node.right
        ratio = Sub(p.density / q.density, ONE)
        yield CauchySchwarz(q, Call("abs", (ratio,)), ONE)
        yield from _marginals(p, q, reader)
        for term in dict.fromkeys(applied):
            yield CauchySchwarz(q, ratio, Sub(term, Expectation(q, term)))
            declared = reader.functions[term.name]
            if declared.low is not None and declared.high is not None:
                middle, radius = (declared.low + declared.high) / 2, (declared.high - declared.low) / 2
                yield Bounded(q, ratio, Sub(term, Number(middle)), Number(radius))
                yield Bounded(q, ratio, Sub(Number(middle), term), Number(radius))


def at_most_one(node: Divergence, *, reversed_: bool = False) -> Axiom:
    """1 - H2 >= 0 and 2 - 2 TV >= 0; the latter is |p - q| <= p + q, under either law."""
    if node.kind == "H2":
        return NonNegative(None, Sub(ONE, node))
    half, law = Number(Fraction(1, 2)), node.left if reversed_ else node.right
    other = node.right if reversed_ else node.left
    points = (TWO * (other.density / law.density), Number(Fraction(-2)))
    return Weighted("abs", law, (half, half), points)


def _marginals(p: Law, q: Law, reader: Reader) -> Iterator[Axiom]:
    """|E[t]| <= E|t| for t = p/q - 1 given some of the variables: total variation shrinks under marginalisation."""
    for outer, inner in _conditionals(q, reader):
        yield Jensen("abs", outer, inner, Sub(p.density / q.density, ONE))


def _conditionals(law: Law, reader: Reader) -> Iterator[tuple[Law, Law]]:
    """Every way to draw some of a law's variables first, but not all, and the others given them."""
    env, _, density = reader.law(law, EMPTY)
    names = {env[v.name]: v for v in law.generated}
    for size in range(1, len(law.generated)):
        for first in combinations(law.generated, size):
            rest = tuple(v for v in law.generated if v not in first)
            margin = integrate([env[v.name] for v in rest], density)
            with suppress(Unsupported):
                inner = to_tree(density * power(margin, Fraction(-1)), names)
                yield Law(to_tree(margin, names), first), Law(inner, rest)
