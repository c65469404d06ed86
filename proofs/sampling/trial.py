"""One step before the sequential test: its samples block by block, and what bounds their variance."""

from __future__ import annotations

import itertools
import math
import time
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from estimators.agreement import agreement
from estimators.sequential import SequentialTest
from proofs.language import to_text
from proofs.language.tree import Claim, Expr, Step
from proofs.limits import Budget, TimeLimit
from proofs.outcome import Unsupported
from proofs.sampling.integrand import Block
from proofs.sampling.ranges import sample_range
from proofs.sampling.report import ModelStepReport
from proofs.sampling.seeds import seeded
from proofs.sampling.values import Models
from proofs.sampling.written_out import written_out

_RELATIONS: dict[str, Literal["=", "<=", ">="]] = {"=": "=", "<=": "<=", ">=": ">=", "<": "<=", ">": ">="}
_VERDICTS = {"agree": "agrees", "disagree": "disagrees", "undecided": "undecided"}
_ROUNDING = 2.0**-30  # of the larger side, for "equal at each sample"
_PATIENCE = 8  # times the typical number of samples to a decision
_PROBES = (2, 3)  # two sizes, so that no axis of a model can be taken for that of the samples


@dataclass(frozen=True)
class Limits:
    """How closely steps are held, with which error rates, in blocks of which size; see `proofs.sampler.Sampler`."""

    tolerance: float
    alpha: float
    beta: float
    block_size: int


@dataclass
class Trial:
    """One step on bound models.

    Args:
        limits: the tolerance and the error rates.
        claim: the expanded claim, for its assumptions.
        written, step: the step as it was written, and expanded.
        models: what its names stand for.
        budget: the time that it may take.
        seed: what its samples are drawn from, together with its text.
    """

    limits: Limits
    claim: Claim
    written: Step
    step: Step
    models: Models
    budget: Budget
    seed: int
    drawn: int = 0
    pointwise: bool = True
    late: bool = False

    def report(self, variance_bound: float | None) -> ModelStepReport:
        start = time.perf_counter()
        try:
            found = self.budget.spend(lambda: self._decide(variance_bound))
        except Unsupported as reason:
            found = {"verdict": "unsupported", "message": str(reason)}
        except TimeLimit:
            found = {"verdict": "undecided", "num_samples": self.drawn, "message": self._out_of_time()}
        notes = [found.pop("message", "")]
        if self.step.relation in ("<", ">"):
            notes.append(f"held as {_RELATIONS[self.step.relation]}: samples do not tell it from {self.step.relation}")
        for assumption in self.claim.assumptions:
            shown = f"{to_text(assumption.left)} {assumption.relation} {to_text(assumption.right)}"
            notes.append(f"the models are trusted to satisfy {shown}")
        return ModelStepReport(
            left=to_text(self.written.left),
            relation=self.written.relation,
            right=to_text(self.written.right),
            message="; ".join(note for note in notes if note),
            alpha=self.limits.alpha,
            beta=self.limits.beta,
            tolerance=self.limits.tolerance,
            seconds=time.perf_counter() - start,
            line=self.written.line,
            **found,
        )

    def _decide(self, variance_bound: float | None) -> dict[str, Any]:
        if self.step.relation not in _RELATIONS:
            raise Unsupported(f"{self.step.relation} speaks of digits; write = and give a tolerance")
        left, right = written_out(self.step)
        for num in _PROBES:
            with torch.no_grad(), seeded((self.seed, num), self.models.device):
                probe = self._difference(left, right, num)
        if probe.ndim == 0:
            return self._computed(float(probe))
        source = "as given"
        if variance_bound is None:
            variance_bound, source = self._variance_of_range(left, right)
        if variance_bound is None:
            mean = math.fsum(float(block.mean()) for block in itertools.islice(self._blocks(left, right), 1))
            return {
                "verdict": "undecided",
                "difference": mean,
                "num_samples": self.drawn,
                "pointwise": self.pointwise,
                "message": "nothing bounds the variance of left - right: give variance_bound=, or declare the ranges "
                "of the functions in it (`function D(x) in (0, 1)`) if they bound it",
            }
        test = SequentialTest(
            claimed=0.0,
            tolerance=self.limits.tolerance,
            variance_bound=variance_bound,
            relation=_RELATIONS[self.step.relation],
            alpha=self.limits.alpha,
            beta=self.limits.beta,
        )
        # However many samples it may take, the time limit ends it; near half the tolerance it would not end by itself.
        most = math.ceil(_PATIENCE * test.typical_samples(min(test.alpha / 2, test.beta)))
        outcome = agreement(self._blocks(left, right), max_samples=most, **asdict(test))
        verdict = _VERDICTS[outcome.verdict]
        return {
            "verdict": verdict,
            "agreement": outcome,
            "difference": outcome.estimate.value,
            "num_samples": outcome.num_samples,
            "pointwise": self.pointwise,
            "variance_bound": variance_bound,
            "variance_source": source,
            "message": self._out_of_time() if self.late else "the samples ran out" * (verdict == "undecided"),
        }

    def _blocks(self, left: Expr, right: Expr) -> Iterator[Tensor]:
        """Blocks of samples of left - right: the same on every run, whatever else is checked."""
        # A little before the limit, so that what was drawn by then is reported and not interrupted.
        deadline = math.inf if self.budget.left is None else time.monotonic() + 0.9 * self.budget.left
        name = zlib.crc32(f"{to_text(left)} {self.step.relation} {to_text(right)}".encode())
        for index in itertools.count():
            if index and time.monotonic() > deadline:
                self.late = True
                return
            with torch.no_grad(), seeded((self.seed, name, index), self.models.device):
                block = self._difference(left, right, self.limits.block_size)
            bad = int((~block.isfinite()).sum())
            if bad:
                raise Unsupported(f"left - right is not finite at {bad} of {len(block)} samples of block {index}")
            self.drawn += len(block)
            yield block

    def _difference(self, left: Expr, right: Expr, num: int) -> Tensor:
        block = Block(self.models, num)
        sides = block.sample(left), block.sample(right)
        difference = sides[0] - sides[1]
        scale = torch.maximum(sides[0].abs(), sides[1].abs()).clamp(min=1.0)
        self.pointwise = self.pointwise and bool((difference.abs() <= _ROUNDING * scale).all())
        return difference

    def _computed(self, difference: float) -> dict[str, Any]:
        if math.isnan(difference):
            raise Unsupported("left - right is not a number there")
        miss = {"=": abs(difference), "<=": difference, ">=": -difference}[_RELATIONS[self.step.relation]]
        verdict = "agrees" if miss <= self.limits.tolerance else "disagrees"
        return {"verdict": verdict, "difference": difference, "pointwise": self.pointwise}

    def _variance_of_range(self, left: Expr, right: Expr) -> tuple[float | None, str]:
        """Popoviciu's bound: a number between a and b has a variance of at most (b - a)^2/4."""
        numbers = {name: float(value) for name, value in self.models.points.items() if value.ndim == 0}
        (a, b), (c, d) = (sample_range(side, self.models.declared, numbers) for side in (left, right))
        low, high = a - d, b - c
        if not (math.isfinite(low) and math.isfinite(high)):
            return None, ""
        return (high - low) ** 2 / 4, f"since left - right lies between {low:.6g} and {high:.6g}"

    def _out_of_time(self) -> str:
        return f"the time limit of {self.budget.limit:.3g} s for this step passed after {self.drawn:,} samples"
