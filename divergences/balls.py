"""The real functions of a claim on real balls, on complex balls inside a quadrature, and on growth bounds.

A function of one real variable is written once over a namespace, ``f(x, ns)`` with ``+ - *`` and ``ns.divide``,
``ns.log``, ``ns.exp``, ``ns.power``, ..., and is run on `Reals`, `Balls` or `Tails`. Loads python-flint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flint import acb, arb, ctx, fmpq

from divergences.tails import EnclosureError, Tail, constant, from_flat, hull


class UndefinedError(EnclosureError):
    """The expression certainly has no real value here: the logarithm of a negative number, a division by zero."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Compute with `bits` bits inside; Arb's precision belongs to the whole process and is put back after.

    >>> with precision(200):
    ...     two = arb(2).sqrt() ** 2
    >>> bool(two.contains(2)), bool(two.rad() < 1e-55)
    (True, True)
    """
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


class Reals:
    """The namespace of real balls. Raises `UndefinedError` where the argument is certainly outside the domain."""

    def log(self, x: Any) -> arb:
        x = arb(x)
        if x <= 0:
            raise UndefinedError(f"the logarithm of {_show(x)}")
        return x.log()

    def exp(self, x: Any) -> arb:
        return arb(x).exp()

    def sqrt(self, x: Any) -> arb:
        x = arb(x)
        if x < 0:
            raise UndefinedError(f"the square root of {_show(x)}")
        return x.sqrt()

    def power(self, x: Any, exponent: Any) -> Any:
        n = _integer(exponent)
        if n is not None:
            if n < 0 and (x == 0):
                raise UndefinedError("a negative power of zero")
            if isinstance(x, arb) and 0 < n <= 64 and x.contains(0):  # where Arb's power has no enclosure
                return _product(x, n)
            return x**n if abs(n) <= 64 or isinstance(x, arb) else arb(x) ** n
        x = arb(x)
        if x == 0 and arb(exponent) > 0:
            return fmpq(0)
        return (exponent * self.log(x)).exp()

    def divide(self, x: Any, y: Any) -> Any:
        if y == 0:
            raise UndefinedError("a division by zero")
        return x / y

    def abs(self, x: Any) -> Any:
        return abs(x)

    def min(self, x: Any, y: Any) -> Any:
        return arb(x).min(arb(y))

    def max(self, x: Any, y: Any) -> Any:
        return arb(x).max(arb(y))

    def indicator(self, holds: Callable[[Any], bool], difference: Any) -> Any:
        if not (difference > 0 or difference < 0 or difference == 0):
            return hull(0, 1)
        return fmpq(int(bool(holds(difference))))

    def sin(self, x: Any) -> arb:
        return arb(x).sin()

    def cos(self, x: Any) -> arb:
        return arb(x).cos()

    def sigmoid(self, x: Any) -> arb:
        return 1 / (1 + (-arb(x)).exp())

    def softplus(self, x: Any) -> arb:
        # log(1 + e^x) = max(x, 0) + log1p(e^-|x|), which neither overflows nor loses digits.
        x = arb(x)
        return x.max(arb(0)) + (-abs(x)).exp().log1p()

    def lgamma(self, x: Any) -> arb:
        x = arb(x)
        if x <= 0:
            raise UndefinedError(f"lgamma is taken at positive numbers only, not at {_show(x)}")
        return x.lgamma()

    def digamma(self, x: Any) -> arb:
        return arb(x).digamma()

    def Phi(self, x: Any) -> arb:
        return (-arb(x) / arb(2).sqrt()).erfc() / 2


class Balls:
    """The namespace of complex balls inside a quadrature, with the flag of the present call."""

    def __init__(self, analytic: bool) -> None:
        self.analytic = analytic

    def _cut(self, x: acb) -> bool:
        """Whether a real function with domain (0, oo) may be undefined on x, or its continuation jump there."""
        return bool(x.imag.contains(0)) and not x.real > 0

    def log(self, x: Any) -> acb:
        x = acb(x)
        return NAN if self._cut(x) else x.log(analytic=self.analytic)

    def exp(self, x: Any) -> acb:
        return acb(x).exp()

    def sqrt(self, x: Any) -> acb:
        x = acb(x)
        return NAN if x.imag.contains(0) and x.real < 0 else x.sqrt(analytic=self.analytic)

    def power(self, x: Any, exponent: Any) -> acb:
        n = _integer(exponent)
        return acb(x) ** n if n is not None else (exponent * self.log(x)).exp()

    def divide(self, x: Any, y: Any) -> Any:
        return x / y

    def abs(self, x: Any) -> acb:
        return acb(x).real_abs(analytic=self.analytic)

    def min(self, x: Any, y: Any) -> acb:
        return acb(x).real_min(acb(y), analytic=self.analytic)

    def max(self, x: Any, y: Any) -> acb:
        return acb(x).real_max(acb(y), analytic=self.analytic)

    def indicator(self, holds: Callable[[Any], bool], difference: Any) -> acb:
        real = acb(difference).real
        if real > 0 or real < 0:  # constant on the real part of the ball
            return acb(int(bool(holds(real))))
        return NAN if self.analytic else acb(hull(0, 1))

    def sin(self, x: Any) -> acb:
        return acb(x).sin()

    def cos(self, x: Any) -> acb:
        return acb(x).cos()

    def sigmoid(self, x: Any) -> acb:
        return 1 / (1 + (-acb(x)).exp())

    def softplus(self, x: Any) -> acb:
        x = acb(x)
        if x.real > 0:  # there |e^-x| < 1, so that both sides of log(1 + e^x) = x + log(1 + e^-x) are analytic
            return x + self.log(1 + (-x).exp())
        return self.log(1 + x.exp())

    def lgamma(self, x: Any) -> acb:
        x = acb(x)
        return NAN if self._cut(x) else x.lgamma()

    def digamma(self, x: Any) -> acb:
        return acb(x).digamma()

    def Phi(self, x: Any) -> acb:
        return (-acb(x) / arb(2).sqrt()).erfc() / 2


class Tails:
    """The namespace of growth bounds."""

    def __init__(self, start: fmpq) -> None:
        self.start = start

    def _lift(self, x: Any) -> Tail:
        return x if isinstance(x, Tail) else constant(x, self.start)

    def _within(self, low: int, high: int) -> Tail:
        return from_flat((hull(low, high),), self.start)

    def log(self, x: Any) -> Tail:
        return self._lift(x).logarithm()

    def exp(self, x: Any) -> Tail:
        return self._lift(x).exp()

    def sqrt(self, x: Any) -> Tail:
        return self._lift(x).power(fmpq(1, 2))

    def power(self, x: Any, exponent: Any) -> Tail:
        return self._lift(x).power(exponent)

    def divide(self, x: Any, y: Any) -> Tail:
        return self._lift(x) / y

    def abs(self, x: Any) -> Tail:
        return self._lift(x).absolute()

    def min(self, x: Any, y: Any) -> Tail:
        first, second = self._lift(x), self._lift(y)
        for one, other in ((first, second), (second, first)):
            # The lesser of two positive functions is at most a constant one.
            if one.terms is not None and one.terms.keys() == {(0, 0)} and one.log is not None and other.log is not None:
                return from_flat((hull(0, one.terms[0, 0]),), self.start)
        return first.maximum(second)  # the hull that encloses the one encloses the other

    def max(self, x: Any, y: Any) -> Tail:
        return self._lift(x).maximum(y)

    def indicator(self, holds: Callable[[Any], bool], difference: Any) -> Tail:
        return self._within(0, 1)

    def sin(self, x: Any) -> Tail:
        return self._within(-1, 1)

    def cos(self, x: Any) -> Tail:
        return self._within(-1, 1)

    def sigmoid(self, x: Any) -> Tail:
        # log sigmoid(x) = -softplus(-x)
        return (-(-self._lift(x)).softplus()).exp()

    def softplus(self, x: Any) -> Tail:
        return self._lift(x).softplus()

    def lgamma(self, x: Any) -> Tail:
        # Convex with a decreasing second derivative: between its tangent at the start a and the parabola above it.
        a, step = self._lift(x).increasing_line()
        bend = (step * step * acb(a).polygamma(1).real / 2).upper()
        at, slope = (a.lgamma(), a.digamma() * step)
        return self._taylor(at, slope, hull(0, bend))

    def digamma(self, x: Any) -> Tail:
        # Increasing and concave: between its value at the start and its tangent there.
        a, step = self._lift(x).increasing_line()
        return self._taylor(a.digamma(), hull(0, acb(a).polygamma(1).real * step), fmpq(0))

    def _taylor(self, value: arb, slope: arb, half_bend: Any) -> Tail:
        """value + slope (y - start) + half_bend (y - start)^2."""
        s = self.start
        return from_flat((value - slope * s + half_bend * s * s, slope - 2 * half_bend * s, half_bend), s)

    def Phi(self, x: Any) -> Tail:
        return self._within(0, 1)


NAN = acb(arb.nan(), arb.nan())
_PLAIN, _ANALYTIC = Balls(False), Balls(True)


def _integer(exponent: Any) -> int | None:
    return int(exponent.p) if isinstance(exponent, fmpq) and exponent.q == 1 else None


def _product(x: arb, n: int) -> arb:
    """x^n by squaring, and non-negative for even n."""
    half = _product(x, n // 2) if n > 1 else arb(1)
    square = hull(0, (half * half).upper()) if half.contains(0) else half * half
    return square * x if n % 2 else square


def _show(x: Any) -> str:
    return str(x.str(6, radius=False)) if isinstance(x, arb) else str(x)


def finite(value: Any, what: str = "the value") -> arb:
    """The ball itself, if it is finite."""
    value = arb(value)
    if not value.is_finite():
        raise EnclosureError(f"{what} has no finite enclosure at this precision")
    return value
