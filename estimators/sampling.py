"""Noise as an explicit stream of blocks: block i is the same numbers on any worker, device and run.

A pseudo-random function of (seed, block) replaces the hidden state of a generator, so that a block can be made again
(for a second pass over the same samples), elsewhere (another process or device) or out of order (a retried worker).
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Scheme = Literal["plain", "antithetic"]


@dataclass(frozen=True)
class NoiseStream:
    """Independent blocks of noise, made by a counter-based generator (Philox) of the seed and the block's number.

    Args:
        seed: a non-negative integer; streams of different seeds are independent.
        scheme: ``"plain"``, or ``"antithetic"``: the second half of a block mirrors the first, so that odd functions
            of symmetric noise average to exactly zero; entries of one block are then dependent in pairs.

    Raises:
        TypeError: ``seed`` is not an integer.
        ValueError: ``seed`` is negative, or ``scheme`` unknown.

    Reference:
        J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC (2011).

    Example:
        >>> stream = NoiseStream(7)
        >>> bool((stream.normal(3, (2, 5)) == NoiseStream(7).normal(3, (2, 5))).all())
        True
        >>> float(NoiseStream(7, scheme="antithetic").normal(0, (4,)).sum())
        0.0
    """

    seed: int
    scheme: Scheme = "plain"

    def __post_init__(self) -> None:
        try:
            seed = operator.index(self.seed)
        except TypeError:
            raise TypeError(f"seed must be an integer, got {self.seed!r}") from None
        if seed < 0:
            raise ValueError(f"seed must not be negative, got {seed}")
        if self.scheme not in ("plain", "antithetic"):
            raise ValueError(f"scheme must be 'plain' or 'antithetic', got {self.scheme!r}")

    def rng(self, block: int) -> np.random.Generator:
        """The generator of one block, for noise of other kinds."""
        block = operator.index(block)
        if block < 0:
            raise ValueError(f"block must not be negative, got {block}")
        return np.random.Generator(np.random.Philox(np.random.SeedSequence(self.seed, spawn_key=(block,))))

    def normal(self, block: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Standard normal noise.

        Args:
            block: the number of the block.
            shape: its shape; the first axis counts samples, an even number of them under the antithetic scheme.

        Raises:
            ValueError: ``block`` is negative, or the number of antithetic samples odd.
        """
        return self._paired(shape, lambda rng, half: rng.standard_normal(half), lambda noise: -noise, block)

    def uniform(self, block: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Noise that is uniform on [0, 1); arguments as for `normal`."""
        return self._paired(shape, lambda rng, half: rng.random(half), lambda noise: 1 - noise, block)

    def _paired(self, shape: tuple[int, ...], draw: Any, mirror: Any, block: int) -> NDArray[np.float64]:
        rng = self.rng(block)
        if self.scheme == "plain":
            return np.asarray(draw(rng, shape))
        if not shape or shape[0] % 2:
            raise ValueError(f"antithetic noise comes in pairs along the first axis, got shape {shape}")
        half = draw(rng, (shape[0] // 2, *shape[1:]))
        return np.concatenate([half, mirror(half)])
