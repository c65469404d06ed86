"""The value of a closed-form expression at a rational point, as a ball that certainly holds it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from flint import arb, ctx

from divergences.balls import UndefinedError
from divergences.enclosure import narrow
from divergences.tails import EnclosureError
from proofs.certifier.compile import compile_expr
from proofs.certifier.scope import Scope, Undefined, free_names, is_constant, rational
from proofs.language import tree as t
from proofs.outcome import Unsupported

DEFAULT_BITS = 53
MAX_PRECISION = 1024
SECONDS = 2.0  # of processor time, so that what is enclosed does not depend on what else the machine does


def enclose(
    expr: t.Expr,
    claim: t.Claim,
    values: Mapping[str, Fraction],
    *,
    bits: int = DEFAULT_BITS,
) -> arb:
    r"""A ball that certainly holds the value of an expression at a point.

    Expectations, divergences and entropies are integrated from their definitions; densities of transformed
    variables go through a numerical inverse. The precision is raised until the radius is at most
    :math:`2^{-bits}\max(|x|, 2^{-bits})`.

    Args:
        expr: an expanded expression without free families or functions.
        claim: the claim that it stands in, which declares its random variables.
        values: the free numbers and variables.
        bits: the accuracy asked for. No further precision is tried after `SECONDS`.

    Raises:
        Undefined: the expression certainly has no finite real value at this point.
        Unsupported: no enclosure, or none that is narrow enough.

    >>> from proofs.language import tree as t
    >>> x = t.Variable("x", "x")
    >>> claim = t.Claim((), (), ())
    >>> law = t.Law(t.Named("Normal", x, (t.Number(Fraction(1)), t.Number(Fraction(2)))), (x,))
    >>> enclose(t.Expectation(law, x**2), claim, {}).contains(5)
    True
    """
    try:
        names = free_names(expr)
        used = tuple(declared for declared in claim.pushforwards().values() if _uses(expr, declared.name))
        for declared in used:
            names |= free_names(declared.transform) | free_names(declared.law)
        point = tuple(sorted((name, value) for name, value in values.items() if name in names))
        found = _enclose(expr, used, point, bits)
    except RecursionError:
        raise Unsupported("the expression is nested too deeply") from None
    if isinstance(found, Unsupported):
        raise type(found)(*found.args)
    return found


def _uses(expr: t.Expr, name: str) -> bool:
    return any(isinstance(node, t.PushforwardDensity) and node.name == name for node in t.walk(expr))


@lru_cache(maxsize=4096)
def _enclose(
    expr: t.Expr,
    pushforwards: tuple[t.Pushforward, ...],
    point: tuple[tuple[str, Fraction], ...],
    bits: int,
) -> arb | Unsupported:
    """The ball, or why there is none; remembered, since neighbouring steps share expressions and points."""
    values = {name: rational(value) for name, value in point}
    declared = {pushforward.name: pushforward for pushforward in pushforwards}
    deadline = time.thread_time() + SECONDS

    def compute() -> arb:
        if time.thread_time() > deadline:
            raise Unsupported(f"no enclosure as narrow as 2^-{bits} within {SECONDS} s")
        # The bits between the working precision and what is asked of integrals absorb the integrands' rounding.
        compiled = compile_expr(expr, Scope(values, declared, bits=ctx.prec - 36))
        assert is_constant(compiled)
        return arb(compiled)

    try:
        return narrow(compute, bits=bits, cap=MAX_PRECISION)
    except Unsupported as error:
        return error.with_traceback(None)
    except UndefinedError as error:
        return Undefined(str(error))
    except EnclosureError as error:
        return Unsupported(str(error))
