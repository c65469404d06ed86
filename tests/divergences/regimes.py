"""Parameters for pairs of families, regime by regime: moderate, extreme, nearly equal, far from the origin."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from divergences import families

Parameters = dict[str, Any]
Row = tuple[Parameters, Parameters]

#: What kind of number each parameter is.
KINDS = {
    "loc": "location",
    "scale": "scale",
    "rate": "scale",
    "low": "location",
    "high": "end",
    "concentration": "shape",
    "concentration1": "shape",
    "concentration0": "shape",
    "df": "shape",
    "alpha": "shape",
    "probs": "chance",
    "logits": "logit",
    "total_count": "count",
}
#: Parameters that are of another kind in one family.
SPECIAL = {("InverseGaussian", "loc"): "scale", ("InverseGaussian", "concentration"): "scale"}


#: The parameters that are vectors, of so many components.
VECTORS, SIZE = {("Dirichlet", "concentration"): "shapes", ("Categorical", "probs"): "masses"}, 4


def kind(family: str, parameter: str) -> str:
    return VECTORS.get((family, parameter)) or SPECIAL.get((family, parameter), KINDS[parameter])


def parameters(family: str) -> tuple[str, ...]:
    names = tuple(getattr(families, family).domains)
    return tuple(name for name in names if name != "logits") if "probs" in names else names


# --- inputs ----------------------------------------------------------------------------------------------------------


class Reach(NamedTuple):
    """How many orders of magnitude scales, small chances and the complements of large ones go."""

    scales: float = 150
    chances: float = 270
    complements: float = 15
    counts: int = 300


WIDE = Reach()
#: For float32, whose squares of scales are to be representable.
NARROW = Reach(15, 20, 6, 300)


def draw(rng: np.random.Generator, family: str, reach: Reach | None) -> Parameters:
    """Parameters of the order of 1, or of all orders of magnitude within reach."""
    scales, chances, complements, counts = reach or Reach(0, 3, 3, 12)
    law: Parameters = {}
    for name in parameters(family):
        match kind(family, name):
            case "scale":
                law[name] = 10.0 ** rng.uniform(-scales, scales) if reach else math.exp(rng.normal())
            case "shape":
                law[name] = 10.0 ** rng.uniform(-6, 12) if reach else math.exp(rng.normal())
            case "chance":
                small = 10.0 ** rng.uniform(-chances, -0.1)
                law[name] = small if rng.random() < 0.7 else 1 - 10.0 ** rng.uniform(-complements, -0.4)
            case "shapes":
                law[name] = [10.0 ** rng.uniform(-6, 12) if reach else math.exp(rng.normal()) for _ in range(SIZE)]
            case "masses":
                weights = 10.0 ** rng.uniform(-chances if reach else -3, 0, size=SIZE)
                law[name] = (weights / weights.sum()).tolist()
            case "count":
                law[name] = float(rng.integers(1, counts))
            case "location":
                law[name] = rng.normal()
    if "scale" in law and "loc" in law:
        law["loc"] *= law["scale"]
    if family == "VonMises":
        law["loc"] = rng.uniform(-math.pi, math.pi)
    if "high" in getattr(families, family).domains:
        width = 10.0 ** rng.uniform(-scales, scales) if reach else math.exp(rng.normal())
        law["low"] *= width
        law["high"] = law["low"] + width
    return law


def near(
    rng: np.random.Generator, family: str, law: Mapping[str, Any], size: float | None, dtype: type = np.float64
) -> Parameters:
    """A law whose parameters differ by a relative `size`, or by at most one ulp of the dtype where it is None."""
    other = dict(law)
    for name, value in law.items():
        of_kind = kind(family, name)
        if of_kind == "count":
            continue
        unit = law.get("scale", 1.0) if of_kind in ("location", "end") else None

        def moved(a: float, unit: float | None = unit) -> float:
            if size is None:
                return float(np.nextafter(dtype(a), dtype(rng.choice([-np.inf, np.inf, a]))))
            change = size * rng.normal()
            return a + a * math.expm1(change) if unit is None else a + unit * change

        other[name] = [moved(a) for a in value] if isinstance(value, list) else moved(value)
        if of_kind == "chance":
            other[name] = min(other[name], 1 - float(np.finfo(dtype).eps))
        if of_kind == "masses" and size is not None:
            total = math.fsum(other[name])
            other[name] = [a / total for a in other[name]]
    if family in ("Pareto", "Uniform"):
        # Inside the support, or the divergence is infinite.
        for name, outward in (("scale", -1), ("low", -1), ("high", 1)):
            if name in other:
                other[name] = law[name] + outward * abs(other[name] - law[name])
    return other


def regimes(
    rng: np.random.Generator, first: str, second: str, n: int, *, reach: Reach = WIDE, dtype: type = np.float64
) -> dict[str, list[Row]]:
    """Rows of parameters for each regime, rounded to the dtype; nearness only where both are one family."""
    found: dict[str, list[Row]] = {
        "moderate": [(draw(rng, first, None), draw(rng, second, None)) for _ in range(n)],
        "extreme": [promised(rng, first, second, reach) for _ in range(n)],
    }
    if (first, second) in (("Gamma", "Normal"), ("Chi2", "Normal")):
        found["nearly normal"] = [nearly_normal(rng, first) for _ in range(n)]
    if first == second:
        for words, span in (("", None), (", extreme", reach)):
            laws = [rounded(draw(rng, first, span), dtype) for _ in range(n)]
            found["1e-8 apart" + words] = [(p, near(rng, first, p, 1e-8, dtype)) for p in laws]
            found["1e-7 to 1/10 apart" + words] = [
                (p, near(rng, first, p, 10 ** rng.uniform(-7, -1), dtype)) for p in laws
            ]
            found["one ulp apart" + words] = [(p, near(rng, first, p, None, dtype)) for p in laws]
        if "loc" in parameters(first) and kind(first, "loc") == "location" and first != "VonMises":
            far = [draw(rng, first, None) for _ in range(n)]
            for law in far:
                law["loc"] += 1e12
            found["offset 1e12"] = [(p, near(rng, first, p, 10 ** rng.uniform(-4, 0), dtype)) for p in far]
        for rows in found.values():
            for p, q in rows:
                q.update({name: p[name] for name in q if kind(second, name) == "count"})
    return {name: [(rounded(p, dtype), rounded(q, dtype)) for p, q in rows] for name, rows in found.items()}


def promised(rng: np.random.Generator, first: str, second: str, reach: Reach) -> Row:
    """A pair that the promise covers.

    Between Weibull laws, and between Gumbel laws, it leaves out ratios r of shapes above 300 (50 in float32) with a
    representable e^−δ Γ(1 + r) ≥ e, the logarithms of whose factors cancel each other.
    """
    most = 300 if reach.scales > NARROW.scales else 50
    while True:
        p, q = draw(rng, first, reach), draw(rng, second, reach)
        if not {first, second} <= {"Weibull", "Exponential", "Rayleigh", "Gumbel"}:
            return p, q
        (scale_p, shape_p), (scale_q, shape_q) = (
            (1 / law["rate"] if "rate" in law else law["scale"], law.get("concentration", 1.0)) for law in (p, q)
        )
        ratio, shift = shape_q / shape_p, shape_q * math.log(scale_q / scale_p)
        if first == "Gumbel":
            ratio, shift = p["scale"] / q["scale"], (p["loc"] - q["loc"]) / q["scale"]
        if ratio < most or not 1 < (math.lgamma(1 + ratio) if ratio < 1e300 else math.inf) - shift < 720:
            return p, q


def nearly_normal(rng: np.random.Generator, family: str) -> Row:
    """A gamma law of a large shape, and the normal law with its moments, but for a tiny relative change."""
    law = draw(rng, family, None)
    shape = 10.0 ** rng.uniform(2, 12)
    law["concentration" if family == "Gamma" else "df"] = shape
    a, b = (shape, law["rate"]) if family == "Gamma" else (shape / 2, 0.5)
    std = math.sqrt(a) / b
    shift, change = 10.0 ** rng.uniform(-16, -1, size=2)
    return law, {"loc": a / b + shift * std, "scale": std * (1 + change)}


def rounded(law: Mapping[str, Any], dtype: type) -> Parameters:
    return {
        name: [float(dtype(a)) for a in value] if isinstance(value, list) else float(dtype(value))
        for name, value in law.items()
    }
