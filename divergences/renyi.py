r"""Rényi's divergences between laws of one family, and what is made of them: Hellinger's, Bhattacharyya's, χ² and α.

All of them are functions of one integral, :math:`\int p^\alpha q^{1-\alpha} = \exp((\alpha-1) D_\alpha(p \,\|\, q))`.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np

from divergences.families.law import Law, broadcast_shape, shaped
from divergences.families.parameters import bring
from divergences.kl import kl
from divergences.libraries import Array
from divergences.namespace import namespace_of
from divergences.special import symbolic
from divergences.tilted import form_of


def renyi(p: Law, q: Law, order: float, *, validate: bool = True) -> Array:
    r"""Rényi's divergence of a positive order, in nats.

    .. math:: D_\alpha(p \,\|\, q) = \frac{1}{\alpha - 1} \log \int p^\alpha q^{1-\alpha},
        \qquad D_1 = \mathrm{KL}(p \,\|\, q)

    It increases with the order. For orders above 1 it is +inf where :math:`p^\alpha q^{1-\alpha}` cannot be normalised
    (for Gaussians where ασ_q² ≤ (α − 1)σ_p²), or where p has mass outside the support of q.

    Args:
        p: a law.
        q: a law of the same family; batch shapes broadcast.
        order: α, a positive finite number.
        validate: as in `divergences.kl.kl`.

    Returns:
        The divergences, of the broadcast batch shape: ≥ 0, and exactly 0 at equality.

    Raises:
        NotImplementedError: no closed form is known for the families.
        TypeError: an argument is no law, or array libraries are mixed.
        ValueError: the order is not positive and finite, parameters are invalid, or batch shapes do not broadcast.

    Reference: van Erven and Harremoës (2014), Rényi Divergence and Kullback–Leibler Divergence; Gil, Alajaji and Linder
    (2013), Rényi divergence measures for commonly used univariate continuous distributions, table 2.

    >>> from divergences.families import Exponential, Normal
    >>> float(renyi(Normal(0.0, 1.0), Normal(2.0, 1.0), 0.5))
    1.0
    >>> float(renyi(Exponential(1.0), Exponential(3.0), 2))
    inf
    """
    for name, law in (("p", p), ("q", q)):
        if not isinstance(law, Law):
            raise TypeError(f"{name} must be a law, got {law!r} of type {type(law).__name__}")
    if isinstance(order, Real) and not 0 < order < math.inf:
        raise ValueError(f"order must be positive and finite, got {order!r}")
    if order == 1:
        return kl(p, q, validate=validate)
    form = form_of(type(p), type(q))
    if form is None:
        raise NotImplementedError(f"no closed form of D_α({type(p).__name__} ‖ {type(q).__name__}) is known")
    inputs, (first, second), _ = bring({"p": p, "q": q}, validate=validate)
    with inputs.quiet():
        value = form(first, second, _exact(order, inputs.xp), inputs.xp)
        return inputs.result(shaped(value, broadcast_shape([p.batch_shape, q.batch_shape]), inputs.xp))


def bhattacharyya(p: Law, q: Law, *, validate: bool = True) -> Array:
    r"""The Bhattacharyya distance, half of Rényi's divergence of order one half.

    .. math:: -\log \int \sqrt{p\,q}

    Args, Raises: as in `renyi`.

    >>> from divergences.families import Normal
    >>> float(bhattacharyya(Normal(0.0, 1.0), Normal(2.0, 1.0)))
    0.5
    """
    return renyi(p, q, 0.5, validate=validate) / 2


def squared_hellinger(p: Law, q: Law, *, validate: bool = True) -> Array:
    r"""The squared Hellinger distance, between 0 and 1.

    .. math:: \tfrac12 \int (\sqrt p - \sqrt q)^2 = 1 - \int \sqrt{p\,q}

    Args, Raises: as in `renyi`.

    >>> from divergences.families import Poisson
    >>> float(squared_hellinger(Poisson(1.0), Poisson(4.0)))
    0.39346934028...
    """
    return -_expm1(-bhattacharyya(p, q, validate=validate))


def chi_squared(p: Law, q: Law, *, validate: bool = True) -> Array:
    r"""Pearson's χ²(p ‖ q), the variance of p/q under q.

    .. math:: \int \frac{(p - q)^2}{q} = e^{D_2(p \,\|\, q)} - 1

    Args, Raises: as in `renyi`.

    >>> from divergences.families import Poisson
    >>> float(chi_squared(Poisson(2.0), Poisson(1.0)))
    1.71828182845...
    """
    return _expm1(renyi(p, q, 2, validate=validate))


def alpha_divergence(p: Law, q: Law, order: float, *, validate: bool = True) -> Array:
    r"""The α-divergence of a positive order: the f-divergence of `alpha_generator`.

    .. math:: \frac{\int p^\alpha q^{1-\alpha} - 1}{\alpha(\alpha - 1)}

    Args, Raises: as in `renyi`.

    >>> from divergences.families import Poisson
    >>> float(alpha_divergence(Poisson(2.0), Poisson(1.0), 2))
    0.85914091422...
    """
    if order == 1:
        return kl(p, q, validate=validate)
    return _expm1((order - 1) * renyi(p, q, order, validate=validate)) / (order * (order - 1))


def _exact(order: Any, xp: Any) -> Any:
    """The order as a float, or on symbols as the expression that it is."""
    return xp.asarray(order) if symbolic(xp) else float(order)


def _expm1(value: Array) -> Array:
    xp, value = namespace_of(value)
    with np.errstate(over="ignore"):
        result = xp.expm1(value)
    return result[()] if isinstance(result, np.ndarray) else result
