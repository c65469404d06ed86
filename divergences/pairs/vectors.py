"""Divergences between laws of categories, of probability vectors, of normal vectors and of scatter matrices."""

from __future__ import annotations

import math
from typing import Any

from divergences import elementary, simplex, special
from divergences.discrete import proportional
from divergences.families import (
    Bernoulli,
    Binomial,
    Categorical,
    Dirichlet,
    LowRankMultivariateNormal,
    Multinomial,
    MultivariateNormal,
    Wishart,
)
from divergences.families.multivariate_normal import GaussianVector
from divergences.gaussian import half_square
from divergences.gaussian_full import ratio_excess, ratio_gap
from divergences.kl import closed_form
from divergences.libraries import Array
from divergences.linear_algebra import cholesky, placed, solve_lower
from divergences.reading import choose


@closed_form(Categorical, Categorical)
def kl_categorical_categorical(p: Categorical, q: Categorical, xp: Any) -> Array:
    r""":math:`\sum_i p_i\,\varphi(q_i/p_i)`, from probabilities or from logits as they are; theorem categorical-kl."""
    if p.num_categories != q.num_categories:
        raise ValueError(f"numbers of categories must agree, got {p.num_categories} of p and {q.num_categories} of q")
    if p.logits is None and q.logits is None:
        a, b, difference, factor = proportional(p.probs, q.probs, -1, xp)
        return xp.sum(simplex.kl_div(a, b, difference, xp=xp), axis=-1) / factor
    if p.probs is None and q.probs is None:
        a, b, log_ratio = simplex.softmax_pair(p.logits, q.logits, -1, xp=xp)
        return xp.sum(simplex.kl_div_from_log(a, b, log_ratio, xp=xp), axis=-1)
    return _kl_log_masses(p.masses(xp), p.log_masses(xp), q.masses(xp), q.log_masses(xp), xp)


@closed_form(Bernoulli, Categorical)
@closed_form(Binomial, Categorical)
def kl_count_categorical(p: Bernoulli | Binomial, q: Categorical, xp: Any) -> Array | None:
    """The same sum over the categories, where p has no count beyond the last of them; else +inf."""
    if special.symbolic(xp):
        return None
    numbers = q.numbers(xp)
    wide = p.over({name: value[..., None] for name, value in p.parameters().items()})
    log_p = wide._log_density_everywhere(numbers, xp)
    value = _kl_log_masses(xp.exp(log_p), log_p, q.masses(xp), q.log_masses(xp), xp)
    return elementary.pick(p._support(xp).high <= q.num_categories - 1, value, xp.full_like(value, math.inf), xp=xp)


def _kl_log_masses(a: Array, log_a: Array, b: Array, log_b: Array, xp: Any) -> Array:
    """The divergence of masses on the last axis, by the differences of their logarithms."""
    both = (log_a > -math.inf) & (log_b > -math.inf)
    one_sided = xp.where(log_a > -math.inf, -math.inf, xp.where(log_b > -math.inf, math.inf, 0.0 * (a + b)))
    log_ratio = xp.where(both, xp.where(both, log_b, 0.0) - xp.where(both, log_a, 0.0), one_sided)
    return xp.sum(simplex.kl_div_from_log(a, b, log_ratio, xp=xp), axis=-1)


@closed_form(Multinomial, Multinomial)
def kl_multinomial_multinomial(p: Multinomial, q: Multinomial, xp: Any) -> Array:
    """n times that of one draw; +inf where the numbers of draws differ."""
    one = kl_categorical_categorical(Categorical(p.probs, p.logits), Categorical(q.probs, q.logits), xp)
    if p.total_count != q.total_count:
        return 0 * one + math.inf if special.symbolic(xp) else xp.full_like(one, math.inf)
    return p.total_count * one if p.total_count else xp.zeros_like(one)


@closed_form(Dirichlet, Dirichlet)
def kl_dirichlet_dirichlet(p: Dirichlet, q: Dirichlet, xp: Any) -> Array:
    """The Bregman divergence of log B, see `divergences.special.bregman_log_beta`."""
    a, b = p.concentration, q.concentration
    return special.bregman_log_beta(b + 0 * a, a + 0 * b, xp=xp)


@closed_form(MultivariateNormal, MultivariateNormal)
@closed_form(MultivariateNormal, LowRankMultivariateNormal)
@closed_form(LowRankMultivariateNormal, MultivariateNormal)
@closed_form(LowRankMultivariateNormal, LowRankMultivariateNormal)
def kl_gaussian_vectors(p: GaussianVector, q: GaussianVector, xp: Any) -> Array:
    """As `divergences.kl_gaussian_full`; within 64 eps times d and the condition number of q's matrix.

    Of two precisions, or of two factors, the ratio is formed from them as they are.
    """
    given = p.parameters().keys() & q.parameters().keys()
    offset = (p.loc - q.loc)[..., None]
    if "precision_matrix" in given:
        # tr(Σ_q⁻¹Σ_p) = tr(P_p⁻¹P_q), and so for the determinants: the ratio of the precisions, the other way round.
        first, second = p.parameters()["precision_matrix"], q.parameters()["precision_matrix"]
        factor_p, factor_q = (cholesky(xp, "precision_matrix", a, validate=False) for a in (first, second))
        excess = ratio_excess(xp, factor_q, second, factor_p, first)
        scales = ratio_gap(xp, excess, xp.linalg.diagonal(factor_q), xp.linalg.diagonal(factor_p))
        return xp.sum(half_square((xp.matrix_transpose(factor_q) @ offset)[..., 0]), axis=-1) + scales
    factor_p, factor_q = p.factor(xp), q.factor(xp)
    scales = ratio_gap(
        xp, _ratio(p, q, factor_p, factor_q, xp), xp.linalg.diagonal(factor_p), xp.linalg.diagonal(factor_q)
    )
    return xp.sum(half_square(solve_lower(xp, factor_q, offset)[..., 0]), axis=-1) + scales


@closed_form(Wishart, Wishart)
def kl_wishart_wishart(p: Wishart, q: Wishart, xp: Any) -> Array:
    r"""That of gamma laws for d = 1; with the eigenvalues λ of the ratio :math:`V_q^{-1} V_p` and shapes a = ν/2

    .. math:: \sum_i a_q\varphi\Big(\frac{a_p\lambda_i}{a_q}\Big) + \sum_{i<d} \Big[B_{\log\Gamma}\big(a_q - \tfrac i2;
        a_p - \tfrac i2\big) - a_q\varphi\Big(\frac{a_p}{a_q}\Big)\Big]

    where each bracket is ≥ 0. Within 64 eps times d and the condition number of V_q, or √ν where the means agree.
    """
    first, second = p.factor(xp), q.factor(xp)
    diagonals = xp.linalg.diagonal(first), xp.linalg.diagonal(second)
    if special.symbolic(xp):
        shapes = xp.sum(special.bregman_lgamma(q.halves(xp), p.halves(xp), xp=xp), axis=-1)
        scales = p.df * ratio_gap(xp, _ratio(p, q, first, second, xp), *diagonals)
        return shapes + scales + (p.df - q.df) * xp.sum(xp.log(diagonals[0] / diagonals[1]), axis=-1)
    change = (p.df - q.df) / q.df
    root = xp.sqrt(p.df / q.df)
    # √t − 1 = (t − 1)/(√t + 1), for √t (I + K) − I = √t K + (√t − 1) I.
    step = (change / (root + 1))[..., None, None] * xp.eye(first.shape[-1], dtype=first.dtype, **placed(first))
    excess = root[..., None, None] * _ratio(p, q, first, second, xp) + step
    means = q.df * ratio_gap(xp, excess, root[..., None] * diagonals[0], diagonals[1])
    rests = special.phi_ratio(q.halves(xp), p.halves(xp), xp=xp) / 2
    rests = rests + special.bregman_binet(q.halves(xp), p.halves(xp), xp=xp)
    steps = [_entropy_rise(q.df / 2, p.df / 2, i / 2, xp) for i in range(1, first.shape[-1])]
    return means + xp.sum(rests, axis=-1) + sum(steps, 0 * p.df)


def _entropy_rise(q: Array, p: Array, step: float, xp: Any) -> Array:
    """D(q − s; p − s) − D(q; p) ≥ 0 for the relative entropy D of two numbers."""
    near = (q >= p / 2) & (q / 2 <= p) & (q - step >= (p - step) / 2) & ((q - step) / 2 <= p - step)
    a, b = xp.where(near, q, 2 * step), xp.where(near, p, 2 * step)

    def far() -> Array:
        a, b = xp.where(near, 2 * step, q), xp.where(near, 2 * step, p)
        shifted = special.relative_entropy(a - step, b - step, difference=b - a, xp=xp)
        return shifted - special.relative_entropy(a, b, xp=xp)

    return choose(near, lambda: special.relative_entropy_rise(a, b, step, xp=xp), far, xp=xp)


def _ratio(p: Any, q: Any, factor_p: Array, factor_q: Array, xp: Any) -> Array:
    """L_q⁻¹ L_p − I; corrected from the covariances unless the factors are what was given."""
    if p.parameters().keys() & q.parameters().keys() & {"scale_tril"}:
        return xp.tril(solve_lower(xp, factor_q, factor_p - factor_q))
    return ratio_excess(xp, factor_p, p.covariance(xp), factor_q, q.covariance(xp))
