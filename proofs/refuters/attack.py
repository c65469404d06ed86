"""How badly a step fails on each model of a batch, in float64: what the search and the shrinker steer by."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from proofs.language import tree as t
from proofs.outcome import Unsupported
from proofs.refuters.arithmetic import Array, Floats
from proofs.refuters.confirm import half_unit
from proofs.refuters.evaluate import Evaluation
from proofs.refuters.models import Models
from proofs.refuters.signature import Signature

#: Relative differences below this are float64 noise; they are neither searched for nor confirmed.
NOISE = 1e-11
_ABSOLUTE_NOISE = 1e-13


@dataclass(frozen=True)
class Attack:
    """A step under attack.

    Args:
        step: the step, elaborated and expanded.
        signature: what its models hold.
    """

    step: t.Step
    signature: Signature
    strict: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "strict", self.step.relation in ("<", ">"))

    def violations(self, models: Models) -> Array:
        """For each model, the largest violation of the step relative to its sides' size; nan where none is defined.

        Positive means violated, 0 equal to within the noise, -inf never occurs. A strict inequality falls at 0.
        """
        with np.errstate(all="ignore"):
            evaluation = Evaluation(models, Floats())
            left, right = evaluation.value(self.step.left), evaluation.value(self.step.right)
            relative = _relative(left, right)
            match self.step.relation:
                case "=":
                    relative = np.abs(relative)
                case ">=" | ">":
                    relative = -relative
                case "~=":
                    half = float(half_unit(self.step.right))
                    relative = _relative(np.abs(left - right), np.full_like(left, half))
            # fmax ignores undefined points unless every point is.
            worst = np.broadcast_to(np.fmax.reduce(relative.reshape(len(relative), -1), axis=1), (len(models),))
            for assumption in self.signature.assumptions:
                worst = np.where(self._assumed(assumption, evaluation), worst, np.nan)
        return worst

    def _assumed(self, assumption: t.Step, evaluation: Evaluation) -> Array:
        """On which models an assumption holds at every point, to within the noise."""
        left, right = evaluation.value(assumption.left), evaluation.value(assumption.right)
        relative = _relative(left, right)
        match assumption.relation:
            case "=":
                holds = np.abs(relative) <= NOISE
            case "<=" | ">=":
                holds = (relative if assumption.relation == "<=" else -relative) <= NOISE
            case "<" | ">":
                holds = (relative if assumption.relation == "<" else -relative) < 0
            case _:
                raise Unsupported(f"finite models do not assume by {assumption.relation}")
        return np.asarray(holds.reshape(len(holds), -1).all(axis=1))

    def fails(self, violations: Array) -> Array:
        """Which violations are worth a confirmation."""
        return violations >= 0 if self.strict else violations > NOISE


def _relative(left: Array, right: Array) -> Array:
    """(left - right) / max(|left|, |right|), 0 within the noise, and ±2 where exactly one side is infinite."""
    difference = left - right
    relative = difference / np.maximum(np.abs(left), np.abs(right))
    relative = np.where(np.abs(difference) <= _ABSOLUTE_NOISE, 0.0, relative)
    infinite = np.isinf(difference)
    return np.where(left == right, 0.0, np.where(infinite, np.sign(difference) * 2.0, relative))
