"""The Wasserstein distances between Gaussians, and the affine map that attains the quadratic one."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from typing import Any

from divergences import special
from divergences.domains import POSITIVE, REAL
from divergences.gaussian_full import event_shapes_agree
from divergences.libraries import Array, is_torch
from divergences.linear_algebra import cholesky, covariance, placed
from divergences.namespace import gather


def wasserstein2_gaussian(
    mean_q: Array, std_q: Array, mean_p: Array = 0.0, std_p: Array = 1.0, *, validate: bool = True
) -> Array:
    r"""The quadratic Wasserstein distance between N(mean_q, std_q²) and N(mean_p, std_p²), elementwise.

    .. math:: W_2 = \sqrt{(\mu_q - \mu_p)^2 + (\sigma_q - \sigma_p)^2}

    Theorem: gaussian-wasserstein2. Within 4 eps over all finite parameters. The gradient at equality, where the
    distance has a kink, is zero.

    Args:
        mean_q: means of the first law; any shape.
        std_q: its standard deviations, in the unit of the means; positive and finite.
        mean_p: means of the second law; shapes broadcast.
        std_p: standard deviations of the second law.
        validate: as in `divergences.kl_gaussian`.

    Returns:
        The distances, in the unit of the means, of the broadcast shape.

    Raises:
        TypeError, ValueError: as in `divergences.kl_gaussian`.

    Reference: Dowson and Landau (1982), The Fréchet distance between multivariate normal distributions, equation 4.

    >>> float(wasserstein2_gaussian(3.0, 5.0))
    5.0
    """
    inputs = gather(
        {"mean_q": (mean_q, REAL), "std_q": (std_q, POSITIVE), "mean_p": (mean_p, REAL), "std_p": (std_p, POSITIVE)},
        validate=validate,
    )
    mean_q, std_q, mean_p, std_p = inputs
    with inputs.quiet():
        return inputs.result(_hypot(mean_q - mean_p, std_q - std_p, inputs.xp))


def _hypot(x: Array, y: Array, xp: Any) -> Array:
    if special.symbolic(xp):
        return xp.sqrt(x**2 + y**2)
    # Where both vanish the derivative of the root is not defined; that of the constant is zero.
    apart = (x != 0) | (y != 0)
    return xp.where(apart, xp.hypot(xp.where(apart, x, 1.0), xp.where(apart, y, 1.0)), 0.0)


@dataclass(frozen=True, eq=False)
class GaussianTransport:
    r"""How one Gaussian is carried onto another at the least mean squared distance.

    Attributes:
        squared_distance: :math:`W_2^2`, of the batch shape. It carries gradients in means and covariances.
        excess: T − I, of the symmetric positive definite matrix T of the map, (..., d, d).
        mean_q: the mean of the law that is moved.
        mean_p: the mean of the law that it becomes.
    """

    squared_distance: Array
    excess: Array
    mean_q: Array
    mean_p: Array

    def __call__(self, x: Array) -> Array:
        """The optimal map x ↦ mean_p + T(x − mean_q), on points (..., d)."""
        centred = x - self.mean_q
        return self.mean_p + centred + (self.excess @ centred[..., None])[..., 0]


def transport_gaussian(
    mean_q: Array, cov_q: Array, mean_p: Array, cov_p: Array, *, validate: bool = True
) -> GaussianTransport:
    r"""The optimal transport of N(mean_q, cov_q) onto N(mean_p, cov_p) for the squared distance.

    .. math::

        W_2^2 = \|\mu_q - \mu_p\|^2 + \operatorname{tr}\Big(A + B - 2\,(A^{1/2} B A^{1/2})^{1/2}\Big)
        = \|\mu_q - \mu_p\|^2 + \sum_{ij} \frac{(U^\top A^{1/2}\, H\, V)_{ij}^2}{(m_i + a_j)^2}, \qquad H = B - A

    with A = V diag(a) Vᵀ and Y = (A^{1/2} B A^{1/2})^{1/2} = U diag(m) Uᵀ. The second form is a sum of squares of
    entries of the difference of the covariances: nothing cancels where they are equal or nearly so, which is where the
    trace loses every digit. It follows from Y² − A² = Y(Y − A) + (Y − A)A, a Sylvester equation for Y − A whose right
    side is A^{1/2} H A^{1/2}.

    The error is a few eps times d and the condition number of cov_q, relative to the result; equal laws give exactly 0.
    Gradients are the exact ones, A ↦ I − T and B ↦ I − T⁻¹, also where eigenvalues are repeated; there are no second
    derivatives.

    Args:
        mean_q: means of the first law, (..., d).
        cov_q: its covariance matrices, (..., d, d); symmetric and positive definite.
        mean_p: means of the second law, (..., d).
        cov_p: its covariance matrices, (..., d, d).
        validate: as in `divergences.kl_gaussian`.

    Returns:
        The squared distance and the map that attains it.

    Raises:
        TypeError, ValueError: as in `divergences.kl_gaussian_full`; or the arguments are symbols.

    Reference: Bhatia, Jain and Lim (2019), On the Bures–Wasserstein distance between positive definite matrices.

    >>> import numpy as np
    >>> identity = np.eye(2)
    >>> plan = transport_gaussian([0.0, 0.0], identity, [1.0, 0.0], 4 * identity)
    >>> float(plan.squared_distance)
    3.0
    >>> plan(np.array([1.0, 1.0]))
    array([3., 2.])
    >>> near = transport_gaussian([0.0], [[1.0]], [0.0], [[1.0 + 2.0**-40]])
    >>> float(near.squared_distance)
    2.0679515313...e-25
    """
    arguments = {"mean_q": mean_q, "cov_q": cov_q, "mean_p": mean_p, "cov_p": cov_p}
    inputs = gather(
        {name: (value, REAL) for name, value in arguments.items()},
        validate=validate,
        shapes_agree=event_shapes_agree,
    )
    xp = inputs.xp
    if special.symbolic(xp):
        raise TypeError("cov_q must hold numbers: eigenvalues of symbolic matrices have no closed form")
    mean_q, cov_q, mean_p, cov_p = inputs
    with inputs.quiet():
        cov_q = covariance(xp, "cov_q", cov_q, validate=validate)
        cov_p = covariance(xp, "cov_p", cov_p, validate=validate)
        means = xp.sum((mean_q - mean_p) ** 2, axis=-1)
        squared, excess = _bures_with_gradient(cov_q, cov_p, xp, validate)
        return GaussianTransport(
            inputs.result(means + squared), inputs.result(excess), inputs.result(mean_q), inputs.result(mean_p)
        )


def _bures_with_gradient(cov_q: Array, cov_p: Array, xp: Any, validate: bool) -> tuple[Array, Array]:
    if is_torch(cov_q) and (cov_q.requires_grad or cov_p.requires_grad):
        squared, excess = _bures_of_torch().apply(cov_q, cov_p, xp, validate)
        return squared, excess
    return _bures(cov_q, cov_p, xp, validate)


def _bures(cov_q: Array, cov_p: Array, xp: Any, validate: bool) -> tuple[Array, Array]:
    """The squared distance between centred Gaussians, and X = T − I."""
    factor_q = cholesky(xp, "cov_q", cov_q, validate=validate)
    factor_p = cholesky(xp, "cov_p", cov_p, validate=validate)
    missing = xp.any(xp.isnan(factor_q) | xp.isnan(factor_p), axis=(-2, -1), keepdims=True)
    identity = xp.eye(cov_q.shape[-1], dtype=cov_q.dtype, **placed(cov_q))
    usable = xp.where(missing, identity, cov_q + 0 * cov_p)
    change = xp.where(missing, 0.0, cov_p - cov_q)

    eigenvalues, v = xp.linalg.eigh(usable)
    # A positive definite matrix may have an eigenvalue that rounds to less than 0; the scale of its error is eps·a_max.
    floor = float(xp.finfo(usable.dtype).eps) * xp.max(eigenvalues, axis=-1, keepdims=True)
    eigenvalues = xp.where(eigenvalues > floor, eigenvalues, floor)
    root = xp.sqrt(eigenvalues)
    turned = xp.matrix_transpose(v)
    # With A^{1/2} taken as Λ^{1/2}Vᵀ, whose singular values with the factor of B are those of Y, U turns accordingly.
    u, singular, _ = xp.linalg.svd(root[..., :, None] * (turned @ xp.where(missing, identity, factor_p)))
    turned_change = root[..., :, None] * (turned @ change @ v)
    quotient = (xp.matrix_transpose(u) @ turned_change) / (singular[..., :, None] + eigenvalues[..., None, :])
    squared = xp.sum(quotient * quotient, axis=(-2, -1))
    excess = ((v / root[..., None, :]) @ u) @ quotient @ turned
    excess = (excess + xp.matrix_transpose(excess)) / 2
    return xp.where(missing[..., 0, 0], xp.nan, squared), xp.where(missing, xp.nan, excess)


@cache
def _bures_of_torch() -> Any:
    """`_bures` with its exact derivative: that of the dual tr(A(I − T)) + tr(B(I − T⁻¹)) at fixed T, its optimum."""
    torch = sys.modules["torch"]

    class Bures(torch.autograd.Function):  # type: ignore[name-defined]
        @staticmethod
        def forward(ctx: Any, cov_q: Array, cov_p: Array, xp: Any, validate: bool) -> tuple[Array, Array]:
            squared, excess = _bures(cov_q, cov_p, xp, validate)
            ctx.save_for_backward(excess)
            ctx.shapes = cov_q.shape, cov_p.shape
            ctx.mark_non_differentiable(excess)
            return squared, excess

        @staticmethod
        @torch.autograd.function.once_differentiable  # type: ignore[untyped-decorator]
        def backward(ctx: Any, grad: Array, _: Array) -> tuple[Array, Array, None, None]:
            (excess,) = ctx.saved_tensors
            plan = excess + torch.eye(excess.shape[-1], dtype=excess.dtype, device=excess.device)
            back = torch.linalg.solve(plan, excess)
            weight = grad[..., None, None]
            return (-weight * excess).sum_to_size(ctx.shapes[0]), (weight * back).sum_to_size(ctx.shapes[1]), None, None

    return Bures
