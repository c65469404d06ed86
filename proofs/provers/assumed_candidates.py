"""What a claim assumes, as it is and averaged under every law of the goal."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from proofs.kernel import Assumed, Poly, Reader
from proofs.kernel.polynomial import from_monomial, monomial_range
from proofs.language.tree import Law, Number
from proofs.provers.readback import name_bound, to_tree

ONE = Number(Fraction(1))


def assumed_candidates(goal: Poly, reader: Reader) -> Iterator[Assumed]:
    """Each hypothesis alone, under each law, and times each non-negative factor that stands under it."""
    for hypothesis in reader.hypotheses.others:
        signs = [ONE, Number(Fraction(-1))] if hypothesis.relation == "=" else [ONE]
        yield from (Assumed(hypothesis, None, sign) for sign in signs)
        for atom in {a.key: a for m in goal.terms for a, _ in m if a.kind == "integral"}.values():
            bound, inner = atom.data
            names = name_bound(bound, {v[1] for v in goal.variables})
            measure = tuple(f for f in inner if f[0].kind in ("density", "named") and f[1] == 1)
            law = Law(to_tree(from_monomial(measure), names), tuple(names[v] for v in bound))
            yield from (Assumed(hypothesis, law, sign) for sign in signs)
            for factor in inner:
                if factor not in measure and (hypothesis.relation == "=" or monomial_range((factor,)).nonnegative):
                    weight = to_tree(from_monomial((factor,)), names)
                    yield from (Assumed(hypothesis, law, sign * weight) for sign in signs)
