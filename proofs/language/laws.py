"""The named laws: what their parameters are called and which values they take."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from proofs.language.tree import Scalar

#: What a name is that stands as a parameter, each domain narrower than those before it.
DOMAINS: dict[str, Scalar] = {
    "real": Scalar(""),
    "positive": Scalar("", Fraction(0)),
    "probability": Scalar("", Fraction(0), Fraction(1)),
    "count": Scalar("", Fraction(1), None, (True, False), integer=True),
}


class Parameter(NamedTuple):
    """A parameter of a named law, and its domain, one of `DOMAINS`."""

    name: str
    domain: str = "positive"


_LOCATION_SCALE = (Parameter("loc", "real"), Parameter("scale"))

#: The laws that the language knows, with the parameters of torch.distributions in their order. ``N`` takes the
#: variance, as the field writes it; ``Geometric`` counts the failures before the first success.
LAWS: dict[str, tuple[Parameter, ...]] = {
    "Normal": (Parameter("mean", "real"), Parameter("std")),
    "N": (Parameter("mean", "real"), Parameter("variance")),
    "Uniform": (Parameter("low", "real"), Parameter("high", "real")),
    "Laplace": _LOCATION_SCALE,
    "Logistic": _LOCATION_SCALE,
    "Gumbel": _LOCATION_SCALE,
    "Cauchy": _LOCATION_SCALE,
    "StudentT": (Parameter("df"), *_LOCATION_SCALE),
    "Exponential": (Parameter("rate"),),
    "Gamma": (Parameter("concentration"), Parameter("rate")),
    "InverseGamma": (Parameter("concentration"), Parameter("rate")),
    "Beta": (Parameter("concentration1"), Parameter("concentration0")),
    "LogNormal": _LOCATION_SCALE,
    "Weibull": (Parameter("scale"), Parameter("concentration")),
    "Pareto": (Parameter("scale"), Parameter("alpha")),
    "HalfNormal": (Parameter("scale"),),
    "Bernoulli": (Parameter("probs", "probability"),),
    "Categorical": (Parameter("p_1", "probability"), Parameter("p_2", "probability")),
    "Binomial": (Parameter("total_count", "count"), Parameter("probs", "probability")),
    "Geometric": (Parameter("probs", "probability"),),
    "Poisson": (Parameter("rate"),),
    "NegativeBinomial": (Parameter("total_count"), Parameter("probs", "probability")),
}

#: Those of whole numbers: the variable is counted. The others are laws of the real line.
COUNTED_LAWS = frozenset(("Bernoulli", "Categorical", "Binomial", "Geometric", "Poisson", "NegativeBinomial"))

#: Where the variable of each law lives, in the names of its parameters.
SUPPORTS: dict[str, str] = {
    **dict.fromkeys(("Normal", "N", "Laplace", "Logistic", "Gumbel", "Cauchy", "StudentT"), "the line"),
    **dict.fromkeys(("Exponential", "Gamma", "InverseGamma", "LogNormal", "Weibull", "HalfNormal"), "(0, oo)"),
    "Uniform": "(low, high)",
    "Beta": "(0, 1)",
    "Pareto": "(scale, oo)",
    "Bernoulli": "0, 1",
    "Categorical": "0, 1, ..., one number for each probability",
    "Binomial": "0, 1, ..., total_count",
    **dict.fromkeys(("Geometric", "Poisson", "NegativeBinomial"), "0, 1, ..."),
}

#: Those of the numbers 0, 1, ... with their probabilities listed, two or more of them.
VARIADIC_LAWS = frozenset(("Categorical",))


def parameters_of(law: str, count: int) -> tuple[Parameter, ...] | None:
    """The parameters of a law that is given so many of them; None where it takes another number.

    >>> len(parameters_of("Categorical", 4)), parameters_of("Normal", 4)
    (4, None)
    """
    known = LAWS[law]
    if law in VARIADIC_LAWS and count > len(known):
        return tuple(Parameter(f"p_{place}", known[0].domain) for place in range(1, count + 1))
    return known if count == len(known) else None


def signature(law: str) -> str:
    """How the law is written: ``Normal(x; mean, std)``."""
    names = [parameter.name for parameter in LAWS[law]]
    return f"{law}(x; {', '.join([*names, '...'] if law in VARIADIC_LAWS else names)})"
