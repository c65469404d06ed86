"""Where a step certainly has no value: what is said of all models, and means nothing on one, is no claim."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
from flint import ctx, fmpq

from proofs.language import tree as t
from proofs.outcome import Meaningless
from proofs.refuters.arithmetic import Array, Floats
from proofs.refuters.balls import Balls, Scalar, is_undefined, less
from proofs.refuters.confirm import Contradiction, printed
from proofs.refuters.describe import summary
from proofs.refuters.evaluate import Evaluation
from proofs.refuters.finite import counterexample_at, premises_hold
from proofs.refuters.models import Models
from proofs.refuters.signature import signature_of
from proofs.refuters.strata import draw

_MODELS = 64  # of each size
_SIZES = (1, 2, 3)  # points of every space, the smallest models first
_LARGEST_GRID = 2**12
_LOOKED_AT = 4  # models of each size that are evaluated in balls
_BITS = 128


def examine_models(claim: t.Claim, step: t.Step, *, rng: np.random.Generator) -> None:
    """Look for a finite model on which a side of a step certainly has no value.

    Args:
        claim: the claim, elaborated and expanded.
        step: one of its steps.
        rng: the source of randomness.

    Raises:
        Meaningless: where there is one; the message shows it.
        Unsupported: where finite models cannot hold the step.

    Example:
        >>> from proofs.language import read
        >>> claim = read("log(H(p(x))) <= H(p(x))")
        >>> examine_models(claim, claim.steps[0], rng=np.random.default_rng(0))
        Traceback (most recent call last):
        ...
        proofs.outcome.Meaningless: a side has no value, being the logarithm of [-0.287...], where x has one point 0 ...
    """
    signature = signature_of(step, claim)
    for size in _SIZES:
        sizes = {space: 1 if space in signature.hidden else size for space in signature.spaces}
        if signature.grid(sizes) > _LARGEST_GRID:
            return
        models = draw(signature, sizes, _MODELS, rng)
        for index in islice(_without_value(step, models), _LOOKED_AT):
            words = _certainly_undefined(claim, step, models.pick([index]))
            if words is not None:
                raise Meaningless(words)


def _without_value(step: t.Step, models: Models) -> Iterator[int]:
    """The models on which a side is nan in float64 at some point."""
    with np.errstate(all="ignore"):
        evaluation = Evaluation(models, Floats())
        missing = np.isnan(evaluation.value(step.left) + 0 * evaluation.value(step.right))
        missing |= np.isnan(evaluation.value(step.right))
    return iter(np.flatnonzero(missing.reshape(len(missing), -1).any(axis=1)).tolist())


def _certainly_undefined(claim: t.Claim, step: t.Step, model: Models) -> str | None:
    """Why and where a side has no value on the model; None where nothing is certain."""
    with ctx.workprec(_BITS):
        arithmetic = Watched()
        evaluation = Evaluation(model, arithmetic)
        left, right = np.broadcast_arrays(evaluation.value(step.left), evaluation.value(step.right))
        if arithmetic.doubtful or not arithmetic.reasons or not premises_hold(model.signature, model):
            return None
        for index in np.ndindex(left.shape):
            if is_undefined(left[index]) or is_undefined(right[index]):
                axes = model.signature.axes
                place = Contradiction({name: index[axes[name]] for name in model.signature.free}, fmpq(0), fmpq(0))
                where = summary(counterexample_at(model, place, tries=0), claim)
                return f"a side has no value, being {arithmetic.reasons[0]}, where {where}"
    return None


class Watched(Balls):
    """Balls that remember why a value is none, and whether that is ever uncertain.

    No number comes out of an operation on numbers for a certain reason (the logarithm of a ball below zero), or because
    the balls are too wide to tell, or of infinities. Only where the first is the case throughout is a side that has no
    value certainly without one.
    """

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.doubtful = False

    def call(self, function: str, arguments: Sequence[Array]) -> Array:
        return self._noted(super().call(function, arguments), arguments, lambda *xs: _no_call(function, xs[0]))

    def div(self, left: Array, right: Array) -> Array:
        return self._noted(super().div(left, right), (left, right), _no_quotient)

    def power(self, base: Array, exponent: Array) -> Array:
        return self._noted(super().power(base, exponent), (base, exponent), _no_power)

    def add(self, left: Array, right: Array) -> Array:
        return self._noted(super().add(left, right), (left, right), _unknown)

    def sub(self, left: Array, right: Array) -> Array:
        return self._noted(super().sub(left, right), (left, right), _unknown)

    def mul(self, left: Array, right: Array) -> Array:
        return self._noted(super().mul(left, right), (left, right), _unknown)

    def weigh(self, mass: Array, value: Array) -> Array:
        return self._noted(super().weigh(mass, value), (mass, value), _unknown)

    def compare(self, left: Array, relation: str, right: Array) -> Array:
        return self._noted(super().compare(left, relation, right), (left, right), _unknown)

    def total(self, terms: Array, axes: tuple[int, ...]) -> Array:
        found = super().total(terms, axes)
        if any(map(is_undefined, found.flat)) and not any(map(is_undefined, terms.flat)):
            self.doubtful = True
        return found

    def _noted(self, found: Array, arguments: Sequence[Array], why: Callable[..., str]) -> Array:
        for one, *given in zip(found.flat, *(np.broadcast_to(a, found.shape).flat for a in arguments), strict=True):
            if is_undefined(one) and not any(map(is_undefined, given)):
                reason = why(*given)
                if reason:
                    self.reasons.append(reason)
                else:
                    self.doubtful = True
        return found


_ROOTS = {"log": "logarithm", "log2": "logarithm", "sqrt": "square root"}


def _no_call(function: str, x: Scalar) -> str:
    return f"the {_ROOTS[function]} of {printed(x)}" if function in _ROOTS and less(x, fmpq(0)) else ""


def _no_quotient(x: Scalar, y: Scalar) -> str:
    return "a quotient by 0" if not is_undefined(y) and y == 0 else ""


def _no_power(base: Scalar, exponent: Scalar) -> str:
    if base == 0 and less(exponent, fmpq(0)):
        return "a negative power of 0"
    fractional = isinstance(exponent, fmpq) and exponent.q != 1
    return f"the power {exponent} of {printed(base)}" if fractional and less(base, fmpq(0)) else ""


def _unknown(*_: Scalar) -> str:
    return ""
