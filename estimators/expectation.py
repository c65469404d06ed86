"""The mean of a function of random samples: streamed, resumable, and the same to the last bit on any workers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from estimators.blocks import Workers, in_order
from estimators.checkpoint import Progress, load, save
from estimators.control_variates import ControlVariates
from estimators.counting import positive_integer
from estimators.estimate import Estimate, Moments
from estimators.sampling import NoiseStream
from estimators.sources import Source, source

Vector = NDArray[np.float64]
Scheme = Literal["plain", "antithetic", "sobol"]

#: Samples that fit the second-level cache along with what a function makes of them.
DEFAULT_BLOCK = 1 << 14
#: Blocks are numbered from 0; the samples that fit control variates come from one that no run reaches.
_PILOT = 1 << 62

_METHODS = {
    "plain": "Monte Carlo",
    "antithetic": "Monte Carlo over antithetic pairs",
    "sobol": "randomised quasi-Monte Carlo (scrambled Sobol points, one mean a scrambling)",
}


def expectation(
    function: Callable[[Any], Any],
    law: Any,
    *,
    num_samples: int | None = None,
    target_error: float | None = None,
    seed: int = 0,
    scheme: Scheme = "plain",
    control_variates: ControlVariates | None = None,
    block_size: int = DEFAULT_BLOCK,
    level: float = 0.95,
    workers: Workers | None = None,
    checkpoint: str | Path | None = None,
    progress: bool = False,
) -> Estimate:
    r"""Estimate :math:`E f(X)` with its standard error.

    Samples are drawn in blocks, each a pure function of the seed and the block's number; their moments are merged in
    block order. So the result is the same, bit for bit, for any number of workers, for a worker that died and whose
    block was made again, and for a run that was interrupted and resumed.

    Args:
        function: f, vectorised: takes samples whose first axis has length n and returns n real numbers. For worker
            processes it has to pickle.
        law: `StandardNormal(d)` or `StandardUniform(d)`, whose samples have shape (n, d), or any law with
            ``sample(shape, rng=...)``, such as those of `divergences.families`.
        num_samples: how many samples; rounded up to whole blocks.
        target_error: stop at the first block after which the standard error is below this. Optional stopping makes
            the interval's coverage asymptotic in the target. At least one of the two has to be given; with both,
            whichever comes first.
        seed: a non-negative integer.
        scheme: ``"plain"``; ``"antithetic"``, where each pair of mirrored samples counts as one draw of its mean;
            ``"sobol"``, where each block is an independent scrambling of a Sobol sequence (a power of 2 of points)
            and its mean counts as one draw. The last two need standard noise.
        control_variates: functions of known mean; their coefficients are fitted on a block of its own.
        block_size: samples a block.
        level: nominal coverage of the interval.
        workers: None; a ``concurrent.futures.Executor``, which dask's ``client.get_executor()`` and mpi4py's
            ``MPIPoolExecutor`` are; or a function that makes one, so that a pool whose worker died can be made anew.
        checkpoint: a file in which the accumulated moments are kept, about every second. A run with the same
            arguments goes on from it.
        progress: show a progress bar on a run of more than a second.

    Returns:
        The estimate. Its interval is that of the central limit theorem and is labelled asymptotic.

    Raises:
        ValueError: an argument is out of range, a value is NaN, the function returns another number of values than it
            was given samples, or the checkpoint belongs to another run.
        TypeError: the law is none, or the scheme needs standard noise.

    Reference:
        A. B. Owen, "Monte Carlo theory, methods and examples" (2013), chapters 8 and 17.

    Example:
        >>> from estimators import StandardNormal, expectation
        >>> estimate = expectation(lambda u: np.exp(u[:, 0]), StandardNormal(), target_error=1e-4, scheme="sobol")
        >>> abs(estimate.value - math.exp(0.5)) < 5 * estimate.standard_error < 5e-4
        True
    """
    if num_samples is None and target_error is None:
        raise ValueError("num_samples or target_error must be given: otherwise nothing says when to stop")
    if target_error is not None and not 0 < target_error < math.inf:
        raise ValueError(f"target_error must be positive and finite, got {target_error!r}")
    if scheme not in _METHODS:
        raise ValueError(f"scheme must be one of {sorted(_METHODS)}, got {scheme!r}")
    block_size = _fitting("block_size", positive_integer("block_size", block_size), scheme)
    blocks = _PILOT if num_samples is None else -(-positive_integer("num_samples", num_samples) // block_size)
    drawn = source(law)
    if scheme != "plain" and not hasattr(drawn, "mirror"):
        raise TypeError(f"scheme {scheme!r} needs StandardNormal or StandardUniform noise, got {law!r}")
    plan = _Plan(function, drawn, NoiseStream(seed), scheme, block_size, control_variates)
    if control_variates is not None:
        plan = plan.fitted()

    path = None if checkpoint is None else Path(checkpoint)
    run: dict[str, object] = {
        "seed": seed,
        "scheme": scheme,
        "block_size": block_size,
        "law": repr(law),
        "function": _name(function),
        "coefficients": [coefficient.hex() for coefficient in plan.coefficients],
    }
    done = Progress() if path is None else load(path, run)
    with _Display(progress, None if num_samples is None else blocks, target_error) as display:
        results = in_order(partial(_moments, plan), done.blocks, blocks, workers=workers)
        try:
            while done.blocks < blocks and not _close(done.moments, target_error):
                done = Progress(done.blocks + 1, done.moments + next(results))
                if display.due():
                    display.show(done, done.moments)
                    if path is not None:
                        save(path, run, done)
        finally:
            results.close()
            if path is not None and done.blocks:
                save(path, run, done)
    method = _METHODS[scheme] + (", control variates" if control_variates is not None else "")
    return done.moments.estimate(level=level, method=method)


@dataclass(frozen=True)
class _Plan:
    """Everything that a worker needs to compute the moments of any block."""

    function: Callable[[Any], Any]
    source: Source
    stream: NoiseStream
    scheme: Scheme
    block_size: int
    control_variates: ControlVariates | None
    coefficients: tuple[float, ...] = ()

    def fitted(self) -> _Plan:
        """The plan with coefficients from a block of its own."""
        assert self.control_variates is not None
        samples = self.samples(_PILOT)
        coefficients = self.control_variates.coefficients(samples, self.values(samples, _PILOT))
        return _Plan(
            self.function, self.source, self.stream, self.scheme, self.block_size, self.control_variates,
            tuple(coefficients.tolist()),
        )  # fmt: skip

    def samples(self, block: int) -> Any:
        rng = self.stream.rng(block)
        origin: Any = self.source
        if self.scheme == "sobol":
            from scipy.stats import qmc

            points = qmc.Sobol(origin.dimension, bits=53, rng=rng).random_base2(self.block_size.bit_length() - 1)
            # The points are multiples of 2^−53 and may be 0, where the quantile is not finite.
            return origin.from_uniform(np.maximum(points, 2.0**-54))
        if self.scheme == "antithetic":
            half = origin.draw(rng, self.block_size // 2)
            return np.concatenate([half, origin.mirror(half)])
        return origin.draw(rng, self.block_size)

    def values(self, samples: Any, block: int) -> Vector:
        values = _numbers(self.function(samples))
        if values.shape != (self.block_size,):
            raise ValueError(
                f"function must return one number a sample, shape ({self.block_size},), got {values.shape}"
            )
        if np.isnan(values).any():
            where = int(np.isnan(values).argmax())
            raise ValueError(f"function returned NaN at sample {where} of block {block}: {samples[where]!r}")
        if self.coefficients:
            assert self.control_variates is not None
            values = values - self.control_variates.centred(samples) @ np.asarray(self.coefficients)
        return values


def _moments(plan: _Plan, block: int) -> Moments:
    """The moments of one block's independent draws."""
    values = plan.values(plan.samples(block), block)
    if plan.scheme == "antithetic":
        values = values.reshape(2, -1).mean(0)
    elif plan.scheme == "sobol":
        values = values.mean(keepdims=True)
    mean = float(values.mean())
    with np.errstate(invalid="ignore"):  # an infinite mean has no deviations: NaN, which the estimate shows
        return Moments(len(values), mean, float(((values - mean) ** 2).sum()))


def _close(moments: Moments, target_error: float | None) -> bool:
    """Whether the standard error is below the target; two draws say too little of it, eight say enough to stop."""
    if target_error is None or moments.num_samples < 8:
        return False
    return math.sqrt(moments.variance / moments.num_samples) < target_error


def _fitting(name: str, size: int, scheme: Scheme) -> int:
    if scheme == "sobol" and size & (size - 1):
        raise ValueError(f"{name} must be a power of 2 for Sobol points, got {size}")
    if scheme == "antithetic" and size % 2:
        raise ValueError(f"{name} must be even for antithetic pairs, got {size}")
    return size


def _numbers(values: Any) -> Vector:
    values = values.detach().cpu() if hasattr(values, "detach") else values
    return np.asarray(values, dtype=np.float64)


def _name(function: Any) -> str:
    return f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', type(function).__name__)}"


class _Display:
    """A progress bar that appears after a second, and the clock that says when to save."""

    def __init__(self, wanted: bool, blocks: int | None, target_error: float | None) -> None:
        import time

        self._clock = time.monotonic
        self._last = self._clock()
        self._wanted, self._blocks, self._target = wanted, blocks, target_error
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> _Display:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def due(self) -> bool:
        """Whether a second has passed since the last time."""
        now = self._clock()
        if now - self._last < 1:
            return False
        self._last = now
        return True

    def show(self, done: Progress, moments: Moments) -> None:
        if not self._wanted:
            return
        if self._bar is None:
            from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), transient=True)
            self._bar.start()
            self._task = self._bar.add_task("", total=self._blocks)
        total = self._blocks
        error = math.sqrt(moments.variance / moments.num_samples) if moments.num_samples > 1 else math.nan
        if self._target is not None and error > 0:
            # The error falls like one over the root of the number of blocks.
            needed = math.ceil(done.blocks * max(1.0, (error / self._target) ** 2))
            total = needed if total is None else min(total, needed)
        self._bar.update(
            self._task, completed=done.blocks, total=total, description=f"{moments.mean:.6g} ± {error:.2g}"
        )
