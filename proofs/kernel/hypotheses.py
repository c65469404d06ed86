"""Which assumptions of a claim are definitions: they are read in place of what they define.

``name at all its arguments = an expression that does not speak of the name`` says which member of its kind the name is,
and a claim about every p that is q is a claim about q. Independence makes a family the product of kernels of its own
(`proofs.kernel.structure`): ``p(z | x, y) = p(z | y)`` says that p(x, y) p(z | y) is the joint law. Definitions do not
contradict anything, for what satisfies the rest can be extended by what is defined. Whatever else is assumed is used
through the schema `Assumed`, and need not be consistent: that somebody has to see on a model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from proofs.kernel.polynomial import Unsupported
from proofs.kernel.structure import kernels
from proofs.language.tree import Apply, Claim, Density, Expr, Family, Information, Mul, Step, Symbol, Variable, walk


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name stands for at its arguments."""

    arguments: tuple[Variable, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class Hypotheses:
    """What a claim assumes, apart: definitions, with what they say of names and families, and all the others."""

    meanings: dict[str, Meaning]
    structures: dict[str, Family]
    definitions: tuple[Step, ...]
    others: tuple[Step, ...]


def hypotheses(claim: Claim) -> Hypotheses:
    meanings: dict[str, Meaning] = {}
    structures: dict[str, Family] = {}
    others: list[Step] = []
    families = claim.families()
    names = {*families, *claim.functions(), *claim.scalars()}
    for step in claim.assumptions:
        left = step.left
        name = left.family if isinstance(left, Density) else left.name if isinstance(left, Symbol | Apply) else ""
        family = families.get(name)
        known = step.relation != "=" or name not in names or name in meanings or name in structures
        if known or (family is not None and family.structure is not None):
            others.append(step)
        elif not _reaches(step.right, name, meanings):
            meaning = _meaning(left, step.right, family)
            if meaning is None:
                others.append(step)
            else:
                meanings[name] = meaning
        else:
            structured = _structured(family, left, step.right) if isinstance(left, Density) and family else None
            if structured is None:
                others.append(step)
            else:
                structures[name] = structured
    return Hypotheses(meanings, structures, tuple(s for s in claim.assumptions if s not in others), tuple(others))


def _reaches(expr: Expr, name: str, meanings: dict[str, Meaning]) -> bool:
    """Whether the expression speaks of the name, itself or through what other names mean."""
    for node in walk(expr):
        match node:
            case Density(called) | Information(called) | Symbol(called) | Apply(called):
                if called == name or (called in meanings and _reaches(meanings[called].body, name, meanings)):
                    return True
    return False


def _meaning(left: Expr, body: Expr, family: Family | None) -> Meaning | None:
    """The definition, if the name stands at a variable of its own for each of its arguments."""
    match left:
        case Density(_, generated, given) if family is not None and _fills(left, family):
            return Meaning((*generated, *given), body)
        case Symbol():
            return Meaning((), body)
        case Apply(_, arguments):
            variables = tuple(a for a in arguments if isinstance(a, Variable))
            return Meaning(variables, body) if len({v.name for v in variables}) == len(arguments) else None
    return None


def _fills(density: Density, family: Family) -> bool:
    """Whether the density is the family's joint law, each slot filled by a variable of its own."""
    generated, given = ([v.stem or v.name for v in vs] for vs in (density.generated, density.given))
    variables = {v.name for v in (*density.generated, *density.given)}
    return (
        (sorted(generated), sorted(given)) == (sorted(family.generated), sorted(family.given))
        and len(variables) == len(generated) + len(given)
    )  # fmt: skip


def _structured(family: Family, left: Density, product: Expr) -> Family | None:
    """The family with the structure that ``left = product`` says it has, left being one of its conditionals.

    Its joint law is that of what is behind the bar, times the product, times that of what is left given all of them.
    """
    slots = {v.stem or v.name: v for v in (*left.generated, *left.given)}
    if not set(family.given) <= slots.keys() <= {*family.given, *family.generated}:
        return None
    given = tuple(slots[slot] for slot in family.given)
    behind = tuple(v for v in left.given if v not in given)
    after = tuple(Variable(slot, slot) for slot in family.generated if slot not in slots)
    structure = Mul(Density(family.name, behind, given), product) if behind else product
    if after:
        structure = Mul(structure, Density(family.name, after, (*left.generated, *behind, *given)))
    structured = replace(family, structure=structure)
    try:
        kernels(structured)
    except Unsupported:
        return None
    return structured
