"""What the functionals of a claim stand for: each in terms of expectations, integrals and logarithms.

Both sides of a divergence generate the same variables, so that one density may be written under the other's law.
"""

from __future__ import annotations

from fractions import Fraction

from proofs.language.tree import (
    Add,
    Apply,
    Call,
    Covariance,
    Density,
    Div,
    Divergence,
    Entropy,
    Expectation,
    Expr,
    Information,
    Integral,
    Law,
    Mul,
    Neg,
    Number,
    Pow,
    Sub,
    Variance,
)

ONE = Number(Fraction(1))
HALF = Number(Fraction(1, 2))


def unfold(expr: Expr) -> Expr | None:
    """The definition of an entropy, a divergence, a variance or a mutual information; None for anything else.

    A mutual information is averaged over what it is given, under the family's own joint law.
    """
    match expr:
        case Entropy(law):
            return Expectation(law, Neg(_log(law.density)))
        case Variance(law, body):
            return unfold(Covariance(law, body, body))
        case Covariance(law, left, right):
            return Sub(Expectation(law, Mul(left, right)), Mul(Expectation(law, left), Expectation(law, right)))
        case Information(family, first, second, given):
            law = Law(Density(family, (*first, *second, *given)), (*first, *second, *given))
            joint = _log(Density(family, (*first, *second), given))
            return Expectation(
                law, Sub(Sub(joint, _log(Density(family, first, given))), _log(Density(family, second, given)))
            )
        case Divergence():
            return _divergence(expr)
    return None


def _divergence(expr: Divergence) -> Expr | None:
    law, other = expr.left, expr.right
    p, q = law.density, other.density
    match expr.kind:
        case "CE":
            return Expectation(law, Neg(_log(q)))
        case "KL":
            return Expectation(law, Sub(_log(p), _log(q)))
        case "JSD":
            mixture = Law(Mul(HALF, Add(p, q)), law.generated)
            return Mul(HALF, Add(Divergence("KL", law, mixture), Divergence("KL", other, mixture)))
        case "TV":
            return Mul(HALF, Integral(law.generated, Call("abs", (Sub(p, q),))))
        case "chi2":
            return Sub(Expectation(law, Div(p, q)), ONE)
        case "H2":
            return Sub(ONE, Integral(law.generated, Mul(Pow(p, HALF), Pow(q, HALF))))
        case "renyi" if expr.order is not None:
            moment = Expectation(other, Pow(Div(p, q), expr.order))
            return Div(_log(moment), Sub(expr.order, ONE))
        case "D_f" if expr.function:
            return Expectation(other, Apply(expr.function, (Div(p, q),)))
    return None


def _log(expr: Expr) -> Expr:
    return Call("log", (expr,))
