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

Importing this loads the standard library only; what checks claims is loaded when it is first needed.
"""

# `check` is imported here and now, not on demand: the package's attribute is then the function, which the module
# of the same name would otherwise replace as soon as something imported it.
from proofs.check import Contradiction, check
from proofs.language import ClaimError, claim_of, expand, read, to_latex, to_text
from proofs.language.python import (
    CE,
    JSD,
    KL,
    E,
    H,
    N,
    Normal,
    Uniform,
    approximately,
    definition,
    densities,
    equal,
    exp,
    functions,
    integers,
    integral,
    let,
    log,
    measures,
    number,
    positives,
    pushforward,
    reals,
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
    "JSD",
    "KL",
    "VERDICTS",
    "Claim",
    "ClaimError",
    "Comparison",
    "Contradiction",
    "Counterexample",
    "E",
    "H",
    "N",
    "Normal",
    "Proof",
    "Report",
    "StepReport",
    "Uniform",
    "Unsupported",
    "approximately",
    "check",
    "claim_of",
    "definition",
    "densities",
    "equal",
    "exp",
    "expand",
    "functions",
    "integers",
    "integral",
    "let",
    "log",
    "measures",
    "number",
    "positives",
    "pushforward",
    "read",
    "reals",
    "sqrt",
    "summation",
    "symbols",
    "to_latex",
    "to_text",
    "variables",
]
