"""Monte Carlo with honest errors: bounds from log-weights, and agreement of samples with what is claimed of them.

``estimators.models`` holds torch models with exact answers; torch loads only with it.
"""

from estimators.agreement import Agreement, agreement, two_sample_agreement
from estimators.bounds import cubo, elbo, eubo, iwae_bound, renyi_bound, thermodynamic_integrand, tvo
from estimators.catoni import catoni_influence
from estimators.control_variates import ControlVariates, quadratic_control_variates
from estimators.e_process import EProcess
from estimators.estimate import Estimate, Moments
from estimators.expectation import expectation
from estimators.kl_estimators import k1, k2, k3
from estimators.log_mean_exp import log_mean_exp
from estimators.sampling import NoiseStream
from estimators.sequential import Evidence, SequentialTest
from estimators.sources import StandardNormal, StandardUniform

__all__ = [
    "Agreement",
    "ControlVariates",
    "EProcess",
    "Estimate",
    "Evidence",
    "Moments",
    "NoiseStream",
    "SequentialTest",
    "StandardNormal",
    "StandardUniform",
    "agreement",
    "catoni_influence",
    "cubo",
    "elbo",
    "eubo",
    "expectation",
    "iwae_bound",
    "k1",
    "k2",
    "k3",
    "log_mean_exp",
    "quadratic_control_variates",
    "renyi_bound",
    "thermodynamic_integrand",
    "tvo",
    "two_sample_agreement",
]
