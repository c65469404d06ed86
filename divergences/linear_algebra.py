"""Cholesky factors and triangular solves on any array library, with symmetry and positive definiteness checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from divergences.libraries import Array
from divergences.reading import first_index, on_host, to_numpy, truth
from divergences.special import symbolic


def covariance(xp: Any, name: str, matrix: Array, *, validate: bool) -> Array:
    """The symmetric part of a covariance matrix, or a ValueError where the matrix is not square or not symmetric.

    An entry of A Aᵀ in floating point is an inner product of d terms, off by d·eps/2·√(Σᵢᵢ Σⱼⱼ) at most
    (Cauchy–Schwarz); Σᵢⱼ and Σⱼᵢ may so differ by d·eps times that root, and by twice as much for A B Aᵀ.
    A matrix is symmetric here if no pair differs by more than 4·d·eps·√(Σᵢᵢ Σⱼⱼ).
    """
    shape = tuple(matrix.shape)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ValueError(f"{name} must hold square matrices (..., d, d), got shape {shape}")
    transposed = xp.matrix_transpose(matrix)
    if not symbolic(xp) and on_host(matrix) and truth(xp.all(matrix == transposed)):
        return matrix  # its own symmetric part, and so are gradients: all that follows is symmetric in both halves
    if validate and not symbolic(xp):
        diagonal = xp.abs(xp.linalg.diagonal(matrix))
        root = xp.sqrt(diagonal)
        tolerance = 4 * shape[-1] * float(xp.finfo(matrix.dtype).eps) * root[..., :, None] * root[..., None, :]
        skew = xp.abs(matrix - transposed) > tolerance
        if truth(xp.any(skew)):
            index = first_index(skew)
            value, mirrored = (float(to_numpy(part)[index]) for part in (matrix, transposed))
            raise ValueError(
                f"{name} must be symmetric, got {value!r} at index {index} and {mirrored!r} opposite the diagonal"
            )
    return (matrix + transposed) / 2


def cholesky(xp: Any, name: str, matrix: Array, *, validate: bool) -> Array:
    """The lower Cholesky factor of each symmetric matrix.

    A matrix that holds a NaN, and one that is not positive definite where values cannot be read or checked, has
    a factor of NaNs; otherwise one that is not positive definite is a ValueError.
    """
    if symbolic(xp):
        return xp.cholesky(matrix)
    if on_host(matrix):
        plain = _plain_cholesky(xp, matrix)
        if plain is not None:
            return plain
    missing = xp.any(xp.isnan(matrix), axis=(-2, -1), keepdims=True)
    identity = xp.eye(matrix.shape[-1], dtype=matrix.dtype, **placed(matrix))
    usable = xp.where(missing, identity, matrix)
    if xp.__name__ == "array_api_compat.torch":
        factor, info = xp.linalg.cholesky_ex(usable)
        failed = info > 0
        if validate and truth(xp.any(failed)):
            raise ValueError(_indefinite(name, first_index(failed)))
        return xp.where(missing | failed[..., None, None], xp.nan, factor)
    try:
        factor = xp.linalg.cholesky(usable)
    except np.linalg.LinAlgError:
        definite = np.vectorize(_has_factor, signature="(d,d)->()", otypes=[bool])(to_numpy(usable))
        if validate:
            raise ValueError(_indefinite(name, first_index(~definite))) from None
        failed = ~definite[..., None, None]
        missing = missing | failed
        factor = xp.linalg.cholesky(xp.where(failed, identity, usable))
    failed = xp.any(xp.isnan(factor), axis=(-2, -1), keepdims=True)  # jax and cupy return NaN instead of raising
    if validate and truth(xp.any(failed)):
        raise ValueError(_indefinite(name, first_index(failed[..., 0, 0])))
    return xp.where(missing | failed, xp.nan, factor)


def solve_lower(xp: Any, factor: Array, right: Array) -> Array:
    """X with L X = right for lower triangular L, by forward substitution where the library has it."""
    if symbolic(xp):
        return xp.solve_lower(factor, right)
    if xp.__name__ == "array_api_compat.torch":
        return xp.linalg.solve_triangular(factor, right, upper=False)
    if isinstance(factor, np.ndarray) and factor.ndim > 2 and factor.shape[-1] <= 64:
        return _solve_rows(factor, right)
    scale = xp.linalg.diagonal(factor)[..., None]  # a unit diagonal keeps the pivots of a general solver in place
    return xp.linalg.solve(factor / scale, right / scale)


def _solve_rows(factor: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Forward substitution, a row of all matrices of a batch at a time."""
    shape = np.broadcast_shapes(factor.shape[:-2], right.shape[:-2]) + right.shape[-2:]
    solved = np.array(np.broadcast_to(right, shape), order="C")
    for i in range(shape[-2]):
        row = solved[..., i : i + 1, :]
        if i:
            row -= factor[..., i : i + 1, :i] @ solved[..., :i, :]
        row /= factor[..., i : i + 1, i : i + 1]
    return solved


def _plain_cholesky(xp: Any, matrix: Array) -> Array | None:
    """The factors where every matrix has one, without masks for those that have none; None otherwise."""
    if xp.__name__ == "array_api_compat.torch":
        factor, info = xp.linalg.cholesky_ex(matrix)
        return factor if truth(xp.all(info == 0)) else None
    try:
        factor = xp.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return None
    # A missing entry below the diagonal reaches the last row of the factor.
    return factor if truth(~xp.any(xp.isnan(xp.linalg.diagonal(factor)))) else None


def _has_factor(matrix: np.ndarray) -> bool:
    try:
        return not np.isnan(np.linalg.cholesky(matrix)).any()
    except np.linalg.LinAlgError:
        return False


def _indefinite(name: str, index: tuple[int, ...]) -> str:
    return f"{name} must be positive definite, got a matrix that is not" + (f" at batch index {index}" if index else "")


def placed(array: Array) -> dict[str, Any]:
    return {"device": array.device} if hasattr(array, "cpu") else {}
