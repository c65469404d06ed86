"""Divergences between categorical laws, from probabilities or from logits, never turning one into the other."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from divergences import simplex, special
from divergences.domains import LOGIT, NON_NEGATIVE
from divergences.libraries import Array
from divergences.namespace import Inputs, gather
from divergences.reading import truth
from divergences.special.compensated import besides_largest, exact_sum, product_difference


def kl_categorical(p: Array, q: Array, *, axis: int = -1, logits: bool = False, validate: bool = True) -> Array:
    r"""The Kullback–Leibler divergence KL(p ‖ q) of categorical laws, in nats.

    .. math::

        \sum_i p_i \log\frac{p_i}{q_i} = \sum_i p_i\,\varphi\Big(\frac{q_i}{p_i}\Big),
        \qquad \varphi(t) = t - 1 - \log t \ge 0

    Theorems: categorical-kl, categorical-kl-logits. Computed in the second form, whose term at pᵢ = 0 is qᵢ. Never
    negative, zero at equality, and inf exactly where some pᵢ > 0 = qᵢ. Vectors that sum to 1 only up to rounding stand
    for the laws p/Σp and q/Σq.

    Args:
        p: probabilities of the first law along the axis, or logits: unnormalised log probabilities, −inf for 0.
        q: the same of the second law. Batch axes broadcast.
        axis: the axis of the categories.
        logits: whether p and q are logits.
        validate: read the values and raise on invalid ones, as in `divergences.kl_gaussian`; otherwise, and where
            they cannot be read, invalid values give NaN.

    Returns:
        The divergences, of the broadcast shape without the axis.

    Raises:
        TypeError: an argument is neither an array nor a real number, or array libraries are mixed.
        ValueError: a probability is negative or infinite, probabilities do not sum to 1 (to 1e-6, or to 16 eps in
            the narrower dtypes), logits are +inf or all −inf, or the numbers of categories differ.

    Reference: Cover and Thomas (2006), Elements of Information Theory, equation 2.26.

    >>> float(kl_categorical([0.5, 0.5], [0.5, 0.5]))
    0.0
    >>> float(kl_categorical([1.0, 0.0], [0.5, 0.5]))
    0.693147180559945...
    >>> float(kl_categorical([0.5, 0.5], [1.0, 0.0]))
    inf
    """
    return categorical(p, q, axis, logits, validate, _kl_masses, _kl_logits)


def js_categorical(p: Array, q: Array, *, axis: int = -1, logits: bool = False, validate: bool = True) -> Array:
    r"""The Jensen–Shannon divergence of categorical laws, in nats.

    .. math::

        \mathrm{JSD}(p, q) = \tfrac12\mathrm{KL}(p \,\|\, m) + \tfrac12\mathrm{KL}(q \,\|\, m)
        = \tfrac12\sum_i\Big[p_i\,\varphi\Big(\frac{m_i}{p_i}\Big) + q_i\,\varphi\Big(\frac{m_i}{q_i}\Big)\Big],
        \qquad m = \tfrac12(p + q)

    Theorems: jsd-categorical, jsd-logits. Between 0, at equality, and log 2, for disjoint supports; symmetric to the
    last bit. Computed in the second form, no term of which is negative. Where pᵢ = 0 the derivative in pᵢ is −∞, and
    the gradient leaves that term out.

    Args:
        p: probabilities of one law along the axis, or logits: unnormalised log probabilities, −inf for 0.
        q: the same of the other law. Batch axes broadcast.
        axis: the axis of the categories.
        logits: whether p and q are logits.
        validate: as in `kl_categorical`.

    Returns:
        The divergences, of the broadcast shape without the axis.

    Raises:
        TypeError: an argument is neither an array nor a real number, or array libraries are mixed.
        ValueError: as in `kl_categorical`.

    Reference: Lin (1991), Divergence measures based on the Shannon entropy, equation 3.1.

    >>> float(js_categorical([1.0, 0.0], [0.0, 1.0]))
    0.693147180559945...
    >>> float(js_categorical([0.0, 1.0], [0.0, 3.0], logits=True))
    0.0501116009...
    """
    return categorical(p, q, axis, logits, validate, _js_masses, _js_logits)


def categorical(
    p: Array,
    q: Array,
    axis: int,
    logits: bool,
    validate: bool,
    from_masses: Callable[..., Array],
    from_logits: Callable[..., Array],
) -> Array:
    """A divergence of two categorical laws, as a function of their checked vectors, the axis, the namespace."""
    domain = LOGIT if logits else NON_NEGATIVE
    inputs = gather({"p": (p, domain), "q": (q, domain)}, validate=validate)
    axis = _event_axis(inputs, axis)
    with inputs.quiet():
        left, right = (
            _law(inputs.xp, name, values, original, axis, logits, validate)
            for name, values, original in zip(("p", "q"), inputs, (p, q), strict=True)
        )
        return inputs.result((from_logits if logits else from_masses)(left, right, axis, inputs.xp))


# --- from probabilities --------------------------------------------------------------------------------------------


def proportional(p: Array, q: Array, axis: int, xp: Any) -> tuple[Array, Array, Array, Array]:
    """p/Σp and q/Σq up to a common factor, their difference, and that factor.

    With δ = (Σp − Σq)/(Σp + Σq), p/Σp and q/Σq are p(1 − δ) and q(1 + δ) over (Σp + Σq)(1 − δ²)/2. The difference
    is formed from q − p, and δ from its sum, so that it keeps its digits where p and q are nearly equal; p = q has
    δ = 0; and exchanging p and q exchanges the results to the last bit.
    """
    if special.symbolic(xp):
        difference, both = q - p, q + p
        total = xp.sum(both, axis=axis, keepdims=True)
        delta = -xp.sum(difference, axis=axis, keepdims=True) / total
        change = difference + delta * both
    else:
        first, second = xp.broadcast_arrays(p, q)
        # A permutation, since torch.vmap has no rule for moveaxis; that of one axis to the end, and its inverse.
        rank = first.ndim
        to_end = [i for i in range(rank) if i != axis % rank] + [axis % rank]
        back = [to_end.index(i) for i in range(rank)]
        parts = _changes(xp.permute_dims(first, to_end), xp.permute_dims(second, to_end), xp)
        change, delta, total = (xp.permute_dims(part, back) for part in parts)
    factor = total * (1 - delta * delta) / 2
    return p * (1 - delta), q * (1 + delta), change, xp.sum(factor, axis=axis)


def _changes(p: Array, q: Array, xp: Any) -> tuple[Array, Array, Array]:
    """The difference of p(1 − δ) and q(1 + δ) over the last axis, δ, and the total S of p + q.

    The difference is (q − p) − (p + q)D/S with D = Σ(q − p), of two products whose sum S is taken along with its
    rounding. They add up to 0: that of the largest mass, where they cancel most, is had from the others.
    """
    change, change_rest = special.two_difference(q, p, xp=xp)
    both, both_rest = special.two_difference(q, -p, xp=xp)
    gap = exact_sum(xp.concat((change, change_rest), axis=-1), xp=xp)
    total = exact_sum(xp.concat((both, both_rest), axis=-1), xp=xp)
    products = product_difference(change, total, both, gap, xp=xp) + (change_rest * total[0] - both_rest * gap[0])
    others = besides_largest(both, xp=xp)
    products = xp.where(others, products, 0.0)
    products = xp.where(others, products, -xp.sum(products, axis=-1, keepdims=True))
    return products / total[0], -gap[0] / total[0], total[0]


def _kl_masses(p: Array, q: Array, axis: int, xp: Any) -> Array:
    a, b, difference, factor = proportional(p, q, axis, xp)
    return xp.sum(simplex.kl_div(a, b, difference, xp=xp), axis=axis) / factor


def _js_masses(p: Array, q: Array, axis: int, xp: Any) -> Array:
    a, b, difference, factor = proportional(p, q, axis, xp)
    middle, half = (a + b) / 2, difference / 2
    terms = simplex.kl_div(a, middle, half, xp=xp) + simplex.kl_div(b, middle, -half, xp=xp)
    return special.at_most(xp.sum(terms, axis=axis) / factor / 2, math.log(2), xp=xp)


# --- from logits ---------------------------------------------------------------------------------------------------


def _kl_logits(left: Array, right: Array, axis: int, xp: Any) -> Array:
    p, q, log_ratio = simplex.softmax_pair(left, right, axis, xp=xp)
    return xp.sum(simplex.kl_div_from_log(p, q, log_ratio, xp=xp), axis=axis)


def _js_logits(left: Array, right: Array, axis: int, xp: Any) -> Array:
    p, q, log_ratio = simplex.softmax_pair(left, right, axis, xp=xp)
    middle = (p + q) / 2
    terms = simplex.kl_div_from_log(p, middle, simplex.log_mean_ratio(log_ratio, xp=xp), xp=xp)
    terms = terms + simplex.kl_div_from_log(q, middle, simplex.log_mean_ratio(-log_ratio, xp=xp), xp=xp)
    return special.at_most(xp.sum(terms, axis=axis) / 2, math.log(2), xp=xp)


# --- what a law is -------------------------------------------------------------------------------------------------


def _event_axis(inputs: Inputs, axis: int) -> int:
    """The axis, counted from the end, with the same number of categories in both arguments."""
    shapes = [tuple(getattr(values, "shape", ())) for values in inputs]
    rank = max(len(shape) for shape in shapes)
    try:
        axis = operator.index(axis)
    except TypeError:
        raise TypeError(f"axis must be an int, got {axis!r}") from None
    if not -rank <= axis < rank:
        raise ValueError(f"axis must lie in the broadcast shape of p {shapes[0]} and q {shapes[1]}, got {axis}")
    axis = axis - rank if axis >= 0 else axis
    categories = [shape[axis] if -axis <= len(shape) else None for shape in shapes]
    if None in categories or categories[0] != categories[1] or categories[0] == 0:
        raise ValueError(
            f"p and q must have the same categories along axis {axis}, got shapes {shapes[0]} and {shapes[1]}"
        )
    return axis


def _law(xp: Any, name: str, values: Array, original: object, axis: int, logits: bool, validate: bool) -> Array:
    """The values, checked to make up laws along the axis where they can be read, and NaN where they do not."""
    if special.symbolic(xp):
        return values
    if logits:
        proper = xp.max(values, axis=axis, keepdims=True) != -math.inf
        expected, found = "must have a finite logit in every law", "one that is -inf throughout"
    else:
        total = xp.sum(values, axis=axis, keepdims=True)
        tolerance = _tolerance(xp, original)
        proper = ~(xp.abs(total - 1) > tolerance)  # true of NaN
        expected, found = f"must sum to 1 within {tolerance:.0e} along axis {axis}", "a sum of"
    fine = truth(xp.all(proper)) if validate else None
    if fine is False:
        raise ValueError(f"{name} {expected}, got {found}" + ("" if logits else f" {_offender(xp, total, proper)!r}"))
    return values if fine else xp.where(proper, values, xp.nan)


def _tolerance(xp: Any, original: object) -> float:
    """1e-6, as torch's simplex constraint has it; 16 eps of a dtype that cannot hold a sum of 1 to that."""
    dtype = getattr(original, "dtype", None)
    if dtype is None or not xp.isdtype(dtype, "real floating"):
        return 1e-6
    return max(1e-6, 16 * float(xp.finfo(dtype).eps))


def _offender(xp: Any, total: Array, proper: Array) -> float:
    return float(xp.max(xp.where(proper, -math.inf, total)))
