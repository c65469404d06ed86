"""A number that is computed, not sampled, with what its computation may have missed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from torch import Tensor


@dataclass(frozen=True, eq=False)
class ExactValue:
    """A deterministic value and an estimate of its error.

    Args:
        value: a 0-d float64 tensor, in nats unless said otherwise; differentiable in the parameters of the law.
        error: how far the value moved when every step of the quadrature was halved, plus the rounding error of its
            sum. The integrands are analytic, so that the error of the finer rule is about the square of the coarser
            one's: the change bounds what is left with room to spare, unless the law is beyond the rule's range, in
            which case the change is large.
    """

    value: Tensor
    error: float

    def __float__(self) -> float:
        return float(self.value.detach())

    def __bool__(self) -> NoReturn:
        raise TypeError("an ExactValue has no truth value: compare float(x), and mind x.error")

    def __str__(self) -> str:
        return f"{float(self):.15g} (error {self.error:.1g})"
