"""What a conformance check found, for people and for machines: every finding with the line that reproduces it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import NoReturn

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

#: What can be wrong with an implementation, the gravest first, in words.
KINDS = {
    "wrong value": "differs from the certified value at moderate parameters",
    "wrong support": "is finite where the divergence is +inf",
    "infinite": "is infinite where the divergence is not",
    "nan": "is NaN where the divergence has a value",
    "error": "is an exception where the divergence has a value",
    "broadcasting": "differs between arrays and their elements",
    "wrong gradient": "has a gradient that is not the derivative at moderate parameters",
    "nan gradient": "has a gradient of NaN or inf where the derivative is finite",
    "negative": "is negative",
    "nonzero": "is not zero at equality",
    "lost digits": "keeps less than half of its digits",
    "lost digits of the gradient": "has a gradient that keeps less than half of its digits at moderate parameters",
    "dtype": "comes in another precision than its arguments",
}

Call = Callable[[Mapping[str, float], str, bool], str]


@dataclass(frozen=True)
class Finding:
    """One way in which an implementation is wrong, at the simplest parameters that were found for it.

    Args:
        kind: one of `KINDS`.
        regime: where in the grid it showed first.
        point: the parameters.
        dtype: the precision that they are handed over in.
        got: what the implementation gives.
        expected: the certified value, to 17 digits.
        error: the relative error; inf where it has none.
        code: a line of Python that prints what the implementation gives, with the certified value in a comment.
        count: at how many points of the grid it showed; 0 for what only the search found.
    """

    kind: str
    regime: str
    point: Mapping[str, float]
    dtype: str
    got: str
    expected: str
    error: float
    code: str
    count: int = 0

    def as_python(self) -> str:
        """The line that reproduces it."""
        return self.code

    def __str__(self) -> str:
        at = ", ".join(f"{name}={value!r}" for name, value in self.point.items())
        return f"{KINDS[self.kind]} ({self.dtype}): {self.got} for {self.expected} at {at}"


@dataclass(frozen=True)
class ConformanceReport:
    """All findings on one implementation.

    Args:
        name: what was checked.
        findings: the gravest first; empty where none.
        points: how many points had a certified value to compare with.
        skipped: how many had none, or were declared invalid by the implementation.
        worst: the largest relative error of a finite value by regime.
    """

    name: str
    findings: tuple[Finding, ...]
    points: int
    skipped: int
    worst: Mapping[str, float]

    @property
    def ok(self) -> bool:
        """Whether there are no findings, and points at all."""
        return not self.findings and self.points > 0

    def raise_if_bad(self) -> None:
        """Raises `NonConformance`, an AssertionError, that lists the findings."""
        if not self.ok:
            raise NonConformance(str(self))

    def as_python(self) -> str:
        """A line for each finding that reproduces it."""
        return "\n".join(finding.as_python() for finding in self.findings)

    def __rich__(self) -> RenderableType:
        head = Text(f"{'✓' if self.ok else '✗'} {self.name}", style="green" if self.ok else "red")
        tail = Text(f"{self.points} certified values, {self.skipped} points without; {self._errors()}")
        if not self.findings:
            return Group(head, tail)
        table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
        for column in ("finding", "dtype", "at", "got", "certified", "rel. error", "of the grid"):
            table.add_column(column, overflow="fold")
        for one in self.findings:
            at = "\n".join(f"{name} = {value!r}" for name, value in one.point.items())
            table.add_row(one.kind, one.dtype, at, one.got, one.expected, digits(one.error), str(one.count))
        return Group(head, table, tail)

    def __str__(self) -> str:
        console = Console(width=140, color_system=None, force_terminal=False)
        with console.capture() as capture:
            console.print(self)
            for finding in self.findings:
                console.print(finding.code, soft_wrap=True, markup=False, highlight=False)
        return "\n".join(line.rstrip() for line in capture.get().splitlines())

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(one.kind)}</td><td>{one.dtype}</td><td>{escape(one.got)}</td><td>{escape(one.expected)}</td>"
            f"<td>{digits(one.error)}</td><td><code>{escape(one.code)}</code></td></tr>"
            for one in self.findings
        )
        head = "<tr><th>finding</th><th>dtype</th><th>got</th><th>certified</th><th>rel. error</th><th></th></tr>"
        mark = "✓" if self.ok else "✗"
        table = f"<table>{head}{rows}</table>" if rows else ""
        return f"<div><b>{mark} {escape(self.name)}</b>{table}{escape(self._errors())}</div>"

    def _errors(self) -> str:
        return "worst relative error " + ", ".join(f"{regime} {digits(error)}" for regime, error in self.worst.items())

    def __bool__(self) -> NoReturn:
        raise TypeError("a report has no truth value: ask for .ok, or call .raise_if_bad()")


class NonConformance(AssertionError):
    """An implementation is not what it should be; the message is the report."""


def digits(error: float) -> str:
    """A relative error to one digit."""
    return "∞" if math.isinf(error) or math.isnan(error) else f"{error:.0e}"
