"""Listed probabilities, ``Categorical(x; p_1, p_2, p_3)``: names for all of them, and whether they sum to one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from random import Random

from proofs.language import surface as s
from proofs.language.errors import ClaimError
from proofs.language.laws import VARIADIC_LAWS
from proofs.language.tree import Add, Div, Expr, Mul, Neg, Number, Pow, Sub, walk

_POINTS = 4
_MAX_POWER = 12


def name_probabilities(statements: tuple[s.Statement, ...], source: str) -> tuple[s.Statement, ...]:
    """The statements with definitions of probabilities that are bare names and declared nowhere.

    Any three probabilities are ``w_1/(w_1 + w_2 + w_3)``, ``w_2/(w_1 + w_2 + w_3)``, ``w_3/(w_1 + w_2 + w_3)`` with
    positive numbers w_1, w_2, w_3, and these are probabilities: so ``p_1, p_2, p_3`` are defined as such quotients, of
    positive numbers ``odds_p_1, odds_p_2, odds_p_3``.

    Raises:
        ClaimError: some of the names are probabilities of another law.
    """
    nodes = [node for statement in statements for node in walk(statement)]
    laws = [node for node in nodes if isinstance(node, s.Application) and node.name in VARIADIC_LAWS]
    if not laws:
        return statements
    heads = [head for statement in statements for head in _heads(statement)]
    taken = {node.name for node in nodes if isinstance(node, s.Name)}
    known = {head.name for head in heads}
    if known & VARIADIC_LAWS:
        return statements
    made: list[s.Statement] = []
    groups: list[set[str]] = []
    for law in laws:
        probabilities = law.arguments if law.parameters is None else law.parameters
        names = [part.name for part in probabilities if isinstance(part, s.Name)]
        fresh = len(names) == len(probabilities) > 1 and not known & set(names)
        if not fresh or set(names) in groups:
            continue
        if len(set(names)) < len(names) or any(group & set(names) for group in groups):
            message = f"the probabilities of one `{law.name}` have names of their own, or are written out"
            raise ClaimError(message, source=source, offset=law.at)
        groups.append(set(names))
        made.extend(_defined(law.at, names, taken))
    return (*made, *statements) if made else statements


def _heads(statement: s.Statement) -> tuple[s.Name | s.Application, ...]:
    if isinstance(statement, s.Declare):
        return statement.heads
    return (statement.head,) if isinstance(statement, s.Let) else ()


def _defined(at: int, names: list[str], taken: set[str]) -> Iterator[s.Statement]:
    prefix = "odds"
    while any(f"{prefix}_{name}" in taken for name in names):
        prefix += "s"
    odds = [s.Name(at, f"{prefix}_{name}") for name in names]
    yield s.Declare(at, "positive", tuple(odds), None)
    total: s.Surface = odds[0]
    for other in odds[1:]:
        total = s.Operation(at, "+", total, other)
    for name, one in zip(names, odds, strict=True):
        yield s.Let(at, s.Name(at, name), s.Operation(at, "/", one, s.Group(at, total)), None, ())


def total(probabilities: Sequence[Expr]) -> Fraction | None:
    """What the probabilities sum to, whatever the names in them are; None where that depends on them.

    Names and functions, equal ones alike, are replaced by a few random rationals: rational functions of them that agree
    there are equal but for a negligible chance (Schwartz 1980; Zippel 1979).

    >>> from proofs.language.tree import Number, Symbol
    >>> a = Symbol("a")
    >>> total([a, 1 - a]), total([a, a])
    (Fraction(1, 1), None)
    """
    rng = Random(0)
    found: set[Fraction] = set()
    for _ in range(_POINTS):
        values: dict[Expr, Fraction] = {}
        try:
            found.add(sum((_value(probability, values, rng) for probability in probabilities), Fraction(0)))
        except ZeroDivisionError:
            continue
    return found.pop() if len(found) == 1 else None


def _value(node: Expr, values: dict[Expr, Fraction], rng: Random) -> Fraction:
    match node:
        case Number(value):
            return value
        case Neg(operand):
            return -_value(operand, values, rng)
        case Add(left, right) | Sub(left, right) | Mul(left, right) | Div(left, right):
            first, second = _value(left, values, rng), _value(right, values, rng)
            match node:
                case Add():
                    return first + second
                case Sub():
                    return first - second
                case Mul():
                    return first * second
            return first / second
        case Pow(base, Number(exponent)) if exponent.denominator == 1 and abs(exponent) <= _MAX_POWER:
            return Fraction(_value(base, values, rng) ** int(exponent))
    if node not in values:
        values[node] = Fraction(rng.randint(1, 10**6), rng.randint(1, 10**6))
    return values[node]
