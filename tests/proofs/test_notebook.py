"""Reports in a notebook: well-formed, escaped, and the same verdicts as everywhere."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs import check
from proofs.language import read
from proofs.language.tree import Comparison
from proofs.outcome import VERDICTS
from proofs.report import Report, StepReport

HOSTILE = "<script>alert(1)</script> & \"quotes\" 'too' $\\href{javascript:alert(1)}{x}$ </pre>"
_VOID = {"br"}


class _Reader(HTMLParser):
    """What is in a page, and whether every tag is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.shielded = 0
        self.text: list[str] = []
        self.typeset: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"div", "span", "table", "tr", "td", "pre", "code", "small", "br"}
        assert all(name in ("style", "class") for name, _ in attrs)
        if tag not in _VOID:
            ignored = "mathjax_ignore" in (dict(attrs).get("class") or "") or tag in ("pre", "code")
            self.open.append(tag + "!" * ignored)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().rstrip("!") == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if not any(tag.endswith("!") for tag in self.open):
            self.typeset.append(data)


def _read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert not reader.open
    return reader


def test_a_proof_shows_the_formula_its_verdict_and_its_gap() -> None:
    report = check("log p(x) >= E_{q(z|x)}[log p(x,z) - log q(z|x)] -- Jensen")
    page = _read(report._repr_html_())
    assert "✓ proved" in page.text
    assert any(r"\mathbb{E}_{q(z \mid x)}" in text for text in page.typeset)
    assert "-- Jensen" in page.text
    assert report.steps[0].gap in page.text
    assert report.assumptions[0] in page.text


def test_a_refutation_shows_the_false_step_and_its_counterexample() -> None:
    report = check("log p(x) = log p(x,z) - log p(z|x) >= log p(x,z)")
    page = _read(report._repr_html_())
    assert ["✓ proved" in page.text, "✗ refuted" in page.text] == [True, True]
    assert "step 2 is false here" in "".join(page.text)
    formula = report._repr_latex_()
    assert formula is not None
    assert formula.count(r"\text{proved}") == formula.count(r"\text{refuted}") == 1


def test_the_formulas_read_back_as_the_steps() -> None:
    report = check("log p(x) >= E_{q(z|x)}[log p(x,z) - log q(z|x)]")
    assert report.claim is not None
    formula = report._repr_latex_()
    assert formula is not None
    body = formula.split(r"\text{proved} & ")[1].split("\n")[0]
    (step,) = read(body).steps
    (written,) = report.claim.steps
    assert Comparison(step.left, step.relation, step.right) == Comparison(written.left, written.relation, written.right)


@given(st.sampled_from(VERDICTS), st.one_of(st.just(HOSTILE), st.text(max_size=30)))
def test_what_others_wrote_is_text_and_is_not_typeset(verdict: str, words: str) -> None:
    claim = read("log p(x) <= 1")
    step = StepReport(words, "<=", "1", verdict, message=words, reason=words)
    for report in (Report(words, claim, (step,)), Report(words, None, (step,)), Report(words, None, (), message=words)):
        page = _read(report._repr_html_())
        assert not any("href" in text or "$" in text for text in page.typeset)


def test_the_bundle_holds_what_is_asked_for() -> None:
    report = check("KL(p(x) || q(x)) >= 0")
    assert set(report._repr_mimebundle_()) == {"text/plain", "text/html", "text/latex"}
    assert set(report._repr_mimebundle_(include=["text/html"])) == {"text/html"}
    assert set(report._repr_mimebundle_(exclude={"text/html"})) == {"text/plain", "text/latex"}
    unread = check("KL(p(x) || q(x)")
    assert unread._repr_latex_() is None
    assert "text/latex" not in unread._repr_mimebundle_()
    assert unread.message in "".join(_read(unread._repr_html_()).text)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_has_its_badge(verdict: str) -> None:
    page = _read(Report("t", read("log p(x) <= 1"), (StepReport("a", "<=", "1", verdict),))._repr_html_())
    assert any(text.endswith(f" {verdict}") for text in page.text)
