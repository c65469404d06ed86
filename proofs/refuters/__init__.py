"""Attacks on claims: finite measure spaces, confirmed in ball arithmetic."""

from proofs.refuters.as_python import as_python
from proofs.refuters.describe import describe
from proofs.refuters.finite import check_normalised, refute

__all__ = ["as_python", "check_normalised", "describe", "refute"]
