"""Monte Carlo with honest errors: bounds from log-weights, and agreement of samples with what is claimed of them.

``estimators.models`` holds torch models with exact answers; torch loads only with it.
"""

from estimators.agreement import Agreement, agreement
from estimators.bounds import cubo, elbo, eubo, iwae_bound, renyi_bound, thermodynamic_integrand, tvo
from estimators.catoni import catoni_influence
from estimators.estimate import Estimate, Moments
from estimators.kl_estimators import k1, k2, k3
from estimators.log_mean_exp import log_mean_exp
from estimators.sampling import NoiseStream
from estimators.sequential import Evidence, SequentialTest

__all__ = [
    "Agreement",
    "Estimate",
    "Evidence",
    "Moments",
    "NoiseStream",
    "SequentialTest",
    "agreement",
    "catoni_influence",
    "cubo",
    "elbo",
    "eubo",
    "iwae_bound",
    "k1",
    "k2",
    "k3",
    "log_mean_exp",
    "renyi_bound",
    "thermodynamic_integrand",
    "tvo",
]
