"""Between which numbers the samples of an expression lie, where its form shows it: what bounds their variance."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import reduce

from proofs.language.tree import (
    Add,
    Apply,
    Call,
    Constant,
    Div,
    Expectation,
    Expr,
    Function,
    Indicator,
    Mul,
    Neg,
    Number,
    Pow,
    Sub,
    Symbol,
)
from proofs.sampling.integrand import is_random

Range = tuple[float, float]
_REALS: Range = (-math.inf, math.inf)
_BOUNDED: dict[str, Range] = {"sigmoid": (0, 1), "Phi": (0, 1), "sin": (-1, 1), "cos": (-1, 1)}
_INCREASING: dict[str, tuple[Callable[[float], float], float]] = {
    "exp": (math.exp, -math.inf),
    "sqrt": (math.sqrt, 0.0),
    "log": (lambda t: math.log(t) if t > 0 else -math.inf, 0.0),
    "log2": (lambda t: math.log2(t) if t > 0 else -math.inf, 0.0),
}
#: Each bound is moved outwards by more than its arithmetic rounds.
_SLACK = 1e-12


def sample_range(node: Expr, functions: Mapping[str, Function], numbers: Mapping[str, float]) -> Range:
    """An interval that holds every sample of a written-out expression; infinite ends where its form shows none.

    Args:
        node: the expression.
        functions: the declared functions with their ranges, which are checked wherever a function is called.
        numbers: the values of the free numbers.

    >>> from proofs.language import expand, read
    >>> step = expand(read("function D(x) in (0, 1)\\nE_{p(x)}[2*D(x) - 1] <= 1")).steps[0]
    >>> low, high = sample_range(step.left, {"D": Function("D", ("x",), 0, 1)}, {})
    >>> round(low, 9), round(high, 9)
    (-1.0, 1.0)
    """

    def of(node: Expr) -> Range:
        match node:
            case Number(value=value):
                return _widened(float(value), float(value))
            case Constant("pi"):
                return _widened(math.pi, math.pi)
            case Symbol(name) if name in numbers:
                return numbers[name], numbers[name]
            case Expectation(_, body):
                return of(body)
            case Apply(name) if name in functions:
                declared = functions[name]
                low = -math.inf if declared.low is None else float(declared.low)
                return low, math.inf if declared.high is None else float(declared.high)
            case Indicator():
                return 0.0, 1.0
            case Neg(operand):
                low, high = of(operand)
                return -high, -low
            case Add(left, right):
                return _sum(of(left), of(right))
            case Sub(left, right):
                low, high = of(right)
                return _sum(of(left), (-high, -low))
            case Mul(left, right):
                return _product(of(left), of(right))
            case Div(left, right):
                low, high = of(right)
                return _product(of(left), (1 / high, 1 / low)) if low > 0 or high < 0 else _REALS
            case Pow(base, Number(value=power)) if power.denominator == 1 and 1 <= power <= 16:
                if is_random(base):  # its samples are products of independent ones, which may differ in sign
                    return reduce(_product, [of(base)] * int(power))
                low, high = of(base)
                ends = sorted((_power(low, int(power)), _power(high, int(power))))
                return _widened(0.0 if power % 2 == 0 and low < 0 < high else ends[0], ends[1])
            case Call(function, (argument,)) if function in _BOUNDED:
                return _BOUNDED[function]
            case Call("abs", (argument,)):
                low, high = of(argument)
                return (0.0 if low < 0 < high else min(abs(low), abs(high))), max(abs(low), abs(high))
            case Call(function, (argument,)) if function in _INCREASING:
                increasing, least = _INCREASING[function]
                low, high = (_end(increasing, max(end, least)) for end in of(argument))
                return _widened(low, high)
            case Call("min" | "max" as function, (first, second)):
                pick = min if function == "min" else max
                (a, b), (c, d) = of(first), of(second)
                return pick(a, c), pick(b, d)
        return _REALS

    return of(node)


def _end(increasing: Callable[[float], float], end: float) -> float:
    try:
        return increasing(end)
    except OverflowError:
        return math.inf


def _power(base: float, power: int) -> float:
    try:
        return base**power
    except OverflowError:
        return math.inf if base > 0 or power % 2 == 0 else -math.inf


def _sum(a: Range, b: Range) -> Range:
    return _widened(a[0] + b[0], a[1] + b[1])


def _product(a: Range, b: Range) -> Range:
    # In interval arithmetic zero times infinity is zero: the infinite end is never attained.
    ends = [0.0 if 0.0 in (x, y) else x * y for x in a for y in b]
    return _widened(min(ends), max(ends))


def _widened(low: float, high: float) -> Range:
    return low - _SLACK * abs(low) if math.isfinite(low) else low, high + _SLACK * abs(high) if math.isfinite(
        high
    ) else high
