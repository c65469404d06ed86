"""Optimal transport on the line between samples: the quantiles of one are carried to the quantiles of the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from divergences.domains import NON_NEGATIVE, REAL
from divergences.libraries import Array, shape_of
from divergences.namespace import Shapes, gather, listed
from divergences.reading import to_numpy
from divergences.special import symbolic


@dataclass(frozen=True, eq=False)
class LineTransport:
    r"""The monotone coupling of two samples, which is optimal for every convex cost of the distance.

    Attributes:
        cost: :math:`\sum_k w_k |x_{i_k} - y_{j_k}|^r = \int_0^1 |F^{-1}(u) - G^{-1}(u)|^r du`; it carries gradients.
        order: r.
        source: the indices i into x, as NumPy integers.
        target: the indices j into y.
        mass: the masses w, which sum to 1.
    """

    cost: Array
    order: float
    source: np.ndarray
    target: np.ndarray
    mass: np.ndarray

    @property
    def distance(self) -> Array:
        """The Wasserstein distance of the order, in the unit of the samples."""
        return self.cost if self.order == 1 else self.cost ** (1 / self.order)


def transport_line(
    x: Array,
    y: Array,
    *,
    order: float = 1.0,
    weights_x: Array | None = None,
    weights_y: Array | None = None,
    validate: bool = True,
) -> LineTransport:
    r"""The optimal transport between two weighted samples of real numbers.

    .. math:: W_r^r = \int_0^1 \left|F^{-1}(u) - G^{-1}(u)\right|^r du

    Sorting decides who goes where; equal weights are coupled in whole numbers, so that no mass is lost to rounding.

    Args:
        x: one sample, (n,).
        y: the other one, (m,); n and m may differ.
        order: the power of the distance that is paid, at least 1.
        weights_x: non-negative weights of x, (n,), of any positive sum; equal where absent.
        weights_y: the same of y.
        validate: as in `divergences.kl_gaussian`.

    Returns:
        The coupling and its cost.

    Raises:
        TypeError: an argument is no array of numbers, or array libraries are mixed.
        ValueError: a sample is empty, a value is infinite or NaN, weights do not fit or vanish, or the order is less
            than 1.

    Reference: Villani (2003), Topics in Optimal Transportation, theorem 2.18; `scipy.stats.wasserstein_distance`.

    >>> transport_line([0.0, 1.0, 3.0], [5.0, 6.0, 8.0]).distance
    np.float64(5.0)
    >>> transport_line([0.0, 1.0], [0.0, 1.0], order=2, weights_x=[3, 1], weights_y=[2, 2]).cost
    np.float64(0.25)
    """
    if not (math.isfinite(order) and order >= 1):
        raise ValueError(f"order must be a number of at least 1, got {order!r}")
    inputs = gather({"x": (x, REAL), "y": (y, REAL)}, validate=validate, shapes_agree=_samples)
    if symbolic(inputs.xp):
        raise TypeError("x and y must hold numbers: symbols have no order")
    first, second = (_sorted(name, values) for name, values in zip("xy", inputs, strict=True))
    levels_x, levels_y = _levels("weights_x", weights_x, first, second), _levels("weights_y", weights_y, second, first)
    if weights_x is not None or weights_y is not None:
        levels_x, levels_y = levels_x / levels_x[-1], levels_y / levels_y[-1]
    levels = np.union1d(levels_x, levels_y)
    mass = np.diff(levels, prepend=0) / levels[-1]
    # The interval below a level belongs to the first point whose own level reaches it.
    source, target = (
        order_of[np.minimum(np.searchsorted(own, levels), own.size - 1)]
        for order_of, own in ((first, levels_x), (second, levels_y))
    )
    left, right = inputs
    xp: Any = inputs.xp
    with inputs.quiet():
        apart = xp.abs(
            xp.take(left, _index(xp, source, left), axis=0) - xp.take(right, _index(xp, target, right), axis=0)
        )
        weights = _like(xp, mass, left)
        paid = apart if order == 1 else apart**order
        return LineTransport(inputs.result(xp.sum(weights * paid)), float(order), source, target, mass)


def _samples(shapes: Shapes) -> None:
    for name, shape in shapes.items():
        if len(shape) != 1 or shape[0] == 0:
            raise ValueError(f"{name} must be a sample of shape (n,), n >= 1, got {listed(shapes)}")


def _sorted(name: str, values: Array) -> np.ndarray:
    data = to_numpy(values)
    if np.isnan(data).any():
        raise ValueError(f"{name} must not be NaN, got nan at index {int(np.argmax(np.isnan(data)))}")
    return np.argsort(data, kind="stable")


def _levels(name: str, weights: Array | None, own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The running sums of the weights in sorted order; whole multiples of 1/(n m) where they are equal."""
    if weights is None:
        return np.arange(1, own.size + 1) * other.size
    if shape_of(name, weights) != (own.size,):
        raise ValueError(f"{name} must have one weight for each of {own.size} values, got {shape_of(name, weights)}")
    (values,) = gather({name: (weights, NON_NEGATIVE)}, validate=True)
    levels = np.cumsum(to_numpy(values).astype(np.float64)[own])
    if not levels[-1] > 0:
        raise ValueError(f"{name} must have a positive sum, got {levels[-1]}")
    return levels


def _index(xp: Any, indices: np.ndarray, like: Array) -> Array:
    return xp.asarray(indices, **_device(like))


def _like(xp: Any, values: np.ndarray, like: Array) -> Array:
    return xp.asarray(values, dtype=like.dtype, **_device(like))


def _device(like: Array) -> dict[str, Any]:
    return {} if isinstance(like, np.ndarray) else {"device": like.device}
