"""What a proof is, and the check that it is one.

A certificate of ``left <= right`` names axiom instances with non-negative multipliers. It is accepted exactly when

    right - left  =  sum_i multiplier_i * instance_i  +  constant

as normal forms, with a constant that is provably non-negative (positive for a strict step). An equality is accepted
when the normal form of the difference is empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from proofs.kernel.axioms import SCHEMAS, Axiom, Rejected
from proofs.kernel.normal_form import EMPTY, Reader
from proofs.kernel.polynomial import Poly, Unsupported, cancel
from proofs.language.tree import Claim, Expr, Step

FINITE = "the expectations and integrals that appear are finite"
EXCHANGE = "derivatives and integrals may be exchanged"


@dataclass(frozen=True, slots=True)
class Instance:
    """An axiom instance and the non-negative expression that it is multiplied by."""

    axiom: Axiom
    multiplier: Expr


@dataclass(frozen=True, slots=True)
class Certificate:
    """Everything that is needed to check one step of an expanded claim again."""

    claim: Claim
    step: Step
    instances: tuple[Instance, ...] = ()


def check(certificate: Certificate) -> tuple[str, ...]:
    """Re-derive the step; returns the assumptions that this used.

    Raises:
        Rejected: the instances do not add up to the step, or one of them violates a side condition.
        Unsupported: something in the certificate is outside the fragment of the normal form.
    """
    try:
        return _check(certificate)
    except RecursionError as error:
        raise Unsupported("a certificate that is nested too deeply") from error


def _check(certificate: Certificate) -> tuple[str, ...]:
    reader = Reader(certificate.claim)
    rest = difference(reader, certificate.step)
    relation = certificate.step.relation
    if relation == "=":
        if certificate.instances or rest.terms:
            raise Rejected("the two sides have different normal forms")
    elif relation in ("<=", ">=", "<", ">"):
        for instance in certificate.instances:
            if type(instance.axiom) not in SCHEMAS:
                raise Rejected("an instance of no axiom schema")
            if not reader.is_nonnegative(instance.multiplier, EMPTY):
                raise Rejected("a multiplier that is not provably non-negative")
            rest = rest - reader.read(instance.multiplier) * instance.axiom.statement(reader)
        low = constant_lower_bound(cancel(rest))
        if low is None:
            raise Rejected("the instances do not add up to the step")
        if low < 0 or (relation in ("<", ">") and low == 0):
            raise Rejected("the instances add up to the step only up to a constant of the wrong sign")
    else:
        raise Rejected(f"no certificate speaks of the relation {relation!r}")
    return (FINITE,) * reader.uses_integrals + (EXCHANGE,) * reader.differentiates


def difference(reader: Reader, step: Step) -> Poly:
    """The normal form that the step claims to vanish or to be non-negative: right - left, or left - right for >=."""
    left, right = reader.read(step.left), reader.read(step.right)
    return cancel(left - right if step.relation in (">=", ">") else right - left)


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
