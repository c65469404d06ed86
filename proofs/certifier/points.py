"""Rational points of a step's free names: simple ones first, then near-equal and extreme ones.

The i-th value of a name depends on the name, its domain and i alone, so that the steps of a chain, which share
their expressions, are looked at in the same points.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from random import Random

from flint import arb, fmpq

from divergences.balls import precision
from divergences.tails import EnclosureError
from proofs.certifier.compile import REALS, check_parameters, compile_expr, inside, support, uniform_ends
from proofs.certifier.laws import LAWS, definition
from proofs.certifier.pushforward import holds
from proofs.certifier.scope import Scope, Undefined, free_names, is_constant, rational
from proofs.certifier.sums import counted
from proofs.language import tree as t
from proofs.outcome import Unsupported

Point = dict[str, Fraction]

#: What the points of one round are like; the first rounds are all simple.
STRATA = ("moderate", "simple", "near", "extreme")
_SIMPLE_ROUNDS = 5
_BITS = 128
_MISSES = 64


def free_of(step: t.Step, claim: t.Claim) -> frozenset[str]:
    """The free names of a step, those of its random variables included."""
    names = free_names(step)
    for declared in _used(step, claim):
        names |= free_names(declared.transform - declared.law) - {declared.law.variable.name}
    return names


def points(step: t.Step, claim: t.Claim, *, salt: str = "") -> Iterator[Point]:
    """Points in the domains of the step's names at which each of its laws has valid parameters.

    They end only where 64 in a row were invalid, or no name is free: then the one point is empty.

    Args:
        step: an expanded step without free families and functions.
        claim: the claim that it stands in.
        salt: another text draws other points.

    Raises:
        Unsupported: where a random variable is no monotone function of its source by its form.
    """
    names = sorted(free_of(step, claim))
    if not names:
        yield {}
        return
    sources = _sources(step, claim)
    index = misses = 0
    while True:
        point = {name: value(domain(name, step, claim), index, salt=salt) for name in names if name not in sources}
        try:
            for name, declared in sources.items():
                point[name] = _support_point(declared, claim, point, index, salt)
            found = valid(step, claim, point)
        except (Undefined, EnclosureError):
            found = False
        if found:
            yield point
        misses = 0 if found else misses + 1
        if misses == _MISSES:
            return
        index += 1


def domain(name: str, step: t.Step, claim: t.Claim) -> t.Scalar:
    """The declared range of a number; a variable at which the density of a law is taken ranges over its support.

    As far as it is known: the ends of a support may depend on other numbers (`valid`).
    """
    declared = claim.scalars()
    if name in declared:
        return declared[name]
    for law in _taken_at(step):
        if law.variable.name == name:
            low, high = (
                end.value if isinstance(end, t.Number) else None for end in definition(law.law).support(*law.parameters)
            )
            return t.Scalar(name, low, high, (counted(law), counted(law)), integer=counted(law))
    return t.Scalar(name)


def _taken_at(step: t.Step) -> list[t.Named]:
    """The densities that are taken at a free variable, of laws with a support of their own (a uniform law is zero
    elsewhere)."""
    free = free_names(step)
    return [
        node for node in t.walk(step) if isinstance(node, t.Named) and node.law in LAWS and node.variable.name in free
    ]


def value(domain: t.Scalar, index: int, *, salt: str = "") -> Fraction:
    """The value of a free number in the round `index`."""
    stratum = "simple" if index < _SIMPLE_ROUNDS else STRATA[index % len(STRATA)]
    rng, shared = Random(f"{salt}:{domain.name}:{index}"), Random(f"{salt}:{index}")
    low, high = domain.low, domain.high
    for end, closed in zip((low, high), domain.closed, strict=True):
        if closed and end is not None and (not domain.integer or end.denominator == 1) and rng.random() < 0.15:
            return end
    if domain.integer:
        return _integer(domain, rng, 1000 if stratum == "extreme" else 8)
    if low is None and high is None:
        return _real(stratum, rng, shared)
    size = abs(_real(stratum, rng, shared)) or Fraction(1)
    if low is not None and high is not None:
        return low + (high - low) * size / (1 + size)
    return low + size if low is not None else (high or Fraction(0)) - size


def _real(stratum: str, rng: Random, shared: Random) -> Fraction:
    if stratum == "moderate":
        return Fraction(rng.randint(-400, 400), rng.randint(1, 100))
    if stratum == "near":
        base = Fraction(shared.randint(1, 9), shared.randint(1, 4))
        return base + Fraction(rng.randint(-99, 99), 10**8)
    simple = Fraction(rng.randint(-4, 4), rng.randint(1, 3))
    return simple * Fraction(10) ** rng.randint(-6, 6) if stratum == "extreme" else simple


def _integer(domain: t.Scalar, rng: Random, spread: int) -> Fraction:
    low, high = domain.low, domain.high
    first = None if low is None else -(-low // 1) + (low.denominator == 1 and not domain.closed[0])
    last = None if high is None else high // 1 - (high.denominator == 1 and not domain.closed[1])
    if first is not None:
        last = first + spread if last is None else min(last, first + spread)
    elif last is not None:
        first = last - spread
    else:
        first, last = -spread, spread
    if first > last:
        raise Unsupported(f"no integer lies in the domain of {domain.name}")
    return Fraction(rng.randint(int(first), int(last)))


def admissible(step: t.Step, claim: t.Claim, point: Point) -> bool:
    """Whether a point lies in the domain of the step: declared ranges, valid laws, supports."""
    if not all(_within(domain(name, step, claim), number) for name, number in point.items()):
        return False
    if not valid(step, claim, point):
        return False
    scope = Scope({name: rational(number) for name, number in point.items()}, claim.pushforwards())
    with precision(_BITS):
        try:
            for name, declared in _sources(step, claim).items():
                if not holds(declared, scope.values[name], scope):
                    return False
        except (Unsupported, EnclosureError):
            return False
    return True


def _within(domain: t.Scalar, number: Fraction) -> bool:
    low, high = domain.low, domain.high
    above = low is None or number > low or (domain.closed[0] and number == low)
    below = high is None or number < high or (domain.closed[1] and number == high)
    return above and below and (not domain.integer or number.denominator == 1)


# --- laws and supports -----------------------------------------------------------------------------------------------


def valid(step: t.Step, claim: t.Claim, point: Point) -> bool:
    """Whether every law of the step with fixed parameters has valid ones: what a claim about these laws is about."""
    laws = [node for node in t.walk(step) if isinstance(node, t.Named)]
    laws += [declared.law for declared in _used(step, claim)]
    scope = Scope({name: rational(number) for name, number in point.items()}, claim.pushforwards())
    with precision(_BITS):
        return all(_valid_law(law, scope) for law in laws) and all(_inside(law, scope) for law in _taken_at(step))


def _inside(law: t.Named, scope: Scope) -> bool:
    try:
        return inside(law, scope)
    except (Unsupported, EnclosureError):
        return False


def _valid_law(law: t.Named, scope: Scope) -> bool:
    if any(not free_names(parameter) <= scope.values.keys() for parameter in law.parameters):
        return True  # a parameter that varies under an integral; the integrand is undefined where it is invalid
    try:
        if law.law == "Uniform":
            uniform_ends(law, scope)
            return True
        if law.law in ("Normal", "N"):
            location, spread = (compile_expr(parameter, scope) for parameter in law.parameters)
            return is_constant(location) and bool(spread > 0)
        check_parameters(law, scope)
        return all(bool(compile_expr(c, scope) > 0) for c in definition(law.law).positive(*law.parameters))
    except (Undefined, EnclosureError):
        return False


def _used(step: t.Step, claim: t.Claim) -> list[t.Pushforward]:
    names = {node.name for node in t.walk(step) if isinstance(node, t.PushforwardDensity)}
    return [declared for declared in claim.pushforwards().values() if declared.name in names]


def _sources(step: t.Step, claim: t.Claim) -> dict[str, t.Pushforward]:
    """The variables at which a density of a transformed variable is taken: they range over its support."""
    free = free_names(step)
    return {
        node.argument.name: claim.pushforwards()[node.name]
        for node in t.walk(step)
        if isinstance(node, t.PushforwardDensity)
        and isinstance(node.argument, (t.Variable, t.Symbol))
        and node.argument.name in free
        and node.name in claim.pushforwards()
    }


def _support_point(declared: t.Pushforward, claim: t.Claim, point: Point, index: int, salt: str) -> Fraction:
    """A short rational certainly inside the support, near g(y) for a y well inside the support of Y."""
    scope = Scope({name: rational(number) for name, number in point.items()}, claim.pushforwards())
    rng = Random(f"{salt}:{declared.name}:{index}")
    with precision(_BITS):
        y = _source_point(declared.law, rng, scope)
        inner = scope.under(declared.law.variable.name)
        transform = compile_expr(declared.transform, inner)
        if is_constant(transform):
            raise Unsupported(f"{declared.name} is a constant")
        number = _short(arb(transform(y.mid(), REALS)), digits=3 if index < _SIMPLE_ROUNDS else 6)
        if not holds(declared, rational(number), scope):
            raise Undefined("a point that is not certainly inside the support")
    return number


def _source_point(law: t.Named, rng: Random, scope: Scope) -> arb:
    """A point well inside the support of a law."""
    if law.law in ("Normal", "N"):
        first, second = (arb(compile_expr(parameter, scope)) for parameter in law.parameters)
        return first + (second if law.law == "Normal" else second.sqrt()) * fmpq(rng.randint(-30, 30), 10)
    low, high = support(law, scope)
    if low is not None and high is not None:
        return arb(low) + (high - low) * fmpq(rng.randint(1, 99), 100)
    if low is None and high is None:
        return arb(fmpq(rng.randint(-30, 30), 10))
    return arb(low) + fmpq(rng.randint(1, 40), 10) if low is not None else arb(high) - fmpq(rng.randint(1, 40), 10)


def _short(x: arb, digits: int) -> Fraction:
    """A rational of a few digits near the ball."""
    if not x.is_finite() or abs(x) > arb(10) ** 300:
        raise Undefined("a point too large to be written down")
    if abs(x) < arb(10) ** -300:
        return Fraction(0)
    return Fraction(x.mid().str(digits, radius=False).replace("[", "").replace("]", ""))
