"""What an f-divergence is made of: a generator, its derivative and conjugate, and the critic that attains the bound."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from divergences.domains import ANY, NON_NEGATIVE, Domain
from divergences.libraries import Array
from divergences.namespace import gather

#: A function of an array and its namespace.
Elementwise = Callable[[Array, Any], Array]


@dataclass(frozen=True, eq=False, kw_only=True)
class Formulas:
    r"""The functions of one generator, on arrays and expressions that are known to be valid.

    Attributes:
        f: the generator on [0, ∞).
        derivative: f′.
        conjugate: f* inside its domain.
        activation: an increasing map of the whole line into the domain of f* and onto all values of f′.
        perspective: b·[f(a/b) − f(1) − f′(1)(a/b − 1)] for masses a and b, given a − b too: never negative.
    """

    f: Elementwise
    derivative: Elementwise
    conjugate: Elementwise
    activation: Elementwise
    perspective: Callable[[Array, Array, Array, Any], Array]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Generator:
    r"""A convex function f on [0, ∞) that generates a divergence, with everything its variational bound needs.

    .. math::

        D_f(p \,\|\, q) = \int q\, f\!\left(\frac pq\right)
        \;\ge\; E_p[T] - E_q[f^*(T)], \qquad f^*(t) = \sup_{u \ge 0}\,\{tu - f(u)\},

    with equality at the critic :math:`T^* = f'(p/q)`. The supremum runs over u ≥ 0 alone, where likelihood ratios live.
    So f* never decreases, its domain is a ray that ends at the slope of f at infinity, and below f′(0) it is −f(0): for
    χ² and the total variation a tighter bound than with the conjugate on the whole line, which tables print.

    Every method works elementwise on arrays of any library, numbers and sympy expressions.

    Attributes:
        name: its key in `GENERATORS`.
        formulas: its functions.
        at_zero: f(0), what a unit of mass of q costs where p vanishes; may be +inf.
        slope_at_infinity: lim f(u)/u, what a unit of mass of p costs where q vanishes, and the end of the domain of f*.
        attained: whether that end belongs to the domain.
        at_one: f(1), and so the divergence of equal laws; zero but for the GAN's, whose value it is.

    Reference: Csiszár (1967); Nowozin, Cseke and Tomioka (2016), f-GAN, equations 4 to 7, tables 1 and 6.

    >>> from divergences.generators import GENERATORS
    >>> kl = GENERATORS["kl"]
    >>> kl.f(2.0) + kl.conjugate(kl.derivative(2.0)) - 2 * kl.derivative(2.0)  # Fenchel and Young's equality
    np.float64(0.0)
    >>> GENERATORS["total_variation"].conjugate([-2.0, 0.25, 0.75])
    array([-0.5 ,  0.25,   inf])
    """

    name: str
    formulas: Formulas
    at_zero: float
    slope_at_infinity: float
    attained: bool
    at_one: float = 0.0

    def f(self, u: Array, *, validate: bool = True) -> Array:
        """The generator at likelihood ratios u ≥ 0."""
        return _elementwise(self.formulas.f, "u", u, NON_NEGATIVE, validate)

    def derivative(self, u: Array, *, validate: bool = True) -> Array:
        """f′ at likelihood ratios u ≥ 0; at a kink, the middle of the subgradients."""
        return _elementwise(self.formulas.derivative, "u", u, NON_NEGATIVE, validate)

    def conjugate(self, t: Array) -> Array:
        """f*(t); +inf beyond the domain."""

        def everywhere(t: Array, xp: Any) -> Array:
            upper = self.slope_at_infinity
            if upper == math.inf:
                return self.formulas.conjugate(t, xp)
            beyond = t > upper if self.attained else t >= upper
            return xp.where(beyond, xp.inf, self.formulas.conjugate(xp.where(beyond, upper - 1.0, t), xp))

        return _elementwise(everywhere, "t", t, ANY, False)

    def activation(self, v: Array) -> Array:
        """The output map of an f-GAN: it increases from the whole line into the domain of f*, onto all values of f′."""
        return _elementwise(self.formulas.activation, "v", v, ANY, False)

    def critic(self, p: Array, q: Array, *, validate: bool = True) -> Array:
        """The critic T* = f′(p/q) that attains the variational bound, from the densities of two laws, q positive."""
        inputs = gather({"p": (p, NON_NEGATIVE), "q": (q, NON_NEGATIVE)}, validate=validate)
        p, q = inputs
        with inputs.quiet(), np.errstate(divide="ignore"):
            return inputs.result(self.formulas.derivative(p / q, inputs.xp))

    def __repr__(self) -> str:
        return f"<generator {self.name}>"


def _elementwise(function: Elementwise, name: str, value: Array, domain: Domain, validate: bool) -> Array:
    inputs = gather({name: (value, domain)}, validate=validate)
    (array,) = inputs
    with inputs.quiet(), np.errstate(divide="ignore"):  # slopes at 0 are infinite
        return inputs.result(function(array, inputs.xp))
