"""Generated claims, each from a seed: true by how they are made, false by how they are made, or anything.

Every kind says what its claims are, so that a verdict can be wrong, and not only missing.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from proofs.language import expand, read
from proofs.language import tree as t
from proofs.mutation import slips
from tests.proofs.soundness import beyond, closed_forms, linear, trees


@dataclass(frozen=True)
class Kind:
    """Claims of one kind.

    Args:
        name: what a report calls it.
        draw: the text of a claim of one step, or a claim and its step.
        truth: whether each is true; None where that is not known.
        slipped: whether one slip is made in it (`proofs.mutation.slips`).
        decided: whether every one has to be decided: the linear fragment.
        weight: how many of these are drawn, compared to other kinds; the slow ones are drawn less often.
    """

    name: str
    draw: Callable[[Random], str | trees.Task]
    truth: bool | None = None
    slipped: bool = False
    decided: bool = False
    weight: int = 4

    def claim(self, seed: int) -> t.Claim:
        """The claim of a seed, expanded."""
        random = Random(zlib.crc32(f"{self.name} {seed}".encode()))
        drawn = self.draw(random)
        if not isinstance(drawn, str):
            claim, step = drawn
            return replace(claim, chains=(t.Chain((step,)),))
        claim = read(drawn)
        if self.slipped:
            claim = random.choice(slips(claim, claim.steps[-1])).claim
        return expand(claim)


_BEYOND = {
    "copies": beyond.copies,
    "any number of copies": beyond.general_k,
    "mixtures": beyond.mixtures,
    "convex functions": beyond.convex_functions,
    "gradients": beyond.gradients,
    "ratios and products": beyond.ratios_and_products,
    "named laws": closed_forms.named_laws,
}

LINEAR = (
    Kind("linear: true equalities", linear.a_true_equality, truth=True, decided=True),
    Kind("linear: true inequalities", linear.a_true_inequality, truth=True, decided=True),
    Kind("linear: false equalities", linear.a_false_equality, truth=False, decided=True),
    Kind("linear: false inequalities", linear.a_false_inequality, truth=False, decided=True),
    Kind("linear: equalities with a slip", linear.a_true_equality, slipped=True),
    Kind("linear: inequalities with a slip", linear.a_true_inequality, slipped=True),
)
BEYOND = tuple(
    kind
    for name, draw in _BEYOND.items()
    for weight in (1 if name == "named laws" else 4,)
    for kind in (
        Kind(f"{name}: true", draw, truth=True, weight=weight),
        Kind(f"{name}: with a slip", draw, slipped=True, weight=weight),
    )
)
TREES = (
    Kind("trees: true equalities", trees.a_true_equality, truth=True),
    Kind("trees: axioms, mostly true", trees.a_true_inequality),
    Kind("trees: axioms with a slip", trees.a_slip_in_an_axiom),
    Kind("trees: known claims with a slip", trees.a_slip_in_the_table),
    Kind("trees: anything", trees.anything, weight=2),
)
KINDS = (*LINEAR, *BEYOND, *TREES)
