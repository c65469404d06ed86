r"""Catoni's influence function: the logarithm that two-moment supermartingales are built from."""

from __future__ import annotations

from divergences.domains import ANY
from divergences.libraries import Array
from divergences.namespace import gather


def catoni_influence(y: Array, *, moment: float = 2) -> Array:
    r"""The widest odd influence function of Catoni (2012), elementwise.

    .. math:: \varphi_p(y) = \operatorname{sign}(y)\,\log\!\bigl(1 + |y| + |y|^p/p\bigr), \qquad 1 < p \le 2

    It is increasing and odd, it is :math:`y + O(y^3)` near zero and grows like a logarithm far away, and it satisfies

    .. math:: e^{\varphi_p(y)} \le 1 + y + |y|^p/p \qquad\text{and}\qquad e^{-\varphi_p(y)} \le 1 - y + |y|^p/p

    for every real y, so that the mean and the p-th absolute moment bound the exponential moments of
    :math:`\pm\varphi_p(y)`; with p = 2 the mean and the variance do.

    Theorems: catoni-influence, catoni-influence-negative.

    Args:
        y: real array of any library, number or nested lists, of any shape; dimensionless.
        moment: p, in (1, 2].

    Returns:
        Array of the shape and dtype of ``y``, accurate to a few units in the last place, without overflow.

    Raises:
        TypeError: ``y`` is not real.
        ValueError: ``moment`` is outside (1, 2].

    Reference:
        O. Catoni, "Challenging the empirical mean and empirical variance: a deviation study", Annales de l'Institut
        Henri Poincaré, Probabilités et Statistiques 48 (2012); P. Chen, X. Jin, X. Li and L. Xu, "A generalized
        Catoni's M-estimator under finite α-th moment assumption", Electronic Journal of Statistics 15 (2021), for
        p < 2.

    Example:
        >>> import numpy as np
        >>> catoni_influence(np.asarray([-2.0, 0.0, 2.0]))
        array([-1.60943791,  0.        ,  1.60943791])
    """
    # Proof of the inequalities. For y >= 0 the first is an equality. For y < 0, exp(phi(y)) = 1 / (1 - y + y^2/2), and
    # (1 - y + y^2/2)(1 + y + y^2/2) = (1 + y^2/2)^2 - y^2 = 1 + y^4/4 >= 1, both factors being positive (their
    # discriminant is 1 - 2 < 0). The second is the first at -y, as phi is odd. For p < 2 and y = -a the same product is
    # (1 + u)^2 - a^2 with u = a^p/p, so what is needed is 2u + u^2 >= (pu)^(2/p). The difference of the logarithms is
    # least where (1 + u)/(2u + u^2) = 1/(pu), at u = (2 - p)/(p - 1), and is there (1 - 2/p) log(p(2 - p)) -
    # (2 - 2/p) log(p - 1), a sum of two terms >= 0, since p(2 - p) = 1 - (p - 1)^2 <= 1 and p - 1 <= 1.
    #
    # Evaluation: 1 + a + a^p/p = (1 + a)(1 + (a^(p-1)/p) * a/(1 + a)), so both terms below are non-negative (no
    # cancellation) and a is never squared (no overflow).
    if not 1 < moment <= 2:
        raise ValueError(f"moment must lie in (1, 2], got {moment!r}")
    inputs = gather({"y": (y, ANY)}, validate=False)
    xp, (y,) = inputs.xp, inputs
    a = xp.abs(y)
    if moment == 2:
        return inputs.result(xp.sign(y) * (xp.log1p(a) + xp.log1p(a / 2 * (a / (1 + a)))))
    return inputs.result(xp.sign(y) * (xp.log1p(a) + xp.log1p(a ** (moment - 1) / moment * (a / (1 + a)))))
