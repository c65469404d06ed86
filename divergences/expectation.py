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
from divergences.reading import truth


def kl_from_tables(p: Law, q: Law, xp: Any) -> tuple[Array, Array] | None:
    """KL(p ‖ q) and the size of its terms, over arrays of one namespace; None where a table lacks an entry."""
    certain = _of_certain(p, q, xp)
    if certain is not None and truth(xp.all(certain[0])):
        return certain[1], xp.where(certain[1] < math.inf, certain[1], 0.0)
    terms, entropy = q._terms(xp), p._entropy(xp)
    if terms is None or entropy is None:
        return None
    constant, rest = terms
    parts = [-entropy, -constant]
    for coefficient, statistic in rest:
        mean = p._expect(statistic, xp)
        if mean is None:
            return None
        parts.append(-weighted(coefficient, mean, xp))
    if certain is not None:
        parts = [xp.where(certain[0], 0.0, part) for part in parts]
    total = sum(parts[1:], parts[0])
    infinite = is_infinite(p, q, xp)
    if special.symbolic(xp):
        return elementary.pick(infinite, 0 * total + math.inf, total, xp=xp), 0 * total
    # Entropies and constants are themselves sums of terms of order 1, such as log √2π, that may cancel.
    size = sum((xp.abs(part) for part in parts), xp.ones_like(total))
    # Rounding may leave less than the zero that is the least it can be.
    total = xp.where(total < 0, xp.zeros_like(total), total)
    value = elementary.pick(infinite, xp.full_like(total, math.inf), total, xp=xp)
    if certain is not None:
        value = xp.where(certain[0], certain[1], value)
    return value, xp.where(value == math.inf, 0.0, size)


def _of_certain(p: Law, q: Law, xp: Any) -> tuple[Array, Array] | None:
    """Where p or q is a law of one point, and KL(p ‖ q) there: −log q(x) if p is at x, else +∞."""
    if special.symbolic(xp) or not (p.discrete and q.discrete):
        return None
    first, second = p._certain(xp), q._certain(xp)
    if first is None or second is None:
        return None
    at, point = first
    # −0 is no divergence.
    cross = 0.0 - q._log_density_everywhere(xp.where(at, point, 0 * point), xp)
    return at | second[0], xp.where(at, cross, xp.full_like(cross, math.inf))


def is_infinite(p: Law, q: Law, xp: Any) -> Any:
    """Where KL(p ‖ q) is certainly +∞: a truth value, or a mask over the parameters.

    p has mass where q has none, or −log q has a term of infinite expectation. No other term can make up for it: a
    statistic whose expectation is unknown has a term of the same sign, or a finite expectation under p.
    """
    certain = _of_certain(p, q, xp)
    if certain is not None and truth(xp.all(certain[0])):
        return certain[1] == math.inf
    infinite: Any = _not(p._support(xp).within(q._support(xp)))
    if special.symbolic(xp):
        return infinite
    terms = q._terms(xp)
    for coefficient, statistic in () if terms is None else terms[1]:
        mean = p._expect(statistic, xp)
        unbounded = p._diverges(statistic, xp) if mean is None else weighted(coefficient, mean, xp) == -math.inf
        if mean is None and unbounded is not False:
            unbounded = unbounded & (coefficient < 0)
        infinite = unbounded if infinite is False else infinite | unbounded
    return infinite if certain is None else xp.where(certain[0], certain[1] == math.inf, infinite)


def _not(condition: Any) -> Any:
    return not condition if isinstance(condition, bool) else ~condition
