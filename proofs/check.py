"""Checking a claim: every step goes to the interpreters in order of cost, until one proves or refutes it.

What that takes is loaded with the first claim: importing the package loads this module, which costs nothing then.
"""

from __future__ import annotations

import reprlib
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import torch

    from proofs.attempt import Interpreter
    from proofs.language.tree import Claim, Comparison
    from proofs.limits import Budget
    from proofs.report import Report, StepReport
    from proofs.sampler import ModelReport, ModelStepReport, Sampler

__all__ = ["TIMEOUT", "TRIES", "check"]

#: How many models a refuter is given, and how many seconds a claim.
TRIES = 1000
TIMEOUT = 30.0


@overload
def check(
    claim: str | Comparison | Claim | Sequence[Comparison] | Sequence[str],
    *,
    seed: int = ...,
    tries: int = ...,
    timeout: float | None = ...,
    interpreters: Sequence[Interpreter] | None = ...,
) -> Report: ...


@overload
def check(
    claim: str | Comparison | Claim | Sequence[Comparison] | Sequence[str],
    *,
    bind: Mapping[str, Any],
    at: Mapping[str, Any] | None = ...,
    device: str | torch.device | None = ...,
    variance_bound: float | Sequence[float] | None = ...,
    tolerance: float | None = ...,
    seed: int = ...,
    timeout: float | None = ...,
) -> ModelReport: ...


def check(
    claim: str | Comparison | Claim | Sequence[Comparison] | Sequence[str],
    *,
    seed: int = 0,
    tries: int = TRIES,
    timeout: float | None = TIMEOUT,
    interpreters: Sequence[Interpreter] | None = None,
    bind: Mapping[str, Any] | None = None,
    at: Mapping[str, Any] | None = None,
    device: str | torch.device | None = None,
    variance_bound: float | Sequence[float] | None = None,
    tolerance: float | None = None,
) -> Report | ModelReport:
    r"""Prove or refute every step of a claim; or, with `bind`, hold it against models in torch.

    A step that one interpreter has proved is still held against a few models of the refuters, and a report never says
    both: if two interpreters contradict each other, that is raised.

    Args:
        claim: the text of a claim; a comparison made with Python's operators; several, a step each (or lines of text);
            or a claim that has been read.
        seed: what the models are drawn from, together with the step's text: a verdict does not depend on which other
            claims are checked, or in which order.
        tries: how many models a refuter draws before it gives up.
        timeout: seconds for this claim, divided among its steps, loading of libraries not counted; None is no limit.
        interpreters: who is asked, in this order; None is all of `proofs.attempt.INTERPRETERS`.
        bind: the models that the families and functions of the claim stand for, by name. With it nothing is proved or
            refuted: each step is sampled, and decided by a sequential test.
        at, device, variance_bound, tolerance: see `proofs.sampler.Sampler`, which takes `bind` too.

    Returns:
        A report with a verdict for each step; with `bind` a `proofs.sampler.ModelReport`, whose verdicts are
        ``agrees``, ``disagrees``, ``undecided`` and ``unsupported``. A text that cannot be read is ``unsupported``, and
        the message says where and what was expected (`proofs.read` raises that as `ClaimError` instead).

    Raises:
        TypeError: if `claim` is nothing of the above.
        ValueError: if `tries` or `timeout` is not positive, or if what is bound does not fit the claim, or fails.
        Contradiction: if one interpreter proves what another refutes.

    >>> report = check("log p(x) = E_{q(z|x)}[log p(x,z) - log q(z|x)] + KL(q(z|x) || p(z|x))")
    >>> report.verdict
    'proved'
    >>> check("KL(p(x) || q(x)) = KL(q(x) || p(x))").verdict
    'refuted'
    """
    from proofs.language import ClaimError, to_text
    from proofs.limits import Budget, TimeLimit, Watch
    from proofs.report import Report

    if tries < 1:
        raise ValueError(f"tries must be at least 1, not {tries}")
    if timeout is not None and not timeout > 0:
        raise ValueError(f"timeout must be a positive number of seconds or None, not {timeout}")
    sampler = _sampler(bind, at=at, device=device, variance_bound=variance_bound, tolerance=tolerance)
    start = time.perf_counter()
    text = _as_text(claim)
    read: Claim | None = None
    steps: tuple[StepReport, ...] = ()
    sampled: tuple[ModelStepReport, ...] = ()
    message, place = "", (0, 0)
    with Watch() as watch:
        budget = Budget(timeout, watch)
        try:
            read, expanded = budget.spend(lambda: _read(claim, text))
        except ClaimError as error:
            message, place = str(error), (error.line, error.column)
        except TimeLimit:
            message = f"it could not be read within the time limit of {timeout:g} s"
        except RecursionError:
            message = "it is nested too deeply to be read"
        else:
            if sampler is None:
                steps = _check_steps(read, expanded, budget, seed, tries, interpreters)
            else:
                sampled = sampler.check(read, expanded, budget, seed)
    if text is None:
        text = "" if read is None else to_text(read)
    if sampler is not None:
        from proofs.sampling.report import ModelReport

        return ModelReport(text, read, sampled, time.perf_counter() - start, message)
    return Report(text, read, steps, time.perf_counter() - start, message, place)


def _sampler(bind: Mapping[str, Any] | None, **options: Any) -> Sampler | None:
    """What samples the bound models, where there are some; only then is torch loaded."""
    given = {name: value for name, value in options.items() if value is not None}
    if bind is None:
        if given:
            raise ValueError(f"{', '.join(given)} says how models are sampled, and none are given: bind is None")
        return None
    from proofs.sampler import Sampler

    return Sampler(bind=bind, **given)


def _check_steps(
    read: Claim, expanded: Claim, budget: Budget, seed: int, tries: int, interpreters: Sequence[Interpreter] | None
) -> tuple[StepReport, ...]:
    from proofs.attempt import INTERPRETERS, Attempt
    from proofs.language import to_text
    from proofs.report import StepReport

    reports = []
    for index, (written, step) in enumerate(zip(read.steps, expanded.steps, strict=True)):
        with budget.share(len(read.steps) - index) as share:
            attempt = Attempt(expanded, step, seed, tries, share)
            attempt.run(INTERPRETERS if interpreters is None else interpreters)
        reports.append(
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
    return tuple(reports)


def _as_text(claim: Any) -> str | None:
    if isinstance(claim, str):
        return claim
    if isinstance(claim, (list, tuple)) and claim and all(isinstance(item, str) for item in claim):
        return "\n".join(claim)
    return None


def _read(claim: Any, text: str | None) -> tuple[Claim, Claim]:
    """The claim as it was written, and expanded."""
    from proofs.language import claim_of, expand, read
    from proofs.language.tree import Claim, Comparison

    comparisons = claim if isinstance(claim, (list, tuple)) else (claim,)
    if text is not None:
        found = read(text)
    elif isinstance(claim, Claim):
        found = claim
    elif comparisons and all(isinstance(item, Comparison) for item in comparisons):
        found = claim_of(*comparisons)
    else:
        hint = "; == compares trees, so write equal(a, b) for a claimed equality" if isinstance(claim, bool) else ""
        raise TypeError(
            f"claim must be a text, a comparison, a list of one of these, or a Claim, not {reprlib.repr(claim)}{hint}"
        )
    return found, expand(found)
