"""The Kullback–Leibler divergence between Gaussians with full covariance matrices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from divergences import special
from divergences.domains import REAL
from divergences.gaussian import half_square, spread
from divergences.libraries import Array, is_torch, namespace
from divergences.linear_algebra import cholesky, covariance, solve_lower
from divergences.namespace import Shapes, broadcastable, gather, listed
from divergences.reading import choose, on_host, readable

#: Matrices of a batch that are worked on at a time, on the host.
BLOCK = 512


def kl_gaussian_full(mean_q: Array, cov_q: Array, mean_p: Array, cov_p: Array, *, validate: bool = True) -> Array:
    r"""The divergence KL(N(mean_q, cov_q) ‖ N(mean_p, cov_p)) of multivariate Gaussians, in nats.

    .. math::

        \tfrac12\Big[\|L_p^{-1}(\mu_q-\mu_p)\|^2 + \sum_{i>j} C_{ij}^2 + \sum_i \varphi(C_{ii}^2)\Big],
        \qquad C = L_p^{-1} L_q, \quad \Sigma = L L^\top, \quad \varphi(t) = t - 1 - \log t

    which is ½[tr(Σ_p⁻¹Σ_q) − d − log det(Σ_p⁻¹Σ_q) + Δᵀ Σ_p⁻¹ Δ], since the trace is the squared Frobenius norm of C
    and the determinant the squared product of its diagonal. No term is negative, so nothing cancels; and near equality
    C − I is corrected from the difference of the covariances themselves, because the factors of nearly equal
    matrices differ by less than their rounding errors.

    Theorem: gaussian-kl-full. The error is a few eps times d and the condition number of cov_p, relative to the result;
    equal parameters give exactly 0. Only the symmetric part of a covariance enters, in gradients too.

    Args:
        mean_q: means of the first law, (..., d).
        cov_q: its covariance matrices, (..., d, d); symmetric and positive definite.
        mean_p: means of the second law, (..., d).
        cov_p: its covariance matrices, (..., d, d).
        validate: as in `divergences.kl_gaussian`.

    Returns:
        The divergences, of the broadcast batch shape.

    Raises:
        TypeError: an argument is neither an array nor a real number, or array libraries are mixed.
        ValueError: a covariance is not square, not symmetric (beyond rounding: 4·d·eps·√(Σᵢᵢ Σⱼⱼ)) or not positive
            definite, a value is infinite, the event dimensions differ, batch shapes do not broadcast, or devices
            differ.

    Reference: Soch et al., The Book of Statistical Proofs, mvn-kl; Boyd and Vandenberghe (2004), appendix C.3.

    >>> float(kl_gaussian_full([1.0, 0.0], [[2.0, 0.5], [0.5, 1.0]], [0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]]))
    0.72019210603...
    """
    arguments = {"mean_q": mean_q, "cov_q": cov_q, "mean_p": mean_p, "cov_p": cov_p}
    batch = _plain_batch(arguments)
    if batch > 2 * BLOCK:
        try:
            return _in_blocks(arguments, batch, validate)
        except ValueError:
            pass  # raised again below, with an index into the whole
    domains = {name: (value, REAL) for name, value in arguments.items()}
    inputs = gather(domains, validate=validate, shapes_agree=event_shapes_agree)
    xp = inputs.xp
    mean_q, cov_q, mean_p, cov_p = inputs
    with inputs.quiet():
        cov_q = covariance(xp, "cov_q", cov_q, validate=validate)
        cov_p = covariance(xp, "cov_p", cov_p, validate=validate)
        factor_q = cholesky(xp, "cov_q", cov_q, validate=validate)
        factor_p = cholesky(xp, "cov_p", cov_p, validate=validate)
        shift = (mean_q - mean_p)[..., None]
        whitened, excess = _solve(xp, factor_p, shift, factor_q - factor_p)
        excess = _corrected(xp, excess, cov_q, factor_p, cov_p)
        scales = ratio_gap(xp, excess, xp.linalg.diagonal(factor_q), xp.linalg.diagonal(factor_p))
        return inputs.result(xp.sum(half_square(whitened), axis=(-2, -1)) + scales)


def _solve(xp: Any, factor: Array, shift: Array, change: Array) -> tuple[Array, Array]:
    """L⁻¹ of a column and of a lower triangular matrix: in one sweep where their batches are the same."""
    if on_host(change) and shift.shape[:-2] == change.shape[:-2] and not special.symbolic(xp):
        solved = solve_lower(xp, factor, xp.concat((change, shift), axis=-1))
        return solved[..., -1:], _lower(xp, solved[..., :-1])
    return solve_lower(xp, factor, shift), _lower(xp, solve_lower(xp, factor, change))


def _lower(xp: Any, solved: Array) -> Array:
    """The lower triangle, which substitution leaves alone and a general solver rounds."""
    return solved if xp.__name__ == "array_api_compat.torch" else xp.tril(solved)


def _plain_batch(arguments: Mapping[str, Array]) -> int:
    """The size of the one batch axis that all four have, on the host and with no gradient to take; 0 otherwise."""
    arrays = tuple(arguments.values())
    if len({type(array) for array in arrays}) > 1 or not all(on_host(array) and readable(array) for array in arrays):
        return 0
    if any(is_torch(array) and array.requires_grad for array in arrays):
        return 0
    sizes = {array.shape[0] for array in arrays if array.ndim == (3 if array is arrays[1] or array is arrays[3] else 2)}
    whole = [array.ndim for array in arrays] == [2, 3, 2, 3] and len(sizes) == 1
    return sizes.pop() if whole else 0


def _in_blocks(arguments: Mapping[str, Array], batch: int, validate: bool) -> Array:
    """Block by block of the batch, so that what is in between stays in the cache."""
    starts = range(0, batch, BLOCK)
    parts = [
        kl_gaussian_full(**{k: v[start : start + BLOCK] for k, v in arguments.items()}, validate=validate)
        for start in starts
    ]
    return namespace(parts[0]).concat(parts)


def ratio_gap(xp: Any, excess: Array, diagonal_q: Array, diagonal_p: Array) -> Array:
    """½[tr M − d − log det M] for M = (I + K)(I + K)ᵀ, from a lower triangular K and the factors whose ratio I + K is.

    Args:
        xp: the array namespace.
        excess: K, (..., d, d).
        diagonal_q: the diagonal of the numerator's factor, (..., d).
        diagonal_p: that of the denominator's.
    """
    off_diagonal = xp.sum(half_square(xp.tril(excess, k=-1)), axis=(-2, -1))
    return off_diagonal + xp.sum(spread(xp.linalg.diagonal(excess), diagonal_q, diagonal_p, xp=xp), axis=-1)


def ratio_excess(xp: Any, factor_q: Array, cov_q: Array, factor_p: Array, cov_p: Array) -> Array:
    """K = L_p⁻¹ L_q − I, lower triangular, corrected near 0 from the difference of the covariances L Lᵀ."""
    return _corrected(xp, _lower(xp, solve_lower(xp, factor_p, factor_q - factor_p)), cov_q, factor_p, cov_p)


def _corrected(xp: Any, excess: Array, cov_q: Array, factor_p: Array, cov_p: Array) -> Array:
    """K with the rounding of nearly equal factors taken off."""
    if special.symbolic(xp):
        return excess
    near = xp.sum(excess * excess, axis=(-2, -1), keepdims=True) < 0.0625

    def corrected() -> Array:
        # (I + K)(I + K)ᵀ = I + M with M = L_p⁻¹ (Σ_q − Σ_p) L_p⁻ᵀ, whose rounding error is relative to the difference.
        # The residual R = M − K − Kᵀ − KKᵀ is therefore the error of K, and its lower half (with half the diagonal)
        # the Newton step, up to terms of second order; far from equality K is accurate as it is.
        whitened = solve_lower(xp, factor_p, cov_q - cov_p)
        whitened = solve_lower(xp, factor_p, xp.matrix_transpose(whitened))
        transposed = xp.matrix_transpose(excess)
        residual = (whitened + xp.matrix_transpose(whitened)) / 2 - excess - transposed - excess @ transposed
        return excess + (xp.tril(residual) + xp.tril(residual, k=-1)) / 2

    return choose(near, corrected, lambda: excess, xp=xp)


def event_shapes_agree(shapes: Shapes) -> None:
    """Raises a ValueError unless means are (..., d), covariances (..., d, d), of one d, and their batches broadcast."""
    events = {name: 2 if name.startswith("cov") else 1 for name in shapes}
    for name, rank in events.items():
        if len(shapes[name]) < rank:
            expected = "(..., d)" if rank == 1 else "(..., d, d)"
            raise ValueError(f"{name} must have shape {expected}, got {listed(shapes)}")
    if len({size for name, shape in shapes.items() for size in shape[-events[name] :]}) > 1:
        raise ValueError(f"the event dimension d must be one, got {listed(shapes)}")
    broadcastable({name: shape[: -events[name]] for name, shape in shapes.items()})
