"""The Wishart law."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import POSITIVE, REAL, Domain
from divergences.families.law import Law
from divergences.families.multivariate_normal import admit_matrices, lower_factor
from divergences.families.noise import Noise
from divergences.families.odds import exactly_one
from divergences.libraries import Array, shape_of
from divergences.linear_algebra import cholesky, solve_lower
from divergences.reading import to_numpy, truth

_MATRICES = {"covariance_matrix": REAL, "precision_matrix": REAL, "scale_tril": REAL}


@dataclass(frozen=True, eq=False)
class Wishart(Law):
    r"""The law of the scatter matrix of ν normal vectors with covariance V.

    .. math:: \log p(X) = \tfrac{\nu-d-1}2\log\det X - \tfrac12\operatorname{tr} V^{-1}X
        - \tfrac{\nu d}2\log 2 - \tfrac\nu2\log\det V - \log\Gamma_d(\tfrac\nu2)

    Args:
        df: degrees of freedom ν > d − 1.
        covariance_matrix: V, (..., d, d), symmetric and positive definite.
        precision_matrix: V⁻¹, instead.
        scale_tril: the lower triangular L with V = L Lᵀ, instead.

    Raises:
        ValueError: not exactly one of the matrices is given; (from the methods) df is not above d − 1.

    Reference: Gupta and Nagar (2000), Matrix Variate Distributions, equation 3.2.1.

    >>> float(Wishart(2.0, [[1.0]]).log_density([[2.0]]))
    -1.69314718055...
    """

    df: Array
    covariance_matrix: Array | None = None
    precision_matrix: Array | None = None
    scale_tril: Array | None = None
    domains: ClassVar[dict[str, Domain]] = {"df": POSITIVE, **_MATRICES}
    event_ranks: ClassVar[Mapping[str, int]] = dict.fromkeys(_MATRICES, 2)
    event_rank = 2

    def __post_init__(self) -> None:
        exactly_one("Wishart", **{name: getattr(self, name) for name in _MATRICES})

    @property
    def event_shape(self) -> tuple[int, ...]:
        (name,) = (name for name in _MATRICES if getattr(self, name) is not None)
        return shape_of(name, getattr(self, name))[-2:]

    def admit(self, xp: Any, *, validate: bool) -> Wishart:
        made: Wishart = admit_matrices(self, xp, validate=validate)
        d = self.event_shape[-1]
        wrong = self.df <= d - 1
        if validate and truth(xp.any(wrong)):
            raise ValueError(f"df must be above d − 1 = {d - 1}, got {float(to_numpy(xp.min(self.df)))!r}")
        return made.over({**made.parameters(), "df": xp.where(wrong, math.nan, self.df)})

    def factor(self, xp: Any) -> Array:
        """L with V = L Lᵀ."""
        return lower_factor(self, xp)

    def covariance(self, xp: Any) -> Array:
        """V."""
        if self.covariance_matrix is not None:
            return self.covariance_matrix
        factor = self.factor(xp)
        return factor @ xp.matrix_transpose(factor)

    def halves(self, xp: Any) -> Array:
        """(ν − i)/2 for i = 0, ..., d − 1, on a last axis: the shapes of the multivariate gamma function."""
        d = self.event_shape[-1]
        return xp.stack([(self.df - i) / 2 for i in range(d)], axis=-1)

    def _log_gamma(self, xp: Any) -> Array:
        d = self.event_shape[-1]
        return d * (d - 1) / 4 * math.log(math.pi) + xp.sum(special.lgamma(self.halves(xp), xp=xp), axis=-1)

    def _log_det(self, factor: Array, xp: Any) -> Array:
        return 2 * xp.sum(xp.log(xp.linalg.diagonal(factor)), axis=-1)

    def _log_density_everywhere(self, x: Array, xp: Any) -> Array:
        d, factor = self.event_shape[-1], self.factor(xp)
        root = cholesky(xp, "x", (x + xp.matrix_transpose(x)) / 2, validate=False)
        outside = xp.any(xp.isnan(root), axis=(-2, -1)) & ~xp.any(xp.isnan(x), axis=(-2, -1))
        root = xp.where(outside[..., None, None], xp.eye(d, dtype=x.dtype), root)
        whitened = solve_lower(xp, factor + 0 * root, root + 0 * factor)
        value = (
            (self.df - d - 1) / 2 * self._log_det(root, xp)
            - xp.sum(whitened * whitened, axis=(-2, -1)) / 2
            - self.df * d / 2 * math.log(2)
            - self.df / 2 * self._log_det(factor, xp)
            - self._log_gamma(xp)
        )
        return xp.where(outside, -math.inf, value)

    def _entropy(self, xp: Any) -> Array:
        d = self.event_shape[-1]
        slope = xp.sum(special.digamma(self.halves(xp), xp=xp), axis=-1)
        return (
            (d + 1) / 2 * self._log_det(self.factor(xp), xp)
            + d * (d + 1) / 2 * math.log(2)
            + self._log_gamma(xp)
            - (self.df - d - 1) / 2 * slope
            + self.df * d / 2
        )

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        # Bartlett (1933): L A Aᵀ Lᵀ with a lower triangular A of normals and roots of chi-squared variables.
        d = self.event_shape[-1]
        diagonal = xp.sqrt(2 * noise.gamma(self.halves(xp), (*shape, d)))
        below = xp.tril(noise.normal((*shape, d, d)), k=-1)
        root = self.factor(xp) @ (below + diagonal[..., None] * xp.eye(d, dtype=diagonal.dtype))
        return root @ xp.matrix_transpose(root)
