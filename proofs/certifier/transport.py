r"""Transport distances on the line between laws of one location-scale or scale family, as expectations.

The quantile functions are :math:`m + s\,G^{-1}` and :math:`a + r\,G^{-1}` for the quantile function of the standard
law, so :math:`W_k^k = \int_0^1 |F^{-1} - Q^{-1}|^k = E_z|(m - a) + (s - r) z|^k` with z standard.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from proofs.language import tree as t
from proofs.outcome import Unsupported

_ZERO, _ONE = t.Number(Fraction(0)), t.Number(Fraction(1))
_LOCATION_SCALE = ("Normal", "Laplace", "Logistic", "Gumbel")
#: Laws of one parameter that are a multiple of a standard one, and the multiple.
_SCALE: dict[str, Callable[[t.Expr], t.Expr]] = {"Exponential": lambda rate: _ONE / rate, "HalfNormal": lambda s: s}


def transport(expr: t.Divergence) -> t.Expr:
    """W1 or W2 (not squared) as an expectation under the standard law.

    Raises:
        Unsupported: for laws that are not of one location-scale family.
    """
    (law, m, s), (other, a, r) = (_standardized(side) for side in (expr.left, expr.right))
    if law != other:
        raise Unsupported("transport between laws of different families")
    z = expr.left.generated[0]
    line = (m - a) + (s - r) * z
    standard = t.Law(t.Named(law, z, (_ONE,) if law in _SCALE else (_ZERO, _ONE)), (z,))
    if expr.kind == "W1":
        return t.Expectation(standard, t.Call("abs", (line,)))
    return t.Call("sqrt", (t.Expectation(standard, line**2),))


def _standardized(law: t.Law) -> tuple[str, t.Expr, t.Expr]:
    density = law.density
    if isinstance(density, t.Named) and len(law.generated) == 1 and density.variable == law.generated[0]:
        if density.law == "N":
            return "Normal", density.parameters[0], t.Call("sqrt", (density.parameters[1],))
        if density.law in _LOCATION_SCALE:
            loc, scale = density.parameters
            return density.law, loc, scale
        if density.law == "Uniform":
            low, high = density.parameters
            return density.law, low, high - low
        if density.law in _SCALE:
            return density.law, _ZERO, _SCALE[density.law](*density.parameters)
    raise Unsupported("transport between laws that are not of a location-scale family")
