"""The von Mises law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from divergences.domains import NON_NEGATIVE, REAL, Domain
from divergences.families.law import Law, Terms
from divergences.families.noise import Noise
from divergences.families.statistics import Cosine, Statistic
from divergences.families.support import Support
from divergences.libraries import Array
from divergences.reading import truth
from divergences.special.circular import log_i0e, resultant, resultant_gap


@dataclass(frozen=True, eq=False)
class VonMises(Law):
    r"""The von Mises law of angles in [−π, π].

    .. math:: \log p(x) = \kappa\cos(x-\mu) - \log 2\pi I_0(\kappa), \qquad |x| \le \pi

    A law of the line like the others: angles beyond [−π, π] are outside its support.

    Args:
        loc: mean directions μ.
        concentration: concentrations κ ≥ 0; 0 is the uniform law.

    Reference: Mardia and Jupp (2000), Directional Statistics, equation 3.5.17.

    >>> float(VonMises(0.0, 0.0).entropy())
    1.83787706640...
    """

    loc: Array
    concentration: Array
    domains: ClassVar[dict[str, Domain]] = {"loc": REAL, "concentration": NON_NEGATIVE}

    def _support(self, xp: Any) -> Support:
        return Support(-xp.pi, xp.pi, low_closed=True, high_closed=True)

    def _terms(self, xp: Any) -> Terms:
        k = self.concentration
        # cos − 1 is what the statistic is, so that e^κ goes with I₀ and neither overflows.
        constant = -xp.log(2 * xp.pi * xp.ones_like(k)) - log_i0e(k, xp=xp)
        return constant, ((k, Cosine(self.loc)),)

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        match statistic:
            case Cosine(center):
                half = xp.sin((self.loc - center) / 2)
                k = self.concentration
                return -resultant_gap(k, xp=xp) - 2 * resultant(k, xp=xp) * half * half
        return None

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        # Best and Fisher (1979): rejection from a wrapped Cauchy law, which keeps at least about two draws in three.
        k = self.concentration
        tiny = k < 1e-3
        usable = xp.where(tiny, 1.0, k)
        tau = 1 + xp.sqrt(1 + 4 * usable * usable)
        rho = xp.where(tiny, k / 2, (tau - xp.sqrt(2 * tau)) / (2 * usable))
        level = (1 + rho * rho) * xp.where(tiny, 1.0, usable / (2 * xp.where(tiny, 1.0, rho)))
        angle = 0 * noise.uniform(shape)
        waiting = angle == 0
        while truth(xp.any(waiting)):
            turn = xp.cos(xp.pi * noise.uniform(shape))
            cosine = (turn * (1 + rho * rho) + 2 * rho) / (1 + rho * rho + 2 * rho * turn)
            ratio = level - k * cosine
            accepted = waiting & (xp.log(noise.uniform(shape)) < xp.log(ratio) + 1 - ratio)
            side = xp.where(noise.uniform(shape) < 0.5, angle * 0 - 1, angle * 0 + 1)
            half_turn = xp.acos(xp.where(cosine > 1, 1.0, xp.where(cosine < -1, -1.0, cosine)))
            angle = xp.where(accepted, side * half_turn, angle)
            waiting = waiting & ~accepted
        wrapped = angle + self.loc
        return wrapped - 2 * xp.pi * xp.floor((wrapped + xp.pi) / (2 * xp.pi))
