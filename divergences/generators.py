"""The generators of the standard f-divergences, as data: in the forms, and with the output maps, of the literature."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from divergences import perspectives
from divergences.elementary import sigmoid, softplus
from divergences.generator import Formulas, Generator
from divergences.libraries import Array
from divergences.special import symbolic


def _log_2(xp: Any) -> Any:
    return xp.log(xp.asarray(2)) if symbolic(xp) else math.log(2)


def _u_log(u: Array, v: Array, xp: Any) -> Array:
    """u log v, and 0 where u is."""
    positive = u > 0
    return xp.where(positive, u * xp.log(xp.where(positive, v, 1.0)), 0.0 * u)


def _at_least(x: Array, bound: float, xp: Any) -> Array:
    return xp.where(x > bound, x, bound)


def _solve_jeffreys(t: Array, xp: Any) -> Array:
    """log u with log u + 1 − 1/u = t: Newton's method on an increasing concave function, from the left of its zero."""
    if symbolic(xp):
        import sympy

        return -xp.log(sympy.LambertW(xp.exp(1 - t)))
    negative = t < 0
    positive = xp.where(negative, 0.0, t)
    s = xp.where(negative, -xp.log1p(-xp.where(negative, t, 0.0)), xp.where(positive > 2, positive - 1, positive / 2))
    for _ in range(6):  # quadratic: the start is off by less than 1, and 2^-6 digits are all of them
        residual = s - xp.expm1(-s) - t
        s = s - residual / (1 + xp.exp(-s))
    return s


def _jeffreys_conjugate(t: Array, xp: Any) -> Array:
    log_u = _solve_jeffreys(t, xp)
    return xp.expm1(log_u) + log_u


def _le_cam_conjugate(t: Array, xp: Any) -> Array:
    # (s − 1)(s − 3)/2 with s² = 1 − 2t, and 1 − s = 2t/(1 + s); constant below f′(0) = −3/2.
    t = _at_least(t, -1.5, xp)
    s = xp.sqrt(1 - 2 * t)
    return t * (3 - s) / (1 + s)


def _js_derivative(u: Array, xp: Any) -> Array:
    return xp.log(2 * u / (1 + u))


KL = Generator(
    name="kl",
    formulas=Formulas(
        f=lambda u, xp: _u_log(u, u, xp),
        derivative=lambda u, xp: 1 + xp.log(u),
        conjugate=lambda t, xp: xp.exp(t - 1),
        activation=lambda v, xp: v,
        perspective=perspectives.kl,
    ),
    at_zero=0.0,
    slope_at_infinity=math.inf,
    attained=False,
)

REVERSE_KL = Generator(
    name="reverse_kl",
    formulas=Formulas(
        f=lambda u, xp: -xp.log(u),
        derivative=lambda u, xp: -1 / u,
        conjugate=lambda t, xp: -1 - xp.log(-t),
        activation=lambda v, xp: -xp.exp(-v),
        perspective=perspectives.reverse_kl,
    ),
    at_zero=math.inf,
    slope_at_infinity=0.0,
    attained=False,
)

JEFFREYS = Generator(
    name="jeffreys",
    formulas=Formulas(
        f=lambda u, xp: (u - 1) * xp.log(u),
        derivative=lambda u, xp: xp.log(u) + 1 - 1 / u,
        conjugate=_jeffreys_conjugate,
        activation=lambda v, xp: v,
        perspective=perspectives.jeffreys,
    ),
    at_zero=math.inf,
    slope_at_infinity=math.inf,
    attained=False,
)

#: The mean divergence of both laws from their mixture: between 0 and log 2.
JENSEN_SHANNON = Generator(
    name="jensen_shannon",
    formulas=Formulas(
        f=lambda u, xp: (_u_log(u, 2 * u / (1 + u), xp) - xp.log((1 + u) / 2)) / 2,
        derivative=lambda u, xp: _js_derivative(u, xp) / 2,
        conjugate=lambda t, xp: -xp.log1p(-xp.expm1(2 * t)) / 2,
        activation=lambda v, xp: (_log_2(xp) - softplus(-v, xp=xp)) / 2,
        perspective=perspectives.jensen_shannon,
    ),
    at_zero=math.log(2) / 2,
    slope_at_infinity=math.log(2) / 2,
    attained=False,
)

#: Twice that: the generator u log u − (u + 1) log((u + 1)/2) of the f-GAN paper.
TWICE_JENSEN_SHANNON = Generator(
    name="twice_jensen_shannon",
    formulas=Formulas(
        f=lambda u, xp: _u_log(u, 2 * u / (1 + u), xp) - xp.log((1 + u) / 2),
        derivative=_js_derivative,
        conjugate=lambda t, xp: -xp.log1p(-xp.expm1(t)),
        activation=lambda v, xp: _log_2(xp) - softplus(-v, xp=xp),
        perspective=perspectives.twice_jensen_shannon,
    ),
    at_zero=math.log(2),
    slope_at_infinity=math.log(2),
    attained=False,
)

#: The value of the original game, 2 JSD − log 4.
GAN = Generator(
    name="gan",
    formulas=Formulas(
        f=lambda u, xp: _u_log(u, u / (1 + u), xp) - xp.log1p(u),
        derivative=lambda u, xp: xp.log(u / (1 + u)),
        conjugate=lambda t, xp: -xp.log(-xp.expm1(t)),
        activation=lambda v, xp: -softplus(-v, xp=xp),
        perspective=perspectives.twice_jensen_shannon,
    ),
    at_zero=0.0,
    slope_at_infinity=0.0,
    attained=False,
    at_one=-math.log(4),
)

#: Half of ∫(√p − √q)²: between 0 and 1.
SQUARED_HELLINGER = Generator(
    name="squared_hellinger",
    formulas=Formulas(
        f=lambda u, xp: (xp.sqrt(u) - 1) ** 2 / 2,
        derivative=lambda u, xp: (1 - 1 / xp.sqrt(u)) / 2,
        conjugate=lambda t, xp: t / (1 - 2 * t),
        activation=lambda v, xp: -xp.expm1(-v) / 2,
        perspective=perspectives.squared_hellinger,
    ),
    at_zero=0.5,
    slope_at_infinity=0.5,
    attained=False,
)

#: χ²(p ‖ q), the variance of p/q under q.
PEARSON = Generator(
    name="pearson",
    formulas=Formulas(
        f=lambda u, xp: (u - 1) ** 2,
        derivative=lambda u, xp: 2 * (u - 1),
        conjugate=lambda t, xp: _at_least(t, -2.0, xp) * (1 + _at_least(t, -2.0, xp) / 4),
        activation=lambda v, xp: v,
        perspective=perspectives.pearson,
    ),
    at_zero=1.0,
    slope_at_infinity=math.inf,
    attained=False,
)

#: χ²(q ‖ p).
NEYMAN = Generator(
    name="neyman",
    formulas=Formulas(
        f=lambda u, xp: (u - 1) ** 2 / u,
        derivative=lambda u, xp: 1 - 1 / u**2,
        conjugate=lambda t, xp: 2 * t / (1 + xp.sqrt(1 - t)),
        activation=lambda v, xp: -xp.expm1(-v),
        perspective=perspectives.neyman,
    ),
    at_zero=math.inf,
    slope_at_infinity=1.0,
    attained=True,
)

TOTAL_VARIATION = Generator(
    name="total_variation",
    formulas=Formulas(
        f=lambda u, xp: xp.abs(u - 1) / 2,
        derivative=lambda u, xp: xp.sign(u - 1) / 2,
        conjugate=lambda t, xp: _at_least(t, -0.5, xp),
        activation=lambda v, xp: (2 * sigmoid(2 * v, xp=xp) - 1) / 2,
        perspective=perspectives.total_variation,
    ),
    at_zero=0.5,
    slope_at_infinity=0.5,
    attained=True,
)

#: Le Cam's, half of ∫(p − q)²/(p + q): between 0 and 1.
LE_CAM = Generator(
    name="le_cam",
    formulas=Formulas(
        f=lambda u, xp: (u - 1) ** 2 / (2 * (u + 1)),
        derivative=lambda u, xp: (u - 1) * (u + 3) / (2 * (u + 1) ** 2),
        conjugate=_le_cam_conjugate,
        activation=lambda v, xp: _le_cam_output(sigmoid(-v, xp=xp), xp),
        perspective=perspectives.le_cam,
    ),
    at_zero=0.5,
    slope_at_infinity=0.5,
    attained=True,
)


def _le_cam_output(w: Array, xp: Any) -> Array:
    """f′ at u = 1/w − 1, where w = 1/(1 + u)."""
    return (1 - 4 * w * w) / 2


def alpha_generator(order: float) -> Generator:
    r"""The generator of the α-divergences, which join all of the others that are smooth powers.

    .. math:: f(u) = \frac{u^\alpha - 1 - \alpha(u-1)}{\alpha(\alpha-1)}

    At α = 2 it is half of Pearson's, at −1 half of Neyman's, at 1/2 four times the squared Hellinger's, and in the
    limits 1 and 0 it is the Kullback–Leibler divergence of either direction (u log u − u + 1 and u − 1 − log u).

    Args:
        order: α, a finite number.

    Returns:
        The generator, named ``alpha(α)``.

    Raises:
        ValueError: the order is infinite or NaN.

    Reference: Liese and Vajda (2006), On divergences and informations, equation 9; Cressie and Read (1984).

    >>> half_pearson = alpha_generator(2)
    >>> float(half_pearson.derivative(3.0)), float(half_pearson.conjugate(1.0))
    (2.0, 1.5)
    """
    if not math.isfinite(order):
        raise ValueError(f"order must be finite, got {order!r}")

    def exact(xp: Any) -> Any:
        return xp.asarray(order) if symbolic(xp) else order

    def f(u: Array, xp: Any) -> Array:
        return perspectives.alpha(order, u, 0.0 * u + 1, u - 1, xp)

    def derivative(u: Array, xp: Any) -> Array:
        if order == 1:
            return xp.log(u)
        return (u ** (exact(xp) - 1) - 1) / (exact(xp) - 1)

    def conjugate(t: Array, xp: Any) -> Array:
        if order == 1:
            return xp.expm1(t)
        if order == 0:
            return -xp.log1p(-t)
        # Constant, at −f(0) = −1/α, where f′(0) = −1/(α − 1) is finite and t lies below it.
        base = 1 + (exact(xp) - 1) * t
        base = xp.where(base > 0, base, 0.0 * base) if order > 1 else base
        return (base ** (exact(xp) / (exact(xp) - 1)) - 1) / exact(xp)

    def activation(v: Array, xp: Any) -> Array:
        return v if order >= 1 else -xp.expm1(-v) / (1 - exact(xp))

    return Generator(
        name=f"alpha({order})",
        formulas=Formulas(
            f=f,
            derivative=derivative,
            conjugate=conjugate,
            activation=activation,
            perspective=partial(perspectives.alpha, order),
        ),
        at_zero=1 / order if order > 0 else math.inf,
        slope_at_infinity=1 / (1 - order) if order < 1 else math.inf,
        attained=order < 0,
    )


#: The generators by name.
GENERATORS: Mapping[str, Generator] = MappingProxyType(
    {
        generator.name: generator
        for generator in (
            KL,
            REVERSE_KL,
            JEFFREYS,
            JENSEN_SHANNON,
            TWICE_JENSEN_SHANNON,
            GAN,
            SQUARED_HELLINGER,
            PEARSON,
            NEYMAN,
            TOTAL_VARIATION,
            LE_CAM,
        )
    }
)
