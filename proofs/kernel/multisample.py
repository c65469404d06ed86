"""The axiom schema about means of independent copies, for any number of them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from proofs.kernel.normal_form import Reader
from proofs.kernel.polynomial import Poly
from proofs.kernel.schema import Axiom, Rejected, averaging
from proofs.language.tree import Call, Copies, Expectation, Expr, IndexSum, Law, Node, Number, Variable, rebuild, walk


@dataclass(frozen=True, slots=True)
class MultiSample(Axiom):
    r"""The logarithm of a mean of copies grows with their number, up to the logarithm of the expectation.

    .. math:: E_r\Big[ \mathcal L_n - \mathcal L_m \Big] \ge 0, \qquad
              \mathcal L_k = E_{z_1 \dots z_k \sim d}\Big[\log \tfrac1k \textstyle\sum_i w(z_i)\Big], \quad w > 0, \quad
              1 \le m \le n \le \infty, \quad \mathcal L_\infty = \log E_d[w]

    Proof. The copies are exchangeable, so a mean over n of them is the mean of the means over all subsets of m of them;
    log is concave; and each such subset has the law of the first m copies. The last part is Jensen's inequality
    (Burda, Grosse and Salakhutdinov, 2016, theorem 1).

    Args:
        outer: the law r, or None for the statement at each point.
        copy: one copy, as it stands in `density` and `weight`.
        fewer: m; the number one stands for E_d[log w].
        more: n, or None for the limit.
    """

    outer: Law | None
    copy: Variable
    density: Expr
    weight: Expr
    fewer: Expr
    more: Expr | None

    def statement(self, reader: Reader) -> Poly:
        if any(
            isinstance(node, Variable) and node.name == f"{self.copy.name}_i"
            for part in (self.density, self.weight)
            for node in walk(part)
        ):
            raise Rejected(f"{self.copy.name}_i, the name of the i-th copy, is used for something else")
        env, average = averaging(reader, self.outer)
        law = Law(self.density, (self.copy,))
        inner, _, _ = reader.law(law, env)
        if not reader.is_positive(self.weight, inner):
            raise Rejected("a weight that is not provably positive")
        if not reader.counts(reader.read(self.fewer)):
            raise Rejected("a number of copies that is not provably a whole number of at least one")
        if self.more is None:
            above: Expr = Call("log", (Expectation(law, self.weight),))
        else:
            steps = reader.read(self.more) - reader.read(self.fewer)
            if not reader.counts(reader.read(self.more)) or not steps.range.nonnegative:
                raise Rejected("a number of copies that is not provably the larger one")
            above = self.bound(self.more)
        return average(reader.read(above, env) - reader.read(self.bound(self.fewer), env))

    def bound(self, number: Expr) -> Expr:
        """L_k as it is written."""
        if number == Number(Fraction(1)):
            return Expectation(Law(self.density, (self.copy,)), Call("log", (self.weight,)))
        one = Number(Fraction(1))
        indexed = Variable(f"{self.copy.name}_i", self.copy.stem)
        product = IndexSum("prod", "i", one, number, _replace(self.density, self.copy, indexed))
        mean = IndexSum("mean", "i", one, number, _replace(self.weight, self.copy, indexed))
        copies: Any = Copies(self.copy, one, number)
        return Expectation(Law(product, (copies,)), Call("log", (mean,)))


def _replace(expr: Expr, old: Variable, new: Variable) -> Expr:
    """Another name for a copy, by name as variables are read. A binder of it inside is renamed too, to no effect."""

    def change(node: Node) -> Node:
        return new if isinstance(node, Variable) and node.name == old.name else rebuild(node, change)

    renamed = change(expr)
    assert isinstance(renamed, Expr)
    return renamed
