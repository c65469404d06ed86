"""Calling somebody's function: parameters by keyword, in its own array library, one point or a grid at a time."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

LIBRARIES = ("numpy", "torch", "jax")


class OutsideDomain(Exception):
    """What a wrapped function raises at parameters that the wrapped code declares invalid: the point is passed over."""


@dataclass(frozen=True)
class Implementation:
    """A function under test.

    Args:
        function: takes the parameters by keyword, as arrays, and returns an array.
        library: the array library whose arrays it takes, one of `LIBRARIES`.
        names: its keyword for a parameter of the target, where that differs.
    """

    function: Callable[..., Any]
    library: str = "numpy"
    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise TypeError(f"function must be callable, got {self.function!r}")
        if self.library not in LIBRARIES:
            raise ValueError(f"library must be one of {', '.join(LIBRARIES)}, got {self.library!r}")

    def value(self, point: Mapping[str, float], dtype: str = "float64") -> tuple[float, str]:
        """The value at one point, from arrays of shape (1,), and the dtype it came in.

        Raises:
            OutsideDomain: the function declares the point invalid.
            ValueError: the result has another shape.
        """
        result = self.call({name: np.array([value], dtype=dtype) for name, value in point.items()})
        if result.shape != (1,):
            raise ValueError(f"arrays of shape (1,) gave a result of shape {result.shape}")
        return float(result[0]), str(result.dtype)

    def call(self, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        """The result on arrays of any shapes."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return self._to_numpy(self.function(**{self._keyword(name): self._make(a) for name, a in arrays.items()}))

    def gradient(self, point: Mapping[str, float]) -> dict[str, float] | None:
        """The derivatives at one point by the library's own differentiation; None where it has none."""
        if self.library == "torch":
            return self._torch_gradient(point)
        return self._jax_gradient(point) if self.library == "jax" else None

    def _torch_gradient(self, point: Mapping[str, float]) -> dict[str, float] | None:
        import torch

        tensors = {
            name: torch.tensor([value], dtype=torch.float64, requires_grad=True) for name, value in point.items()
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = self.function(**{self._keyword(name): tensor for name, tensor in tensors.items()})
            if not result.requires_grad:
                return {name: 0.0 for name in point}
            found = torch.autograd.grad(result.sum(), list(tensors.values()), allow_unused=True)
        return {name: 0.0 if one is None else float(one) for name, one in zip(point, found, strict=True)}

    def _jax_gradient(self, point: Mapping[str, float]) -> dict[str, float]:
        jax = import_module("jax")

        def total(values: dict[str, Any]) -> Any:
            return self.function(**{self._keyword(name): value for name, value in values.items()}).sum()

        found = jax.grad(total)({name: self._make(np.array([value])) for name, value in point.items()})
        return {name: float(one[0]) for name, one in found.items()}

    def _keyword(self, name: str) -> str:
        return self.names.get(name, name)

    def _make(self, array: np.ndarray) -> Any:
        if self.library == "torch":
            import torch

            return torch.as_tensor(np.array(array))
        if self.library == "jax":
            return import_module("jax.numpy").asarray(array)
        return array

    @staticmethod
    def _to_numpy(result: Any) -> np.ndarray:
        return np.asarray(result.detach().cpu() if hasattr(result, "detach") else result)
