"""The Weibull law, and the Rayleigh law that is one of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from divergences.domains import POSITIVE, Domain
from divergences.families.power_of_gamma import PowerOfExponential
from divergences.libraries import Array


@dataclass(frozen=True, eq=False)
class Weibull(PowerOfExponential):
    r"""The law of λ u^(1/k) for a standard exponential u.

    .. math:: \log p(x) = \log\frac k\lambda + (k-1)\log\frac x\lambda - \Big(\frac x\lambda\Big)^k

    Args:
        scale: scales λ, positive.
        concentration: shapes k, positive.

    Reference: Johnson, Kotz and Balakrishnan (1994), Continuous Univariate Distributions, volume 1, equation 21.3.

    >>> float(Weibull(1.0, 2.0).cdf(1.0))
    0.63212055882...
    """

    scale: Array
    concentration: Array
    domains: ClassVar[dict[str, Domain]] = {"scale": POSITIVE, "concentration": POSITIVE}

    def _base(self, xp: Any) -> tuple[Array, Array, Array]:
        return xp.ones_like(self.scale), self.scale, self.concentration


@dataclass(frozen=True, eq=False)
class Rayleigh(PowerOfExponential):
    r"""The law of the length of a normal vector in the plane.

    .. math:: \log p(x) = \log x - 2\log\sigma - \frac{x^2}{2\sigma^2}

    Args:
        scale: the standard deviation σ of each coordinate, positive.

    >>> float(Rayleigh(1.0).cdf(1.0))
    0.39346934028...
    """

    scale: Array
    domains: ClassVar[dict[str, Domain]] = {"scale": POSITIVE}

    def _base(self, xp: Any) -> tuple[Array, Array, int]:
        one = xp.ones_like(self.scale)
        return one, self.scale * xp.sqrt(2 * one), 2
