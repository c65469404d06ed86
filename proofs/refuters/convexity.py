"""Random convex functions whose values, and whose conjugates' values, at rationals are rational."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, combinations

import numpy as np

from proofs.language import tree as t
from proofs.refuters.arithmetic import Arithmetic, Array
from proofs.refuters.signature import Interval

#: How many kinks a function has; those of jump 0 do not show.
KINKS = 2


@dataclass(frozen=True)
class PiecewiseQuadratic:
    r"""A convex function on an interval, one for each model.

    .. math:: f(x) = c + a x + \tfrac{q}{2} x^2 + \sum_k s_k \max(0, x - u_k), \qquad q, s_k \ge 0

    Args:
        arithmetic: what its coefficients are numbers of.
        columns: c, a, q, then the kinks u_k, then the jumps s_k, each an array that spreads over a grid of values.
        low, high: the ends of the open interval; None is infinite.
    """

    arithmetic: Arithmetic
    columns: tuple[Array, ...]
    low: Fraction | None
    high: Fraction | None

    def __call__(self, x: Array) -> Array:
        """f(x), and nan outside the interval."""
        a = self.arithmetic
        value = self._extended(x)
        for end, relation in ((self.low, ">"), (self.high, "<")):
            if end is not None:  # 0/1 inside, 0/0 outside
                inside = a.compare(x, relation, self._number(end, x))
                value = a.add(value, a.div(self._number(Fraction(0), x), inside))
        return value

    def pinned(self) -> PiecewiseQuadratic:
        """The function less its value at 1."""
        at_one = self(self._number(Fraction(1), self.columns[0]))
        columns = (self.arithmetic.sub(self.columns[0], at_one), *self.columns[1:])
        return PiecewiseQuadratic(self.arithmetic, columns, self.low, self.high)

    def conjugate(self, slope: Array) -> Array:
        """The supremum of slope * x - f(x) over the interval; +inf where it is unbounded.

        On the closure of the interval the supremum is a value at a kink, at an end, or where slope = f'(x): on a piece
        right of the kinks in J that is x = (slope - a - sum of their jumps) / q. No other point of the closure exceeds
        it, so that the pieces need not be told apart: every J is tried, each x is moved into the closure, and where q
        is 0 any divisor will do.
        """
        a = self.arithmetic
        _, tilt, curvature, *rest = self.columns
        kinks, jumps = rest[:KINKS], rest[KINKS:]
        zero, one = self._number(Fraction(0), slope), self._number(Fraction(1), slope)
        flat = a.compare(curvature, "=", zero)
        divisor = a.add(curvature, flat)
        points = [*kinks, *(self._number(end, slope) for end in (self.low, self.high) if end is not None)]
        for chosen in chain.from_iterable(combinations(jumps, n) for n in range(KINKS + 1)):
            lift = a.sub(slope, tilt)
            for jump in chosen:
                lift = a.sub(lift, jump)
            points.append(self._into(a.div(lift, divisor)))
        best = self._gain(slope, points[0])
        for point in points[1:]:
            best = a.call("max", [best, self._gain(slope, point)])
        # A line keeps gaining towards an infinite end, where nothing curves it back.
        infinity = a.mul(one, np.reshape(a.constant("oo"), one.shape))
        if self.high is None:
            steepest = tilt
            for jump in jumps:
                steepest = a.add(steepest, jump)
            best = a.add(best, a.weigh(flat, a.weigh(a.compare(slope, ">", steepest), infinity)))
        if self.low is None:
            best = a.add(best, a.weigh(flat, a.weigh(a.compare(slope, "<", tilt), infinity)))
        return best

    def _extended(self, x: Array) -> Array:
        """The polynomial pieces, wherever x is."""
        a = self.arithmetic
        constant, tilt, curvature, *rest = self.columns
        half, zero = self._number(Fraction(1, 2), x), self._number(Fraction(0), x)
        value = a.add(constant, a.mul(x, a.add(tilt, a.mul(half, a.mul(curvature, x)))))
        for kink, jump in zip(rest[:KINKS], rest[KINKS:], strict=True):
            value = a.add(value, a.weigh(jump, a.call("max", [zero, a.sub(x, kink)])))
        return value

    def _gain(self, slope: Array, x: Array) -> Array:
        return self.arithmetic.sub(self.arithmetic.mul(slope, x), self._extended(x))

    def _into(self, x: Array) -> Array:
        """The nearest point of the closed interval."""
        if self.low is not None:
            x = self.arithmetic.call("max", [x, self._number(self.low, x)])
        if self.high is not None:
            x = self.arithmetic.call("min", [x, self._number(self.high, x)])
        return x

    def _number(self, value: Fraction, like: Array) -> Array:
        number = self.arithmetic.number(value)
        return number.reshape(len(number), *[1] * (like.ndim - 1))


def column_ranges(declared: t.Convex) -> tuple[Interval, ...]:
    """Where the coefficients of a declared function lie, column by column."""
    line, positive = Interval(), Interval(Fraction(0), None, (True, False))
    kinks = (Interval(declared.low, declared.high),) * KINKS
    return (line, line, positive, *kinks, *(positive,) * KINKS)


def pinned_coefficients(coefficients: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """The coefficients of the function less its value at 1.

    >>> [str(c) for c in pinned_coefficients(tuple(Fraction(n) for n in (5, 1, 2, 0, 3, 4, 1)))]
    ['-6', '1', '2', '0', '3', '4', '1']
    """
    _, tilt, curvature, *rest = coefficients
    rises = (jump * max(Fraction(0), 1 - kink) for kink, jump in zip(rest[:KINKS], rest[KINKS:], strict=True))
    return (-tilt - curvature / 2 - sum(rises), *coefficients[1:])


def formula(declared: t.Convex, coefficients: tuple[Fraction, ...]) -> t.Expr:
    """The function with these coefficients as an expression in a variable t.

    >>> from proofs.language.text import to_text
    >>> coefficients = tuple(Fraction(n) for n in (1, 0, 2, 1, 3, 4, 0))
    >>> to_text(formula(t.Convex("f"), coefficients))
    '1 + t^2 + 4*max(0, t - 1)'
    """
    x = t.Symbol("t")
    constant, tilt, curvature, *rest = coefficients
    terms: list[tuple[Fraction, t.Expr | None]] = [(constant, None), (tilt, x), (curvature / 2, t.Pow(x, _number(2)))]
    for kink, jump in zip(rest[:KINKS], rest[KINKS:], strict=True):
        shifted = t.Sub(x, _number(kink)) if kink >= 0 else t.Add(x, _number(-kink))
        terms.append((jump, t.Call("max", (_number(0), shifted))))
    total: t.Expr | None = None
    for factor, term in terms:
        size = -factor if declared.concave else factor
        if size == 0:
            continue
        magnitude = _number(abs(size)) if total is not None else _number(size)
        shown = magnitude if term is None else term if abs(size) == 1 and magnitude.value == 1 else magnitude * term
        total = shown if total is None else (total + shown if size > 0 else total - shown)
    return _number(0) if total is None else total


def _number(value: Fraction | int) -> t.Number:
    return t.Number(Fraction(value))
