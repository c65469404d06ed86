"""Divergences between gamma laws, and between laws of the same power of a gamma variable."""

from __future__ import annotations

from itertools import product
from typing import Any

from divergences import special
from divergences.families import Chi2, Exponential, Gamma, HalfNormal, InverseGamma, Rayleigh
from divergences.families.law import Law
from divergences.kl import closed_form
from divergences.libraries import Array


@closed_form(Gamma, Gamma)
@closed_form(InverseGamma, InverseGamma)
def kl_gamma_gamma(p: Any, q: Any, xp: Any) -> Array:
    r""":math:`a_q\varphi(m_p/m_q) + \tfrac12\varphi(a_q/a_p) + B_R(a_q; a_p)` with the means :math:`m = a/b`.

    R is Binet's remainder, and :math:`B_R(q; p) = R(q) - R(p) - (q - p) R'(p)`. A divergence does not change when both
    variables are inverted.
    """
    return _gamma(p.concentration, p.rate, q.concentration, q.rate, xp)


@closed_form(Exponential, Exponential)
def kl_exponential_exponential(p: Exponential, q: Exponential, xp: Any) -> Array:
    r""":math:`\varphi(b_q/b_p)`."""
    return special.phi_ratio(q.rate, p.rate, xp=xp)


@closed_form(Chi2, Chi2)
def kl_chi2_chi2(p: Chi2, q: Chi2, xp: Any) -> Array:
    r""":math:`B_{\log\Gamma}(\nu_q/2; \nu_p/2)`: with equal rates only the shapes differ."""
    return special.bregman_lgamma(q.df / 2, p.df / 2, xp=xp)


def _gamma(shape_p: Array, rate_p: Array, shape_q: Array, rate_q: Array, xp: Any) -> Array:
    """The mean ratio is (ap bq)/(bp aq)."""
    if special.symbolic(xp):
        entropy = xp.lgamma(shape_q) - xp.lgamma(shape_p) - (shape_q - shape_p) * xp.digamma(shape_p)
        ratio = rate_q / rate_p
        return entropy + shape_p * (ratio - 1) - shape_q * xp.log(ratio)
    means = special.weighted_phi_cross(shape_q, rate_p, shape_p, rate_q, xp=xp)
    shapes = special.phi_ratio(shape_q, shape_p, xp=xp) / 2 + special.bregman_binet(shape_q, shape_p, xp=xp)
    return means + shapes


def _as_gamma(law: Any, xp: Any) -> tuple[Array, Array]:
    """The shape and rate of the gamma variable that the law, or its square where that is one, has."""
    match law:
        case Gamma():
            return law.concentration, law.rate
        case Exponential():
            return xp.ones_like(law.rate), law.rate
        case Chi2():
            return law.df / 2, special.half(xp=xp) * xp.ones_like(law.df)
    raise TypeError(f"{type(law).__name__} is no gamma law")


def _register(families: tuple[type[Law], ...]) -> None:
    for first, second in product(families, families):
        if first is not second:

            @closed_form(first, second)
            def kl_as_gamma(p: Any, q: Any, xp: Any) -> Array:
                return _gamma(*_as_gamma(p, xp), *_as_gamma(q, xp), xp)


_register((Gamma, Exponential, Chi2))


@closed_form(HalfNormal, Rayleigh)
def kl_half_normal_rayleigh(p: HalfNormal, q: Rayleigh, xp: Any) -> Array:
    r"""That of the squares, which have the gamma laws of shapes 1/2 and 1 and rates :math:`1/2\sigma^2`."""
    return _squares(special.half(xp=xp), p.scale, 1, q.scale, xp)


@closed_form(Rayleigh, HalfNormal)
def kl_rayleigh_half_normal(p: Rayleigh, q: HalfNormal, xp: Any) -> Array:
    r"""That of the squares, which have the gamma laws of shapes 1 and 1/2 and rates :math:`1/2\sigma^2`."""
    return _squares(1, p.scale, special.half(xp=xp), q.scale, xp)


def _squares(shape_p: Any, scale_p: Array, shape_q: Any, scale_q: Array, xp: Any) -> Array:
    one = xp.ones_like(scale_p / scale_q)
    # (ap/bp)/(aq/bq) = (ap/aq)(σp/σq)²; with the shapes 1/2 and 1 the divergence never comes near 0.
    ratio = scale_p / scale_q
    mean = ratio * shape_p * ratio
    shapes = special.bregman_lgamma(one * shape_q, one * shape_p, xp=xp) - special.relative_entropy(
        one * shape_q, one * shape_p, xp=xp
    )
    log_ratio = xp.log(one * shape_p / shape_q) + 2 * special.log_ratio(scale_p, scale_q, xp=xp)
    return mean - shape_q - shape_q * log_ratio + shapes
