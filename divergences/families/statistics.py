r"""Statistics of one variable: the functions that log densities are sums of, and whose expectations families know.

A log density is :math:`\log p(x) = c_0 + \sum_i c_i\, s_i(x)` on the support of p. Its entropy and its divergence from
another law then need nothing but a table of the :math:`E[s_i]`. Statistics are of the standardised variable, so that
neither a coefficient nor a value over- or underflows where the density does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import elementary, special
from divergences.domains import POSITIVE, REAL, Domain
from divergences.families.parameters import Parametrised
from divergences.libraries import Array


class Statistic(Parametrised):
    """A function s(x); call it on points of the same namespace as its parameters."""

    def __call__(self, x: Array, xp: Any) -> Array:
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Linear(Statistic):
    r""":math:`(x - c)/s`."""

    center: Array = 0
    scale: Array = 1
    domains: ClassVar[dict[str, Domain]] = {"center": REAL, "scale": POSITIVE}

    def __call__(self, x: Array, xp: Any) -> Array:
        return (x - self.center) / self.scale


@dataclass(frozen=True, eq=False)
class HalfSquare(Statistic):
    r""":math:`\tfrac12((x - c)/s)^2`."""

    center: Array = 0
    scale: Array = 1
    domains: ClassVar[dict[str, Domain]] = {"center": REAL, "scale": POSITIVE}

    def __call__(self, x: Array, xp: Any) -> Array:
        z = (x - self.center) / self.scale
        return z * (z / 2)


@dataclass(frozen=True, eq=False)
class Distance(Statistic):
    r""":math:`|x - c|/s`."""

    center: Array = 0
    scale: Array = 1
    domains: ClassVar[dict[str, Domain]] = {"center": REAL, "scale": POSITIVE}

    def __call__(self, x: Array, xp: Any) -> Array:
        return xp.abs(x - self.center) / self.scale


@dataclass(frozen=True, eq=False)
class Exp(Statistic):
    r""":math:`e^{-(x - c)/s}`, with a scale of either sign."""

    center: Array = 0
    scale: Array = 1
    domains: ClassVar[dict[str, Domain]] = {"center": REAL, "scale": REAL}

    def __call__(self, x: Array, xp: Any) -> Array:
        return xp.exp(-(x - self.center) / self.scale)


@dataclass(frozen=True, eq=False)
class Softplus(Statistic):
    r""":math:`\log(1 + e^{-(x - c)/s})`."""

    center: Array = 0
    scale: Array = 1
    domains: ClassVar[dict[str, Domain]] = {"center": REAL, "scale": POSITIVE}

    def __call__(self, x: Array, xp: Any) -> Array:
        return elementary.softplus(-(x - self.center) / self.scale, xp=xp)


@dataclass(frozen=True, eq=False)
class LogQuadratic(Statistic):
    r""":math:`\log(1 + ((x - c)/s)^2)`."""

    center: Array = 0
    scale: Array = 1
    domains: ClassVar[dict[str, Domain]] = {"center": REAL, "scale": POSITIVE}

    def __call__(self, x: Array, xp: Any) -> Array:
        return elementary.log1p_square((x - self.center) / self.scale, xp=xp)


@dataclass(frozen=True, eq=False)
class Cosine(Statistic):
    r""":math:`\cos(x - c) - 1`."""

    center: Array = 0
    domains: ClassVar[dict[str, Domain]] = {"center": REAL}

    def __call__(self, x: Array, xp: Any) -> Array:
        half = xp.sin((x - self.center) / 2)
        return -2 * half * half


@dataclass(frozen=True, eq=False)
class Power(Statistic):
    r""":math:`(x/s)^k` of a non-negative variable, with any real exponent."""

    exponent: Array
    scale: Array = 1
    domains: ClassVar[dict[str, Domain]] = {"exponent": REAL, "scale": POSITIVE}

    def __call__(self, x: Array, xp: Any) -> Array:
        return (x / self.scale) ** self.exponent


@dataclass(frozen=True, eq=False)
class Log(Statistic):
    r""":math:`\log(x/s)` of a non-negative variable."""

    scale: Array = 1
    domains: ClassVar[dict[str, Domain]] = {"scale": POSITIVE}

    def __call__(self, x: Array, xp: Any) -> Array:
        if special.symbolic(xp):
            return xp.log(x / self.scale)
        if elementary.is_one(self.scale):
            return elementary.log(x, xp=xp)
        zero = x <= 0
        return xp.where(zero, -math.inf, special.log_ratio(xp.where(zero, 1.0, x), self.scale, xp=xp))


@dataclass(frozen=True, eq=False)
class HalfLogSquare(Statistic):
    r""":math:`\tfrac12((\log x - c)/s)^2` of a positive variable."""

    center: Array = 0
    scale: Array = 1
    domains: ClassVar[dict[str, Domain]] = {"center": REAL, "scale": POSITIVE}

    def __call__(self, x: Array, xp: Any) -> Array:
        z = (xp.log(x) - self.center) / self.scale
        return z * (z / 2)


@dataclass(frozen=True, eq=False)
class LogOneMinusPower(Statistic):
    r""":math:`\log(1 - x^k)` of a variable in (0, 1)."""

    exponent: Array = 1
    domains: ClassVar[dict[str, Domain]] = {"exponent": POSITIVE}

    def __call__(self, x: Array, xp: Any) -> Array:
        return elementary.log1m_power(x, self.exponent, xp=xp)


@dataclass(frozen=True, eq=False)
class LogRising(Statistic):
    r""":math:`\log\Gamma(x+r) - \log\Gamma(r) = \log r(r+1)\cdots(r+x-1)` of a whole number x; log x! for r = 1."""

    start: Array = 1
    domains: ClassVar[dict[str, Domain]] = {"start": POSITIVE}

    def __call__(self, x: Array, xp: Any) -> Array:
        # A start that is a plain number becomes an array of the namespace.
        return special.lgamma(x + self.start, xp=xp) - special.lgamma(self.start + 0 * x, xp=xp)


@dataclass(frozen=True, eq=False)
class LogFactorialBelow(Statistic):
    r""":math:`\log (n - x)!` of a whole number at most n."""

    count: Array
    domains: ClassVar[dict[str, Domain]] = {"count": POSITIVE}

    def __call__(self, x: Array, xp: Any) -> Array:
        return special.lgamma(self.count - x + 1, xp=xp)
