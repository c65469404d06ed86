"""From the surface form to the tree: every name resolved, every law checked, every mistake told with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import TypeVar

from proofs.language import surface as s
from proofs.language.binding import free_variables
from proofs.language.declarations import CONSTANTS, Names, drawn, last_factor, slots
from proofs.language.errors import ClaimError
from proofs.language.laws import LAWS, RESERVED_LAWS, signature
from proofs.language.text import to_text
from proofs.language.tree import (
    DIVERGENCES,
    FUNCTIONS,
    INDEX_SUMS,
    Add,
    Apply,
    Call,
    Chain,
    Constant,
    Definition,
    Density,
    Div,
    Divergence,
    Entropy,
    Expectation,
    Expr,
    IndexSum,
    Integral,
    Law,
    Mul,
    Named,
    Neg,
    Number,
    Pow,
    PushforwardDensity,
    Step,
    Sub,
    Symbol,
    Use,
    Variable,
    walk,
)

#: The variable of two laws that are written without one: ``KL(Normal(m, s) || Normal(0, 1))``.
PLACEHOLDER = Variable("_", "_")

_OPERATIONS: dict[str, Callable[[Expr, Expr], Expr]] = {"+": Add, "-": Sub, "*": Mul, "/": Div, "^": Pow}
_LATER_PAIRS = ("TV", "chi2", "H2", "W1", "W2")

Factor = tuple[Expr, tuple[Variable, ...]]
T = TypeVar("T")


class Elaborator:
    """Resolves the expressions of one block, whose names are known."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.local: dict[str, Expr] = {}  # parameters of the definition at hand, and indices
        self.indices: frozenset[str] = frozenset()
        self.definitions: dict[str, Definition] = {}
        self._points: dict[str, frozenset[str]] = {}  # of each definition, the parameters that stand as points

    # --- statements

    def define(self, statement: s.Let) -> None:
        """Enter ``let w(z) = ...``; definitions above it can be used in its body."""
        head = statement.head
        generated, given = slots(head, self.names)
        parameters = {name: self._variable(name) for name in generated + given}
        with self._bound(parameters):
            body = self.expression(statement.body)
        definition = Definition(
            head.name,
            tuple(parameters[name] for name in generated),
            tuple(parameters[name] for name in given),
            body,
        )
        self.definitions[head.name] = definition
        self._points[head.name] = frozenset(variable.name for variable in self._points_of(body))

    def chain(self, statement: s.ChainStatement) -> Chain:
        left = self.expression(statement.first)
        steps = []
        for step in statement.steps:
            right = self.expression(step.right)
            line = self.names.source.count("\n", 0, step.at) + 1
            steps.append(Step(left, step.relation, right, step.reason, line))
            left = right
        return Chain(tuple(steps))

    def pushforward(self, statement: s.Let) -> tuple[Expr, Named]:
        """The transform and the law of ``let X = exp(Y) where Y ~ Normal(mu, sigma)``."""
        where = statement.where
        assert where is not None
        if not isinstance(statement.head, s.Name):
            raise self._fail("a random variable takes no arguments: `let X = exp(Y) where Y ~ ...`", statement.head.at)
        source = Variable(where.name, where.name)
        law, _ = self._factor(where.law, source)
        if not isinstance(law, Named) or law.variable != source:
            raise self._fail("a random variable is drawn from a named law, as in `Y ~ Normal(mu, sigma)`", where.law.at)
        with self._bound({where.name: source}):
            transform = self.expression(statement.body)
        if free_variables(transform) != {source}:
            message = f"the transform is a function of `{where.name}` and of numbers alone"
            raise self._fail(message, statement.body.at)
        return transform, law

    # --- expressions

    def expression(self, node: s.Surface) -> Expr:
        match node:
            case s.Numeral(text=text):
                return Number(Fraction(text), text)
            case s.Name():
                return self._name(node)
            case s.Group(inner=inner):
                return self.expression(inner)
            case s.Minus(operand=operand):
                return Neg(self.expression(operand))
            case s.Operation():
                return self._operation(node)
            case s.Prefix(function=function, operand=operand):
                if self.names.kind(function) != "built-in":
                    raise self._fail(f"`{function}` is declared here; write `{function}(...)`", node.at)
                return Call(function, (self.expression(operand),))
            case s.Application():
                return self._application(node)
            case s.Pair():
                return self._pair(node)
            case s.Binder():
                return self._binder(node)
            case s.Juxtaposition(factors=factors):
                message = "factors side by side do not multiply; write `*` (a product of laws stands under `E` alone)"
                raise self._fail(message, factors[1].at, ("an operator",))
        raise self._fail("an expression is needed here", node.at)

    def _operation(self, node: s.Operation) -> Expr:
        if node.operator in "*/^":
            self._refuse_ambiguity(node)
        left, right = self.expression(node.left), self.expression(node.right)
        return _OPERATIONS[node.operator](left, right)

    def _refuse_ambiguity(self, node: s.Operation) -> None:
        """``log p(x)/q(x)`` may be the log of the ratio or the ratio of the log: it must be said which."""
        last = last_factor(node.left)
        if isinstance(last, s.Prefix):
            argument, right = self.expression(last.operand), self.expression(node.right)
            apply, combine = last.function, _OPERATIONS[node.operator]
            inside = to_text(Call(apply, (combine(argument, right),)))
            outside = to_text(combine(Call(apply, (argument,)), right))
            message = f"`{apply}` before `{node.operator}` is ambiguous; write `{inside}` or `{outside}`"
            raise self._fail(message, node.at)

    def _name(self, node: s.Name) -> Expr:
        name, names = node.name, self.names
        if name in self.local:
            return self.local[name]
        if name in names.variables or (not names.kind(name) and names.stem(name) != name):
            return self._point(node)
        kind = names.kind(name)
        if kind == "number":
            return Symbol(name)
        if kind == "definition":
            return self._use(s.Application(node.at, name, (), None, None))
        if name in CONSTANTS:
            return Constant(name)
        if kind == "density":
            raise self._fail(f"`{name}` is a family of densities; write `{_applied(names, name)}`", node.at)
        if kind == "function":
            raise self._fail(f"`{name}` is a function; apply it, as in `{name}(x)`", node.at)
        if kind == "random variable":
            raise self._fail(f"`{name}` is a random variable; `pdf_{name}(t)` is its density", node.at)
        if kind in ("built-in", "law", "entropy"):
            raise self._fail(f"`{name}` needs its arguments: `{name}(...)`", node.at)
        declaration = f"real {name}"
        message = f"`{name}` is not declared and no use shows what it is; declare it, as in `{declaration}`"
        raise self._fail(message, node.at)

    def _application(self, node: s.Application) -> Expr:
        kind = self.names.kind(node.name)
        if kind == "entropy":
            return self._entropy(node)
        if kind in ("density", "definition", "law"):
            return self._factor(node, None)[0]
        if kind == "function":
            return self._apply(node)
        if kind in ("pdf", "built-in"):
            self._refuse_bar(node)
            arity = FUNCTIONS[node.name] if kind == "built-in" else 1
            if len(node.arguments) != arity:
                raise self._fail(f"`{node.name}` takes {_count(arity)}, not {len(node.arguments)}", node.at)
            arguments = tuple(self.expression(argument) for argument in node.arguments)
            return Call(node.name, arguments) if kind == "built-in" else PushforwardDensity(node.name[4:], arguments[0])
        raise self._unknown(node, kind)

    def _unknown(self, node: s.Application, kind: str) -> ClaimError:
        name = node.name
        if kind:
            return self._fail(f"`{name}` is a {kind}, and takes no arguments", node.at)
        if name in DIVERGENCES:
            return self._fail(f"`{name}` compares two laws: `{name}(q(x) || p(x))`", node.at)
        if name in RESERVED_LAWS or name.startswith(("I_", "conj_")) or name in (*_LATER_PAIRS, "softmax", "ind"):
            return self._fail(f"`{name}` is not supported yet", node.at)
        if node.parameters is not None:
            known = ", ".join(signature(law) for law in LAWS)
            return self._fail(f"`{name}` is not a named law; these are {known}", node.at)
        if name.startswith("pdf_"):
            message = f"`{name[4:]}` is not declared; write `let {name[4:]} = exp(Y) where Y ~ Normal(mu, sigma)`"
            return self._fail(message, node.at)
        arguments = ", ".join(part.name for part in node.arguments if isinstance(part, s.Name)) or "x"
        message = f"`{name}` is not declared; declare `function {name}({arguments})`"
        if name[0].islower():
            message += f" or `density {name}({arguments})`"
        return self._fail(message, node.at)

    def _apply(self, node: s.Application) -> Apply:
        function = self.names.functions[node.name]
        self._refuse_bar(node)
        if len(node.arguments) != len(function.arguments):
            message = f"`{node.name}` takes {_count(len(function.arguments))}, not {len(node.arguments)}"
            raise self._fail(message, node.at)
        points = []
        for argument, slot in zip(node.arguments, function.arguments, strict=True):
            point = self._point(argument, what=f"a function such as `{node.name}`")
            if point.stem != slot:
                message = f"`{node.name}` is a function of `{slot}`, and `{point.name}` is no copy of `{slot}`"
                raise self._fail(message, argument.at)
            points.append(point)
        return Apply(node.name, tuple(points))

    # --- what binds

    def _binder(self, node: s.Binder) -> Expr:
        if len(node.body) != 1:
            raise self._fail(f"`{node.head}` takes one expression in its brackets, not {len(node.body)}", node.at)
        body = node.body[0]
        if isinstance(node.subscript[0], s.Index):
            return self._index_sum(node, node.subscript[0], body)
        if node.head == "E":
            law = self._drawn_law(node)
            return Expectation(law, self.expression(body))
        if node.head not in ("int", "sum"):
            raise self._fail(f"`{node.head}` runs over an index: `{node.head}_{{i=1..4}}[...]`", node.at)
        variables = []
        for name in drawn(node.subscript, self.names):
            variable = self._point(name)
            if variable in variables:
                raise self._fail(f"`{variable.name}` is bound twice", name.at)
            if node.head == "int" and variable.stem in self.names.discrete:
                raise self._fail(f"`{variable.name}` is discrete; write `sum_{{{variable.name}}}[...]`", name.at)
            variables.append(variable)
        return Integral(tuple(variables), self.expression(body), counting=node.head == "sum")

    def _index_sum(self, node: s.Binder, index: s.Index, body: s.Surface) -> Expr:
        if node.head not in INDEX_SUMS or len(node.subscript) != 1 or not isinstance(index.index, s.Name):
            raise self._fail("an index runs under `sum`, `mean` or `prod`: `mean_{i=1..4}[w(z_i)]`", index.at)
        name = index.index.name
        if name in self.names.variables or self.names.kind(name):
            raise self._fail(f"`{name}` is in use already and cannot be an index", index.at)
        ends = []
        for end in (index.low, index.high):
            value = self.expression(end)
            if not all(isinstance(part, Number | Add | Sub) for part in walk(value)):
                message = "a symbolic number of terms is not supported yet; write a whole number or use `for k in 1..4`"
                raise self._fail(message, end.at)
            ends.append(value)
        outer = self.indices
        self.indices = outer | {name}
        with self._bound({name: Symbol(name)}):
            inner = self.expression(body)
        self.indices = outer
        return IndexSum(node.head, name, ends[0], ends[1], inner)

    def _drawn_law(self, node: s.Binder) -> Law:
        factors: list[Factor] = []
        for piece in node.subscript:
            if isinstance(piece, s.Draw):
                factors.extend(self._draw(piece))
            elif isinstance(piece, s.Name) and self.names.kind(piece.name) == "density":
                raise self._fail(
                    f"`{piece.name}` needs its variables here, as in `{_applied(self.names, piece.name)}`", piece.at
                )
            else:
                factors.extend(self._factors(piece, None))
        return self._law(factors, node.at)

    def _draw(self, node: s.Draw) -> list[Factor]:
        """``x, z ~ p(x, z)`` is one draw, ``z_1, z_2 ~ q(z|x)`` independent copies."""
        wanted = [self._point(name) for name in drawn(node.names, self.names)]
        at = node.names[0].at
        listed = ", ".join(variable.name for variable in wanted)
        if _law_without_variable(self.names, node.law):
            return [self._factor(node.law, variable) for variable in wanted]
        factors = self._factors(node.law, None)
        generated = [variable for _, variables in factors for variable in variables]
        if len(generated) == 1:
            free_choice = isinstance(factors[0][0], Named)
            for variable in wanted:
                if variable.stem != generated[0].stem and not free_choice:
                    message = f"`{variable.name}` is no copy of `{generated[0].name}`, which the law generates"
                    raise self._fail(message, at)
            renamings = [{generated[0]: variable} for variable in wanted]
            return [_renamed(factors[0], renaming) for renaming in renamings]
        by_stem = {variable.stem: variable for variable in wanted}
        if len(by_stem) != len(wanted) or set(by_stem) != {variable.stem for variable in generated}:
            message = f"the law generates {', '.join(variable.name for variable in generated)}, not {listed}"
            raise self._fail(message, at)
        renaming = {variable: by_stem[variable.stem] for variable in generated}
        return [_renamed(factor, renaming) for factor in factors]

    # --- laws

    def _pair(self, node: s.Pair) -> Expr:
        if node.name not in DIVERGENCES:
            later = node.name in _LATER_PAIRS or node.name.startswith("D_")
            message = f"`{node.name}` is not supported yet" if later else f"`{node.name}` is no divergence"
            raise self._fail(message, node.at, () if later else DIVERGENCES)
        without = [_law_without_variable(self.names, side) for side in (node.left, node.right)]
        if all(without):
            left, right = (self._side(side, PLACEHOLDER) for side in (node.left, node.right))
        elif any(without):
            place = without.index(False)
            sides = [node.left, node.right]
            first = self._side(sides[place], None)
            if len(first.generated) != 1:
                message = "a law without a variable can be compared only to a law of one variable"
                raise self._fail(message, sides[1 - place].at)
            second = self._side(sides[1 - place], first.generated[0])
            left, right = (first, second) if place == 0 else (second, first)
        else:
            left, right = (self._side(side, None) for side in (node.left, node.right))
        if set(left.generated) != set(right.generated):
            message = (
                f"both sides of `{node.name}` must generate the same variables; the left one generates "
                f"{_listed(left)}, the right one {_listed(right)}"
            )
            raise self._fail(message, node.at)
        return Divergence(node.name, left, right)

    def _entropy(self, node: s.Application) -> Entropy:
        if len(node.arguments) != 1 or node.given is not None or node.parameters is not None:
            raise self._fail("`H` takes one law: `H(p(x))`", node.at)
        inner = node.arguments[0]
        variable = PLACEHOLDER if _law_without_variable(self.names, inner) else None
        return Entropy(self._side(inner, variable))

    def _side(self, node: s.Surface, variable: Variable | None) -> Law:
        return self._law(self._factors(node, variable), node.at)

    def _factors(self, node: s.Surface, variable: Variable | None) -> list[Factor]:
        if isinstance(node, s.Group):
            return self._factors(node.inner, variable)
        if isinstance(node, s.Juxtaposition):
            return [factor for part in node.factors for factor in self._factors(part, variable)]
        if isinstance(node, s.Operation) and node.operator == "*":
            return self._factors(node.left, variable) + self._factors(node.right, variable)
        return [self._factor(node, variable)]

    def _factor(self, node: s.Surface, variable: Variable | None) -> Factor:
        """A factor of a law and what it generates; `variable` is for a named law that is written without one."""
        names = self.names
        if isinstance(node, s.Name):
            node = self._with_all_slots(node)
        if isinstance(node, s.Name) and node.name in names.variables:
            message = f"`{node.name}` is a variable, not a law; `{node.name} ~ p({node.name})` draws it from p"
            raise self._fail(message, node.at)
        if not isinstance(node, s.Application):
            message = "a law is a density, or a product of densities written side by side, as in `r(x) q(z|x)`"
            raise self._fail(message, node.at, ("a density such as `p(x)` or `q(z|x)`",))
        kind = names.kind(node.name)
        if kind == "density":
            density = self._density(node)
            return density, density.generated
        if kind == "law":
            named = self._named(node, variable)
            return named, (named.variable,)
        if kind == "definition":
            use = self._use(node)
            return use, tuple(argument for argument in use.generated if isinstance(argument, Variable))
        if kind == "function":
            what = "a measure, and not normalised" if names.functions[node.name].integrable else "a function"
            raise self._fail(f"`{node.name}` is {what}; a law is a density", node.at)
        if kind in ("pdf", "built-in", "entropy"):
            raise self._fail(f"`{node.name}(...)` is not a law here", node.at)
        raise self._unknown(node, kind)

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

    def _law(self, factors: list[Factor], at: int) -> Law:
        """The product law: each variable generated once, and no factor given what comes only after it."""
        density, generated = factors[0]
        if not generated:
            raise self._fail("this generates no variable, so it is no law", at)
        for factor, more in factors[1:]:
            for variable in more:
                if variable in generated:
                    raise self._fail(f"`{variable.name}` is generated twice in one law", at)
            density, generated = Mul(density, factor), generated + more
        waiting = [(free_variables(factor) - set(made), set(made)) for factor, made in factors]
        unmade = set(generated)
        while waiting:
            ready = [made for needed, made in waiting if not needed & unmade]
            if not ready:
                raise self._fail("the law is cyclic: its factors generate what the others are given", at)
            for made in ready:
                unmade -= made
            waiting = [(needed, made) for needed, made in waiting if made & unmade]
        return Law(density, generated)

    def _density(self, node: s.Application) -> Density:
        family = self.names.families[node.name]
        if node.parameters is not None:
            raise self._fail(
                f"`{node.name}` is a family of densities; its arguments stand without a semicolon", node.at
            )
        generated = tuple(self._point(part, what=f"a density such as `{node.name}`") for part in node.arguments)
        given = tuple(self._point(part, what=f"a density such as `{node.name}`") for part in node.given or ())
        filled: dict[str, Variable] = {}
        shown = _applied(self.names, family.name)
        for variable in generated + given:
            if variable.stem in filled:
                message = f"`{variable.name}` and `{filled[variable.stem].name}` fill the same slot of `{shown}`"
                raise self._fail(message, node.at)
            if variable.stem not in (*family.generated, *family.given):
                raise self._fail(f"`{shown}` has no slot for `{variable.name}`", node.at)
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
        return self._fail(message, node.at)

    def _named(self, node: s.Application, variable: Variable | None) -> Named:
        law = LAWS[node.name]
        if node.given is not None:
            raise self._fail(f"`{node.name}` takes no bar; write `{signature(node.name)}`", node.at)
        values = node.parameters
        if values is None:
            values = node.arguments
            if variable is None:
                message = f"`{node.name}` needs its variable here: `{signature(node.name)}`"
                raise self._fail(message, node.at)
        else:
            if len(node.arguments) != 1:
                raise self._fail(f"`{node.name}` is a law of one variable: `{signature(node.name)}`", node.at)
            variable = self._point(node.arguments[0], what=f"a law such as `{node.name}`")
        if len(values) != len(law):
            message = f"`{node.name}` has {_count(len(law), 'parameter')}, not {len(values)}: `{signature(node.name)}`"
            raise self._fail(message, node.at)
        if variable.stem in self.names.discrete:
            raise self._fail(f"`{variable.name}` is discrete, and `{node.name}` is a law on the real line", node.at)
        parameters = tuple(self.expression(value) for value in values)
        if any(variable in free_variables(parameter) for parameter in parameters):
            raise self._fail(f"`{variable.name}` cannot be a parameter of its own law", node.at)
        return Named(node.name, variable, parameters)

    def _use(self, node: s.Application) -> Use:
        definition = self.definitions.get(node.name)
        if definition is None:
            raise self._fail(f"`{node.name}` is used above the line that defines it, or in terms of itself", node.at)
        given = node.given or ()
        matches = (len(node.arguments), len(given)) == (len(definition.generated), len(definition.given))
        if node.parameters is not None or not matches:
            head = to_text(Use(definition.name, definition.generated, definition.given))
            raise self._fail(f"`{node.name}` is defined as `{head}` and takes just these arguments", node.at)
        parameters = (*definition.generated, *definition.given)
        arguments: list[Expr] = []
        for parameter, part in zip(parameters, (*node.arguments, *given), strict=True):
            if parameter.name in self._points[node.name]:
                argument: Expr = self._point(part, what=f"the definition of `{node.name}`")
                if isinstance(argument, Variable) and argument.stem != parameter.stem:
                    message = (
                        f"`{node.name}` is a function of `{parameter.name}`, and `{argument.name}` is no copy of it"
                    )
                    raise self._fail(message, part.at)
            else:
                argument = self.expression(part)
            arguments.append(argument)
        split = len(node.arguments)
        return Use(node.name, tuple(arguments[:split]), tuple(arguments[split:]))

    # --- variables

    def _variable(self, name: str) -> Variable:
        return Variable(name, self.names.stem(name))

    def _point(self, node: s.Surface, what: str = "this place") -> Variable:
        """The variable that a name stands for where only a variable can stand."""
        if not isinstance(node, s.Name):
            raise self._fail(f"{what} takes variables, not expressions", node.at, ("a variable such as `x`",))
        name = node.name
        if name in self.local:
            local = self.local[name]
            if isinstance(local, Variable):
                return local
            raise self._fail(f"`{name}` is an index here, not a variable", node.at)
        kind = self.names.kind(name)
        if kind in ("number", "definition", "random variable"):
            article = "a number" if kind == "number" else f"a {kind}"
            raise self._fail(f"`{name}` is {article}, and stands here as a variable", node.at)
        variable = self._variable(name)
        base, _, subscript = name.rpartition("_")
        if subscript in self.indices and variable.stem == name:
            raise self._fail(
                f"`{name}` is the copy of `{base}` at {subscript}, but `{base}` is no variable here", node.at
            )
        return variable

    def _points_of(self, body: Expr) -> Iterator[Variable]:
        """The variables of a body that stand where only variables can."""
        for node in walk(body):
            if isinstance(node, Density):
                yield from (*node.generated, *node.given)
            elif isinstance(node, Named):
                yield node.variable
            elif isinstance(node, Apply):
                yield from (argument for argument in node.arguments if isinstance(argument, Variable))
            elif isinstance(node, Use):
                definition = self.definitions[node.name]
                parameters = (*definition.generated, *definition.given)
                for parameter, argument in zip(parameters, (*node.generated, *node.given), strict=True):
                    if isinstance(argument, Variable) and parameter.name in self._points[node.name]:
                        yield argument

    def _refuse_bar(self, node: s.Application) -> None:
        if node.given is not None or node.parameters is not None:
            sign = "semicolon" if node.given is None else "bar"
            raise self._fail(f"`{node.name}` is a function and takes no {sign}", node.at)

    @contextmanager
    def _bound(self, more: dict[str, T]) -> Iterator[None]:
        outer = self.local
        self.local = {**outer, **more}  # type: ignore[dict-item]
        try:
            yield
        finally:
            self.local = outer

    def _fail(self, message: str, at: int, expected: tuple[str, ...] = ()) -> ClaimError:
        return self.names.fail(message, at, expected)


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


def _law_without_variable(names: Names, node: s.Surface) -> bool:
    while isinstance(node, s.Group):
        node = node.inner
    if not isinstance(node, s.Application) or node.parameters is not None:
        return False
    return names.kind(node.name) == "law"


def _applied(names: Names, family: str) -> str:
    """The family at all its slots, as text: ``q(z|x)``."""
    known = names.families[family]
    given = f"|{', '.join(known.given)}" if known.given else ""
    return f"{family}({', '.join(known.generated)}{given})"


def _listed(law: Law) -> str:
    return ", ".join(f"`{variable.name}`" for variable in law.generated)


def _count(number: int, noun: str = "argument") -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
