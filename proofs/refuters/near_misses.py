"""Models at which a bound that misses by little falls: far out, where laws part, and close by a tie."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from proofs.refuters.arithmetic import Array
from proofs.refuters.models import Models

#: Entries of laws are raised to this power of two, which leaves int64 room for a sign and a factor 32.
_FURTHEST = 57
#: Distances from a tie, as powers of two: closer than about 2^-12, float64 sees no difference of the sides.
_DISTANCES = (6, 12, 18, 24, 28)
_DIRECTIONS = 3


def parted(models: Models, rng: np.random.Generator) -> Models:
    """The models with laws whose entries are 1 or so much more that the others have next to no mass.

    Args:
        models: a batch as it was drawn.
        rng: the source of randomness.
    """
    numerators = dict(models.numerators)
    for key, entries in models.numerators.items():
        if key[0] == "family":
            powers = rng.choice([0, _FURTHEST // 2, _FURTHEST], entries.shape, p=[0.5, 0.2, 0.3])
            numerators[key] = np.where(entries > 0, 2**powers, 0)
    return Models(models.signature, models.sizes, numerators, models.denominators)


def near(tie: Models, rng: np.random.Generator) -> Iterator[Models]:
    """Models beside one at which both sides of a step agree, ever closer, in a few random directions each.

    An inequality with a wrong constant in front of what vanishes at the tie fails there only in ball arithmetic.

    Args:
        tie: a batch of the one model.
        rng: the source of randomness.
    """
    for power in _DISTANCES:
        for _ in range(_DIRECTIONS):
            numerators, denominators = dict(tie.numerators), dict(tie.denominators)
            for key in tie.numerators:
                if key[0] in ("family", "function", "scalar", "slope") and not _integral(tie, key[1]):
                    numerators[key] = _moved(tie.numerators[key], power, rng)
                    denominators[key] = tie.denominators[key] * 2**power
            yield Models(tie.signature, tie.sizes, numerators, denominators)


def _moved(entries: Array, power: int, rng: np.random.Generator) -> Array:
    steps = rng.integers(-3, 4, entries.shape)
    return np.asarray(entries * 2**power + steps * np.maximum(np.abs(entries), 1) * (entries != 0))


def _integral(models: Models, name: str) -> bool:
    interval = models.signature.ranges.get(name)
    return interval is not None and interval.integer
