"""Attacks on claims: finite measure spaces, confirmed in ball arithmetic."""

from proofs.refuters.describe import describe
from proofs.refuters.finite import check_normalised, refute

__all__ = ["check_normalised", "describe", "refute"]
