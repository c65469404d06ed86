"""What the interpreters make of generated claims, and whether that can be right."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from proofs.attempt import INTERPRETERS, Attempt, Contradiction
from proofs.language import to_text
from proofs.limits import Budget, Watch
from proofs.parallel import in_order
from tests.proofs.soundness import KINDS, Kind

VERDICTS = ("proved", "refuted", "meaningless", "open")
TRIES = 300
TIMEOUT = 5.0

Task = tuple[int, int]
"""The number of a kind in `KINDS`, and a seed."""


@dataclass(frozen=True)
class Trial:
    """What became of one generated claim.

    Args:
        kind: its kind's name.
        seed: what it was drawn from.
        text: its step.
        verdict: one of `VERDICTS`.
        wrong: why that cannot be right; empty where it can.
        words: what a report says of it.
    """

    kind: str
    seed: int
    text: str
    verdict: str
    wrong: str = ""
    words: str = ""


def tasks(total: int, first: int = 0) -> list[Task]:
    """At least `total` tasks, shared among the kinds by their weights, seeds from `first` on."""
    weights = sum(kind.weight for kind in KINDS)
    return [
        (number, first + seed)
        for number, kind in enumerate(KINDS)
        for seed in range(-(-total * kind.weight // weights))
    ]


def tried(listed: list[Task], *, jobs: int = 1, timeout: float | None = TIMEOUT) -> Generator[Trial, None, None]:
    """Each claim before the interpreters, in order."""
    work = partial(decided, timeout=timeout)
    if jobs == 1:
        yield from map(work, listed)
        return
    with closing(in_order(work, listed, jobs)) as found:
        for task, trial in zip(listed, found, strict=True):
            yield trial or Trial(KINDS[task[0]].name, task[1], "", "open", words="the process that tried it died")


def decided(task: Task, *, timeout: float | None = TIMEOUT) -> Trial:
    """One claim before the interpreters: after a proof, the refuters are asked, too."""
    number, seed = task
    kind = KINDS[number]
    claim = kind.claim(seed)
    (step, *others) = claim.steps
    text = to_text(step)
    with Watch() as watch:
        attempt = Attempt(claim, step, seed, TRIES, Budget(timeout, watch))
        provers = Attempt(claim, step, seed, TRIES, Budget(timeout, watch))
        try:
            attempt.run(INTERPRETERS)
            if attempt.counterexample is not None:  # the refuters are asked first, and would hide a wrong proof
                provers.run([interpreter for interpreter in INTERPRETERS if interpreter.proves])
        except Contradiction as error:
            return Trial(kind.name, seed, text, "open", str(error))
    verdict = attempt.verdict
    if verdict == "unsupported":
        verdict = "meaningless" if attempt.meaningless else "open"
    words, fault = attempt.message, "" if others else wrong(kind, verdict)
    if attempt.counterexample is not None:
        words = f"{attempt.counterexample.left} against {attempt.counterexample.right}"
    if provers.proof is not None:
        fault = f"it is proved ({provers.proof.details}) and refuted ({words})"
    return Trial(kind.name, seed, text, verdict, fault, words)


def wrong(kind: Kind, verdict: str) -> str:
    """Why a verdict on a claim of this kind cannot be right.

    >>> wrong(KINDS[0], "refuted"), wrong(KINDS[0], "proved")
    ('it is true by construction', '')
    """
    if kind.truth is True and verdict == "refuted":
        return "it is true by construction"
    if kind.truth is False and verdict == "proved":
        return "it is false by construction"
    if kind.decided and verdict != ("proved" if kind.truth else "refuted"):
        return "it is of the linear fragment"
    return ""
