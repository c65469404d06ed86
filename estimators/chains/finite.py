"""Markov chains on finite spaces as matrices: where detailed balance and its consequences are exact statements."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


def metropolis_hastings_matrix(log_target: Vector, proposal: Matrix) -> Matrix:
    r"""The transition matrix of Metropolis–Hastings.

    .. math:: P_{ij} = Q_{ij} \min\Big(1, \frac{\pi_j Q_{ji}}{\pi_i Q_{ij}}\Big) \;(i \ne j), \qquad
              P_{ii} = 1 - \sum_{j \ne i} P_{ij}

    Args:
        log_target: log π up to a constant, shape (n,); −inf for states of mass zero.
        proposal: Q, rows of probabilities, shape (n, n).

    Returns:
        P, shape (n, n); rows sum to one.

    Raises:
        ValueError: shapes do not fit, or a row of Q is no law.

    Reference:
        W. K. Hastings, Biometrika 57 (1970), equation 5.

    Example:
        >>> metropolis_hastings_matrix(np.log([0.25, 0.75]), np.full((2, 2), 0.5)).round(6)
        array([[0.5       , 0.5       ],
               [0.166667, 0.833333]])
    """
    log_target = np.asarray(log_target, dtype=np.float64)
    proposal = stochastic("proposal", proposal)
    if log_target.shape != proposal.shape[:1]:
        raise ValueError(f"log_target must have shape {proposal.shape[:1]}, got {log_target.shape}")
    with np.errstate(divide="ignore", invalid="ignore"):
        log_flow = log_target[:, None] + np.log(proposal)
        ratio = np.exp(np.minimum(log_flow.T - log_flow, 0.0))
    accepted = proposal * np.where(proposal > 0, np.nan_to_num(ratio, nan=0.0), 0.0)
    np.fill_diagonal(accepted, 0.0)
    return accepted + np.diag(1 - accepted.sum(1))


def gibbs_matrix(table: Any, axis: int) -> Matrix:
    r"""The transition matrix that draws one coordinate from its conditional law, given all the others.

    Args:
        table: the joint probabilities up to a constant, one axis a coordinate; every line along the axis has mass.
        axis: the coordinate.

    Returns:
        P, shape (n, n) with n the number of states in C order.

    Raises:
        ValueError: a probability is negative, or a line along the axis has no mass.

    Reference:
        S. Geman and D. Geman, IEEE Transactions on Pattern Analysis and Machine Intelligence 6 (1984).
    """
    table = np.asarray(table, dtype=np.float64)
    total = table.sum(axis, keepdims=True)
    if (table < 0).any() or not (total > 0).all():
        raise ValueError("table must hold non-negative probabilities, and some mass on every line along the axis")
    conditional = np.broadcast_to(table / total, table.shape).reshape(-1)
    indices = np.indices(table.shape).reshape(table.ndim, -1)
    others = np.delete(indices, axis, axis=0)
    same_line = (others[:, :, None] == others[:, None, :]).all(0)
    return np.asarray(same_line * conditional[None, :])


def detailed_balance_error(transition: Matrix, target: Vector) -> float:
    r"""The largest flow that is not returned: :math:`\max_{ij} |\pi_i P_{ij} - \pi_j P_{ji}|`, with π normalised.

    Zero up to rounding exactly where the chain is reversible; then π is stationary.

    Args:
        transition: P, rows of probabilities, shape (n, n).
        target: π up to a constant, shape (n,).

    Example:
        >>> detailed_balance_error(np.array([[0.0, 1.0], [0.5, 0.5]]), np.array([1.0, 2.0])) == 0
        True
    """
    transition = stochastic("transition", transition)
    target = np.asarray(target, dtype=np.float64)
    flow = (target / target.sum())[:, None] * transition
    return float(np.abs(flow - flow.T).max())


def stochastic(name: str, matrix: Any) -> Matrix:
    """The matrix if its rows are laws, or a ValueError that names it."""
    matrix = np.asarray(matrix, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"{name} must be a square matrix, got shape {matrix.shape}")
    # n terms below one sum with an error of at most n eps.
    if (matrix < 0).any() or (abs(matrix.sum(1) - 1) > 4 * len(matrix) * np.finfo(np.float64).eps).any():
        raise ValueError(f"{name} must have rows that sum to one, got sums {matrix.sum(1)}")
    return matrix
