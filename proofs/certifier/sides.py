"""The two sides of a closed-form step, enclosed at a point."""

from __future__ import annotations

from flint import arb

from proofs.certifier.enclose import enclose
from proofs.certifier.laws import LAWS
from proofs.certifier.points import Point
from proofs.certifier.scope import Undefined
from proofs.certifier.sums import counted
from proofs.language import tree as t
from proofs.outcome import Unsupported


def require_closed_form(step: t.Step, claim: t.Claim) -> None:
    """Raise `Unsupported` where the step has a free family, measure or function, a counted variable, or assumptions."""
    if claim.assumptions:
        raise Unsupported("closed forms under assumptions; declare the ranges of the numbers instead")
    for node in t.walk(step):
        if isinstance(node, t.IndexSum):
            raise Unsupported(
                f"a number of terms that is a symbol; state it for some, as in `for {_last(node)} in 1..4`"
            )
        if isinstance(node, (t.Density, t.Apply, t.Use)):
            raise Unsupported("closed forms have no free families or functions")
        if (
            isinstance(node, t.Named)
            and not counted(node)
            and (node.variable.stem or node.variable.name) in claim.discrete()
        ):
            raise Unsupported(f"{node.variable.name} is counted, and {node.law} is a law of the line")


def _last(node: t.IndexSum) -> str:
    return next((part.name for part in t.walk(node.high) if isinstance(part, t.Symbol)), "k")


def accuracy(step: t.Step) -> int:
    """The bits asked of both sides at a point: fewer where a quadrature has to look far into a tail for each."""
    return 30 if any(isinstance(node, t.Named) and node.law in LAWS for node in t.walk(step)) else 53


class OneSided(Exception):
    """One side has a value at the point and the other has none."""


def both(claim: t.Claim, step: t.Step, point: Point, bits: int) -> tuple[arb, arb]:
    """Narrow enclosures of both sides at a point.

    Raises:
        Undefined: where both sides are.
        Unsupported: where a side has no enclosure.
    """
    values: list[arb | None] = []
    reason = ""
    for side in (step.left, step.right):
        try:
            values.append(enclose(side, claim, point, bits=bits))
        except Undefined as error:
            values.append(None)
            reason = str(error)
    left, right = values
    if left is None and right is None:
        raise Undefined(reason)
    if left is None or right is None:
        raise OneSided
    return left, right
