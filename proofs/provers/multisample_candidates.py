"""Instances of the schema about copies, for every multi-sample bound that is written in a claim."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations

from proofs.kernel import Axiom, MultiSample
from proofs.language.tree import (
    Call,
    Copies,
    Expectation,
    Expr,
    IndexSum,
    Law,
    Node,
    Number,
    Variable,
    children,
    rebuild,
    walk,
)

ONE = Number(Fraction(1))


def multisample_candidates(sides: tuple[Expr, Expr]) -> Iterator[Axiom]:
    """Each bound against the limit, against a single copy, and against each other bound of the claim."""
    found = list(_bounds(sides))
    numbers = list(dict.fromkeys(number for *_, number in found))
    for outer, copy, density, weight, number in found:
        yield MultiSample(outer, copy, density, weight, number, None)
        yield MultiSample(outer, copy, density, weight, ONE, number)
        for fewer, more in permutations(numbers, 2):
            yield MultiSample(outer, copy, density, weight, fewer, more)


def _bounds(sides: tuple[Expr, Expr]) -> Iterator[tuple[Law | None, Variable, Expr, Expr, Expr]]:
    """Every ``E_{z_1..z_k ~ d}[.. log mean w(z_i) ..]``, with the law that it is averaged under where there is one."""
    stack: list[tuple[Node, Law | None]] = [(side, None) for side in sides]
    while stack:
        node, outer = stack.pop()
        if isinstance(node, Expectation) and isinstance(node.law.generated[0], Copies):
            copies, product = node.law.generated[0], node.law.density
            if isinstance(product, IndexSum):
                density = _single(product, copies)
                for mean in _means(node.body):
                    yield outer, copies.variable, density, _single(mean, copies), copies.high
            continue
        inner = node.law if isinstance(node, Expectation) else outer
        stack.extend((child, inner) for child in children(node))


def _means(body: Expr) -> Iterator[IndexSum]:
    for node in walk(body):
        if isinstance(node, Call) and node.function == "log":
            yield from (n for n in walk(node) if isinstance(n, IndexSum))


def _single(indexed: IndexSum, copies: Copies) -> Expr:
    """What stands under the index, at the copy itself."""
    name = f"{copies.variable.name}_{indexed.index}"

    def change(node: Node) -> Node:
        return copies.variable if isinstance(node, Variable) and node.name == name else rebuild(node, change)

    body = change(indexed.body)
    assert isinstance(body, Expr)
    return body
