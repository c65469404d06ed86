r"""Sums over whole numbers in ball arithmetic, with a proved bound on the terms that an infinite one leaves out.

For laws p, q on 0, 1, 2, ...: :math:`|\log p(k) - \log q(k)| \le -\log p(k) - \log q(k) \le U(k)` with a polynomial U,
since masses are at most 1, and :math:`p(k+1)/p(k) \le r < 1` from n on. Then

.. math:: \sum_{k \ge n} p(k)\,U(k)\,S(k) \le \frac{p(n)\,U(n)\,S(n)}{1 - r\,(1 + 1/n)^3}

as U is quadratic, a bound S on what a derivative adds is linear, and both have non-negative coefficients.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from flint import arb, fmpq

from divergences.balls import Reals
from divergences.enclosure import GrowthError, exact
from divergences.families.geometric import Geometric
from divergences.families.law import Law
from divergences.families.negative_binomial import NegativeBinomial
from divergences.families.poisson import Poisson

#: More terms than this are not summed.
MAX_TERMS = 20_000

_REALS = Reals()


def sum_over_counts(
    p: Law, q: Law | None, weight: Callable[..., Any], factor: Callable[..., Any], wrt: str | None, *, bits: int
) -> arb:
    """The sum of weight(k)·factor(k) over the support of p, where weight is p's mass.

    Args:
        p, q: laws over single numbers; without q the sum is that of p log p.
        weight, factor: functions of k and a namespace of balls; factor is log p − log q, or its product with the
            score of the parameter wrt and the derivative of log p − log q in it.
        wrt: the parameter of ``p.`` or ``q.`` that is differentiated in, if one is.
        bits: what is left out is at most 2^-bits of the sum.

    Raises:
        GrowthError: there are too many terms, or p has no bound on its tail.
    """
    import array_api_compat.numpy as xp

    low, high = (float(end) for end in (p._support(xp).low, p._support(xp).high))

    def term(k: int) -> arb:
        mass = arb(weight(fmpq(k), _REALS))
        return mass * factor(fmpq(k), _REALS) if not mass == 0 else mass

    if high < math.inf:
        if high - low > MAX_TERMS:
            raise GrowthError(f"a sum of more than {MAX_TERMS} terms")
        return sum((term(k) for k in range(int(low), int(high) + 1)), arb(0))
    ratio, bound = _RATIOS[type(p)], _size(p, q, wrt)
    total, k, step = arb(0), 0, 64
    while k < MAX_TERMS:
        for _ in range(step):
            total += term(k)
            k += 1
        shrink = arb(ratio(p, k)) * (1 + 1 / arb(k)) ** 3
        if shrink < 1:
            left_out = (arb(weight(fmpq(k), _REALS)) * bound(k) / (1 - shrink)).upper()
            if left_out <= arb(2) ** -bits * abs(total).upper():
                return total + arb(0, left_out)
        step = k
    raise GrowthError(f"a sum of more than {MAX_TERMS} terms")


def _number(value: Any) -> arb:
    return arb(exact(float(value)))


def _success(law: Any) -> arb:
    return _number(law.probs) if law.logits is None else 1 / (1 + (-_number(law.logits)).exp())


def _failure(law: Any) -> arb:
    return 1 - _number(law.probs) if law.logits is None else 1 / (1 + _number(law.logits).exp())


def _part(x: arb) -> arb:
    """max(x, 0)."""
    return x.max(arb(0))


#: A bound on p(k + 1)/p(k) for all k ≥ n. (k + r)/(k + 1) is monotone with the limit 1, so at most its value or 1.
_RATIOS: dict[type[Law], Callable[[Any, int], arb]] = {
    Poisson: lambda p, n: _number(p.rate) / (n + 1),
    Geometric: lambda p, n: _failure(p),
    NegativeBinomial: lambda p, n: _success(p) * ((n + _number(p.total_count)) / (n + 1)).max(arb(1)),
}

#: −log p(k) ≤ a + b k + k² for k ≥ 1, as log k! ≤ k², and Γ(k + r)/(Γ(r) k!) ≥ min(1, r)/k by its product.
_LOG_MASSES: dict[type[Law], Callable[[Any], tuple[arb, arb]]] = {
    Poisson: lambda p: (_number(p.rate), _part(-_number(p.rate).log())),
    Geometric: lambda p: (-_success(p).log(), -_failure(p).log()),
    NegativeBinomial: lambda p: (
        _part(-_number(p.total_count).log()) - _number(p.total_count) * _failure(p).log(),
        1 - _success(p).log(),
    ),
}

#: |∂ log p(k)/∂θ| ≤ a + b k, as ψ(k + r) − ψ(r) ≤ k/r.
_SCORES: dict[type[Law], dict[str, Callable[[Any], tuple[arb, arb]]]] = {
    Poisson: {"rate": lambda p: (arb(1), 1 / _number(p.rate))},
    Geometric: {"probs": lambda p: (1 / _success(p), 1 / _failure(p)), "logits": lambda p: (arb(1), arb(1))},
    NegativeBinomial: {
        "probs": lambda p: (_number(p.total_count) / _failure(p), 1 / _success(p)),
        "logits": lambda p: (_number(p.total_count), arb(1)),
        "total_count": lambda p: (-_failure(p).log(), 1 / _number(p.total_count)),
    },
}


def _size(p: Law, q: Law | None, wrt: str | None) -> Callable[[int], arb]:
    """A bound on the absolute value of the factor at k, a product of polynomials with non-negative coefficients."""
    laws = {"p": p} if q is None else {"p": p, "q": q}
    masses = [_LOG_MASSES[type(law)](law) for law in laws.values()]
    constant, slope = (sum(column, arb(0)) for column in zip(*masses, strict=True))

    def log_ratio(k: int) -> arb:
        return constant + slope * k + 2 * arb(k) ** 2

    if wrt is None:
        return log_ratio
    side, _, name = wrt.partition(".")
    e, f = _SCORES[type(laws[side])][name](laws[side])

    def derivative(k: int) -> arb:
        return (1 + log_ratio(k)) * (e + f * k)

    return derivative
