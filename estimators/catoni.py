r"""Catoni's influence function: the logarithm that two-moment supermartingales are built from."""

from __future__ import annotations

from divergences.domains import ANY
from divergences.libraries import Array
from divergences.namespace import gather


def catoni_influence(y: Array) -> Array:
    r"""The widest odd influence function of Catoni (2012), elementwise.

    .. math:: \varphi(y) = \operatorname{sign}(y)\,\log\!\bigl(1 + |y| + y^2/2\bigr)

    It is increasing and odd, it is :math:`y + O(y^3)` near zero and grows like a logarithm far away, and it satisfies

    .. math:: e^{\varphi(y)} \le 1 + y + y^2/2 \qquad\text{and}\qquad e^{-\varphi(y)} \le 1 - y + y^2/2

    for every real y, so that two moments of y bound the exponential moments of :math:`\pm\varphi(y)`.

    Theorems: catoni-influence, catoni-influence-negative.

    Args:
        y: real array of any library, number or nested lists, of any shape; dimensionless.

    Returns:
        Array of the shape and dtype of ``y``, accurate to a few units in the last place, without overflow.

    Raises:
        TypeError: ``y`` is not real.

    Reference:
        O. Catoni, "Challenging the empirical mean and empirical variance: a deviation study", Annales de l'Institut
        Henri Poincaré, Probabilités et Statistiques 48 (2012).

    Example:
        >>> import numpy as np
        >>> catoni_influence(np.asarray([-2.0, 0.0, 2.0]))
        array([-1.60943791,  0.        ,  1.60943791])
    """
    # Proof of the inequalities. For y >= 0 the first is an equality. For y < 0, exp(phi(y)) = 1 / (1 - y + y^2/2), and
    # (1 - y + y^2/2)(1 + y + y^2/2) = (1 + y^2/2)^2 - y^2 = 1 + y^4/4 >= 1, both factors being positive (their
    # discriminant is 1 - 2 < 0). The second is the first at -y, as phi is odd.
    #
    # Evaluation: 1 + a + a^2/2 = (1 + a)(1 + (a/2) * a/(1 + a)), so both terms below are non-negative (no cancellation)
    # and a is never squared (no overflow).
    inputs = gather({"y": (y, ANY)}, validate=False)
    xp, (y,) = inputs.xp, inputs
    a = xp.abs(y)
    return inputs.result(xp.sign(y) * (xp.log1p(a) + xp.log1p(a / 2 * (a / (1 + a)))))
