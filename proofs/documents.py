"""Checking all the claims of some files, and whether they came out as their authors expected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proofs.check import TIMEOUT, TRIES, Contradiction, check
from proofs.markdown import Block, read_blocks
from proofs.report import Report, claim_to_json

CATALOGUE = Path(__file__).parent / "catalogue"


def catalogue() -> tuple[Block, ...]:
    """The built-in claims, file by file."""
    return tuple(block for path in sorted(CATALOGUE.glob("*.md")) for block in read_blocks(path))


@dataclass(frozen=True)
class Outcome:
    """A block, what the check found, and whether that is what its author expected.

    Args:
        block: the claim and where it stands.
        report: what the check found.
        as_expected: whether the verdicts are the expected ones.
        failure: the error that ended the check, where the library itself failed on this claim; never as expected.
    """

    block: Block
    report: Report
    as_expected: bool
    failure: Exception | None = None

    def to_json(self) -> dict[str, Any]:
        """The entry of this claim in the document of ``proofs check --json``."""
        return claim_to_json(self.report, name=self.block.name, file=self.block.file, line=self.block.line)


def check_blocks(
    blocks: Iterable[Block],
    *,
    seed: int = 0,
    tries: int = TRIES,
    timeout: float | None = TIMEOUT,
    allow_open: bool = False,
    check: Callable[..., Report] = check,
) -> Iterator[Outcome]:
    """Check one block after the other; an error in one never keeps the others from being checked.

    Args:
        blocks: the claims.
        seed, tries, timeout: as for `proofs.check`.
        allow_open: let ``open`` pass where ``proved`` was expected.
        check: what checks one text.

    Raises:
        Contradiction: as `proofs.check` does: nothing further can be trusted then.
        MarkdownError: if a block expects another number of verdicts than it has steps.
    """
    for block in blocks:
        failure = None
        try:
            report = check(block.text, seed=seed, tries=tries, timeout=timeout)
        except Contradiction:
            raise
        except Exception as error:
            failure = error
            message = f"the check itself failed ({type(error).__name__}: {error}); please report this"
            report = Report(block.text, None, (), message=message)
        as_expected = failure is None and block.as_expected(report, allow_open=allow_open)
        yield Outcome(block, report, as_expected, failure)
