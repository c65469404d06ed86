"""Checking all the claims of some files, and whether they came out as their authors expected."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from proofs.attempt import INTERPRETERS, Contradiction
from proofs.cache import Cache
from proofs.check import TIMEOUT, TRIES, check
from proofs.limits import TimeLimit, within
from proofs.markdown import Block, read_blocks
from proofs.parallel import cores, in_order
from proofs.report import HelperReport, Report, claim_to_json
from proofs.shipped import hold

CATALOGUE = Path(__file__).parent / "catalogue"
_GRACE = 20.0  # seconds
_DIED = "the process that checked it crashed, or was ended long after its time limit; please report this"
_LOADED = ("proofs.documents", "scipy.optimize", *(each.module for each in INTERPRETERS if each.module))


def catalogue() -> tuple[Block, ...]:
    """The built-in claims, file by file."""
    here = Path.cwd()
    paths = sorted(CATALOGUE.glob("*.md"))
    shown = [path.relative_to(here) if path.is_relative_to(here) else path for path in paths]
    return tuple(block for path in shown for block in read_blocks(path))


@dataclass(frozen=True)
class Outcome:
    """A block, what the check found, and whether that is what its author expected.

    Args:
        block: the claim and where it stands.
        report: what the check found.
        as_expected: whether the verdicts are the expected ones, and the helper computes what is proved.
        helper: what was found about the function that the block names; None where it names none.
        cached: whether it was decided before, and taken from a cache.
    """

    block: Block
    report: Report
    as_expected: bool
    helper: HelperReport | None = None
    cached: bool = False

    def to_json(self) -> dict[str, Any]:
        """The entry of this claim in the document of ``proofs check --json``."""
        block = self.block
        return claim_to_json(self.report, name=block.name, file=block.file, line=block.line, helper=self.helper)


def check_blocks(
    blocks: Iterable[Block],
    *,
    seed: int = 0,
    tries: int = TRIES,
    timeout: float | None = TIMEOUT,
    allow_open: bool = False,
    jobs: int = 1,
    cache: Cache | None = None,
) -> Generator[Outcome, None, None]:
    """Check the blocks, in order; an error in one never keeps the others from being checked.

    Args:
        blocks: the claims.
        seed, tries, timeout: as for `proofs.check`.
        allow_open: let ``open`` pass where ``proved`` was expected, of a claim or of its helper.
        jobs: how many processes check them; the verdicts do not depend on it. 0 is one for each core.
        cache: where what is decided is kept, and looked for.

    Raises:
        Contradiction: as `proofs.check` does: nothing further can be trusted then.
        MarkdownError: if a block expects another number of verdicts than it has steps.
        ValueError: if `jobs` is negative.
    """
    if jobs < 0:
        raise ValueError(f"jobs must be a number of processes, or 0 for one a core, not {jobs}")
    listed = list(blocks)
    known = [None if cache is None else _recalled(cache, block, seed, tries, timeout) for block in listed]
    missing = [block for block, found in zip(listed, known, strict=True) if found is None]
    work = partial(_checked, seed=seed, tries=tries, timeout=timeout)
    jobs = min(jobs or cores(), len(missing))
    results: Generator[_Found | None, None, None] = (work(block) for block in missing)
    if jobs > 1:
        # a check, that of a helper, and the search for repairs each keep to their limits while Python runs
        seconds = None if timeout is None else 2 * timeout + _GRACE
        results = in_order(work, missing, jobs, seconds=seconds, preload=_LOADED)
    with closing(results):
        for block, before in zip(listed, known, strict=True):
            found = before or next(results) or _failed(block, _DIED)
            if cache is not None and not found.kept:
                _record(cache, block, found, seed, tries)
            yield _outcome(block, found, allow_open, cached=before is not None)
    if cache is not None and missing:
        cache.trim()


class _Found(NamedTuple):
    """What the check of a block came to; `kept` where the cache holds all of it."""

    report: Report
    helper: HelperReport | None
    failed: bool = False
    kept: bool = False


def _checked(block: Block, *, seed: int, tries: int, timeout: float | None) -> _Found:
    """Check one block, and search for what its author may have meant: that is slow, and shown wherever it is found."""
    if block.problem:
        return _failed(block, block.problem)
    try:
        report = check(block.text, seed=seed, tries=tries, timeout=timeout)
        helper = hold(report, block.helper, timeout=timeout) if block.helper else None
        _ = report.repair
    except Contradiction:
        raise
    except Exception as error:  # a bug of ours in one claim: said aloud, never as expected, and the others run
        return _failed(block, f"the check itself failed ({type(error).__name__}: {error}); please report this")
    return _Found(report, helper)


def _failed(block: Block, message: str) -> _Found:
    return _Found(Report(block.text, None, (), message=message), None, failed=True)


def _outcome(block: Block, found: _Found, allow_open: bool, *, cached: bool) -> Outcome:
    helper = found.helper
    if found.failed:
        return Outcome(block, found.report, False)
    computed = helper is None or helper.verdict == "proved" or (allow_open and helper.verdict == "open")
    expected = block.as_expected(found.report, allow_open=allow_open)
    return Outcome(block, found.report, expected and computed, helper, cached)


# --- the cache -------------------------------------------------------------------------------------------------------


def _recalled(cache: Cache, block: Block, seed: int, tries: int, timeout: float | None) -> _Found | None:
    """What is known of the block; None where nothing is, or what is known does not hold."""
    from proofs.language import ClaimError, expand, read
    from proofs.recorded import Unreadable, key, recall

    def look() -> _Found | None:
        claim = read(block.text)
        expanded = expand(claim)
        values = cache.get(key(cache, expanded, block.helper, seed, tries))
        if values is None:
            return None
        return _Found(*recall(values, block.text, claim, expanded, block.helper))

    start = time.perf_counter()
    try:
        found = within(timeout, look)
    except (ClaimError, TimeLimit, RecursionError, Unreadable):
        return None
    if found is None:
        return None
    report = replace(found.report, seconds=time.perf_counter() - start)
    kept = found.report.has_repairs or report.first_false is None
    if found.report.has_repairs:
        report.set_repairs(found.report.repair)
    _ = report.repair
    return found._replace(report=report, kept=kept)


def _record(cache: Cache, block: Block, found: _Found, seed: int, tries: int) -> None:
    from proofs.language import expand
    from proofs.recorded import Unreadable, decided, key, record

    if found.report.claim is None or not decided(found.report, found.helper) or not cache.is_current():
        return
    try:
        cache.put(key(cache, expand(found.report.claim), block.helper, seed, tries), record(found.report, found.helper))
    except (Unreadable, RecursionError):
        return
