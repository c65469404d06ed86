r"""Laws of a log-weight whose moments, or whose Laplace transform, are known: what every exact bound is made from.

A weight w = p(x, z)/q(z | x) with z drawn from q enters a multi-sample bound only through the law of log w. Two kinds
of law cover the references: a quadratic form in normal variables, whose moments E w^θ are closed forms, and finitely
many values, whose Laplace transform is a sum. A one-dimensional integral over z is the second kind, by quadrature.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from estimators.exact.mellin import Grid, Moments, laplace_excess
from estimators.models.linear_gaussian import Gaussian, LinearGaussian


@dataclass(frozen=True, eq=False)
class QuadraticLogWeight(Moments):
    r"""The law of :math:`\log w = A + \sum_j (B_j u_j + C_j u_j^2)` with u standard normal.

    .. math:: \log E w^\theta = \theta A + \sum_j \left[\frac{\theta^2 B_j^2}{2(1 - 2\theta C_j)}
              - \tfrac12 \log(1 - 2\theta C_j)\right], \qquad 1 - 2\theta C_j > 0

    Args:
        constant: A, a 0-d float64 tensor, in nats.
        linear: B, shape (d,).
        quadratic: C, shape (d,).

    Raises:
        ValueError: the tensors are not float64 of these shapes, or not finite.
    """

    constant: Tensor
    linear: Tensor
    quadratic: Tensor

    def __post_init__(self) -> None:
        for name, value in (("constant", self.constant), ("linear", self.linear), ("quadratic", self.quadratic)):
            if value.dtype != torch.float64:
                raise ValueError(f"{name} must be float64, got {value.dtype}")
            if not bool(torch.isfinite(value).all()):
                raise ValueError(f"{name} must be finite, got {value}")
        if self.constant.ndim or self.linear.ndim != 1 or self.linear.shape != self.quadratic.shape:
            shapes = [tuple(value.shape) for value in (self.constant, self.linear, self.quadratic)]
            raise ValueError(f"constant, linear and quadratic must have shapes (), (d,) and (d,), got {shapes}")

    @property
    def strip(self) -> tuple[float, float]:
        curvature = self.quadratic.detach()
        low = max((1 / (2 * float(c)) for c in curvature if c < 0), default=-math.inf)
        high = min((1 / (2 * float(c)) for c in curvature if c > 0), default=math.inf)
        return low, high

    @property
    def mean(self) -> Tensor:
        return self.constant + self.quadratic.sum()

    @property
    def variance(self) -> Tensor:
        """Var log w = Σ (B² + 2C²): u and u² are uncorrelated, of variances 1 and 2."""
        return (self.linear**2 + 2 * self.quadratic**2).sum()

    def log_moment(self, theta: Tensor) -> Tensor:
        # Re(1 − 2θC) > 0 on the strip, so the principal logarithm of each factor is the continuous one.
        theta = theta[..., None]
        curvature = 1 - 2 * theta * self.quadratic
        terms = (theta * self.linear) ** 2 / (2 * curvature) - curvature.log() / 2
        return theta[..., 0] * self.constant + terms.sum(-1)

    def power(self, exponent: float) -> QuadraticLogWeight:
        """The law of w to this power."""
        return QuadraticLogWeight(exponent * self.constant, exponent * self.linear, exponent * self.quadratic)

    def scaled(self, log_factor: Tensor) -> QuadraticLogWeight:
        """The law of w e^log_factor."""
        return QuadraticLogWeight(self.constant + log_factor, self.linear, self.quadratic)

    def excess(self, grid: Grid, *, refine: int) -> Tensor:
        return laplace_excess(self, grid, refine=refine)

    @classmethod
    def of(cls, model: LinearGaussian, x: Tensor, proposal: Gaussian) -> QuadraticLogWeight:
        r"""The law of log p(x, z) − log q(z), z ~ q = N(m, LLᵀ), under a linear-Gaussian model.

        With posterior N(m*, P⁻¹), LᵀPL = U diag(Λ) Uᵀ and δ = m − m*:

        .. math:: A = \log p(x) + \tfrac12 \textstyle\sum \log \Lambda_j - \tfrac12 \delta^\top P \delta, \qquad
                  B = -U^\top L^\top P \delta, \qquad C = (1 - \Lambda)/2

        Args:
            model: the model, of float64 tensors.
            x: one observation, shape (D,).
            proposal: q.

        Reference: the quadratic form of two Gaussian log-densities; Bishop (2006), section 2.3.
        """
        posterior = model.posterior(x)
        # P = (R Rᵀ)⁻¹ with R the posterior's factor: whiten by R, never forming P.
        whitened = torch.linalg.solve_triangular(posterior.scale_tril, proposal.scale_tril, upper=False)
        shift = torch.linalg.solve_triangular(
            posterior.scale_tril, (proposal.mean - posterior.mean)[:, None], upper=False
        )[:, 0]
        # whitenedᵀ whitened = LᵀPL, so its singular values are √Λ, and shiftᵀ shift = δᵀPδ.
        left, singular, _ = torch.linalg.svd(whitened)
        return cls(
            constant=model.log_evidence(x) + singular.log().sum() - shift.square().sum() / 2,
            linear=-singular * (left.mT @ shift),
            quadratic=(1 - singular) * (1 + singular) / 2,
        )


@dataclass(frozen=True, eq=False)
class FiniteLogWeight:
    r"""The law of a log-weight with finitely many values; M(t) = Σ_i p_i exp(−t w_i).

    Args:
        log_weights: the values of log w in nats, float64, shape (n,); −inf for a weight of zero.
        log_probabilities: the logarithms of their probabilities, shape (n,).

    Raises:
        ValueError: the tensors are not float64 of one shape (n,), or the probabilities do not sum to one.
    """

    log_weights: Tensor
    log_probabilities: Tensor

    def __post_init__(self) -> None:
        for name, value in (("log_weights", self.log_weights), ("log_probabilities", self.log_probabilities)):
            if value.dtype != torch.float64 or value.ndim != 1 or value.shape != self.log_weights.shape:
                raise ValueError(f"{name} must be float64 of shape (n,), got {value.dtype} {tuple(value.shape)}")
            if bool((value.isnan() | (value == math.inf)).any()):
                raise ValueError(f"{name} must hold numbers below infinity, got {value}")
        total = float(self.log_probabilities.detach().logsumexp(0))
        if abs(total) > 1e-9:
            raise ValueError(f"log_probabilities must be those of a law, got a total of exp({total:.3g})")

    @property
    def mean(self) -> Tensor:
        possible = self.log_probabilities > -math.inf
        return (self.log_probabilities[possible].exp() * self.log_weights[possible]).sum()

    @property
    def variance(self) -> Tensor:
        possible = self.log_probabilities > -math.inf
        deviation = self.log_weights[possible] - self.mean
        return (self.log_probabilities[possible].exp() * deviation.square()).sum()

    @property
    def strip(self) -> tuple[float, float]:
        possible = self.log_weights.detach()[self.log_probabilities.detach() > -math.inf]
        return (0.0 if bool((possible == -math.inf).any()) else -math.inf), math.inf

    def log_moment(self, theta: Tensor) -> Tensor:
        return (self.log_probabilities + theta[..., None] * self.log_weights).logsumexp(-1)

    def power(self, exponent: float) -> FiniteLogWeight:
        """The law of w to this power."""
        return FiniteLogWeight(exponent * self.log_weights, self.log_probabilities)

    def scaled(self, log_factor: Tensor) -> FiniteLogWeight:
        """The law of w e^log_factor."""
        return FiniteLogWeight(self.log_weights + log_factor, self.log_probabilities)

    def excess(self, grid: Grid, *, refine: int) -> Tensor:
        """M(t) − 1; a sum needs no refinement."""
        exponents = (grid.points(self.log_weights.device)[:, None] + self.log_weights).exp()
        return torch.expm1(-exponents) @ self.log_probabilities.exp()
