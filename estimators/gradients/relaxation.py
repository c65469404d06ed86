r"""Biased gradients through discrete samples: Gumbel-softmax and straight-through. Each says so in its name for it.

A categorical sample is the argmax of logits with Gumbel noise; a softmax of temperature τ in place of the argmax moves
with the logits, and its gradient is that of another objective, which tends to the right one as τ → 0 while the variance
grows without bound. For an unbiased gradient use `score_function` or `vimco`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from divergences.domains import POSITIVE
from divergences.namespace import gather


@dataclass(frozen=True, eq=False)
class RelaxedSample:
    """One-hot samples with a gradient that is not theirs.

    Args:
        value: shape (*sample, *batch, classes): points of the simplex, or one-hot vectors where ``straight_through``.
        biased: always True: the gradient of an expectation through this sample is not that of the discrete law.
    """

    value: Tensor
    biased: bool = True


def gumbel_softmax(
    logits: Tensor, noise: Tensor, *, temperature: float, straight_through: bool = False
) -> RelaxedSample:
    r"""A Gumbel-softmax sample (the concrete law), with a biased gradient.

    .. math:: \operatorname{softmax}\big((\ell + g)/\tau\big), \qquad g = -\log(-\log u), \quad u \sim U(0, 1)^n

    Args:
        logits: unnormalised log probabilities ℓ, shape (*batch, classes).
        noise: uniform on (0, 1), shape (*sample, *batch, classes).
        temperature: τ, positive.
        straight_through: return the one-hot argmax, whose law is exactly categorical, with the gradient of the softmax.

    Returns:
        The sample. Its value is exact in law with ``straight_through``, and its gradient is biased either way.

    Raises:
        ValueError: the temperature is not positive, or noise lies outside (0, 1).

    Reference:
        E. Jang, S. Gu and B. Poole, "Categorical reparameterization with Gumbel-softmax", ICLR (2017); C. J. Maddison,
        A. Mnih and Y. W. Teh, "The concrete distribution", ICLR (2017); Y. Bengio, N. Léonard and A. Courville (2013).

    Example:
        >>> sample = gumbel_softmax(torch.zeros(2), torch.tensor([0.2, 0.9]), temperature=0.5, straight_through=True)
        >>> sample.value, sample.biased
        (tensor([0., 1.]), True)
    """
    gather({"temperature": (temperature, POSITIVE)}, validate=True)
    if bool(((noise <= 0) | (noise >= 1)).any()):
        raise ValueError("noise must lie strictly between 0 and 1")
    perturbed = logits - torch.log(-torch.log(noise))
    relaxed = torch.softmax(perturbed / temperature, -1)
    if not straight_through:
        return RelaxedSample(relaxed)
    hard = torch.nn.functional.one_hot(perturbed.argmax(-1), perturbed.shape[-1]).to(relaxed.dtype)
    return RelaxedSample(hard + (relaxed - relaxed.detach()))


def gumbel_softmax_log_density(value: Tensor, logits: Tensor, *, temperature: float) -> Tensor:
    r"""The log density of the concrete law on the simplex, with respect to its first n − 1 coordinates, in nats.

    .. math:: \log (n-1)! + (n-1) \log \tau + \sum_i (\ell_i - (\tau+1) \log y_i) - n \log \sum_i e^{\ell_i} y_i^{-\tau}

    Args:
        value: a point y of the open simplex, shape (..., n).
        logits: ℓ, shape (..., n).
        temperature: τ, positive.

    Reference: Maddison, Mnih and Teh (2017), equation 10.
    """
    gather({"temperature": (temperature, POSITIVE)}, validate=True)
    count = value.shape[-1]
    log_value = value.log()
    constant = math.lgamma(count) + (count - 1) * math.log(temperature)
    return (
        constant
        + (logits - (temperature + 1) * log_value).sum(-1)
        - count * torch.logsumexp(logits - temperature * log_value, -1)
    )
