r"""Three estimators of KL(q ‖ p) from the log densities of samples of q: the values.

What comes out when they are differentiated is another matter: `estimators.gradients.kl_penalty`.
"""

from __future__ import annotations

from divergences import special
from divergences.domains import ANY
from divergences.libraries import Array
from divergences.namespace import gather


def k1(log_q: Array, log_p: Array) -> Array:
    r"""The log-ratio, elementwise: unbiased for KL(q ‖ p) under samples of q, of either sign.

    .. math:: k_1 = \log q(x) - \log p(x), \qquad E_q[k_1] = \mathrm{KL}(q \,\|\, p)

    Theorem: k1-estimator. The mean is k1-unbiased in the catalogue.

    Args:
        log_q: log q(x) at the samples, in nats; any shape.
        log_p: log p(x); shapes broadcast.

    Returns:
        Array of the broadcast shape and promoted dtype, in nats.

    Raises:
        TypeError: an argument is not real, or array libraries are mixed.
        ValueError: shapes do not broadcast.

    Reference:
        J. Schulman, "Approximating KL divergence" (2020).

    >>> float(k1(-1.0, -3.0))
    2.0
    """
    inputs = gather({"log_q": (log_q, ANY), "log_p": (log_p, ANY)}, validate=False)
    q, p = inputs
    return inputs.result(q - p)


def k2(log_q: Array, log_p: Array) -> Array:
    r"""Half the squared log-ratio, elementwise: never negative, and biased for KL(q ‖ p).

    .. math:: k_2 = \tfrac12 (\log q(x) - \log p(x))^2, \qquad
              E_q[k_2] = \tfrac12\big(\operatorname{Var}_q[k_1] + \mathrm{KL}(q \,\|\, p)^2\big)

    Theorem: k2-estimator. The mean is k2-variance in the catalogue. Its gradient at fixed samples is that of KL(q ‖ p)
    in the mean (k2-loss).

    Args:
        log_q: log q(x) at the samples, in nats; any shape.
        log_p: log p(x); shapes broadcast.

    Returns:
        Array of the broadcast shape and promoted dtype, in nats squared.

    Raises:
        TypeError: an argument is not real, or array libraries are mixed.
        ValueError: shapes do not broadcast.

    Reference:
        J. Schulman, "Approximating KL divergence" (2020).

    >>> float(k2(-1.0, -3.0))
    2.0
    """
    inputs = gather({"log_q": (log_q, ANY), "log_p": (log_p, ANY)}, validate=False)
    q, p = inputs
    with inputs.quiet():
        return inputs.result((q - p) * ((q - p) / 2))


def k3(log_q: Array, log_p: Array) -> Array:
    r"""The log-ratio with its control variate, elementwise: unbiased for KL(q ‖ p) and never negative.

    .. math:: k_3 = e^{-k_1} - 1 + k_1, \qquad k_1 = \log q(x) - \log p(x), \qquad E_q[k_3] = \mathrm{KL}(q \,\|\, p)

    Theorem: k3-estimator. The mean is k3-unbiased in the catalogue, the sign k3-non-negative. Formed without
    cancellation where the two densities are nearly equal. Its variance is infinite where that of p/q under q is.

    Args:
        log_q: log q(x) at the samples, in nats; any shape.
        log_p: log p(x); shapes broadcast.

    Returns:
        Array of the broadcast shape and promoted dtype, in nats.

    Raises:
        TypeError: an argument is not real, or array libraries are mixed.
        ValueError: shapes do not broadcast.

    Reference:
        J. Schulman, "Approximating KL divergence" (2020).

    >>> float(k3(0.0, 1e-9))
    5.0000000016...e-19
    """
    inputs = gather({"log_q": (log_q, ANY), "log_p": (log_p, ANY)}, validate=False)
    q, p = inputs
    with inputs.quiet():
        return inputs.result(special.expm1mx(p - q, xp=inputs.xp))
