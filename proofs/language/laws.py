"""The named laws: what their parameters are called and which values they take."""

from __future__ import annotations

from typing import NamedTuple


class Parameter(NamedTuple):
    """A parameter of a named law; a `positive` one takes values in (0, oo), any other one all real values."""

    name: str
    positive: bool = False


#: The laws that the language knows, each on the real line. ``N`` takes the variance, as the field writes it.
LAWS: dict[str, tuple[Parameter, ...]] = {
    "Normal": (Parameter("mean"), Parameter("std", positive=True)),
    "N": (Parameter("mean"), Parameter("variance", positive=True)),
    "Uniform": (Parameter("low"), Parameter("high")),
}

#: Names that are kept for laws to come: they are never inferred to be families.
RESERVED_LAWS = frozenset(
    "Laplace Logistic Gumbel Cauchy StudentT Exponential Gamma InverseGamma Beta LogNormal Weibull Pareto HalfNormal "
    "Bernoulli Categorical Binomial Geometric Poisson NegativeBinomial".split()
)


def signature(law: str) -> str:
    """How the law is written: ``Normal(x; mean, std)``."""
    return f"{law}(x; {', '.join(parameter.name for parameter in LAWS[law])})"
