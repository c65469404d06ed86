"""Distribution functions that no array library has all of: scipy's, on any library's arrays.

Values pass through the host. Tensors keep their gradient in the point, which is a density; a gradient in a shape
parameter has no closed form, and asking for one is an error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from divergences.libraries import Array, device_of, is_torch
from divergences.reading import to_numpy
from divergences.special.primitives import half_log_2pi, symbolic
from divergences.special.ratio import lbeta


def ndtr(x: Array, *, xp: Any) -> Array:
    """The standard normal distribution function, relatively accurate in the lower tail.

    Args:
        x: real numbers or ±inf.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.ndtr(x)
    return hosted(_scipy("ndtr"), (), x, lambda: xp.exp(-x * x / 2 - half_log_2pi(xp=xp)), xp)


def log_ndtr(x: Array, *, xp: Any) -> Array:
    """The logarithm of the standard normal distribution function.

    Args:
        x: real numbers or ±inf.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.log(xp.ndtr(x))
    return hosted(_scipy("log_ndtr"), (), x, lambda: xp.exp(-x * x / 2 - half_log_2pi(xp=xp) - log_ndtr(x, xp=xp)), xp)


def erf(x: Array, *, xp: Any) -> Array:
    """The error function.

    Args:
        x: real numbers or ±inf.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.erf(x)
    return hosted(_scipy("erf"), (), x, lambda: xp.exp(-x * x) * 1.1283791670955126, xp)


def gammainc(a: Array, x: Array, *, xp: Any) -> Array:
    """P(a, x) = P(U ≤ x) for U ~ Gamma(a, 1).

    Args:
        a: shapes, positive.
        x: points, non-negative or +inf.
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.gammainc(a, x)
    return hosted(_scipy("gammainc"), (a,), x, lambda: _gamma_density(a, x, xp), xp)


def gammaincc(a: Array, x: Array, *, xp: Any) -> Array:
    """Q(a, x) = P(U > x) for U ~ Gamma(a, 1).

    Args:
        a: shapes, positive.
        x: points, non-negative or +inf.
        xp: the array namespace.
    """
    if symbolic(xp):
        return 1 - xp.gammainc(a, x)
    return hosted(_scipy("gammaincc"), (a,), x, lambda: -_gamma_density(a, x, xp), xp)


def betainc(a: Array, b: Array, x: Array, *, xp: Any) -> Array:
    """I_x(a, b) = P(V ≤ x) for V ~ Beta(a, b).

    Args:
        a: first shapes, positive.
        b: second shapes, positive.
        x: points of [0, 1].
        xp: the array namespace.
    """
    if symbolic(xp):
        return xp.betainc(a, b, x)

    def density() -> Array:
        return xp.exp((a - 1) * xp.log(x) + (b - 1) * xp.log1p(-x) - lbeta(a, b, xp=xp))

    return hosted(_scipy("betainc"), (a, b), x, density, xp)


def _gamma_density(a: Array, x: Array, xp: Any) -> Array:
    from divergences.special.gamma import lgamma

    return xp.exp((a - 1) * xp.log(x) - x - lgamma(a, xp=xp))


def _scipy(name: str) -> Callable[..., Any]:
    import scipy.special

    function: Callable[..., Any] = getattr(scipy.special, name)
    return function


def hosted(
    function: Callable[..., Any], shapes: tuple[Array, ...], x: Array, density: Callable[[], Array], xp: Any
) -> Array:
    """A function of shapes and x on the host, with the given derivative in x."""
    value = function(*(to_numpy(each) for each in (*shapes, x)))
    if not is_torch(x):
        device = device_of(x)
        placed = {} if device is None else {"device": device}
        return xp.asarray(np.asarray(value, dtype=np.float64), dtype=x.dtype, **placed)
    made = sys.modules["torch"].as_tensor(value, dtype=x.dtype, device=x.device)
    if not any(is_torch(each) and each.requires_grad for each in (*shapes, x)):
        return made
    return _tangent().apply(function, made, density(), x, *shapes)


@cache
def _tangent() -> Any:
    """Values that were computed elsewhere, with the density as their derivative in x."""
    torch = sys.modules["torch"]

    class Tangent(torch.autograd.Function):  # type: ignore[name-defined]
        @staticmethod
        def forward(ctx: Any, function: Any, value: Array, density: Array, x: Array, *shapes: Array) -> Array:
            ctx.function = function
            ctx.save_for_backward(density)
            return value

        @staticmethod
        def backward(ctx: Any, grad: Array) -> tuple[Any, ...]:
            if any(ctx.needs_input_grad[4:]):
                raise NotImplementedError(
                    f"{ctx.function.__name__} has no gradient in its shape parameters: detach them"
                )
            (density,) = ctx.saved_tensors
            return (
                None,
                None,
                None,
                (grad * density).sum_to_size(density.shape),
                *(None,) * (len(ctx.needs_input_grad) - 4),
            )

    return Tangent
