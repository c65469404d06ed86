r"""The Laplace transform of a weight from its moments, by an inverse Mellin transform along a well-placed line.

.. math:: M(t) - [c < 0] = \frac{1}{2\pi} \int \Gamma(c + i\tau)\, t^{-(c+i\tau)}\, E[w^{-(c+i\tau)}]\, d\tau

for c > 0, and past the pole of Γ at zero for −1 < c < 0, wherever E w^{−c} is finite (Mellin–Barnes). The integrand is
analytic in a strip around the line, so that the trapezoid rule converges exponentially.
"""

from __future__ import annotations

import abc
import math
from dataclasses import dataclass

import torch
from scipy.special import loggamma
from torch import Tensor

#: |Γ(c + iτ)| falls like exp(−π|τ|/2): nothing of float64 is left beyond this τ.
_HALF_WIDTH = 30.0
#: The distance of the nearest singularity in steps. A pole at n steps leaves an error of exp(−2πn) of its residue:
#: below eps for M, whose absolute error counts, and below eps/K for M − 1, which a mean of K weights takes K times.
_STEPS_TO_SINGULARITY = {"M": 6, "M - 1": 9}


@dataclass(frozen=True)
class Grid:
    """Equally spaced values of log t.

    Args:
        start: the first.
        step: their distance.
        count: how many.
    """

    start: float
    step: float
    count: int

    def points(self, device: torch.device) -> Tensor:
        return self.start + self.step * torch.arange(self.count, dtype=torch.float64, device=device)


class Moments(abc.ABC):
    """A law of positive weights whose moments are known on a strip of the complex plane."""

    @property
    @abc.abstractmethod
    def strip(self) -> tuple[float, float]:
        """The open interval of real θ, around 0, for which E w^θ is finite."""

    @abc.abstractmethod
    def log_moment(self, theta: Tensor) -> Tensor:
        """log E w^θ for real or complex θ in the strip; elementwise."""


def laplace_excess(law: Moments, grid: Grid, *, refine: int) -> Tensor:
    """M(t) − 1 = E exp(−t w) − 1 at t = exp(grid); in (−1, 0).

    Args:
        law: the law of the weights.
        grid: the values of log t.
        refine: divides the step of the quadrature.
    """
    low, high = law.strip
    # The line right of the pole serves t ≥ 1, the one left of it t < 1, so that |t^{−c}| ≤ 1 on both: nothing is
    # amplified, and M − 1 keeps its relative accuracy where it is small.
    below = min(max(math.ceil(-grid.start / grid.step), 0), grid.count)
    pieces = []
    if below:
        left = Grid(grid.start, grid.step, below)
        pieces.append(_along(law, -_abscissa(law, min(1.0, high), sign=1), left, refine))
    if below < grid.count:
        right = Grid(grid.start + below * grid.step, grid.step, grid.count - below)
        pieces.append(_along(law, _abscissa(law, -low, sign=-1), right, refine) - 1)
    return torch.cat(pieces)


def _abscissa(law: Moments, limit: float, *, sign: int) -> float:
    """The distance c in (0, limit/2] from the pole at which Γ(c) E w^{±c} is least: where the sum cancels least."""
    candidates = [min(0.5, limit / 2) * 2.0**-j for j in range(12)]
    with torch.no_grad():
        moments = law.log_moment(torch.tensor([sign * c for c in candidates], dtype=torch.float64))
    return min(zip(moments.tolist(), candidates, strict=True), key=lambda pair: pair[0] - math.log(pair[1]))[1]


def _along(law: Moments, abscissa: float, grid: Grid, refine: int) -> Tensor:
    """The integral along Re = abscissa at every point of the grid."""
    step = abs(abscissa) / _STEPS_TO_SINGULARITY["M" if abscissa > 0 else "M - 1"] / refine
    count = math.ceil(_HALF_WIDTH / step)
    # The integrand at −τ is the conjugate of that at τ: half of the line and the real part are enough.
    tau = step * torch.arange(count + 1, dtype=torch.float64)
    point = torch.complex(torch.full_like(tau, abscissa), tau)
    log_gamma = torch.from_numpy(loggamma(point.numpy()))
    weight = torch.full_like(tau, step / math.pi)
    weight[0] /= 2
    start = grid.start
    amplitude = weight * torch.exp(log_gamma + law.log_moment(-point) - start * point)
    # t^{−iτ} on a product of two coarse grids: exp is taken of 2√n phases a point instead of n.
    width = math.isqrt(grid.count) + 1
    rows = math.ceil(grid.count / width)
    fine = torch.exp(-1j * grid.step * tau[:, None] * torch.arange(width))
    coarse = torch.exp(-1j * grid.step * width * tau[:, None] * torch.arange(rows))
    sums = ((amplitude[:, None] * coarse).mT @ fine).real.reshape(-1)[: grid.count]
    decay = torch.exp(-abscissa * grid.step * torch.arange(grid.count, dtype=torch.float64))
    return sums * decay
