"""The uses of names in a block, collected: each with what its place says about it."""

from __future__ import annotations

from proofs.language import surface as s
from proofs.language.declarations import INFORMATION, LAW_BINDERS, Names, drawn, last_factor, slots, symbolic_span
from proofs.language.laws import COUNTED_LAWS, DOMAINS, parameters_of

_NARROWER = tuple(DOMAINS)
_TAKES_EXPRESSIONS = ("built-in", "entropy", "definition", "pdf", "convex function", "conjugate")


class Uses:
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
        if not kind and is_plain(node):
            shown = node.given is not None or context == "law"
            if shown or (context in ("log", "integral") and node.name[0].islower()):
                self.shown.add(node.name)
        if kind == "definition" and context == "law":
            self.names.variables.update(part.name for part in parts if isinstance(part, s.Name))
        if kind == "law":
            parameters = node.parameters if node.parameters is not None else node.arguments
            wanted = parameters_of(node.name, len(parameters)) or ()
            for parameter, value in zip(wanted, parameters, strict=False):
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


def _factors(node: s.Surface) -> list[s.Surface]:
    """The factors of a product and of the quotients in it."""
    while isinstance(node, s.Group | s.Minus):
        node = node.inner if isinstance(node, s.Group) else node.operand
    if isinstance(node, s.Operation) and node.operator in "*/":
        return _factors(node.left) + _factors(node.right)
    return [node]


def is_plain(node: s.Application) -> bool:
    """Whether it could be a density: a name that is not kept for something else, at bare names."""
    parts = (*node.arguments, *(node.given or ()))
    kept = node.name.startswith((INFORMATION, "conj_"))
    return not kept and node.parameters is None and all(isinstance(part, s.Name) for part in parts)


def _inside(function: str, context: str) -> str:
    """The context of a built-in function's argument."""
    if function in ("log", "log2"):
        return "log"
    return context if function == "sqrt" else ""
