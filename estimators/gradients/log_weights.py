"""Log-weights of samples of a guide, with the parts of their derivative kept apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

#: Takes samples of shape (K, *batch, *event) and returns log p(x, z), shape (K, *batch), in nats.
LogJoint = Callable[[Tensor], Tensor]


def check_samples(z: Tensor, guide: Any, *, reparameterised: bool) -> None:
    """Raises where the samples cannot serve an estimator of this kind."""
    name = type(guide).__name__
    if z.ndim == 0 or z.shape[0] == 0:
        raise ValueError(f"z must hold at least one sample along its first axis, got shape {tuple(z.shape)}")
    if reparameterised and not getattr(guide, "has_rsample", True):
        raise TypeError(
            f"guide must be reparameterised, and {name} is not: its samples do not move with its parameters, so a "
            "pathwise gradient is zero where the true one is not; use score_function or vimco"
        )
    if reparameterised and not z.requires_grad and _learnt(guide):
        raise ValueError(
            "z must be drawn with guide.rsample: these samples are cut off from the guide's parameters, so the "
            "pathwise part of the gradient would be missing"
        )
    if not reparameterised and z.requires_grad:
        raise ValueError(
            "z must be cut off from the guide (guide.sample, or z.detach()): a score-function gradient that also "
            "flows through the samples counts the guide twice"
        )


def _learnt(guide: Any) -> bool:
    """Whether some parameter of a torch distribution needs a gradient, as far as it can be seen."""
    names = getattr(guide, "arg_constraints", {})
    return any(getattr(getattr(guide, name, None), "requires_grad", False) for name in names)


def total_log_weights(log_joint: LogJoint, guide: Any, z: Tensor) -> Tensor:
    """log p(x, z) − log q(z), differentiable in everything; shape (K, *batch)."""
    log_joints = log_joint(z)
    if log_joints.ndim == 0 or log_joints.shape[0] != z.shape[0]:
        raise ValueError(
            f"log_joint must return one value a sample, shape ({z.shape[0]}, ...), got {tuple(log_joints.shape)}"
        )
    return log_joints - guide.log_prob(z)


def path_log_weights(log_joint: LogJoint, guide: Any, z: Tensor) -> Tensor:
    """The same value, whose derivative leaves out how log q depends on the guide's parameters at fixed z."""
    explicit = guide.log_prob(z.detach())
    return total_log_weights(log_joint, guide, z) + (explicit - explicit.detach())


def normalised_weights(log_weights: Tensor, alpha: float) -> Tensor:
    """w^{1−α}/Σ w^{1−α} along the first axis, cut off from the graph."""
    return torch.softmax((1 - alpha) * log_weights.detach(), dim=0)


def scale_gradient(z: Tensor, factor: Tensor) -> Tensor:
    """The same samples; whatever gradient flows back through them is multiplied by the factor of each."""
    factor = factor.reshape(factor.shape + (1,) * (z.ndim - factor.ndim))
    return z.detach() + factor * (z - z.detach())


def with_value(value: Tensor, surrogate: Tensor) -> Tensor:
    """A number with this value and the surrogate's gradient."""
    return value.detach() + (surrogate - surrogate.detach())
