r"""The Bregman divergence of the logarithm of the multivariate Beta function, which is the one between Dirichlet laws.

With :math:`A = \sum_i a_i` and T(a) = R(a) − ½ log a, the rest that Stirling's a log a − a leaves of log Γ,

.. math:: \log B(a) = \sum_i a_i \log\frac{a_i}{A} + \Big[\sum_i T(a_i) - T(A)\Big] + \text{const}

Both parts are convex. Of the bracket's divergence, that of the largest component nearly cancels that of the
total where the others are small; their difference is then formed as an integral over what the others add.
"""

from __future__ import annotations

from typing import Any

from divergences import simplex
from divergences.libraries import Array
from divergences.reading import choose
from divergences.special.compensated import besides_largest, exact_sum, power_of_two_below, product_difference
from divergences.special.gamma import (
    _STIRLING,
    SHIFT,
    _bend,
    _legendre,
    binet_slope,
    bregman_binet,
    phi_ratio,
)
from divergences.special.primitives import log1pmx, symbolic, two_difference

#: One component outweighs the others together by this factor: then its part is taken along with the total's.
_DOMINANT = 8.0


def bregman_log_beta(q: Array, p: Array, *, xp: Any) -> Array:
    r"""log B(q) − log B(p) − (q − p)·∇log B(p) ≥ 0 over the last axis, within 64 eps; zero where q = p.

    .. math::

        \sum_i q_i\varphi\Big(\frac{p_i Q}{q_i P}\Big)
        + \tfrac12\Big[\sum_i\varphi\Big(\frac{q_i}{p_i}\Big) - \varphi\Big(\frac QP\Big)\Big]
        + \Big[\sum_i B_R(q_i; p_i) - B_R(Q; P)\Big], \qquad P = \sum_i p_i, \; Q = \sum_i q_i

    Args:
        q: positive numbers, (..., d).
        p: positive numbers, (..., d), of the same shape.
        xp: the array namespace.

    Returns:
        An array of the shape (...).
    """
    if symbolic(xp):
        total_q, total_p = xp.sum(q, axis=-1), xp.sum(p, axis=-1)
        slopes = xp.digamma(p) - xp.digamma(total_p)[..., None]
        change = xp.sum(xp.lgamma(q) - xp.lgamma(p) - (q - p) * slopes, axis=-1)
        return change - (xp.lgamma(total_q) - xp.lgamma(total_p))
    alike = _within(xp.sum(q, axis=-1, keepdims=True), xp.sum(p, axis=-1, keepdims=True))
    # Scaled by powers of two the products of components and totals neither over- nor underflow.
    unit_p = power_of_two_below(xp.max(p, axis=-1, keepdims=True), xp=xp)
    unit_q = xp.where(alike, unit_p, power_of_two_below(xp.max(q, axis=-1, keepdims=True), xp=xp))
    shares_q, shares_p = q / unit_q, p / unit_p
    total_q, total_p = exact_sum(shares_q, xp=xp), exact_sum(shares_p, xp=xp)
    others = besides_largest(p, xp=xp)
    # p_i Q − q_i P. They add up to 0; that of the largest component, whose own product cancels, is had from the others.
    minors = xp.where(alike, _minors_of_change(shares_q, shares_p, total_p, xp), 0.0) + xp.where(
        alike, 0.0, product_difference(shares_p, total_q, shares_q, total_p, xp=xp)
    )
    minors = xp.where(others, minors, 0.0)
    minors = xp.where(others, minors, -xp.sum(minors, axis=-1, keepdims=True))
    shares = simplex.kl_div(shares_q, shares_p * (total_q[0] / total_p[0]), minors / total_p[0], xp=xp)
    terms = xp.where(others, phi_ratio(q, p, xp=xp) / 2 + bregman_binet(q, p, xp=xp), 0.0)

    def of_largest(a: Array) -> Array:
        return xp.sum(xp.where(others, 0.0, a), axis=-1)

    def of_others(a: Array) -> Array:
        return xp.sum(xp.where(others, a, 0.0), axis=-1)

    excess = of_largest(minors / (shares_q * total_p[0]))
    rest = _Rest(of_largest(q), of_largest(p), of_others(q), of_others(p), of_others(q - p), xp)
    # Its sign is free, but rounding must not leave the sum below zero.
    value = xp.sum(shares * unit_q + terms, axis=-1) + rest.logarithm(excess) / 2 + rest.remainder()
    return xp.where(value < 0, 0.0, value)


def _within(a: Array, b: Array) -> Array:
    """Whether positive numbers are within a factor of 16 of each other."""
    return (a >= b / 16) & (a / 16 <= b)


def _minors_of_change(q: Array, p: Array, total_p: tuple[Array, Array], xp: Any) -> Array:
    """p_i Q − q_i P = p_i (Q − P) − (q_i − p_i) P, where nothing is left of the products p_i P that would cancel."""
    high, low = two_difference(q, p, xp=xp)
    total = exact_sum(xp.concat((high, low), axis=-1), xp=xp)
    return product_difference(p, total, high, total_p, xp=xp) - low * total_p[0]


class _Rest:
    """What the largest component q of one law, with p of the other, adds less what the totals q + e and p + f take."""

    def __init__(self, q: Array, p: Array, e: Array, f: Array, change: Array, xp: Any) -> None:
        self.q, self.p, self.e, self.f, self.xp = q, p, e, f, xp
        self.change = change  # e − f, formed from the differences

    def logarithm(self, excess: Array) -> Array:
        """φ(q/p) − φ((q + e)/(p + f)), given the excess x of the ratio of the totals over that of q and p."""
        xp = self.xp
        close = xp.abs(excess) <= 0.5
        x = xp.where(close, excess, 0.0)
        q, p = xp.where(close, 1.0, self.q), xp.where(close, 1.0, self.p)
        e, f = xp.where(close, 0.0, self.e), xp.where(close, 0.0, self.f)
        return choose(
            close,
            lambda: log1pmx(x, xp=xp) - x * (self.q - self.p) / self.p,
            lambda: phi_ratio(q, p, xp=xp) - phi_ratio(q + e, p + f, xp=xp),
            xp=xp,
        )

    def remainder(self) -> Array:
        """B_R(q; p) − B_R(q + e; p + f)."""
        xp = self.xp
        dominant = (self.e * _DOMINANT <= self.q) & (self.f * _DOMINANT <= self.p)
        near = dominant & (self.q >= self.p / 2) & (self.q / 2 <= self.p)
        far = dominant & ~near

        def only(mask: Array) -> tuple[Array, Array, Array, Array, Array]:
            q, p = xp.where(mask, self.q, 1.0), xp.where(mask, self.p, 1.0)
            e, f = xp.where(mask, self.e, 0.0), xp.where(mask, self.f, 0.0)
            return q, p, e, f, xp.where(mask, self.change, 0.0)

        def plain() -> Array:
            q, p, e, f, change = only(~dominant)
            return bregman_binet(q, p, xp=xp) - bregman_binet(q + e, p + f, difference=(q - p) + change, xp=xp)

        return choose(
            dominant,
            lambda: choose(near, lambda: _close(*only(near), xp=xp), lambda: _distant(*only(far), xp=xp), xp=xp),
            plain,
            xp=xp,
        )


def _close(q: Array, p: Array, e: Array, f: Array, change: Array, *, xp: Any) -> Array:
    r"""∫ (1−u) [d² R″(w) − (d + e − f)² R″(w + η)] du with d = q − p, w = p + ud and η = f + u(e − f).

    Scaled by p: no part of it over- or underflows before p does.
    """
    nodes, weights = _legendre(p, xp)
    x, gain = ((q - p) / p)[..., None], (change / p)[..., None]
    growth = 1 + x * nodes
    w, eta = p[..., None] * growth, (f / p)[..., None] + gain * nodes
    whole = growth + eta
    drop = _bend_drop(w, p[..., None] * eta, xp) / (growth * growth)
    values = x * x * drop - (2 * x + gain) * gain * _bend(p[..., None] * whole, xp) / (whole * whole)
    return xp.sum(weights * (1 - nodes) * values, axis=-1)


def _distant(q: Array, p: Array, e: Array, f: Array, change: Array, *, xp: Any) -> Array:
    """[R(q) − R(q+e)] − [R(p) − R(p+f)] − (q − p)[R′(p) − R′(p+f)] + (e − f) R′(p+f), the first three as integrals."""
    nodes, weights = _legendre(p, xp)

    def mean(values: Array) -> Array:
        return xp.sum(weights * values, axis=-1)

    slope_q = mean(binet_slope(q[..., None] + e[..., None] * nodes, xp=xp))
    along_p = p[..., None] + f[..., None] * nodes
    slope_p = mean(binet_slope(along_p, xp=xp))
    ratio = p[..., None] / along_p
    bend = mean(ratio * ratio * _bend(along_p, xp))  # p² R″
    return f * slope_p - e * slope_q + (q - p) / p * (f / p) * bend + change * binet_slope(p + f, xp=xp)


def _bend_drop(a: Array, b: Array, xp: Any) -> Array:
    """a²[R″(a) − R″(a + b)] for 0 ≤ b ≤ a: every term is proportional to b before it is summed."""
    small = a < SHIFT
    one, big = xp.ones_like(a), SHIFT + xp.zeros_like(a)

    def series(start: Array, step: Array) -> Array:
        """start²[R″(start) − R″(start + step)], with z = 1/start: of Σ c z^(2k+1), differences of powers."""
        z, y = 1 / start, 1 / (start + step)
        coefficients = tuple((2 * k + 1) * (2 * k + 2) * c for k, c in enumerate(_STIRLING))
        w, v = z * z, y * y
        value, slope = 0 * w + coefficients[-1], 0 * w
        for c in reversed(coefficients[:-1]):
            slope = slope * v + value
            value = value * w + c
        at_y = value - slope * (w - v)
        share = y / z  # (z − y)/z = step·y
        return step * y * z * ((1 + share + share * share) * at_y + (1 + share) * w * slope)

    def summed() -> Array:
        x, step = xp.where(small, a, one), xp.where(small, b, 0.0)
        ratio = x / (x + SHIFT)
        total = ratio * ratio * series(x + SHIFT, step)
        for k in reversed(range(SHIFT)):
            near, far = (x + k) * (x + (k + 1)), (x + step + k) * (x + step + (k + 1))
            excess = step * (2 * x + step + (2 * k + 1)) / far
            factor = (x / (x + k) if k else 1.0) / (x + (k + 1))
            total = total + factor * factor / 2 * excess * (1 + near / far)
        return total

    return choose(small, summed, lambda: series(xp.where(small, big, a), xp.where(small, 0.0, b)), xp=xp)
