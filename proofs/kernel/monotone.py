"""Axiom schemas that rest on other instances: increasing functions, and bounds of absolute values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from proofs.kernel.combination import Instance, remainder
from proofs.kernel.normal_form import EMPTY, Reader
from proofs.kernel.polynomial import Poly, log
from proofs.kernel.schema import Axiom, Rejected
from proofs.language.tree import Call, Expr


@dataclass(frozen=True, slots=True)
class Monotone(Axiom):
    r"""An increasing function of a smaller and of a larger argument.

    .. math:: f(b) - f(a) \ge 0 \qquad \text{if } b - a \ge 0, \quad f \in \{\log, \exp, \sqrt{\cdot}\}

    Proof. f increases. That b - a is non-negative is shown by instances that add up to it; a has to be positive for the
    logarithm and non-negative for the root, and b, which is larger, is so too.
    """

    function: str
    smaller: Expr
    larger: Expr
    instances: tuple[Instance, ...]

    def premises(self) -> tuple[Any, ...]:
        return (self.instances,)

    def statement(self, reader: Reader) -> Poly:
        if self.function not in ("log", "exp", "sqrt"):
            raise Rejected(f"{self.function} is not known to increase")
        if self.function == "sqrt" and not reader.is_nonnegative(self.smaller, EMPTY):
            raise Rejected("the root of something that is not provably non-negative")
        if not remainder(reader, reader.read(self.larger) - reader.read(self.smaller), self.instances).nonnegative:
            raise Rejected("the larger argument is not seen to be the larger one")
        below = reader.read(Call(self.function, (self.smaller,)))
        if self.function == "log" and not reader.is_positive(self.larger, EMPTY):
            return log(reader.read(self.larger), positive=True) - below
        return reader.read(Call(self.function, (self.larger,))) - below


@dataclass(frozen=True, slots=True)
class Within(Axiom):
    r"""The absolute value of what lies between two bounds.

    .. math:: b - |a| \ge 0 \qquad \text{if } b - a \ge 0 \text{ and } b + a \ge 0

    Proof. |a| is a or -a. Either is at most b by the instances that add up to it.
    """

    term: Expr
    bound: Expr
    above: tuple[Instance, ...]
    below: tuple[Instance, ...]

    def premises(self) -> tuple[Any, ...]:
        return self.above, self.below

    def statement(self, reader: Reader) -> Poly:
        term, bound = reader.read(self.term), reader.read(self.bound)
        for gap, instances in ((bound - term, self.above), (bound + term, self.below)):
            if not remainder(reader, gap, instances).nonnegative:
                raise Rejected("the term is not seen to lie within the bound")
        return bound - reader.read(Call("abs", (self.term,)))
