"""The names of a block by what they are, and the declarations that say so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from proofs.language import surface as s
from proofs.language.errors import ClaimError
from proofs.language.laws import LAWS
from proofs.language.names import copies, stem
from proofs.language.tree import FUNCTIONS, Convex, Family, Function, Scalar

CONSTANTS = ("pi", "oo")
ENTROPY = "H"
INFORMATION = "I_"
_FIRST = re.compile(r"(?P<base>.+)_(?P<low>\d{1,3})")
_LAST = re.compile(r"(?P<base>.+)_(?:(?P<plain>[^\W\d_]+)|\{(?P<shifted>[^\W\d_]+)(?P<shift>[-+]\d{1,3})\})")
LAW_BINDERS = ("E", "Var", "Cov", "P")
_DECLARABLE = ("density", "function", "convex function", "definition", "random variable", "number")


@dataclass
class Names:
    """The names of a block, by what they are."""

    source: str
    families: dict[str, Family] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    convex: dict[str, Convex] = field(default_factory=dict)
    scalars: dict[str, Scalar] = field(default_factory=dict)
    parameters: set[str] = field(default_factory=set)
    discrete: set[str] = field(default_factory=set)
    definitions: dict[str, s.Let] = field(default_factory=dict)
    pushforwards: dict[str, s.Let] = field(default_factory=dict)
    variables: set[str] = field(default_factory=set)
    places: dict[str, int] = field(default_factory=dict)  # where a family or function is declared

    def stem(self, name: str) -> str:
        """The slot that a variable of this name fills."""
        return stem(name, self.variables.__contains__)

    def dependence(self, name: str) -> tuple[str, ...]:
        """The parameters that a family or function depends on: those that its subscripts name."""
        core = name.rstrip("'") + "_"
        return tuple(sorted(parameter for parameter in self.parameters if f"_{parameter}_" in core))

    def kind(self, name: str) -> str:
        """What an application of this name is, in a word."""
        if name in self.parameters:
            return "number"
        for kind, table in (
            ("density", self.families),
            ("function", self.functions),
            ("convex function", self.convex),
            ("definition", self.definitions),
            ("random variable", self.pushforwards),
            ("number", self.scalars),
        ):
            if name in table:
                return kind
        if name.startswith("pdf_") and name[4:] in self.pushforwards:
            return "pdf"
        if name.startswith("conj_") and name[5:] in self.convex and not self.convex[name[5:]].concave:
            return "conjugate"
        if name in LAWS:
            return "law"
        if name in FUNCTIONS:
            return "built-in"
        return "entropy" if name == ENTROPY else ""

    def fail(self, message: str, at: int, expected: tuple[str, ...] = ()) -> ClaimError:
        """The error for a place of the source."""
        return ClaimError(message, source=self.source, offset=at, expected=expected)


class Declared:
    """Enters the declarations and the heads of definitions."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.masses: list[str] = []

    def add(self, statement: s.Statement) -> None:
        if isinstance(statement, s.Let):
            self._claim_name(statement.head)
            table = self.names.pushforwards if statement.where else self.names.definitions
            table[statement.head.name] = statement
        elif isinstance(statement, s.Declare):
            for head in statement.heads:
                self._declare(statement, head)

    def _claim_name(self, head: s.Name | s.Application) -> None:
        if self.names.kind(head.name) in _DECLARABLE:
            raise self.names.fail(f"`{head.name}` is declared twice", head.at)

    def _declare(self, statement: s.Declare, head: s.Name | s.Application) -> None:
        names, keyword, limits = self.names, statement.keyword, statement.range
        names.places[head.name] = head.at
        if keyword != "discrete":
            self._claim_name(head)
        generated, given = slots(head, names)
        names.variables.update(generated, given)
        if limits is not None and keyword in ("discrete", "measure", "positive", "parameter"):
            raise names.fail(f"`{keyword}` takes no range", limits.at)
        if keyword in ("density", "mass"):
            positive = self._positive(limits)
            names.families[head.name] = Family(head.name, generated, given, positive)
            if keyword == "mass":
                self.masses.append(head.name)
            return
        if given or (generated and keyword not in ("function", "measure")):
            example = "f(x)" if given else head.name
            raise names.fail(f"`{keyword}` declares a name such as `{keyword} {example}`", head.at)
        low, high, closed = self._interval(limits)
        if keyword == "discrete":
            names.variables.add(head.name)
            names.discrete.add(head.name)
        elif keyword == "function":
            names.functions[head.name] = Function(head.name, generated, low, high, closed)
        elif keyword == "measure":
            names.functions[head.name] = Function(head.name, generated, Fraction(0), integrable=True)
        elif keyword in ("convex", "concave"):
            names.convex[head.name] = Convex(head.name, keyword == "concave", low, high)
        elif keyword == "parameter":
            names.parameters.add(head.name)
        elif keyword == "positive":
            names.scalars[head.name] = Scalar(head.name, Fraction(0))
        else:
            names.scalars[head.name] = Scalar(head.name, low, high, closed, integer=keyword == "integer")

    def _positive(self, limits: s.Range | None) -> bool:
        low, high, closed = self._interval(limits)
        if limits is not None and (low != 0 or high is not None):
            raise self.names.fail("a density is `> 0` (the default) or `>= 0`", limits.at)
        return not closed[0]

    def _interval(self, limits: s.Range | None) -> tuple[Fraction | None, Fraction | None, tuple[bool, bool]]:
        if limits is None:
            return None, None, (False, False)
        low = None if limits.low is None else self._end(limits.low, -1)
        high = None if limits.high is None else self._end(limits.high, 1)
        closed = (limits.closed[0] and low is not None, limits.closed[1] and high is not None)
        if low is not None and high is not None and not (low < high or (low == high and all(closed))):
            raise self.names.fail("the range is empty", limits.at)
        return low, high, closed

    def _end(self, node: s.Surface, infinite: int) -> Fraction | None:
        """A rational end of a range; None for the infinity that fits the end (`infinite` is its sign)."""
        sign = 1
        inner = node
        while isinstance(inner, s.Group | s.Minus):
            if isinstance(inner, s.Minus):
                sign, inner = -sign, inner.operand
            else:
                inner = inner.inner
        if isinstance(inner, s.Name) and inner.name == "oo" and sign == infinite:
            return None
        if isinstance(inner, s.Operation) and inner.operator == "/":
            above, below = self._end(inner.left, 0), self._end(inner.right, 0)
            if above is not None and below:
                return sign * above / below
        if isinstance(inner, s.Numeral):
            return sign * Fraction(inner.text)
        raise self.names.fail("the end of a range is a number, as in `in (0, 1)`, `in (0, oo)` or `>= 1`", node.at)


def slots(head: s.Name | s.Application, names: Names) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of a head's arguments, before and behind the bar.

    Raises:
        ClaimError: an argument is not a name, or stands there twice.
    """
    if isinstance(head, s.Name):
        return (), ()
    if head.parameters is not None:
        raise names.fail(f"`{head.name}` is declared with names such as `{head.name}(x)`, without a semicolon", head.at)
    groups: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for group in (head.arguments, head.given or ()):
        found = []
        for argument in group:
            if not isinstance(argument, s.Name):
                raise names.fail(f"the arguments of `{head.name}` are names here", argument.at, ("a name",))
            if argument.name in seen:
                raise names.fail(f"`{argument.name}` stands twice among the arguments of `{head.name}`", argument.at)
            seen.add(argument.name)
            found.append(argument.name)
        groups.append(tuple(found))
    return groups[0], groups[1]


def last_factor(node: s.Surface) -> s.Surface:
    """What a following ``*``, ``/`` or ``^`` would stand next to."""
    while isinstance(node, s.Minus) or (isinstance(node, s.Operation) and node.operator in "*/"):
        node = node.operand if isinstance(node, s.Minus) else node.right
    return node


@dataclass(frozen=True)
class SymbolicSpan:
    """``z_1..z_k`` or ``z_1..z_{k+1}`` with a declared integer k."""

    base: str
    low: int
    number: str
    shift: int


def symbolic_span(node: s.Surface, names: Names) -> SymbolicSpan | None:
    """The copies of a symbolic number that a span lists; None for any other."""
    if not (isinstance(node, s.Span) and isinstance(node.first, s.Name) and isinstance(node.last, s.Name)):
        return None
    first, last = _FIRST.fullmatch(node.first.name), _LAST.fullmatch(node.last.name)
    if first is None or last is None or first["base"] != last["base"]:
        return None
    number = last["plain"] or last["shifted"]
    if number not in names.scalars or not names.scalars[number].integer:
        return None
    return SymbolicSpan(first["base"], int(first["low"]), number, int(last["shift"] or 0))


def drawn(nodes: Iterable[s.Surface], names: Names) -> Iterator[s.Name]:
    """The names that are bound, spans such as ``z_1..z_4`` written out."""
    for node in nodes:
        if isinstance(node, s.Name):
            yield node
        elif isinstance(node, s.Span) and isinstance(node.first, s.Name) and isinstance(node.last, s.Name):
            members = copies(node.first.name, node.last.name)
            if members is None:
                message = f"`{node.first.name}..{node.last.name}` is no list of copies; it is written `z_1..z_4`"
                if not node.last.name.rpartition("_")[2].isdigit():
                    message += " (a number of copies that is not a numeral is declared, as in `integer k >= 1`)"
                raise names.fail(message, node.at)
            yield from (s.Name(node.at, member) for member in members)
        else:
            raise names.fail("only a variable can be bound here", node.at, ("a variable such as `x`",))
