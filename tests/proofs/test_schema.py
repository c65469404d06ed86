"""The JSON that is printed is the JSON that is described."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import proofs
from proofs.cli import app
from proofs.language.tree import RELATIONS
from proofs.outcome import VERDICTS
from proofs.report import JSON_VERSION

PATH = Path(proofs.__file__).parent / "report.schema.json"
SCHEMA = json.loads(PATH.read_text(encoding="utf-8"))
DOCS = Path(__file__).parents[2] / "docs"

_TYPES = {"object": dict, "array": list, "string": str, "null": type(None), "number": (int, float), "integer": int}
_WORDS = {"$schema", "$defs", "title", "description"}


def _errors(value: Any, schema: dict[str, Any], where: str = "") -> list[str]:
    """Where a value is not what the schema says, in the part of JSON Schema that the schema uses."""
    found = []
    for keyword, said in schema.items():
        if keyword == "$ref":
            found += _errors(value, SCHEMA["$defs"][said.removeprefix("#/$defs/")], where)
        elif keyword == "type":
            kinds = said if isinstance(said, list) else [said]
            if isinstance(value, bool) or not isinstance(value, tuple(_TYPES[k] for k in kinds)):  # type: ignore[arg-type]
                found.append(f"{where}: {value!r} is no {kinds}")
        elif keyword in ("const", "enum"):
            if value not in (said if keyword == "enum" else [said]):
                found.append(f"{where}: {value!r} is not in {said}")
        elif keyword == "anyOf":
            if all(_errors(value, option, where) for option in said):
                found.append(f"{where}: {value!r} is none of these")
        elif keyword == "minimum":
            found += [f"{where}: {value} < {said}"] * (isinstance(value, (int, float)) and value < said)
        elif keyword == "required":
            found += [f"{where}: no {name}" for name in said if isinstance(value, dict) and name not in value]
        elif keyword in ("properties", "additionalProperties", "items"):
            continue
        else:
            assert keyword in _WORDS, keyword
    if isinstance(value, dict):
        for name, item in value.items():
            inner = schema.get("properties", {}).get(name, schema.get("additionalProperties", {}))
            found += [f"{where}: {name}"] if inner is False else _errors(item, inner, f"{where}/{name}")
    if isinstance(value, list):
        found += [
            error for n, item in enumerate(value) for error in _errors(item, schema.get("items", {}), f"{where}/{n}")
        ]
    return found


def _document(*arguments: str, stdin: str | None = None) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["check", "--json", *arguments], input=stdin)
    document = json.loads(result.stdout)
    assert isinstance(document, dict)
    return document


CLAIMS = """\
```claim proved
:helper: divergences.entropy_gaussian
H(Normal(0, std)) = log(std) + log(2*pi)/2 + 1/2
```
```claim gap
KL(p(x) || q(x)) >= 0
```
```claim finite
log p(x) = log p(x,z) - log p(z|x) >= log p(x,z)
```
```claim parameters
:helper: divergences.kl_gaussian
H(Normal(x; mean, std)) >= log(std) + 3
```
```claim functions
E_{p(x)}[T(x)^2] <= E_{p(x)}[T(x)]^2
```
```claim broken
KL(p(x) || q(x)
```
"""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return _document("--no-cache", "-", stdin=CLAIMS)


def test_what_is_printed_is_as_described(document: dict[str, Any]) -> None:
    assert _errors(document, SCHEMA) == []
    verdicts = {claim["verdict"] for claim in document["claims"]}
    assert {"proved", "refuted", "unsupported"} <= verdicts
    assert _errors(_document("--no-cache", "-e", "KL(p(x) || q(x)) >= 0"), SCHEMA) == []


def test_a_document_that_is_not_as_described_is_noticed(document: dict[str, Any]) -> None:
    def planted(change: Any) -> list[str]:
        other = copy.deepcopy(document)
        change(other)
        return _errors(other, SCHEMA)

    assert planted(lambda d: d.update(version=2))
    assert planted(lambda d: d.update(more=1))
    assert planted(lambda d: d["counts"].pop("open"))
    assert planted(lambda d: d["claims"][0].update(verdict="right"))
    assert planted(lambda d: d["claims"][0].update(line="1"))
    assert planted(lambda d: d["claims"][0]["steps"][0].pop("gap"))
    assert planted(lambda d: d["claims"][2]["steps"][1]["counterexample"].update(left=0.5))
    assert planted(lambda d: d["claims"][2]["steps"][1]["counterexample"]["tables"].update(p=[0.5]))


def test_the_schema_lists_what_the_code_lists() -> None:
    assert SCHEMA["properties"]["version"]["const"] == JSON_VERSION
    assert set(SCHEMA["$defs"]["verdict"]["enum"]) == set(VERDICTS)
    assert SCHEMA["$defs"]["step"]["properties"]["relation"]["enum"] == list(RELATIONS)


def test_the_hook_is_a_command_that_there_is(tmp_path: Path) -> None:
    text = (DOCS.parent / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    entry = re.search(r"^  entry: proofs (.*)$", text, re.MULTILINE)
    assert entry is not None
    plain, true, false = (tmp_path / f"{name}.md" for name in ("plain", "true", "false"))
    plain.write_text("# No claims\n", encoding="utf-8")
    true.write_text("```claim\nKL(p(x) || q(x)) >= 0\n```\n", encoding="utf-8")
    false.write_text("```claim\nKL(p(x) || q(x)) <= 0\n```\n", encoding="utf-8")

    def status(*paths: Path) -> int:
        return CliRunner().invoke(app, [*entry[1].split(), *map(str, paths)]).exit_code

    assert [status(plain), status(plain, true), status(plain, false, true)] == [0, 0, 1]


def test_the_page_names_what_there_is() -> None:
    page = (DOCS / "how-to-check.md").read_text(encoding="utf-8")
    assert PATH.name in page
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page))
    runner = CliRunner(env={"COLUMNS": "300"})
    known = "".join(runner.invoke(app, [command, "--help"]).stdout for command in ("check", "mutate"))
    assert {option for option in options if option not in known} == {"--proofs", "--proofs-no-cache", "--dist"}
