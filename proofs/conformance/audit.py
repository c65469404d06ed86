"""The audit of a peer's whole registry of divergences: every pair that has certified values, as a page of findings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from divergences import families
from divergences.families.law import Law
from proofs.conformance.divergence import check_divergence
from proofs.conformance.implementation import OutsideDomain
from proofs.conformance.report import KINDS, ConformanceReport, digits
from proofs.conformance.target import Target, of_pair
from proofs.conformance.vectors import VECTORS, vector_target

#: What an argument is made of: the name of a number, a constant, or lists of them along the last axes.
Template = str | float | list["Template"]
#: A class of laws and its keyword arguments.
Side = tuple[str, Mapping[str, Template]]


@dataclass(frozen=True)
class Entry:
    """One pair of the registry.

    Args:
        first, second: the names of the classes.
        report: what was found; None where there are no certified values.
        reason: why there are none.
    """

    first: str
    second: str
    report: ConformanceReport | None
    reason: str = ""


def audit_torch(
    *, pairs: Iterable[tuple[str, str]] | None = None, examples: int = 60, seed: int = 0
) -> Iterator[Entry]:
    """The entries of ``torch.distributions``' registry of divergences, one after another.

    Args:
        pairs: the names of the pairs to audit; all that are registered where None.
        examples: how many points the search beyond the grid tries for each.
        seed: what grid and search are drawn from.
    """
    from torch.distributions.kl import _KL_REGISTRY

    registered = sorted({(p.__name__, q.__name__) for p, q in _KL_REGISTRY} | {("LogNormal", "LogNormal")})
    for first, second in registered if pairs is None else pairs:
        try:
            target, sides = _target(first, second)
        except NotImplementedError as reason:
            yield Entry(first, second, None, str(reason))
            continue
        report = check_divergence(
            _implementation(sides),
            target,
            library="torch",
            name="torch.distributions",
            call=_call(sides),
            seed=seed,
            search_examples=examples,
        )
        yield Entry(first, second, report)


_REASONS = {
    "ExponentialFamily": "the rule behind pairs without a rule of their own",
    "Independent": "a sum over a pair that is audited",
    "TransformedDistribution": "that of the base laws, audited as LogNormal ‖ LogNormal",
}

# --- what is compared with what --------------------------------------------------------------------------------------


def _target(first: str, second: str) -> tuple[Target, tuple[Side, Side]]:
    if first in VECTORS and second in VECTORS:
        return vector_target(first, second)
    laws = [getattr(families, name, None) for name in (first, second)]
    if not all(isinstance(law, type) and issubclass(law, Law) and law.event_rank == 0 for law in laws):
        raise NotImplementedError(_REASONS.get(first, "no certified values for this kind of law"))
    p, q = laws
    target = of_pair(p, q)  # type: ignore[arg-type]
    sides = [
        (name, {key: key + suffix for key in law.domains if key + suffix in target.domains})
        for name, law, suffix in zip((first, second), laws, ("_p", "_q"), strict=True)
        if law is not None
    ]
    return target, (sides[0], sides[1])


def _implementation(sides: tuple[Side, Side]) -> Callable[..., Any]:
    def kl(**parameters: Any) -> Any:
        import torch

        like = sum(value.sum() * 0 for value in parameters.values())

        def filled(template: Template) -> Any:
            if isinstance(template, list):
                return torch.stack(torch.broadcast_tensors(*map(filled, template)), dim=-1)
            return parameters[template] if isinstance(template, str) else like + template

        def made(kind: str, keywords: Mapping[str, Template]) -> Any:
            arguments = {key: _transposed(filled(template), template) for key, template in keywords.items()}
            try:
                return getattr(torch.distributions, kind)(**arguments)
            except ValueError as error:
                raise OutsideDomain(str(error)) from None

        return torch.distributions.kl_divergence(made(*sides[0]), made(*sides[1]))

    return kl


def _transposed(array: Any, template: Template) -> Any:
    """Matrices were filled row by row, with the rows along the last axis."""
    is_matrix = isinstance(template, list) and isinstance(template[0], list)
    return array.swapaxes(-1, -2) if is_matrix else array


def _call(sides: tuple[Side, Side]) -> Callable[[Mapping[str, Any], str], str]:
    def call(point: Mapping[str, Any], dtype: str) -> str:
        def filled(template: Template) -> np.ndarray:
            if isinstance(template, list):
                return np.stack(np.broadcast_arrays(*map(filled, template)), axis=-1)
            return np.asarray(point[template] if isinstance(template, str) else template)

        laws = [
            f"D.{kind}({', '.join(f'{k}=t({_transposed(filled(v), v).tolist()!r})' for k, v in keywords.items())})"
            for kind, keywords in sides
        ]
        head = f"import torch; D = torch.distributions; t = lambda x: torch.tensor(x, dtype=torch.{dtype})"
        return f"{head}; print(D.kl_divergence({', '.join(laws)}).tolist())"

    return call


# --- the page --------------------------------------------------------------------------------------------------------


HEAD = """\
# An audit of the divergences of {library} {version}

`proofs audit {library}` holds every pair of the library's registry against certified values: enclosures in ball
arithmetic at the exact floats handed in, at moderate and extreme parameters, at nearly equal laws, with offsets, at
the ends of the domains, in double and single precision. {audited} of {pairs} pairs have certified values; they were
compared at {points} points.

A finding is a fact about floats, and not always a bug: a form that cancels loses digits between nearly equal laws by
design, and some parameters are far from any use. Each line under *Findings* prints what the library gives; behind it
stands the certified value.

| finding | what it means | pairs |
| --- | --- | --- |"""

TABLE = """
## All pairs

| pair | worst relative error, moderate | nearly equal | findings |
| --- | --- | --- | --- |"""


def page(entries: Sequence[Entry], *, library: str, version: str) -> str:
    """The audit as Markdown: a table of all pairs, and every finding with the line that reproduces it."""
    audited = [(entry, entry.report) for entry in entries if entry.report is not None]
    kinds = Counter(kind for _, report in audited for kind in {finding.kind for finding in report.findings})
    points = sum(report.points for _, report in audited)
    head = HEAD.format(library=library, version=version, audited=len(audited), pairs=len(entries), points=points)
    rows = [f"| {kind} | the result {words} | {kinds[kind]} |" for kind, words in KINDS.items() if kinds[kind]]
    lines = [head, *rows, TABLE]
    for entry in entries:
        name = f"{entry.first} ‖ {entry.second}"
        if entry.report is None:
            lines.append(f"| {name} | | | not audited: {entry.reason} |")
            continue
        worst = [digits(entry.report.worst[r]) if r in entry.report.worst else "" for r in ("moderate", "near-equal")]
        found = ", ".join(dict.fromkeys(finding.kind for finding in entry.report.findings)) or "none"
        linked = f"[{found}](#{_anchor(entry)})" if entry.report.findings else found
        lines.append(f"| {name} | {worst[0]} | {worst[1]} | {linked} |")
    lines += ["", "## Findings"]
    for entry, report in audited:
        if report.findings:
            lines += ["", f"### {entry.first} ‖ {entry.second}", ""]
            for finding in report.findings:
                lines += [
                    f"{finding.kind}, {finding.dtype}: {finding.got} for {finding.expected}"
                    + (
                        f" (at {finding.count} point{'s' * (finding.count > 1)} of the grid)"
                        if finding.count
                        else " (found by search)"
                    ),
                    "",
                    "```python",
                    finding.code,
                    "```",
                    "",
                ]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def _anchor(entry: Entry) -> str:
    return f"{entry.first}--{entry.second}".lower()
