"""Divergences between laws of categories, of probability vectors, of normal vectors and of scatter matrices."""

from __future__ import annotations

import math
from typing import Any

from divergences import simplex, special
from divergences.discrete import proportional
from divergences.families import (
    Categorical,
    Dirichlet,
    LowRankMultivariateNormal,
    Multinomial,
    MultivariateNormal,
    Wishart,
)
from divergences.families.multivariate_normal import GaussianVector
from divergences.gaussian_full import kl_gaussian_full
from divergences.kl import closed_form
from divergences.libraries import Array


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
    a, b, log_a, log_b = p.masses(xp), q.masses(xp), p.log_masses(xp), q.log_masses(xp)
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
    """`divergences.kl_gaussian_full` of the covariances; within 64 eps times d and the condition number of q's."""
    return kl_gaussian_full(p.loc, p.covariance(xp), q.loc, q.covariance(xp), validate=False)


@closed_form(Wishart, Wishart)
def kl_wishart_wishart(p: Wishart, q: Wishart, xp: Any) -> Array:
    r"""The divergence of multivariate gammas, and that of the scales as normal covariances.

    .. math:: \sum_i B_{\log\Gamma}\Big(\tfrac{\nu_q-i}2; \tfrac{\nu_p-i}2\Big)
        + \nu_p\,\mathrm{KL}(N(0, V_p) \,\|\, N(0, V_q)) + \tfrac{\nu_p-\nu_q}2\log\det V_q^{-1}V_p
    """
    shapes = xp.sum(special.bregman_lgamma(q.halves(xp), p.halves(xp), xp=xp), axis=-1)
    first, second = p.factor(xp), q.factor(xp)
    covariances = [factor @ xp.matrix_transpose(factor) for factor in (first, second)]
    zero = 0 * xp.linalg.diagonal(first + second)
    scales = kl_gaussian_full(zero, covariances[0], zero, covariances[1], validate=False)
    diagonals = (xp.linalg.diagonal(factor) for factor in (first, second))
    log_det = 2 * xp.sum(special.log_ratio(*diagonals, xp=xp), axis=-1)
    value = shapes + p.df * scales + (p.df - q.df) / 2 * log_det
    return value if special.symbolic(xp) else xp.where(value < 0, xp.zeros_like(value), value)
