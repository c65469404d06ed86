"""Bregman divergences of means: the divergences of exponential families, by the potentials that generate them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from divergences import simplex, special
from divergences.domains import NON_NEGATIVE, POSITIVE, PROBABILITY, REAL, Domain
from divergences.gaussian import half_square
from divergences.libraries import Array
from divergences.namespace import gather


@dataclass(frozen=True)
class Potential:
    """A convex function of one variable, by the divergence that it generates.

    Args:
        name: its key in `POTENTIALS`.
        domain: where it is defined.
        divergence: ``(x, y, xp)`` to the divergence, without cancellation.
    """

    name: str
    domain: Domain
    divergence: Callable[[Array, Array, Any], Array]


def _negative_entropy(x: Array, y: Array, xp: Any) -> Array:
    return simplex.kl_div(x, y, y - x, xp=xp)


def _burg(x: Array, y: Array, xp: Any) -> Array:
    # φ(x/y), with x/y − 1 formed from the difference where the ratio is near 1.
    if special.symbolic(xp):
        return x / y - 1 - xp.log(x / y)
    excess = (x - y) / y
    near = (excess >= -0.5) & (excess <= 1)
    far = excess - special.log_ratio(xp.where(near, 1.0, x), xp.where(near, 1.0, y), xp=xp)
    return xp.where(near, -special.log1pmx(xp.where(near, excess, 0.0), xp=xp), far)


def _binary_entropy(x: Array, y: Array, xp: Any) -> Array:
    return simplex.kl_div(x, y, y - x, xp=xp) + simplex.kl_div(1 - x, 1 - y, x - y, xp=xp)


#: The potentials by name, each the convex conjugate of a log-normaliser.
POTENTIALS: Mapping[str, Potential] = MappingProxyType(
    {
        potential.name: potential
        for potential in (
            Potential("half_square", REAL, lambda x, y, xp: half_square(x - y)),
            Potential("negative_entropy", NON_NEGATIVE, _negative_entropy),
            Potential("burg", POSITIVE, _burg),
            Potential("binary_entropy", PROBABILITY, _binary_entropy),
        )
    }
)


def bregman(x: Array, y: Array, potential: Potential | str, *, validate: bool = True) -> Array:
    r"""The Bregman divergence of x from y, elementwise, in nats: how far a convex function lies above its tangent at y.

    .. math:: B_f(x; y) = f(x) - f(y) - f'(y)(x - y)

    Every exponential family has its own: with f the conjugate of the log-normaliser it is the Kullback–Leibler
    divergence of the laws with means x and y.

    ================== ============================== =====================================
    potential          f(x)                           laws
    ================== ============================== =====================================
    half_square        x²/2                           Normal of unit variance
    negative_entropy   x log x (the I-divergence)     Poisson
    burg               −log x (of Itakura and Saito)  Exponential
    binary_entropy     x log x + (1 − x) log(1 − x)   Bernoulli
    ================== ============================== =====================================

    Theorems: bregman-normal, bregman-poisson, bregman-exponential, bregman-bernoulli. Within a few eps; never negative,
    and zero at equality.

    Args:
        x: numbers in the domain of the potential; any shape.
        y: the points of the tangents; shapes broadcast.
        potential: a `Potential`, or the name of one in `POTENTIALS`.
        validate: as in `divergences.kl_gaussian`.

    Returns:
        The divergences, of the broadcast shape; +inf where the tangent at y is vertical, and x is elsewhere.

    Raises:
        TypeError, ValueError: as in `divergences.kl_gaussian`, or no potential has the name.

    Reference: Banerjee, Merugu, Dhillon and Ghosh (2005), Clustering with Bregman Divergences, theorem 4 and table 2.

    >>> float(bregman(2.0, 1.0, "burg"))
    0.306852819440054...
    >>> float(bregman(0.0, 1.0, "negative_entropy"))
    1.0
    """
    if not isinstance(potential, Potential):
        if potential not in POTENTIALS:
            raise ValueError(f"potential must be a Potential or one of {', '.join(POTENTIALS)}, got {potential!r}")
        potential = POTENTIALS[potential]
    inputs = gather({"x": (x, potential.domain), "y": (y, potential.domain)}, validate=validate)
    x, y = inputs
    with inputs.quiet():
        return inputs.result(potential.divergence(x, y, inputs.xp))
