r"""Upper bounds on what an integral leaves out beyond a point, derived from the integrand itself.

An integrand that is written once over a namespace can be run on a `Tail`: a set of functions of y, y >= start >= 1,
that holds the function at hand. Three descriptions are kept, each a superset of the truth, each optional:

* ``terms``: :math:`\sum c_{ij}\, y^i e^{-jy}` with the coefficients in balls (exact rationals where possible, so
  that ``1 - (1 - e^{-y})`` keeps its one term);
* ``log``: the function is positive and its logarithm is :math:`\sum_i q_i y^i` with the :math:`q_i` in balls
  (any value of each ball, another one for each y);
* ``bound``: its absolute value is at most :math:`\sum_t c_t\, y^{k_t} \exp(Q_t(y))`.

Operations that no description survives raise `EnclosureError`: no growth bound is ever guessed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flint import arb, fmpq

MAX_TERMS = 96


class EnclosureError(ArithmeticError):
    """No certified enclosure could be had; the message says of what and why. Never a statement about the value."""


class Bound(NamedTuple):
    """The function ``factor * y^power * exp(sum_i exponent[i] y^i)`` with upper bounds as numbers."""

    factor: Any
    power: int
    exponent: tuple[Any, ...]


def hull(a: Any, b: Any) -> arb:
    """The smallest ball that holds both."""
    return arb(a).union(arb(b))


def _upper(value: Any) -> arb:
    return arb(value).upper()


def _add(p: tuple[Any, ...], q: tuple[Any, ...]) -> tuple[Any, ...]:
    p, q = (p, q) if len(p) >= len(q) else (q, p)
    return tuple(a + q[i] if i < len(q) else a for i, a in enumerate(p))


def _hull(p: tuple[Any, ...], q: tuple[Any, ...]) -> tuple[Any, ...]:
    # Any value between p(y) and q(y) is t p(y) + (1 - t) q(y), hence has coefficients in the hulls.
    size = max(len(p), len(q))
    p, q = p + (fmpq(0),) * (size - len(p)), q + (fmpq(0),) * (size - len(q))
    return tuple(hull(a, b) for a, b in zip(p, q, strict=True))


class Tail:
    """A set of functions of y >= start; arithmetic on it encloses arithmetic on every member."""

    __slots__ = ("_bound", "log", "start", "terms")

    def __init__(
        self,
        start: fmpq,
        *,
        terms: dict[tuple[int, int], Any] | None = None,
        log: tuple[Any, ...] | None = None,
        bound: tuple[Bound, ...] | None = None,
    ) -> None:
        if (terms is not None and len(terms) > MAX_TERMS) or (bound is not None and len(bound) > MAX_TERMS):
            raise EnclosureError(f"the integrand's growth bound has more than {MAX_TERMS} terms")
        self.start, self.terms, self.log, self._bound = start, terms, log, bound

    @property
    def bound(self) -> tuple[Bound, ...]:
        """The function's growth bound, read off whichever description is there."""
        if self._bound is None:
            if self.log is not None and (self.terms is None or len(self.terms) > 1):
                self._bound = (Bound(arb(1), 0, tuple(_upper(q) for q in self.log)),)
            else:
                assert self.terms is not None
                self._bound = tuple(
                    Bound(_upper(abs(arb(c))), i, (fmpq(0), fmpq(-j)) if j else ()) for (i, j), c in self.terms.items()
                )
        return self._bound

    def _constant(self, value: Any) -> Tail:
        return constant(value, self.start)

    def _lift(self, other: Any) -> Tail:
        return other if isinstance(other, Tail) else self._constant(other)

    def _logarithm_of_y(self) -> tuple[Any, ...]:
        # log is concave and increasing: log(start) <= log y <= log(start) + (y - start)/start.
        at = arb(self.start).log()
        return (hull(at - 1, at), hull(0, 1 / arb(self.start)))

    def positive_log(self) -> tuple[Any, ...]:
        """The coefficients of the logarithm, where the function is certainly positive on the whole tail."""
        if self.log is not None:
            return self.log
        if self.terms:
            # Divide by the dominant term; the rest is monotone in y, so its range is known from its value at start.
            i, j = max(self.terms, key=lambda ij: (-ij[1], ij[0]))
            lead = arb(self.terms[i, j])
            if lead > 0:
                rest = arb(1)
                for (k, m), c in self.terms.items():
                    if (k, m) != (i, j):
                        rest += c / lead * hull(0, self._supremum(k - i, m - j))
                if rest > 0:
                    powers = tuple(i * q for q in self._logarithm_of_y()) if i else ()
                    return _add(_add((lead.log() + rest.log(),), powers), (fmpq(0), fmpq(-j)))
        flat = self.flat()
        if len(flat) == 1 and arb(flat[0]) > 0:
            return (arb(flat[0]).log(),)
        raise EnclosureError("the logarithm or the inverse of a function that is not certainly positive far out")

    def _supremum(self, power: int, rate: int) -> arb:
        """The supremum of y^power e^(-rate y), which must not increase from `start` on."""
        if rate < 0 or fmpq(power) > rate * self.start:
            raise EnclosureError("a term that still grows at the start of the tail")
        return arb(self.start) ** power * (-rate * arb(self.start)).exp()

    def flat(self) -> tuple[Any, ...]:
        """Coefficients in balls of a polynomial in y that holds the function."""
        if self.terms is not None:
            flat: tuple[Any, ...] = (fmpq(0),)
            for (i, j), c in self.terms.items():
                if j:
                    flat = _add(flat, (c * hull(0, self._supremum(i, j)),))
                else:
                    flat = _add(flat, (fmpq(0),) * i + (c,))
            return flat
        size = arb(0)
        for term in self.bound:
            rate = term.power / arb(self.start) + _slope(term.exponent, self.start)
            if not rate <= 0:
                raise EnclosureError("a function that is not certainly bounded far out")
            size += term.factor * arb(self.start) ** term.power * _value(term.exponent, self.start).exp()
        return (hull(0, size) if self.log is not None else hull(-size, size),)

    def increasing_line(self) -> tuple[arb, Any]:
        """The value at `start`, positive, and the slope, non-negative, of a function a + b y."""
        if self.terms is not None and self.terms.keys() <= {(0, 0), (1, 0)}:
            slope = self.terms.get((1, 0), fmpq(0))
            value = arb(self.terms.get((0, 0), fmpq(0)) + slope * self.start)
            if arb(slope) >= 0 and value > 0:
                return value, slope
        raise EnclosureError("no growth bound at what is not a positive, increasing line")

    # --- arithmetic --------------------------------------------------------------------------------------------------

    def __neg__(self) -> Tail:
        terms = {key: -c for key, c in self.terms.items()} if self.terms is not None else None
        return Tail(self.start, terms=terms, bound=None if terms is not None else self.bound)

    def __add__(self, other: Any) -> Tail:
        other = self._lift(other)
        if self.terms is not None and other.terms is not None:
            terms = dict(self.terms)
            for key, c in other.terms.items():
                terms[key] = terms.get(key, fmpq(0)) + c
            terms = {key: c for key, c in terms.items() if not (isinstance(c, fmpq) and c == 0)}
            return Tail(self.start, terms=terms)
        log = None
        if self.log is not None and other.log is not None:
            # For positive a, b: a <= a + b <= 2 max(a, b); both ends have coefficients in these hulls.
            high = _add(_hull(self.log, other.log), (arb(2).log(),))
            log = _hull(_dominant(self.log, other.log), high)
        return Tail(self.start, log=log, bound=self.bound + other.bound)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Tail:
        return self + (-self._lift(other))

    def __rsub__(self, other: Any) -> Tail:
        return -self + other

    def __mul__(self, other: Any) -> Tail:
        other = self._lift(other)
        log = None
        if self.log is not None and other.log is not None:
            log = _add(self.log, other.log)
        if self.terms is not None and other.terms is not None:
            terms: dict[tuple[int, int], Any] = {}
            for (i, j), a in self.terms.items():
                for (k, m), b in other.terms.items():
                    terms[i + k, j + m] = terms.get((i + k, j + m), fmpq(0)) + a * b
            return Tail(self.start, terms=terms, log=log)
        bound = tuple(
            Bound(a.factor * b.factor, a.power + b.power, _add(a.exponent, b.exponent))
            for a in self.bound
            for b in other.bound
        )
        return Tail(self.start, log=log, bound=bound)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Tail:
        if not isinstance(other, Tail):
            if other == 0:
                raise EnclosureError("a division by zero")
            return self * (fmpq(1) / other)
        try:
            return self * other._inverse()
        except EnclosureError:
            return -self * (-other)._inverse()

    def __rtruediv__(self, other: Any) -> Tail:
        return self._constant(other) / self

    def _inverse(self) -> Tail:
        return Tail(self.start, log=tuple(-q for q in self.positive_log()))

    # --- functions ---------------------------------------------------------------------------------------------------

    def power(self, exponent: Any) -> Tail:
        """The function to a fixed power: a product for a small positive integer, else through the logarithm."""
        if isinstance(exponent, fmpq) and exponent.q == 1 and 0 <= exponent.p <= 16:
            result = self._constant(fmpq(1))
            for _ in range(int(exponent.p)):
                result = result * self
            return result
        if isinstance(exponent, fmpq) and exponent.q == 1 and -16 <= exponent.p < 0:
            return self._constant(fmpq(1)) / self.power(-exponent)
        return Tail(self.start, log=tuple(exponent * q for q in self.positive_log()))

    def exp(self) -> Tail:
        """The exponential; of c + n y for a whole number n it keeps its one term."""
        flat = self.flat()
        terms = None
        if len(flat) == 2 and isinstance(flat[1], fmpq) and flat[1].q == 1:
            factor = fmpq(1) if isinstance(flat[0], fmpq) and flat[0] == 0 else arb(flat[0]).exp()
            terms = {(0, -int(flat[1].p)): factor}
        return Tail(self.start, terms=terms, log=flat)

    def exp_decay(self, coefficient: Any) -> Tail:
        r"""exp(coefficient · f) for a coefficient < 0 and a positive f that grows like an exponential.

        f ≥ a + b (y − start), the tangent of a convex lower bound; so the exponential is at most that of a line.
        """
        value, slope = self._tangent_below()
        rate = arb(coefficient)
        if not rate < 0:
            raise EnclosureError("the exponential of a function that grows without a bound")
        line = (_upper(rate * (value - slope * self.start)), _upper(rate * slope))
        return Tail(self.start, bound=(Bound(arb(1), 0, line),))

    def _tangent_below(self) -> tuple[arb, arb]:
        """The value and the slope at `start` of a line below the function from there on."""
        if self.terms is not None:
            value = slope = arb(0)
            for (i, j), c in self.terms.items():
                if j > 0 or i == j == 0:
                    value += arb(c).lower() if j == 0 else arb(c * hull(0, self._supremum(i, j))).lower()
                elif arb(c) >= 0:
                    # y^i e^(−jy) with −j ≥ 0 is convex where i ≥ 1 or j < 0.
                    here = arb(c) * arb(self.start) ** i * (-j * arb(self.start)).exp()
                    value, slope = value + here, slope + here * (i / arb(self.start) - j)
                else:
                    raise EnclosureError("a function that does not certainly grow")
            return value.lower(), slope.lower()
        if self.log is not None and len(self.log) <= 2:
            # e^(l + m y) is convex.
            low, rate = (arb(q).lower() for q in (*self.log, fmpq(0))[:2])
            here = (low + rate * self.start).exp()
            return here.lower(), (here * rate).lower()
        raise EnclosureError("a function that does not certainly grow")

    def logarithm(self) -> Tail:
        return from_flat(self.positive_log(), self.start)

    def maximum(self, other: Any) -> Tail:
        return from_flat(_hull(self.flat(), self._lift(other).flat()), self.start)

    def absolute(self) -> Tail:
        for side in (self, -self):
            try:
                log = side.positive_log()
            except EnclosureError:
                continue
            return Tail(self.start, terms=side.terms, log=log, bound=None if side.terms is not None else self.bound)
        if self.terms is not None:
            try:
                return self.maximum(-self)
            except EnclosureError:  # it grows like an exponential
                pass
        return Tail(self.start, bound=self.bound)

    def softplus(self) -> Tail:
        # max(x, 0) <= softplus(x) <= max(x, 0) + log 2.
        try:
            flat = self.flat()
        except EnclosureError:  # it grows like an exponential
            return Tail(self.start, bound=(*self.bound, Bound(arb(2).log().upper(), 0, ())))
        at = _value(flat, self.start)
        if at >= 0 and all(arb(q) >= 0 for q in flat[1:]):
            return from_flat(flat, self.start) + hull(0, arb(2).log())
        if at <= 0 and all(arb(q) <= 0 for q in flat[1:]):
            return self._constant(hull(0, arb(2).log()))
        return self.maximum(fmpq(0)) + hull(0, arb(2).log())

    def integral(self) -> arb:
        r"""An upper bound on the integral of the absolute value from `start` to infinity.

        Where :math:`f = c\,y^k e^{Q(y)}` has a logarithmic derivative that never again exceeds its value -r < 0 at
        `start`, :math:`\int f \le f(\text{start}) / r`.
        """
        start, total = self.start, arb(0)
        for factor, power, exponent in self.bound:
            if factor == 0:
                continue
            rate = -(power / arb(start) + _slope(exponent, start))
            if not rate > 0:
                raise EnclosureError("the integrand does not certainly decrease from here on")
            total += factor * arb(start) ** power * _value(exponent, start).exp() / rate
        if not total.is_finite():
            raise EnclosureError("the integrand's tail bound is not finite")
        return total.upper()


def _value(q: tuple[Any, ...], y: fmpq) -> arb:
    return sum((c * arb(y) ** i for i, c in enumerate(q)), arb(0))


def _slope(q: tuple[Any, ...], y: fmpq) -> arb:
    """An upper bound, for every y' >= y, on the derivative of q at y'; q is made of upper bounds."""
    while len(q) > 2 and arb(q[-1]) == 0:
        q = q[:-1]
    degree = len(q) - 1
    if degree >= 2:
        # q'' <= 0 from y on if its leading term outweighs the positive lower ones at y (their ratio only shrinks).
        lower = sum(
            (i * (i - 1) * q[i] / arb(y) ** (degree - i) for i in range(2, degree) if not arb(q[i]) <= 0), arb(0)
        )
        if not degree * (degree - 1) * arb(q[degree]) + lower <= 0:
            raise EnclosureError("an exponent that is not certainly concave far out")
    return sum((i * c * arb(y) ** (i - 1) for i, c in enumerate(q) if i), arb(0))


def _dominant(p: tuple[Any, ...], q: tuple[Any, ...]) -> tuple[Any, ...]:
    """Either is a lower bound on max(p, q); the one with the larger leading coefficient is the tighter."""
    for i in reversed(range(max(len(p), len(q)))):
        a, b = (arb(r[i]) if i < len(r) else arb(0) for r in (p, q))
        if a > b or b > a:
            return p if a > b else q
    return p


def constant(value: Any, start: fmpq) -> Tail:
    """The constant functions in the ball `value`."""
    if isinstance(value, int):
        value = fmpq(value)
    log = (arb(value).log(),) if arb(value) > 0 else None
    return Tail(start, terms={(0, 0): value}, log=log)


def from_flat(flat: tuple[Any, ...], start: fmpq) -> Tail:
    """The polynomials in y with coefficients in the given balls."""
    return Tail(start, terms={(i, 0): c for i, c in enumerate(flat)})


def identity(start: fmpq) -> Tail:
    """The function y itself."""
    tail = Tail(start, terms={(1, 0): fmpq(1)})
    return Tail(start, terms=tail.terms, log=tail.positive_log())


def decay(start: fmpq) -> Tail:
    """The function e^(-y)."""
    return Tail(start, terms={(0, 1): fmpq(1)}, log=(fmpq(0), fmpq(-1)))
