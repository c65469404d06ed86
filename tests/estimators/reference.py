"""Exact values that the tests of this package hold estimators to, each by a route of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import loggamma

from estimators.models import Gaussian, LinearGaussian

Vector = NDArray[np.float64]


def log_ratio_variance(mean_q: float, std_q: float, mean_p: float, std_p: float) -> float:
    r"""Variance of log q(x) − log p(x) under q, for two normal laws on the line, in nats squared.

    With :math:`x = \mu_q + \sigma_q u`, :math:`r = \sigma_q/\sigma_p`, :math:`s = (\mu_q - \mu_p)/\sigma_p` the log
    ratio is :math:`-\log r + s^2/2 + r s\,u + \tfrac12 (r^2 - 1) u^2`; u and u² are uncorrelated with variances 1, 2.
    """
    ratio, shift = std_q / std_p, (mean_q - mean_p) / std_p
    return (ratio * shift) ** 2 + 0.5 * (ratio**2 - 1) ** 2


@dataclass(frozen=True)
class LogWeightLaw:
    r"""The law of log w − log p(x) as :math:`A + \sum_j (B_j u_j + C_j u_j^2)` with u standard normal."""

    constant: float
    linear: Vector
    quadratic: Vector

    @property
    def mean(self) -> float:
        return float(self.constant + self.quadratic.sum())

    @property
    def variance(self) -> float:
        return float((self.linear**2 + 2 * self.quadratic**2).sum())

    def log_weight(self, u: Vector) -> Vector:
        return self.constant + u @ self.linear + u**2 @ self.quadratic

    def log_mellin(self, theta: NDArray[np.complexfloating]) -> NDArray[np.complexfloating]:
        """log E[(w/p(x))^theta], by the Gaussian integral of each coordinate; needs Re(1 − 2 theta C) > 0."""
        theta = theta[..., None]
        curvature = 1 - 2 * theta * self.quadratic
        assert (curvature.real > 0).all()
        terms = -0.5 * np.log(curvature) + 0.5 * (theta * self.linear) ** 2 / curvature
        return theta[..., 0] * self.constant + terms.sum(-1)


def log_weight_law(model: LinearGaussian, x: torch.Tensor, proposal: Gaussian) -> LogWeightLaw:
    r"""From the posterior precision P and mean m*: with LᵀPL = U Λ Uᵀ and δ = m − m*,

    log w − log p(x) = ½ log det Λ − ½ δᵀPδ − (UᵀLᵀPδ)·u + ½ Σ (1 − Λ_j) u_j².
    """
    loading, offset, noise_tril, mean, tril, point = (
        t.detach().cpu().numpy()
        for t in (model.loading, model.offset, model.noise_scale_tril, proposal.mean, proposal.scale_tril, x)
    )
    noise_precision = np.linalg.inv(noise_tril @ noise_tril.T)
    precision = np.eye(loading.shape[1]) + loading.T @ noise_precision @ loading
    shift = mean - np.linalg.solve(precision, loading.T @ noise_precision @ (point - offset))
    eigenvalues, rotation = np.linalg.eigh(tril.T @ precision @ tril)
    return LogWeightLaw(
        constant=float(0.5 * np.log(eigenvalues).sum() - 0.5 * shift @ precision @ shift),
        linear=-rotation.T @ tril.T @ precision @ shift,
        quadratic=(1 - eigenvalues) / 2,
    )


def iwae_gap(law: LogWeightLaw, num_samples: int, *, refine: int = 1) -> float:
    r"""E log((1/K) Σ w_i) − log p(x), negative or zero, by two nested trapezoid sums of analytic integrands.

    Frullani: E log S = ∫ (exp(−e^s) − E exp(−e^s S)) ds, where for a mean of K independent weights the expectation is
    M(e^s/K)^K. Mellin–Barnes: M(t) − [c < 0] = (1/2π) ∫ Γ(c+iτ) t^{−(c+iτ)} E[w^{−(c+iτ)}] dτ, with c > 0 for t ≥ 1 and
    c in (−1, 0), past the pole of Γ at 0, for t < 1. ``refine`` divides both steps.
    """
    largest = float(1 - 2 * law.quadratic.min())
    upper = 40 * max(1.0, largest - 1) / num_samples + np.log(num_samples) + 5
    step = 0.1 / refine
    s = np.arange(-36.0, upper, step)
    log_t = s - np.log(num_samples)
    abscissa = min(0.5, 0.5 / (largest - 1)) if largest > 2 else 0.5
    below = log_t < 0
    excess = np.empty_like(s)  # M(t) - 1
    excess[~below] = _inverse_mellin(law.log_mellin, abscissa, log_t[~below], abscissa / 6 / refine) - 1
    excess[below] = _inverse_mellin(law.log_mellin, -0.5, log_t[below], 0.1 / refine)
    # M lies in (0, 1]; rounding of the sum may leave it by an ulp.
    power = num_samples * np.log1p(np.maximum(excess, np.nextafter(-1, 0)))
    return float(step * (np.expm1(-np.exp(s)) - np.expm1(power)).sum())


def _inverse_mellin(
    log_mellin: Callable[[NDArray[np.complexfloating]], NDArray[np.complexfloating]],
    abscissa: float,
    log_t: Vector,
    step: float,
) -> Vector:
    tau = np.arange(-30.0, 30.0 + step / 2, step)
    point = abscissa + 1j * tau
    return step / (2 * np.pi) * np.exp(loggamma(point) + log_mellin(-point) - np.outer(log_t, point)).sum(-1).real


def iwae_variance_bound(law: LogWeightLaw, num_samples: int) -> float:
    """A proved bound on the variance of log((1/K) Σ w_i), in nats squared: K times that of one log-weight.

    By Efron and Stein, Var f ≤ ½ Σ_i E (f − f_i)², where f_i has the i-th argument drawn anew. As a function of each
    log-weight, log-mean-exp has a derivative in [0, 1] (its softmax weight), so |f − f_i| ≤ |ℓ_i − ℓ_i′|, and
    ½ E (ℓ_i − ℓ_i′)² is the variance of ℓ_i. The same holds of the sum, the maximum and the mean in place of the
    log-mean-exp, and of any one of the log-weights.
    """
    return num_samples * law.variance


def random_problem(seed: int, dimension: int | None = None) -> tuple[LinearGaussian, torch.Tensor, Gaussian]:
    """A model, an observation, and a proposal near the posterior, so that weights have moderate variance."""
    rng = np.random.default_rng(seed)
    latent = dimension or int(rng.integers(1, 4))
    observed = int(rng.integers(1, 5))

    def factor(size: int) -> torch.Tensor:
        lower = np.tril(0.2 * rng.standard_normal((size, size)), -1)
        return torch.from_numpy(lower + np.diag(rng.uniform(0.8, 1.3, size)))

    model = LinearGaussian(
        loading=torch.from_numpy(rng.standard_normal((observed, latent))),
        offset=torch.from_numpy(rng.standard_normal(observed)),
        noise_scale_tril=factor(observed),
    )
    x = model.offset + torch.from_numpy(rng.standard_normal(observed))
    posterior = model.posterior(x)
    shift = posterior.scale_tril @ torch.from_numpy(rng.uniform(-1, 1, latent))
    return model, x, Gaussian(posterior.mean + shift, posterior.scale_tril @ factor(latent))
