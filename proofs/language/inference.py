"""What the uses of names show: which are families, with which slots, which are variables, and where numbers live.

The survey looks at the whole block before anything is resolved, since a name may be used above the line that
shows what it is. It decides nothing about single places; `elaboration` does, and says where a place is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from proofs.language import surface as s
from proofs.language.declarations import (
    CONSTANTS,
    ENTROPY,
    INFORMATION,
    LAW_BINDERS,
    Declared,
    Names,
    drawn,
    last_factor,
    slots,
    symbolic_span,
)
from proofs.language.laws import COUNTED_LAWS, DOMAINS, LAWS, RESERVED_LAWS
from proofs.language.tree import FUNCTIONS, Family, Function

_DEFAULT_SLOTS = "xyzwuv"
_NARROWER = tuple(DOMAINS)
_TAKES_EXPRESSIONS = ("built-in", "entropy", "definition", "pdf", "convex function", "conjugate")


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
    uses = _Uses(names)
    for statement in statements:
        uses.statement(statement)
    uses.conclude(declared.masses)
    return names


class _Uses:
    """Collects what the uses of names show.

    The `context` of a place is ``"law"`` for a factor of a law, ``"log"`` for a factor of a log's argument,
    ``"integral"`` for arithmetic under an integral sign, else empty. `local` are the names bound by a definition's
    head or an index.
    """

    def __init__(self, names: Names) -> None:
        self.names = names
        self.applications: list[tuple[s.Application, frozenset[str]]] = []
        self.shown: set[str] = set()  # undeclared names that their use shows to be families
        self.bare: dict[str, list[s.Surface]] = {}  # sides of divergences without arguments, with the other sides
        self.products: list[list[s.Application]] = []  # what stands in one product or quotient
        self.counted: set[str] = set()  # variables under a `sum` or of a counted law
        self.numbers: dict[str, int] = {}  # names that may be numbers, with a place of each
        self.domains: dict[str, str] = {}  # of the parameters of named laws

    def statement(self, statement: s.Statement) -> None:
        nothing: frozenset[str] = frozenset()
        if isinstance(statement, s.ChainStatement | s.Assume):
            chain = statement.chain if isinstance(statement, s.Assume) else statement
            self.visit(chain.first, "", nothing)
            for step in chain.steps:
                self.visit(step.right, "", nothing)
        elif isinstance(statement, s.Declare) and statement.structure is not None:
            self.visit(statement.structure, "law", nothing)
        elif isinstance(statement, s.Let):
            generated, given = slots(statement.head, self.names)
            local = frozenset(generated + given)
            if statement.where is None:
                self.visit(statement.body, "", local)
            else:
                self.visit(statement.body, "", frozenset((statement.where.name,)))
                self.visit(statement.where.law, "law", nothing)

    def visit(self, node: s.Surface, context: str, local: frozenset[str]) -> None:
        match node:
            case s.Name(name=name):
                if context != "law" and name not in local:
                    self.numbers.setdefault(name, node.at)
            case s.Operation(operator=operator, left=left, right=right):
                if operator in "*/":
                    self.products.append([part for part in _factors(node) if isinstance(part, s.Application)])
                kept = context if context != "log" or operator in "*/^" else ""
                self.visit(left, kept, local)
                # In the ambiguous `log p(x)/q(x)` both are under the log, so that the ambiguity is what gets reported.
                after_log = operator in "*/" and isinstance(last_factor(left), s.Prefix)
                self.visit(right, "log" if after_log else kept if operator != "^" else "", local)
            case s.Minus(operand=inner) | s.Group(inner=inner):
                self.visit(inner, context, local)
            case s.Prefix(function=function, operand=operand):
                self.visit(operand, _inside(function, context), local)
            case s.Juxtaposition(factors=factors):
                for factor in factors:
                    self.visit(factor, context, local)
            case s.Application():
                self._application(node, context, local)
            case s.Pair(left=left, right=right, order=order):
                if order is not None:
                    self.visit(order, "", local)
                for side, partner in ((left, right), (right, left)):
                    if self._counted_law(side) and isinstance(partner, s.Application) and not self._law(partner):
                        self.counted.update(part.name for part in partner.arguments if isinstance(part, s.Name))
                    if isinstance(side, s.Name):
                        self.bare[side.name] = [*self.bare.get(side.name, []), partner]
                self.visit(left, "law", local)
                self.visit(right, "law", local)
            case s.Binder():
                self._binder(node, local)
            case s.Gradient(body=body):
                self.visit(body, "", local)
            case s.Optimum(over=over, body=body, witness=witness):
                self.visit(body, "", local)
                law = self.names.kind(over.name) in ("", "density") and isinstance(witness, s.Application)
                self.visit(witness, "law" if law else "", local)
            case s.Comparison(left=left, right=right):
                self.visit(left, "", local)
                self.visit(right, "", local)

    def _application(self, node: s.Application, context: str, local: frozenset[str]) -> None:
        kind = self.names.kind(node.name)
        if node.name in COUNTED_LAWS and kind == "law" and node.parameters is not None:
            self.counted.update(part.name for part in node.arguments if isinstance(part, s.Name))
        if not kind and node.name.startswith(INFORMATION) and node.parameters is not None:
            self._information(node, local)
            return
        self.applications.append((node, local))
        parts = (*node.arguments, *(node.given or ()))
        if not kind and _plain(node):
            shown = node.given is not None or context == "law"
            if shown or (context in ("log", "integral") and node.name[0].islower()):
                self.shown.add(node.name)
        if kind == "definition" and context == "law":
            self.names.variables.update(part.name for part in parts if isinstance(part, s.Name))
        if kind == "law":
            parameters = node.parameters if node.parameters is not None else node.arguments
            for parameter, value in zip(LAWS[node.name], parameters, strict=False):
                self._parameter(value, parameter.domain, local)
                self.visit(value, "", local)
            return
        inside = "law" if kind == "entropy" else _inside(node.name, context) if kind == "built-in" else ""
        for part in parts:
            if kind in _TAKES_EXPRESSIONS or not isinstance(part, s.Name):
                self.visit(part, inside, local)

    def _information(self, node: s.Application, local: frozenset[str]) -> None:
        """``I_p(x; z | y)`` shows that p is a family of x, z and y."""
        family = node.name.removeprefix(INFORMATION)
        slots = (*node.arguments, *(node.parameters or ()), *(node.given or ()))
        self.applications.append((s.Application(node.at, family, slots, None, None), local))
        if family and not self.names.kind(family):
            self.shown.add(family)

    def _binder(self, node: s.Binder, local: frozenset[str]) -> None:
        for piece in node.subscript:
            if isinstance(piece, s.Index):
                self.visit(piece.low, "", local)
                self.visit(piece.high, "", local)
                if isinstance(piece.index, s.Name):
                    local = local | {piece.index.name}
            elif isinstance(piece, s.Draw):
                spans = [symbolic_span(name, self.names) for name in piece.names]
                listed = [name for name, span in zip(piece.names, spans, strict=True) if span is None]
                found = {name.name for name in drawn(listed, self.names)} | {span.base for span in spans if span}
                self.names.variables.update(found)
                self.counted.update(found if self._counted_law(piece.law) else ())
                self.visit(piece.law, "law", local)
            elif node.head in LAW_BINDERS:
                self.visit(piece, "law", local)
            elif isinstance(piece, s.Name | s.Span):
                found = {name.name for name in drawn([piece], self.names)}
                self.names.variables.update(found)
                self.counted.update(found if node.head == "sum" else ())
        for part in node.body:
            self.visit(part, "integral" if node.head in ("int", "sum") else "", local)

    def _law(self, node: s.Surface) -> bool:
        return isinstance(node, s.Application) and self.names.kind(node.name) == "law"

    def _counted_law(self, node: s.Surface) -> bool:
        return isinstance(node, s.Application) and node.name in COUNTED_LAWS and self._law(node)

    def _parameter(self, node: s.Surface, domain: str, local: frozenset[str]) -> None:
        """Domains from a parameter's place: ``N(x; a*m + b, s^2)`` shows real a, m, b and positive s."""
        match node:
            case s.Name(name=name):
                if name not in local:
                    self.domains[name] = max(self.domains.get(name, "real"), domain, key=_NARROWER.index)
            case s.Group(inner=inner):
                self._parameter(inner, domain, local)
            case s.Minus(operand=inner):
                if domain == "real":
                    self._parameter(inner, domain, local)
            case s.Operation(operator=operator, left=left, right=right):
                if domain == "real" or (domain == "positive" and operator != "-"):
                    self._parameter(left, domain, local)
                    self._parameter(right, "real" if operator == "^" else domain, local)
            case s.Prefix(function=function, operand=operand):
                self._parameter(operand, domain if function == "sqrt" and domain == "positive" else "real", local)
            case s.Application(name=name, arguments=arguments):
                if self.names.kind(name) == "built-in":
                    for argument in arguments:
                        self._parameter(argument, domain if name == "sqrt" and domain == "positive" else "real", local)

    # --- conclusions

    def conclude(self, masses: list[str]) -> None:
        """Enter into the names what the uses have shown."""
        names = self.names
        self._find_factors()
        names.families.update((name, Family(name, ())) for name in sorted(self.shown))
        self._find_variables()
        for name in sorted(self.bare.keys() - names.variables - RESERVED_LAWS):
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
                        if part.name[0].islower() and not self.names.kind(part.name) and _plain(part)
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
            for part in parts:
                if isinstance(part, s.Name) and names.kind(part.name) != "number":
                    if kind in ("density", "function") or part.name not in local:
                        names.variables.add(part.name)

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


def _factors(node: s.Surface) -> list[s.Surface]:
    """The factors of a product and of the quotients in it."""
    while isinstance(node, s.Group | s.Minus):
        node = node.inner if isinstance(node, s.Group) else node.operand
    if isinstance(node, s.Operation) and node.operator in "*/":
        return _factors(node.left) + _factors(node.right)
    return [node]


def _plain(node: s.Application) -> bool:
    """Whether it could be a density: a name that is not kept for something else, at bare names."""
    parts = (*node.arguments, *(node.given or ()))
    kept = node.name in RESERVED_LAWS or node.name.startswith((INFORMATION, "conj_"))
    return not kept and node.parameters is None and all(isinstance(part, s.Name) for part in parts)


def _inside(function: str, context: str) -> str:
    """The context of a built-in function's argument."""
    if function in ("log", "log2"):
        return "log"
    return context if function == "sqrt" else ""
