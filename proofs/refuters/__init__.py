"""Attacks on claims: finite measure spaces, confirmed in ball arithmetic; and the nearest claims that hold."""

from proofs.refuters.as_python import as_python
from proofs.refuters.describe import describe
from proofs.refuters.finite import check_normalised, refute
from proofs.refuters.repair import Repair, repair

__all__ = ["Repair", "as_python", "check_normalised", "describe", "refute", "repair"]
