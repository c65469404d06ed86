"""The Kumaraswamy law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import elementary, special
from divergences.domains import POSITIVE, Domain
from divergences.families.law import Law, Terms
from divergences.families.statistics import HalfSquare, Linear, Log, LogOneMinusPower, Power, Statistic
from divergences.families.support import UNIT_INTERVAL, Support
from divergences.gaussian import half_square
from divergences.libraries import Array
from divergences.special.ratio import rising_gap


@dataclass(frozen=True, eq=False)
class Kumaraswamy(Law):
    r"""The law on (0, 1) of v^(1/a) for v ~ Beta(1, b).

    .. math:: \log p(x) = \log ab + (a-1)\log x + (b-1)\log(1 - x^a)

    Args:
        concentration1: powers a, positive.
        concentration0: shapes b, positive.

    Reference: Jones (2009), Kumaraswamy's distribution, equation 2.1.

    >>> float(Kumaraswamy(1.0, 2.0).cdf(0.5))
    0.75
    """

    concentration1: Array
    concentration0: Array
    domains: ClassVar[dict[str, Domain]] = {"concentration1": POSITIVE, "concentration0": POSITIVE}

    def _support(self, xp: Any) -> Support:
        return UNIT_INTERVAL

    def _terms(self, xp: Any) -> Terms:
        a, b = self.concentration1, self.concentration0
        return xp.log(a) + xp.log(b), ((a - 1, Log()), (b - 1, LogOneMinusPower(a)))

    def _entropy(self, xp: Any) -> Array:
        # E log x = −H_b/a with the harmonic number H_b, and E log(1 − x^a) = −1/b.
        a, b = self.concentration1, self.concentration0
        return (1 - 1 / b) + (1 - 1 / a) * self._harmonic(xp) - xp.log(a) - xp.log(b)

    def _harmonic(self, xp: Any) -> Array:
        b = self.concentration0
        return special.digamma(b + 1, xp=xp) - special.digamma(xp.ones_like(b), xp=xp)

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        match statistic:
            case Log(scale):
                return -self._harmonic(xp) / self.concentration1 - xp.log(scale * xp.ones_like(self.concentration1))
            case Power(exponent, scale):
                return self._power(exponent, xp) / scale**exponent
            case Linear(center, scale):
                return (self._power(1, xp) - center) / scale
            case HalfSquare(center, scale):
                mean, square = self._power(1, xp), self._power(2, xp)
                return half_square((mean - center) / scale) + (square - mean * mean) / (2 * scale * scale)
        return None

    def _power(self, k: Any, xp: Any) -> Array:
        """E x^k = Γ(1 + k/a) Γ(b + 1)/Γ(b + 1 + k/a); +inf where k ≤ −a."""
        a, b = self.concentration1, self.concentration0
        ratio = k / a
        finite = ratio > -1
        ratio = xp.where(finite, ratio, 0.0)
        value = special.lgamma(1 + ratio, xp=xp) - rising_gap(b + 1, ratio, xp=xp) - ratio * xp.log(b + 1)
        return xp.where(finite, xp.exp(value), xp.inf)

    def _cdf(self, x: Array, xp: Any) -> Array:
        return -xp.expm1(self.concentration0 * elementary.log1m_power(x, self.concentration1, xp=xp))

    def _quantile(self, u: Array, xp: Any) -> Array:
        # x^a = 1 − (1 − u)^(1/b)
        return (-xp.expm1(xp.log1p(-u) / self.concentration0)) ** (1 / self.concentration1)
