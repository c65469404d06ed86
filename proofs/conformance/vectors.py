"""Targets of laws with vectors for events, at the smallest size that shows everything: textbook formulas, certified."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from divergences.domains import POSITIVE, REAL, Domain
from proofs.conformance.target import Target

Symbols = Mapping[str, sympy.Symbol]


@dataclass(frozen=True)
class VectorLaw:
    """A class of laws over vectors.

    Args:
        keywords: its arguments, made of the names of numbers and constants.
        domains: of those numbers.
        group: laws of one group have a divergence from each other.
    """

    keywords: Mapping[str, Any]
    domains: Mapping[str, Domain]
    group: str


_LOC = {"loc0": REAL, "loc1": REAL}
_LOGITS = VectorLaw({"logits": ["logit0", "logit1", "logit2"]}, {f"logit{i}": REAL for i in range(3)}, "logits")

VECTORS: Mapping[str, VectorLaw] = {
    "Categorical": _LOGITS,
    "OneHotCategorical": _LOGITS,
    "Dirichlet": VectorLaw(
        {"concentration": ["concentration0", "concentration1", "concentration2"]},
        {f"concentration{i}": POSITIVE for i in range(3)},
        "concentrations",
    ),
    "MultivariateNormal": VectorLaw(
        {"loc": ["loc0", "loc1"], "scale_tril": [["scale00", 0.0], ["scale10", "scale11"]]},
        {**_LOC, "scale00": POSITIVE, "scale10": REAL, "scale11": POSITIVE},
        "gaussian",
    ),
    "LowRankMultivariateNormal": VectorLaw(
        {"loc": ["loc0", "loc1"], "cov_factor": [["factor0"], ["factor1"]], "cov_diag": ["diag0", "diag1"]},
        {**_LOC, "factor0": REAL, "factor1": REAL, "diag0": POSITIVE, "diag1": POSITIVE},
        "gaussian",
    ),
}


def vector_target(first: str, second: str) -> tuple[Target, tuple[tuple[str, Any], tuple[str, Any]]]:
    """KL(first ‖ second) with the arguments of both laws in terms of its parameters.

    Raises:
        NotImplementedError: where there is no such divergence.

    >>> target, _ = vector_target("Dirichlet", "Dirichlet")
    >>> target.sides[1]
    ('concentration0_q', 'concentration1_q', 'concentration2_q')
    """
    p, q = VECTORS[first], VECTORS[second]
    if p.group != q.group:
        raise NotImplementedError("laws over different spaces")
    symbols = [
        {name: sympy.Symbol(name + suffix, real=True) for name in law.domains} for law, suffix in ((p, "_p"), (q, "_q"))
    ]
    value = _FORMULAS[p.group](*symbols)
    domains = {s[name].name: law.domains[name] for law, s in zip((p, q), symbols, strict=True) for name in law.domains}
    second_names = tuple(symbol.name for symbol in symbols[1].values())
    partners = {name + "_q": name + "_p" for name in p.domains} if first == second else {}
    target = Target(f"KL({first} ‖ {second})", domains, value, partners, second_names)
    return target, ((first, _suffixed(p.keywords, "_p")), (second, _suffixed(q.keywords, "_q")))


def _suffixed(template: Any, suffix: str) -> Any:
    if isinstance(template, Mapping):
        return {key: _suffixed(value, suffix) for key, value in template.items()}
    if isinstance(template, list):
        return [_suffixed(value, suffix) for value in template]
    return template + suffix if isinstance(template, str) else template


def _total(values: Sequence[sympy.Expr]) -> sympy.Expr:
    return sum(values, sympy.Integer(0))


def _categorical(p: Symbols, q: Symbols) -> sympy.Expr:
    first, second = list(p.values()), list(q.values())
    total_p, total_q = (_total([sympy.exp(logit) for logit in row]) for row in (first, second))
    mean = _total([sympy.exp(a) * (a - b) for a, b in zip(first, second, strict=True)]) / total_p
    return mean - sympy.log(total_p) + sympy.log(total_q)


def _dirichlet(p: Symbols, q: Symbols) -> sympy.Expr:
    first, second = list(p.values()), list(q.values())
    total_p, total_q = _total(first), _total(second)
    norms = sympy.loggamma(total_p) - sympy.loggamma(total_q)
    norms += _total([sympy.loggamma(b) - sympy.loggamma(a) for a, b in zip(first, second, strict=True)])
    means = [sympy.polygamma(0, a) - sympy.polygamma(0, total_p) for a in first]
    return norms + _total([(a - b) * mean for a, b, mean in zip(first, second, means, strict=True)])


def _gaussian(p: Symbols, q: Symbols) -> sympy.Expr:
    first, second = _covariance(p), _covariance(q)
    (a, b, c), (d, e, f) = first, second
    det_p, det_q = a * c - b**2, d * f - e**2
    x, y = p["loc0"] - q["loc0"], p["loc1"] - q["loc1"]
    trace = (f * a - 2 * e * b + d * c) / det_q
    distance = (f * x**2 - 2 * e * x * y + d * y**2) / det_q
    return (trace - 2 + sympy.log(det_q / det_p) + distance) / 2


def _covariance(law: Symbols) -> tuple[sympy.Expr, sympy.Expr, sympy.Expr]:
    """The entries Σ₀₀, Σ₀₁ and Σ₁₁."""
    if "diag0" in law:
        first, second = law["factor0"], law["factor1"]
        return first**2 + law["diag0"], first * second, second**2 + law["diag1"]
    a, b, c = law["scale00"], law["scale10"], law["scale11"]
    return a**2, a * b, b**2 + c**2


_FORMULAS: Mapping[str, Callable[[Symbols, Symbols], sympy.Expr]] = {
    "logits": _categorical,
    "concentrations": _dirichlet,
    "gaussian": _gaussian,
}
