r"""What a family of laws is: a dataclass of arrays with a support, a density, and a table of expectations.

A family states its log density once, as a constant and a sum of coefficients times `statistics` on its `Support`;
where a cancellation-free form is known it overrides `_log_density`. Entropies, and divergences from laws that have no
closed form of their own, follow from its table of expectations of statistics.

The public methods take what the user holds and return arrays of its library. The methods with a leading underscore are
the formulas: their object and arguments are arrays of one namespace ``xp`` (`bring` sees to that), on symbols as
on numbers, and other rooms of this package call them so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from divergences import special
from divergences.domains import ANY
from divergences.families.coordinate import Coordinate, interval, line, logarithm
from divergences.families.noise import Noise
from divergences.families.parameters import Parametrised, bring
from divergences.families.statistics import Distance, HalfLogSquare, HalfSquare, Linear, Log, Softplus, Statistic
from divergences.families.support import REAL_LINE, Support
from divergences.libraries import Array, shape_of

#: A log density on its support: a constant, and coefficients of statistics.
Terms = tuple[Array, tuple[tuple[Array, Statistic], ...]]


@dataclass(frozen=True, eq=False)
class Law(Parametrised):
    """A family of laws with parameters of any shape, which broadcast; names and order are those of torch.distributions.

    Subclasses are frozen dataclasses that set ``domains`` (and ``event_ranks``) and define, over arrays of one
    namespace, `_support`, `_terms` or `_log_density`, `_expect` and `_sample`; `_entropy`, `_cdf` and `_quantile` where
    the defaults do not do.
    """

    #: Whether it is a law of whole numbers, and has a mass where the others have a density.
    discrete: ClassVar[bool] = False
    #: How many axes one draw has.
    event_rank: ClassVar[int] = 0

    # --- what users call ---------------------------------------------------------------------------------------------

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The broadcast shape of the parameters, without their event axes."""
        ranks = self.requirements()
        shapes = {name: shape_of(name, value) for name, value in self.parameters().items()}
        batches = [shape[: len(shape) - ranks[name][1]] for name, shape in shapes.items()]
        return broadcast_shape(batches)

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The shape of one draw."""
        return ()

    def log_density(self, x: Array, *, validate: bool = True) -> Array:
        """The log density (log mass where discrete) at x in nats; −inf outside the support, with zero gradient there.

        Args:
            x: points, any real numbers and ±inf, of a shape that broadcasts with the parameters'.
            validate: read the parameters and raise on invalid ones; otherwise they give NaN.

        Returns:
            An array of the broadcast shape.

        Raises:
            TypeError, ValueError: invalid parameters, or arrays that do not fit each other.
        """
        inputs, (law,), (points,) = bring({"": self}, {"x": (x, ANY, self._own_rank)}, validate=validate)
        with inputs.quiet():
            return inputs.result(law._log_density_everywhere(points, inputs.xp))

    def cdf(self, x: Array, *, validate: bool = True) -> Array:
        """P(X ≤ x).

        Args:
            x: points, any real numbers and ±inf.
            validate: as in `log_density`.

        Raises:
            ValueError: the family has no distribution function here; or as in `log_density`.
        """
        inputs, (law,), (points,) = bring({"": self}, {"x": (x, ANY, self._own_rank)}, validate=validate)
        with inputs.quiet():
            return inputs.result(law._cdf_everywhere(points, inputs.xp))

    def entropy(self, *, validate: bool = True) -> Array:
        """The entropy (differential where not discrete) in nats, of the batch shape; by certified sums if need be."""
        inputs, (law,), _ = bring({"": self}, validate=validate)
        with inputs.quiet():
            value = law._entropy(inputs.xp)
            if value is None:
                from divergences.quadrature import entropy_by_quadrature

                value = entropy_by_quadrature(law, self.batch_shape, inputs.xp)
            return inputs.result(shaped(value, self.batch_shape, inputs.xp))

    def expect(self, statistic: Statistic, *, validate: bool = True) -> Array | None:
        """E[s(X)] for a statistic s of the table, ±inf where it is infinite; None where the table has no entry."""
        inputs, (law, function), _ = bring({"": self, "statistic": statistic}, validate=validate)
        with inputs.quiet():
            value = law._expect(function, inputs.xp)
            return None if value is None else inputs.result(value)

    def sample(self, shape: tuple[int, ...] = (), *, rng: Any, validate: bool = True) -> Array:
        """Independent draws of shape ``shape + batch_shape + event_shape``.

        Args:
            shape: of the draws.
            rng: a ``numpy.random.Generator``, or for torch parameters a ``torch.Generator`` on their device.
            validate: as in `log_density`.
        """
        inputs, (law,), _ = bring({"": self}, validate=validate)
        noise = Noise.of(rng, inputs)
        with inputs.quiet():
            return inputs.result(law._sample(noise, (*shape, *self.batch_shape), inputs.xp))

    @property
    def _own_rank(self) -> int:
        """How many axes of a draw are not axes of parameters, too."""
        return self.event_rank

    # --- what families define, over arrays of one namespace ----------------------------------------------------------

    def _support(self, xp: Any) -> Support:
        raise NotImplementedError

    def _terms(self, xp: Any) -> Terms | None:
        """The log density on the support as a sum; None where it is no sum of statistics."""
        return None

    def _expect(self, statistic: Statistic, xp: Any) -> Array | None:
        return None

    def _diverges(self, statistic: Statistic, xp: Any) -> Any:
        """Where E[s] is certainly +∞ although the table may have no entry: a truth value, or a mask of them."""
        if not isinstance(statistic, Distance | Softplus):
            return False
        mean = self._expect(Linear(statistic.center, statistic.scale), xp)
        if mean is None or special.symbolic(xp):
            return False
        # A variable without a mean has none of its distances either; log(1 + e^−z) grows to the left alone.
        center = 0 * statistic.center
        endless = isinstance(statistic, Distance) or self._support(xp).low is REAL_LINE.low
        return (xp.abs(mean) == math.inf) | (xp.isnan(mean) & ~xp.isnan(center)) if endless else False

    def _certain(self, xp: Any) -> tuple[Array, Array] | None:
        """Where all mass is at one point, and which; None for families that have no such laws."""
        return None

    def _coordinate(self, xp: Any) -> Coordinate:
        """Where integrals under the law are taken; over numbers, with hints of where it lives."""
        support = self._support(xp)
        logarithmic = not special.symbolic(xp) and support.low == 0 and support.high == math.inf
        center, spread = self._whereabouts(logarithmic, xp)
        if support.low == -math.inf:
            return line(center, spread)
        if support.high == math.inf:
            return logarithm(center, spread)
        return interval(support.low, support.high, center, spread)

    def _whereabouts(self, logarithmic: bool, xp: Any) -> tuple[float, float]:
        """A center and a spread of x, or of log x, from the table."""
        if special.symbolic(xp):
            return 0.0, 1.0
        mean = self._expect(Log() if logarithmic else Linear(), xp)
        if mean is None:
            return 0.0, 1.0
        square = self._expect(HalfLogSquare(mean) if logarithmic else HalfSquare(mean), xp)
        spread = 1.0 if square is None or not 0 < float(square) < math.inf else math.sqrt(2 * float(square))
        return float(mean), spread

    def _log_density(self, x: Array, xp: Any) -> Array:
        """The log density at points of the support."""
        terms = self._terms(xp)
        if terms is None:
            raise NotImplementedError(f"{type(self).__name__} states neither terms nor a log density")
        value, rest = terms
        for coefficient, statistic in rest:
            value = value + weighted(coefficient, statistic(x, xp), xp)
        return value

    def _entropy(self, xp: Any) -> Array | None:
        """The entropy; None where it has no closed form."""
        return entropy_from_table(self, xp)

    def _cdf(self, x: Array, xp: Any) -> Array:
        """The distribution function at points of the support."""
        raise ValueError(f"{type(self).__name__} has no distribution function in closed form")

    def _quantile(self, u: Array, xp: Any) -> Array | None:
        """The quantile at u in (0, 1); None where it has no closed form."""
        return None

    def _sample(self, noise: Noise, shape: tuple[int, ...], xp: Any) -> Array:
        """Draws of the shape, in which the batch shape is the last part."""
        value = self._quantile(noise.uniform(shape), xp)
        if value is None:
            raise NotImplementedError(f"{type(self).__name__} states no way of sampling")
        return value

    def _log_density_everywhere(self, x: Array, xp: Any) -> Array:
        support = self._support(xp)
        outside = support.outside(x, xp)
        # The formula runs at a harmless point where x is outside, so that its gradient there is an exact zero.
        return xp.where(outside, -math.inf, self._log_density(xp.where(outside, support.inside, x), xp))

    def _cdf_everywhere(self, x: Array, xp: Any) -> Array:
        support = self._support(xp)
        x = xp.floor(x) if support.whole else x
        below, above = x < support.low, x >= support.high
        inside = self._cdf(xp.where(below | above, support.inside, x), xp)
        return xp.where(below, 0.0, xp.where(above, 1.0, inside))


def weighted(coefficient: Array, value: Array, xp: Any) -> Array:
    """coefficient · value, with 0 · (±inf) = (±inf) · 0 = 0: a term that a parameter takes out of a density."""
    if special.symbolic(xp):
        return coefficient * value
    nothing = (coefficient == 0) & (xp.abs(value) == math.inf)
    if not isinstance(coefficient, int | float):
        never = (value == 0) & (xp.abs(coefficient) == math.inf)
        coefficient = xp.where(never, 1.0, coefficient)
    return coefficient * xp.where(nothing, 1.0, value)


def entropy_from_table(law: Law, xp: Any) -> Array | None:
    r""":math:`-c_0 - \sum_i c_i E[s_i]`; None where the table lacks an entry."""
    terms = law._terms(xp)
    if terms is None:
        return None
    value, rest = terms
    value = -value
    for coefficient, statistic in rest:
        mean = law._expect(statistic, xp)
        if mean is None:
            return None
        value = value - weighted(coefficient, mean, xp)
    return value


def broadcast_shape(shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    common: tuple[int, ...] = ()
    for own in shapes:
        if own == common or not own:
            continue
        rank = max(len(common), len(own))
        pairs = zip((1,) * (rank - len(common)) + common, (1,) * (rank - len(own)) + own, strict=True)
        common = tuple(b if a == 1 else a for a, b in pairs)
    return common


def shaped(value: Array, shape: tuple[int, ...], xp: Any) -> Array:
    """A value that depends on some of the parameters only, in the shape of all of them."""
    if tuple(getattr(value, "shape", ())) == shape:
        return value
    return xp.broadcast_to(value, shape)
