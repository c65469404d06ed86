"""Categorical divergences from probabilities and from logits, held to certified values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from flint import arb
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from divergences import js_categorical, kl_categorical
from tests.divergences import certified
from tests.divergences.strategies import pairs_of_laws, tiny

EPS = 2.0**-52
TINY = np.finfo(float).smallest_normal


def textbook_js(p: Any, q: Any) -> Any:
    m = (p + q) / 2
    return (
        sum(np.sum(np.where(a > 0, a * np.log(np.where(a > 0, a, 1) / np.where(m > 0, m, 1)), 0)) for a in (p, q)) / 2
    )


def textbook_kl(p: Any, q: Any) -> Any:
    return np.sum(p * np.log(p / q))


def error_of(function: Any, exact: Any, p: Any, q: Any) -> float:
    """The error in eps of D + |s|√D + eps·s² at the exact value D, where s is by how much the stored sums differ.

    q − p is corrected by its sum s times the laws, which costs eps·|s|·pᵢ; D has the sum of squares of such differences
    over pᵢ, and those of squares of relative size √D move by 2√D·eps·|s| + eps²s².
    """
    value = function(p, q)
    with certified.balls():
        left, right = ([arb(float(a)) for a in law] for law in (p, q))
        divergence, surplus = exact(left, right), abs(sum(right, arb(0)) - sum(left, arb(0)))
        root = divergence.abs_upper().sqrt()
        magnitude = divergence + surplus * root + EPS * surplus**2 + arb(TINY)
        return certified.error_in_eps_of(value, divergence, magnitude)


def error_of_logits(value: float, exact: Any, left: Any, right: Any) -> float:
    """The error in eps·(1 + R) of D + T√D + T²eps at the exact value D, for logits that spread over R in sum.

    An exponential of −R is off by R eps, so that masses and log-ratios c are off by a few eps·(1 + R) of themselves; R
    counts as 31 at most. Besides, c has an absolute error of eps·T, by which Σ p(e^c − 1 − c) moves by
    Σ p|e^c − 1|·eps·T ≤ √(2D)·eps·T (Pinsker) and, to second order, by (eps·T)². Logits are centred by a mean that is
    rounded to eps of the largest difference S, T = eps·S; where supports differ, log-sum-exps are subtracted: T = S.
    """
    in_left, in_right = left > -np.inf, right > -np.inf
    largest = 1 + np.max(np.abs(right[in_left & in_right] - left[in_left & in_right]), initial=0.0)
    moved = largest * (EPS if np.array_equal(in_left, in_right) else 1)
    spread = min(float(np.ptp(left[in_left]) + np.ptp(right[in_right])), 31.0)
    with certified.balls():
        divergence = exact(certified.softmax(list(left)), certified.softmax(list(right)))
        magnitude = divergence + moved * divergence.abs_upper().sqrt() + EPS * moved**2 + arb(TINY)
        return certified.error_in_eps_of(value, divergence, (1 + spread) * magnitude)


@settings(deadline=None, max_examples=100)
@given(pairs_of_laws())
def test_js_is_accurate_symmetric_and_bounded(pair: tuple[np.ndarray, np.ndarray]) -> None:
    p, q = pair
    value = js_categorical(p, q)
    assert value == js_categorical(q, p)
    assert 0 <= value <= math.log(2)
    assert js_categorical(p, p) == 0
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
    else:
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
    assert error_of(right, exact, p, q * (1 + 2e-7)) <= 16
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
@example((np.array([-np.inf, -5.0, -14.0]), np.array([-np.inf, -1011.0, -1010.56304977])))  # an offset that rounds
def test_logits_are_accurate_symmetric_and_bounded(pair: tuple[np.ndarray, np.ndarray]) -> None:
    left, right = pair
    js, kl = js_categorical(left, right, logits=True), kl_categorical(left, right, logits=True)
    assert js == js_categorical(right, left, logits=True)
    assert 0 <= js <= math.log(2)
    assert kl >= 0
    assert js_categorical(left, left, logits=True) == kl_categorical(left, left, logits=True) == 0
    assert error_of_logits(js, certified.js_categorical, left, right) <= 8
    if np.any((left > -np.inf) & (right == -np.inf)):
        assert kl == math.inf
    else:
        assert error_of_logits(kl, certified.kl_categorical, left, right) <= 8


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
    references = {js_categorical: certified.js_categorical, kl_categorical: certified.kl_categorical}
    for function, exact in references.items():
        value, from_logits = function(p, q, axis=-2), function(left, right, axis=1, logits=True)
        through_torch = function(torch.tensor(p), torch.tensor(q), axis=1)
        assert value.shape == from_logits.shape == through_torch.shape == (4, 2)
        for i, j in np.ndindex(4, 2):
            for found in (value, through_torch):
                assert error_of(lambda *_, one=found[i, j]: one, exact, p[i, :, j], q[:, 0]) <= 16
            assert error_of_logits(from_logits[i, j], exact, left[i, :, j], right[:, 0]) <= 8


@pytest.mark.parametrize("function", [js_categorical, kl_categorical])
def test_gradients_are_the_exact_ones_and_zero_at_equality(function: Any) -> None:
    left = torch.tensor([0.3, -1.0, 2.0, 0.1], dtype=torch.float64, requires_grad=True)
    right = torch.tensor([0.5, 1.0, -2.0, 0.1], dtype=torch.float64)

    same = left.detach().clone()
    for other in (right, same + 1e-9):
        from_logits, from_masses = (
            torch.autograd.grad(value, left)[0].tolist()
            for value in (function(left, other, logits=True), function(left.softmax(0), other.softmax(0)))
        )
        with certified.balls():
            p, q = certified.softmax(left.tolist()), certified.softmax(other.tolist())
            m = [(a + b) / 2 for a, b in zip(p, q, strict=True)] if function is js_categorical else q
            logs = [(a / b).log() for a, b in zip(p, m, strict=True)]
            mean = sum((a * log for a, log in zip(p, logs, strict=True)), arb(0))
            share = 2 if function is js_categorical else 1
            for found, rounded, mass, log in zip(from_logits, from_masses, p, logs, strict=True):
                exact, terms = mass * (log - mean) / share, mass * (abs(log) + abs(mean)) / share
                # Stored masses have rounded: each log-ratio is off by a few eps, not by a few eps of itself.
                assert certified.error_in_eps_of(found, exact, terms) <= 16
                assert certified.error_in_eps_of(rounded, exact, terms + mass) <= 16
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
        # Terms of magnitude 2 at most: p/q and the sums of the laws.
        torch.testing.assert_close(gradients[1][:3], torch.tensor([-1, 0, 1], dtype=p.dtype), rtol=0, atol=4 * EPS)


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
        stored = p.to(dtype).double().numpy()
        for found, left, right in zip(value.tolist(), stored, stored[::-1], strict=True):
            error = error_of(lambda *_, one=found: one, certified.js_categorical, left, right)
            assert error * EPS <= torch.finfo(dtype).eps


@pytest.mark.parametrize("axis", [0, 1, 2, -3])
def test_the_axis_of_three_is_that_of_rows(axis: int) -> None:
    rng = np.random.default_rng(0)
    p, q = rng.random((2, 3, 4, 5))
    p, q = p / p.sum(axis, keepdims=True), q / q.sum(axis, keepdims=True)
    rows = [np.moveaxis(law, axis, -1) for law in (p, q)]
    for divergence in (kl_categorical, js_categorical):
        value = divergence(p, q, axis=axis)
        assert value.shape == rows[0].shape[:-1]
        # Either is within 16 eps; strided memory may be given another implementation of the logarithm.
        expected = divergence(*(np.ascontiguousarray(row) for row in rows))
        assert (np.abs(value - expected) <= 32 * np.finfo(np.float64).eps * expected).all()
