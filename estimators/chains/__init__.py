"""Markov chains: exact on finite spaces, vectorised on the continuum, and what tells whether they have mixed."""

from estimators.chains.diagnostics import effective_sample_size, r_hat
from estimators.chains.finite import detailed_balance_error, gibbs_matrix, metropolis_hastings_matrix
from estimators.chains.kernels import Hamiltonian, Kernel, Langevin, RandomWalk, langevin_stationary_variance

__all__ = [
    "Hamiltonian",
    "Kernel",
    "Langevin",
    "RandomWalk",
    "detailed_balance_error",
    "effective_sample_size",
    "gibbs_matrix",
    "langevin_stationary_variance",
    "metropolis_hastings_matrix",
    "r_hat",
]
