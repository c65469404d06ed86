r"""The density of X = g(Y) at a point: the sum of :math:`p_Y(y) / |g'(y)|` over all y with :math:`g(y) = t`.

The inverse is found by bisection and Newton steps on intervals, so it owes nothing to a symbolic inverse.
"""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any

from flint import arb, ctx, fmpq

from divergences.tails import EnclosureError
from proofs.certifier.branches import Branch, branches
from proofs.certifier.compile import REALS, compile_expr
from proofs.certifier.derivative import derivative
from proofs.certifier.scope import Compiled, Scope, Undefined, free_names, is_constant, substitute
from proofs.language import tree as t
from proofs.outcome import Unsupported

_INF = arb.pos_inf()


def density(expr: t.PushforwardDensity, scope: Scope) -> Compiled:
    """The density of a declared random variable at the expression's argument; 0 outside the variable's support."""
    declared = _declared(expr.name, scope)
    if scope.variable is not None and scope.variable in free_names(expr.argument):
        return compile_expr(_along(declared, expr.argument, scope), scope)
    point = compile_expr(expr.argument, scope)
    return reduce(operator.add, (_part(declared, branch, point, scope) for branch in branches(declared, scope)))


def _part(declared: t.Pushforward, branch: Branch, point: Any, scope: Scope) -> Any:
    """What one branch gives to the density: p_Y(y)/|g'(y)| for the one y of the branch with g(y) = point, or 0."""
    shape = branch.shape
    if point < shape.low or point > shape.high:
        return fmpq(0)
    if point == shape.low or point == shape.high:
        raise Undefined(f"the density of {declared.name} at an end of its support")
    if not (shape.low < point and point < shape.high):
        raise EnclosureError(f"whether the support of {declared.name} holds the point is not decided at this precision")
    y = inverse(declared.law, branch, point, scope)
    name = declared.law.variable.name
    at_y = Scope({**scope.values, name: y}, scope.pushforwards, scope.bits)
    slope = compile_expr(derivative(branch.transform, name), at_y)
    return arb(compile_expr(declared.law, at_y)) / abs(slope)


def holds(declared: t.Pushforward, point: Any, scope: Scope) -> bool:
    """Whether a point lies certainly inside the range of a branch, and at no end of another."""
    shapes = [branch.shape for branch in branches(declared, scope)]
    inside = [bool(shape.low < point and point < shape.high) for shape in shapes]
    outside = [bool(point < shape.low or point > shape.high) for shape in shapes]
    return any(inside) and all(a or b for a, b in zip(inside, outside, strict=True))


def inverse(law: t.Named, branch: Branch, point: Any, scope: Scope) -> arb:
    """A ball that holds the one y of a branch with g(y) = point; the point lies in the open range of g there.

    A bracket [a, b] always certainly holds y: g is continuous and strictly monotone.
    """
    name, shape = law.variable.name, branch.shape
    inner = scope.under(name)
    transform = compile_expr(branch.transform, inner)
    slope = compile_expr(derivative(branch.transform, name), inner)

    def below(y: arb) -> bool | None:
        """Whether y lies certainly below (above) the solution; None where that is not decided."""
        value = arb(transform(y, REALS))
        if value < point or value > point:
            return bool(value < point) == (shape.direction > 0)
        return None

    a, b = _bracket(law, branch, below, scope)
    for _ in range(2 * ctx.prec + 64):
        # A middle that hits the solution is not told from it, so others are tried before giving up; and numbers of
        # this precision that lie between a and b run out.
        probes = ((a + (b - a) * fmpq(k, 16)).mid() for k in (8, 7, 9))
        inside = (probe for probe in probes if a < probe and probe < b)
        told = next(((probe, side) for probe in inside if (side := below(probe)) is not None), None)
        if told is None:
            break
        a, b = (told[0], b) if told[1] else (a, told[0])
        newton = _newton(transform, slope, point, a, b)
        if newton is not None:
            a, b = newton
    else:
        raise EnclosureError("the inverse of the transform was not found at this precision")
    # Nothing near the middle is told from the solution: one more Newton step is as good as this precision gets.
    newton = _newton(transform, slope, point, a, b)
    return newton[0].union(newton[1]) if newton is not None else a.union(b)


def _newton(transform: Any, slope: Any, point: Any, a: arb, b: arb) -> tuple[arb, arb] | None:
    """Mean value theorem: y = m - (g(m) - point)/g'(s) for some s in [a, b]; the part of [a, b] that this leaves."""
    whole = a.union(b)
    rate = arb(slope(whole, REALS)) if not is_constant(slope) else arb(slope)
    if not rate.is_finite() or rate.contains(0):
        return None
    middle = ((a + b) / 2).mid()
    step = middle - (arb(transform(middle, REALS)) - point) / rate
    if not step.is_finite():
        return None
    low, high = a.max(step.lower()), b.min(step.upper())
    return (low, high) if low.is_exact() and high.is_exact() and low <= high else None


def _bracket(law: t.Named, branch: Branch, below: Any, scope: Scope) -> tuple[arb, arb]:
    """Exact numbers on both sides of the solution: ends of the branch, or points ever further out."""
    center, width = _unit(law, scope)
    if branch.low != -_INF:
        center = arb(branch.low).upper()
    elif branch.high != _INF:
        center = arb(branch.high).lower()
    ends = []
    for sign, end in ((-1, branch.low), (1, branch.high)):
        if abs(end) != _INF:
            ends.append(arb(end).lower() if sign < 0 else arb(end).upper())
            continue
        for doubling in range(80):
            probe = (center + sign * width * 2**doubling).mid()
            if below(probe) is (sign < 0):
                break
        else:
            raise EnclosureError("no bracket for the inverse of the transform")
        ends.append(probe)
    return ends[0], ends[1]


def _unit(law: t.Named, scope: Scope) -> tuple[arb, arb]:
    """About where a law lives, and on what scale."""
    if law.law in ("Normal", "N"):
        location, spread = (arb(compile_expr(parameter, scope)) for parameter in law.parameters)
        return location.mid(), spread.sqrt() if law.law == "N" else spread
    return arb(0), arb(1)


def _declared(name: str, scope: Scope) -> t.Pushforward:
    if name not in scope.pushforwards:
        raise Unsupported(f"{name} is not declared as a function of a named law")
    return scope.pushforwards[name]


def _along(declared: t.Pushforward, argument: t.Expr, scope: Scope) -> t.Expr:
    """pdf_X(g(y)) = p_Y(y) / |g'(y)|, an expression in the y under the integral."""
    assert scope.variable is not None
    y = declared.law.variable
    here = t.Variable(scope.variable, y.stem)
    if argument != substitute(declared.transform, y.name, here):
        raise Unsupported(f"the density of {declared.name} under an integral, other than at values of {declared.name}")
    parts = branches(declared, scope)
    if len(parts) != 1:
        raise Unsupported(f"the density of {declared.name}, whose transform has several branches, under an integral")
    direction = parts[0].shape.direction
    law = substitute(declared.law, y.name, here)
    slope = substitute(derivative(declared.transform, y.name), y.name, here)
    return law / (slope if direction > 0 else -slope)


def change_of_variables(name: str, body: t.Expr, scope: Scope) -> tuple[t.Law, t.Expr] | None:
    """An integral of pdf_X(t) h(t) over t as the law of Y and the body h(g(y)); None where it is not of this form."""
    if not isinstance(body, t.Mul) and not isinstance(body, t.PushforwardDensity):
        return None
    factor, rest = (body, t.Number(1)) if isinstance(body, t.PushforwardDensity) else (body.left, body.right)  # type: ignore[arg-type]
    if not isinstance(factor, t.PushforwardDensity):
        factor, rest = rest, factor
    if not isinstance(factor, t.PushforwardDensity) or not (
        isinstance(factor.argument, t.Variable) and factor.argument.name == name
    ):
        return None
    declared = _declared(factor.name, scope)
    branches(declared, scope)  # refuses a transform without a density
    y = declared.law.variable
    if y.name in free_names(rest) or y.name in scope.values:
        raise Unsupported(f"{y.name} names both the source of {declared.name} and something under the integral")
    return t.Law(declared.law, (y,)), substitute(rest, name, declared.transform)
