"""Integrals over a variable that is a function of a simpler one, taken over that one."""

from __future__ import annotations

from typing import Any

from flint import arb

from divergences.tails import EnclosureError
from proofs.certifier.compile import REALS, compile_expr, support
from proofs.certifier.laws import Origin
from proofs.certifier.scope import Compiled, Scope, is_constant, rational
from proofs.language import tree as t


def through(origin: Origin, law: t.Named, body: Compiled, piece: Scope) -> tuple[Compiled, Any, Any]:
    r"""The integrand in u and the ends of its range, for a cell of x = transform(u).

    :math:`\int_{cell} p(x)\, h(x)\, dx = \int p_u(u)\, h(x(u))\, du`, since p is by definition the density of x(u).
    """
    u = t.Variable(law.variable.name, law.variable.stem)
    scope = piece.under(law.variable.name)
    density = compile_expr(t.Call("exp", (origin.log_density(u, *law.parameters),)), scope)
    transform = compile_expr(origin.transform(u, *law.parameters), scope)
    inverse = compile_expr(origin.inverse(u, *law.parameters), scope)
    ends = support(law, scope)
    first = None if origin.low is None else rational(origin.low)
    extremes = (first, None) if origin.increasing else (None, first)

    def image(x: Any, end: Any, extreme: Any) -> Any:
        if x is None or (end is not None and x == end):
            return extreme
        value = arb(inverse(arb(x), REALS))
        if not value.is_finite():
            raise EnclosureError(f"the end of a range under {law.law} at this precision")
        return value

    low, high = (image(*each) for each in zip(piece.cell, ends, extremes, strict=True))

    def integrand(y: Any, ns: Any) -> Any:
        return density(y, ns) * (body if is_constant(body) else body(transform(y, ns), ns))

    return integrand, *((low, high) if origin.increasing else (high, low))
