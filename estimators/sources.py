"""Where the samples of an expectation come from: standard noise, or a law of `divergences.families`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from estimators.counting import positive_integer

Samples = Any  # an array whose first axis counts samples


class Source(Protocol):
    """What draws the samples of an expectation."""

    def draw(self, rng: np.random.Generator, num_samples: int) -> Samples:
        """Independent samples."""
        ...


@dataclass(frozen=True)
class StandardNormal:
    """Standard normal noise of shape (n, dimension).

    Args:
        dimension: the number of coordinates, at least 1.
    """

    dimension: int = 1

    def __post_init__(self) -> None:
        positive_integer("dimension", self.dimension)

    def draw(self, rng: np.random.Generator, num_samples: int) -> NDArray[np.float64]:
        return rng.standard_normal((num_samples, self.dimension))

    def mirror(self, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        """The reflection that leaves the law as it is."""
        return -samples

    def from_uniform(self, uniform: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the unit cube carried to the law."""
        from scipy.special import ndtri

        return np.asarray(ndtri(uniform))


@dataclass(frozen=True)
class StandardUniform:
    """Noise that is uniform on the unit cube, of shape (n, dimension).

    Args:
        dimension: the number of coordinates, at least 1.
    """

    dimension: int = 1

    def __post_init__(self) -> None:
        positive_integer("dimension", self.dimension)

    def draw(self, rng: np.random.Generator, num_samples: int) -> NDArray[np.float64]:
        return rng.random((num_samples, self.dimension))

    def mirror(self, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        """The reflection that leaves the law as it is."""
        return 1 - samples

    def from_uniform(self, uniform: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the unit cube carried to the law."""
        return uniform


@dataclass(frozen=True)
class LawSource:
    """A law with ``sample(shape, rng=...)``, such as those of `divergences.families`."""

    law: Any

    def draw(self, rng: np.random.Generator, num_samples: int) -> Samples:
        return self.law.sample((num_samples,), rng=rng)


def source(value: Any) -> Source:
    """What the user handed over, as a source of samples, or a TypeError that says what serves."""
    if hasattr(value, "draw"):
        return value
    if hasattr(value, "sample"):
        return LawSource(value)
    raise TypeError(
        "law must be StandardNormal(d), StandardUniform(d) or a law with sample(shape, rng=...), "
        f"got {value!r} of type {type(value).__name__}"
    )
