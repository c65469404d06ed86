"""A model on which everything that a claim assumes holds: without one, a proof would speak of nothing."""

from __future__ import annotations

from itertools import cycle

import numpy as np

from proofs.language import tree as t
from proofs.refuters.attack import Attack
from proofs.refuters.confirm import holds
from proofs.refuters.models import Models
from proofs.refuters.signature import signature_of
from proofs.refuters.strata import draw

_BATCH = 128
_CONFIRMED = 8  # models of a batch that are looked at in exact arithmetic


def witness(claim: t.Claim, step: t.Step, *, rng: np.random.Generator, tries: int = 1024) -> Models | None:
    """A finite model on which every assumption of the claim certainly holds, at every point, and the step has a value.

    Args:
        claim: the claim, elaborated and expanded.
        step: one of its steps.
        rng: the source of randomness.
        tries: how many models to look at.

    Returns:
        The model, alone in its batch, or None where none was found.

    Raises:
        Unsupported: where finite models cannot hold the step or what is assumed.
    """
    signature = signature_of(step, claim)
    attack = Attack(step, signature)
    for _, points in zip(range(0, tries, _BATCH), cycle((2, 1, 3)), strict=False):
        sizes = {space: 1 if space in signature.hidden else points for space in signature.spaces}
        models = draw(signature, sizes, _BATCH, rng)
        satisfied = np.flatnonzero(~np.isnan(attack.violations(models)))
        for index in satisfied[:_CONFIRMED]:
            model = models.pick([int(index)])
            if all(holds(assumption, model) for assumption in signature.assumptions):
                return model
    return None
