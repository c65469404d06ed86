"""What the uses of names show: which are families, with which slots, which are variables, and where numbers live.

The survey looks at the whole block before anything is resolved, since a name may be used above the line that
shows what it is. It decides nothing about single places; `elaboration` does, and says where a place is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from proofs.language import surface as s
from proofs.language.declarations import CONSTANTS, ENTROPY, Declared, Names
from proofs.language.laws import DOMAINS, LAWS
from proofs.language.tree import FUNCTIONS, Family, Function, Scalar, walk
from proofs.language.uses import Uses, is_plain

_DEFAULT_SLOTS = "xyzwuv"


def survey(statements: Iterable[s.Statement], source: str) -> Names:
    """Declared names, and those that their use shows to be families, variables or numbers.

    Raises:
        ClaimError: a declaration is wrong, or a name is declared twice.
    """
    statements = tuple(statements)
    names = Names(source)
    declared = Declared(names)
    for statement in statements:
        declared.add(statement)
    uses = _Shown(names)
    for statement in statements:
        uses.statement(statement)
    uses.conclude(declared.masses)
    return names


class _Shown(Uses):
    """The uses of a block, and what they come to."""

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self._points: dict[str, tuple[int, ...]] = {}

    def conclude(self, masses: list[str]) -> None:
        """Enter into the names what the uses have shown."""
        names = self.names
        self._find_factors()
        names.families.update((name, Family(name, ())) for name in sorted(self.shown))
        self._find_variables()
        for name in sorted(self.bare.keys() - names.variables):
            if not names.kind(name):
                names.families[name] = Family(name, ())
        for name, family in names.families.items():
            stems = self._stems(name, family.generated), self._stems(name, family.given)
            declared = replace(family, generated=stems[0], given=stems[1])
            names.families[name] = declared if family.generated else self._with_slots(family)
        self._slots_of_bare_laws()
        for name, family in names.families.items():
            names.families[name] = replace(family, parameters=names.dependence(name))
        for name, function in names.functions.items():
            found = replace(function, arguments=self._stems(name, function.arguments))
            found = found if function.arguments else self._with_arguments(function)
            names.functions[name] = replace(found, parameters=names.dependence(name))
        names.discrete.update(slot for name in masses for slot in names.families[name].generated)
        names.discrete = {names.stem(name) for name in names.discrete | self.counted}
        for name in self.numbers.keys() - names.variables - names.parameters - set(CONSTANTS):
            if not names.kind(name) or (name in LAWS or name in FUNCTIONS or name == ENTROPY):
                if name in self.domains and names.stem(name) == name:
                    names.scalars[name] = replace(DOMAINS[self.domains[name]], name=name)
        self._check_dependence()

    def _check_dependence(self) -> None:
        """What is named after a parameter and cannot depend on it would be read as a constant."""
        for what, table in (("number", self.names.scalars), ("convex function", self.names.convex)):
            for name in table:
                for parameter in self.names.dependence(name):
                    message = f"`{name}` is a {what}, and does not depend on the parameter `{parameter}` of its name"
                    raise self.names.fail(message, self.names.places.get(name, self.numbers.get(name, 0)))

    def _find_factors(self) -> None:
        """What stands in a product or quotient with a density, as in ``p(x, z)/q(z|x)``, is one."""
        before = -1
        while before != len(self.shown):
            before = len(self.shown)
            for product in self.products:
                if any(part.name in self.shown or part.name in self.names.families for part in product):
                    self.shown.update(
                        part.name
                        for part in product
                        if part.name[0].islower() and not self.names.kind(part.name) and is_plain(part)
                    )

    def _find_variables(self) -> None:
        names = self.names
        for node, local in self.applications:
            kind = names.kind(node.name)
            parts: tuple[s.Surface, ...] = ()
            if kind in ("density", "function", "pdf"):
                parts = (*node.arguments, *(node.given or ()))
            elif kind == "law" and node.parameters is not None:
                parts = node.arguments
            elif kind == "definition" and node.given is not None:
                parts = (*node.arguments, *node.given)
            elif kind == "definition":
                parts = tuple(
                    node.arguments[place] for place in self._points_of(node.name) if place < len(node.arguments)
                )
            for part in parts:
                if isinstance(part, s.Name) and (names.kind(part.name) != "number" or self._may_vary(part.name)):
                    if kind in ("density", "function") or part.name not in local:
                        names.variables.add(part.name)
        for name in names.variables & names.scalars.keys():
            if self._may_vary(name):
                del names.scalars[name]

    def _may_vary(self, name: str) -> bool:
        """Whether a name is declared by a bare ``real x``, which also declares a variable that stands as one."""
        return self.names.scalars.get(name) == Scalar(name)

    def _points_of(self, name: str) -> tuple[int, ...]:
        """The places of a definition's arguments that stand in its body where only a variable can."""
        known = self._points.get(name)
        if known is None:
            self._points[name] = ()  # a definition in terms of itself is refused later
            let = self.names.definitions[name]
            inside = {part.name for part in self._inside(let.body) if isinstance(part, s.Name)}
            head = let.head.arguments if isinstance(let.head, s.Application) else ()
            known = tuple(i for i, part in enumerate(head) if isinstance(part, s.Name) and part.name in inside)
            self._points[name] = known
        return known

    def _inside(self, body: s.Surface) -> Iterator[s.Surface]:
        """What stands as a variable in the body of a definition."""
        for node in walk(body):
            if isinstance(node, s.Application):
                kind = self.names.kind(node.name)
                if kind in ("density", "function") or (kind == "law" and node.parameters is not None):
                    yield from (*node.arguments, *(node.given or ()))
                elif kind == "definition":
                    yield from (node.arguments[i] for i in self._points_of(node.name) if i < len(node.arguments))

    def _with_slots(self, family: Family) -> Family:
        """All that the family is ever applied to; what never stands in front of a bar is given."""
        front: dict[str, None] = {}
        behind: dict[str, None] = {}
        for node, _ in self.applications:
            if node.name == family.name:
                for parts, found in ((node.arguments, front), (node.given or (), behind)):
                    found.update((self.names.stem(part.name), None) for part in parts if isinstance(part, s.Name))
        given = tuple(slot for slot in behind if slot not in front)
        return replace(family, generated=tuple(front), given=given)

    def _slots_of_bare_laws(self) -> None:
        """``KL(q || p)`` alone compares two laws of one variable; otherwise a law takes its partner's slots."""
        families = self.names.families
        for _ in self.bare:  # slots travel along a chain of divergences, a link a round
            for name, partners in self.bare.items():
                if name in families and not families[name].generated:
                    found = [slots for slots in map(self._generated_by, partners) if slots]
                    families[name] = replace(families[name], generated=found[0] if found else ())
        free = next((slot for slot in _DEFAULT_SLOTS if self.names.kind(slot) != "number"), "x")
        for name, family in families.items():
            if not family.generated:
                families[name] = replace(family, generated=(free,))
                self.names.variables.add(free)

    def _generated_by(self, law: s.Surface) -> tuple[str, ...]:
        if isinstance(law, s.Application):
            if law.parameters is None and self.names.kind(law.name) == "law":
                return ()
            return tuple(self.names.stem(part.name) for part in law.arguments if isinstance(part, s.Name))
        known = self.names.families.get(law.name) if isinstance(law, s.Name) else None
        return known.generated if known else ()

    def _with_arguments(self, function: Function) -> Function:
        for node, _ in self.applications:
            if node.name == function.name:
                stems = tuple(self.names.stem(part.name) if isinstance(part, s.Name) else "" for part in node.arguments)
                return replace(function, arguments=stems)
        return function

    def _stems(self, name: str, declared: tuple[str, ...]) -> tuple[str, ...]:
        stems = tuple(self.names.stem(slot) for slot in declared)
        for place, slot in enumerate(stems):
            if slot in stems[:place]:
                message = f"`{name}` is declared with `{declared[place]}`, a copy of `{slot}`, in a slot of its own"
                raise self.names.fail(message, self.names.places[name])
        return stems
