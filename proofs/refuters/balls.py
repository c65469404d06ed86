"""Exact rationals, and balls where a transcendental function enters: the arithmetic that decides.

The conventions at 0 and infinity are those of `proofs.refuters.arithmetic`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, fmpq

from proofs.language.tree import FUNCTIONS
from proofs.refuters.arithmetic import Array

_LARGEST_POWER = 256  # of a rational, kept exact

Scalar = Any  # an fmpq (exact), or an arb (a ball; also the two infinities and nan)


def is_infinite(x: Scalar) -> bool:
    """Whether a value is certainly one of the two infinities."""
    return isinstance(x, arb) and bool(x >= arb.pos_inf() or x <= arb.neg_inf())


def is_undefined(x: Scalar) -> bool:
    """Whether nothing is known of a value: no number at all, or a ball without bounds."""
    return isinstance(x, arb) and not x.is_finite() and not is_infinite(x)


def less(x: Scalar, y: Scalar) -> bool:
    """Whether x is certainly below y."""
    return bool(x < y) if _exact(x, y) else bool(arb(x) < arb(y))


def equal(x: Scalar, y: Scalar) -> bool:
    """Whether x and y are certainly one number: equal rationals, or balls that each hold one number."""
    return bool(x == y) if _exact(x, y) else bool(arb(x) == arb(y))


def decided(x: Scalar, y: Scalar) -> bool:
    """Whether more precision would tell nothing new of the order of x and y."""
    return _exact(x, y) or (is_infinite(x) and is_infinite(y)) or less(x, y) or less(y, x)


def _exact(x: Scalar, y: Scalar) -> bool:
    return isinstance(x, fmpq) and isinstance(y, fmpq)


def _compare(x: Scalar, y: Scalar, relation: str) -> Scalar:
    below, above, same = less(x, y), less(y, x), equal(x, y)
    if is_undefined(x) or is_undefined(y) or not (below or above or same):
        return arb.nan()
    holds = {"=": same, "<=": not above, ">=": not below, "<": below, ">": above}[relation]
    return fmpq(int(holds))


def _ball(x: Scalar) -> arb:
    return x if isinstance(x, arb) else arb(x)


def _is_null(x: Scalar) -> bool:
    return bool(x == 0) if isinstance(x, fmpq) else bool(x.is_zero())


def _mul(x: Scalar, y: Scalar) -> Scalar:
    if _is_null(x):
        return y if is_undefined(y) else fmpq(0)
    if _is_null(y):
        return x if is_undefined(x) else fmpq(0)
    return x * y


def _div(x: Scalar, y: Scalar) -> Scalar:
    if _is_null(y):
        return arb.nan()
    if is_infinite(y):
        return arb.nan() if is_infinite(x) or is_undefined(x) else fmpq(0)
    return x / y


def _weigh(mass: Scalar, value: Scalar) -> Scalar:
    return fmpq(0) if _is_null(mass) else mass * value


def _exp(x: Scalar) -> Scalar:
    if _is_null(x):
        return fmpq(1)
    if is_infinite(x):
        return arb.pos_inf() if x > 0 else fmpq(0)
    return _ball(x).exp()


def _log(x: Scalar) -> Scalar:
    if x == 1:
        return fmpq(0)
    if _is_null(x):
        return arb.neg_inf()
    if is_infinite(x):
        return x if x > 0 else arb.nan()
    return _ball(x).log() if x > 0 else arb.nan()


def _sqrt(x: Scalar) -> Scalar:
    if isinstance(x, fmpq) and x >= 0 and x.p.is_square() and x.q.is_square():
        return fmpq(x.p.isqrt(), x.q.isqrt())
    if is_infinite(x):
        return x if x > 0 else arb.nan()
    return _ball(x).sqrt() if x >= 0 else arb.nan()


def _power(base: Scalar, exponent: Scalar) -> Scalar:
    if is_undefined(base) or is_undefined(exponent) or is_infinite(exponent):
        return arb.nan()
    if isinstance(exponent, fmpq) and exponent.q == 1 and abs(exponent) <= _LARGEST_POWER:
        if exponent == 0:
            return fmpq(1)
        whole = base
        for _ in range(int(abs(exponent)) - 1):
            whole = whole * base
        return whole if exponent > 0 else _div(fmpq(1), whole)
    if _is_null(base):
        return fmpq(0) if exponent > 0 else arb.nan()
    return _exp(_mul(exponent, _log(base)))


def _sigmoid(x: Scalar) -> Scalar:
    return _div(fmpq(1), 1 + _exp(-x))


def _softplus(x: Scalar) -> Scalar:
    return _log(1 + _exp(x))


def _phi(x: Scalar) -> Scalar:
    return _ball(-x / _ball(fmpq(2)).sqrt()).erfc() / 2


def _lesser(x: Scalar, y: Scalar) -> Scalar:
    if isinstance(x, fmpq) and isinstance(y, fmpq):
        return min(x, y)
    return _ball(x).min(_ball(y))


def _greater(x: Scalar, y: Scalar) -> Scalar:
    return -_lesser(-x, -y)


_BALL_FUNCTIONS: dict[str, Callable[..., Scalar]] = {
    "log": _log,
    "log2": lambda x: _div(_log(x), arb(2).log()),
    "exp": _exp,
    "sqrt": _sqrt,
    "abs": abs,
    "sin": lambda x: _ball(x).sin() if _ball(x).is_finite() else arb.nan(),
    "cos": lambda x: _ball(x).cos() if _ball(x).is_finite() else arb.nan(),
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "lgamma": lambda x: _ball(x).lgamma() if x > 0 else arb.nan(),
    "digamma": lambda x: _ball(x).digamma(),
    "Phi": _phi,
    "min": _lesser,
    "max": _greater,
}

_RATIO = np.frompyfunc(lambda n, d: fmpq(int(n), int(d)), 2, 1)
_ADD = np.frompyfunc(lambda x, y: x + y, 2, 1)
_SUB = np.frompyfunc(lambda x, y: x - y, 2, 1)
_MUL = np.frompyfunc(_mul, 2, 1)
_DIV = np.frompyfunc(_div, 2, 1)
_WEIGH = np.frompyfunc(_weigh, 2, 1)
_POWER = np.frompyfunc(_power, 2, 1)
_COMPARE = np.frompyfunc(_compare, 3, 1)


def _defined(function: Callable[..., Scalar]) -> Callable[..., Scalar]:
    """The function where its arguments have values; flint would enclose the sine of no number by [-1, 1]."""

    def guarded(*arguments: Scalar) -> Scalar:
        return arb.nan() if any(is_undefined(x) for x in arguments) else function(*arguments)

    return guarded


_CALLS = {name: np.frompyfunc(_defined(f), FUNCTIONS[name], 1) for name, f in _BALL_FUNCTIONS.items()}


class Balls:
    """Exact while everything is rational, and enclosures at flint's working precision from there on.

    A value is an `fmpq` as long as only field operations made it, so that equal rationals are seen to be equal.
    """

    def number(self, value: Fraction) -> Array:
        return np.array([fmpq(value.numerator, value.denominator)], dtype=object)

    def constant(self, name: str) -> Array:
        return np.array([arb.pos_inf() if name == "oo" else arb.pi()], dtype=object)

    def ratio(self, numerators: Array, denominators: Array) -> Array:
        return np.asarray(_RATIO(numerators, denominators), dtype=object)

    def add(self, left: Array, right: Array) -> Array:
        return np.asarray(_ADD(left, right), dtype=object)

    def sub(self, left: Array, right: Array) -> Array:
        return np.asarray(_SUB(left, right), dtype=object)

    def mul(self, left: Array, right: Array) -> Array:
        return np.asarray(_MUL(left, right), dtype=object)

    def div(self, left: Array, right: Array) -> Array:
        return np.asarray(_DIV(left, right), dtype=object)

    def power(self, base: Array, exponent: Array) -> Array:
        return np.asarray(_POWER(base, exponent), dtype=object)

    def call(self, function: str, arguments: Sequence[Array]) -> Array:
        return np.asarray(_CALLS[function](*arguments), dtype=object)

    def total(self, terms: Array, axes: tuple[int, ...]) -> Array:
        for axis in axes:
            terms = np.expand_dims(_ADD.reduce(terms, axis=axis), axis)
        return np.asarray(terms, dtype=object)

    def weigh(self, mass: Array, value: Array) -> Array:
        return np.asarray(_WEIGH(mass, value), dtype=object)

    def compare(self, left: Array, relation: str, right: Array) -> Array:
        return np.asarray(_COMPARE(left, right, relation), dtype=object)
