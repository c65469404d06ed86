"""The e-process: its expectation is at most one, and it sees means above the bound; heavier tails; planning."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators import (
    EProcess,
    agreement,
    catoni_influence,
    two_sample_agreement,
)
from estimators.planning import min_detectable_bias, min_num_samples
from estimators.sequential import Evidence, SequentialTest

seeds = st.integers(0, 2**31)


@given(st.floats(-3, 3), st.floats(0.05, 0.95), st.floats(-4, 4), st.integers(1, 6))
def test_the_evidence_has_mean_at_most_one_under_the_bound(
    low: float, chance: float, spread: float, count: int
) -> None:
    # Two-point weights whose mean is exactly the bound, and every path of them.
    values = np.array([low, low + spread])
    masses = np.array([1 - chance, chance])
    log_bound = float(np.log(masses @ np.exp(values)))
    total = math.fsum(
        math.prod(masses[list(path)]) * math.exp((EProcess(log_bound) + values[list(path)]).log_evidence)
        for path in itertools.product(range(2), repeat=count)
    )
    assert total == pytest.approx(1, abs=1e-12)
    lower = math.fsum(
        math.prod(masses[list(path)]) * math.exp((EProcess(log_bound + 0.1) + values[list(path)]).log_evidence)
        for path in itertools.product(range(2), repeat=count)
    )
    assert lower < 1


@settings(max_examples=5)
@given(seeds)
def test_a_density_that_is_none_is_found_out_and_a_perfect_model_passes(seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal(20_000)
    assert (EProcess() + np.zeros(20_000)).verdict == "undecided"  # q = p
    heavy = -np.log(2) - np.abs(x) + x**2 / 2 + math.log(2 * math.pi) / 2  # Laplace against normal: no variance
    assert (EProcess() + heavy).verdict == "undecided"
    assert (EProcess() + (heavy + 0.3)).verdict == "disagree"
    process = EProcess()
    for block in np.split(heavy + 0.3, 20):
        process = process + block
    assert process.num_samples == 20_000
    assert process.log_evidence == pytest.approx((EProcess() + (heavy + 0.3)).log_evidence, rel=1e-9)


def test_zero_weights_and_bad_input() -> None:
    assert (EProcess() + np.full(1000, -math.inf)).log_evidence < 0
    with pytest.raises(ValueError, match="log_weights must be numbers below infinity"):
        EProcess() + np.array([math.inf])
    with pytest.raises(ValueError, match="log_bound must be finite"):
        EProcess(math.inf)
    with pytest.raises(ValueError, match="alpha must lie strictly"):
        EProcess(alpha=0)


@given(st.floats(-1e6, 1e6), st.floats(1.01, 2))
def test_the_generalised_influence_obeys_its_inequalities(y: float, p: float) -> None:
    value = float(catoni_influence(y, moment=p))
    bound = abs(y) ** p / p
    slack = 1e-12 * (1 + abs(y) + bound)
    assert math.exp(value) <= 1 + y + bound + slack
    assert math.exp(-value) <= 1 - y + bound + slack
    assert value == pytest.approx(-float(catoni_influence(-y, moment=p)))


@settings(max_examples=3)
@given(seeds)
def test_tails_without_a_variance_are_tested_by_a_lower_moment(seed: int) -> None:
    # Pareto of index 1.8 on [1, ∞) has mean 9/4 and no variance. E|X − m|^p ≤ 2^p E X^p, and E X^p = 1.8/(1.8 − p).
    p, bound = 1.5, 2**1.5 * 1.8 / 0.3

    def blocks(index: int, size: int) -> np.ndarray:
        return 1 + np.random.default_rng([seed, index]).pareto(1.8, size)

    options = {"tolerance": 0.9, "variance_bound": bound, "moment": p}
    assert agreement(blocks, 9 / 4, **options).verdict == "agree"  # type: ignore[arg-type]
    assert agreement(blocks, 9 / 4 + 1.8, **options).verdict == "disagree"  # type: ignore[arg-type]


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=5), st.floats(1.2, 2.0))
def test_products_of_a_lower_moment_are_supermartingales(values: list[float], p: float) -> None:
    # One uniform draw of the values, tested against its own mean with its own p-th moment: E exp(φ)/divisor ≤ 1.
    mean = math.fsum(values) / len(values)
    spread = math.fsum(abs(v - mean) ** p for v in values) / len(values)
    test = SequentialTest(claimed=mean, tolerance=1.0, variance_bound=spread, moment=p)
    evidences = [test.evidence(np.asarray([v])) for v in values]
    shrinkage = math.log1p(test._step / p)
    for sign in (1, -1):
        total = math.fsum(math.exp(sign * e.above_claim - shrinkage) for e in evidences) / len(values)
        assert total <= 1 + 1e-12
    assert Evidence().num_samples == 0


@settings(max_examples=3)
@given(seeds, st.sampled_from([0.0, 0.2]))
def test_two_streams_are_held_against_each_other(seed: int, shift: float) -> None:
    def stream(offset: float, key: int) -> object:
        return lambda index, size: offset + np.random.default_rng([seed, key, index]).random(size)

    outcome = two_sample_agreement(
        stream(0.0, 0),
        stream(shift, 1),
        tolerance=0.1,
        variance_bound=1 / 12,
        other_variance_bound=1 / 12,  # type: ignore[arg-type]
    )
    assert outcome.verdict == ("disagree" if shift else "agree")


@given(st.floats(0.01, 1), st.floats(0.1, 30), st.sampled_from([1.5, 2.0]))
def test_plans_are_inverse_to_each_other(tolerance: float, spread: float, p: float) -> None:
    tolerance = min(tolerance, spread ** (1 / p) / 2)
    number = min_num_samples(tolerance=tolerance, variance_bound=spread, moment=p)
    assert min_detectable_bias(num_samples=number, variance_bound=spread, moment=p) <= tolerance * (1 + 1e-12)
    if number > 1000:
        assert min_detectable_bias(num_samples=number, variance_bound=spread, moment=p) == pytest.approx(
            tolerance, rel=2 / number
        )


def test_plans_say_what_is_too_little() -> None:
    with pytest.raises(ValueError, match=r"num_samples must be at least 28 at beta = 1e-06"):
        min_detectable_bias(num_samples=3, variance_bound=1.0)
    with pytest.raises(ValueError, match=r"moment must lie in \(1, 2\]"):
        min_num_samples(tolerance=1, variance_bound=1, moment=1)
