"""The primitives of divergences between probability vectors: terms that are never negative, and shared log-ratios."""

from __future__ import annotations

import math
from typing import Any

from divergences import special
from divergences.libraries import Array


def kl_div(a: Array, b: Array, difference: Array, *, xp: Any) -> Array:
    r"""a·φ(b/a) = b − a − a log(b/a) ≥ 0, elementwise: the relative entropy of two masses, as in scipy.special.kl_div.

    .. math:: b - a - a\log\frac{b}{a}, \qquad b \text{ at } a = 0, \qquad +\infty \text{ at } b = 0 < a

    Summed over two vectors of equal totals this is Σ a log(a/b), every term of which may have either sign.

    Args:
        a: non-negative masses.
        b: non-negative masses.
        difference: b − a, which the caller forms without cancellation.
        xp: the array namespace.
    """
    if special.symbolic(xp):
        return xp.kl_div(a, b, difference)
    # b/a in [1/2, 2]; the masks are of the broadcast shape, and masses of zero are on the far side.
    near = (a > 0) & (difference >= -a / 2) & (difference <= a)
    excess = xp.where(near, difference, 0.0) / xp.where(near, a, 1.0)
    positive_a, positive_b = a > 0, b > 0
    log_ratio = special.log_ratio(xp.where(positive_b, b, 1.0), xp.where(positive_a, a, 1.0), xp=xp)
    far = xp.where(positive_a & (b <= 0), math.inf, difference - a * log_ratio)
    return xp.where(near, -a * special.log1pmx(excess, xp=xp), far)


def kl_div_from_log(a: Array, b: Array, log_ratio: Array, *, xp: Any) -> Array:
    """`kl_div` where c = log(b/a) is what is known accurately: a·(e^c − 1 − c).

    Args:
        a: non-negative masses.
        b: non-negative masses, a·exp(log_ratio).
        log_ratio: log(b/a), infinite where one of them is zero.
        xp: the array namespace.
    """
    if special.symbolic(xp):
        return xp.kl_div_from_log(a, b, log_ratio)
    near = (log_ratio >= -1) & (log_ratio <= 1)
    finite = (log_ratio > -math.inf) & (log_ratio < math.inf) | (log_ratio != log_ratio)
    far = b - a - a * xp.where(finite, log_ratio, 0.0)
    far = xp.where(finite | (a <= 0), far, xp.where(log_ratio < 0, math.inf, b))
    return xp.where(near, a * special.expm1mx(xp.where(near, log_ratio, 0.0), xp=xp), far)


def softmax_pair(left: Array, right: Array, axis: int, *, xp: Any) -> tuple[Array, Array, Array]:
    r"""The normalised exponentials p of left and q of right, and log(q/p) without the cancellation of two log-sum-exps.

    With D = right − left, centred by its mean c under the softmax w of (left + right)/2, and h = (D − c)/2,

    .. math:: \log\frac{q}{p} = 2h - \log\sum w e^{h} + \log\sum w e^{-h}

    where both logarithms are log1p of Σ w expm1(±h), which by Jensen is ≥ 0 up to the rounding of c. Exchanging left
    and right negates every step exactly. Where supports differ, or e^h would overflow, the two log-sum-exps are
    subtracted as they are, which leaves an absolute error of eps times their size.

    Args:
        left: logits of p; −inf for impossible categories, of which not all may be.
        right: logits of q.
        axis: the axis of the categories.
        xp: the array namespace.

    Returns:
        p, q and log(q/p), of the broadcast shape; log(q/p) is ±inf where one of p and q is 0, and 0 where both are.
    """
    if special.symbolic(xp):
        return xp.softmax_pair(left, right, axis)
    p, top_left, log_left = _softmax(left, axis, xp)
    q, top_right, log_right = _softmax(right, axis, xp)

    in_p, in_q = left != -math.inf, right != -math.inf
    both = in_p & in_q
    first, second = xp.where(both, left, 0.0), xp.where(both, right, 0.0)
    shift, left_over = special.two_difference(second, first, xp=xp)
    direct = (shift - (top_right - top_left)) - (log_right - log_left)

    # From the largest logits, which a common offset does not enter: its rounding would be that of the weights.
    below = (first - top_left) / 2 + (second - top_right) / 2
    middle, _, _ = _softmax(xp.where(both, below, -math.inf), axis, xp)
    # Any constant near the mean is as good a centre; that it is subtracted from the exact difference is what counts.
    centre = xp.sum(middle * shift, axis=axis, keepdims=True)
    half = xp.where(both, (shift - centre) + left_over, 0.0) / 2
    cut = 0.4 * math.log(float(xp.finfo(half.dtype).max))
    within = xp.max(xp.abs(half), axis=axis, keepdims=True) <= cut
    centred = within & xp.all(in_p == in_q, axis=axis, keepdims=True)
    half = xp.where(centred, half, 0.0)
    up = xp.log1p(xp.sum(middle * xp.expm1(half), axis=axis, keepdims=True))
    down = xp.log1p(xp.sum(middle * xp.expm1(-half), axis=axis, keepdims=True))
    log_ratio = xp.where(centred, 2 * half - (up - down), direct)

    alone = xp.where(in_p, -math.inf, xp.where(in_q, math.inf, 0.0 * (p + q)))
    return p, q, xp.where(both, log_ratio, alone)


def _softmax(logits: Array, axis: int, xp: Any) -> tuple[Array, Array, Array]:
    """exp(logits)/Z with log Z in two parts, the largest logit and the rest; zeros where there is no finite logit."""
    top = xp.max(logits, axis=axis, keepdims=True)
    top = xp.where(top == -math.inf, 0.0, top)
    weights = xp.exp(logits - top)
    total = xp.sum(weights, axis=axis, keepdims=True)
    total = xp.where(total == 0, 1.0, total)
    return weights / total, top, xp.log(total)


def log_mean_ratio(log_ratio: Array, *, xp: Any) -> Array:
    """log(m/a) for m = (a + b)/2, from log(b/a): log((1 + e^c)/2), relatively accurate near c = 0.

    Args:
        log_ratio: c = log(b/a); infinite values have their limits, −log 2 and inf.
        xp: the array namespace.
    """
    if special.symbolic(xp):
        return xp.log((1 + xp.exp(log_ratio)) / 2)
    low = log_ratio <= 1
    small, large = xp.where(low, log_ratio, 0.0), xp.where(low, 1.0, log_ratio)
    return xp.where(low, xp.log1p(xp.expm1(small) / 2), large - math.log(2) + xp.log1p(xp.exp(-large)))
