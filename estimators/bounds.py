"""Bounds on a log-evidence from log-weights."""

from __future__ import annotations

import numpy as np

from divergences.libraries import Array
from estimators.log_mean_exp import log_mean_exp, reduction_arguments


def elbo(log_weights: Array, axis: int = -1) -> Array:
    r"""The Monte Carlo evidence lower bound: the mean of the log-weights.

    .. math:: \widehat{\mathcal L} = \frac1K \sum_{i=1}^{K} \log w_i, \qquad
              w_i = \frac{p(x, z_i)}{q(z_i \mid x)}, \quad z_i \sim q(z \mid x)

    Theorem: elbo-estimator. Its expectation is :math:`\log p(x) - \mathrm{KL}(q(z \mid x) \,\|\, p(z \mid x))`
    for every K (elbo-unbiased, elbo-gap); more samples only lower its variance.

    A weight of zero (−inf) gives −inf, an infinite one +inf, both together or any NaN give NaN.

    Args:
        log_weights: real array of any library, or nested lists, shape (..., K, ...), in nats.
        axis: the axis of the K samples, K ≥ 1.

    Returns:
        Array of the shape of ``log_weights`` without ``axis``, of its dtype and on its device, in nats.

    Raises:
        TypeError: ``log_weights`` is not real, or ``axis`` not an integer.
        ValueError: ``axis`` does not exist or has length 0.

    Reference:
        M. I. Jordan, Z. Ghahramani, T. S. Jaakkola and L. K. Saul, "An introduction to variational methods for
        graphical models", Machine Learning 37 (1999).

    Example:
        >>> import numpy as np
        >>> elbo(np.log([[0.5, 2.0], [1.0, 1.0]]))
        array([0., 0.])
    """
    inputs, axis = reduction_arguments(log_weights, axis)
    with np.errstate(invalid="ignore"):  # inf - inf is the documented NaN
        return inputs.result(inputs.xp.mean(inputs.values[0], axis=axis))


def iwae_bound(log_weights: Array, axis: int = -1) -> Array:
    r"""The Monte Carlo importance-weighted bound: the logarithm of the mean of the weights.

    .. math:: \widehat{\mathcal L}_K = \log \frac1K \sum_{i=1}^{K} w_i, \qquad
              w_i = \frac{p(x, z_i)}{q(z_i \mid x)}, \quad z_i \sim q(z \mid x) \text{ independent}

    Theorem: iwae-estimator. Its expectation :math:`\mathcal L_K` depends on K: :math:`\mathcal L_1` is the evidence
    lower bound, and :math:`\mathcal L_K \le \mathcal L_{K+1} \le \log p(x)` (iwae-monotone, iwae-bound). So the axis
    of the K samples and the axis of repetitions are different things: for N repetitions of a K-sample bound of B
    observations, log-weights of shape (N, B, K) reduce to (N, B) here, and averaging those over N estimates
    :math:`\mathcal L_K`.

    A weight of zero (−inf) counts as zero; if all are, the bound is −inf. An infinite weight gives +inf, NaN gives
    NaN. The gradient is the sum of the gradients of the log-weights under the normalised weights (softmax).

    Args:
        log_weights: real array of any library, or nested lists, shape (..., K, ...), in nats.
        axis: the axis of the K samples, K ≥ 1.

    Returns:
        Array of the shape of ``log_weights`` without ``axis``, of its dtype and on its device, in nats.

    Raises:
        TypeError: ``log_weights`` is not real, or ``axis`` not an integer.
        ValueError: ``axis`` does not exist or has length 0.

    Reference:
        Y. Burda, R. Grosse and R. Salakhutdinov, "Importance weighted autoencoders", ICLR (2016), Theorem 1.

    Example:
        >>> import numpy as np
        >>> iwae_bound(np.log([[0.5, 2.0], [1.0, 1.0]])).round(6)
        array([0.223144, 0.      ])
    """
    return log_mean_exp(log_weights, axis=axis)
