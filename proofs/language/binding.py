"""Which names are free, and substitution that never captures one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from proofs.language.errors import ClaimError
from proofs.language.names import instantiate
from proofs.language.tree import (
    Add,
    Copies,
    Covariance,
    Definition,
    Density,
    Divergence,
    Expectation,
    Expr,
    Gradient,
    IndexSum,
    Information,
    Integral,
    Law,
    Named,
    Node,
    Number,
    Pushforward,
    Sub,
    Symbol,
    Use,
    Variable,
    Variance,
    children,
    rebuild,
    walk,
)

Replacements = Mapping[Variable | Symbol, Expr]


def free_variables(node: Node) -> frozenset[Variable]:
    """The variables that a node leaves free; a claim holds for all their values.

    A `Use` shows its arguments only, since its body's free names are those of the place where it stands: expand first.

    >>> from proofs.language import read
    >>> sorted(v.name for v in free_variables(read("E_{q(z|x)}[log p(x,z)] = 0").steps[0].left))
    ['x']
    """
    match node:
        case Variable():
            return frozenset((node,))
        case Expectation(law=law, body=body) | Variance(law=law, body=body):
            return free_variables(law) | _outside(law, free_variables(body))
        case Covariance(law=law, left=left, right=right):
            return free_variables(law) | _outside(law, free_variables(left) | free_variables(right))
        case Information():
            return frozenset()
        case Law(density=density):
            return _outside(node, free_variables(density))
        case Integral(variables=variables, body=body):
            return free_variables(body) - set(variables)
        case IndexSum(index=index, body=body):
            inner = free_variables(body)
            values = index_values(node)
            if values is None:
                return inner
            return frozenset(copy(variable, index, value) for variable in inner for value in values)
        case Definition(generated=generated, given=given, body=body):
            return free_variables(body) - {*generated, *given}
        case Pushforward(transform=transform, law=law):
            return (free_variables(transform) | free_variables(law)) - {law.variable}
    return frozenset().union(*(free_variables(child) for child in children(node)))


def _outside(law: Law, inside: frozenset[Variable]) -> frozenset[Variable]:
    """What is left free of the variables inside a law or below it."""
    copies = copies_under(law)
    if copies is None:
        return inside - set(law.generated)
    return frozenset(variable for variable in inside if not is_copy(variable, copies))


def copies_under(law: Law) -> Copies | None:
    """The copies ``z_1 .. z_k`` that a law generates, where their number is a symbol."""
    first: Node = law.generated[0]
    return first if isinstance(first, Copies) else None


def is_copy(variable: Variable, copies: Copies) -> bool:
    """Whether the variable is one of the copies: ``z_1``, or ``z_i`` under an index."""
    return variable.stem == copies.variable.stem and variable.name.startswith(f"{copies.variable.name}_")


def free_symbols(node: Node) -> frozenset[str]:
    """The names of the free numbers of a node, without the indices that its index sums bind."""
    if isinstance(node, Symbol):
        return frozenset((node.name,))
    below: frozenset[str] = frozenset().union(*(free_symbols(child) for child in children(node)))
    return below - {node.index} if isinstance(node, IndexSum) else below


def index_values(node: IndexSum) -> range | None:
    """The values of the index, or None where an end is not a number."""
    ends = [_whole(end) for end in (node.low, node.high)]
    if ends[0] is None or ends[1] is None:
        return None
    return range(ends[0], ends[1] + 1)


def copy(variable: Variable, index: str, value: int) -> Variable:
    """The variable at one value of an index: ``z_i`` at i = 3 is ``z_3``; any other variable is itself."""
    name = instantiate(variable.name, index, value)
    return variable if name == variable.name else Variable(name, variable.stem)


def substitute(expr: Expr, replacements: Replacements) -> Expr:
    """The expression with free variables and symbols replaced, all at once, renaming what would capture them.

    Args:
        expr: an expanded expression (no `Use`, no `IndexSum` with a known number of terms).
        replacements: what stands for what. Where only a variable can stand, in a density, the replacement is one
            for the same slot.

    Raises:
        ValueError: the expression is not expanded, or a replacement does not fit its place.

    >>> from proofs.language import read, to_text
    >>> left = read("E_{q(z|x)}[log p(x,z)] = 0").steps[0].left
    >>> to_text(substitute(left, {Variable("x", "x"): Variable("x_1", "x")}))
    'E_{q(z|x_1)}[log p(x_1, z)]'
    """
    for node in walk(expr):
        if isinstance(node, Use) or (isinstance(node, IndexSum) and index_values(node) is not None):
            raise ValueError(f"expand the claim before substituting in it; it holds {type(node).__name__} nodes")
    return _replace(expr, {old: new for old, new in replacements.items() if old != new})


def _replace(node: Expr, replacements: Replacements) -> Expr:
    if not replacements:
        return node
    if isinstance(node, Variable | Symbol):
        return replacements.get(node, node)
    if isinstance(node, Expectation) and copies_under(node.law) is not None:
        return _replace_under_copies(node, replacements)
    if isinstance(node, IndexSum):
        return _replace_under_an_index(node, replacements)
    if isinstance(node, Expectation | Variance):
        bound, (density, body) = _under(node.law.generated, (node.law.density, node.body), replacements)
        return type(node)(Law(density, bound), body)
    if isinstance(node, Covariance):
        bound, parts = _under(node.law.generated, (node.law.density, node.left, node.right), replacements)
        return Covariance(Law(parts[0], bound), parts[1], parts[2])
    if isinstance(node, Information):
        return node
    if isinstance(node, Integral):
        bound, (body,) = _under(node.variables, (node.body,), replacements)
        return Integral(bound, body, node.counting)
    if isinstance(node, Divergence):
        # Both sides generate the same variables, so that what is renamed in one is renamed in the other.
        first, (left, right) = _under(node.left.generated, (node.left.density, node.right.density), replacements)
        renamed = dict(zip(node.left.generated, first, strict=True))
        second = tuple(renamed[variable] for variable in node.right.generated)
        order = None if node.order is None else _replace(node.order, replacements)
        return Divergence(node.kind, Law(left, first), Law(right, second), order, node.function)
    if isinstance(node, Density | Named):
        _check_places(node, replacements)
    if isinstance(node, Gradient):
        _check_the_derivative(node, replacements)
    changed = rebuild(node, lambda child: _replace_child(child, replacements))
    assert isinstance(changed, Expr)
    return changed


def _replace_under_copies(node: Expectation, replacements: Replacements) -> Expr:
    copies = copies_under(node.law)
    assert copies is not None
    kept = {old: new for old, new in replacements.items() if not (isinstance(old, Variable) and is_copy(old, copies))}
    live = _live(kept, (node.law.density, node.body))
    for variable in frozenset().union(*map(free_variables, live.values())):
        if is_copy(variable, copies):
            raise ClaimError(f"`{variable.name}` would become one of the copies of `{copies.variable.name}`")
    low, high = _replace(copies.low, live), _replace(copies.high, live)
    generated: Any = (Copies(copies.variable, low, high),)
    return Expectation(Law(_replace(node.law.density, live), generated), _replace(node.body, live))


def _replace_under_an_index(node: IndexSum, replacements: Replacements) -> Expr:
    index = node.index
    kept = {old: new for old, new in replacements.items() if old.name != index and not old.name.endswith(f"_{index}")}
    live = _live(kept, (node.body,))
    for new in live.values():
        if index in free_symbols(new) or any(v.name.endswith(f"_{index}") for v in free_variables(new)):
            raise ClaimError(f"the index `{index}` would stand for two things; choose another name for one of them")
    low, high = _replace(node.low, replacements), _replace(node.high, replacements)
    return IndexSum(node.kind, index, low, high, _replace(node.body, live))


def _live(replacements: Replacements, parts: Sequence[Expr]) -> dict[Variable | Symbol, Expr]:
    """The replacements of what is free in the parts."""
    inside = frozenset().union(*(free_variables(part) for part in parts))
    symbols = frozenset().union(*(free_symbols(part) for part in parts))
    return {
        old: new
        for old, new in replacements.items()
        if (old in inside if isinstance(old, Variable) else old.name in symbols)
    }


def _replace_child(node: Node, replacements: Replacements) -> Node:
    if isinstance(node, Law):
        bound, (density,) = _under(node.generated, (node.density,), replacements)
        return Law(density, bound)
    assert isinstance(node, Expr)
    return _replace(node, replacements)


def _under(
    bound: Sequence[Variable], parts: Sequence[Expr], replacements: Replacements
) -> tuple[tuple[Variable, ...], list[Expr]]:
    """Replace below a binder: bound names are not touched, and are renamed where a replacement would be captured."""
    inside = frozenset().union(*(free_variables(part) for part in parts))
    live = _live({old: new for old, new in replacements.items() if old not in bound}, parts)
    arriving = frozenset().union(*(free_variables(new) for new in live.values()))
    taken = {variable.name for variable in (*inside, *arriving, *bound)}
    renamed = []
    for variable in bound:
        fresh = variable
        if variable in arriving:
            fresh = Variable(_fresh(variable.name, taken), variable.stem)
            taken.add(fresh.name)
            live[variable] = fresh
        renamed.append(fresh)
    return tuple(renamed), [_replace(part, live) for part in parts]


def _fresh(name: str, taken: Iterable[str]) -> str:
    while name in taken:
        name += "'"
    return name


def _check_the_derivative(node: Gradient, replacements: Replacements) -> None:
    """What is held fixed in a derivative stays a point, and does not become what is differentiated in."""
    after = replacements.get(node.wrt, node.wrt)
    for name in {node.wrt, *free_variables(node.body), *map(Symbol, free_symbols(node.body))}:
        new = replacements.get(name, name)
        if name == node.wrt:
            fits = type(new) is type(name)
        else:
            fits = new != after and (new == name or isinstance(new, Variable | Number))
        if not fits:
            where = f"under `grad_{node.wrt.name}`"
            raise ClaimError(f"`{name.name}` {where} takes no other expression, and no name that is differentiated in")


def _check_places(node: Density | Named, replacements: Replacements) -> None:
    slots = isinstance(node, Density)
    places = (node.variable,) if isinstance(node, Named) else children(node)
    for old in places:
        new = replacements.get(old) if isinstance(old, Variable) else None
        if new is None or isinstance(old, Symbol):
            continue
        assert isinstance(old, Variable)
        if not isinstance(new, Variable) or (slots and new.stem != old.stem):
            raise ValueError(f"{new} cannot stand for {old.name}, which is a point of the space of {old.stem}")


def _whole(node: Expr) -> int | None:
    """The value of a sum or difference of whole numbers."""
    if isinstance(node, Number):
        return int(node.value) if node.value.denominator == 1 else None
    if isinstance(node, Add | Sub):
        left, right = _whole(node.left), _whole(node.right)
        if left is not None and right is not None:
            return left + right if isinstance(node, Add) else left - right
    return None
