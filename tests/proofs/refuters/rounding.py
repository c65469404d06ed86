"""Running error analysis: enclosures of what float64 may return, widened by the rounding of every operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, fmpq

from proofs.refuters.arithmetic import Array
from proofs.refuters.balls import Balls, is_infinite

EPS = 2.0**-52


def _is_float(x: Any) -> bool:
    """Whether a value is a float exactly; then no operation on floats that yields it rounds."""
    return isinstance(x, fmpq) and fmpq(*float(Fraction(int(x.p), int(x.q))).as_integer_ratio()) == x


def _widen(x: Any, magnitude: Any = None) -> Any:
    """The value with one eps of a magnitude, its own if none is given, for a radius."""
    if _is_float(x) or is_infinite(x) or not arb(x).is_finite():
        return x
    return arb(x) + arb(0, 1) * abs(arb(x) if magnitude is None else magnitude) * EPS


_ROUNDED = np.frompyfunc(_widen, 1, 1)

#: The terms of which a function is the sum in float64, where they exceed it: Stirling's series, and the reflection
#: formula, left of 0; and exp(-x^2/2) has the rounding of x^2 magnified by x^2/2.
_TERMS: dict[str, Callable[[arb, arb], arb]] = {
    "lgamma": lambda x, value: abs(value) + 1 + x * (1 + abs(x.log())),
    "digamma": lambda x, value: (
        abs(value) + (abs((1 - x).digamma()) + abs(arb.pi() * (arb.pi() * x).cot()) if x < 0 else 1)
    ),
    "Phi": lambda x, value: (1 + x * x) * value,
}


class Rounding(Balls):
    """By induction every value holds what `Floats` computes by the same operations, short of underflow.

    Where the balls of the operands hold the floats, the ball of the exact operation holds its exact value at them, and
    one eps more holds that value rounded (a field operation is off by eps/2, a function of the C library by an ulp).
    """

    def number(self, value: Fraction) -> Array:
        return np.asarray(_ROUNDED(super().number(value)), dtype=object)

    def constant(self, name: str) -> Array:
        return np.asarray(_ROUNDED(super().constant(name)), dtype=object)

    def ratio(self, numerators: Array, denominators: Array) -> Array:
        return np.asarray(_ROUNDED(super().ratio(numerators, denominators)), dtype=object)

    def add(self, left: Array, right: Array) -> Array:
        return np.asarray(_ROUNDED(super().add(left, right)), dtype=object)

    def sub(self, left: Array, right: Array) -> Array:
        return np.asarray(_ROUNDED(super().sub(left, right)), dtype=object)

    def mul(self, left: Array, right: Array) -> Array:
        return np.asarray(_ROUNDED(super().mul(left, right)), dtype=object)

    def div(self, left: Array, right: Array) -> Array:
        return np.asarray(_ROUNDED(super().div(left, right)), dtype=object)

    def power(self, base: Array, exponent: Array) -> Array:
        return np.asarray(_ROUNDED(super().power(base, exponent)), dtype=object)

    def call(self, function: str, arguments: Sequence[Array]) -> Array:
        values = super().call(function, arguments)
        terms = _TERMS.get(function)
        if terms is None:
            return np.asarray(_ROUNDED(values), dtype=object)
        widen = np.frompyfunc(lambda x, value: _widen(value, 2 * terms(arb(x), arb(value))), 2, 1)
        return np.asarray(widen(arguments[0], values), dtype=object)

    def weigh(self, mass: Array, value: Array) -> Array:
        return np.asarray(_ROUNDED(super().weigh(mass, value)), dtype=object)

    def total(self, terms: Array, axes: tuple[int, ...]) -> Array:
        # In whatever order n terms are added, the error is less than n eps of the sum of their magnitudes.
        count = int(np.prod([terms.shape[axis] for axis in axes]))
        sums = super().total(terms, axes)
        if count == 1:
            return sums
        widen = np.frompyfunc(lambda value, size: _widen(arb(value), count * size), 2, 1)
        return np.asarray(widen(sums, super().total(np.abs(terms), axes)), dtype=object)


def holds(ball: Any, x: float) -> bool:
    """Whether the enclosure admits the float; one without bounds admits any."""
    if isinstance(ball, arb) and not ball.is_finite() and not is_infinite(ball):
        return True
    return float(arb(ball)) == x if is_infinite(ball) else np.isfinite(x) and bool(arb(ball).contains(arb(x)))
