"""Divergences between laws of vectors and matrices, held to certified values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from flint import arb, arb_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import families
from divergences.kl import kl
from tests.divergences import certified, regimes
from tests.divergences.strategies import pairs_of_laws
from tests.divergences.textbook import settled, truth

SEEDS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@settings(deadline=None, max_examples=60)
@given(seed=SEEDS)
def test_dirichlet_is_accurate(seed: int, dtype: Any) -> None:
    rng = np.random.default_rng(seed)
    p = 10 ** rng.uniform(-6, 12, size=rng.integers(2, 6))
    size = 10 ** rng.uniform(-16, 1)
    q = [10 ** rng.uniform(-6, 12, p.shape), p * np.exp(size * rng.normal(size=p.shape)), p * np.exp(size)][seed % 3]
    p, q = (np.maximum(a, 1e-20).astype(dtype) for a in (p, q))
    value = kl(families.Dirichlet(p), families.Dirichlet(q))
    exact = truth("Dirichlet", "Dirichlet", {"concentration": p.tolist()}, {"concentration": q.tolist()})
    assert certified.error_in_eps(value, exact, dtype) <= 64


@settings(deadline=None, max_examples=40)
@given(pairs_of_laws(), st.integers(0, 5))
def test_categories_and_their_counts_are_accurate(pair: tuple[np.ndarray, np.ndarray], count: int) -> None:
    p, q = pair
    with certified.balls():
        reached = not np.any((p > 0) & (q == 0))
        exact = (
            certified.kl_categorical([arb(float(a)) for a in p], [arb(float(b)) for b in q]) if reached else arb("inf")
        )
        value = kl(families.Categorical(p), families.Categorical(q))
        assert certified.error_in_eps(value, exact) <= 64
        several = kl(families.Multinomial(count, p), families.Multinomial(count, q))
        assert several == 0 if count == 0 else certified.error_in_eps(several, exact * count) <= 64
    assert kl(families.Multinomial(count, p), families.Multinomial(count + 1, q)) == math.inf


def matrices(rng: np.random.Generator, d: int, kind: str) -> tuple[np.ndarray, np.ndarray, float]:
    """A factor, one near to it or not, and the larger condition number of the matrices L Lᵀ."""
    first = np.tril(rng.normal(size=(d, d)) / 2, -1) + np.diag(np.exp(rng.normal(size=d) / 2))
    change = np.tril(rng.normal(size=(d, d)))
    size = {"free": 1.0, "near": 10 ** rng.uniform(-12, -2), "equal": 0.0}[kind]
    second = first * np.exp(size * change)
    return first, second, max(np.linalg.cond(factor @ factor.T) for factor in (first, second))


@pytest.mark.parametrize("given_as", ["covariance_matrix", "precision_matrix", "scale_tril"])
@pytest.mark.parametrize("kind", ["free", "near", "equal"])
@settings(deadline=None, max_examples=15)
@given(seed=SEEDS)
def test_gaussian_vectors_are_accurate(given_as: str, kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 5))
    *factors, condition = matrices(rng, d, kind)
    means = [rng.normal(size=d)] * 2 if kind != "free" else rng.normal(size=(2, d))
    given = [factor if given_as == "scale_tril" else factor @ factor.T for factor in factors]
    laws = [families.MultivariateNormal(mean, **{given_as: a}) for mean, a in zip(means, given, strict=True)]
    value = kl(*laws)

    def ball(a: np.ndarray) -> arb_mat:
        matrix = arb_mat([[arb(float(entry)) for entry in row] for row in a])
        if given_as == "scale_tril":
            return matrix * matrix.transpose()
        return matrix.inv() if given_as == "precision_matrix" else matrix

    with certified.balls():
        first, second = ball(given[0]), ball(given[1])
        offset = arb_mat([[arb(float(a)) - arb(float(b))] for a, b in zip(*means, strict=True)])
        ratio = second.solve(first)
        exact = (ratio.trace() - d - ratio.det().log() + (offset.transpose() * second.solve(offset))[0, 0]) / 2
        if kind == "equal":
            assert value == 0
        else:
            assert certified.error_in_eps(value, exact) <= 64 * d * condition


@pytest.mark.parametrize("kind", ["free", "near", "equal"])
@settings(deadline=None, max_examples=20)
@given(seed=SEEDS)
def test_wishart_is_accurate(kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 5))
    first, second, condition = matrices(rng, d, kind)
    a = d - 1 + 10 ** rng.uniform(-3, 6)
    b = {"free": d - 1 + 10 ** rng.uniform(-3, 6), "near": a * (1 + 10 ** rng.uniform(-12, -2)), "equal": a}[kind]
    value = kl(families.Wishart(a, scale_tril=first), families.Wishart(b, scale_tril=second))

    def exact() -> arb:
        v, w = (
            (lambda m: m * m.transpose())(arb_mat([[arb(float(entry)) for entry in row] for row in factor]))
            for factor in (first, second)
        )
        ratio, p, q = w.solve(v), arb(a), arb(b)
        shapes = [
            ((q - i) / 2).lgamma() - ((p - i) / 2).lgamma() - (q - p) / 2 * ((p - i) / 2).digamma() for i in range(d)
        ]
        return sum(shapes, arb(0)) + p / 2 * (ratio.trace() - d) - q / 2 * ratio.det().log()

    if kind == "equal":
        assert value == 0
    else:
        assert certified.error_in_eps(value, settled(exact)) <= 64 * d * (condition + math.sqrt(max(a, b)))


def test_products_add_up() -> None:
    rng = np.random.default_rng(0)
    p, q = (
        {name: np.array([row[name] for row in rows]) for name in rows[0]}
        for rows in ([regimes.draw(rng, "Gamma", None) for _ in range(6)] for _ in "pq")
    )
    p, q = ({name: v.reshape(2, 3) for name, v in values.items()} for values in (p, q))
    single = kl(families.Gamma(**p), families.Gamma(**q))
    laws = [families.Independent(families.Gamma(**values), 1) for values in (p, q)]
    np.testing.assert_array_equal(kl(*laws), np.sum(single, axis=-1))


@pytest.mark.parametrize("given_as", ["covariance_matrix", "precision_matrix", "scale_tril"])
def test_gradients_of_matrix_laws_agree_with_finite_differences(given_as: str) -> None:
    rng = np.random.default_rng(1)
    first, second, _ = matrices(rng, 3, "free")
    arguments = [
        torch.tensor(factor if given_as == "scale_tril" else factor @ factor.T, requires_grad=True)
        for factor in (first, second)
    ]
    mean = torch.tensor(rng.normal(size=3), requires_grad=True)

    def symmetric(a: torch.Tensor) -> torch.Tensor:
        return a if given_as == "scale_tril" else (a + a.T) / 2

    def gaussian(mean: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        p = families.MultivariateNormal(mean, **{given_as: symmetric(a)})
        return kl(p, families.MultivariateNormal(torch.zeros(3).double(), **{given_as: symmetric(b)}))

    def wishart(df: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        p, q = (families.Wishart(n, **{given_as: symmetric(m)}) for n, m in ((df, a), (df + 1.5, b)))
        return kl(p, q)

    assert torch.autograd.gradcheck(gaussian, (mean, *arguments))
    assert torch.autograd.gradcheck(wishart, (torch.tensor(4.5, dtype=torch.float64, requires_grad=True), *arguments))
