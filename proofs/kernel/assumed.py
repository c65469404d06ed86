"""The axiom schema about what a claim assumes."""

from __future__ import annotations

from dataclasses import dataclass

from proofs.kernel.normal_form import Reader
from proofs.kernel.polynomial import Poly
from proofs.kernel.schema import Axiom, Rejected, averaging
from proofs.language.tree import Expr, Law, Step


@dataclass(frozen=True, slots=True)
class Assumed(Axiom):
    r"""A hypothesis of the claim, averaged.

    .. math:: E_m\big[ w\,(b - a) \big] \ge 0 \qquad \text{if } a \le b \text{ is assumed and } w \ge 0

    Proof. What is assumed is assumed at every point. The mean of an assumed equation is zero, whatever w is.
    """

    hypothesis: Step
    law: Law | None
    weight: Expr

    def statement(self, reader: Reader) -> Poly:
        left, relation, right = self.hypothesis.left, self.hypothesis.relation, self.hypothesis.right
        if self.hypothesis not in reader.assumptions or relation not in ("=", "<=", ">=", "<", ">"):
            raise Rejected("nothing of the kind is assumed")
        env, average = averaging(reader, self.law)
        if relation != "=" and not reader.is_nonnegative(self.weight, env):
            raise Rejected("a weight that is not provably non-negative")
        gap = reader.read(right, env) - reader.read(left, env)
        return average(reader.read(self.weight, env) * (-gap if relation in (">=", ">") else gap))
