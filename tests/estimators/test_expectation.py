"""Expectations: the same bits on any workers and after any interruption, and means that are right."""

from __future__ import annotations

import functools
import math
import os
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from divergences.families import Laplace
from estimators import (
    ControlVariates,
    Estimate,
    StandardNormal,
    StandardUniform,
    agreement,
    expectation,
    quadratic_control_variates,
)
from estimators.blocks import in_order

seeds = st.integers(0, 2**31)


def exponential(noise: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.exp(noise[:, 0] / 2)


def first(noise: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return noise[:, 0]


MEAN = math.exp(1 / 8)  # of exp(u/2)
VARIANCE = math.exp(1 / 2) - math.exp(1 / 4)


def bits(estimate: Estimate) -> tuple[str, str, int]:
    return estimate.value.hex(), estimate.standard_error.hex(), estimate.num_samples


@settings(max_examples=3)
@given(seeds)
@pytest.mark.parametrize("scheme", ["plain", "antithetic", "sobol"])
def test_block_means_have_the_mean_that_is_asked_for(scheme: str, seed: int) -> None:
    # The mean of a block of n has at most the variance of one draw over n, under all three schemes: antithetic pairs
    # of a monotone function are negatively correlated, and 4 points of a scrambled net are stratified.
    def blocks(index: int, size: int) -> list[float]:
        return [
            expectation(
                exponential, StandardNormal(), num_samples=64, block_size=64, seed=seed + 10**6 * (index * size + i),
                scheme=scheme,  # type: ignore[arg-type]
            ).value
            for i in range(size)
        ]  # fmt: skip

    outcome = agreement(blocks, MEAN, tolerance=0.1, variance_bound=VARIANCE / 64, block_size=32)
    assert outcome.verdict == "agree", outcome


def test_other_laws_are_sampled_too() -> None:
    square = expectation(lambda x: np.square(x), Laplace(0.0, 0.5), num_samples=200_000)
    # E x² = 2b² = 1/2 and Var x² = 24b⁴ − 4b⁴ = 5/4: seven standard deviations.
    assert abs(square.value - 0.5) < 7 * math.sqrt(1.25 / square.num_samples)
    uniform = expectation(first, StandardUniform(2), num_samples=1 << 14, scheme="antithetic")
    assert uniform.value == 0.5  # u and 1 − u


@settings(max_examples=3, deadline=None)
@given(seeds)
def test_the_result_does_not_depend_on_the_workers(seed: int) -> None:
    def run(workers: Any) -> Estimate:
        return expectation(exponential, StandardNormal(), target_error=0.01, block_size=512, seed=seed, workers=workers)

    alone = run(None)
    for count in (1, 2, 3):
        with ThreadPoolExecutor(count) as pool:
            assert bits(run(pool)) == bits(alone)


def test_processes_give_the_same_bits_even_where_one_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "died"
    monkeypatch.setenv("MARK", str(mark))
    alone = expectation(exponential, StandardNormal(), num_samples=4096, block_size=512)
    spawn = get_context("spawn")

    def pool() -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, mp_context=spawn)

    again = expectation(dies_once, StandardNormal(), num_samples=4096, block_size=512, workers=pool)
    assert mark.exists()  # a worker did die
    assert bits(again) == bits(alone)


def dies_once(noise: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    mark = Path(os.environ["MARK"])
    if not mark.exists():
        mark.touch()
        os._exit(1)
    return exponential(noise)


def test_a_pool_that_cannot_be_made_anew_says_that_it_broke(tmp_path: Path) -> None:
    class Broken(ThreadPoolExecutor):
        def submit(self, *args: Any, **kwargs: Any) -> Any:
            future = super().submit(lambda: None)
            future.result()
            broken: Any = type(future)()
            broken.set_exception(BrokenExecutor("a worker died"))
            return broken

    with Broken(1) as pool, pytest.raises(BrokenExecutor, match="a worker died"):
        list(in_order(abs, 0, 3, workers=pool))
    with pytest.raises(BrokenExecutor, match="a worker died"):
        list(in_order(abs, 0, 3, workers=lambda: Broken(1)))


def test_a_dask_cluster_gives_the_same_bits() -> None:
    distributed = pytest.importorskip("distributed")
    alone = expectation(exponential, StandardNormal(), num_samples=4096, block_size=512)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        there = expectation(
            exponential, StandardNormal(), num_samples=4096, block_size=512, workers=client.get_executor()
        )
    assert bits(there) == bits(alone)


class Stopped(Exception):
    pass


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seeds, st.integers(1, 7))
def test_an_interrupted_run_goes_on_as_if_it_had_not_stopped(tmp_path: Path, seed: int, blocks: int) -> None:
    whole = expectation(exponential, StandardNormal(), num_samples=2048, block_size=256, seed=seed)
    calls = iter(range(100))

    @functools.wraps(exponential)
    def interrupted(noise: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if next(calls) == blocks:
            raise Stopped
        return exponential(noise)

    path = tmp_path / f"{seed}-{blocks}.json"
    with pytest.raises(Stopped):
        expectation(interrupted, StandardNormal(), num_samples=2048, block_size=256, seed=seed, checkpoint=path)
    assert path.exists()
    before = path.read_text()
    resumed = expectation(exponential, StandardNormal(), num_samples=2048, block_size=256, seed=seed, checkpoint=path)
    assert bits(resumed) == bits(whole)
    assert f'"blocks": {blocks}' in before
    with pytest.raises(ValueError, match="belongs to another run"):
        expectation(exponential, StandardNormal(), num_samples=2048, block_size=256, seed=seed + 1, checkpoint=path)
    with pytest.raises(ValueError, match="belongs to another run"):
        expectation(
            exponential, StandardNormal(), num_samples=2048, block_size=256, seed=seed, checkpoint=path,
            control_variates=quadratic_control_variates(1),
        )  # fmt: skip
    path.write_text("nonsense")
    with pytest.raises(ValueError, match="is no checkpoint of an expectation"):
        expectation(exponential, StandardNormal(), num_samples=2048, block_size=256, seed=seed, checkpoint=path)


def quadratic_form(noise: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return 1 + noise[:, 0] - 3 * noise[:, 1] ** 2 + 2 * noise[:, 0] * noise[:, 1]


def test_quadratic_control_variates_leave_nothing_of_a_quadratic_form() -> None:
    exact = expectation(
        quadratic_form,
        StandardNormal(2),
        num_samples=1024,
        block_size=512,
        control_variates=quadratic_control_variates(2),
    )
    assert exact.value == pytest.approx(-2, abs=1e-12)
    assert exact.standard_error < 1e-13


def test_wrong_means_of_control_variates_show() -> None:
    wrong = ControlVariates(lambda u: u, (0.5,))
    estimate = expectation(first, StandardNormal(), num_samples=4096, block_size=2048, control_variates=wrong)
    assert estimate.value == pytest.approx(0.5, abs=1e-9)  # not 0: the error is exactly β times that of the mean
    with pytest.raises(ValueError, match="one column for each of the 2 means"):
        expectation(first, StandardNormal(), num_samples=8, control_variates=ControlVariates(lambda u: u, (0.0, 0.0)))


def test_sobol_points_and_antithetic_pairs_lower_the_error() -> None:
    errors = {
        scheme: expectation(
            exponential,
            StandardNormal(),
            num_samples=1 << 15,
            block_size=1 << 11,
            scheme=scheme,  # type: ignore[arg-type]
        ).standard_error
        for scheme in ("plain", "antithetic", "sobol")
    }
    assert errors["antithetic"] < errors["plain"] / 2  # the odd part, nine tenths of the variance, is gone
    assert errors["sobol"] < errors["plain"] / 20


def test_the_target_is_met_and_not_overshot() -> None:
    estimate = expectation(exponential, StandardNormal(), target_error=0.005, block_size=1024)
    assert estimate.standard_error < 0.005
    assert estimate.num_samples < 2 * VARIANCE / 0.005**2 + 1024
    capped = expectation(exponential, StandardNormal(), target_error=1e-9, num_samples=2048, block_size=1024)
    assert capped.num_samples == 2048


def test_infinite_values_are_shown() -> None:
    estimate = expectation(lambda u: np.where(u[:, 0] > 0, math.inf, 0.0), StandardNormal(), num_samples=64)
    assert estimate.value == math.inf
    assert math.isnan(estimate.standard_error)


def test_bad_input_is_named() -> None:
    normal = StandardNormal()
    with pytest.raises(ValueError, match="num_samples or target_error must be given"):
        expectation(first, normal)
    with pytest.raises(ValueError, match="target_error must be positive"):
        expectation(first, normal, target_error=0)
    with pytest.raises(ValueError, match="scheme must be one of"):
        expectation(first, normal, num_samples=1, scheme="halton")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="block_size must be a power of 2"):
        expectation(first, normal, num_samples=1, scheme="sobol", block_size=100)
    with pytest.raises(ValueError, match="block_size must be even"):
        expectation(first, normal, num_samples=1, scheme="antithetic", block_size=3)
    with pytest.raises(TypeError, match="law must be StandardNormal"):
        expectation(first, 3, num_samples=1)
    with pytest.raises(TypeError, match="needs StandardNormal or StandardUniform"):
        expectation(first, Laplace(0.0, 1.0), num_samples=1, scheme="sobol")
    with pytest.raises(ValueError, match=r"function must return one number a sample, shape \(4,\), got \(4, 1\)"):
        expectation(lambda u: u, normal, num_samples=4, block_size=4)
    with pytest.raises(ValueError, match="function returned NaN at sample 0 of block 0"):
        expectation(lambda u: u[:, 0] * math.nan, normal, num_samples=4, block_size=4)
    with pytest.raises(ValueError, match="dimension must be at least 1"):
        StandardNormal(0)
