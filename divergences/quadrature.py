r"""The certified route: KL(p ‖ q) of two laws of one variable by quadrature in ball arithmetic, with its error bound.

.. math:: \mathrm{KL}(p \,\|\, q) = \int e^{\log p(x(v)) + \log x'(v)}\,[\log p(x(v)) - \log q(x(v))]\, dv

Both log densities are the families' own code, traced on symbols and lowered to balls; v is the coordinate in which
p's tails fall exponentially. Derivatives are the same integral of the integrand's derivative: no coordinate's range
depends on parameters. Arrays are looped over, at some ten milliseconds a value. Loads sympy and python-flint.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import array_api_compat.numpy as numpy_namespace
import numpy as np
import sympy
from flint import arb, ctx, fmpq

from divergences import special, symbols
from divergences.balls import Reals, precision
from divergences.domains import Domain
from divergences.enclosure import GrowthError, Integrand, exact, integrate, value_of
from divergences.families.laplace import Laplace
from divergences.families.law import Law
from divergences.libraries import Array, device_of, is_torch, namespace
from divergences.lowering import lower, lower_exp
from divergences.reading import to_numpy
from divergences.summation import sum_over_counts
from divergences.tails import EnclosureError, hull

_REALS = Reals()

#: The relative accuracy asked for, in bits, and the working precisions that are tried.
BITS, PRECISIONS = 58, (128, 192, 320)


class Traced(NamedTuple):
    """The integrand exp(exponent) · log_ratio of a pair on symbols, and those of its parameters by their names.

    It is smooth except at the kinks, where the argument of an absolute value has its one zero.
    """

    variable: sympy.Symbol
    exponent: sympy.Expr
    log_ratio: sympy.Expr
    parameters: Mapping[str, sympy.Symbol]
    kinks: tuple[sympy.Expr, ...] = ()


def certified_kl(p: Law, q: Law | None, *, wrt: str | None = None) -> arb:
    """A ball that certainly holds KL(p ‖ q), or its derivative, for laws over single numbers with nested supports.

    Args:
        p: a law of one variable, whose parameters are floats.
        q: another one; ``None`` gives the negative entropy of p.
        wrt: the parameter to differentiate in, as ``p.loc``.

    Raises:
        EnclosureError: there is no ball as narrow as asked at any of the precisions, or the value is not finite.
    """
    if q is not None and type(p) is type(q) and p.parameters() == q.parameters():
        return arb(0)  # its least value, where its derivatives are zero, too
    trace = _trace(_form_of(p), None if q is None else _form_of(q))
    values = {trace.parameters[name]: exact(float(value)) for name, value in _numbers(p, q).items()}
    failure = EnclosureError("no precision was tried")
    for bits in PRECISIONS:
        try:
            with precision(bits):
                if p.discrete:
                    ball = sum_over_counts(p, q, *_integrand(trace, values, wrt), wrt, bits=bits - 64)
                else:
                    ball = _integral(p, trace, values, wrt)
                # A derivative may be zero, and a divergence between equal laws is.
                least = arb(1) if wrt else arb(2) ** -300
                if ball.rad() <= arb(2) ** -BITS * ball.abs_lower().max(least):
                    return ball
                if q is not None and ball.abs_upper() <= least:
                    return arb(0, least)  # of laws that are one, in different families
                failure = EnclosureError(f"the narrowest enclosure is {ball.str(8)}")
        except GrowthError:
            raise
        except EnclosureError as error:
            failure = error
    raise failure


def _numbers(p: Law, q: Law | None) -> dict[str, Any]:
    return {**p.parameters("p."), **({} if q is None else q.parameters("q."))}


class _Form(NamedTuple):
    """A family and the parameters that are given: what its formulas depend on besides values."""

    family: type[Law]
    given: tuple[str, ...]


def _form_of(law: Law) -> _Form:
    return _Form(type(law), tuple(law.parameters()))


def _on_symbols(form: _Form, prefix: str) -> tuple[Law, dict[str, sympy.Symbol]]:
    made = {
        prefix + name: sympy.Symbol(prefix + name, **_assumptions(form.family.domains[name])) for name in form.given
    }
    law = form.family(**{name: made[prefix + name] for name in form.given})
    return law, made


def _assumptions(domain: Domain) -> dict[str, bool]:
    return {"positive": True} if domain.low == 0 and not domain.low_closed else {"real": True}


@cache
def _trace(first: _Form, second: _Form | None) -> Traced:
    p, parameters = _on_symbols(first, "p.")
    laws = [p]
    if second is not None:
        q, others = _on_symbols(second, "q.")
        laws, parameters = [p, q], {**parameters, **others}
    if p.discrete:
        x = variable = sympy.Symbol("k", integer=True, nonnegative=True)
        log_slope, kinks = sympy.Integer(0), ()
    else:
        variable = sympy.Symbol("v", real=True)
        coordinate = p._coordinate(symbols)
        x, log_slope = coordinate.point(variable, symbols), coordinate.log_slope(variable, symbols)
        kinks = tuple(coordinate.inverse(law.loc, symbols) for law in laws if isinstance(law, Laplace))
    log_p, *log_q = (law._log_density(x, symbols) for law in laws)
    return Traced(variable, log_p + log_slope, log_p - sum(log_q), parameters, kinks)


# --- one value -------------------------------------------------------------------------------------------------------


def _integrand(
    trace: Traced, values: Mapping[sympy.Symbol, fmpq], wrt: str | None, at: fmpq | None = None
) -> tuple[Integrand, Integrand]:
    """exp(E) and L; or exp(E) and E' L + L', of which the derivative is the product.

    Absolute values are taken with the sign that their argument has at a point.
    """
    exponent, factor = trace.exponent, trace.log_ratio
    if wrt is not None:
        parameter = trace.parameters[wrt]
        factor = sympy.diff(exponent, parameter) * factor + sympy.diff(factor, parameter)
    if at is not None:
        here = {**values, trace.variable: at}
        exponent, factor = (_without_kinks(part, here) for part in (exponent, factor))
    return lower_exp(exponent, trace.variable, values), lower(factor, trace.variable, values)


def _without_kinks(expr: sympy.Expr, here: Mapping[sympy.Symbol, fmpq]) -> sympy.Expr:
    def side(argument: sympy.Expr) -> int:
        value = arb(value_of(argument, here))
        if not (value > 0 or value < 0):
            raise EnclosureError("the side of a kink is not decided at this precision")
        return 1 if value > 0 else -1

    return expr.replace(sympy.sign, side).replace(sympy.Abs, lambda argument: side(argument) * argument)


def _integral(p: Law, trace: Traced, values: Mapping[sympy.Symbol, fmpq], wrt: str | None) -> arb:
    numbers = {name: np.asarray(float(value)) for name, value in p.parameters().items()}
    coordinate = p.over(numbers)._coordinate(numpy_namespace)
    low, high = (None if end is None else exact(end) for end in (coordinate.low, coordinate.high))
    # Whole steps keep exponentials of the coordinate exact; a law of the line itself has its own scale.
    scale = exact(coordinate.spread) if coordinate.whole_line else fmpq(1)
    gaps = [gap for gap in _gaps(trace, values) if _inside(gap[0], low, high) and _inside(gap[1], low, high)]
    center = exact(float(np.float32(coordinate.center)))
    if _inside(center, low, high) and not any(a <= center <= b for a, b in gaps):
        gaps.append((center, center))
    gaps.sort()
    total, end = arb(0), low
    for a, b in [*gaps, (high, high)]:
        weight, factor = _integrand(trace, values, wrt, _between(end, a))
        total += integrate(_product(weight, factor), end, a, bits=ctx.prec - 64, scale=scale, max_evaluations=40_000)
        end = b
    weight, factor = _integrand(trace, values, wrt)
    for a, b in gaps:
        if a < b:  # a kink: too narrow for more than a bound on what is there
            there = hull(a, b)
            total += weight(there, _REALS) * factor(there, _REALS) * (b - a)
    return total


def _product(weight: Integrand, factor: Integrand) -> Integrand:
    return lambda v, ns: weight(v, ns) * factor(v, ns)


def _gaps(trace: Traced, values: Mapping[sympy.Symbol, fmpq]) -> list[tuple[fmpq, fmpq]]:
    """Rationals on both sides of each kink, as close as the precision lets them be."""
    gaps: list[tuple[fmpq, fmpq]] = []
    for kink in trace.kinks:
        try:
            ball = arb(value_of(kink, values))
        except EnclosureError:
            continue  # a point beyond the support has no coordinate, and there is no kink within
        margin = arb(2) ** (8 - ctx.prec) * (1 + abs(ball))
        gap = _rational((ball - margin).lower()), _rational((ball + margin).upper())
        if gaps and gap[0] <= gaps[0][1] and gaps[0][0] <= gap[1]:  # there are two at most
            gap = min(gap[0], gaps[0][0]), max(gap[1], gaps[0][1])
            gaps.clear()
        gaps.append(gap)
    return gaps


def _rational(value: arb) -> fmpq:
    mantissa, exponent = value.mid().man_exp()
    return fmpq(mantissa) * fmpq(2) ** int(exponent)


def _inside(point: fmpq, low: fmpq | None, high: fmpq | None) -> bool:
    return (low is None or point > low) and (high is None or point < high)


def _between(low: fmpq | None, high: fmpq | None) -> fmpq:
    if low is None:
        return fmpq(0) if high is None else high - fmpq(1)
    return low + fmpq(1) if high is None else (low + high) / fmpq(2)


# --- arrays ----------------------------------------------------------------------------------------------------------


def kl_by_quadrature(p: Law, q: Law, infinite: Any, shape: tuple[int, ...], xp: Any) -> tuple[Array, Array]:
    """KL(p ‖ q) and a bound on its error, over arrays of one namespace; tensors keep their gradient.

    Args:
        p, q: laws of one variable over arrays.
        infinite: where the divergence is known to be +∞: a truth value, or a mask.
        shape: the broadcast batch shape.
        xp: the array namespace.

    Raises:
        ValueError: there is no certified value at some of the parameters; the error says why.
    """
    if special.symbolic(xp):
        return _unevaluated(p, q), sympy.Integer(0)
    hopeless = np.broadcast_to(infinite if isinstance(infinite, bool) else to_numpy(infinite), shape)
    return _on_arrays(_Divergence(p, q, hopeless), {**p.parameters("p."), **q.parameters("q.")}, shape)


def entropy_by_quadrature(p: Law, shape: tuple[int, ...], xp: Any) -> Array:
    """The entropy of p, of the batch shape."""
    if special.symbolic(xp):
        return -_unevaluated(p, None)
    value, _ = _on_arrays(_Divergence(p, None, np.zeros(shape, dtype=bool)), p.parameters("p."), shape)
    return -value


def _unevaluated(p: Law, q: Law | None) -> sympy.Expr:
    """The integral or the sum itself, for laws over expressions."""
    support = p._support(symbols)
    assumptions: dict[str, bool] = {"integer": True} if p.discrete else {"real": True}
    x = sympy.Symbol("x", **assumptions, **({"nonnegative": True} if support.low == 0 else {}))
    log_p, *log_q = (law._log_density(x, symbols) for law in (p, q) if law is not None)
    limits = (x, *(symbols.asarray(end) for end in (support.low, support.high)))
    return (sympy.Sum if p.discrete else sympy.Integral)(sympy.exp(log_p) * (log_p - sum(log_q)), limits)


class _Divergence(NamedTuple):
    """Divergences over a broadcast shape, element by element."""

    p: Law
    q: Law | None
    infinite: np.ndarray

    def values(self, arrays: Mapping[str, np.ndarray], wrt: str | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The values (or derivatives) and bounds on their errors, at parameters of the broadcast shape."""
        value, error = np.full(self.infinite.shape, np.inf), np.zeros(self.infinite.shape)
        for index in np.ndindex(self.infinite.shape):
            numbers = {name: float(array[index]) for name, array in arrays.items()}
            if any(math.isnan(number) for number in numbers.values()):
                value[index] = error[index] = math.nan
            elif self.infinite[index]:
                value[index] = math.inf if wrt is None else 0.0
            else:
                value[index], error[index] = self._one(numbers, wrt)
        return value, error

    def is_whole(self, name: str) -> bool:
        """Whether a parameter is a whole number, in which there is no derivative."""
        side, _, parameter = name.partition(".")
        law = self.p if side == "p" or self.q is None else self.q
        return law.domains[parameter].whole

    def _one(self, numbers: Mapping[str, float], wrt: str | None) -> tuple[float, float]:
        first = self.p.over(numbers, "p.")
        second = None if self.q is None else self.q.over(numbers, "q.")
        try:
            ball = certified_kl(first, second, wrt=wrt)
        except (EnclosureError, OverflowError) as error:  # some hint of where the law lives is beyond the largest float
            pair = type(self.p).__name__ + ("" if self.q is None else f" ‖ {type(self.q).__name__}")
            at = ", ".join(f"{name} = {number!r}" for name, number in numbers.items())
            raise ValueError(f"no certified value of {pair} at {at}: {error}") from None
        value = float(ball.mid())
        if wrt is None and second is not None:
            value = max(value, 0.0)
        return value, float((abs(ball - value)).upper())


def _on_arrays(divergence: _Divergence, parameters: Mapping[str, Array], shape: tuple[int, ...]) -> tuple[Array, Array]:
    like = next(iter(parameters.values()))
    arrays = {name: np.broadcast_to(to_numpy(array), shape) for name, array in parameters.items()}
    if is_torch(like) and any(array.requires_grad for array in parameters.values()):
        pair: tuple[Array, Array] = _differentiable().apply(divergence, arrays, *parameters.values())
        return pair
    value, error = divergence.values(arrays)
    return _as(like, value), _as(like, error)


def _as(like: Array, values: np.ndarray) -> Array:
    """The values in the dtype, library and device of an array."""
    device = device_of(like)
    placed = {} if device is None else {"device": device}
    return namespace(like).asarray(values, dtype=like.dtype, **placed)


@cache
def _differentiable() -> Any:
    """The divergence as a function of tensors, whose derivatives are certified integrals as well."""
    import torch

    class Certified(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, divergence: _Divergence, arrays: Any, *parameters: Array) -> tuple[Array, Array]:
            ctx.divergence, ctx.arrays, ctx.shapes = divergence, arrays, [array.shape for array in parameters]
            value, error = (_as(parameters[0], each) for each in divergence.values(arrays))
            ctx.mark_non_differentiable(error)
            return value, error

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx: Any, grad: Array, _: Array) -> tuple[Any, ...]:
            gradients: list[Any] = []
            for name, shape, needed in zip(ctx.arrays, ctx.shapes, ctx.needs_input_grad[2:], strict=True):
                if not needed or ctx.divergence.is_whole(name):
                    gradients.append(None)
                    continue
                slope, _ = ctx.divergence.values(ctx.arrays, name)
                gradients.append((grad * _as(grad, slope)).sum_to_size(shape))
            return None, None, *gradients

    return Certified
