"""Certified values of closed-form expressions, in ball arithmetic."""

from proofs.certifier.enclose import enclose
from proofs.certifier.scope import Undefined

__all__ = ["Undefined", "enclose"]
