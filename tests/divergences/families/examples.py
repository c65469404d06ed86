"""Parameters of every univariate family, moderate ones, and statistics to hold their tables of expectations to."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from divergences import families as f
from divergences.families import statistics as s
from divergences.families.law import Law

_LOC = st.floats(-3, 3)
_SCALE = st.floats(-1, 1).map(lambda e: 4.0**e)
_SHAPE = st.floats(-0.5, 1).map(lambda e: 6.0**e)
_PROBS = st.floats(0.05, 0.95)
_LOGITS = st.floats(-3, 3)
_LOCATION_SCALE = {"loc": _LOC, "scale": _SCALE}
_TWO_SHAPES = {"concentration1": _SHAPE, "concentration0": _SHAPE}

#: For each family, one strategy a parameter; families with two parametrisations are under both.
PARAMETERS: list[tuple[type[Law], dict[str, st.SearchStrategy[float]]]] = [
    (f.Normal, _LOCATION_SCALE),
    (f.LogNormal, {"loc": st.floats(-1, 1), "scale": st.floats(0.2, 1.2)}),
    (f.Laplace, _LOCATION_SCALE),
    (f.Logistic, _LOCATION_SCALE),
    (f.Gumbel, _LOCATION_SCALE),
    (f.Cauchy, _LOCATION_SCALE),
    (f.StudentT, {"df": st.floats(2.5, 30), **_LOCATION_SCALE}),
    (f.HalfNormal, {"scale": _SCALE}),
    (f.HalfCauchy, {"scale": _SCALE}),
    (f.Exponential, {"rate": _SCALE}),
    (f.Gamma, {"concentration": _SHAPE, "rate": _SCALE}),
    (f.InverseGamma, {"concentration": _SHAPE, "rate": _SCALE}),
    (f.Chi2, {"df": _SHAPE}),
    (f.Weibull, {"scale": _SCALE, "concentration": _SHAPE}),
    (f.Rayleigh, {"scale": _SCALE}),
    (f.Pareto, {"scale": _SCALE, "alpha": _SHAPE}),
    (f.InverseGaussian, {"loc": _SCALE, "concentration": _SCALE}),
    (f.Beta, _TWO_SHAPES),
    (f.Kumaraswamy, _TWO_SHAPES),
    (f.Uniform, {"low": st.floats(-3, 0), "high": st.floats(0.125, 3)}),
    (f.ContinuousBernoulli, {"probs": _PROBS}),
    (f.ContinuousBernoulli, {"logits": _LOGITS}),
    (f.VonMises, {"loc": _LOC, "concentration": _SHAPE}),
    (f.Bernoulli, {"probs": _PROBS}),
    (f.Bernoulli, {"logits": _LOGITS}),
    (f.Binomial, {"total_count": st.integers(1, 12), "probs": _PROBS}),
    (f.Binomial, {"total_count": st.integers(1, 12), "logits": _LOGITS}),
    (f.Geometric, {"probs": _PROBS}),
    (f.Geometric, {"logits": _LOGITS}),
    (f.Poisson, {"rate": _SCALE}),
    (f.NegativeBinomial, {"total_count": _SHAPE, "probs": st.floats(0.05, 0.8)}),
    (f.NegativeBinomial, {"total_count": _SHAPE, "logits": st.floats(-3, 1.5)}),
]
IDS = [f"{family.__name__}-{'-'.join(given)}" for family, given in PARAMETERS]

#: Every statistic, some at the parameters that tables know them at.
STATISTICS: list[s.Statistic] = [
    s.Linear(0.3, 1.2),
    s.HalfSquare(0.4, 1.3),
    s.Distance(0.25, 0.9),
    s.Exp(0.2, 1.7),
    s.Exp(-0.2, 6.0),
    s.Softplus(0.1, 0.8),
    s.LogQuadratic(0.3, 1.2),
    s.LogQuadratic(0.0, 1.2),
    s.Cosine(0.4),
    s.Power(1.5, 1.2),
    s.Power(-1, 0.9),
    s.Power(-0.25, 1.1),
    s.Log(1.3),
    s.HalfLogSquare(0.2, 1.1),
    s.LogOneMinusPower(1.0),
    s.LogOneMinusPower(1.7),
    s.LogRising(1.0),
    s.LogRising(2.25),
    s.LogFactorialBelow(12.0),
]


@st.composite
def laws(draw: st.DrawFn, index: int) -> Law:
    """A law of the entry of `PARAMETERS`, over 0-d float64 arrays."""
    family, given = PARAMETERS[index]
    return family(**{name: np.float64(draw(strategy)) for name, strategy in given.items()})


def fixed(index: int, seed: int) -> Law:
    """A law of the entry at parameters that a seed picks, for tests that run over all pairs."""
    family, given = PARAMETERS[index]
    rng = np.random.default_rng([seed, index])

    def pick(name: str) -> float:
        low, high = _RANGES.get(name, (0.5, 2.5))
        value = low + (high - low) * rng.random()
        return float(round(value)) if name == "total_count" and family is f.Binomial else float(value)

    return family(**{name: np.float64(pick(name)) for name in given})


_RANGES = {
    "loc": (0.25, 1.5),
    "probs": (0.2, 0.7),
    "logits": (-1.0, 0.5),
    "low": (-1.0, -0.25),
    "high": (0.5, 2.0),
    "total_count": (2.0, 9.0),
    "df": (2.5, 9.0),
    "alpha": (0.75, 4.0),
}


def single(law: Law) -> dict[str, Any]:
    """The parameters as floats."""
    return {name: float(value) for name, value in law.parameters().items()}
