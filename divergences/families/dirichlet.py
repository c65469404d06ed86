"""The Dirichlet law."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import POSITIVE, Domain
from divergences.families.law import Law, weighted
from divergences.families.noise import Noise
from divergences.libraries import Array, shape_of


@dataclass(frozen=True, eq=False)
class Dirichlet(Law):
    r"""The Dirichlet law on probability vectors.

    .. math:: \log p(x) = \sum_i (a_i - 1)\log x_i + \log\Gamma\Big(\sum_i a_i\Big) - \sum_i \log\Gamma(a_i)

    Args:
        concentration: shapes a, positive, (..., K).

    Reference: Kotz, Balakrishnan and Johnson (2000), Continuous Multivariate Distributions, equation 49.1.

    >>> float(Dirichlet([1.0, 1.0, 1.0]).log_density([0.2, 0.3, 0.5]))
    0.69314718055...
    """

    concentration: Array
    domains: ClassVar[dict[str, Domain]] = {"concentration": POSITIVE}
    event_ranks: ClassVar[Mapping[str, int]] = {"concentration": 1}
    event_rank = 1

    @property
    def event_shape(self) -> tuple[int, ...]:
        return shape_of("concentration", self.concentration)[-1:]

    def _log_normalizer(self, xp: Any) -> Array:
        a = self.concentration
        return xp.sum(special.lgamma(a, xp=xp), axis=-1) - special.lgamma(xp.sum(a, axis=-1), xp=xp)

    def _log_density_everywhere(self, x: Array, xp: Any) -> Array:
        # A sum of K numbers that add up to 1 is off by no more than K eps.
        slack = x.shape[-1] * float(xp.finfo(x.dtype).eps)
        outside = xp.any(x < 0, axis=-1) | (xp.abs(xp.sum(x, axis=-1) - 1) > slack)
        inside = xp.where(outside[..., None], 1.0 / x.shape[-1], x)
        zero = inside <= 0
        logs = xp.where(zero, -math.inf, xp.log(xp.where(zero, 1.0, inside)))
        value = xp.sum(weighted(self.concentration - 1, logs, xp), axis=-1) - self._log_normalizer(xp)
        return xp.where(outside, -math.inf, value)

    def _entropy(self, xp: Any) -> Array:
        a = self.concentration
        total = xp.sum(a, axis=-1)
        logs = special.digamma(a, xp=xp) - special.digamma(total, xp=xp)[..., None]
        return self._log_normalizer(xp) - xp.sum((a - 1) * logs, axis=-1)

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        # Gamma variables of small shapes underflow: theirs are exp of log u_{a+1} + log(v)/a.
        a = self.concentration
        full = (*shape, a.shape[-1])
        logs = xp.log(noise.gamma(a + 1, full)) + xp.log(noise.uniform(full)) / a
        weights = xp.exp(logs - xp.max(logs, axis=-1, keepdims=True))
        return weights / xp.sum(weights, axis=-1, keepdims=True)
