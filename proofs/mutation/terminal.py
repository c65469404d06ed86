"""What became of the mutants of some claims, on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from proofs.display import duration
from proofs.mutation.run import KINDS, Trial

_STYLES = {"refuted": "green", "proved": "green", "meaningless": "dim", "open": "yellow", "contradiction": "bold red"}


def summary(trials: Sequence[Trial], seconds: float) -> RenderableType:
    """A row of counts for each claim, every mutant that stays open in full, and the totals."""
    counts: dict[str, Counter[str]] = {}
    for trial in trials:
        counts.setdefault(trial.mutant.claim, Counter())[trial.kind] += 1
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("claim", no_wrap=True)
    for heading in ("mutants", "refuted", "proved", "meaningless", "open"):
        table.add_column(heading, justify="right")
    for claim, found in counts.items():
        cells = (str(found[kind]) for kind in ("refuted", "proved", "meaningless"))
        missed = found["open"] + found["contradiction"]
        table.add_row(claim, str(found.total()), *cells, Text(str(missed), style=_STYLES["open"] if missed else "dim"))
    parts: list[RenderableType] = [table]
    for kind in KINDS[:2]:
        parts += [_in_full(trial) for trial in trials if trial.kind == kind]
    total = sum(counts.values(), Counter())
    words = [Text(f"{total[kind]} {kind}", style=_STYLES[kind]) for kind in reversed(KINDS) if total[kind]]
    closing = Text(f"{total.total()} mutants of {len(counts)} claims: ").append_text(Text(", ").join(words))
    return Group(*parts, closing.append(f"; {duration(seconds)}"))


def _in_full(trial: Trial) -> RenderableType:
    mutant = trial.mutant
    head = Text.assemble(
        (trial.kind, _STYLES[trial.kind]), f"  {mutant.claim}, step {mutant.step + 1}: {mutant.edit.words}"
    )
    return Group(head, Padding(Text(f"{mutant.edit.text()}\n{trial.words}"), (0, 0, 0, 4)))
