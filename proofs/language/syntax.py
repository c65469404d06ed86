"""From text to its surface form: the parser, and errors that say where and what would be accepted."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import lark
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.lexer import Token

from proofs.language import surface as s
from proofs.language.declarations import LAW_BINDERS
from proofs.language.errors import ClaimError
from proofs.language.layout import logical_lines
from proofs.language.limits import MAX_DIGITS, MAX_EXPONENT, MAX_NAME, check_size
from proofs.language.names import GREEK_NAMES, normalise
from proofs.language.tree import FUNCTIONS

#: Signs, and the plain ones that they are read as.
SPELLINGS = {"≤": "<=", "≥": ">=", "≈": "~=", "−": "-", "·": "*", "×": "*"}
_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.?)")

#: What stands for a set of terminals in a message, most telling first.
_EXPECTED = (
    ({"NAME", "NUMBER", "BINDER"}, "an expression"),
    ({"NAME"}, "a name"),
    ({"ORDER"}, "a relation (= <= >= < > ~=)"),
    ({"EQUAL"}, "`=`"),
    ({"PLUS", "STAR", "CARET"}, "an operator"),
    ({"COMMA"}, "`,`"),
    ({"_BARS"}, "`||`"),
    ({"_BAR"}, "`|`"),
    ({"SEMICOLON"}, "`;`"),
    ({"TILDE"}, "`~`"),
    ({"AT"}, "`at` and where it is attained, as in `max_{D}[V] at D = 1/2`"),
    ({"DOTS"}, "`..`"),
    ({"IN"}, "`in`"),
    ({"LPAR"}, "`(`"),
    ({"LSQB"}, "`[`"),
    ({"RPAR"}, "`)`"),
    ({"RSQB"}, "`]`"),
    ({"RBRACE"}, "`}`"),
    ({"_NEWLINE"}, "the end of the statement"),
)
_IMPLIED = {"an expression": {"LPAR", "MINUS"}, "a relation (= <= >= < > ~=)": {"EQUAL"}}


class _Refused(Exception):
    """Something that the grammar accepts and the language does not; becomes a `ClaimError` that quotes the source."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def parse(source: str) -> tuple[s.Statement, ...]:
    """The statements of a block in their surface form.

    Raises:
        ClaimError: the text is not in the language, or exceeds the limits on length, depth and size.
    """
    text = logical_lines(source)
    try:
        statements: tuple[s.Statement, ...] = _parser().parse(text)  # type: ignore[assignment]
        check_size(statements, source)
    except _Refused as refusal:
        raise ClaimError(refusal.message, source=source, offset=refusal.offset) from None
    except UnexpectedInput as error:
        raise _explained(error, source, text) from None
    return statements


@cache
def _parser() -> lark.Lark:
    grammar = files("proofs.language").joinpath("grammar.lark").read_text(encoding="utf-8")
    return lark.Lark(grammar, parser="lalr", transformer=_Build(), maybe_placeholders=True)


def _name(token: Token) -> str:
    spelling = str(token)
    if len(spelling) > MAX_NAME:
        raise _Refused(f"a name of {len(spelling)} characters is too long; the limit is {MAX_NAME}", _at(token))
    name = normalise(spelling)
    if name is None:
        if "\\" in spelling:
            raise _Refused(f"LaTeX input is not supported yet: `{spelling}`", _at(token))
        raise _Refused(f"`{spelling}` is not a name", _at(token))
    return name


def _at(token: Token) -> int:
    return token.start_pos or 0


@lark.v_args(inline=True)
class _Build(lark.Transformer[Token, Any]):
    """Surface nodes from what the parser reduces, as it reduces it; one method a rule of ``grammar.lark``."""

    def start(self, *statements: s.Statement) -> tuple[s.Statement, ...]:
        return statements

    # --- statements

    def chain(self, first: s.Surface, *steps: s.ChainStep) -> s.ChainStatement:
        return s.ChainStatement(first.at, first, steps)

    def step(self, relation: Token, right: s.Surface, reason: Token | None = None) -> s.ChainStep:
        words = "" if reason is None else reason[2:].strip()
        return s.ChainStep(_at(relation), SPELLINGS.get(relation, str(relation)), right, words)

    def assume(self, keyword: Token, chain: s.ChainStatement) -> s.Assume:
        return s.Assume(_at(keyword), chain)

    def let(
        self,
        keyword: Token,
        head: s.Name | s.Application,
        equal: Token,
        body: s.Surface,
        where: s.Where | None,
        *rest: Token | s.ChainStep,
    ) -> s.Let:
        steps = tuple(item for item in rest if isinstance(item, s.ChainStep))
        return s.Let(_at(keyword), head, body, where, steps)

    def where(self, keyword: Token, name: Token, tilde: Token, law: s.Surface) -> s.Where:
        return s.Where(_at(name), _name(name), law)

    def declaration(self, keyword: Token, *items: s.Name | s.Application | s.Range | None) -> s.Declare:
        heads = tuple(item for item in items if isinstance(item, s.Name | s.Application))
        limits = items[-1] if isinstance(items[-1], s.Range) else None
        return s.Declare(_at(keyword), str(keyword), heads, limits)

    def measurable(self, keyword: Token, *items: Any) -> s.Declare:
        *rest, equal, structure = items
        declared = self.declaration(keyword, *rest)
        if structure is not None and len(declared.heads) != 1:
            raise _Refused("a product of factors is the density of one family", _at(equal))
        return replace(declared, structure=structure)

    def bound(self, relation: Token, end: s.Surface) -> s.Range:
        relation_text = SPELLINGS.get(relation, str(relation))
        closed = relation_text in ("<=", ">=")
        if relation_text in (">", ">="):
            return s.Range(_at(relation), end, None, (closed, False))
        if relation_text in ("<", "<="):
            return s.Range(_at(relation), None, end, (False, closed))
        raise _Refused("a range is written with one of > >= < <= or as `in (low, high)`", _at(relation))

    def interval(
        self, keyword: Token, left: Token, low: s.Surface, comma: Token, high: s.Surface, right: Token
    ) -> s.Range:
        return s.Range(_at(left), low, high, (left == "[", right == "]"))

    def convex(self, keyword: Token, *items: Any) -> s.Declare:
        *heads, _, limits = items
        return self.declaration(keyword, *heads, limits)

    def interval_ends(self, left: Token, low: s.Surface, comma: Token, high: s.Surface, right: Token) -> s.Range:
        return s.Range(_at(left), low, high, (False, False))

    def loop(self, keyword: Token, name: Token, within: Token, *values: s.Surface | Token) -> s.Loop:
        return s.Loop(_at(keyword), _name(name), tuple(value for value in values if not isinstance(value, Token)))

    def vector(self, keyword: Token, *items: Any) -> s.Space:
        *heads, dimension, relation, bound = items
        if relation is not None and not (relation == ">" and isinstance(bound, s.Numeral) and bound.text == "0"):
            raise _Refused(f"a {keyword} is `> 0`, or of any numbers", _at(relation))
        names = tuple(head for head in heads if isinstance(head, s.Name))
        return s.Space(_at(keyword), str(keyword), names, dimension, relation is not None)

    matrix = vector

    def space(self, keyword: Token, space: s.Name, caret: Token, dimension: s.Surface) -> s.Surface:
        if space.name != "R":
            raise _Refused(f"vectors and matrices have real entries, as in `R^2`, not ones in `{space.name}`", space.at)
        return dimension

    # --- expressions

    def operation(self, left: s.Surface, operator: Token, right: s.Surface) -> s.Operation:
        return s.Operation(_at(operator), SPELLINGS.get(operator, str(operator)), left, right)

    def minus(self, operator: Token, operand: s.Surface) -> s.Minus:
        return s.Minus(_at(operator), operand)

    def group(self, inner: s.Surface) -> s.Group:
        return s.Group(inner.at, inner)

    def juxtaposition(self, *factors: s.Surface) -> s.Surface:
        """``log`` and its like bind to the one factor that follows: ``log p(x)``, ``log sigma``."""
        built: list[s.Surface] = []
        for factor in reversed(factors):
            if built and isinstance(factor, s.Name) and FUNCTIONS.get(factor.name) == 1:
                built[-1] = s.Prefix(factor.at, factor.name, built[-1])
            else:
                built.append(factor)
        return built[0] if len(built) == 1 else s.Juxtaposition(built[-1].at, tuple(reversed(built)))

    def name(self, token: Token) -> s.Name:
        return s.Name(_at(token), _name(token))

    def numeral(self, token: Token) -> s.Numeral:
        if len(token) > MAX_DIGITS or abs(int((token.lower().partition("e")[2] or "0")[:9])) > MAX_EXPONENT:
            raise _Refused("the number is too long or too large to be kept exactly", _at(token))
        return s.Numeral(_at(token), str(token))

    def arguments(self, *items: s.Surface) -> tuple[s.Surface, ...]:
        return items

    def application(
        self,
        name: Token,
        arguments: tuple[s.Surface, ...],
        parameters: tuple[s.Surface, ...] | None,
        given: tuple[s.Surface, ...] | None,
    ) -> s.Application:
        return s.Application(_at(name), _name(name), arguments, parameters, given)

    def pair(self, name: Token, left: s.Surface, right: s.Surface) -> s.Pair:
        return s.Pair(_at(name), _name(name), left, right)

    def ordered_pair(self, head: Token, order: s.Surface, left: s.Surface, right: s.Surface) -> s.Pair:
        return s.Pair(_at(head), head[:-2], left, right, order)

    def binder(self, head: Token, subscript: tuple[s.Surface, ...], body: tuple[s.Surface, ...]) -> s.Binder:
        return s.Binder(_at(head), head[:-2], subscript, body)

    def gradient(self, head: Token, body: tuple[s.Surface, ...]) -> s.Gradient:
        name = _name(head)
        if name.startswith(("max_", "min_")):
            raise _Refused(f"an optimum is a side of a step, written `{head}[...] at D = ...`", _at(head))
        if name in LAW_BINDERS:
            raise _Refused(
                f"this `{head}` names no law; write `{head}_{{q(z|x)}}[...]` or `{head}_{{x ~ p(x)}}[...]`", _at(head)
            )
        if not name.startswith("grad_"):
            raise _Refused(f"`{head}` cannot stand before a bracket like this one", _at(head))
        if len(body) != 1:
            raise _Refused(f"`{name}` takes one expression in its brackets, not {len(body)}", _at(head))
        return s.Gradient(_at(head), s.Name(_at(head), name.removeprefix("grad_")), body[0])

    def optimum(
        self,
        head: Token,
        over: s.Name,
        body: s.Surface,
        keyword: Token,
        target: s.Name,
        equal: Token,
        witness: s.Surface,
    ) -> s.Optimum:
        return s.Optimum(_at(head), head[:-2], over, body, target, witness)

    def comparison(self, left: s.Surface, relation: Token, right: s.Surface) -> s.Comparison:
        return s.Comparison(_at(relation), SPELLINGS.get(relation, str(relation)), left, right)

    def span(self, first: s.Surface, last: s.Surface) -> s.Span:
        return s.Span(first.at, first, last)

    def index(self, index: s.Surface, equal: Token, low: s.Surface, high: s.Surface) -> s.Index:
        return s.Index(index.at, index, low, high)

    def subscript(self, *items: s.Surface | Token) -> tuple[s.Surface, ...]:
        """Pieces between commas; with a tilde, draws: ``x ~ p(x), z_1, z_2 ~ q(z|x)`` is two of them."""
        pieces = [item for item in items if not isinstance(item, Token)]
        separators = [item for item in items if isinstance(item, Token)]
        if all(separator == "," for separator in separators):
            return tuple(pieces)
        draws: list[s.Surface] = []
        names: list[s.Surface] = []
        for position, (piece, separator) in enumerate(zip(pieces, [*separators, None], strict=True)):
            if position and separators[position - 1] == "~":
                draws.append(s.Draw(names[0].at, tuple(names), piece))
                names = []
                if separator == "~":
                    raise _Refused("a law cannot be drawn from a law; write `x ~ p(x), z ~ q(z|x)`", _at(separator))
            else:
                names.append(piece)
        if names:
            raise _Refused("this name is drawn from no law; write `x, z ~ p(x, z)`", names[0].at)
        return tuple(draws)


def _explained(error: UnexpectedInput, source: str, text: str) -> ClaimError:
    """The parser's error in the words of the language."""
    offset = len(text.rstrip()) if error.pos_in_stream is None or error.pos_in_stream < 0 else error.pos_in_stream
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        offset = len(text.rstrip())
    for command in _COMMAND.finditer(text):
        if command.group()[1:] not in GREEK_NAMES:
            message = f"LaTeX input is not supported yet: `{command.group()}`"
            return ClaimError(message, source=source, offset=command.start())
    if isinstance(error, UnexpectedToken):
        accepted = error.accepts or error.expected
        found = "the end of the claim" if error.token.type == "$END" else f"`{error.token}`"
        found = "the end of the line" if error.token.type == "_NEWLINE" else found
    else:
        accepted = set()
        found = repr(text[offset : offset + 1])
    return ClaimError(f"unexpected {found}", source=source, offset=offset, expected=_described(set(accepted or ())))


def _described(terminals: set[str]) -> tuple[str, ...]:
    words = []
    for group, description in _EXPECTED:
        if group <= terminals:
            words.append(description)
            terminals = terminals - group - _IMPLIED.get(description, set())
    return tuple(words)
