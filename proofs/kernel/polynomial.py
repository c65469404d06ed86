"""Laurent polynomials over opaque atoms: the arithmetic in which the kernel compares the two sides of a claim.

A `Poly` is a finite sum of rational coefficients times monomials; a monomial is a product of atoms to rational
powers. What an atom stands for is known only through four facts that are fixed when it is made: its `key` (two atoms
are equal iff their keys are), the variables that are free in it, the range of its values, and what it is made of.

Invariants, kept by the constructors below:
  * a monomial lists its atoms by key, without zero exponents;
  * a ``prime`` atom carries an exponent strictly between 0 and 1 (whole powers live in the coefficient);
  * a ``sum`` atom (a primitive polynomial of two or more terms) never carries a positive whole exponent: such a
    power is multiplied out, and so are the whole squares in a power of an ``abs`` atom. Fractional exponents occur
    only on atoms whose range is non-negative, and on sums that are not negative wherever the power is defined.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import floor, gcd, lcm
from typing import Any

MAX_TERMS = 20_000
MAX_POWER = 64
MAX_DIVIDEND = 500  # terms
MAX_BITS = 10_000  # of a number that is raised to a power, times the power

Var = tuple[str, str]  # (stem, name): the stem says which space the variable is a point of


def is_bound(variable: Var) -> bool:
    """Whether an integral binds the variable: those are called ``!n`` while open and ``#h.i`` once closed."""
    return variable[1][0] in "!#"


class Unsupported(Exception):
    """Outside what the kernel can put into normal form. Says nothing about the truth of the claim."""


@dataclass(frozen=True, slots=True)
class Range:
    """An interval that contains every value; None is infinite. `open_low`: the lower end is never attained."""

    low: Fraction | None = None
    high: Fraction | None = None
    open_low: bool = True
    open_high: bool = True

    @property
    def positive(self) -> bool:
        return self.low is not None and (self.low > 0 or (self.low == 0 and self.open_low))

    @property
    def nonzero(self) -> bool:
        return self.positive or (self.high is not None and (self.high < 0 or (self.high == 0 and self.open_high)))

    @property
    def nonnegative(self) -> bool:
        return self.low is not None and self.low >= 0

    def __add__(self, other: Range) -> Range:
        low = None if self.low is None or other.low is None else self.low + other.low
        high = None if self.high is None or other.high is None else self.high + other.high
        return Range(low, high, self.open_low or other.open_low, self.open_high or other.open_high)

    def scale(self, factor: Fraction) -> Range:
        if factor == 1:
            return self
        low = None if self.low is None else self.low * factor
        high = None if self.high is None else self.high * factor
        if factor >= 0:
            return Range(low, high, self.open_low, self.open_high)
        return Range(high, low, self.open_high, self.open_low)

    def __mul__(self, other: Range) -> Range:
        """The product, for non-negative factors; otherwise the whole line."""
        if self.low is None or other.low is None or self.low < 0 or other.low < 0:
            return REAL
        low = self.low * other.low
        # a product of zero is attained exactly when one factor attains its zero
        open_low = self.positive and other.positive if low == 0 else self.open_low or other.open_low
        high = None if self.high is None or other.high is None else self.high * other.high
        return Range(low, high, open_low, True if high is None else (self.open_high or other.open_high) and high != 0)


REAL = Range()
POSITIVE = Range(Fraction(0))
NONNEGATIVE = Range(Fraction(0), None, False)


class Atom:
    """An opaque factor; see the module docstring.

    `inside` are the monomials that it is made of, `height` the depth of nested integrals in it. An integral has the
    number of `choices` among which the order of its bound variables was found, and is again whenever it is renamed.
    """

    __slots__ = ("choices", "data", "hash", "height", "inside", "key", "kind", "range", "variables")

    def __init__(
        self,
        kind: str,
        data: Any,
        key: str,
        variables: frozenset[Var],
        range: Range,
        inside: Iterable[Monomial] = (),
        choices: int = 0,
    ):
        self.kind, self.data, self.key = kind, data, key
        self.variables, self.range, self.choices = variables, range, choices
        self.inside: tuple[Monomial, ...] = tuple(inside)
        self.height: int = max([atom.height for m in self.inside for atom, _ in m], default=0) + (kind == "integral")
        self.hash = hash(key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Atom) and self.key == other.key

    def __hash__(self) -> int:
        return self.hash

    def __repr__(self) -> str:
        return self.key


#: A whole exponent is an int, any other a Fraction: both hash and compare alike, and ints are quick.
Exponent = int | Fraction
Monomial = tuple[tuple[Atom, Exponent], ...]

_ZERO, _ONE = Fraction(0), Fraction(1)
_UNIT: dict[Monomial, Fraction] = {(): _ONE}
NO_VARIABLES: frozenset[Var] = frozenset()


def _by_key(factor: tuple[Atom, Exponent]) -> str:
    return factor[0].key


def monomial_key(monomial: Monomial) -> str:
    return "*".join(atom.key if power == 1 else f"{atom.key}^{power}" for atom, power in monomial)


def monomial_variables(monomial: Monomial) -> frozenset[Var]:
    return frozenset().union(*(atom.variables for atom, _ in monomial))


def monomial_range(monomial: Monomial) -> Range:
    """A range of the product, from the ranges of its atoms."""
    if len(monomial) == 1 and monomial[0][1] == 1:
        return monomial[0][0].range
    result = Range(_ONE, _ONE, False, False)
    for atom, power in monomial:
        if power == 1:
            factor = atom.range
        elif power.denominator == 1 and power % 2 == 0 and not atom.range.positive:
            factor = NONNEGATIVE
        elif atom.range.positive:
            factor = POSITIVE
        elif atom.range.nonnegative or power.denominator != 1:
            factor = NONNEGATIVE  # a negative power of it too, wherever it is defined
        else:
            factor = REAL
        result = result * factor if len(monomial) > 1 else factor
    return result


class Poly:
    """An immutable sum of ``coefficient * monomial``; equality is equality of normal forms.

    What follows from the terms is worked out when it is first asked for.
    """

    __slots__ = ("_key", "_range", "_variables", "terms")

    def __init__(self, terms: dict[Monomial, Fraction]):
        self.terms = terms
        self._key: str | None = None
        self._range: Range | None = None
        self._variables: frozenset[Var] | None = None
        if len(terms) > MAX_TERMS:
            raise Unsupported(f"an expression grew beyond {MAX_TERMS} terms")

    @property
    def key(self) -> str:
        if self._key is None:
            parts = sorted((monomial_key(m), c) for m, c in self.terms.items())
            try:
                self._key = "(" + "+".join(f"{c}*{k}" if k else str(c) for k, c in parts) + ")"
            except ValueError as error:  # Python refuses to print integers of thousands of digits
                raise Unsupported("a number of thousands of digits") from error
        return self._key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Poly) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return self.key

    @property
    def variables(self) -> frozenset[Var]:
        if self._variables is None:
            self._variables = NO_VARIABLES.union(*[atom.variables for m in self.terms for atom, _ in m])
        return self._variables

    @property
    def range(self) -> Range:
        if self._range is None:
            parts = [monomial_range(monomial).scale(coefficient) for monomial, coefficient in self.terms.items()]
            self._range = sum(parts[1:], parts[0]) if parts else Range(_ZERO, _ZERO, False, False)
        return self._range

    def constant(self) -> Fraction | None:
        """The value, if there is no atom in it."""
        if not self.terms:
            return Fraction(0)
        return self.terms.get(()) if len(self.terms) == 1 else None

    def __add__(self, other: Poly) -> Poly:
        return total((self, other)) if self.terms and other.terms else self if self.terms else other

    def scale(self, factor: Fraction) -> Poly:
        if factor == 1:
            return self
        return Poly({m: c * factor for m, c in self.terms.items()} if factor else {})

    def __neg__(self) -> Poly:
        return Poly({m: -c for m, c in self.terms.items()})

    def __sub__(self, other: Poly) -> Poly:
        return self + (-other)

    def __mul__(self, other: Poly) -> Poly:
        if self.terms == _UNIT:
            return other
        if other.terms == _UNIT:
            return self
        if len(self.terms) * len(other.terms) > MAX_TERMS:
            raise Unsupported(f"a product grew beyond {MAX_TERMS} terms")
        parts: list[Poly] = []
        plain: dict[Monomial, Fraction] = {}
        for m1, c1 in self.terms.items():
            for m2, c2 in other.terms.items():
                monomial, coefficient = m1 or m2, c2 if c1 is _ONE else c1 if c2 is _ONE else c1 * c2
                expand: tuple[Poly, ...] = ()
                if m1 and m2:
                    monomial, coefficient, expand = _merge(m1, m2, coefficient)
                if expand:
                    parts.append(_expanded(monomial, coefficient, expand))
                else:
                    plain[monomial] = plain[monomial] + coefficient if monomial in plain else coefficient
        product = Poly({m: c for m, c in plain.items() if c})
        return total((product, *parts)) if parts else product


def _merge(m1: Monomial, m2: Monomial, coefficient: Fraction) -> tuple[Monomial, Fraction, tuple[Poly, ...]]:
    """m1 * m2, with the coefficient that primes leave and the sums that have to be multiplied out."""
    powers = dict(m1)
    for atom, power in m2:
        powers[atom] = powers.get(atom, 0) + power
    expand: list[Poly] = []
    factors: list[tuple[Atom, Exponent]] = []
    for atom, power in powers.items():
        if atom.kind == "prime":
            whole = floor(power)
            coefficient, power = coefficient * Fraction(atom.data) ** whole, power - whole
        elif atom.kind == "sum" and power.denominator == 1 and power > 0:
            expand += [atom.data] * int(power)
            continue
        elif atom.kind == "abs" and power.denominator == 1 and power > 1:
            expand += [atom.data] * (int(power) // 2 * 2)
            power = int(power) % 2
        if power:
            factors.append((atom, power if power.denominator != 1 else int(power)))
    factors.sort(key=_by_key)
    return tuple(factors), coefficient, tuple(expand)


def _expanded(monomial: Monomial, coefficient: Fraction, factors: tuple[Poly, ...]) -> Poly:
    result = Poly({monomial: coefficient})
    for factor in factors:
        result = result * factor
    return result


def number(value: Fraction | int) -> Poly:
    return Poly({(): Fraction(value)} if value else {})


def from_atom(atom: Atom, power: Exponent = 1) -> Poly:
    """atom ** power as a polynomial; keeps the invariants of ``sum``, ``abs`` and ``prime`` atoms."""
    if atom.kind not in ("sum", "abs", "prime"):
        return Poly({((atom, power if power.denominator != 1 else int(power)),): _ONE})
    return _expanded(*_merge((), ((atom, power),), _ONE))


def from_monomial(monomial: Monomial) -> Poly:
    return Poly({monomial: _ONE})


ZERO = number(0)
ONE = number(1)


def total(polys: Iterable[Poly]) -> Poly:
    """The sum of many polynomials, in one pass."""
    summands = [poly for poly in polys if poly.terms]
    if len(summands) == 1:
        return summands[0]
    terms: dict[Monomial, Fraction] = {}
    for poly in summands:
        for monomial, coefficient in poly.terms.items():
            terms[monomial] = terms[monomial] + coefficient if monomial in terms else coefficient
    return Poly({m: c for m, c in terms.items() if c})


# --- content, powers, logarithms -----------------------------------------------------------------------------------


def _prime_factors(n: int) -> dict[int, int]:
    """n = prod p^k by trial division; what is left above the bound is kept whole (it need not be prime)."""
    factors: dict[int, int] = {}
    p = 2
    while p * p <= n and p < 10_000:
        while n % p == 0:
            factors[p] = factors.get(p, 0) + 1
            n //= p
        p += 1 if p == 2 else 2
    if n > 1:
        factors[n] = factors.get(n, 0) + 1
    return factors


def _rational_factors(value: Fraction) -> dict[int, int]:
    factors = _prime_factors(value.numerator)
    for p, k in _prime_factors(value.denominator).items():
        factors[p] = factors.get(p, 0) - k
    return factors


def split_content(poly: Poly) -> tuple[Fraction, Monomial, Poly]:
    """poly = c * m * rest with c > 0 rational, m a monomial of *positive* atoms, rest primitive."""
    numerator, denominator = 0, 1
    for c in poly.terms.values():
        numerator, denominator = gcd(numerator, c.numerator), lcm(denominator, c.denominator)
    content = Fraction(numerator, denominator)
    powers: dict[Atom, Exponent] = {}
    for i, monomial in enumerate(poly.terms):
        here = {atom: power for atom, power in monomial if atom.range.positive}
        if i == 0:
            powers = here
        else:
            for atom in powers.keys() | here.keys():
                powers[atom] = min(powers.get(atom, 0), here.get(atom, 0))
    common: Monomial = tuple(sorted(((a, p) for a, p in powers.items() if p), key=_by_key))
    inverse = tuple((atom, -power) for atom, power in common)
    rest = ZERO if inverse else poly.scale(1 / content)
    for monomial, c in poly.terms.items() if inverse else ():
        # powers are added before a sum is multiplied out, so that its denominator cancels
        left, c, expand = _merge(monomial, inverse, c / content)
        rest = rest + _expanded(left, c, expand)
    if any(atom.kind == "sum" for atom, _ in common) and rest.terms:
        # a denominator was multiplied out (and is gone), which can expose more content: p + q - p = q
        c, m, rest = split_content(rest)
        merged, extra, expand = _merge(common, m, content * c)
        if expand:
            raise Unsupported("roots of sums that multiply to whole powers")
        return extra, merged, rest
    return content, common, rest


def sum_atom(poly: Poly) -> Atom:
    """A primitive polynomial as one factor, for powers that are not multiplied out."""
    return Atom("sum", poly, f"[{poly.key}]", poly.variables, poly.range, poly.terms)


def abs_atom(poly: Poly) -> Atom:
    """|poly|, and of poly and -poly the one with the smaller key, under whatever names, stands for both."""
    poly = min(poly, -poly, key=lambda p: p.key)
    return Atom("abs", poly, f"abs({poly.key})", poly.variables, NONNEGATIVE, poly.terms)


def absolute(poly: Poly) -> Poly:
    """|poly|, with the factors whose sign is known taken out, and a product of atoms taken apart."""
    if poly.range.nonnegative or (-poly).range.nonnegative:
        return poly if poly.range.nonnegative else -poly
    content, common, rest = split_content(poly)
    result = number(content)
    for atom, held in common:
        result = result * from_atom(atom, held)
    if len(rest.terms) > 1:
        return result * from_atom(abs_atom(rest))
    for atom, held in next(iter(rest.terms)):
        result = result * _absolute_power(atom, held)
    return result


def _absolute_power(atom: Atom, exponent: Exponent) -> Poly:
    """|atom ** exponent|; where the atom may be negative, the exponent is whole."""
    plain = atom.range.nonnegative or exponent % 2 == 0
    return from_atom(atom if plain else abs_atom(from_atom(atom)), exponent)


def power(base: Poly, exponent: Exponent, *, positive: bool = False, nonnegative: bool = False) -> Poly:
    """base ** exponent. A fractional exponent needs a base whose every factor is provably positive, or, if the exponent
    is positive, non-negative; by its range, or because the caller has seen it (`positive`, `nonnegative`).

    Where a base of a negative power may be zero (`positive` says that it is known not to be), the power is undefined
    there, and what is equal elsewhere is left unsaid. Under a binder that would not do: a point that carries no mass
    adds nothing to an expectation even where the body is undefined, so E_m[1/t] must not cancel a factor t of m.
    """
    size = abs(Fraction(exponent))
    if size > MAX_POWER or max(size, Fraction(1)) * _bits(base) > MAX_BITS:
        raise Unsupported("a power too large to be written out")
    if exponent.denominator == 1 and exponent >= 0:
        result = ONE
        for _ in range(int(exponent)):
            result = result * base
        return result
    if not base.terms:
        if exponent > 0:
            return ZERO
        raise Unsupported("a division by zero")
    content, common, rest = split_content(base)
    if not rest.terms:
        raise Unsupported("a division by zero")
    whole = exponent.denominator == 1
    result = ONE
    if whole:
        result = number(content ** int(exponent))
    else:
        for p, k in _rational_factors(content).items():
            result = result * from_atom(Atom("prime", p, str(p), NO_VARIABLES, POSITIVE), exponent * k)
    for atom, held in common:
        result = result * from_atom(atom, held * exponent)
    if rest == ONE:
        return result
    if whole and (-rest).range.positive:  # of a sum and its negative the positive one stands under the bar
        result, rest = result.scale(Fraction(-1) ** int(exponent)), -rest
        if rest == ONE:
            return result
    if whole and not (positive or rest.range.nonzero) and any(is_bound(v) for v in rest.variables):
        raise Unsupported("a division by something that may vanish")
    if len(rest.terms) == 1:
        ((monomial, coefficient),) = rest.terms.items()  # coefficient is 1 or -1; no factor is provably positive
        if whole:
            result = result.scale(coefficient ** int(exponent))
        elif coefficient != 1 or exponent < 0 or not all(a.range.nonnegative or p % 2 == 0 for a, p in monomial):
            raise Unsupported("a root of something that is not provably positive")
        for atom, held in monomial:  # the root of an even power is one of the absolute value
            base_atom = atom if whole or atom.range.nonnegative else abs_atom(from_atom(atom))
            result = result * from_atom(base_atom, held * exponent)
        return result
    if not whole and not (
        positive or rest.range.positive or (exponent > 0 and (nonnegative or rest.range.nonnegative))
    ):
        raise Unsupported("a root of something that is not provably positive")
    return result * from_atom(sum_atom(rest), exponent)


def _bits(poly: Poly) -> int:
    """The size of the largest number in the polynomial."""
    return max(
        (
            c.numerator.bit_length()
            + c.denominator.bit_length()
            + sum(int(a.data).bit_length() for a, _ in m if a.kind == "prime")
            for m, c in poly.terms.items()
        ),
        default=0,
    )


def _log_atom(poly: Poly) -> Atom:
    inner = poly.range
    above, below = inner.low is not None and inner.low >= 1, inner.high is not None and inner.high <= 1
    values = Range(Fraction(0) if above else None, Fraction(0) if below else None, inner.open_low or inner.low != 1,
                   inner.open_high or inner.high != 1)  # fmt: skip
    return Atom("log", poly, f"log{poly.key}", poly.variables, values, poly.terms)


def log(poly: Poly, *, positive: bool = False) -> Poly:
    """The logarithm of what is provably positive, by its range or because the caller has seen it (`positive`).

    It is taken apart into the factors that are positive by themselves; the rest, positive too then, is one opaque log.
    A logarithm is therefore a real number wherever it is defined: log 0 = -oo obeys no algebra.
    """
    if not poly.terms:
        raise Unsupported("the logarithm of zero")
    content, common, rest = split_content(poly)
    if not (positive or rest.range.positive):
        raise Unsupported("the logarithm of something that is not provably positive")
    result = total(from_atom(_log_atom(number(p))).scale(Fraction(k)) for p, k in _rational_factors(content).items())
    for atom, held in common:
        if atom.kind == "exp":
            result = result + Poly({atom.data: Fraction(held)})
        elif atom.kind == "sum":
            result = result + from_atom(_log_atom(atom.data)).scale(Fraction(held))
        else:
            result = result + from_atom(_log_atom(from_atom(atom))).scale(Fraction(held))
    if len(rest.terms) == 1:  # a product of what is never negative is positive where each factor is
        ((monomial, coefficient),) = rest.terms.items()
        if coefficient == 1 and all(atom.range.nonnegative for atom, _ in monomial):
            return total((result, *(from_atom(_log_atom(from_atom(a))).scale(Fraction(p)) for a, p in monomial)))
    return result + from_atom(_log_atom(rest))


def exp(poly: Poly) -> Poly:
    """exp(sum c_i m_i) = prod exp(m_i)^c_i; exp(log f) = f, which is positive, since it has a logarithm."""
    result = ONE
    for monomial, coefficient in poly.terms.items():
        if len(monomial) == 1 and monomial[0][0].kind == "log" and monomial[0][1] == 1:
            inner = monomial[0][0].data
            if coefficient < 0 and inner.range.nonnegative and not inner.range.positive:
                raise Unsupported("a division by something that may vanish outside of a law's support")
            result = result * power(inner, coefficient, positive=True)
        else:
            key = f"exp({monomial_key(monomial)})"
            atom = Atom("exp", monomial, key, monomial_variables(monomial), POSITIVE, (monomial,))
            result = result * from_atom(atom, coefficient)
    return result


# --- fractions -----------------------------------------------------------------------------------------------------


def divide(dividend: Poly, divisor: Poly) -> Poly | None:
    """The quotient if the divisor goes into the dividend without remainder, else None (which claims nothing)."""
    if len(dividend.terms) > MAX_DIVIDEND:
        return None
    atoms = sorted({a for p in (dividend, divisor) for m in p.terms for a, _ in m}, key=lambda a: a.key)

    def order(monomial: Monomial) -> tuple[Exponent, ...]:
        powers = dict(monomial)
        return tuple(powers.get(atom, 0) for atom in atoms)

    lead = max(divisor.terms, key=order)
    inverse = _expanded(*_merge((), tuple((a, -p) for a, p in lead), 1 / divisor.terms[lead]))
    quotient, rest = ZERO, dividend
    for _ in range(len(dividend.terms)):
        if not rest.terms:
            return quotient
        top = max(rest.terms, key=order)
        factor = Poly({top: rest.terms[top]}) * inverse
        quotient, rest = quotient + factor, rest - factor * divisor
    return None if rest.terms else quotient


def cancel(poly: Poly) -> Poly:
    """Cancel sums that divide what stands over them: p/(p + q) + q/(p + q) = 1."""
    for atom in sorted({a for m in poly.terms for a, p in m if a.kind == "sum" and p < 0}, key=lambda a: a.key):
        powers = [p for m in poly.terms for a, p in m if a == atom and p < 0 and p.denominator == 1]
        for level in range(int(min(powers, default=0)), 0):
            poly = _cancelled(poly, atom, level)
    return poly


def _cancelled(poly: Poly, atom: Atom, level: int) -> Poly:
    """The sum cancelled once from what stands over its power `level`, apart for each product of other atoms there."""
    inside = {a for m in atom.data.terms for a, _ in m}
    above: dict[Monomial, dict[Monomial, Fraction]] = {}
    for monomial, coefficient in poly.terms.items():
        if dict(monomial).get(atom) == level:
            others = tuple(f for f in monomial if f[0] not in inside and f[0] != atom)
            above.setdefault(others, {})[tuple(f for f in monomial if f[0] in inside)] = coefficient
    for others, terms in above.items():
        quotient = divide(Poly(terms), atom.data)
        if quotient is not None:
            factor = from_monomial(others)
            whole = Poly(terms) * Poly({((atom, level),): _ONE}) * factor
            lifted = quotient * from_atom(atom, level + 1) if level != -1 else quotient
            poly = poly - whole + lifted * factor
    return poly
