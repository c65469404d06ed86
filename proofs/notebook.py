"""Reports in a notebook: the claim as mathematics, a badge for each verdict. Markup only; nothing of it is run.

What is not mathematics of ours (an author's words, a message that quotes a text) stands where no typesetter looks for
formulas: in ``code`` and ``pre``, or under the class by which MathJax is told to look away.
"""

from __future__ import annotations

from html import escape

from proofs.display import MARKS
from proofs.language.latex import to_latex
from proofs.language.tree import Comparison, Step
from proofs.report import Report, StepReport

COLOURS = {"proved": "#1a7f37", "refuted": "#cf222e", "open": "#9a6700", "unsupported": "#8250df"}


def html(report: Report) -> str:
    r"""The report as HTML with LaTeX in ``\(...\)``, which a notebook typesets.

    >>> from proofs import check
    >>> r"\(\displaystyle D_{\mathrm{KL}}" in html(check("KL(p(x) || q(x)) >= 0"))
    True
    """
    rows = "".join(_row(report, number) for number in range(len(report.steps)))
    parts = [f"<div>{_badge(report.verdict)}</div>"] * (len(report.steps) != 1)
    parts += [f'<table style="text-align: left">{rows}</table>'] * bool(rows)
    parts += [_pre(words) for words in (report.message, _counterexample(report)) if words]
    for n, offered in enumerate(report.repair):
        head = "or" if n else "did you mean"
        parts.append(f"<div>{head} ({_words(offered.edit)})</div>{_pre(offered.text)}")
    if report.assumptions:
        parts.append(f"<div>assuming that {_words('; '.join(report.assumptions))}</div>")
    return f'<div class="proofs-report">{"".join(parts)}</div>'


def latex(report: Report) -> str | None:
    """The steps with their verdicts as displayed LaTeX; None where the claim could not be read."""
    if report.claim is None or not report.steps:
        return None
    rows = (
        rf"\text{{{step.verdict}}} & {_formula(written)}"
        for step, written in zip(report.steps, report.claim.steps, strict=True)
    )
    return "$$\\begin{array}{ll}\n" + " \\\\\n".join(rows) + "\n\\end{array}$$"


def mimebundle(report: Report) -> dict[str, str]:
    """Every form, by its MIME type."""
    found = {"text/plain": str(report), "text/html": html(report)}
    formula = latex(report)
    return found if formula is None else found | {"text/latex": formula}


def _formula(step: Step) -> str:
    return to_latex(Comparison(step.left, step.relation, step.right))


def _badge(verdict: str) -> str:
    style = f"background: {COLOURS[verdict]}; color: white; border-radius: 0.5em; padding: 0.1em 0.6em"
    return f'<span style="{style}">{MARKS[verdict]} {verdict}</span>'


def _row(report: Report, number: int) -> str:
    step = report.steps[number]
    formula = f"<code>{escape(str(step))}</code>"
    if report.claim is not None:
        formula = rf"\(\displaystyle {escape(_formula(report.claim.steps[number]))}\)"
    notes = "".join(f"<br><small>{_words(note)}</small>" for note in _notes(step))
    cell = 'style="text-align: left"'
    return f"<tr><td {cell}>{_badge(step.verdict)}</td><td {cell}>{formula}{notes}</td></tr>"


def _notes(step: StepReport) -> list[str]:
    found = [f"-- {step.reason}"] if step.reason else []
    return found + [note for note in (step.gap, step.evidence) if note and step.counterexample is None]


def _counterexample(report: Report) -> str:
    false = report.first_false
    if false is None or false.counterexample is None or report.claim is None:
        return ""
    from proofs.refuters.describe import describe

    which = f"step {report.steps.index(false) + 1} is false here:\n" if len(report.steps) > 1 else ""
    return which + describe(false.counterexample, report.claim)


def _words(text: str) -> str:
    return f'<span class="tex2jax_ignore mathjax_ignore">{escape(text)}</span>'


def _pre(text: str) -> str:
    return f'<pre class="tex2jax_ignore mathjax_ignore">{escape(text)}</pre>'
