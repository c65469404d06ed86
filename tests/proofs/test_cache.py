"""The cache: what is kept, what is believed of it, and what damage does to it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import proofs.cache
import proofs.documents
from proofs.cache import Cache, default_folder
from proofs.cli import app
from proofs.documents import Outcome, check_blocks
from proofs.language import expand, read
from proofs.markdown import Block
from proofs.outcome import Counterexample
from proofs.recorded import Unreadable, decided, recall, record
from proofs.report import Report

ENTROPY = "H(Normal(0, std)) = log(std) + log(2*pi)/2 + 1/2"
IS_CURRENT = Cache.is_current
BLOCKS = (
    Block("elbo", "log p(x) >= E_{q(z|x)}[log p(x,z) - log q(z|x)] -- Jensen", "notes.md", 1),
    Block("symmetric", "KL(p(x) || q(x)) = KL(q(x) || p(x))", "notes.md", 5, expect=("refuted",)),
    Block("entropy", ENTROPY, "notes.md", 9, helper="divergences.entropy_gaussian"),
    Block("parameters", "H(Normal(0, std)) >= log(std) + 3", "notes.md", 9, expect=("refuted",)),
)


REVERSED = Block("reversed", "E_{q(z|x)}[log p(x,z)] + H(q(z|x)) >= log p(x)", "notes.md", 1, expect=("refuted",))


def _outcomes(cache: Cache, blocks: tuple[Block, ...] = BLOCKS, **options: Any) -> list[Outcome]:
    return list(check_blocks(blocks, cache=cache, **options))


def _entries(cache: Cache) -> list[Path]:
    return sorted(cache.folder.rglob("*.json"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Cache, list[Outcome]]:
    cache = Cache(tmp_path_factory.mktemp("cache"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cache, "is_current", lambda _: True)
        return cache, _outcomes(cache)


def test_what_was_decided_is_found_again_as_it_was(
    filled: tuple[Cache, list[Outcome]], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, first = filled
    assert not any(outcome.cached for outcome in first)
    monkeypatch.setattr(proofs.documents, "check", None)  # nothing is checked again
    for before, after in zip(first, _outcomes(cache), strict=True):
        assert after.cached
        assert after.as_expected
        assert after.helper == before.helper
        for one, other in zip(before.report.steps, after.report.steps, strict=True):
            assert (one.verdict, one.proof, one.counterexample) == (other.verdict, other.proof, other.counterexample)
            assert (str(one), one.reason, one.line) == (str(other), other.reason, other.line)
            if one.counterexample is not None and other.counterexample is not None:
                assert one.counterexample.as_python() == other.counterexample.as_python()
        assert before.to_json() | {"seconds": 0} == after.to_json() | {"seconds": 0}


@pytest.fixture
def reversed_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Cache, Outcome]:
    monkeypatch.setattr(Cache, "is_current", lambda _: True)
    cache = Cache(tmp_path)
    (outcome,) = _outcomes(cache, (REVERSED,))
    return cache, outcome


def test_repairs_are_kept_in_the_notation_of_their_claim(
    reversed_bound: tuple[Cache, Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, first = reversed_bound
    assert first.report.repair
    searched = []
    monkeypatch.setattr(sys.modules["proofs.refuters.repair"], "repair", lambda *_: searched.append(1) or ())
    (same,) = _outcomes(cache, (REVERSED,))
    assert same.report.repair == first.report.repair
    assert not searched
    latex = r"\mathbb{E}_{q(z \mid x)}[\log p(x,z)] + H(q(z \mid x)) \geq \log p(x)"
    (other,) = _outcomes(cache, (Block("latex", latex, "notes.md", 1),))
    assert other.cached
    assert searched == [1]
    assert _outcomes(cache, (Block("latex", latex, "notes.md", 1),))[0].report.repair == ()
    assert searched == [1]


def test_a_repair_that_is_kept_is_proved_again(reversed_bound: tuple[Cache, Outcome]) -> None:
    report = reversed_bound[1].report
    assert report.claim is not None
    values = json.loads(json.dumps(record(report, None)))
    assert recall(values, report.text, report.claim, expand(report.claim), "")[0].repair == report.repair
    values["repairs"]["found"][0]["claim"] = REVERSED.text
    with pytest.raises(Unreadable):
        recall(values, report.text, report.claim, expand(report.claim), "")


def test_what_was_used_last_stays_when_the_folder_is_trimmed(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=1000)
    keys = [cache.key(n) for n in range(10)]
    for age, key in enumerate(keys):
        cache.put(key, "x" * 200)
        (path,) = (path for path in _entries(cache) if path.stem == key[2:])
        os.utime(path, (age, age))
    assert cache.get(keys[0]) is not None  # and is now the newest
    cache.trim()
    kept = [n for n, key in enumerate(keys) if cache.get(key) is not None]
    assert kept == [0, 8, 9]
    assert sum(path.stat().st_size for path in _entries(cache)) <= 1000
    cache.trim()
    assert len(_entries(cache)) == 3


def test_the_key_is_what_the_claim_says_and_not_how_it_is_written(filled: tuple[Cache, list[Outcome]]) -> None:
    cache, _ = filled

    def known(text: str, **options: Any) -> bool:
        return _outcomes(cache, (Block("a", text, "a.md", 3),), **options)[0].cached

    assert known("# a comment\nlet L = E_{q(z|x)}[log p(x,z) - log q(z|x)]\nlog p(x)  >=  L -- by assumption")
    assert not known("log p(x) >= E_{q(z|x)}[log p(x,z) - log q(z|x)] - 1")
    assert not known("log p(x) > E_{q(z|x)}[log p(x,z) - log q(z|x)] - 1")
    assert not known(BLOCKS[1].text, seed=1)
    assert not known(ENTROPY)  # without its helper


def test_a_change_of_the_sources_forgets_everything(
    filled: tuple[Cache, list[Outcome]], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, _ = filled
    monkeypatch.setattr(proofs.cache, "sources", lambda: "other sources")
    assert not any(outcome.cached for outcome in _outcomes(cache, BLOCKS[:1]))


def test_nothing_is_kept_once_the_sources_have_been_edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path)
    proofs.cache.sources()
    monkeypatch.setattr(Cache, "is_current", IS_CURRENT)
    with monkeypatch.context() as patch:
        patch.setattr(proofs.cache, "read_sources", lambda: "edited")
        _outcomes(cache, BLOCKS[:1])
        assert not _entries(cache)
    monkeypatch.setattr(proofs.cache, "read_sources", proofs.cache.sources)
    _outcomes(cache, BLOCKS[:1])
    assert _entries(cache)


def test_the_sources_are_those_of_every_package() -> None:
    root = Path(proofs.cache.__file__).parents[1]
    assert {path.name for path in root.iterdir() if (path / "py.typed").exists()} == set(proofs.cache.PACKAGES)


def test_what_is_open_or_failed_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path)
    step = proofs.check("log p(x) <= 1").steps[0]
    opened = type(step)("a", "=", "b", "open", message="no proof was found")
    claim = read("log p(x) <= 1")
    for report in (Report("t", claim, (opened,)), Report("t", None, (), message="no"), Report("t", claim, ())):
        monkeypatch.setattr(proofs.documents, "check", lambda *_, _report=report, **__: _report)
        assert not _outcomes(cache, BLOCKS[:1])[0].cached
    monkeypatch.setattr(proofs.documents, "check", lambda *_, **__: 1 / 0)
    assert not _outcomes(cache, BLOCKS[:1])[0].cached
    assert not _entries(cache)
    assert not decided(Report("t", claim, (opened, step)), None)


# --- damage ----------------------------------------------------------------------------------------------------------


@given(st.data())
@settings(max_examples=60)
def test_a_damaged_entry_is_passed_over(filled: tuple[Cache, list[Outcome]], data: st.DataObject) -> None:
    cache, _ = filled
    path = data.draw(st.sampled_from(_entries(cache)))
    key = path.parent.name + path.stem
    whole = path.read_bytes()
    good = cache.get(key)
    assert good is not None
    at = data.draw(st.integers(0, len(whole) - 1))
    damage = data.draw(st.sampled_from(["cut", "flip", "other"]))
    hurt = {
        "cut": whole[:at],
        "flip": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
        "other": b'{"values": ' + whole[:at],
    }[damage]
    try:
        path.write_bytes(hurt)
        assert cache.get(key) in (None, good)
    finally:
        path.write_bytes(whole)


def test_an_entry_under_the_name_of_another_is_not_taken(filled: tuple[Cache, list[Outcome]], tmp_path: Path) -> None:
    cache, _ = filled
    other = Cache(tmp_path)
    values = cache.get(_entries(cache)[0].parent.name + _entries(cache)[0].stem)
    other.put("a" * 64, values)
    (tmp_path / "bb").mkdir()
    _entries(other)[0].rename(tmp_path / "bb" / f"{'b' * 62}.json")
    assert other.get("b" * 64) is None


def test_an_entry_is_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            cache.put("ab" * 32, [1])
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    cache.put("ab" * 32, [1])
    assert cache.get("ab" * 32) == [1]


def test_a_folder_that_cannot_be_written_to_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    cache = Cache(tmp_path / "file")
    cache.put("ab" * 32, [1])
    assert cache.get("ab" * 32) is None


# --- what is believed ------------------------------------------------------------------------------------------------


def _values(text: str) -> dict[str, Any]:
    values = json.loads(json.dumps(record(proofs.check(text), None)))
    assert isinstance(values, dict)
    return values


def _recall(values: Any, text: str) -> Report:
    claim = read(text)
    return recall(values, text, claim, expand(claim), "")[0]


def test_a_kernel_proof_is_checked_again_against_the_claim_at_hand() -> None:
    true, false = "KL(p(x) || q(x)) >= 0", "KL(p(x) || q(x)) <= 0"
    values = _values(true)
    assert _recall(values, true).verdict == "proved"
    with pytest.raises(Unreadable):
        _recall(values, false)
    values["steps"][0]["proof"]["assumptions"] = []
    with pytest.raises(Unreadable):
        _recall(values, true)


@pytest.mark.parametrize(
    "edit",
    [
        lambda step: step.update(verdict="refuted"),
        lambda step: step.update(verdict="open", proof=None),
        lambda step: step.update(proof=None),
        lambda step: step["proof"].update(certificate=None),
        lambda step: step["proof"].update(certificate={"format": "kernel certificate"}),
        lambda step: step.clear(),
    ],
)
def test_an_entry_that_makes_no_sense_is_passed_over(edit: Any) -> None:
    values = _values("KL(p(x) || q(x)) >= 0")
    edit(values["steps"][0])
    with pytest.raises(Unreadable):
        _recall(values, "KL(p(x) || q(x)) >= 0")


@pytest.mark.parametrize("values", [None, [], {}, {"steps": []}, {"steps": [], "helper": None}, {"steps": 3}])
def test_values_that_are_no_report(values: Any) -> None:
    with pytest.raises(Unreadable):
        _recall(values, "KL(p(x) || q(x)) >= 0")


def test_nothing_is_kept_that_is_not_exact() -> None:
    report = proofs.check("KL(p(x) || q(x)) = KL(q(x) || p(x))")
    (step,) = report.steps
    found = Counterexample("parameters", "1", "2", values={"x": 0.5})  # type: ignore[dict-item]
    with pytest.raises(Unreadable):
        record(Report("t", report.claim, (type(step)("a", "=", "b", "refuted", counterexample=found),)), None)


# --- where it lies ---------------------------------------------------------------------------------------------------


def test_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert default_folder() == tmp_path / "cache-of-this-test"
    monkeypatch.delenv("PROOFS_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    if sys.platform == "linux":
        assert default_folder() == tmp_path / "probability-proofs"
        monkeypatch.delenv("XDG_CACHE_HOME")
        assert default_folder() == tmp_path / "home" / ".cache" / "probability-proofs"


def test_the_options_of_the_command(tmp_path: Path) -> None:
    def run(*options: str) -> str:
        result = CliRunner().invoke(app, ["check", "-", *options], input=f"```claim a\n{BLOCKS[0].text}\n```\n")
        assert result.exit_code == 0, result.output
        return str(len(_entries(Cache(tmp_path))))

    assert run("--no-cache") == "0"
    assert run("--cache-dir", str(tmp_path / "here")) == "1"
    assert (tmp_path / "here").is_dir()
    assert run() == "2"  # in the user's folder, which lies below `tmp_path` here
