"""Laws: what stands under an E and in a divergence, and which variables it generates."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from proofs.language import surface as s
from proofs.language.applications import PLAIN_DIVERGENCES, Applications, applied
from proofs.language.declarations import Names, drawn, slots, symbolic_span
from proofs.language.laws import COUNTED_LAWS
from proofs.language.text import to_text
from proofs.language.tree import (
    Add,
    Copies,
    Density,
    Divergence,
    Entropy,
    Expr,
    Family,
    IndexSum,
    Law,
    Mul,
    Named,
    Number,
    Sub,
    Symbol,
    Use,
    Variable,
)

#: The variable of two laws that are written without one: ``KL(Normal(m, s) || Normal(0, 1))``.
PLACEHOLDER = Variable("_", "_")
_INDICES = [f"{letter}{number}" for number in ("", *range(1, 100)) for letter in "ijlmn"]

Factor = tuple[Expr, tuple[Variable, ...]]


class Laws(Applications):
    """Resolves laws: products of densities in which each variable is generated once."""

    def drawn_law(self, node: s.Binder) -> Law:
        factors: list[Factor] = []
        for piece in node.subscript:
            if isinstance(piece, s.Draw):
                factors.extend(self._draw(piece))
            elif isinstance(piece, s.Name) and self.names.kind(piece.name) == "density":
                raise self.fail(
                    f"`{piece.name}` needs its variables here, as in `{applied(self.names, piece.name)}`", piece.at
                )
            else:
                factors.extend(self._factors(piece, None))
        return self.law(factors, node.at)

    def copies(self, node: s.Binder) -> Law | None:
        """The law of ``E_{z_1..z_k ~ q(z|x)}`` with a symbolic k; None for any other."""
        draws = [piece for piece in node.subscript if isinstance(piece, s.Draw)]
        spans = [span for piece in draws for name in piece.names if (span := symbolic_span(name, self.names))]
        if not spans:
            return None
        if node.head != "E" or len(node.subscript) != 1 or len(draws[0].names) != 1:
            message = "copies of a number that is not a numeral stand alone under an `E`; write one `E` inside another"
            raise self.fail(message, node.at)
        span, draw = spans[0], draws[0]
        variable = self.variable(span.base)
        if _law_without_variable(self.names, draw.law):
            factors = [self.factor(draw.law, variable)]
        else:
            factors = self._factors(draw.law, None)
        made = [made for _, variables in factors for made in variables]
        free_choice = isinstance(factors[0][0], Named)
        if len(made) != 1 or (made[0].stem != variable.stem and not free_choice):
            raise self.fail(f"`{span.base}_{span.low}` is no copy of what the law generates", draw.at)
        taken = self.names.variables | self.local.keys()
        index = next(name for name in _INDICES if name not in taken and not self.names.kind(name))
        density, _ = _renamed(factors[0], {made[0]: Variable(f"{variable.name}_{index}", variable.stem)})
        low: Expr = Number(Fraction(span.low), str(span.low))
        high: Expr = Symbol(span.number)
        if span.shift:
            shift = Number(Fraction(abs(span.shift)), str(abs(span.shift)))
            high = Add(high, shift) if span.shift > 0 else Sub(high, shift)
        generated: Any = (Copies(variable, low, high),)
        return Law(IndexSum("prod", index, low, high, density), generated)

    def _draw(self, node: s.Draw) -> list[Factor]:
        """``x, z ~ p(x, z)`` is one draw, ``z_1, z_2 ~ q(z|x)`` independent copies."""
        wanted = [self.point(name) for name in drawn(node.names, self.names)]
        at = node.names[0].at
        listed = ", ".join(variable.name for variable in wanted)
        if _law_without_variable(self.names, node.law):
            return [self.factor(node.law, variable) for variable in wanted]
        if _is_written_out(node.law):
            mixture = self.expression(node.law)
            for variable in wanted:
                if variable not in self.reach(mixture):
                    raise self.fail(f"the law does not speak of `{variable.name}`, which is drawn from it", node.law.at)
            return [(mixture, tuple(wanted))]
        factors = self._factors(node.law, None)
        generated = [variable for _, variables in factors for variable in variables]
        if len(generated) == 1:
            free_choice = isinstance(factors[0][0], Named)
            for variable in wanted:
                if variable.stem != generated[0].stem and not free_choice:
                    message = f"`{variable.name}` is no copy of `{generated[0].name}`, which the law generates"
                    raise self.fail(message, at)
            renamings = [{generated[0]: variable} for variable in wanted]
            return [_renamed(factors[0], renaming) for renaming in renamings]
        by_stem = {variable.stem: variable for variable in wanted}
        if len(by_stem) != len(wanted) or set(by_stem) != {variable.stem for variable in generated}:
            message = f"the law generates {', '.join(variable.name for variable in generated)}, not {listed}"
            raise self.fail(message, at)
        renaming = {variable: by_stem[variable.stem] for variable in generated}
        if all(old == new for old, new in renaming.items()):
            return factors
        if not all(isinstance(density, Density) for density, _ in factors):
            # Parameters and bodies may use the old names, which mean something else outside of the law.
            raise self.fail(f"the law is to be written with the names that are drawn, {listed}", node.law.at)
        return [_renamed(factor, renaming) for factor in factors]

    def pair(self, node: s.Pair) -> Expr:
        kind, order, function = self._divergence(node)
        without = [_law_without_variable(self.names, side) for side in (node.left, node.right)]
        written = [_is_written_out(side) for side in (node.left, node.right)]
        if written[0] != written[1]:
            # A mixture does not say what it generates; it is compared to a law that does.
            one, other = (node.right, node.left) if written[0] else (node.left, node.right)
            law = self._side(one, None)
            mixture = Law(self.expression(other), law.generated)
            left, right = (mixture, law) if written[0] else (law, mixture)
        elif all(without):
            left, right = (self._side(side, PLACEHOLDER) for side in (node.left, node.right))
            counted = {
                density.law in COUNTED_LAWS for density in (left.density, right.density) if isinstance(density, Named)
            }
            if len(counted) > 1:
                raise self.fail("one side is a law of whole numbers, and the other one of the real line", node.at)
        elif any(without):
            place = without.index(False)
            sides = [node.left, node.right]
            first = self._side(sides[place], None)
            if len(first.generated) != 1:
                message = "a law without a variable can be compared only to a law of one variable"
                raise self.fail(message, sides[1 - place].at)
            second = self._side(sides[1 - place], first.generated[0])
            left, right = (first, second) if place == 0 else (second, first)
        else:
            left, right = (self._side(side, None) for side in (node.left, node.right))
        if set(left.generated) != set(right.generated):
            message = (
                f"both sides of `{node.name}` must generate the same variables; the left one generates "
                f"{_listed(left)}, the right one {_listed(right)}"
            )
            raise self.fail(message, node.at)
        return Divergence(kind, left, right, order, function)

    def _divergence(self, node: s.Pair) -> tuple[str, Expr | None, str]:
        """The kind, order and function of a divergence."""
        name = node.name
        if name in PLAIN_DIVERGENCES:
            return name, None, ""
        if node.order is not None:
            return name, self.expression(node.order), ""
        if not name.startswith("D_"):
            raise self.fail(f"`{name}` is no divergence", node.at, (*PLAIN_DIVERGENCES, "renyi_{alpha}", "D_f"))
        function = name.removeprefix("D_")
        declared = self.names.convex.get(function)
        if declared is None or declared.concave:
            raise self.fail(f"`{function}` is not declared as a convex function; declare `convex {function}`", node.at)
        return "D_f", None, function

    def entropy(self, node: s.Application) -> Entropy:
        if len(node.arguments) != 1 or node.given is not None or node.parameters is not None:
            raise self.fail("`H` takes one law: `H(p(x))`", node.at)
        inner = node.arguments[0]
        variable = PLACEHOLDER if _law_without_variable(self.names, inner) else None
        return Entropy(self._side(inner, variable))

    def _side(self, node: s.Surface, variable: Variable | None) -> Law:
        return self.law(self._factors(node, variable), node.at)

    def _factors(self, node: s.Surface, variable: Variable | None) -> list[Factor]:
        if isinstance(node, s.Group):
            return self._factors(node.inner, variable)
        if isinstance(node, s.Juxtaposition):
            return [factor for part in node.factors for factor in self._factors(part, variable)]
        if isinstance(node, s.Operation) and node.operator == "*":
            return self._factors(node.left, variable) + self._factors(node.right, variable)
        return [self.factor(node, variable)]

    def factor(self, node: s.Surface, variable: Variable | None) -> Factor:
        """A factor of a law and what it generates; `variable` is for a named law that is written without one."""
        names = self.names
        if isinstance(node, s.Name):
            node = self._with_all_slots(node)
        if isinstance(node, s.Name) and node.name in names.variables:
            message = f"`{node.name}` is a variable, not a law; `{node.name} ~ p({node.name})` draws it from p"
            raise self.fail(message, node.at)
        if not isinstance(node, s.Application):
            message = "a law is a density, or a product of densities written side by side, as in `r(x) q(z|x)`"
            if _is_written_out(node):
                message += "; a mixture is drawn from, as in `x ~ (p(x) + q(x))/2`, or named, as in `let m(x) = ...`"
            raise self.fail(message, node.at, ("a density such as `p(x)` or `q(z|x)`",))
        kind = names.kind(node.name)
        if kind == "density":
            density = self.density(node)
            return density, density.generated
        if kind == "law":
            named = self.named(node, variable)
            return named, (named.variable,)
        if kind == "definition":
            use = self.use(node)
            made = tuple(argument for argument in use.generated if isinstance(argument, Variable))
            if not made or made != use.generated:
                raise self.fail(f"`{to_text(use)}` does not generate its arguments, so it is no law", node.at)
            return use, made
        if kind == "function":
            what = "a measure, and not normalised" if names.functions[node.name].integrable else "a function"
            raise self.fail(f"`{node.name}` is {what}; a law is a density", node.at)
        if kind in ("pdf", "built-in", "entropy", "convex function", "conjugate"):
            raise self.fail(f"`{node.name}(...)` is not a law here", node.at)
        raise self.unknown(node, kind)

    def _with_all_slots(self, node: s.Name) -> s.Surface:
        """``q`` in a divergence: the density of all that q generates."""
        names = self.names
        kind = names.kind(node.name)
        if kind == "density":
            family = names.families[node.name]
            generated, given = family.generated, family.given
        elif kind == "definition":
            generated, given = slots(names.definitions[node.name].head, names)
        else:
            return node

        def placed(found: tuple[str, ...]) -> tuple[s.Surface, ...]:
            return tuple(s.Name(node.at, slot) for slot in found)

        return s.Application(node.at, node.name, placed(generated), None, placed(given) or None)

    def structure(self, family: Family, node: s.Surface) -> Expr:
        """The joint density of a family as a product of its own conditionals, each slot generated once."""
        factors = self._factors(node, None)
        for density, _ in factors:
            if not isinstance(density, Density) or density.family != family.name:
                shown = applied(self.names, family.name)
                message = (
                    f"`{shown}` is factored into conditionals of its own; a law made of others is `let {shown} = ...`"
                )
                raise self.fail(message, node.at)
            for variable in (*density.generated, *density.given):
                if variable.name != variable.stem:
                    raise self.fail(f"`{variable.name}` is a copy; a factor is written with the slots", node.at)
        law = self.law(factors, node.at)
        missing = [slot for slot in family.generated if slot not in {variable.name for variable in law.generated}]
        if missing:
            raise self.fail(f"no factor generates `{missing[0]}`", node.at)
        return law.density

    def law(self, factors: list[Factor], at: int) -> Law:
        """The product law: each variable generated once, and no factor given what comes only after it."""
        density, generated = factors[0][0], tuple(variable for _, made in factors for variable in made)
        for place, variable in enumerate(generated):
            if variable in generated[:place]:
                raise self.fail(f"`{variable.name}` is generated twice in one law", at)
        for factor, _ in factors[1:]:
            density = Mul(density, factor)
        waiting = [(self.reach(factor) - set(made), set(made)) for factor, made in factors]
        unmade = set(generated)
        while waiting:
            ready = [made for needed, made in waiting if not needed & unmade]
            if not ready:
                raise self.fail("the law is cyclic: its factors generate what the others are given", at)
            for made in ready:
                unmade -= made
            waiting = [(needed, made) for needed, made in waiting if made & unmade]
        return Law(density, generated)


def _renamed(factor: Factor, renaming: dict[Variable, Variable]) -> Factor:
    """The factor with other names for what it generates; they stand in its heads only."""
    density, generated = factor

    def renamed(variables: tuple[Expr, ...]) -> tuple[Expr, ...]:
        return tuple(renaming.get(v, v) if isinstance(v, Variable) else v for v in variables)

    made = tuple(renaming.get(variable, variable) for variable in generated)
    if isinstance(density, Density):
        given = tuple(renaming.get(variable, variable) for variable in density.given)
        return Density(density.family, made, given), made
    if isinstance(density, Named):
        return Named(density.law, made[0], density.parameters), made
    assert isinstance(density, Use)
    return Use(density.name, renamed(density.generated), renamed(density.given)), made


def _is_written_out(node: s.Surface) -> bool:
    """Whether a law is an expression of densities such as a mixture, and no product of densities."""
    while isinstance(node, s.Group):
        node = node.inner
    if isinstance(node, s.Operation) and node.operator == "*":
        return _is_written_out(node.left) or _is_written_out(node.right)
    return isinstance(node, s.Operation | s.Numeral | s.Binder)


def _law_without_variable(names: Names, node: s.Surface) -> bool:
    while isinstance(node, s.Group):
        node = node.inner
    if not isinstance(node, s.Application) or node.parameters is not None:
        return False
    return names.kind(node.name) == "law"


def _listed(law: Law) -> str:
    return ", ".join(f"`{variable.name}`" for variable in law.generated)
