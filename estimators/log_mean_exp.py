"""The logarithm of a mean of exponentials: the one reduction that every multi-sample bound is made of."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_array_api_obj


def log_mean_exp(x: Any, axis: int = -1) -> Any:
    r"""The logarithm of the mean of exponentials along an axis, without overflow or cancellation.

    .. math:: \operatorname{LME}(x_1, \dots, x_K) = \log \frac1K \sum_{i=1}^{K} e^{x_i}

    An entry of −inf is an exact zero among the exponentials; if all are −inf, so is the result. Any +inf gives +inf,
    any NaN gives NaN. Under autograd the gradient is the softmax of ``x``; entries of −inf get exactly 0, also where
    all are −inf (there the softmax is 0/0 and the value says so). At +inf the gradient is NaN.

    Args:
        x: real floating array of any library, shape (..., K, ...), in nats; Python numbers are taken as float64.
        axis: the axis of length K ≥ 1 that is reduced.

    Returns:
        Array of the shape of ``x`` without ``axis``, of its dtype and on its device, in nats. The error is a few
        units in the last place of the largest of abs(max(x)), log K and the result; where all entries are small and
        of one sign (weights near one) that is *relative* accuracy, which shifting by the maximum alone does not give.

    Raises:
        TypeError: ``x`` is not real floating, or ``axis`` not an integer.
        ValueError: ``axis`` does not exist or has length 0.

    Example:
        >>> import numpy as np
        >>> log_mean_exp(np.asarray([[9.0, 9.0], [0.0, -np.inf]])).round(6)
        array([ 9.      , -0.693147])
        >>> print(f"{log_mean_exp(np.asarray([-1e-20, -3e-20])):.12g}")
        -2e-20
    """
    x, axis = reduction_arguments("x", x, axis)
    xp = array_namespace(x)
    with np.errstate(all="ignore"):  # infinities and NaN are part of the contract above
        # The result does not depend on the anchor, so no derivative is taken of it.
        anchor = xp.max(x, axis=axis, keepdims=True)
        anchor = anchor.detach() if hasattr(anchor, "detach") else anchor
        anchor = xp.where(xp.isfinite(anchor), anchor, xp.zeros_like(anchor))
        shifted = x - anchor
        anchor = xp.squeeze(anchor, axis=axis)
        share = xp.mean(xp.exp(shifted), axis=axis)  # in [1/K, 1] for a finite maximum
        excess = xp.mean(xp.expm1(shifted), axis=axis)  # share - 1
        # log(share) is exact to a few ulps of itself below 1/2, log1p(excess) above. Each branch gets an argument at
        # which its derivative is finite where the other is taken, else autograd multiplies infinity by zero.
        near_one, zero = share > 0.5, share == 0
        one = xp.ones_like(share)
        far = xp.where(zero, -xp.inf * one, xp.log(xp.where(zero | near_one, one, share)))
        return anchor + xp.where(near_one, xp.log1p(xp.where(near_one, excess, 0 * one)), far)


def reduction_arguments(name: str, x: Any, axis: int) -> tuple[Any, int]:
    """``x`` as a real floating array and ``axis`` as one of its axes of positive length, or an error that names both.

    Args:
        name: what the caller calls ``x``.
        x: an array of any library, or Python numbers.
        axis: an axis of it, counted from either end.

    Returns:
        The array, and the axis counted from the front.
    """
    array = x if is_array_api_obj(x) else np.asarray(x, dtype=np.float64)
    if not array_namespace(array).isdtype(array.dtype, "real floating"):
        raise TypeError(f"{name} must be real floating, got dtype {array.dtype}")
    try:
        index = operator.index(axis)
    except TypeError:
        raise TypeError(f"axis must be an integer, got {axis!r}") from None
    if not -array.ndim <= index < array.ndim:
        raise ValueError(f"axis must be an axis of {name} of shape {tuple(array.shape)}, got {axis}")
    if array.shape[index] == 0:
        raise ValueError(f"{name} must hold at least one sample along axis {axis}, got shape {tuple(array.shape)}")
    return array, index % array.ndim
