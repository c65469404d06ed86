"""The pytest plugin: what is collected, what fails and how it reads, and what it costs where it is not asked for."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import proofs.documents
from proofs.attempt import Contradiction
from proofs.markdown import Block
from proofs.report import Report

pytest_plugins = ["pytester"]

NOTES = """\
# Notes

```claim chain
log p(x) = log p(x,z) - log p(z|x)
    >= log p(x,z)
```

```claim symmetric
:expect: refuted
KL(p(x) || q(x)) = KL(q(x) || p(x))
```

```claim half
:expect: proved, refuted
KL(p(x) || q(x)) >= 0 >= log p(x)
```
"""
BROKEN = "```claim broken\nKL(p(x) || q(x)\n```\n"
QUIET = ("-p", "no:cacheprovider", "-p", "no:randomly")


ENTROPY = "H(Normal(0, std)) = log(std) + log(2*pi)/2 + 1/2"


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """Libraries that cannot be loaded twice are loaded before pytester runs, which forgets what a run has loaded."""
    (_,) = proofs.documents.check_blocks([Block("a", ENTROPY, "a.md", 1, helper="divergences.entropy_gaussian")])


@pytest.fixture
def notes(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makefile(".md", notes=NOTES)
    return pytester


def test_each_step_is_an_item(notes: pytest.Pytester) -> None:
    result = notes.runpytest("--proofs", "--collect-only", "-q", *QUIET)
    names = [line for line in result.outlines if line.startswith("notes.md")]
    assert names == [
        "notes.md::chain::step 1",
        "notes.md::chain::step 2",
        "notes.md::symmetric::step 1",
        "notes.md::half::step 1",
        "notes.md::half::step 2",
    ]


def test_a_failure_shows_the_first_false_step_and_its_counterexample(notes: pytest.Pytester) -> None:
    result = notes.runpytest("--proofs", *QUIET)
    result.assert_outcomes(passed=4, failed=1)
    text = result.stdout.str()
    assert re.search(r"^expected proved, found refuted: log p\(x.*\nnotes.md:5: step 2 of chain$", text, re.MULTILINE)
    assert "first false: step 2 of 2" in text
    assert "Traceback" not in text
    assert "plugin.py" not in text


def test_one_step_can_be_named(notes: pytest.Pytester) -> None:
    result = notes.runpytest("--proofs", "notes.md::chain::step 1", *QUIET)
    result.assert_outcomes(passed=1)


def test_a_claim_that_cannot_be_read_fails_and_shows_where(pytester: pytest.Pytester) -> None:
    pytester.makefile(".md", notes=BROKEN)
    result = pytester.runpytest("--proofs", *QUIET)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*notes.md::broken::reading*"])
    assert "^" in result.stdout.str()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("```claim a\nx = x\n", "notes.md:1: this claim block is not closed"),
        ("```claim a\n:expect: proved, proved\nKL(p(x) || q(x)) >= 0\n```\n", "names 2 verdicts, and the claim has 1"),
    ],
)
def test_an_unusable_file_is_an_error(pytester: pytest.Pytester, text: str, words: str) -> None:
    pytester.makefile(".md", notes=text)
    result = pytester.runpytest("--proofs", *QUIET)
    result.assert_outcomes(errors=1)
    assert words in result.stdout.str()


def test_a_helper_is_an_item(pytester: pytest.Pytester) -> None:
    blocks = [f"```claim {n}\n:helper: divergences.{name}\n{ENTROPY}\n```\n" for n, name in
              enumerate(("entropy_gaussian", "kl_gaussian"))]  # fmt: skip
    pytester.makefile(".md", notes="\n".join(blocks))
    result = pytester.runpytest("--proofs", *QUIET)
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["expected proved, found *: divergences.kl_gaussian *", "notes.md:*: helper of 1"])


def test_files_of_the_configuration_need_no_option(notes: pytest.Pytester) -> None:
    notes.mkdir("docs")
    (notes.path / "docs" / "other.md").write_text("```claim\nKL(p(x) || q(x)) >= 0\n```\n", encoding="utf-8")
    notes.runpytest("--collect-only", "-q", *QUIET).assert_outcomes()
    notes.makeini("[pytest]\nproofs_paths = docs/*.md\n")
    result = notes.runpytest(*QUIET)
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("timeout", ["0", "soon", "nan"])
def test_a_wrong_time_limit_is_said(notes: pytest.Pytester, timeout: str) -> None:
    notes.makeini(f"[pytest]\nproofs_timeout = {timeout}\n")
    result = notes.runpytest("--proofs", *QUIET)
    assert "proofs_timeout must be a positive number" in result.stdout.str() + result.stderr.str()
    assert result.ret not in (0, 5)


def test_a_claim_is_checked_once_and_a_contradiction_is_shouted(
    notes: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 0

    def contradict(*_: object, **__: object) -> Report:
        nonlocal count
        count += 1
        raise Contradiction("proved and refuted")

    monkeypatch.setattr(proofs.documents, "check", contradict)
    result = notes.runpytest("--proofs", "notes.md::symmetric", *QUIET)
    result.assert_outcomes(failed=1)
    assert count == 1
    assert "proved and refuted" in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


def test_what_was_decided_is_not_checked_again(notes: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    notes.runpytest("--proofs", *QUIET).assert_outcomes(passed=4, failed=1)
    monkeypatch.setattr(proofs.documents, "check", lambda *_, **__: Report("text", None, ()))
    notes.runpytest("--proofs", *QUIET).assert_outcomes(passed=4, failed=1)
    notes.runpytest("--proofs", "--proofs-no-cache", *QUIET).assert_outcomes(failed=5)


def test_workers_share_the_steps(notes: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    result = notes.runpytest("--proofs", "-n", "1", "--dist", "loadgroup", *QUIET)
    result.assert_outcomes(passed=4, failed=1)


def test_loading_the_plugin_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys, pytest\n"
        "pytest.main(['--collect-only', '-q', '-p', 'no:cacheprovider', sys.argv[1]])\n"
        "assert 'proofs.plugin' in sys.modules\n"
        "names = {'torch', 'sympy', 'scipy', 'numpy', 'flint', 'lark', 'rich', 'typer'}\n"
        "ours = {name for name in sys.modules if name.startswith('proofs')}\n"
        "print('loaded:', *sorted(names & set(sys.modules) | ours))\n"
    )
    (tmp_path / "notes.md").write_text(NOTES, encoding="utf-8")
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert time.perf_counter() - start < 30
    assert done.stdout.splitlines()[-1] == "loaded: proofs proofs.check proofs.plugin"
