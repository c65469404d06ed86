"""Differences of log-gammas that are small against the log-gammas themselves."""

from __future__ import annotations

from typing import Any

from divergences.libraries import Array
from divergences.special.gamma import binet, lgamma
from divergences.special.primitives import log1pmx, symbolic


def rising_gap(a: Array, d: Array, *, xp: Any) -> Array:
    r"""log Γ(a + d) − log Γ(a) − d log a for a > 0 and a + d > 0, which vanishes like 1/a as a grows.

    .. math:: a\,\big[\log(1+t) - t\big] + (d - \tfrac12)\log(1+t) + R(a+d) - R(a), \qquad t = d/a

    Args:
        a: positive numbers.
        d: numbers above −a.
        xp: the array namespace.

    Reference: Whittaker and Watson (1927), A Course of Modern Analysis, section 12.33.
    """
    if symbolic(xp):
        return xp.lgamma(a + d) - xp.lgamma(a) - d * xp.log(a)
    t = d / a
    return a * log1pmx(t, xp=xp) + (d - 0.5) * xp.log1p(t) + binet(a + d, xp=xp) - binet(a, xp=xp)


def lbeta(a: Array, b: Array, *, xp: Any) -> Array:
    r"""log B(a, b) = log Γ(a) + log Γ(b) − log Γ(a + b), without the cancellation of the larger argument's terms.

    Args:
        a: positive numbers.
        b: positive numbers.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.lgamma(a) + xp.lgamma(b) - xp.lgamma(a + b)
    less = xp.where(a < b, a, b)
    more = xp.where(a < b, b, a)
    return lgamma(less, xp=xp) - less * xp.log(more) - rising_gap(more, less, xp=xp)
