"""Certificates as data: nothing is lost, nothing hostile gets in, and what is printed is what was proved."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from proofs.certificates import (
    MAX_BYTES,
    MAX_DEPTH,
    CertificateError,
    alone,
    decode,
    dumps,
    encode,
    loads,
    verify,
)
from proofs.cli import AS_EXPECTED, NOT_AS_EXPECTED, UNUSABLE, app
from proofs.documents import catalogue
from proofs.kernel import Certificate, Rejected, Unsupported, check
from proofs.language import ClaimError, expand, read, to_text
from proofs.outcome import Unsupported as OutsideFragment
from proofs.provers.linear import prove

Document = dict[str, Any]
BLOCKS = [block for block in catalogue() if not block.file.endswith(("gaussian.md", "log_normal.md"))]


def _certificates(text: str) -> Iterator[Certificate]:
    claim = expand(read(text))
    for step in claim.steps:
        try:
            proof = prove(claim, step)
        except OutsideFragment:
            continue
        if proof is not None and proof.certificate is not None:
            yield proof.certificate


@cache
def _of_the_catalogue() -> tuple[Certificate, ...]:
    return tuple(certificate for block in BLOCKS for certificate in _certificates(block.text))


def _plain(text: str) -> Document:
    (certificate,) = _certificates(text)
    document = json.loads(dumps(alone(certificate)))
    assert isinstance(document, dict)
    return document


def test_every_kernel_proof_of_the_catalogue_survives_and_is_checked_again() -> None:
    assert len(_of_the_catalogue()) > 40
    for certificate in _of_the_catalogue():
        back = loads(dumps(certificate))
        assert repr(back) == repr(certificate)  # with the digits, reasons and lines that == leaves out
        assert check(back) == check(certificate)
        assert decode(json.loads(json.dumps(encode(certificate)))) == certificate


def test_what_is_printed_reads_back_as_what_was_proved() -> None:
    compared = 0
    for certificate in _of_the_catalogue():
        short = alone(certificate)
        statement, _ = verify(loads(dumps(short)))
        try:
            again = expand(read(statement))
        except ClaimError:
            continue  # a law that is a mixture is only written with a `let`
        compared += 1
        assert again == short.claim
        assert again.steps == (certificate.step,)
    assert compared > 40


# --- planted errors --------------------------------------------------------------------------------------------------

ELBO = "E_{q(z|x)}[log p(x,z) - log q(z|x)] <= log p(x)"


def _row(document: Document, kind: str, **values: Any) -> dict[str, Any]:
    return next(r for r in document["nodes"] if r["is"] == kind and all(r[k] == v for k, v in values.items()))


def _flip(document: Document) -> None:
    _row(document, "Step")["relation"] = ">="


def _double(document: Document) -> None:
    _row(document, "Instance")["multiplier"] = next(
        n for n, row in enumerate(document["nodes"]) if row["is"] == "Number"
    )
    _row(document, "Number")["value"] = "2"
    _row(document, "Number")["text"] = ""


def _swap(document: Document) -> None:
    laws = [row for row in document["nodes"] if row["is"] == "Density"]
    for row in laws:
        row["family"] = {"p": "q", "q": "p"}[row["family"]]


def _forget(document: Document) -> None:
    _row(document, "Certificate")["instances"] = []


def _rename(document: Document) -> None:
    _row(document, "Variable", name="z")["name"] = "x"


def _restem(document: Document) -> None:
    _row(document, "Variable", name="z")["stem"] = "x"


@pytest.mark.parametrize("edit", [_flip, _double, _swap, _forget, _rename, _restem])
def test_a_planted_edit_is_rejected(edit: Any) -> None:
    document = _plain(ELBO)
    verify(decode(document))
    edit(document)
    with pytest.raises((CertificateError, Rejected, Unsupported)):
        verify(decode(document))


@settings(max_examples=200)
@given(st.data())
def test_no_edit_proves_what_is_not_printed(data: st.DataObject) -> None:
    """An edit of any field is refused, or the statement that is printed is the one that the trees make."""
    certificate = data.draw(st.sampled_from(_of_the_catalogue()))
    document = json.loads(dumps(alone(certificate)))
    nodes = document["nodes"]
    row = nodes[data.draw(st.integers(0, len(nodes) - 1))]
    field = data.draw(st.sampled_from(sorted(row)))
    others = [other[field] for other in nodes if field in other]
    pool = [None, True, False, 0, 1, -1, 10**30, "", "x", "p", "-1/2", "<", "E", "x) = (y", [], [0], [0, 0], {}, 0.5]
    value = copy.deepcopy(data.draw(st.sampled_from(others + pool)))
    assume(value != row[field])
    row[field] = value
    try:
        edited = decode(document)
        statement, _ = verify(edited)
        again = expand(read(statement.split("\namong\n")[0]))
    except (CertificateError, Rejected, Unsupported, ClaimError):
        return
    assert again.steps == (edited.step,)
    assert {to_text(d) for d in again.declarations} <= {to_text(d) for d in edited.claim.declarations}


@pytest.mark.parametrize(
    ("name", "other"),
    [("Variable", "x) = 0 and (x"), ("Symbol", "0"), ("Symbol", "x"), ("Density", "KL"), ("Call", "f")],
)
def test_a_name_that_is_not_what_it_looks_like_is_refused(name: str, other: str) -> None:
    document = _plain("real a\nE_{p(x)}[a*log(p(x))] = a*E_{p(x)}[log p(x)]")
    for row in document["nodes"]:
        if row["is"] == name:
            row[{"Density": "family", "Call": "function"}.get(name, "name")] = other
    with pytest.raises((Rejected, Unsupported)):
        verify(decode(document))


# --- hostile documents -----------------------------------------------------------------------------------------------


def _laughs() -> Document:
    """Few lines that stand for a tree of 2^200 nodes."""
    nodes = [{"is": "Symbol", "name": "a"}] + [{"is": "Add", "left": n, "right": n} for n in range(200)]
    return {"format": "kernel certificate", "version": 1, "root": 0, "nodes": nodes}


def _tower() -> Document:
    nodes = [{"is": "Symbol", "name": "a"}] + [{"is": "Neg", "operand": n} for n in range(MAX_DEPTH + 5)]
    return {"format": "kernel certificate", "version": 1, "root": 0, "nodes": nodes}


HEAD = '{"format": "kernel certificate", "version": 1, "root": 0, "nodes": ['


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("null", "no certificate"),
        ("[1, 2]", "no certificate"),
        ("[" * 100_000, "nested too deeply"),
        ('{"format": "kernel certificate", "version": 2}', "version 2"),
        ('{"format": "kernel certificate", "version": true}', "version True"),
        (HEAD + "]}", "root of the document is no Certificate"),
        (HEAD + '], "root": 1}', "gives a field twice"),
        (HEAD + "NaN]}", "numbers are exact"),
        (HEAD + "0.5]}", "numbers are exact"),
        (HEAD + f"{'9' * 5000}]}}", "too many digits"),
        (HEAD + "5]}", "node 0 does not say"),
        (HEAD + '{"is": "Path", "name": "/"}]}', "node 0 does not say"),
        (HEAD + '{"is": ["Symbol"]}]}', "node 0 does not say"),
        (HEAD + '{"is": "Symbol"}]}', "has to have the fields name"),
        (HEAD + '{"is": "Symbol", "name": 1}]}', "name is not of the type str"),
        (HEAD + '{"is": "Neg", "operand": 0}]}', "operand is not of the type Expr"),
        (HEAD + '{"is": "Number", "value": "1/0", "text": ""}]}', "value is not of the type Fraction"),
        (HEAD + '{"is": "Number", "value": "1e999999999", "text": ""}]}', "value is not of the type Fraction"),
        (HEAD + '{"is": "Use", "name": "f", "generated": [], "given": []}]}', "node 0 does not say"),
        (json.dumps(_laughs()), "levels"),
        (json.dumps(_tower()), "levels"),
        (" " * (MAX_BYTES + 1), "longer than"),
    ],
)
def test_a_hostile_document_ends_in_a_clear_error(text: str, words: str) -> None:
    with pytest.raises(CertificateError, match=words):
        loads(text)


@given(st.binary(max_size=200))
def test_no_bytes_end_in_anything_but_a_clear_error(text: bytes) -> None:
    with pytest.raises(CertificateError):
        loads(text)


# --- the command -----------------------------------------------------------------------------------------------------


def test_certificates_are_written_and_verified_by_the_kernel_alone(tmp_path: Path) -> None:
    folder = tmp_path / "certificates"
    text = f"```claim elbo\n{ELBO}\nlog p(x) = log p(x,z) - log p(z|x)\n```\n"
    run = CliRunner().invoke(app, ["check", "-", "--certificates", str(folder)], input=text)
    assert run.exit_code == AS_EXPECTED, run.output
    assert sorted(path.name for path in folder.iterdir()) == ["elbo-1.json", "elbo-2.json"]
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from proofs.cli import app\n"
        f"done = CliRunner().invoke(app, ['verify', {str(folder)!r}])\n"
        "print(done.exit_code)\nprint(done.output)\n"
        "heavy = {'torch', 'sympy', 'scipy', 'numpy', 'flint', 'lark', 'hypothesis'} & set(sys.modules)\n"
        "rooms = ('proofs.provers', 'proofs.refuters', 'proofs.certifier')\n"
        "untrusted = [name for name in sys.modules if name.startswith(rooms)]\n"
        "assert not heavy and not untrusted, (heavy, untrusted)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("0\n")
    assert "elbo-1.json: proved by the kernel" in done.stdout.replace("\n", "")
    assert "E_{q(z|x)}[log p(x, z) - log q(z|x)] <= log p(x)" in done.stdout
    assert "assuming that the expectations and integrals that appear are finite" in done.stdout


def test_exit_statuses_of_verify(tmp_path: Path) -> None:
    good, false, broken = (tmp_path / f"{name}.json" for name in ("good", "false", "broken"))
    document = _plain(ELBO)
    good.write_text(json.dumps(document), encoding="utf-8")
    _flip(document)
    false.write_text(json.dumps(document), encoding="utf-8")
    broken.write_bytes(b"\xff{}")

    def status(*paths: Path) -> int:
        return CliRunner().invoke(app, ["verify", *map(str, paths)]).exit_code

    assert status(good) == AS_EXPECTED
    assert status(good, false) == NOT_AS_EXPECTED
    assert status(false, broken, good) == UNUSABLE
    assert status(tmp_path / "missing.json") == UNUSABLE
    empty = tmp_path / "empty"
    empty.mkdir()
    assert status(empty) == UNUSABLE
