"""``max_{D}[V] at D = w``: the value of V at w, and what makes that value the optimum.

Three things are claimed. The optimum *is* V at w; no other choice of D does better; and w is a choice: its values lie
in the declared range of a function or number, and a density is positive and integrates to one. The last one matters:
the supremum of ``E_{p(x)}[D(x)]`` over D in (0, 1) is 1, and it is attained nowhere.
"""

from __future__ import annotations

from fractions import Fraction

from proofs.language.binding import free_variables, substitute
from proofs.language.tree import (
    Add,
    Apply,
    Comparison,
    Covariance,
    Density,
    Div,
    Expectation,
    Expr,
    Family,
    Function,
    Gradient,
    Information,
    Integral,
    Law,
    Mul,
    Node,
    Number,
    Scalar,
    Symbol,
    Variable,
    Variance,
    rebuild,
    walk,
)

Choice = Family | Function | Scalar


class NoValue(ValueError):
    """The witness cannot stand where the name stands; the message says why."""


def slots_of(over: Choice) -> tuple[Variable, ...]:
    """The variables that the witness is a function of."""
    names: tuple[str, ...] = ()
    if isinstance(over, Family):
        names = (*over.generated, *over.given)
    elif isinstance(over, Function):
        names = over.arguments
    return tuple(Variable(name, name) for name in names)


def value_at(body: Expr, over: Choice, witness: Expr) -> Expr:
    """The expanded body with the witness in place of the function, family or number.

    Raises:
        NoValue: the body does not speak of it, uses a marginal of it, or binds a name of the witness.
    """
    if not mentions(body, over):
        raise NoValue(f"the expression does not depend on `{over.name}`")
    if mentions(witness, over):
        raise NoValue(f"the witness speaks of `{over.name}` itself")
    if isinstance(over, Scalar):
        return substitute(body, {Symbol(over.name): witness})
    value = _Witness(over, witness).put(body, frozenset())
    assert isinstance(value, Expr)
    return value


def admissible(over: Choice, witness: Expr, families: dict[str, Family]) -> list[Comparison]:
    """What has to hold for the witness to be one of the choices, as far as its form does not show it.

    Raises:
        NoValue: no claim says so: a measure has some finite total, and a structure is a form.
    """
    if isinstance(over, Family):
        return _density(over, witness, families)
    if isinstance(over, Function) and over.integrable:
        raise NoValue(f"`{over.name}` is a measure; an optimum runs over functions, densities and numbers")
    if isinstance(over, Scalar) and over.integer:
        raise NoValue(f"`{over.name}` is a whole number; an optimum runs over functions, densities and numbers")
    found = []
    if over.low is not None and not (over.low <= 0 and _positive(witness, families)):
        found.append(Comparison(witness, ">" + "=" * over.closed[0], Number(over.low)))
    if over.high is not None and not (over.high >= 1 and _fraction(witness, families)):
        found.append(Comparison(witness, "<" + "=" * over.closed[1], Number(over.high)))
    return found


def _positive(expr: Expr, families: dict[str, Family]) -> bool:
    """Whether it is positive by its form: of densities that are, and of positive numbers."""
    match expr:
        case Number(value=value):
            return value > 0
        case Density(family=family):
            return families[family].positive
        case Add(left=left, right=right) | Mul(left=left, right=right) | Div(left=left, right=right):
            return _positive(left, families) and _positive(right, families)
    return False


def _fraction(expr: Expr, families: dict[str, Family]) -> bool:
    """Whether it is less than one by its form: a/(a + b) with positive a and b."""
    if not isinstance(expr, Div) or not isinstance(expr.right, Add):
        return False
    return expr.left in (expr.right.left, expr.right.right) and _positive(expr.right, families)


def _density(over: Family, witness: Expr, families: dict[str, Family]) -> list[Comparison]:
    if over.structure is not None:
        raise NoValue(f"`{over.name}` has a structure, and so would have to have its witness")
    generated = tuple(Variable(slot, slot) for slot in over.generated)
    if isinstance(witness, Density) and set(witness.generated) == set(generated):
        if families[witness.family].positive or not over.positive:
            return []
    total = Comparison(Integral(generated, witness), "=", Number(Fraction(1)))
    return [total, Comparison(witness, ">" if over.positive else ">=", Number(Fraction(0)))]


def mentions(node: Node, over: Choice) -> bool:
    """Whether the function, family or number stands in an expanded expression or step."""
    return any(_is(part, over) for part in walk(node))


def _is(node: Node, over: Choice) -> bool:
    match node:
        case Apply(name=name) | Symbol(name=name) | Density(family=name) | Information(family=name):
            return name == over.name
    return False


class _Witness:
    """Puts a witness where its name stands; below a binder it must not speak of what is bound there."""

    def __init__(self, over: Choice, witness: Expr) -> None:
        self.over, self.witness = over, witness
        self.slots = slots_of(over)
        self.outer = free_variables(witness) - set(self.slots)

    def put(self, node: Node, bound: frozenset[Variable]) -> Node:
        if _is(node, self.over):
            return self._at(node, bound)
        match node:
            case Expectation(law=law) | Variance(law=law) | Covariance(law=law):
                inner = bound.union(law.generated)
            case Law(generated=generated) | Integral(variables=generated):
                inner = bound.union(generated)
            case Gradient() if mentions(node, self.over):
                raise NoValue(
                    f"`{self.over.name}` stands under a derivative, which would differentiate its witness too"
                )
            case _:
                inner = bound
        return rebuild(node, lambda child: self.put(child, inner))

    def _at(self, node: Node, bound: frozenset[Variable]) -> Expr:
        name = self.over.name
        replacements: dict[Variable | Symbol, Expr]
        if isinstance(node, Density) and isinstance(self.over, Family):
            by_slot = {v.stem: v for v in (*node.generated, *node.given)}
            if {v.stem for v in node.generated} != set(self.over.generated):
                raise NoValue(
                    f"a marginal or conditional of `{name}` stands there, and the witness is its joint density"
                )
            replacements = {slot: by_slot[slot.stem] for slot in self.slots}
        elif isinstance(node, Apply):
            replacements = dict(zip(self.slots, node.arguments, strict=True))
        else:
            raise NoValue(f"`{name}` stands in a mutual information; write it out")
        captured = self.outer & bound
        if captured:
            variable = min(variable.name for variable in captured)
            raise NoValue(f"the witness speaks of `{variable}`, which is bound where `{name}` stands")
        return substitute(self.witness, replacements)
