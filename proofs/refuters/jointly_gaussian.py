"""A family as a jointly Gaussian law with rational parameters: its marginals and conditionals are exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import isqrt

from proofs.language import tree as t
from proofs.refuters.laws import factors, stem_of
from proofs.refuters.terms import number, product_of, scaled, sum_of


class JointlyGaussian:
    """Each generated variable is an affine function of those before it and of the given ones, with Gaussian noise.

    Args:
        family: the declared family, whose structure is respected.
        numbers: for each variable in order an intercept, its coefficients, and the standard deviation of its noise;
            where there is one variable only, the weight and the offset of a second component.
    """

    def __init__(self, family: t.Family, numbers: Sequence[Fraction]) -> None:
        self._slots, self._given = _ordered(family), family.given
        rest = list(numbers)
        #: Mean of each variable: its constant, and its coefficients of the given variables.
        self._means: list[list[Fraction]] = []
        self._covariance: list[list[Fraction]] = []
        for i, stem in enumerate(self._slots):
            width = i + len(self._given) + 2
            (intercept, *coefficients, scale), rest = rest[:width], rest[width:]
            parents = _parents(family, stem)
            before = [
                c if earlier in parents else Fraction(0)
                for c, earlier in zip(coefficients[:i], self._slots[:i], strict=True)
            ]
            mean = [intercept, *coefficients[i:]]
            for c, other in zip(before, self._means, strict=True):
                mean = [a + c * b for a, b in zip(mean, other, strict=True)]
            row = [sum((c * self._covariance[k][j] for k, c in enumerate(before)), Fraction(0)) for j in range(i)]
            variance = scale**2 + sum((c * row[k] for k, c in enumerate(before)), Fraction(0))
            for j, value in enumerate(row):
                self._covariance[j].append(value)
            self._covariance.append([*row, variance])
            self._means.append(mean)
        self._second = rest  # the weight of a second component, and how far off it lies

    def density(self, node: t.Density) -> t.Expr:
        """A density of the family: a product of the laws of its variables, each given those before it."""
        at = {stem_of(variable): variable for variable in node.generated + node.given}
        known = [i for i, stem in enumerate(self._slots) if stem in {stem_of(v) for v in node.given}]
        parts = []
        for variable in node.generated:
            i = self._slots.index(stem_of(variable))
            parts.append(self._one(variable, i, known, at))
            known = [*known, i]
        return product_of(parts)

    def _one(self, variable: t.Variable, i: int, known: list[int], at: Mapping[str, t.Variable]) -> t.Expr:
        """The law of the i-th variable given the known ones."""
        covariance = self._covariance
        weights = _solve([[covariance[j][k] for k in known] for j in known], [covariance[i][j] for j in known])
        mean, variance = list(self._means[i]), covariance[i][i]
        for weight, j in zip(weights, known, strict=True):
            mean = [a - weight * b for a, b in zip(mean, self._means[j], strict=True)]
            variance -= weight * covariance[i][j]
        terms: list[tuple[Fraction, t.Expr | None]] = [(mean[0], None)]
        terms += [(c, at[stem]) for c, stem in zip(mean[1:], self._given, strict=True) if c]
        terms += [(weight, at[self._slots[j]]) for weight, j in zip(weights, known, strict=True)]
        first = _normal(variable, sum_of(terms), variance)
        if not self._second or self._second[0] == 0:
            return first
        weight, shift = self._second
        return scaled(1 - weight, first) + scaled(weight, _normal(variable, sum_of([*terms, (shift, None)]), variance))


def _normal(variable: t.Variable, mean: t.Expr, variance: Fraction) -> t.Expr:
    root = Fraction(isqrt(variance.numerator), isqrt(variance.denominator))
    if root**2 == variance:
        return t.Named("Normal", variable, (mean, number(root)))
    return t.Named("N", variable, (mean, number(variance)))


def _ordered(family: t.Family) -> tuple[str, ...]:
    """The generated slots, each after those that its structure conditions it on."""
    if family.structure is None:
        return family.generated
    placed: list[str] = []
    while len(placed) < len(family.generated):
        placed += [s for s in family.generated if s not in placed and _parents(family, s) <= {*placed, *family.given}]
    return tuple(placed)


def _parents(family: t.Family, stem: str) -> frozenset[str]:
    """The variables that a slot is drawn given; all others where no structure is declared."""
    for factor in factors(family.structure) if family.structure is not None else ():
        assert isinstance(factor, t.Density)
        generated = [stem_of(variable) for variable in factor.generated]
        if stem in generated:
            before = generated[: generated.index(stem)]
            return frozenset((*before, *(stem_of(variable) for variable in factor.given)))
    return frozenset(family.generated + family.given) - {stem}


def _solve(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """The solution of a positive definite system, by elimination."""
    rows = [[*row, b] for row, b in zip(matrix, right, strict=True)]
    for i, pivot in enumerate(rows):
        rows[i] = pivot = [x / pivot[i] for x in pivot]
        for j, row in enumerate(rows):
            if j != i:
                rows[j] = [a - row[i] * b for a, b in zip(row, pivot, strict=True)]
    return [row[-1] for row in rows]
