"""Reports as a person reads them: a table of many claims, or one claim in full."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import IO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from proofs.documents import Outcome
from proofs.markdown import Block
from proofs.outcome import VERDICTS, Counterexample
from proofs.report import HelperReport, Report, StepReport

STYLES = {"proved": "green", "refuted": "red", "open": "yellow", "unsupported": "magenta"}
MARKS = {"proved": "✓", "refuted": "✗", "open": "?", "unsupported": "–"}

_SMALL = 160  # characters of a gap or a counterexample that a table shows
_WIDTH = 120  # where the output is no terminal
_NOT = {"=": "≠", "~=": "≠", "<=": ">", ">=": "<", "<": "≥", ">": "≤"}
_BALL = re.compile(r"^\[?(?P<middle>[-+]?\d[\d.]*(?:e[-+]?\d+)?)?\s*(?:\+/-\s*(?P<radius>[\d.e+-]+))?\]?$")


def console(file: IO[str] | None = None, *, stderr: bool = False) -> Console:
    """A console that colours on a terminal only, and is wide enough for a table where there is none."""
    made = Console(file=file, stderr=stderr, highlight=False)
    if not made.is_terminal:
        return Console(file=file, stderr=stderr, highlight=False, width=_WIDTH, color_system=None)
    return made


def plain(report: Report) -> str:
    """The report in full, as text without colours."""
    made = Console(width=_WIDTH, color_system=None, highlight=False, force_terminal=False)
    with made.capture() as capture:
        made.print(in_full(report))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def duration(seconds: float) -> str:
    """Seconds in the unit that a person would choose.

    >>> duration(0.0123), duration(2.5), duration(75)
    ('12 ms', '2.5 s', '1 min 15 s')
    """
    if seconds < 0.9995:
        return f"{max(1, round(seconds * 1000))} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    return f"{round(seconds) // 60} min {round(seconds) % 60} s"


def short(ball: str, *, digits: int = 6) -> str:
    """An enclosure to the digits that fit a table.

    >>> short("[0.693147180559945309417232 +/- 3.1e-25]"), short("[+/- 2.17e-19]"), short("1/3")
    ('0.693147', '0 ± 2e-19', '1/3')
    """
    found = _BALL.match(ball.strip())
    if found is None:
        return ball.strip()
    if not found["middle"]:
        return f"0 ± {float(found['radius']):.0e}"
    return f"{float(found['middle']):.{digits}g}" if len(found["middle"]) > digits else found["middle"]


def _versus(step: StepReport, found: Counterexample) -> str:
    """Both sides to as many digits as it takes to tell them apart."""
    for digits in (6, 9, 12, 15):
        left, right = short(found.left, digits=digits), short(found.right, digits=digits)
        if left != right:
            return f"{left} {_NOT[step.relation]} {right}"
    return f"{found.left} {_NOT[step.relation]} {found.right}"


def summary(report: Report) -> str:
    """A line or two: the gap of the last proved inequality, the counterexample, or what is missing."""
    count = len(report.steps)
    decisive = next((step for step in report.steps if step.verdict == report.verdict), None)
    if decisive is None:
        return report.message.splitlines()[0]
    where = f"step {report.steps.index(decisive) + 1} of {count}: " if count > 1 else ""
    if decisive.counterexample is not None:
        return f"{where}{_versus(decisive, decisive.counterexample)}{_model(report, decisive.counterexample)}"
    if decisive.proof is None:
        return where + decisive.message.splitlines()[0]
    gaps = [step.gap for step in report.steps if step.gap]
    methods = dict.fromkeys(step.proof.method for step in report.steps if step.proof is not None)
    brief = decisive.evidence.split(";")[0] if count == 1 else f"{count} steps, {' and '.join(methods)}"
    words = gaps[-1] if gaps else brief
    return words if len(words) <= _SMALL else f"{words[: _SMALL - 1]}…"


def _model(report: Report, found: Counterexample) -> str:
    """The counterexample, where it is small enough for a table."""
    if not found.tables and not found.laws:
        values = ", ".join(f"{name} = {value}" for name, value in found.values.items())
        return f" at {values}" if values else ""
    from proofs.refuters.describe import summary as model

    words = "" if report.claim is None else model(found, report.claim)
    return f"\n{words}" if 0 < len(words) <= _SMALL else ""


# --- one claim in full -----------------------------------------------------------------------------------------------


def in_full(report: Report) -> RenderableType:
    """Every step with its verdict and evidence; for a refuted claim the first false step and its counterexample."""
    parts: list[RenderableType] = []
    for step in report.steps:
        parts.append(_step(step))
    if report.message:
        parts.append(Text(report.message, style=STYLES[report.verdict]))
    false = report.first_false
    if false is not None and false.counterexample is not None:
        parts.append(_refutation(report, false, false.counterexample))
        parts.extend(_repairs(report))
    if report.assumptions:
        parts.append(Text("assuming"))
        parts.extend(Text(f"  {assumption}") for assumption in report.assumptions)
    parts.append(Text.assemble((report.verdict, f"bold {STYLES[report.verdict]}"), f" in {duration(report.seconds)}"))
    return Group(*parts)


def _step(step: StepReport) -> RenderableType:
    style = STYLES[step.verdict]
    notes = [f"-- {step.reason}"] if step.reason else []
    notes += [note for note in (step.gap, step.evidence) if note and step.counterexample is None]
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_row(Text(f"{MARKS[step.verdict]} {step.verdict}", style=style), Text(str(step)))
    for note in notes:
        rows.add_row("", Text(note, style="dim"))
    return rows


def _refutation(report: Report, step: StepReport, found: Counterexample) -> RenderableType:
    from proofs.refuters.describe import describe

    which = "the claim" if len(report.steps) == 1 else f"step {report.steps.index(step) + 1} of {len(report.steps)}"
    words = [describe(found, report.claim)] if report.claim is not None else []
    words += [found.details] if found.details else []
    return Group(
        Text.assemble("first false: ", (which, "bold"), ", where ", (_versus(step, found), "bold")),
        Text(f"the smallest counterexample found{f', after {found.tries} models' if found.tries else ''}:"),
        Padding(Text("\n".join(words)), (0, 0, 0, 4)),
    )


def _repairs(report: Report) -> list[RenderableType]:
    """The nearest claims that hold, the nearest first."""
    parts: list[RenderableType] = []
    for offered in report.repair:
        parts.append(Text(f"{'or' if parts else 'did you mean'} ({offered.edit})", style="dim"))
        parts.append(Padding(Text(offered.text, style=STYLES["proved"]), (0, 0, 0, 4)))
    return parts


# --- many claims -----------------------------------------------------------------------------------------------------


def table(outcomes: Sequence[Outcome]) -> RenderableType:
    """The claims under their headings, a row each; what is not as expected stands out and says what was expected."""
    width = max((len(outcome.block.name) for outcome in outcomes), default=0)
    verdict = max((len(outcome.report.verdict) for outcome in outcomes), default=0)
    parts: list[RenderableType] = []
    file = ""
    for (where, title), group in groupby(outcomes, lambda outcome: (outcome.block.file, outcome.block.title)):
        head = Text(title, style="bold")
        if where != file:
            head = Text.assemble((where, "bold underline"), "  " * bool(title), (title, "bold"))
        rows = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False, expand=True)
        rows.add_column(width=1)
        rows.add_column(width=width, no_wrap=True)
        rows.add_column(width=verdict, no_wrap=True)
        rows.add_column(ratio=1, overflow="fold")
        rows.add_column(width=8, justify="right", no_wrap=True)
        for outcome in group:
            _add_row(rows, outcome)
        parts += [Text()] * bool(file) + [head, rows]
        file = where
    return Group(*parts)


def _add_row(rows: Table, outcome: Outcome) -> None:
    style = STYLES[outcome.report.verdict]
    first, *more = summary(outcome.report).splitlines()
    words = Text(first)
    for line in more:
        words.append(f"\n{line}", style="dim")
    if outcome.report.repair and len(nearest := outcome.report.repair[0].text) <= _SMALL:
        words.append(f"\ndid you mean {nearest.replace(chr(10), '; ')}?", style="dim")
    helper = outcome.helper
    if helper is not None and helper.verdict == "proved":
        words.append(f"\ncomputed by {helper.name}", style="dim")
    elif helper is not None:
        words.append(f"\n{helper.evidence}", style="bold")
    if not outcome.as_expected and not outcome.block.as_expected(outcome.report):
        words.append(f"\nexpected {', '.join(outcome.block.expect)}", style="bold")
    rows.add_row(
        Text(MARKS[outcome.report.verdict], style=style),
        outcome.block.name,
        Text(outcome.report.verdict, style=style if outcome.as_expected else f"{style} bold reverse"),
        words,
        Text(duration(outcome.report.seconds), style="dim"),
    )


def closing(outcomes: Sequence[Outcome], seconds: float) -> RenderableType:
    """How many claims have which verdict, and how many of them are not as expected."""
    words = Text(f"{len(outcomes)} claims: ")
    counts = {verdict: sum(o.report.verdict == verdict for o in outcomes) for verdict in reversed(VERDICTS)}
    shown = [Text(f"{count} {verdict}", style=STYLES[verdict]) for verdict, count in counts.items() if count]
    words.append_text(Text(", ").join(shown))
    wrong = sum(not o.as_expected for o in outcomes)
    words.append_text(Text(f"; {wrong} not as expected", style="bold red") if wrong else Text("; all as expected"))
    cached = sum(o.cached for o in outcomes)
    return words.append(f"; {duration(seconds)}" + f" ({cached} decided before, --no-cache tries again)" * bool(cached))


def located(outcome: Outcome) -> RenderableType:
    """A claim in full, under its name and its place in the file."""
    body: RenderableType = in_full(outcome.report)
    line, column = outcome.report.place
    if line and outcome.block.file:  # the message says where in the block; the head says where in the file
        body = Text(outcome.report.message.removeprefix(f"line {line}, column {column}: "), style="magenta")
    if outcome.helper is not None:
        body = Group(body, _computed(outcome.helper))
    words = " ".join(filter(None, (_place(outcome), outcome.block.name)))
    return Group(Text(words, style="bold"), Padding(body, (0, 0, 1, 2))) if words else body


def _place(outcome: Outcome) -> str:
    if not outcome.block.file:
        return ""
    line, column = outcome.report.place
    if line:
        return f"{outcome.block.file}:{outcome.block.line + line - 1}:{column}:"
    false = outcome.report.first_false
    return f"{outcome.block.file}:{outcome.block.line + (false.line - 1 if false is not None and false.line else 0)}:"


def listing(blocks: Iterable[tuple[Block, int]]) -> RenderableType:
    """The claims by name, with the heading they stand under, the number of steps, and the function they describe."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    made.add_column("claim", no_wrap=True)
    made.add_column("title")
    made.add_column("steps", justify="right")
    made.add_column("helper", overflow="fold")
    for block, steps in blocks:
        made.add_row(block.name, Text(block.title), str(steps), block.helper)
    return made


def page(outcome: Outcome) -> RenderableType:
    """A claim as the catalogue presents it: prose, text, and the proof of every step."""
    block = outcome.block
    parts: list[RenderableType] = [
        Text.assemble((block.name, "bold"), f"  {block.title}", (f"  {block.file}:{block.line}", "dim"))
    ]
    if block.prose:
        from rich.markdown import Markdown

        parts.append(Padding(Markdown(block.prose), (1, 0, 0, 0)))
    parts.append(Padding(Text(block.text, style="cyan"), (1, 0, 1, 4)))
    parts.append(in_full(outcome.report))
    if outcome.helper is not None:
        parts.append(_computed(outcome.helper))
    return Group(*parts)


def _computed(helper: HelperReport) -> RenderableType:
    """The function that computes what is proved, or why it was not shown to."""
    if helper.verdict == "proved":
        return Text(f"computed by {helper.name}: {helper.evidence}")
    return Text.assemble((f"{MARKS[helper.verdict]} {helper.verdict}", STYLES[helper.verdict]), f"  {helper.evidence}")
