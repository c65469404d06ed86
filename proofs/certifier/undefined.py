"""Where a closed form certainly has no value."""

from __future__ import annotations

from itertools import islice

from divergences.balls import precision
from divergences.tails import EnclosureError
from proofs.certifier.compile import compile_expr
from proofs.certifier.enclose import enclose
from proofs.certifier.laws import LAWS, definition
from proofs.certifier.points import Point, domain, free_of, points, value
from proofs.certifier.scope import Scope, Undefined, free_names, is_constant, rational
from proofs.certifier.sides import accuracy, require_closed_form
from proofs.language import tree as t
from proofs.language.text import to_text
from proofs.outcome import Meaningless, Unsupported

_POINTS = 24
_BITS = 128


def examine_points(claim: t.Claim, step: t.Step) -> None:
    """Look for values of the free numbers at which a side of a closed form certainly has no finite value.

    Args:
        claim: the claim, expanded.
        step: one of its steps, with named laws only.

    Raises:
        Meaningless: where there are some; the message shows them.
        Unsupported: where the step is no closed form.
    """
    require_closed_form(step, claim)
    for point in islice(points(step, claim) if free_of(step, claim) else iter(({},)), _POINTS):
        for side in (step.left, step.right):
            try:
                enclose(side, claim, point, bits=accuracy(step))
            except Undefined as error:
                raise Meaningless(f"a side has no finite value ({error}){_at(point)}") from None
            except Unsupported:
                break
    _examine_laws(claim, step)


def _examine_laws(claim: t.Claim, step: t.Step) -> None:
    """Look for values at which a named law has a parameter outside its domain."""
    for law in (node for node in t.walk(step) if isinstance(node, t.Named)):
        names = sorted(frozenset().union(*map(free_names, law.parameters)))
        if not set(names) <= claim.scalars().keys() | claim.parameters():
            continue
        for index in range(_POINTS):
            point = {name: value(domain(name, step, claim), index) for name in names}
            scope = Scope({name: rational(number) for name, number in point.items()}, claim.pushforwards())
            for parameter in _positive(law):
                with precision(_BITS):
                    try:
                        found = compile_expr(parameter, scope)
                    except (Unsupported, EnclosureError):
                        continue
                    if is_constant(found) and bool(found <= 0):
                        raise Meaningless(f"{to_text(parameter)}, in {to_text(law)}, is not positive{_at(point)}")


def _positive(law: t.Named) -> tuple[t.Expr, ...]:
    """What has to be positive of a law's parameters."""
    if law.law in ("Normal", "N"):
        return law.parameters[1:]
    return tuple(definition(law.law).positive(*law.parameters)) if law.law in LAWS else ()


def _at(point: Point) -> str:
    return " at " + ", ".join(f"{name} = {number}" for name, number in sorted(point.items())) if point else ""
