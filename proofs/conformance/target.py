"""What an implementation is held against: a formula with named parameters, their domains, and its certified values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sympy
from flint import arb

from divergences.domains import POSITIVE, REAL, Domain
from divergences.families.law import Law
from divergences.families.parameters import bring
from divergences.kl import kl, kl_report
from proofs.conformance.truth import Undecided, Value, certified


@dataclass(frozen=True, eq=False)
class Target:
    """A divergence as a function of numbers.

    Args:
        name: how reports call it.
        domains: of each parameter, by the keyword that an implementation takes it by.
        expression: the value, in symbols of those names.
        partners: which parameter of the second law is at equality the same as which of the first; empty where the laws
            are of different families and equality has no such form.
        second: the parameters of the second law, where `partners` does not name them.
        integral: the certified value where the expression is an integral, which has no gradient here.
        laws: makes both laws from a point, where parameters may be admissible only together.
    """

    name: str
    domains: Mapping[str, Domain]
    expression: sympy.Expr
    partners: Mapping[str, str] = field(default_factory=dict)
    second: tuple[str, ...] = ()
    integral: Callable[[Mapping[str, float]], Value] | None = None
    laws: Callable[[Mapping[str, float]], tuple[Law, Law]] | None = None

    @cached_property
    def sides(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The parameters of the first law and those of the second."""
        second = tuple(self.second or self.partners)
        return tuple(name for name in self.domains if name not in second), second

    @cached_property
    def symbols(self) -> dict[str, sympy.Symbol]:
        """The symbol of each parameter, whatever it was assumed to be."""
        found = {symbol.name: symbol for symbol in self.expression.free_symbols}
        return {name: found.get(name, sympy.Symbol(name)) for name in self.domains}

    @cached_property
    def derivatives(self) -> dict[str, sympy.Expr]:
        return {name: sympy.diff(self.expression, symbol) for name, symbol in self.symbols.items()}

    def value(self, point: Mapping[str, float]) -> Value:
        """The certified value; exactly zero where the laws are the same.

        Raises:
            Undecided: there is none, as where there are no such laws.
        """
        if self.laws is not None:
            try:
                bring(dict(zip("pq", self.laws(point), strict=True)), validate=True)
            except ValueError as error:
                raise Undecided(str(error)) from None
        if self.is_equal(point):
            return certified(sympy.Integer(0), {})
        if self.integral is not None:
            return self.integral(point)
        return certified(self.expression, {self.symbols[name]: value for name, value in point.items()})

    def gradient(self, point: Mapping[str, float]) -> dict[str, Value]:
        """The certified derivative in each parameter.

        Raises:
            Undecided: there is none.
        """
        if self.integral is not None:
            raise Undecided("no certified derivative of an integral")
        at = {self.symbols[name]: value for name, value in point.items()}
        return {name: certified(derivative, at) for name, derivative in self.derivatives.items()}

    def is_equal(self, point: Mapping[str, float]) -> bool:
        """Whether both laws are the same because their parameters are."""
        return bool(self.partners) and all(point[first] == point[second] for second, first in self.partners.items())


def of_pair(p: type[Law], q: type[Law], *, suffixes: tuple[str, str] = ("_p", "_q")) -> Target:
    """KL(p ‖ q), with the parameters of each law and a suffix as names: ``loc_p``, ``scale_p``, ``loc_q``, ...

    Where the divergence has no closed form, certified quadrature gives the values.

    >>> from divergences.families import Normal
    >>> list(of_pair(Normal, Normal).domains)
    ['loc_p', 'scale_p', 'loc_q', 'scale_q']
    """
    sides = []
    for law, suffix in zip((p, q), suffixes, strict=True):
        # A family that takes either of probs and logits is held to probs.
        names = [name for name in law.domains if not (name == "logits" and "probs" in law.domains)]
        sides.append({name: (name + suffix, law.domains[name]) for name in names})
    symbols = [{name: _symbol(full, domain) for name, (full, domain) in side.items()} for side in sides]
    expression = sympy.sympify(kl(p(**symbols[0]), q(**symbols[1])))
    domains = {full: domain for side in sides for full, domain in side.values()}
    second = tuple(full for full, _ in sides[1].values())
    same = {sides[1][name][0]: sides[0][name][0] for name in sides[0]} if p is q else {}
    name = f"KL({p.__name__} ‖ {q.__name__})"

    def laws(point: Mapping[str, float]) -> tuple[Law, Law]:
        first, second = (
            law(**{key: point[full] for key, (full, _) in side.items()})
            for law, side in zip((p, q), sides, strict=True)
        )
        return first, second

    if not expression.has(sympy.Integral):
        return Target(name, domains, expression, same, second, laws=laws)
    return Target(name, domains, expression, same, second, lambda point: _by_quadrature(*laws(point)), laws)


def _by_quadrature(p: Law, q: Law) -> Value:
    try:
        report = kl_report(p, q)
    except (ValueError, ArithmeticError) as error:
        raise Undecided(str(error)) from None
    value, bound = float(report.value), float(report.error_bound)
    if value == math.inf:
        return value
    if not bound <= 1e-10 * abs(value):
        raise Undecided(f"certified only to {bound:.0e}")
    return arb(value, bound)


def _symbol(name: str, domain: Domain) -> sympy.Symbol:
    return sympy.Symbol(name, positive=True) if domain.low >= 0 else sympy.Symbol(name, real=True)


def of_claim(text: str) -> Target:
    """What a claim says: the last expression of its last chain of equalities, or a single divergence of named laws.

    Raises:
        ValueError: the text is no such claim.

    >>> target = of_claim("KL(Normal(mean_q, std_q) || Normal(mean_p, std_p))")
    >>> sorted(target.domains)
    ['mean_p', 'mean_q', 'std_p', 'std_q']
    """
    from proofs.certifier.points import free_of
    from proofs.language import expand, read
    from proofs.outcome import Unsupported
    from proofs.provers.helpers import equality_chain
    from proofs.provers.symbolic import symbols_of
    from proofs.provers.to_sympy import convert

    alone = not any(sign in text.replace("||", "") for sign in ("=", "<", ">"))
    claim = expand(read(f"{text} = 0" if alone else text))
    try:
        chain = claim.chains[equality_chain(claim)]
        step = chain.steps[0] if alone else chain.steps[-1]
        wanted = step.left if alone else step.right
        names = symbols_of(step, claim)
        expression = _of_named_laws(wanted, names) if alone else convert(wanted, names)
    except Unsupported as reason:
        raise ValueError(f"target must be a closed form, got {text!r}: {reason}") from None
    free = sorted(free_of(step, claim))
    scalars = claim.scalars()
    # The divergence may stand on any side of the equalities.
    partners = next(filter(None, (_partners(side) for each in chain.steps for side in (each.left, each.right))), {})
    return Target(text.strip(), {name: _domain(scalars.get(name)) for name in free}, expression, partners)


def _of_named_laws(expr: Any, names: Any) -> sympy.Expr:
    """The divergence by the formulas of this library, where both laws are families of it."""
    from divergences import families
    from proofs.language import tree as t
    from proofs.provers.to_sympy import convert

    if isinstance(expr, t.Divergence) and expr.kind == "KL":
        laws = []
        for side in (expr.left.density, expr.right.density):
            if not isinstance(side, t.Named) or not hasattr(families, side.law):
                return convert(expr, names)
            family = getattr(families, side.law)
            laws.append(family(*(convert(parameter, names) for parameter in side.parameters)))
        return sympy.sympify(kl(*laws))
    return convert(expr, names)


def _partners(expr: Any) -> dict[str, str]:
    """Which names are the same at equality, where both laws are of one family and every parameter is a name."""
    from proofs.language import tree as t

    if not isinstance(expr, t.Divergence):
        return {}
    first, second = expr.left.density, expr.right.density
    if not (isinstance(first, t.Named) and isinstance(second, t.Named)) or first.law != second.law:
        return {}
    pairs = list(zip(first.parameters, second.parameters, strict=True))
    if not all(isinstance(side, t.Symbol) for pair in pairs for side in pair):
        return {}
    return {b.name: a.name for a, b in pairs if a != b}  # type: ignore[attr-defined]


def _domain(scalar: Any) -> Domain:
    if scalar is None or scalar.low is None:
        return REAL
    if scalar.integer:
        return Domain("a whole number", low=float(scalar.low), low_closed=scalar.closed[0], whole=True)
    if scalar.high is not None:
        low, high = float(scalar.low), float(scalar.high)
        if (low, high) == (0.0, 1.0):
            return Domain("in (0, 1)", low=0.0, high=1.0)
        return Domain(f"in ({low}, {high})", low=low, high=high)
    return POSITIVE if scalar.low == 0 else Domain(f"above {scalar.low}", low=float(scalar.low))
