"""What a proof is, and the check that it is one.

A certificate of ``left <= right`` names axiom instances with non-negative multipliers. It is accepted exactly when

    right - left  =  sum_i multiplier_i * instance_i  +  rest

as normal forms, with a rest that is provably non-negative (positive for a strict step): mostly a constant. An equality
is accepted when the normal form of the difference is empty, up to multiples of equalities that the claim assumes.
"""

from __future__ import annotations

from dataclasses import dataclass

from proofs.kernel.assumed import Assumed
from proofs.kernel.axioms import SCHEMAS, Rejected
from proofs.kernel.combination import Instance, leftover, remainder
from proofs.kernel.normal_form import Reader, is_infinite
from proofs.kernel.polynomial import Poly, Unsupported, cancel
from proofs.language.tree import Claim, Step

FINITE = "the expectations and integrals that appear are finite"
EXCHANGE = "derivatives and integrals may be exchanged"
CONSISTENT = "what is assumed holds of something"


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
    for definition in reader.hypotheses.definitions:
        reader.read(definition.left)  # is seen to define something of its kind
    rest = difference(reader, certificate.step)
    relation = certificate.step.relation
    if relation == "=":
        _known(certificate.instances)
        if not all(isinstance(i.axiom, Assumed) and i.axiom.hypothesis.relation == "=" for i in certificate.instances):
            raise Rejected("an equality that rests on something else than assumed equalities")
        if leftover(reader, rest, certificate.instances).terms:
            raise Rejected("the two sides have different normal forms")
    elif relation in ("<=", ">=", "<", ">"):
        _known(certificate.instances)
        strict = relation in ("<", ">")
        if strict and all(is_infinite(reader.read(side)) for side in (certificate.step.left, certificate.step.right)):
            raise Rejected("a strict inequality whose two sides may both be infinite")
        left = remainder(reader, rest, certificate.instances)
        if not (left.positive if strict else left.nonnegative):
            raise Rejected("the instances do not add up to the step")
    else:
        raise Rejected(f"no certificate speaks of the relation {relation!r}")
    normalised = tuple(f"{name}(1) = 0, as in every D_{name}" for name in sorted(reader.zero_at_one))
    consistent = (CONSISTENT,) * bool(reader.hypotheses.others)
    return (FINITE,) * reader.uses_integrals + (EXCHANGE,) * reader.differentiates + normalised + consistent


def _known(instances: tuple[Instance, ...]) -> None:
    """Every instance is one of a schema in force, those that another instance rests on included."""
    if type(instances) is not tuple:
        raise Rejected("instances that may change while they are read")
    for instance in instances:
        if type(instance) is not Instance or type(instance.axiom) not in SCHEMAS:
            raise Rejected("an instance of no axiom schema")
        for premises in instance.axiom.premises():
            _known(premises)


def difference(reader: Reader, step: Step) -> Poly:
    """The normal form that the step claims to vanish or to be non-negative: right - left, or left - right for >=."""
    left, right = reader.read(step.left), reader.read(step.right)
    return cancel(left - right if step.relation in (">=", ">") else right - left)
