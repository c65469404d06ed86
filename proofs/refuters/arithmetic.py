"""What the evaluator asks of numbers, and float64, in which the search runs (`proofs.refuters.balls` has the verdict).

Every arithmetic follows the conventions of measure theory: 0 log 0 = 0 (more generally 0 times an infinity),
log 0 = -inf, a null set carries no weight whatever stands on it, and what has no value (0/0, inf - inf, log of a
negative number) is nan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from proofs.outcome import Unsupported

Array = np.ndarray[Any, np.dtype[Any]]


class Arithmetic(Protocol):
    """Elementwise operations on arrays of numbers, and sums of them over axes."""

    def number(self, value: Fraction) -> Array: ...
    def constant(self, name: str) -> Array: ...
    def ratio(self, numerators: Array, denominators: Array) -> Array: ...
    def add(self, left: Array, right: Array) -> Array: ...
    def sub(self, left: Array, right: Array) -> Array: ...
    def mul(self, left: Array, right: Array) -> Array: ...
    def div(self, left: Array, right: Array) -> Array: ...
    def power(self, base: Array, exponent: Array) -> Array: ...
    def call(self, function: str, arguments: Sequence[Array]) -> Array: ...
    def total(self, terms: Array, axes: tuple[int, ...]) -> Array: ...
    def compare(self, left: Array, relation: str, right: Array) -> Array:
        """1 where the relation (one of ``= <= >= < >``) holds, 0 where it does not, nan where that is not known."""
        ...

    def weigh(self, mass: Array, value: Array) -> Array:
        """``mass * value``, and 0 wherever the mass is exactly 0."""
        ...


def _special(name: str) -> Callable[[Array], Array]:
    """A function of scipy.special, which few claims need, and which takes as long to load as all the rest."""

    def call(x: Array) -> Array:
        from scipy import special

        return np.asarray(getattr(special, name)(x))

    return call


def _gamma_log(x: Array) -> Array:
    return np.where(x > 0, _special("gammaln")(x), np.nan)


def _digamma(x: Array) -> Array:
    return np.where((x <= 0) & (x == np.floor(x)), np.nan, _special("digamma")(x))


_FLOAT_FUNCTIONS: dict[str, Callable[..., Array]] = {
    "log": np.log,
    "log2": np.log2,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sin": np.sin,
    "cos": np.cos,
    "sigmoid": _special("expit"),
    "softplus": lambda x: np.logaddexp(0.0, x),
    "lgamma": _gamma_log,
    "digamma": _digamma,
    "Phi": _special("ndtr"),
    "min": np.minimum,
    "max": np.maximum,
}

_FLOAT_RELATIONS: dict[str, Callable[[Array, Array], Array]] = {
    "=": np.equal,
    "<=": np.less_equal,
    ">=": np.greater_equal,
    "<": np.less,
    ">": np.greater,
}


class Floats:
    """float64: fast, never trusted."""

    def number(self, value: Fraction) -> Array:
        try:
            return np.array([float(value)])
        except OverflowError:
            raise Unsupported("a number in it is too large for floating point") from None

    def constant(self, name: str) -> Array:
        return np.array([np.inf if name == "oo" else np.pi])

    def ratio(self, numerators: Array, denominators: Array) -> Array:
        return np.asarray(numerators / denominators)

    def add(self, left: Array, right: Array) -> Array:
        return np.asarray(left + right)

    def sub(self, left: Array, right: Array) -> Array:
        return np.asarray(left - right)

    def mul(self, left: Array, right: Array) -> Array:
        out = np.asarray(left * right)
        if np.isnan(out).any():
            null = ((left == 0) & np.isinf(right)) | (np.isinf(left) & (right == 0))
            out = np.where(null, 0.0, out)
        return out

    def div(self, left: Array, right: Array) -> Array:
        return np.asarray(np.where(right == 0, np.nan, left / right))

    def power(self, base: Array, exponent: Array) -> Array:
        undefined = np.isnan(base) | np.isnan(exponent) | ((base == 0) & (exponent < 0)) | np.isinf(exponent)
        return np.asarray(np.where(undefined, np.nan, np.power(base, exponent)))

    def call(self, function: str, arguments: Sequence[Array]) -> Array:
        return np.asarray(_FLOAT_FUNCTIONS[function](*arguments))

    def total(self, terms: Array, axes: tuple[int, ...]) -> Array:
        return np.asarray(terms.sum(axis=axes, keepdims=True))

    def weigh(self, mass: Array, value: Array) -> Array:
        return np.asarray(np.where(mass == 0, 0.0, mass * value))

    def compare(self, left: Array, relation: str, right: Array) -> Array:
        unknown = np.isnan(left) | np.isnan(right)
        return np.asarray(np.where(unknown, np.nan, _FLOAT_RELATIONS[relation](left, right).astype(float)))
