r"""Divergences between Gumbel laws, and between Weibull laws, whose logarithms they are.

.. math::

    \mathrm{KL} = E(z) + B_{\log\Gamma}(r; 1), \qquad r = \frac{\beta_p}{\beta_q}, \quad
    z = \frac{\mu_p-\mu_q}{\beta_q} - \log\Gamma(1+r), \quad E(z) = e^{-z} - 1 + z
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

from divergences import special
from divergences.families import Exponential, Gumbel, Rayleigh, Weibull
from divergences.families.law import Law
from divergences.kl import closed_form
from divergences.libraries import Array
from divergences.reading import choose
from divergences.special.compensated import two_product

_EULER = 0.5772156649015329


@closed_form(Gumbel, Gumbel)
def kl_gumbel_gumbel(p: Gumbel, q: Gumbel, xp: Any) -> Array:
    """The form above, with what rounding left of Δ/β, which the exponential would multiply."""
    ratio = p.scale / q.scale
    shift = (p.loc - q.loc) / q.scale
    if special.symbolic(xp):
        return _traced(shift, ratio, xp)
    high, low = special.two_difference(p.loc, q.loc, xp=xp)
    back, back_low = two_product(shift, q.scale, xp=xp)
    rest = (((high - back) - back_low) + low) / q.scale

    def root(near: Array) -> Array:
        return xp.exp(-xp.where(near, 0.0, shift) / 4) * (1 - xp.where(near, 0.0, rest) / 4)

    ratios = _Ratio(ratio, p.scale, q.scale, xp)
    return _divergence(shift, xp.where(xp.abs(rest) < 1, rest, 0.0), root, ratios, xp)


@closed_form(Weibull, Weibull)
def kl_weibull_weibull(p: Weibull, q: Weibull, xp: Any) -> Array:
    r"""That of :math:`-\log x`, which has the Gumbel law of location −log λ and scale 1/k."""
    return _weibull(_as_weibull(p, xp), _as_weibull(q, xp), xp)


def _weibull(p: tuple[Array, Array, Array], q: tuple[Array, Array, Array], xp: Any) -> Array:
    """Of scales, shapes, and what rounding left of the scales, as a share of them."""
    (scale_p, shape_p, rest_p), (scale_q, shape_q, rest_q) = p, q
    ratio = shape_q / shape_p
    shift = shape_q * (special.accurate_log_ratio(scale_q, scale_p, xp=xp) + (rest_q - rest_p))
    if special.symbolic(xp):
        return _traced(shift, ratio, xp)

    def root(near: Array) -> Array:
        # A power of the quotient, whose rounding error the exponent multiplies: what it left is taken along.
        above, below = xp.where(near, 1.0, scale_p), xp.where(near, 1.0, scale_q)
        quotient, quarter = above / below, xp.where(near, 1.0, shape_q) / 4
        back, back_low = two_product(quotient, below, xp=xp)
        rest = quarter * (((above - back) - back_low) / above + xp.where(near, 0.0, rest_p - rest_q))
        return quotient**quarter * xp.exp(xp.where(xp.abs(rest) < 80, rest, 0.0))

    return _divergence(shift, 0 * shift, root, _Ratio(ratio, shape_q, shape_p, xp), xp)


def _traced(shift: Array, ratio: Array, xp: Any) -> Array:
    moment = xp.exp(xp.lgamma(1 + ratio) - shift)
    return moment - 1 + shift - xp.log(ratio) - (ratio - 1) * xp.digamma(xp.ones_like(ratio))


class _Ratio:
    """r = a/b with r − 1, and with what rounding left of it, which Γ(1 + r) multiplies."""

    def __init__(self, ratio: Array, a: Array, b: Array, xp: Any) -> None:
        self.value, self.change, self.a, self.b, self.xp = ratio, (a - b) / b, a, b, xp
        back, back_low = two_product(ratio, b, xp=xp)
        rest = ((a - back) - back_low) / b
        self.rest = xp.where(xp.abs(rest) < 1, rest, 0.0)

    def log_moment(self) -> Array:
        """log Γ(1 + r), from r − 1 near 1, where it is 0."""
        xp = self.xp
        moderate = (self.change >= -0.5) & (self.change <= 1)
        inner = xp.where(moderate, self.change, 0.0)
        two = 2 * xp.ones_like(inner)
        return choose(
            moderate,
            lambda: (1 - _EULER) * inner + special.bregman_lgamma(2 + inner, two, difference=inner, xp=xp),
            lambda: special.lgamma(1 + xp.where(moderate, 1.0, self.value), xp=xp),
            xp=xp,
        )

    def bregman(self, log_moment: Array) -> Array:
        """B(r; 1) for log Γ; for small r as log Γ(1 + r) − log r + γ(r − 1), where r itself may underflow."""
        xp = self.xp
        small = self.value < 0.5
        r, change = xp.where(small, 1.0, self.value), xp.where(small, 0.0, self.change)
        a, b = xp.where(small, self.a, 1.0), xp.where(small, self.b, 1.0)
        return choose(
            small,
            lambda: log_moment - special.log_ratio(a, b, xp=xp) + _EULER * self.change,
            lambda: special.bregman_lgamma(r, xp.ones_like(r), difference=change, xp=xp),
            xp=xp,
        )

    def root_moment(self, log_moment: Array, mask: Array) -> Array:
        r"""Γ(1 + r)^¼ where the mask holds, by Stirling's :math:`(2\pi r)^{1/8} r^{r/4} e^{(R(r)-r)/4}` for large r.

        A power and an exponential of exact arguments keep the digits that the exponential of a large logarithm loses.
        """
        xp = self.xp
        large = mask & (self.value > 2)
        r = xp.where(large, self.value, 2.0)
        stirling = xp.sqrt(xp.sqrt(xp.sqrt(2 * math.pi * r))) * r ** (r / 4) * xp.exp(-r / 4)
        stirling = stirling * xp.exp(special.binet(r, xp=xp) / 4)
        stirling = stirling * (1 + special.digamma(1 + r, xp=xp) * xp.where(large, self.rest, 0.0) / 4)
        return xp.where(large, stirling, xp.exp(xp.where(mask & ~large, log_moment, 0.0) / 4))


def _divergence(shift: Array, rest: Array, root: Callable[[Array], Array], ratio: _Ratio, xp: Any) -> Array:
    """E(shift + rest − log Γ(1 + r)) + B(r; 1), where root(near) is e^(−shift/4) except where near."""
    log_moment = ratio.log_moment()
    z = shift - log_moment
    near = xp.abs(z) <= 1

    def close() -> Array:
        x = -xp.where(near, z, 0.0)
        return special.expm1mx(x, xp=xp) - xp.where(near, rest, 0.0) * xp.expm1(x)

    def far() -> Array:
        # The factors of the product are finite up to here. Beyond, for ratios r of some hundreds, the exponential of a
        # difference of their logarithms has an error of an eps of log Γ(1 + r).
        both = ~near & (log_moment < 2.5 * math.log(float(xp.finfo(z.dtype).max)))
        moment = root(~both) * ratio.root_moment(log_moment, both)
        outer = xp.where(near | both, 0.0, z)
        square = moment * moment
        return xp.where(both, square * square, xp.exp(-outer)) - 1 + xp.where(near, 0.0, z)

    return choose(near, close, far, xp=xp) + ratio.bregman(log_moment)


def _as_weibull(law: Any, xp: Any) -> tuple[Array, Array, Array]:
    """The scale, the shape, and what rounding left of the scale, as a share of it."""
    match law:
        case Weibull():
            return law.scale, law.concentration, 0 * law.scale
        case Exponential():
            scale = 1 / law.rate
            if special.symbolic(xp):
                return scale, xp.ones_like(scale), 0 * scale
            back, back_low = two_product(scale, law.rate, xp=xp)
            return scale, xp.ones_like(scale), (1 - back) - back_low
        case Rayleigh():
            one = xp.ones_like(law.scale)
            if special.symbolic(xp):
                return law.scale * xp.sqrt(2 * one), 2 * one, 0 * one
            # √2 in two parts: its square falls short of 2 by twice the second part times the first.
            root = xp.sqrt(2 * one)
            square, square_low = two_product(root, root, xp=xp)
            scale, scale_low = two_product(law.scale, root, xp=xp)
            return scale, 2 * one, scale_low / scale + ((2 - square) - square_low) / 4
    raise TypeError(f"{type(law).__name__} is no Weibull law")


def _register(families: tuple[type[Law], ...]) -> None:
    for first, second in product(families, families):
        if first is not second:

            @closed_form(first, second)
            def kl_as_weibull(p: Any, q: Any, xp: Any) -> Array:
                return _weibull(_as_weibull(p, xp), _as_weibull(q, xp), xp)


_register((Weibull, Exponential, Rayleigh))
