"""Closed forms: equal by sympy through tables of moments, *and* enclosed by balls at many rational points.

Neither is enough. A table may be wrong and sympy may err, so both sides are also computed from their definitions;
and balls that overlap at many points are no equality, so the difference has to vanish symbolically as well.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice

import sympy as sp
from flint import arb

from proofs.certifier import Undefined
from proofs.certifier.points import domain, free_of, points
from proofs.certifier.scope import free_names, rational
from proofs.certifier.sides import OneSided, accuracy, both, require_closed_form
from proofs.language import to_text
from proofs.language import tree as t
from proofs.outcome import Proof, Unsupported
from proofs.proposal import accept
from proofs.provers.from_sympy import to_tree
from proofs.provers.linear import propose
from proofs.provers.to_sympy import Names, convert, names_of, scalar_symbol, support_of
from proofs.refuters.confirm import half_unit

POINTS = 20
BITS = 53
NUMBER_BITS = (53, 160)
MAX_OPERATIONS = 400
_FAILURES = 4
_BINDERS = (t.Expectation, t.Integral, t.Divergence, t.Entropy, t.Variance, t.Covariance)
_CUMULATIVE = ("sigmoid", "Phi")


def prove(claim: t.Claim, step: t.Step, *, num_points: int = POINTS) -> Proof | None:
    """Decide a step between closed forms.

    An equality is proved where the difference of both sides vanishes symbolically under the declared domains, and
    certified enclosures of both sides, taken from their definitions, overlap at `num_points` rational points. An
    inequality is proved where it is such an equality, where it has no free names and one enclosure decides it, or where
    the kernel proves it of the closed form of the difference, which is such an equality.

    Args:
        claim: the claim, expanded.
        step: one of its steps, with named laws only.
        num_points: how many points of the domain, extreme ones among them, have to agree.

    Returns:
        The proof, or None where the step stays undecided.

    Raises:
        Unsupported: where the step is no closed form, or no enclosure is available.
    """
    require_closed_form(step, claim)
    try:
        return _prove(claim, step, num_points)
    except Unsupported:
        part = differing(step)
        if part == step:
            raise
        # An equality in a context that has no value would say nothing, so one side has to have values.
        certify(claim, t.Step(step.right, "=", step.right), num_points)
        proof = _prove(claim, part, num_points)
        return proof and replace(proof, details=f"where the sides differ, {proof.details}")


def differing(step: t.Step) -> t.Step:
    """The smallest part in which the two sides of an equality differ, inside expectations and integrals, too.

    Where the part holds for every value of the variables that are bound around it, so does the step: equal functions
    have equal integrals.

    >>> from proofs.language import read, to_text
    >>> claim = read("E_{x ~ Normal(m, s)}[1 + H(Normal(y; x, 2))] = E_{x ~ Normal(m, s)}[1 + log(2)]")
    >>> part = differing(claim.steps[0])
    >>> to_text(part.left), to_text(part.right)
    ('H(Normal(y; x, 2))', 'log(2)')
    """
    left, right = step.left, step.right
    while step.relation == "=" and (below := _only_difference(left, right)) is not None:
        left, right = below
    return t.Step(left, step.relation, right)


def _only_difference(left: t.Expr, right: t.Expr) -> tuple[t.Expr, t.Expr] | None:
    """The one pair of expressions right below that differ, where all else is the same."""
    if type(left) is not type(right):
        return None
    pairs = [pair for pair in zip(t.children(left), t.children(right), strict=False) if pair[0] != pair[1]]
    if len(pairs) != 1:
        return None
    below, other = pairs[0]
    if not isinstance(below, t.Expr) or not isinstance(other, t.Expr):
        return None
    changed = t.rebuild(left, lambda node: other if node is below else node)
    return (below, other) if changed == right else None


def _prove(claim: t.Claim, step: t.Step, num_points: int) -> Proof | None:
    if not free_of(step, claim) and step.relation != "=":
        proof = _number(claim, step)
        if proof is not None:
            return proof
    if step.relation not in ("=", "<=", ">=", "<", ">"):
        return None
    names = symbols_of(step, claim)
    left, right = convert(step.left, names), convert(step.right, names)
    same = step.relation in ("=", "<=", ">=")
    if not same or not equal(left, right, _ordered_ends(step, names), _intervals(step, claim, names)):
        return None if step.relation == "=" else _reduced(claim, step, left - right, names, num_points)
    certified = certify(claim, step, num_points)
    if certified is None:
        return None
    gap = "" if step.relation == "=" else "right - left = 0"
    return Proof("closed form", gap=gap, assumptions=_assumptions(step, claim), details=certified.describe())


def _reduced(claim: t.Claim, step: t.Step, difference: sp.Expr, names: Names, num_points: int) -> Proof | None:
    """An inequality whose difference in closed form the kernel proves to have the sign that the step claims.

    That the closed form is the difference is an equality like any other: enclosures of both have to overlap.
    """
    trees: dict[sp.Expr, t.Expr] = {symbol: t.Symbol(name) for name, symbol in names.symbols.items()}
    if not claim.scalars().keys() >= {name for name, symbol in names.symbols.items() if difference.has(symbol)}:
        return None
    for form in (sp.expand(sp.expand_log(sp.expand(difference))), sp.expand(sp.simplify(difference))):
        closed = to_tree(form, trees)
        if closed is None or closed == t.Sub(step.left, step.right):
            continue
        reduced = t.Step(closed, step.relation, t.Number(Fraction(0)))
        proposal = propose(claim, reduced)
        proof = None if proposal is None else accept(proposal)
        if proof is None:
            continue
        certified = certify(claim, t.Step(t.Sub(step.left, step.right), "=", closed), num_points)
        if certified is None:
            return None
        details = f"left - right = {to_text(closed)}, {certified.describe()}; its sign by {proof.details}"
        assumptions = tuple(dict.fromkeys((*_assumptions(step, claim), *proof.assumptions)))
        return Proof("closed form", gap=proof.gap, assumptions=assumptions, details=details)
    return None


# --- by enclosures ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Certified:
    """Enclosures of two sides that overlap.

    Args:
        count: at how many points.
        bits: the accuracy of the widest of them.
    """

    count: int
    bits: int

    def describe(self) -> str:
        where = "at one point" if self.count == 1 else f"at {self.count} rational points"
        return f"equal symbolically; enclosures from the definitions overlap {where}, to {self.bits} bits or more"


def certify(claim: t.Claim, step: t.Step, num_points: int = POINTS) -> Certified | None:
    """Enclose both sides at many points; None where they differ somewhere, or one side alone is undefined.

    Raises:
        Unsupported: where not enough points have an enclosure.
    """
    closed = not free_of(step, claim)
    bits, wanted = (NUMBER_BITS[-1], 1) if closed else (accuracy(step), num_points)
    count, failures, reason = 0, 0, ""
    for point in islice(points(step, claim), 4 * num_points):
        try:
            left, right = both(claim, step, point, bits)
        except OneSided:
            return None
        except Undefined as error:
            reason = str(error)
            continue
        except Unsupported as error:
            failures, reason = failures + 1, str(error)
            if failures >= _FAILURES and failures > count:
                break
            continue
        if not left.overlaps(right):
            return None
        count += 1
        if count == wanted:
            return Certified(count, bits)
    raise Unsupported(reason or f"only {count} of {wanted} points of the domain have an enclosure")


def _number(claim: t.Claim, step: t.Step) -> Proof | None:
    """A step between numbers: one enclosure of each side, at the first accuracy that decides.

    Balls never decide ``~=`` exactly half a unit away, as between 1/8 and 0.12; rational sides are compared exactly.
    """
    if step.relation == "~=":
        exact, half = _rational(t.Sub(step.left, step.right)), half_unit(step.right)
        if exact is not None and abs(exact) <= half:
            return Proof("closed form", gap=f"|left - right| = {abs(exact)} <= {half}", details="in exact rationals")
    for bits in NUMBER_BITS:
        try:
            left, right = both(claim, step, {}, bits)
        except OneSided:
            return None
        except Unsupported:
            if bits == NUMBER_BITS[0]:
                raise
            return None
        if step.relation == "~=":
            half = half_unit(step.right)
            holds = bool(abs(left - right) <= arb(rational(half)))
            gap = f"|left - right| <= {half}"
        else:
            holds = {"<=": left <= right, "<": left < right, ">=": left >= right, ">": left > right}[step.relation]
            low, high = (left, right) if step.relation in ("<", "<=") else (right, left)
            gap = f"{'right - left' if high is right else 'left - right'} = {(high - low).str(8)}"
        if holds:
            return Proof("closed form", gap=gap, details=f"left in {left.str(15)}, right in {right.str(15)}")
    return None


def _rational(expr: t.Expr) -> Fraction | None:
    """The value of an expression that is made of numerals by the four operations alone."""
    match expr:
        case t.Number(value):
            return value
        case t.Neg(operand):
            inner = _rational(operand)
            return None if inner is None else -inner
        case t.Add(left, right) | t.Sub(left, right) | t.Mul(left, right) | t.Div(left, right):
            a, b = _rational(left), _rational(right)
            if a is None or b is None or (b == 0 and isinstance(expr, t.Div)):
                return None
            operations = {t.Add: operator.add, t.Sub: operator.sub, t.Mul: operator.mul, t.Div: operator.truediv}
            result: Fraction = operations[type(expr)](a, b)
            return result
    return None


# --- by symbols ------------------------------------------------------------------------------------------------------


def equal(
    left: sp.Expr,
    right: sp.Expr,
    ends: tuple[tuple[sp.Expr, sp.Expr], ...] = (),
    intervals: tuple[tuple[sp.Symbol, Fraction, Fraction], ...] = (),
) -> bool:
    """Whether the difference vanishes symbolically; never trusted alone.

    Args:
        left, right: the two sides.
        ends: the ends (low, high) of uniform laws, known to be in order.
        intervals: numbers that are known to lie in (low, high).
    """
    for symbol, low, high in intervals:
        # With symbol = (low + high t)/(1 + t), t > 0, its distances to both ends are positive by their form.
        t_, bottom, width = sp.Dummy("t", positive=True), sp.Rational(low), sp.Rational(high - low)
        point, rest = bottom + width * t_ / (1 + t_), width / (1 + t_)
        left, right = (side.subs(bottom + width - symbol, rest).subs(symbol, point) for side in (left, right))
    difference = left - right
    for low, high in ends:
        if high.is_Symbol and not (high - low).is_positive:
            difference = difference.subs(high, low + sp.Dummy("width", positive=True))
    return any(form == 0 for form in _forms(difference, left, right))


def _forms(difference: sp.Expr, left: sp.Expr, right: sp.Expr) -> Iterator[sp.Expr]:
    """Ever more costly ways of writing the same number."""
    yield difference
    expanded = sp.expand(sp.expand_log(difference))
    yield expanded
    yield sp.expand(sp.expand_log(sp.expand(expanded), force=False))
    if left.is_positive and right.is_positive:
        yield sp.expand(sp.expand_log(sp.log(left) - sp.log(right)))
    if difference.count_ops() > MAX_OPERATIONS:
        return
    yield sp.expand(sp.expand_log(sp.together(expanded)))
    standard = _standard(difference)
    yield standard
    yield sp.simplify(standard)
    yield sp.simplify(expanded)
    yield sp.simplify(difference)


def _standard(expr: sp.Expr) -> sp.Expr:
    """Gamma functions at their least arguments, powers as exponentials of logarithms of factors."""
    logs = expr.replace(sp.gamma, lambda a: sp.exp(sp.loggamma(a)))
    shifted = sp.expand_func(logs.replace(sp.loggamma, _shifted))
    apart = shifted.replace(sp.log, lambda a: sp.expand_log(sp.log(sp.factor(sp.together(sp.expand(a))))))
    return sp.expand(sp.expand_log(sp.expand(apart)))


def _shifted(argument: sp.Expr) -> sp.Expr:
    """lgamma(z + n) = lgamma(z) + log z + ... + log(z + n - 1) for positive z."""
    n = int(sp.floor(argument.as_coeff_Add()[0]))
    start = argument - n
    if not 0 < n <= 16 or not start.is_positive:
        return sp.loggamma(argument)
    return sp.loggamma(start) + sp.Add(*(sp.log(start + i) for i in range(n)))


def symbols_of(step: t.Step, claim: t.Claim) -> Names:
    """Symbols for the free names of a step, assumed what their domains say."""
    free = free_of(step, claim)
    names = names_of(claim, free, positive=_positive_points(step, claim))
    # A variable at which a density is taken ranges over the support.
    points_of = {name: scalar_symbol(domain(name, step, claim)) for name in free - claim.scalars().keys()}
    return replace(
        names, symbols={**points_of, **{n: s for n, s in names.symbols.items() if n not in points_of or s.is_positive}}
    )


def _ordered_ends(step: t.Step, names: Names) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
    found = []
    for node in t.walk(step):
        if isinstance(node, t.Named) and node.law == "Uniform":
            try:
                low, high = (convert(parameter, names) for parameter in node.parameters)
            except Unsupported:
                continue  # a parameter that is bound under an integral
            found.append((low, high))
    return tuple(found)


def _intervals(step: t.Step, claim: t.Claim, names: Names) -> tuple[tuple[sp.Symbol, Fraction, Fraction], ...]:
    """The names that range over an open interval: declared numbers, and points of a random variable in (0, 1)."""
    numbers = [
        (names.symbols[scalar.name], scalar.low, scalar.high)
        for scalar in claim.scalars().values()
        if scalar.name in names.symbols and scalar.low is not None and scalar.high is not None
        if not any(scalar.closed) and not scalar.integer
    ]
    points_of = {
        names.symbols[node.argument.name]: (Fraction(0), Fraction(1))
        for node in t.walk(step)
        if isinstance(node, t.PushforwardDensity) and isinstance(node.argument, t.Variable)
        if node.argument.name in names.symbols and _is_in_unit_interval(claim.pushforwards().get(node.name))
    }
    return (*numbers, *((symbol, *ends) for symbol, ends in points_of.items()))


def _is_in_unit_interval(declared: t.Pushforward | None) -> bool:
    return (
        declared is not None and isinstance(declared.transform, t.Call) and declared.transform.function in _CUMULATIVE
    )


def _positive_points(step: t.Step, claim: t.Claim) -> frozenset[str]:
    """Variables at which a density of a positive random variable is taken: they range over its support."""
    found = set()
    for node in t.walk(step):
        if isinstance(node, t.PushforwardDensity) and isinstance(node.argument, (t.Variable, t.Symbol)):
            declared = claim.pushforwards().get(node.name)
            if declared is not None and _is_positive(declared, claim):
                found.add(node.argument.name)
    return frozenset(found)


def _is_positive(declared: t.Pushforward, claim: t.Claim) -> bool:
    """Whether the random variable is positive almost surely, which its points are (they are inside its support)."""
    free = (free_names(declared.transform) | free_names(declared.law)) - {declared.law.variable.name}
    names = names_of(claim, free)
    low, _ = support_of(declared.law, names)
    source = sp.Dummy("y", positive=True) if low is not None and low.is_nonnegative else sp.Dummy("y", real=True)
    return bool(convert(declared.transform, names.bind(declared.law.variable.name, source)).is_nonnegative)


def _assumptions(step: t.Step, claim: t.Claim) -> tuple[str, ...]:
    free = free_names(step)
    listed = []
    for node in t.walk(step):
        match node:
            case t.PushforwardDensity(name, t.Variable(at) | t.Symbol(at)) if at in free:
                listed.append(f"{at} ranges over the support of {name}")
            case t.Named(law, t.Variable(at)) if at in free and law not in ("Normal", "N", "Uniform"):
                listed.append(f"{at} ranges over the support of {law}")
            case t.Gradient(_, body) if any(isinstance(part, _BINDERS) for part in t.walk(body)):
                listed.append("derivatives may be taken under the integrals that appear")
            case t.Named("Uniform", _, (t.Symbol(low), t.Symbol(high))):
                listed.append(f"{low} < {high}")
    return tuple(dict.fromkeys(listed))
