"""What a name at its arguments is: a density, a named law, a function, a definition in use."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from proofs.language import surface as s
from proofs.language.binding import free_variables
from proofs.language.declarations import INFORMATION, Names
from proofs.language.definitions import Expander
from proofs.language.errors import ClaimError
from proofs.language.laws import COUNTED_LAWS, LAWS, VARIADIC_LAWS, parameters_of, signature
from proofs.language.probabilities import total
from proofs.language.text import to_text
from proofs.language.tree import (
    Apply,
    Conjugate,
    Definition,
    Density,
    Expr,
    Gradient,
    Indicator,
    Information,
    Named,
    Use,
    Variable,
    walk,
)

#: Divergences of two laws that take neither an order nor a function.
PLAIN_DIVERGENCES = ("KL", "JSD", "CE", "TV", "chi2", "H2", "W1", "W2")

T = TypeVar("T", bound=Expr)


class Applications(ABC):
    """Resolves applications in one block, whose names are known; what their arguments are is for `expression`."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.local: dict[str, Expr] = {}  # parameters of the definition at hand, and indices
        self.indices: frozenset[str] = frozenset()
        self.definitions: dict[str, Definition] = {}
        self._points: dict[str, frozenset[str]] = {}  # of each definition, the parameters that stand as points
        self._slotted: dict[str, frozenset[str]] = {}  # and those of them that fill a slot, which fixes their space
        self._reach: dict[str, frozenset[Variable]] = {}  # of each definition, the variables of its place of use

    @abstractmethod
    def expression(self, node: s.Surface) -> Expr:
        """The expression that a piece of source text stands for."""

    def enter(self, definition: Definition) -> None:
        """Let what follows use a definition."""
        self.definitions[definition.name] = definition
        self._points[definition.name] = frozenset(v.name for v in self._points_of(definition.body, self._points))
        slotted = self._points_of(definition.body, self._slotted, named=False)
        self._slotted[definition.name] = frozenset(variable.name for variable in slotted)
        self._reach[definition.name] = self.reach(definition.body) - {*definition.generated, *definition.given}

    def reach(self, expr: Expr) -> frozenset[Variable]:
        """The free variables of an expression, with those that the definitions in it take from their place of use."""
        used = (self._reach[node.name] for node in walk(expr) if isinstance(node, Use))
        return free_variables(expr).union(*used)

    def density(self, node: s.Application) -> Density:
        family = self.names.families[node.name]
        if node.parameters is not None:
            raise self.fail(f"`{node.name}` is a family of densities; its arguments stand without a semicolon", node.at)
        generated = tuple(self.point(part, what=f"a density such as `{node.name}`") for part in node.arguments)
        given = tuple(self.point(part, what=f"a density such as `{node.name}`") for part in node.given or ())
        filled: dict[str, Variable] = {}
        shown = applied(self.names, family.name)
        for variable in generated + given:
            if variable.stem in filled:
                message = f"`{variable.name}` and `{filled[variable.stem].name}` fill the same slot of `{shown}`"
                raise self.fail(message, node.at)
            if variable.stem not in (*family.generated, *family.given):
                raise self.fail(f"`{shown}` has no slot for `{variable.name}`", node.at)
            filled[variable.stem] = variable
        front = {variable.stem for variable in generated}
        for slot in family.given:
            if slot not in filled or slot in front:
                raise self._omitted(node, slot, shown)
        return Density(node.name, generated, given)

    def _omitted(self, node: s.Application, slot: str, shown: str) -> ClaimError:
        family = self.names.families[node.name]
        joint = ", ".join((*family.given, *family.generated))
        given, made = ", ".join(family.given), ", ".join(family.generated)
        message = (
            f"`{shown}` is a conditional family, a law for each {slot}: it has no marginal or joint law over {slot}. "
            f"Declare `density {node.name}({joint})`, or define `let a({made}) = int_{{{given}}}[d({given})*{shown}]` "
            f"with a law d of {given}"
        )
        return self.fail(message, node.at)

    def named(self, node: s.Application, variable: Variable | None) -> Named:
        if node.given is not None:
            raise self.fail(f"`{node.name}` takes no bar; write `{signature(node.name)}`", node.at)
        values = node.parameters
        if values is None:
            values = node.arguments
            if variable is None:
                message = f"`{node.name}` needs its variable here: `{signature(node.name)}`"
                raise self.fail(message, node.at)
        else:
            if len(node.arguments) != 1:
                raise self.fail(f"`{node.name}` is a law of one variable: `{signature(node.name)}`", node.at)
            variable = self.point(node.arguments[0], what=f"a law such as `{node.name}`")
        if parameters_of(node.name, len(values)) is None:
            wanted = count(len(LAWS[node.name]), "parameter") + (" or more" if node.name in VARIADIC_LAWS else "")
            raise self.fail(f"`{node.name}` has {wanted}, not {len(values)}: `{signature(node.name)}`", node.at)
        counted = variable.stem in self.names.discrete
        if counted and node.name not in COUNTED_LAWS:
            raise self.fail(f"`{variable.name}` is discrete, and `{node.name}` is a law on the real line", node.at)
        if not counted and node.name in COUNTED_LAWS and variable.name != "_":
            message = f"`{node.name}` is a law of whole numbers; declare `discrete {variable.name}`"
            raise self.fail(message, node.at)
        parameters = tuple(self.expression(value) for value in values)
        if any(variable in free_variables(parameter) for parameter in parameters):
            raise self.fail(f"`{variable.name}` cannot be a parameter of its own law", node.at)
        if node.name in VARIADIC_LAWS:
            self._check_probabilities(node, parameters)
        return Named(node.name, variable, parameters)

    def _check_probabilities(self, node: s.Application, probabilities: tuple[Expr, ...]) -> None:
        expander = Expander(self.definitions.values())
        found = total([expander.expression(probability) for probability in probabilities])
        if found != 1:
            what = "do not sum to one by their form" if found is None else f"sum to {found}, not to one"
            example = f"bare names such as `{node.name}(x; p_1, p_2, p_3)` stand for any probabilities"
            raise self.fail(f"the probabilities of `{node.name}` {what}; {example}", node.at)

    def use(self, node: s.Application) -> Use:
        definition = self.definitions.get(node.name)
        if definition is None:
            raise self.fail(f"`{node.name}` is used above the line that defines it, or in terms of itself", node.at)
        given = node.given or ()
        matches = (len(node.arguments), len(given)) == (len(definition.generated), len(definition.given))
        if node.parameters is not None or not matches:
            head = to_text(Use(definition.name, definition.generated, definition.given))
            raise self.fail(f"`{node.name}` is defined as `{head}` and takes just these arguments", node.at)
        parameters = (*definition.generated, *definition.given)
        arguments: list[Expr] = []
        for parameter, part in zip(parameters, (*node.arguments, *given), strict=True):
            if parameter.name in self._points[node.name]:
                argument: Expr = self.point(part, what=f"the definition of `{node.name}`")
                slotted = parameter.name in self._slotted[node.name]
                if slotted and isinstance(argument, Variable) and argument.stem != parameter.stem:
                    message = (
                        f"`{node.name}` is a function of `{parameter.name}`, and `{argument.name}` is no copy of it"
                    )
                    raise self.fail(message, part.at)
            else:
                argument = self.expression(part)
            arguments.append(argument)
        split = len(node.arguments)
        return Use(node.name, tuple(arguments[:split]), tuple(arguments[split:]))

    # --- variables

    def variable(self, name: str) -> Variable:
        return Variable(name, self.names.stem(name))

    def point(self, node: s.Surface, what: str = "this place") -> Variable:
        """The variable that a name stands for where only a variable can stand."""
        if not isinstance(node, s.Name):
            raise self.fail(f"{what} takes variables, not expressions", node.at, ("a variable such as `x`",))
        name = node.name
        if name in self.local:
            local = self.local[name]
            if isinstance(local, Variable):
                return local
            raise self.fail(f"`{name}` is an index here, not a variable", node.at)
        kind = self.names.kind(name)
        if kind in ("number", "definition", "random variable"):
            article = "a number" if kind == "number" else f"a {kind}"
            raise self.fail(f"`{name}` is {article}, and stands here as a variable", node.at)
        variable = self.variable(name)
        base, _, subscript = name.rpartition("_")
        if subscript in self.indices and variable.stem == name:
            raise self.fail(
                f"`{name}` is the copy of `{base}` at {subscript}, but `{base}` is no variable here", node.at
            )
        return variable

    def _points_of(self, body: Expr, of: dict[str, frozenset[str]], *, named: bool = True) -> Iterator[Variable]:
        """The variables of a body that stand where only variables can; at a named law, any real one can."""
        for node in walk(body):
            if isinstance(node, Density):
                yield from (*node.generated, *node.given)
            elif isinstance(node, Named):
                yield from (node.variable,) if named else ()
            elif isinstance(node, Apply):
                if node.name not in self.names.convex:
                    yield from (argument for argument in node.arguments if isinstance(argument, Variable))
            elif isinstance(node, Gradient) and isinstance(node.wrt, Variable):
                yield node.wrt
            elif isinstance(node, Use):
                definition = self.definitions[node.name]
                parameters = (*definition.generated, *definition.given)
                for parameter, argument in zip(parameters, (*node.generated, *node.given), strict=True):
                    if isinstance(argument, Variable) and parameter.name in of[node.name]:
                        yield argument

    def refuse_bar(self, node: s.Application) -> None:
        if node.given is not None or node.parameters is not None:
            sign = "semicolon" if node.given is None else "bar"
            raise self.fail(f"`{node.name}` is a function and takes no {sign}", node.at)

    @contextmanager
    def bound(self, more: dict[str, T]) -> Iterator[None]:
        outer = self.local
        self.local = {**outer, **more}
        try:
            yield
        finally:
            self.local = outer

    def fail(self, message: str, at: int, expected: tuple[str, ...] = ()) -> ClaimError:
        return self.names.fail(message, at, expected)

    def apply(self, node: s.Application) -> Apply:
        function = self.names.functions[node.name]
        self.refuse_bar(node)
        if len(node.arguments) != len(function.arguments):
            message = f"`{node.name}` takes {count(len(function.arguments))}, not {len(node.arguments)}"
            raise self.fail(message, node.at)
        points = []
        for argument, slot in zip(node.arguments, function.arguments, strict=True):
            point = self.point(argument, what=f"a function such as `{node.name}`")
            if point.stem != slot:
                message = f"`{node.name}` is a function of `{slot}`, and `{point.name}` is no copy of `{slot}`"
                raise self.fail(message, argument.at)
            points.append(point)
        return Apply(node.name, tuple(points))

    def convex(self, node: s.Application) -> Apply | Conjugate:
        """A convex function or its conjugate at a real number: ``f(t)``, ``conj_f(t)``."""
        self.refuse_bar(node)
        if len(node.arguments) != 1:
            raise self.fail(f"`{node.name}` takes 1 argument, not {len(node.arguments)}", node.at)
        argument = self.expression(node.arguments[0])
        if node.name in self.names.convex:
            return Apply(node.name, (argument,))
        return Conjugate(node.name.removeprefix("conj_"), argument)

    def indicator(self, node: s.Application) -> Indicator:
        if node.given is not None or node.parameters is not None or len(node.arguments) != 1:
            raise self.fail("`ind` takes one event, as in `ind(x > t)`", node.at)
        return self.event(node.arguments[0])

    def event(self, node: s.Surface) -> Indicator:
        """A relation between two numbers, as the expression that is one where it holds and zero elsewhere."""
        if not isinstance(node, s.Comparison):
            raise self.fail("an event is a relation between two numbers, as in `x > t`", node.at)
        if node.relation == "~=":
            raise self.fail("`~=` is no event; it compares with printed digits", node.at)
        return Indicator(self.expression(node.left), node.relation, self.expression(node.right))

    def information(self, node: s.Application) -> Information:
        """``I_p(x; z | y)``: groups of variables of one family, each in a slot of its own."""
        family = node.name.removeprefix(INFORMATION)
        shape = f"`{node.name}(x; z)` or `{node.name}(x; z | y)`"
        if self.names.kind(family) != "density":
            raise self.fail(f"`{family}` is not a family of densities; write {shape}", node.at)
        if node.parameters is None:
            raise self.fail(f"a mutual information is written {shape}", node.at)
        declared = self.names.families[family]
        if declared.given:
            message = (
                f"`{applied(self.names, family)}` is a conditional family, and `{node.name}` is taken under a joint law"
            )
            raise self.fail(message, node.at)
        groups = (node.arguments, node.parameters, node.given or ())
        first, second, given = (tuple(self.point(part, what=f"`{node.name}`") for part in group) for group in groups)
        filled: set[str] = set()
        for variable, part in zip((*first, *second, *given), (part for group in groups for part in group), strict=True):
            if variable.stem not in declared.generated or variable.stem in filled:
                message = f"`{variable.name}` fills no slot of its own of `{applied(self.names, family)}`"
                raise self.fail(message, part.at)
            filled.add(variable.stem)
        return Information(family, first, second, given)

    # --- what binds

    def unknown(self, node: s.Application, kind: str) -> ClaimError:
        name = node.name
        if kind:
            return self.fail(f"`{name}` is a {kind}, and takes no arguments", node.at)
        if name in PLAIN_DIVERGENCES:
            return self.fail(f"`{name}` compares two laws: `{name}(q(x) || p(x))`", node.at)
        if name == "softmax":
            return self.fail(f"`{name}` is not supported yet", node.at)
        if name.startswith("conj_"):
            message = f"`{name[5:]}` is not declared; declare `convex {name[5:]}`"
            if name[5:] in self.names.convex:
                message = f"`{name[5:]}` is concave; the convex conjugate is that of a convex function"
            return self.fail(message, node.at)
        if name.startswith(INFORMATION):
            return self.fail(f"a mutual information is written `{name}(x; z)` or `{name}(x; z | y)`", node.at)
        if node.parameters is not None:
            known = ", ".join(signature(law) for law in LAWS)
            return self.fail(f"`{name}` is not a named law; these are {known}", node.at)
        if name.startswith("pdf_"):
            message = f"`{name[4:]}` is not declared; write `let {name[4:]} = exp(Y) where Y ~ Normal(mu, sigma)`"
            return self.fail(message, node.at)
        arguments = ", ".join(part.name for part in node.arguments if isinstance(part, s.Name)) or "x"
        message = f"`{name}` is not declared; declare `function {name}({arguments})`"
        if name[0].islower():
            message += f" or `density {name}({arguments})`"
        return self.fail(message, node.at)


def applied(names: Names, family: str) -> str:
    """The family at all its slots, as text: ``q(z|x)``."""
    known = names.families[family]
    given = f"|{', '.join(known.given)}" if known.given else ""
    return f"{family}({', '.join(known.generated)}{given})"


def count(number: int, noun: str = "argument") -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
