"""Claim blocks come out of Markdown with the text and the place that they have in the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.markdown import Block, MarkdownError, blocks, read_blocks
from proofs.outcome import VERDICTS
from proofs.report import Report, StepReport

_LINE = st.text("abcxyz|()=+*^_{}[] 0.5~<>", min_size=1).map(str.strip).filter(bool)
_BODY = st.lists(_LINE, min_size=1, max_size=4).filter(lambda lines: not any(set(li) <= {"~"} for li in lines))
_PROSE = st.lists(
    st.sampled_from(["", "Words about p(x).", "- an item", "> a quotation", "`claim` in words"]), max_size=4
)
_NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,10}", fullmatch=True)
_MARKS = st.sampled_from(["```", "````", "~~~", "~~~~~"])


@st.composite
def _documents(draw: st.DrawFn) -> tuple[str, list[Block]]:
    lines: list[str] = []
    expected: list[Block] = []
    for name in draw(st.lists(_NAMES, max_size=4, unique=True)):
        lines += draw(_PROSE)
        mark, indent = draw(_MARKS), draw(st.sampled_from(["", "  "]))
        word = draw(st.sampled_from(["claim", "{claim}"]))
        verdicts = draw(st.lists(st.sampled_from(VERDICTS), max_size=3))
        helper = draw(st.sampled_from(["", "estimators.elbo"]))
        lines.append(f"{indent}{mark}{draw(st.sampled_from(['', ' ']))}{word} {name}")
        if verdicts:
            lines.append(f"{indent}:expect: {', '.join(verdicts)}")
        if helper:
            lines.append(f"{indent}:helper: {helper}")
        body = draw(_BODY)
        text = "\n".join(body)
        expected.append(Block(name, text, "f.md", len(lines) + 1, tuple(verdicts) or ("proved",), helper))
        lines += [indent + line for line in body]
        lines.append(indent + mark)
    return "\n".join(lines), expected


@given(_documents())
def test_blocks_are_read_as_they_were_written(document: tuple[str, list[Block]]) -> None:
    text, expected = document
    found = blocks(text, "f.md")
    strip = [Block(b.name, b.text, b.file, b.line, b.expect, b.helper) for b in found]
    assert strip == expected
    lines = text.split("\n")
    for block in found:
        first = block.text.split("\n")[0]
        assert lines[block.line - 1].strip() == first


@given(st.text("`~ claim:\n#x=expect{}", max_size=60))
def test_any_text_gives_blocks_or_a_clear_error(text: str) -> None:
    message = ""
    try:
        found = blocks(text, "f.md")
    except MarkdownError as error:
        message = str(error)
        found = ()
    assert not message or message.startswith("f.md:")
    assert all(block.text.strip() for block in found)


def test_titles_prose_and_generated_names() -> None:
    text = "# Evidence\n\nThe bound.\n\n```claim\na = a\n```\nMore.\n## Gap ##\nIts gap.\n```claim gap\nb = b\n```\n"
    first, second = blocks(text, "docs/notes.md")
    assert (first.name, first.title, first.prose) == ("notes:6", "Evidence", "The bound.")
    assert (second.name, second.title, second.prose) == ("gap", "Gap", "Its gap.")


def test_a_claim_shown_in_another_block_is_not_read() -> None:
    assert blocks("````markdown\n```claim a\nx = x\n```\n````\n```python\n# claim\n```\n```claims\nx\n```\n") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```claim a\nx = x\n", r"f.md:1: this claim block is not closed"),
        (
            "\n```claim a\n:expects: proved\nx = x\n```",
            r"f.md:3: unknown option :expects:; expected one of expect, helper",
        ),
        ("```claim a\n:expect: true\nx = x\n```", r"f.md:2: 'true' is not a verdict; expected one of proved, open"),
        ("```claim a\n:expect: proved,\nx = x\n```", r"f.md:2: '' is not a verdict"),
        ("```claim a\n:helper: f\n:helper: g\nx = x\n```", r"f.md:3: option :helper: is given twice"),
        ("```claim a\n:helper:\nx = x\n```", r"f.md:2: option :helper: has no value"),
        ("```claim a\n:expect: proved\n\n```", r"f.md:1: this block holds no claim"),
        ("```claim two words\nx = x\n```", r"f.md:1: 'two words' cannot name a claim"),
        (
            "```claim a\nx = x\n```\n\n```claim a\ny = y\n```",
            r"f.md:6: a second claim is named a; the first is on line 2",
        ),
    ],
)
def test_errors_name_the_file_and_the_line(text: str, message: str) -> None:
    with pytest.raises(MarkdownError, match=f"^{message}"):
        blocks(text, "f.md")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MarkdownError, match=r"missing\.md: No such file"):
        read_blocks(tmp_path / "missing.md")
    (tmp_path / "latin.md").write_bytes(b"\xe9t\xe9")
    with pytest.raises(MarkdownError, match=r"latin\.md: not a text in UTF-8 \(byte 0\)"):
        read_blocks(tmp_path / "latin.md")


def _report(*verdicts: str) -> Report:
    return Report("", None, tuple(StepReport("a", "=", "b", verdict) for verdict in verdicts))


@given(
    st.lists(st.sampled_from(VERDICTS), min_size=1, max_size=3),
    st.lists(st.sampled_from(VERDICTS), min_size=1, max_size=3),
)
def test_expectations_are_met_exactly(expect: list[str], found: list[str]) -> None:
    block = Block("a", "a = b", "f.md", 1, tuple(expect))
    report = _report(*found)
    if len(expect) > 1 and len(expect) != len(found):
        with pytest.raises(MarkdownError, match=r"f.md:1: `:expect:` names"):
            block.as_expected(report)
        return
    met = expect == (found if len(expect) > 1 else [report.verdict])
    assert block.as_expected(report) == met
    forgiven = block.as_expected(report, allow_open=True)
    assert forgiven or not met
    if forgiven and not met:
        assert "open" in found
        assert not {"refuted", "unsupported"} & {f for f, e in zip(found, expect, strict=False) if f != e}


def test_an_unreadable_claim_meets_only_unsupported() -> None:
    unread = Report("", None, (), message="line 1, column 1: what?")
    assert Block("a", "?", "f.md", 1, ("unsupported",)).as_expected(unread)
    assert not Block("a", "?", "f.md", 1, ("proved",)).as_expected(unread, allow_open=True)
    assert not Block("a", "?", "f.md", 1, ("proved", "unsupported")).as_expected(unread)


@pytest.mark.parametrize("opening", ["```claim a", "```{claim} a", "~~~claim a", ":::{claim} a", "```Claim a"])
def test_every_way_to_open_a_block(opening: str) -> None:
    (block,) = blocks(f"{opening}\n1 = 1\n{opening[:3]}\n", "notes.md")
    assert (block.name, block.text.strip()) == ("a", "1 = 1")


def test_a_claim_inside_another_directive_is_read() -> None:
    found = blocks("::::{note}\n:::{claim} inner\n1 = 1\n:::\n::::\n", "notes.md")
    assert [block.name for block in found] == ["inner"]


def test_a_quoted_claim_is_not_passed_over() -> None:
    with pytest.raises(MarkdownError, match=r"notes.md:2: .* quotation"):
        list(blocks("text\n> ```claim\n> 1 = 2\n> ```\n", "notes.md"))
