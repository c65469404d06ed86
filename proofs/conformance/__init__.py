"""Checks for other people's code: an implementation held against certified values, where it is likely to be wrong."""

from proofs.conformance.divergence import assert_divergence, check_divergence
from proofs.conformance.implementation import OutsideDomain
from proofs.conformance.report import ConformanceReport, Finding, NonConformance
from proofs.conformance.target import Target

__all__ = [
    "ConformanceReport",
    "Finding",
    "NonConformance",
    "OutsideDomain",
    "Target",
    "assert_divergence",
    "check_divergence",
]
