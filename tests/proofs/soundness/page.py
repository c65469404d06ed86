"""What became of generated claims, as a page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from tests.proofs.soundness import KINDS
from tests.proofs.soundness.trial import VERDICTS, Trial

_EXAMPLES = 3  # of each kind
_ROW = re.compile(r"^\| (?P<kind>[^|]+?) \| (?P<count>\d+) \|", re.MULTILINE)


def page(trials: Sequence[Trial], *, command: str) -> str:
    """The page, in Markdown.

    Args:
        trials: what became of the claims.
        command: what makes the page.
    """
    wrong = [trial for trial in trials if trial.wrong]
    parts = [_introduction(len(trials), wrong, command), _table(trials)]
    if wrong:
        parts += ["## What is not as it has to be", *(_example(trial, trial.wrong) for trial in wrong)]
    parts.append("## What is left open")
    parts.append(f"At most {_EXAMPLES} examples of each kind.")
    for kind in KINDS:
        left = [trial for trial in trials if trial.kind == kind.name and trial.verdict == "open" and not trial.wrong]
        if left:
            parts.append(f"### {kind.name}")
            parts += [_example(trial, trial.words) for trial in left[:_EXAMPLES]]
    return "\n\n".join(parts) + "\n"


def counts(text: str) -> dict[str, int]:
    """How many claims of each kind a page counts."""
    return {row["kind"]: int(row["count"]) for row in _ROW.finditer(text)}


def _introduction(total: int, wrong: Sequence[Trial], command: str) -> str:
    found = """Nothing was both proved and refuted, nothing that is true by construction was refuted,
nothing that is false by construction was proved, and of the linear fragment all was decided."""
    if wrong:
        found = f"{len(wrong)} of the verdicts are not what they have to be; they are listed below, with the reason."
    return f"""<!-- generated: {command} -->

# Provers against refuters

{total} generated claims, each given to all provers and refuters: a claim that is proved is still held against models,
so that an error of either shows as a contradiction. True claims are made by writing one expression in two ways, or by
adding to one side what a theorem says is never negative; false ones by adding what is not zero; and others by one slip
in a true one (the slips of [mutation testing](mutation.md)), or at random.
{found}

The linear fragment holds rational combinations of means of logarithms of densities, such as entropies, divergences and
informations. Outside of it the share that is left open is a measure of how much there is to do; a claim with a slip may
be true or false, and one at random need not follow from anything that is known here.

This page is made by `{command}`."""


def _table(trials: Sequence[Trial]) -> str:
    found: dict[str, Counter[str]] = {kind.name: Counter() for kind in KINDS}
    for trial in trials:
        found[trial.kind][trial.verdict] += 1
    lines = [f"| kind | claims | {' | '.join(VERDICTS)} | share open |", "| --- |" + " ---: |" * 6]
    for name, verdicts in found.items():
        cells = " | ".join(str(verdicts[verdict]) for verdict in VERDICTS)
        share = f"{100 * verdicts['open'] / max(1, verdicts.total()):.1f} %"
        lines.append(f"| {name} | {verdicts.total()} | {cells} | {share} |")
    return "\n".join(lines)


def _example(trial: Trial, words: str) -> str:
    first = words.splitlines()[0] if words else ""
    return f"Seed {trial.seed}: {first}\n\n```text\n{trial.text}\n```"
