"""What the interpreters make of every mutant of some claims."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

from proofs.cache import Cache
from proofs.language import ClaimError, expand, read
from proofs.limits import Budget, Watch
from proofs.markdown import Block
from proofs.mutation.slips import slips
from proofs.parallel import cores, in_order
from proofs.refuters.edits import Edit

#: What becomes of a mutant, worst first; the first two are faults of this library.
KINDS = ("contradiction", "open", "meaningless", "refuted", "proved")
TIMEOUT = 10.0
TRIES = 1000


class Mutant(NamedTuple):
    """A step of a claim and one of its slips, by their numbers; the text of the claim says the rest."""

    claim: str
    text: str
    step: int
    slip: int

    @property
    def edit(self) -> Edit:
        """The slip, in words, and the claim of one step that it makes."""
        return _slips(self.text)[self.step][self.slip]


@dataclass(frozen=True)
class Trial:
    """What became of a mutant.

    Args:
        mutant: which one.
        kind: one of `KINDS`.
        words: why it means nothing, or stays open; empty where it is decided.
    """

    mutant: Mutant
    kind: str
    words: str = ""


def mutants_of(blocks: Iterable[Block]) -> list[Mutant]:
    """Every mutant of every step of the claims that can be read.

    >>> len(mutants_of([Block("gibbs", "KL(p(x) || q(x)) >= 0", "f.md", 1)])) > 10
    True
    """
    found = []
    for block in blocks:
        try:
            listed = _slips(block.text)
        except ClaimError:
            continue
        found += [Mutant(block.name, block.text, n, m) for n, edits in enumerate(listed) for m in range(len(edits))]
    return found


@lru_cache(maxsize=8)
def _slips(text: str) -> list[list[Edit]]:
    claim = read(text)
    return [slips(claim, step) for step in claim.steps]


def tried(
    mutants: Sequence[Mutant],
    *,
    jobs: int = 1,
    cache: Cache | None = None,
    timeout: float = TIMEOUT,
    tries: int = TRIES,
    seed: int = 0,
) -> Generator[Trial, None, None]:
    """Decide mutants, in order, each as `proofs.check` decides a step.

    Args:
        mutants: what is decided.
        jobs: how many processes; 0 is one for each core. What becomes of a mutant does not depend on it.
        cache: where what is decided is kept, and looked for, so that a run that was interrupted goes on.
        timeout, tries, seed: as for `proofs.check`, for each mutant.

    Raises:
        ValueError: if `jobs` is negative.
    """
    if jobs < 0:
        raise ValueError(f"jobs must be a number of processes, or 0 for one a core, not {jobs}")
    keys = ["" if cache is None else cache.key("mutant", mutant.edit.claim, tries, seed) for mutant in mutants]
    known = [None if cache is None else _kept(cache.get(key)) for key in keys]
    missing = [mutant for mutant, found in zip(mutants, known, strict=True) if found is None]
    work = partial(_decided, timeout=timeout, tries=tries, seed=seed)
    jobs = min(jobs or cores(), len(missing))
    results: Generator[_Found | None, None, None] = (work(mutant) for mutant in missing)
    if jobs > 1:
        results = in_order(work, missing, jobs)
    with closing(results):
        for mutant, key, before in zip(mutants, keys, known, strict=True):
            found = before or next(results) or ("open", "the process that tried it died; please report this")
            if cache is not None and before is None and found[0] not in KINDS[:2] and cache.is_current():
                cache.put(key, found)
            yield Trial(mutant, *found)


_Found = tuple[str, str]


def _kept(values: Any) -> _Found | None:
    """What a cache holds, where it is what `tried` puts there."""
    whole = isinstance(values, list) and len(values) == 2 and values[0] in KINDS and isinstance(values[1], str)
    return (values[0], values[1]) if whole else None


def _decided(mutant: Mutant, *, timeout: float, tries: int, seed: int) -> _Found:
    from proofs.attempt import INTERPRETERS, Attempt, Contradiction

    try:
        claim = expand(mutant.edit.claim)
    except ClaimError as error:
        return "meaningless", f"it cannot be read: {error}"
    found = []
    with Watch() as watch:
        for step in claim.steps:  # a slip in a definition may leave more than one
            attempt = Attempt(claim, step, seed, tries, Budget(timeout, watch))
            try:
                attempt.run(INTERPRETERS)
            except Contradiction as error:
                return "contradiction", str(error)
            found.append((_kind(attempt), attempt.message))
    kinds = [kind for kind, _ in found]
    kind = "refuted" if "refuted" in kinds else min(kinds, key=KINDS.index)
    return kind, "; ".join(words for other, words in found if other == kind and words)


def _kind(attempt: Any) -> str:
    """A step of which no interpreter can speak is open; it is meaningless only where one has shown so."""
    if attempt.verdict == "unsupported":
        return "meaningless" if attempt.meaningless else "open"
    return str(attempt.verdict)
