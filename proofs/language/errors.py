"""The one error that reading a claim can end in: it quotes the claim and points at the column."""

from __future__ import annotations


class ClaimError(ValueError):
    """A claim that cannot be read.

    Args:
        message: what is wrong, in one sentence.
        source: the whole text that was read.
        offset: the place in `source` that the message is about, as an index; None where no place is to blame.
        expected: what would be accepted there.

    >>> print(ClaimError("unexpected `]`", source="log [] = 0", offset=5, expected=("an expression",)))
    line 1, column 6: unexpected `]`
      log [] = 0
           ^
    expected an expression
    """

    def __init__(
        self, message: str, *, source: str = "", offset: int | None = None, expected: tuple[str, ...] = ()
    ) -> None:
        self.message = message
        self.source = source
        self.expected = expected
        self.line, self.column, self._quoted = _place(source, offset)
        super().__init__(self._text())

    def _text(self) -> str:
        place = f"line {self.line}, column {self.column}: " if self.line else ""
        lines = [place + self.message]
        if self._quoted and self._quoted[0]:
            lines.append(f"  {self._quoted[0]}")
            lines.append(f"  {' ' * self._quoted[1]}^")
        if self.expected:
            lines.append("expected " + " or ".join(self.expected))
        return "\n".join(lines)


def _place(source: str, offset: int | None) -> tuple[int, int, tuple[str, int] | None]:
    """Line and column (from 1), and the line as it is quoted together with the caret's indentation."""
    if offset is None:
        return 0, 0, None
    offset = max(0, min(offset, len(source)))
    start = source.rfind("\n", 0, offset) + 1
    end = source.find("\n", offset)
    text = source[start : end if end >= 0 else len(source)]
    column = offset - start
    first = max(0, column - 100)  # a very long line is quoted around the column
    quoted = "".join(c if c.isprintable() else " " for c in text[first : column + 40])
    return source.count("\n", 0, offset) + 1, column + 1, (quoted.rstrip(), column - first)
