"""What a function is called with to be traced: its parameters by the names of a claim, arrays entry by entry.

A parameter ``std_q`` takes what the claim calls ``std_q``: a free number, a variable, or a definition
(``let std_q = exp(logvar_q/2)``). Names with indices fill an array: ``mean_q_1``, ``mean_q_2`` are the entries of a
vector, ``cov_q_11``, ``cov_q_12``, ``cov_q_22`` those of a matrix, which is symmetric where the claim names only one
of two opposite entries.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from proofs.certifier.scope import free_names
from proofs.language import expand
from proofs.language import tree as t
from proofs.outcome import Unsupported

#: An expression of the claim, or rows of them.
Argument = t.Expr | list[t.Expr] | list[list[t.Expr]]

_INDEX = re.compile(r"_(\d+)$")


def definitions(claim: t.Claim) -> dict[str, t.Expr]:
    """The numbers that a claim defines, written out."""
    named = [d.name for d in claim.definitions if not d.generated and not d.given]
    chains = tuple(t.Chain((t.Step(t.Use(name), "=", t.Use(name)),)) for name in named)
    expanded = expand(replace(claim, chains=chains))
    return {name: chain.steps[0].left for name, chain in zip(named, expanded.chains, strict=True)}


def bind(function: Callable[..., Any], helper: str, values: Mapping[str, Argument]) -> dict[str, Argument]:
    """The arguments that the names of a claim give to a function; its other parameters keep their defaults.

    Args:
        function: the function that is to be traced.
        helper: what the claim calls it.
        values: what each name of the claim stands for.

    Raises:
        Unsupported: a parameter without a default has no name, or an array has gaps.
    """
    found: dict[str, Argument] = {}
    for parameter in inspect.signature(function).parameters.values():
        name = parameter.name
        entries = {
            match[1]: value
            for key, value in values.items()
            if isinstance(value, t.Expr) and (match := _INDEX.search(key)) and key[: match.start()] == name
        }
        if name in values:
            found[name] = values[name]
        elif entries:
            found[name] = _vector(name, entries) if "1" in entries else _matrix(name, entries)
        elif parameter.default is parameter.empty:
            raise Unsupported(f"{helper} needs {name}, and nothing in the claim has that name")
        elif isinstance(parameter.default, float):
            found[name] = t.Number(Fraction(parameter.default))
    return found


def expressions(argument: Argument) -> list[t.Expr]:
    """The entries of an argument."""
    if isinstance(argument, list):
        return [entry for part in argument for entry in expressions(part)]
    return [argument]


def names_in(arguments: Mapping[str, Argument]) -> frozenset[str]:
    """The free names that arguments depend on."""
    return frozenset().union(*(free_names(entry) for argument in arguments.values() for entry in expressions(argument)))


def _vector(name: str, entries: Mapping[str, t.Expr]) -> list[t.Expr]:
    indices = [str(i) for i in range(1, len(entries) + 1)]
    missing = next((i for i in indices if i not in entries), None)
    if missing is not None:
        raise Unsupported(f"the claim names {len(entries)} entries of {name}, and {name}_{missing} is not one of them")
    return [entries[i] for i in indices]


def _matrix(name: str, entries: Mapping[str, t.Expr]) -> list[list[t.Expr]]:
    size = max(int(digit) for index in entries for digit in index)
    rows = [[entries.get(f"{i}{j}", entries.get(f"{j}{i}")) for j in range(1, size + 1)] for i in range(1, size + 1)]
    for i, row in enumerate(rows, 1):
        for j, entry in enumerate(row, 1):
            if entry is None:
                raise Unsupported(f"the claim names entries of the matrix {name}, and {name}_{i}{j} is not one of them")
    stray = next((index for index in entries if len(index) != 2 or "0" in index), None)
    if stray is not None:
        raise Unsupported(f"{name}_{stray} is no entry of a matrix; entries are named {name}_11, {name}_12, ...")
    return rows  # type: ignore[return-value]
