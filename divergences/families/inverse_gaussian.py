"""The inverse Gaussian law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import POSITIVE, Domain
from divergences.elementary import is_minus_one
from divergences.families.law import Law, Terms
from divergences.families.noise import Noise
from divergences.families.statistics import HalfSquare, Linear, Log, Power, Statistic
from divergences.families.support import Support
from divergences.gaussian import half_square
from divergences.libraries import Array
from divergences.special.distribution import log_ndtr, ndtr
from divergences.special.exponential_integral import exp1e


@dataclass(frozen=True, eq=False)
class InverseGaussian(Law):
    r"""The law of the time at which a Brownian motion with drift first reaches a level.

    .. math:: \log p(x) = \tfrac12\log\frac{\lambda}{2\pi x^3} - \frac{\lambda(x-\mu)^2}{2\mu^2 x}

    Args:
        loc: means μ, positive.
        concentration: shapes λ, positive; the variance is μ³/λ.

    Reference: Johnson, Kotz and Balakrishnan (1994), Continuous Univariate Distributions, volume 1, equation 15.4a.

    >>> float(InverseGaussian(1.0, 1.0).log_density(1.0))
    -0.91893853320...
    """

    loc: Array
    concentration: Array
    domains: ClassVar[dict[str, Domain]] = {"loc": POSITIVE, "concentration": POSITIVE}

    def _support(self, xp: Any) -> Support:
        return Support(low=0.0, inside=1.0)

    def _terms(self, xp: Any) -> Terms:
        ratio = self.concentration / self.loc
        constant = xp.log(ratio) / 2 - xp.log(self.loc) - special.half_log_2pi(xp=xp) + ratio
        exponents = ((-ratio / 2, Linear(0, self.loc)), (-ratio / 2, Power(-1, self.loc)))
        return constant, ((-3 * special.half(xp=xp), Log(self.loc)), *exponents)

    def _log_density(self, x: Array, xp: Any) -> Array:
        ratio, point = self.concentration / self.loc, x / self.loc
        deviation = point - 1
        constant = xp.log(ratio) / 2 - xp.log(self.loc) - special.half_log_2pi(xp=xp)
        return constant - 3 * xp.log(point) / 2 - ratio * half_square(deviation) / point

    def _entropy(self, xp: Any) -> Array:
        ratio = self.concentration / self.loc
        log_mean = -exp1e(2 * ratio, xp=xp)
        return (
            special.half_log_2pi(xp=xp) + xp.log(self.loc) - xp.log(ratio) / 2 + 3 * log_mean / 2 + special.half(xp=xp)
        )

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        ratio = self.concentration / self.loc
        match statistic:
            case Linear(center, scale):
                return (self.loc - center) / scale
            case HalfSquare(center, scale):
                return half_square(self.loc / scale) / ratio + half_square((self.loc - center) / scale)
            case Log(scale):
                return special.log_ratio(self.loc, scale, xp=xp) - exp1e(2 * ratio, xp=xp)
            case Power(exponent, scale) if is_minus_one(exponent):
                return scale * (1 / self.loc + 1 / self.concentration)
        return None

    def _whereabouts(self, logarithmic: bool, xp: Any) -> tuple[float, float]:
        if special.symbolic(xp):
            return 0.0, 1.0
        return math.log(float(self.loc)), math.sqrt(float(self.loc / self.concentration))

    def _cdf(self, x: Array, xp: Any) -> Array:
        root = xp.sqrt(self.concentration / x)
        point = x / self.loc
        # e^(2λ/μ) Φ(−b) with b = √(λ/x)(x/μ + 1), whose factors overflow and underflow together.
        return ndtr(root * (point - 1), xp=xp) + xp.exp(
            2 * self.concentration / self.loc + log_ndtr(-root * (point + 1), xp=xp)
        )

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        # Michael, Schucany and Haas (1976): the smaller root of a quadratic, or the larger one.
        ratio = self.loc / self.concentration
        square = noise.normal(shape) ** 2 * ratio
        root = 1 / (1 + square / 2 + xp.sqrt(square + square * square / 4))
        return self.loc * xp.where(noise.uniform(shape) * (1 + root) <= 1, root, 1 / root)
