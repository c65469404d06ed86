"""What sampling found about a claim on bound models: kept apart from proofs and refutations, which it never is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from estimators.agreement import Agreement
from proofs.language.tree import Claim

#: Worst first.
MODEL_VERDICTS = ("disagrees", "unsupported", "undecided", "agrees")
_NO_TRUTH = "a report has no truth value: its verdict is one of four; compare report.verdict"


@dataclass(frozen=True)
class ModelStepReport:
    """What the samples say of one step of a claim, for the models that were bound.

    Args:
        left, relation, right: the step as it was written, as text that can be read back.
        verdict: one of `MODEL_VERDICTS`.
        agreement: the outcome of the sequential test on left - right; None where nothing had to be sampled, or where
            nothing bounds the variance.
        difference: left - right: its sample mean, or its value where nothing had to be sampled; None if unsupported.
        num_samples: how many samples were drawn; 0 where nothing had to be sampled.
        pointwise: whether the two sides were equal, to rounding, at *each* sample: under shared draws this is no
            matter of statistics.
        variance_bound: what the error rates rest on, and in `variance_source` where it comes from.
        alpha: bound on the probability of ``disagrees`` when the step holds for these models.
        beta: bound on the probability of ``agrees`` when it fails by `tolerance` or more.
        tolerance: the smallest error that must not pass, in nats or whatever the sides are measured in.
        message: for ``undecided`` and ``unsupported``, why; else what should be known.
        seconds: wall-clock time that was spent on this step.
        line: the line of the claim's text that the step stands on, from 1; 0 where there is no text.
    """

    left: str
    relation: str
    right: str
    verdict: str
    agreement: Agreement | None = None
    difference: float | None = None
    num_samples: int = 0
    pointwise: bool = False
    variance_bound: float | None = None
    variance_source: str = ""
    alpha: float = 0.0
    beta: float = 0.0
    tolerance: float = 0.0
    message: str = ""
    seconds: float = 0.0
    line: int = 0

    def __str__(self) -> str:
        return f"{self.left} {self.relation} {self.right}"

    @property
    def evidence(self) -> str:
        """One line on what the verdict rests on, with its error rate."""
        parts = []
        if self.difference is not None and self.num_samples == 0:
            parts.append(f"computed, not sampled: left - right = {self.difference:.3g}")
        elif self.agreement is not None:
            parts.append(f"left - right is estimated {self.agreement.estimate}")
            if self.verdict == "agrees":
                parts.append(f"an error of {self.tolerance:g} would pass with probability at most {self.beta:.0e}")
            elif self.verdict == "disagrees":
                parts.append(f"a step that holds would be called wrong with probability at most {self.alpha:.0e}")
            parts.append(f"the variance is at most {self.variance_bound:g}, {self.variance_source}")
        elif self.difference is not None:
            parts.append(f"left - right has the mean {self.difference:.3g} over {self.num_samples:,} samples")
        if self.pointwise:
            parts.append("the two sides are equal at each sample, to rounding")
        if self.message:
            parts.append(self.message)
        return "; ".join(parts)

    def __bool__(self) -> NoReturn:
        raise TypeError(_NO_TRUTH)


@dataclass(frozen=True)
class ModelReport:
    """What sampling found about a claim on bound models.

    Its verdicts are not those of `proofs.Report`: a claim that is proved may disagree with a model, whose code is then
    wrong; and a claim that is false in general may agree with a model.

    Args:
        text: the claim as it was given, or as it prints.
        claim: the claim's tree; None where the text could not be read.
        steps: a report on each step, in order.
        seconds: wall-clock time of the whole check.
        message: why there are no steps.
    """

    text: str
    claim: Claim | None
    steps: tuple[ModelStepReport, ...]
    seconds: float = 0.0
    message: str = ""

    @property
    def verdict(self) -> str:
        """The worst verdict of any step; ``unsupported`` where the claim could not be read."""
        verdicts = [step.verdict for step in self.steps] or ["unsupported"]
        return min(verdicts, key=MODEL_VERDICTS.index)

    def __bool__(self) -> NoReturn:
        raise TypeError(_NO_TRUTH)

    def __str__(self) -> str:
        lines = [f"{step.verdict}: {step}\n    {step.evidence}" for step in self.steps]
        return "\n".join(lines) if lines else f"unsupported: {self.message}"
