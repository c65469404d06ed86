"""A step about any number of copies or of terms, at small numbers of them: one that fails refutes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import floor
from typing import Protocol, cast

from numpy.random import Generator

from proofs.language import ClaimError
from proofs.language import tree as t
from proofs.language.binding import free_symbols, index_values
from proofs.language.definitions import Expander
from proofs.outcome import Counterexample, Unsupported

_VALUES = 3  # of each number: 1, 2 and 3 copies, where one is the least
_INSTANCES = 9


class Refuter(Protocol):
    """A search for a counterexample to a step in which every number of copies is a numeral."""

    def __call__(self, claim: t.Claim, step: t.Step, /, *, rng: Generator, tries: int) -> Counterexample | None: ...


def refute(search: Refuter, claim: t.Claim, step: t.Step, *, rng: Generator, tries: int) -> Counterexample | None:
    """What the search finds; for a step with a symbolic number of copies or terms, what it finds at small numbers.

    Args:
        search: a refuter of steps without such numbers.
        claim: the claim, elaborated and expanded.
        step: one of its steps.
        rng: the source of randomness.
        tries: how many models to look at, over all instances.

    Returns:
        The counterexample, with the numbers among its values, or None.

    Raises:
        Unsupported: where the search supports no instance.
    """
    names = numbers_of(step)
    if not names:
        return search(claim, step, rng=rng, tries=tries)
    reason, supported = Unsupported("no small number of copies is in its domain"), False
    values = small_numbers(claim, names)
    for chosen in values:
        try:
            instance, written = instantiate(claim, step, chosen)
            found = search(instance, written, rng=rng, tries=max(1, tries // len(values)))
        except ClaimError as error:
            reason = Unsupported(str(error))
        except Unsupported as error:
            reason = error
        else:
            supported = True
            if found is not None:
                return replace(found, values={**chosen, **found.values})
    if not supported:
        raise reason
    return None


def numbers_of(step: t.Step) -> tuple[str, ...]:
    """The free numbers on which it depends how many copies or terms a step has."""
    found: dict[str, None] = {}
    for node in t.walk(step):
        if isinstance(node, (t.Copies, t.IndexSum)):
            found |= dict.fromkeys(sorted(free_symbols(node.low) | free_symbols(node.high)))
    return tuple(found)


def instantiate(claim: t.Claim, step: t.Step, values: dict[str, Fraction]) -> tuple[t.Claim, t.Step]:
    """The claim of one step, and that step, with its numbers of copies or terms replaced and written out.

    Raises:
        ClaimError: where what is written out is too large, or a mean has no terms.

    Example:
        >>> from proofs.language import expand, read, to_text
        >>> claim = expand(read("integer k >= 1\\nE_{z_1..z_k ~ q(z)}[mean_{i=1..k}[log q(z_i)]] = 0"))
        >>> to_text(instantiate(claim, claim.steps[0], {"k": Fraction(2)})[1].left)
        'E_{z_1, z_2 ~ q(z)}[(log q(z_1) + log q(z_2))/2]'
    """
    expander = Expander(())

    def change(node: t.Node) -> t.Node:
        if isinstance(node, t.Symbol) and node.name in values:
            return t.Number(values[node.name], str(values[node.name]))
        if isinstance(node, t.IndexSum) and node.index in values:  # another number of that name
            return replace(node, low=cast(t.Expr, change(node.low)), high=cast(t.Expr, change(node.high)))
        return t.rebuild(node, change)

    def written(node: t.Node) -> t.Node:
        if isinstance(node, t.Law) and isinstance(node.generated[0], t.Copies):
            return t.Law(cast(t.Expr, written(node.density)), tuple(_drawn(node.generated[0])))
        return t.rebuild(node, written)

    def instance(each: t.Step) -> t.Step:
        left, right = (cast(t.Expr, written(expander.whole(change(side)))) for side in (each.left, each.right))
        return replace(each, left=left, right=right)

    step = instance(step)
    declarations = tuple(d for d in claim.declarations if not (isinstance(d, t.Scalar) and d.name in values))
    assumptions = tuple(map(instance, claim.assumptions))
    return replace(claim, declarations=declarations, chains=(t.Chain((step,)),), assumptions=assumptions), step


def _drawn(copies: t.Copies) -> Iterator[t.Variable]:
    """``z_low .. z_high`` one by one."""
    indices = t.IndexSum("sum", "i", copies.low, copies.high, t.Number(Fraction(0)))
    for value in index_values(indices) or ():
        yield t.Variable(f"{copies.variable.name}_{value}", copies.variable.stem)


def small_numbers(claim: t.Claim, names: tuple[str, ...]) -> list[dict[str, Fraction]]:
    """The smallest admissible values of the numbers, the smallest sums first."""
    ranges = []
    for name in names:
        declared = claim.scalars().get(name)
        if declared is None or not declared.integer:
            raise Unsupported(f"{name}, a number of copies or terms, is not declared an integer")
        first = 1 if declared.low is None else max(1, floor(declared.low) + int(not _belongs(declared)))
        last = first + _VALUES - 1 if declared.high is None else min(first + _VALUES - 1, floor(declared.high))
        ranges.append([Fraction(n) for n in range(first, last + 1) if n != declared.high or declared.closed[1]])
    smallest = sorted(product(*ranges), key=lambda values: (sum(values), values))[:_INSTANCES]
    return [dict(zip(names, values, strict=True)) for values in smallest]


def _belongs(declared: t.Scalar) -> bool:
    """Whether the lower end is a whole number of the domain."""
    return declared.low is not None and declared.low.denominator == 1 and declared.closed[0]
