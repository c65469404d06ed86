"""``for k in 1..4``: the rest of a block, written out for each value of k before any name is resolved."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TypeVar, cast

from proofs.language import surface as s
from proofs.language.errors import ClaimError
from proofs.language.limits import check_size
from proofs.language.names import instantiate
from proofs.language.tree import Node, rebuild, walk

MAX_VALUES = 64
_REACH = 8  # `L_{k+1}` may reach this far beyond the loop's last value
_NUMBERED = re.compile(r"(.+)_(\d{1,4})$")

S = TypeVar("S", bound=s.Surface)


def unroll(statements: tuple[s.Statement, ...], source: str) -> tuple[s.Statement, ...]:
    """The statements without loops, and with `let L = a >= b` split into the definition and the chain from L.

    A definition below ``for k in 1..4`` that mentions k becomes one definition for each k: ``let L = ...`` is
    ``L_1``, ``L_2``, ...; ``let L_k = ...`` is made wherever ``L_2`` or ``L_{k+1}`` asks for it. A loop below another
    one is written out first, for it is claimed for each value of the one above it.

    Raises:
        ClaimError: the values are not small whole numbers, two loops have one index, or an index is left over.
    """
    split = [part for statement in statements for part in _split(statement)]
    loops = [(place, statement) for place, statement in enumerate(split) if isinstance(statement, s.Loop)]
    for outer, (_, loop) in enumerate(loops):
        if any(other.name == loop.name for _, other in loops[:outer]):
            raise ClaimError(f"`{loop.name}` is the index of the loop above", source=source, offset=loop.at)
    for place, loop in reversed(loops):
        split[place:] = _Unrolled(loop, split[place + 1 :], source).statements
        check_size(split, source)
    for statement in split:
        nodes = list(walk(statement))
        ends = {id(node.last) for node in nodes if isinstance(node, s.Span)}  # `z_1..z_{k+1}` is read later
        for node in nodes:
            if isinstance(node, s.Name | s.Application | s.Where) and "{" in node.name and id(node) not in ends:
                raise ClaimError(
                    f"the index of `{node.name}` is not one of a `for` above", source=source, offset=node.at
                )
    return tuple(split)


def _split(statement: s.Statement) -> list[s.Statement]:
    if isinstance(statement, s.Let) and statement.steps:
        chain = s.ChainStatement(statement.head.at, statement.head, statement.steps)
        return [replace(statement, steps=()), chain]
    return [statement]


class _Unrolled:
    """The statements below one loop, instantiated in `statements`."""

    def __init__(self, loop: s.Loop, below: list[s.Statement], source: str) -> None:
        self.index = loop.name
        self.source = source
        self.values = self._values(loop)
        self.statements: list[s.Statement] = []
        self.plain: set[str] = set()  # `let L = ...` and `vector mu in R^k` that mention k, by name
        self.vectors: set[str] = set()  # those whose coordinates are named after them
        self.numbered: dict[str, s.Let] = {}  # `let L_k = ...`, by the name before the subscript
        self.made: set[tuple[str, int]] = set()
        repeated = [statement for statement in below if self._register(statement)]
        for value in self.values:
            for statement in repeated:
                self._emit(statement, value)

    def _values(self, loop: s.Loop) -> list[int]:
        values: list[int] = []
        for piece in loop.values:
            ends = (piece.first, piece.last) if isinstance(piece, s.Span) else (piece, piece)
            low, high = (self._whole(end) for end in ends)
            if low > high:
                message = f"a loop runs upwards; this one runs from {low} to {high}"
                raise ClaimError(message, source=self.source, offset=piece.at)
            if len(values) + high - low >= MAX_VALUES:
                message = f"a loop runs over at most {MAX_VALUES} values"
                raise ClaimError(message, source=self.source, offset=piece.at)
            values.extend(range(low, high + 1))
        if len(set(values)) < len(values):
            raise ClaimError("a value stands twice in the list of the loop", source=self.source, offset=loop.at)
        return values

    def _whole(self, end: s.Surface) -> int:
        if not isinstance(end, s.Numeral) or not end.text.isdigit():
            message = "a loop runs over whole numbers, as in `for k in 1..4` or `for k in 1, 2, 4`"
            raise ClaimError(message, source=self.source, offset=end.at)
        return int(end.text[:9])

    def _register(self, statement: s.Statement) -> bool:
        """Note what depends on the index; whether the statement is to be emitted for each value."""
        heads = statement.heads if isinstance(statement, s.Declare | s.Space) else ()
        for head in (statement.head,) if isinstance(statement, s.Let) else heads:
            if head.name == self.index:
                raise ClaimError(f"`{self.index}` is the index of the loop above", source=self.source, offset=head.at)
        sized_above = isinstance(statement, s.Space) and statement.dimension is None and bool(self.vectors)
        if not sized_above and not any(self._mentions(node) for node in walk(statement)):
            self.statements.append(statement)
            return False
        if isinstance(statement, s.Space):
            self.vectors.update(head.name for head in statement.heads)
            self.plain |= self.vectors
        if isinstance(statement, s.Let) and statement.where is None:
            name = statement.head.name
            if name.endswith(f"_{self.index}"):
                self.numbered[name.removesuffix(f"_{self.index}")] = statement
                return False
            self.plain.add(name)
        return True

    def _mentions(self, node: Node) -> bool:
        if not isinstance(node, s.Name | s.Application | s.Where):
            return False
        name = node.name
        known = name in self.plain or self._vector_of(name) != ""
        return name == self.index or known or instantiate(name, self.index, 0) != name

    def _vector_of(self, name: str) -> str:
        """The vector or matrix of which it names an entry: ``mu`` for ``mu_i``."""
        base = name.rpartition("_")[0]
        return base if base in self.vectors or not base else self._vector_of(base)

    def _emit(self, statement: s.Statement, value: int) -> None:
        instance = self._instance(statement, value)
        for node in walk(instance):
            if isinstance(node, s.Name | s.Application):
                match = _NUMBERED.match(node.name)
                if match and match[1] in self.numbered:
                    self._make(match[1], int(match[2]))
        self.statements.append(instance)

    def _make(self, base: str, value: int) -> None:
        within = min(self.values) - _REACH <= value <= max(self.values) + _REACH
        if within and (base, value) not in self.made:
            self.made.add((base, value))
            self._emit(self.numbered[base], value)

    def _instance(self, node: S, value: int) -> S:
        changed = rebuild(node, lambda child: self._instance(cast(s.Surface, child), value))
        if isinstance(changed, s.Name) and changed.name == self.index:
            return cast(S, s.Numeral(changed.at, str(value)))
        if isinstance(changed, s.Name | s.Application | s.Where):
            name = changed.name
            renamed = f"{name}_{value}" if name in self.plain else instantiate(name, self.index, value)
            vector = self._vector_of(name)
            if vector and name not in self.plain:
                renamed = f"{vector}_{value}{renamed.removeprefix(vector)}"
            if "_-" in renamed:
                raise ClaimError(
                    f"{name} has a negative index at {self.index} = {value}", source=self.source, offset=node.at
                )
            changed = replace(changed, name=renamed)
        return cast(S, changed)
