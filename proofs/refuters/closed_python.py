"""A counterexample between closed forms as plain Python: densities written out, expectations as sums over a grid."""

from __future__ import annotations

import keyword
from collections.abc import Sequence
from fractions import Fraction

from proofs.certifier.derivative import derivative
from proofs.certifier.laws import LAWS, log_density
from proofs.certifier.scope import free_names
from proofs.certifier.sums import counted
from proofs.certifier.transport import transport
from proofs.kernel.definitions import unfold
from proofs.language import tree as t
from proofs.outcome import Counterexample, Unsupported

_HEAD = '''from math import cos, erfc, exp, inf, lgamma, log, log2, pi, sin, sinh, cosh, sqrt


def integral(f, low, high, center, scale):
    """The integral of f, by the trapezoid rule after a change of variable that reaches both ends."""
    total = 0.0
    for k in range(-2000, 2001):
        u = k / 64
        if low is None and high is None:
            if abs(u) > 12:
                continue
            x, slope = center + scale * sinh(u), scale * cosh(u)
        elif high is None:
            x, slope = low + exp(u), exp(u)
        elif low is None:
            x, slope = high - exp(u), exp(u)
        else:
            s = 1 / (1 + exp(-u))
            x, slope = low + (high - low) * s, (high - low) * s * (1 - s)
            if not low < x < high:
                continue
        total += f(x) * slope / 64
    return total


def mean(density, value):
    """density * value, and nothing where the density has vanished."""
    return density * value() if density else 0.0


'''
_CALLS = {
    **{name: name + "({0})" for name in ("log", "log2", "exp", "sqrt", "sin", "cos", "lgamma", "abs")},
    "min": "min({0}, {1})",
    "max": "max({0}, {1})",
    "sigmoid": "(1 / (1 + exp(-({0}))))",
    "softplus": "(max({0}, 0) + log(1 + exp(-abs({0}))))",
    "Phi": "(erfc(-({0}) / sqrt(2)) / 2)",
}
_OPERATORS = {t.Add: "+", t.Sub: "-", t.Mul: "*", t.Div: "/"}
_TERMS = 400  # of a sum over whole numbers
_TAKEN = {*_CALLS, "integral", "mean", "erfc", "inf", "pi", "sinh", "cosh", "range", "sum", *keyword.kwlist}


def as_python(counterexample: Counterexample, step: t.Step) -> str:
    """A script that recomputes both sides of a closed-form step at a point and prints them.

    Args:
        counterexample: what was found.
        step: the step, with the counterexample's laws in the place of what was free.

    Raises:
        Unsupported: where the step uses what Python's `math` lacks, or a transformed variable.
    """
    lines = [f"{_name(name)} = {_number(Fraction(value))}" for name, value in counterexample.values.items()]
    sides = [f"{side} = {_written(expr)}" for side, expr in (("left", step.left), ("right", step.right))]
    return _HEAD + "\n".join([*lines, *sides, "print(float(left), float(right))", ""])


def _written(node: t.Expr) -> str:
    match node:
        case t.Number(value):
            return _number(value)
        case t.Constant(name):
            return "inf" if name == "oo" else "pi"
        case t.Symbol(name) | t.Variable(name):
            return _name(name)
        case t.Div(left, right) if _has_law(left) and _has_law(right):  # both may be too small for floats
            return f"exp({_written(t.Call('log', (left,)))} - {_written(t.Call('log', (right,)))})"
        case t.Add() | t.Sub() | t.Mul() | t.Div():
            return f"({_written(node.left)} {_OPERATORS[type(node)]} {_written(node.right)})"
        case t.Pow(base, exponent):
            return f"({_written(base)} ** {_written(exponent)})"
        case t.Neg(operand):
            return f"(-{_written(operand)})"
        case t.Call("log", (t.Named() as law,)):
            inside = _written(_log_density(law))
            return _inside(law, inside, "-inf")
        case t.Call("log", (t.Mul(left, right),)) if _has_law(left) and _has_law(right):
            return _written(t.Call("log", (left,)) + t.Call("log", (right,)))
        case t.Call("log", (t.Div(left, right),)) if _has_law(left) and _has_law(right):
            return _written(t.Call("log", (left,)) - t.Call("log", (right,)))
        case t.Call(function, arguments) if function in _CALLS:
            return _CALLS[function].format(*map(_written, arguments))
        case t.Named():
            return _inside(node, f"exp({_written(_log_density(node))})", "0.0")
        case t.Indicator(left, relation, right):
            sign = "==" if relation == "=" else relation
            return f"(1 if {_written(left)} {sign} {_written(right)} else 0)"
        case t.Expectation(law, body):
            density = _written(law.density)
            return _over(law.generated, law.density, f"mean({density}, lambda: {_written(body)})")
        case t.Integral(variables, body):
            return _over(variables, body, _written(body))
        case t.Gradient(wrt, body):
            return _written(derivative(body, wrt.name))
        case t.Divergence("W1" | "W2"):
            return _written(transport(node))
        case _:
            meaning = unfold(node)
            if meaning is None:
                raise Unsupported(f"there is no Python for a {type(node).__name__.lower()}")
            return _written(meaning)


def _has_law(expr: t.Expr) -> bool:
    return any(isinstance(node, t.Named) for node in t.walk(expr))


def _over(variables: Sequence[t.Variable], density: t.Expr, body: str) -> str:
    """The integral of the body over the variables, those outermost on which the laws of others depend."""
    laws = {v.name: _law_of(v, density) for v in variables}
    order = sorted(laws, key=lambda name: _depth(name, laws))
    for name in reversed(order):
        body = _along(laws[name], name, body)
    return body


def _depth(name: str, laws: dict[str, t.Named | None]) -> int:
    law = laws[name]
    parents = {n for p in law.parameters for n in free_names(p)} & set(laws) if law is not None else set()
    return 1 + max((_depth(parent, laws) for parent in parents), default=0)


def _law_of(variable: t.Variable, density: t.Expr) -> t.Named | None:
    return next((n for n in t.walk(density) if isinstance(n, t.Named) and n.variable.name == variable.name), None)


def _along(law: t.Named | None, name: str, body: str) -> str:
    if law is not None and counted(law):
        return f"sum({body} for {_name(name)} in range({_TERMS}))"
    if law is None:
        low, high, center, scale = "None", "None", "0", "1"
    else:
        low, high = (_end(end) for end in _support(law))
        unit = LAWS[law.law].unit(*law.parameters) if law.law in LAWS else law.parameters
        center, scale = (_written(part) for part in unit)
        scale = f"sqrt({scale})" if law.law == "N" else scale
    return f"integral(lambda {_name(name)}: {body}, {low}, {high}, {center}, {scale})"


def _support(law: t.Named) -> tuple[t.Expr | None, t.Expr | None]:
    if law.law == "Uniform":
        return law.parameters[0], law.parameters[1]
    return (None, None) if law.law in ("Normal", "N") else LAWS[law.law].support(*law.parameters)


def _end(end: t.Expr | None) -> str:
    return "None" if end is None else _written(end)


def _inside(law: t.Named, value: str, outside: str) -> str:
    """The value inside the support of a law."""
    low, high = _support(law)
    sign = "<=" if counted(law) else "<"
    x = _written(law.variable)
    bounds = [] if low is None else [f"{_written(low)} {sign} {x}"]
    bounds += [] if high is None else [f"{x} {sign} {_written(high)}"]
    return f"({value} if {' and '.join(bounds)} else {outside})" if bounds else value


def _log_density(law: t.Named) -> t.Expr:
    if law.law == "Uniform":
        return -t.Call("log", (law.parameters[1] - law.parameters[0],))
    if law.law in LAWS:
        return log_density(law)
    mean, spread = law.parameters
    variance = spread if law.law == "N" else spread**2
    return -((law.variable - mean) ** 2) / (2 * variance) - t.Call("log", (2 * t.Constant("pi") * variance,)) / 2


def _name(name: str) -> str:
    spelled = "".join(c if c.isalnum() else "_" for c in name.replace("'", "_prime"))
    return spelled + "_" if spelled in _TAKEN else spelled


def _number(value: Fraction) -> str:
    return str(value) if value.denominator == 1 and value >= 0 else f"({value.numerator} / {value.denominator})"
