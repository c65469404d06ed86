"""The elementwise Gaussian closed forms, held to certified values."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import entropy_gaussian, kl_gaussian, kl_gaussian_diagonal, kl_gaussian_logvar
from tests.divergences import certified
from tests.divergences.strategies import GAUSSIAN_PAIRS, MODERATE, SCALES, near_equal, tiny

BOUND = 16  # eps, relative: what the documentation promises

REGIMES = {
    "means 1e-8 apart": (1.0, 2.0, 1.0 + 1e-8, 2.0),
    "ratio 1 + 1e-8": (0.0, 1.0 + 1e-8, 0.0, 1.0),
    "ratio 1 - 1e-8": (0.0, 1.0 - 1e-8, 0.0, 1.0),
    "stds one ulp apart": (0.0, math.nextafter(1.5, 2), 0.0, 1.5),
    "offset 1e12": (1e12, 1.0, 1e12 + 0.5, 1.0),
    "scales 1e150 over 1e-150": (0.0, 1e150, 0.0, 1e-150),
    "scales 1e-150 over 1e150": (0.0, 1e-150, 0.0, 1e150),
    "equal scales 1e150, nearly": (0.0, 1e150 * (1 + 1e-8), 0.0, 1e150),
    "equal scales 1e-150, nearly": (1e-158, 1e-150, 0.0, 1e-150 * (1 - 1e-8)),
    "subnormal scale": (0.0, 1e-310, 0.0, 1.0),
}


def textbook(mean_q, std_q, mean_p, std_p):  # type: ignore[no-untyped-def]
    with np.errstate(all="ignore"):
        return np.log(std_p / std_q) + (std_q**2 + (mean_q - mean_p) ** 2) / (2 * std_p**2) - 0.5


def from_log_variance(mean_q, std_q, mean_p, std_p):  # type: ignore[no-untyped-def]
    with np.errstate(all="ignore"):
        log_ratio = 2 * (np.log(std_q) - np.log(std_p))
        return ((mean_q - mean_p) ** 2 / std_p**2 + np.expm1(log_ratio) - log_ratio) / 2


def swapped(mean_q, std_q, mean_p, std_p):  # type: ignore[no-untyped-def]
    return kl_gaussian(mean_p, std_p, mean_q, std_q)


def without_the_half(mean_q, std_q, mean_p, std_p):  # type: ignore[no-untyped-def]
    return 2 * kl_gaussian(mean_q, std_q, mean_p, std_p)


def error_of(function, rows, dtype=np.float64):  # type: ignore[no-untyped-def]
    return certified.worst_error(function, certified.kl_gaussian, *np.transpose(rows), dtype=dtype)


@pytest.mark.parametrize("regime", REGIMES)
def test_kl_gaussian_is_within_16_eps_in_every_regime(regime: str) -> None:
    assert error_of(kl_gaussian, [REGIMES[regime]]) <= BOUND


@settings(deadline=None, max_examples=60)
@given(st.lists(GAUSSIAN_PAIRS, min_size=1, max_size=20))
def test_kl_gaussian_is_within_16_eps(rows: list[tuple[float, float, float, float]]) -> None:
    assert error_of(kl_gaussian, rows) <= BOUND


@pytest.mark.parametrize("wrong", [textbook, from_log_variance, swapped, without_the_half])
def test_the_bound_fails_what_is_wrong(wrong) -> None:  # type: ignore[no-untyped-def]
    errors = {regime: error_of(wrong, [parameters]) for regime, parameters in REGIMES.items()}
    assert max(errors.values()) > 1e3 * BOUND, errors


def test_the_bound_fails_the_textbook_formula_wherever_the_laws_are_close() -> None:
    near = [regime for regime in REGIMES if "apart" in regime or "ratio" in regime or "nearly" in regime]
    assert all(error_of(textbook, [REGIMES[regime]]) > 1e3 * BOUND for regime in near)


@settings(deadline=None, max_examples=30)
@given(st.lists(near_equal(), min_size=1, max_size=20))
def test_float32_is_within_16_eps_of_float32(rows: list[tuple[float, float, float, float]]) -> None:
    assert error_of(kl_gaussian, rows, np.float32) <= BOUND


def test_torch_is_as_accurate_as_numpy() -> None:
    columns = np.transpose([REGIMES[regime] for regime in REGIMES if regime != "subnormal scale"])

    def through_torch(*arrays: np.ndarray) -> np.ndarray:
        return kl_gaussian(*(torch.tensor(array) for array in arrays)).numpy()

    assert certified.worst_error(through_torch, certified.kl_gaussian, *columns) <= BOUND
    moderate = [c[:5] for c in columns]
    assert certified.worst_error(through_torch, certified.kl_gaussian, *moderate, dtype=np.float32) <= BOUND


@settings(deadline=None, max_examples=100)
@given(GAUSSIAN_PAIRS)
def test_kl_gaussian_is_never_negative_and_zero_exactly_at_equality(row: tuple[float, float, float, float]) -> None:
    mean_q, std_q, _, std_p = row
    value = kl_gaussian(*row)
    assert value >= 0
    assert kl_gaussian(mean_q, std_q, mean_q, std_q) == 0
    # The smallest difference of two floats relative to each other squares to 2⁻¹⁰⁶, which is no zero.
    if std_q != std_p:
        assert value > 0


@settings(deadline=None, max_examples=60)
@given(MODERATE, st.floats(-1e3, 1e3), st.one_of(st.floats(-2, 2), st.floats(-1500, 1500), tiny()), MODERATE)
def test_kl_gaussian_logvar_is_accurate(mean: float, logvar: float, change: float, shift: float) -> None:
    row = [[mean, logvar + change, mean + shift * math.exp(max(min(logvar / 2, 300), -300)), logvar]]
    assert certified.worst_error(kl_gaussian_logvar, certified.kl_gaussian_logvar, *np.transpose(row)) <= BOUND


def test_kl_gaussian_logvar_needs_no_representable_variance() -> None:
    assert kl_gaussian_logvar(0.0, 5000.0, 0.0, 5000.0) == 0
    assert kl_gaussian_logvar(0.0, -5000.0, 0.0, -5000.0) == 0
    assert kl_gaussian_logvar(1.0, -5000.0, 0.0, -5000.0) == math.inf
    assert kl_gaussian_logvar(0.0, 710.0, 0.0, 0.0) < math.inf  # exp(710) overflows, half of it does not


@settings(deadline=None, max_examples=60)
@given(
    st.one_of(SCALES, st.floats(-320, 308).map(lambda e: 10.0**e), tiny().map(lambda d: 0.24197072451914337 * (1 + d)))
)
def test_entropy_is_accurate_on_both_sides_of_its_zero(std: float) -> None:
    for dtype in (np.float64, np.float32):
        if float(np.finfo(dtype).smallest_normal) < std < float(np.finfo(dtype).max):
            assert certified.worst_error(entropy_gaussian, certified.entropy_gaussian, [std], dtype=dtype) <= 8


def test_the_entropy_bound_fails_the_textbook_formula() -> None:
    wrong = certified.worst_error(
        lambda std: 0.5 * np.log(2 * np.pi * np.e * std**2),
        certified.entropy_gaussian,
        [0.24197072451914337 * (1 + 1e-9)],
    )
    assert wrong > 1e5


def test_the_diagonal_divergence_sums_over_the_event_axis() -> None:
    rng = np.random.default_rng(0)
    mean_q, std_q, mean_p, std_p = (
        rng.normal(size=(2, 4, 3)),
        rng.uniform(0.1, 2, (4, 3)),
        0.5,
        rng.uniform(0.1, 2, (2, 1, 3)),
    )
    terms = kl_gaussian(mean_q, std_q, mean_p, std_p)
    arguments = (mean_q, std_q, mean_p, std_p)
    np.testing.assert_array_equal(kl_gaussian_diagonal(*arguments), terms.sum(-1))
    np.testing.assert_array_equal(kl_gaussian_diagonal(*arguments, axis=0), terms.sum(0))
    np.testing.assert_array_equal(kl_gaussian_diagonal(*arguments, axis=(0, -1)), terms.sum((0, -1)))
    for axis in (3, -4):
        with pytest.raises(ValueError, match=rf"axis must lie in the broadcast shape \(2, 4, 3\), got {axis}"):
            kl_gaussian_diagonal(*arguments, axis=axis)
    with pytest.raises(TypeError, match="axis must be an int"):
        kl_gaussian_diagonal(*arguments, axis=0.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="axis"):
        kl_gaussian_diagonal(0.0, 1.0)


def test_the_certified_value_is_the_integral_at_a_known_point() -> None:
    with certified.balls():
        assert (certified.kl_gaussian(arb(1), arb(1), arb(0), arb(1)) - arb(0.5)).contains(0)
