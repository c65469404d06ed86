"""Exact values that the tests of this package hold estimators to, each by a route of its own."""

from __future__ import annotations

import numpy as np
import torch

from estimators.exact import QuadraticLogWeight
from estimators.models import Gaussian, LinearGaussian


def log_ratio_variance(mean_q: float, std_q: float, mean_p: float, std_p: float) -> float:
    r"""Variance of log q(x) − log p(x) under q, for two normal laws on the line, in nats squared.

    With :math:`x = \mu_q + \sigma_q u`, :math:`r = \sigma_q/\sigma_p`, :math:`s = (\mu_q - \mu_p)/\sigma_p` the log
    ratio is :math:`-\log r + s^2/2 + r s\,u + \tfrac12 (r^2 - 1) u^2`; u and u² are uncorrelated with variances 1, 2.
    """
    ratio, shift = std_q / std_p, (mean_q - mean_p) / std_p
    return (ratio * shift) ** 2 + 0.5 * (ratio**2 - 1) ** 2


def log_weight_law(model: LinearGaussian, x: torch.Tensor, proposal: Gaussian) -> QuadraticLogWeight:
    """The law of log w − log p(x), of which multi-sample bounds are the gap to the evidence."""
    return QuadraticLogWeight.of(model, x, proposal).scaled(-model.log_evidence(x))


def iwae_variance_bound(law: QuadraticLogWeight, num_samples: int) -> float:
    """A proved bound on the variance of log((1/K) Σ w_i), in nats squared: K times that of one log-weight.

    By Efron and Stein, Var f ≤ ½ Σ_i E (f − f_i)², where f_i has the i-th argument drawn anew. As a function of each
    log-weight, log-mean-exp has a derivative in [0, 1] (its softmax weight), so |f − f_i| ≤ |ℓ_i − ℓ_i′|, and
    ½ E (ℓ_i − ℓ_i′)² is the variance of ℓ_i. The same holds of the sum, the maximum and the mean in place of the
    log-mean-exp, and of any one of the log-weights.
    """
    return num_samples * float(law.variance)


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
