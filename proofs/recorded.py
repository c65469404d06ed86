"""Reports as plain JSON values, and back: what a `proofs.cache.Cache` keeps of a claim.

Only what is decided is kept: every step proved or refuted, and so the function that computes it, if one is named. What
is ``open`` is tried again. A step that the kernel proved is checked again by the kernel when it is taken from the
cache, against the claim as it stands now; a closed form, a counterexample and the words of a gap are believed, because
the key holds the claim, the options, and the sources of everything that made them. Repairs are offered in the notation
of a claim, so they are kept with it, and taken by a claim that is written so; they are proved again, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from proofs.cache import Cache
from proofs.kernel import Certificate, Rejected, Unsupported, check
from proofs.language.tree import Chain, Claim, Number, Step
from proofs.outcome import Counterexample, Proof
from proofs.report import HelperReport, Report, StepReport

if TYPE_CHECKING:
    from proofs.refuters.repair import Repair

DECIDED = ("proved", "refuted")
_ZERO = Number(Fraction(0))
_NO_STEP = Step(_ZERO, "=", _ZERO)


class Unreadable(Exception):
    """Values that are no recorded report, or one that cannot be kept."""


def key(cache: Cache, expanded: Claim, helper: str, seed: int, tries: int) -> str:
    """The key of a claim: what it says, apart from reasons and places, and what models are drawn from."""
    chains = tuple(Chain(tuple(replace(step, reason="", line=0) for step in chain.steps)) for chain in expanded.chains)
    return cache.key(replace(expanded, chains=chains, source=""), helper, seed, tries)


def decided(report: Report, helper: HelperReport | None) -> bool:
    """Whether there is nothing left to try."""
    found = [step.verdict for step in report.steps] + ([] if helper is None else [helper.verdict])
    return bool(report.steps) and all(verdict in DECIDED for verdict in found)


def record(report: Report, helper: HelperReport | None) -> dict[str, Any]:
    """The evidence of a decided report.

    Raises:
        Unreadable: where it holds something that JSON does not.
    """
    return {
        "steps": [_evidence(step) for step in report.steps],
        "helper": None if helper is None else _evidence(helper),
        "repairs": _repairs(report),
    }


def _repairs(report: Report) -> dict[str, Any] | None:
    """The repairs that have been searched for; None where they have not been, or where one does not read back."""
    from proofs.language import read, to_text

    if report.claim is None or not report.has_repairs:
        return None
    found = []
    for offered in report.repair:
        claim = to_text(offered.claim)
        if read(claim) != offered.claim:
            return None
        found.append({"claim": claim, "text": offered.text, "edit": offered.edit, "proof": _proof(offered.proof)})
    return {"notation": _notation(report.claim), "found": found}


def _notation(claim: Claim) -> list[Any]:
    """What the words of a repair depend on beside what is claimed."""
    from proofs.language import to_text
    from proofs.language.latex_reader import is_latex

    return [to_text(claim), is_latex(claim.source)]


def _evidence(found: StepReport | HelperReport) -> dict[str, Any]:
    return {
        "verdict": found.verdict,
        "proof": None if found.proof is None else _proof(found.proof),
        "counterexample": None
        if found.counterexample is None
        else {f.name: _pack(getattr(found.counterexample, f.name)) for f in fields(Counterexample) if f.compare},
    }


def _proof(proof: Proof) -> dict[str, Any]:
    from proofs.certificates import encode

    certificate = None
    if proof.certificate is not None:  # the claim and its step are those at hand when it is read
        certificate = encode(Certificate(Claim((), (), ()), _NO_STEP, proof.certificate.instances))
    return {
        "method": proof.method,
        "gap": proof.gap,
        "assumptions": list(proof.assumptions),
        "certificate": certificate,
        "details": proof.details,
    }


def recall(values: Any, text: str, read: Claim, expanded: Claim, helper: str) -> tuple[Report, HelperReport | None]:
    """The report of a claim that has been decided before.

    Args:
        values: what `record` made.
        text: the text of the claim.
        read, expanded: the claim as it was read, and written out.
        helper: the name of the function that computes it, or empty.

    Raises:
        Unreadable: if the values are no report of this claim, or the kernel does not accept a certificate in them.
    """
    from proofs.language import to_text

    try:
        found = [_StepFound(values["steps"][n], Certificate(expanded, step)) for n, step in enumerate(expanded.steps)]
        steps = tuple(
            StepReport(to_text(step.left), step.relation, to_text(step.right), one.verdict, one.proof,
                       one.counterexample, line=step.line, reason=step.reason)
            for one, step in zip(found, read.steps, strict=True)
        )  # fmt: skip
        if len(values["steps"]) != len(steps) or (values["helper"] is None) != (not helper):
            raise Unreadable
        computed = None
        if helper:
            one = _StepFound(values["helper"], None)
            computed = HelperReport(helper, one.verdict, one.proof, one.counterexample)
        report = Report(text, read, steps)
        if values["repairs"] is not None and values["repairs"]["notation"] == _notation(read):
            report.set_repairs(tuple(map(_repair_of, values["repairs"]["found"])))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, Rejected, Unsupported) as error:
        raise Unreadable from error
    return report, computed


def _repair_of(values: Mapping[str, Any]) -> Repair:
    from proofs.language import expand, read
    from proofs.refuters.repair import Repair

    claim = read(values["claim"])
    expanded = expand(claim)
    (step,) = expanded.steps
    return Repair(values["text"], values["edit"], _proof_of(values["proof"], Certificate(expanded, step)), claim)


class _StepFound:
    """The evidence of one step (`bare` is its certificate without instances) or of a helper."""

    def __init__(self, values: Mapping[str, Any], bare: Certificate | None) -> None:
        self.verdict: str = values["verdict"]
        self.proof = None if values["proof"] is None else _proof_of(values["proof"], bare)
        self.counterexample = None
        if values["counterexample"] is not None:
            refuted = None if bare is None else (bare.claim, bare.step)
            found = {name: _unpack(value) for name, value in values["counterexample"].items()}
            self.counterexample = Counterexample(**found, refuted=refuted)
        if (self.verdict, self.proof is None, self.counterexample is None) not in (
            ("proved", False, True),
            ("refuted", True, False),
        ):
            raise Unreadable


def _proof_of(values: Mapping[str, Any], bare: Certificate | None) -> Proof:
    from proofs.certificates import decode

    certificate = None
    assumptions = tuple(values["assumptions"])
    if values["method"] == "kernel":
        if bare is None:
            raise Unreadable
        certificate = replace(bare, instances=decode(values["certificate"]).instances)
        if not set(check(certificate)) <= set(assumptions):
            raise Unreadable
    return Proof(values["method"], values["gap"], assumptions, certificate, values["details"])


# --- exact values ----------------------------------------------------------------------------------------------------


def _pack(value: Any) -> Any:
    """Rationals, tuples and tables by name, told apart."""
    if value is None or type(value) in (str, bool, int):
        return value
    if isinstance(value, Fraction):
        return {"rational": str(value)}
    if isinstance(value, tuple):
        return [_pack(item) for item in value]
    if isinstance(value, Mapping) and all(type(name) is str for name in value):
        return {"table": {name: _pack(item) for name, item in value.items()}}
    raise Unreadable(f"a {type(value).__name__}")


def _unpack(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_unpack(item) for item in value)
    if not isinstance(value, dict):
        return value
    if value.keys() == {"rational"}:
        return Fraction(value["rational"])
    if value.keys() == {"table"}:
        return {name: _unpack(item) for name, item in value["table"].items()}
    raise Unreadable
