"""The code that ships, held against the expression that is proved: its trace on symbols has to be that expression."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from fractions import Fraction
from functools import partial, reduce
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
from proofs.language import expand
from proofs.language import tree as t
from proofs.outcome import Counterexample, Proof, Unsupported
from proofs.provers.arguments import Argument, bind, definitions, expressions, names_in
from proofs.provers.outcomes import write_out
from proofs.provers.symbolic import BITS, POINTS, symbols_of
from proofs.provers.to_sympy import Names, convert
from proofs.provers.traces import same

PACKAGES = ("divergences", "estimators", "flows")

#: On how many points laws are written out.
OUTCOMES = 3

_PUBLIC = "[A-Za-z][A-Za-z0-9_]*"
_WORD = "[a-z][a-z0-9_]*"
_HELPER = re.compile(
    rf"^(?P<module>(?P<package>{_PUBLIC})(?:\.{_PUBLIC})*)\.(?P<name>{_PUBLIC})"
    rf"(?:\((?P<option>{_PUBLIC})=(?P<value>True|False|{_WORD})\))?$"
)


def check_helper(claim: t.Claim, helper: str, *, num_points: int = POINTS) -> Proof | Counterexample | None:
    """Whether a public function computes the last expression of a claim's last chain of equalities.

    The function is called on symbols: each of its parameters takes what the claim calls by its name
    (`proofs.provers.arguments`), the others keep their defaults. So a claim about ``kl_gaussian`` is written with
    ``mean_q``, ``std_q``, ``mean_p`` and ``std_p``; one about ``iwae_bound`` with ``log_weights_1``, ``log_weights_2``
    and so on. Where the expression sums over a counted variable, its families are laws on `OUTCOMES` points, and are
    the arguments.

    Args:
        claim: the claim, as it was read.
        helper: the dotted name of a public function of divergences, estimators or flows.
        num_points: how many points of the domain have to agree.

    Returns:
        A proof that the trace and the expression are equal, symbolically and by enclosures at every point; a
        counterexample, a point where they certainly differ (left is the helper's value); None where undecided.

    Raises:
        Unsupported: the expression is no closed form, or the function does not take its names or does not trace.
        ValueError: there is no such public function.

    >>> from proofs.language import read
    >>> claim = read("H(Normal(x; 0, std)) = log(std) + log(2*pi)/2 + 1/2")
    >>> check_helper(claim, "divergences.entropy_gaussian").method
    'closed form'
    """
    function = public_function(helper)
    numbers = definitions(claim)
    claim = expand(claim)
    chain = claim.chains[equality_chain(claim)]
    first, expr = chain.steps[0].left, chain.steps[-1].right
    laws: dict[str, list[t.Expr]] = {}
    if any(isinstance(node, t.Density) for node in t.walk(expr)):
        claim, expr, laws = write_out(expr, claim, OUTCOMES)
        first = expr
    free = {name: t.Symbol(name) for name in free_of(t.Step(first, "=", expr), claim)}
    arguments = bind(function, helper, {**free, **laws, **numbers})
    missing = sorted(free_names(expr) - names_in(arguments))
    if missing:
        raise Unsupported(f"{helper} takes nothing that depends on {missing[0]}")
    # What the names range over is said by the laws of the first expression, and by what the arguments are made of.
    entries = [entry for argument in arguments.values() for entry in expressions(argument)]
    step = t.Step(reduce(t.Add, entries, first), "=", expr)
    require_closed_form(step, claim)
    names = symbols_of(step, claim)
    trace = _trace(function, helper, {name: _convert(argument, names) for name, argument in arguments.items()})
    count = _enclosed(step, claim, trace, {symbol: name for name, symbol in names.symbols.items()}, helper, num_points)
    if isinstance(count, Counterexample):
        return count
    if not same(trace, convert(expr, names)):
        return None
    where = "at one point" if count == 1 else f"at {count} points"
    on = f" for laws on {OUTCOMES} points" if laws else ""
    return Proof("closed form", details=f"its trace is the last expression{on}; enclosures overlap {where}")


def _enclosed(
    step: t.Step, claim: t.Claim, trace: sp.Expr, symbols: dict[sp.Symbol, str], helper: str, num_points: int
) -> int | Counterexample:
    """At how many points the enclosures of the trace and of the step's right side overlap, or one where they do not."""
    count, reason = 0, ""
    needed = {symbol: name for symbol, name in symbols.items() if symbol in trace.free_symbols}
    for point in islice(points(step, claim), 4 * num_points if free_of(step, claim) else 1):
        try:
            proved = enclose(step.right, claim, point, bits=BITS)
            computed = evaluate(trace, {symbol: point[name] for symbol, name in needed.items()}, bits=BITS)
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
            return count
    raise Unsupported(reason or f"only {count} of {num_points} points of the domain have an enclosure")


def public_function(helper: str) -> Callable[..., Any]:
    """The function of that name, of one of `PACKAGES`, perhaps with an option set.

    ``kl_categorical(logits=True)`` sets one that is true or false, ``f_divergence(f=pearson)`` one that takes a
    word.

    Raises:
        ValueError: where there is none.
    """
    expected = f"helper must be a public function of {', '.join(PACKAGES)}, got {helper!r}"
    written = _HELPER.match(helper)
    if written is None or written["package"] not in PACKAGES:
        raise ValueError(expected)
    try:
        function = getattr(importlib.import_module(written["module"]), written["name"])
    except (ImportError, AttributeError):
        raise ValueError(expected) from None
    if not callable(function):
        raise ValueError(expected)
    option = written["option"]
    if option is None:
        return function
    parameter = inspect.signature(function).parameters.get(option)
    value = {"True": True, "False": False}.get(written["value"], written["value"])
    if isinstance(value, bool):
        if parameter is None or not isinstance(parameter.default, bool):
            raise ValueError(f"{written['name']} has no option {option} that is true or false, as {helper!r} sets it")
    elif parameter is None or "str" not in str(parameter.annotation):
        raise ValueError(f"{written['name']} has no option {option} that takes a word, as {helper!r} sets it")
    return partial(function, **{option: value})


def equality_chain(claim: t.Claim) -> int:
    """Which chain of a claim says what its helper computes: the last one that is made of equalities alone.

    Raises:
        Unsupported: where no chain is.
    """
    for index, chain in reversed(list(enumerate(claim.chains))):
        if chain.steps and all(step.relation == "=" for step in chain.steps):
            return index
    raise Unsupported("a helper computes the last expression of a chain of equalities, and the claim has none")


def _convert(argument: Argument, names: Names) -> Any:
    """The argument on symbols."""
    if isinstance(argument, list):
        return [_convert(entry, names) for entry in argument]
    return convert(argument, names)


def _trace(function: Callable[..., Any], helper: str, arguments: dict[str, Any]) -> sp.Expr:
    try:
        trace = function(**arguments)
    except (TypeError, ValueError) as error:
        raise Unsupported(f"{helper} does not run on symbols: {error}") from error
    if not isinstance(trace, sp.Expr):
        raise Unsupported(f"{helper} returns {type(trace).__name__} on symbols, not an expression")
    return trace


def _show(point: dict[str, Fraction]) -> str:
    return ", ".join(f"{name} = {number}" for name, number in point.items())
