"""Sums of axiom instances with non-negative multipliers, and the sign of the constant that they leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from proofs.kernel.normal_form import EMPTY, Reader
from proofs.kernel.polynomial import Poly, Range, cancel
from proofs.kernel.schema import Axiom, Rejected
from proofs.language.tree import Expr


@dataclass(frozen=True, slots=True)
class Instance:
    """An axiom instance and the non-negative expression that it is multiplied by."""

    axiom: Axiom
    multiplier: Expr


def leftover(reader: Reader, claimed: Poly, instances: Sequence[Instance]) -> Poly:
    """What is left of a claimed quantity without the instances.

    Raises:
        Rejected: a multiplier is not seen to be non-negative.
    """
    for instance in instances:
        if not reader.is_nonnegative(instance.multiplier, EMPTY):
            raise Rejected("a multiplier that is not provably non-negative")
        claimed = claimed - reader.read(instance.multiplier) * instance.axiom.statement(reader)
    return cancel(claimed)


def remainder(reader: Reader, claimed: Poly, instances: Sequence[Instance]) -> Range:
    """A range of it; it contains every value. Raises `Rejected` as `leftover` does."""
    rest = leftover(reader, claimed, instances)
    low = constant_lower_bound(rest)
    return rest.range if low is None else Range(low, None, open_low=False)


def constant_lower_bound(poly: Poly) -> Fraction | None:
    """A rational lower bound of ``r + sum_j c_j log n_j``, exact if there are no logs; None if anything else occurs.

    The bound is never wrong; it is so close (about 1e-37) that it tells the sign of any sum met in practice.
    """
    bound = Fraction(0)
    for monomial, coefficient in poly.terms.items():
        if not monomial:
            bound += coefficient
            continue
        if len(monomial) != 1 or monomial[0][0].kind != "log" or monomial[0][1] != 1:
            return None
        inner = monomial[0][0].data
        n = inner.constant() if isinstance(inner, Poly) else None
        if n is None:
            return None
        low, high = log_bounds(n)
        bound += coefficient * (low if coefficient > 0 else high)
    return bound


def log_bounds(n: Fraction) -> tuple[Fraction, Fraction]:
    """Rationals around log n, for n >= 1: log n = k log 2 + log(n / 2^k), both by the series of 2 artanh.

    For 0 <= y <= 1/3, artanh(y) = sum y^(2j+1)/(2j+1), and what is cut off after J terms lies between 0 and
    y^(2J+1) / ((2J+1)(1 - y^2)).
    """

    def series(m: Fraction) -> tuple[Fraction, Fraction]:
        y = (m - 1) / (m + 1)
        head = sum((y ** (2 * j + 1) / (2 * j + 1) for j in range(40)), Fraction(0))
        return 2 * head, 2 * (head + y**81 / (81 * (1 - y * y)))

    k = floor(n).bit_length() - 1
    ulp = Fraction(1, 2**200)
    below = floor(n / 2**k / ulp) * ulp  # log is increasing: long numbers are rounded to either side
    (low2, high2), low, high = series(Fraction(2)), series(below)[0], series(below + ulp)[1]
    return k * low2 + low, k * high2 + high
