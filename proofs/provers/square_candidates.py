"""Squares that could add up to a goal, for `NonNegative`: a quadratic form is taken apart by its Cholesky factors.

The goal's terms are grouped by the law that they are averaged under (none for terms without an integral). Within a
group, a monomial with even powers is the square of a half; the halves, and the goal's coefficients on their products,
make up a quadratic form. If it has no negative direction it is a sum of squares, with rational coefficients.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from proofs.kernel import Axiom, NonNegative, Poly
from proofs.kernel.polynomial import Monomial, Var, from_monomial
from proofs.language.tree import Law, Number, Pow
from proofs.provers.readback import name_bound, to_tree

MAX_HALVES = 8

_Group = tuple[tuple[Var, ...], Monomial]
_Vector = dict[int, Fraction]


def square_candidates(goal: Poly) -> Iterator[Axiom]:
    """The squares of the form where it is a sum of squares, and else those of sums and differences of two halves."""
    for (bound, measure), form in _forms(goal).items():
        names = name_bound(bound, {v[1] for v in goal.variables})
        law = Law(to_tree(from_monomial(measure), names), tuple(names[v] for v in bound)) if bound else None
        halves = [half for m, c in form.items() if c > 0 and (half := _half(m)) is not None][:MAX_HALVES]
        if bound and () not in halves:
            halves.append(())
        for vector in _vectors(halves, form):
            body = sum((from_monomial(halves[i]).scale(c) for i, c in vector.items()), Poly({}))
            if body.terms:
                yield NonNegative(law, Pow(to_tree(body, names), Number(Fraction(2))))


def _forms(goal: Poly) -> dict[_Group, dict[Monomial, Fraction]]:
    groups: dict[_Group, dict[Monomial, Fraction]] = {}
    for monomial, coefficient in goal.terms.items():
        group, rest = ((), ()), monomial
        if len(monomial) == 1 and monomial[0][0].kind == "integral" and monomial[0][1] == 1:
            bound, inner = monomial[0][0].data
            measure = tuple(f for f in inner if f[0].kind in ("density", "named") and f[1] == 1)
            if measure:
                group, rest = (bound, measure), tuple(f for f in inner if f not in measure)
        groups.setdefault(group, {})[rest] = coefficient
    return groups


def _half(monomial: Monomial) -> Monomial | None:
    """The monomial whose square it is, up to signs; None where there is none."""
    if all(p.denominator == 1 and p % 2 == 0 for _, p in monomial):
        return tuple((atom, p // 2) for atom, p in monomial)
    return None


def _vectors(halves: list[Monomial], form: dict[Monomial, Fraction]) -> Iterator[_Vector]:
    products: dict[Monomial, list[tuple[int, int]]] = {}
    for i, u in enumerate(halves):
        for j, v in enumerate(halves[: i + 1]):
            product = from_monomial(u) * from_monomial(v)
            if len(product.terms) == 1:
                products.setdefault(next(iter(product.terms)), []).append((j, i))
    matrix = [[Fraction(0)] * len(halves) for _ in halves]
    for monomial, coefficient in form.items():
        i, j = next(iter(products.get(monomial, [(-1, -1)])))
        if i >= 0:
            matrix[i][j] += coefficient / (1 if i == j else 2)
            matrix[j][i] = matrix[i][j]
    squares = _cholesky(matrix)
    if squares is not None:
        yield from squares
        return
    for i, j in combinations(range(len(halves)), 2):
        yield {i: Fraction(1), j: Fraction(1)}
        yield {i: Fraction(1), j: Fraction(-1)}
    for i, row in enumerate(matrix):  # the square that takes in all products with one of the halves
        if row[i] > 0 and any(c for j, c in enumerate(row) if j != i):
            yield {j: c / row[i] for j, c in enumerate(row) if c}


def _cholesky(matrix: list[list[Fraction]]) -> list[_Vector] | None:
    """Vectors l with ``x^T A x = sum_l d_l (l^T x)^2`` for some d_l > 0; None where there is a negative direction."""
    rest = [row[:] for row in matrix]
    squares: list[_Vector] = []
    for i in range(len(rest)):
        pivot = rest[i][i]
        if pivot < 0 or (pivot == 0 and any(rest[i])):
            return None
        if pivot == 0:
            continue
        vector = {j: rest[i][j] / pivot for j in range(len(rest)) if rest[i][j]}
        squares.append(vector)
        for j, k in ((j, k) for j in vector for k in vector):
            rest[j][k] -= pivot * vector[j] * vector[k]
    return squares
