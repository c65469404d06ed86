"""Small torch models with something exact to compare to."""

from estimators.models.linear_gaussian import Gaussian, LinearGaussian

__all__ = ["Gaussian", "LinearGaussian"]
