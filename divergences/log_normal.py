"""The density of a log-normal law: the pushforward of a Gaussian under the exponential."""

from __future__ import annotations

import math

from divergences import special
from divergences.domains import ANY, POSITIVE, REAL
from divergences.gaussian import half_square
from divergences.libraries import Array
from divergences.namespace import gather


def log_normal_log_density(x: Array, mean: Array = 0.0, std: Array = 1.0, *, validate: bool = True) -> Array:
    r"""The log density at x of exp(Y) with Y ~ N(mean, std²), elementwise, in nats; −inf outside the support x > 0.

    .. math:: \log p(x) = -\frac{(\log x - \mu)^2}{2\sigma^2} - \log x - \log\sigma - \tfrac12\log 2\pi

    Theorem: log-normal-log-density. The error is a few eps of the largest term, and of |log x|·|log x − μ|/σ², by which
    the rounding of log x enters; where the terms cancel, a log density near 0 has no better relative accuracy.
    Gradients at points outside the support are 0.

    Args:
        x: points, any real number and ±inf; any shape.
        mean: means of log x; finite, shapes broadcast.
        std: standard deviations of log x; positive and finite.
        validate: as in `divergences.kl_gaussian`.

    Returns:
        The log densities, of the broadcast shape and the arguments' promoted floating dtype.

    Raises:
        TypeError: an argument is neither an array nor a real number, or array libraries are mixed.
        ValueError: a std is not positive, a parameter is infinite, shapes do not broadcast, or devices differ.

    Reference: Johnson, Kotz and Balakrishnan (1994), Continuous Univariate Distributions, volume 1, equation 14.2.

    >>> log_normal_log_density([1.0, 0.0, -1.0])
    array([-0.91893853,        -inf,        -inf])
    """
    inputs = gather({"x": (x, ANY), "mean": (mean, REAL), "std": (std, POSITIVE)}, validate=validate)
    xp = inputs.xp
    x, mean, std = inputs
    with inputs.quiet():
        outside = (x <= 0) | (x >= math.inf)  # NaN is neither inside nor outside, and stays
        log_x = xp.log(xp.where(outside, 1, x))
        log_density = -half_square((log_x - mean) / std) - log_x - xp.log(std) - special.half_log_2pi(xp=xp)
        return inputs.result(xp.where(outside, -math.inf, log_density))
