"""Every example of the README is run, and its output is the one that is printed there."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"

_CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SECONDS = re.compile(r"\b\d+(\.\d+)? (ms|s)\b")


def _sessions() -> list[tuple[str, str]]:
    """Each command of the README's console blocks, with the output that follows it."""
    found = []
    for block in _CONSOLE.findall(README.read_text(encoding="utf-8")):
        for session in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = session.splitlines()
            length = 1 + next((i for i, line in enumerate(lines[1:]) if not line.startswith("> ")), len(lines) - 1)
            command = "\n".join([lines[0], *(line.removeprefix("> ") for line in lines[1:length])])
            found.append((command, "\n".join(lines[length:])))
    return found


def _normal(output: str) -> str:
    """What has to agree: not the times, not the white space at line ends, not where the checkout lies."""
    lines = (_SECONDS.sub("TIME", line.rstrip()) for line in output.replace(f"{ROOT}/", "").splitlines())
    return "\n".join(lines).strip()


@pytest.mark.parametrize(("command", "expected"), _sessions())
def test_a_command_prints_what_the_readme_shows(command, expected, tmp_path):
    environment = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "PY_COLORS")}
    environment |= {"COLUMNS": "120", "NO_COLOR": "1", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environment["PROOFS_CACHE_DIR"] = str(tmp_path)
    run = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert _normal(run.stdout + run.stderr) == _normal(expected)


def test_there_are_commands_to_run():
    assert len(_sessions()) >= 3


def test_the_python_examples_print_what_the_readme_shows():
    results = doctest.testfile(str(README), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert results.attempted > 15
    assert results.failed == 0
