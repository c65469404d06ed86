r"""A claim held against torch models: each step a random integrand, decided by the sequential test.

A step ``left REL right`` is one number per draw, left − right, made from one joint draw of everything that the step
takes expectations of; its mean is what the step speaks of. The test (`estimators.agreement`) needs a bound on the
variance of that number, and states two error rates. Nothing here proves or refutes: a claim that is proved and
disagrees with a model has found the model's mistake.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from proofs.language.binding import free_symbols, free_variables
from proofs.language.names import plain_name
from proofs.language.tree import Apply, Claim, Node, Scalar, walk
from proofs.limits import Budget
from proofs.sampling.families import BoundFamily
from proofs.sampling.report import MODEL_VERDICTS, ModelReport, ModelStepReport
from proofs.sampling.trial import Limits, Trial
from proofs.sampling.values import Models

__all__ = ["MODEL_VERDICTS", "ModelReport", "ModelStepReport", "Sampler"]

TOLERANCE = 0.01


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
        limits = Limits(self.tolerance, self.alpha, self.beta, self.block_size)
        reports = []
        for index, (written, step) in enumerate(zip(read.steps, expanded.steps, strict=True)):
            with budget.share(len(bounds) - index) as share:
                reports.append(Trial(limits, expanded, written, step, models, share, seed).report(bounds[index]))
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
