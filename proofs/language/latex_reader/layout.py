"""Which tokens make a statement: lines, rows of an environment, displays, and what continues across them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from proofs.language.errors import ClaimError
from proofs.language.latex_reader.tokens import LISTS, Token

RELATIONS = frozenset(["=", "<=", ">=", "<", ">", "~=", ":="])
OPENING = {"(": ")", "[": "]", "{": "}", "\\{": "\\}"}
_CLOSING = frozenset(OPENING.values())
_CONTINUES = RELATIONS | {"+", "*", "/"}
_UNFINISHED = _CONTINUES | {"-", "~"}
_INTRODUCED = ("where", "with", "at")
_CONDITIONS = ("if", "when", "whenever", "for", "given", "provided", "as", "assuming", "subject", "s.t.", "such")
_EXPLAINS = ("because", "since", "by", "using", "from", "note", "recall", "due")
_UNCONDITIONAL = ("for all", "for every", "for any", "for each")
_IMPLICATIONS = frozenset("Rightarrow implies Longrightarrow Leftrightarrow iff Longleftrightarrow".split())
_CONNECTIVES = _IMPLICATIONS | {"therefore", "because", "qquad", "to"}
_NUMBERED = re.compile(r"\( [\w.* ]{1,12} \)")  # the number of an equation, written by hand
MAX_BRACKETS = 60


@dataclass(frozen=True, slots=True)
class Statement:
    """The tokens of one statement; `latex` is false for one that plain text has as it stands."""

    tokens: tuple[Token, ...]
    latex: bool


def split(tokens: Sequence[Token], source: str) -> list[Statement]:
    r"""The statements of a block: a line each, or a row of an environment that does not continue the row above.

    Raises:
        ClaimError: brackets are nested too deep, or a row ends in a condition or an implication.
    """
    splitter = _Splitter(source)
    rows = _rows(tokens, source)
    for row in rows:
        splitter.add(row)
    splitter.finish()
    return splitter.statements


@dataclass(slots=True)
class _Row:
    """Tokens between two breaks. `alone` if the row above cannot go on in it; `column` if it starts behind a ``&``."""

    tokens: list[Token]
    latex: bool
    alone: bool
    column: bool = False
    reason: Token | None = None


def _rows(tokens: Sequence[Token], source: str) -> list[_Row]:
    rows: list[_Row] = []
    current: list[Token] = []
    opened: list[str] = []  # brackets
    within: list[str] = []  # displays and environments

    def close(alone: bool) -> None:
        if current:
            latex = bool(within) or any(token.latex or token.space for token in current)
            rows.append(_Row(list(current), latex, alone))
            current.clear()

    for place, token in enumerate(tokens):
        text = token.text
        if token.kind == "edge":
            close(_alone(within))
            dollar = text.startswith("$")
            if text.startswith("begin") or (dollar and text not in within):
                within.append(text)
            elif within:
                within.pop()
        elif token.kind == "newline":
            if not opened and not within:
                close(False)
        elif token.kind == "row":
            close(_alone(within))
        elif token.space == 2 and current and current[-1].text in (",", ";") and not opened and _apart(place, tokens):
            close(_alone(within))
            current.append(token)
        else:
            current.append(token)
        if token.kind == "symbol" and text in OPENING:
            opened.append(text)
            if len(opened) > MAX_BRACKETS:
                message = f"brackets are nested more than {MAX_BRACKETS} deep"
                raise ClaimError(message, source=source, offset=token.at)
        elif token.kind == "symbol" and text in _CLOSING and opened:
            opened.pop()
    close(False)
    return rows


def _alone(within: list[str]) -> bool:
    return bool(within) and within[-1].removeprefix("begin ") in LISTS


def _apart(place: int, tokens: Sequence[Token]) -> bool:
    r"""Whether what follows a ``, \quad`` is a statement of its own: not where a variable is drawn from, nor words."""
    if tokens[place].kind == "text" and not tokens[place].text.strip().isidentifier():
        return False
    for later in itertools.islice(tokens, place, None):
        if later.kind in ("newline", "row", "edge") or later.text == "~":
            return False
        if later.text in RELATIONS:
            return True
    return False


class _Splitter:
    def __init__(self, source: str) -> None:
        self.source = source
        self.statements: list[Statement] = []
        self.current: list[Token] = []
        self.latex = False

    def add(self, row: _Row) -> None:
        found = row.tokens
        if row.latex:
            found = self._without_columns(row)
        if not found:
            return
        if not (self.current and self._continues(row, found)):
            self.finish()
        self.current.extend(found)
        self.latex = self.latex or row.latex

    def finish(self) -> None:
        if self.current:
            self.statements.append(Statement(tuple(self.current), self.latex))
        self.current, self.latex = [], False

    def _continues(self, row: _Row, found: list[Token]) -> bool:
        if row.alone:
            return False
        first, last = found[0], self.current[-1]
        if first.kind == "symbol" and first.text in _CONTINUES:
            return True
        if last.kind == "symbol" and last.text in _UNFINISHED and (row.latex or self.latex):
            return True
        if not row.latex or not (row.column or first.text == "-"):
            return False
        # Behind a column mark, a row that relates nothing goes on with the sum above it.
        return first.text == "-" and (row.column or not any(token.text in RELATIONS for token in found))

    def _without_columns(self, row: _Row) -> list[Token]:
        """The row without column marks, closing punctuation and connectives, its reason as one token at the end."""
        found = list(row.tokens)
        row.column = found[0].text == "&"
        found, reason = self._reason(found)
        found = [token for token in found if token.text != "&" or token.kind != "symbol"]
        while found and found[0].kind == "command" and found[0].text in _CONNECTIVES:
            found.pop(0)
        for token in found:
            if token.kind == "command" and token.text in _IMPLICATIONS:
                message = "an implication is no claim; write each statement on a line of its own, or `assume` the first"
                raise ClaimError(message, source=self.source, offset=token.at)
        while found and found[-1].kind == "symbol" and found[-1].text in (",", ".", ";"):
            found.pop()
        return [*found, reason] if reason else found

    def _reason(self, found: list[Token]) -> tuple[list[Token], Token | None]:
        r"""The row, and the words behind a ``&&`` or a ``\quad`` at its end."""
        for place in range(1, len(found)):
            token = found[place]
            if token.text not in ("&", "forall") and token.kind != "text" and token.space < 2:
                continue
            if token.space == 2 and _NUMBERED.fullmatch(" ".join(later.text for later in found[place:])):
                return found[:place], None
            double = token.text == "&" == found[place - 1].text
            words = found[place + 1 :] if double else found[place:]
            bracketed = len(words) > 1 and words[0].text in ("(", "[") and words[1].kind == "text"
            if not words or not (words[0].kind == "text" or words[0].text == "forall" or bracketed):
                continue
            explains = words[0].text.strip("( ").split(" ")[0] in _EXPLAINS
            relates = not explains and any(later.text in RELATIONS | {"~"} for later in words)
            if not double and (token.space < 2 or relates):
                self._refuse_condition(token, words)
                continue
            if not double and words[0].text.strip() in _INTRODUCED:
                continue
            if not double:
                self._refuse_condition(token, words)
            text = " ".join(_plain(word.text) for word in words).strip()
            if bracketed:
                text = text.removeprefix(words[0].text).strip()
            start = place - 1 if double else place
            return found[:start], Token("reason", f"-- {text}", words[0].at, words[-1].end, latex=True)
        return found, None

    def _refuse_condition(self, token: Token, words: list[Token]) -> None:
        text = token.text.strip("( ")
        condition = token.kind == "text" and text.split(" ")[0] in _CONDITIONS
        if condition and not text.startswith(_UNCONDITIONAL) and len(words) > 1:
            message = f"the condition behind `{text}` is not read; declare it, or `assume` it on a line of its own"
            raise ClaimError(message, source=self.source, offset=token.at)


_ESCAPED = {r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^"}


def _plain(words: str) -> str:
    """The words of a ``\\text{...}`` without its escapes."""
    for escape, character in _ESCAPED.items():
        words = words.replace(escape, character)
    for character in "&%$#_{}":
        words = words.replace(f"\\{character}", character)
    return words.strip()
