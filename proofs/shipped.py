"""The function that a block names, held against what the block proves: ``:helper: divergences.kl_gaussian``."""

from __future__ import annotations

from proofs.limits import TimeLimit, within
from proofs.outcome import Proof, Unsupported
from proofs.report import HelperReport, Report


def hold(report: Report, helper: str, *, timeout: float | None) -> HelperReport:
    """Whether a function computes the last expression of a claim's last chain of equalities, every step of it proved.

    Args:
        report: what the check of the claim found.
        helper: the dotted name of the function, as `proofs.provers.helpers.check_helper` takes it.
        timeout: seconds; None is no limit.

    >>> from proofs.check import check
    >>> report = check("H(Normal(x; 0, std)) = log(std) + log(2*pi)/2 + 1/2")
    >>> hold(report, "divergences.entropy_gaussian", timeout=None).verdict
    'proved'
    """
    from proofs.provers.helpers import check_helper, equality_chain

    claim = report.claim
    if claim is None:
        return HelperReport(helper, "unsupported", message="the claim was not read")
    try:
        index = equality_chain(claim)
        before = sum(len(chain.steps) for chain in claim.chains[:index])
        for number, step in enumerate(report.steps[before : before + len(claim.chains[index].steps)], before + 1):
            if step.verdict != "proved":
                return HelperReport(
                    helper, "unsupported", message=f"step {number}, on which it rests, is {step.verdict}"
                )
        found = within(timeout, lambda: check_helper(claim, helper))
    except (Unsupported, ValueError) as reason:
        return HelperReport(helper, "unsupported", message=str(reason))
    except TimeLimit:
        return HelperReport(helper, "open", message=f"the time limit of {timeout:g} s passed")
    if isinstance(found, Proof):
        return HelperReport(helper, "proved", proof=found)
    if found is None:
        return HelperReport(helper, "open", message="no proof was found, and no point at which it differs")
    return HelperReport(helper, "refuted", counterexample=found)
