"""Random numbers for sampling: from a numpy generator for any array library, or from torch's for tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from divergences.libraries import Array, device_of, is_torch
from divergences.namespace import Inputs
from divergences.reading import to_numpy

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Noise:
    """Standard draws as arrays of one namespace, dtype and device.

    Args:
        rng: ``numpy.random.Generator`` or ``torch.Generator``.
        like: an array of the namespace, for its dtype and device.
        xp: the namespace.
    """

    rng: Any
    like: Array
    xp: Any

    @classmethod
    def of(cls, rng: Any, inputs: Inputs) -> Noise:
        """The source of a call, or a TypeError where the generator does not fit the parameters."""
        like = inputs.values[0]
        torch_rng = type(rng).__module__.startswith("torch")
        if not (isinstance(rng, np.random.Generator) or (torch_rng and is_torch(like))):
            expected = "a numpy.random.Generator or a torch.Generator" if is_torch(like) else "a numpy.random.Generator"
            raise TypeError(f"rng must be {expected}, got {rng!r}")
        return cls(rng, like, inputs.xp)

    def uniform(self, shape: Shape) -> Array:
        """Uniform on (0, 1), both ends excluded."""
        if self._native:
            import torch

            draws = torch.rand(shape, generator=self.rng, dtype=self.like.dtype, device=self.like.device)
            return draws + torch.finfo(draws.dtype).tiny
        # Drawn in the dtype itself, where rounding to it could give 1.
        dtype: Any = np.float32 if self.xp.finfo(self.like.dtype).bits <= 32 else np.float64
        return self._array(self.rng.random(shape, dtype=dtype) + np.finfo(dtype).tiny)

    def normal(self, shape: Shape) -> Array:
        if self._native:
            import torch

            return torch.randn(shape, generator=self.rng, dtype=self.like.dtype, device=self.like.device)
        return self._array(self.rng.standard_normal(shape))

    def exponential(self, shape: Shape) -> Array:
        if self._native:
            return -self.xp.log(self.uniform(shape))
        return self._array(self.rng.standard_exponential(shape))

    def gamma(self, concentration: Array, shape: Shape) -> Array:
        """Gamma(concentration, 1); differentiable in the concentration where torch draws."""
        if self._native:
            import torch

            return torch._standard_gamma(concentration.expand(shape), generator=self.rng)
        return self._array(self.rng.standard_gamma(np.broadcast_to(to_numpy(concentration), shape)))

    def poisson(self, rate: Array, shape: Shape) -> Array:
        if self._native:
            import torch

            return torch.poisson(rate.expand(shape), generator=self.rng)
        return self._array(self.rng.poisson(np.broadcast_to(to_numpy(rate), shape)))

    def binomial(self, count: Array, probs: Array, shape: Shape) -> Array:
        if self._native:
            import torch

            return torch.binomial(count.expand(shape), probs.expand(shape).contiguous(), generator=self.rng)
        counts = np.broadcast_to(to_numpy(count), shape).astype(np.int64)
        return self._array(self.rng.binomial(counts, np.broadcast_to(to_numpy(probs), shape)))

    @property
    def _native(self) -> bool:
        return not isinstance(self.rng, np.random.Generator)

    def _array(self, values: Any) -> Array:
        device = device_of(self.like)
        placed = {} if device is None else {"device": device}
        return self.xp.asarray(np.asarray(values, dtype=np.float64), dtype=self.like.dtype, **placed)
