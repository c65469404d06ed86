"""The primitives that accuracy needs and that no array library has, each with a relative error of a few eps.

They are differentiable to any order by whatever differentiates the array library: every branch is a polynomial
or an elementary function, and the branch that is not taken is evaluated at a harmless point, so that it
contributes an exact zero to the gradient and never a NaN. On sympy expressions each is its definition
(`divergences.symbols` implements it under the same name).

The polynomials are Taylor series economised by Chebyshev polynomials: cut where their tail falls below the
rounding error of the dtype. The tests derive the coefficients again in exact arithmetic.
"""

from __future__ import annotations

import math
from typing import Any

from divergences.libraries import Array
from divergences.namespace import namespace_of
from divergences.reading import choose, on_host, truth

# Σ w^k/(2k+3) for w in [0, 1/9]: the remainder (artanh(s)/s − 1)/s² of the logarithm's series, w = s².
_ARTANH = {
    64: (
        0.3333333333333333,
        0.19999999999999757,
        0.14285714285801707,
        0.11111111098926833,
        0.09090909960220453,
        0.07692271603832289,
        0.0666759707695605,
        0.05867041087435821,
        0.05423343583100272,
        0.037428719610706894,
        0.07821056687403345,
    ),
    32: (0.33333333668806814, 0.19999850678147366, 0.14296291707203718, 0.10851657504511722, 0.11619525266245728),
}

# The same for w in [0, 1/25].
_ARTANH_SHORT = {
    64: (
        0.3333333333333347,
        0.199999999996706,
        0.14285714416989004,
        0.11111091520994569,
        0.09092297649298604,
        0.07642041872025877,
        0.07557461395462198,
    ),
    32: (0.33333356885954846, 0.1998946931729388, 0.14978792796125265),
}

# Σ 2 a^k/(k+2)! for a in [−1, 1]: the remainder (e^a − 1 − a)/(a²/2) of the exponential's series.
_EXP = {
    64: (
        1.0,
        0.3333333333333333,
        0.08333333333333218,
        0.016666666666666472,
        0.002777777777796289,
        0.0003968253968274955,
        4.960317449215907e-05,
        5.5114638348077784e-06,
        5.511467014453447e-07,
        5.010424117326749e-08,
        4.174887055906482e-09,
        3.211489670028116e-10,
        2.32784080048406e-11,
        1.5506590210767856e-12,
    ),
    32: (
        0.9999999956201545,
        0.3333333315440408,
        0.08333347333961252,
        0.01666669050061233,
        0.002777078984509638,
        0.0003967397341752456,
        5.071728978442201e-05,
        5.625309256529202e-06,
    ),
}

#: How large a quotient may be for its logarithm to be taken from it, per dtype.
_MODERATE = {64: 2.0**200, 32: 2.0**40}

#: 1/√(2πe) rounded to the dtype, and what the rounding left.
_ROOT = {64: (0.24197072451914334, 1.2225883220660234e-17), 32: (0.2419707179069519, 6.612191445500955e-09)}


def log1pmx(x: Array, *, xp: Any = None) -> Array:
    r"""log(1 + x) − x for x > −1, without the cancellation that leaves nothing of it near 0.

    .. math:: \log(1+x) - x = -\tfrac{x^2}{2} + \tfrac{x^3}{3} - \cdots

    For x in [−1/2, 1] it is s(2s²Q(s²) − x) with s = x/(2 + x), since log(1+x) = 2 artanh(s) = 2s + 2s³Q(s²) and
    2s − x = −xs; the two terms of the bracket differ by a factor of 6 at least, so their difference loses nothing.

    Args:
        x: an array, a number or a sympy expression.
        xp: the array namespace of x, looked up where absent.

    Returns:
        An array like x; −inf at −1 and NaN below.

    >>> float(log1pmx(1e-9))
    -4.99999999666...e-19
    """
    xp, x = (xp, x) if xp is not None else namespace_of(x)
    if symbolic(xp):
        return xp.log1pmx(x)
    near = (x >= -0.5) & (x <= 1)
    small, far = xp.where(near, x, 0.0), xp.where(near, 0.0, x)
    return choose(near, lambda: -_minus_log1pmx_near(xp, small), lambda: xp.log1p(far) - far, xp=xp)


def _minus_log1pmx_near(xp: Any, x: Array, table: dict[int, tuple[float, ...]] = _ARTANH) -> Array:
    """x − log(1 + x) for x in [−1/2, 1], or as far as the table goes: non-negative, and +0 at 0."""
    s = x / (2 + x)
    w = s * s
    return s * (x - 2 * w * _polynomial(w, table[_bits(xp, x)]))


def phi(t: Array, *, xp: Any = None) -> Array:
    r"""φ(t) = t − 1 − log t for t > 0: non-negative, zero at 1 alone, and accurate there.

    .. math:: \varphi(t) = t - 1 - \log t

    Args:
        t: an array, a number or a sympy expression.
        xp: the array namespace of t, looked up where absent.

    Returns:
        An array like t; +inf at 0 and NaN below.

    >>> float(phi(1 + 2.0**-30))
    4.3368086872...e-19
    """
    xp, t = (xp, t) if xp is not None else namespace_of(t)
    if symbolic(xp):
        return t - 1 - xp.log(t)
    # t − 1 is exact where it is used alone, on [1/2, 2] (Sterbenz).
    near = (t >= 0.5) & (t <= 2)
    small, far = xp.where(near, t - 1, 0.0), xp.where(near, 1.0, t)
    return choose(near, lambda: _minus_log1pmx_near(xp, small), lambda: far - 1 - xp.log(far), xp=xp)


def half_phi(excess: Array, a: Array, b: Array, *, xp: Any) -> Array:
    r"""φ(t)/2 for t = (a/b)² and positive a and b, given a/b − 1, which the caller forms without cancellation.

    .. math:: \tfrac12\varphi(t) = \tfrac12 e^2 + (e - \log(1 + e)), \qquad e = \tfrac ab - 1

    For |e| ≤ 1/3, |s| ≤ 1/5 and the series is short; beyond, the sum is at least e² − 2|e|³/3 ≥ 0.08, which an
    error of log(a/b) of half an eps for the quotient and of one of the logarithm moves by less than 12 eps.

    Args:
        excess: a/b − 1.
        a: positive numerators.
        b: positive denominators.
        xp: the array namespace.
    """
    if symbolic(xp):
        return excess / 2 * (2 + excess) - xp.log(a / b)
    near = xp.abs(excess) <= 1 / 3
    small = xp.where(near, excess, 0.0)
    rest = choose(
        near,
        lambda: _minus_log1pmx_near(xp, small, _ARTANH_SHORT),
        lambda: excess - log_ratio(a, b, xp=xp),
        xp=xp,
    )
    return excess * (excess / 2) + rest


def expm1mx(x: Array, *, xp: Any = None) -> Array:
    r"""e^x − 1 − x ≥ 0, without cancellation: φ(e^x), and so the Kullback–Leibler divergence of a log-ratio.

    .. math:: e^x - 1 - x = \tfrac{x^2}{2} + \tfrac{x^3}{6} + \cdots

    Args:
        x: an array, a number or a sympy expression.
        xp: the array namespace of x, looked up where absent.

    Returns:
        An array like x; +inf where e^x overflows, and at −inf.

    >>> float(expm1mx(1e-9))
    5.00000000166...e-19
    """
    xp, x = (xp, x) if xp is not None else namespace_of(x)
    if symbolic(xp):
        return xp.expm1mx(x)
    near = (x >= -1) & (x <= 1)
    small, far = xp.where(near, x, 0.0), xp.where(near, 1.0, x)
    # expm1(inf) − inf is NaN; taking nothing off there changes no finite result, as e^x overflows long before.
    return choose(
        near,
        lambda: small * small / 2 * _polynomial(small, _EXP[_bits(xp, x)]),
        lambda: xp.expm1(far) - xp.where(far < math.inf, far, 0.0),
        xp=xp,
    )


def half_expm1mx(a: Array, b: Array, *, xp: Any) -> Array:
    r"""(e^c − 1 − c)/2 ≥ 0 for c = a − b, whose rounding error would otherwise be multiplied by c in e^c.

    .. math:: \tfrac12(e^c - 1 - c) = (e^{c/2} - 1 - \tfrac c2) + \tfrac12 (e^{c/2} - 1)^2

    where no term overflows before the sum does; to which the rounding error of c adds itself times (e^c − 1)/2.

    Args:
        a: minuends.
        b: subtrahends.
        xp: the array namespace.
    """
    if symbolic(xp):
        return (xp.exp(a - b) - 1 - (a - b)) / 2
    high, low = two_difference(a, b, xp=xp)
    root = xp.expm1(high / 2)
    value = expm1mx(high / 2, xp=xp) + root * (root / 2)
    return value + low * xp.where(value < math.inf, root + root * (root / 2), 0.0)


def two_difference(a: Array, b: Array, *, xp: Any) -> tuple[Array, Array]:
    """a − b rounded, and what the rounding left, exactly (Knuth); nothing is left of a difference that overflows."""
    high = a - b
    back = high - a
    low = (a - (high - back)) - (b + back)
    return high, xp.where(low == low, low, 0.0)


def log_ratio(a: Array, b: Array, *, xp: Any) -> Array:
    """log(a/b) for positive a and b whose quotient may over- or underflow.

    Within a factor 2²⁰⁰ (2⁴⁰ in float32) the quotient is formed. Beyond, its logarithm is so large that the
    difference of the logarithms is as accurate; and its gradients are 1/a and −1/b, where those of a quotient pass
    through a/b², which may over- or underflow although a/b does not.

    Args:
        a: positive numerators.
        b: positive denominators.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.log(a / b)
    quotient = a / b
    largest = _MODERATE[_bits(xp, quotient)]
    smallest = 1 / largest
    if on_host(quotient) and truth(xp.all((quotient >= smallest) & (quotient <= largest))):
        return xp.log(quotient)
    # log(a/c) − log(b/c) with c = b or 1. One comparison a mask: compilers for CPUs do not vectorise conjunctions.
    moderate = xp.where(quotient >= smallest, quotient, math.inf) <= largest
    return xp.log(a / xp.where(moderate, b, 1.0)) - xp.log(xp.where(moderate, 1.0, b))


def accurate_log_ratio(a: Array, b: Array, *, difference: Array | None = None, xp: Any) -> Array:
    """log(a/b) as `log_ratio`, to full relative accuracy where a and b are nearly equal.

    Args:
        a: positive numerators.
        b: positive denominators.
        difference: a − b, where the caller has more of its digits.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.log(a / b)
    near = (a >= b / 2) & (a / 2 <= b)
    change = xp.where(near, a - b if difference is None else difference, 0.0)
    far_a, far_b = xp.where(near, 1.0, a), xp.where(near, 1.0, b)
    return choose(
        near,
        lambda: xp.log1p(change / xp.where(near, b, 1.0)),
        lambda: log_ratio(far_a, far_b, xp=xp),
        xp=xp,
    )


def times_exp(x: Array, exponent: Array, *, xp: Any) -> Array:
    """x · exp(exponent), where the exponential alone may over- or underflow although the product does not.

    The exponential is applied in two halves. A half is cut where its square would carry the smallest float beyond
    the square root of the largest, so that 0 · exp(∞) is 0 and any other product squares to inf, cut or not.

    Args:
        x: finite factors.
        exponent: the exponents, in nats.
        xp: the array namespace.
    """
    if symbolic(xp):
        return x * xp.exp(exponent)
    half = exponent / 2
    cut = math.log(float(xp.finfo(half.dtype).max)) - 1
    factor = xp.exp(xp.where(half > cut, cut, half))
    return x * factor * factor


def log_sqrt_2pie(x: Array, *, xp: Any) -> Array:
    """log(√(2πe) · x) for positive x, to full relative accuracy on both sides of its zero x₀ = 1/√(2πe).

    For x in [x₀/2, 2x₀] the difference of x and the rounded x₀ is exact (Sterbenz); with what the rounding left
    of x₀ taken off, the logarithm is log1p((x − x₀)/x₀).

    Args:
        x: positive values.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.log_sqrt_2pie(x)
    high, low = _ROOT[_bits(xp, x)]
    near = (x >= high / 2) & (x <= 2 * high)
    offset, far = (xp.where(near, x, high) - high - low) / high, xp.where(near, 1.0, x)
    return choose(near, lambda: xp.log1p(offset), lambda: xp.log(far) - math.log(high), xp=xp)


def half(*, xp: Any) -> Any:
    """1/2, as a float or as the rational that it is."""
    return xp.half if symbolic(xp) else 0.5


def half_log_2pi(*, xp: Any) -> Any:
    """½ log 2π, as a float or as the constant that it is."""
    return xp.log(2 * xp.pi) / 2 if symbolic(xp) else math.log(2 * math.pi) / 2


def at_most(x: Array, bound: float, *, xp: Any) -> Array:
    """Takes off what rounding has put on top of a proved bound; an expression has no rounding."""
    return x if symbolic(xp) else xp.where(x > bound, bound, x)


def symbolic(xp: Any) -> bool:
    """Whether the namespace is that of sympy expressions, where nothing is rounded."""
    return xp.__name__ == "divergences.symbols"


def _bits(xp: Any, x: Array) -> int:
    return 32 if xp.finfo(x.dtype).bits <= 32 else 64


def _polynomial(x: Array, coefficients: tuple[float, ...]) -> Array:
    """Horner's rule; the coefficients ascend."""
    *rest, value = coefficients
    for coefficient in reversed(rest):
        value = value * x + coefficient
    return value
