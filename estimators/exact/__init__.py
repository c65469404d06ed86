"""Deterministic references: what multi-sample bounds are, for any number of samples, without sampling."""

from estimators.exact.bounds import (
    cubo_exact,
    eubo_exact,
    iwae_bound_exact,
    iwae_variance_exact,
    renyi_bound_exact,
    thermodynamic_integrand_exact,
)
from estimators.exact.log_weights import FiniteLogWeight, QuadraticLogWeight
from estimators.exact.value import ExactValue

__all__ = [
    "ExactValue",
    "FiniteLogWeight",
    "QuadraticLogWeight",
    "cubo_exact",
    "eubo_exact",
    "iwae_bound_exact",
    "iwae_variance_exact",
    "renyi_bound_exact",
    "thermodynamic_integrand_exact",
]
