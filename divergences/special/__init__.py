"""The functions that accuracy needs and that no array library has, or has to few digits, on arrays and on symbols."""

from divergences.special.beta import bregman_log_beta
from divergences.special.cross import weighted_phi_cross
from divergences.special.gamma import (
    binet,
    binet_slope,
    bregman_binet,
    bregman_lgamma,
    digamma,
    lgamma,
    phi_ratio,
    relative_entropy,
    trigamma,
)
from divergences.special.primitives import (
    accurate_log_ratio,
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
    "accurate_log_ratio",
    "at_most",
    "binet",
    "binet_slope",
    "bregman_binet",
    "bregman_lgamma",
    "bregman_log_beta",
    "digamma",
    "expm1mx",
    "half",
    "half_expm1mx",
    "half_log_2pi",
    "half_phi",
    "lgamma",
    "log1pmx",
    "log_ratio",
    "log_sqrt_2pie",
    "phi",
    "phi_ratio",
    "relative_entropy",
    "symbolic",
    "times_exp",
    "trigamma",
    "two_difference",
    "weighted_phi_cross",
]
