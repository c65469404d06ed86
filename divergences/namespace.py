"""Which array library a call's arguments come from, and the one dtype, device and shape that they share.

Every public function begins with `gather`, which turns its arguments into arrays of one namespace, and ends
with `Inputs.result`. In between it is written once, against the array API standard, and so runs on numpy,
torch, jax and cupy arrays alike, and on sympy expressions (`divergences.symbols`).

* Python numbers, and lists of them, are weak: they take the dtype and device of the arrays they meet, and are
  numpy float64 alone. So do numpy scalars next to another library's arrays.
* The dtype of the result is that of the floating arguments, promoted by their library; integer and boolean
  arrays never promote it, and count as the library's default float where no argument is floating.
* float16 and bfloat16 are computed in float32 and rounded once, at the end.
* Libraries and devices never mix; shapes broadcast.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from divergences.libraries import SYMPY, Array, common_library, device_of, is_weak, namespace, shape_of

if TYPE_CHECKING:
    from divergences.domains import Domain

Shapes = Mapping[str, tuple[int, ...]]

_NUMPY = np.empty(0)  # stands for the library of numbers that meet no array


@dataclass(frozen=True)
class Inputs:
    """The arguments of one call, as arrays of one namespace, dtype and device. Iterates over the arrays.

    Args:
        xp: the array namespace; `divergences.symbols` where the arguments are sympy expressions.
        values: the arrays, in the order of the arguments; not broadcast against each other.
        dtype: the dtype that the result is to have.
    """

    xp: Any
    values: tuple[Array, ...]
    dtype: Any

    def __iter__(self) -> Iterator[Array]:
        return iter(self.values)

    def result(self, value: Array) -> Array:
        """The value in the dtype that the caller is owed; numpy's 0-d results are scalars, as its ufuncs' are."""
        if self.dtype is None:
            return self.xp.result(value)
        if value.dtype != self.dtype:
            value = self.xp.astype(value, self.dtype)
        return value[()] if isinstance(value, np.ndarray) else value

    def quiet(self) -> contextlib.AbstractContextManager[Any]:
        """Silences numpy's over- and underflow warnings: a result beyond the largest float is inf in every library."""
        return (
            np.errstate(over="ignore", under="ignore")
            if self.xp.__name__ == "array_api_compat.numpy"
            else contextlib.nullcontext()
        )


def broadcastable(shapes: Shapes) -> None:
    """Raises a ValueError that lists the shapes unless they broadcast."""
    common: tuple[int, ...] = ()
    for own in shapes.values():
        rank = max(len(common), len(own))
        left, right = (1,) * (rank - len(common)) + common, (1,) * (rank - len(own)) + own
        if any(a != b and a != 1 and b != 1 for a, b in zip(left, right, strict=True)):
            raise ValueError(f"shapes must broadcast, got {listed(shapes)}")
        common = tuple(b if a == 1 else a for a, b in zip(left, right, strict=True))


def listed(shapes: Shapes) -> str:
    """The shapes by argument, for an error."""
    return ", ".join(f"{name} {shape}" for name, shape in shapes.items())


def gather(
    arguments: Mapping[str, tuple[object, Domain]],
    *,
    validate: bool,
    shapes_agree: Callable[[Shapes], None] = broadcastable,
) -> Inputs:
    """The arguments of one call, brought to one namespace, dtype and device, with their values checked.

    Args:
        arguments: for each argument's name, what the caller passed and the domain that it must lie in.
        validate: whether values are read and checked (`divergences.domains`).
        shapes_agree: raises a ValueError where the shapes do not fit each other.

    Raises:
        TypeError: an argument is no array or real number, or the arguments come from different libraries.
        ValueError: devices differ, shapes do not broadcast, or a value lies outside its domain.
    """
    values = {name: value for name, (value, _) in arguments.items()}
    library = common_library(values)
    shapes_agree({name: shape_of(name, value) for name, value in values.items()})
    if library == SYMPY:
        from divergences import symbols

        expressions = {name: symbols.asarray(value) for name, value in values.items()}
        for name, (_, domain) in arguments.items():
            symbols.check(name, expressions[name], domain)
        return Inputs(symbols, tuple(expressions.values()), None)

    arrays = {name: value for name, value in values.items() if not is_weak(value, library)}
    xp = namespace(next(iter(arrays.values()), _NUMPY))
    device = _common_device(arrays)
    dtype, working = _dtypes(xp, arrays)
    converted = []
    for name, (_, domain) in arguments.items():
        value = values[name]
        array = _as_dtype(xp, value, working) if name in arrays else _weak(xp, name, value, working, device)
        converted.append(domain.admit(xp, name, array, validate=validate))
    return Inputs(xp, tuple(converted), dtype)


def namespace_of(value: Array) -> tuple[Any, Array]:
    """The namespace of one array, number or expression, and the value as an array of it."""
    library = common_library({"x": value})
    if library == SYMPY:
        from divergences import symbols

        return symbols, symbols.asarray(value)
    if not is_weak(value, library):
        return namespace(value), value
    xp = namespace(_NUMPY)
    return xp, _weak(xp, "x", value, xp.float64, None)


# --- dtype, device, shape ------------------------------------------------------------------------------------------


def _dtypes(xp: Any, arrays: Mapping[str, Array]) -> tuple[Any, Any]:
    """The dtype of the result, and the one to compute in."""
    floating = []
    for name, array in arrays.items():
        if xp.isdtype(array.dtype, "real floating"):
            floating.append(array.dtype)
        elif not xp.isdtype(array.dtype, ("bool", "integral")):
            raise TypeError(f"{name} must be real, got dtype {array.dtype}")
    dtype = floating[0] if floating else xp.asarray(0.0).dtype
    for other in floating[1:]:
        if other != dtype:
            dtype = xp.result_type(dtype, other)
    bits = xp.finfo(dtype).bits
    if bits > 64:
        names = ", ".join(name for name, array in arrays.items() if array.dtype == dtype)
        raise TypeError(f"{names}: dtype {dtype} is wider than float64, to which the closed forms are accurate")
    return dtype, xp.float32 if bits < 32 else dtype


def _as_dtype(xp: Any, array: Array, dtype: Any) -> Array:
    array = xp.asarray(array) if isinstance(array, np.generic) else array
    return array if array.dtype == dtype else xp.astype(array, dtype)


def _weak(xp: Any, name: str, value: Any, dtype: Any, device: Any) -> Array:
    """A number or a list of numbers as an array. One that the dtype would turn into 0 or inf is an error."""
    try:
        numbers: Any = np.asarray(value, dtype=np.float64) if isinstance(value, (list, tuple)) else float(value)
    except OverflowError:
        raise ValueError(f"{name} must fit {dtype}, got {value!r}") from None
    limits = xp.finfo(dtype)
    largest, smallest = float(limits.max), float(limits.smallest_normal) * float(limits.eps)
    for number in numbers.flat if isinstance(numbers, np.ndarray) else (numbers,):
        if largest < abs(number) < math.inf or 0 < abs(number) < smallest:
            raise ValueError(f"{name} must fit {dtype}, got {number!r}")
    return xp.asarray(numbers, dtype=dtype) if device is None else xp.asarray(numbers, dtype=dtype, device=device)


def _common_device(arrays: Mapping[str, Array]) -> Any:
    """The one device of the arrays, or a ValueError that names two that differ."""
    devices = {name: device_of(array) for name, array in arrays.items()}
    first, common = next(iter(devices.items()), ("", None))
    for name, device in devices.items():
        if device != common:
            raise ValueError(f"arguments must be on one device, got {first} on {common} and {name} on {device}")
    return common
