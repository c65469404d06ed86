r"""Gradients of a sampled penalty KL(q_θ ‖ p): what each way of differentiating each estimator gives.

With x drawn from q_θ, or from a fixed law μ and weighted by w = q_θ/μ, an estimator k of the divergence can be
differentiated at the drawn x (``"loss"``), weighted by the score with k held fixed (``"reward"``), or both
(``"total"``). The value is the same; the mean of the gradient is not.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

from torch import Tensor

from estimators.gradients.log_weights import with_value
from estimators.kl_estimators import k1, k2, k3

Estimator = Literal["k1", "k2", "k3"]
Role = Literal["loss", "reward", "total"]

_VALUES = {"k1": k1, "k2": k2, "k3": k3}

#: The mean of the gradient, by estimator and role, and the claim of the catalogue that says so; q stands for q_θ.
KL_GRADIENTS = MappingProxyType(
    {
        ("k1", "loss"): ("0", "k1-loss"),
        ("k2", "loss"): ("grad KL(q||p)", "k2-loss"),
        ("k3", "loss"): ("grad KL(p||q)", "k3-loss"),
        ("k1", "reward"): ("grad KL(q||p)", "k1-reward"),
        ("k2", "reward"): ("grad E[k2] - grad KL(q||p)", "k2-reward"),
        ("k3", "reward"): ("grad KL(q||p) - grad KL(p||q)", "k3-reward"),
        ("k1", "total"): ("grad KL(q||p)", "k1-off-policy-loss"),
        ("k2", "total"): ("grad E[k2]", "k2-reward"),
        ("k3", "total"): ("grad KL(q||p)", "k3-loss-with-score"),
    }
)


def kl_penalty(
    log_q: Tensor,
    log_p: Tensor,
    *,
    estimator: Estimator = "k3",
    role: Role = "total",
    log_mu: Tensor | None = None,
    any_gradient: bool = False,
) -> Tensor:
    r"""A sampled penalty whose value is w·k and whose gradient is what the table `KL_GRADIENTS` says in the mean.

    ================ ============================= ============================= =============================
    mean of gradient k1                            k2                            k3
    ================ ============================= ============================= =============================
    loss             0                             ∇KL(q‖p)                      ∇KL(p‖q)
    reward           ∇KL(q‖p)                      ∇E[k2] − ∇KL(q‖p)             ∇KL(q‖p) − ∇KL(p‖q)
    total            ∇KL(q‖p)                      ∇E[k2]                        ∇KL(q‖p)
    ================ ============================= ============================= =============================

    The same holds off-policy: the samples are then from μ, and everything is weighted by w = q/μ, which is held fixed
    but for the score that it brings into "reward" and "total". For sequences, pass the sums of the tokens' log
    densities; a sum of penalties of single tokens leaves out how a token moves the law of the later ones.

    Args:
        log_q: log q_θ(x) at the samples, in nats, differentiable in θ.
        log_p: log p(x); cut off from the graph here.
        estimator: which estimator of the divergence.
        role: how it is differentiated.
        log_mu: log μ(x) of the law that the samples are from, cut off here; where absent they are from q_θ.
        any_gradient: allow combinations whose gradient is not that of KL(q ‖ p).

    Returns:
        One number a sample, of the broadcast shape; average them.

    Raises:
        ValueError: the combination's gradient is not that of KL(q ‖ p) and ``any_gradient`` was not set, an unknown
            name, or log_q that carries no gradient.

    Reference:
        J. Schulman, "Approximating KL divergence" (2020), for the estimators. The gradients are theorems of the
        catalogue, named in `KL_GRADIENTS`.

    Example:
        >>> import torch
        >>> logits = torch.tensor([0.1, 0.5], dtype=torch.float64, requires_grad=True)
        >>> q = torch.distributions.Categorical(logits=logits)
        >>> x = q.sample((1000,))
        >>> kl_penalty(q.log_prob(x), torch.tensor(0.5).double().log()).mean().backward()
        >>> kl_penalty(q.log_prob(x), torch.tensor(0.5).double().log(), role="loss")
        Traceback (most recent call last):
        ...
        ValueError: k3 as a loss has the gradient grad KL(p||q) in the mean, not grad KL(q||p); ...
    """
    if (estimator, role) not in KL_GRADIENTS:
        raise ValueError(f"estimator and role must be one of {sorted(KL_GRADIENTS)}, got {(estimator, role)!r}")
    mean, theorem = KL_GRADIENTS[estimator, role]
    if mean != "grad KL(q||p)" and not any_gradient:
        right = [f"{e} as a {r}" for (e, r), (m, _) in KL_GRADIENTS.items() if m == "grad KL(q||p)"]
        raise ValueError(
            f"{estimator} as a {role} has the gradient {mean} in the mean, not grad KL(q||p); "
            f"use {', '.join(right)}, or pass any_gradient=True (theorem: {theorem})"
        )
    if not log_q.requires_grad:
        raise ValueError("log_q must carry a gradient, got a tensor that requires none")
    fixed = log_q.detach()
    weight = 1.0 if log_mu is None else (fixed - log_mu.detach()).exp()
    live = _VALUES[estimator](log_q, log_p.detach())
    value = weight * live.detach()
    surrogate = value * 0
    if role != "reward":
        surrogate = surrogate + weight * live
    if role != "loss":
        surrogate = surrogate + value * log_q
    return with_value(value, surrogate)
