"""The derivative of an expression in one variable, as an expression."""

from __future__ import annotations

from fractions import Fraction

from proofs.certifier.scope import free_names
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
        case t.Variable():
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
        case t.Call(function, (inner,)) if function in _OUTER:
            return _OUTER[function](inner) * derivative(inner, name)
        case _:
            raise Unsupported(f"no derivative of {type(expr).__name__} in {name}")
