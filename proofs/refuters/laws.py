"""Laws by their form: which slots a density fills, and what a product of densities generates."""

from __future__ import annotations

from proofs.language import tree as t


def stem_of(variable: t.Variable) -> str:
    """The stem of a variable; a variable that no reader has elaborated is its own."""
    return variable.stem or variable.name


def product_of_families(law: t.Law) -> bool:
    """Whether a law is normalised by its form: a product of families, each variable generated once, without cycles."""
    factors = []
    stack = [law.density]
    while stack:
        top = stack.pop()
        if isinstance(top, t.Mul):
            stack += [top.left, top.right]
        elif isinstance(top, t.Density):
            factors.append(top)
        else:
            return False
    generated = [variable.name for factor in factors for variable in factor.generated]
    if len(set(generated)) != len(generated) or set(generated) != {variable.name for variable in law.generated}:
        return False
    # A factor can be drawn once nothing that it conditions on is still to be drawn; if none can, there is a cycle.
    waiting = factors
    while waiting:
        undrawn = {variable.name for factor in waiting for variable in factor.generated}
        rest = [factor for factor in waiting if undrawn & {variable.name for variable in factor.given}]
        if len(rest) == len(waiting):
            return False
        waiting = rest
    return True


def factors(density: t.Expr) -> list[t.Expr]:
    """What a product multiplies, from left to right."""
    if isinstance(density, t.Mul):
        return factors(density.left) + factors(density.right)
    return [density]


def information_density(node: t.Information) -> t.Density:
    """The joint density of everything that a mutual information speaks of."""
    return t.Density(node.family, (*node.first, *node.second, *node.given))


def own_structure(family: t.Family) -> bool:
    """Whether a declared structure is a product of the family's own conditionals that generates each slot once."""
    assert family.structure is not None
    parts = factors(family.structure)
    law = t.Law(family.structure, tuple(t.Variable(stem, stem) for stem in family.generated))
    own = all(
        isinstance(part, t.Density)
        and part.family == family.name
        and all(variable.name == stem_of(variable) for variable in part.generated + part.given)
        for part in parts
    )
    return own and product_of_families(law)
