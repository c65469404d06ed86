r"""Gradients by the score function, for guides whose samples do not move with their parameters.

The score-function identity :math:`\nabla_\phi E_q[f] = E_q[\nabla_\phi f + f\,\nabla_\phi \log q]` needs no
derivative in z. What may be subtracted from f without a bias is anything that does not depend on the sample whose score
it multiplies.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from estimators.bounds import renyi_bound
from estimators.gradients.log_weights import LogJoint, check_samples, normalised_weights, total_log_weights, with_value


@dataclass
class RunningBaseline:
    """A moving average of past bounds: a baseline that knows nothing of the present sample.

    Args:
        decay: the weight of the past, in [0, 1).
        value: what is subtracted next.

    Raises:
        ValueError: ``decay`` is outside [0, 1).
    """

    decay: float = 0.9
    value: float = 0.0
    _count: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.decay < 1:
            raise ValueError(f"decay must lie in [0, 1), got {self.decay!r}")

    def update(self, bound: Tensor) -> None:
        """Takes in the bound of a step, after that step's gradient has been formed."""
        seen = float(bound.detach().mean())
        self.value = seen if self._count == 0 else self.decay * self.value + (1 - self.decay) * seen
        self._count += 1


def score_function(
    log_joint: LogJoint,
    guide: Any,
    z: Tensor,
    *,
    alpha: float = 1.0,
    baseline: float | Tensor | RunningBaseline | str = "leave-one-out",
) -> Tensor:
    r"""The score-function gradient of the K-sample Rényi bound, in all parameters.

    .. math:: \nabla_{\theta,\phi} \widehat{\mathcal L} + \sum_i (\widehat{\mathcal L} - b_i)\, \nabla_\phi \log q(z_i)

    with :math:`\widehat{\mathcal L}` the bound of the K samples, differentiated at fixed samples in the first term. At
    α = 1 the bound is a mean, of which only the i-th term meets the i-th score, and the signal is
    :math:`(\log w_i - b_i)/K`. Unbiased for every baseline offered here.

    Args:
        log_joint: takes z, shape (K, *batch, *event), and returns log p(x, z), shape (K, *batch), in nats.
        guide: q(z | x), with ``log_prob`` and ``sample`` as torch.distributions have them.
        z: ``guide.sample((K,))``.
        alpha: the order of the bound: 1 is the evidence lower bound, 0 the importance-weighted bound.
        baseline: ``"none"``; ``"leave-one-out"``: for sample i the same bound of the other K − 1 samples; a number or
            a tensor of shape (*batch) that does not depend on z; or a `RunningBaseline`, which is updated.

    Returns:
        The bound, shape (*batch), in nats; its gradient is the estimator.

    Raises:
        ValueError: z carries a gradient, ``alpha`` is not finite, the baseline's name is unknown, or one sample is to
            be left out of one.

    Reference:
        R. J. Williams (1992); A. Mnih and D. J. Rezende, "Variational inference for Monte Carlo objectives", ICML
        (2016); W. Kool, H. van Hoof and M. Welling, "Buy 4 REINFORCE samples, get a baseline for free!" (2019).

    Example:
        >>> import torch
        >>> logits = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
        >>> guide = torch.distributions.Bernoulli(logits=logits)
        >>> bound = score_function(lambda z: z - 1, guide, guide.sample((4,)))
        >>> torch.autograd.grad(bound, logits)[0].shape
        torch.Size([])
    """
    if not math.isfinite(alpha):
        raise ValueError(f"alpha must be finite, got {alpha!r}")
    check_samples(z, guide, reparameterised=False)
    log_weights = total_log_weights(log_joint, guide, z)
    bound = renyi_bound(log_weights, alpha, axis=0)
    reward = log_weights.detach() if alpha == 1 else bound.detach().expand_as(log_weights)
    share = len(z) if alpha == 1 else 1
    signal = (reward - _baseline(baseline, log_weights.detach(), alpha)) / share
    if isinstance(baseline, RunningBaseline):
        baseline.update(bound)
    return with_value(bound, bound + (signal * guide.log_prob(z)).sum(0))


def vimco(log_joint: LogJoint, guide: Any, z: Tensor) -> Tensor:
    r"""The gradient of the importance-weighted bound with VIMCO's baseline, for K ≥ 2 samples.

    .. math:: \nabla \widehat{\mathcal L}_K + \sum_i \Big(\widehat{\mathcal L}_K - \log \tfrac1K
              \big[\hat w_{-i} + \textstyle\sum_{j \ne i} w_j\big]\Big) \nabla_\phi \log q(z_i), \qquad
              \hat w_{-i} = \exp \tfrac{1}{K-1} \textstyle\sum_{j \ne i} \log w_j

    Unbiased: the baseline of sample i is made of the others, with their geometric mean in its place.

    Args:
        log_joint, guide, z: as in `score_function`.

    Raises:
        ValueError: z carries a gradient, or holds a single sample.

    Reference:
        A. Mnih and D. J. Rezende, "Variational inference for Monte Carlo objectives", ICML (2016), equations 5 and 7.
    """
    check_samples(z, guide, reparameterised=False)
    count = _several(z)
    log_weights = total_log_weights(log_joint, guide, z)
    bound = renyi_bound(log_weights, 0.0, axis=0)
    fixed = log_weights.detach()
    geometric = (fixed.sum(0) - fixed) / (count - 1)
    own = torch.eye(count, dtype=torch.bool, device=z.device).reshape(count, count, *[1] * (fixed.ndim - 1))
    replaced = torch.where(own, geometric[:, None], fixed[None])
    signal = bound.detach() - (torch.logsumexp(replaced, 1) - math.log(count))
    return with_value(bound, bound + (signal * guide.log_prob(z)).sum(0))


def reweighted_wake_sleep(log_joint: LogJoint, guide: Any, z: Tensor) -> Tensor:
    r"""The wake-phase updates of model and guide, both self-normalised and biased at finite K.

    .. math:: \nabla_\theta: \sum_i \bar w_i \nabla_\theta \log p_\theta(x, z_i), \qquad
              \nabla_\phi: \sum_i \bar w_i \nabla_\phi \log q_\phi(z_i)

    The first is the gradient of the importance-weighted bound in θ. The second estimates, with a bias of order 1/K,
    the gradient of :math:`-\mathrm{KL}(p(z \mid x) \,\|\, q)`: it is no gradient of a bound on log p(x).

    Args:
        log_joint, guide, z: as in `score_function`.

    Returns:
        The importance-weighted bound, shape (*batch); its gradient is the pair of updates, for ascent.

    Raises:
        ValueError: z carries a gradient.

    Reference:
        J. Bornschein and Y. Bengio, "Reweighted wake-sleep", ICLR (2015), equations 8 and 10.
    """
    check_samples(z, guide, reparameterised=False)
    log_joints, log_guide = log_joint(z), guide.log_prob(z)
    log_weights = (log_joints - log_guide).detach()
    weights = normalised_weights(log_weights, 0.0)
    return with_value(renyi_bound(log_weights, 0.0, axis=0), (weights * (log_joints + log_guide)).sum(0))


def _baseline(baseline: float | Tensor | RunningBaseline | str, log_weights: Tensor, alpha: float) -> Tensor | float:
    if isinstance(baseline, str):
        if baseline == "none":
            return 0.0
        if baseline != "leave-one-out":
            raise ValueError(
                f"baseline must be 'none', 'leave-one-out', a number, a tensor or a RunningBaseline, got {baseline!r}"
            )
        return _others(log_weights, alpha)
    if isinstance(baseline, RunningBaseline):
        return baseline.value
    if isinstance(baseline, Tensor):
        if baseline.requires_grad:
            raise ValueError(
                "baseline must be a value, not a graph: pass baseline.detach(), and fit it by a loss of its own"
            )
        return baseline
    return float(baseline)


def _others(log_weights: Tensor, alpha: float) -> Tensor:
    """For each sample, the bound of all the others."""
    count = _several(log_weights)
    if alpha == 1:
        return (log_weights.sum(0) - log_weights) / (count - 1)
    own = torch.eye(count, dtype=torch.bool, device=log_weights.device)
    own = own.reshape(count, count, *[1] * (log_weights.ndim - 1))
    tempered = ((1 - alpha) * log_weights)[None].expand(count, *log_weights.shape)
    kept = torch.where(own, -math.inf, tempered)
    return (torch.logsumexp(kept, 1) - math.log(count - 1)) / (1 - alpha)


def _several(z: Tensor) -> int:
    if len(z) < 2:
        raise ValueError("z must hold at least two samples: with one there are no others to make a baseline of")
    return len(z)
