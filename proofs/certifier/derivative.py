r"""The derivative of an expression in one variable or number, as an expression.

Under an integral it acts on the integrand, and on the law through its score (Leibniz' rule):

.. math:: \partial_t E_{p_t}[f_t] = E_{p_t}[\partial_t f_t + f_t\, \partial_t \log p_t]

for laws whose support does not depend on what is differentiated in.
"""

from __future__ import annotations

from fractions import Fraction

from proofs.certifier.laws import LAWS, definition, log_density, log_normal
from proofs.certifier.scope import free_names
from proofs.kernel.definitions import unfold
from proofs.language import tree as t
from proofs.outcome import Unsupported

ZERO, ONE = t.Number(Fraction(0)), t.Number(Fraction(1))


def _call(function: str, *arguments: t.Expr) -> t.Expr:
    return t.Call(function, arguments)


#: For y = f(u): f'(u), given u.
_OUTER = {
    "exp": lambda u: _call("exp", u),
    "log": lambda u: ONE / u,
    "log2": lambda u: ONE / (u * _call("log", t.Number(Fraction(2)))),
    "sqrt": lambda u: ONE / (2 * _call("sqrt", u)),
    "sin": lambda u: _call("cos", u),
    "cos": lambda u: -_call("sin", u),
    "sigmoid": lambda u: _call("sigmoid", u) * _call("sigmoid", -u),
    "softplus": lambda u: _call("sigmoid", u),
    "lgamma": lambda u: _call("digamma", u),
    "Phi": lambda u: _call("exp", -(u**2) / 2) / _call("sqrt", 2 * t.Constant("pi")),
}


def derivative(expr: t.Expr, name: str) -> t.Expr:
    r"""The derivative :math:`\partial\,expr / \partial\,name`, by the rules of calculus and nothing more.

    Raises:
        Unsupported: for functions that are not differentiable everywhere, and for integrals.
    """
    if name not in free_names(expr):
        return ZERO
    match expr:
        case t.Variable() | t.Symbol():
            return ONE
        case t.Add(left, right):
            return derivative(left, name) + derivative(right, name)
        case t.Sub(left, right):
            return derivative(left, name) - derivative(right, name)
        case t.Neg(operand):
            return -derivative(operand, name)
        case t.Mul(left, right):
            return derivative(left, name) * right + left * derivative(right, name)
        case t.Div(left, right) if name not in free_names(right):
            return derivative(left, name) / right
        case t.Div(left, right):
            return (derivative(left, name) * right - left * derivative(right, name)) / right**2
        case t.Pow(base, exponent) if name not in free_names(exponent):
            return exponent * base ** (exponent - 1) * derivative(base, name)
        case t.Pow(base, exponent):
            return expr * derivative(exponent * _call("log", base), name)
        case t.Named():
            return expr * _score(expr, name)
        case t.Call("log", (density,)) if _is_density(density):
            return _score(density, name)
        case t.Expectation(law, body):
            inside = derivative(body, name)
            if name in free_names(law.density):
                inside = inside + body * _score(law.density, name)
            return t.Expectation(law, inside)
        case t.Integral(variables, body, counting):
            return t.Integral(variables, derivative(body, name), counting)
        case t.Gradient(wrt, body):
            return derivative(derivative(body, wrt.name), name)
        case t.Divergence() | t.Entropy() | t.Variance() | t.Covariance():
            meaning = unfold(expr)
            if meaning is None:
                raise Unsupported(f"no derivative of {type(expr).__name__}")
            return derivative(meaning, name)
        case t.Call(function, (inner,)) if function in _OUTER:
            return _OUTER[function](inner) * derivative(inner, name)
        case _:
            raise Unsupported(f"no derivative of {type(expr).__name__} in {name}")


def _is_density(expr: t.Expr) -> bool:
    if isinstance(expr, (t.Mul, t.Div)):
        return _is_density(expr.left) and _is_density(expr.right)
    return isinstance(expr, t.Named)


def _score(density: t.Expr, name: str) -> t.Expr:
    """The derivative of the logarithm of a density, inside a support that does not move."""
    match density:
        case t.Mul(left, right):
            return _score(left, name) + _score(right, name)
        case t.Div(left, right) if _is_density(density):
            return _score(left, name) - _score(right, name)
        case t.Named("Normal", variable, (location, scale)):
            return derivative(log_normal(variable, location, scale), name)
        case t.Named("N", variable, (location, variance)):
            return derivative(log_normal(variable, location, t.Call("sqrt", (variance,))), name)
        case t.Named(law) if law in LAWS:
            if any(end is not None and name in free_names(end) for end in definition(law).support(*density.parameters)):
                raise Unsupported(f"the derivative of a law {law} in what its support depends on")
            return derivative(log_density(density), name)
        case t.Named(law):
            raise Unsupported(f"the derivative of a law {law}, which has jumps")
    return derivative(density, name) / density
