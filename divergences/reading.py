"""Reading values off arrays: when that is possible, what it costs, and what to do where it is not.

A tensor under ``torch.compile``, ``torch.func.vmap`` or ``jax.jit`` has no values to read, and one on a device has them
only after the device has finished.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from divergences.libraries import Array, is_torch


def readable(values: Array) -> bool:
    """Whether reading values is possible without disturbing a compilation, a trace or a CUDA graph capture."""
    if not is_torch(values):
        return True
    torch = sys.modules["torch"]
    if torch.compiler.is_compiling() or torch.jit.is_tracing() or values.is_meta:
        return False
    return not (values.is_cuda and torch.cuda.is_current_stream_capturing())


def truth(condition: Array) -> bool | None:
    """The truth value of a 0-d condition, or None where it has none to read."""
    if not readable(condition):
        return None
    try:
        return bool(condition)
    except (RuntimeError, TypeError, NotImplementedError):  # a traced or batched array of torch, jax or the like
        return None


def whole(value: Array) -> int | None:
    """The whole number that a 0-d array holds, or None where it has none to read."""
    if not readable(value):
        return None
    try:
        return int(value)
    except (RuntimeError, TypeError, NotImplementedError):
        return None


def on_host(array: Array) -> bool:
    """Whether it is an array of NumPy, or a tensor that no device has to be waited for to read."""
    return isinstance(array, (np.ndarray, np.generic)) or (is_torch(array) and not array.is_cuda)


def choose(mask: Array, first: Callable[[], Array], second: Callable[[], Array], *, xp: Any) -> Array:
    """``where(mask, first(), second())``, without evaluating a side that is taken nowhere, where that is cheap to know.

    Both sides must be finite, or at least free of NaN in their gradients, where the other one is taken.
    """
    if on_host(mask):
        if truth(xp.all(mask)):
            return first()
        if truth(xp.any(mask)) is False:
            return second()
    return xp.where(mask, first(), second())


def to_numpy(array: Array) -> np.ndarray:
    """The values on the host, for an error message."""
    array = array.detach() if hasattr(array, "detach") else array
    return np.asarray(array.cpu() if hasattr(array, "cpu") else array)


def first_index(mask: Array) -> tuple[int, ...]:
    """The first index at which the mask holds."""
    return tuple(int(i) for i in np.argwhere(to_numpy(mask))[0])
