"""Categorical divergences from probabilities and from logits, held to certified values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from flint import arb
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from divergences import js_categorical, kl_categorical
from tests.divergences import certified
from tests.divergences.strategies import pairs_of_laws, tiny

EPS = 2.0**-52


def textbook_js(p: Any, q: Any) -> Any:
    m = (p + q) / 2
    return (
        sum(np.sum(np.where(a > 0, a * np.log(np.where(a > 0, a, 1) / np.where(m > 0, m, 1)), 0)) for a in (p, q)) / 2
    )


def textbook_kl(p: Any, q: Any) -> Any:
    return np.sum(p * np.log(p / q))


def error_of(function: Any, exact: Any, p: Any, q: Any) -> float:
    value = function(p, q)
    with certified.balls():
        return certified.error_in_eps(value, exact([arb(float(a)) for a in p], [arb(float(b)) for b in q]))


@settings(deadline=None, max_examples=100)
@given(pairs_of_laws())
def test_js_is_accurate_symmetric_and_bounded(pair: tuple[np.ndarray, np.ndarray]) -> None:
    p, q = pair
    value = js_categorical(p, q)
    assert value == js_categorical(q, p)
    assert 0 <= value <= math.log(2)
    assert js_categorical(p, p) == 0
    # Vectors a few ulps apart differ by their sums, too: those are subtracted, which costs what they have in common.
    if value > 1e-28:
        assert error_of(js_categorical, certified.js_categorical, p, q) <= 16


@settings(deadline=None, max_examples=100)
@given(pairs_of_laws())
def test_kl_is_accurate_and_infinite_exactly_where_supports_demand_it(pair: tuple[np.ndarray, np.ndarray]) -> None:
    p, q = pair
    value = kl_categorical(p, q)
    assert value >= 0
    assert kl_categorical(p, p) == 0
    if np.any((p > 0) & (q == 0)):
        assert value == math.inf
    elif value > 1e-28:
        assert error_of(kl_categorical, certified.kl_categorical, p, q) <= 16


NEAR = np.array([0.2, 0.3, 0.5]), np.array([0.2 + 1e-8, 0.3 - 2e-8, 0.5 + 1e-8])


@pytest.mark.parametrize(
    ("right", "wrong", "exact"),
    [(js_categorical, textbook_js, certified.js_categorical), (kl_categorical, textbook_kl, certified.kl_categorical)],
)
def test_the_bounds_fail_the_textbook_formulas(right: Any, wrong: Any, exact: Any) -> None:
    assert error_of(right, exact, *NEAR) <= 16
    assert error_of(wrong, exact, *NEAR) > 1e6
    # Without the normalisation of vectors that sum to 1 + 1e-7 the value is off by more than itself.
    p, q = NEAR
    assert error_of(right, exact, p, q * (1 + 2e-7)) <= 1e3
    assert error_of(wrong, exact, p, q * (1 + 2e-7)) > 1e12


def test_disjoint_supports_reach_log_2_and_no_more() -> None:
    for dtype in (np.float64, np.float32):
        value = js_categorical(np.array([1, 0, 0], dtype), np.array([0, 0.25, 0.75], dtype))
        assert value == dtype(math.log(2))


LOGITS = st.floats(-30, 30)


@st.composite
def logit_pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    size = draw(st.integers(1, 5))
    left = np.array(draw(st.lists(st.one_of(LOGITS, st.just(-np.inf)), min_size=size, max_size=size)))
    assume(left.max() > -np.inf)
    shift = draw(st.sampled_from([0.0, 3.0, -1000.0]))
    if draw(st.booleans()):
        return left, left + np.array([draw(tiny()) for _ in range(size)])
    right = np.array(draw(st.lists(st.one_of(LOGITS, st.just(-np.inf)), min_size=size, max_size=size)))
    assume(right.max() > -np.inf)
    return left, right + shift


@settings(deadline=None, max_examples=100)
@given(logit_pairs())
def test_logits_are_accurate_symmetric_and_bounded(pair: tuple[np.ndarray, np.ndarray]) -> None:
    left, right = pair
    js, kl = js_categorical(left, right, logits=True), kl_categorical(left, right, logits=True)
    assert js == js_categorical(right, left, logits=True)
    assert 0 <= js <= math.log(2)
    assert kl >= 0
    assert js_categorical(left, left, logits=True) == kl_categorical(left, left, logits=True) == 0
    with certified.balls():
        p, q = certified.softmax(list(left)), certified.softmax(list(right))
        if js > 1e-24:  # log-ratios above the rounding of the logits' differences
            assert certified.error_in_eps(js, certified.js_categorical(p, q)) <= 256
        if np.any((left > -np.inf) & (right == -np.inf)):
            assert kl == math.inf
        elif kl > 1e-24:
            assert certified.error_in_eps(kl, certified.kl_categorical(p, q)) <= 256


def test_logits_beyond_the_range_of_probabilities() -> None:
    left, right = np.array([0.0, -1000.0, -2000.0]), np.array([0.0, -2000.0, -1000.0])
    assert kl_categorical(left, right, logits=True) == 0  # 1000·e⁻¹⁰⁰⁰ underflows
    assert kl_categorical(right, left[::-1], logits=True) == 2000
    assert js_categorical(left, left + 1e6, logits=True) == 0
    assert js_categorical(left, left[::-1], logits=True) == math.log(2)


def test_logits_and_probabilities_agree_along_any_axis_and_broadcast() -> None:
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(4, 3, 2)), rng.normal(size=(3, 1))
    p, q = np.exp(left), np.exp(right)
    p, q = p / p.sum(1, keepdims=True), q / q.sum(0, keepdims=True)
    for function in (js_categorical, kl_categorical):
        value = function(p, q, axis=-2)
        assert value.shape == (4, 2)
        np.testing.assert_allclose(function(left, right, axis=1, logits=True), value, rtol=1e-13)
        through_torch = function(torch.tensor(p), torch.tensor(q), axis=1)
        np.testing.assert_allclose(through_torch, value, rtol=1e-14)
        np.testing.assert_allclose(value[2, 1], function(p[2, :, 1], q[:, 0]), rtol=1e-14)


@pytest.mark.parametrize("function", [js_categorical, kl_categorical])
def test_gradients_are_the_exact_ones_and_zero_at_equality(function: Any) -> None:
    left = torch.tensor([0.3, -1.0, 2.0, 0.1], dtype=torch.float64, requires_grad=True)
    right = torch.tensor([0.5, 1.0, -2.0, 0.1], dtype=torch.float64)

    same = left.detach().clone()

    def reference(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        p, q = first.softmax(0), second.softmax(0)
        m = (p + q) / 2 if function is js_categorical else q
        kl = (p * (p / m).log()).sum()
        return (kl + (q * (q / m).log()).sum()) / 2 if function is js_categorical else kl

    for other in (right, left.detach() + 1e-9):
        (expected,) = torch.autograd.grad(reference(left, other), left)
        for value in (function(left, other, logits=True), function(left.softmax(0), other.softmax(0))):
            (gradient,) = torch.autograd.grad(value, left)
            torch.testing.assert_close(gradient, expected, rtol=1e-9, atol=1e-15)
    assert torch.autograd.gradcheck(lambda values: function(values, right, logits=True), left)
    assert torch.autograd.gradgradcheck(lambda values: function(values, right, logits=True), left)
    assert torch.autograd.gradgradcheck(lambda values: function(values, same, logits=True), left)
    (at_equality,) = torch.autograd.grad(function(left, left.detach(), logits=True), left)
    assert torch.equal(at_equality, torch.zeros(4, dtype=torch.float64))


@pytest.mark.parametrize("logits", [False, True])
@pytest.mark.parametrize("function", [js_categorical, kl_categorical])
def test_zeros_leave_gradients_finite(function: Any, logits: bool) -> None:
    p = torch.tensor([0.5, 0.5, 0.0, 0.0], dtype=torch.float64)
    q = torch.tensor([0.25, 0.5, 0.25, 0.0], dtype=torch.float64)
    p, q = ((a.log() if logits else a).requires_grad_() for a in (p, q))
    gradients = torch.autograd.grad(function(p, q, logits=logits), (p, q))
    assert all(torch.isfinite(gradient).all() for gradient in gradients)
    # The coordinates at which both are positive have the derivative of the textbook expression.
    if not logits and function is kl_categorical:
        torch.testing.assert_close(gradients[1][:3], torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64))


@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        ([0.5, 0.6], [0.5, 0.5], r"p must sum to 1 within 1e-06 along axis -1, got a sum of 1\.1"),
        ([0.5, 0.5], [0.7, 0.5], r"q must sum to 1"),
        ([-0.5, 1.5], [0.5, 0.5], r"p must be non-negative and finite, got -0\.5 at index 0"),
        ([0.5, 0.5], [0.5, 0.25, 0.25], r"shapes must broadcast"),
        ([1.0], [0.5, 0.5], r"p and q must have the same categories along axis -1"),
        (0.5, 0.5, r"axis must lie in the broadcast shape"),
        ([], [], r"the same categories"),
    ],
)
def test_bad_probabilities_are_named(p: Any, q: Any, message: str) -> None:
    for function in (js_categorical, kl_categorical):
        with pytest.raises(ValueError, match=message):
            function(p, q)


def test_bad_logits_are_named() -> None:
    with pytest.raises(ValueError, match="q must have a finite logit in every law"):
        js_categorical([0.0, 1.0], [-np.inf, -np.inf], logits=True)
    with pytest.raises(ValueError, match=r"p must be below \+inf, got inf at index 0"):
        js_categorical([np.inf, 1.0], [0.0, 0.0], logits=True)
    with pytest.raises(TypeError, match="axis must be an int"):
        js_categorical([1.0], [1.0], axis=None)  # type: ignore[arg-type]


@pytest.mark.parametrize("logits", [False, True])
def test_nan_and_unvalidated_laws_give_nan_in_their_own_row(logits: bool) -> None:
    p = np.array([[0.5, 0.5], [np.nan, 0.5], [0.25, 0.75]])
    for function in (js_categorical, kl_categorical):
        np.testing.assert_array_equal(np.isnan(function(p, p[0], logits=logits)), [False, True, False])
    bad = np.array([[0.5, 0.5], [-np.inf, -np.inf] if logits else [0.5, 0.75], [0.25, 0.75]])
    values = js_categorical(bad, p[0], logits=logits, validate=False)
    np.testing.assert_array_equal(np.isnan(values), [False, True, False])


def test_narrow_dtypes_may_sum_to_what_they_can() -> None:
    p = torch.tensor([[0.1, 0.2, 0.7], [1 / 3, 1 / 3, 1 / 3]])
    for dtype in (torch.float16, torch.bfloat16):
        value = js_categorical(p.to(dtype), p.flip(0).to(dtype))
        assert value.dtype == dtype
        torch.testing.assert_close(value.float(), js_categorical(p, p.flip(0)), rtol=0.05, atol=0)
