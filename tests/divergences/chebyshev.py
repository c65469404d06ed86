"""Polynomials economised in exact arithmetic, from which the tables of coefficients are derived again."""

from __future__ import annotations

import math
from fractions import Fraction


def economised(taylor: list[Fraction], low: Fraction, high: Fraction, degree: int) -> tuple[list[Fraction], Fraction]:
    """The Taylor polynomial with its Chebyshev terms above a degree dropped, and a bound on what was dropped."""
    radius, centre, order = (high - low) / 2, (high + low) / 2, len(taylor)
    inner = [Fraction(0)] * order  # coefficients in u with x = centre + radius·u
    for k, coefficient in enumerate(taylor):
        for j in range(k + 1):
            inner[j] += coefficient * math.comb(k, j) * radius**j * centre ** (k - j)
    chebyshev = [[Fraction(1)], [Fraction(0), Fraction(1)]]
    while len(chebyshev) < order:
        doubled = [Fraction(0), *(2 * c for c in chebyshev[-1])]
        chebyshev.append([c - (chebyshev[-2][i] if i < len(chebyshev[-2]) else 0) for i, c in enumerate(doubled)])
    dropped = Fraction(0)
    for k in range(order - 1, degree, -1):
        weight = inner[k] / chebyshev[k][-1]
        dropped += abs(weight)  # |T_k| ≤ 1
        for i, c in enumerate(chebyshev[k]):
            inner[i] -= weight * c
    outer = [Fraction(0)] * (degree + 1)
    for k, coefficient in enumerate(inner[: degree + 1]):
        for j in range(k + 1):
            outer[j] += coefficient / radius**k * math.comb(k, j) * (-centre) ** (k - j)
    return outer, dropped
