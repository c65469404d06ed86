"""Divergences between laws of one location-scale family."""

from __future__ import annotations

from typing import Any

from divergences.families.normal import Normal
from divergences.gaussian import half_square, spread
from divergences.kl import closed_form
from divergences.libraries import Array


@closed_form(Normal, Normal)
def kl_normal_normal(p: Normal, q: Normal, xp: Any) -> Array:
    r""":math:`\tfrac12[(\Delta/\sigma_q)^2 + \varphi(\sigma_p^2/\sigma_q^2)]`; the theorem is gaussian-kl-stable."""
    excess = (p.scale - q.scale) / q.scale
    return half_square((p.loc - q.loc) / q.scale) + spread(excess, p.scale, q.scale, xp=xp)
