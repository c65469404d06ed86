"""Checking a claim: every step goes to the interpreters in order of cost, until one proves or refutes it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from proofs.attempt import INTERPRETERS, Attempt, Contradiction, Interpreter
from proofs.language.tree import Claim, Comparison
from proofs.limits import Budget, TimeLimit
from proofs.report import Report, StepReport

__all__ = ["TIMEOUT", "TRIES", "Contradiction", "Interpreter", "check"]

#: How many models a refuter is given, and how many seconds a claim.
TRIES = 1000
TIMEOUT = 30.0


def check(
    claim: str | Comparison | Claim | Sequence[Comparison] | Sequence[str],
    *,
    seed: int = 0,
    tries: int = TRIES,
    timeout: float | None = TIMEOUT,
    interpreters: Sequence[Interpreter] = INTERPRETERS,
) -> Report:
    r"""Prove or refute every step of a claim.

    A step that one interpreter has proved is still held against a few models of the refuters, and a report never says
    both: if two interpreters contradict each other, that is raised.

    Args:
        claim: the text of a claim; a comparison made with Python's operators; several, a step each (or lines of text);
            or a claim that has been read.
        seed: what the models are drawn from, together with the step's text: a verdict does not depend on which other
            claims are checked, or in which order.
        tries: how many models a refuter draws before it gives up.
        timeout: seconds for this claim, divided among its steps, loading of libraries not counted; None is no limit.
        interpreters: who is asked, in this order.

    Returns:
        A report with a verdict for each step. A text that cannot be read is ``unsupported``, and the message says
        where and what was expected (`proofs.read` raises that as `ClaimError` instead).

    Raises:
        TypeError: if `claim` is nothing of the above.
        ValueError: if `tries` or `timeout` is not positive.
        Contradiction: if one interpreter proves what another refutes.

    >>> report = check("log p(x) = E_{q(z|x)}[log p(x,z) - log q(z|x)] + KL(q(z|x) || p(z|x))")
    >>> report.verdict
    'proved'
    >>> check("KL(p(x) || q(x)) = KL(q(x) || p(x))").verdict
    'refuted'
    """
    from proofs.language import ClaimError, expand, to_text

    if tries < 1:
        raise ValueError(f"tries must be at least 1, not {tries}")
    if timeout is not None and not timeout > 0:
        raise ValueError(f"timeout must be a positive number of seconds or None, not {timeout}")
    start = time.perf_counter()
    budget = Budget(timeout)
    text = _as_text(claim)

    def unread(message: str, place: tuple[int, int] = (0, 0)) -> Report:
        return Report(text or "", None, (), time.perf_counter() - start, message, place)

    try:
        read = budget.spend(lambda: _read(claim, text))
        expanded = budget.spend(lambda: expand(read))
    except ClaimError as error:
        return unread(str(error), (error.line, error.column))
    except TimeLimit:
        return unread(f"it could not be read within the time limit of {timeout:g} s")
    except RecursionError:
        return unread("it is nested too deeply to be read")
    steps = []
    for index, (written, step) in enumerate(zip(read.steps, expanded.steps, strict=True)):
        share = Budget(None if budget.left is None else budget.left / (len(read.steps) - index))
        attempt = Attempt(expanded, step, seed, tries, share)
        attempt.run(interpreters)
        if budget.left is not None and share.left is not None and share.limit is not None:
            budget.left -= share.limit - share.left
        steps.append(
            StepReport(
                left=to_text(written.left),
                relation=written.relation,
                right=to_text(written.right),
                verdict=attempt.verdict,
                proof=attempt.proof if attempt.verdict == "proved" else None,
                counterexample=attempt.counterexample,
                message=attempt.message,
                seconds=attempt.seconds,
                line=written.line,
                reason=written.reason,
            )
        )
    message = "" if steps else "it claims nothing: no line of it relates two expressions"
    return Report(to_text(read) if text is None else text, read, tuple(steps), time.perf_counter() - start, message)


def _as_text(claim: Any) -> str | None:
    if isinstance(claim, str):
        return claim
    if isinstance(claim, (list, tuple)) and claim and all(isinstance(item, str) for item in claim):
        return "\n".join(claim)
    return None


def _read(claim: Any, text: str | None) -> Claim:
    from proofs.language import claim_of, read

    if text is not None:
        return read(text)
    if isinstance(claim, Claim):
        return claim
    comparisons = claim if isinstance(claim, (list, tuple)) else (claim,)
    if comparisons and all(isinstance(item, Comparison) for item in comparisons):
        return claim_of(*comparisons)
    raise TypeError(f"claim must be a text, a comparison, a list of one of these, or a Claim, not {claim!r}")
