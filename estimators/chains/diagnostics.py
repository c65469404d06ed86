"""Whether chains have mixed, and how many independent draws they are worth."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

Draws = NDArray[np.float64]


def r_hat(draws: Any) -> float:
    r"""The split, rank-normalised potential scale reduction: near 1 where chains agree in location and spread.

    Args:
        draws: shape (chains, draws), with at least 4 draws a chain.

    Returns:
        The larger of the statistic of the ranks and of the folded ranks.

    Raises:
        ValueError: the shape is another, or a draw is not finite.

    Reference:
        A. Vehtari, A. Gelman, D. Simpson, B. Carpenter and P.-C. Bürkner, "Rank-normalization, folding, and
        localization", Bayesian Analysis 16 (2021), sections 3 and 4.
    """
    split = _split(_checked(draws))
    folded = np.abs(split - np.median(split))
    return max(_reduction(_normalised(split)), _reduction(_normalised(folded)))


def effective_sample_size(draws: Any) -> float:
    r"""The number of independent draws whose mean has the variance of the chains' mean.

    .. math:: \frac{mn}{1 + 2 \sum_t \hat\rho_t}

    with autocorrelations from all chains, summed over pairs for as long as those are positive and decreasing (Geyer).

    Args:
        draws: shape (chains, draws), with at least 4 draws a chain.

    Raises:
        ValueError: the shape is another, or a draw is not finite.

    Reference:
        C. J. Geyer, Statistical Science 7 (1992), section 3.3; Vehtari et al. (2021), section 3.2.
    """
    split = _split(_checked(draws))
    length = split.shape[1]
    within, total = _variances(split)
    if total == 0:
        return float(split.size)
    covariance = np.mean([_autocovariance(chain) for chain in split], axis=0)
    correlation = 1 - (within - covariance * length / (length - 1)) / total
    pairs = correlation[: length // 2 * 2].reshape(-1, 2).sum(1)
    positive = pairs[: int(np.argmax(pairs < 0))] if (pairs < 0).any() else pairs
    decreasing = np.minimum.accumulate(positive)
    time = max(-1 + 2 * decreasing.sum(), 1 / np.log10(split.size))
    return float(split.size / time)


def _checked(draws: Any) -> Draws:
    draws = np.asarray(draws, dtype=np.float64)
    if draws.ndim != 2 or draws.shape[1] < 4:
        raise ValueError(f"draws must have shape (chains, draws) with at least 4 draws, got {draws.shape}")
    if not np.isfinite(draws).all():
        raise ValueError("draws must be finite")
    return draws


def _split(draws: Draws) -> Draws:
    """Each chain as two, so that a drift within it shows."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _normalised(draws: Draws) -> Draws:
    ranks = rankdata(draws, axis=None).reshape(draws.shape)
    return np.asarray(ndtri((ranks - 0.375) / (draws.size + 0.25)))


def _variances(draws: Draws) -> tuple[float, float]:
    """The mean variance within chains, and the estimate of the variance that all would have."""
    length = draws.shape[1]
    within = float(draws.var(1, ddof=1).mean())
    between = float(draws.mean(1).var(ddof=1)) if len(draws) > 1 else 0.0
    return within, within * (length - 1) / length + between


def _reduction(draws: Draws) -> float:
    within, total = _variances(draws)
    return float(np.sqrt(total / within)) if within > 0 else (1.0 if total == 0 else float("inf"))


def _autocovariance(chain: Draws) -> Draws:
    length = len(chain)
    centred = chain - chain.mean()
    spectrum = np.fft.rfft(centred, 2 * length)  # padded: the correlation is not circular
    return np.asarray(np.fft.irfft(spectrum * spectrum.conj(), 2 * length)[:length] / length)
