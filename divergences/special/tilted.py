r"""The Bregman divergence of log(sinh(t)/t), the log-normaliser of an exponential tilt of the uniform law."""

from __future__ import annotations

import math
from typing import Any

from divergences.libraries import Array
from divergences.reading import choose
from divergences.special.gamma import _legendre
from divergences.special.langevin import langevin, langevin_slope, log_sinhc
from divergences.special.primitives import symbolic


def bregman_log_sinhc(q: Array, p: Array, *, difference: Array, xp: Any) -> Array:
    r"""log(sinh q/q) − log(sinh p/p) − (q − p) L(p) ≥ 0 with Langevin's L(t) = coth t − 1/t; zero where q = p.

    .. math:: (q-p)^2 \int_0^1 (1-u)\, L'(p + u(q-p))\, du

    by Gauss–Legendre quadrature of the positive integrand where q − p is small against p or against π, the distance of
    its poles ±iπ. Beyond, |t| is taken off the logarithm, so that nothing large is subtracted.

    Args:
        q: real numbers.
        p: real numbers.
        difference: q − p, of which the caller may have more digits than q and p have.
        xp: the array namespace.
    """
    if symbolic(xp):
        return log_sinhc(q, xp=xp) - log_sinhc(p, xp=xp) - difference * langevin(p, xp=xp)
    size = xp.abs(difference)
    near = (size <= 1) | (2 * size <= xp.abs(p))

    def close() -> Array:
        nodes, weights = _legendre(p, xp)
        change = xp.where(near, difference, 0.0)
        along = xp.where(near, p, 0.0)[..., None] + change[..., None] * nodes
        return change * change * xp.sum(weights * (1 - nodes) * langevin_slope(along, xp=xp), axis=-1)

    def far() -> Array:
        # Turned so that p ≥ 0: the function is even.
        turned = p < 0
        second, first = xp.where(near, 3.0, xp.where(turned, -q, q)), xp.where(near, 1.0, xp.where(turned, -p, p))
        return _below_line(second, xp) - _below_line(first, xp) + (second - first) * _gap(first, xp)

    return choose(near, close, far, xp=xp)


def _below_line(t: Array, xp: Any) -> Array:
    """log(sinh(t)/t) − t."""
    large = t > 1
    high = xp.where(large, t, 1.0)
    return xp.where(
        large,
        xp.log1p(-xp.exp(-2 * high)) - math.log(2) - xp.log(high),
        log_sinhc(xp.where(large, 0.5, t), xp=xp) - xp.where(large, 0.0, t),
    )


def _gap(t: Array, xp: Any) -> Array:
    """1 − L(t) for t ≥ 0."""
    large = t > 1
    high = xp.where(large, t, 1.0)
    # 2/(e^2t − 1) by its falling exponential.
    falling = xp.exp(-2 * high)
    return xp.where(large, 1 / high - 2 * falling / (1 - falling), 1 - langevin(xp.where(large, 0.5, t), xp=xp))
