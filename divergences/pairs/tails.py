"""Divergences between laws with heavy or one-sided tails."""

from __future__ import annotations

import math
from typing import Any

from divergences import special
from divergences.families import InverseGaussian, Pareto
from divergences.kl import closed_form
from divergences.libraries import Array


@closed_form(Pareto, Pareto)
def kl_pareto_pareto(p: Pareto, q: Pareto, xp: Any) -> Array:
    r""":math:`\varphi(\alpha_q/\alpha_p) + \alpha_q \log(m_p/m_q)`; +inf where p starts below q."""
    outside = p.scale < q.scale
    start = xp.where(outside, q.scale, p.scale)
    shift = q.alpha * special.accurate_log_ratio(start, q.scale, xp=xp)
    return xp.where(outside, math.inf, special.phi_ratio(q.alpha, p.alpha, xp=xp) + shift)


@closed_form(InverseGaussian, InverseGaussian)
def kl_inverse_gaussian_inverse_gaussian(p: InverseGaussian, q: InverseGaussian, xp: Any) -> Array:
    r""":math:`\tfrac12\varphi(\lambda_q/\lambda_p) + \lambda_q(\mu_p-\mu_q)^2/(2\mu_q^2\mu_p)`."""
    near = (p.loc >= q.loc / 2) & (p.loc / 2 <= q.loc)
    # Far apart as a quotient less 1, whose derivative in μq is not a difference of two alike.
    change = xp.where(near, (p.loc - q.loc) / q.loc, p.loc / q.loc - 1)
    means = change * (q.concentration / p.loc) * (change / 2)
    return special.phi_ratio(q.concentration, p.concentration, xp=xp) / 2 + means
