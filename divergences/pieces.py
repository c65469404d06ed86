r"""Certified expectations under a law of functions of other laws' densities, which may begin, end or bend anywhere.

.. math:: E_c\big[F(r_1(x), \ldots, r_n(x))\big], \qquad r_i(x) = \log d_i(x) - \log c(x)

The range of c is cut where a density begins, ends or has a kink; between the cuts all of them are analytic, and F says
how the integrand is enclosed. Sums over whole numbers are bounded beyond their last term by the caller's bound on F.
Laws are over single numbers. Loads sympy and python-flint.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import array_api_compat.numpy as numpy_namespace
import numpy as np
import sympy
from flint import arb, ctx, fmpq

from divergences import symbols
from divergences.balls import Reals, Tails, precision
from divergences.enclosure import GrowthError, Integrand, exact, integrate, value_of
from divergences.families import UNIVARIATE
from divergences.families.laplace import Laplace
from divergences.families.law import Law
from divergences.families.von_mises import VonMises
from divergences.lowering import lower, lower_exp
from divergences.quadrature import BITS, PRECISIONS, _form_of, _numbers, _on_symbols, _trace, _without_kinks
from divergences.summation import _RATIOS, MAX_TERMS
from divergences.tails import EnclosureError, hull

_REALS = Reals()

#: F on the values r_i (None where d_i has no mass) over a namespace of ball arithmetic.
Combination = Callable[[list[Any], Any], Any]


def narrowest(compute: Callable[[], arb]) -> arb:
    """The ball of `compute` at the first precision where it is as narrow as a float, or its radius below 2^-158.

    Raises:
        EnclosureError: it is at none of the precisions.
    """
    failure = EnclosureError("no precision was tried")
    for bits in PRECISIONS:
        try:
            with precision(bits):
                ball = compute()
                if ball.rad() <= arb(2) ** -BITS * ball.abs_lower().max(arb(2) ** -100):
                    return ball
                failure = EnclosureError(f"the narrowest enclosure is {ball.str(8)}")
        except GrowthError:
            raise
        except EnclosureError as error:
            failure = error
    raise failure


def univariate(law: Law) -> Law:
    """The law itself, if it is one that integrals are taken under."""
    if type(law) not in UNIVARIATE:
        raise ValueError(f"no certified integral under a law of {type(law).__name__} is known")
    return law


# --- densities -------------------------------------------------------------------------------------------------------


def expectation(law: Law, others: Sequence[Law], combine: Combination, *, most: arb | None = None) -> arb:
    """E_law[F(r)] at the present precision, for laws with a density.

    Args:
        law: the law c.
        others: the laws d_i; c itself may be among them.
        combine: F, which is handed None for a law without mass on a piece of the range.
        most: where given, 0 ≤ F ≤ most, which then bounds the tails.

    Raises:
        EnclosureError: there is no finite ball at this precision.
    """
    with_values = [_traced(law, other) for other in others]
    exponent, own_values = _traced(law, law)
    numbers = {name: np.asarray(float(value)) for name, value in law.parameters().items()}
    coordinate = law.over(numbers)._coordinate(numpy_namespace)
    low, high = (None if end is None else _end(law, end) for end in (coordinate.low, coordinate.high))
    scale = exact(coordinate.spread) if coordinate.whole_line else fmpq(1)
    center = exact(float(np.float32(coordinate.center)))
    total, left = arb(0), low
    for right in [*_cuts(law, others), high]:
        inside = _between(left, right)
        weight = lower_exp(
            _bent(exponent.exponent, exponent.variable, own_values, inside), exponent.variable, own_values
        )
        point = arb(value_of(_point(_form_of(law)), {**own_values, exponent.variable: inside}))
        ratios = [
            _ratio(law, other, traced, values, inside) if _holds(other, point) else None
            for other, (traced, values) in zip(others, with_values, strict=True)
        ]
        total += integrate(
            _integrand(weight, ratios, combine, most),
            left,
            right,
            bits=ctx.prec - 64,
            center=center,
            scale=scale,
            max_evaluations=60_000,
        )
        left = right
    return total


def _integrand(weight: Integrand, ratios: list[Integrand | None], combine: Combination, most: arb | None) -> Integrand:
    def integrand(v: Any, ns: Any) -> Any:
        if most is not None and isinstance(ns, Tails):
            return weight(v, ns) * hull(0, most)
        return weight(v, ns) * combine([None if ratio is None else ratio(v, ns) for ratio in ratios], ns)

    return integrand


def _traced(law: Law, other: Law) -> tuple[Any, dict[sympy.Symbol, fmpq]]:
    trace = _trace(_form_of(law), _form_of(other))
    return trace, {trace.parameters[name]: exact(float(value)) for name, value in _numbers(law, other).items()}


def _ratio(law: Law, other: Law, trace: Any, values: Any, inside: Any) -> Integrand:
    if same(law, other):
        return lambda v, ns: fmpq(0)
    return lower(_bent(-trace.log_ratio, trace.variable, values, inside), trace.variable, values)


def same(law: Law, other: Law) -> bool:
    """Whether two laws over single numbers are given by the same ones."""
    return type(law) is type(other) and {name: float(value) for name, value in law.parameters().items()} == {
        name: float(value) for name, value in other.parameters().items()
    }


def _bent(expr: sympy.Expr, variable: sympy.Symbol, values: Any, inside: Any) -> sympy.Expr:
    """The expression with absolute values taken as they are between two cuts."""
    return _without_kinks(expr, {**values, variable: inside})


@cache
def _point(form: Any) -> sympy.Expr:
    """x as an expression of the variable of `_trace`."""
    law, _ = _on_symbols(form, "p.")
    variable = sympy.Symbol("v", real=True)
    return law._coordinate(symbols).point(variable, symbols)


@cache
def _inverse(form: Any) -> tuple[sympy.Expr, sympy.Symbol]:
    """v as an expression of x."""
    law, _ = _on_symbols(form, "p.")
    x = sympy.Symbol("x", real=True)
    return law._coordinate(symbols).inverse(x, symbols), x


def _support(law: Law) -> tuple[Any, Any]:
    support = law._support(numpy_namespace)
    return tuple(None if math.isinf(end) else _end(law, end) for end in (float(support.low), float(support.high)))  # type: ignore[return-value]


def _end(law: Law, end: Any) -> Any:
    """An end as the number that it stands for: angles end at π, and not at the float next to it."""
    return math.copysign(1.0, end) * arb.pi() if isinstance(law, VonMises) else exact(float(end))


def _holds(law: Law, point: arb) -> bool:
    """Whether a point, which is no end, lies between the ends of the support."""
    low, high = _support(law)
    for end, side in ((low, 1), (high, -1)):
        if end is None:
            continue
        above = side * (point - end)
        if above < 0:
            return False
        if not above > 0:
            raise EnclosureError("the side of an end is not decided at this precision")
    return True


def _cuts(law: Law, others: Sequence[Law]) -> list[Any]:
    """The sorted values of v at which a density begins, ends or has a kink inside the support of the law."""
    found = [exact(float(other.loc)) for other in (law, *others) if isinstance(other, Laplace)]
    found += [end for other in (law, *others) for end in _support(other) if end is not None]
    low, high = _support(law)
    inverse, x = _inverse(_form_of(law))
    _, values = _traced(law, law)
    # What is both a kink and an end is one cut.
    inside = {
        arb(cut).mid().man_exp(): value_of(inverse, {**values, x: cut})
        for cut in found
        if (low is None or arb(cut) > low) and (high is None or arb(cut) < high)
    }
    return sorted(inside.values(), key=lambda cut: float(arb(cut).mid()))


def _between(low: Any, high: Any) -> fmpq:
    """A rational between two cuts."""
    if low is None:
        return fmpq(0) if high is None else _rational(arb(high).lower()) - 1
    if high is None:
        return _rational(arb(low).upper()) + 1
    if not arb(low) < high:
        raise EnclosureError("the order of two cuts is not decided at this precision")
    return (_rational(arb(low).upper()) + _rational(arb(high).lower())) / 2


def _rational(value: arb) -> fmpq:
    mantissa, exponent = value.mid().man_exp()
    return fmpq(mantissa) * fmpq(2) ** int(exponent)


# --- masses ----------------------------------------------------------------------------------------------------------


def mass(law: Law) -> Callable[[int], arb]:
    """The probability of a whole number, 0 outside the support."""
    trace, values = _traced(law, law)
    weight = lower_exp(trace.exponent, trace.variable, values)
    low, high = (float(end) for end in (law._support(numpy_namespace).low, law._support(numpy_namespace).high))
    return lambda k: arb(weight(fmpq(k), _REALS)) if low <= k <= high else arb(0)


def sum_over_masses(
    weighted: Sequence[tuple[arb, Law]], term: Callable[[int], arb], bound: Callable[[int], Any]
) -> arb:
    r"""The sum of term(k) over the whole numbers that some of the laws have mass on.

    Args:
        weighted: laws and their weights.
        term: what is summed: :math:`|term(k)| \le bound(k) \sum_i w_i p_i(k)` for every k.
        bound: a polynomial of degree two at most, with non-negative coefficients.

    Raises:
        GrowthError: there are too many terms.
    """
    ends = [float(law._support(numpy_namespace).high) for _, law in weighted]
    last = max(ends)
    if last < math.inf:
        if last > MAX_TERMS:
            raise GrowthError(f"a sum of more than {MAX_TERMS} terms")
        return sum((term(k) for k in range(int(last) + 1)), arb(0))
    masses = [mass(law) for _, law in weighted]
    endless = [i for i, end in enumerate(ends) if end == math.inf]
    finite = max((end for end in ends if end < math.inf), default=0.0)
    total, k, step = arb(0), 0, 64
    while k < MAX_TERMS:
        for _ in range(step):
            total += term(k)
            k += 1
        step = k
        left_out, certain = arb(0), k > finite
        for i in endless:
            weight, law = weighted[i]
            shrink = arb(_RATIOS[type(law)](law, k)) * (1 + 1 / arb(k)) ** 2
            certain = certain and bool(shrink < 1)
            left_out += weight * masses[i](k) * bound(k) / (1 - shrink)
        if certain and left_out <= arb(2) ** (64 - ctx.prec) * abs(total).upper():
            return total + arb(0, left_out.upper())
    raise GrowthError(f"a sum of more than {MAX_TERMS} terms")
