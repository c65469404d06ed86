"""Laws of torch.distributions and frozen laws of scipy.stats as families of this library, and back.

Parameters are handed over as they are, tensors with their gradients; where scipy parametrises differently (by a scale
and not a rate, by the probability of the other outcome) the conversion is one rounding. Neither library is imported
unless a law of it is met or asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from divergences import families as f
from divergences.families.law import Law
from divergences.libraries import is_torch
from divergences.reading import to_numpy

Parameters = Mapping[str, Any]

#: The families that torch.distributions has under the same name and with the same parameters.
_TORCH: tuple[type[Law], ...] = (
    f.Normal,
    f.LogNormal,
    f.Laplace,
    f.Gumbel,
    f.Cauchy,
    f.StudentT,
    f.HalfNormal,
    f.HalfCauchy,
    f.Exponential,
    f.Gamma,
    f.InverseGamma,
    f.Chi2,
    f.Weibull,
    f.Pareto,
    f.Beta,
    f.Kumaraswamy,
    f.Uniform,
    f.ContinuousBernoulli,
    f.VonMises,
    f.Bernoulli,
    f.Binomial,
    f.Geometric,
    f.Poisson,
    f.NegativeBinomial,
    f.Categorical,
    f.Multinomial,
    f.Dirichlet,
    f.MultivariateNormal,
    f.LowRankMultivariateNormal,
    f.Wishart,
)
_ALTERNATIVES = (("probs", "logits"), ("covariance_matrix", "precision_matrix", "scale_tril"))


def law(obj: object) -> Law:
    """The law itself, or the one that an object of torch.distributions or a frozen one of scipy.stats stands for.

    Args:
        obj: a `Law`, a ``torch.distributions.Distribution`` or a frozen ``scipy.stats`` law.

    Raises:
        TypeError: it is none of them, or a law of a family that this library has not.

    >>> import scipy.stats
    >>> type(law(scipy.stats.gamma(2.0, scale=0.5))).__name__
    'Gamma'
    """
    if isinstance(obj, Law):
        return obj
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(obj, torch.distributions.Distribution):
        return from_torch(obj)
    if type(obj).__module__.startswith("scipy.stats"):
        return from_scipy(obj)
    raise TypeError(f"expected a law, got {obj!r} of type {type(obj).__name__}")


# --- torch.distributions ---------------------------------------------------------------------------------------------


def from_torch(distribution: Any) -> Law:
    """The family of a torch distribution, over the same tensors.

    Raises:
        TypeError: this library has no such family. A subclass is not taken for its parent.

    >>> import torch
    >>> float(from_torch(torch.distributions.Exponential(torch.tensor(2.0))).entropy())
    0.30685...
    """
    kind = type(distribution)
    if kind.__module__.startswith("torch.distributions"):
        if kind.__name__ == "Independent":
            return f.Independent(from_torch(distribution.base_dist), distribution.reinterpreted_batch_ndims)
        if kind.__name__ == "MixtureSameFamily":
            weights = from_torch(distribution.mixture_distribution)
            if isinstance(weights, f.Categorical):
                return f.Mixture(weights, from_torch(distribution.component_distribution))
        if kind.__name__ == "OneHotCategorical":
            return f.Multinomial(1, **_given(distribution, f.Categorical))
        for family in _TORCH:
            if family.__name__ == kind.__name__:
                return family(**_given(distribution, family))
    raise TypeError(f"no family for {distribution!r} of type {kind.__module__}.{kind.__name__}")


def _given(distribution: Any, family: type[Law]) -> dict[str, Any]:
    """The parameters that the distribution was made from, where it may also have been made from others."""
    source = getattr(distribution, "_categorical", distribution)
    found = {name: getattr(distribution, name) for name in _unconditional(family)}
    for names in _ALTERNATIVES:
        # What torch derives from the given one it stores beside it, and so after it.
        stored = [name for name in vars(source) if name in names and name in family.domains]
        if stored:
            found[stored[0]] = getattr(source, stored[0])
    if family is f.Multinomial:
        found["total_count"] = int(distribution.total_count)
    return found


def _unconditional(family: type[Law]) -> list[str]:
    return [name for name in family.domains if not any(name in names for names in _ALTERNATIVES)]


def to_torch(law: Law) -> Any:
    """The law as a torch distribution; parameters that are no tensors become float64 ones.

    Raises:
        TypeError: torch has no such law.

    >>> to_torch(f.Gamma(2.0, 1.0))
    Gamma(concentration: 2.0, rate: 1.0)
    """
    import torch
    import torch.distributions as td

    def tensor(value: Any) -> Any:
        return value if is_torch(value) else torch.as_tensor(np.asarray(value, dtype=np.float64))

    if isinstance(law, f.Independent):
        return td.Independent(to_torch(law.base_distribution), law.reinterpreted_batch_ndims)
    if isinstance(law, f.Mixture):
        return td.MixtureSameFamily(to_torch(law.mixture_distribution), to_torch(law.component_distribution))
    arguments = {name: tensor(value) for name, value in law.parameters().items()}
    if isinstance(law, f.Rayleigh):
        return td.Weibull(arguments["scale"] * 2.0**0.5, torch.full_like(arguments["scale"], 2.0))
    if isinstance(law, f.Logistic):
        base = td.Uniform(torch.zeros_like(arguments["loc"]), torch.ones_like(arguments["loc"]))
        to_line = [td.SigmoidTransform().inv, td.AffineTransform(arguments["loc"], arguments["scale"])]
        return td.TransformedDistribution(base, to_line)
    if isinstance(law, f.Multinomial):
        arguments["total_count"] = law.total_count
    if type(law) in _TORCH:
        return getattr(td, type(law).__name__)(**arguments)
    raise TypeError(f"torch.distributions has no {type(law).__name__}")


# --- scipy.stats -----------------------------------------------------------------------------------------------------


class _Scipy(NamedTuple):
    """How scipy calls a family.

    Args:
        family: the family here.
        name: scipy's name.
        read: the parameters here from scipy's shapes, loc and scale; None where these are outside the family.
        write: scipy's keywords from the parameters here.
    """

    family: type[Law]
    name: str
    read: Callable[..., Parameters | None]
    write: Callable[..., Parameters]


def _at(loc: Any, expected: float, parameters: Parameters) -> Parameters | None:
    return parameters if np.all(np.asarray(loc) == expected) else None


def _standard(loc: Any, scale: Any, parameters: Parameters) -> Parameters | None:
    return parameters if np.all(np.asarray(loc) == 0) and np.all(np.asarray(scale) == 1) else None


def _location_scale(family: type[Law], name: str) -> _Scipy:
    return _Scipy(
        family, name, lambda loc, scale: {"loc": loc, "scale": scale}, lambda loc, scale: {"loc": loc, "scale": scale}
    )


def _scale(family: type[Law], name: str) -> _Scipy:
    return _Scipy(family, name, lambda loc, scale: _at(loc, 0, {"scale": scale}), lambda scale: {"scale": scale})


def _other_outcome(p: Any) -> Parameters:
    """The law of the outcome of probability 1 − p; by logits where the rounding of 1 − p loses digits of p."""
    if np.any((p > 0) & (p < 1 / 16)) and np.all((p > 0) & (p < 1)):
        return {"logits": np.log1p(-p) - np.log(p)}
    return {"probs": 1 - p}


_SCIPY: tuple[_Scipy, ...] = (
    _location_scale(f.Normal, "norm"),
    _location_scale(f.Laplace, "laplace"),
    _location_scale(f.Logistic, "logistic"),
    _location_scale(f.Gumbel, "gumbel_r"),
    _location_scale(f.Cauchy, "cauchy"),
    _scale(f.HalfNormal, "halfnorm"),
    _scale(f.HalfCauchy, "halfcauchy"),
    _scale(f.Rayleigh, "rayleigh"),
    _Scipy(
        f.LogNormal,
        "lognorm",
        lambda s, loc, scale: _at(loc, 0, {"loc": np.log(scale), "scale": s}),
        lambda loc, scale: {"s": scale, "scale": np.exp(loc)},
    ),
    _Scipy(
        f.StudentT,
        "t",
        lambda df, loc, scale: {"df": df, "loc": loc, "scale": scale},
        lambda df, loc, scale: {"df": df, "loc": loc, "scale": scale},
    ),
    _Scipy(
        f.Exponential,
        "expon",
        lambda loc, scale: _at(loc, 0, {"rate": 1 / scale}),
        lambda rate: {"scale": 1 / rate},
    ),
    _Scipy(
        f.Gamma,
        "gamma",
        lambda a, loc, scale: _at(loc, 0, {"concentration": a, "rate": 1 / scale}),
        lambda concentration, rate: {"a": concentration, "scale": 1 / rate},
    ),
    _Scipy(
        f.InverseGamma,
        "invgamma",
        lambda a, loc, scale: _at(loc, 0, {"concentration": a, "rate": scale}),
        lambda concentration, rate: {"a": concentration, "scale": rate},
    ),
    _Scipy(f.Chi2, "chi2", lambda df, loc, scale: _standard(loc, scale, {"df": df}), lambda df: {"df": df}),
    _Scipy(
        f.Weibull,
        "weibull_min",
        lambda c, loc, scale: _at(loc, 0, {"scale": scale, "concentration": c}),
        lambda scale, concentration: {"c": concentration, "scale": scale},
    ),
    _Scipy(
        f.Pareto,
        "pareto",
        lambda b, loc, scale: _at(loc, 0, {"scale": scale, "alpha": b}),
        lambda scale, alpha: {"b": alpha, "scale": scale},
    ),
    _Scipy(
        f.InverseGaussian,
        "invgauss",
        lambda mu, loc, scale: _at(loc, 0, {"loc": mu * scale, "concentration": scale}),
        lambda loc, concentration: {"mu": loc / concentration, "scale": concentration},
    ),
    _Scipy(
        f.Beta,
        "beta",
        lambda a, b, loc, scale: _standard(loc, scale, {"concentration1": a, "concentration0": b}),
        lambda concentration1, concentration0: {"a": concentration1, "b": concentration0},
    ),
    _Scipy(
        f.Uniform,
        "uniform",
        lambda loc, scale: {"low": loc, "high": loc + scale},
        lambda low, high: {"loc": low, "scale": high - low},
    ),
    _Scipy(
        f.VonMises,
        "vonmises",
        lambda kappa, loc, scale: _at(scale, 1, {"loc": loc, "concentration": kappa}),
        lambda loc, concentration: {"kappa": concentration, "loc": loc},
    ),
    _Scipy(f.Bernoulli, "bernoulli", lambda p, loc: _at(loc, 0, {"probs": p}), lambda probs: {"p": probs}),
    _Scipy(
        f.Binomial,
        "binom",
        lambda n, p, loc: _at(loc, 0, {"total_count": n, "probs": p}),
        lambda total_count, probs: {"n": total_count, "p": probs},
    ),
    # scipy counts the trials up to the first success; at loc = −1 the failures before it, as is done here.
    _Scipy(f.Geometric, "geom", lambda p, loc: _at(loc, -1, {"probs": p}), lambda probs: {"p": probs, "loc": -1}),
    _Scipy(f.Poisson, "poisson", lambda mu, loc: _at(loc, 0, {"rate": mu}), lambda rate: {"mu": rate}),
    # scipy's n and p are of the outcome that is waited for.
    _Scipy(
        f.NegativeBinomial,
        "nbinom",
        lambda n, p, loc: _at(loc, 0, {"total_count": n, **_other_outcome(p)}),
        lambda total_count, probs: {"n": total_count, "p": 1 - probs},
    ),
)


def from_scipy(frozen: Any) -> Law:
    """The family of a frozen scipy law, over numpy arrays.

    Raises:
        TypeError: this library has no such family.
        ValueError: it has the family, but without scipy's shift or scale.

    >>> import scipy.stats
    >>> float(from_scipy(scipy.stats.norm(1.0, 2.0)).log_density(1.0))
    -1.61208571376...
    """
    kind = type(frozen).__name__
    if kind in _MATRIX_LAWS:
        return _MATRIX_LAWS[kind](frozen)
    distribution = getattr(frozen, "dist", None)
    for entry in _SCIPY:
        if distribution is not None and type(distribution).__name__ == f"{entry.name}_gen":
            shapes, loc, *scale = distribution._parse_args(*frozen.args, **frozen.kwds)
            scale = [] if entry.family.discrete else scale
            arguments = [np.asarray(value, dtype=np.float64)[()] for value in (*shapes, loc, *scale)]
            parameters = entry.read(*arguments)
            if parameters is None:
                raise ValueError(
                    f"{entry.family.__name__} has no law like scipy.stats.{entry.name} with loc {loc!r}"
                    + "".join(f" and scale {value!r}" for value in scale)
                )
            return entry.family(**parameters)
    raise TypeError(f"no family for {frozen!r} of type {type(frozen).__module__}.{kind}")


_MATRIX_LAWS: dict[str, Callable[[Any], Law]] = {
    "multivariate_normal_frozen": lambda d: f.MultivariateNormal(d.mean, d.cov_object.covariance),
    "dirichlet_frozen": lambda d: f.Dirichlet(np.asarray(d.alpha, dtype=np.float64)),
    "wishart_frozen": lambda d: f.Wishart(np.float64(d.df), np.asarray(d.scale, dtype=np.float64)),
    "multinomial_frozen": lambda d: f.Multinomial(int(d.n), np.asarray(d.p, dtype=np.float64)),
}


def to_scipy(law: Law) -> Any:
    """The law as a frozen one of scipy.stats, over numpy arrays; tensors are detached.

    Raises:
        TypeError: scipy has no such law.
        ValueError: the law is given by logits, which scipy takes none of.

    >>> float(to_scipy(f.Exponential(2.0)).mean())
    0.5
    """
    import scipy.stats

    numbers = {name: np.asarray(to_numpy(value), dtype=np.float64)[()] for name, value in law.parameters().items()}
    if "logits" in numbers:
        raise ValueError(f"scipy.stats takes probabilities; {type(law).__name__} was given logits")
    for entry in _SCIPY:
        if type(law) is entry.family:
            return getattr(scipy.stats, entry.name)(**entry.write(**numbers))
    if isinstance(law, f.MultivariateNormal) and law.covariance_matrix is not None:
        return scipy.stats.multivariate_normal(numbers["loc"], numbers["covariance_matrix"])
    if isinstance(law, f.Dirichlet):
        return scipy.stats.dirichlet(numbers["concentration"])
    if isinstance(law, f.Wishart) and law.covariance_matrix is not None:
        return scipy.stats.wishart(numbers["df"], numbers["covariance_matrix"])
    if isinstance(law, f.Multinomial):
        return scipy.stats.multinomial(law.total_count, numbers["probs"] / numbers["probs"].sum(-1, keepdims=True))
    raise TypeError(f"scipy.stats has no {type(law).__name__}")
