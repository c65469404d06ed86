"""What a check found: a verdict for each step with its evidence, and the same as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from proofs.language.tree import Claim
from proofs.outcome import VERDICTS, Counterexample, Proof

if TYPE_CHECKING:
    from proofs.refuters.repair import Repair

JSON_VERSION = 1
_NO_TRUTH = "a report has no truth value: its verdict is one of four; compare report.verdict"


def worst(verdicts: Iterable[str]) -> str:
    """The worst of some verdicts, in the order refuted, unsupported, open, proved.

    >>> worst(["proved", "open", "proved"])
    'open'
    """
    return min(verdicts, key=VERDICTS.index)


@dataclass(frozen=True)
class StepReport:
    """The verdict on one step of a claim.

    Args:
        left, relation, right: the step as it was written, as text that can be read back.
        verdict: one of `proofs.outcome.VERDICTS`.
        proof: the evidence of ``proved``.
        counterexample: the evidence of ``refuted``.
        message: for ``open`` and ``unsupported``, why.
        seconds: wall-clock time that was spent on this step.
        line: the line of the claim's text that the step stands on, from 1; 0 where there is no text.
        reason: the author's own reason (``-- words``), which is kept and never trusted.
    """

    left: str
    relation: str
    right: str
    verdict: str
    proof: Proof | None = None
    counterexample: Counterexample | None = None
    message: str = ""
    seconds: float = 0.0
    line: int = 0
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.left} {self.relation} {self.right}"

    @property
    def gap(self) -> str:
        """For a proved inequality, the difference of its sides, written so that its sign shows; else empty."""
        return "" if self.proof is None else self.proof.gap

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the proof assumes beyond the declarations."""
        return () if self.proof is None else self.proof.assumptions

    @property
    def evidence(self) -> str:
        """One line on what the verdict rests on."""
        if self.proof is not None:
            return f"{self.proof.method}: {self.proof.details}" if self.proof.details else self.proof.method
        if self.counterexample is not None:
            kind = {"finite": "finite measure space", "parameters": "parameter values", "laws": "named laws"}
            return kind.get(self.counterexample.kind, self.counterexample.kind)
        return self.message

    def __bool__(self) -> NoReturn:
        raise TypeError(_NO_TRUTH)


@dataclass(frozen=True)
class HelperReport:
    """Whether a function of this library computes what a claim proves.

    Args:
        name: the function's dotted name, as the claim's ``:helper:`` has it.
        verdict: one of `proofs.outcome.VERDICTS`; ``proved`` where its trace on symbols is the proved expression.
        proof: the evidence of ``proved``.
        counterexample: the evidence of ``refuted``; left is the function's value, right the expression's.
        message: for ``open`` and ``unsupported``, why.
    """

    name: str
    verdict: str
    proof: Proof | None = None
    counterexample: Counterexample | None = None
    message: str = ""

    @property
    def evidence(self) -> str:
        """One line on what the verdict rests on."""
        if self.proof is not None:
            return self.proof.details
        if self.counterexample is not None:
            found = self.counterexample
            point = ", ".join(f"{name} = {value}" for name, value in found.values.items())
            return f"{self.name} computes something else: {found.left} and not {found.right}" + f" at {point}" * bool(
                point
            )
        return f"{self.name} was not shown to compute this: {self.message}"

    def __bool__(self) -> NoReturn:
        raise TypeError(_NO_TRUTH)


@dataclass(frozen=True)
class Report:
    """What a check found about a claim.

    Args:
        text: the claim as it was given, or as it prints.
        claim: the claim's tree; None where the text could not be read.
        steps: a report on each step, in order.
        seconds: wall-clock time of the whole check.
        message: why there are no steps: what could not be read, and what was expected.
        place: the line and column of the text that the message speaks of, from 1; zeros where it speaks of no place.
    """

    text: str
    claim: Claim | None
    steps: tuple[StepReport, ...]
    seconds: float = 0.0
    message: str = ""
    place: tuple[int, int] = (0, 0)

    @property
    def verdict(self) -> str:
        """The worst verdict of any step; ``unsupported`` where the claim could not be read."""
        return worst(step.verdict for step in self.steps) if self.steps else "unsupported"

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the proofs of the steps assume beyond the declarations, each once, in order."""
        return tuple(dict.fromkeys(a for step in self.steps for a in step.assumptions))

    @property
    def first_false(self) -> StepReport | None:
        """The first refuted step."""
        return next((step for step in self.steps if step.verdict == "refuted"), None)

    @property
    def counterexample(self) -> Counterexample | None:
        """The counterexample to the first refuted step."""
        return None if self.first_false is None else self.first_false.counterexample

    @cached_property
    def repair(self) -> tuple[Repair, ...]:
        """The nearest claims that hold, in place of the first refuted step, each with its proof.

        Searched for when first asked for, for two seconds at most (`proofs.refuters.repair`).
        """
        step = self.first_false
        if self.claim is None or step is None or step.counterexample is None:
            return ()
        from proofs.refuters.repair import repair

        return repair(self.claim, self.claim.steps[self.steps.index(step)], step.counterexample)

    @property
    def has_repairs(self) -> bool:
        """Whether `repair` has been searched for, and costs nothing more."""
        return "repair" in vars(self)

    def set_repairs(self, found: tuple[Repair, ...]) -> None:
        """Take what was found before for `repair`, in place of a search."""
        vars(self)["repair"] = found

    def __bool__(self) -> NoReturn:
        raise TypeError(_NO_TRUTH)

    def __str__(self) -> str:
        from proofs.display import plain

        return plain(self)

    def _repr_html_(self) -> str:
        from proofs.notebook import html

        return html(self)

    def _repr_latex_(self) -> str | None:
        from proofs.notebook import latex

        return latex(self)

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        from proofs.notebook import mimebundle

        wanted, unwanted = None if include is None else set(include), set(exclude or ())
        return {
            kind: text
            for kind, text in mimebundle(self).items()
            if (wanted is None or kind in wanted) and kind not in unwanted
        }


# --- JSON ------------------------------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    """Rationals as the strings ``"1/3"``, tuples as lists."""
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value


def _counterexample(found: Counterexample | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "kind": found.kind,
        "values": _plain(found.values),
        "spaces": _plain(found.spaces),
        "tables": _plain(found.tables),
        "laws": dict(found.laws),
        "left": found.left,
        "right": found.right,
        "tries": found.tries,
        "details": found.details,
    }


def claim_to_json(
    report: Report, *, name: str = "", file: str = "", line: int = 0, helper: HelperReport | None = None
) -> dict[str, Any]:
    """One entry of ``claims``: what was claimed, where, and the verdict with its evidence, in plain JSON values.

    Args:
        report: what the check found.
        name: the identifier of the claim.
        file, line: where its text starts; an empty name is null.
        helper: what was found about the function that computes it.
    """
    return {
        "id": name or None,
        "file": file or None,
        "line": line,
        "text": report.text,
        "verdict": report.verdict,
        "steps": [
            {
                "left": step.left,
                "relation": step.relation,
                "right": step.right,
                "verdict": step.verdict,
                "evidence": step.evidence,
                "gap": step.gap or None,
                "counterexample": _counterexample(step.counterexample),
                "assumptions": list(step.assumptions),
            }
            for step in report.steps
        ],
        "helper": None
        if helper is None
        else {
            "name": helper.name,
            "verdict": helper.verdict,
            "evidence": helper.evidence,
            "counterexample": _counterexample(helper.counterexample),
        },
        "repair": [
            {
                "text": offered.text,
                "edit": offered.edit,
                "evidence": offered.proof.method,
                "gap": offered.proof.gap or None,
            }
            for offered in report.repair
        ],
        "seconds": round(report.seconds, 6),
        "message": report.message or None,
    }


def to_json(claims: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The document that ``proofs check --json`` prints: a version, the claims, and how many have which verdict.

    >>> to_json([])["counts"]
    {'proved': 0, 'open': 0, 'unsupported': 0, 'refuted': 0}
    """
    listed = list(claims)
    counts = {verdict: sum(claim["verdict"] == verdict for claim in listed) for verdict in reversed(VERDICTS)}
    return {"version": JSON_VERSION, "claims": listed, "counts": counts}
