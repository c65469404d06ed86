"""The trusted part: exact rationals, the standard library, and every axiom in one file.

To believe a kernel proof, believe `polynomial` and `integration` (the normal form), `normal_form` (how a claim is
read into it), `axioms` (five schemas) and `certificate` (the check). Whatever searches for a proof is not trusted.
"""

from proofs.kernel.axioms import SCHEMAS, Axiom, Counted, Gibbs, Label, LogBelowLine, NonNegative, Rejected, Tangent
from proofs.kernel.certificate import Certificate, Instance, check
from proofs.kernel.normal_form import NotNormalised, Reader
from proofs.kernel.polynomial import Poly, Unsupported

__all__ = [
    "SCHEMAS",
    "Axiom",
    "Certificate",
    "Counted",
    "Gibbs",
    "Instance",
    "Label",
    "LogBelowLine",
    "NonNegative",
    "NotNormalised",
    "Poly",
    "Reader",
    "Rejected",
    "Tangent",
    "Unsupported",
    "check",
]
