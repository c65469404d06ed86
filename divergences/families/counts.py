"""Log masses of counted laws by deviations from the mean, in which nothing of the size of log x! cancels."""

from __future__ import annotations

from typing import Any

from divergences import special
from divergences.libraries import Array


def log_mass_of_trials(x: Array, y: Array, p: Array, q: Array, xp: Any) -> Array:
    r"""log Γ(n+1)/(Γ(x+1)Γ(y+1)) p^x q^y for n = x + y, positive x and y, and p + q = 1.

    .. math:: -x\,\varphi(np/x) - y\,\varphi(nq/y) + \tfrac12\log\frac{n}{2\pi x y} + R(n) - R(x) - R(y)

    −inf where p or q is 0.

    Reference: Loader (2000), Fast and accurate computation of binomial probabilities, section 2.
    """
    n = x + y
    never = (p <= 0) | (q <= 0)
    p, q = xp.where(never, 0.5, p), xp.where(never, 0.5, q)
    deviance = x * special.phi_ratio(n * p, x, xp=xp) + y * special.phi_ratio(n * q, y, xp=xp)
    remainders = special.binet(n, xp=xp) - special.binet(x, xp=xp) - special.binet(y, xp=xp)
    value = xp.log(n / x / y) / 2 - special.half_log_2pi(xp=xp) + remainders - deviance
    return xp.where(never, -xp.inf, value)
