r"""Exact multi-sample bounds and moments of their estimators, for any number of samples.

Everything rests on one integral. For S > 0 and g(s) = exp(−e^s), with G(s) = E exp(−e^s S) its Laplace transform,

.. math:: \log S = \int_{\mathbb R} \bigl(g(s) - e^{-e^s S}\bigr)\,ds, \qquad
          E \log S = \int \bigl(g(s) - G(s)\bigr)\,ds, \qquad
          E \log^2 S = -2 \int s\,\bigl(g(s) - G(s)\bigr)\,ds - 2\gamma\,E\log S

(Frullani; the second by shifting s, as −g′ is the density of the logarithm of an exponential variable, of mean −γ).
For a mean of K independent weights G(s) = M(e^s/K)^K, so that K = 10⁶ costs what K = 1 does.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from estimators.counting import positive_integer
from estimators.exact.log_weights import FiniteLogWeight, QuadraticLogWeight
from estimators.exact.mellin import Grid
from estimators.exact.value import ExactValue

LogWeightLaw = QuadraticLogWeight | FiniteLogWeight

#: exp(−e^s) is analytic and bounded for |Im s| < π/2: the trapezoid rule with step h errs by exp(−π²/h).
_STEP = 0.25
_NEGLIGIBLE = 1e-18
_FARTHEST = 1e5


def iwae_bound_exact(law: LogWeightLaw, num_samples: int) -> ExactValue:
    r"""The importance-weighted bound :math:`\mathcal L_K = E \log \frac1K \sum_{i=1}^K w_i`, in nats.

    Args:
        law: the law of the log-weight.
        num_samples: K, at least 1.

    Returns:
        The bound with its error; −inf where a weight is zero with positive probability.

    Raises:
        ValueError: ``num_samples`` is below 1.

    Reference:
        Y. Burda, R. Grosse and R. Salakhutdinov, "Importance weighted autoencoders", ICLR (2016), for the bound.

    Example:
        >>> import torch
        >>> coin = FiniteLogWeight(torch.tensor([0.5, 2.0]).double().log(), torch.tensor([0.5, 0.5]).double().log())
        >>> round(float(iwae_bound_exact(coin, 2)), 12) == round(math.log(1.25) / 2, 12)    # half of the pairs
        True
    """
    num_samples = positive_integer("num_samples", num_samples)
    if num_samples == 1 or law.strip[0] == 0:
        return ExactValue(law.mean, 0.0)
    return _by_halving(lambda refine: _log_mean_moments(law, num_samples, refine)[:1])[0]


def iwae_variance_exact(law: LogWeightLaw, num_samples: int) -> ExactValue:
    r"""The variance of :math:`\log \frac1K \sum_{i=1}^K w_i`, in nats squared.

    Args:
        law: the law of the log-weight.
        num_samples: K, at least 1.

    Returns:
        The variance with its error; NaN where a weight is zero with positive probability.

    Raises:
        ValueError: ``num_samples`` is below 1.

    Example:
        >>> import torch
        >>> coin = FiniteLogWeight(torch.tensor([0.5, 2.0]).double().log(), torch.tensor([0.5, 0.5]).double().log())
        >>> round(float(iwae_variance_exact(coin, 1)) / math.log(2) ** 2, 12)
        1.0
    """
    num_samples = positive_integer("num_samples", num_samples)
    if num_samples == 1 or law.strip[0] == 0:
        return ExactValue(law.variance, 0.0)
    return _by_halving(lambda refine: _log_mean_moments(law, num_samples, refine)[1:])[0]


def renyi_bound_exact(law: LogWeightLaw, alpha: float, num_samples: int) -> ExactValue:
    r"""The K-sample Rényi bound :math:`E\,\frac{1}{1-\alpha} \log \frac1K \sum_i w_i^{1-\alpha}`, in nats.

    The evidence lower bound in the limit α → 1, the importance-weighted bound at α = 0.

    Args:
        law: the law of the log-weight.
        alpha: the order; any real number.
        num_samples: K, at least 1.

    Raises:
        ValueError: ``alpha`` is not finite, or ``num_samples`` is below 1.

    Reference:
        Y. Li and R. E. Turner, "Rényi divergence variational inference", NeurIPS (2016), equation 11.
    """
    num_samples = positive_integer("num_samples", num_samples)
    if not math.isfinite(alpha):
        raise ValueError(f"alpha must be finite, got {alpha!r}")
    if alpha == 1:
        return ExactValue(law.mean, 0.0)
    inner = iwae_bound_exact(law.power(1 - alpha), num_samples)
    return ExactValue(inner.value / (1 - alpha), inner.error / abs(1 - alpha))


def cubo_exact(law: LogWeightLaw, order: float = 2.0) -> ExactValue:
    r"""The χ upper bound :math:`\frac1n \log E w^n \ge \log p(x)` for n ≥ 1, in nats; +inf if infinite.

    Args:
        law: the law of the log-weight.
        order: n; for 0 < n < 1 the value is a lower bound.

    Raises:
        ValueError: ``order`` is not positive and finite.

    Reference:
        A. B. Dieng et al., "Variational inference via χ upper bound minimization", NeurIPS (2017), equation 5.
    """
    if not 0 < order < math.inf:
        raise ValueError(f"order must be positive and finite, got {order!r}")
    if order >= law.strip[1]:
        return ExactValue(torch.tensor(math.inf, dtype=torch.float64), 0.0)
    return ExactValue(law.log_moment(torch.tensor(float(order), dtype=torch.float64)) / order, 0.0)


def eubo_exact(law: LogWeightLaw) -> ExactValue:
    r"""The evidence upper bound :math:`E_{p(z \mid x)} \log w = \log p(x) + \mathrm{KL}(p(z\mid x) \,\|\, q)`, in nats.

    Args:
        law: the law of the log-weight under q.

    Reference:
        C. Ji and H. Shen, "Stochastic variational inference via upper bound" (2019), equation 3.
    """
    return thermodynamic_integrand_exact(law, 1.0)


def thermodynamic_integrand_exact(law: LogWeightLaw, beta: float) -> ExactValue:
    r"""The thermodynamic integrand :math:`E_{\pi_\beta} \log w`, :math:`\pi_\beta \propto q\,w^\beta`, in nats.

    It is the derivative of :math:`\log E w^\beta`, increases in β, and integrates to log p(x) over [0, 1]: the
    evidence lower bound is its value at 0, the upper bound its value at 1.

    Args:
        law: the law of the log-weight under q.
        beta: the inverse temperature, inside the strip on which E w^β is finite.

    Raises:
        ValueError: E w^β is infinite.

    Reference:
        V. Masrani, T. A. Le and F. Wood, "The thermodynamic variational objective", NeurIPS (2019), equation 6.
    """
    low, high = law.strip
    if beta != 0 and not low < beta < high:
        raise ValueError(f"beta must lie in ({low:g}, {high:g}), where E w^beta is finite, got {beta!r}")
    if beta == 0:
        return ExactValue(law.mean, 0.0)
    with torch.enable_grad():
        point = torch.tensor(float(beta), dtype=torch.float64, requires_grad=True)
        moment = law.log_moment(point)
        (slope,) = torch.autograd.grad(moment, point, create_graph=moment.requires_grad)
    return ExactValue(slope, 0.0)


def _log_mean_moments(law: LogWeightLaw, num_samples: int, refine: int) -> tuple[tuple[Tensor, float], ...]:
    """Mean and variance of the log of the mean weight, each with the rounding error of its sum."""
    # Weights are divided by their mean, or typical value where the mean is infinite, so that S is of order one.
    one = torch.ones((), dtype=torch.float64)
    scale = law.log_moment(one) if law.strip[1] > 1 else law.mean
    law = law.scaled(-scale)
    start, end = _ends(law, num_samples)
    step = _STEP / refine
    count = math.ceil((end - start) / step) + 1
    s = start + step * torch.arange(count, dtype=torch.float64)
    transform = _log_transform(law, num_samples, Grid(start - math.log(num_samples), step, count), refine)
    difference = torch.expm1(-s.exp()) - torch.expm1(transform)
    mean = step * difference.sum()
    second = -2 * (step * (s * difference).sum() + _EULER * mean)
    size = difference.detach().abs()
    eps = torch.finfo(torch.float64).eps
    rounding = float(eps * (abs(float(scale.detach())) + step * size.sum() + 1))
    spread = float(eps * step * (2 * s.abs() * size).sum() + eps * (1 + 2 * mean.detach().abs()))
    return (scale + mean, rounding), (second - mean.square(), spread)


_EULER = 0.57721566490153286


def _log_transform(law: LogWeightLaw, num_samples: int, grid: Grid, refine: int) -> Tensor:
    """log M(t)^K at t = exp(grid)."""
    excess = law.excess(grid, refine=refine)
    # M lies in (0, 1]; rounding of the quadrature may leave it by an ulp.
    return num_samples * torch.log1p(excess.clamp(math.nextafter(-1.0, 0.0), 0.0))


def _ends(law: LogWeightLaw, num_samples: int) -> tuple[float, float]:
    """Where the integrand has become negligible on either side."""

    @torch.no_grad()
    def size(s: float) -> float:
        log_transform = float(_log_transform(law, num_samples, Grid(s - math.log(num_samples), 1.0, 1), 1))
        return abs(math.expm1(-math.exp(min(s, 700.0))) - math.expm1(log_transform))

    start, end = -8.0, 4.0
    # M is computed to about eps: what lies below it is noise, and M^K vanishes there all the same.
    while size(start) > _NEGLIGIBLE and start > -_FARTHEST:
        start *= 1.5
    while size(end) > _NEGLIGIBLE and end < _FARTHEST:
        end *= 1.5
    return start, end


def _by_halving(rule: Callable[[int], tuple[tuple[Tensor, float], ...]]) -> tuple[ExactValue, ...]:
    """The values of a rule with half the steps, and how far they are from those with whole ones."""
    fine, coarse = rule(2), rule(1)
    return tuple(
        ExactValue(value, abs(float(value.detach()) - float(other.detach())) + rounding)
        for (value, rounding), (other, _) in zip(fine, coarse, strict=True)
    )
