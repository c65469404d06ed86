"""A strict inequality whose converse is a theorem: it fails wherever both sides have values, however close they are.

No enclosure tells two equal numbers apart, so where `a <= b` is proved, `b < a` is refuted by a model on which both
sides are finite, and by that proof.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import chain, islice

import numpy as np
from numpy.random import Generator

from proofs.certifier.points import points
from proofs.certifier.sides import OneSided, accuracy, both, require_closed_form
from proofs.language import tree as t
from proofs.outcome import Counterexample, Proof, Unsupported
from proofs.provers import linear, symbolic
from proofs.refuters.attack import Attack
from proofs.refuters.balls import Balls, Scalar, is_infinite, is_undefined, less
from proofs.refuters.confirm import Contradiction, apart
from proofs.refuters.evaluate import Evaluation
from proofs.refuters.finite import counterexample_at
from proofs.refuters.models import Models
from proofs.refuters.shrink import shrink
from proofs.refuters.signature import signature_of
from proofs.refuters.strata import draw
from proofs.refuters.ties import ties

_MODELS = 6
_POINTS = 8
_CONVERSE = {"<": ">=", ">": "<="}


def refute(claim: t.Claim, step: t.Step, *, rng: Generator, tries: int) -> Counterexample | None:
    """The simplest model found on which both sides of a strict inequality have values, if its converse is proved.

    Args:
        claim: the claim, expanded, without assumptions.
        step: one of its steps.
        rng: draws the models.
        tries: unused; one model is enough.

    Raises:
        Unsupported: where the converse is outside the fragment of every prover.
    """
    if step.relation not in _CONVERSE:
        return None
    proof = _converse(claim, step)
    if proof is None:
        return None
    for search in (_model, _point):
        try:
            found = search(claim, step, rng)
        except Unsupported:
            continue
        if found is not None:
            evidence = f"{proof.method}: {proof.details}" if proof.details else proof.method
            return replace(found, details=f"that left {_CONVERSE[step.relation]} right is proved ({evidence})")
    return None


def _converse(claim: t.Claim, step: t.Step) -> Proof | None:
    """A proof that the strict inequality holds nowhere."""
    reasons: list[Unsupported] = []
    provers: list[tuple[Callable[[t.Claim, t.Step], Proof | None], str]] = [
        (linear.prove, "="),
        (linear.prove, _CONVERSE[step.relation]),
        (symbolic.prove, "="),
    ]
    for prove, relation in provers:
        other = replace(step, relation=relation)
        try:
            proof = prove(replace(claim, chains=(t.Chain((other,)),)), other)
        except Unsupported as error:
            reasons.append(error)
        else:
            if proof is not None:
                return proof
    if len(reasons) == len(provers):
        raise reasons[0]
    return None


def _model(claim: t.Claim, step: t.Step, rng: Generator) -> Counterexample | None:
    """A finite model with values on both sides."""
    attack = Attack(step, signature_of(step, claim))
    for size in (1, 2):
        models = draw(attack.signature, dict.fromkeys(attack.signature.spaces, size), _MODELS, rng)
        for index in range(_MODELS):
            for smaller in shrink(attack, models.pick([index]), 0.0):
                place = _valued(attack, smaller) if smaller.admissible() else None
                if place is not None:
                    return counterexample_at(smaller, place, tries=0)
    return None


def _valued(attack: Attack, model: Models) -> Contradiction | None:
    evaluation = Evaluation(model, Balls())
    left, right = np.broadcast_arrays(evaluation.value(attack.step.left), evaluation.value(attack.step.right))
    for index in np.ndindex(left.shape):
        x, y = left[index], right[index]
        if not any(is_undefined(value) or is_infinite(value) for value in (x, y)) and not _holds(attack.step, x, y):
            axes = attack.signature.axes
            return Contradiction({name: index[axes[name]] for name in attack.signature.free}, x, y)
    return None


def _holds(step: t.Step, x: Scalar, y: Scalar) -> bool:
    """Whether enclosures say that the strict inequality is true after all: then there is a mistake somewhere."""
    return less(x, y) if step.relation == "<" else less(y, x)


def _point(claim: t.Claim, step: t.Step, rng: Generator) -> Counterexample | None:
    """Values of the free names at which both sides of a closed form have values."""
    require_closed_form(step, claim)
    for point in chain(ties(step, claim), islice(points(step, claim), _POINTS)):
        try:
            left, right = both(claim, step, point, accuracy(step))
        except (Unsupported, OneSided):
            continue
        if not _holds(step, left, right):
            shown = apart(left, right)
            return Counterexample("parameters", *shown, values=point)
    return None
