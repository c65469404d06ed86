"""Parameter values at which certified enclosures contradict a step between closed forms."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, islice

from flint import arb
from numpy.random import Generator

from proofs.certifier import Undefined
from proofs.certifier.points import Point, admissible, free_of, points
from proofs.certifier.sides import OneSided, accuracy, both, require_closed_form
from proofs.language import tree as t
from proofs.outcome import Counterexample, Meaningless, Unsupported
from proofs.refuters.confirm import apart, contradicts
from proofs.refuters.ties import ties

Sides = tuple[arb, arb]

BITS = (53, 160)
_SHRINKING = (16,)  # will do to see whether a simpler point refutes, where quadrature takes long
#: The points that a proof by enclosures has looked at as well come first: they are simple, and known already.
FIRST_POINTS = 32
#: A step with integrals or inverses is not looked at in more points than this: a quadrature takes milliseconds.
QUADRATURE_TRIES = 40
_FAILURES = 4
_INTEGRALS = (
    t.Expectation,
    t.Integral,
    t.Divergence,
    t.Entropy,
    t.Variance,
    t.Covariance,
    t.PushforwardDensity,
)
_SIMPLE = tuple(
    Fraction(n, d) for n, d in ((0, 1), (1, 1), (2, 1), (-1, 1), (1, 2), (3, 1), (-2, 1), (4, 1), (1, 3), (3, 2))
)


def refute(claim: t.Claim, step: t.Step, *, rng: Generator, tries: int) -> Counterexample | None:
    """Look for rational values of the free names at which a step certainly fails.

    Points where the step is undefined are skipped. The first counterexample is shrunk, one name at a time, to the
    simplest values that still refute.

    Args:
        claim: the claim, expanded.
        step: one of its steps, with named laws only.
        rng: draws the points after the first few, which are the same for every step.
        tries: how many points to look at; fewer where the step takes integrals or inverses (`QUADRATURE_TRIES`).

    Returns:
        The counterexample, with both sides' enclosures there, or None.

    Raises:
        Unsupported: where the step is no closed form, or nowhere defined, or without enclosures.
    """
    require_closed_form(step, claim)
    integrals = any(isinstance(node, _INTEGRALS) for node in t.walk(step))
    if integrals:
        tries = min(tries, QUADRATURE_TRIES)
    salt = str(rng.integers(2**32))
    tied = ties(step, claim) if step.relation in ("<", ">") else ()
    drawn = chain(tied, islice(points(step, claim), FIRST_POINTS), points(step, claim, salt=salt))
    decided, failures, reason = 0, 0, ""
    count = 0
    for count, point in enumerate(islice(drawn if free_of(step, claim) else iter(({},)), tries), start=1):
        try:
            sides = contradiction(claim, step, point)
        except OneSided:
            continue
        except Meaningless:
            raise
        except Unsupported as error:
            reason = str(error)
            failures += not isinstance(error, Undefined)
            if failures >= _FAILURES and not decided:
                break
            continue
        decided += 1
        if sides is not None:
            point, sides = shrunk(claim, step, point, sides, bits=_SHRINKING if integrals else ())
            sides = (contradiction(claim, step, point) if integrals else None) or sides
            left, right = apart(*sides)
            return Counterexample("parameters", left, right, values=point, tries=count)
    if not decided:
        raise Unsupported(reason or "the step is defined at no point that was tried")
    return None


def contradiction(claim: t.Claim, step: t.Step, point: Point, *, bits: tuple[int, ...] = ()) -> Sides | None:
    """Enclosures of both sides that contradict the step, or None.

    Args:
        claim, step, point: what is enclosed, and where.
        bits: the accuracies that are tried in turn; by default what the step deserves.

    Raises:
        Unsupported: where the step has no enclosures at the point.
    """
    numbers = not free_of(step, claim)
    asked = bits or (BITS if numbers else (accuracy(step),))
    for accurate in asked:
        try:
            left, right = both(claim, step, point, accurate)
        except Undefined:
            raise
        except Unsupported:
            if accurate == asked[0]:
                raise
            return None
        if contradicts(left, step.relation, right, step.right, same=step.left == step.right):
            return left, right
    return None


def shrunk(
    claim: t.Claim, step: t.Step, point: Point, sides: Sides, *, bits: tuple[int, ...] = ()
) -> tuple[Point, Sides]:
    """Simpler values, name by name, while they still refute; `bits` as for `contradiction`."""
    simpler = True
    while simpler:
        simpler = False
        for name in sorted(point):
            for candidate in _simpler(point[name]):
                other = {**point, name: candidate}
                if not admissible(step, claim, other):
                    continue
                try:
                    found = contradiction(claim, step, other, bits=bits)
                except (Unsupported, OneSided):
                    continue
                if found is not None:
                    point, sides, simpler = other, found, True
                    break
    return point, sides


def _simpler(number: Fraction) -> Iterator[Fraction]:
    """Rationals that are simpler than the number, the simplest first; the order is strict, so shrinking ends."""
    near = (number.limit_denominator(1), number.limit_denominator(10), Fraction(10) ** _magnitude(number))
    for candidate in chain(_SIMPLE, near):
        if _complexity(candidate) < _complexity(number):
            yield candidate


def _magnitude(number: Fraction) -> int:
    """The power of ten nearest to the number from below."""
    return len(str(abs(number.numerator))) - len(str(number.denominator))


def _complexity(number: Fraction) -> tuple[int, int, int]:
    if number in _SIMPLE:
        return 0, _SIMPLE.index(number), 0
    digits = len(str(abs(number.numerator)).rstrip("0")) + len(str(number.denominator).rstrip("0"))
    return 1, digits, abs(number.numerator) + number.denominator
