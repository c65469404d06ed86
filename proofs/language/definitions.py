"""Definitions and index sums written out, so that interpreters meet neither."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import cast

from proofs.language.binding import copies_under, copy, free_variables, index_values, is_copy, substitute
from proofs.language.errors import ClaimError
from proofs.language.tree import (
    Add,
    Chain,
    Claim,
    Copies,
    Definition,
    Div,
    Expectation,
    Expr,
    IndexSum,
    Mul,
    Node,
    Number,
    Pushforward,
    Step,
    Symbol,
    Use,
    Variable,
    children,
    rebuild,
)

MAX_NODES = 20_000
MAX_DEPTH = 150
MAX_TERMS = 64
_TOO_LARGE = f"with its definitions written out the claim has more than {MAX_NODES} parts or {MAX_DEPTH} levels"


def expand(claim: Claim) -> Claim:
    """The claim with every definition written out, and every index sum whose number of terms is known.

    A definition's arguments are substituted without capture. Names in its body that are not its arguments are those
    of the place where it is used: with ``let w(z) = p(x,z)/q(z|x)``, ``E_{r(x)}[w(z)]`` binds the x of w.

    Raises:
        ClaimError: the claim becomes too large, or a mean has no terms.

    >>> from proofs.language import read, to_text
    >>> claim = read("let w(z) = p(x,z)/q(z|x)\\nE_{z_1, z_2 ~ q(z|x)}[log mean_{i=1..2}[w(z_i)]] <= log p(x)")
    >>> to_text(expand(claim).steps[0].left)
    'E_{z_1, z_2 ~ q(z|x)}[log((p(x, z_1)/q(z_1|x) + p(x, z_2)/q(z_2|x))/2)]'
    """
    expander = Expander(claim.definitions)
    chains = tuple(Chain(tuple(map(expander.step, chain.steps))) for chain in claim.chains)
    assumptions = tuple(map(expander.step, claim.assumptions))
    declarations = tuple(
        cast(Pushforward, expander.whole(d)) if isinstance(d, Pushforward) else d for d in claim.declarations
    )
    return Claim(declarations, (), chains, claim.source, assumptions)


class Expander:
    """Bodies of definitions, expanded; and sizes of what is shared, so that a hostile claim is refused unbuilt."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self.parameters: dict[str, tuple[Variable, ...]] = {}
        self.bodies: dict[str, Expr] = {}
        self.sizes: dict[int, tuple[int, int, Node]] = {}  # by identity; the node is held so that it stays its own
        for definition in definitions:
            self.parameters[definition.name] = (*definition.generated, *definition.given)
            self.bodies[definition.name] = self.expression(definition.body)

    def step(self, step: Step) -> Step:
        left, right = self.expression(step.left), self.expression(step.right)
        for side in (left, right):
            _check_copies(side, ())
        return Step(left, step.relation, right, step.reason, step.line)

    def whole(self, node: Node) -> Node:
        return self._checked(self._expand(node))

    def expression(self, node: Expr) -> Expr:
        return cast(Expr, self.whole(node))

    def _expand(self, node: Node) -> Node:
        if isinstance(node, Use):
            arguments = [self.expression(argument) for argument in (*node.generated, *node.given)]
            parameters = self.parameters[node.name]
            return self._checked(
                substitute(self.bodies[node.name], dict(zip(parameters, arguments, strict=True)))
                if parameters
                else self.bodies[node.name]
            )
        if isinstance(node, IndexSum):
            return self._checked(self._terms(node))
        return rebuild(node, self._expand)

    def _terms(self, node: IndexSum) -> Expr:
        body = self.expression(node.body)
        values = index_values(node)
        if values is None:
            return IndexSum(node.kind, node.index, node.low, node.high, body)
        if len(values) > MAX_TERMS:
            raise ClaimError(f"an index sum has at most {MAX_TERMS} terms")
        if len(values) * self._size(body)[0] > MAX_NODES:
            raise ClaimError(_TOO_LARGE)
        terms = []
        for value in values:
            replacements: dict[Variable | Symbol, Expr] = {v: copy(v, node.index, value) for v in free_variables(body)}
            replacements[Symbol(node.index)] = _number(value)
            terms.append(substitute(body, replacements))
        if not terms:
            if node.kind == "mean":
                raise ClaimError(f"the mean over {node.index} has no terms")
            return _number(0 if node.kind == "sum" else 1)
        total = terms[0]
        for term in terms[1:]:
            total = Mul(total, term) if node.kind == "prod" else Add(total, term)
        return Div(total, _number(len(terms))) if node.kind == "mean" and len(terms) > 1 else total

    def _checked(self, node: Node) -> Node:
        size, depth, _ = self._size(node)
        if size > MAX_NODES or depth > MAX_DEPTH:
            raise ClaimError(_TOO_LARGE)
        return node

    def _size(self, node: Node) -> tuple[int, int, Node]:
        known = self.sizes.get(id(node))
        if known is None:
            below = [self._size(child) for child in children(node)]
            size = 1 + sum(part[0] for part in below)
            depth = 1 + max((part[1] for part in below), default=0)
            known = self.sizes[id(node)] = (size, depth, node)
        return known


def _check_copies(node: Node, drawn: tuple[Copies, ...]) -> None:
    """Each copy ``z_i`` under an index with a symbolic end is drawn by an expectation around it."""
    if isinstance(node, IndexSum):
        for variable in free_variables(node.body):
            if variable.name.endswith(f"_{node.index}") and not any(is_copy(variable, copies) for copies in drawn):
                message = f"`{variable.name}` is a copy that no `E_{{z_1..z_k ~ q(z|x)}}` around it draws"
                raise ClaimError(message)
    if isinstance(node, Expectation):
        copies = copies_under(node.law)
        drawn = drawn if copies is None else (*drawn, copies)
    for child in children(node):
        _check_copies(child, drawn)


def _number(value: int) -> Number:
    return Number(Fraction(value), str(value))
