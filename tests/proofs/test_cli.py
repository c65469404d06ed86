"""The command line: exit statuses, what is printed where, and what is loaded."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

import divergences
import proofs.documents
import proofs.refuters.repair
from proofs.attempt import Contradiction
from proofs.cli import AS_EXPECTED, INTERRUPTED, NOT_AS_EXPECTED, UNUSABLE, app
from proofs.kernel import SCHEMAS
from proofs.outcome import VERDICTS
from proofs.report import Report, StepReport

TRUE = "log p(x) = log p(x,z) - log p(z|x)"
FALSE = "KL(p(x) || q(x)) = KL(q(x) || p(x))"


def _run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


def _notes(tmp_path: Path, *blocks: str) -> str:
    path = tmp_path / "notes.md"
    path.write_text("# Notes\n\n" + "\n\n".join(f"```claim {block}\n```" for block in blocks) + "\n", encoding="utf-8")
    return str(path)


def test_all_as_expected(tmp_path: Path) -> None:
    notes = _notes(tmp_path, f"bayes\n{TRUE}", f"symmetric\n:expect: refuted\n{FALSE}")
    result = _run("check", notes)
    assert result.exit_code == AS_EXPECTED, result.output
    for word in ("bayes", "proved", "symmetric", "refuted", "2 claims: 1 proved, 1 refuted; all as expected"):
        assert word in result.stdout
    assert "\x1b" not in result.output


def test_a_refuted_claim_is_shown_with_its_place(tmp_path: Path) -> None:
    notes = _notes(tmp_path, f"bayes\n{TRUE}", "symmetric\nlet K = KL(p(x) || q(x))\nK = KL(q(x) || p(x))")
    result = _run("check", notes)
    assert result.exit_code == NOT_AS_EXPECTED
    assert "expected proved" in result.stdout
    assert f"{notes}:9: symmetric" in result.stdout.replace("\n", "")
    assert "first false: the claim" in result.stdout
    assert "1 not as expected" in result.stdout


def test_an_unreadable_claim_is_placed_in_the_file_and_the_others_still_run(tmp_path: Path) -> None:
    notes = _notes(tmp_path, "broken\nlet L = log p(x)\nL = E_{q(z|x)[L]", f"bayes\n{TRUE}")
    result = _run("check", notes)
    assert result.exit_code == NOT_AS_EXPECTED
    assert f"{notes}:5:" in result.stdout.replace("\n", "")
    assert "^" in result.stdout
    assert "1 proved, 1 unsupported" in result.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no claims", "holds no claim"),
        ("```claim a\nx = x\n", ":1: this claim block is not closed"),
        ("```claim a\n:expect: right\nx = x\n```", "'right' is not a verdict"),
        (f"```claim a\n:expect: proved, proved\n{TRUE}\n```", "names 2 verdicts, and the claim a has 1 step"),
    ],
)
def test_unusable_files(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "notes.md"
    path.write_text(text, encoding="utf-8")
    result = _run("check", str(path))
    assert result.exit_code == UNUSABLE
    assert words in result.stderr


def test_missing_files_and_wrong_options() -> None:
    assert _run("check", "nowhere.md").exit_code == UNUSABLE
    assert "nowhere.md" in _run("check", "nowhere.md").stderr
    for arguments in (
        ["--timeout", "0"],
        ["--timeout", "nan"],
        ["--tries", "0"],
        ["--seed", "-1"],
        ["--what"],
        ["a.md", "-e", "b"],
    ):
        result = _run("check", *arguments)
        assert result.exit_code == UNUSABLE, arguments
        assert arguments[-2 if len(arguments) > 1 else 0].strip("-")[:4] in result.stderr


@pytest.mark.parametrize(
    ("text", "status"), [(TRUE, AS_EXPECTED), (FALSE, NOT_AS_EXPECTED), ("E_{q(z|x)[1] = 1", UNUSABLE)]
)
def test_an_expression(text: str, status: int) -> None:
    result = _run("check", "-e", text)
    assert result.exit_code == status
    if status == UNUSABLE:
        assert "line 1, column" in result.output
        assert "^" in result.output


def test_several_expressions() -> None:
    result = _run("check", "-e", TRUE, "-e", FALSE)
    assert result.exit_code == NOT_AS_EXPECTED
    assert "claim 1" in result.stdout
    assert "claim 2" in result.stdout


@pytest.mark.parametrize("stdin", [TRUE, f"```claim a\n{TRUE}\n```\n"])
def test_standard_input_is_a_claim_or_markdown(stdin: str) -> None:
    assert _run("check", "-", stdin=stdin).exit_code == AS_EXPECTED


def test_empty_standard_input() -> None:
    assert _run("check", "-", stdin="").exit_code == UNUSABLE


def test_json(tmp_path: Path) -> None:
    notes = _notes(tmp_path, f"bayes\n{TRUE}", f"symmetric\n{FALSE}", "broken\nlog p(x) = (")
    result = _run("check", "--json", notes)
    assert result.exit_code == NOT_AS_EXPECTED
    document = json.loads(result.stdout)
    assert document["version"] == 1
    assert document["counts"] == {"proved": 1, "open": 0, "unsupported": 1, "refuted": 1}
    bayes, symmetric, broken = document["claims"]
    assert (bayes["id"], bayes["file"], bayes["line"], bayes["text"]) == ("bayes", notes, 4, TRUE)
    assert symmetric["steps"][0]["counterexample"]["kind"] == "finite"
    assert broken["steps"] == []
    assert "line 1, column" in broken["message"]


def test_a_folder_is_searched(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    _notes(tmp_path / "deep", f"bayes\n{TRUE}")
    assert _run("check", str(tmp_path)).exit_code == AS_EXPECTED


# --- planted reports: what the statuses are, whatever the provers can do ---------------------------------------------


def _planted(verdict: str) -> Report:
    return Report("text", None, (StepReport("a", "=", "b", verdict, message="m"),))


@given(st.sampled_from(VERDICTS), st.sampled_from(VERDICTS), st.booleans())
def test_exit_status_by_expectation(expected: str, found: str, allow_open: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proofs.documents, "check", lambda *_, **__: _planted(found))
        text = f"```claim a\n:expect: {expected}\nx = x\n```\n"
        result = _run("check", "-", *["--allow-open"] * allow_open, stdin=text)
    forgiven = allow_open and (found, expected) == ("open", "proved")
    assert result.exit_code == (AS_EXPECTED if expected == found or forgiven else NOT_AS_EXPECTED)


def test_a_contradiction_is_shouted(monkeypatch: pytest.MonkeyPatch) -> None:
    def contradict(*_: object, **__: object) -> Report:
        raise Contradiction("a = b\nwas proved and refuted")

    monkeypatch.setattr(proofs.documents, "check", contradict)
    result = _run("check", "-", stdin=TRUE)
    assert result.exit_code == UNUSABLE
    assert "CONTRADICTION: a = b\nwas proved and refuted" in result.stderr


@pytest.mark.parametrize("options", [(), ("--json",), ("--full",)])
def test_a_contradiction_in_the_search_for_repairs_is_shouted(
    options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def contradict(*_: object) -> None:
        raise Contradiction("an edit\nwas proved and refuted")

    monkeypatch.setattr(sys.modules["proofs.refuters.repair"], "repair", contradict)
    result = _run("check", "--no-cache", "-e", FALSE, *options)
    assert result.exit_code == UNUSABLE
    assert isinstance(result.exception, SystemExit)
    assert "CONTRADICTION: an edit\nwas proved and refuted" in result.stderr


def test_an_internal_error_is_never_as_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Report:
        raise ZeroDivisionError("in a dependency")

    monkeypatch.setattr(proofs.documents, "check", fail)
    result = _run("check", "-", stdin=f"```claim a\n:expect: unsupported\n{TRUE}\n```\n")
    assert result.exit_code == NOT_AS_EXPECTED
    assert "ZeroDivisionError: in a dependency" in result.stdout
    assert "Traceback" not in result.output


@pytest.mark.parametrize("as_json", [False, True])
def test_an_interrupt_prints_what_was_done(monkeypatch: pytest.MonkeyPatch, as_json: bool) -> None:
    reports = iter([_planted("proved")])

    def interrupted(*_: object, **__: object) -> Report:
        for report in reports:
            return report
        raise KeyboardInterrupt

    monkeypatch.setattr(proofs.documents, "check", interrupted)
    text = "```claim first\nx = x\n```\n```claim second\nx = x\n```\n"
    result = _run("check", "-", *["--json"] * as_json, stdin=text)
    assert result.exit_code == INTERRUPTED
    assert "interrupted after 1 of 2 claims" in result.stderr
    if as_json:
        assert [claim["id"] for claim in json.loads(result.stdout)["claims"]] == ["first"]
    else:
        assert "first" in result.stdout
        assert "second" not in result.stdout


@pytest.mark.parametrize(
    ("helper", "status", "words"),
    [
        ("divergences.kl_gaussian", AS_EXPECTED, "computed by divergences.kl_gaussian"),
        ("divergences.entropy_gaussian", NOT_AS_EXPECTED, "divergences.entropy_gaussian"),
        ("divergences.nothing", NOT_AS_EXPECTED, "divergences.nothing"),
    ],
)
def test_a_helper_has_to_compute_what_is_claimed(helper: str, status: int, words: str) -> None:
    claim = "KL(Normal(x; mean_q, std_q) || Normal(x; 0, 1)) = (mean_q^2 + std_q^2 - 1)/2 - log(std_q)"
    result = _run("check", "-", stdin=f"```claim a\n:helper: {helper}\n{claim}\n```\n")
    assert result.exit_code == status, result.output
    assert words in " ".join(result.stdout.split())
    assert "expected proved" not in result.stdout  # the verdict is as expected, the helper is not


def test_a_helper_of_a_claim_without_a_closed_form_is_not_as_expected() -> None:
    text = f"```claim a\n:helper: estimators.elbo\n{TRUE}\n```\n"
    result = _run("check", "-", stdin=text)
    assert result.exit_code == NOT_AS_EXPECTED
    assert "computed by" not in result.stdout
    assert "estimators.elbo was not shown to compute this" in " ".join(result.stdout.split())
    (claim,) = json.loads(_run("check", "--json", "-", stdin=text).stdout)["claims"]
    assert (claim["verdict"], claim["helper"]["verdict"]) == ("proved", "unsupported")


def test_a_helper_with_a_flipped_sign_is_caught_in_every_output(monkeypatch: pytest.MonkeyPatch) -> None:
    right = divergences.entropy_gaussian
    monkeypatch.setattr(divergences, "entropy_gaussian", lambda std: -right(std))
    text = "```claim a\n:helper: divergences.entropy_gaussian\nH(Normal(0, std)) = log(std) + log(2*pi)/2 + 1/2\n```\n"
    result = _run("check", "-", stdin=text)
    assert result.exit_code == NOT_AS_EXPECTED
    assert "divergences.entropy_gaussian computes something else" in " ".join(result.stdout.split())
    found = json.loads(_run("check", "--json", "-", stdin=text).stdout)["claims"][0]["helper"]
    assert found["verdict"] == "refuted"
    assert float(found["counterexample"]["left"].strip("[").split()[0]) == pytest.approx(
        -float(found["counterexample"]["right"].strip("[").split()[0])
    )
    shown = _run("show", "gaussian-entropy")
    assert "divergences.entropy_gaussian computes something else" in " ".join(shown.stdout.split())


# --- the catalogue ---------------------------------------------------------------------------------------------------


def test_list_and_show_name_the_same_claims() -> None:
    names = [block.name for block in proofs.documents.catalogue()]
    listed = _run("list")
    assert listed.exit_code == 0
    assert all(name in listed.stdout for name in names)
    shown = _run("show", names[0])
    assert shown.exit_code == 0
    assert names[0] in shown.stdout
    assert "proved" in shown.stdout
    assert _run("show", names[0], "--latex").exit_code == 0


def test_axioms_prints_every_schema_with_its_statement() -> None:
    printed = _run("axioms").stdout
    for schema in SCHEMAS:
        assert f"{schema.__name__}\n\n" in printed
        assert schema.__doc__.splitlines()[0] in printed  # type: ignore[union-attr]


def test_show_offers_the_nearest_name() -> None:
    name = proofs.documents.catalogue()[0].name
    result = _run("show", name[:-1])
    assert result.exit_code == UNUSABLE
    assert f"did you mean {name}" in result.stderr


# --- as a process ----------------------------------------------------------------------------------------------------


def test_help_and_version_load_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from proofs.cli import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        "assert CliRunner().invoke(app, ['check', '--help']).exit_code == 0\n"
        "assert CliRunner().invoke(app, ['--version']).output.startswith('proofs ')\n"
        "print(*sorted({'torch', 'sympy', 'scipy', 'numpy', 'flint', 'lark', 'hypothesis'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []


def test_ctrl_c(tmp_path: Path) -> None:
    slow = "\n".join(f"```claim slow-{n}\n{TRUE} + 0 * {n}\n```" for n in range(20000))
    (tmp_path / "slow.md").write_text(slow, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "proofs", "check", "slow.md"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(proofs.documents.__file__).parents[1])},
    )
    time.sleep(2)  # wherever it is by then, loading or checking
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED, err
    assert "Traceback" not in out + err
