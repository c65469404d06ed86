"""Every slip that people make is made, and noticed, or said to be left open."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from proofs.attempt import INTERPRETERS
from proofs.cache import Cache
from proofs.cli import app
from proofs.documents import catalogue
from proofs.kernel import Gibbs
from proofs.language import read, to_text
from proofs.markdown import Block
from proofs.mutation import KINDS, mutants_of, slips, tried
from proofs.mutation.page import page, reason, rows

PAGE = Path(__file__).parents[2] / "docs" / "mutation.md"
PART = 150  # one mutant of the catalogue in so many is tried here

_GIBBS = Block("gibbs", "KL(p(x) || q(x)) >= 0", "notes.md", 1)
_ELBO = Block("elbo", "log p(x) = E_{q(z|x)}[log p(x,z) - log q(z|x)] + KL(q(z|x) || p(z|x))", "notes.md", 1)


@pytest.mark.parametrize(
    ("text", "mutant"),
    [
        ("KL(p(x) || q(x)) >= 0", "KL(p(x) || q(x)) <= 0"),
        ("KL(p(x) || q(x)) >= 0", "KL(p(x) || q(x)) > 0"),
        ("KL(p(x) || q(x)) >= 0", "KL(p(x) || q(x)) = 0"),
        ("KL(p(x) || q(x)) >= 0", "KL(p(x) || q(x)) >= 1"),
        ("KL(p(x) || q(x)) >= 0", "KL(q(x) || p(x)) >= 0"),
        ("KL(p(x) || q(x)) >= 0", "log(KL(p(x) || q(x))) >= 0"),
        ("JSD(p(x) || q(x)) <= log(2)", "JSD(q(x) || p(x)) <= log(2)"),
        ("JSD(p(x) || q(x)) <= log(2)", "JSD(p(x) || q(x)) <= 2"),
        ("H(p(x,y)) = H(p(x)) + E_{p(x)}[H(p(y|x))]", "H(p(x, y)) = H(p(x)) - E_{p(x)}[H(p(y|x))]"),
        ("H(p(x,y)) = H(p(x)) + E_{p(x)}[H(p(y|x))]", "H(p(x, y)) = H(p(x)) + 1/2*E_{p(x)}[H(p(y|x))]"),
        ("H(p(x,y)) = H(p(x)) + E_{p(x)}[H(p(y|x))]", "H(p(x, y)) = H(p(x)) + E_{p(x)}[H(p(y))]"),
        ("H(p(x,y)) = H(p(x)) + E_{p(x)}[H(p(y|x))]", "H(p(x, y)) = H(p(x)) + E_{p(x)}[H(p(y|x))^2]"),
        ("E_{q(z|x)}[log p(x,z)] <= log p(x)", "E_{q(z|x)}[log p(x, z)] <= log p(x) + H(q(z|x))"),
        ("E_{q(z|x)}[log p(x,z)] <= log p(x)", "E_{p(z|x)}[log p(x, z)] <= log p(x)"),
        ("E_{q(z|x)}[log p(x,z)] <= log p(x)", "E_{q(z|x)}[p(x, z)] <= log p(x)"),
        ("function T(x)\nE_{p(x)}[exp(T(x))] >= 0", "E_{p(x)}[exp(-T(x))] >= 0"),
        (
            "density p(x, z)\nE_{z_1..z_2 ~ q(z|x)}[mean_{i=1..2}[p(x,z_i)]] = E_{q(z|x)}[p(x,z)]",
            "E_{z_1, z_2 ~ q(z|x)}[sum_{i=1..2}[p(x, z_i)]] = E_{q(z|x)}[p(x, z)]",
        ),
    ],
)
def test_every_kind_of_slip_is_made(text: str, mutant: str) -> None:
    claim = read(text)
    assert mutant in [to_text(slip.claim.steps[0]) for slip in slips(claim, claim.steps[0])]


@pytest.mark.parametrize("block", catalogue()[::4], ids=lambda block: block.name)
def test_slips_are_claims_of_one_step_all_different_and_with_their_declarations(block: Block) -> None:
    claim = read(block.text)
    for step in claim.steps:
        found = slips(claim, step)
        assert len({slip.claim for slip in found}) == len(found)
        for slip in found:
            assert slip.claim.steps != (step,) or slip.changed is not None
            assert slip.claim.declarations[: len(claim.declarations)] == claim.declarations
            assert slip.claim.assumptions == claim.assumptions


def test_a_definition_is_edited_where_it_is_used() -> None:
    claim = read("let L = E_{q(z|x)}[log p(x,z) - log q(z|x)]\nlog p(x) >= L")
    texts = [slip.text() for slip in slips(claim, claim.steps[0])]
    assert "let L = E_{q(z|x)}[log p(x, z) + log q(z|x)]\nlog p(x) >= L" in texts


def test_a_fair_part_of_the_mutants_of_the_catalogue_is_noticed() -> None:
    """The page lists those that are known to stay open; of the others none may."""
    listed = PAGE.read_text(encoding="utf-8")
    mutants = [m for m in mutants_of(catalogue()) if zlib.crc32(m.edit.text().encode()) % PART == 0]
    assert len(mutants) > 100
    unlisted = [mutant for mutant in mutants if mutant.edit.text() not in listed]
    missed = [one for one in tried(unlisted, timeout=60.0) if one.kind in KINDS[:2]]
    assert not missed, "\n".join(f"{one.mutant.claim}: {one.mutant.edit.text()}\n  {one.words}" for one in missed)


def test_the_page_counts_the_mutants_of_the_catalogue() -> None:
    """It takes long to make, by `proofs mutate -j 0 --write docs/mutation.md`, so it may lag behind by a fifth."""
    counted = rows(PAGE.read_text(encoding="utf-8"))
    now = Counter(mutant.claim for mutant in mutants_of(catalogue()))
    as_counted = sum(count for claim, count in now.items() if counted.get(claim) == count)
    assert as_counted > 0.8 * now.total(), "docs/mutation.md is stale"


def test_what_becomes_of_a_mutant_does_not_depend_on_who_tries_it(tmp_path: Path) -> None:
    mutants = mutants_of([_GIBBS, _ELBO])
    alone = list(tried(mutants))
    assert alone == list(tried(mutants, jobs=2, cache=Cache(tmp_path)))
    assert {trial.kind for trial in alone} <= {"refuted", "proved", "meaningless", "open"}
    assert [trial.mutant for trial in alone] == mutants


def test_a_run_that_was_interrupted_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mutants = mutants_of([_ELBO])
    started = tried(mutants, cache=Cache(tmp_path))
    first = [next(started) for _ in range(20)]
    started.close()

    def fail(*_: object) -> None:
        raise AssertionError("it was decided before")

    monkeypatch.setattr("proofs.attempt.Attempt.run", fail)
    decided = [trial for trial in first if trial.kind != "open"]
    assert list(tried([trial.mutant for trial in decided], cache=Cache(tmp_path))) == decided


# --- planted errors ---------------------------------------------------------------------------------------------------


def test_a_refuter_that_sees_nothing_leaves_mutants_open(monkeypatch: pytest.MonkeyPatch) -> None:
    blind = [replace(i, run=lambda *_: None) if not i.proves else i for i in INTERPRETERS]
    monkeypatch.setattr("proofs.attempt.INTERPRETERS", blind)
    kinds = [trial.kind for trial in tried(mutants_of([_ELBO]))]
    assert kinds.count("open") > 20
    assert "refuted" not in kinds


def test_an_unsound_kernel_contradicts_the_refuters(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Gibbs.statement
    monkeypatch.setattr(Gibbs, "statement", lambda self, reader: -right(self, reader))
    provers_first = [replace(interpreter, quick=False) for interpreter in INTERPRETERS]
    monkeypatch.setattr("proofs.attempt.INTERPRETERS", provers_first)
    assert "contradiction" in [trial.kind for trial in tried(mutants_of([_GIBBS]), tries=20)]


def test_what_no_interpreter_speaks_of_is_open_not_meaningless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofs.attempt.INTERPRETERS", ())
    assert {trial.kind for trial in tried(mutants_of([_GIBBS]))} == {"open"}


# --- the page, and the command ----------------------------------------------------------------------------------------


def test_the_page_says_what_was_found() -> None:
    trials = list(tried(mutants_of([_GIBBS, _ELBO]), tries=50))
    text = page([_GIBBS, _ELBO], trials, command="proofs mutate notes.md")
    assert rows(text) == {name: sum(t.mutant.claim == name for t in trials) for name in ("gibbs", "elbo")}
    for kind in ("refuted", "proved", "meaningless", "open"):
        assert f"| {kind} | {sum(trial.kind == kind for trial in trials)} |" in text
    assert all(trial.mutant.edit.text() in text for trial in trials if trial.kind == "open")
    assert text.startswith("<!-- generated: proofs mutate notes.md -->")


def test_reasons_are_told_apart() -> None:
    assert reason("q(x), as a law of x, integrates to 2, not 1, where x has one point") == (
        "a law in it does not integrate to one"
    )
    assert reason("nobody knows") == "another reason"


def test_the_command(tmp_path: Path) -> None:
    notes, written = tmp_path / "notes.md", tmp_path / "page.md"
    notes.write_text("```claim symmetric\nI_p(x; y) = I_p(y; x)\n```\n", encoding="utf-8")
    arguments = ["mutate", str(notes), "--write", str(written), "--cache-dir", str(tmp_path)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "mutants of 1 claims" in result.output
    assert "symmetric" in rows(written.read_text(encoding="utf-8"))
    assert CliRunner().invoke(app, ["mutate", str(tmp_path / "none.md")]).exit_code == 2
    assert CliRunner().invoke(app, ["mutate", str(notes), "--timeout", "0"]).exit_code == 2
