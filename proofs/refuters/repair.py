"""The nearest claims that hold: single edits of a refuted step which survive its models, and are then proved."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import islice

import numpy as np

from proofs.kernel import Reader, Rejected
from proofs.kernel import Unsupported as OutsideKernel
from proofs.kernel.polynomial import cancel
from proofs.language import ClaimError, expand, to_text
from proofs.language import tree as t
from proofs.language.latex_reader import is_latex
from proofs.limits import Budget, TimeLimit, Watch
from proofs.outcome import Counterexample, Proof, Unsupported
from proofs.provers.readback import to_tree
from proofs.refuters.attack import Attack
from proofs.refuters.edits import Edit, edits
from proofs.refuters.instances import instantiate, numbers_of, small_numbers
from proofs.refuters.models import Models, axes_of, keys_of
from proofs.refuters.signature import Signature, signature_of
from proofs.refuters.strata import draw

_MODELS = (12, 96)  # looked at before a proof is searched for, in rounds
_POINTS = 3  # of a closed form, beside the one that refuted
_LAWS = 9  # tries with laws in the place of free families
_TRIES = 60
_MARGIN = 0.5  # an edit that costs this much more than the nearest is far from the claim
_LARGEST = 300  # nodes of a step and the claim's definitions; a larger one has too many edits to be looked through
_LARGEST_BATCH = 2**21  # points at which a batch of models is evaluated
_MISSING = 3  # what it costs to add a term that no single edit explains
_PATIENCE = 4  # seconds of the clock that a second of processor time may take on a busy machine
_SEED = 0


@dataclass(frozen=True)
class Repair:
    """A claim that holds, one edit away from one that was refuted.

    Args:
        text: the edited step as it reads, after the definition or declaration that it takes; LaTeX where the claim is.
        edit: what was changed, ``"swap the arguments of KL(p(z) || q(z|x))"``.
        proof: why it holds.
        claim: the edited claim, of the one step, definitions unexpanded.
    """

    text: str
    edit: str
    proof: Proof
    claim: t.Claim


def repair(
    claim: t.Claim, step: t.Step, counterexample: Counterexample, *, seconds: float = 2.0, most: int = 3
) -> tuple[Repair, ...]:
    """Search single edits of a refuted step for claims that hold, the nearest first.

    Every edit (`proofs.refuters.edits`) is held against models, first those of the kind that refuted the step; what
    survives is proved, or not offered. An edit that leaves nothing to claim, because both sides become one expression
    or a divergence is taken from a law to itself, is passed over.

    Args:
        claim: the claim as it was read: edits are made in its own notation, definitions included.
        step: the step of it that was refuted.
        counterexample: what refuted it.
        seconds: when the search ends, with what it has found; processor time of this thread, so that what is offered
            does not depend on what else the machine does.
        most: how many repairs to return at most.

    Returns:
        The repairs, by the number of nodes that they change.

    Example:
        >>> from proofs.language import read
        >>> claim = read("E_{q(z|x)}[log p(x,z)] + H(q(z|x)) >= log p(x)")
        >>> found = Counterexample("finite", "1", "0")
        >>> [(offered.text, offered.edit) for offered in repair(claim, claim.steps[0], found, most=1)]
        [('E_{q(z|x)}[log p(x, z)] + H(q(z|x)) <= log p(x)', 'reverse the inequality')]
    """
    deadline = time.thread_time() + seconds
    definitions = (definition.body for definition in claim.definitions)
    if sum(1 for part in (step, *definitions) for _ in t.walk(part)) > _LARGEST:
        return ()
    latex = is_latex(claim.source)
    closed = counterexample.kind == "parameters"
    survives = {"parameters": _points(counterexample), "laws": _with_laws}.get(
        counterexample.kind, _instances(_FiniteModels().survives)
    )
    usual = _degenerate(_expanded(_alone(claim, step)))
    found: list[tuple[Edit, Repair]] = []
    with Watch() as watch:
        for edit in sorted([*edits(claim, step), *_with_what_is_missing(claim, step)], key=lambda edit: edit.cost):
            left = deadline - time.thread_time()
            if left <= 0 or len(found) == most or (found and edit.cost > found[0][0].cost + _MARGIN):
                break
            if closed and step.relation == "=" and edit.step.relation != "=":
                continue  # an inequality between closed forms in free numbers is hardly ever proved
            expanded = _expanded(edit.claim)
            if expanded is None or _degenerate(expanded) - usual:
                continue
            try:
                holds = watch.within(_PATIENCE * min(left, seconds / 8), partial(survives, expanded))
            except TimeLimit:
                continue
            proof = (
                _proved(expanded, watch, _PATIENCE * min(deadline - time.thread_time(), seconds / 2)) if holds else None
            )
            if proof is not None:
                found.append((edit, Repair(edit.text(latex=latex), edit.words, proof, edit.claim)))
    return tuple(offered for _, offered in found)


def _alone(claim: t.Claim, step: t.Step) -> t.Claim:
    """The claim with this step alone."""
    return replace(claim, chains=(t.Chain((step,)),), source="")


def _with_what_is_missing(claim: t.Claim, step: t.Step) -> list[Edit]:
    """The equality with the one term that its right side lacks, as normal forms tell it."""
    expanded = _expanded(_alone(claim, step))
    if expanded is None or step.relation != "=":
        return []
    try:
        reader = Reader(expanded)
        right = reader.read(expanded.steps[0].right)
        rest = cancel(reader.read(expanded.steps[0].left) - right)
        (monomial,) = rest.terms if len(rest.terms) == 1 else (None,)
        # A term of the right side would only be counted anew, and where it is the whole left side nothing is claimed.
        if monomial is None or monomial in right.terms or not right.terms:
            return []
        term = _named(claim, to_tree(rest))
    except (OutsideKernel, Rejected):
        return []
    if isinstance(term, t.Neg):
        return [
            Edit(
                _MISSING,
                f"subtract {to_text(term.operand)}",
                _alone(claim, _with_right(step, step.right - term.operand)),
            )
        ]
    return [Edit(_MISSING, f"add {to_text(term)}", _alone(claim, _with_right(step, step.right + term)))]


def _named(claim: t.Claim, term: t.Expr) -> t.Expr:
    """The term with definitions without arguments in the place of what they stand for."""
    bodies: dict[t.Node, t.Expr] = {}
    for definition in claim.definitions:
        if not definition.generated and not definition.given:
            use = t.Use(definition.name)
            alone = _expanded(_alone(claim, t.Step(use, "=", use)))
            bodies |= {} if alone is None else {alone.steps[0].left: use}

    def change(node: t.Node) -> t.Node:
        return bodies.get(node) or t.rebuild(node, change)

    changed = change(term)
    assert isinstance(changed, t.Expr)
    return changed


def _with_right(step: t.Step, right: t.Expr) -> t.Step:
    return t.Step(step.left, step.relation, right, "", step.line)


def _expanded(claim: t.Claim) -> t.Claim | None:
    """The claim with its definitions written out; None where it is too large, or more than one step then."""
    try:
        expanded = expand(claim)
    except ClaimError:
        return None
    return expanded if len(expanded.steps) == 1 else None


def _degenerate(claim: t.Claim | None) -> frozenset[t.Node]:
    """What in a claim says nothing: x - x, x / x, a divergence from a law to itself, a step from a side to itself."""
    found: set[t.Node] = set()
    for node in () if claim is None else t.walk(claim.steps[0]):
        match node:
            case t.Sub(left, right) | t.Div(left, right) | t.Divergence(left=left, right=right) if left == right:
                found.add(node)
            case t.Step(left=left, right=right) if left == right:
                found.add(node)
    return frozenset(found)


# --- survival --------------------------------------------------------------------------------------------------------


class _FiniteModels:
    """Models that are drawn once for all steps with the same names, and looked at in growing batches."""

    def __init__(self) -> None:
        self._drawn: dict[str, list[Models]] = {}

    def survives(self, claim: t.Claim) -> bool:
        """Whether no model of the batches violates the claim's step, and some model gives it a value."""
        step = claim.steps[0]
        try:
            signature = signature_of(step, claim)
            attack = Attack(step, signature)
            defined = False
            for index, count in enumerate(_MODELS):
                if count * signature.grid(_sizes(signature)) > _LARGEST_BATCH:
                    break
                violations = attack.violations(self._models(signature, index, count))
                if attack.fails(violations).any():
                    return False
                defined = defined or not np.isnan(violations).all()
        except Unsupported:
            return False
        return defined

    def _models(self, signature: Signature, index: int, count: int) -> Models:
        tables = [(key, axes_of(signature, key)) for key in keys_of(signature)]
        domains = (signature.ranges, signature.families, signature.convex, signature.counted, signature.hidden)
        key = repr((tables, domains))
        known = self._drawn.setdefault(key, [])
        if index == len(known):
            known.append(draw(signature, _sizes(signature), count, np.random.default_rng([_SEED, index])))
        models = known[index]
        return Models(signature, models.sizes, models.numerators, models.denominators)


def _sizes(signature: Signature) -> dict[str, int]:
    return {space: 1 if space in signature.hidden else 2 for space in signature.spaces}


def _points(counterexample: Counterexample) -> Callable[[t.Claim], bool]:
    """Whether a closed form holds at the point that refuted another, and at a few more."""
    from proofs.certifier.points import points
    from proofs.certifier.sides import OneSided, both, require_closed_form
    from proofs.refuters.confirm import contradicts

    refuting = {name: Fraction(value) for name, value in counterexample.values.items()}

    def survives(claim: t.Claim) -> bool:
        step = claim.steps[0]
        try:
            require_closed_form(step, claim)
            decided = 0
            for point in (refuting, *islice(points(step, claim), _POINTS)):
                left, right = both(claim, step, point, 53)
                if contradicts(left, step.relation, right, step.right):
                    return False
                decided += 1
        except (Unsupported, OneSided):
            return False
        return decided > 0

    return survives


def _with_laws(claim: t.Claim) -> bool:
    """Whether a claim about named laws and free families holds for a few laws in the families' place."""
    from proofs.refuters.mixed import refute

    try:
        return refute(claim, claim.steps[0], rng=np.random.default_rng(_SEED), tries=_LAWS) is None
    except Unsupported:
        return False


def _instances(survives: Callable[[t.Claim], bool]) -> Callable[[t.Claim], bool]:
    """Whether a claim about any number of copies survives at small numbers of them."""

    def each_survives(claim: t.Claim) -> bool:
        step = claim.steps[0]
        names = numbers_of(step)
        try:
            return all(survives(instantiate(claim, step, values)[0]) for values in small_numbers(claim, names))
        except (ClaimError, Unsupported):
            return False

    return lambda claim: each_survives(claim) if numbers_of(claim.steps[0]) else survives(claim)


# --- proof -----------------------------------------------------------------------------------------------------------


def _proved(claim: t.Claim, watch: Watch, seconds: float) -> Proof | None:
    """A proof of the claim's one step that all interpreters have been asked about."""
    import scipy.optimize  # noqa: F401  # what provers load when they first search is not to count against the proof

    from proofs.attempt import INTERPRETERS, Attempt

    if seconds <= 0:
        return None
    budget = Budget(seconds, watch)
    # What has survived a few models and is not proved at once costs the refuters more than it is worth.
    for asked in ([interpreter for interpreter in INTERPRETERS if interpreter.proves], INTERPRETERS):
        attempt = Attempt(claim, claim.steps[0], _SEED, _TRIES, budget)
        attempt.run(asked)
        if attempt.verdict != "proved":
            return None
    return attempt.proof
