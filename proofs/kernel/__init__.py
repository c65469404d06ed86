"""The trusted part: exact rationals and the standard library.

To believe a kernel proof, believe the normal form (`polynomial`, `integration`, `derivative`), how a claim is read into
it (`definitions`, `copies`, `normal_form`), the schemas (`schema`, `logarithms`, `convexity`, `multisample`; `axioms`
lists them) and the check (`certificate`). Whatever searches for a proof is not trusted.
"""

from proofs.kernel.axioms import (
    SCHEMAS,
    Axiom,
    CauchySchwarz,
    Counted,
    FenchelYoung,
    Gibbs,
    Jensen,
    Label,
    LogBelowLine,
    MultiSample,
    NonNegative,
    Pinsker,
    PowerMean,
    Rejected,
    Tangent,
    Weighted,
)
from proofs.kernel.certificate import Certificate, Instance, check
from proofs.kernel.normal_form import NotNormalised, Reader
from proofs.kernel.polynomial import Poly, Unsupported

__all__ = [
    "SCHEMAS",
    "Axiom",
    "CauchySchwarz",
    "Certificate",
    "Counted",
    "FenchelYoung",
    "Gibbs",
    "Instance",
    "Jensen",
    "Label",
    "LogBelowLine",
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
    "check",
]
