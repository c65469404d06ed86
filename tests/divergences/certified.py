"""The closed forms as textbooks write them, in ball arithmetic at the exact values of the floats handed in.

Nothing here knows of the stable forms under test: 2500 bits make the cancelling expression right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

BITS = 2500


@contextmanager
def balls() -> Iterator[None]:
    """High precision for the block; flint's precision is global to the process."""
    before = ctx.prec
    ctx.prec = BITS
    try:
        yield
    finally:
        ctx.prec = before


def error_in_eps(value: Any, exact: arb, dtype: Any = np.float64) -> float:
    """|value − exact| over eps·|exact|; over eps times the smallest normal number where exact is smaller than that."""
    limits = np.finfo(dtype)
    value = float(value)
    if exact == 0:
        return 0.0 if value == 0 else float("inf")
    if value == float("inf"):
        return 0.0 if exact > arb(float(limits.max)) else float("inf")
    scale = max(float(abs(exact).upper()), float(limits.smallest_normal))
    return float((abs(arb(value) - exact) / scale).upper()) / float(limits.eps)


def error_in_eps_of(value: Any, exact: arb, magnitude: Any, dtype: Any = np.float64) -> float:
    """|value − exact| over eps times a magnitude, such as that of terms that cancel."""
    return float((abs(arb(float(value)) - exact) / magnitude).upper()) / float(np.finfo(dtype).eps)


def worst_error(
    function: Callable[..., Any], exact: Callable[..., arb], *columns: Any, dtype: Any = np.float64
) -> float:
    """The largest error in eps of an elementwise function over rows of arguments, rounded to the dtype first."""
    arrays = np.broadcast_arrays(*(np.asarray(column, dtype=dtype) for column in columns))
    values = np.asarray(function(*arrays))
    assert values.dtype == dtype
    with balls():
        return max(
            error_in_eps(value, exact(*(arb(float(entry)) for entry in row)), dtype)
            for value, *row in zip(values.flat, *(array.flat for array in arrays), strict=True)
        )


def phi(t: arb) -> arb:
    return t - 1 - t.log()


def kl_gaussian(mean_q: arb, std_q: arb, mean_p: arb, std_p: arb) -> arb:
    return ((mean_q - mean_p) / std_p) ** 2 / 2 + phi((std_q / std_p) ** 2) / 2


def kl_gaussian_gradient(mean_q: arb, std_q: arb, mean_p: arb, std_p: arb) -> tuple[arb, arb, arb, arb]:
    z, ratio = (mean_q - mean_p) / std_p, std_q / std_p
    return z / std_p, (ratio - 1 / ratio) / std_p, -z / std_p, (1 - ratio**2 - z**2) / std_p


def kl_gaussian_logvar(mean_q: arb, logvar_q: arb, mean_p: arb, logvar_p: arb) -> arb:
    log_ratio = logvar_q - logvar_p
    return ((mean_q - mean_p) ** 2 * (-logvar_p).exp() + log_ratio.exp() - 1 - log_ratio) / 2


def kl_gaussian_full(mean_q: Any, cov_q: Any, mean_p: Any, cov_p: Any) -> arb:
    first, second = (arb_mat([[arb(float(entry)) for entry in row] for row in matrix]) for matrix in (cov_q, cov_p))
    offset = arb_mat([[arb(float(a)) - arb(float(b))] for a, b in zip(mean_q, mean_p, strict=True)])
    ratio = second.solve(first)
    distance = (offset.transpose() * second.solve(offset))[0, 0]
    return (ratio.trace() - len(mean_q) - ratio.det().log() + distance) / 2


def entropy_gaussian(std: arb) -> arb:
    return (2 * arb.pi() * arb(1).exp() * std**2).log() / 2


def inverse(matrix: Any) -> arb_mat:
    return arb_mat([[arb(float(entry)) for entry in row] for row in matrix]).inv()


def log_normal_log_density(x: arb, mean: arb, std: arb) -> arb:
    return -(((x.log() - mean) / std) ** 2) / 2 - x.log() - std.log() - (2 * arb.pi()).log() / 2


def kl_categorical(p: Sequence[arb], q: Sequence[arb]) -> arb:
    total_p, total_q = sum(p, arb(0)), sum(q, arb(0))
    terms = [a / total_p * (a / total_p / (b / total_q)).log() for a, b in zip(p, q, strict=True) if a != 0]
    return sum(terms, arb(0))


def js_categorical(p: Sequence[arb], q: Sequence[arb]) -> arb:
    p, q = [a / sum(p, arb(0)) for a in p], [b / sum(q, arb(0)) for b in q]
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    halves = [a * (a / m).log() / 2 for side in (p, q) for a, m in zip(side, middle, strict=True) if a != 0]
    return sum(halves, arb(0))


def softmax(logits: Sequence[float]) -> list[arb]:
    weights = [arb(0) if logit == -np.inf else arb(float(logit)).exp() for logit in logits]
    return [weight / sum(weights, arb(0)) for weight in weights]
