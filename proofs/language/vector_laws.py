r"""Normal laws of vectors as products of normal laws of numbers, each coordinate given those before it.

With a covariance :math:`U D U^T`, U lower triangular with ones on its diagonal and D diagonal, the deviations
:math:`w = U^{-1}(x - \mu)` are independent, and :math:`x_i \mid x_{<i}` is normal with mean
:math:`\mu_i + \sum_{j<i} U_{ij} w_j` and variance :math:`D_i`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

from proofs.language import surface as s
from proofs.language.matrices import (
    Matrix,
    divided,
    grouped,
    inverse_triangular,
    is_diagonal,
    less,
    plus,
    power,
    times,
    total,
    transposed,
)


@dataclass(frozen=True)
class Covariance:
    """A covariance by its factors.

    Args:
        order: the coordinates in the order in which the factors take them.
        unit: U row by row below its diagonal, in that order.
        variances: D.
    """

    order: tuple[int, ...]
    unit: tuple[tuple[s.Surface, ...], ...]
    variances: tuple[s.Surface, ...]


def of(matrix: Matrix, at: int) -> Covariance | None:
    """A covariance with a known root, or a diagonal one; None for any other."""
    if matrix.root is not None:
        return _of_root(matrix.root, matrix.factor, at)
    if matrix.shape[0] != matrix.shape[1] or not is_diagonal(matrix):
        return None
    size = matrix.shape[0]
    unit = tuple(matrix.rows[i][:i] for i in range(size))
    return Covariance(tuple(range(size)), unit, tuple(matrix.rows[i][i] for i in range(size)))


def of_inverse(matrix: Matrix, at: int) -> Covariance:
    r"""The covariance :math:`(L L^T)^{-1} = L^{-T} L^{-1}`, whose root is lower triangular from the last one on."""
    assert matrix.root is not None
    upper = transposed(inverse_triangular(matrix.root, at))
    backwards = Matrix(tuple(tuple(reversed(row)) for row in reversed(upper.rows)))
    found = _of_root(backwards, divided(s.Numeral(at, "1"), matrix.factor, at), at)
    return replace(found, order=tuple(reversed(found.order)))


def _of_root(root: Matrix, factor: s.Surface, at: int) -> Covariance:
    """The covariance root root^T times a positive factor, for a lower triangular root."""
    size = root.shape[0]
    unit = tuple(tuple(divided(root.rows[i][j], root.rows[j][j], at) for j in range(i)) for i in range(size))
    variances = tuple(times(factor, power(root.rows[i][i], 2, at), at) for i in range(size))
    return Covariance(tuple(range(size)), unit, variances)


def normal(point: Sequence[s.Surface], mean: Sequence[s.Surface], covariance: Covariance, at: int) -> s.Surface:
    """The density of a normal law at a point, as a product of densities of numbers."""
    factors: list[s.Surface] = []
    deviations: list[s.Surface] = []
    for place, unit, variance in zip(covariance.order, covariance.unit, covariance.variances, strict=True):
        shift = total(tuple(times(weight, w, at) for weight, w in zip(unit, deviations, strict=True)), at)
        center = plus(mean[place], shift, at)
        deviations.append(less(less(point[place], mean[place], at), shift, at))
        factors.append(s.Application(at, "N", (point[place],), (center, variance), None))
    return grouped(reduce(lambda a, b: s.Operation(at, "*", a, b), factors))
