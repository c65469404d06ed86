"""The normal law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import POSITIVE, REAL, Domain
from divergences.families.law import Law, Terms
from divergences.families.noise import Noise
from divergences.families.statistics import Distance, Exp, HalfSquare, Linear, Statistic
from divergences.families.support import REAL_LINE, Support
from divergences.gaussian import half_square
from divergences.libraries import Array
from divergences.special.distribution import erf, ndtr


@dataclass(frozen=True, eq=False)
class Normal(Law):
    r"""The normal law on the line.

    .. math:: \log p(x) = -\tfrac12\Big(\frac{x-\mu}{\sigma}\Big)^2 - \log\sigma - \tfrac12\log 2\pi

    Args:
        loc: means μ.
        scale: standard deviations σ, positive.

    Reference: Johnson, Kotz and Balakrishnan (1994), Continuous Univariate Distributions, volume 1, equation 13.1.

    >>> float(Normal(0.0, 2.0).entropy())
    2.11208571376...
    """

    loc: Array
    scale: Array
    domains: ClassVar[dict[str, Domain]] = {"loc": REAL, "scale": POSITIVE}

    def _support(self, xp: Any) -> Support:
        return REAL_LINE

    def _terms(self, xp: Any) -> Terms:
        return -xp.log(self.scale) - special.half_log_2pi(xp=xp), ((-1, HalfSquare(self.loc, self.scale)),)

    def _entropy(self, xp: Any) -> Array:
        return special.log_sqrt_2pie(self.scale, xp=xp) + 0 * self.loc

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        match statistic:
            case Linear(center, scale):
                return (self.loc - center) / scale
            case HalfSquare(center, scale):
                return half_square(self.scale / scale) + half_square((self.loc - center) / scale)
            case Exp(center, scale):
                return xp.exp((center - self.loc) / scale + half_square(self.scale / scale))
            case Distance(center, scale):
                # σ√(2/π) e^(−z²/2) + (μ − c) erf(z/√2)
                shift = self.loc - center
                z = shift / (self.scale * xp.sqrt(2 * xp.ones_like(self.scale)))
                near = self.scale * xp.exp(-z * z) * xp.sqrt(2 / xp.pi * xp.ones_like(self.scale))
                return (near + shift * erf(z, xp=xp)) / scale
        return None

    def _cdf(self, x: Array, xp: Any) -> Array:
        return ndtr((x - self.loc) / self.scale, xp=xp)

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        return self.loc + self.scale * noise.normal(shape)
