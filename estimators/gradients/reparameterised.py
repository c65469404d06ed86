r"""Gradients through the samples: pathwise, sticking the landing, doubly reparameterised.

The objective is the K-sample Rényi bound :math:`\mathcal L_{\alpha,K} = E \frac{1}{1-\alpha} \log \frac1K \sum_i
w_i^{1-\alpha}` with K the number of samples that is passed: the importance-weighted bound at α = 0, the evidence lower
bound at α = 1. Each function returns a number whose value is the bound and whose gradient is the estimator.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from estimators.bounds import renyi_bound
from estimators.gradients.log_weights import (
    LogJoint,
    check_samples,
    normalised_weights,
    path_log_weights,
    scale_gradient,
    total_log_weights,
    with_value,
)


def pathwise(log_joint: LogJoint, guide: Any, z: Tensor, *, alpha: float = 0.0) -> Tensor:
    r"""The reparameterised gradient of the K-sample Rényi bound, in all parameters.

    .. math:: \sum_i \bar w_i \nabla_{\theta,\phi} \log w_i(z_i(\phi)), \qquad
              \bar w_i = \frac{w_i^{1-\alpha}}{\sum_j w_j^{1-\alpha}}

    Unbiased for the gradient of the bound, at every K and α.

    Args:
        log_joint: takes z, shape (K, *batch, *event), and returns log p(x, z), shape (K, *batch), in nats.
        guide: q(z | x), with ``log_prob`` and ``rsample`` as torch.distributions have them.
        z: ``guide.rsample((K,))``.
        alpha: the order of the bound; finite.

    Returns:
        The bound, shape (*batch), in nats; its gradient is the estimator.

    Raises:
        TypeError: the guide is not reparameterised.
        ValueError: z is cut off from the guide, or ``alpha`` is not finite.

    Reference:
        D. P. Kingma and M. Welling, "Auto-encoding variational Bayes", ICLR (2014); Burda et al. (2016), equation 13.

    Example:
        >>> import torch
        >>> loc = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
        >>> guide = torch.distributions.Normal(loc, 1.0)
        >>> bound = pathwise(lambda z: -(z**2) / 2, guide, guide.rsample((5,)), alpha=1.0)
        >>> torch.autograd.grad(bound, loc)[0].shape
        torch.Size([])
    """
    check_samples(z, guide, reparameterised=True)
    return renyi_bound(total_log_weights(log_joint, guide, z), _order(alpha), axis=0)


def sticking_the_landing(log_joint: LogJoint, guide: Any, z: Tensor, *, alpha: float = 1.0) -> Tensor:
    r"""The path derivative of the evidence lower bound: the pathwise gradient without the guide's score.

    .. math:: \frac1K \sum_i \Big(\nabla_\theta \log w_i + \frac{\partial z_i}{\partial \phi}^\top
              \nabla_z \log w(z_i)\Big)

    Unbiased, since the score that is left out has mean zero; its variance vanishes where the guide is the posterior.

    Args:
        log_joint, guide, z: as in `pathwise`.
        alpha: the order of the bound, which has to be 1: for any other bound of K > 1 samples the score is weighted,
            its mean is not zero, and leaving it out is a bias.

    Raises:
        TypeError: the guide is not reparameterised.
        ValueError: ``alpha`` is not 1, or z is cut off from the guide.

    Reference:
        G. Roeder, Y. Wu and D. K. Duvenaud, "Sticking the landing", NeurIPS (2017), equation 8.
    """
    if alpha != 1:
        raise ValueError(
            f"alpha must be 1 (the evidence lower bound), got {alpha!r}: with weighted samples the score that sticking "
            "the landing leaves out has not mean zero; use doubly_reparameterised"
        )
    check_samples(z, guide, reparameterised=True)
    return path_log_weights(log_joint, guide, z).mean(0)


def doubly_reparameterised(log_joint: LogJoint, guide: Any, z: Tensor, *, alpha: float = 0.0) -> Tensor:
    r"""The doubly reparameterised gradient of the K-sample Rényi bound.

    .. math:: \nabla_\phi: \sum_i \big[(1-\alpha)\,\bar w_i^2 + \alpha\,\bar w_i\big]
              \frac{\partial z_i}{\partial \phi}^\top \nabla_z \log w(z_i), \qquad
              \nabla_\theta: \sum_i \bar w_i \nabla_\theta \log w_i

    Unbiased: the weighted score of the guide is reparameterised a second time, which gives
    :math:`E[\bar w_i \nabla_\phi \log q] = E[(1-\alpha)(\bar w_i - \bar w_i^2)\,\partial_\phi z_i\, \nabla_z \log w]`.
    The squared weights are right for the guide only; parameters of the model keep the plain weights.

    Args:
        log_joint, guide, z: as in `pathwise`. Parameters that enter both the model and the guide are differentiated
            in each role.
        alpha: the order of the bound; finite.

    Raises:
        TypeError: the guide is not reparameterised.
        ValueError: z is cut off from the guide, or ``alpha`` is not finite.

    Reference:
        G. Tucker, D. Lawson, S. Gu and C. J. Maddison, "Doubly reparameterized gradient estimators for Monte Carlo
        objectives", ICLR (2019), equation 8 and appendix 8.
    """
    alpha = _order(alpha)
    check_samples(z, guide, reparameterised=True)
    with torch.no_grad():
        log_weights = total_log_weights(log_joint, guide, z)
    weights = normalised_weights(log_weights, alpha)
    # A sample's gradient arrives weighted by w̄; the factor turns that into (1−α) w̄² + α w̄ for what flows on to φ.
    path = path_log_weights(log_joint, guide, scale_gradient(z, (1 - alpha) * weights + alpha))
    return with_value(renyi_bound(log_weights, alpha, axis=0), (weights * path).sum(0))


def _order(alpha: float) -> float:
    if not math.isfinite(alpha):
        raise ValueError(f"alpha must be finite, got {alpha!r}")
    return float(alpha)
