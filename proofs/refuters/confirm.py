"""Whether a step fails on a model, beyond doubt: exact rationals, and balls of growing precision."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from flint import arb, ctx, fmpq

from proofs.language import tree as t
from proofs.outcome import Unsupported
from proofs.refuters.balls import Balls, Scalar, decided, equal, is_infinite, is_undefined, less
from proofs.refuters.evaluate import Evaluation
from proofs.refuters.models import Models

PRECISIONS = (64, 128, 512)  # bits
_DIGITS = 15


@dataclass(frozen=True)
class Contradiction:
    """A point of a model at which certified enclosures contradict a step.

    Args:
        point: for each free variable, the index of its point.
        left, right: the two sides, exact rationals (`flint.fmpq`) or enclosures (`flint.arb`).
    """

    point: dict[str, int]
    left: Scalar
    right: Scalar


def confirm(step: t.Step, models: Models, *, precisions: tuple[int, ...] = PRECISIONS) -> Contradiction | None:
    """Evaluate both sides of a step on one model exactly, and look for a point that contradicts it.

    Args:
        step: the step, elaborated and expanded.
        models: a batch that holds the one model.
        precisions: the working precisions to go through, in bits, until every point is decided.

    Returns:
        The first contradiction, or None where the step holds or nothing is certain at the last precision.
    """
    if len(models) != 1:
        raise ValueError(f"models must hold one model, got {len(models)}")
    same = step.left == step.right
    for precision in precisions:
        with ctx.workprec(precision):
            evaluation = Evaluation(models, Balls())
            left, right = np.broadcast_arrays(evaluation.value(step.left), evaluation.value(step.right))
            undecided = False
            for index in np.ndindex(left.shape):
                x, y = left[index], right[index]
                if contradicts(x, step.relation, y, step.right, same=same):
                    axes = models.signature.axes
                    return Contradiction({name: index[axes[name]] for name in models.signature.free}, x, y)
                undecided = undecided or not decided(x, y)
        if not undecided:
            return None
    return None


def holds(step: t.Step, models: Models, *, precisions: tuple[int, ...] = PRECISIONS) -> bool:
    """Whether a step is certain at every point of one model."""
    if step.left == step.right and step.relation in ("=", "<=", ">="):
        return True
    for precision in precisions:
        with ctx.workprec(precision):
            evaluation = Evaluation(models, Balls())
            sides = np.broadcast_arrays(evaluation.value(step.left), evaluation.value(step.right))
            pairs = list(zip(*(side.reshape(-1) for side in sides), strict=True))
            if all(_certain(x, step.relation, y) for x, y in pairs):
                return True
    return False


def _certain(x: Scalar, relation: str, y: Scalar) -> bool:
    if is_undefined(x) or is_undefined(y):
        return False
    match relation:
        case "=":
            return equal(x, y)
        case "<=" | ">=":
            small, large = (x, y) if relation == "<=" else (y, x)
            return less(small, large) or equal(small, large)
        case "<" | ">":
            return less(x, y) if relation == "<" else less(y, x)
    raise Unsupported(f"finite models do not assume by {relation}")


def contradicts(left: Scalar, relation: str, right: Scalar, printed: t.Expr, *, same: bool = False) -> bool:
    """Whether enclosures of two sides rule a relation out.

    Args:
        left, right: the enclosures.
        relation: one of `proofs.language.tree.RELATIONS`.
        printed: the right side as it was written; ``~=`` reads its number of digits.
        same: whether the sides are one and the same expression, so that they are equal wherever they are defined.
    """
    if is_undefined(left) or is_undefined(right):
        return False
    match relation:
        case "=":
            return less(left, right) or less(right, left)
        case "<=":
            return less(right, left)
        case ">=":
            return less(left, right)
        case "<" | ">":
            small, large = (left, right) if relation == "<" else (right, left)
            # Two equal infinities are not compared: finite sides are what a strict inequality is about. What is claimed
            # to be below oo as it is written is claimed to be finite.
            if is_infinite(small) and is_infinite(large):
                return relation == "<" and printed == t.Constant("oo") and small > 0
            return same or less(large, small) or equal(small, large)
        case "~=":
            half = fmpq(*half_unit(printed).as_integer_ratio())
            return less(half, abs(left - right))
        case _:
            raise Unsupported(f"finite models do not compare by {relation}")


def half_unit(printed: t.Expr) -> Fraction:
    """Half a unit of the last digit of a number as it was printed: 1/20000 for ``0.0288``.

    Raises:
        Unsupported: where the expression is not a printed number.
    """
    number = printed.operand if isinstance(printed, t.Neg) else printed
    if not isinstance(number, t.Number):
        raise Unsupported("~= compares with a printed number, such as 0.0288, on its right")
    exponent = Decimal(number.text).as_tuple().exponent if number.text else 0
    if not isinstance(exponent, int):
        raise Unsupported(f"{number.text} has no last digit")
    return Fraction(10) ** exponent / 2


def apart(left: Scalar, right: Scalar) -> tuple[str, str]:
    """Both sides as they are printed, to as many digits as it takes to tell them apart."""
    texts = "", ""
    for digits in (_DIGITS, 2 * _DIGITS, 4 * _DIGITS, 16 * _DIGITS):
        texts = printed(left, digits=digits), printed(right, digits=digits)
        if texts[0] != texts[1]:
            break
    return texts


def printed(x: Scalar, *, digits: int = _DIGITS) -> str:
    """An exact rational as a fraction while it is short, anything else as a ball."""
    if is_infinite(x):
        return "+inf" if x > 0 else "-inf"
    exact = str(x)
    if isinstance(x, fmpq) and len(exact) <= 2 * digits:
        return exact
    return str(arb(x).str(digits))
