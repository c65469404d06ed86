"""Whether the trace of a function and an expression are the same, symbolically; never trusted alone.

A trace has cases where the code branches, and largest values where it guards against overflow. It is the same as an
expression if that holds in every case, whatever the condition, and whatever number stands for the largest value.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import sympy as sp
from sympy.core.relational import Relational

from proofs.provers.symbolic import equal

MAX_CONDITIONS = 6


def same(trace: sp.Expr, expr: sp.Expr) -> bool:
    """Whether trace and expression are equal in every case of the trace.

    >>> x, y = sp.symbols("x y", real=True)
    >>> top = sp.Max(x, y)
    >>> same(top + sp.log(sp.exp(x - top) + sp.exp(y - top)), sp.log(sp.exp(x) + sp.exp(y)))
    True
    """
    trace, expr = _any_largest(trace, expr)
    cases = list(_cases(trace))
    return bool(cases) and all(_equal_logs(case - expr) or equal(case, expr) for case in cases)


def _any_largest(*exprs: sp.Expr) -> list[sp.Expr]:
    found = set().union(*(expr.atoms(sp.Max, sp.Min) for expr in exprs))
    numbers = {extreme: sp.Dummy("extreme", real=True) for extreme in found}
    return [expr.xreplace(numbers) for expr in exprs]


def _cases(expr: sp.Expr) -> Iterator[sp.Expr]:
    """The expression with every condition true or false, in all combinations; none where there are too many."""
    conditions = {
        atom for case in expr.atoms(sp.Piecewise) for _, condition in case.args for atom in condition.atoms(Relational)
    }
    if len(conditions) > MAX_CONDITIONS:
        return
    for values in product((sp.true, sp.false), repeat=len(conditions)):
        yield expr.xreplace(dict(zip(conditions, values, strict=True)))


def _equal_logs(difference: sp.Expr) -> bool:
    """Whether a combination of logarithms with rational coefficients vanishes.

    Each logarithm is split into those of irreducible factors; then every coefficient has to vanish, and the rest.
    """

    def split(argument: sp.Expr) -> sp.Expr:
        return sp.expand_log(sp.log(sp.factor(sp.together(sp.expand_power_exp(argument)))))

    divided = sp.expand_power_exp(difference).replace(sp.log, split)
    numbers = {log: sp.Dummy("log") for log in divided.atoms(sp.log)}
    linear = divided.xreplace(numbers)
    coefficients = [sp.diff(linear, number) for number in numbers.values()]
    if any(coefficient.has(*numbers.values()) for coefficient in coefficients):
        return False
    rest = linear.xreplace({number: sp.Integer(0) for number in numbers.values()})
    return all(sp.cancel(sp.together(part)) == 0 for part in (rest, *coefficients))
