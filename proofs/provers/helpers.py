"""The code that ships, held against the expression that is proved: its trace on symbols has to be that expression."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from fractions import Fraction
from itertools import islice
from typing import Any

import sympy as sp

from divergences.balls import UndefinedError
from divergences.enclosure import evaluate
from divergences.tails import EnclosureError
from proofs.certifier import Undefined, enclose
from proofs.certifier.points import free_of, points
from proofs.certifier.scope import free_names
from proofs.certifier.sides import require_closed_form
from proofs.language import tree as t
from proofs.outcome import Counterexample, Proof, Unsupported
from proofs.provers.symbolic import BITS, POINTS, equal, symbols_of
from proofs.provers.to_sympy import convert

PACKAGES = ("divergences", "estimators", "flows")


def check_helper(claim: t.Claim, helper: str, *, num_points: int = POINTS) -> Proof | Counterexample | None:
    """Whether a public function computes the last expression of a claim's last chain of equalities.

    The function is called on symbols: each of its parameters that is named as a free number or variable of the
    claim gets that symbol, the others keep their defaults. So a claim about ``kl_gaussian`` is written with
    ``mean_q``, ``std_q``, ``mean_p`` and ``std_p``.

    Args:
        claim: the claim, expanded.
        helper: the dotted name of a public function of divergences, estimators or flows.
        num_points: how many points of the domain have to agree.

    Returns:
        A proof that the trace and the expression are equal, symbolically and by enclosures at every point; a
        counterexample, a point where they certainly differ (left is the helper's value); None where undecided.

    Raises:
        Unsupported: the expression is no closed form, or the function does not take its names or does not trace.
        ValueError: there is no such public function.

    >>> from proofs.language import expand, read
    >>> claim = expand(read("H(Normal(x; 0, std)) = log(std) + log(2*pi)/2 + 1/2"))
    >>> check_helper(claim, "divergences.entropy_gaussian").method
    'closed form'
    """
    function = public_function(helper)
    first, expr = equality_chain(claim)
    step = t.Step(first, "=", expr)  # the first expression's laws are part of what the names range over
    require_closed_form(step, claim)
    names = symbols_of(step, claim)
    trace = _trace(function, helper, names.symbols, free_names(expr))
    symbols = {symbol: name for name, symbol in names.symbols.items() if symbol in trace.free_symbols}
    symbolic = equal(trace, convert(expr, names))
    count, reason = 0, ""
    for point in islice(points(step, claim), 4 * num_points if free_of(step, claim) else 1):
        try:
            proved = enclose(expr, claim, point, bits=BITS)
            computed = evaluate(trace, {symbol: point[name] for symbol, name in symbols.items()}, bits=BITS)
        except Undefined as error:
            reason = str(error)
            continue
        except UndefinedError as error:
            raise Unsupported(f"{helper} has no value at {_show(point)}, where the expression has: {error}") from None
        except (EnclosureError, Unsupported) as error:
            reason = str(error)
            continue
        if not computed.overlaps(proved):
            details = f"left is the value of {helper}, right that of the expression"
            return Counterexample(
                "parameters", computed.str(15), proved.str(15), point, tries=count + 1, details=details
            )
        count += 1
        if count == num_points or not point:
            break
    else:
        raise Unsupported(reason or f"only {count} of {num_points} points of the domain have an enclosure")
    if not symbolic:
        return None
    return Proof(
        "closed form", details=f"the trace of {helper} is the proved expression; enclosures overlap at {count}"
    )


def public_function(helper: str) -> Callable[..., Any]:
    """The function of that name, of one of `PACKAGES`.

    Raises:
        ValueError: where there is none.
    """
    module, _, name = helper.rpartition(".")
    if module.split(".")[0] not in PACKAGES or any(part.startswith("_") for part in helper.split(".")):
        raise ValueError(f"helper must be a public function of {', '.join(PACKAGES)}, got {helper!r}")
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        raise ValueError(f"helper must be a public function of {', '.join(PACKAGES)}, got {helper!r}") from None
    if not callable(function):
        raise ValueError(f"helper must be a function, got {helper!r}")
    return function


def equality_chain(claim: t.Claim) -> tuple[t.Expr, t.Expr]:
    """The first and the last expression of the last chain that is made of equalities alone.

    Raises:
        Unsupported: where no chain is.
    """
    for chain in reversed(claim.chains):
        if chain.steps and all(step.relation == "=" for step in chain.steps):
            return chain.steps[0].left, chain.steps[-1].right
    raise Unsupported("a helper computes the last expression of a chain of equalities, and the claim has none")


def _trace(function: Callable[..., Any], helper: str, symbols: Any, free: frozenset[str]) -> sp.Expr:
    arguments: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name in symbols:
            arguments[parameter.name] = symbols[parameter.name]
        elif parameter.default is parameter.empty:
            raise Unsupported(f"{helper} needs {parameter.name}, and no free number of the claim has that name")
        elif isinstance(parameter.default, float):
            exact = Fraction(parameter.default)
            arguments[parameter.name] = sp.Rational(exact.numerator, exact.denominator)
    missing = sorted(free - arguments.keys())
    if missing:
        raise Unsupported(
            f"{helper} has no parameter {missing[0]}; its parameters have the names of the claim's numbers"
        )
    try:
        trace = function(**arguments)
    except (TypeError, ValueError) as error:
        raise Unsupported(f"{helper} does not run on symbols: {error}") from error
    if not isinstance(trace, sp.Expr):
        raise Unsupported(f"{helper} returns {type(trace).__name__} on symbols, not an expression")
    return trace


def _show(point: dict[str, Fraction]) -> str:
    return ", ".join(f"{name} = {number}" for name, number in point.items())
