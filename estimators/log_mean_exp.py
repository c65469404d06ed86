"""The logarithm of a mean of exponentials: the one reduction that every multi-sample bound is made of."""

from __future__ import annotations

import operator

import numpy as np

from divergences.domains import ANY
from divergences.libraries import Array
from divergences.namespace import Inputs, gather


def log_mean_exp(log_weights: Array, axis: int = -1) -> Array:
    r"""The logarithm of the mean of exponentials along an axis, without overflow or cancellation.

    .. math:: \operatorname{LME}(\ell_1, \dots, \ell_K) = \log \frac1K \sum_{i=1}^{K} e^{\ell_i}

    Theorem: log-mean-exp.

    An entry of −inf is an exact zero among the exponentials; if all are −inf, so is the result. Any +inf gives +inf,
    any NaN gives NaN. Under autograd the gradient is the softmax along the axis; entries of −inf get exactly 0, also
    where all are −inf (there the softmax is 0/0 and the value says so). At +inf the gradient is NaN.

    Args:
        log_weights: real array of any library, or nested lists, shape (..., K, ...), in nats.
        axis: the axis of length K ≥ 1 that is reduced.

    Returns:
        Array without ``axis``, of the same dtype and device, in nats. The error is a few units in the last place of
        the largest of the maximum's magnitude and log K; where all entries are near 0 (weights near one), of the
        largest magnitude among them, which shifting by the maximum alone does not give.

    Raises:
        TypeError: ``log_weights`` is not real, or ``axis`` not an integer.
        ValueError: ``axis`` does not exist or has length 0.

    Example:
        >>> import numpy as np
        >>> log_mean_exp(np.asarray([[9.0, 9.0], [0.0, -np.inf]])).round(6)
        array([ 9.      , -0.693147])
        >>> print(f"{log_mean_exp(np.asarray([-1e-20, -3e-20])):.12g}")
        -2e-20
    """
    inputs, axis = reduction_arguments(log_weights, axis)
    xp, (x,) = inputs.xp, inputs
    with np.errstate(all="ignore"):  # infinities and NaN are part of the contract above
        # The result does not depend on the anchor, so no derivative is taken of it.
        anchor = xp.max(x, axis=axis, keepdims=True)
        anchor = anchor.detach() if hasattr(anchor, "detach") else anchor
        anchor = xp.where(xp.isfinite(anchor), anchor, xp.zeros_like(anchor))
        shifted = x - anchor
        anchor = xp.squeeze(anchor, axis=axis)
        exponentials = xp.exp(shifted)
        share = xp.mean(exponentials, axis=axis)  # in [1/K, 1] for a finite maximum
        # share - 1. Autograd forms the derivative of expm1 as expm1 + 1, which has lost all digits of a small
        # exponential, so expm1 serves only where exp - 1 would cancel.
        excess = xp.mean(xp.where(shifted > -0.5, xp.expm1(shifted), exponentials - 1), axis=axis)
        # log(share) is exact to a few ulps of itself below 1/2, log1p(excess) above. Each branch gets an argument at
        # which its derivative is finite where the other is taken, else autograd multiplies infinity by zero.
        near_one, zero = share > 0.5, share == 0
        one = xp.ones_like(share)
        far = xp.where(zero, -xp.inf * one, xp.log(xp.where(zero | near_one, one, share)))
        return inputs.result(anchor + xp.where(near_one, xp.log1p(xp.where(near_one, excess, 0 * one)), far))


def reduction_arguments(log_weights: Array, axis: int) -> tuple[Inputs, int]:
    """The log-weights as real floating and one of their axes of positive length, or an error that says what is amiss.

    Returns:
        The log-weights, as the one array of `Inputs`, and the axis counted from the front.
    """
    inputs = gather({"log_weights": (log_weights, ANY)}, validate=False)
    shape = tuple(getattr(inputs.values[0], "shape", ()))
    try:
        index = operator.index(axis)
    except TypeError:
        raise TypeError(f"axis must be an integer, got {axis!r}") from None
    if not -len(shape) <= index < len(shape):
        raise ValueError(f"axis must be an axis of log_weights of shape {shape}, got {axis}")
    if shape[index] == 0:
        raise ValueError(f"log_weights must hold at least one sample along axis {axis}, got shape {shape}")
    return inputs, index % len(shape)
