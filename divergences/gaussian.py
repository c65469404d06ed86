"""Kullback–Leibler divergences between Gaussians, and the Gaussian entropy.

Each is written as a sum of terms none of which is negative, so that nothing cancels where the two laws are
nearly the same, which is where the textbook expression loses every digit.
"""

from __future__ import annotations

from typing import Any

from divergences import gaussian_blocks, special
from divergences.domains import POSITIVE, REAL
from divergences.libraries import Array
from divergences.namespace import Inputs, gather


def kl_gaussian(
    mean_q: Array, std_q: Array, mean_p: Array = 0.0, std_p: Array = 1.0, *, validate: bool = True
) -> Array:
    r"""The Kullback–Leibler divergence KL(N(mean_q, std_q²) ‖ N(mean_p, std_p²)), elementwise, in nats.

    .. math::

        \log\frac{\sigma_p}{\sigma_q} + \frac{\sigma_q^2 + (\mu_q-\mu_p)^2}{2\sigma_p^2} - \frac12
        = \frac12\left[\left(\frac{\mu_q-\mu_p}{\sigma_p}\right)^2
          + \varphi\left(\frac{\sigma_q^2}{\sigma_p^2}\right)\right],
        \qquad \varphi(t) = t - 1 - \log t \ge 0

    Theorems: gaussian-kl, gaussian-kl-stable, gaussian-kl-standard. Computed in the second form, within 16 eps of the
    exact value of the given floats over all finite means and positive stds (a difference of means must not overflow);
    never negative, and zero exactly where the parameters are equal. Values beyond the largest float are inf. Gradients
    are finite wherever the exact gradient is, zero at equality, and differentiable again.

    Args:
        mean_q: means of the first law; any shape.
        std_q: its standard deviations, in the unit of the means; positive and finite, and so never 0, where the
            law has no density.
        mean_p: means of the second law; shapes broadcast.
        std_p: standard deviations of the second law.
        validate: read the values and raise on invalid ones, which waits for the device where arrays live on one.
            With ``False``, and where values cannot be read (``torch.compile``, ``vmap``, ``jax.jit``), an invalid
            parameter gives NaN. A NaN parameter always does.

    Returns:
        The divergences, of the broadcast shape and the arguments' promoted floating dtype.

    Raises:
        TypeError: an argument is neither an array nor a real number, or array libraries are mixed.
        ValueError: a std is not positive, a parameter is infinite, shapes do not broadcast, or devices differ.

    Reference: Kingma and Welling (2014), Auto-Encoding Variational Bayes, appendix B.

    >>> float(kl_gaussian(1.0, 1.0))
    0.5
    >>> float(kl_gaussian(1e-8, 1.0))
    5.000000000000...e-17
    >>> kl_gaussian([0.0, 1.0, 2.0], 0.5, 0.0, [1.0, 1.0, 2.0])
    array([0.31814718, 0.81814718, 1.41754436])
    """
    plain = gaussian_blocks.kl(mean_q, std_q, mean_p, std_p)
    if plain is not None:
        return plain
    inputs = gather(
        {"mean_q": (mean_q, REAL), "std_q": (std_q, POSITIVE), "mean_p": (mean_p, REAL), "std_p": (std_p, POSITIVE)},
        validate=validate,
    )
    with inputs.quiet():
        return inputs.result(_kl_std(inputs))


def _kl_std(inputs: Inputs) -> Array:
    mean_q, std_q, mean_p, std_p = inputs
    excess = (std_q - std_p) / std_p
    return half_square((mean_q - mean_p) / std_p) + spread(excess, std_q, std_p, xp=inputs.xp)


def spread(excess: Array, std_q: Array, std_p: Array, *, xp: Any) -> Array:
    """What two stds alone contribute to a divergence: φ(std_q²/std_p²)/2, with excess = (std_q − std_p)/std_p."""
    return special.half_phi(excess, std_q, std_p, xp=xp)


def kl_gaussian_logvar(
    mean_q: Array, logvar_q: Array, mean_p: Array = 0.0, logvar_p: Array = 0.0, *, validate: bool = True
) -> Array:
    r"""The divergence KL(N(mean_q, exp(logvar_q)) ‖ N(mean_p, exp(logvar_p))), elementwise, in nats.

    .. math::

        \frac12\left[(\mu_q-\mu_p)^2 e^{-v_p} + e^{a} - 1 - a\right],
        \qquad a = v_q - v_p = \log\sigma_q^2 - \log\sigma_p^2

    Theorem: gaussian-kl-logvar. The log-variances are never exponentiated one by one, so that they may lie far
    beyond what a variance in the same dtype can hold. Accurate, non-negative and differentiable as `kl_gaussian` is.

    Args:
        mean_q: means of the first law; any shape.
        logvar_q: the logarithm of its variances; finite.
        mean_p: means of the second law; shapes broadcast.
        logvar_p: the logarithm of the second law's variances.
        validate: as in `kl_gaussian`.

    Returns:
        The divergences, of the broadcast shape and the arguments' promoted floating dtype.

    Raises:
        TypeError: an argument is neither an array nor a real number, or array libraries are mixed.
        ValueError: a parameter is infinite, shapes do not broadcast, or devices differ.

    Reference: Kingma and Welling (2014), Auto-Encoding Variational Bayes, appendix B.

    >>> float(kl_gaussian_logvar(0.0, 1e-8))
    2.50000000833...e-17
    >>> float(kl_gaussian_logvar(0.0, 2000.0, 0.0, 2000.0))
    0.0
    """
    inputs = gather(
        {
            "mean_q": (mean_q, REAL),
            "logvar_q": (logvar_q, REAL),
            "mean_p": (mean_p, REAL),
            "logvar_p": (logvar_p, REAL),
        },
        validate=validate,
    )
    mean_q, logvar_q, mean_p, logvar_p = inputs
    with inputs.quiet():
        shift = special.times_exp(mean_q - mean_p, -logvar_p / 2, xp=inputs.xp)
        excess = special.half_expm1mx(logvar_q, logvar_p, xp=inputs.xp)
        return inputs.result(half_square(shift) + excess)


def kl_gaussian_diagonal(
    mean_q: Array,
    std_q: Array,
    mean_p: Array = 0.0,
    std_p: Array = 1.0,
    *,
    axis: int | tuple[int, ...] = -1,
    validate: bool = True,
) -> Array:
    r"""The divergence between Gaussians with diagonal covariance: `kl_gaussian` summed over the event axis, in nats.

    .. math:: \sum_i \mathrm{KL}\big(N(\mu_{q,i}, \sigma_{q,i}^2) \,\|\, N(\mu_{p,i}, \sigma_{p,i}^2)\big)

    Theorem: gaussian-kl-diagonal.

    Args:
        mean_q: means of the first law, (..., d).
        std_q: its standard deviations.
        mean_p: means of the second law.
        std_p: its standard deviations.
        axis: the event axis, or axes, of the broadcast shape; the others are batch axes and stay.
        validate: as in `kl_gaussian`.

    Returns:
        The divergences, of the broadcast shape without the event axes.

    Raises:
        TypeError: an argument is neither an array nor a real number, or array libraries are mixed.
        ValueError: as in `kl_gaussian`, or the broadcast shape has no such axis.

    Reference: Kingma and Welling (2014), Auto-Encoding Variational Bayes, appendix B.

    >>> float(kl_gaussian_diagonal([1.0, 2.0], [1.0, 1.0]))
    2.5
    """
    inputs = gather(
        {"mean_q": (mean_q, REAL), "std_q": (std_q, POSITIVE), "mean_p": (mean_p, REAL), "std_p": (std_p, POSITIVE)},
        validate=validate,
    )
    with inputs.quiet():
        terms = _kl_std(inputs)
        return inputs.result(inputs.xp.sum(terms, axis=event_axes(terms, axis)))


def event_axes(terms: Array, axis: int | tuple[int, ...]) -> int | tuple[int, ...]:
    """The axis if the terms have it, or a ValueError that says what shape they have."""
    rank = len(getattr(terms, "shape", ()))
    if rank == 0:
        raise ValueError("a diagonal Gaussian has an event axis, and every parameter is a single number: pass arrays")
    for one in axis if isinstance(axis, tuple) else (axis,):
        if not isinstance(one, int):
            raise TypeError(f"axis must be an int or a tuple of ints, got {axis!r}")
        if not -rank <= one < rank:
            raise ValueError(f"axis must lie in the broadcast shape {tuple(getattr(terms, 'shape', ()))}, got {one}")
    return axis


def entropy_gaussian(std: Array, *, validate: bool = True) -> Array:
    r"""The differential entropy of N(μ, std²), elementwise, in nats; it does not depend on the mean.

    .. math:: \tfrac12 \log(2\pi e\,\sigma^2)

    Theorem: gaussian-entropy. Negative for std below 1/√(2πe) ≈ 0.242, and accurate to the last digits on both sides
    of that zero.

    Args:
        std: standard deviations; positive and finite, any shape.
        validate: as in `kl_gaussian`.

    Returns:
        The entropies, of the shape of std.

    Raises:
        TypeError: std is neither an array nor a real number.
        ValueError: a std is not positive, or is infinite.

    Reference: Cover and Thomas (2006), Elements of Information Theory, equation 8.9.

    >>> float(entropy_gaussian(1.0))
    1.41893853320467...
    """
    inputs = gather({"std": (std, POSITIVE)}, validate=validate)
    (values,) = inputs
    return inputs.result(special.log_sqrt_2pie(values, xp=inputs.xp))


def half_square(x: Array) -> Array:
    """x²/2, overflowing only where it must."""
    return x * (x / 2)
