"""Divergences between laws of counts: trials, failures, successes and events."""

from __future__ import annotations

import math
from typing import Any

from divergences import elementary, simplex, special
from divergences.families import Bernoulli, Binomial, Geometric, NegativeBinomial, Poisson
from divergences.kl import closed_form
from divergences.libraries import Array, device_of
from divergences.reading import choose, truth, whole


@closed_form(Bernoulli, Bernoulli)
def kl_bernoulli_bernoulli(p: Bernoulli, q: Bernoulli, xp: Any) -> Array:
    r""":math:`p\,\varphi(q/p) + (1-p)\,\varphi((1-q)/(1-p))`, from probabilities or from logits."""
    if p.logits is None or q.logits is None:
        # 1 − p is exact where it matters, on [1/2, 1]; and the difference is formed from the given numbers.
        change = q.success(xp) - p.success(xp)
        success = simplex.kl_div(p.success(xp), q.success(xp), change, xp=xp)
        return success + simplex.kl_div(p.failure(xp), q.failure(xp), -change, xp=xp)
    success = simplex.kl_div_from_log(p.success(xp), q.success(xp), _log_ratio(p.logits, q.logits, xp), xp=xp)
    failure = simplex.kl_div_from_log(p.failure(xp), q.failure(xp), _log_ratio(-p.logits, -q.logits, xp), xp=xp)
    return success + failure


@closed_form(Binomial, Binomial)
def kl_binomial_binomial(p: Binomial, q: Binomial, xp: Any) -> Array:
    r"""n times that of one trial for equal numbers of trials n, else :math:`\sum_x p(x)\varphi(q(x)/p(x))`.

    +inf where p has more trials than q. NaN for unequal numbers that cannot be read, as under ``torch.compile``: the
    sum has as many terms as there are counts.
    """
    one = Bernoulli(probs=p.probs, logits=p.logits), Bernoulli(probs=q.probs, logits=q.logits)
    trials = kl_bernoulli_bernoulli(*one, xp)
    if special.symbolic(xp):
        return p.total_count * trials
    # No trial has no divergence, whatever its probabilities.
    some = p.total_count > 0
    same = xp.where(some, p.total_count * xp.where(some, trials, 0.0), 0.0)
    equal = p.total_count == q.total_count
    if truth(xp.all(equal)):
        return same
    most = whole(xp.max(q.total_count))
    if most is None:
        return xp.where(equal, same, math.nan)
    counts = _like(q.total_count, tuple(range(most + 1)), xp)
    first, second = (law.over({name: value[..., None] for name, value in law.parameters().items()}) for law in (p, q))
    fits = p.total_count <= q.total_count
    log_p, log_q = first._log_density_everywhere(counts, xp), second._log_density_everywhere(counts, xp)
    both = (log_p > -math.inf) & (log_q > -math.inf)
    ratio = xp.where(both, log_q, 0.0) - xp.where(both, log_p, 0.0)
    limit = xp.where(log_q > -math.inf, math.inf, xp.where(log_p > -math.inf, -math.inf, 0.0))
    masses = xp.exp(log_p), xp.exp(log_q)
    terms = simplex.kl_div_from_log(*masses, xp.where(both, ratio, limit), xp=xp)
    summed = xp.where(fits | (p.success(xp) <= 0), xp.sum(terms, axis=-1), math.inf)
    return xp.where(equal, same, summed)


@closed_form(Geometric, Geometric)
def kl_geometric_geometric(p: Geometric, q: Geometric, xp: Any) -> Array:
    r"""That of one trial, times the mean number of trials 1/p: :math:`\varphi(q/p) + \tfrac{1-p}{p}\varphi(\cdot)`."""
    if p.logits is None or q.logits is None:
        first, second = p.success(xp), q.success(xp)
        rest = simplex.kl_div(p.failure(xp), q.failure(xp), first - second, xp=xp)
        return special.phi_ratio(second, first, xp=xp) + rest / first
    return _waiting(p.logits, q.logits, xp)


@closed_form(NegativeBinomial, NegativeBinomial)
def kl_negative_binomial_negative_binomial(p: NegativeBinomial, q: NegativeBinomial, xp: Any) -> Array | None:
    r"""r times that of the waits for one failure, which have a geometric law each, for equal numbers of failures r.

    None for unequal numbers: the mean log-ratio of the rising factorials has no closed form.
    """
    if not special.symbolic(xp) and not truth(xp.all(p.total_count == q.total_count)):
        return None
    if p.logits is None or q.logits is None:
        first, second = p.success(xp), q.success(xp)
        rest = simplex.kl_div(first, second, second - first, xp=xp) / p.failure(xp)
        return p.total_count * (
            special.phi_ratio(q.failure(xp), p.failure(xp), difference=first - second, xp=xp) + rest
        )
    return p.total_count * _waiting(-p.logits, -q.logits, xp)


@closed_form(Poisson, Poisson)
def kl_poisson_poisson(p: Poisson, q: Poisson, xp: Any) -> Array:
    r""":math:`\lambda_p\,\varphi(\lambda_q/\lambda_p)`; λq at λp = 0, +inf at λq = 0 < λp."""
    return simplex.kl_div(p.rate, q.rate, q.rate - p.rate, xp=xp)


def _waiting(logit_p: Array, logit_q: Array, xp: Any) -> Array:
    """φ(q/p) + φ((1 − q)/(1 − p))·(1 − p)/p, where p itself may underflow."""
    first, second = _log_ratio(logit_p, logit_q, xp), _log_ratio(-logit_p, -logit_q, xp)
    rest = special.expm1mx(second, xp=xp)
    return special.expm1mx(first, xp=xp) + special.times_exp(rest, -logit_p, xp=xp)


def _log_ratio(logit_p: Array, logit_q: Array, xp: Any) -> Array:
    """log(q/p) of sigmoids: log1p((1 − q)(e^δ − 1)) for a small δ = logit q − logit p, a difference of logs beyond."""
    change = logit_q - logit_p
    if special.symbolic(xp):
        return xp.log((1 + xp.exp(-logit_p)) / (1 + xp.exp(-logit_q)))
    near = xp.abs(change) <= 1
    step = xp.where(near, change, 0.0)
    return choose(
        near,
        lambda: xp.log1p(elementary.sigmoid(-logit_q, xp=xp) * xp.expm1(step)),
        lambda: elementary.softplus(-logit_p, xp=xp) - elementary.softplus(-logit_q, xp=xp),
        xp=xp,
    )


def _like(array: Array, values: tuple[int, ...], xp: Any) -> Array:
    device = device_of(array)
    placed = {} if device is None else {"device": device}
    return xp.asarray(values, dtype=array.dtype, **placed)
