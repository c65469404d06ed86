r"""Closed forms of Rényi's divergence between laws of one family.

For an exponential family :math:`p^\alpha q^{1-\alpha}` is a law of the family again, tilted to the parameter
αθ_p + (1 − α)θ_q, and the divergence is Jensen's gap of the log-normaliser. Two gaps carry all that follow,

.. math::

    K_\alpha(t) = \frac{\log(1 - \alpha + \alpha t) - \alpha \log t}{1 - \alpha},
    \qquad f_\alpha(u) = \frac{u^\alpha - 1 - \alpha(u - 1)}{\alpha(\alpha - 1)}

of a ratio of scales and of a ratio of masses, each computed from the difference of its arguments without cancellation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from divergences import perspectives, special
from divergences.families import (
    Bernoulli,
    Beta,
    Binomial,
    Exponential,
    Gamma,
    HalfNormal,
    InverseGamma,
    LogNormal,
    Normal,
    Pareto,
    Poisson,
    Rayleigh,
)
from divergences.families.law import Law
from divergences.libraries import Array

Form = Callable[[Any, Any, Any, Any], Array]


def form_of(first: type[Law], second: type[Law]) -> Form | None:
    """The form of Rényi's divergence between laws of one family, as a function of both, the order and the namespace."""
    return _FORMS.get(first) if first is second else None


# --- gaps ------------------------------------------------------------------------------------------------------------


def scale_gap(a: Array, b: Array, order: Any, xp: Any, *, power: int = 1) -> Array:
    """K_α(t) for t = (a/b)^power, power 1 or 2; +inf where 1 − α + αt ≤ 0."""
    e, e_inv = (_excess(x, y, power) for x, y in ((a, b), (b, a)))
    if special.symbolic(xp):
        return (xp.log(1 - order + order * (a / b) ** power) - order * xp.log((a / b) ** power)) / (1 - order)
    log_t = power * special.log_ratio(a, b, xp=xp)
    if order < 0.5:
        # [α l(e) − l(αe)]/(1 − α) with l(x) = x − log(1 + x) ≥ 0; the second is at most 2/3 of the first for e ≤ 4.
        return _joined(order * _bend(e, log_t, xp), _bend(order * e, None, xp), e, order, log_t, xp) / (1 - order)
    beta = 1 - order
    if beta > 0:
        return _joined(_bend(e_inv, -log_t, xp), _bend(beta * e_inv, None, xp) / beta, e_inv, beta, -log_t, xp, beta)
    finite = 1 + beta * e_inv > 0
    # l(e') + l(βe')/|β|, β < 0, in e' = 1/t − 1: both terms are non-negative.
    inside = xp.where(finite, beta * e_inv, 0.0)
    return xp.where(finite, _bend(e_inv, -log_t, xp) - _bend(inside, None, xp) / beta, math.inf)


def _excess(a: Array, b: Array, power: int) -> Array:
    """(a/b)^power − 1."""
    e = (a - b) / b
    return e if power == 1 else e * (2 + e)


def _joined(first: Array, second: Array, e: Array, weight: float, log_t: Array, xp: Any, scale: float = 1.0) -> Array:
    """first − second for e ≤ 4, and beyond [log(1 + weight·e) − weight·log_t]/scale, which cancels only before."""
    far = e > 4
    log_mean = xp.logaddexp(math.log1p(-weight) + 0 * log_t, math.log(weight) + log_t)
    near = xp.where(far, 0.0, first) - xp.where(far, 0.0, second)
    return xp.where(far, (log_mean - weight * log_t) / scale, near)


def _bend(x: Array, log: Array | None, xp: Any) -> Array:
    """x − log(1 + x) ≥ 0, where log(1 + x) may be known from a ratio that 1 + x has lost."""
    near = x >= -0.5
    small, large = xp.where(near, x, 0.0), xp.where(near, 0.0, x)
    far = large - (xp.log1p(large) if log is None else xp.where(near, 0.0, log))
    return xp.where(near, -special.log1pmx(small, xp=xp), far)


def _mass_gap(a: Array, b: Array, difference: Array, order: Any, xp: Any) -> Array:
    """b f_α(a/b)."""
    if special.symbolic(xp):
        return (a**order * b ** (1 - order) - order * a - (1 - order) * b) / (order * (order - 1))
    return perspectives.alpha(order, a, b, difference, xp)


# --- families --------------------------------------------------------------------------------------------------------


def _normal(p: Any, q: Any, order: Any, xp: Any) -> Array:
    shift = (p.loc - q.loc) / q.scale
    # ασ_q² + (1 − α)σ_p² over σ_q².
    spread = 1 + (1 - order) * _excess(p.scale, q.scale, 2)
    if not special.symbolic(xp):
        spread = xp.where(spread > 0, spread, 1.0)  # where the other term is +inf
    return order * (shift / spread) * (shift / 2) + scale_gap(q.scale, p.scale, order, xp, power=2) / 2


def _half_normal(p: Any, q: Any, order: Any, xp: Any) -> Array:
    return scale_gap(q.scale, p.scale, order, xp, power=2) / 2


def _rayleigh(p: Any, q: Any, order: Any, xp: Any) -> Array:
    return scale_gap(q.scale, p.scale, order, xp, power=2)


def _exponential(p: Any, q: Any, order: Any, xp: Any) -> Array:
    return scale_gap(p.rate, q.rate, order, xp)


def _pareto(p: Any, q: Any, order: Any, xp: Any) -> Array:
    """K_α of the tail indices, and α_q times the distance of the scales, on whose greater one both laws have mass."""
    log_ratio = special.log_ratio(p.scale, q.scale, xp=xp)
    if special.symbolic(xp):
        raise NotImplementedError("D_α(Pareto ‖ Pareto) is a case of the scales, which symbols do not decide")
    ahead = log_ratio >= 0
    gap = scale_gap(p.alpha, q.alpha, order, xp)
    inside = gap + q.alpha * xp.where(ahead, log_ratio, 0.0)
    if order > 1:
        return xp.where(ahead, inside, math.inf)
    # For α < 1 the integral starts at q's scale where that is greater, with p's tail there to the power α.
    return xp.where(ahead, inside, gap - order / (1 - order) * p.alpha * xp.where(ahead, 0.0, log_ratio))


def _poisson(p: Any, q: Any, order: Any, xp: Any) -> Array:
    return order * _mass_gap(p.rate, q.rate, p.rate - q.rate, order, xp)


def _bernoulli(p: Any, q: Any, order: Any, xp: Any) -> Array:
    if p.logits is not None or q.logits is not None:
        raise NotImplementedError("Rényi's divergence takes Bernoulli laws by probs")
    change = p.probs - q.probs
    gap = _mass_gap(p.probs, q.probs, change, order, xp) + _mass_gap(1 - p.probs, 1 - q.probs, -change, order, xp)
    return xp.log1p(order * (order - 1) * gap) / (order - 1)


def _binomial(p: Any, q: Any, order: Any, xp: Any) -> Array:
    if not special.symbolic(xp) and bool(xp.any(p.total_count != q.total_count)):
        raise NotImplementedError("Rényi's divergence takes Binomial laws of one number of trials")
    return p.total_count * _bernoulli(p, q, order, xp)


def _tilted(parameters: tuple[str, ...]) -> Form:
    r"""For natural parameters, by the divergences of the tilted law r from both laws.

    .. math:: (1-\alpha)\, D_\alpha(p \,\|\, q) = \alpha\, \mathrm{KL}(r \,\|\, p) + (1-\alpha)\, \mathrm{KL}(r \| q)

    The right side is stationary in r, so that its rounding enters to second order alone: the relative error is that of
    KL, and (eps/δ)² for parameters that differ by δ relatively.
    """

    def form(p: Any, q: Any, order: Any, xp: Any) -> Array:
        from divergences.kl import form_of as kl_form

        kl = kl_form(type(p), type(p))
        assert kl is not None
        # Exactly the parameter of both laws where they are equal.
        mixed = {name: getattr(q, name) + order * (getattr(p, name) - getattr(q, name)) for name in parameters}
        if special.symbolic(xp):
            r = p.over(mixed)
            return order / (1 - order) * kl(r, p, xp) + kl(r, q, xp)
        valid = math.prod([mixed[name] > 0 for name in parameters])
        r = p.over({name: xp.where(valid > 0, value, 1.0) for name, value in mixed.items()})
        value = order / (1 - order) * kl(r, p, xp) + kl(r, q, xp)
        return xp.where(valid > 0, xp.where(value > 0, value, 0.0), math.inf)

    return form


_FORMS: dict[type[Law], Form] = {
    Normal: _normal,
    LogNormal: _normal,
    HalfNormal: _half_normal,
    Rayleigh: _rayleigh,
    Exponential: _exponential,
    Pareto: _pareto,
    Poisson: _poisson,
    Bernoulli: _bernoulli,
    Binomial: _binomial,
    Gamma: _tilted(("concentration", "rate")),
    InverseGamma: _tilted(("concentration", "rate")),
    Beta: _tilted(("concentration1", "concentration0")),
}
