r"""KL(p ‖ q) for any two laws: the closed form of the pair where one is known, else the families' own tables.

.. math:: \mathrm{KL}(p \,\|\, q) = E_p\Big[\log\frac{p(x)}{q(x)}\Big] \in [0, \infty]
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from divergences import gaussian_blocks, special
from divergences.expectation import is_infinite, kl_from_tables
from divergences.families.independent import Independent, Mixture
from divergences.families.law import Law, broadcast_shape, shaped
from divergences.families.normal import Normal
from divergences.families.parameters import bring
from divergences.libraries import Array
from divergences.namespace import Inputs
from divergences.reading import truth

Route = Literal["closed form", "expectations", "quadrature", "infinite"]
Form = Callable[[Any, Any, Any], Array | None]
F = TypeVar("F", bound=Form)

_FORMS: dict[tuple[type[Law], type[Law]], Form] = {}

#: The relative error of a closed form, in eps (numerics.md: forward accuracy is the contract).
CLOSED_FORM_EPS = 64


@dataclass(frozen=True)
class KlReport:
    """A divergence, and how it was had.

    Args:
        value: KL(p ‖ q) in nats, of the broadcast batch shape.
        route: ``"closed form"``, ``"expectations"`` (from the families' tables), ``"quadrature"`` (certified) or
            ``"infinite"`` (all are +inf: p has mass outside the support of q, or tails that are too heavy for q).
        error_bound: a bound on the absolute error; certified for quadrature, in eps of the terms otherwise.
    """

    value: Array
    route: Route
    error_bound: Array


def closed_form(first: type[Law], second: type[Law]) -> Callable[[F], F]:
    """Registers ``form(p, q, xp)`` as the closed form of KL(first ‖ second).

    The form takes laws over validated, broadcastable arrays of the namespace xp. It is ≥ 0, exactly 0 at equality and
    +inf exactly where the supports demand it; it depends on every parameter, so that it has the batch shape. None
    says that it does not hold for these parameters, and the other routes are taken.
    """

    def register(form: F) -> F:
        if (first, second) in _FORMS:
            raise ValueError(f"KL({first.__name__} ‖ {second.__name__}) has a closed form already")
        _FORMS[first, second] = form
        return form

    return register


def form_of(first: type[Law], second: type[Law]) -> Form | None:
    """The closed form of a pair of families, where one is known."""
    import divergences.pairs  # noqa: F401  (the forms; they import this module)

    return _FORMS.get((first, second))


def kl(p: object, q: object, *, validate: bool = True) -> Array:
    r"""The Kullback–Leibler divergence KL(p ‖ q) in nats.

    .. math:: \mathrm{KL}(p \,\|\, q) = E_p[\log p(x) - \log q(x)]

    Args:
        p: the law that the expectation is under: one of `divergences.families`, a torch distribution, or a frozen
            law of scipy.stats.
        q: the other one, with parameters of the same array library; batch shapes broadcast, event shapes agree.
        validate: read the parameters and raise on invalid ones, as in `divergences.kl_gaussian`.

    Returns:
        The divergences, of the broadcast batch shape: ≥ 0, and +inf where p has mass outside the support of q.

    Raises:
        TypeError: array libraries are mixed, or an argument is no law.
        ValueError: invalid parameters, event shapes that differ, or batch shapes that do not broadcast.

    Reference: Kullback and Leibler (1951), On Information and Sufficiency, equation 2.6.

    >>> from divergences.families import Normal
    >>> float(kl(Normal(1.0, 1.0), Normal(0.0, 1.0)))
    0.5
    """
    if type(p) is Normal and type(q) is Normal:
        plain = gaussian_blocks.kl(p.loc, p.scale, q.loc, q.scale)
        if plain is not None:
            return plain
    return kl_report(p, q, validate=validate).value


def kl_report(p: object, q: object, *, validate: bool = True) -> KlReport:
    r"""`kl` in nats, with the route that was taken and a bound on the error.

    .. math:: |\text{value} - \mathrm{KL}(p \,\|\, q)| \le \text{error\_bound}

    Args:
        p: the law that the expectation is under, as in `kl`.
        q: the other one.
        validate: as in `kl`.

    Returns:
        The report; its arrays have the broadcast batch shape.

    Raises:
        TypeError, ValueError: as `kl` does.

    Reference: Johansson (2018), Numerical integration in arbitrary-precision ball arithmetic, section 2.

    >>> from divergences.families import Gamma, Gumbel, Logistic, LogNormal
    >>> kl_report(Gamma(2.0, 1.0), LogNormal(0.0, 1.0)).route
    'expectations'
    >>> kl_report(Gumbel(0.0, 1.0), Logistic(0.0, 1.0)).route
    'quadrature'
    """
    p, q = _law("p", p), _law("q", q)
    if p.event_shape != q.event_shape:
        raise ValueError(f"event shapes must agree, got {p.event_shape} of p and {q.event_shape} of q")
    inputs, (first, second), _ = bring({"p": p, "q": q}, validate=validate)
    with inputs.quiet():
        return _report(first, second, inputs)


def _law(name: str, given: object) -> Law:
    if isinstance(given, Law):
        return given
    from divergences.interop import law

    try:
        return law(given)
    except TypeError as error:
        raise TypeError(f"{name} must be a law: {error}") from None


def _report(p: Law, q: Law, inputs: Inputs) -> KlReport:
    xp = inputs.xp
    shape = broadcast_shape([p.batch_shape, q.batch_shape])

    def report(value: Array, route: Route, error_bound: Array) -> KlReport:
        return KlReport(inputs.result(shaped(value, shape, xp)), route, inputs.result(shaped(error_bound, shape, xp)))

    if isinstance(p, Independent) and isinstance(q, Independent):
        each = _report(p.base_distribution, q.base_distribution, inputs)
        return report(p.summed(each.value, xp), each.route, p.summed(each.error_bound, xp))
    form = form_of(type(p), type(q))
    value = None if form is None else form(p, q, xp)
    if value is not None:
        return report(value, "closed form", CLOSED_FORM_EPS * _eps(inputs) * value)
    if p.event_rank:
        raise ValueError(f"no divergence of {type(p).__name__} from {type(q).__name__} is known")
    if isinstance(p, Mixture) or isinstance(q, Mixture):
        if p.discrete != q.discrete:
            return report(_zeros(p, xp) + _zeros(q, xp) + math.inf, "infinite", _zeros(p, xp) + _zeros(q, xp))
        from divergences.mixtures import kl_of_mixtures

        value, error_bound = kl_of_mixtures(p, q, shape, xp)
        return report(value, "quadrature", error_bound)
    infinite = is_infinite(p, q, xp)
    if infinite is True or (infinite is not False and not special.symbolic(xp) and truth(xp.all(infinite))):
        zero = _zeros(p, xp) + _zeros(q, xp)
        return report(zero + math.inf, "infinite", zero)
    derived = kl_from_tables(p, q, xp)
    if derived is not None:
        value, size = derived
        return report(value, "expectations", CLOSED_FORM_EPS * _eps(inputs) * size)
    from divergences.quadrature import kl_by_quadrature

    value, error_bound = kl_by_quadrature(p, q, infinite, shape, xp)
    return report(value, "quadrature", error_bound)


def _zeros(law: Law, xp: Any) -> Array:
    """Zeros of the batch shape, with NaN where a parameter is."""
    total: Any = 0
    for name, value in law.parameters().items():
        each = 0 * value if special.symbolic(xp) else xp.where(xp.isnan(value), value, xp.zeros_like(value))
        for _ in range(law.requirements()[name][1]):
            each = xp.sum(each, axis=-1)
        total = total + each
    return total


def _eps(inputs: Inputs) -> float:
    return 0 if inputs.dtype is None else float(inputs.xp.finfo(inputs.values[0].dtype).eps)
