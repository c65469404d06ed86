"""Which array library a value belongs to, without importing any library that the caller has not imported."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from numbers import Rational
from typing import Any

import numpy as np

#: An array of any supported library, a number, or a sympy expression.
Array = Any

NUMBER, NUMPY, TORCH, SYMPY = "number", "numpy", "torch", "sympy"
_SCALAR = "numpy scalar"


def common_library(values: Mapping[str, object]) -> str:
    """The one library of the values by argument name, or a TypeError that names two that differ.

    Python numbers and lists of them go with any library. So do numpy scalars, which are numpy's among themselves.
    """
    libraries = {name: library_of(name, value) for name, value in values.items()}
    arrays = {name: library for name, library in libraries.items() if library not in (NUMBER, _SCALAR)}
    if not arrays:
        return NUMPY if _SCALAR in libraries.values() else NUMBER
    first, common = next(iter(arrays.items()))
    for name, library in arrays.items():
        if library != common:
            raise TypeError(
                f"arguments must come from one array library, got {first} from {common}, {name} from {library}"
            )
    return common


def is_weak(value: object, library: str) -> bool:
    """Whether the value takes the dtype and device of the arrays that it meets in a call of this library."""
    if isinstance(value, np.generic):
        return library != NUMPY
    return isinstance(value, (int, float, Rational, list, tuple))


def library_of(name: str, value: object) -> str:
    """`number`, `sympy`, `numpy scalar`, or the name of an array library; a TypeError for anything else."""
    if is_torch(value):
        layout = str(getattr(value, "layout", ""))
        if layout != "torch.strided":
            raise TypeError(f"{name} must be a dense tensor, got one of layout {layout}; pass {name}.to_dense()")
        return TORCH
    if _is_symbolic(value):  # before numbers: sympy's rationals are numbers, too
        return SYMPY
    if isinstance(value, np.generic):
        return _SCALAR
    if isinstance(value, (int, float, Rational)):
        return NUMBER
    if isinstance(value, (list, tuple)):
        return _library_of_items(name, value)
    if isinstance(value, np.ndarray):
        symbolic = value.dtype == object and any(_is_symbolic(item) for item in value.flat)
        return SYMPY if symbolic else NUMPY
    if _compat().is_array_api_obj(value):
        return str(namespace(value).__name__).removeprefix("array_api_compat.")
    raise TypeError(f"{name} must be an array or a real number, got {value!r} of type {type(value).__name__}")


def is_torch(value: object) -> bool:
    """Whether the value is a torch tensor; array_api_compat's own test makes ``torch.compile`` warn of its cache."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def namespace(array: Any) -> Any:
    """The array API namespace of an array."""
    if is_torch(array):
        import array_api_compat.torch as torch_namespace

        return torch_namespace
    return _compat().array_namespace(array)


def device_of(array: Any) -> Any:
    """The device that numbers must be put on to meet the array; None where its library sees to that by itself."""
    if is_torch(array):
        return array.device
    if isinstance(array, (np.ndarray, np.generic)) or _compat().is_jax_array(array):
        return None
    return _compat().device(array)


def _compat() -> Any:
    import array_api_compat  # when first needed: importing this package should cost what importing numpy costs

    return array_api_compat


def _library_of_items(name: str, items: list[Any] | tuple[Any, ...]) -> str:
    """The library of a nested list, which may hold numbers and sympy expressions, but no arrays."""
    library = NUMBER
    for item in items:
        nested = isinstance(item, (list, tuple))
        if not (nested or isinstance(item, (int, float, Rational, np.generic)) or _is_symbolic(item)):
            raise TypeError(f"{name} must be an array or hold real numbers, got an item of type {type(item).__name__}")
        if _is_symbolic(item) or (nested and _library_of_items(name, item) == SYMPY):
            library = SYMPY
    return library


def _is_symbolic(value: object) -> bool:
    # A sympy expression can only exist once sympy has been imported: no need to import it in order to know.
    sympy = sys.modules.get("sympy")
    return sympy is not None and isinstance(value, (sympy.Basic, sympy.MatrixBase))


def shape_of(name: str, value: Any) -> tuple[int, ...]:
    """The shape of an array, a number or a nested list; a ValueError where the list is ragged."""
    if not isinstance(value, (list, tuple)):
        return tuple(getattr(value, "shape", ()))
    shapes = {shape_of(name, item) for item in value}
    if len(shapes) > 1:
        raise ValueError(f"{name} must be rectangular, got the ragged {type(value).__name__} {value!r}")
    return (len(value), *(shapes.pop() if shapes else ()))
