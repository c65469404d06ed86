"""The half-normal law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from divergences.domains import POSITIVE, Domain
from divergences.families.noise import Noise
from divergences.families.power_of_gamma import PowerOfGamma
from divergences.libraries import Array
from divergences.special.distribution import erf


@dataclass(frozen=True, eq=False)
class HalfNormal(PowerOfGamma):
    r"""The law of the absolute value of a centred normal variable.

    .. math:: \log p(x) = \tfrac12\log\frac2\pi - \log\sigma - \frac{x^2}{2\sigma^2}

    Args:
        scale: the normal variable's standard deviation σ, positive.

    >>> float(HalfNormal(1.0).log_density(0.0))
    -0.22579135264...
    """

    scale: Array
    domains: ClassVar[dict[str, Domain]] = {"scale": POSITIVE}

    def _base(self, xp: Any) -> tuple[Array, Array, int]:
        one = xp.ones_like(self.scale)
        return one / 2, self.scale * xp.sqrt(2 * one), 2

    def _cdf(self, x: Array, xp: Any) -> Array:
        _, s, _ = self._base(xp)
        return erf(x / s, xp=xp)

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        return self.scale * xp.abs(noise.normal(shape))
