"""Which two arguments of an increasing function a goal compares."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import product

from proofs.kernel import Poly, Unsupported
from proofs.kernel.polynomial import Monomial, from_monomial, log, number
from proofs.language.tree import Call, Div, Divergence, Expectation, Expr, Mul, Number, Pow, walk
from proofs.provers.readback import to_tree

TWO = Number(Fraction(2))


def comparisons(goal: Poly, sides: tuple[Expr, Expr]) -> Iterator[tuple[str, Expr, Expr]]:
    """Functions with a smaller and a larger argument, such that the goal could follow from their order.

    ``sqrt(b) - a >= 0`` follows from ``b - a^2 >= 0``, ``log b - log a >= 0`` from ``b - a >= 0``, and ``b - exp(a)
    >= 0`` from ``log b - a >= 0``; in the last, b may be the squared affinity of two laws, too.
    """
    for monomial, coefficient in goal.terms.items():
        root = from_monomial(monomial).scale(coefficient)
        square = _squared(monomial) if coefficient > 0 else None
        if square is not None:
            below = root - goal
            yield "sqrt", Pow(to_tree(below), TWO), Mul(Number(coefficient * coefficient), square)
        if any(atom.kind == "exp" for atom, _ in monomial) and len(goal.terms) > 1:
            above, small = (root, root - goal) if coefficient > 0 else (goal - root, -root)
            with suppress(Unsupported):
                yield "exp", to_tree(log(small)), to_tree(log(above))
            for node in (n for side in sides for n in walk(side) if isinstance(n, Divergence) and n.kind == "TV"):
                affinity = Expectation(node.left, Call("sqrt", (Div(node.right.density, node.left.density),)))
                yield "exp", to_tree(log(small)), Mul(TWO, Call("log", (affinity,)))
    logs = [(m[0][0].data, c) for m, c in goal.terms.items() if len(m) == 1 and m[0][0].kind == "log" and m[0][1] == 1]
    for (larger, c), (smaller, d) in product(logs, [*logs, (number(1), Fraction(-1))]):
        if c > 0 > d:
            for factor in _shifts(goal):
                yield "log", to_tree(smaller), to_tree(larger * factor)
    for larger, c in logs:
        for monomial in larger.terms if c > 0 and len(larger.terms) > 1 else ():
            if any(atom.kind == "integral" and atom.range.positive for atom, _ in monomial):
                yield "log", to_tree(from_monomial(monomial)), to_tree(larger)


def bounds(goal: Poly) -> Iterator[tuple[Poly, Poly]]:
    """What has to lie within what, for a goal that takes away the absolute value of something."""
    for monomial, coefficient in goal.terms.items():
        if coefficient < 0 and len(monomial) == 1 and monomial[0][0].kind == "abs" and monomial[0][1] == 1:
            rest = goal - from_monomial(monomial).scale(coefficient)
            yield monomial[0][0].data, rest.scale(-1 / coefficient)


def _squared(monomial: Monomial) -> Expr | None:
    """The square of a product with a root in it; None where there is none."""
    opaque = [(atom, p) for atom, p in monomial if atom.kind == "value" and atom.data[0] == "sqrt" and p == 1]
    rest = tuple(f for f in monomial if f not in opaque)
    if not (opaque or any(p.denominator != 1 for _, p in rest)) or any(p.denominator > 2 for _, p in rest):
        return None
    square: Expr = Pow(to_tree(from_monomial(rest)), TWO)
    for atom, _ in opaque:
        square = Mul(to_tree(atom.data[1][0]), square) if rest else to_tree(atom.data[1][0])
    return square


def _shifts(goal: Poly) -> Iterator[Poly]:
    """Rational factors that the goal's constant logarithms stand for: log 2 in it makes b into 2 b."""
    factor = Fraction(1)
    for monomial, c in goal.terms.items():
        if len(monomial) == 1 and monomial[0][0].kind == "log" and c.denominator == 1 and abs(c) < 64:
            n = monomial[0][0].data.constant()
            factor *= n ** int(c) if n is not None else 1
    yield number(factor)
    if factor != 1:
        yield number(1)
