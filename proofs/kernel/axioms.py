r"""The axiom schemas: every inequality that the kernel takes for granted, each with its proof.

An instance is a schema with its arguments, all of them trees; `statement` re-derives from them, under the claim's
declarations, the normal form of an expression that is non-negative on every model. Side conditions (a law that
integrates to one, a factor that is positive, weights that sum to one) are checked here and nowhere else.
"""

from proofs.kernel.assumed import Assumed
from proofs.kernel.convexity import (
    Bounded,
    CauchySchwarz,
    FenchelYoung,
    Hellinger,
    Jensen,
    NonNegative,
    Pinsker,
    PowerMean,
    Weighted,
)
from proofs.kernel.logarithms import Counted, Gibbs, Label, LogBelowLine, Tangent
from proofs.kernel.monotone import Monotone, Within
from proofs.kernel.multisample import MultiSample
from proofs.kernel.schema import Axiom, Rejected

#: Every schema in force; nothing else is assumed.
SCHEMAS: tuple[type[Axiom], ...] = (
    Gibbs,
    Tangent,
    Counted,
    LogBelowLine,
    NonNegative,
    Jensen,
    Weighted,
    FenchelYoung,
    PowerMean,
    CauchySchwarz,
    Pinsker,
    MultiSample,
    Monotone,
    Hellinger,
    Bounded,
    Within,
    Assumed,
)

__all__ = [
    "SCHEMAS",
    "Assumed",
    "Axiom",
    "Bounded",
    "CauchySchwarz",
    "Counted",
    "FenchelYoung",
    "Gibbs",
    "Hellinger",
    "Jensen",
    "Label",
    "LogBelowLine",
    "Monotone",
    "MultiSample",
    "NonNegative",
    "Pinsker",
    "PowerMean",
    "Rejected",
    "Tangent",
    "Weighted",
    "Within",
]
