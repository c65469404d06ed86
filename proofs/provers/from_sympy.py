"""A sympy expression in free numbers, as a tree."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce

import sympy as sp

from proofs.language import tree as t

_FUNCTIONS: Mapping[type, str] = {sp.log: "log", sp.exp: "exp", sp.Abs: "abs", sp.loggamma: "lgamma"}


def to_tree(expr: sp.Expr, names: Mapping[sp.Expr, t.Expr]) -> t.Expr | None:
    """The tree; None where the expression is made of something else than numbers, names and elementary functions.

    >>> a = sp.Symbol("a")
    >>> from proofs.language import to_text
    >>> to_text(to_tree(sp.log(a) / 2 - a**2 + 1, {a: t.Symbol("a")}))
    'log(a)*0.5 + a^2*(-1) + 1'
    """
    if expr in names:
        return names[expr]
    if expr.is_Rational:
        return t.Number(Fraction(int(expr.p), int(expr.q)))
    if expr == sp.pi:
        return t.Constant("pi")
    parts = [to_tree(part, names) for part in expr.args]
    known = [part for part in parts if part is not None]
    if not parts or len(known) != len(parts):
        return None
    if isinstance(expr, sp.Add | sp.Mul):
        # sympy puts numbers first; a tree reads better with them last
        return reduce(t.Add if isinstance(expr, sp.Add) else t.Mul, known[1:] + known[:1])
    if isinstance(expr, sp.Pow) and expr.exp == sp.Rational(1, 2):
        return t.Call("sqrt", (known[0],))
    if isinstance(expr, sp.Pow):
        return t.Pow(known[0], known[1])
    name = _FUNCTIONS.get(type(expr))
    return None if name is None else t.Call(name, tuple(known))
