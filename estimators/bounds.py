"""Bounds on a log-evidence from log-weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

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


def renyi_bound(log_weights: Array, alpha: Array, axis: int = -1) -> Array:
    r"""The Monte Carlo Rényi bound of order α: the logarithm of a power mean of the weights.

    .. math:: \widehat{\mathcal L}_{\alpha, K} = \frac{1}{1-\alpha} \log \frac1K \sum_{i=1}^{K} w_i^{1-\alpha}

    Theorem: renyi-estimator. At α = 0 it is the importance-weighted bound, in the limit α → 1 the evidence lower bound;
    it decreases in α. For K → ∞ it tends to :math:`\log p(x) - D_\alpha(q \,\|\, p(z \mid x))` where that is finite.
    At finite K its expectation is below that limit for α < 1 and above it for α > 1 (Jensen's inequality), but for
    α ≥ 0 never above log p(x). For negative orders the limit is an upper bound, and the estimate may be on either side.

    A weight of zero gives −inf for α ≥ 1 and counts as zero below.

    Args:
        log_weights: real array of any library, or nested lists, shape (..., K, ...), in nats.
        alpha: the order; a finite number.
        axis: the axis of the K samples, K ≥ 1.

    Returns:
        Array of the shape of ``log_weights`` without ``axis``, of its dtype and on its device, in nats.

    Raises:
        TypeError: ``log_weights`` is not real, or ``axis`` not an integer.
        ValueError: ``axis`` does not exist or has length 0, or ``alpha`` is not finite.

    Reference:
        Y. Li and R. E. Turner, "Rényi divergence variational inference", NeurIPS (2016), equation 11.

    Example:
        >>> import numpy as np
        >>> renyi_bound(np.log([0.5, 2.0]), 2.0).round(6)        # the logarithm of the harmonic mean, 4/5
        np.float64(-0.223144)
    """
    power = 1 - _finite("alpha", alpha)
    if power == 0:
        return elbo(log_weights, axis)
    return _power_mean(log_weights, power, axis)


def cubo(log_weights: Array, order: Array = 2, axis: int = -1) -> Array:
    r"""The Monte Carlo χ upper bound: the logarithm of the power mean of order n of the weights.

    .. math:: \widehat{\mathrm{CUBO}}_{n, K} = \frac1n \log \frac1K \sum_{i=1}^{K} w_i^n

    Theorem: cubo-estimator. For n ≥ 1 and K → ∞ it tends to :math:`\tfrac1n \log E_q[w^n] \ge \log p(x)`; at finite K
    its expectation is *below* that limit, by Jensen's inequality, and need not be above log p(x).

    Args:
        log_weights: real array of any library, or nested lists, shape (..., K, ...), in nats.
        order: n, positive and finite.
        axis: the axis of the K samples, K ≥ 1.

    Returns:
        Array of the shape of ``log_weights`` without ``axis``, of its dtype and on its device, in nats.

    Raises:
        TypeError: ``log_weights`` is not real, or ``axis`` not an integer.
        ValueError: ``axis`` does not exist or has length 0, or ``order`` is not positive and finite.

    Reference:
        A. B. Dieng et al., "Variational inference via χ upper bound minimization", NeurIPS (2017), equation 5.

    Example:
        >>> import numpy as np
        >>> cubo(np.log([1.0, 7.0])).round(6)                    # the logarithm of the root mean square, 5
        np.float64(1.609438)
    """
    if (_finite("order", order) > 0) == False:  # noqa: E712  (the sign of a symbol may be open, which is no error)
        raise ValueError(f"order must be positive, got {order!r}")
    return _power_mean(log_weights, order, axis)


def eubo(log_weights: Array, axis: int = -1) -> Array:
    r"""The self-normalised Monte Carlo evidence upper bound: the mean of the log-weights under the normalised weights.

    .. math:: \widehat{\mathrm{EUBO}}_K = \sum_{i=1}^{K} \bar w_i \log w_i, \qquad \bar w_i = \frac{w_i}{\sum_j w_j}

    Theorem: eubo-estimator. For K → ∞ it tends to :math:`E_{p(z \mid x)}[\log w] = \log p(x) +
    \mathrm{KL}(p(z \mid x) \,\|\, q(z \mid x))`; at finite K it is biased (K = 1 gives the evidence lower bound).

    A weight of zero contributes nothing; if all are zero the value is NaN.

    Args:
        log_weights: real array of any library, or nested lists, shape (..., K, ...), in nats.
        axis: the axis of the K samples, K ≥ 1.

    Returns:
        Array of the shape of ``log_weights`` without ``axis``, of its dtype and on its device, in nats.

    Raises:
        TypeError: ``log_weights`` is not real, or ``axis`` not an integer.
        ValueError: ``axis`` does not exist or has length 0.

    Reference:
        C. Ji and H. Shen, "Stochastic variational inference via upper bound" (2019), equation 3.

    Example:
        >>> import numpy as np
        >>> eubo(np.log([1.0, 3.0])).round(6)                    # 3/4 log 3
        np.float64(0.823959)
    """
    return thermodynamic_integrand(log_weights, 1, axis)


def thermodynamic_integrand(log_weights: Array, beta: Array, axis: int = -1) -> Array:
    r"""The self-normalised estimate of the thermodynamic integrand: the mean of log w under w to the power β.

    .. math:: \frac{\sum_i w_i^\beta \log w_i}{\sum_i w_i^\beta} \approx E_{\pi_\beta}[\log w], \qquad
              \pi_\beta(z) \propto q(z \mid x)\, w(z)^\beta

    Theorem: thermodynamic-integrand-estimator. It increases in β, and its integral over [0, 1] is `iwae_bound` of the
    same weights, as it is the derivative of :math:`\log \frac1K \sum_i w_i^\beta`. So left Riemann sums (the
    thermodynamic objective) lie below that bound and right ones above it.

    Args:
        log_weights: real array of any library, or nested lists, shape (..., K, ...), in nats.
        beta: the inverse temperature; a finite number.
        axis: the axis of the K samples, K ≥ 1.

    Returns:
        Array of the shape of ``log_weights`` without ``axis``, of its dtype and on its device, in nats.

    Raises:
        TypeError: ``log_weights`` is not real, or ``axis`` not an integer.
        ValueError: ``axis`` does not exist or has length 0, or ``beta`` is not finite.

    Reference:
        V. Masrani, T. A. Le and F. Wood, "The thermodynamic variational objective", NeurIPS (2019), equation 9.

    Example:
        >>> import numpy as np
        >>> thermodynamic_integrand(np.log([1.0, 9.0]), 0.5).round(6)        # 3/4 log 9
        np.float64(1.647918)
    """
    if _finite("beta", beta) == 0:
        return elbo(log_weights, axis)
    inputs, axis = reduction_arguments(log_weights, axis)
    xp, (x,) = inputs.xp, inputs
    with np.errstate(invalid="ignore"):  # all weights zero: the documented NaN
        tempered = beta * x
        shares = xp.exp(tempered - xp.max(tempered, axis=axis, keepdims=True))
        # A share of zero times log w = −inf is the limit 0 of w log w.
        absent = shares == 0
        terms = xp.where(absent, xp.zeros_like(x), shares * xp.where(absent, xp.zeros_like(x), x))
        return inputs.result(xp.sum(terms, axis=axis) / xp.sum(shares, axis=axis))


def tvo(log_weights: Array, betas: Sequence[Array], axis: int = -1) -> Array:
    r"""The thermodynamic variational objective: a left Riemann sum of the thermodynamic integrand.

    .. math:: \widehat{\mathrm{TVO}} = \sum_{k=0}^{n-1} (\beta_{k+1} - \beta_k)\, \widehat E_{\pi_{\beta_k}}[\log w],
              \qquad 0 = \beta_0 < \beta_1 < \dots < \beta_n = 1

    Theorem: tvo-estimator. With betas (0, 1) it is the evidence lower bound; each refinement raises it, and none lifts
    it above `iwae_bound` of the same weights.

    Args:
        log_weights: real array of any library, or nested lists, shape (..., K, ...), in nats.
        betas: the partition of [0, 1]; increasing numbers from 0 to 1.
        axis: the axis of the K samples, K ≥ 1.

    Returns:
        Array of the shape of ``log_weights`` without ``axis``, of its dtype and on its device, in nats.

    Raises:
        TypeError: ``log_weights`` is not real, or ``axis`` not an integer.
        ValueError: ``axis`` does not exist or has length 0, or ``betas`` do not partition [0, 1].

    Reference:
        V. Masrani, T. A. Le and F. Wood, "The thermodynamic variational objective", NeurIPS (2019), equation 8.

    Example:
        >>> import numpy as np
        >>> tvo(np.log([1.0, 9.0]), [0, 0.5, 1]).round(6)        # half of log 3 and of 3/4 log 9
        np.float64(1.373265)
    """
    betas = list(betas)
    if len(betas) < 2 or betas[0] != 0 or betas[-1] != 1 or any((a < b) == False for a, b in pairwise(betas)):  # noqa: E712
        raise ValueError(f"betas must increase from 0 to 1, got {betas}")
    return sum((after - beta) * thermodynamic_integrand(log_weights, beta, axis) for beta, after in pairwise(betas))


def _power_mean(log_weights: Array, power: Array, axis: int) -> Array:
    """The logarithm of the power mean of the weights; the power is not zero."""
    inputs, axis = reduction_arguments(log_weights, axis)
    return inputs.result(log_mean_exp(power * inputs.values[0], axis=axis) / power)


def _finite(name: str, value: Array) -> Array:
    if isinstance(value, (int, float)) and not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value!r}")
    return value
