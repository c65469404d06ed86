"""f-divergences between categorical laws, for any generator."""

from __future__ import annotations

from typing import Any

from divergences.discrete import categorical, proportional
from divergences.generator import Generator
from divergences.generators import GENERATORS
from divergences.libraries import Array
from divergences.special import symbolic


def f_divergence(p: Array, q: Array, f: Generator | str, *, axis: int = -1, validate: bool = True) -> Array:
    r"""The f-divergence D_f(p ‖ q) of categorical laws; in nats where f is made of logarithms.

    .. math:: D_f(p \,\|\, q) = \sum_i q_i\, f\!\left(\frac{p_i}{q_i}\right)

    where a term at qᵢ = 0 is pᵢ times the slope of f at infinity.

    Theorems: pearson-categorical, hellinger-categorical, jeffreys-categorical, gan-categorical.
    Computed as f(1) plus terms qᵢ[f(u) − f(1) − f′(1)(u − 1)], none of which is negative: within a few dozen eps for
    every generator of `GENERATORS`, and exactly f(1) at equality. Vectors that sum to 1 only up to rounding stand for
    the laws p/Σp and q/Σq.

    Args:
        p: probabilities of the first law along the axis.
        q: probabilities of the second law. Batch axes broadcast.
        f: a `Generator`, or the name of one in `GENERATORS`.
        axis: the axis of the categories.
        validate: as in `kl_categorical`.

    Returns:
        The divergences, of the broadcast shape without the axis.

    Raises:
        TypeError: an argument is neither an array nor a real number, or array libraries are mixed.
        ValueError: as in `kl_categorical`, or no generator has the name.

    Reference: Csiszár (1967), Information-type measures of difference of probability distributions.

    >>> f_divergence([0.5, 0.5], [0.25, 0.75], "pearson")
    np.float64(0.333...)
    >>> f_divergence([1.0, 0.0], [0.0, 1.0], "squared_hellinger")
    np.float64(1.0)
    """
    generator = named(f)

    def divergence(p: Array, q: Array, axis: int, xp: Any) -> Array:
        a, b, difference, factor = proportional(p, q, axis, xp)
        terms = generator.formulas.perspective(a, b, -difference, xp)
        total = xp.sum(terms, axis=axis) / factor
        if generator.at_one == 0:
            return total
        return total + (generator.formulas.f(xp.asarray(1), xp) if symbolic(xp) else generator.at_one)

    return categorical(p, q, axis, False, validate, divergence, divergence)


def named(f: Generator | str) -> Generator:
    """The generator itself, or the one of that name."""
    if isinstance(f, Generator):
        return f
    if f not in GENERATORS:
        raise ValueError(f"f must be a Generator or one of {', '.join(GENERATORS)}, got {f!r}")
    return GENERATORS[f]
