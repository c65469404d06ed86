"""A function of one variable as a linear combination of the statistics that tables of moments know."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from proofs.outcome import Unsupported

MAX_TERMS = 2000


@dataclass(frozen=True)
class Statistic:
    """The function x^power e^(square x² + exponential x) (log x)^logs times the `others`."""

    power: sp.Expr = sp.S.Zero
    exponential: sp.Expr = sp.S.Zero
    square: sp.Expr = sp.S.Zero
    logs: int = 0
    others: tuple[sp.Expr, ...] = ()

    def only_others(self) -> bool:
        """Whether nothing but the `others` depends on the variable."""
        return self.power == 0 and self.exponential == 0 and self.square == 0 and self.logs == 0

    def is_constant(self) -> bool:
        """Whether it is the function 1."""
        return not self.others and self.only_others()

    def others_product(self) -> sp.Expr:
        """The product of the `others`."""
        return sp.Mul(*self.others)


def statistics(body: sp.Expr, x: sp.Symbol) -> list[tuple[sp.Expr, Statistic]]:
    """The coefficients and statistics of a sum.

    >>> x, a = sp.Symbol("x", positive=True), sp.Symbol("a", positive=True)
    >>> [(c, s.power, s.logs) for c, s in statistics(3 * x**a * sp.log(x) + 2, x)]
    [(2, 0, 0), (3, a, 1)]
    """
    expanded = sp.expand(sp.expand_log(sp.expand(body)), power_exp=False)
    expanded = sp.expand(sp.powsimp(sp.expand_log(sp.expand_power_base(expanded))), power_exp=False, power_base=True)
    terms = sp.Add.make_args(expanded)
    if len(terms) > MAX_TERMS:
        raise Unsupported("an integrand with too many terms")
    return sorted(
        (_statistic(term, x) for term in terms if term != 0), key=lambda found: (str(found[1].power), found[1].logs)
    )


def _statistic(term: sp.Expr, x: sp.Symbol) -> tuple[sp.Expr, Statistic]:
    coefficient, rest = term.as_independent(x, as_Add=False)
    power = exponential = square = sp.Integer(0)
    logs, others = 0, []
    for factor in sp.Mul.make_args(rest):
        base, exponent = factor.as_base_exp()
        if factor == 1:
            continue
        if base == x and not exponent.has(x):
            power += exponent
        elif base == sp.log(x) and exponent.is_Integer and exponent > 0:
            logs += int(exponent)
        elif not base.has(x) and base.is_positive:
            # exp(c log x + quadratic) in pieces
            for part in sp.Add.make_args(sp.expand(sp.expand_log(exponent * (1 if base == sp.E else sp.log(base))))):
                slope = sp.cancel(part / sp.log(x)) if part.has(sp.log(x)) else part
                if part.is_polynomial(x) and sp.degree(part, x) <= 2:
                    c2, c1, c0 = (sp.Poly(part, x).coeff_monomial(x**i) for i in (2, 1, 0))
                    square, exponential, coefficient = square + c2, exponential + c1, coefficient * sp.exp(c0)
                elif not slope.has(x):
                    power += slope
                else:
                    others.append(sp.exp(part))
        else:
            others.append(factor)
    return coefficient, Statistic(power, exponential, square, logs, tuple(others))
