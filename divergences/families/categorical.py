"""The categorical law, and the multinomial law of its counts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import COUNT, LOGIT, NON_NEGATIVE, Domain
from divergences.families.law import Law, weighted
from divergences.families.noise import Noise
from divergences.families.odds import exactly_one
from divergences.families.statistics import HalfSquare, Linear, LogFactorialBelow, LogRising, Statistic
from divergences.families.support import Support
from divergences.libraries import Array, shape_of

#: The two ways to give the probabilities of categories, on a last axis of their own.
CATEGORIES: dict[str, Domain] = {"probs": NON_NEGATIVE, "logits": LOGIT}


class CategoriesLaw(Law):
    """What is common to laws with the ``probs`` or ``logits`` of categories: each computed from what was given."""

    domains: ClassVar[Mapping[str, Domain]] = CATEGORIES
    event_ranks: ClassVar[Mapping[str, int]] = {"probs": 1, "logits": 1}
    discrete = True
    probs: Any
    logits: Any

    @property
    def num_categories(self) -> int:
        """The length of the last axis."""
        name, value = ("probs", self.probs) if self.logits is None else ("logits", self.logits)
        shape = shape_of(name, value)
        return shape[-1] if shape else 0

    def masses(self, xp: Any) -> Array:
        """The probabilities, normalised."""
        if self.logits is None:
            return self.probs / xp.sum(self.probs, axis=-1, keepdims=True)
        weights = xp.exp(self.logits - xp.max(self.logits, axis=-1, keepdims=True))
        return weights / xp.sum(weights, axis=-1, keepdims=True)

    def log_masses(self, xp: Any) -> Array:
        """Their logarithms, −inf where they are 0."""
        if self.logits is None:
            probs = self.masses(xp)
            zero = probs <= 0
            return xp.where(zero, -math.inf, xp.log(xp.where(zero, 1.0, probs)))
        top = xp.max(self.logits, axis=-1, keepdims=True)
        below = self.logits - top
        return below - xp.log(xp.sum(xp.exp(below), axis=-1, keepdims=True))


@dataclass(frozen=True, eq=False)
class Categorical(CategoriesLaw):
    r"""One of K categories, numbered from 0.

    .. math:: \log p(x) = \log\frac{p_x}{\sum_i p_i}, \qquad x \in \{0, \ldots, K-1\}

    Args:
        probs: probabilities up to a common factor, (..., K).
        logits: their logarithms up to a common summand, instead; −inf for 0.

    Raises:
        ValueError: both or none are given.

    >>> float(Categorical([0.25, 0.75]).log_density(0))
    -1.38629436111...
    """

    probs: Array | None = None
    logits: Array | None = None

    def __post_init__(self) -> None:
        exactly_one("Categorical", probs=self.probs, logits=self.logits)

    def _support(self, xp: Any) -> Support:
        return Support(0.0, self.num_categories - 1.0, low_closed=True, high_closed=True, whole=True)

    def _log_density(self, x: Array, xp: Any) -> Array:
        chosen = x[..., None] == self.numbers(xp)
        return xp.sum(xp.where(chosen, self.log_masses(xp), 0.0), axis=-1)

    def numbers(self, xp: Any) -> Array:
        """0, ..., K − 1, on the axis of the categories."""
        like: Any = self.probs if self.logits is None else self.logits
        return xp.cumulative_sum(xp.ones_like(like[..., :1] + 0 * like), axis=-1) - 1

    def _entropy(self, xp: Any) -> Array:
        return -xp.sum(weighted(self.masses(xp), self.log_masses(xp), xp), axis=-1)

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        if not isinstance(statistic, Linear | HalfSquare | LogRising | LogFactorialBelow):
            return None
        wide = statistic.over({name: _on_categories(value) for name, value in statistic.parameters().items()})
        return xp.sum(weighted(self.masses(xp), wide(self.numbers(xp), xp), xp), axis=-1)

    def _cdf(self, x: Array, xp: Any) -> Array:
        return xp.sum(xp.where(self.numbers(xp) <= x[..., None], self.masses(xp), 0.0), axis=-1)

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        steps = xp.cumulative_sum(self.masses(xp), axis=-1)
        above = noise.uniform((*shape, 1)) * steps[..., -1:] > steps
        return xp.sum(xp.where(above, xp.ones_like(steps), 0.0), axis=-1)


def _on_categories(value: Array) -> Array:
    return value[..., None] if getattr(value, "shape", ()) else value


@dataclass(frozen=True, eq=False)
class Multinomial(CategoriesLaw):
    r"""How often each of K categories occurs in n draws.

    .. math:: \log p(x) = \log n! + \sum_i (x_i \log p_i - \log x_i!), \qquad \sum_i x_i = n

    Args:
        total_count: the number of draws n, one for all.
        probs: probabilities up to a common factor, (..., K).
        logits: their logarithms up to a common summand, instead; −inf for 0.

    Raises:
        ValueError: both or none of probs and logits are given, or total_count is no non-negative int.

    >>> float(Multinomial(2, [0.5, 0.5]).log_density([1.0, 1.0]))
    -0.69314718055...
    """

    total_count: int = 1
    probs: Array | None = None
    logits: Array | None = None
    event_rank = 1

    def __post_init__(self) -> None:
        exactly_one("Multinomial", probs=self.probs, logits=self.logits)
        if not isinstance(self.total_count, int) or self.total_count < 0:
            raise ValueError(f"total_count must be {COUNT.words}, got {self.total_count!r}")

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.num_categories,)

    def _log_density_everywhere(self, x: Array, xp: Any) -> Array:
        wrong = (x < 0) | ((xp.floor(x) != x) & (x == x)) | (xp.abs(x) == math.inf)
        count = xp.where(wrong, 0.0, x)
        outside = xp.any(wrong, axis=-1) | (xp.sum(count, axis=-1) != self.total_count)
        choices = special.lgamma(xp.ones_like(count[..., 0]) + self.total_count, xp=xp)
        terms = weighted(count, self.log_masses(xp), xp) - special.lgamma(count + 1, xp=xp)
        return xp.where(outside & ~xp.any(xp.isnan(x), axis=-1), -math.inf, choices + xp.sum(terms, axis=-1))

    def _entropy(self, xp: Any) -> Array:
        # Each count is binomial: H = −log n! − n Σ p log p + Σ E log x_i!.
        n, p, log_p = self.total_count, self.masses(xp), self.log_masses(xp)
        value = -n * xp.sum(weighted(p, log_p, xp), axis=-1) - special.lgamma(0 * p[..., 0] + n + 1, xp=xp)
        log_q = xp.log1p(-xp.where(p < 1, p, 0.0))
        for k in range(2, n + 1):
            log_choices = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
            log_mass = log_choices + k * log_p + (n - k) * log_q
            mass = xp.where(p < 1, xp.exp(log_mass), 1.0 if k == n else 0.0)
            value = value + math.lgamma(k + 1) * xp.sum(mass, axis=-1)
        return value

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        # One category after the other: a binomial share of the draws that are left.
        masses = self.masses(xp)
        left = 0 * noise.uniform(shape) + self.total_count
        counts = []
        for i in range(self.num_categories - 1):
            rest = xp.sum(masses[..., i:], axis=-1)
            share = xp.where(rest > 0, masses[..., i] / xp.where(rest > 0, rest, 1.0), 0.0)
            counts.append(noise.binomial(left, xp.where(share > 1, 1.0, share), shape))
            left = left - counts[-1]
        return xp.stack([*counts, left], axis=-1)
