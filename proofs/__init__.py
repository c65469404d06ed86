"""Claims about probability, as a paper writes them: proved with a certificate, or refuted with a counterexample.

A claim is a text, or is built with Python's operators:

>>> from proofs import E, check, densities, log, variables
>>> x, z = variables("x z")
>>> p, q = densities("p q")
>>> elbo = E(q(z | x), log(p(x, z)) - log(q(z | x)))
>>> report = check(log(p(x)) >= elbo)
>>> report.verdict, report.steps[0].gap
('proved', 'left - right = KL(q(z|x) || p(z|x)) >= 0')
>>> report = check("KL(p(x) || q(x)) = KL(q(x) || p(x))")
>>> report.verdict, report.counterexample.tables["p"]
('refuted', (Fraction(1, 3), Fraction(2, 3)))

Importing this costs next to nothing; the language, and what checks claims, are loaded when they are first needed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

# `check` is imported here and now, not on demand: the package's attribute is then the function, which the module
# of the same name would otherwise replace as soon as something imported it.
from proofs.check import check

if TYPE_CHECKING:
    from proofs.attempt import Contradiction
    from proofs.language import ClaimError, claim_of, expand, read, to_latex, to_text
    from proofs.language.python import (
        CE,
        H2,
        JSD,
        KL,
        TV,
        W1,
        W2,
        Bernoulli,
        Beta,
        Binomial,
        Categorical,
        Cauchy,
        Cov,
        E,
        Exponential,
        Gamma,
        Geometric,
        Gumbel,
        H,
        HalfNormal,
        InverseGamma,
        Laplace,
        Logistic,
        LogNormal,
        N,
        NegativeBinomial,
        Normal,
        P,
        Pareto,
        Poisson,
        StudentT,
        Uniform,
        Var,
        Weibull,
        approximately,
        chi2,
        concave,
        convex,
        definition,
        densities,
        equal,
        exp,
        f_divergence,
        functions,
        grad,
        indicator,
        integers,
        integral,
        let,
        log,
        maximum,
        measures,
        minimum,
        mutual_information,
        number,
        parameters,
        positives,
        pushforward,
        reals,
        renyi,
        sqrt,
        summation,
        symbols,
        variables,
    )
    from proofs.language.tree import Claim, Comparison
    from proofs.outcome import VERDICTS, Counterexample, Proof, Unsupported
    from proofs.report import Report, StepReport

__all__ = [
    "CE",
    "H2",
    "JSD",
    "KL",
    "TV",
    "VERDICTS",
    "W1",
    "W2",
    "Bernoulli",
    "Beta",
    "Binomial",
    "Categorical",
    "Cauchy",
    "Claim",
    "ClaimError",
    "Comparison",
    "Contradiction",
    "Counterexample",
    "Cov",
    "E",
    "Exponential",
    "Gamma",
    "Geometric",
    "Gumbel",
    "H",
    "HalfNormal",
    "InverseGamma",
    "Laplace",
    "LogNormal",
    "Logistic",
    "N",
    "NegativeBinomial",
    "Normal",
    "P",
    "Pareto",
    "Poisson",
    "Proof",
    "Report",
    "StepReport",
    "StudentT",
    "Uniform",
    "Unsupported",
    "Var",
    "Weibull",
    "approximately",
    "check",
    "chi2",
    "claim_of",
    "concave",
    "convex",
    "definition",
    "densities",
    "equal",
    "exp",
    "expand",
    "f_divergence",
    "functions",
    "grad",
    "indicator",
    "integers",
    "integral",
    "let",
    "log",
    "maximum",
    "measures",
    "minimum",
    "mutual_information",
    "number",
    "parameters",
    "positives",
    "pushforward",
    "read",
    "reals",
    "renyi",
    "sqrt",
    "summation",
    "symbols",
    "to_latex",
    "to_text",
    "variables",
]

_HOMES = (
    "proofs.attempt",
    "proofs.language",
    "proofs.language.python",
    "proofs.language.tree",
    "proofs.outcome",
    "proofs.report",
)


def __getattr__(name: str) -> Any:
    """A public name, which is loaded when it is first asked for."""
    for home in _HOMES if name in __all__ else ():
        found = getattr(import_module(home), name, None)
        if found is not None:
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
