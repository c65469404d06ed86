"""Whether a function on arrays is what it is on their elements, whatever shapes the two laws have."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from proofs.conformance.grid import Case
from proofs.conformance.implementation import Implementation, OutsideDomain
from proofs.conformance.report import Finding
from proofs.conformance.target import Target

#: Shapes of the parameters of the first law and of the second.
SHAPES = (((3,), (3,)), ((3,), (2, 1)), ((3,), (3, 1)), ((), (3,)), ((3,), ()), ((2, 1), (3,)))


def findings(
    implementation: Implementation,
    target: Target,
    points: Sequence[Mapping[str, float]],
    code: Callable[[Case, str], str],
) -> list[Finding]:
    """The first pair of shapes for which an array of values is not the array of the values."""
    sides = target.sides
    if len(points) < 6 or not all(sides):
        return []
    for first, second in SHAPES:
        arrays = {
            name: np.array([float(f"{points[i][name]:.1e}") for i in range(math.prod(shape))]).reshape(shape)
            for side, shape in zip(sides, (first, second), strict=True)
            for name in side
        }
        shape = np.broadcast_shapes(first, second)
        try:
            wanted = _elementwise(implementation, arrays, shape)
        except Exception:
            continue
        try:
            got = implementation.call(arrays)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        else:
            if got.shape == shape and _same(got, wanted):
                continue
            problem = f"shape {got.shape}" if got.shape != shape else "other values than for single numbers"
        case = Case("broadcasting", {name: array.tolist() for name, array in arrays.items()})
        expected = f"shape {shape} from {first} and {second}"
        line = code(case, expected)
        return [Finding("broadcasting", case.regime, case.point, case.dtype, problem[:140], expected, math.inf, line)]
    return []


def _elementwise(
    implementation: Implementation, arrays: Mapping[str, np.ndarray], shape: tuple[int, ...]
) -> np.ndarray:
    spread = {name: np.broadcast_to(array, shape) for name, array in arrays.items()}
    found = np.empty(shape)
    for index in itertools.product(*map(range, shape)):
        try:
            found[index] = implementation.value({name: float(array[index]) for name, array in spread.items()})[0]
        except OutsideDomain:
            raise ValueError("a point is declared invalid") from None
    return found


def _same(got: np.ndarray, wanted: np.ndarray) -> bool:
    """Equal up to the rounding of other loops of the same library."""
    return bool(np.allclose(got, wanted, rtol=1e-9, atol=1e-12, equal_nan=True))
