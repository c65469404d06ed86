"""Checking all the claims of some files, and whether they came out as their authors expected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proofs.check import TIMEOUT, TRIES, Contradiction, check
from proofs.limits import TimeLimit, within
from proofs.markdown import Block, read_blocks
from proofs.outcome import Proof, Unsupported
from proofs.report import Report, claim_to_json

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
        as_expected: whether the verdicts are the expected ones, and the helper computes what is claimed.
        helper: what was found about the function that the block names; empty where it names none.
        traced: whether that function was shown to compute what is claimed.
    """

    block: Block
    report: Report
    as_expected: bool
    helper: str = ""
    traced: bool = False

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
) -> Iterator[Outcome]:
    """Check one block after the other; an error in one never keeps the others from being checked.

    Args:
        blocks: the claims.
        seed, tries, timeout: as for `proofs.check`.
        allow_open: let ``open`` pass where ``proved`` was expected.

    Raises:
        Contradiction: as `proofs.check` does: nothing further can be trusted then.
        MarkdownError: if a block expects another number of verdicts than it has steps.
    """
    for block in blocks:
        try:
            report = check(block.text, seed=seed, tries=tries, timeout=timeout)
            sound, traced, words = _helper(block, report, timeout)
        except Contradiction:
            raise
        except Exception as error:  # a bug of ours in one claim: said aloud, never as expected, and the others run
            message = f"the check itself failed ({type(error).__name__}: {error}); please report this"
            yield Outcome(block, Report(block.text, None, (), message=message), False)
            continue
        yield Outcome(block, report, sound and block.as_expected(report, allow_open=allow_open), words, traced)


def _helper(block: Block, report: Report, timeout: float | None) -> tuple[bool, bool, str]:
    """Whether nothing speaks against the block's helper, whether it was traced, and what was found.

    A helper of a closed form is traced on symbols and has to be the proved expression. One of another claim (a bound
    estimated from samples) is only named: there is no expression to compare with.
    """
    if not block.helper or report.claim is None:
        return True, False, ""
    from proofs.language import expand
    from proofs.provers.helpers import check_helper

    claim, name = expand(report.claim), block.helper
    try:
        found = within(timeout, lambda: check_helper(claim, name))
    except Unsupported as reason:
        closed = any(step.proof is not None and step.proof.method == "closed form" for step in report.steps)
        return not closed, False, f"{name} was not traced: {reason}"
    except ValueError as error:
        return False, False, str(error)
    except TimeLimit:
        return False, False, f"{name} was not traced within the time limit of {timeout:g} s"
    if isinstance(found, Proof):
        return True, True, found.details
    if found is None:
        return False, False, f"{name} could not be shown to compute this, and no point was found where it does not"
    point = ", ".join(f"{key} = {value}" for key, value in found.values.items())
    return False, False, f"{name} computes something else: {found.left} against {found.right} at {point}"
