r"""The integrands of `divergences.overlap` on balls and on growth bounds. Loads sympy and python-flint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import acb, arb

from divergences.balls import NAN
from divergences.mixtures import Parts, log_sum
from divergences.pieces import expectation, mass, narrowest, same, sum_over_masses
from divergences.tails import hull


def _jensen_shannon(s: Any) -> Any:
    t = s.exp()
    log = (1 + t).log()  # Re(1 + t) > 0 for Re s < 0: no cut is met
    return (arb(2).log() * (1 + t) + s * t - (1 + t) * log) / 2


#: φ(s) on balls with a real part below 0, and φ(−∞).
FORMS: dict[str, tuple[Callable[[Any], Any], Callable[[], arb]]] = {
    "total_variation": (lambda s: (1 - s.exp()) / 2, lambda: arb(1) / 2),
    "squared_hellinger": (lambda s: (1 - (s / 2).exp()) ** 2 / 2, lambda: arb(1) / 2),
    "jensen_shannon": (_jensen_shannon, lambda: arb(2).log() / 2),
}


def certified_overlap(name: str, p: Parts, q: Parts) -> arb:
    """A ball that certainly holds the divergence of a name in `FORMS`.

    Raises:
        EnclosureError: there is no ball as narrow as a float.
    """
    function, most = FORMS[name]
    if (
        p.numbers == q.numbers
        and p.logits == q.logits
        and len(p.laws) == len(q.laws)
        and all(map(same, p.laws, q.laws))
    ):
        return arb(0)
    if p.laws[0].discrete != q.laws[0].discrete:  # no set has mass under both
        return narrowest(lambda: 2 * most())
    both = _counts if p.laws[0].discrete else _densities
    return narrowest(lambda: both(p, q, function, most()))


def _densities(p: Parts, q: Parts, function: Callable[[Any], Any], most: arb) -> arb:
    return sum(
        (
            weight * _under(law, one, other, function, most)
            for one, other in ((p, q), (q, p))
            for weight, law in one.weighted
        ),
        arb(0),
    )


def _under(law: Any, one: Parts, other: Parts, function: Callable[[Any], Any], most: arb) -> arb:
    """E_law[φ(log other − log one)], where the other density is the lower one."""
    count = len(one.laws)
    own, rest = ([weight.log() for weight in side.weights()] for side in (one, other))

    def value(ratios: list[Any], ns: Any) -> Any:
        above, below = (
            [ratio + log for ratio, log in zip(side, logs, strict=True) if ratio is not None]
            for side, logs in ((ratios[:count], own), (ratios[count:], rest))
        )
        if not below:
            return most
        return clipped(log_sum(below, ns) - log_sum(above, ns), ns, function, most)

    return expectation(law, (*one.laws, *other.laws), value, most=most)


def clipped(s: Any, ns: Any, function: Callable[[Any], Any], most: arb) -> Any:
    """φ(min(s, 0)) for a φ that decreases to 0: analytic where the sign of s is certain."""
    s = acb(s)
    if s.real > 0:
        return acb(0)
    if s.real < 0:
        value = function(s)
        if value.is_finite() or not s.imag == 0:
            return value
    if getattr(ns, "analytic", False):
        return NAN
    # Only points of the real line are asked for here, where φ decreases from its most to 0.
    low = function(arb(s.real.lower())) if s.is_finite() else most
    return acb(hull(0, low if low.is_finite() else most))


def _counts(p: Parts, q: Parts, function: Callable[[Any], Any], most: arb) -> arb:
    sides = [[(weight, mass(law)) for weight, law in side.weighted] for side in (p, q)]

    def term(k: int) -> arb:
        low, high = (sum((weight * at(k) for weight, at in side), arb(0)) for side in sides)
        if high < low:
            low, high = high, low
        if low == 0:
            return high * most
        s = (low / high).log()
        if s < 0:
            return high * function(s)
        return high.max(low) * hull(0, function(arb(s.lower()).min(arb(0))))

    return sum_over_masses([*p.weighted, *q.weighted], term, lambda k: most)
