"""Families of laws: plain dataclasses of arrays with a support, a density, a table of expectations, and sampling."""

from divergences.families.bernoulli import Bernoulli
from divergences.families.beta import Beta
from divergences.families.binomial import Binomial
from divergences.families.categorical import Categorical, Multinomial
from divergences.families.cauchy import Cauchy, HalfCauchy
from divergences.families.continuous_bernoulli import ContinuousBernoulli
from divergences.families.dirichlet import Dirichlet
from divergences.families.gamma import Chi2, Exponential, Gamma, InverseGamma
from divergences.families.geometric import Geometric
from divergences.families.gumbel import Gumbel
from divergences.families.half_normal import HalfNormal
from divergences.families.independent import Independent, Mixture
from divergences.families.inverse_gaussian import InverseGaussian
from divergences.families.kumaraswamy import Kumaraswamy
from divergences.families.laplace import Laplace
from divergences.families.law import Law
from divergences.families.log_normal import LogNormal
from divergences.families.logistic import Logistic
from divergences.families.multivariate_normal import LowRankMultivariateNormal, MultivariateNormal
from divergences.families.negative_binomial import NegativeBinomial
from divergences.families.normal import Normal
from divergences.families.pareto import Pareto
from divergences.families.poisson import Poisson
from divergences.families.student import StudentT
from divergences.families.uniform import Uniform
from divergences.families.von_mises import VonMises
from divergences.families.weibull import Rayleigh, Weibull
from divergences.families.wishart import Wishart

#: The families of one variable with a density, and those of whole numbers; what tests and audits run over.
CONTINUOUS: tuple[type[Law], ...] = (
    Normal,
    LogNormal,
    Laplace,
    Logistic,
    Gumbel,
    Cauchy,
    StudentT,
    HalfNormal,
    HalfCauchy,
    Exponential,
    Gamma,
    InverseGamma,
    Chi2,
    Weibull,
    Rayleigh,
    Pareto,
    InverseGaussian,
    Beta,
    Kumaraswamy,
    Uniform,
    ContinuousBernoulli,
    VonMises,
)
DISCRETE: tuple[type[Law], ...] = (Bernoulli, Binomial, Geometric, Poisson, NegativeBinomial)
UNIVARIATE = CONTINUOUS + DISCRETE
MULTIVARIATE: tuple[type[Law], ...] = (
    Multinomial,
    Dirichlet,
    MultivariateNormal,
    LowRankMultivariateNormal,
    Wishart,
    Independent,
)

__all__ = [
    "CONTINUOUS",
    "DISCRETE",
    "MULTIVARIATE",
    "UNIVARIATE",
    "Bernoulli",
    "Beta",
    "Binomial",
    "Categorical",
    "Cauchy",
    "Chi2",
    "ContinuousBernoulli",
    "Dirichlet",
    "Exponential",
    "Gamma",
    "Geometric",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "Independent",
    "InverseGamma",
    "InverseGaussian",
    "Kumaraswamy",
    "Laplace",
    "Law",
    "LogNormal",
    "Logistic",
    "LowRankMultivariateNormal",
    "Mixture",
    "Multinomial",
    "MultivariateNormal",
    "NegativeBinomial",
    "Normal",
    "Pareto",
    "Poisson",
    "Rayleigh",
    "StudentT",
    "Uniform",
    "VonMises",
    "Weibull",
    "Wishart",
]
