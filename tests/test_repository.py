"""Rules about the repository itself that no other tool holds."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[1]
PACKAGES = ("divergences", "estimators", "flows", "proofs")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
KERNEL = sorted((ROOT / "proofs" / "kernel").glob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    """Every module that a file imports anywhere in it, by its full name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module or ""


def _stray(path: Path) -> set[str]:
    """What a file of the kernel imports beside the standard library, the tree and the kernel itself."""
    return {
        name
        for name in _imports(path)
        if name.split(".")[0] not in sys.stdlib_module_names
        and name != "proofs.language.tree"
        and not (name + ".").startswith("proofs.kernel.")
    }


@pytest.mark.parametrize("path", [*KERNEL, ROOT / "proofs" / "language" / "tree.py"], ids=lambda path: path.name)
def test_the_kernel_stands_on_the_tree_and_the_standard_library(path: Path) -> None:
    assert _stray(path) == set()


@pytest.mark.parametrize(
    "line",
    ["import numpy", "from proofs.outcome import Proof", "def f():\n    import sympy", "from proofs import language"],
)
def test_a_stray_import_of_the_kernel_is_noticed(tmp_path: Path, line: str) -> None:
    (tmp_path / "stray.py").write_text(f"import math\n{line}\n", encoding="utf-8")
    assert len(_stray(tmp_path / "stray.py")) == 1


def test_the_kernel_can_be_read_in_an_hour() -> None:
    assert 0 < sum(len(_code_lines(path)) for path in KERNEL) < 2100


def _code_lines(path: Path) -> set[int]:
    """The lines that hold code: not blank, no comment, no docstring."""
    text = path.read_text(encoding="utf-8")
    prose: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            prose.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0] for token in tokens if token.type in (tokenize.NAME, tokenize.OP)} - prose


def test_every_dependency_is_pinned_for_ci_and_open_above_its_minimum() -> None:
    pins = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, version = re.fullmatch(r"([A-Za-z0-9_.-]+)==([0-9][A-Za-z0-9.]*)", line).groups()  # type: ignore[union-attr]
            pins[re.sub(r"[-_.]+", "-", name).lower()] = tuple(int(part) for part in re.findall(r"\d+", version))
    project = PROJECT["project"]
    for requirement in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        name, minimum = re.fullmatch(r"([a-z-]+)(?:\[[a-z]+\])?>=([\d.]+)", requirement).groups()  # type: ignore[union-attr]
        assert pins[name] >= tuple(int(part) for part in minimum.split(".")), requirement
    assert pins["torch"] == (2, 13, 0)


def test_packages_are_typed_and_installed() -> None:
    assert tuple(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == PACKAGES
    for package in PACKAGES:
        assert (ROOT / package / "py.typed").is_file()


def test_the_wheel_holds_the_data_and_not_the_tests(tmp_path: Path) -> None:
    name = next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"]))
    names = set(zipfile.ZipFile(name).namelist())
    for path in ["proofs/language/grammar.lark", *(f"{package}/py.typed" for package in PACKAGES)]:
        assert path in names
    pages = {f"proofs/catalogue/{path.name}" for path in (ROOT / "proofs" / "catalogue").glob("*.md")}
    assert pages
    assert pages <= names
    assert not {other.split("/")[0] for other in names} - {*PACKAGES, "probability_proofs-0.1.0.dist-info"}


def test_no_host_name_of_an_index_is_written_down() -> None:
    for path in ("Makefile", "constraints.txt", "pyproject.toml", ".ci/run"):
        assert not re.search(r"https?://|--index-url|--find-links", (ROOT / path).read_text(encoding="utf-8")), path


def test_ci_runs_what_the_readme_tells_a_reader_to_run() -> None:
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_command_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "proofs", "--version"], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert done.stdout == f"proofs {PROJECT['project']['version']}\n"
