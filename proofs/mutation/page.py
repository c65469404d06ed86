"""What became of the mutants of some claims, as a page: how many of each kind, and every one that stays open."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from proofs.markdown import Block
from proofs.mutation.run import KINDS, Trial

_SHOWN = ("refuted", "proved", "meaningless", "open", "contradiction")
_MEANING = {
    "refuted": "a counterexample was found",
    "proved": "the slip leaves something true, and it was proved",
    "meaningless": "the slip leaves no claim: the reasons are counted below",
    "open": "neither proved nor refuted: a wrong line like this one would pass unnoticed",
    "contradiction": "both proved and refuted: a bug of this library",
}

#: Why a mutant means nothing, by what the message holds; the first that fits counts.
_REASONS = (
    ("integrates to", "a law in it does not integrate to one"),
    ("is negative", "a law in it is negative somewhere"),
    ("the logarithm of", "the logarithm of something negative, on some model"),
    ("the square root of", "the square root of something negative, on some model"),
    ("the power ", "a fractional power of something negative, on some model"),
    ("a quotient by 0", "a quotient by zero, on some model"),
    ("undefined on all", "a side has a value on no model"),
    ("is not positive", "a parameter of a named law is outside of its domain"),
    ("no finite value", "a side has no finite value at some point"),
    ("cannot be read", "it cannot be read"),
)
_ROW = re.compile(r"^\| `(?P<claim>[^`]+)` \| (?P<mutants>\d+) \|", re.MULTILINE)


def page(blocks: Iterable[Block], trials: Sequence[Trial], *, command: str) -> str:
    """The page, in Markdown.

    Args:
        blocks: the claims.
        trials: what became of their mutants.
        command: what makes the page.
    """
    counts: dict[str, Counter[str]] = {}
    for trial in trials:
        counts.setdefault(trial.mutant.claim, Counter())[trial.kind] += 1
    total = sum(counts.values(), Counter())
    parts = [_introduction(total, len(counts), command), _kinds(total)]
    reasons = Counter(reason(trial.words) for trial in trials if trial.kind == "meaningless")
    if reasons:
        rows = [f"| {words} | {count} |" for words, count in reasons.most_common()]
        parts.append("\n".join(["## What means nothing", "", "| because of | mutants |", "| --- | ---: |", *rows]))
    parts.append(_claims(blocks, counts))
    parts += [_listed(kind, trials) for kind in KINDS[:2] if total[kind]]
    return "\n\n".join(parts) + "\n"


def rows(text: str) -> dict[str, int]:
    """How many mutants a page counts of each claim."""
    return {row["claim"]: int(row["mutants"]) for row in _ROW.finditer(text)}


def reason(words: str) -> str:
    """The kind of reason that a message gives for a mutant to mean nothing.

    >>> reason("a side has no value, being the logarithm of -1, where x has one point")
    'the logarithm of something negative, on some model'
    """
    return next((named for part, named in _REASONS if part in words), "another reason")


def _introduction(total: Counter[str], claims: int, command: str) -> str:
    return f"""<!-- generated: {command} -->

# Mutants

A claim that is proved says little about who proved it. So every step of every claim is made wrong by every single slip
that people make, at every place at which they may make it: a sign flipped, the arguments of a divergence swapped, a
log, a square or a factor one half added or lost, a constant changed, *p* written for *q*, an entropy added, a sum for a
mean, a relation turned, weakened or strengthened. The declarations are kept, and each mutant is given to the same
provers and refuters as the claim.

This page is made by `{command}`, with `-j 0` for speed; `proofs mutate FILES` does the same for
notes of your own. Time limits are of wall-clock time: on a busy machine more is left open.

{total.total()} mutants of {claims} claims:"""


def _kinds(total: Counter[str]) -> str:
    lines = ["| what became of it | mutants | |", "| --- | ---: | --- |"]
    return "\n".join([*lines, *(f"| {kind} | {total[kind]} | {_MEANING[kind]} |" for kind in _SHOWN)])


def _claims(blocks: Iterable[Block], counts: dict[str, Counter[str]]) -> str:
    lines = ["## Claim by claim"]
    file = ""
    for block in blocks:
        if block.name not in counts:
            continue
        if block.file != file:
            file = block.file
            lines += ["", f"### {PurePath(file).stem}", "", f"| claim | mutants | {' | '.join(_SHOWN[:4])} |"]
            lines.append("| --- |" + " ---: |" * 5)
        found = counts[block.name]
        lines.append(
            f"| `{block.name}` | {found.total()} | " + " | ".join(str(found[kind]) for kind in _SHOWN[:4]) + " |"
        )
    return "\n".join(lines)


def _listed(kind: str, trials: Sequence[Trial]) -> str:
    lines = [f"## What is {'left open' if kind == 'open' else 'contradictory'}", ""]
    lines.append("Each with its claim, its slip, and what the interpreters say.")
    for trial in trials:
        if trial.kind == kind:
            mutant = trial.mutant
            lines += ["", f"`{mutant.claim}`, step {mutant.step + 1}: {mutant.edit.words}", "", "```text"]
            lines += [mutant.edit.text(), "```", "", trial.words.splitlines()[0] if trial.words else ""]
    return "\n".join(lines).rstrip()
