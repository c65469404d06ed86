"""Which two arguments of an increasing function a goal compares."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from proofs.kernel import Poly
from proofs.kernel.polynomial import Monomial, from_atom, from_monomial, number


def comparisons(goal: Poly) -> Iterator[tuple[str, Poly, Poly]]:
    """Functions with a smaller and a larger argument, such that the goal could follow from their order.

    ``c sqrt(b) - a >= 0`` follows from ``c^2 b - a^2 >= 0``; ``log b - log a >= 0`` from ``b - a >= 0``.
    """
    for monomial, coefficient in goal.terms.items():
        square = _squared(monomial) if coefficient > 0 else None
        if square is not None:
            root = from_monomial(monomial).scale(coefficient)
            below = root - goal
            yield "sqrt", below * below, square.scale(coefficient * coefficient)
    logs = [(m[0][0].data, c) for m, c in goal.terms.items() if len(m) == 1 and m[0][0].kind == "log" and m[0][1] == 1]
    for (larger, c), (smaller, d) in product(logs, logs):
        if c > 0 > d:
            for factor in _shifts(goal):
                yield "log", smaller, larger * factor


def _squared(monomial: Monomial) -> Poly | None:
    """The square of a product with a root in it; None where there is none."""
    result = number(1)
    rooted = False
    for atom, p in monomial:
        if atom.kind == "value" and atom.data[0] == "sqrt" and p == 1:
            result, rooted = result * atom.data[1][0], True
        elif Fraction(p).denominator <= 2:
            result = result * from_atom(atom, p * 2)
            rooted = rooted or Fraction(p).denominator == 2
        else:
            return None
    return result if rooted else None


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
