"""A place in the tokens of one statement, and what is written from there: plain text that knows where it came from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from proofs.language.errors import ClaimError
from proofs.language.latex_reader.layout import OPENING
from proofs.language.latex_reader.tokens import Token

#: Plain text in pieces, each with the offset in the LaTeX source that it stands for.
Pieces = list[tuple[str, int]]

# How tightly a piece of plain text binds: a sum, a product or quotient, a power, a name or application.
SUM, TERM, POWER, ATOM = range(1, 5)

_SIZED = re.compile(r"\\(?:left|[bB]igg?l?)\s*$")


class Written(NamedTuple):
    """An expression in plain text, and how tightly it binds."""

    pieces: Pieces
    binds: int

    def within(self, level: int) -> Pieces:
        """The pieces, in parentheses where they bind less tightly than their place asks for."""
        if self.binds >= level:
            return self.pieces
        at = self.pieces[0][1]
        return [("(", at), *self.pieces, (")", at)]


def joined(parts: Iterable[Pieces], separator: str) -> Pieces:
    """The parts with a separator between them."""
    found: Pieces = []
    for part in parts:
        if found:
            found.append((separator, part[0][1] if part else found[-1][1]))
        found.extend(part)
    return found


class Cursor:
    """Reads the tokens of one statement from the left."""

    def __init__(self, tokens: Iterable[Token], source: str) -> None:
        self.tokens = list(tokens)
        self.source = source
        self.place = 0
        end = self.tokens[-1].end if self.tokens else 0
        self.end = Token("end", "", end, end)

    def peek(self, ahead: int = 0) -> Token:
        place = self.place + ahead
        return self.tokens[place] if place < len(self.tokens) else self.end

    def take(self) -> Token:
        token = self.peek()
        self.place += 1
        return token

    def sees(self, *texts: str, ahead: int = 0) -> bool:
        """Whether the next token is one of these signs."""
        token = self.peek(ahead)
        return token.kind == "symbol" and token.text in texts

    def sees_command(self, *names: str, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token.kind == "command" and token.text in names

    def accept(self, *texts: str) -> Token | None:
        return self.take() if self.sees(*texts) else None

    def expect(self, text: str) -> Token:
        if not self.sees(text):
            raise self.unexpected(f"`{text}`")
        return self.take()

    def opening(self) -> Token:
        """The bracket that opens here, of any kind."""
        if not self.sees(*OPENING):
            raise self.unexpected("`[`", "`(`")
        return self.take()

    def digit(self) -> Token:
        """One token as TeX takes an argument without braces: of ``12``, the 1."""
        token = self.take()
        if token.kind == "number" and len(token.text) > 1:
            rest = Token("number", token.text[1:], token.at + 1, token.end)
            self.place -= 1
            self.tokens[self.place] = rest
            token = Token("number", token.text[0], token.at, token.at + 1)
        return token

    def closing(self) -> int:
        """How many tokens ahead the bracket that opens here is closed."""
        depth = 0
        ahead = 0
        while self.place + ahead < len(self.tokens):
            if self.sees(*OPENING, ahead=ahead):
                depth += 1
            elif self.sees(*OPENING.values(), ahead=ahead):
                depth -= 1
                if depth == 0:
                    return ahead
            ahead += 1
        raise self.fail(f"`{self.peek().text}` is never closed", self.peek().at)

    def inside(self, *texts: str) -> bool:
        """Whether one of these signs stands in the bracket that opens here, at its own level."""
        depth = 0
        for ahead in range(self.closing()):
            if self.sees(*OPENING, ahead=ahead):
                depth += 1
            elif self.sees(*OPENING.values(), ahead=ahead):
                depth -= 1
            elif depth == 1 and self.sees(*texts, ahead=ahead):
                return True
        return False

    def between(self, start: int, end: int) -> str:
        """The source of the tokens from one place to before another, on one line."""
        if end <= start:
            return ""
        at = self.tokens[start].at
        sized = _SIZED.search(self.source, max(0, at - 12), at)
        return " ".join(self.source[sized.start() if sized else at : self.tokens[end - 1].end].split())

    def fail(self, message: str, at: int, expected: tuple[str, ...] = ()) -> ClaimError:
        return ClaimError(message, source=self.source, offset=at, expected=expected)

    def unexpected(self, *expected: str) -> ClaimError:
        token = self.peek()
        if token.kind == "end":
            return self.fail("unexpected end of the statement", token.at, expected)
        if token.kind == "command":
            return self.fail(f"`\\{token.text}` is not read here", token.at, expected)
        shown = self.source[token.at : min(token.end, token.at + 40)]
        return self.fail(f"unexpected `{shown}`", token.at, expected)
