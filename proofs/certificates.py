"""Certificates of the kernel as data: JSON that anyone can keep, send, and check again with the kernel alone.

A document lists nodes, children before what they stand in, so that equal parts are written once and nothing refers to
itself. A field holds what its declared type says: a node by its place in the list, a rational as ``"1/3"``, a tuple as
a list, None as null:

    {"format": "kernel certificate", "version": 1, "root": 9,
     "nodes": [{"is": "Symbol", "name": "mu"}, {"is": "Neg", "operand": 0}, ...]}

Decoding builds nothing but the dataclasses of the tree, the axiom schemas, and what they are made of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from proofs.faithful import reason_for_doubt
from proofs.kernel import SCHEMAS, Certificate, Instance, Label, Rejected, Unsupported, check
from proofs.language import tree
from proofs.language.text import to_text
from proofs.language.tree import Chain

FORMAT = "kernel certificate"
VERSION = 1
MAX_BYTES = 16_000_000
MAX_NODES = 500_000  # counted as often as they occur, not once each
MAX_DEPTH = 400
MAX_DIGITS = 2_000

_RATIONAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:/[1-9][0-9]*)?")
_PYTHON_ONLY = (tree.Conditional, tree.Comparison, tree.Use, tree.Definition)

#: Everything that a document may be built of, by name.
KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (*vars(tree).values(), *SCHEMAS, Label, Instance, Certificate)
    if isinstance(kind, type) and is_dataclass(kind) and kind not in _PYTHON_ONLY
}


class CertificateError(ValueError):
    """A document that is no certificate; the message says where it fails to be one, and what was expected."""


class _Mismatch(Exception):
    """A value that is not of the declared type."""


@cache
def _hints(kind: type) -> dict[str, Any]:
    """The declared type of each field. A law generates copies as well, where their number is not a numeral."""
    hints = get_type_hints(kind)
    if kind is tree.Law:
        hints["generated"] = tuple[tree.Variable | tree.Copies, ...]
    return {field.name: hints[field.name] for field in fields(kind)}


# --- to data ---------------------------------------------------------------------------------------------------------


def encode(certificate: Certificate) -> dict[str, Any]:
    """The certificate as plain JSON values, without loss.

    >>> from proofs import check
    >>> proof = check("KL(p(x) || q(x)) >= 0").steps[0].proof
    >>> decode(encode(proof.certificate)) == proof.certificate
    True
    """
    rows: list[dict[str, Any]] = []
    places: dict[Any, int] = {}
    known: dict[int, Any] = {}  # by identity: `certificate` keeps its parts alive meanwhile

    def plain(value: Any) -> Any:
        if isinstance(value, Fraction):
            return str(value)
        if isinstance(value, tuple):
            return tuple(plain(item) for item in value)
        if not is_dataclass(value):
            return value
        if id(value) not in known:
            row = {"is": type(value).__name__} | {f.name: plain(getattr(value, f.name)) for f in fields(value)}
            key = tuple((type(item), item) for item in row.values())  # True == 1, which are two different things here
            if key not in places:
                places[key] = len(rows)
                rows.append(row)
            known[id(value)] = places[key]
        return known[id(value)]

    root = plain(certificate)
    return {"format": FORMAT, "version": VERSION, "root": root, "nodes": rows}


def dumps(certificate: Certificate) -> str:
    """The document as text, a node a line."""
    document = encode(certificate)
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in document.pop("nodes"))
    return f'{json.dumps(document)[:-1]}, "nodes": [\n{lines}\n]}}\n'


# --- from data -------------------------------------------------------------------------------------------------------


def loads(text: str | bytes) -> Certificate:
    """The certificate that a text holds.

    Raises:
        CertificateError: if it holds none.
    """
    if len(text) > MAX_BYTES:
        raise CertificateError(f"the document is longer than {MAX_BYTES} bytes")
    try:
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_no_constant)
    except RecursionError:
        raise CertificateError("the document is nested too deeply") from None
    except UnicodeDecodeError as error:
        raise CertificateError(f"the document is not a text in UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise CertificateError(f"the document is not JSON: {error}") from None
    except CertificateError:
        raise
    except ValueError:  # a numeral of more digits than Python converts
        raise CertificateError("the document holds a number of too many digits") from None
    return decode(document)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise CertificateError("the document gives a field twice")
    return found


def _no_constant(text: str) -> Any:
    raise CertificateError(f"the document holds {text[:20]}; numbers are exact here, as in '1/3'")


def decode(document: Any) -> Certificate:
    """The certificate that plain JSON values describe.

    Raises:
        CertificateError: if they describe none, or one that is too large or too deep to be checked.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise CertificateError(f'the document is no certificate: it does not say "format": "{FORMAT}"')
    if type(document.get("version")) is not int or document["version"] != VERSION:
        raise CertificateError(f"the document is of version {document.get('version')!r:.20}, not {VERSION}")
    if document.keys() != {"format", "version", "root", "nodes"} or not isinstance(document["nodes"], list):
        raise CertificateError("the document has to have format, version, root and a list of nodes, and nothing else")
    built: list[Any] = []
    sizes: list[tuple[int, int]] = []
    for place, row in enumerate(document["nodes"]):
        node, below = _node(row, built, f"node {place}")
        size = 1 + sum(sizes[child][0] for child in below)
        depth = 1 + max((sizes[child][1] for child in below), default=0)
        if size > MAX_NODES or depth > MAX_DEPTH:
            raise CertificateError(f"node {place} has more than {MAX_NODES} parts or {MAX_DEPTH} levels")
        built.append(node)
        sizes.append((size, depth))
    try:
        found = _value(document["root"], Certificate, built, [])
    except _Mismatch:
        raise CertificateError("the root of the document is no Certificate") from None
    assert isinstance(found, Certificate)
    return found


def _node(row: Any, built: list[Any], where: str) -> tuple[Any, list[int]]:
    """The node of one row, and the places of its children."""
    kind = KINDS.get(row["is"]) if isinstance(row, dict) and isinstance(row.get("is"), str) else None
    if kind is None:
        raise CertificateError(f'{where} does not say what it "is", or it is nothing that a certificate is made of')
    hints = _hints(kind)
    if row.keys() != {"is", *hints}:
        raise CertificateError(f"{where}, a {kind.__name__}, has to have the fields {', '.join(hints) or '(none)'}")
    below: list[int] = []
    values = {}
    for name, hint in hints.items():
        try:
            values[name] = _value(row[name], hint, built, below)
        except _Mismatch:
            words = getattr(hint, "__name__", str(hint)) if isinstance(hint, type) else str(hint)
            raise CertificateError(
                f"{where}, a {kind.__name__}: {name} is not of the type {words.replace('proofs.language.tree.', '')}"
            ) from None
    return kind(**values), below


def _value(raw: Any, hint: Any, built: list[Any], below: list[int]) -> Any:
    """The value of a field of this type; the places of the nodes in it are added to `below`."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        for option in get_args(hint):
            try:
                return _value(raw, option, built, below)
            except _Mismatch:
                continue
    elif origin is tuple and isinstance(raw, (list, tuple)):
        items = get_args(hint)
        if items[-1] is ...:
            items = items[:1] * len(raw)
        if len(items) == len(raw):
            return tuple(_value(item, of, built, below) for item, of in zip(raw, items, strict=True))
    elif hint is NoneType and raw is None:
        return None
    elif hint in (str, bool, int) and type(raw) is hint:
        return raw
    elif hint is Fraction and type(raw) is str and len(raw) <= MAX_DIGITS and _RATIONAL.fullmatch(raw):
        return Fraction(raw)
    elif type(raw) is int and 0 <= raw < len(built) and isinstance(hint, type) and isinstance(built[raw], hint):
        below.append(raw)
        return built[raw]
    raise _Mismatch


# --- checking --------------------------------------------------------------------------------------------------------


def alone(certificate: Certificate) -> Certificate:
    """The certificate with no other step in its claim, if the kernel accepts it so; else as it is."""
    claim = replace(certificate.claim, chains=(Chain((certificate.step,)),), definitions=(), source="")
    short = replace(certificate, claim=claim)
    try:
        check(short)
    except (Rejected, Unsupported):
        return certificate
    return short


def verify(certificate: Certificate) -> tuple[str, tuple[str, ...]]:
    """What a certificate proves, in the claim language, and what is assumed for it.

    The names in the certificate have to be what they look like (`proofs.faithful`): else the text would say one thing
    and the trees another.

    Raises:
        Rejected: it proves nothing.
        Unsupported: the kernel does not read it.
    """
    doubt = reason_for_doubt(certificate)
    if doubt:
        raise Rejected(doubt)
    assumptions = check(certificate)
    claim, step = certificate.claim, certificate.step
    if claim.steps == (step,):
        return to_text(claim), assumptions
    return f"{to_text(replace(claim, chains=(Chain((step,)),)))}\namong\n{to_text(claim)}", assumptions


def write(certificates: Iterable[tuple[str, Certificate]], folder: Path) -> list[Path]:
    """One file for each certificate, named ``name.json``; returns their paths. An existing file is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, certificate in certificates:
        path = folder / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name).strip('.-') or 'claim'}.json"
        path.write_text(dumps(alone(certificate)), encoding="utf-8")
        paths.append(path)
    return paths
