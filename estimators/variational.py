r"""Variational bounds of divergences and of mutual information, from the scores that a critic gives to samples.

Scores of pairs are a matrix, :math:`f_{ij} = f(x_i, y_j)`, of K independent pairs :math:`(x_i, y_i)`: joint draws on
the diagonal, draws of the product of the marginals off it. All means of scores are plain averages, so that what is
stated of expectations holds for independent pairs.
"""

from __future__ import annotations

import math
from typing import Any

from divergences.domains import ANY
from divergences.generator import Generator
from divergences.generators import GENERATORS
from divergences.libraries import Array
from divergences.namespace import gather
from estimators.log_mean_exp import log_mean_exp


def f_gan(scores_p: Array, scores_q: Array, f: Generator | str) -> Array:
    r"""The variational lower bound of an f-divergence, from values of a critic that is free on the whole line.

    .. math:: E_p[T] - E_q[f^*(T)] \le D_f(p \,\|\, q), \qquad T = g_f(v)

    with :math:`g_f` the generator's output map. Unbiased for the left side (f-divergence-variational).

    Args:
        scores_p: v at samples of p, shape (..., n), of any array library.
        scores_q: v at samples of q, shape (..., m).
        f: a `divergences.Generator` or the name of one.

    Returns:
        Array of shape (...).

    Raises:
        ValueError: no generator has the name, or there are no samples.

    Reference: S. Nowozin, B. Cseke and R. Tomioka, "f-GAN", NeurIPS (2016), equation 6.

    >>> import numpy as np
    >>> bool(f_gan(np.zeros(3), np.zeros(3), "kl") <= 0)
    True
    """
    generator = _generator(f)
    xp, (p, q) = _scores(scores_p=scores_p, scores_q=scores_q)
    return xp.mean(generator.activation(p), axis=-1) - xp.mean(generator.conjugate(generator.activation(q)), axis=-1)


def donsker_varadhan(scores_p: Array, scores_q: Array) -> Array:
    r"""The Donsker–Varadhan objective :math:`E_p[T] - \log E_q[e^T] \le \mathrm{KL}(p \,\|\, q)`, from samples.

    With finitely many samples of q its expectation is *above* the objective (Jensen's inequality), and nothing bounds
    it by the divergence: an estimate, not a bound. `nwj` is unbiased.

    Args:
        scores_p: T at samples of p, shape (..., n), in nats.
        scores_q: T at samples of q, shape (..., m).

    Returns:
        Array of shape (...), in nats.

    Reference: M. I. Belghazi et al., "Mutual information neural estimation", ICML (2018), equation 5.

    >>> float(donsker_varadhan([1.0, 1.0], [1.0]))
    0.0
    """
    xp, (p, q) = _scores(scores_p=scores_p, scores_q=scores_q)
    return xp.mean(p, axis=-1) - log_mean_exp(q, axis=-1)


def nwj(scores_p: Array, scores_q: Array) -> Array:
    r"""The bound of Nguyen, Wainwright and Jordan: :math:`E_p[T] - E_q[e^{T-1}] \le \mathrm{KL}(p \,\|\, q)`, unbiased.

    Args:
        scores_p: T at samples of p, shape (..., n), in nats.
        scores_q: T at samples of q, shape (..., m).

    Returns:
        Array of shape (...), in nats.

    Reference: X. Nguyen, M. J. Wainwright and M. I. Jordan, IEEE Transactions on Information Theory 56 (2010).

    >>> float(nwj([1.0, 1.0], [1.0]))
    0.0
    """
    xp, (p, q) = _scores(scores_p=scores_p, scores_q=scores_q)
    return xp.mean(p, axis=-1) - xp.mean(xp.exp(q - 1), axis=-1)


def info_nce(scores: Array) -> Array:
    r"""The contrastive lower bound of mutual information.

    .. math:: \frac1K \sum_i \log \frac{e^{f_{ii}}}{\frac1K \sum_j e^{f_{ij}}}, \qquad
              E[\,\cdot\,] \le \min\{I(x; y), \log K\}

    Args:
        scores: f(x_i, y_j), shape (..., K, K), in nats; pairs on the diagonal.

    Returns:
        Array of shape (...), in nats, never above log K.

    Raises:
        ValueError: the last two axes are not of one length.

    Reference: A. van den Oord, Y. Li and O. Vinyals, "Representation learning with contrastive predictive coding"
        (2018).

    >>> float(info_nce([[0.0, 0.0], [0.0, 0.0]]))
    0.0
    """
    xp, matrix, diagonal = _pairs("scores", scores)
    return xp.mean(diagonal - log_mean_exp(matrix, axis=-1), axis=-1)


def leave_one_out_bound(log_conditional: Array) -> Array:
    r"""The leave-one-out upper bound of mutual information, for a known conditional density.

    .. math:: \frac1K \sum_i \log \frac{p(y_i \mid x_i)}{\frac{1}{K-1} \sum_{j \ne i} p(y_i \mid x_j)}, \qquad
              E[\,\cdot\,] \ge I(x; y)

    Args:
        log_conditional: log p(y_j | x_i) at row i and column j, shape (..., K, K), in nats, with K ≥ 2.

    Returns:
        Array of shape (...), in nats.

    Raises:
        ValueError: the last two axes are not of one length, or K is 1.

    Reference: B. Poole et al., "On variational bounds of mutual information", ICML (2019), section 2.1.
    """
    xp, matrix, diagonal = _pairs("log_conditional", log_conditional)
    count = matrix.shape[-1]
    if count < 2:
        raise ValueError("log_conditional must hold at least two pairs: with one there is no other to leave in")
    others = xp.where(_identity(xp, matrix), -math.inf, matrix)
    marginal = log_mean_exp(others, axis=-2) + math.log(count / (count - 1))
    return xp.mean(diagonal - marginal, axis=-1)


def club(log_conditional: Array) -> Array:
    r"""The contrastive log-ratio upper bound of mutual information.

    .. math:: \frac1K \sum_i \log p(y_i \mid x_i) - \frac{1}{K(K-1)} \sum_i \sum_{j \ne i} \log p(y_j \mid x_i),
              \qquad E[\,\cdot\,] \ge I(x; y)

    An upper bound for the true conditional; with a learnt one in its place it may be on either side.

    Args:
        log_conditional: log p(y_j | x_i) at row i and column j, shape (..., K, K), in nats, with K ≥ 2.

    Returns:
        Array of shape (...), in nats.

    Raises:
        ValueError: the last two axes are not of one length, or K is 1.

    Reference: P. Cheng et al., "CLUB: a contrastive log-ratio upper bound of mutual information", ICML (2020).
    """
    xp, matrix, diagonal = _pairs("log_conditional", log_conditional)
    count = matrix.shape[-1]
    if count < 2:
        raise ValueError("log_conditional must hold at least two pairs: with one there is no negative")
    others = xp.where(_identity(xp, matrix), 0.0, matrix)
    return xp.mean(diagonal, axis=-1) - xp.sum(xp.sum(others, axis=-1), axis=-1) / (count * (count - 1))


def barber_agakov(log_decoder: Array, entropy: Array) -> Array:
    r"""The Barber–Agakov lower bound :math:`H(x) + E[\log q(x \mid y)] \le I(x; y)`, unbiased.

    Args:
        log_decoder: log q(x_i | y_i) at joint samples, shape (..., n), in nats.
        entropy: H(x), known, shape (...).

    Returns:
        Array of shape (...), in nats.

    Reference: D. Barber and F. Agakov, "The IM algorithm", NeurIPS (2003), equation 3.

    >>> float(barber_agakov([-1.0, -3.0], 2.5))
    0.5
    """
    inputs = gather({"log_decoder": (log_decoder, ANY), "entropy": (entropy, ANY)}, validate=False, shapes_agree=_any)
    decoder, known = inputs
    return inputs.result(known + inputs.xp.mean(decoder, axis=-1))


def _generator(f: Generator | str) -> Generator:
    if isinstance(f, Generator):
        return f
    if f not in GENERATORS:
        raise ValueError(f"f must be a Generator or one of {sorted(GENERATORS)}, got {f!r}")
    return GENERATORS[f]


def _scores(**scores: Array) -> tuple[Any, tuple[Array, ...]]:
    """The scores of two sets of samples, whose numbers need not agree."""
    inputs = gather({name: (value, ANY) for name, value in scores.items()}, validate=False, shapes_agree=_any)
    for name, value in zip(scores, inputs, strict=True):
        if not value.shape or value.shape[-1] == 0:
            raise ValueError(
                f"{name} must hold at least one sample along the last axis, got shape {tuple(value.shape)}"
            )
    return inputs.xp, inputs.values


def _any(shapes: Any) -> None:
    """Numbers of samples are free; the batch axes are left to the library."""


def _pairs(name: str, scores: Array) -> tuple[Any, Array, Array]:
    """The namespace, the matrix and its diagonal."""
    inputs = gather({name: (scores, ANY)}, validate=False)
    (matrix,) = inputs
    shape = tuple(matrix.shape)
    if len(shape) < 2 or shape[-1] != shape[-2] or shape[-1] == 0:
        raise ValueError(f"{name} must have shape (..., K, K), got {shape}")
    diagonal = inputs.xp.linalg.diagonal(matrix)
    return inputs.xp, matrix, diagonal


def _identity(xp: Any, matrix: Array) -> Array:
    count = matrix.shape[-1]
    index = xp.arange(count, device=matrix.device) if hasattr(matrix, "device") else xp.arange(count)
    return index[:, None] == index[None, :]
