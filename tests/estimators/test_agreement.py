"""The driver of the agreement test: what it draws, when it stops, what it refuses."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators import Estimate, Moments, agreement

seeds = st.integers(0, 2**64 - 1)
Sampler = Callable[[int, int], np.ndarray[Any, Any]]


def counter_based(seed: int, draw: Callable[[np.random.Generator, int], Any]) -> Sampler:
    return lambda index, size: draw(np.random.default_rng([seed, index]), size)


def pareto(rng: np.random.Generator, size: int) -> np.ndarray[Any, Any]:
    """Tail index 2.1: the variance is finite (about 9.5) and no third moment is."""
    return rng.pareto(2.1, size)


PARETO_MEAN, PARETO_VARIANCE = 1 / 1.1, 2.1 / (1.1**2 * 0.1)


@settings(max_examples=10)
@given(seeds)
def test_heavy_tails_agree_with_the_truth_and_only_with_it(seed: int) -> None:
    tolerance = 0.05 * math.sqrt(PARETO_VARIANCE)
    common: dict[str, Any] = {"tolerance": tolerance, "variance_bound": PARETO_VARIANCE}
    samples = counter_based(seed, pareto)
    assert agreement(samples, PARETO_MEAN, **common).verdict == "agree"
    assert agreement(samples, PARETO_MEAN + 2 * tolerance, **common).verdict == "disagree"
    assert agreement(samples, PARETO_MEAN - 2 * tolerance, **common).verdict == "disagree"
    assert agreement(samples, PARETO_MEAN + 2 * tolerance, relation="<=", **common).verdict == "agree"
    assert agreement(samples, PARETO_MEAN - 2 * tolerance, relation="<=", **common).verdict == "disagree"
    assert agreement(samples, PARETO_MEAN - 2 * tolerance, relation=">=", **common).verdict == "agree"
    assert agreement(samples, PARETO_MEAN + 2 * tolerance, relation=">=", **common).verdict == "disagree"


@settings(max_examples=5)
@given(seeds)
def test_blocks_are_asked_for_in_order_and_no_further_than_needed(seed: int) -> None:
    asked: list[tuple[int, int]] = []

    def samples(index: int, size: int) -> np.ndarray[Any, Any]:
        asked.append((index, size))
        return np.random.default_rng([seed, index]).standard_normal(size)

    outcome = agreement(samples, 0.0, tolerance=0.1, variance_bound=1.0, block_size=500)
    assert outcome.verdict == "agree"
    assert asked == [(i, 500) for i in range(len(asked))]
    assert outcome.num_samples == 500 * len(asked) == outcome.estimate.num_samples
    assert outcome.test.verdict(outcome.evidence) == outcome.verdict


def test_running_out_is_undecided_never_a_pass() -> None:
    samples = counter_based(0, lambda rng, size: rng.standard_normal(size))
    common: dict[str, Any] = {"tolerance": 0.1, "variance_bound": 1.0}
    capped = agreement(samples, 0.0, max_samples=1000, block_size=300, **common)
    assert (capped.verdict, capped.num_samples) == ("undecided", 1000)
    exhausted = agreement([samples(i, 300) for i in range(3)], 0.0, **common)
    assert (exhausted.verdict, exhausted.num_samples) == ("undecided", 900)
    with pytest.raises(TypeError, match="no truth value"):
        bool(capped)


def test_half_the_tolerance_is_the_hardest_bias_and_ends() -> None:
    samples = counter_based(1, lambda rng, size: rng.standard_normal(size))
    outcome = agreement(samples, 0.5, tolerance=1.0, variance_bound=1.0, max_samples=2000)
    assert outcome.num_samples <= 2000


def test_an_iterable_stops_being_read_at_the_verdict_and_at_the_cap() -> None:
    def forever() -> Iterator[torch.Tensor]:
        while True:
            yield torch.zeros(10, 10)

    agreed = agreement(forever(), 0.0, tolerance=0.1, variance_bound=1.0)
    assert agreed.verdict == "agree"
    capped = agreement(forever(), 0.0, tolerance=0.1, variance_bound=1.0, max_samples=150)
    assert (capped.verdict, capped.num_samples) == ("undecided", 150)


def test_blocks_may_be_booleans_integers_numbers_and_carry_gradients() -> None:
    common: dict[str, Any] = {"tolerance": 0.5, "variance_bound": 0.25}
    assert agreement([torch.ones(80, requires_grad=True)], 1.0, **common).verdict == "agree"
    assert agreement([np.ones(80, dtype=bool)], 1.0, **common).verdict == "agree"
    assert agreement([torch.ones(80, dtype=torch.int32)], 1.0, **common).verdict == "agree"
    assert agreement([1.0] * 80, 1, **common).verdict == "agree"


def test_the_outcome_says_what_it_rests_on() -> None:
    outcome = agreement([np.asarray([1.0, 3.0])], 2.0, tolerance=0.1, variance_bound=1.0)
    assert str(outcome) == ("undecided: mean = 2 within 0.1, estimated 2 ± 1 (2 samples) (alpha 1e-09, beta 1e-06)")
    assert isinstance(outcome.estimate, Estimate)
    assert outcome.estimate.variance_finite is True
    assert "asymptotic" in outcome.estimate.assumes
    low, high = outcome.estimate.interval
    assert (low + high) / 2 == pytest.approx(2.0)
    assert (high - low) / 2 == pytest.approx(1.959963984540054)


@pytest.mark.parametrize(
    ("samples", "changes", "error", "message"),
    [
        (lambda i, n: np.zeros(n + 1), {}, ValueError, r"samples\(0, \d+\) returned \d+ samples, expected \d+"),
        (lambda i, n: np.full(n, np.nan), {}, ValueError, "samples must be finite"),
        (lambda i, n: ["a"] * n, {}, TypeError, "samples must be real numbers"),
        (lambda i, n: [[0.0], [0.0, 1.0]], {}, TypeError, "samples must be real numbers"),
        (lambda i, n: None, {}, TypeError, "samples must be real numbers"),
        ([], {}, ValueError, "samples is empty"),
        ([np.zeros(0)], {}, ValueError, "samples is empty"),
        (7, {}, TypeError, "samples must be a function of .* or an iterable of blocks, got 7"),
        ([0.0], {"max_samples": 0}, ValueError, "max_samples must be at least 1, got 0"),
        ([0.0], {"max_samples": 1.5}, TypeError, r"max_samples must be an integer, got 1\.5"),
        ([0.0], {"block_size": -1}, ValueError, "block_size must be at least 1, got -1"),
        ([0.0], {"tolerance": -1}, ValueError, r"tolerance must be positive, got -1\.0"),
    ],
)
def test_bad_input_is_named(samples: Any, changes: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        agreement(samples, 0.0, **{"tolerance": 0.1, "variance_bound": 1.0, **changes})


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30), st.data())
def test_moments_merge_in_any_grouping(values: list[float], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(values)))

    def moments(part: list[float]) -> Moments:
        return sum((Moments(1, value, 0.0) for value in part), Moments())

    merged = moments(values[:cut]) + moments(values[cut:])
    scale = max(map(abs, values))
    assert merged.num_samples == len(values)
    assert merged.mean == pytest.approx(np.mean(values), rel=1e-12, abs=1e-12 * scale + 1e-300)
    assert merged.variance == pytest.approx(np.var(values, ddof=1), rel=1e-9, abs=1e-12 * scale**2 + 1e-300)


def test_moments_refuse_what_they_cannot_say() -> None:
    with pytest.raises(ValueError, match="no samples, no estimate"):
        Moments().estimate()
    with pytest.raises(ValueError, match=r"level must lie strictly between 0 and 1, got 1\.5"):
        Moments(2, 0.0, 1.0).estimate(level=1.5)
    assert math.isnan(Moments(1, 3.0, 0.0).estimate().standard_error)


def test_an_absurd_number_of_samples_has_to_be_asked_for():
    with pytest.raises(ValueError, match="may take"):
        agreement([0.0], 0.0, tolerance=1e-6, variance_bound=1.0)
    assert agreement([0.0], 0.0, tolerance=1e-6, variance_bound=1.0, max_samples=10**12).verdict == "undecided"
