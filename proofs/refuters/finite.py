"""Attack a step on finite measure spaces with random base weights."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy as np

from proofs.language import tree as t
from proofs.language.text import to_text
from proofs.outcome import Counterexample, Meaningless, Unsupported
from proofs.refuters import diagonal, far
from proofs.refuters.arithmetic import Array
from proofs.refuters.attack import NOISE, Attack
from proofs.refuters.climb import climb
from proofs.refuters.confirm import PRECISIONS, Contradiction, apart, confirm, holds
from proofs.refuters.convexity import pinned_coefficients
from proofs.refuters.describe import summary
from proofs.refuters.formulas import tied
from proofs.refuters.models import Models
from proofs.refuters.near_misses import near, parted
from proofs.refuters.shrink import shrink
from proofs.refuters.signature import Signature, signature_of
from proofs.refuters.strata import draw

_BATCHES = (12, 64, 256)
_LARGEST_GRID = 2**17  # points at which one model is evaluated
_LARGEST_BATCH = 2**21  # points at which a batch is
_CANDIDATES = 3  # of each batch
_CONFIRMATIONS = 20  # candidates that fail to be confirmed before the floats are disbelieved for good
_PARTED = 76  # models with points of next to no mass
_TIES = 3  # models with equal sides, beside which an inequality is looked at
_SMALL_GRID = 64  # points; on larger grids enclosures cost more, and one tie has to do, or none
_LAW_TRIES = 76  # models on which a law that is not a product of families is integrated


def refute(
    claim: t.Claim,
    step: t.Step,
    *,
    rng: np.random.Generator,
    tries: int = 1500,
    seconds: float | None = None,
) -> Counterexample | None:
    """Search finite measure spaces for a model at which certified enclosures contradict a step.

    The base measures are arbitrary: each point has a random positive weight w, and a family's density there is its
    mass / w, so that a claim which holds for counting measure only (it forgets an entropy) falls. Integrals are
    weighted sums; free variables range over all their points. Models are evaluated in bulk in float64; the worst one
    is shrunk, and counts only once exact rationals and ball arithmetic confirm it.

    Args:
        claim: the claim, elaborated and expanded; its declarations say what the names of the step are.
        step: one of its steps.
        rng: the source of randomness; equal generators find equal counterexamples.
        tries: how many models to look at.
        seconds: a limit on the time, checked between batches.

    Returns:
        The smallest counterexample found, or None.

    Raises:
        ValueError: where `tries` is not positive.
        Unsupported: where finite models cannot hold the step (named laws), where a law is not normalised on a model,
            and where a side is undefined on every model tried.

    Example:
        A density may exceed 1, so its logarithm is not negative:

        >>> from proofs.refuters import describe
        >>> density = t.Density("p", (t.Variable("x", "x"),))
        >>> step = t.Step(t.Call("log", (density,)), "<=", t.Number(Fraction(0)))
        >>> claim = t.Claim((t.Family("p", ("x",)),), (), (t.Chain((step,)),))
        >>> print(describe(refute(claim, step, rng=np.random.default_rng(0)), claim))
        x has one point 0 with base weight 1/2
        p(x) = 2
        at x = 0
        left = [0.693147180559945 +/- 3.10e-16], right = 0
    """
    if tries < 1:
        raise ValueError(f"tries must be at least 1, got {tries}")
    signature = signature_of(step, claim)
    for law in signature.laws:
        _require_law(claim, law, rng, min(tries, _LAW_TRIES))
    return _Search(Attack(step, signature), rng, tries, seconds).run()


def check_normalised(
    claim: t.Claim, step: t.Step, *, rng: np.random.Generator, tries: int = _LAW_TRIES
) -> Counterexample | None:
    """Search for a model at which a law of a step is no law: it does not integrate to 1, or is negative somewhere.

    Args:
        claim: the claim, elaborated and expanded.
        step: one of its steps.
        rng: the source of randomness.
        tries: how many models to look at for each law.

    Returns:
        The model, with what the law integrates to as `left` and 1 as `right` (or a negative density and 0), or None.

    Raises:
        Unsupported: where finite models cannot hold the step.
    """
    for law in signature_of(step, claim).laws:
        found = _unnormalised(claim, law, rng, tries)
        if found is not None:
            return found
    return None


def _unnormalised(claim: t.Claim, law: t.Law, rng: np.random.Generator, tries: int) -> Counterexample | None:
    for requirement in _requirements(law):
        found = refute(claim, requirement, rng=rng, tries=tries)
        if found is not None:
            return found
    return None


def _requirements(law: t.Law) -> tuple[t.Step, ...]:
    """That the mass is one, and, where the form of the density leaves it open, that it is negative nowhere."""
    mass = t.Step(t.Integral(law.generated, law.density), "=", t.Number(Fraction(1)))
    if _is_nonnegative(law.density):
        return (mass,)
    return mass, t.Step(law.density, ">=", t.Number(Fraction(0)))


def _is_nonnegative(density: t.Expr) -> bool:
    """Sums, products and quotients of densities and of numbers that are not negative."""
    match density:
        case t.Density():
            return True
        case t.Number(value):
            return value >= 0
        case t.Add(left, right) | t.Mul(left, right) | t.Div(left, right):
            return _is_nonnegative(left) and _is_nonnegative(right)
    return False


def _require_law(claim: t.Claim, law: t.Law, rng: np.random.Generator, tries: int) -> None:
    found = _unnormalised(claim, law, rng, tries)
    if found is not None:
        names = ", ".join(variable.name for variable in law.generated)
        what = f"integrates to {found.left}, not 1," if found.right == "1" else f"is negative ({found.left})"
        raise Meaningless(f"{to_text(law.density)}, as a law of {names}, {what} where {summary(found, claim)}")


def _schedule(signature: Signature, tries: int, rng: np.random.Generator) -> Iterator[tuple[Mapping[str, int], int]]:
    """Sizes and numbers of models, in growing batches: two points a space at first, then one to three."""
    batch = 0
    while tries > 0:
        drawn = rng.integers(1, 4, len(signature.spaces)) if batch > 1 else [2] * len(signature.spaces)
        sizes = {s: 1 if s in signature.hidden else int(n) for s, n in zip(signature.spaces, drawn, strict=True)}
        grid = signature.grid(sizes)
        if grid > _LARGEST_GRID:
            sizes = {space: min(size, 2) for space, size in sizes.items()}
            grid = signature.grid(sizes)
        if grid > _LARGEST_GRID:
            raise Unsupported(f"the step runs over {grid} points even where every space has two")
        count = min(tries, _BATCHES[min(batch, len(_BATCHES) - 1)], max(1, _LARGEST_BATCH // grid))
        yield sizes, count
        tries -= count
        batch += 1


class _Search:
    """Random batches first; an inequality that survives is attacked far out, where it was tightest, and at ties."""

    def __init__(self, attack: Attack, rng: np.random.Generator, tries: int, seconds: float | None) -> None:
        self._attack, self._rng, self._tries = attack, rng, tries
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._tried = self._defined = self._disbelieved = 0
        self._tightest: Models | None = None
        self._slack = -np.inf
        self._ties: list[Models] = []

    def run(self) -> Counterexample | None:
        late = False
        for models, violations in self._batches():
            self._defined += int((~np.isnan(violations)).sum())
            for index in _candidates(self._attack, violations, generic=self._tried == 0):
                found = _confirmed(self._attack, models.pick([index]), float(violations[index]))
                if found is not None:
                    return counterexample_at(*found, tries=self._tried + index)
                self._disbelieved += 1
            self._tried += len(models)
            late = self._deadline is not None and time.monotonic() > self._deadline
            if late or self._disbelieved > _CONFIRMATIONS:
                break
        if not late and self._disbelieved <= _CONFIRMATIONS and (near_miss := self._beside_ties()) is not None:
            return near_miss
        if not late and self._defined and (far_out := self._far_out()) is not None:
            return far_out
        if self._tried and not self._defined and self._attack.signature.assumptions:
            raise Unsupported(f"no model of {self._tried} satisfies the assumptions and gives both sides a value")
        if self._tried and not self._defined:
            raise Meaningless(f"a side is undefined on all {self._tried} models that were tried")
        return None

    def _batches(self) -> Iterator[tuple[Models, Array]]:
        for sizes, count in _schedule(self._attack.signature, self._tries, self._rng):
            models = draw(self._attack.signature, sizes, count, self._rng)
            violations = self._attack.violations(models)
            yield models, violations
            self._remember(models, violations)
        if self._attack.step.relation == "=":
            return
        for sizes, count in _schedule(self._attack.signature, _PARTED, self._rng):
            models = parted(draw(self._attack.signature, sizes, count, self._rng), self._rng)
            yield models, self._attack.violations(models)
        if self._tightest is not None:
            yield from climb(self._attack, self._tightest, self._rng)

    def _beside_ties(self) -> Counterexample | None:
        """A counterexample so close to a model with equal sides that only enclosures tell them apart."""
        for model in (model for tie in self._ties for model in near(tie, self._rng)):
            self._tried += 1
            found = _confirmed(self._attack, model, 0.0)
            if found is not None:
                return counterexample_at(*found, tries=self._tried)
        return None

    def _far_out(self) -> Counterexample | None:
        """A counterexample that only masses beyond the reach of floats make."""
        if self._attack.step.relation in ("=", "~="):
            return None

        def drawn(sizes: Mapping[str, int], count: int = 1) -> Models:
            self._tried += count
            return draw(self._attack.signature, sizes, count, self._rng)

        found = far.search(drawn, self._attack.signature, self._certain, self._rng)
        if found is None and (model := diagonal.search(drawn, self._attack, self._rng)) is not None:
            contradiction = self._certain(model)
            found = None if contradiction is None else (model, contradiction)
        return None if found is None else counterexample_at(*found, tries=self._tried)

    def _certain(self, model: Models) -> Contradiction | None:
        """What contradicts the step on a model that the claim is about."""
        found = confirm(self._attack.step, model) if model.admissible() else None
        return found if found is not None and premises_hold(self._attack.signature, model) else None

    def _remember(self, models: Models, violations: Array) -> None:
        """Keep the model that is closest to a violation; at equality (0) nothing is to be gained by small moves."""
        ties = np.flatnonzero(violations == 0)
        grid = models.signature.grid(models.sizes)
        room = _TIES if grid <= _SMALL_GRID else int(grid <= _SMALL_GRID**2)
        if self._attack.step.relation in ("<=", ">=") and len(self._ties) < room:
            self._ties += [models.pick([int(index)]) for index in ties[: room - len(self._ties)]]
        slack = np.where(violations < 0, violations, -np.inf)
        best = int(np.argmax(slack))
        if slack[best] > self._slack:
            self._tightest, self._slack = models.pick([best]), float(slack[best])


def _candidates(attack: Attack, violations: Array, *, generic: bool) -> list[int]:
    """The models to confirm, worst first; for an equality a generic one too, in case the floats see no difference."""
    failing = np.flatnonzero(attack.fails(violations))
    worst = failing[np.argsort(-violations[failing], kind="stable")][:_CANDIDATES].tolist()
    return worst or ([0] if generic and attack.step.relation == "=" else [])


def _confirmed(attack: Attack, model: Models, violation: float) -> tuple[Models, Contradiction] | None:
    """The simplest model, the given one at the latest, at which enclosures contradict the step."""
    # What floats call clear is disbelieved before it is shrunk; a tie may be certain on smaller models only.
    if violation > NOISE and confirm(attack.step, model) is None:
        return None
    # Sides that floats cannot tell apart are not told apart by a few more bits: it takes them all, at once.
    precisions = PRECISIONS if violation > NOISE or attack.strict else PRECISIONS[-1:]
    for smaller in shrink(attack, model, violation):
        contradiction = confirm(attack.step, smaller, precisions=precisions) if smaller.admissible() else None
        if contradiction is None and attack.strict and smaller.admissible():
            contradiction = tied(attack.step, smaller)
        if contradiction is not None and premises_hold(attack.signature, smaller):
            return smaller, contradiction
    return None


def premises_hold(signature: Signature, model: Models) -> bool:
    """Whether the assumptions certainly hold, and nothing certain speaks against the step's laws being laws."""
    return all(holds(assumption, model) for assumption in signature.assumptions) and all(
        confirm(requirement, model) is None for law in signature.laws for requirement in _requirements(law)
    )


def counterexample_at(model: Models, contradiction: Contradiction, *, tries: int) -> Counterexample:
    """The model and the point of a contradiction, as they are reported."""
    signature = model.signature
    tables = {name: model.entry(("family", name)) for name in signature.families}
    tables |= {name: model.entry(("function", name)) for name in signature.functions}
    for name in signature.convex:
        coefficients = model.entry(("convex", name))
        tables[name] = pinned_coefficients(coefficients) if name in signature.pinned else coefficients
    for parameter, name in signature.slopes:
        tables[f"grad_{parameter}[{name}]"] = model.slope(parameter, name)
    tables |= {
        stem: model.entry(("position", space)) for stem, space in signature.space.items() if space in signature.located
    }
    left, right = apart(contradiction.left, contradiction.right)
    return Counterexample(
        kind="finite",
        left=left,
        right=right,
        values={**contradiction.point, **{name: model.entry(("scalar", name)) for name in signature.scalars}},
        spaces={stem: model.entry(("weight", space)) for stem, space in signature.space.items()},
        tables=tables,
        tries=tries,
    )
