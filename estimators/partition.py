r"""Estimates of a log partition function: annealed importance sampling in both directions, and bridge sampling.

Forward annealing gives unbiased weights, :math:`E w = Z_1/Z_0`, and so a lower bound, :math:`E \log w \le \log
Z_1/Z_0`. The same path walked back from exact draws of the target gives :math:`E\, 1/w = Z_0/Z_1` and an upper bound.
The two bracket the truth, in expectation, whatever the kernels, so long as each leaves its density invariant.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from scipy.optimize import brentq
from scipy.special import expit
from torch import Tensor

from estimators.chains.kernels import Kernel, LogDensity


def annealed_log_weights(
    log_start: LogDensity,
    log_target: LogDensity,
    state: Tensor,
    *,
    betas: Sequence[float],
    kernel: Kernel,
    generator: torch.Generator,
    reverse: bool = False,
) -> Tensor:
    r"""Log-weights of annealed importance sampling along the geometric path.

    .. math:: \log w = \sum_{t=1}^{T} (\beta_t - \beta_{t-1}) \big[\log f_1(x_{t-1}) - \log f_0(x_{t-1})\big], \qquad
              x_t \sim \mathcal K_{\beta_t}(\cdot \mid x_{t-1})

    with :math:`\mathcal K_\beta` leaving :math:`f_0^{1-\beta} f_1^{\beta}` invariant. Forward, from exact draws of f₀:
    :math:`E w = Z_1/Z_0` and :math:`E \log w \le \log Z_1/Z_0`. In reverse, from exact draws of f₁ and with the
    densities visited in the opposite order: :math:`E\,1/w = Z_0/Z_1` and :math:`E \log w \ge \log Z_1/Z_0`.

    Args:
        log_start: log f₀ up to the constant log Z₀; takes states (n, d).
        log_target: log f₁ up to the constant log Z₁.
        state: exact draws of f₀ (of f₁ in reverse), shape (n, d).
        betas: the path, increasing from 0 to 1.
        kernel: a transition kernel that leaves the density it is given invariant, such as `Langevin`.
        generator: torch's, on the state's device.
        reverse: walk from the target to the start.

    Returns:
        Log-weights in nats, shape (n,); `iwae_bound` of them estimates log Z₁/Z₀ forward, and −`iwae_bound` of
        their opposites in reverse.

    Raises:
        ValueError: the betas do not increase from 0 to 1.

    Reference:
        R. M. Neal, Statistics and Computing 11 (2001), equation 11; R. B. Grosse, Z. Ghahramani and R. P. Adams,
        "Sandwiching the marginal likelihood using bidirectional Monte Carlo" (2015), section 3.

    Example:
        >>> generator = torch.Generator().manual_seed(0)
        >>> start = lambda x: -(x**2).sum(-1) / 2                           # Z₀ = √(2π)
        >>> target = lambda x: -((x - 1) ** 2).sum(-1) * 2                  # Z₁ = √(2π)/2
        >>> draws = torch.randn(500, 1, generator=generator, dtype=torch.float64)
        >>> from estimators.chains import Langevin
        >>> log_weights = annealed_log_weights(
        ...     start, target, draws, betas=[i / 20 for i in range(21)], kernel=Langevin(0.3), generator=generator
        ... )
        >>> log_weights.shape
        torch.Size([500])
    """
    path = [float(beta) for beta in betas]
    if len(path) < 2 or path[0] != 0 or path[-1] != 1 or any(a >= b for a, b in pairwise(path)):
        raise ValueError(f"betas must increase from 0 to 1, got {path}")
    steps = list(pairwise(path))
    log_weights = torch.zeros(state.shape[0], dtype=state.dtype, device=state.device)
    for index, (low, high) in enumerate(reversed(steps) if reverse else steps):
        if index:
            # Between two weight factors the chain moves under the density that both of them share.
            beta = high if reverse else low
            state = kernel(_between(log_start, log_target, beta), state, generator)
        with torch.no_grad():
            log_weights = log_weights + (high - low) * (log_target(state) - log_start(state))
    return log_weights


def bridge_sampling(log_ratio_first: Any, log_ratio_second: Any) -> float:
    r"""Bennett's estimate of :math:`\log Z_1/Z_0` from draws of both laws: the optimal bridge, solved for itself.

    The root r of :math:`\sum_{f_1\text{-draws}} \frac{1}{1 + e^{\ell - r + c}} = \sum_{f_0\text{-draws}}
    \frac{1}{1 + e^{-(\ell - r + c)}}` with :math:`\ell = \log f_1 - \log f_0` and :math:`c = \log n_1/n_0`. Consistent,
    with a bias that vanishes with the number of draws; the draws have to overlap.

    Args:
        log_ratio_first: log f₁ − log f₀ at independent draws of f₀, shape (n₀,).
        log_ratio_second: the same at independent draws of f₁, shape (n₁,).

    Returns:
        The estimate, in nats.

    Raises:
        ValueError: there are no draws, or a ratio is NaN or infinite.

    Reference:
        C. H. Bennett, Journal of Computational Physics 22 (1976); X.-L. Meng and W. H. Wong, Statistica Sinica 6
        (1996).

    Example:
        >>> round(bridge_sampling([2.0, 2.0, 2.0], [2.0]), 12)          # a constant ratio is the ratio of the constants
        2.0
    """
    first, second = (np.asarray(value, dtype=np.float64).ravel() for value in (log_ratio_first, log_ratio_second))
    for name, value in (("log_ratio_first", first), ("log_ratio_second", second)):
        if value.size == 0 or not np.isfinite(value).all():
            raise ValueError(f"{name} must hold at least one finite number, got {value}")
    shift = math.log(second.size / first.size)

    def excess(r: float) -> float:
        # Increasing in r: the first sum rises and the second falls.
        return float(expit(-(second - r + shift)).sum() - expit(first - r + shift).sum())

    everything = np.concatenate([first, second])
    low, high = everything.min() + shift - 1, everything.max() + shift + 1
    # Beyond the largest ratio one sum tends to nothing and the other to its whole size.
    while excess(low) > 0:
        low -= high - low
    while excess(high) < 0:
        high += high - low
    return float(brentq(excess, low, high, xtol=1e-14, rtol=8.9e-16))


def _between(log_start: LogDensity, log_target: LogDensity, beta: float) -> LogDensity:
    return lambda x: (1 - beta) * log_start(x) + beta * log_target(x)
