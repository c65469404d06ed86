r"""LaTeX in, the surface form of plain text out.

A statement of LaTeX is translated into plain text whose every character knows its place in the source, and parsed as
that: names, declarations and errors are those of plain text, and point into the LaTeX. Nothing is elaborated here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from typing import TypeVar, cast

from proofs.language import surface as s
from proofs.language.errors import ClaimError
from proofs.language.latex_reader.cursor import Pieces
from proofs.language.latex_reader.layout import split
from proofs.language.latex_reader.statements import survey, translate
from proofs.language.latex_reader.tokens import tokenise
from proofs.language.layout import MAX_LENGTH
from proofs.language.tree import Node, rebuild

__all__ = ["is_latex", "parse"]

_LATEX = re.compile(r"\\|\$\S|&|\^\{")

S = TypeVar("S", bound=Node)


def is_latex(text: str) -> bool:
    r"""Whether any statement of a block is LaTeX: it has a command, a column mark or a dollar sign.

    >>> is_latex(r"p(x) \ge 0"), is_latex("p(x) >= 0")
    (True, False)
    """
    return _LATEX.search(text) is not None


def parse(source: str) -> tuple[s.Statement, ...]:
    """The statements of a block in which LaTeX and plain text are mixed, in their surface form.

    Raises:
        ClaimError: as for plain text; the place is that in `source`.
    """
    from proofs.language.syntax import parse as parse_plain

    if len(source) > MAX_LENGTH:
        raise ClaimError(f"a block of {len(source)} characters is too long; the limit is {MAX_LENGTH}")
    text, origins = _translated(source)
    try:
        found = parse_plain(text)
    except ClaimError as error:
        raise _moved(error, text, origins, source) from None
    return tuple(_placed(statement, origins) for statement in found)


class _Origins:
    """From offsets in the translation to offsets in the source."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.places: list[tuple[int, bool]] = []  # the source's offset, and whether it advances with the text

    def add(self, start: int, at: int, *, advances: bool) -> None:
        self.starts.append(start)
        self.places.append((at, advances))

    def __call__(self, offset: int) -> int:
        if not self.starts:
            return 0
        piece = max(bisect_right(self.starts, offset) - 1, 0)
        at, advances = self.places[piece]
        return at + (offset - self.starts[piece] if advances else 0)


def _translated(source: str) -> tuple[str, _Origins]:
    """The block in plain text, a statement a line, and where each piece of it comes from."""
    found = split(tokenise(source), source)
    block = survey(found, source)
    origins = _Origins()
    pieces: list[str] = []
    length = 0
    for statement in found:
        start, end = statement.tokens[0].at, statement.tokens[-1].end
        translated: Pieces = translate(statement, block, source) if statement.latex else [(source[start:end], start)]
        for text, at in [*translated, ("\n", end)]:
            origins.add(length, at, advances=not statement.latex or source.startswith(text, at))
            pieces.append(text)
            length += len(text)
    return "".join(pieces), origins


def _moved(error: ClaimError, text: str, origins: _Origins, source: str) -> ClaimError:
    """The error about the translation as one about the source."""
    if not error.line:
        return error
    lines = text.split("\n")
    offset = sum(len(line) + 1 for line in lines[: error.line - 1]) + error.column - 1
    return ClaimError(error.message, source=source, offset=origins(offset), expected=error.expected)


def _placed(node: S, origins: _Origins) -> S:
    """The node with its offsets, and those of all that is in it, moved into the source."""
    changed = rebuild(node, lambda child: _placed(child, origins))
    if isinstance(changed, s.Surface):
        changed = replace(changed, at=origins(changed.at))
    return cast(S, changed)
