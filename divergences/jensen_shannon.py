"""The Jensen–Shannon distance, a metric between laws; the divergence itself is `divergences.js_categorical`."""

from __future__ import annotations

from divergences.discrete import js_categorical
from divergences.libraries import Array
from divergences.namespace import namespace_of
from divergences.special import symbolic


def js_distance_categorical(
    p: Array, q: Array, *, axis: int = -1, logits: bool = False, validate: bool = True
) -> Array:
    r"""The square root of the Jensen–Shannon divergence of categorical laws, which obeys the triangle inequality.

    .. math:: \sqrt{\mathrm{JSD}(p, q)}

    The root of what jsd-categorical proves. Between 0, at equality alone, and √log 2. To first order it is √(χ²/8):
    linear in how far apart two laws are, and so with a kink at equality, where the gradient is taken as zero.

    Args:
        p: probabilities of one law along the axis, or logits.
        q: the same of the other law. Batch axes broadcast.
        axis: the axis of the categories.
        logits: whether p and q are logits.
        validate: as in `js_categorical`.

    Returns:
        The distances, of the broadcast shape without the axis.

    Raises:
        TypeError, ValueError: as in `js_categorical`.

    Reference: Endres and Schindelin (2003), A new metric for probability distributions, theorem 1.

    >>> float(js_distance_categorical([1.0, 0.0], [0.0, 1.0])) ** 2
    0.69314718055994...
    """
    divergence = js_categorical(p, q, axis=axis, logits=logits, validate=validate)
    xp, divergence = namespace_of(divergence)
    if symbolic(xp):
        return xp.result(xp.sqrt(divergence))
    apart = divergence > 0
    root = xp.where(apart, xp.sqrt(xp.where(apart, divergence, 1.0)), divergence)
    return root[()] if not root.shape and hasattr(root, "item") and xp.__name__.endswith("numpy") else root
