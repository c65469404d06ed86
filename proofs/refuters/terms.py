"""Expressions made of exact numbers, written as a person would write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import reduce

from proofs.language import tree as t


def number(value: Fraction) -> t.Number:
    """A number that prints as its digits."""
    return t.Number(value, str(value) if value.denominator == 1 else "")


def scaled(factor: Fraction, expr: t.Expr) -> t.Expr:
    """A multiple, and the expression itself for 1."""
    return expr if factor == 1 else number(factor) * expr


def product_of(parts: Iterable[t.Expr]) -> t.Expr:
    """The product, left-nested; of one part the part itself."""
    return reduce(t.Mul, parts)


def sum_of(terms: Sequence[tuple[Fraction, t.Expr | None]]) -> t.Expr:
    """A sum of multiples, those of nothing (None) gathered in one number at its end."""
    constant = sum((c for c, x in terms if x is None), Fraction(0))
    total: t.Expr | None = None
    for factor, x in terms:
        if x is not None and factor != 0:
            part = scaled(abs(factor) if total is not None else factor, x)
            total = part if total is None else (total + part if factor > 0 else total - part)
    if total is None:
        return number(constant)
    if constant == 0:
        return total
    return total + number(constant) if constant > 0 else total - number(-constant)
