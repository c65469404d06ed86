"""Statements of LaTeX in plain text: chains, definitions, declarations."""

from __future__ import annotations

from proofs.language.latex_reader.applications import Block
from proofs.language.latex_reader.cursor import Cursor, Pieces, joined
from proofs.language.latex_reader.expressions import Expressions
from proofs.language.latex_reader.layout import RELATIONS, Statement
from proofs.language.latex_reader.names import starts_name

_DECLARE = tuple(
    "density mass discrete measure function real positive integer parameter convex concave vector matrix".split()
)
_KEYWORDS = (*_DECLARE, "let", "assume", "for")


def survey(statements: list[Statement], source: str) -> Block:
    """The names that the block declares, whichever way their statements are written."""
    block = Block()
    for statement in statements:
        reader = _Statements(Cursor(statement.tokens, source), block)
        keyword = reader.keyword()
        if keyword in _DECLARE:
            reader.cursor.take()
            reader.survey_heads(keyword)
        elif keyword == "let" or reader.defines():
            if keyword:
                reader.cursor.take()
            reader.survey_definition()
    block.fonts.clear()
    block.raised.clear()
    return block


def translate(statement: Statement, block: Block, source: str) -> Pieces:
    """A statement of LaTeX in plain text, in pieces that know their place in the source."""
    reader = _Statements(Cursor(statement.tokens, source), block)
    pieces = reader.statement()
    if reader.cursor.peek().kind != "end":
        raise reader.cursor.unexpected("a relation", "an operator")
    return pieces


class _Statements(Expressions):
    def keyword(self) -> str:
        """The word that says what kind of statement this is; empty for a chain."""
        token = self.cursor.peek()
        text = token.text.strip()
        if token.kind not in ("word", "text") or text not in _KEYWORDS:
            return ""
        if text == "assume":
            apart = token.kind == "text" or self.cursor.source[token.end : token.end + 1].isspace()
            return text if apart and not self.cursor.sees(*RELATIONS, ahead=1) else ""
        return text if starts_name(self.cursor, 1) else ""

    def defines(self) -> bool:
        """Whether a ``:=`` is the statement's first relation, or a ``~`` says what a variable is drawn from."""
        depth = 0
        for token in self.cursor.tokens:
            if token.kind != "symbol":
                continue
            depth += (token.text in ("(", "[", "{", "\\{")) - (token.text in (")", "]", "}", "\\}"))
            if depth == 0 and token.text in RELATIONS:
                return token.text == ":=" or (token.text == "=" and starts_name(self.cursor) and self._where() > 0)
        return False

    def _where(self) -> int:
        r"""Where ``, Y \sim ...`` starts, which says what a random variable is made of; 0 if nowhere."""
        depth = 0
        for place, token in enumerate(self.cursor.tokens):
            if token.kind == "symbol":
                depth += (token.text in ("(", "[", "{", "\\{")) - (token.text in (")", "]", "}", "\\}"))
            word = token.kind in ("word", "text") and token.text.strip() in ("where", "with")
            if place and depth == 0 and (word or (token.kind == "symbol" and token.text == ",")):
                return place
        return 0

    def survey_heads(self, keyword: str) -> None:
        block, cursor = self.block, self.cursor
        while starts_name(cursor):
            text = self.spelled().text
            block.declared.add(text)
            if keyword in ("real", "positive", "integer", "parameter", "discrete", "vector", "matrix"):
                block.numbers.add(text)
            else:
                block.functions.add(text)
            if keyword in ("convex", "concave"):
                block.convex.add(text)
            if cursor.sees("("):
                cursor.place += cursor.closing() + 1
            if not cursor.accept(","):
                return

    def survey_definition(self) -> None:
        if not starts_name(self.cursor):
            return
        text = self.spelled().text
        if self._where():
            self.block.random.add(text)
            return
        self.block.declared.add(text)
        (self.block.functions if self.cursor.sees("(") else self.block.numbers).add(text)

    # --- statements

    def statement(self) -> Pieces:
        keyword = self.keyword()
        at = self.cursor.peek().at
        if keyword:
            self.cursor.take()
        if keyword in _DECLARE:
            return [(f"{keyword} ", at), *self._declaration()]
        if keyword == "for":
            return [("for ", at), *self._loop()]
        if keyword == "assume":
            return [("assume ", at), *self._chain()]
        if keyword == "let" or self.defines():
            return [("let ", at), *self._definition()]
        return self._chain()

    def _chain(self) -> Pieces:
        pieces = self.expression().pieces
        if self.cursor.peek().kind == "end" or not self.cursor.sees(*RELATIONS):
            raise self.cursor.unexpected("a relation (= \\le \\ge < > \\approx)")
        return [*pieces, *self._steps()]

    def _steps(self) -> Pieces:
        """``REL expr`` with reasons, each on a line of its own that continues the statement."""
        cursor = self.cursor
        pieces: Pieces = []
        while cursor.sees(*RELATIONS):
            sign = cursor.take()
            if sign.text == ":=":
                raise self.fail("`:=` defines the name on its left, and stands in no chain", sign.at)
            pieces += [(f"\n{sign.text} ", sign.at), *self.expression().pieces]
            if cursor.peek().kind == "reason":
                reason = cursor.take()
                pieces.append((" " + reason.text.replace("#", "").replace("\n", " "), reason.at))
        return pieces

    def _definition(self) -> Pieces:
        """``let name(arguments) = body``, with where a random variable comes from, and a chain from it."""
        cursor = self.cursor
        pieces = self._head()
        if not cursor.sees(":=", "="):
            raise cursor.unexpected("`:=`")
        equal = cursor.take()
        pieces += [(" = ", equal.at), *self.expression().pieces]
        if cursor.sees(",") or cursor.peek().text.strip() in ("where", "with"):
            at = cursor.take().at
            if cursor.peek().text.strip() in ("where", "with"):
                cursor.take()
            source = self._one_name()
            tilde = cursor.expect("~")
            pieces += [(" where ", at), *source, (" ~ ", tilde.at), *self.expression().pieces]
        if cursor.peek().kind == "reason":
            cursor.take()
        return [*pieces, *self._steps()]

    def _head(self) -> Pieces:
        """A name that is declared, with its arguments."""
        if not starts_name(self.cursor):
            raise self.cursor.unexpected("a name")
        found = self.spelled()
        if self.cursor.sees("("):
            return self.application(found.text, found.at).pieces
        return [(found.text, found.at)]

    def _declaration(self) -> Pieces:
        cursor = self.cursor
        pieces = self._head()
        while cursor.accept(","):
            pieces += [(", ", cursor.peek().at), *self._head()]
        token = cursor.peek()
        if token.text.strip() in ("in", "on"):
            cursor.take()
            if cursor.sees_command("mathbb"):
                at = self._whole_line()
                if cursor.sees("^"):
                    cursor.take()
                    pieces += [(" in R^(", at), *self._argument().pieces, (")", at)]
            else:
                pieces += [(f" {token.text.strip()} ", token.at), *self._interval()]
        while cursor.sees(*RELATIONS):
            sign = cursor.take()
            pieces += [(f" {sign.text} ", sign.at), *self.expression().pieces]
        return pieces

    def _whole_line(self) -> int:
        start = self.cursor.place
        space = self.spelled()
        if space.text != "R":
            raise self.fail(f"`{self.cursor.between(start, self.cursor.place)}` is not a range", space.at)
        return space.at

    def _interval(self) -> Pieces:
        cursor = self.cursor
        if not cursor.sees("(", "["):
            raise cursor.unexpected("an interval such as `(0, 1)`")
        left = cursor.take()
        with self.nested():
            low = self.expression().pieces
            comma = cursor.expect(",")
            high = self.expression().pieces
        if not cursor.sees(")", "]"):
            raise cursor.unexpected("`)`", "`]`")
        right = cursor.take()
        return [(left.text, left.at), *low, (", ", comma.at), *high, (right.text, right.at)]

    def _loop(self) -> Pieces:
        cursor = self.cursor
        index = self._one_name()
        if cursor.peek().text.strip() != "in":
            raise cursor.unexpected("`in`")
        at = cursor.take().at
        braces = cursor.accept("\\{")
        values: list[Pieces] = []
        while not values or cursor.accept(","):
            low = self.expression().pieces
            dots = cursor.take() if cursor.sees("..") else None
            values.append(low if dots is None else [*low, ("..", dots.at), *self.expression().pieces])
        if braces:
            cursor.expect("\\}")
        return [*index, (" in ", at), *joined(values, ", ")]
