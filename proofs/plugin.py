"""The pytest plugin: claims in Markdown files as test items, one a step.

    pytest --proofs docs/              # every claim block of every *.md that is collected
    pytest --proofs "docs/notes.md::elbo-gap::step 2"
    pytest --proofs --proofs-no-cache docs/

In the configuration, `proofs_paths` names files whose claims are collected without ``--proofs``, and `proofs_timeout`
is the time limit of a claim. Until a claim is collected, nothing of this library is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from proofs.documents import Outcome
    from proofs.markdown import Block

DEFAULT_TIMEOUT = "30"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option ``--proofs`` and what the configuration may say."""
    group = parser.getgroup("proofs", "claims about probability")
    group.addoption("--proofs", action="store_true", help="check the claim blocks of Markdown files, one item a step")
    group.addoption("--proofs-no-cache", action="store_true", help="check again what was decided before")
    parser.addini(
        "proofs_paths",
        "patterns of Markdown files, from the root directory, whose claims are checked without --proofs: docs/*.md",
        type="args",
        default=[],
    )
    parser.addini("proofs_timeout", "time limit in seconds for each claim", default=DEFAULT_TIMEOUT)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ClaimFile | None:
    """A Markdown file, where its claims are asked for."""
    if file_path.suffix != ".md" or not _asked_for(file_path, parent.config):
        return None
    file: ClaimFile = ClaimFile.from_parent(parent, path=file_path)
    return file


def _asked_for(path: Path, config: pytest.Config) -> bool:
    if config.getoption("proofs"):
        return True
    patterns = config.getini("proofs_paths")
    root = config.rootpath
    return path.is_relative_to(root) and any(fnmatch(path.relative_to(root).as_posix(), p) for p in patterns)


def _timeout(config: pytest.Config) -> float:
    text = config.getini("proofs_timeout")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise pytest.UsageError(f"proofs_timeout must be a positive number of seconds, not {text!r}")
    return seconds


class NotAsExpected(Exception):
    """A step, or the function that computes a claim, came out other than expected; the report is the message."""


class ClaimFile(pytest.File):
    """A Markdown file."""

    def collect(self) -> Iterator[ClaimNode]:
        """Its claims, in order."""
        from proofs.markdown import MarkdownError, read_blocks

        try:
            blocks = read_blocks(self.path)
        except MarkdownError as error:
            raise self.CollectError(str(error)) from None
        for block in blocks:
            yield ClaimNode.from_parent(self, name=block.name, block=block)


class ClaimNode(pytest.Collector):
    """A claim block; it is checked once, when the first of its items runs."""

    def __init__(self, *, block: Block, **rest: Any) -> None:
        super().__init__(**rest)
        self.block = block
        self._outcome: Outcome | None = None

    def collect(self) -> Iterator[ClaimItem]:
        """An item for each step, and one for the function that the claim names; one alone if it cannot be read."""
        from proofs.language import ClaimError, read
        from proofs.limits import TimeLimit, within

        block = self.block
        try:
            steps = [step.line for step in within(_timeout(self.config), lambda: read(block.text)).steps]
        except (ClaimError, TimeLimit, RecursionError):
            yield self._item("reading", 0, 1)
            return
        if len(block.expect) > 1 and len(block.expect) != len(steps):
            counts = f"`:expect:` names {len(block.expect)} verdicts, and the claim has {len(steps)} steps"
            raise self.CollectError(f"{block.file}:{block.line}: {counts}")
        for number, line in enumerate(steps, 1):
            yield self._item(f"step {number}", number, line)
        if block.helper:
            yield self._item("helper", 0, 1)

    def _item(self, name: str, number: int, line: int) -> ClaimItem:
        item: ClaimItem = ClaimItem.from_parent(self, name=name, number=number, line=self.block.line + max(line, 1) - 1)
        if self.config.pluginmanager.hasplugin("xdist"):
            item.add_marker(pytest.mark.xdist_group(self.nodeid))  # with --dist loadgroup, one worker checks the claim
        return item

    def outcome(self) -> Outcome:
        """What the check of the claim found."""
        from proofs.cache import Cache, default_folder
        from proofs.documents import check_blocks

        if self._outcome is None:
            cache = None if self.config.getoption("proofs_no_cache") else Cache(default_folder())
            (self._outcome,) = check_blocks([self.block], timeout=_timeout(self.config), cache=cache)
        return self._outcome


class ClaimItem(pytest.Item):
    """One step of a claim (`number` counts from one), or with number 0 its reading or its helper."""

    def __init__(self, *, number: int, line: int, **rest: Any) -> None:
        super().__init__(**rest)
        self.number, self.line = number, line

    @property
    def claim(self) -> ClaimNode:
        assert isinstance(self.parent, ClaimNode)
        return self.parent

    def runtest(self) -> None:
        """Raises `NotAsExpected` unless the verdict is the one that the document expects."""
        outcome = self.claim.outcome()
        expected, found = self._verdicts(outcome)
        if expected == found:
            return
        from proofs.display import plain

        # pytest's summary has room for the first line, and says already where that is
        head = f"expected {expected}, found {found}: {self._words(outcome)}"
        place = f"{self.nodeid.partition('::')[0]}:{self.line}: {self.name} of {outcome.block.name}"
        raise NotAsExpected("\n".join([head, place, "", plain(outcome.report)]))

    def _words(self, outcome: Outcome) -> str:
        """What this item is about, in a line."""
        if self.name == "helper" and outcome.helper is not None:
            return outcome.helper.evidence
        steps = outcome.report.steps
        return str(steps[self.number - 1]) if self.number and steps else outcome.report.message.partition("\n")[0]

    def _verdicts(self, outcome: Outcome) -> tuple[str, str]:
        """The verdict that the document expects of this item, and the one that was found."""
        expect, report = outcome.block.expect, outcome.report
        if self.name == "helper":
            return "proved", "unsupported" if outcome.helper is None else outcome.helper.verdict
        if not self.number or not report.steps:
            return expect[0], report.verdict
        if len(expect) > 1:
            return expect[self.number - 1], report.steps[self.number - 1].verdict
        # A single expectation is one of the claim: `proved` is one of each step, and any other of the worst of them.
        return expect[0], report.steps[self.number - 1].verdict if expect[0] == "proved" else report.verdict

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The report of the claim in place of a traceback."""
        from proofs.attempt import Contradiction

        if isinstance(excinfo.value, (NotAsExpected, Contradiction)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the step stands."""
        return self.path, self.line - 1, f"{self.claim.name}: {self.name}"
