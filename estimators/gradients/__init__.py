"""Gradient estimators of multi-sample bounds, as numbers whose gradient is the estimator."""

from estimators.gradients.kl_penalty import KL_GRADIENTS, kl_penalty
from estimators.gradients.relaxation import RelaxedSample, gumbel_softmax, gumbel_softmax_log_density
from estimators.gradients.reparameterised import doubly_reparameterised, pathwise, sticking_the_landing
from estimators.gradients.score_function import RunningBaseline, reweighted_wake_sleep, score_function, vimco

__all__ = [
    "KL_GRADIENTS",
    "RelaxedSample",
    "RunningBaseline",
    "doubly_reparameterised",
    "gumbel_softmax",
    "gumbel_softmax_log_density",
    "kl_penalty",
    "pathwise",
    "reweighted_wake_sleep",
    "score_function",
    "sticking_the_landing",
    "vimco",
]
