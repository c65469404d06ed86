r"""Transition kernels on :math:`\mathbb R^d`, vectorised over chains: random walk, Langevin, Hamiltonian.

Each takes a log density up to a constant, a state of shape (n, d) for n independent chains, and a generator, and
returns the next state. Those that are adjusted leave the density invariant, whatever their step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

#: Takes states of shape (n, d) and returns log densities up to a constant, shape (n,).
LogDensity = Callable[[Tensor], Tensor]


class Kernel(Protocol):
    """One step of n chains towards a density."""

    def __call__(self, log_density: LogDensity, state: Tensor, generator: torch.Generator) -> Tensor: ...


@dataclass(frozen=True)
class RandomWalk:
    """Metropolis with normal steps.

    Args:
        scale: the standard deviation of a step in each coordinate, positive.

    Reference: N. Metropolis et al., Journal of Chemical Physics 21 (1953).
    """

    scale: float

    def __post_init__(self) -> None:
        _positive("scale", self.scale)

    def __call__(self, log_density: LogDensity, state: Tensor, generator: torch.Generator) -> Tensor:
        proposed = state + self.scale * _normal(state, generator)
        with torch.no_grad():
            return _accept(state, proposed, log_density(proposed) - log_density(state), generator)


@dataclass(frozen=True)
class Langevin:
    r"""A step along the gradient with noise.

    .. math:: x' = x + \tfrac{\epsilon}{2} \nabla \log \pi(x) + \sqrt\epsilon\,\xi, \qquad \xi \sim N(0, I)

    Args:
        step: ε, positive.
        adjusted: whether a Metropolis–Hastings test makes π invariant (MALA). Without it the stationary law is another
            one: for a Gaussian of precision λ its variance is 1/(λ(1 − ελ/4)), and there is none where ελ ≥ 4.

    Reference: G. O. Roberts and R. L. Tweedie, Bernoulli 2 (1996), section 1.4.
    """

    step: float
    adjusted: bool = True

    def __post_init__(self) -> None:
        _positive("step", self.step)

    def __call__(self, log_density: LogDensity, state: Tensor, generator: torch.Generator) -> Tensor:
        value, gradient = value_and_gradient(log_density, state)
        mean = state + self.step / 2 * gradient
        proposed = mean + math.sqrt(self.step) * _normal(state, generator)
        if not self.adjusted:
            return proposed
        value_there, gradient_there = value_and_gradient(log_density, proposed)
        back = proposed + self.step / 2 * gradient_there
        forward = (proposed - mean).square().sum(-1) / (2 * self.step)
        backward = (state - back).square().sum(-1) / (2 * self.step)
        return _accept(state, proposed, value_there - value + forward - backward, generator)


@dataclass(frozen=True)
class Hamiltonian:
    """Hamiltonian Monte Carlo: leapfrog steps with fresh normal momenta, then a Metropolis test.

    Args:
        step: the step of the leapfrog integrator, positive.
        num_steps: how many of them, at least 1.

    Reference: R. M. Neal, Handbook of Markov Chain Monte Carlo (2011), chapter 5, section 5.3.2.
    """

    step: float
    num_steps: int

    def __post_init__(self) -> None:
        _positive("step", self.step)
        if self.num_steps < 1:
            raise ValueError(f"num_steps must be at least 1, got {self.num_steps!r}")

    def __call__(self, log_density: LogDensity, state: Tensor, generator: torch.Generator) -> Tensor:
        momentum = _normal(state, generator)
        value, gradient = value_and_gradient(log_density, state)
        energy = value - momentum.square().sum(-1) / 2
        position = state
        for _ in range(self.num_steps):
            momentum = momentum + self.step / 2 * gradient
            position = position + self.step * momentum
            value, gradient = value_and_gradient(log_density, position)
            momentum = momentum + self.step / 2 * gradient
        return _accept(state, position, value - momentum.square().sum(-1) / 2 - energy, generator)


def value_and_gradient(log_density: LogDensity, state: Tensor) -> tuple[Tensor, Tensor]:
    """The log densities at the states and their gradients, cut off from the graph."""
    with torch.enable_grad():
        point = state.detach().requires_grad_()
        value = log_density(point)
        (gradient,) = torch.autograd.grad(value.sum(), point)
    return value.detach(), gradient


def langevin_stationary_variance(precision: float, step: float) -> float:
    r"""The variance that unadjusted Langevin steps settle at for a Gaussian target on the line.

    .. math:: \frac{1}{\lambda (1 - \epsilon\lambda/4)}, \qquad \text{the fixed point of }
              v = (1 - \epsilon\lambda/2)^2 v + \epsilon

    The target's own variance is 1/λ, so the relative bias is ελ/(4 − ελ).

    Args:
        precision: λ, the reciprocal of the target's variance; positive.
        step: ε, positive.

    Returns:
        The variance; +inf where ελ ≥ 4 and the chain runs away.

    Reference: G. O. Roberts and R. L. Tweedie, Bernoulli 2 (1996), section 3.

    >>> langevin_stationary_variance(1.0, 2.0)
    2.0
    """
    _positive("precision", precision)
    _positive("step", step)
    if step * precision >= 4:
        return math.inf
    return 1 / (precision * (1 - step * precision / 4))


def _accept(state: Tensor, proposed: Tensor, log_ratio: Tensor, generator: torch.Generator) -> Tensor:
    uniform = torch.rand(log_ratio.shape, generator=generator, dtype=state.dtype, device=state.device)
    # A ratio of NaN (a proposal where the density is not defined) is not below: the chain stays.
    return torch.where((uniform.log() < log_ratio)[:, None], proposed, state)


def _normal(state: Tensor, generator: torch.Generator) -> Tensor:
    if state.ndim != 2:
        raise ValueError(f"state must have shape (chains, dimension), got {tuple(state.shape)}")
    return torch.randn(state.shape, generator=generator, dtype=state.dtype, device=state.device)


def _positive(name: str, value: float) -> None:
    if not 0 < value < math.inf:
        raise ValueError(f"{name} must be positive and finite, got {value!r}")
