"""From the surface form to the tree: every name resolved, every mistake told with its place."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from proofs.language import surface as s
from proofs.language.applications import applied, count
from proofs.language.binding import free_variables
from proofs.language.declarations import CONSTANTS, INFORMATION, LAW_BINDERS, Names, drawn, last_factor, slots
from proofs.language.definitions import Expander
from proofs.language.law_elaboration import Laws
from proofs.language.laws import SOURCES
from proofs.language.optima import NoValue, admissible, mentions, slots_of, value_at
from proofs.language.text import to_text
from proofs.language.tree import (
    FUNCTIONS,
    INDEX_SUMS,
    Add,
    Call,
    Chain,
    Constant,
    Covariance,
    Definition,
    Div,
    Expectation,
    Expr,
    Gradient,
    IndexSum,
    Integral,
    Mul,
    Named,
    Neg,
    Node,
    Number,
    Pow,
    PushforwardDensity,
    Step,
    Sub,
    Symbol,
    Variable,
    Variance,
    walk,
)

_OPERATIONS: dict[str, Callable[[Expr, Expr], Expr]] = {"+": Add, "-": Sub, "*": Mul, "/": Div, "^": Pow}


class Elaborator(Laws):
    """Resolves the statements and expressions of one block, whose names are known."""

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self._besides: list[Chain] = []  # what the optima of the chain at hand claim
        self._assumed: list[Step] = []

    def define(self, statement: s.Let) -> None:
        """Enter ``let w(z) = ...``; definitions above it can be used in its body."""
        head = statement.head
        generated, given = slots(head, self.names)
        parameters = {name: self.variable(name) for name in generated + given}
        with self.bound(parameters):
            body = self.expression(statement.body)
        definition = Definition(
            head.name,
            tuple(parameters[name] for name in generated),
            tuple(parameters[name] for name in given),
            body,
        )
        self.enter(definition)

    def chain(self, statement: s.ChainStatement) -> list[Chain]:
        """The chain, and what the optima in it claim besides, a chain each."""
        left = self._whole_side(statement.first)
        steps = []
        for step in statement.steps:
            right = self._whole_side(step.right)
            steps.append(Step(left, step.relation, right, step.reason, self._line(step.at)))
            left = right
        besides, self._besides = self._besides, []
        return [Chain(tuple(steps)), *besides]

    def assumption(self, statement: s.Assume) -> tuple[Step, ...]:
        (chain, *besides) = self.chain(statement.chain)
        if besides:
            raise self.fail("an optimum stands in a claim, not in an assumption", statement.at)
        self._assumed.extend(chain.steps)
        return chain.steps

    def _line(self, at: int) -> int:
        return self.names.source.count("\n", 0, at) + 1

    def _whole_side(self, node: s.Surface) -> Expr:
        """A side of a step, in which optima may stand as parts of sums, products and quotients."""
        if any(isinstance(part, s.Optimum) for part in walk(node)):
            match node:
                case s.Optimum():
                    return self._optimum(node)
                case s.Group(inner=inner):
                    return self._whole_side(inner)
                case s.Minus(operand=operand):
                    return Neg(self._whole_side(operand))
                case s.Operation(operator=operator, left=left, right=right) if operator != "^":
                    self._refuse_ambiguity(node)
                    return _OPERATIONS[operator](self._whole_side(left), self._whole_side(right))
        return self.expression(node)

    def _optimum(self, node: s.Optimum) -> Expr:
        """The value at the witness; that it is a choice, and that none is better, is claimed besides."""
        names, name = self.names, node.over.name
        over = names.functions.get(name) or names.families.get(name) or names.scalars.get(name)
        if over is None:
            raise self.fail(f"`{name}` is no function, density or number over which an optimum could run", node.over.at)
        if node.target.name != name:
            raise self.fail(f"the optimum runs over `{name}`, and is attained at a value of it", node.target.at)
        body = self.expression(node.body)
        with self.bound({variable.name: variable for variable in slots_of(over)}):
            witness = self.expression(node.witness)
        expander = Expander(self.definitions.values())
        witness = expander.expression(witness)
        if any(mentions(expander.step(assumed), over) for assumed in self._assumed):
            message = f"an assumption speaks of `{name}`, so that an optimum would not run over everything of its kind"
            raise self.fail(message, node.over.at)
        try:
            value = value_at(expander.expression(body), over, witness)
            conditions = admissible(over, witness, names.families)
        except NoValue as refusal:
            raise self.fail(str(refusal), node.at) from None
        line = self._line(node.at)
        better = Step(body, "<=" if node.kind == "max" else ">=", value, f"no other {name} does better", line)
        self._besides.append(Chain((better,)))
        for condition in conditions:
            reason = f"{name} may be chosen so"
            self._besides.append(Chain((Step(condition.left, condition.relation, condition.right, reason, line),)))
        return value

    def pushforward(self, statement: s.Let) -> tuple[Expr, Named]:
        """The transform and the law of ``let X = exp(Y) where Y ~ Normal(mu, sigma)``."""
        where = statement.where
        assert where is not None
        if not isinstance(statement.head, s.Name):
            raise self.fail("a random variable takes no arguments: `let X = exp(Y) where Y ~ ...`", statement.head.at)
        source = Variable(where.name, where.name)
        law, _ = self.factor(where.law, source)
        if not isinstance(law, Named) or law.variable != source:
            raise self.fail("a random variable is drawn from a named law, as in `Y ~ Normal(mu, sigma)`", where.law.at)
        if law.law not in SOURCES:
            message = (
                f"functions of a {law.law} variable are not supported yet; the laws for it are {', '.join(SOURCES)}"
            )
            raise self.fail(message, where.law.at)
        with self.bound({where.name: source}):
            transform = self.expression(statement.body)
        if free_variables(transform) != {source}:
            message = f"the transform is a function of `{where.name}` and of numbers alone"
            raise self.fail(message, statement.body.at)
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
                    raise self.fail(f"`{function}` is declared here; write `{function}(...)`", node.at)
                return Call(function, (self.expression(operand),))
            case s.Application():
                return self._application(node)
            case s.Pair():
                return self.pair(node)
            case s.Binder():
                return self._binder(node)
            case s.Gradient():
                return self._gradient(node)
            case s.Optimum(at=at):
                message = "an optimum is a side of a step, or a term or factor of one"
                raise self.fail(message, at)
            case s.Comparison(at=at):
                raise self.fail("a relation stands in an event, as in `ind(x > t)` or `P_{p(x)}[x > t]`", at)
            case s.Juxtaposition(factors=factors):
                message = "factors side by side do not multiply; write `*` (a product of laws stands under `E` alone)"
                raise self.fail(message, factors[1].at, ("an operator",))
        raise self.fail("an expression is needed here", node.at)

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
            raise self.fail(message, node.at)

    def _name(self, node: s.Name) -> Expr:
        name, names = node.name, self.names
        if name in self.local:
            return self.local[name]
        if name in names.variables or (not names.kind(name) and names.stem(name) != name):
            return self.point(node)
        kind = names.kind(name)
        if kind == "number":
            return Symbol(name)
        if kind == "definition":
            return self.use(s.Application(node.at, name, (), None, None))
        if name in CONSTANTS:
            return Constant(name)
        if kind == "density":
            raise self.fail(f"`{name}` is a family of densities; write `{applied(names, name)}`", node.at)
        if kind in ("function", "convex function"):
            raise self.fail(f"`{name}` is a function; apply it, as in `{name}(x)`", node.at)
        if kind == "random variable":
            raise self.fail(f"`{name}` is a random variable; `pdf_{name}(t)` is its density", node.at)
        if kind in ("built-in", "law", "entropy"):
            raise self.fail(f"`{name}` needs its arguments: `{name}(...)`", node.at)
        declaration = f"real {name}"
        message = f"`{name}` is not declared and no use shows what it is; declare it, as in `{declaration}`"
        raise self.fail(message, node.at)

    def _application(self, node: s.Application) -> Expr:
        kind = self.names.kind(node.name)
        if kind == "entropy":
            return self.entropy(node)
        if kind == "definition":
            return self.use(node)
        if kind in ("density", "law"):
            return self.factor(node, None)[0]
        if kind == "function":
            return self.apply(node)
        if kind in ("convex function", "conjugate"):
            return self.convex(node)
        if not kind and node.name == "ind":
            return self.indicator(node)
        if not kind and self.names.kind(node.name.removeprefix(INFORMATION)) == "density":
            return self.information(node)
        if kind in ("pdf", "built-in"):
            self.refuse_bar(node)
            arity = FUNCTIONS[node.name] if kind == "built-in" else 1
            if len(node.arguments) != arity:
                raise self.fail(f"`{node.name}` takes {count(arity)}, not {len(node.arguments)}", node.at)
            arguments = tuple(self.expression(argument) for argument in node.arguments)
            return Call(node.name, arguments) if kind == "built-in" else PushforwardDensity(node.name[4:], arguments[0])
        raise self.unknown(node, kind)

    def _binder(self, node: s.Binder) -> Expr:
        wanted = 2 if node.head == "Cov" else 1
        if len(node.body) != wanted:
            expressions = "two expressions" if wanted == 2 else "one expression"
            raise self.fail(f"`{node.head}` takes {expressions} in its brackets, not {len(node.body)}", node.at)
        body = node.body[0]
        if isinstance(node.subscript[0], s.Index):
            return self._index_sum(node, node.subscript[0], body)
        if node.head in LAW_BINDERS:
            law = self.copies(node) or self.drawn_law(node)
            if node.head == "P":
                return Expectation(law, self.event(body))
            if node.head == "Cov":
                return Covariance(law, self.expression(body), self.expression(node.body[1]))
            return (Variance if node.head == "Var" else Expectation)(law, self.expression(body))
        if node.head not in ("int", "sum"):
            raise self.fail(f"`{node.head}` runs over an index: `{node.head}_{{i=1..4}}[...]`", node.at)
        variables = []
        for name in drawn(node.subscript, self.names):
            variable = self.point(name)
            if variable in variables:
                raise self.fail(f"`{variable.name}` is bound twice", name.at)
            if node.head == "int" and variable.stem in self.names.discrete:
                raise self.fail(f"`{variable.name}` is discrete; write `sum_{{{variable.name}}}[...]`", name.at)
            variables.append(variable)
        return Integral(tuple(variables), self.expression(body), counting=node.head == "sum")

    def _counts(self, part: Node) -> bool:
        if isinstance(part, Symbol):
            return part.name in self.names.scalars and self.names.scalars[part.name].integer
        return isinstance(part, Number | Add | Sub)

    def _gradient(self, node: s.Gradient) -> Gradient:
        name, names = node.wrt.name, self.names
        kind = names.kind(name)
        wrt: Symbol | Variable
        if name in names.parameters or (kind == "number" and not names.scalars[name].integer):
            wrt = Symbol(name)
        elif kind or name not in names.variables | self.local.keys():
            message = f"`{name}` is neither a parameter nor a variable; declare `parameter {name}` or `real {name}`"
            raise self.fail(message, node.at)
        else:
            wrt = self.point(node.wrt)
            if wrt.stem in names.discrete:
                raise self.fail(f"`{name}` is discrete, and has no derivatives", node.at)
        return Gradient(wrt, self.expression(node.body))

    def _index_sum(self, node: s.Binder, index: s.Index, body: s.Surface) -> Expr:
        if node.head not in INDEX_SUMS or len(node.subscript) != 1 or not isinstance(index.index, s.Name):
            raise self.fail("an index runs under `sum`, `mean` or `prod`: `mean_{i=1..4}[w(z_i)]`", index.at)
        name = index.index.name
        if name in self.names.variables or self.names.kind(name):
            raise self.fail(f"`{name}` is in use already and cannot be an index", index.at)
        ends = []
        for end in (index.low, index.high):
            value = self.expression(end)
            if not all(self._counts(part) for part in walk(value)):
                message = "an index runs between whole numbers, sums of them, and names that `integer k >= 1` declares"
                raise self.fail(message, end.at)
            ends.append(value)
        outer = self.indices
        self.indices = outer | {name}
        with self.bound({name: Symbol(name)}):
            inner = self.expression(body)
        self.indices = outer
        return IndexSum(node.head, name, ends[0], ends[1], inner)
