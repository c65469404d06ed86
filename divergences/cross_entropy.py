"""The cross-entropy of two laws of one variable: by the families' tables, else as a divergence and an entropy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from divergences.expectation import is_infinite
from divergences.families.law import broadcast_shape, shaped, weighted
from divergences.families.parameters import bring
from divergences.kl import CLOSED_FORM_EPS, Route, _eps, _law, kl_report
from divergences.libraries import Array
from divergences.reading import truth
from divergences.special import symbolic


@dataclass(frozen=True)
class CrossEntropyReport:
    """A cross-entropy, and how it was had.

    Args:
        value: H(p, q) in nats, of the broadcast batch shape.
        route: ``"expectations"`` where the tables of the families give it; else the route of the divergence that the
            entropy of p was added to, as in `divergences.KlReport`.
        error_bound: a bound on the absolute error, up to a few eps of the terms that were added.
    """

    value: Array
    route: Route
    error_bound: Array


def cross_entropy_report(p: object, q: object, *, validate: bool = True) -> CrossEntropyReport:
    r"""The cross-entropy of two laws in nats, with the route that was taken and a bound on the error.

    .. math:: H(p, q) = -E_p[\log q(x)] = H(p) + \mathrm{KL}(p \,\|\, q)

    Args:
        p: the law that the expectation is under, as in `divergences.kl`.
        q: the other one, of any family; batch shapes broadcast.
        validate: as in `divergences.kl`.

    Returns:
        The report; +inf where p has mass outside the support of q.

    Raises:
        TypeError, ValueError: as in `divergences.kl`, or where the entropy of p is not known.

    Reference: Cover and Thomas (2006), Elements of Information Theory, section 5.4.

    >>> from divergences.families import Normal
    >>> float(cross_entropy_report(Normal(0.0, 1.0), Normal(1.0, 1.0)).value)
    1.91893853320...
    """
    first, second = _law("p", p), _law("q", q)
    if first.event_shape == second.event_shape == ():
        inputs, (a, b), _ = bring({"p": first, "q": second}, validate=validate)
        shape, xp = broadcast_shape([first.batch_shape, second.batch_shape]), inputs.xp
        with inputs.quiet():
            terms = b._terms(xp)
            means = [a._expect(statistic, xp) for _, statistic in terms[1]] if terms is not None else [None]
            if terms is not None and all(mean is not None for mean in means) and _finite(is_infinite(a, b, xp), xp):
                parts = [-terms[0]]
                parts += [-weighted(c, mean, xp) for (c, _), mean in zip(terms[1], means, strict=True)]
                value = sum(parts[1:], parts[0])
                size = sum((xp.abs(part) for part in parts[1:]), xp.abs(parts[0]))
                bound = CLOSED_FORM_EPS * _eps(inputs) * size
                full = (inputs.result(shaped(each, shape, xp)) for each in (value, bound))
                return CrossEntropyReport(next(full), "expectations", next(full))
    report = kl_report(first, second, validate=validate)
    entropy = first.entropy(validate=validate)
    eps = 2.0**-52 if not hasattr(entropy, "dtype") or "64" in str(entropy.dtype) else 2.0**-23
    return CrossEntropyReport(
        report.value + entropy, report.route, report.error_bound + CLOSED_FORM_EPS * eps * abs(entropy)
    )


def _finite(infinite: Any, xp: Any) -> bool:
    """Whether nothing is infinite, as far as can be read."""
    return infinite is False or (not symbolic(xp) and truth(xp.any(infinite)) is False)
