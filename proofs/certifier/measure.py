"""Expectations, integrals, divergences and entropies by certified quadrature of their definitions.

No table of moments is used here: this is what such tables are held against.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from typing import Any

from flint import arb, fmpq

from divergences.enclosure import integrate
from divergences.tails import EnclosureError
from proofs.certifier.compile import affine, check_parameters, compile_expr, kink, positive_parameter, support
from proofs.certifier.laws import HALF, LAWS, ONE, log_density
from proofs.certifier.nested import is_nested, means
from proofs.certifier.origin import through
from proofs.certifier.pushforward import change_of_variables
from proofs.certifier.scope import Compiled, Scope, Undefined, free_names, is_constant, is_zero, substitute
from proofs.certifier.sums import counted, mean
from proofs.certifier.transport import transport
from proofs.kernel.definitions import unfold
from proofs.language import tree as t
from proofs.language.text import to_text
from proofs.outcome import Meaningless, Unsupported

#: Where a density is looked at that is not positive by its form.
_PROBES = tuple(fmpq(n, d) for n, d in ((0, 1), (1, 1), (-1, 1), (1, 2), (3, 1), (-3, 1)))


def bound_value(expr: t.Expr, scope: Scope) -> Any:
    """The value of an expression that binds variables.

    Raises:
        Meaningless: where a law is not normalised, or negative somewhere.
        Unsupported: where it takes an integral that has no enclosure.
        Undefined: where it certainly has no finite value.
    """
    match expr:
        case t.Expectation(law, body):
            return expectation(law, body, scope)
        case t.Entropy(law):
            return expectation(law, -logarithm(law.density), scope)
        case t.Divergence():
            return _divergence(expr, scope)
        case t.Variance() | t.Covariance():
            definition_of = unfold(expr)
            assert definition_of is not None
            return compile_expr(definition_of, scope)
        case t.Integral(variables, body, counting):
            if len(variables) != 1:
                raise Unsupported("enclosures of integrals over one variable only")
            return _integral(variables[0].name, body, counting, scope)
        case _:
            raise TypeError(f"{type(expr).__name__} binds no variable")


def _divergence(expr: t.Divergence, scope: Scope) -> Any:
    left, right = expr.left, _aligned(expr.right, expr.left)
    p, q = left.density, right.density
    if expr.kind in ("KL", "JSD", "TV", "chi2", "H2") and _same(p, q, scope):
        return fmpq(0)  # quadrature of an integrand that vanishes everywhere does not see that it does
    require_law(right, scope)
    match expr.kind:
        case "KL":
            return expectation(left, logarithm(p) - logarithm(q), scope)
        case "CE":
            return expectation(left, -logarithm(q), scope)
        case "JSD":
            middle = (p + q) / 2
            return (
                expectation(left, logarithm(p) - logarithm(middle), scope)
                + expectation(right, logarithm(q) - logarithm(middle), scope)
            ) / 2
        case "W1" | "W2":
            for law in (p, q):
                _require_valid(law, scope)
            return compile_expr(transport(expr), scope)
    # All others are integrals against p, where q/p is a number or zero.
    match expr.kind:
        case "TV":
            return 1 - expectation(left, t.Call("min", (ONE, (q / p) ** ONE)), scope)
        case "chi2":
            return expectation(left, (p / q) ** ONE, scope) - 1
        case "H2":
            return 1 - expectation(left, (q / p) ** HALF, scope)
        case "renyi" if expr.order is not None:
            order = compile_expr(expr.order, scope)
            if not (is_constant(order) and order > 0):
                raise Unsupported("a Renyi divergence whose order is not certainly positive")
            if order == 1:
                raise Undefined("a Renyi divergence of order 1")
            if _same(p, q, scope):
                return fmpq(0)
            ratio = (q / p) ** (1 - expr.order) if order < 1 else (p / q) ** (expr.order - 1)
            moment = arb(expectation(left, ratio, scope))
            if moment <= 0:
                raise Undefined("the Renyi divergence of laws that share no point")
            return moment.log() / (order - 1)
    raise Unsupported(f"{expr.kind} has no enclosure")


def _same(p: t.Expr, q: t.Expr, scope: Scope) -> bool:
    """Whether both are one named law, with exactly the same valid parameters."""
    if not (isinstance(p, t.Named) and isinstance(q, t.Named)) or (p.law, p.variable) != (q.law, q.variable):
        return False
    if p.law in LAWS:
        check_parameters(p, scope)
    values = [compile_expr(parameter, scope) for parameter in p.parameters + q.parameters]
    if not all(isinstance(value, fmpq) for value in values):
        return False
    if p.law in ("Normal", "N"):
        positive_parameter(p.law, values[1])
    elif p.law == "Uniform":
        support(p, scope)
    half = len(values) // 2
    return values[:half] == values[half:]


def _require_valid(law: t.Expr, scope: Scope) -> None:
    """Refuse a named law with a parameter outside its domain, before a formula is used that would not see it."""
    if not isinstance(law, t.Named):
        return
    if law.law == "Uniform":
        support(law, scope)
    elif law.law in LAWS:
        check_parameters(law, scope)
    else:
        positive_parameter(law.law, compile_expr(law.parameters[1], scope))


def logarithm(density: t.Expr) -> t.Expr:
    """The logarithm of a density; of a product of laws the sum, which leaves each variable to itself."""
    if isinstance(density, t.Mul):
        return logarithm(density.left) + logarithm(density.right)
    return t.Call("log", (density,))


def _aligned(law: t.Law, like: t.Law) -> t.Law:
    """The law with its generated variables named as those of another law."""
    if len(law.generated) != len(like.generated):
        raise Unsupported("a divergence of laws that generate different variables")
    density = law.density
    for old, new in zip(law.generated, like.generated, strict=True):
        if old.name != new.name:
            if new.name in free_names(density):
                raise Unsupported(f"a divergence in which {new.name} is generated on one side and given on the other")
            density = substitute(density, old.name, new)
    return t.Law(density, like.generated)


# --- expectations ----------------------------------------------------------------------------------------------------


def expectation(law: t.Law, body: t.Expr, scope: Scope) -> Any:
    """The integral of density times body; each term of the body against the factors of the law that it depends on."""
    names = [variable.name for variable in law.generated]
    if len(names) == 1:
        require_law(law, scope)
        if isinstance(law.density, t.Named) and is_nested(body, frozenset(names)):
            return means({names[0]: law.density}, body, scope, _against)
        return _against(law.density, body, names[0], scope)
    factors: dict[str, t.Named] = {}
    multiple: Any = fmpq(1)
    for factor in _factors(law.density):
        if not free_names(factor) & set(names):
            multiple = multiple * compile_expr(factor, scope)
            continue
        if not isinstance(factor, t.Named) or factor.variable.name in factors:
            raise Unsupported("a joint law that is not a product of named laws, one a variable")
        factors[factor.variable.name] = factor
    if set(factors) != set(names):
        raise Unsupported("a joint law that does not generate each of its variables once")
    _check_acyclic(factors)
    if not multiple == 1:
        if multiple < 1 or multiple > 1:
            words = f"{to_text(law.density)}, as a law of {', '.join(names)}, integrates to"
            raise Meaningless(f"{words} {arb(multiple).str(8, radius=False)}, not 1")
        raise Unsupported("a joint law that is not certainly normalised")
    if is_nested(body, frozenset(names)):
        return means(factors, body, scope, _against)
    return _joint(factors, body, scope)


def _joint(factors: dict[str, t.Named], body: t.Expr, scope: Scope) -> Any:
    # Factors that neither the term nor a remaining factor depends on integrate to one.
    needed = free_names(body) & set(factors)
    while True:
        more = {n for name in needed for p in factors[name].parameters for n in free_names(p)} & set(factors)
        if more <= needed:
            break
        needed |= more
    if not needed:
        return compile_expr(body, scope)
    if len(needed) == 1:
        (name,) = needed
        return _against(factors[name], body, name, scope)
    match body:
        case t.Add(left, right):
            return _joint(factors, left, scope) + _joint(factors, right, scope)
        case t.Sub(left, right):
            return _joint(factors, left, scope) - _joint(factors, right, scope)
        case t.Neg(operand):
            return -_joint(factors, operand, scope)
        case t.Mul(left, right) if not free_names(left) & set(factors):
            return compile_expr(left, scope) * _joint(factors, right, scope)
        case t.Mul(left, right) | t.Div(left, right) if not free_names(right) & set(factors):
            other = compile_expr(right, scope)
            if isinstance(body, t.Div) and other == 0:
                raise Undefined("a division by zero")
            return (operator.mul if isinstance(body, t.Mul) else operator.truediv)(_joint(factors, left, scope), other)
        case _:
            return means({name: factors[name] for name in needed}, body, scope, _against)


def _factors(density: t.Expr) -> Iterator[t.Expr]:
    if isinstance(density, t.Mul):
        yield from _factors(density.left)
        yield from _factors(density.right)
    else:
        yield density


def _check_acyclic(factors: dict[str, t.Named]) -> None:
    parents = {
        name: frozenset().union(*(free_names(p) for p in factor.parameters)) & set(factors)
        for name, factor in factors.items()
    }
    done: set[str] = set()
    while len(done) < len(parents):
        ready = {name for name, given in parents.items() if name not in done and given <= done}
        if not ready:
            raise Unsupported("a joint law whose factors depend on one another in a cycle")
        done |= ready


def _normalized(density: t.Expr, name: str) -> bool:
    """Whether it is one named law of the variable, which integrates to one by what it is."""
    return (
        isinstance(density, t.Named)
        and density.variable.name == name
        and all(name not in free_names(p) for p in density.parameters)
    )


def require_law(law: t.Law, scope: Scope) -> None:
    """Refuse a density of one variable that does not integrate to one; products of named laws do."""
    if len(law.generated) == 1 and not _normalized(law.density, law.generated[0].name):
        _check_normalized(law.density, law.generated[0].name, scope)


def _check_normalized(density: t.Expr, name: str, scope: Scope) -> None:
    if not _nonnegative(density, scope):
        _refuse_negative(density, name, scope)
        raise Unsupported("a law whose density is not certainly non-negative")
    total = arb(_against(density, t.Number(1), name, scope))  # type: ignore[arg-type]
    if total.is_finite() and not total.contains(1):
        raise Meaningless(f"{to_text(density)}, as a law of {name}, integrates to {total.str(8, radius=False)}, not 1")


def _refuse_negative(density: t.Expr, name: str, scope: Scope) -> None:
    """Raise `Meaningless` where the density is certainly negative at one of a few points."""
    for point in _PROBES:
        try:
            value = compile_expr(density, replace(scope, values={**scope.values, name: point}))
        except (Undefined, EnclosureError):
            continue
        if is_constant(value) and value < 0:
            raise Meaningless(f"{to_text(density)}, as a law of {name}, is negative where {name} = {point}")


def _nonnegative(expr: t.Expr, scope: Scope) -> bool:
    match expr:
        case t.Named() | t.Call("exp"):
            return True
        case t.Add(left, right) | t.Mul(left, right) | t.Div(left, right):
            return _nonnegative(left, scope) and _nonnegative(right, scope)
        case _:
            if any(isinstance(node, (t.Named, t.Variable)) for node in t.walk(expr)):
                return False
            number = compile_expr(expr, scope)
            return is_constant(number) and bool(number >= 0)


# --- integrals of one variable ---------------------------------------------------------------------------------------


def _against(density: t.Expr, body: t.Expr, name: str, scope: Scope) -> Any:
    """The integral of density times body over the line; a mixture is integrated law by law, each on its own scale."""
    match density:
        case t.Add(left, right):
            return _against(left, body, name, scope) + _against(right, body, name, scope)
        case t.Mul(weight, law) if name not in free_names(weight):
            return compile_expr(weight, scope) * _against(law, body, name, scope)
        case t.Mul(law, weight) if name not in free_names(weight):
            return compile_expr(weight, scope) * _against(law, body, name, scope)
        case t.Div(law, weight) if name not in free_names(weight):
            divisor = compile_expr(weight, scope)
            if divisor == 0:
                raise Undefined("a division by zero")
            return _against(law, body, name, scope) / divisor
        case _:
            return _line(density, body, name, scope)


def _integral(name: str, body: t.Expr, counting: bool, scope: Scope) -> Any:
    match body:
        case t.Add(left, right):
            return _integral(name, left, counting, scope) + _integral(name, right, counting, scope)
        case t.Sub(left, right):
            return _integral(name, left, counting, scope) - _integral(name, right, counting, scope)
        case t.Neg(operand):
            return -_integral(name, operand, counting, scope)
    changed = change_of_variables(name, body, scope)
    if changed is not None:
        return expectation(*changed, scope)
    # Against a law in the integrand there are bounds on what is left out, or a better variable.
    factors = list(_factors(body))
    for i, factor in enumerate(factors):
        if isinstance(factor, t.Named) and factor.law in LAWS and _normalized(factor, name):
            if LAWS[factor.law].counted != counting:
                raise Unsupported(f"an integral of the law {factor.law} where a sum is meant, or the other way round")
            return _line(factor, reduce(operator.mul, [*factors[:i], *factors[i + 1 :]], ONE), name, scope)
    if counting:
        raise Unsupported("a sum without a law under it that says how fast its terms fall")
    return _line(ONE, body, name, scope)


def _line(density: t.Expr, body: t.Expr, name: str, scope: Scope) -> Any:
    """The integral over the line, piece by piece between jumps and kinks; the sum, under a counted law."""
    if counted(density):
        assert isinstance(density, t.Named)
        return mean(density, body, scope)
    for node in t.walk(density * body):
        if counted(node) and isinstance(node, t.Named) and node.variable.name == name:
            raise Unsupported(f"an integral over a variable that {node.law} counts")
    whole = scope.under(name)
    ends = [None, *_breaks(density * body, whole), None]
    origin = LAWS[density.law].origin if isinstance(density, t.Named) and density.law in LAWS else None
    if origin is None:
        center, spread = _unit(density * body, name, whole)
    else:
        assert isinstance(density, t.Named)
        check_parameters(density, whole)
        center, spread = (compile_expr(e, whole) for e in LAWS[density.law].unit(*density.parameters))
    total: Any = fmpq(0)
    for low, high in pairwise(ends):
        piece = scope.under(name, (low, high))
        weight = compile_expr(density, piece)
        if is_zero(weight):
            continue
        value = compile_expr(body, piece)
        if origin is not None:
            assert isinstance(density, t.Named)
            integrand, low, high = through(origin, density, value, piece)
        else:
            integrand = _times(weight, value)
        if not is_constant(integrand):
            total += integrate(integrand, low, high, bits=scope.bits, center=center, scale=spread)
        elif not is_zero(integrand):
            if low is None or high is None:
                raise Undefined("the integral of a constant over an infinite range")
            total += integrand * (high - low)
    return total


def _times(weight: Compiled, body: Compiled) -> Compiled:
    if is_constant(weight) and is_constant(body):
        return weight * body
    if is_constant(weight):
        return lambda x, ns: weight * body(x, ns)
    if is_constant(body):
        return lambda x, ns: weight(x, ns) * body
    return lambda x, ns: weight(x, ns) * body(x, ns)


def _unit(expr: t.Expr, name: str, scope: Scope) -> tuple[Any, Any]:
    """Where the first law of the variable lives, else (0, 1); any answer is sound, a good one is fast."""
    for node in t.walk(expr):
        if isinstance(node, t.Named) and node.law != "Uniform" and node.variable.name == name:
            known = LAWS.get(node.law)
            unit = known.unit(*node.parameters) if known is not None else node.parameters
            location, spread = (compile_expr(part, scope) for part in unit)
            if is_constant(location) and is_constant(spread):
                positive_parameter(node.law, spread)
                return location, arb(spread).sqrt() if node.law == "N" else spread
    return fmpq(0), fmpq(1)


def _breaks(expr: t.Expr, scope: Scope) -> list[Any]:
    """The points between which the integrand is smooth, in order, without repetitions."""
    points: list[Any] = []
    for node in t.walk(expr):
        if isinstance(node, t.Named) and node.variable.name == scope.variable:
            points.extend(end for end in support(node, scope) if end is not None)
            if node.law in LAWS:
                points.extend(_breaks(log_density(node), scope))
        elif isinstance(node, t.Indicator):
            points.extend(_zeros(node.left - node.right, scope))
        elif isinstance(node, t.Call) and node.function in ("abs", "min", "max"):
            points.extend(_zeros(kink(node.arguments), scope))
        elif isinstance(node, t.Call) and node.function in ("log", "log2"):
            points.extend(_zeros(_root(node.arguments[0], scope), scope))
    return reduce(_insert, points, [])


def _root(expr: t.Expr, scope: Scope) -> t.Expr:
    """What vanishes where a power of an expression does, or a multiple of one: there its logarithm is infinite."""
    match expr:
        case t.Pow(base):
            return _root(base, scope)
        case t.Mul(left, right) if scope.variable not in free_names(left):
            return _root(right, scope)
        case t.Mul(left, right) | t.Div(left, right) if scope.variable not in free_names(right):
            return _root(left, scope)
    return expr


def _zeros(expr: t.Expr, scope: Scope) -> list[Any]:
    """Where an expression that is affine in the variable vanishes."""
    line = affine(expr, scope)
    return [] if line is None or is_zero(line[1]) else [-line[0] / line[1]]


def _insert(ordered: list[Any], point: Any) -> list[Any]:
    for i, other in enumerate(ordered):
        if point is other or (isinstance(point, fmpq) and isinstance(other, fmpq) and point == other):
            return ordered
        if point < other:
            return [*ordered[:i], point, *ordered[i:]]
        if not point > other:
            raise Unsupported("kinks of an integrand whose order is not certain")
    return [*ordered, point]
