"""The supermartingales behind the agreement test, by enumeration: no sampling, so no luck."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from estimators import Evidence, Moments, SequentialTest
from estimators.sequential import Relation


@st.composite
def finite_laws(draw: st.DrawFn) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Atoms and probabilities, with rare far atoms: what heavy tails are made of."""
    size = draw(st.integers(2, 5))
    atoms = draw(st.lists(st.floats(-1, 1), min_size=size, max_size=size))
    scales = draw(st.lists(st.sampled_from([1.0, 10.0, 1e4]), min_size=size, max_size=size))
    weights = draw(st.lists(st.sampled_from([1.0, 0.1, 1e-3, 1e-6]), min_size=size, max_size=size))
    return np.asarray(atoms) * np.asarray(scales), np.asarray(weights) / sum(weights)


def growth(test: SequentialTest, law: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]) -> dict[str, float]:
    """The factor by which each product of the test grows in one step, in expectation under a law."""
    atoms, probabilities = law
    divisor = 1 + 0.5 * test.typical_samples(math.exp(-0.5)) ** -1  # typical_samples(e^-1/2) is v / eps^2
    factors: dict[str, float] = {"above": 0.0, "below": 0.0, "not above": 0.0, "not below": 0.0}
    for atom, probability in zip(atoms, probabilities, strict=True):
        evidence = test.evidence(np.asarray([atom]))
        for name, logarithm in (
            ("above", evidence.above_claim),
            ("below", -evidence.above_claim),
            ("not above", evidence.below_upper),
            ("not below", evidence.above_lower),
        ):
            factors[name] += probability * math.exp(logarithm) / divisor
    return factors


@given(finite_laws(), st.floats(0.01, 2), st.floats(0, 3))
def test_no_product_grows_in_expectation_under_its_hypothesis(
    law: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]], relative_tolerance: float, excess: float
) -> None:
    atoms, probabilities = law
    mean = float(atoms @ probabilities)
    variance = float((atoms - mean) ** 2 @ probabilities)
    assume(variance > 1e-6)
    tolerance = relative_tolerance * math.sqrt(variance)
    distance = excess * tolerance
    common: dict[str, Any] = {"tolerance": tolerance, "variance_bound": variance}
    rounding = 1 + 1e-9
    assert growth(SequentialTest(claimed=mean + distance, **common), law)["above"] <= rounding
    assert growth(SequentialTest(claimed=mean - distance, **common), law)["below"] <= rounding
    assert growth(SequentialTest(claimed=mean - tolerance - distance, **common), law)["not above"] <= rounding
    assert growth(SequentialTest(claimed=mean + tolerance + distance, **common), law)["not below"] <= rounding


@pytest.mark.parametrize("factor", [0.9, 0.5])
def test_a_variance_bound_that_is_too_small_lets_them_grow(factor: float) -> None:
    # A right-skewed law meets the inequality nearly with equality: exp(phi(y)) = 1 + y + y^2/2 above zero.
    atoms, probabilities = np.asarray([-0.01, 99.99]), np.asarray([0.9999, 0.0001])
    variance = float(atoms**2 @ probabilities)
    test = SequentialTest(claimed=0.0, tolerance=0.01, variance_bound=factor * variance)
    assert growth(test, (atoms, probabilities))["above"] > 1


def crossing_probabilities(
    test: SequentialTest, low: float, high: float, chance: float, steps: int
) -> dict[str, float]:
    """The exact probability of each verdict within ``steps`` samples of a law on two points, inspected at each."""
    at_low, at_high = test.evidence(np.asarray([low])), test.evidence(np.asarray([high]))
    alive, stopped = {0: 1.0}, {"agree": 0.0, "disagree": 0.0, "undecided": 0.0}
    for n in range(1, steps + 1):
        reached: dict[int, float] = {}
        for count, mass in alive.items():
            reached[count] = reached.get(count, 0.0) + (1 - chance) * mass
            reached[count + 1] = reached.get(count + 1, 0.0) + chance * mass
        alive = {}
        for count, mass in reached.items():
            verdict = test.verdict(repeated(at_low, n - count) + repeated(at_high, count))
            if verdict == "undecided":
                alive[count] = mass
            else:
                stopped[verdict] += mass
    stopped["undecided"] = sum(alive.values())
    return stopped


def repeated(evidence: Evidence, times: int) -> Evidence:
    return Evidence(
        times * evidence.above_claim,
        times * evidence.below_upper,
        times * evidence.above_lower,
        Moments(times, evidence.moments.mean if times else 0.0),
    )


@pytest.mark.parametrize("chance", [0.5, 0.05, 0.9])
@pytest.mark.parametrize("relation", ["=", "<=", ">="])
def test_error_rates_are_kept_exactly_on_two_points(chance: float, relation: Relation) -> None:
    mean, std = chance, math.sqrt(chance * (1 - chance))
    tolerance, alpha, beta = 0.8 * std, 0.1, 0.1

    def verdicts(claimed: float, variance: float = std**2) -> dict[str, float]:
        test = SequentialTest(
            claimed=claimed, tolerance=tolerance, variance_bound=variance, relation=relation, alpha=alpha, beta=beta
        )
        return crossing_probabilities(test, 0.0, 1.0, chance, steps=80)

    right = verdicts(mean)
    assert right["disagree"] <= alpha
    assert right["agree"] >= 0.85
    for sign in {"=": (1, -1), "<=": (-1,), ">=": (1,)}[relation]:
        wrong = verdicts(mean + sign * tolerance)
        assert wrong["agree"] <= beta
        assert wrong["disagree"] >= 0.85


def test_the_enumeration_notices_a_broken_test() -> None:
    common: dict[str, Any] = {"claimed": 0.5, "tolerance": 0.4, "alpha": 0.1, "beta": 0.1}
    careless = SequentialTest(variance_bound=0.01, **common)  # the variance is 1/4
    assert crossing_probabilities(careless, 0.0, 1.0, 0.5, steps=80)["disagree"] > 0.1


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40))
def test_evidence_is_a_sum_whatever_the_grouping_and_the_library(seed: int, left: int, right: int) -> None:
    samples = np.random.default_rng(seed).standard_t(2, left + right)
    test = SequentialTest(claimed=0.3, tolerance=0.2, variance_bound=4.0)
    whole = test.evidence(samples)
    merged = test.evidence(torch.from_numpy(samples[:left])) + test.evidence(samples[left:].reshape(1, -1)) + Evidence()
    for name in ("above_claim", "below_upper", "above_lower"):
        assert getattr(merged, name) == pytest.approx(getattr(whole, name), rel=1e-12, abs=1e-12)
    assert merged.num_samples == whole.num_samples == left + right
    assert merged.moments.mean + 0.3 == pytest.approx(samples.mean(), rel=1e-12, abs=1e-12)
    assert merged.moments.variance == pytest.approx(samples.var(ddof=1), rel=1e-10)


def test_single_precision_samples_are_summed_in_double() -> None:
    samples = torch.full((100_000,), 0.1, dtype=torch.float32)
    test = SequentialTest(claimed=0.0, tolerance=0.01, variance_bound=1.0)
    assert test.evidence(samples).moments.mean == pytest.approx(float(np.float32(0.1)), rel=1e-13)


def test_a_zero_variance_needs_no_special_case() -> None:
    test = SequentialTest(claimed=1.0, tolerance=1e-6, variance_bound=0.0)
    assert test.verdict(test.evidence(np.ones(64))) == "agree"
    assert test.verdict(test.evidence(np.ones(64) + 1e-6)) == "disagree"


def test_samples_far_beyond_the_range_of_squares() -> None:
    test = SequentialTest(claimed=0.0, tolerance=1.0, variance_bound=1.0)
    far = test.evidence(np.asarray([1e300, -1e300]))
    assert far.above_claim == 0
    assert math.isfinite(far.below_upper)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"variance_bound": -1.0}, ValueError, r"variance_bound must not be negative, got -1\.0"),
        ({"variance_bound": math.inf}, ValueError, "variance_bound must be finite, got inf"),
        ({"tolerance": 0.0}, ValueError, r"tolerance must be positive, got 0\.0"),
        ({"tolerance": -0.1}, ValueError, r"tolerance must be positive, got -0\.1"),
        ({"tolerance": 1e-9}, ValueError, r"tolerance must be at least 1e-06 .* got 1e-09"),
        ({"tolerance": "0.1"}, TypeError, r"tolerance must be a real number, got '0\.1'"),
        ({"claimed": math.nan}, ValueError, "claimed must be finite, got nan"),
        ({"claimed": 1j}, TypeError, "claimed must be a real number, got 1j"),
        ({"claimed": torch.zeros(2)}, TypeError, "claimed must be a real number, got tensor"),
        ({"alpha": 0.0}, ValueError, r"alpha must lie strictly between 0 and 1, got 0\.0"),
        ({"beta": 1.0}, ValueError, r"beta must lie strictly between 0 and 1, got 1\.0"),
        ({"relation": "<"}, ValueError, "relation must be one of =, <=, >=, got '<'"),
    ],
)
def test_bad_input_is_named(changes: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        SequentialTest(**{"claimed": 0.0, "tolerance": 0.1, "variance_bound": 1.0, **changes})


@pytest.mark.parametrize("library", [np.asarray, torch.tensor], ids=["numpy", "torch"])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_samples_that_are_not_finite_are_an_error(library: Any, bad: float) -> None:
    test = SequentialTest(claimed=0.0, tolerance=0.1, variance_bound=1.0)
    with pytest.raises(ValueError, match="samples must be finite: 2 of the 4 in a block"):
        test.evidence(library([0.0, bad, bad, 1.0]))
    with pytest.raises(TypeError, match="samples must be real numbers, got a block of dtype"):
        test.evidence(library([1j]))
