r"""Control variates: functions of known mean, subtracted with coefficients that are fitted beforehand.

.. math:: E f = E[f - \beta^\top (g - E g)]

for every fixed β; the best one leaves the part of f that is not linear in g. β comes from samples of its own, so that
the estimate stays unbiased at every sample size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class ControlVariates:
    """Functions of a sample whose means are known.

    Args:
        functions: takes samples, first axis n, and returns their values, shape (n, k).
        means: the k means, exact.
    """

    functions: Callable[[Any], Vector]
    means: tuple[float, ...]

    def centred(self, samples: Any) -> Vector:
        """The functions less their means, shape (n, k)."""
        values = np.asarray(self.functions(samples), dtype=np.float64)
        if values.ndim != 2 or values.shape[1] != len(self.means):
            raise ValueError(
                f"functions must return one column for each of the {len(self.means)} means, shape (n, "
                f"{len(self.means)}), got {values.shape}"
            )
        return values - np.asarray(self.means)

    def coefficients(self, samples: Any, values: Vector) -> Vector:
        """The least-squares coefficients β of the values on the functions."""
        centred = self.centred(samples)
        design = np.column_stack([np.ones(len(values)), centred])
        solution, *_ = np.linalg.lstsq(design, values, rcond=None)
        return np.asarray(solution[1:])


def _quadratic(noise: Vector) -> Vector:
    dimension = noise.shape[1]
    first, second = np.triu_indices(dimension)
    return np.concatenate([noise, noise[:, first] * noise[:, second]], axis=1)


def quadratic_control_variates(dimension: int) -> ControlVariates:
    """All monomials of degree one and two of standard normal noise.

    They leave nothing of a function that is a quadratic form in the noise, as the log-ratio of two Gaussians is.

    Args:
        dimension: the number of coordinates d; there are d + d(d + 1)/2 functions.
    """
    first, second = np.triu_indices(dimension)
    return ControlVariates(_quadratic, (0.0,) * dimension + tuple((first == second).astype(float).tolist()))
