"""An expression compiled to a constant or to a function of the variable under the integral.

What does not depend on that variable is computed once. On a `Scope.cell` no uniform density jumps and no
``abs``, ``min`` or ``max`` of affine expressions has its kink, so these become smooth functions there.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from flint import arb, fmpq

from divergences.balls import Reals, UndefinedError
from divergences.tails import EnclosureError
from proofs.certifier.laws import LAWS, definition, log_ratio
from proofs.certifier.laws import log_density as log_density_of
from proofs.certifier.scope import (
    Compiled,
    Scope,
    Undefined,
    free_names,
    is_constant,
    is_zero,
    rational,
)
from proofs.language import tree as t
from proofs.outcome import Unsupported

REALS = Reals()
#: What a relation says of left - right.
RELATIONS: dict[str, Callable[[Any], bool]] = {
    "<": lambda d: d < 0,
    ">": lambda d: d > 0,
    "<=": lambda d: d <= 0,
    ">=": lambda d: d >= 0,
    "=": lambda d: d == 0,
}
_EXACT_BITS = 4096


class LogOfZero(Undefined):
    """The logarithm of an exact zero: infinite by itself, nothing where it is multiplied by zero."""


def compile_expr(expr: t.Expr, scope: Scope) -> Compiled:
    """The expression as an exact rational, a ball, or a function of the variable under the integral.

    Raises:
        Unsupported: for what is no closed form (families, functions) or has no enclosure.
        Undefined: where it certainly has no finite real value.
    """
    match expr:
        case t.Number(value):
            return rational(value)
        case t.Constant("pi"):
            return arb.pi()
        case t.Symbol() | t.Variable():
            return scope.lookup(expr)
        case t.Neg(operand):
            return _unary(operator.neg, compile_expr(operand, scope))
        case t.Add(left, right):
            return _binary(operator.add, compile_expr(left, scope), compile_expr(right, scope))
        case t.Sub(left, right):
            return _binary(operator.sub, compile_expr(left, scope), compile_expr(right, scope))
        case t.Mul(left, right):
            return _product(left, right, scope)
        case t.Div(left, right):
            return _divide(compile_expr(left, scope), compile_expr(right, scope))
        case t.Pow(base, exponent) if scope.variable in free_names(base) and _ratio(base, scope):
            # Positive, and its logarithm loses nothing where both densities are tiny.
            return _apply("exp", _binary(operator.mul, compile_expr(exponent, scope), compile_log(base, scope)))
        case t.Pow(base, exponent):
            return _power(compile_expr(base, scope), compile_expr(exponent, scope))
        case t.Call("log", (argument,)):
            return compile_log(argument, scope)
        case t.Call("log2", (argument,)):
            return _divide(compile_log(argument, scope), arb(2).log())
        case t.Call("abs" | "min" | "max" as function, arguments):
            return _kinked(function, arguments, scope)
        case t.Call(function, (argument,)):
            return _apply(function, compile_expr(argument, scope))
        case t.Named(law):
            if law == "Uniform":
                return _uniform(expr, scope)
            if not inside(expr, scope):
                return fmpq(0)
            return _apply("exp", compile_log(expr, scope))
        case t.PushforwardDensity():
            from proofs.certifier.pushforward import density

            return density(expr, scope)
        case t.Indicator():
            return _indicator(expr, scope)
        case t.Expectation() | t.Integral() | t.Divergence() | t.Entropy() | t.Variance() | t.Covariance():
            from proofs.certifier.measure import bound_value

            return bound_value(expr, scope)
        case t.Gradient(wrt, body):
            from proofs.certifier.derivative import derivative

            return compile_expr(derivative(body, wrt.name), scope)
        case t.Constant():
            raise Unsupported(f"{expr.name} is not a number that an enclosure can hold")
        case _:
            raise Unsupported(f"{type(expr).__name__} is no closed form")


def compile_log(expr: t.Expr, scope: Scope) -> Compiled:
    """The logarithm of an expression, taken apart where that is an identity of positive numbers."""
    match expr:
        case t.Named("Normal" | "N" as law, variable, (location, spread)):
            deviation = _binary(operator.sub, scope.lookup(variable), compile_expr(location, scope))
            variance = compile_expr(spread, scope)
            if law == "Normal":
                variance = _binary(operator.mul, variance, variance)
            positive_parameter(law, compile_expr(spread, scope))
            square = _divide(_power(deviation, fmpq(2)), variance)
            normalizer = _apply("log", _binary(operator.mul, 2 * arb.pi(), variance))
            return _binary(operator.mul, fmpq(-1, 2), _binary(operator.add, square, normalizer))
        case t.Named(law) if law != "Uniform":
            if not inside(expr, scope):
                raise LogOfZero("the logarithm of zero")
            check_parameters(expr, scope)
            return compile_expr(log_density_of(expr), scope)
        case t.Call("exp", (argument,)):
            return compile_expr(argument, scope)
        case t.Mul(left, right) if is_positive(left, scope) and is_positive(right, scope):
            return _binary(operator.add, compile_log(left, scope), compile_log(right, scope))
        case t.Div(t.Named(name, x) as left, t.Named(second, y) as right) if (
            name == second and x == y and name in LAWS and is_positive(left, scope) and is_positive(right, scope)
        ):
            check_parameters(left, scope)
            check_parameters(right, scope)
            return compile_expr(log_ratio(left, right), scope)
        case t.Div(left, right) if is_positive(left, scope) and is_positive(right, scope):
            return _binary(operator.sub, compile_log(left, scope), compile_log(right, scope))
        case t.Add(left, right) if scope.variable in free_names(expr):
            # Where one density vanishes on the cell, the logarithm is that of the other.
            for one, other in ((left, right), (right, left)):
                if _vanishes(one, scope):
                    return compile_log(other, scope)
    value = compile_expr(expr, scope)
    if is_zero(value):
        raise LogOfZero("the logarithm of zero")
    return _apply("log", value)


def is_positive(expr: t.Expr, scope: Scope) -> bool:
    """Whether the expression is a product or quotient of densities and constants that are certainly positive."""
    match expr:
        case t.Call("exp"):
            return True
        case t.Named(law) if law != "Uniform":
            return inside(expr, scope)
        case t.Mul(left, right) | t.Div(left, right):
            return is_positive(left, scope) and is_positive(right, scope)
        case t.Add(left, right):
            positive = [is_positive(part, scope) for part in (left, right)]
            return any(positive) and all(
                sign or _vanishes(part, scope) for sign, part in zip(positive, (left, right), strict=True)
            )
        case _:
            try:
                value = compile_expr(expr, scope)
            except Undefined:
                return False
            return is_constant(value) and bool(value > 0)


def _ratio(expr: t.Expr, scope: Scope) -> bool:
    """Whether it is a quotient of densities, neither of which vanishes on the cell."""
    return (
        isinstance(expr, t.Div) and any(isinstance(node, t.Named) for node in t.walk(expr)) and is_positive(expr, scope)
    )


def _vanishes(expr: t.Expr, scope: Scope) -> bool:
    """Whether the expression is a weighted density that is zero on the whole cell."""
    return isinstance(expr, (t.Named, t.Mul, t.Div)) and is_zero(compile_expr(expr, scope))


def positive_parameter(law: str, value: Compiled) -> None:
    """Refuse a law where what has to be positive certainly is not."""
    if is_constant(value) and value <= 0:
        raise Undefined(f"a parameter of {law} is outside its domain")


# --- arithmetic ------------------------------------------------------------------------------------------------------


def _unary(operation: Callable[[Any], Any], value: Compiled) -> Compiled:
    return operation(value) if is_constant(value) else lambda x, ns: operation(value(x, ns))


def _binary(operation: Callable[[Any, Any], Any], left: Compiled, right: Compiled) -> Compiled:
    if is_constant(left):
        if is_constant(right):
            return operation(left, right)
        return lambda x, ns: operation(left, right(x, ns))
    if is_constant(right):
        return lambda x, ns: operation(left(x, ns), right)
    return lambda x, ns: operation(left(x, ns), right(x, ns))


def _apply(function: str, value: Compiled) -> Compiled:
    if is_constant(value):
        return _defined(getattr(REALS, function), value)
    return lambda x, ns: getattr(ns, function)(value(x, ns))


def _defined(function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except UndefinedError as error:
        raise Undefined(str(error)) from error


def _product(left: t.Expr, right: t.Expr, scope: Scope) -> Compiled:
    factors: list[Compiled] = []
    infinite: LogOfZero | None = None
    for side in (left, right):
        try:
            factors.append(compile_expr(side, scope))
        except LogOfZero as error:  # 0 log 0 = 0
            infinite = error
    if infinite is not None:
        if len(factors) == 1 and is_zero(factors[0]):
            return fmpq(0)
        raise infinite
    for side, factor in zip((left, right), factors, strict=True):
        # Where a density vanishes, nothing that it multiplies is looked at.
        if is_zero(factor) and any(isinstance(node, t.Named) for node in t.walk(side)):
            return fmpq(0)
    return _binary(operator.mul, *factors)


def _divide(left: Compiled, right: Compiled) -> Compiled:
    if is_constant(right):
        if right == 0:
            raise Undefined("a division by zero")
        return _binary(operator.truediv, left, right)
    if is_zero(left):
        return left
    if is_constant(left):
        return lambda x, ns: ns.divide(left, right(x, ns))
    return lambda x, ns: ns.divide(left(x, ns), right(x, ns))


def _power(base: Compiled, exponent: Compiled) -> Compiled:
    if is_constant(base) and is_constant(exponent):
        if isinstance(base, fmpq) and isinstance(exponent, fmpq) and exponent.q == 1:
            if abs(int(exponent.p)) * base.height_bits() > _EXACT_BITS:
                base = arb(base)
        return _defined(REALS.power, base, exponent)
    if is_constant(exponent):
        return lambda x, ns: ns.power(base(x, ns), exponent)
    # The base is positive, or there is no real power.
    logarithm = _apply("log", base)
    return _apply("exp", _binary(operator.mul, exponent, logarithm))


# --- kinks and jumps -------------------------------------------------------------------------------------------------


def _uniform(expr: t.Named, scope: Scope) -> Compiled:
    low, high = uniform_ends(expr, scope)
    return 1 / (high - low) if inside(expr, scope) else fmpq(0)


def inside(expr: t.Named, scope: Scope) -> bool:
    """Whether the variable, or the whole cell that it ranges over, lies in the support of its law; else it is outside.

    Raises:
        Undefined: at an end of the support, where densities may be given any value.
        Unsupported, EnclosureError: where neither is certain.
    """
    low, high = support(expr, scope)
    if low is None and high is None:
        return True
    if expr.variable.name == scope.variable:
        left, right = scope.cell
        if (right is not None and low is not None and right <= low) or (
            left is not None and high is not None and left >= high
        ):
            return False
        if (low is None or (left is not None and left >= low)) and (
            high is None or (right is not None and right <= high)
        ):
            return True
        raise Unsupported(f"whether the support of {expr.law} holds an interval is not certain")
    value = scope.lookup(expr.variable)
    if not is_constant(value):
        raise Unsupported(f"the support of {expr.law} at what varies under an integral")
    if expr.law in LAWS and LAWS[expr.law].counted:
        if not isinstance(value, fmpq):
            raise Unsupported(f"{expr.law} at what is not exactly a whole number")
        return bool(value.q == 1 and (low is None or value >= low) and (high is None or value <= high))
    if (low is not None and value < low) or (high is not None and value > high):
        return False
    if (low is None or low < value) and (high is None or value < high):
        return True
    if value == low or value == high:
        raise Undefined(f"the density of {expr.law} at an end of its support")
    raise EnclosureError(f"whether a point lies in the support of {expr.law} is not decided at this precision")


def support(expr: t.Named, scope: Scope) -> tuple[Any, Any]:
    """The ends of the support of a law with constant parameters where it is not the whole line; None is infinite."""
    if expr.law in ("Normal", "N"):
        return None, None
    if expr.law == "Uniform":
        return uniform_ends(expr, scope)
    ends = [end and compile_expr(end, scope) for end in definition(expr.law).support(*expr.parameters)]
    if not all(end is None or is_constant(end) for end in ends):
        raise Unsupported(f"a law {expr.law} whose support depends on a variable under an integral")
    return ends[0], ends[1]


def check_parameters(expr: t.Named, scope: Scope) -> None:
    """Refuse a law one of whose parameters is certainly outside its domain."""
    known = definition(expr.law)
    for condition in known.positive(*expr.parameters):
        positive_parameter(expr.law, compile_expr(condition, scope))
    for place in known.whole:
        number = compile_expr(expr.parameters[place], scope)
        if not isinstance(number, fmpq):
            raise Unsupported(f"{expr.law} with a parameter that is not exactly a whole number")
        if number.q != 1:
            raise Undefined(f"{expr.law} with a parameter that is no whole number")


def uniform_ends(expr: t.Named, scope: Scope) -> tuple[Any, Any]:
    """The support of a uniform law with constant parameters."""
    low, high = (compile_expr(parameter, scope) for parameter in expr.parameters)
    if not (is_constant(low) and is_constant(high)):
        raise Unsupported("a uniform law whose support depends on a variable under an integral")
    if low >= high:
        raise Undefined("a uniform law with low >= high")
    if not low < high:
        raise Unsupported("the ends of a uniform law are not certainly in order")
    return low, high


def _kinked(function: str, arguments: tuple[t.Expr, ...], scope: Scope) -> Compiled:
    values = [compile_expr(argument, scope) for argument in arguments]
    if all(is_constant(value) for value in values):
        return getattr(REALS, function)(*values)
    line = affine(kink(arguments), scope)
    if line is not None and scope.split:
        sign = line[0] + line[1] * scope.interior()
        if sign > 0 or sign < 0:
            if function == "abs":
                return values[0] if sign > 0 else _unary(operator.neg, values[0])
            return values[0] if (sign > 0) == (function == "max") else values[1]
    if function == "abs":
        return _apply("abs", values[0])
    first, second = (value if not is_constant(value) else (lambda x, ns, c=value: c) for value in values)
    return lambda x, ns: getattr(ns, function)(first(x, ns), second(x, ns))


def _indicator(expr: t.Indicator, scope: Scope) -> Compiled:
    if expr.relation not in RELATIONS:
        raise Unsupported(f"the indicator of {expr.relation}")
    holds, difference = RELATIONS[expr.relation], compile_expr(expr.left - expr.right, scope)
    if is_constant(difference):
        return _decided(holds, difference)
    line = affine(expr.left - expr.right, scope)
    if line is not None and scope.split:
        sign = line[0] + line[1] * scope.interior()
        if sign > 0 or sign < 0:
            return _decided(holds, sign)
    return lambda x, ns: ns.indicator(holds, difference(x, ns))


def _decided(holds: Callable[[Any], bool], difference: Any) -> fmpq:
    if difference > 0 or difference < 0 or difference == 0:
        return fmpq(int(bool(holds(difference))))
    raise EnclosureError("which case of an indicator applies is not decided at this precision")


def kink(arguments: tuple[t.Expr, ...]) -> t.Expr:
    """The expression at whose zeros ``abs``, ``min`` or ``max`` has its kinks."""
    return arguments[0] if len(arguments) == 1 else arguments[0] - arguments[1]


def affine(expr: t.Expr, scope: Scope) -> tuple[Any, Any] | None:
    """The coefficients (a, b) of an expression a + b x of the variable under the integral, or None."""
    if scope.variable not in free_names(expr):
        return compile_expr(expr, scope), fmpq(0)
    match expr:
        case t.Variable():
            return fmpq(0), fmpq(1)
        case t.Neg(operand):
            line = affine(operand, scope)
            return line and (-line[0], -line[1])
        case t.Add(left, right) | t.Sub(left, right):
            one, other = affine(left, scope), affine(right, scope)
            if one is None or other is None:
                return None
            combine = operator.add if isinstance(expr, t.Add) else operator.sub
            return combine(one[0], other[0]), combine(one[1], other[1])
        case t.Mul(left, right) if scope.variable not in free_names(left):
            factor, line = compile_expr(left, scope), affine(right, scope)
            return line and (factor * line[0], factor * line[1])
        case t.Mul(left, right) if scope.variable not in free_names(right):
            factor, line = compile_expr(right, scope), affine(left, scope)
            return line and (factor * line[0], factor * line[1])
        case t.Div(left, right) if scope.variable not in free_names(right):
            factor, line = _divide(fmpq(1), compile_expr(right, scope)), affine(left, scope)
            return line and (factor * line[0], factor * line[1])
        case _:
            return None
