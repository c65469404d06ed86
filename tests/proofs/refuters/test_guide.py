"""The guide to refutation: each of its claims is decided as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from proofs import check
from proofs.markdown import read_blocks

BLOCKS = list(read_blocks(Path(__file__).parents[3] / "docs" / "refutation.md"))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_every_claim_falls_as_the_guide_says(block):
    report = check(block.text)
    assert tuple(step.verdict for step in report.steps) == ("refuted",) == tuple(block.expect)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_every_counterexample_can_be_recomputed(block, capsys):
    found = check(block.text).counterexample
    exec(compile(found.as_python(), block.name, "exec"), {})
    assert len(capsys.readouterr().out.split()) == 2


def test_every_kind_of_model_has_its_claim():
    kinds = {check(block.text).counterexample.kind for block in BLOCKS}
    assert kinds == {"finite", "parameters", "laws"}
    assert len(BLOCKS) == 8
