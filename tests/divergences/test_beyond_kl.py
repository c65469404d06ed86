"""Bregman's divergences, the Jensen–Shannon distance, and the certified total variation."""

from __future__ import annotations

import itertools
import math
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from flint import arb
from hypothesis import example, given, settings
from hypothesis import strategies as st

from divergences import POTENTIALS, bregman, total_variation_gaussian
from divergences.jensen_shannon import js_distance_categorical
from tests.divergences import certified
from tests.divergences.strategies import GAUSSIAN_PAIRS, pairs_of_laws, tiny

EPS = np.finfo(float).eps


def x_log(a: arb, b: arb) -> arb:
    return arb(0) if a == 0 else a * (a / b).log()


BREGMAN = {
    "half_square": lambda x, y: (x - y) * (x - y) / 2,
    "negative_entropy": lambda x, y: x_log(x, y) - x + y,
    "burg": lambda x, y: x / y - 1 - (x / y).log(),
    "binary_entropy": lambda x, y: x_log(x, y) + x_log(1 - x, 1 - y),
}


@pytest.mark.parametrize("name", POTENTIALS)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_bregman_divergences_are_accurate(name: str, data: st.DataObject) -> None:
    numbers = {
        "half_square": st.floats(-1e6, 1e6),
        "binary_entropy": st.floats(1e-12, 1 - 1e-12),
    }.get(name, st.floats(-30, 30).map(lambda e: 10.0**e))
    x = data.draw(numbers)
    y = data.draw(
        st.one_of(numbers, tiny().map(lambda d: x * (1 + d)).filter(lambda y: y < 1 or name != "binary_entropy"))
    )
    value = bregman(x, y, name)
    assert bregman(x, x, name) == 0
    with certified.balls():
        # 1 − x is exact for x in [1/2, 1] and off by eps/2 below, where the other term is as large.
        assert certified.error_in_eps(value, BREGMAN[name](arb(x), arb(y)) if x != y else arb(0)) <= 32


def test_bregman_has_its_limits_and_names_its_potentials() -> None:
    assert bregman(0.0, 2.0, "negative_entropy") == 2.0
    assert bregman(2.0, 0.0, "negative_entropy") == math.inf
    assert bregman(1.0, 0.5, "binary_entropy") == pytest.approx(math.log(2), rel=4 * EPS)
    with pytest.raises(ValueError, match="potential must be a Potential or one of half_square"):
        bregman(1.0, 2.0, "entropy")
    with pytest.raises(ValueError, match="y must be positive"):
        bregman(1.0, 0.0, POTENTIALS["burg"])


@settings(deadline=None, max_examples=60)
@given(pairs_of_laws(), st.integers(0, 2**32))
def test_the_distance_is_a_metric(pair: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    p, q = pair
    r = np.random.default_rng(seed).dirichlet(np.ones(p.size))
    direct = float(js_distance_categorical(p, q))
    assert direct == js_distance_categorical(q, p)
    assert 0 <= direct <= math.sqrt(math.log(2))
    assert direct <= (float(js_distance_categorical(p, r)) + float(js_distance_categorical(r, q))) * (1 + 64 * EPS)


def test_the_divergence_itself_is_no_metric() -> None:
    p, r, q = [1.0, 0.0], [0.5, 0.5], [0.0, 1.0]
    square = [float(js_distance_categorical(a, b)) ** 2 for a, b in ((p, q), (p, r), (r, q))]
    assert square[0] > square[1] + square[2]


def test_gradients_of_the_distance_are_zero_at_equality() -> None:
    p = torch.tensor([[0.2, 0.8], [0.5, 0.5]], dtype=torch.float64, requires_grad=True)
    q = torch.tensor([0.2, 0.8], dtype=torch.float64)
    (gradient,) = torch.autograd.grad(js_distance_categorical(p, q).sum(), p)
    assert (gradient[0] == 0).all()
    assert torch.isfinite(gradient).all()
    assert (gradient[1] != 0).any()


@settings(deadline=None, max_examples=60)
@given(GAUSSIAN_PAIRS)
@example((0.0, 1.0, 5e-324, 1.0))
def test_total_variation_lies_between_its_bounds(pair: tuple[float, float, float, float]) -> None:
    found = total_variation_gaussian(*pair)
    value, error = float(found.value), float(found.error_bound)
    assert 0 <= value <= 1
    assert error <= EPS * max(value, np.finfo(float).tiny)
    # Hellinger's distance encloses it (Le Cam): H² ≤ TV ≤ √(2H² − H⁴).
    with mpmath.workdps(900):
        m, s, n, r = map(mpmath.mpf, pair)
        affinity = mpmath.sqrt(2 * s * r / (s**2 + r**2)) * mpmath.exp(-((m - n) ** 2) / (4 * (s**2 + r**2)))
        assert 1 - affinity - error <= value <= mpmath.sqrt((1 - affinity) * (1 + affinity)) + error


def test_total_variation_is_the_integral() -> None:
    for pair in ((0.0, 1.0, 0.5, 1.0), (0.3, 2.0, -1.0, 0.5), (0.0, 1.0, 0.0, 1.001)):
        m, s, n, r = map(mpmath.mpf, pair)

        def difference(x: Any, m: Any = m, s: Any = s, n: Any = n, r: Any = r) -> Any:
            return mpmath.npdf(x, m, s) - mpmath.npdf(x, n, r)

        with mpmath.workdps(30):
            ends = [-30, *sorted(crossings(m, s, n, r)), 30]
            truth = sum(abs(mpmath.quad(difference, [a, b])) for a, b in itertools.pairwise(ends)) / 2
            found = total_variation_gaussian(*pair)
            assert abs(truth - mpmath.mpf(float(found.value))) <= float(found.error_bound) + 1e-15


def crossings(m: Any, s: Any, n: Any, r: Any) -> list[Any]:
    """Where the densities agree."""
    if s == r:
        return [(m + n) / 2]
    a = 1 / (2 * r**2) - 1 / (2 * s**2)
    b = m / s**2 - n / r**2
    c = n**2 / (2 * r**2) - m**2 / (2 * s**2) + mpmath.log(r / s)
    return [(-b + sign * mpmath.sqrt(b * b - 4 * a * c)) / (2 * a) for sign in (1, -1)]


def test_total_variation_of_arrays() -> None:
    found = total_variation_gaussian(np.array([0.0, 1.0, np.nan]), 1.0, 0.0, [[1.0], [2.0]])
    assert found.value.shape == (2, 3)
    assert found.value[0, 0] == found.error_bound[0, 0] == 0
    assert np.isnan(found.value[:, 2]).all()
    assert float(total_variation_gaussian(0.0, 1e-150, 0.0, 1e150).value) == 1.0
    with pytest.raises(ValueError, match="std_q must be positive"):
        total_variation_gaussian(0.0, 0.0)
