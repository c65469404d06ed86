"""One step before the interpreters: who is asked, in which order, and what their answers come to."""

from __future__ import annotations

import importlib
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from proofs.language.tree import Apply, Claim, Conjugate, Density, Information, Named, Step, walk
from proofs.limits import Budget, TimeLimit
from proofs.outcome import Counterexample, Meaningless, Proof, Unsupported
from proofs.proposal import Proposal, accept

if TYPE_CHECKING:
    from numpy.random import Generator

#: Why closed forms with hypotheses stay undecided, and what decides them.
UNDER_ASSUMPTIONS = "closed forms under assumptions; declare the ranges of the numbers instead, as in `real m >= 0`"
#: How many models of each refuter a step is held against that has a proof already.
CROSS_CHECK = 12
#: The part of a step's time that a refuter is given at first.
_GLANCE = 0.2


class Contradiction(RuntimeError):
    """One interpreter proved what another refuted, or a certificate did not check: a bug of this library."""


@dataclass(frozen=True)
class Interpreter:
    """Something that can prove steps, or refute them, or say nothing.

    Args:
        name: what a report calls it.
        proves: whether it returns a `Proof` or None, or a `Proposal`, which is a proof if the kernel accepts it;
            otherwise it returns a `Counterexample` or None.
        run: takes the expanded claim, its step, a generator and a number of tries; raises `Unsupported` outside its
            fragment.
        module: loaded before the clock of a claim starts, so that loading never counts against its limit.
        assumes: whether it takes the claim's assumptions into account; otherwise it is never asked about a claim that
            has some, since it would speak of models that the claim is not about.
        unless_decided: whether it is asked of what nothing has proved or refuted only.
        quick: whether it is asked before all others, with few tries: most false steps fall at the first model, sooner
            than a search for a proof gives up.
    """

    name: str
    proves: bool
    run: Callable[[Claim, Step, Generator, int], Proof | Proposal | Counterexample | None]
    module: str = ""
    assumes: bool = False
    unless_decided: bool = False
    quick: bool = False


def _linear(claim: Claim, step: Step, rng: Generator, tries: int) -> Proposal | None:
    from proofs.provers.linear import propose

    proposal = propose(claim, step)
    if proposal is None or not claim.assumptions or _consistent(claim, step, rng):
        return proposal
    raise Unsupported("no model of what is assumed was found, without which a proof says nothing")


def _consistent(claim: Claim, step: Step, rng: Generator) -> bool:
    """Whether there is something that the claim speaks of: definitions extend what there is, all else needs a model."""
    from proofs.kernel import Reader
    from proofs.refuters.witness import witness

    return not Reader(claim).hypotheses.others or witness(claim, step, rng=rng) is not None


def _finite(claim: Claim, step: Step, rng: Generator, tries: int) -> Counterexample | None:
    from proofs.refuters import finite, instances

    # With no seconds to spare it looks at random models only, and does not climb from them to near misses.
    search = partial(finite.refute, seconds=None if tries > CROSS_CHECK else 0.0)
    return instances.refute(search, claim, step, rng=rng, tries=tries)


def _symbolic(claim: Claim, step: Step, rng: Generator, tries: int) -> Proof | None:
    from proofs.provers.symbolic import prove

    return prove(claim, step)


def _parameters(claim: Claim, step: Step, rng: Generator, tries: int) -> Counterexample | None:
    from proofs.refuters import instances, mixed, parameters

    search = mixed.refute if mixed.is_mixed(step) else parameters.refute
    return instances.refute(search, claim, step, rng=rng, tries=tries)


def _strict(claim: Claim, step: Step, rng: Generator, tries: int) -> Counterexample | None:
    from proofs.refuters import instances, strict

    return instances.refute(strict.refute, claim, step, rng=rng, tries=tries) if step.relation in ("<", ">") else None


def _undefined_models(claim: Claim, step: Step, rng: Generator, tries: int) -> None:
    from proofs.refuters.undefined import examine_models

    examine_models(claim, step, rng=rng)


def _undefined_points(claim: Claim, step: Step, rng: Generator, tries: int) -> None:
    from proofs.certifier.undefined import examine_points

    examine_points(claim, step)


#: In order of cost; "equal sides" looks at strict inequalities only, and the last two tell a step that is undecided
#: from one that does not have a value everywhere.
INTERPRETERS = (
    Interpreter("the kernel", True, _linear, "proofs.provers.linear", assumes=True),
    Interpreter("finite models", False, _finite, "proofs.refuters.finite", assumes=True, quick=True),
    Interpreter("closed forms", True, _symbolic, "proofs.provers.symbolic"),
    Interpreter("parameter search", False, _parameters, "proofs.refuters.parameters", quick=True),
    Interpreter("equal sides", False, _strict, "proofs.refuters.strict", unless_decided=True),
    Interpreter(
        "models without a value",
        False,
        _undefined_models,
        "proofs.refuters.undefined",
        assumes=True,
        unless_decided=True,
    ),
    Interpreter("points without a value", False, _undefined_points, "proofs.certifier.undefined", unless_decided=True),
)


@dataclass
class Attempt:
    """What the interpreters said of one step of an expanded claim.

    Args:
        claim, step: what they are asked.
        seed: what models are drawn from, together with the step itself.
        tries: how many models each refuter draws.
        budget: the time for this step.
    """

    claim: Claim
    step: Step
    seed: int
    tries: int
    budget: Budget
    proof: Proof | None = None
    counterexample: Counterexample | None = None
    seconds: float = 0.0
    _unsupported: dict[str, str] = field(default_factory=dict)
    _silent: list[Interpreter] = field(default_factory=list)
    _late: list[str] = field(default_factory=list)
    _meaningless: str = ""
    _entropy: list[int] | None = None

    def run(self, interpreters: Sequence[Interpreter]) -> None:
        """Ask one after the other, up to a counterexample; after a proof, the refuters only, with few tries.

        The quick ones are asked with few tries before that; those that found nothing are not asked again after a proof.

        Raises:
            Contradiction: if a step that is proved is refuted, or if the kernel rejects the certificate of a proof.
        """
        passed = []
        for interpreter in interpreters:
            if interpreter.quick and self.tries > CROSS_CHECK and self._glance(interpreter):
                passed.append(interpreter)
            if self.counterexample is not None:
                return
        for index, interpreter in enumerate(interpreters):
            needless = interpreter.proves or interpreter.unless_decided or interpreter in passed
            if self.proof is not None and needless:
                continue
            # Each gets half of what is left, the last one all: one that hangs leaves room for those that follow.
            part = 1.0 if index == len(interpreters) - 1 else 0.5
            self._ask(interpreter, part, self.tries if self.proof is None else min(self.tries, CROSS_CHECK))
            if self.counterexample is not None or self._meaningless:
                return

    def _glance(self, interpreter: Interpreter) -> bool:
        """Whether a refuter looks at a few models and finds nothing; it is asked again where it has an objection."""
        asked = Attempt(self.claim, self.step, self.seed, min(self.tries, CROSS_CHECK), self.budget)
        asked._entropy = self._entropy
        asked._ask(interpreter, _GLANCE, asked.tries)
        self.counterexample = asked.counterexample
        self._entropy = asked._entropy
        self.seconds += asked.seconds
        return bool(asked._silent)

    def _ask(self, interpreter: Interpreter, part: float, tries: int) -> None:
        from proofs.language import ClaimError

        if self.claim.assumptions and not interpreter.assumes:
            self._unsupported[interpreter.name] = UNDER_ASSUMPTIONS
            return
        if interpreter.module:
            importlib.import_module(interpreter.module)
        start = time.perf_counter()
        spent = self.seconds
        try:
            found = self.budget.spend(lambda: self._answer(interpreter, tries), part=part)
        except Meaningless as reason:
            if tries == self.tries:
                self._meaningless = str(reason)
            else:  # a step may be proved and yet undefined on a few models; on all of them it would say nothing
                self._ask(interpreter, part, self.tries)
        except (Unsupported, ClaimError) as reason:
            self._unsupported[interpreter.name] = str(reason)
        except RecursionError:
            self._unsupported[interpreter.name] = "it is nested too deeply"
        except OverflowError:
            self._unsupported[interpreter.name] = "a number in it is too large for floating point"
        except TimeLimit:
            self._late.append(interpreter.name)
        else:
            self._note(interpreter, found)
        finally:
            self.seconds = spent + time.perf_counter() - start

    def _answer(self, interpreter: Interpreter, tries: int) -> Proof | Counterexample | None:
        """What the interpreter says; a certificate counts once the kernel has derived this very step from it."""
        found = interpreter.run(self.claim, self.step, self._rng(), tries)
        if isinstance(found, Proposal):
            return self._accepted(found)
        if isinstance(found, Proof) and found.method == "kernel":
            if found.certificate is None or self._accepted(Proposal(found.certificate)) is None:
                raise Contradiction(
                    f"{self._shown()}\nwas said to be proved, without a certificate that the kernel accepts."
                )
        return found

    def _accepted(self, proposal: Proposal) -> Proof | None:
        if proposal.certificate.claim != self.claim or proposal.certificate.step != self.step:
            raise Contradiction(f"{self._shown()}\nwas said to be proved, without a certificate of this step.")
        return accept(proposal)

    def _rng(self) -> Generator:
        import numpy as np

        if self._entropy is None:
            self._entropy = [self.seed, zlib.crc32(self._shown().encode())]
        return np.random.default_rng(self._entropy)

    def _note(self, interpreter: Interpreter, found: Proof | Counterexample | None) -> None:
        if found is None:
            if not interpreter.unless_decided:  # having nothing to object is no attempt
                self._silent.append(interpreter)
        elif isinstance(found, Proof):
            self.proof = found
        elif self.proof is None:
            self.counterexample = replace(found, refuted=(self.claim, self.step))
        else:
            raise Contradiction(
                f"{self._shown()}\nwas proved ({self.proof.method}) and refuted by {interpreter.name} "
                f"({found.left} against {found.right} at {dict(found.values)}). One of the two is wrong: "
                "this is a bug of the library, please report it, and trust neither verdict on this claim."
            )

    def _shown(self) -> str:
        from proofs.language import to_text

        return f"{to_text(self.step.left)} {self.step.relation} {to_text(self.step.right)}"

    @property
    def meaningless(self) -> bool:
        """Whether the step itself says nothing: a law in it is none, or a side has no value where it should."""
        return bool(self._meaningless)

    @property
    def verdict(self) -> str:
        """One of `proofs.outcome.VERDICTS`."""
        if self._meaningless:
            return "unsupported"
        if self.counterexample is not None:
            return "refuted"
        if self.proof is not None:
            return "proved"
        return "open" if self._silent or self._late else "unsupported"

    @property
    def message(self) -> str:
        """For ``open`` and ``unsupported``, why."""
        reasons = self._meaningless or self._reason()
        if self.verdict != "open":
            return reasons if self.verdict == "unsupported" else ""
        parts = []
        if any(interpreter.proves for interpreter in self._silent):
            parts.append("no proof was found")
        if any(not interpreter.proves for interpreter in self._silent):
            parts.append(f"nothing refuted it in {self.tries} tries")
        if self._late:
            parts.append(
                f"the time limit of {self.budget.limit:.3g} s for this step stopped {' and '.join(self._late)}"
            )
        return ", ".join(parts) + (f" ({reasons})" if reasons else "")

    def _reason(self) -> str:
        """Why it is not decided, in the words of the interpreter that is there for a step like this one."""
        nodes = list(walk(self.step))
        free = any(isinstance(node, (Density, Apply, Information, Conjugate)) for node in nodes)
        if free and not any(isinstance(node, Named) for node in nodes):
            order = ("finite models", "the kernel", "parameter search")
        elif free or self.verdict == "unsupported":
            order = ("parameter search", "closed forms", "the kernel")
        else:
            order = ("closed forms", "parameter search", "finite models")
        known = [self._unsupported[name] for name in order if name in self._unsupported]
        return next(iter([*known, *self._unsupported.values()]), "")
