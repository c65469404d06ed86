"""sympy as an array namespace, so that the code that ships can be executed on symbols and its formula read off.

A symbolic argument is a sympy expression, or an array of them (`Expressions`) where it has axes. Floats are taken as
the rationals that they are. The primitives of `divergences.special` are here their definitions, since an
expression has no rounding; everything else is the shipped code itself. A branch of it that depends on values which
are not known becomes a case (``Piecewise``), and a largest value a ``Max``: nothing is decided that sympy cannot.

>>> import sympy
>>> from divergences import kl_gaussian
>>> m, s = sympy.Symbol("m", real=True), sympy.Symbol("s", positive=True)
>>> sympy.expand(sympy.expand_log(kl_gaussian(m, s)))
m**2/2 + s**2/2 - log(s) - 1/2

This module imports sympy; `divergences.namespace` loads it when it meets the first expression.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import sympy

from divergences.domains import Domain

Expression = Any

pi = sympy.pi
nan = sympy.nan
inf = sympy.oo
half = sympy.Rational(1, 2)
linalg = SimpleNamespace(diagonal=lambda matrices: np.diagonal(matrices, axis1=-2, axis2=-1))


class Expressions(np.ndarray):
    """An array of expressions. Comparing it gives an array of conditions, where numpy would ask for truth values."""

    def __lt__(self, other: object) -> Any:
        return _less(self, other)

    def __le__(self, other: object) -> Any:
        return _at_most(self, other)

    def __gt__(self, other: object) -> Any:
        return _less(other, self)

    def __ge__(self, other: object) -> Any:
        return _at_most(other, self)

    def __eq__(self, other: object) -> Any:
        return _equal(self, other)

    def __ne__(self, other: object) -> Any:
        return ~_equal(self, other)

    __hash__ = None  # as for any array


def asarray(value: object) -> Expression:
    """An expression, or an object array of them; floats become exact rationals."""
    if isinstance(value, (sympy.MatrixBase, list, tuple)):
        value = np.asarray(value.tolist() if isinstance(value, sympy.MatrixBase) else value, dtype=object)
    if isinstance(value, np.ndarray) and value.ndim:
        return np.frompyfunc(_expression, 1, 1)(value).view(Expressions)
    return _expression(value.item() if isinstance(value, np.ndarray) else value)


def _expression(value: Any) -> sympy.Expr:
    if isinstance(value, sympy.Expr):
        return value
    if isinstance(value, sympy.Basic):
        raise TypeError(f"expected a sympy expression with a numerical value, got {value!r}")
    if isinstance(value, (float, np.floating)) and not np.isfinite(value):
        return sympy.sympify(float(value))
    return sympy.Rational(value.item() if isinstance(value, np.generic) else value)


def _relation(relation: Callable[..., Any]) -> Callable[..., Any]:
    return np.frompyfunc(lambda left, right: relation(_expression(left), _expression(right)), 2, 1)


_less, _at_most, _equal = _relation(sympy.Lt), _relation(sympy.Le), _relation(sympy.Eq)


def check(name: str, values: Expression, domain: Domain) -> None:
    """Rejects what sympy knows to lie outside the domain; what it cannot decide is taken to be admissible."""
    for value in np.asarray(values, dtype=object).flat:
        if value is sympy.nan:
            continue
        if value.is_extended_real is not False:
            above = value >= domain.low if domain.low_closed else value > domain.low
            below = value <= domain.high if domain.high_closed else value < domain.high
            if not (above == False or below == False or (domain.whole and value.is_integer is False)):  # noqa: E712
                continue
        raise ValueError(f"{name} must be {domain.words}, got {value}")


def result(value: Expression) -> Expression:
    """What the caller gets: an expression, or an object array of them."""
    return np.asarray(value)[()] if isinstance(value, np.ndarray) else value


# --- elementwise functions -----------------------------------------------------------------------------------------


def _elementwise(function: Callable[..., sympy.Expr], arguments: int = 1) -> np.ufunc:
    return np.frompyfunc(function, arguments, 1)


log = _elementwise(sympy.log)
exp = _elementwise(sympy.exp)
expm1 = _elementwise(lambda x: sympy.exp(x) - 1)
log1p = _elementwise(lambda x: sympy.log(1 + x))
sqrt = _elementwise(sympy.sqrt)
abs = _elementwise(sympy.Abs)
sign = _elementwise(sympy.sign)
isfinite = _elementwise(lambda x: sympy.Abs(x) < sympy.oo if x.is_finite is None else x.is_finite)
log1pmx = _elementwise(lambda x: sympy.log(1 + x) - x)
expm1mx = _elementwise(lambda x: sympy.exp(x) - 1 - x)
log_sqrt_2pie = _elementwise(lambda x: sympy.log(x) + sympy.log(2 * sympy.pi) / 2 + sympy.Rational(1, 2))
lgamma = _elementwise(sympy.loggamma)
gamma = _elementwise(sympy.gamma)
digamma = _elementwise(sympy.digamma)
trigamma = _elementwise(lambda x: sympy.polygamma(1, x))
erf = _elementwise(sympy.erf)
ndtr = _elementwise(lambda x: sympy.erfc(-x / sympy.sqrt(2)) / 2)
gammainc = _elementwise(lambda a, x: sympy.lowergamma(a, x) / sympy.gamma(a), 2)
betainc = _elementwise(lambda a, b, x: sympy.betainc_regularized(a, b, 0, x), 3)
log_or_minus_infinity = _elementwise(lambda x: _log(x))
log_sinhc = _elementwise(lambda t, zero: _removed(sympy.log(sympy.sinh(t) / t), zero), 2)
langevin = _elementwise(lambda t: _removed(1 / sympy.tanh(t) - 1 / t, t))
exp1e = _elementwise(lambda z: sympy.exp(z) * sympy.expint(1, z))
log_i0e = _elementwise(lambda x: sympy.log(sympy.besseli(0, x)) - x)
bessel_ratio = _elementwise(lambda x: sympy.besseli(1, x) / sympy.besseli(0, x))
sin = _elementwise(sympy.sin)
cos = _elementwise(sympy.cos)
atan = _elementwise(sympy.atan)
tanh = _elementwise(sympy.tanh)
sinh = _elementwise(sympy.sinh)
asinh = _elementwise(sympy.asinh)
cosh = _elementwise(sympy.cosh)
floor = _elementwise(sympy.floor)
kl_div = _elementwise(lambda a, b, difference: difference if a == 0 else difference - a * _log(b / a), 3)
kl_div_from_log = _elementwise(lambda a, b, c: b - a - a * c, 3)


def _log(value: sympy.Expr) -> sympy.Expr:
    return -sympy.oo if value == 0 else sympy.log(value)


def _removed(value: sympy.Expr, zero: sympy.Expr) -> sympy.Expr:
    """A function with its removable singularity, at the zeros of an expression, where it is 0, removed."""
    return sympy.Integer(0) if zero == 0 else sympy.Piecewise((0, sympy.Eq(zero, 0)), (value, True))


def where(condition: Any, first: Expression, second: Expression) -> Expression:
    """A choice where sympy decides the condition, and a Piecewise where it does not."""
    return _elementwise(_choose, 3)(condition, first, second)


def _choose(condition: Any, first: Any, second: Any) -> sympy.Expr:
    if condition in (True, False):
        return sympy.sympify(first if condition else second)
    return sympy.Piecewise((first, condition), (second, True))


def sum(values: Expression, *, axis: Any = None, keepdims: bool = False) -> Expression:
    return np.sum(np.asanyarray(values, dtype=object), axis=axis, keepdims=keepdims)


def mean(values: Expression, *, axis: int) -> Expression:
    return sum(values, axis=axis) / values.shape[axis]


def max(values: Expression, *, axis: int, keepdims: bool = False) -> Expression:
    """The largest value as an expression; which one it is stays open where sympy cannot tell."""
    return np.frompyfunc(sympy.Max, 2, 1).reduce(values, axis=axis, keepdims=keepdims)


def squeeze(values: Expression, *, axis: int) -> Expression:
    return np.squeeze(values, axis=axis)


def broadcast_to(values: Expression, shape: tuple[int, ...]) -> Expression:
    return np.broadcast_to(np.asarray(values, dtype=object), shape).view(Expressions)


def zeros_like(values: Expression) -> Expression:
    return _elementwise(lambda _: sympy.Integer(0))(values)


def ones_like(values: Expression) -> Expression:
    return _elementwise(lambda _: sympy.Integer(1))(values)


def softmax_pair(left: Expression, right: Expression, axis: int) -> tuple[Expression, Expression, Expression]:
    """Both normalised exponentials, and the log of the second over the first."""
    first, second = exp(left), exp(right)
    p, q = first / sum(first, axis=axis, keepdims=True), second / sum(second, axis=axis, keepdims=True)
    return p, q, log(q / p)


def stack(values: Any, *, axis: int) -> Expression:
    return np.stack([np.asarray(value, dtype=object) for value in values], axis=axis).view(Expressions)


def tril(matrices: Expression, *, k: int = 0) -> Expression:
    size = matrices.shape[-1]
    return np.where(np.tri(size, k=k, dtype=bool), matrices, sympy.S.Zero)


def matrix_transpose(matrices: Expression) -> Expression:
    return np.swapaxes(matrices, -1, -2)


# --- linear algebra ------------------------------------------------------------------------------------------------


def cholesky(matrices: Expression) -> Expression:
    """The lower factor L of each matrix L Lᵀ, by the row recursion; positive definiteness is the caller's word."""
    factor = np.full(matrices.shape, sympy.S.Zero)
    for i in range(matrices.shape[-1]):
        for j in range(i + 1):
            rest = matrices[..., i, j] - np.sum(factor[..., i, :j] * factor[..., j, :j], axis=-1)
            factor[..., i, j] = sqrt(rest) if i == j else rest / factor[..., j, j]
    return factor


def solve_lower(factor: Expression, right: Expression) -> Expression:
    """X with L X = right, by forward substitution."""
    rows: list[Expression] = []
    for i in range(factor.shape[-1]):
        rest = right[..., i, :]
        for j in range(i):
            rest = rest - factor[..., i, j, None] * rows[j]
        rows.append(rest / factor[..., i, i, None])
    return np.stack(rows, axis=-2)
