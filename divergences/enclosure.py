r"""Certified values and integrals in ball arithmetic (Arb, through python-flint; loaded with this module).

Integrands are functions ``f(x, ns)`` of one real variable over a namespace (`divergences.balls`), and are run on

* `Balls`: complex balls, for quadrature; holds the ``analytic`` flag and forwards it to every function with a
  branch cut, without which enclosures of integrals are confidently wrong;
* `Tails`: growth bounds (`divergences.tails`), for what is left out beyond a finite interval.

A ball that is not finite is a failure (`EnclosureError`), never an agreement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any

from flint import acb, arb, ctx, fmpq

from divergences.balls import NAN, Balls, Reals, Tails, UndefinedError, finite, precision
from divergences.tails import EnclosureError, Tail, decay, hull, identity

if TYPE_CHECKING:
    import sympy


class GrowthError(EnclosureError):
    """Nothing that more precision would help: no tail bound, or an enclosure that stays wide."""


Integrand = Callable[[Any, Any], Any]

MAX_PRECISION = 4096
_REALS, _PLAIN, _ANALYTIC = Reals(), Balls(False), Balls(True)


# --- integrals -----------------------------------------------------------------------------------------------------


def integrate(
    f: Integrand,
    low: Any,
    high: Any,
    *,
    bits: int = 64,
    center: Any = 0,
    scale: Any = 1,
    max_evaluations: int = 12_000,
) -> arb:
    r"""A ball that certainly holds :math:`\int_{low}^{high} f(x)\,dx`.

    Infinite ends (``None``) are cut off where the bound on what is left out, derived by running f on `Tails`, is
    small; that bound widens the ball. At a finite end where f is unbounded or not analytic,
    :math:`x = end \pm w e^{-y}` turns it into an infinite one.

    Args:
        f: the integrand ``f(x, ns)``; smooth inside the interval, or the quadrature is slow.
        low, high: rationals or balls; ``None`` is -infinity or +infinity.
        bits: the relative accuracy asked of the quadrature (the answer's radius says what was had); computed at
            the current precision, which should exceed it.
        center, scale: where an integrand on an infinite range lives; any values are sound.
        max_evaluations: calls of f after which the quadrature stops, with a wider ball.

    Raises:
        EnclosureError: no finite ball, or no tail bound.

    Reference: F. Johansson, "Numerical integration in arbitrary-precision ball arithmetic" (2018).

    >>> with precision(80):
    ...     value = integrate(lambda x, ns: ns.exp(-x * x), None, None)
    ...     print(value.contains(arb.pi().sqrt()), value.rad() < 1e-18)
    True True
    """
    limits: dict[str, Any] = {
        "rel_tol": arb(2) ** -bits,
        "abs_tol": arb(2) ** (-4 * bits),
        "eval_limit": max_evaluations,
    }

    def quadrature(g: Integrand, a: Any, b: Any) -> arb:
        raised: list[BaseException] = []

        def callback(x: acb, analytic: bool) -> acb:
            # The integrator neither stops at an exception nor hands it on: the rest of its calls are made cheap.
            if raised:
                return NAN
            try:
                return acb(g(x, _ANALYTIC if analytic else _PLAIN))
            except BaseException as error:
                raised.append(error)
                return NAN

        try:
            value = acb.integral(callback, a, b, **limits)
        except SystemError as error:  # raised in the callback, outside its own `try`: a time limit may strike anywhere
            raise error.__cause__ or error from None
        if raised:
            raise raised[0]
        if not value.is_finite() or not value.imag.contains(0):
            raise EnclosureError("the integral has no finite enclosure at this precision")
        return value.real

    def target(g: Integrand) -> arb:
        """What may be left out: little against the integrand's size near 0. Any value is sound."""
        values = [acb(g(acb(y), _PLAIN)).real for y in (0.25, 0.5, 1, 2, 4)]
        if all(value.contains(0) and not value.rad() < 1 for value in values):
            raise EnclosureError("nothing is known of the integrand at this precision")
        sizes = [abs(value).upper() for value in values]
        return max((size for size in sizes if size > 0 and size.is_finite()), default=arb(1)) * arb(2) ** (-bits - 8)

    def infinite(g: Integrand) -> arb:
        """The integral of g over (0, oo)."""
        end, left_out = cut(
            lambda start: g(identity(start), Tails(start)), target(g), start=fmpq(int((1.4 * bits) ** 0.5) + 1)
        )
        return quadrature(g, 0, end) + arb(0, left_out)

    def singular(g: Integrand, width: Any) -> arb:
        """The integral of g over (0, width), g running on the distance from an end where it may be singular."""

        def substituted(y: Any, ns: Any) -> Any:
            distance = width * ns.exp(-y)
            return g(distance, ns) * distance

        def far(start: fmpq) -> Tail:
            distance = width * decay(start)
            return g(distance, Tails(start)) * distance

        end, left_out = cut(far, target(substituted), start=fmpq(int(0.7 * bits) + 2))
        # The distance falls to e^-end, and f may recover it as a difference of the end and x.
        with precision(ctx.prec + 2 * int(end.p // end.q)):
            return quadrature(substituted, 0, end) + arb(0, left_out)

    def half(g: Integrand, width: Any) -> arb:
        """The integral of g over (0, width) where only the end at 0 is in question."""
        corners = (acb(hull(0, arb(width) / 2**k)) for k in (10, 40))
        if any(acb(g(corner, _ANALYTIC)).is_finite() for corner in corners):
            return quadrature(g, 0, width)
        return singular(g, width)

    def probe(g: Integrand) -> None:
        """Raises where g is undefined on a whole ball, which no quadrature would ever get over."""
        for y in (0.25, 2, 4):
            g(arb(y, 0.001), _REALS)

    low, high, center, scale = (fmpq(x) if isinstance(x, int) else x for x in (low, high, center, scale))
    if low is None or high is None:
        start = center if low is high else (low if high is None else high)
        if low is None and high is None:
            start = _heaviest(f, start, scale)
            rays = [lambda y, ns, side=side: f(start + side * y, ns) * scale for side in (scale, -scale)]
            for ray in rays:
                probe(ray)
            return infinite(rays[0]) + infinite(rays[1])
        sign = 1 if high is None else -1
        probe(lambda y, ns: f(start + sign * scale * y, ns))
        near = half(lambda y, ns: f(start + sign * y, ns), scale)
        return near + infinite(lambda y, ns: f(start + sign * scale * (y + 1), ns) * scale)
    width = (high - low) / 2
    if not arb(width) >= 0:
        raise EnclosureError("the ends of the interval are not certainly in order")
    probe(lambda y, ns: f(low + width * y / 5, ns))
    return half(lambda y, ns: f(low + y, ns), width) + half(lambda y, ns: f(high - y, ns), width)


def _heaviest(f: Integrand, center: Any, scale: Any) -> Any:
    """Where |f| is largest among points ever further from the center; the center itself unless that is far away."""

    def size(x: Any) -> arb:
        value = abs(acb(f(acb(x), _PLAIN)).real)
        return value.mid() if value.is_finite() else arb(-1)

    points = [center, *(center + side * scale * 4**k for k in range(1, 11) for side in (1, -1))]
    sizes = [size(x) for x in points]
    best = max(range(len(points)), key=lambda i: sizes[i])
    if best == 0:
        return center
    x, largest = arb(points[best]).mid(), sizes[best]
    step = abs(x - center).mid() / 2
    while step > scale:
        for other in (x - step, x + step):
            if (there := size(other)) > largest:
                x, largest = other.mid(), there
        step = step / 2
    return x


def cut(tail: Callable[[fmpq], Tail], tolerance: arb, *, start: fmpq) -> tuple[fmpq, arb]:
    """A point from `start` on, and a bound, below the tolerance, on the integral of the absolute value beyond it."""
    reason: EnclosureError | None = None
    for _ in range(24):
        try:
            left_out = tail(start).integral()
        except EnclosureError as error:
            reason = error
        else:
            if left_out < tolerance:
                return start, left_out
        start = start * fmpq(4, 3)
    raise GrowthError(f"no bound on the tail of an integral: {reason or 'it decreases too slowly'}")


# --- symbolic expressions ------------------------------------------------------------------------------------------


def exact(value: Fraction | int | float) -> fmpq:
    """The number itself as a ball arithmetic rational; a float stands for the binary fraction that it is."""
    fraction = Fraction(value)
    return fmpq(fraction.numerator, fraction.denominator)


def evaluate(expr: sympy.Expr, values: Mapping[sympy.Symbol, Fraction], *, bits: int = 64) -> arb:
    r"""A ball that certainly holds the value of a sympy expression at rational values of its symbols.

    The precision is raised until the radius is at most :math:`2^{-bits}` relative (absolute below :math:`2^{-bits}`).

    Args:
        expr: a real expression of elementary functions, erf, log-gamma, polygamma, Min, Max, Piecewise.
        values: an exact value for each free symbol.
        bits: relative accuracy.

    Raises:
        UndefinedError: the expression certainly has no real value there.
        EnclosureError: it uses a function without an enclosure, or none was narrow enough.

    >>> import sympy
    >>> x = sympy.Symbol("x")
    >>> evaluate(sympy.log(1 + x) - x, {x: Fraction(1, 10**8)}).str(10)
    '[-4.999999967e-17 +/- 3.34e-27]'
    """
    point = {symbol: exact(value) for symbol, value in values.items()}
    return narrow(lambda: value_of(expr, point), bits=bits)


def narrow(compute: Callable[[], Any], *, bits: int, cap: int = MAX_PRECISION) -> arb:
    r"""The ball of `compute` at the first precision where its radius is at most :math:`2^{-bits}\max(|x|, 2^{-bits})`.

    Raises:
        EnclosureError: no precision up to `cap` bits was enough.
    """
    working, radius = bits + 48, arb.pos_inf()
    failure = EnclosureError(f"no enclosure is as narrow as 2^-{bits} at {cap} bits")
    while working <= cap:
        try:
            with precision(working):
                value = finite(compute())
                if value.rad() <= arb(2) ** -bits * max(value.abs_lower(), arb(2) ** -bits):
                    return value
                if value.rad() >= radius:  # it is not rounding that makes it wide
                    raise GrowthError(f"no enclosure is as narrow as 2^-{bits}")
                radius = value.rad()
        except (UndefinedError, GrowthError):
            raise
        except EnclosureError as error:
            failure = error
        working *= 2
    raise failure


def value_of(expr: Any, point: Mapping[Any, fmpq]) -> Any:
    """The value of an expression at the present precision: an fmpq where exact, else an arb."""
    if expr.is_Symbol:
        if expr not in point:
            raise EnclosureError(f"{expr} has no value")
        return point[expr]
    if expr.is_Rational:
        return fmpq(int(expr.p), int(expr.q))
    if expr.is_Float:
        return exact(float(expr))
    name = type(expr).__name__
    if name == "Piecewise":
        for branch, condition in expr.args:
            if _holds(condition, point):
                return value_of(branch, point)
        raise UndefinedError("no case of a piecewise definition applies")
    arguments = [value_of(argument, point) for argument in expr.args]
    if expr.is_Add:
        return sum(arguments, fmpq(0))
    if expr.is_Mul:
        product: Any = fmpq(1)
        for factor in arguments:
            product = product * factor
        return product
    if name not in _SYMPY:
        raise EnclosureError(f"no enclosure of {name}")
    return _SYMPY[name](*arguments)


def _holds(condition: Any, point: Mapping[Any, fmpq]) -> bool:
    if condition in (True, False):
        return bool(condition)
    if type(condition).__name__ not in _RELATIONS:
        raise EnclosureError(f"no decision on {condition}")
    left, right = (arb(value_of(side, point)) for side in condition.args)
    holds, fails = _RELATIONS[type(condition).__name__](left, right)
    if not (holds or fails):
        raise EnclosureError(f"{condition} is not decided at this precision")
    return bool(holds)


_RELATIONS: dict[str, Callable[[arb, arb], tuple[bool, bool]]] = {
    "StrictLessThan": lambda a, b: (a < b, a >= b),
    "LessThan": lambda a, b: (a <= b, a > b),
    "StrictGreaterThan": lambda a, b: (a > b, a <= b),
    "GreaterThan": lambda a, b: (a >= b, a < b),
    "Equality": lambda a, b: (a == b, a != b),
    "Unequality": lambda a, b: (a != b, a == b),
}
_SYMPY: dict[str, Callable[..., Any]] = {
    "Pow": _REALS.power,
    "exp": _REALS.exp,
    "log": _REALS.log,
    "sin": _REALS.sin,
    "cos": _REALS.cos,
    "Abs": _REALS.abs,
    "sign": lambda x: arb(x).sgn(),
    "Min": lambda *xs: reduce(_REALS.min, xs),
    "Max": lambda *xs: reduce(_REALS.max, xs),
    "erf": lambda x: arb(x).erf(),
    "erfc": lambda x: arb(x).erfc(),
    "tanh": lambda x: arb(x).tanh(),
    "sinh": lambda x: arb(x).sinh(),
    "asinh": lambda x: arb(x).asinh(),
    "cosh": lambda x: arb(x).cosh(),
    "besseli": lambda n, x: arb(x).bessel_i(arb(n)),
    "expint": lambda n, x: arb(x).expint(arb(n)),
    "loggamma": _REALS.lgamma,
    "gamma": lambda x: arb(x).gamma(),
    "polygamma": lambda n, x: acb(arb(x)).polygamma(n).real,
    "Pi": arb.pi,
    "Exp1": arb.const_e,
    "EulerGamma": arb.const_euler,
}
