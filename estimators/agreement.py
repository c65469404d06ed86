"""Agreement of samples with a claimed mean or bound: *agree*, *disagree* or *undecided*, with stated error rates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from estimators.counting import positive_integer
from estimators.estimate import Estimate, Moments
from estimators.sequential import Evidence, Relation, SequentialTest, Verdict, flat_float64

#: More samples than this are drawn only where the caller has asked for them.
MAX_DEFAULT_SAMPLES = 10**10


@dataclass(frozen=True)
class Agreement:
    """The outcome of :func:`agreement`. It has no truth value: three outcomes are not two.

    Args:
        verdict: ``"agree"``, ``"disagree"`` or ``"undecided"``.
        estimate: the sample mean at the stop. Its interval is a description; the verdict is the inference.
        evidence: the state of the test at the stop, which further samples may be added to.
        test: the claim, the tolerance and the error rates.
    """

    verdict: Verdict
    estimate: Estimate
    evidence: Evidence
    test: SequentialTest

    @property
    def num_samples(self) -> int:
        return self.evidence.num_samples

    def __bool__(self) -> NoReturn:
        raise TypeError("an Agreement has no truth value: compare .verdict with 'agree', 'disagree' or 'undecided'")

    def __str__(self) -> str:
        test = self.test
        return (
            f"{self.verdict}: mean {test.relation} {test.claimed:.6g} within {test.tolerance:.3g}, "
            f"estimated {self.estimate} (alpha {test.alpha:.0e}, beta {test.beta:.0e})"
        )


def agreement(
    samples: Callable[[int, int], Any] | Iterable[Any],
    claimed: float,
    *,
    tolerance: float,
    variance_bound: float,
    relation: Relation = "=",
    alpha: float = 1e-9,
    beta: float = 1e-6,
    moment: float = 2,
    max_samples: int | None = None,
    block_size: int | None = None,
) -> Agreement:
    r"""Hold the mean of samples against a claimed value, or against a claimed bound, with stated error rates.

    * ``"disagree"`` when the claim is true: probability at most α, whatever the tails, at every sample size at once.
      Rests on the variance of the *true* law only: samples whose mean is as claimed have variance at most v.
    * ``"agree"`` when the mean misses the claim by ε or more: probability at most β. Rests on the variance of the law
      *that is sampled*: a wrong implementation whose own variance exceeds v is outside the guarantee.
    * ``"undecided"`` when the samples run out: never a pass. Expected where the bias is near ε/2.

    At the default rates it takes 33 to 38 :math:`v/\varepsilon^2` samples to agree with a mean that is as claimed,
    43 to 56 to disagree with one that is ε off, and about 15 at 2ε (``benchmarks/calibration_agreement.py`` measures
    it on light and heavy tails).

    Args:
        samples: ``samples(i, n)`` returning the n samples of block i (i = 0, 1, 2, ...), or an iterable of blocks.
            A block is an array of any shape and real dtype on any device, or a number; its entries, and those of
            different blocks, are independent (or have the stated conditional moments given the earlier ones).
        claimed: the claimed mean, or its bound.
        tolerance: ε, the smallest bias that must not pass, in the units of the samples; positive.
        variance_bound: v, a proved bound on the variance of a sample, in squared units. Zero is allowed. Samples in
            [a, b] have at most (b − a)²/4. With ``moment`` below 2, a bound on the p-th absolute central moment.
        relation: ``"="`` for mean = claimed; ``"<="`` or ``">="`` for a claimed upper or lower bound of the mean.
        alpha: bound on the probability of ``"disagree"`` when the claim holds.
        beta: bound on the probability of ``"agree"`` when it fails by ε or more.
        moment: p in (1, 2]: which moment the bound is of. Heavy tails without a variance need p < 2 and more samples,
            about (v/εᵖ)^(1/(p−1)).
        max_samples: where to give up; by default eight times what a decision typically takes at the smaller of α, β,
            which is a ValueError beyond 1e10.
        block_size: samples a call of ``samples``; by default a few inspections on the way to a typical decision.

    Returns:
        The verdict with the estimate and the evidence.

    Raises:
        ValueError: an argument is out of range, a sample is NaN or infinite, or a block has not the asked size.
        TypeError: a block is not an array of real numbers.

    Reference:
        :mod:`estimators.sequential` proves the rates and names the sources.

    Example:
        >>> import numpy as np
        >>> def blocks(index, size):
        ...     return np.random.default_rng([2024, index]).standard_normal(size) ** 2
        >>> agreement(blocks, 1.0, tolerance=0.1, variance_bound=2.0).verdict
        'agree'
        >>> agreement(blocks, 1.2, tolerance=0.1, variance_bound=2.0).verdict
        'disagree'
        >>> agreement(blocks, 1.2, tolerance=0.1, variance_bound=2.0, relation="<=").verdict
        'agree'
    """
    test = SequentialTest(
        claimed=claimed,
        tolerance=tolerance,
        variance_bound=variance_bound,
        relation=relation,
        alpha=alpha,
        beta=beta,
        moment=moment,
    )
    if max_samples is None:
        max_samples = math.ceil(8 * test.typical_samples(min(test.alpha / 2, test.beta)))
        if max_samples > MAX_DEFAULT_SAMPLES:
            raise ValueError(
                f"tolerance {tolerance:g} and variance_bound {variance_bound:g} may take {max_samples:.1e} samples; "
                "widen the tolerance, or say with max_samples that so many are meant"
            )
    if block_size is None:
        block_size = min(max(math.ceil(test.typical_samples(test.beta) / 8), 64), 1 << 16)
    max_samples = positive_integer("max_samples", max_samples)
    block_size = positive_integer("block_size", block_size)
    if not callable(samples) and not isinstance(samples, Iterable):
        raise TypeError(f"samples must be a function of (block index, size) or an iterable of blocks, got {samples!r}")

    evidence = Evidence()
    verdict: Verdict = "undecided"
    for block in _drawn(samples, block_size, max_samples) if callable(samples) else samples:
        remaining = max_samples - evidence.num_samples
        evidence = evidence + test.evidence(flat_float64(block)[:remaining])
        verdict = test.verdict(evidence)
        if verdict != "undecided" or evidence.num_samples == max_samples:
            break
    if evidence.num_samples == 0:
        raise ValueError("samples is empty: no sample was drawn")
    moments = evidence.moments
    return Agreement(
        verdict=verdict,
        estimate=Moments(moments.num_samples, test.claimed + moments.mean, moments.sum_squares).estimate(
            variance_finite=True, method="Monte Carlo mean, stopped by a sequential test"
        ),
        evidence=evidence,
        test=test,
    )


def two_sample_agreement(
    samples: Callable[[int, int], Any],
    others: Callable[[int, int], Any],
    *,
    tolerance: float,
    variance_bound: float,
    other_variance_bound: float,
    **options: Any,
) -> Agreement:
    r"""Hold the means of two independent streams of samples against each other, neither of which is the truth.

    The differences of paired draws have mean zero if the means agree, and at most the sum of the variances.

    Args:
        samples: ``samples(i, n)`` returning the n samples of block i of the first stream.
        others: the same for the second; independent of the first.
        tolerance: ε, the smallest difference of means that must not pass.
        variance_bound: a proved bound on the variance of a sample of the first stream.
        other_variance_bound: the same for the second.
        **options: the error rates and limits of `agreement`, with which the guarantees are shared.

    Returns:
        The verdict on "mean of the first − mean of the second = 0", or the relation asked for.

    Example:
        >>> import numpy as np
        >>> def stream(seed):
        ...     return lambda index, size: np.random.default_rng([seed, index]).random(size)
        >>> two_sample_agreement(
        ...     stream(0), stream(1), tolerance=0.05, variance_bound=1 / 12, other_variance_bound=1 / 12
        ... ).verdict
        'agree'
    """

    def difference(index: int, size: int) -> Any:
        return flat_float64(samples(index, size)) - flat_float64(others(index, size))

    return agreement(
        difference, 0.0, tolerance=tolerance, variance_bound=variance_bound + other_variance_bound, **options
    )


def _drawn(samples: Callable[[int, int], Any], block_size: int, max_samples: int) -> Iterator[Any]:
    for index, start in enumerate(range(0, max_samples, block_size)):
        wanted = min(block_size, max_samples - start)
        block = flat_float64(samples(index, wanted))
        if block.shape[0] != wanted:
            raise ValueError(f"samples({index}, {wanted}) returned {block.shape[0]} samples, expected {wanted}")
        yield block
