"""Checking all the claims of some files, and whether they came out as their authors expected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proofs.check import TIMEOUT, TRIES, Contradiction, check
from proofs.markdown import Block, read_blocks
from proofs.report import HelperReport, Report, claim_to_json
from proofs.shipped import hold

CATALOGUE = Path(__file__).parent / "catalogue"


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
    """

    block: Block
    report: Report
    as_expected: bool
    helper: HelperReport | None = None

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
) -> Iterator[Outcome]:
    """Check one block after the other; an error in one never keeps the others from being checked.

    Args:
        blocks: the claims.
        seed, tries, timeout: as for `proofs.check`.
        allow_open: let ``open`` pass where ``proved`` was expected, of a claim or of its helper.

    Raises:
        Contradiction: as `proofs.check` does: nothing further can be trusted then.
        MarkdownError: if a block expects another number of verdicts than it has steps.
    """
    for block in blocks:
        try:
            report = check(block.text, seed=seed, tries=tries, timeout=timeout)
            helper = hold(report, block.helper, timeout=timeout) if block.helper else None
        except Contradiction:
            raise
        except Exception as error:  # a bug of ours in one claim: said aloud, never as expected, and the others run
            message = f"the check itself failed ({type(error).__name__}: {error}); please report this"
            yield Outcome(block, Report(block.text, None, (), message=message), False)
            continue
        computed = helper is None or helper.verdict == "proved" or (allow_open and helper.verdict == "open")
        yield Outcome(block, report, block.as_expected(report, allow_open=allow_open) and computed, helper)
