r"""A claim held against torch models: each step a random integrand, decided by the sequential test.

A step ``left REL right`` is one number per draw, left − right, made from one joint draw of everything that the step
takes expectations of; its mean is what the step speaks of. The test (`estimators.agreement`) needs a bound on the
variance of that number, and states two error rates. Nothing here proves or refutes: a claim that is proved and
disagrees with a model has found the model's mistake.
"""

from __future__ import annotations

import itertools
import math
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor

from estimators.agreement import agreement
from proofs.language import to_text
from proofs.language.binding import free_symbols, free_variables
from proofs.language.names import plain_name
from proofs.language.tree import Apply, Claim, Expr, Node, Scalar, Step, walk
from proofs.limits import Budget, TimeLimit
from proofs.outcome import Unsupported
from proofs.sampling.families import BoundFamily
from proofs.sampling.integrand import Block, Models
from proofs.sampling.ranges import sample_range
from proofs.sampling.report import MODEL_VERDICTS, ModelReport, ModelStepReport
from proofs.sampling.seeds import seeded
from proofs.sampling.written_out import written_out

__all__ = ["MODEL_VERDICTS", "ModelReport", "ModelStepReport", "Sampler"]

TOLERANCE = 0.01
_RELATIONS: dict[str, Literal["=", "<=", ">="]] = {"=": "=", "<=": "<=", ">=": ">=", "<": "<=", ">": ">="}
_VERDICTS = {"agree": "agrees", "disagree": "disagrees", "undecided": "undecided"}
_ROUNDING = 2.0**-30  # of the larger side, for "equal at each sample"
_PROBES = (2, 3)  # two sizes, so that no axis of a model can be taken for that of the samples


@dataclass(frozen=True, kw_only=True)
class Sampler:
    r"""The models that a claim is held against, and how closely.

    Args:
        bind: what each family and function of the claim stands for. For a family, a mapping of its conditionals,
            ``{"z": prior, "x|z": lambda z: Normal(decoder(z), 1)}``, or the one law of all its slots. A law is a
            distribution; a function of the given slots that returns one; or an object with ``log_prob(x=..., z=...)``
            and ``sample(shape, **given)``. For a function, a function of tensors that returns a number a sample.
            Samples lie along the first axis of every tensor; further axes are coordinates of one point, and log
            densities are summed over them.
        at: a value for each free variable (one point, of any shape) and each free number.
        device: where the samples are drawn; the CPU by default. The models have to be there.
        variance_bound: a proved bound on the variance of left − right *as it is sampled*, or one for each step. Without
            it, a step is decided only if declared ranges bound its integrand.
        tolerance: the smallest error that must not pass, in the units of the sides.
        alpha: bound on the probability that a step which holds for the models is called ``disagrees``, a step.
        beta: bound on the probability that a step which fails by `tolerance` or more is called ``agrees``, a step.
        block_size: samples a block; each block has its own seed.
        dtype: of numbers given in `at` and of named laws.

    Raises:
        TypeError, ValueError: an argument is none of these.

    >>> from torch.distributions import Normal
    >>> from proofs import check
    >>> one, two = torch.ones((), dtype=torch.float64), torch.full((), 2.0, dtype=torch.float64)
    >>> laws = {"p": Normal(0 * one, one), "q": Normal(one, two)}
    >>> check("KL(p(x) || q(x)) >= 0", bind=laws, variance_bound=0.65).verdict
    'agrees'
    >>> check("KL(p(x) || q(x)) = KL(q(x) || p(x))", bind=laws, variance_bound=30, tolerance=0.5).verdict
    'disagrees'
    """

    bind: Mapping[str, Any]
    at: Mapping[str, Any] = field(default_factory=dict)
    device: str | torch.device = "cpu"
    variance_bound: float | Sequence[float] | None = None
    tolerance: float = TOLERANCE
    alpha: float = 1e-9
    beta: float = 1e-6
    block_size: int = 4096
    dtype: torch.dtype = torch.float64

    def __post_init__(self) -> None:
        for name in ("bind", "at"):
            value = getattr(self, name)
            if not isinstance(value, Mapping):
                raise TypeError(f"{name} must be a mapping of names, not {value!r}")
            object.__setattr__(self, name, {_name(name, key): item for key, item in value.items()})
        if not self.tolerance > 0 or not math.isfinite(self.tolerance):
            raise ValueError(f"tolerance must be a positive number, not {self.tolerance!r}")
        if self.block_size < 1:
            raise ValueError(f"block_size must be at least 1, not {self.block_size!r}")
        for bound in self.variance_bound if isinstance(self.variance_bound, Sequence) else (self.variance_bound,):
            if bound is not None and not 0 <= bound < math.inf:
                raise ValueError(f"variance_bound must be a non-negative number, one a step, or None, not {bound!r}")

    def check(self, read: Claim, expanded: Claim, budget: Budget, seed: int) -> tuple[ModelStepReport, ...]:
        """A report on each step of a claim, as it was read and as it is when expanded.

        Raises:
            ValueError: a name of the claim is bound to nothing, or what it is bound to does not fit or failed.
        """
        bounds = self._bounds(len(expanded.steps))
        models = self._models(expanded)
        reports = []
        for index, (written, step) in enumerate(zip(read.steps, expanded.steps, strict=True)):
            with budget.share(len(bounds) - index) as share:
                reports.append(_Trial(self, expanded, written, step, models, share, seed).report(bounds[index]))
        return tuple(reports)

    def _bounds(self, steps: int) -> list[float | None]:
        if not isinstance(self.variance_bound, Sequence):
            return [self.variance_bound] * steps
        if len(self.variance_bound) != steps:
            raise ValueError(f"variance_bound has {len(self.variance_bound)} entries for {steps} steps")
        return list(self.variance_bound)

    def _models(self, claim: Claim) -> Models:
        """What the names of the claim stand for; whatever is missing or superfluous is named, all at once."""
        families, convex, functions = claim.families(), claim.convex(), claim.functions()
        used = {name for step in claim.steps for name in _names(step)}
        declared = {*families, *convex, *functions}
        free = {v.name for step in claim.steps for side in (step.left, step.right) for v in free_variables(side)}
        free |= {name for step in claim.steps for side in (step.left, step.right) for name in free_symbols(side)}
        wrong = []
        for argument, given, needed, known in (
            ("bind", self.bind, used & declared, declared),
            ("at", self.at, free, free | set(claim.scalars())),
        ):
            missing, strange = sorted(needed - set(given)), sorted(set(given) - known)
            if missing:
                wrong.append(f"{argument} has nothing for {', '.join(missing)}")
            if strange:
                wrong.append(f"{argument} has {', '.join(strange)}, which the claim does not speak of")
        if wrong:
            raise ValueError("; ".join(wrong))
        bound = {name: self.bind[name] for name in self.bind if name not in families}
        for name, function in bound.items():
            if not callable(function):
                raise TypeError(f"bind[{name!r}] must be a function of tensors, not {function!r}")
        device = torch.device(self.device)
        return Models(
            {name: BoundFamily(families[name], law) for name, law in self.bind.items() if name in families},
            bound,
            functions,
            {name: self._point(name, value, device, claim.scalars().get(name)) for name, value in self.at.items()},
            self.dtype,
            device,
        )

    def _point(self, name: str, value: Any, device: torch.device, scalar: Scalar | None) -> Tensor:
        try:
            tensor = value if isinstance(value, Tensor) else torch.as_tensor(value, dtype=self.dtype)
        except (TypeError, ValueError, RuntimeError):
            raise TypeError(f"at[{name!r}] must be a tensor or a number, not {value!r}") from None
        if scalar is not None:
            if tensor.ndim or not _within(float(tensor), scalar):
                raise ValueError(f"at[{name!r}] must be one number of its declared domain, not {value!r}")
            tensor = tensor.to(self.dtype)
        return tensor.to(device)


@dataclass
class _Trial:
    """One step before the test."""

    sampler: Sampler
    claim: Claim
    written: Step
    step: Step
    models: Models
    budget: Budget
    seed: int
    drawn: int = 0
    pointwise: bool = True
    late: bool = False

    def report(self, variance_bound: float | None) -> ModelStepReport:
        start = time.perf_counter()
        try:
            found = self.budget.spend(lambda: self._decide(variance_bound))
        except Unsupported as reason:
            found = {"verdict": "unsupported", "message": str(reason)}
        except TimeLimit:
            found = {"verdict": "undecided", "num_samples": self.drawn, "message": self._out_of_time()}
        notes = [found.pop("message", "")]
        if self.step.relation in ("<", ">"):
            notes.append(f"held as {_RELATIONS[self.step.relation]}: samples do not tell it from {self.step.relation}")
        for assumption in self.claim.assumptions:
            shown = f"{to_text(assumption.left)} {assumption.relation} {to_text(assumption.right)}"
            notes.append(f"the models are trusted to satisfy {shown}")
        return ModelStepReport(
            left=to_text(self.written.left),
            relation=self.written.relation,
            right=to_text(self.written.right),
            message="; ".join(note for note in notes if note),
            alpha=self.sampler.alpha,
            beta=self.sampler.beta,
            tolerance=self.sampler.tolerance,
            seconds=time.perf_counter() - start,
            line=self.written.line,
            **found,
        )

    def _decide(self, variance_bound: float | None) -> dict[str, Any]:
        if self.step.relation not in _RELATIONS:
            raise Unsupported(f"{self.step.relation} speaks of digits; write = and give a tolerance")
        left, right = written_out(self.step)
        for num in _PROBES:
            with torch.no_grad(), seeded((self.seed, num), self.models.device):
                probe = self._difference(left, right, num)
        if probe.ndim == 0:
            return self._computed(float(probe))
        source = "as given"
        if variance_bound is None:
            variance_bound, source = self._variance_of_range(left, right)
        if variance_bound is None:
            mean = math.fsum(float(block.mean()) for block in itertools.islice(self._blocks(left, right), 1))
            return {
                "verdict": "undecided",
                "difference": mean,
                "num_samples": self.drawn,
                "pointwise": self.pointwise,
                "message": "nothing bounds the variance of left - right: give variance_bound=, or declare the ranges "
                "of the functions in it (`function D(x) in (0, 1)`) if they bound it",
            }
        outcome = agreement(
            self._blocks(left, right),
            0.0,
            tolerance=self.sampler.tolerance,
            variance_bound=variance_bound,
            relation=_RELATIONS[self.step.relation],
            alpha=self.sampler.alpha,
            beta=self.sampler.beta,
        )
        verdict = _VERDICTS[outcome.verdict]
        return {
            "verdict": verdict,
            "agreement": outcome,
            "difference": outcome.estimate.value,
            "num_samples": outcome.num_samples,
            "pointwise": self.pointwise,
            "variance_bound": variance_bound,
            "variance_source": source,
            "message": self._out_of_time() if self.late else "the samples ran out" * (verdict == "undecided"),
        }

    def _blocks(self, left: Expr, right: Expr) -> Iterator[Tensor]:
        """Blocks of samples of left - right: the same on every run, whatever else is checked."""
        # A little before the limit, so that what was drawn by then is reported and not interrupted.
        deadline = math.inf if self.budget.left is None else time.monotonic() + 0.9 * self.budget.left
        name = zlib.crc32(f"{to_text(left)} {self.step.relation} {to_text(right)}".encode())
        for index in itertools.count():
            if index and time.monotonic() > deadline:
                self.late = True
                return
            with torch.no_grad(), seeded((self.seed, name, index), self.models.device):
                block = self._difference(left, right, self.sampler.block_size)
            bad = int((~block.isfinite()).sum())
            if bad:
                raise Unsupported(f"left - right is not finite at {bad} of {len(block)} samples of block {index}")
            self.drawn += len(block)
            yield block

    def _difference(self, left: Expr, right: Expr, num: int) -> Tensor:
        block = Block(self.models, num)
        sides = block.sample(left), block.sample(right)
        difference = sides[0] - sides[1]
        scale = torch.maximum(sides[0].abs(), sides[1].abs()).clamp(min=1.0)
        self.pointwise = self.pointwise and bool((difference.abs() <= _ROUNDING * scale).all())
        return difference

    def _computed(self, difference: float) -> dict[str, Any]:
        if math.isnan(difference):
            raise Unsupported("left - right is not a number there")
        miss = {"=": abs(difference), "<=": difference, ">=": -difference}[_RELATIONS[self.step.relation]]
        verdict = "agrees" if miss <= self.sampler.tolerance else "disagrees"
        return {"verdict": verdict, "difference": difference, "pointwise": self.pointwise}

    def _variance_of_range(self, left: Expr, right: Expr) -> tuple[float | None, str]:
        """Popoviciu's bound: a number between a and b has a variance of at most (b - a)^2/4."""
        numbers = {name: float(value) for name, value in self.models.points.items() if value.ndim == 0}
        (a, b), (c, d) = (sample_range(side, self.models.declared, numbers) for side in (left, right))
        low, high = a - d, b - c
        if not (math.isfinite(low) and math.isfinite(high)):
            return None, ""
        return (high - low) ** 2 / 4, f"since left - right lies between {low:.6g} and {high:.6g}"

    def _out_of_time(self) -> str:
        return f"the time limit of {self.budget.limit:.3g} s for this step passed after {self.drawn:,} samples"


def _names(node: Node) -> Iterator[str]:
    """The families and functions that a tree speaks of."""
    for below in walk(node):
        for attribute in ("family", "function"):
            value = getattr(below, attribute, "")
            if value:
                yield value
        if isinstance(below, Apply):
            yield below.name


def _name(argument: str, key: Any) -> str:
    name = plain_name(key) if isinstance(key, str) else None
    if name is None:
        raise ValueError(f"{argument} has the key {key!r}; expected a name of the claim")
    return name


def _within(value: float, scalar: Scalar) -> bool:
    low, high = scalar.low, scalar.high
    above = low is None or value > low or (value == low and scalar.closed[0])
    below = high is None or value < high or (value == high and scalar.closed[1])
    return above and below and (not scalar.integer or value == int(value))
