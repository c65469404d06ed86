"""The gamma law, and the laws that are one of it: exponential and chi-squared; and that of its inverse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from divergences.domains import POSITIVE, Domain
from divergences.families.power_of_gamma import PowerOfExponential, PowerOfGamma
from divergences.families.support import Support
from divergences.libraries import Array


@dataclass(frozen=True, eq=False)
class Gamma(PowerOfGamma):
    r"""The gamma law on the positive half line, by shape and rate.

    .. math:: \log p(x) = a\log b - \log\Gamma(a) + (a-1)\log x - bx

    Args:
        concentration: shapes a, positive.
        rate: rates b, positive.

    Reference: Johnson, Kotz and Balakrishnan (1994), Continuous Univariate Distributions, volume 1, equation 17.23.

    >>> float(Gamma(1.0, 2.0).entropy())
    0.30685281944...
    """

    concentration: Array
    rate: Array
    domains: ClassVar[dict[str, Domain]] = {"concentration": POSITIVE, "rate": POSITIVE}

    def _base(self, xp: Any) -> tuple[Array, Array, int]:
        return self.concentration, 1 / self.rate, 1


@dataclass(frozen=True, eq=False)
class Exponential(PowerOfExponential):
    r"""The exponential law: Gamma(1, rate).

    .. math:: \log p(x) = \log b - bx

    Args:
        rate: rates b, positive.

    >>> float(Exponential(2.0).log_density(0.5))
    -0.30685281944...
    """

    rate: Array
    domains: ClassVar[dict[str, Domain]] = {"rate": POSITIVE}

    def _base(self, xp: Any) -> tuple[Array, Array, int]:
        return xp.ones_like(self.rate), 1 / self.rate, 1


@dataclass(frozen=True, eq=False)
class Chi2(PowerOfGamma):
    r"""The chi-squared law: Gamma(df/2, 1/2).

    .. math:: \log p(x) = (\tfrac\nu2-1)\log x - \tfrac x2 - \tfrac\nu2\log 2 - \log\Gamma(\tfrac\nu2)

    Args:
        df: degrees of freedom ν, positive.

    >>> float(Chi2(2.0).log_density(0.0))
    -0.69314718055...
    """

    df: Array
    domains: ClassVar[dict[str, Domain]] = {"df": POSITIVE}

    def _base(self, xp: Any) -> tuple[Array, Array, int]:
        return self.df / 2, 2 * xp.ones_like(self.df), 1


@dataclass(frozen=True, eq=False)
class InverseGamma(PowerOfGamma):
    r"""The law of 1/u for u ~ Gamma(concentration, rate).

    .. math:: \log p(x) = a\log b - \log\Gamma(a) - (a+1)\log x - b/x

    Args:
        concentration: shapes a, positive.
        rate: rates b of the gamma variable, and so the scale of the inverse; positive.

    >>> float(InverseGamma(1.0, 1.0).log_density(1.0))
    -1.0
    """

    concentration: Array
    rate: Array
    domains: ClassVar[dict[str, Domain]] = {"concentration": POSITIVE, "rate": POSITIVE}

    def _support(self, xp: Any) -> Support:
        return Support(low=0.0, inside=1.0)

    def _base(self, xp: Any) -> tuple[Array, Array, int]:
        return self.concentration, self.rate, -1
