"""A claim about laws on finitely many points, written out for a number of points: its sums become sums of numbers.

The laws are all positive ones: p(i) = p_i / (p_1 + ... + p_n) for positive numbers p_1, ..., p_n.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import reduce

from proofs.language import tree as t
from proofs.outcome import Unsupported


def write_out(expr: t.Expr, claim: t.Claim, count: int) -> tuple[t.Claim, t.Expr, dict[str, list[t.Expr]]]:
    """An expression in sums over a counted variable, for `count` points.

    Args:
        expr: the expression, of an expanded claim; its sums bind every variable in it.
        claim: the claim that it stands in.
        count: how many points each variable has.

    Returns:
        A claim that declares the numbers p_1, ..., p_count of each family p; the expression in them; and the
        probabilities of each family.

    Raises:
        Unsupported: where a family is not one of masses of a counted variable, or a variable is free.
    """
    families = {node.family for node in t.walk(expr) if isinstance(node, t.Density)}
    declared = claim.families()
    scalars: list[t.Declaration] = list(claim.scalars().values())
    laws: dict[str, list[t.Expr]] = {}
    for name in sorted(families):
        family = declared[name]
        if family.given or len(family.generated) != 1 or family.generated[0] not in claim.discrete():
            raise Unsupported(f"{name} is not a law of one counted variable, as `mass {name}(x)` declares it")
        if not family.positive:
            raise Unsupported(f"{name} may vanish, and laws are written out as positive ones")
        names = [f"{name}_{i}" for i in range(1, count + 1)]
        taken = next((scalar for scalar in names if scalar in claim.scalars()), None)
        if taken is not None:
            raise Unsupported(f"{taken} would be the name of two things")
        scalars += [t.Scalar(scalar, low=Fraction(0)) for scalar in names]
        masses: list[t.Expr] = [t.Symbol(scalar) for scalar in names]
        laws[name] = [mass / reduce(t.Add, masses) for mass in masses]
    return replace(claim, declarations=tuple(scalars), chains=()), _write(expr, laws, {}, count), laws


def _write(expr: t.Expr, laws: dict[str, list[t.Expr]], places: dict[str, int], count: int) -> t.Expr:
    """The expression where each variable stands at its place."""
    match expr:
        case t.Integral(variables, body, True):
            terms = [places]
            for variable in variables:
                terms = [{**place, variable.name: i} for place in terms for i in range(count)]
            return reduce(t.Add, [_write(body, laws, place, count) for place in terms])
        case t.Density(name, (variable,), ()) if variable.name in places:
            return laws[name][places[variable.name]]
        case t.Density() | t.Variable() | t.Apply() | t.Integral() | t.Expectation() | t.Divergence() | t.Entropy():
            raise Unsupported("a sum over finitely many points is written out where it is `sum_{x}[...]` of masses")

    def change(node: t.Node) -> t.Node:
        return _write(node, laws, places, count) if isinstance(node, t.Expr) else node

    changed = t.rebuild(expr, change)
    assert isinstance(changed, t.Expr)
    return changed
