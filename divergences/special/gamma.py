r"""Log-gamma, its derivatives and its Bregman divergences through Binet's remainder R, a sum of positive terms.

.. math::

    \log\Gamma(a) = (a - \tfrac12)\log a - a + \tfrac12\log 2\pi + R(a), \qquad
    R(a) = \sum_{k\ge0} h(a+k), \quad h(a) = (a + \tfrac12)\log(1 + \tfrac1a) - 1 > 0

R is completely monotone: the terms of R, of −R′ and of R″ are positive, and so are those of its Bregman divergence.
Below `SHIFT` the first terms are summed and the rest is R(a + SHIFT); above, Stirling's series is R to rounding. As in
`divergences.special.primitives`, autograd sees elementary functions and polynomials, and symbols see definitions.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from divergences.libraries import Array, device_of
from divergences.namespace import namespace_of
from divergences.reading import choose
from divergences.special.primitives import _bits, _polynomial, half_log_2pi, log1pmx, log_ratio, symbolic

#: From here on Stirling's series is used, of which the terms of `_STIRLING` leave less than 1e-17 of R″ out.
SHIFT = 10

# B_2k/(2k(2k−1)): R(a) ~ Σ c_k a^(1−2k), k = 1, 2, ...
_STIRLING = (
    0.08333333333333333,
    -0.002777777777777778,
    0.0007936507936507937,
    -0.0005952380952380953,
    0.0008417508417508417,
    -0.0019175269175269176,
    0.00641025641025641,
    -0.029550653594771242,
    0.17964437236883057,
    -1.3924322169059011,
    13.402864044168393,
    -156.84828462600203,
)

# Σ w^k/(2k+3) for w in [0, 1/4]: the remainder (artanh(s)/s − 1)/s² of the logarithm's series, w = s².
_ARTANH = {
    64: (
        0.3333333333333333,
        0.1999999999999993,
        0.14285714285735326,
        0.11111111108659015,
        0.09090909240270216,
        0.07692302227029223,
        0.06666796774604508,
        0.05880237959268297,
        0.05287313906357011,
        0.045653577659348854,
        0.05487680296205642,
        -0.00643111212853582,
        0.16507992920258135,
        -0.18631774954673389,
        0.2275756332112101,
    ),
    32: (
        0.33333333444423696,
        0.1999995724811572,
        0.14288384824460626,
        0.11049126926223074,
        0.09765189638700834,
        0.04044205178602846,
        0.15692732758801045,
    ),
}

#: The zero of the digamma function rounded to the dtype, and what the rounding left.
_ROOT = {64: (1.4616321449683622, 9.549995429965697e-17), 32: (1.4616321325302124, 1.2438149764342574e-08)}

_EULER = 0.5772156649015329
#: Gauss–Legendre points that integrate over a ratio of at most 2, whose integrands have their poles at −1 and 2.
_POINTS = {64: 12, 32: 6}


# --- Binet's remainder -----------------------------------------------------------------------------------------------


def binet(a: Array, *, xp: Any = None) -> Array:
    r"""Binet's remainder R(a) > 0: what Stirling's formula leaves of log Γ.

    .. math:: R(a) = \log\Gamma(a) - \big[(a-\tfrac12)\log a - a + \tfrac12\log 2\pi\big]

    Args:
        a: positive numbers, or a sympy expression.
        xp: the array namespace of a, looked up where absent.

    Returns:
        An array like a, within 16 eps.

    Reference: Whittaker and Watson (1927), A Course of Modern Analysis, section 12.31.

    >>> float(binet(1e6))
    8.33333333333305...e-08
    """
    xp, a = (xp, a) if xp is not None else namespace_of(a)
    if symbolic(xp):
        return xp.lgamma(a) - ((a - xp.half) * xp.log(a) - a + half_log_2pi(xp=xp))
    return _shifted(a, _remainder_term, _remainder_series, xp)


def binet_slope(a: Array, *, xp: Any = None) -> Array:
    r"""The derivative R′(a) < 0 of Binet's remainder.

    .. math:: R'(a) = \psi(a) - \log a + \frac{1}{2a}

    Args:
        a: positive numbers, or a sympy expression.
        xp: the array namespace of a, looked up where absent.

    Returns:
        An array like a, within 16 eps.

    >>> float(binet_slope(1e6))
    -8.3333333333325...e-14
    """
    xp, a = (xp, a) if xp is not None else namespace_of(a)
    if symbolic(xp):
        return xp.digamma(a) - xp.log(a) + 1 / (2 * a)
    return _shifted(a, _slope_term, _slope_series, xp)


def _shifted(a: Array, term: Any, series: Any, xp: Any) -> Array:
    """Σ term(a + k) + series(a + SHIFT) below SHIFT, and series(a) above."""
    small = a < SHIFT
    below, above = xp.where(small, a, 1.0), xp.where(small, 1.0 * SHIFT, a)

    def summed() -> Array:
        steps = _constants(tuple(range(SHIFT)), below, xp)
        return xp.sum(term(below[..., None] + steps, xp), axis=-1) + series(below + SHIFT)

    return choose(small, summed, lambda: series(above), xp=xp)


def _remainder_term(a: Array, xp: Any) -> Array:
    """h(a) = artanh(s)/s − 1 with s = 1/(2a + 1): no cancellation for s ≤ 1/2, and little beyond."""
    far = a < 0.5
    s = 1 / (2 * xp.where(far, 1.0, a) + 1)
    small = xp.where(far, a, 0.25)
    w = s * s
    return choose(
        far,
        lambda: (small + 0.5) * (xp.log1p(small) - xp.log(small)) - 1,
        lambda: w * _polynomial(w, _ARTANH[_bits(xp, a)]),
        xp=xp,
    )


def _slope_term(a: Array, xp: Any) -> Array:
    """h′(a) = 2 artanh(s) − 2s/(1 − s²) = −2s³(1/(1 − s²) − Q(s²)), Q the remainder of artanh."""
    far = a < 0.5
    s = 1 / (2 * xp.where(far, 1.0, a) + 1)
    small = xp.where(far, a, 0.25)
    w = s * s
    return choose(
        far,
        lambda: xp.log1p(small) - xp.log(small) - (small + 0.5) / (small * (small + 1)),
        lambda: -2 * s * w * (1 / (1 - w) - _polynomial(w, _ARTANH[_bits(xp, a)])),
        xp=xp,
    )


def _remainder_series(a: Array) -> Array:
    z = 1 / a
    return z * _polynomial(z * z, _STIRLING)


def _slope_series(a: Array) -> Array:
    z = 1 / a
    w = z * z
    return -w * _polynomial(w, tuple((2 * k + 1) * c for k, c in enumerate(_STIRLING)))


def _bend(a: Array, xp: Any) -> Array:
    """a²R″(a), from h″(a) = 1/(2a²(a + 1)²); scaled, so that it neither over- nor underflows before a does."""
    small = a < SHIFT
    below, above = xp.where(small, a, 1.0), xp.where(small, 1.0 * SHIFT, a)

    def series(b: Array) -> Array:
        z = 1 / b
        return z * _polynomial(z * z, tuple((2 * k + 1) * (2 * k + 2) * c for k, c in enumerate(_STIRLING)))

    def summed() -> Array:
        ratio = below / (below + SHIFT)
        total = ratio * ratio * series(below + SHIFT)
        for k in reversed(range(SHIFT)):
            factor = (below / (below + k) if k else 1.0) / (below + (k + 1))
            total = total + factor * factor / 2
        return total

    return choose(small, summed, lambda: series(above), xp=xp)


# --- Bregman divergences ---------------------------------------------------------------------------------------------


def bregman_binet(q: Array, p: Array, *, difference: Array | None = None, xp: Any) -> Array:
    r"""B_R(q; p) = R(q) − R(p) − (q − p) R′(p) ≥ 0, within 32 eps; zero exactly where q = p.

    .. math:: B_R(q; p) = (q-p)^2 \int_0^1 (1-u)\, R''(p + u(q-p))\, du

    Within a factor 2 of each other by Gauss–Legendre quadrature of the positive integrand, on a last axis of its
    own; beyond, the difference itself has no more than a factor of 10 to lose, unless both are small, where the
    logarithm that R has at 0 is taken off first.

    Args:
        q: positive numbers.
        p: positive numbers.
        difference: q − p, where the caller has more of its digits than q and p have.
        xp: the array namespace.
    """
    if symbolic(xp):
        return binet(q, xp=xp) - binet(p, xp=xp) - (q - p) * binet_slope(p, xp=xp)
    near = (q >= p / 2) & (q / 2 <= p)
    tiny = ~near & (q < 1) & (p < 1)
    far_q, far_p = xp.where(near | tiny, 2.0, q), xp.where(near | tiny, 1.0, p)
    d = q - p if difference is None else difference

    def plain() -> Array:
        return binet(far_q, xp=xp) - binet(far_p, xp=xp) - (far_q - far_p) * binet_slope(far_p, xp=xp)

    def stepped() -> Array:
        # The first step h(a) = (a + 1/2)(log(a + 1) − log a) − 1, by the divergences of a log a and of −log a.
        a, b = xp.where(tiny, q, 1.0), xp.where(tiny, p, 1.0)
        gains = relative_entropy(a + 1, b + 1, xp=xp) + (phi_ratio(a, b, xp=xp) + phi_ratio(a + 1, b + 1, xp=xp)) / 2
        return gains - relative_entropy(a, b, xp=xp) + _bregman_close(a - b, b + 1, xp)

    def close() -> Array:
        return _bregman_close(xp.where(near, d, 0.0), xp.where(near, p, 1.0), xp)

    return choose(near, close, lambda: choose(tiny, stepped, plain, xp=xp), xp=xp)


def _bregman_close(d: Array, p: Array, xp: Any) -> Array:
    """B_R(p + d; p) of numbers within a factor of 2 of each other."""
    x = d / p
    nodes, weights = _legendre(p, xp)
    growth = 1 + x[..., None] * nodes
    values = _bend(p[..., None] * growth, xp) / (growth * growth)
    return x * x * xp.sum(weights * (1 - nodes) * values, axis=-1)


def bregman_lgamma(q: Array, p: Array, *, difference: Array | None = None, xp: Any) -> Array:
    r"""B(q; p) = log Γ(q) − log Γ(p) − (q − p) ψ(p) ≥ 0, within 8 eps; zero exactly where q = p.

    .. math:: B(q; p) = q\,\varphi(p/q) + \tfrac12\varphi(q/p) + B_R(q; p)

    Args:
        q: positive numbers.
        p: positive numbers.
        difference: q − p, where the caller has more of its digits than q and p have.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.lgamma(q) - xp.lgamma(p) - (q - p) * xp.digamma(p)
    d = q - p if difference is None else difference
    spread = phi_ratio(q, p, difference=d, xp=xp) / 2 + bregman_binet(q, p, difference=d, xp=xp)
    return relative_entropy(q, p, difference=-d, xp=xp) + spread


def relative_entropy(a: Array, b: Array, *, difference: Array | None = None, xp: Any) -> Array:
    """a·φ(b/a) = b − a + a log(a/b) for positive a and b: the Bregman divergence of x log x.

    Args:
        a: positive numbers.
        b: positive numbers.
        difference: b − a, where the caller has more of its digits.
        xp: the array namespace.
    """
    if symbolic(xp):
        return b - a + a * xp.log(a / b)
    near = (b >= a / 2) & (b / 2 <= a)
    change, base = xp.where(near, b - a if difference is None else difference, 0.0), xp.where(near, a, 1.0)
    far_a, far_b = xp.where(near, 1.0, a), xp.where(near, 2.0, b)
    # Beyond, a·(b/a) would leave its rounding error in the derivative in a, where the two of b/a cancel.
    return choose(
        near,
        lambda: -base * log1pmx(change / base, xp=xp),
        lambda: far_b - far_a - far_a * log_ratio(far_b, far_a, xp=xp),
        xp=xp,
    )


def relative_entropy_rise(a: Array, b: Array, step: float, *, xp: Any) -> Array:
    r"""D(a − s; b − s) − D(a; b) ≥ 0 for the `relative_entropy` D(a; b) = a φ(b/a), within a factor 2 of each other.

    .. math:: s\,(a-b)^2 \int_0^1 \frac{1-u}{w(w-s)}\, du, \qquad w = b + u(a-b)

    Args:
        a: numbers above s.
        b: numbers above s.
        step: s > 0; a − s and b − s, too, are within a factor 2 of each other.
        xp: the array namespace.
    """
    x = (a - b) / b
    nodes, weights = _legendre(b, xp)
    growth = 1 + x[..., None] * nodes
    share = step / b
    values = (1 - nodes) / (growth * (((b - step) / b)[..., None] + x[..., None] * nodes))
    return share * x * x * b * xp.sum(weights * values, axis=-1)


def phi_ratio(a: Array, b: Array, *, difference: Array | None = None, xp: Any) -> Array:
    """φ(a/b) for positive a and b: −log1pmx of their relative difference, which is formed before anything is rounded.

    Args:
        a: positive numbers.
        b: positive numbers.
        difference: a − b, where the caller has more of its digits.
        xp: the array namespace.
    """
    if symbolic(xp):
        return a / b - 1 - xp.log(a / b)
    near = (a >= b / 2) & (a / 2 <= b)
    change = xp.where(near, a - b if difference is None else difference, 0.0)
    far_a, far_b = xp.where(near, 2.0, a), xp.where(near, 1.0, b)
    return choose(
        near,
        lambda: -log1pmx(change / xp.where(near, b, 1.0), xp=xp),
        lambda: (far_a - far_b) / far_b - log_ratio(far_a, far_b, xp=xp),
        xp=xp,
    )


# --- log-gamma and its derivatives -----------------------------------------------------------------------------------


def lgamma(a: Array, *, xp: Any = None) -> Array:
    r"""log Γ(a) for a > 0, to full relative accuracy at its zeros 1 and 2 too.

    .. math:: \log\Gamma(a) = (a-n)\,\psi(n) + B(a; n), \quad n = 1, 2 \text{ near } a

    Args:
        a: positive numbers, or a sympy expression.
        xp: the array namespace of a, looked up where absent.

    Returns:
        An array like a, within 8 eps; +inf at 0.

    >>> float(lgamma(1 + 2.0**-40))
    -5.24974589...e-13
    """
    xp, a = (xp, a) if xp is not None else namespace_of(a)
    if symbolic(xp):
        return xp.lgamma(a)
    near = (a >= 0.5) & (a <= 3.5)
    close, far = xp.where(near, a, 1.0), xp.where(near, 4.0, a)

    def around() -> Array:
        n = xp.where(close < 1.5, xp.ones_like(close), 2.0)
        return (close - n) * (n - 1 - _EULER) + bregman_lgamma(close, n, xp=xp)

    def stirling() -> Array:
        return (far - 0.5) * xp.log(far) - far + half_log_2pi(xp=xp) + binet(far, xp=xp)

    return choose(near, around, stirling, xp=xp)


def digamma(a: Array, *, xp: Any = None) -> Array:
    r"""ψ(a) = (log Γ)′(a) for a > 0, to full relative accuracy on both sides of its zero x₀ ≈ 1.46.

    .. math:: \psi(a) = \log a - \frac1{2a} + R'(a) = (a - x_0)\int_0^1 \psi'(x_0 + u(a - x_0))\, du

    Args:
        a: positive numbers, or a sympy expression.
        xp: the array namespace of a, looked up where absent.

    Returns:
        An array like a, within 8 eps.

    >>> float(digamma(1.0))
    -0.57721566490153...
    """
    xp, a = (xp, a) if xp is not None else namespace_of(a)
    if symbolic(xp):
        return xp.digamma(a)
    root, rest = _ROOT[_bits(xp, a)]
    near = (a >= 1) & (a <= 2.5)
    close, far = xp.where(near, a, 1.0), xp.where(near, 4.0, a)

    def around() -> Array:
        nodes, weights = _legendre(close, xp)
        offset = (close - root) - rest
        return offset * xp.sum(weights * trigamma(root + offset[..., None] * nodes, xp=xp), axis=-1)

    return choose(near, around, lambda: xp.log(far) - 0.5 / far + binet_slope(far, xp=xp), xp=xp)


def trigamma(a: Array, *, xp: Any = None) -> Array:
    r"""ψ′(a) for a > 0, a sum of positive terms.

    .. math:: \psi'(a) = \frac1a + \frac1{2a^2} + R''(a)

    Args:
        a: positive numbers, or a sympy expression.
        xp: the array namespace of a, looked up where absent.

    Returns:
        An array like a, within 4 eps; +inf at 0 and where 1/a² overflows.

    >>> float(trigamma(1.0))
    1.644934066848226...
    """
    xp, a = (xp, a) if xp is not None else namespace_of(a)
    if symbolic(xp):
        return xp.trigamma(a)
    return (1 + (0.5 + _bend(a, xp)) / a) / a


# --- quadrature ------------------------------------------------------------------------------------------------------


def _legendre(like: Array, xp: Any) -> tuple[Array, Array]:
    """The nodes and weights of Gauss–Legendre quadrature on (0, 1), of the dtype and on the device of an array."""
    nodes, weights = _rule(_POINTS[_bits(xp, like)])
    return _constants(nodes, like, xp), _constants(weights, like, xp)


@cache
def _rule(points: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    nodes, weights = np.polynomial.legendre.leggauss(points)
    return tuple(((nodes + 1) / 2).tolist()), tuple((weights / 2).tolist())


def _constants(values: tuple[float, ...], like: Array, xp: Any) -> Array:
    device = device_of(like)
    placed = {} if device is None else {"device": device}
    return xp.asarray(values, dtype=like.dtype, **placed)
