"""Exact rationals as a person writes them: short ones digit by digit, long ones by their powers of two."""

from __future__ import annotations

from fractions import Fraction

_SHORT = 10**7
_SMALL = 10**4


def written(value: Fraction) -> str:
    """The value, with ``^`` for powers.

    >>> small = Fraction(1, 2**60)
    >>> written(Fraction(2, 3)), written(small), written(1 - small), written(1 + 1 / small)
    ('2/3', '2^-60', '1 - 2^-60', '2^60 + 1')
    """
    numerator, denominator = value.numerator, value.denominator
    if denominator == 1:
        return whole(numerator)
    power = denominator.bit_length() - 1
    if denominator == 2**power and denominator >= _SHORT:
        if abs(numerator) == 1:
            return f"{'-' if numerator < 0 else ''}2^-{power}"
        if numerator == denominator - 1:
            return f"1 - 2^-{power}"
    parts = (part if part.lstrip("-").isdigit() else f"({part})" for part in (whole(numerator), whole(denominator)))
    return "/".join(parts)


def whole(number: int, power: str = "^") -> str:
    """A whole number, by the nearest power of two where it is long and that is near.

    >>> whole(2**100 - 1, "**"), whole(3 * 2**100)
    ('2**100 - 1', '3*2^100')
    """
    size = abs(number)
    if size < _SHORT:
        return str(number)
    sign = "-" if number < 0 else ""
    twos = (size & -size).bit_length() - 1
    odd = size >> twos
    if odd == 1:
        return f"{sign}2{power}{twos}"
    if odd < _SMALL:
        return f"{sign}{odd}*2{power}{twos}"
    nearest = min((size.bit_length() - 1, size.bit_length()), key=lambda k: abs(size - 2**k))
    rest = size - 2**nearest
    if abs(rest) < _SMALL and number > 0:
        return f"2{power}{nearest} {'+' if rest > 0 else '-'} {abs(rest)}"
    return str(number)
