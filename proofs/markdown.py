"""Claims in Markdown: fenced blocks with a name and options, found with their place in the file.

A block opens with ```` ```claim name ```` (or ```` ```{claim} name ````, or ``:::{claim} name``); the name may be left
out. Lines ``:option: value`` at its top are its options, and the rest is the claim's text:

    ```claim gaussian-entropy
    :expect: proved
    :helper: divergences.entropy_gaussian
    H(Normal(x; mean, std)) = log(std) + log(2*pi)/2 + 1/2
    ```
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from proofs.outcome import VERDICTS
from proofs.report import Report

OPTIONS = ("expect", "helper")

_FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,}|:{3,})[ \t]*(?P<info>.*?)[ \t]*$")
_INFO = re.compile(r"^(?:claim|\{claim\})(?:[ \t]+(?P<name>.*))?$", re.IGNORECASE)
_QUOTED = re.compile(r"^[ \t]*>[> \t]*(?:`{3,}|~{3,}|:{3,})[ \t]*(?:claim\b|\{claim\})", re.IGNORECASE)
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
_OPTION = re.compile(r"^:(?P<key>[A-Za-z-]+):[ \t]*(?P<value>.*?)[ \t]*$")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(?P<title>.+?)[ \t]*#*[ \t]*$")


class MarkdownError(ValueError):
    """A file of claims that cannot be used; the message starts with ``file:line:``."""


@dataclass(frozen=True)
class Block:
    """One claim block.

    Args:
        name: its identifier; ``stem:line`` where the author gave none.
        text: the claim.
        file: the file as it was named.
        line: the line of the file on which `text` starts, from 1.
        expect: the expected verdict of the claim, or of each step where there are several.
        helper: the dotted name of the function that computes the last expression of the claim, or empty.
        title: the heading that the block stands under.
        prose: what the file says between the block above (or the heading) and this one.
        problem: why the file is unusable, where this stands for the claims of one that is.
    """

    name: str
    text: str
    file: str
    line: int
    expect: tuple[str, ...] = ("proved",)
    helper: str = ""
    title: str = ""
    prose: str = ""
    problem: str = ""

    def as_expected(self, report: Report, *, allow_open: bool = False) -> bool:
        """Whether the verdicts are the expected ones; with `allow_open`, ``open`` passes where ``proved`` was meant.

        Raises:
            MarkdownError: if there are several expectations and not one for each step.
        """
        found = [report.verdict]
        if len(self.expect) > 1:
            found = [step.verdict for step in report.steps]
            if report.steps and len(found) != len(self.expect):
                raise MarkdownError(
                    f"{self.file}:{self.line}: `:expect:` names {len(self.expect)} verdicts, "
                    f"and the claim {self.name} has {len(found)} step{'s' * (len(found) != 1)}"
                )
        return len(found) == len(self.expect) and all(
            verdict == expected or (allow_open and (verdict, expected) == ("open", "proved"))
            for verdict, expected in zip(found, self.expect, strict=True)
        )


def read_blocks(path: Path) -> tuple[Block, ...]:
    """The claim blocks of a Markdown file (UTF-8), in order.

    Raises:
        MarkdownError: if the file cannot be read, or as for `blocks`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise MarkdownError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise MarkdownError(f"{path}: not a text in UTF-8 (byte {error.start})") from None
    return blocks(text, str(path))


def read_folder(folder: Path) -> tuple[Block, ...]:
    """The claim blocks of all Markdown files below a folder; an unusable file is one block, and the others are read."""
    found: list[Block] = []
    for path in sorted(folder.rglob("*.md")):
        try:
            found.extend(read_blocks(path))
        except MarkdownError as error:
            found.append(Block(path.name, "", str(path), 1, problem=str(error)))
    return tuple(found)


def blocks(text: str, file: str = "<text>") -> tuple[Block, ...]:
    """The claim blocks of a Markdown text, in order.

    Blocks of other languages are passed over whole, so that a claim shown inside one is not read.

    Args:
        text: the Markdown.
        file: what to call it in messages and in the names of unnamed blocks.

    Raises:
        MarkdownError: on a block that is not closed, an unknown option, a name that is no verdict, a second block
            of the same name, or a block without a claim.

    >>> [(b.name, b.line) for b in blocks("# Bayes\\n```claim rule\\np(x,z) = p(z|x) * p(x)\\n```\\n")]
    [('rule', 3)]
    """
    found: list[Block] = []
    for block in _scan(text.splitlines(), file):
        first = next((other for other in found if other.name == block.name), None)
        if first is not None:
            raise MarkdownError(
                f"{file}:{block.line}: a second claim is named {block.name}; the first is on line {first.line}"
            )
        found.append(block)
    return tuple(found)


def _scan(lines: list[str], file: str) -> Iterator[Block]:
    title = ""
    prose: list[str] = []
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        if fence is None or (fence["mark"][0] == "`" and "`" in fence["info"]):
            if _QUOTED.match(lines[at]):
                raise MarkdownError(f"{file}:{at + 1}: a claim block in a quotation is not checked; take it out of it")
            heading = _HEADING.match(lines[at])
            if heading:
                title, prose = heading["title"], []
            else:
                prose.append(lines[at])
            at += 1
            continue
        info = _INFO.match(fence["info"])
        if info is None and fence["mark"][0] == ":":  # another directive, which may hold claims
            prose.append(lines[at])
            at += 1
            continue
        end = _closing(lines, at, fence["mark"])
        if info is None:
            stop = len(lines) if end is None else end + 1
            prose.extend(lines[at:stop])
            at = stop
            continue
        if end is None:
            raise MarkdownError(f"{file}:{at + 1}: this claim block is not closed; end it with {fence['mark']}")
        body = [_unindent(line, len(fence["indent"])) for line in lines[at + 1 : end]]
        yield _block(info["name"] or "", body, file, at + 2, title, "\n".join(prose).strip())
        prose = []
        at = end + 1


def _closing(lines: list[str], start: int, mark: str) -> int | None:
    for at in range(start + 1, len(lines)):
        stripped = lines[at].strip()
        if len(stripped) >= len(mark) and set(stripped) == {mark[0]}:
            return at
    return None


def _unindent(line: str, indent: int) -> str:
    return line[min(indent, len(line) - len(line.lstrip())) :]


def _block(name: str, body: list[str], file: str, line: int, title: str, prose: str) -> Block:
    if name and not _NAME.match(name):
        raise MarkdownError(
            f"{file}:{line - 1}: {name!r} cannot name a claim; use letters, digits, '-', '_' and '.', as in elbo-gap"
        )
    options: dict[str, str] = {}
    used = 0
    for used, text in enumerate([*body, ""]):
        option = _OPTION.match(text)
        if option is None:
            break
        key, where = option["key"], f"{file}:{line + used}"
        if key not in OPTIONS:
            raise MarkdownError(f"{where}: unknown option :{key}:; expected one of {', '.join(OPTIONS)}")
        if key in options:
            raise MarkdownError(f"{where}: option :{key}: is given twice")
        if not option["value"]:
            raise MarkdownError(f"{where}: option :{key}: has no value")
        options[key] = option["value"]
        if key == "expect":
            _verdicts(option["value"], where)
    text = "\n".join(body[used:])
    if not text.strip():
        raise MarkdownError(f"{file}:{line - 1}: this block holds no claim")
    return Block(
        name=name or f"{Path(file).stem}:{line}",
        text=text,
        file=file,
        line=line + used,
        expect=_verdicts(options.get("expect", "proved"), file),
        helper=options.get("helper", ""),
        title=title,
        prose=prose,
    )


def _verdicts(value: str, where: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in value.split(","))
    for name in names:
        if name not in VERDICTS:
            raise MarkdownError(f"{where}: {name!r} is not a verdict; expected one of {', '.join(reversed(VERDICTS))}")
    return names
