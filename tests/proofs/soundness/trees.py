"""Claims built as trees over one vocabulary that holds a name of every kind, so that nothing rests on the reader."""

from __future__ import annotations

from functools import cache
from random import Random

from proofs.language import expand, read
from proofs.language import tree as t
from tests.proofs.kernel.edits import alpha, edited, rewritten, shuffled, written
from tests.proofs.kernel.expressions import VOCABULARY, Generator
from tests.proofs.provers.claims import FALSE, TRUE

_TABLE = {**TRUE, **FALSE}

Task = tuple[t.Claim, t.Step]


@cache
def from_table(name: str) -> t.Claim:
    return expand(read(_TABLE[name]))


def a_true_equality(random: Random) -> Task:
    generator = Generator(random, budget=3)
    expr = generator.real(4, generator.scope())
    other = rewritten(shuffled(alpha(expr, random), random), random)
    return VOCABULARY, t.Step(expr, "=", other)


def a_true_inequality(random: Random) -> Task:
    """Something, and the same with what an axiom says is non-negative added to it."""
    generator = Generator(random, budget=3)
    scope = generator.scope()
    axiom, expr = generator.axiom(scope), generator.real(2, scope)
    more, less = t.Add(expr, written(axiom)), alpha(expr, random)
    return VOCABULARY, random.choice((t.Step(more, ">=", less), t.Step(less, "<=", more)))


def a_slip_in_an_axiom(random: Random) -> Task:
    claim, step = a_true_inequality(random)
    return claim, edited(step, claim, random)


def a_slip_in_the_table(random: Random) -> Task:
    claim = from_table(random.choice(sorted(_TABLE)))
    step = claim.steps[-1]
    for _ in range(random.choice((1, 1, 2))):
        step = edited(step, claim, random)
    return claim, step


def anything(random: Random) -> Task:
    generator = Generator(random, budget=3)
    scope = generator.scope()
    relation = random.choice(("=", "<=", ">=", "<", ">"))
    return VOCABULARY, t.Step(generator.real(3, scope), relation, generator.real(3, scope))
