"""The trusted part: exact rationals and the standard library.

To believe a kernel proof, believe the normal form (`polynomial`, `integration`, `derivative`), how a claim is read into
it (`definitions`, `structure`, `hypotheses`, `copies`, `normal_form`), the schemas (`schema`, `logarithms`,
`convexity`, `multisample`, `monotone`, `assumed`; `axioms` lists them) and the check (`combination`, `certificate`).
Whatever searches is not trusted.
"""

from proofs.kernel.axioms import (
    SCHEMAS,
    Assumed,
    Axiom,
    Bounded,
    CauchySchwarz,
    Counted,
    FenchelYoung,
    Gibbs,
    Hellinger,
    Jensen,
    Label,
    LogBelowLine,
    Monotone,
    MultiSample,
    NonNegative,
    Pinsker,
    PowerMean,
    Rejected,
    Tangent,
    Weighted,
    Within,
)
from proofs.kernel.certificate import Certificate, check
from proofs.kernel.combination import Instance
from proofs.kernel.normal_form import NotNormalised, Reader
from proofs.kernel.polynomial import Poly, Unsupported

__all__ = [
    "SCHEMAS",
    "Assumed",
    "Axiom",
    "Bounded",
    "CauchySchwarz",
    "Certificate",
    "Counted",
    "FenchelYoung",
    "Gibbs",
    "Hellinger",
    "Instance",
    "Jensen",
    "Label",
    "LogBelowLine",
    "Monotone",
    "MultiSample",
    "NonNegative",
    "NotNormalised",
    "Pinsker",
    "Poly",
    "PowerMean",
    "Reader",
    "Rejected",
    "Tangent",
    "Unsupported",
    "Weighted",
    "Within",
    "check",
]
