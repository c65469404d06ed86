r"""Expectations under counted laws: finite sums term by term, infinite ones with a proved bound on what is left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flint import arb, fmpq

from divergences.balls import Tails
from divergences.enclosure import GrowthError
from divergences.tails import EnclosureError, Tail, identity
from proofs.certifier.compile import REALS, check_parameters, compile_expr, support
from proofs.certifier.laws import LAWS, Definition, definition
from proofs.certifier.scope import Scope, Undefined, is_constant
from proofs.language import tree as t
from proofs.outcome import Unsupported

MAX_FINITE = 1024
MAX_INFINITE = 4096


def counted(node: t.Node) -> bool:
    """Whether it is the density of a law of whole numbers."""
    return isinstance(node, t.Named) and node.law in LAWS and LAWS[node.law].counted


def mean(law: t.Named, body: t.Expr, scope: Scope) -> Any:
    r""":math:`\sum_k p(k)\, h(k)` for a counted law p, whose parameters do not depend on its variable.

    Raises:
        Undefined: where a term with positive probability has no finite value.
        Unsupported: where there are too many terms, or what is left out has no bound.
    """
    known = definition(law.law)
    inside = scope.under(law.variable.name)
    check_parameters(law, scope)
    low, high = support(law, inside)
    if high is not None:
        return _finite(law, body, low, high, scope)
    return _infinite(law, known, body, scope)


def _finite(law: t.Named, body: t.Expr, low: Any, high: Any, scope: Scope) -> Any:
    if not (isinstance(low, fmpq) and isinstance(high, fmpq) and low.q == high.q == 1):
        raise Unsupported(f"a sum over the support of {law.law}, whose ends are not exactly whole numbers")
    if high - low > MAX_FINITE:
        raise Unsupported(f"a sum of more than {MAX_FINITE} terms")
    name = law.variable.name
    if name in scope.outer or name == scope.variable:
        raise Unsupported(f"{name} names both a counted variable and one under an integral")
    total: Any = fmpq(0)
    for k in range(int(low.p), int(high.p) + 1):
        total += _at(law * body, name, k, scope)
    return total


def _at(expr: t.Expr, name: str, k: int, scope: Scope) -> Any:
    value = compile_expr(expr, replace(scope, values={**scope.values, name: fmpq(k)}))
    if not is_constant(value):
        raise Unsupported("a sum whose terms depend on a variable under an integral")
    return value


def _infinite(law: t.Named, known: Definition, body: t.Expr, scope: Scope) -> Any:
    """Terms 0..n exactly; beyond n, p(k) <= p(n) r^(k-n) for a ratio r < 1, and h grows like its bound there."""
    name = law.variable.name
    whole = scope.under(name, (fmpq(0), None), split=False)
    h = compile_expr(body, whole)
    p = compile_expr(law, whole)

    def term(k: int) -> Any:
        value = h if is_constant(h) else h(fmpq(k), REALS)
        return arb(p(fmpq(k), REALS)) * value

    middle = arb(compile_expr(known.unit(*law.parameters)[1], scope))
    if not middle < MAX_INFINITE / 2:
        raise Unsupported(f"a sum of more than {MAX_INFINITE} terms")
    n = 2 * int(float(middle.mid())) + scope.bits // 4 + 4
    total, done = arb(0), 0
    largest = arb(0)
    while n <= MAX_INFINITE:
        for k in range(done, n + 1):
            value = term(k)
            total += value
            largest = largest.max(abs(value).upper())
        done = n + 1
        try:
            left_out = _beyond(law, known, p, h, n, scope)
        except EnclosureError as error:
            if not total.is_finite():
                raise Undefined("a term of a sum has no finite value") from error
        else:
            if left_out < largest * arb(2) ** (-scope.bits - 8):
                return total + arb(0, left_out)
        n = n * 3 // 2
    raise GrowthError(f"a sum that does not end within {MAX_INFINITE} terms")


def _beyond(law: t.Named, known: Definition, p: Any, h: Any, n: int, scope: Scope) -> arb:
    r"""A bound on :math:`\sum_{k>n} p(k) |h(k)|`.

    The product of the two bounds decreases from n on (`Tail.integral` proves so), hence its sum over k > n is at most
    its integral from n to infinity.
    """
    assert known.ratio is not None
    start = fmpq(n)
    ratio = arb(compile_expr(known.ratio(t.as_expr(n), *law.parameters), scope)).upper()
    if not (0 < ratio and ratio < 1):
        raise EnclosureError("terms of a sum that do not decrease yet")
    first = arb(p(start, REALS)).upper()
    rate = ratio.log().upper()
    weight = Tail(start, log=(first.log().upper() - n * rate, rate))
    y = identity(start)
    return (weight * (h if is_constant(h) else h(y, Tails(start)))).integral()
