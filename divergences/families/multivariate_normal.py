"""Normal laws of vectors, by a full covariance or by one of low rank plus a diagonal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import POSITIVE, REAL, Domain
from divergences.families.law import Law
from divergences.families.noise import Noise
from divergences.families.odds import exactly_one
from divergences.gaussian import half_square
from divergences.libraries import Array, shape_of
from divergences.linear_algebra import cholesky, covariance, solve_lower


class GaussianVector(Law):
    """What is common to them: everything follows from the mean and the lower Cholesky factor of the covariance."""

    event_rank = 1
    loc: Any

    @property
    def event_shape(self) -> tuple[int, ...]:
        return shape_of("loc", self.loc)[-1:]

    def covariance(self, xp: Any) -> Array:
        """The covariance matrix Σ."""
        raise NotImplementedError

    def factor(self, xp: Any) -> Array:
        """The lower triangular L with Σ = L Lᵀ."""
        return cholesky(xp, "covariance", self.covariance(xp), validate=False)

    def _log_density_everywhere(self, x: Array, xp: Any) -> Array:
        factor = self.factor(xp)
        whitened = solve_lower(xp, factor, (x - self.loc)[..., None])[..., 0]
        return -xp.sum(half_square(whitened) + special.half_log_2pi(xp=xp), axis=-1) - _log_scale(factor, xp)

    def _entropy(self, xp: Any) -> Array:
        return xp.sum(special.log_sqrt_2pie(xp.linalg.diagonal(self.factor(xp)), xp=xp), axis=-1)

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        draws = noise.normal((*shape, *self.event_shape))
        return self.loc + (self.factor(xp) @ draws[..., None])[..., 0]


def _log_scale(factor: Array, xp: Any) -> Array:
    return xp.sum(xp.log(xp.linalg.diagonal(factor)), axis=-1)


def lower_factor(law: Any, xp: Any) -> Array:
    """L of a law with one of covariance_matrix, precision_matrix and scale_tril over arrays."""
    if law.scale_tril is not None:
        return law.scale_tril
    if law.covariance_matrix is not None:
        return cholesky(xp, "covariance_matrix", law.covariance_matrix, validate=False)
    # P = U Uᵀ with an upper U is the Cholesky factorisation of P with rows and columns in reverse; L = U⁻ᵀ.
    reversed_factor = cholesky(xp, "precision_matrix", xp.flip(law.precision_matrix, axis=(-2, -1)), validate=False)
    lower = xp.matrix_transpose(xp.flip(reversed_factor, axis=(-2, -1)))
    identity = xp.eye(lower.shape[-1], dtype=lower.dtype) + 0 * lower
    return solve_lower(xp, lower, identity)


def admit_matrices(law: Any, xp: Any, *, validate: bool) -> Any:
    """The law with the symmetric part of its matrix, checked to be positive definite."""
    given = law.parameters()
    for name in ("covariance_matrix", "precision_matrix"):
        if name in given:
            given[name] = covariance(xp, name, given[name], validate=validate)
            cholesky(xp, name, given[name], validate=validate)
    if "scale_tril" in given:
        diagonal = xp.linalg.diagonal(given["scale_tril"])
        given["scale_tril"] = xp.tril(given["scale_tril"])
        if not special.symbolic(xp):
            POSITIVE.admit(xp, "the diagonal of scale_tril", diagonal, validate=validate)
    return law.over(given)


_MATRICES = {"covariance_matrix": REAL, "precision_matrix": REAL, "scale_tril": REAL}


@dataclass(frozen=True, eq=False)
class MultivariateNormal(GaussianVector):
    r"""The normal law of vectors.

    .. math:: \log p(x) = -\tfrac12 (x-\mu)^\top\Sigma^{-1}(x-\mu) - \tfrac12\log\det 2\pi\Sigma

    Args:
        loc: means μ, (..., d).
        covariance_matrix: Σ, (..., d, d), symmetric and positive definite.
        precision_matrix: Σ⁻¹, instead.
        scale_tril: the lower triangular L with Σ = L Lᵀ and a positive diagonal, instead.

    Raises:
        ValueError: not exactly one of the matrices is given; (from the methods) one is not positive definite.

    Reference: Kotz, Balakrishnan and Johnson (2000), Continuous Multivariate Distributions, equation 45.1.

    >>> float(MultivariateNormal([0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]]).log_density([0.0, 0.0]))
    -1.8378770664093...
    """

    loc: Array
    covariance_matrix: Array | None = None
    precision_matrix: Array | None = None
    scale_tril: Array | None = None
    domains: ClassVar[dict[str, Domain]] = {"loc": REAL, **_MATRICES}
    event_ranks: ClassVar[Mapping[str, int]] = {"loc": 1, **dict.fromkeys(_MATRICES, 2)}

    def __post_init__(self) -> None:
        exactly_one("MultivariateNormal", **{name: getattr(self, name) for name in _MATRICES})

    def admit(self, xp: Any, *, validate: bool) -> MultivariateNormal:
        made: MultivariateNormal = admit_matrices(self, xp, validate=validate)
        return made

    def factor(self, xp: Any) -> Array:
        return lower_factor(self, xp)

    def covariance(self, xp: Any) -> Array:
        if self.covariance_matrix is not None:
            return self.covariance_matrix
        factor = self.factor(xp)
        return factor @ xp.matrix_transpose(factor)


@dataclass(frozen=True, eq=False)
class LowRankMultivariateNormal(GaussianVector):
    r"""The normal law with covariance W Wᵀ + diag(D); formulas work on the d × d matrix itself.

    .. math:: \Sigma = W W^\top + \operatorname{diag}(D)

    Args:
        loc: means μ, (..., d).
        cov_factor: W, (..., d, r).
        cov_diag: D, positive, (..., d).

    >>> float(LowRankMultivariateNormal([0.0], [[1.0]], [1.0]).entropy())
    1.76551212348...
    """

    loc: Array
    cov_factor: Array
    cov_diag: Array
    domains: ClassVar[dict[str, Domain]] = {"loc": REAL, "cov_factor": REAL, "cov_diag": POSITIVE}
    event_ranks: ClassVar[Mapping[str, int]] = {"loc": 1, "cov_factor": 2, "cov_diag": 1}

    def covariance(self, xp: Any) -> Array:
        d = self.cov_diag
        diagonal = d[..., None] * xp.eye(d.shape[-1], dtype=d.dtype)
        return self.cov_factor @ xp.matrix_transpose(self.cov_factor) + diagonal
