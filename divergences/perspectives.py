"""What each cell of two laws contributes to an f-divergence, written so that it is never negative.

For masses a of p and b of q, and their accurately formed difference a − b, each is b·[f(a/b) − f(1) − f′(1)(a/b − 1)],
with its limits where a or b is 0. Over two laws the last term sums to zero, and what is left does not cancel.
"""

from __future__ import annotations

from typing import Any

from divergences import simplex, special
from divergences.libraries import Array


def kl(a: Array, b: Array, difference: Array, xp: Any) -> Array:
    """a log(a/b) − a + b."""
    return simplex.kl_div(a, b, -difference, xp=xp)


def reverse_kl(a: Array, b: Array, difference: Array, xp: Any) -> Array:
    """b log(b/a) − b + a."""
    return simplex.kl_div(b, a, difference, xp=xp)


def jeffreys(a: Array, b: Array, difference: Array, xp: Any) -> Array:
    """(a − b) log(a/b), which is the sum of both directions."""
    return kl(a, b, difference, xp) + reverse_kl(a, b, difference, xp)


def twice_jensen_shannon(a: Array, b: Array, difference: Array, xp: Any) -> Array:
    """a log(a/m) + b log(b/m), m = (a + b)/2."""
    middle, half = (a + b) / 2, difference / 2
    return simplex.kl_div(a, middle, -half, xp=xp) + simplex.kl_div(b, middle, half, xp=xp)


def jensen_shannon(a: Array, b: Array, difference: Array, xp: Any) -> Array:
    """Half of it."""
    return twice_jensen_shannon(a, b, difference, xp) / 2


def squared_hellinger(a: Array, b: Array, difference: Array, xp: Any) -> Array:
    """(√a − √b)²/2."""
    if special.symbolic(xp):
        return (xp.sqrt(a) - xp.sqrt(b)) ** 2 / 2
    empty = (a <= 0) & (b <= 0)
    total = xp.sqrt(xp.where(empty, 1.0, a)) + xp.sqrt(xp.where(empty, 1.0, b))
    root = difference / total
    return root * root / 2


def pearson(a: Array, b: Array, difference: Array, xp: Any) -> Array:
    """(a − b)²/b."""
    return difference * _quotient(difference, b, xp)


def neyman(a: Array, b: Array, difference: Array, xp: Any) -> Array:
    """(a − b)²/a."""
    return difference * _quotient(difference, a, xp)


def le_cam(a: Array, b: Array, difference: Array, xp: Any) -> Array:
    """(a − b)²/(2(a + b))."""
    return difference * _quotient(difference, a + b, xp) / 2


def total_variation(a: Array, b: Array, difference: Array, xp: Any) -> Array:
    """|a − b|/2."""
    return xp.abs(difference) / 2


def alpha(order: float, a: Array, b: Array, difference: Array, xp: Any) -> Array:
    r"""[a^α b^{1−α} − αa − (1−α)b]/(α(α−1)), and its limits `kl` at α = 1 and `reverse_kl` at α = 0.

    Exchanging a and b exchanges α and 1 − α, which leaves the orders α ≥ 1 and α ≤ 1/2. With c = log(a/b), β = α − 1
    and E(x) = e^x − 1 − x it is [a E(βc) + β kl(a, b)]/(αβ) above 1, where both terms are non-negative.
    """
    if order == 1:
        return kl(a, b, difference, xp)
    if order <= 0 or 0.5 < order < 1:
        return alpha(1 - order, b, a, -difference, xp)
    if special.symbolic(xp):
        exact = xp.asarray(order)
        return (a**exact * b ** (1 - exact) - exact * a - (1 - exact) * b) / (exact * (exact - 1))
    # Masses a, b > 0; the others have limits.
    proper = (a > 0) & (b > 0)
    first, second = xp.where(proper, a, 1.0), xp.where(proper, b, 1.0)
    change = xp.where(proper, difference, 0.0)
    log_ratio = _log_ratio(first, second, change, xp)
    if order > 1:
        inside = _above_one(order, first, second, change, log_ratio, xp)
        outside = xp.where(b > 0, b / order, xp.where(a > 0, xp.inf, 0.0))
    else:
        inside = _below_half(order, first, second, change, log_ratio, xp)
        outside = xp.where(b > 0, b / order, a / (1 - order))
    return xp.where(proper, inside, outside)


def _above_one(order: float, a: Array, b: Array, difference: Array, log_ratio: Array, xp: Any) -> Array:
    beta = order - 1
    exponent = beta * log_ratio
    near = exponent <= 1
    small, large = xp.where(near, exponent, 0.0), xp.where(near, 1.0, exponent)
    # a e^x may be finite where e^x is not.
    far = special.times_exp(a, large, xp=xp) - a * (1 + large)
    bend = xp.where(near, a * special.expm1mx(small, xp=xp), far)
    return (bend / beta + kl(a, b, difference, xp)) / order


def _below_half(order: float, a: Array, b: Array, difference: Array, log_ratio: Array, xp: Any) -> Array:
    """[αa + (1−α)b − a^α b^{1−α}]/(α(1−α)) for 0 < α ≤ 1/2.

    It is b[αE(c) − E(αc)] over α(1−α), where the second term is at most 2/3 of the first for c ≥ −4: both grow like c²
    at 0 in the ratio α, and as c falls their ratio rises to less than that at α = 1/2, c = −4 (checked in the tests).
    Below, it is b(1 − e^{αc}) − α(b − a), where the second term is less than 3/5 of the first.
    """
    exponent = order * log_ratio
    far = log_ratio < -4
    near = xp.where(far, 0.0, exponent)
    mild = order * reverse_kl(a, b, difference, xp) - b * special.expm1mx(near, xp=xp)
    strong = order * difference - b * xp.expm1(xp.where(far, exponent, -1.0))
    return xp.where(far, strong, mild) / (order * (1 - order))


def _log_ratio(a: Array, b: Array, difference: Array, xp: Any) -> Array:
    near = (difference >= -b / 2) & (difference <= b)
    small = xp.where(near, difference, 0.0) / b
    return xp.where(near, xp.log1p(small), special.log_ratio(xp.where(near, 1.0, a), xp.where(near, 1.0, b), xp=xp))


def _quotient(numerator: Array, denominator: Array, xp: Any) -> Array:
    """numerator/denominator for denominators ≥ 0, with 0/0 = 0 and x/0 = ±inf."""
    if special.symbolic(xp):
        return numerator / denominator
    empty = denominator <= 0
    value = numerator / xp.where(empty, 1.0, denominator)
    limit = xp.where(numerator > 0, xp.inf, xp.where(numerator < 0, -xp.inf, 0.0))
    return xp.where(empty, limit, value)
