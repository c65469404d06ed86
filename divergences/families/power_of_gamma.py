r"""Laws of a power of a gamma variable: one table for half of the families of the positive half line.

.. math:: x = s\,u^{1/m}, \quad u \sim \mathrm{Gamma}(a, 1), \qquad
    \log p(x) = \log\frac{|m|}{s\,\Gamma(a)} + (ma - 1)\log\frac xs - \Big(\frac xs\Big)^m
"""

from __future__ import annotations

import math
from typing import Any

from divergences import special
from divergences.families.law import Law, Terms
from divergences.families.noise import Noise
from divergences.families.statistics import Exp, HalfLogSquare, HalfSquare, Linear, Log, Power, Statistic
from divergences.families.support import HALF_LINE, Support
from divergences.gaussian import half_square
from divergences.libraries import Array
from divergences.special.distribution import gammainc, gammaincc
from divergences.special.ratio import rising_gap

#: Shapes from which on the density is computed by deviations from its mode (below, nothing large cancels).
_LARGE = 8.0


class PowerOfGamma(Law):
    """A law of s·u^(1/m). Subclasses say which a, s and m; m is an int where the family fixes it."""

    def _base(self, xp: Any) -> tuple[Array, Array, Any]:
        """The shape a, the scale s, and the power m of x that is a gamma variable."""
        raise NotImplementedError

    def _support(self, xp: Any) -> Support:
        return HALF_LINE

    def _terms(self, xp: Any) -> Terms:
        a, s, m = self._base(xp)
        constant = -special.lgamma(a, xp=xp) - xp.log(s / abs(m))
        return constant, ((m * a - 1, Log(s)), self._exponent(s, m))

    def _exponent(self, s: Array, m: Any) -> tuple[int, Statistic]:
        """The last term, as the simplest statistic that it is."""
        match m:
            case int(1):
                return -1, Linear(0, s)
            case int(2):
                return -2, HalfSquare(0, s)
        return -1, Power(m, s)

    def _log_density(self, x: Array, xp: Any) -> Array:
        direct = super()._log_density
        a, s, m = self._base(xp)
        if special.symbolic(xp):
            return direct(x, xp)
        # With Stirling's formula for Γ(a), and u = (x/s)^m: −aφ(u/a) + ½ log(a/2π) − R(a) − log(x/|m|).
        u = (x / s) ** m
        large = (a > _LARGE) & (u > 0) & (u < math.inf)
        shape, value, point = xp.where(large, a, _LARGE), xp.where(large, u, 1.0), xp.where(large, x, 1.0)
        from_mode = (
            -shape * special.phi_ratio(value, shape, xp=xp)
            + xp.log(shape) / 2
            - special.half_log_2pi(xp=xp)
            - special.binet(shape, xp=xp)
            - xp.log(point / abs(m))
        )
        return xp.where(large, from_mode, direct(x, xp))

    def _entropy(self, xp: Any) -> Array:
        a, s, m = self._base(xp)
        if special.symbolic(xp):
            return xp.log(s / abs(m)) + xp.lgamma(a) - (a - xp.ones_like(a) / m) * xp.digamma(a) + a
        # With Stirling's formulas for log Γ(a), and for ψ(a) where a multiplies it.
        rest = special.binet(a, xp=xp) - a * special.binet_slope(a, xp=xp) + special.half_log_2pi(xp=xp) + 0.5
        return xp.log(s / abs(m)) + special.digamma(a, xp=xp) / m - xp.log(a) / 2 + rest

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        a, s, m = self._base(xp)
        match statistic:
            case Power(exponent, scale):
                return (s / scale) ** exponent * gamma_moment(a, xp.ones_like(a) * exponent / m, xp)
            case Linear(center, scale):
                return (self._mean_of(a, s, m, xp) - center) / scale
            case HalfSquare(center, scale):
                return self._half_square(center, scale, xp)
            case Exp(center, scale) if isinstance(m, int) and m == 1:
                finite = s / scale > -1
                value = xp.exp(center / scale - a * xp.log1p(xp.where(finite, s / scale, 1.0)))
                return xp.where(finite, value, math.inf)
            case Log(scale):
                return xp.log(s / scale) + special.digamma(a, xp=xp) / m
            case HalfLogSquare(center, scale):
                shift = (xp.log(s) + special.digamma(a, xp=xp) / m - center) / scale
                spread = xp.ones_like(a) / m / scale
                return half_square(shift) + half_square(spread) * special.trigamma(a, xp=xp)
        return None

    def _mean_of(self, a: Array, s: Array, m: Any, xp: Any) -> Array:
        return s * (a if isinstance(m, int) and m == 1 else gamma_moment(a, xp.ones_like(a) / m, xp))

    def _half_square(self, center: Array, scale: Array, xp: Any) -> Array:
        a, s, m = self._base(xp)
        r = xp.ones_like(a) / m
        if special.symbolic(xp):
            mean = self._mean_of(a, s, m, xp)
            square = s * s * gamma_moment(a, 2 * r, xp)
            return (square - 2 * center * mean + center * center) / (2 * scale * scale)
        finite = a + 2 * r > 0
        a = xp.where(finite, a, 1 - 2 * r)
        mean = self._mean_of(a, s, m, xp)
        # E x²/(E x)² is the exponential of a second difference of log Γ, which two Bregman divergences make up.
        spread = special.bregman_lgamma(a + 2 * r, a + r, xp=xp) + special.bregman_lgamma(a, a + r, xp=xp)
        value = half_square((mean - center) / scale) + half_square(mean / scale) * xp.expm1(spread)
        return xp.where(finite, value, math.inf)

    def _cdf(self, x: Array, xp: Any) -> Array:
        a, s, m = self._base(xp)
        falling = isinstance(m, int) and m < 0
        return (gammaincc if falling else gammainc)(a, (x / s) ** m, xp=xp)

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        a, s, m = self._base(xp)
        return s * noise.gamma(a, shape) ** (xp.ones_like(a) / m)


class PowerOfExponential(PowerOfGamma):
    """Those with a = 1, whose distribution function is elementary."""

    def _cdf(self, x: Array, xp: Any) -> Array:
        _, s, m = self._base(xp)
        return -xp.expm1(-((x / s) ** m))

    def _quantile(self, u: Array, xp: Any) -> Array:
        a, s, m = self._base(xp)
        return s * (-xp.log1p(-u)) ** (a / m)

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        a, s, m = self._base(xp)
        return s * noise.exponential(shape) ** (a / m)


def gamma_moment(a: Array, power: Array, xp: Any) -> Array:
    r"""E[u^k] = Γ(a + k)/Γ(a) under Gamma(a, 1); +inf where a + k ≤ 0."""
    finite = a + power > 0
    if special.symbolic(xp):
        return xp.where(finite, xp.gamma(a + power) / xp.gamma(a), math.inf)
    a = xp.where(finite, a, 1 - power)
    return xp.where(finite, a**power * xp.exp(rising_gap(a, power, xp=xp)), math.inf)
