"""Where a statement ends: comments, brackets over several lines and continuation lines, before anything is parsed."""

from __future__ import annotations

import re

from proofs.language.errors import ClaimError

#: A line that starts with one of these continues the statement above it.
_CONTINUES = re.compile(r"(?:[=+*/<>≤≥≈·×]|~=)")
_TOKENS = re.compile(r"\n|#[^\n]*|(?<=\s)--(?=\s)[^\n#]*|[()\[\]{}]")
MAX_LENGTH = 20_000
MAX_BRACKETS = 60


def logical_lines(source: str) -> str:
    """The text with comments blanked, and with a carriage return for each line end that does not end a statement.

    The result has the length of the source, so that offsets into one are offsets into the other.

    >>> logical_lines("a = E_{q}[b # half\\n + c]\\n  <= d")
    'a = E_{q}[b       \\r + c]\\r  <= d'

    Raises:
        ClaimError: the text is too long, or a bracket is never closed or nested too deep.
    """
    if len(source) > MAX_LENGTH:
        raise ClaimError(f"a block of {len(source)} characters is too long; the limit is {MAX_LENGTH}")
    text = source.replace("\r", " ")
    pieces: list[str] = []
    opened: list[int] = []
    done = 0
    for match in _TOKENS.finditer(text):
        token = match.group()
        pieces.append(text[done : match.start()])
        done = match.end()
        if token[0] == "#":
            token = " " * len(token)
        elif token == "\n":
            token = "\r" if opened or _continued(text, done) else "\n"
        elif token in "([{":
            opened.append(match.start())
            if len(opened) > MAX_BRACKETS:
                message = f"brackets are nested more than {MAX_BRACKETS} deep"
                raise ClaimError(message, source=source, offset=match.start())
        elif token in ")]}" and opened:
            opened.pop()
        pieces.append(token)
    if opened:
        message = f"`{source[opened[-1]]}` is never closed"
        raise ClaimError(message, source=source, offset=opened[-1])
    return "".join(pieces) + text[done:]


def _continued(text: str, start: int) -> bool:
    """Whether the next line that is neither empty nor a comment continues the statement before it."""
    while start < len(text):
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)].strip()
        if line and not line.startswith("#"):
            return _CONTINUES.match(line) is not None
        if end < 0:
            return False
        start = end + 1
    return False
