"""Divergences, entropies and densities in closed form, accurate to the last digits on any array library."""

from divergences.bregman import POTENTIALS, Potential, bregman
from divergences.cross_entropy import CrossEntropyReport, cross_entropy_report
from divergences.discrete import js_categorical, kl_categorical
from divergences.f_divergence import f_divergence
from divergences.gaussian import entropy_gaussian, kl_gaussian, kl_gaussian_diagonal, kl_gaussian_logvar
from divergences.gaussian_full import kl_gaussian_full
from divergences.generator import Generator
from divergences.generators import GENERATORS, alpha_generator
from divergences.kl import KlReport, kl, kl_report
from divergences.log_normal import log_normal_log_density
from divergences.overlap import jensen_shannon_certified, squared_hellinger_certified, total_variation_certified
from divergences.total_variation import Certified, total_variation_gaussian
from divergences.transport_discrete import DiscreteTransport, transport_discrete
from divergences.transport_gaussian import GaussianTransport, transport_gaussian, wasserstein2_gaussian
from divergences.transport_line import LineTransport, transport_line
from divergences.transport_normal import wasserstein1_gaussian

__all__ = [
    "GENERATORS",
    "POTENTIALS",
    "Certified",
    "CrossEntropyReport",
    "DiscreteTransport",
    "GaussianTransport",
    "Generator",
    "KlReport",
    "LineTransport",
    "Potential",
    "alpha_generator",
    "bregman",
    "cross_entropy_report",
    "entropy_gaussian",
    "f_divergence",
    "jensen_shannon_certified",
    "js_categorical",
    "kl",
    "kl_categorical",
    "kl_gaussian",
    "kl_gaussian_diagonal",
    "kl_gaussian_full",
    "kl_gaussian_logvar",
    "kl_report",
    "log_normal_log_density",
    "squared_hellinger_certified",
    "total_variation_certified",
    "total_variation_gaussian",
    "transport_discrete",
    "transport_gaussian",
    "transport_line",
    "wasserstein1_gaussian",
    "wasserstein2_gaussian",
]
