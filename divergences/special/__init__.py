"""The functions that accuracy needs and that no array library has, or has to few digits, on arrays and on symbols."""

from divergences.special.primitives import (
    at_most,
    expm1mx,
    half,
    half_expm1mx,
    half_log_2pi,
    half_phi,
    log1pmx,
    log_ratio,
    log_sqrt_2pie,
    phi,
    symbolic,
    times_exp,
    two_difference,
)

__all__ = [
    "at_most",
    "expm1mx",
    "half",
    "half_expm1mx",
    "half_log_2pi",
    "half_phi",
    "log1pmx",
    "log_ratio",
    "log_sqrt_2pie",
    "phi",
    "symbolic",
    "times_exp",
    "two_difference",
]
