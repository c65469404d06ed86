"""The axiom schema about increasing functions: what is larger has the larger logarithm and the larger root."""

from __future__ import annotations

from dataclasses import dataclass

from proofs.kernel.combination import Instance, remainder
from proofs.kernel.normal_form import EMPTY, Reader
from proofs.kernel.polynomial import Poly
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

    def statement(self, reader: Reader) -> Poly:
        if self.function not in ("log", "exp", "sqrt"):
            raise Rejected(f"{self.function} is not known to increase")
        if self.function == "sqrt" and not reader.is_nonnegative(self.smaller, EMPTY):
            raise Rejected("the root of something that is not provably non-negative")
        if not remainder(reader, reader.read(self.larger) - reader.read(self.smaller), self.instances).nonnegative:
            raise Rejected("the larger argument is not seen to be the larger one")
        above, below = Call(self.function, (self.larger,)), Call(self.function, (self.smaller,))
        return reader.read(above) - reader.read(below)
