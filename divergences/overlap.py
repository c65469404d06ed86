r"""Total variation, Hellinger and Jensen–Shannon between any two laws of one variable, certified.

.. math:: D(p, q) = \int \max(p, q)\; \varphi\!\left(\log\frac{\min(p, q)}{\max(p, q)}\right)
    = E_p\big[\varphi(s)\,1_{q < p}\big] + E_q\big[\varphi(-s)\,1_{p < q}\big], \qquad s = \log q - \log p

with a decreasing :math:`\varphi \ge 0` on :math:`[-\infty, 0]` that vanishes at 0: each half is the expectation of what
lies between 0 and :math:`\varphi(-\infty)`, so that the tails of its own law bound what a finite range leaves out.
Values are constants to differentiation. Arrays are looped over. Loads sympy and python-flint when called.
"""

from __future__ import annotations

import math

import numpy as np

from divergences.families.law import Law, broadcast_shape
from divergences.families.parameters import bring
from divergences.kl import _law
from divergences.special import symbolic
from divergences.total_variation import Certified


def total_variation_certified(p: object, q: object, *, validate: bool = True) -> Certified:
    r"""The total variation distance between two laws of one variable, with a certified bound on its error.

    .. math:: \mathrm{TV}(p, q) = \tfrac12 \int |p - q| = \sup_A |P(A) - Q(A)|

    Args:
        p: a law of `divergences.families` (mixtures as well), torch.distributions or scipy.stats, of one variable.
        q: another one, of any family; batch shapes broadcast.
        validate: as in `divergences.kl`.

    Returns:
        Values between 0 and 1 of the broadcast batch shape, as NumPy float64, with their error bounds.

    Raises:
        TypeError: an argument is no law of numbers, or array libraries are mixed.
        ValueError: invalid parameters, a law of several variables, or no certified value could be had.

    Reference: Tsybakov (2009), Introduction to Nonparametric Estimation, definition 2.4.

    >>> from divergences.families import Exponential, Uniform
    >>> float(total_variation_certified(Uniform(0.0, 1.0), Uniform(0.5, 1.5)).value)
    0.5
    >>> float(total_variation_certified(Exponential(1.0), Exponential(2.0)).value)
    0.25
    """
    return _overlap("total_variation", p, q, validate)


def squared_hellinger_certified(p: object, q: object, *, validate: bool = True) -> Certified:
    r"""The squared Hellinger distance between two laws of one variable, with a certified bound on its error.

    .. math:: H^2(p, q) = \tfrac12 \int (\sqrt p - \sqrt q)^2 = 1 - \int \sqrt{p\,q}

    Where both laws are of one family, `divergences.renyi.squared_hellinger` has closed forms.

    Args:
        p: as in `total_variation_certified`.
        q: as in `total_variation_certified`.
        validate: as in `divergences.kl`.

    Returns:
        Values between 0 and 1 of the broadcast batch shape, as NumPy float64, with their error bounds.

    Raises:
        TypeError: as in `total_variation_certified`.
        ValueError: as in `total_variation_certified`.

    Reference: Tsybakov (2009), Introduction to Nonparametric Estimation, section 2.4.

    >>> from divergences.families import Uniform
    >>> float(squared_hellinger_certified(Uniform(0.0, 1.0), Uniform(0.0, 4.0)).value)
    0.5
    """
    return _overlap("squared_hellinger", p, q, validate)


def jensen_shannon_certified(p: object, q: object, *, validate: bool = True) -> Certified:
    r"""The Jensen–Shannon divergence between two laws of one variable in nats, with a certified bound on its error.

    .. math:: \mathrm{JSD}(p, q) = \tfrac12 \mathrm{KL}\big(p \,\|\, \tfrac{p+q}2\big)
        + \tfrac12 \mathrm{KL}\big(q \,\|\, \tfrac{p+q}2\big) \le \log 2

    Categorical laws have a closed form, `divergences.js_categorical`.

    Args:
        p: as in `total_variation_certified`.
        q: as in `total_variation_certified`.
        validate: as in `divergences.kl`.

    Returns:
        Values between 0 and log 2, in nats, of the broadcast batch shape, as NumPy float64, with their error bounds.

    Raises:
        TypeError: as in `total_variation_certified`.
        ValueError: as in `total_variation_certified`.

    Reference: Lin (1991), Divergence Measures Based on the Shannon Entropy, equation 3.1.

    >>> from divergences.families import Uniform
    >>> float(jensen_shannon_certified(Uniform(0.0, 1.0), Uniform(0.5, 1.5)).value)
    0.34657359027...
    """
    return _overlap("jensen_shannon", p, q, validate)


def _overlap(name: str, p: object, q: object, validate: bool) -> Certified:
    first, second = _law("p", p), _law("q", q)
    for label, law in (("p", first), ("q", second)):
        if law.event_rank:
            raise ValueError(f"{label} must be a law of one variable, got one of events of shape {law.event_shape}")
    inputs, (first, second), _ = bring({"p": first, "q": second}, validate=validate)
    if symbolic(inputs.xp):
        raise TypeError("p and q must hold numbers: no certified value over symbols is known")
    shape = broadcast_shape([first.batch_shape, second.batch_shape])
    value, error = np.empty(shape), np.zeros(shape)
    with inputs.quiet():
        for index in np.ndindex(shape):
            value[index], error[index] = _one(name, first, second, index, shape)
    return Certified(value[()], error[()])


def _one(name: str, p: Law, q: Law, index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[float, float]:
    from divergences.mixtures import as_float, parts
    from divergences.overlap_balls import certified_overlap
    from divergences.tails import EnclosureError

    sides = parts(p, index, shape), parts(q, index, shape)
    if sides[0] is None or sides[1] is None:
        return math.nan, math.nan
    try:
        return as_float(certified_overlap(name, sides[0], sides[1]), 0.0)
    except EnclosureError as failure:
        pair = f"{type(p).__name__} and {type(q).__name__}"
        raise ValueError(f"no certified {name} of {pair} at index {index}: {failure}") from None
