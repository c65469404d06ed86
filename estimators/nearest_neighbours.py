r"""Entropies and divergences from distances to nearest neighbours: consistent, and biased at finite n.

The ball around a sample that reaches to its k-th neighbour holds a share of the law whose logarithm has mean
:math:`\psi(k) - \psi(n)`, whatever the law. That the density is the same all over the ball is the approximation.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree
from scipy.special import digamma, gammaln

from estimators.counting import positive_integer

Points = NDArray[np.float64]


def nearest_neighbour_entropy(samples: Any, *, neighbours: int = 3, period: float | None = None) -> float:
    r"""The Kozachenko–Leonenko estimate of a differential entropy, in nats.

    .. math:: \hat H = \psi(n) - \psi(k) + \log V_d + \frac dn \sum_i \log \rho_k(i)

    with :math:`\rho_k(i)` the distance of sample i to its k-th neighbour and :math:`V_d` the volume of the unit ball.
    Consistent; its bias at finite n depends on how the density varies within the balls, and nothing here bounds it.

    Args:
        samples: independent draws, shape (n, d) or (n,), with n > k.
        neighbours: k.
        period: for samples on a torus, the length of its sides.

    Returns:
        The estimate; −inf where k + 1 samples coincide.

    Raises:
        ValueError: there are too few samples, or one is not finite.

    Reference:
        L. F. Kozachenko and N. N. Leonenko, Problems of Information Transmission 23 (1987); H. Singh et al., American
        Journal of Mathematical and Management Sciences 23 (2003), for k neighbours.
    """
    points = _points("samples", samples)
    count, dimension = points.shape
    k = _fewer("neighbours", neighbours, count)
    distances = KDTree(points, boxsize=period).query(points, k=[k + 1])[0][:, 0]
    with np.errstate(divide="ignore"):
        mean_log = float(np.log(distances).mean())
    volume = dimension / 2 * math.log(math.pi) - float(gammaln(dimension / 2 + 1))
    return float(digamma(count) - digamma(k)) + volume + dimension * mean_log


def nearest_neighbour_kl(samples_p: Any, samples_q: Any, *, neighbours: int = 3, period: float | None = None) -> float:
    r"""The nearest-neighbour estimate of KL(p ‖ q) from draws of both, in nats.

    .. math:: \widehat{\mathrm{KL}} = \frac dn \sum_i \log \frac{\nu_k(i)}{\rho_k(i)} + \log \frac{m}{n-1}

    with :math:`\rho_k(i)` the distance of the i-th draw of p to its k-th neighbour among the others, and
    :math:`\nu_k(i)` that to its k-th neighbour among the draws of q. Consistent; biased at finite n, of either sign.

    Args:
        samples_p: independent draws of p, shape (n, d) or (n,), with n > k.
        samples_q: independent draws of q, shape (m, d) or (m,), with m ≥ k.
        neighbours: k.
        period: for samples on a torus, the length of its sides.

    Raises:
        ValueError: there are too few samples, dimensions differ, or a sample is not finite.

    Reference:
        Q. Wang, S. R. Kulkarni and S. Verdú, IEEE Transactions on Information Theory 55 (2009), equation 5.
    """
    first, second = _points("samples_p", samples_p), _points("samples_q", samples_q)
    if first.shape[1] != second.shape[1]:
        raise ValueError(f"samples must have one dimension, got {first.shape[1]} and {second.shape[1]}")
    k = _fewer("neighbours", neighbours, min(len(first), len(second) + 1))
    own = KDTree(first, boxsize=period).query(first, k=[k + 1])[0][:, 0]
    other = KDTree(second, boxsize=period).query(first, k=[k])[0][:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(other) - np.log(own)
    return float(first.shape[1] * ratio.mean() + math.log(len(second) / (len(first) - 1)))


def _points(name: str, samples: Any) -> Points:
    samples = samples.detach().cpu() if hasattr(samples, "detach") else samples
    points = np.asarray(samples, dtype=np.float64)
    points = points[:, None] if points.ndim == 1 else points
    if points.ndim != 2 or points.shape[1] == 0:
        raise ValueError(f"{name} must have shape (n, d) or (n,), got {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError(f"{name} must be finite")
    return points


def _fewer(name: str, value: Any, count: int) -> int:
    number = positive_integer(name, value)
    if number >= count:
        raise ValueError(f"{name} must be below the number of samples, {count}, got {number}")
    return number
