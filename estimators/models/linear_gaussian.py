"""The linear-Gaussian model: latent and observation are jointly normal, so evidence and posterior are exact."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Gaussian:
    r"""The normal law :math:`N(m, L L^\top)` on :math:`\mathbb R^d`.

    Args:
        mean: m, shape (d,).
        scale_tril: L, lower triangular with a positive diagonal, shape (d, d), of the mean's dtype and device.

    Raises:
        ValueError: shapes, dtypes or devices differ, or L is not lower triangular with a positive diagonal.
    """

    mean: Tensor
    scale_tril: Tensor

    def __post_init__(self) -> None:
        _vector("mean", self.mean)
        _cholesky_factor("scale_tril", self.scale_tril, "mean", self.mean)

    def transform(self, noise: Tensor) -> Tensor:
        """Standard normal noise of shape (..., d) made into samples m + L·noise of the same shape."""
        _points("noise", noise, "mean", self.mean)
        return self.mean + noise @ self.scale_tril.mT

    def log_density(self, value: Tensor) -> Tensor:
        """The log density in nats at points of shape (..., d); shape (...)."""
        _points("value", value, "mean", self.mean)
        deviation = (value - self.mean).reshape(-1, self.mean.shape[0])
        standardised = torch.linalg.solve_triangular(self.scale_tril.mT, deviation, upper=True, left=False)
        log_normaliser = self.scale_tril.diagonal().log().sum() + 0.5 * self.mean.shape[0] * math.log(2 * math.pi)
        return (-0.5 * (standardised**2).sum(-1) - log_normaliser).reshape(value.shape[:-1])


@dataclass(frozen=True, eq=False)
class LinearGaussian:
    r"""A linear decoder with Gaussian noise, of which everything is known in closed form.

    .. math:: z \sim N(0, I_d), \qquad x \mid z \sim N(W z + b, \Psi)

    .. math:: x \sim N(b, W W^\top + \Psi), \qquad
              z \mid x \sim N\bigl(P^{-1} W^\top \Psi^{-1} (x - b),\; P^{-1}\bigr), \quad P = I + W^\top \Psi^{-1} W

    Args:
        loading: W, shape (D, d).
        offset: b, shape (D,).
        noise_scale_tril: the Cholesky factor of Ψ, shape (D, D).

    Raises:
        ValueError: shapes, dtypes or devices differ, or the factor is not lower triangular with a positive diagonal.

    Reference:
        C. M. Bishop, "Pattern Recognition and Machine Learning" (2006), section 2.3.3.

    Example:
        >>> import torch
        >>> one = torch.ones(1, 1, dtype=torch.float64)
        >>> model = LinearGaussian(loading=one, offset=one[0], noise_scale_tril=one)
        >>> x = torch.tensor([3.0], dtype=torch.float64)
        >>> posterior = model.posterior(x)                       # N(1, 1/2)
        >>> round(posterior.mean.item(), 12), round(posterior.scale_tril.item() ** 2, 12)
        (1.0, 0.5)
        >>> log_weights = model.log_weights(x, posterior, torch.zeros(4, 1, dtype=torch.float64))
        >>> torch.allclose(log_weights, model.log_evidence(x))   # at the posterior the weights are constant
        True
    """

    loading: Tensor
    offset: Tensor
    noise_scale_tril: Tensor

    def __post_init__(self) -> None:
        observed = _vector("offset", self.offset)
        _same_kind("loading", self.loading, "offset", self.offset)
        if self.loading.ndim != 2 or self.loading.shape[0] != observed:
            raise ValueError(f"loading must have shape ({observed}, d), got {tuple(self.loading.shape)}")
        _cholesky_factor("noise_scale_tril", self.noise_scale_tril, "offset", self.offset)

    def evidence(self) -> Gaussian:
        """The law of x."""
        noise_covariance = self.noise_scale_tril @ self.noise_scale_tril.mT
        return Gaussian(self.offset, torch.linalg.cholesky(self.loading @ self.loading.mT + noise_covariance))

    def log_evidence(self, x: Tensor) -> Tensor:
        """log p(x) in nats for x of shape (..., D); shape (...)."""
        return self.evidence().log_density(x)

    def posterior(self, x: Tensor) -> Gaussian:
        """The law of z given one x of shape (D,)."""
        _same_kind("x", x, "offset", self.offset)
        _shape("x", x, tuple(self.offset.shape))
        whitened = torch.linalg.solve_triangular(self.noise_scale_tril, self.loading, upper=False)
        residual = torch.linalg.solve_triangular(self.noise_scale_tril, (x - self.offset).unsqueeze(-1), upper=False)
        identity = torch.eye(self.loading.shape[1], dtype=x.dtype, device=x.device)
        precision_tril = torch.linalg.cholesky(identity + whitened.mT @ whitened)
        mean = torch.cholesky_solve(whitened.mT @ residual, precision_tril).squeeze(-1)
        return Gaussian(mean, torch.linalg.cholesky(torch.cholesky_inverse(precision_tril)))

    def log_joint(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x, z) in nats for x of shape (..., D) and z of shape (..., d), broadcast against each other."""
        _points("x", x, "offset", self.offset)
        _points("z", z, "loading", self.loading)
        log_prior = -0.5 * (z**2).sum(-1) - 0.5 * z.shape[-1] * math.log(2 * math.pi)
        noise = Gaussian(torch.zeros_like(self.offset), self.noise_scale_tril)
        return log_prior + noise.log_density(x - self.offset - z @ self.loading.mT)

    def log_weights(self, x: Tensor, proposal: Gaussian, noise: Tensor) -> Tensor:
        r"""The log-weights :math:`\log p(x, z) - \log q(z)` at the samples that the noise makes of the proposal q.

        Args:
            x: one observation, shape (D,).
            proposal: q, a normal law on the latent space.
            noise: standard normal, shape (..., d): the same noise gives the same weights on every device.

        Returns:
            Log-weights in nats, shape (...).
        """
        _shape("x", x, tuple(self.offset.shape))
        z = proposal.transform(noise)
        return self.log_joint(x, z) - proposal.log_density(z)


def _vector(name: str, value: Tensor) -> int:
    if value.ndim != 1 or value.shape[0] == 0 or not value.is_floating_point():
        raise ValueError(f"{name} must be a floating vector of positive length, got {value.dtype} {tuple(value.shape)}")
    return value.shape[0]


def _cholesky_factor(name: str, value: Tensor, like_name: str, like: Tensor) -> None:
    _same_kind(name, value, like_name, like)
    _shape(name, value, (like.shape[0], like.shape[0]))
    if not torch.equal(value, value.tril()) or not bool((value.diagonal() > 0).all()):
        raise ValueError(f"{name} must be lower triangular with a positive diagonal, got {value}")


def _shape(name: str, value: Tensor, shape: tuple[int, ...]) -> None:
    if tuple(value.shape) != shape:
        raise ValueError(f"{name} must have shape {shape}, got {tuple(value.shape)}")


def _same_kind(name: str, value: Tensor, like_name: str, like: Tensor) -> None:
    if value.dtype != like.dtype or value.device != like.device:
        expected = f"{like.dtype} on {like.device}, as {like_name} is"
        raise ValueError(f"{name} must be {expected}, got {value.dtype} on {value.device}")


def _points(name: str, value: Tensor, like_name: str, like: Tensor) -> None:
    _same_kind(name, value, like_name, like)
    if value.ndim == 0 or value.shape[-1] != like.shape[-1]:
        raise ValueError(f"{name} must have shape (..., {like.shape[-1]}), got {tuple(value.shape)}")
