r"""Divergences from tables: the expectation under p of the terms that log q is a sum of.

.. math:: \mathrm{KL}(p \,\|\, q) = -H(p) - c_0 - \sum_i c_i\, E_p[s_i], \qquad \log q(x) = c_0 + \sum_i c_i s_i(x)

A difference of sums: its error is some eps of its largest term, not of itself. Pairs whose terms cancel have their
closed forms in `divergences.pairs`.
"""

from __future__ import annotations

import math
from typing import Any

from divergences import elementary, special
from divergences.families.law import Law, weighted
from divergences.libraries import Array


def kl_from_tables(p: Law, q: Law, xp: Any) -> tuple[Array, Array] | None:
    """KL(p ‖ q) and the size of its terms, over arrays of one namespace; None where a table lacks an entry."""
    terms = q._terms(xp)
    if terms is None:
        return None
    value, rest = terms
    parts = [-p._entropy(xp), -value]
    for coefficient, statistic in rest:
        mean = p._expect(statistic, xp)
        if mean is None:
            return None
        parts.append(-weighted(coefficient, mean, xp))
    total = sum(parts[1:], parts[0])
    inside = p._support(xp).within(q._support(xp))
    if special.symbolic(xp):
        return elementary.pick(inside, total, math.inf, xp=xp), 0 * total
    size = sum((xp.abs(part) for part in parts[1:]), xp.abs(parts[0]))
    # Rounding may leave less than the zero that is the least it can be.
    value = elementary.pick(inside, xp.where(total < 0, 0.0 * total, total), math.inf, xp=xp)
    return value, xp.where(value < math.inf, size, 0.0)
