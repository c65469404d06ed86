"""The claims that ship: every block of the catalogue and of the example notes comes out as it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from proofs.cli import app
from proofs.documents import catalogue, check_blocks
from proofs.language import read, to_text
from proofs.markdown import Block, read_blocks, read_folder
from proofs.refuters import finite

NOTES = Path(__file__).parents[2] / "docs" / "examples" / "notes.md"
BLOCKS = (*catalogue(), *read_blocks(NOTES))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_a_claim_comes_out_as_it_says(block: Block) -> None:
    (outcome,) = check_blocks([block], timeout=180)  # many times what any takes: a slow machine is no finding
    assert outcome.as_expected, f"{outcome.report}\n{outcome.helper}"
    assert (outcome.report.counterexample is not None) == (outcome.report.verdict == "refuted")


def test_the_catalogue_states_true_claims_and_the_notes_some_false_ones() -> None:
    assert all(block.expect == ("proved",) for block in catalogue())
    assert {verdict for block in read_blocks(NOTES) for verdict in block.expect} == {"proved", "refuted"}


def test_names_are_unique_over_the_whole_catalogue() -> None:
    names = [block.name for block in catalogue()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("block", catalogue(), ids=lambda block: block.name)
def test_a_claim_prints_and_reads_back(block: Block) -> None:
    claim = read(block.text)
    assert read(to_text(claim)) == claim


def test_an_error_in_one_block_keeps_none_from_being_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ArithmeticError("planted")

    monkeypatch.setattr(finite, "refute", fail)
    blocks = [Block(name, "log p(x) <= 0", "f.md", 1, expect=("unsupported",)) for name in "ab"]
    outcomes = list(check_blocks(blocks))
    assert [outcome.as_expected for outcome in outcomes] == [False, False]
    assert all("ArithmeticError: planted" in outcome.report.message for outcome in outcomes)


def test_an_unusable_file_keeps_none_of_its_folder_from_being_checked(tmp_path: Path) -> None:
    notes = "# Notes\n\n```claim\n1 = 1\n```\n"
    (tmp_path / "a.md").write_text(notes, encoding="utf-8")
    (tmp_path / "b.md").write_bytes(b"# caf\xe9\n\n```claim\n1 = 1\n```\n")
    (tmp_path / "c.md").write_text(notes.replace("```claim", "```claim\n:expect: nonsense"), encoding="utf-8")
    (tmp_path / "d.md").write_text(notes, encoding="utf-8")
    outcomes = list(check_blocks(read_folder(tmp_path)))
    assert [outcome.report.verdict for outcome in outcomes] == ["proved", "unsupported", "unsupported", "proved"]
    assert "not a text in UTF-8 (byte 5)" in outcomes[1].report.message
    assert "nonsense" in outcomes[2].report.message
    result = CliRunner().invoke(app, ["check", "--no-cache", str(tmp_path)])
    assert result.exit_code == 2
    assert "4 claims: 2 proved, 2 unsupported" in result.output
