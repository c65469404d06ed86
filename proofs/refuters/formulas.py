"""Sides that are equal on a model, as the kernel sees from their formulas; enclosures only say that they are close.

The third arithmetic of the evaluator, after floats and balls. What is rational stays an exact number; where a function
enters, the value is the formula, which the kernel's normal form compares.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import chain, islice
from typing import Any

import numpy as np
from flint import fmpq

from proofs.kernel import Certificate, Rejected, Unsupported, check
from proofs.language import tree as t
from proofs.refuters.arithmetic import Array
from proofs.refuters.balls import Balls, is_infinite, is_undefined
from proofs.refuters.confirm import Contradiction
from proofs.refuters.evaluate import Evaluation
from proofs.refuters.models import Models

Scalar = Any
"""An exact number, the formula of a real number, or None where there is none."""

_LARGEST_POWER = 64
_LARGEST_FORMULA = 400  # nodes
_EXTREMES: dict[str, Callable[..., Any]] = {"abs": abs, "min": min, "max": max}
_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda x, y: x == y,
    "<=": lambda x, y: x <= y,
    ">=": lambda x, y: x >= y,
    "<": lambda x, y: x < y,
    ">": lambda x, y: x > y,
}


def tied(step: t.Step, models: Models) -> Contradiction | None:
    """A point of a model at which the kernel derives that both sides of a strict inequality are equal.

    Args:
        step: the step, elaborated and expanded.
        models: a batch that holds the one model.
    """
    evaluation = Evaluation(models, Formulas())
    left, right = np.broadcast_arrays(evaluation.value(step.left), evaluation.value(step.right))
    for index in np.ndindex(left.shape):
        if _equal(left[index], right[index]):
            balls = Evaluation(models, Balls())
            enclosed = np.broadcast_arrays(balls.value(step.left), balls.value(step.right))
            x, y = (side[index] for side in enclosed)
            if not any(is_undefined(value) or is_infinite(value) for value in (x, y)):
                axes = models.signature.axes
                return Contradiction({name: index[axes[name]] for name in models.signature.free}, x, y)
    return None


def _equal(x: Scalar, y: Scalar) -> bool:
    if x is None or y is None:
        return False
    if isinstance(x, fmpq) and isinstance(y, fmpq):
        return bool(x == y)
    left, right = _formula(x), _formula(y)
    if any(True for _ in islice(chain(t.walk(left), t.walk(right)), _LARGEST_FORMULA, None)):
        return False
    step = t.Step(left, "=", right)
    try:
        check(Certificate(t.Claim((), (), (t.Chain((step,)),)), step))
    except (Rejected, Unsupported):
        return False
    return True


def _formula(x: Scalar) -> t.Expr:
    return t.Number(Fraction(int(x.p), int(x.q))) if isinstance(x, fmpq) else x


def _lifted(exact: Callable[[Any, Any], Any], formula: Callable[[t.Expr, t.Expr], t.Expr]) -> np.ufunc:
    def operation(x: Scalar, y: Scalar) -> Scalar:
        if x is None or y is None:
            return None
        if isinstance(x, fmpq) and isinstance(y, fmpq):
            return exact(x, y)
        return formula(_formula(x), _formula(y))

    return np.frompyfunc(operation, 2, 1)


def _zero(x: Scalar) -> bool:
    return isinstance(x, fmpq) and bool(x == 0)


def _plus(x: Scalar, y: Scalar) -> Scalar:
    if x is None or y is None:
        return None
    if _zero(x) or _zero(y):
        return y if _zero(x) else x
    return x + y if isinstance(x, fmpq) and isinstance(y, fmpq) else _formula(x) + _formula(y)


def _times(x: Scalar, y: Scalar) -> Scalar:
    if x is None or y is None:
        return None
    if _zero(x) or _zero(y):
        return fmpq(0)
    return x * y if isinstance(x, fmpq) and isinstance(y, fmpq) else _formula(x) * _formula(y)


def _power(base: Scalar, exponent: Scalar) -> Scalar:
    if base is None or exponent is None or (_zero(base) and not (isinstance(exponent, fmpq) and exponent > 0)):
        return None
    if isinstance(base, fmpq) and isinstance(exponent, fmpq) and exponent.q == 1 and abs(exponent) <= _LARGEST_POWER:
        return base ** int(exponent.p)
    return _formula(base) ** _formula(exponent)


def _called(function: str, *arguments: Scalar) -> Scalar:
    if any(x is None for x in arguments):
        return None
    exact = all(isinstance(x, fmpq) for x in arguments)
    if function in _EXTREMES:
        return _EXTREMES[function](*arguments) if exact else None
    if exact and ((function == "sqrt" and arguments[0] < 0) or (function in ("log", "log2") and arguments[0] <= 0)):
        return None
    return t.Call(function, tuple(map(_formula, arguments)))


def _compared(x: Scalar, y: Scalar, relation: str) -> Scalar:
    return fmpq(int(_RELATIONS[relation](x, y))) if isinstance(x, fmpq) and isinstance(y, fmpq) else None


_RATIO = np.frompyfunc(lambda n, d: fmpq(int(n), int(d)), 2, 1)
_ADD, _MUL, _POWER = (np.frompyfunc(f, 2, 1) for f in (_plus, _times, _power))
_SUB = _lifted(lambda x, y: x - y, lambda x, y: x - y)
_DIV = _lifted(lambda x, y: None if y == 0 else x / y, lambda x, y: x / y)
_WEIGH = np.frompyfunc(lambda mass, value: fmpq(0) if _zero(mass) else _times(mass, value), 2, 1)
_COMPARE = np.frompyfunc(_compared, 3, 1)


class Formulas:
    """Exact rationals, and formulas where a function of one enters."""

    def number(self, value: Fraction) -> Array:
        return np.array([fmpq(value.numerator, value.denominator)], dtype=object)

    def constant(self, name: str) -> Array:
        constant = np.empty(1, dtype=object)
        constant[0] = None if name == "oo" else t.Constant(name)
        return constant

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
        called = np.frompyfunc(lambda *values: _called(function, *values), len(arguments), 1)
        return np.asarray(called(*arguments), dtype=object)

    def total(self, terms: Array, axes: tuple[int, ...]) -> Array:
        for axis in axes:
            terms = np.expand_dims(_ADD.reduce(terms, axis=axis), axis)
        return np.asarray(terms, dtype=object)

    def weigh(self, mass: Array, value: Array) -> Array:
        return np.asarray(_WEIGH(mass, value), dtype=object)

    def compare(self, left: Array, relation: str, right: Array) -> Array:
        return np.asarray(_COMPARE(left, right, relation), dtype=object)
