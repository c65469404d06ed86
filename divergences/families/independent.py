"""Products of independent laws, and mixtures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from divergences.domains import Domain
from divergences.families.categorical import Categorical
from divergences.families.law import Law, broadcast_shape, shaped
from divergences.families.noise import Noise
from divergences.families.support import Support
from divergences.libraries import Array


@dataclass(frozen=True, eq=False)
class Independent(Law):
    r"""A batch of independent laws as one law: its last batch axes become axes of the event.

    .. math:: \log p(x) = \sum_i \log p_i(x_i)

    Args:
        base_distribution: the laws.
        reinterpreted_batch_ndims: how many of its batch axes one event has.

    Raises:
        ValueError: the laws have fewer batch axes.

    >>> from divergences.families.normal import Normal
    >>> float(Independent(Normal([0.0, 0.0], 1.0), 1).log_density([0.0, 0.0]))
    -1.83787706640...
    """

    base_distribution: Law
    reinterpreted_batch_ndims: int = 1

    def __post_init__(self) -> None:
        axes, batch = self.reinterpreted_batch_ndims, self.base_distribution.batch_shape
        if not isinstance(axes, int) or not 0 <= axes <= len(batch):
            raise ValueError(f"reinterpreted_batch_ndims must lie in the batch shape {batch}, got {axes!r}")

    @property
    def discrete(self) -> bool:  # type: ignore[override]
        return self.base_distribution.discrete

    @property
    def event_rank(self) -> int:  # type: ignore[override]
        return self.reinterpreted_batch_ndims + self.base_distribution.event_rank

    @property
    def _own_rank(self) -> int:
        return self.base_distribution._own_rank

    @property
    def batch_shape(self) -> tuple[int, ...]:
        batch = self.base_distribution.batch_shape
        return batch[: len(batch) - self.reinterpreted_batch_ndims]

    @property
    def event_shape(self) -> tuple[int, ...]:
        batch = self.base_distribution.batch_shape
        return batch[len(batch) - self.reinterpreted_batch_ndims :] + self.base_distribution.event_shape

    def admit(self, xp: Any, *, validate: bool) -> Independent:
        return Independent(self.base_distribution.admit(xp, validate=validate), self.reinterpreted_batch_ndims)

    def summed(self, values: Array, xp: Any) -> Array:
        """Values of the base laws (of their batch shape, at least) summed over the event's axes."""
        axes = tuple(range(-self.reinterpreted_batch_ndims, 0))
        return xp.sum(values, axis=axes) if axes else values

    def _log_density_everywhere(self, x: Array, xp: Any) -> Array:
        return self.summed(self.base_distribution._log_density_everywhere(x, xp), xp)

    def _entropy(self, xp: Any) -> Array | None:
        value = self.base_distribution._entropy(xp)
        return None if value is None else self.summed(shaped(value, self.base_distribution.batch_shape, xp), xp)

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        batch = self.base_distribution.batch_shape
        return self.base_distribution._sample(noise, shape + batch[len(batch) - self.reinterpreted_batch_ndims :], xp)


@dataclass(frozen=True, eq=False)
class Mixture(Law):
    r"""A finite mixture of laws of one family and one variable, as ``torch.distributions.MixtureSameFamily`` has it.

    .. math:: \log p(x) = \log\sum_k w_k\, p_k(x)

    Args:
        mixture_distribution: the law of the component's number, with K categories.
        component_distribution: the components, whose last batch axis has length K.

    Raises:
        ValueError: the numbers of components differ, or the components are not laws of one variable.

    >>> from divergences.families.normal import Normal
    >>> two = Mixture(Categorical([0.5, 0.5]), Normal([-1.0, 1.0], [1.0, 1.0]))
    >>> float(two.log_density(0.0))
    -1.41893853320...
    """

    mixture_distribution: Categorical
    component_distribution: Law

    def __post_init__(self) -> None:
        count, batch = self.mixture_distribution.num_categories, self.component_distribution.batch_shape
        if self.component_distribution.event_rank:
            raise ValueError("the components of a mixture must be laws of one variable")
        if batch[-1:] != (count,):
            raise ValueError(f"components must have a last batch axis of length {count}, got the batch shape {batch}")

    @property
    def discrete(self) -> bool:  # type: ignore[override]
        return self.component_distribution.discrete

    @property
    def batch_shape(self) -> tuple[int, ...]:
        weights = self.mixture_distribution.batch_shape
        return broadcast_shape([weights, self.component_distribution.batch_shape[:-1]])

    def requirements(self, prefix: str = "") -> dict[str, tuple[Domain, int]]:
        found = super().requirements(prefix)
        inside = f"{prefix}component_distribution."
        # A parameter that all components share has no axis of theirs.
        return {
            name: (domain, rank + 1 if name.startswith(inside) and self._has_axis(name.removeprefix(inside)) else rank)
            for name, (domain, rank) in found.items()
        }

    def _has_axis(self, name: str) -> bool:
        return bool(getattr(self.component_distribution.parameters()[name], "shape", ()))

    def _support(self, xp: Any) -> Support:
        support = self.component_distribution._support(xp)
        low, high = (
            reduce(end, axis=-1) if getattr(end, "shape", ()) else end
            for end, reduce in ((support.low, xp.min), (support.high, xp.max))
        )
        return Support(low, high, support.low_closed, support.high_closed, support.whole, low)

    def _log_density_everywhere(self, x: Array, xp: Any) -> Array:
        terms = self.mixture_distribution.log_masses(xp)
        terms = terms + self.component_distribution._log_density_everywhere(x[..., None], xp)
        top = xp.max(terms, axis=-1, keepdims=True)
        top = xp.where(xp.abs(top) < math.inf, top, 0.0)
        total = xp.sum(xp.exp(terms - top), axis=-1)
        nowhere = total <= 0
        return xp.where(nowhere, -math.inf, xp.log(xp.where(nowhere, 1.0, total)) + top[..., 0])

    def _cdf_everywhere(self, x: Array, xp: Any) -> Array:
        values = self.component_distribution._cdf_everywhere(x[..., None], xp)
        return xp.sum(self.mixture_distribution.masses(xp) * values, axis=-1)

    def _entropy(self, xp: Any) -> Array:
        from divergences.mixtures import kl_of_mixtures

        return -kl_of_mixtures(self, None, self.batch_shape, xp)[0]

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        chosen = self.mixture_distribution._sample(noise, shape, xp)
        count = self.mixture_distribution.num_categories
        draws = self.component_distribution._sample(noise, (*shape, count), xp)
        numbers = self.mixture_distribution.numbers(xp)
        return xp.sum(xp.where(chosen[..., None] == numbers, draws, 0.0), axis=-1)
