r"""Divergences and entropies of finite mixtures, which have no closed form: certified, component by component.

.. math:: \mathrm{KL}(p \,\|\, q) = \sum_k w_k\, E_{p_k}\Big[\log\frac{\sum_j w_j p_j}{\sum_j v_j q_j}\Big]

Each expectation is taken in the coordinate in which its own component falls exponentially. Values are constants to
differentiation. Arrays are looped over, at some tens of milliseconds a component. Loads sympy and python-flint.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import array_api_compat.numpy as numpy_namespace
import numpy as np
from flint import acb, arb

from divergences import special
from divergences.balls import NAN, Reals, Tails
from divergences.enclosure import exact
from divergences.expectation import is_infinite
from divergences.families.independent import Mixture
from divergences.families.law import Law
from divergences.libraries import Array, is_torch
from divergences.pieces import expectation, mass, narrowest, same, sum_over_masses, univariate
from divergences.quadrature import _as
from divergences.reading import to_numpy
from divergences.summation import _LOG_MASSES
from divergences.tails import EnclosureError, Tail


class Parts(NamedTuple):
    """The components of a law over single numbers that have weight, and their weights as they were given."""

    laws: tuple[Law, ...]
    numbers: tuple[float, ...]
    logits: bool

    def weights(self) -> list[arb]:
        """The weights, which sum to 1, at the present precision."""
        given = [arb(exact(number)) for number in self.numbers]
        if self.logits:
            given = [(number - max(self.numbers)).exp() for number in given]
        total = sum(given, arb(0))
        return [number / total for number in given]

    @property
    def weighted(self) -> list[tuple[arb, Law]]:
        return list(zip(self.weights(), self.laws, strict=True))


def parts(law: Law, index: tuple[int, ...], shape: tuple[int, ...]) -> Parts | None:
    """The components at an index of the batch shape that a law is broadcast to; None where a parameter is NaN."""
    if not isinstance(law, Mixture):
        values = {name: np.broadcast_to(to_numpy(value), shape)[index] for name, value in law.parameters().items()}
        if any(math.isnan(value) for value in values.values()):
            return None
        return Parts((univariate(law).over({name: float(value) for name, value in values.items()}),), (1.0,), False)
    choice, component = law.mixture_distribution, univariate(law.component_distribution)
    logits = choice.logits is not None
    wide = (*shape, choice.num_categories)
    numbers = np.broadcast_to(to_numpy(choice.logits if logits else choice.probs), wide)[index]
    arrays = {name: np.broadcast_to(to_numpy(value), wide)[index] for name, value in component.parameters().items()}
    if np.isnan(numbers).any() or any(np.isnan(array).any() for array in arrays.values()):
        return None
    chosen = [k for k in range(choice.num_categories) if numbers[k] > (-math.inf if logits else 0)]
    laws = tuple(component.over({name: float(array[k]) for name, array in arrays.items()}) for k in chosen)
    return Parts(laws, tuple(float(numbers[k]) for k in chosen), logits)


def certified_kl_of_parts(p: Parts, q: Parts | None) -> arb:
    """A ball that certainly holds KL(p ‖ q), +∞ where it certainly is; without q the negative entropy of p.

    Raises:
        EnclosureError: there is no ball as narrow as a float.
    """
    if q is not None:
        if p.numbers == q.numbers and p.logits == q.logits and all(map(same, p.laws, q.laws)):
            return arb(0)
        if len(q.laws) == 1 and any(_is_infinite(law, q.laws[0]) for law in p.laws):
            # KL(p ‖ q) = Σ w_k KL(p_k ‖ q) less the information of x on k, which is at most log K.
            return arb.pos_inf()
    try:
        return narrowest(lambda: _counts(p, q) if p.laws[0].discrete else _densities(p, q))
    except _Uncovered:
        return arb.pos_inf()


class _Uncovered(Exception):
    """p has mass on a set where q has none."""


def _is_infinite(p: Law, q: Law) -> bool:
    first, second = (law.over({name: np.asarray(value) for name, value in law.parameters().items()}) for law in (p, q))
    return bool(is_infinite(first, second, numpy_namespace))


def _densities(p: Parts, q: Parts | None) -> arb:
    logs, others = [weight.log() for weight in p.weights()], [] if q is None else q.weights()
    count = len(p.laws)

    def log_ratio(ratios: list[Any], ns: Any) -> Any:
        value = log_sum(_shifted(ratios[:count], logs), ns)
        if q is None:
            return value
        below = _shifted(ratios[count:], [weight.log() for weight in others])
        if not below:
            raise _Uncovered
        return value - log_sum(below, ns)

    laws = (*p.laws, *(() if q is None else q.laws))
    if q is not None:
        return sum((weight * expectation(law, laws, log_ratio) for weight, law in p.weighted), arb(0))
    # The density itself, not its ratio to that of a component.
    return sum((weight * _log_density_under(law, p.laws, logs) for weight, law in p.weighted), arb(0))


def _log_density_under(law: Law, laws: Sequence[Law], logs: list[arb]) -> arb:
    from divergences.quadrature import certified_kl

    excess = expectation(law, laws, lambda ratios, ns: log_sum(_shifted(ratios, logs), ns))
    return certified_kl(law, None) + excess


def _shifted(ratios: list[Any], logs: list[arb]) -> list[Any]:
    return [ratio + log for ratio, log in zip(ratios, logs, strict=True) if ratio is not None]


def log_sum(terms: list[Any], ns: Any) -> Any:
    r""":math:`\log\sum_i e^{t_i}` on balls and on growth bounds, relative to the largest term."""
    if len(terms) == 1:
        return terms[0]
    if isinstance(ns, Tails):
        # Between the largest term and log n more than it: no farther from 0 than all the terms together and log n.
        bounds = [ns._lift(term).bound for term in (*terms, arb(len(terms)).log())]
        return Tail(ns.start, bound=sum(bounds, ()))
    lifted = [arb(term) if isinstance(ns, Reals) else acb(term) for term in terms]
    if not all(term.is_finite() for term in lifted):
        if isinstance(ns, Reals):
            raise EnclosureError("a log density has no finite enclosure")
        return NAN
    # Any choice of the top is exact; on the real part of a ball all of them agree.
    top = max(lifted, key=lambda term: float(arb(term.real if isinstance(term, acb) else term).mid()))
    return top + ns.log(sum((ns.exp(term - top) for term in lifted), arb(0)))


def _counts(p: Parts, q: Parts | None) -> arb:
    sides = [[(weight, mass(law)) for weight, law in side.weighted] for side in (p, q) if side is not None]

    def term(k: int) -> arb:
        first, *second = (sum((weight * at(k) for weight, at in side), arb(0)) for side in sides)
        if first == 0:
            return first
        if second and second[0] == 0:
            raise _Uncovered
        value = _REALS.log(first) - (_REALS.log(second[0]) if second else 0)
        return first * value

    return sum_over_masses(p.weighted, term, _size(p, q))


_REALS = Reals()


def _size(p: Parts, q: Parts | None) -> Callable[[int], arb]:
    """A bound on |log p| + |log q|: a mixture's mass is at least that of one component by its weight."""
    endless = [side for side in (p, q) if side is not None and type(side.laws[0]) in _LOG_MASSES]
    bounds = [(_LOG_MASSES[type(side.laws[0])](side.laws[0]), -side.weights()[0].log()) for side in endless]
    constant = sum((pair[0] + log for pair, log in bounds), arb(0))
    slope = sum((pair[1] for pair, _ in bounds), arb(0))
    return lambda k: constant + slope * k + 2 * arb(k) ** 2


# --- arrays ----------------------------------------------------------------------------------------------------------


def kl_of_mixtures(p: Law, q: Law | None, shape: tuple[int, ...], xp: Any) -> tuple[Array, Array]:
    """KL(p ‖ q), or the negative entropy of p, and a bound on its error, over arrays of one namespace.

    Raises:
        ValueError: there is no certified value at some of the parameters, the laws are symbols, components are no laws
            of one variable that integrals are known under, or a parameter asks for a gradient.
    """
    pair = type(p).__name__ + ("" if q is None else f" ‖ {type(q).__name__}")
    if special.symbolic(xp):
        raise ValueError(f"{pair} over symbols has no closed form")
    given = {**p.parameters("p."), **({} if q is None else q.parameters("q."))}
    for name, array in given.items():
        if is_torch(array) and array.requires_grad:
            raise ValueError(f"{name} asks for a gradient, which certified values of {pair} do not carry: detach it")
    value, error = np.empty(shape), np.zeros(shape)
    for index in np.ndindex(shape):
        sides = [None if law is None else parts(law, index, shape) for law in (p, q)]
        if sides[0] is None or (q is not None and sides[1] is None):
            value[index] = error[index] = math.nan
            continue
        try:
            ball = certified_kl_of_parts(sides[0], sides[1])
        except EnclosureError as failure:
            raise ValueError(f"no certified value of {pair} at index {index}: {failure}") from None
        value[index], error[index] = as_float(ball, 0.0 if q is not None else -math.inf)
    like = next(iter(given.values()))
    return _as(like, value), _as(like, error)


def as_float(ball: arb, least: float) -> tuple[float, float]:
    """A float, at least as large as the value is known to be, and a bound on its error."""
    if not ball.is_finite():
        return math.inf, 0.0
    value = max(float(ball.mid()), least)
    return value, math.nextafter(float(abs(ball - value).upper()), math.inf) if ball.rad() > 0 or ball != value else 0.0
