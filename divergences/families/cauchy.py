"""The Cauchy law, and that of its absolute value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import elementary
from divergences.domains import POSITIVE, REAL, Domain
from divergences.families.coordinate import Coordinate, stretched
from divergences.families.law import Law, Terms
from divergences.families.statistics import (
    Distance,
    Exp,
    HalfLogSquare,
    HalfSquare,
    Linear,
    Log,
    LogQuadratic,
    Power,
    Softplus,
    Statistic,
)
from divergences.families.support import HALF_LINE, REAL_LINE, Support
from divergences.gaussian import half_square
from divergences.libraries import Array


@dataclass(frozen=True, eq=False)
class Cauchy(Law):
    r"""The law of the tangent of a uniform angle.

    .. math:: \log p(x) = -\log\pi\gamma - \log\Big(1 + \Big(\frac{x-\mu}{\gamma}\Big)^2\Big)

    Args:
        loc: medians μ.
        scale: scales γ, positive.

    Reference: Johnson, Kotz and Balakrishnan (1994), Continuous Univariate Distributions, volume 1, equation 16.1.

    >>> float(Cauchy(0.0, 1.0).cdf(1.0))
    0.75
    """

    loc: Array
    scale: Array
    domains: ClassVar[dict[str, Domain]] = {"loc": REAL, "scale": POSITIVE}

    def _support(self, xp: Any) -> Support:
        return REAL_LINE

    def _terms(self, xp: Any) -> Terms:
        return -xp.log(xp.pi * self.scale), ((-1, LogQuadratic(self.loc, self.scale)),)

    def _entropy(self, xp: Any) -> Array:
        return xp.log(4 * xp.pi * self.scale) + 0 * self.loc

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        match statistic:
            case LogQuadratic(center, scale):
                # E log((x − c)² + s²) = log((μ − c)² + (γ + s)²): log|·|² is harmonic in the upper half plane.
                across, up = (self.loc - center) / scale, self.scale / scale
                return xp.log1p(up * (2 + up) + across * across)
            case Linear():
                return math.nan * (self.loc + self.scale)
            case HalfSquare() | Distance() | Exp() | Softplus():
                return math.inf * self.scale + 0 * self.loc
        return None

    def _coordinate(self, xp: Any) -> Coordinate:
        return stretched(self.loc, self.scale)

    def _cdf(self, x: Array, xp: Any) -> Array:
        z = (x - self.loc) / self.scale
        # Beyond the quartiles by the angle from the other axis, which does not cancel.
        far = xp.abs(z) > 1
        tail = xp.atan(1 / xp.where(far, z, 1.0)) / xp.pi
        return xp.where(far, xp.where(z < 0, -tail, 1 - tail), xp.atan(xp.where(far, 0.0, z)) / xp.pi + 0.5)

    def _quantile(self, u: Array, xp: Any) -> Array:
        return self.loc - self.scale * xp.cos(xp.pi * u) / xp.sin(xp.pi * u)


@dataclass(frozen=True, eq=False)
class HalfCauchy(Law):
    r"""The law of the absolute value of a centred Cauchy variable.

    .. math:: \log p(x) = \log\frac{2}{\pi\gamma} - \log\Big(1 + \frac{x^2}{\gamma^2}\Big)

    Args:
        scale: scales γ, positive.

    >>> float(HalfCauchy(1.0).cdf(1.0))
    0.5
    """

    scale: Array
    domains: ClassVar[dict[str, Domain]] = {"scale": POSITIVE}

    def _support(self, xp: Any) -> Support:
        return HALF_LINE

    def _terms(self, xp: Any) -> Terms:
        return -xp.log(xp.pi * self.scale / 2), ((-1, LogQuadratic(0, self.scale)),)

    def _entropy(self, xp: Any) -> Array:
        return xp.log(2 * xp.pi * self.scale)

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        match statistic:
            case LogQuadratic(center, scale) if elementary.is_zero(center):
                return 2 * xp.log1p(self.scale / scale)
            case Log(scale):
                return xp.log(self.scale / scale)
            case HalfLogSquare(center, scale):
                # log|x/γ| has the characteristic function 1/cosh(πt/2).
                spread = half_square(xp.pi / (2 * scale * xp.ones_like(self.scale)))
                return spread + half_square((xp.log(self.scale) - center) / scale)
            case Power(exponent, scale):
                exponent = exponent * xp.ones_like(self.scale)
                finite = xp.abs(exponent) < 1
                turn = xp.pi * xp.where(finite, exponent, 0.0) / 2
                return xp.where(finite, (self.scale / scale) ** exponent / xp.cos(turn), math.inf)
            case Linear() | HalfSquare() | Distance():
                return math.inf * self.scale
        return None

    def _cdf(self, x: Array, xp: Any) -> Array:
        return 2 * xp.atan(x / self.scale) / xp.pi

    def _quantile(self, u: Array, xp: Any) -> Array:
        turn = xp.pi * u / 2
        return self.scale * xp.sin(turn) / xp.cos(turn)
