"""Expressions from their surface form: every name resolved, every mistake told with its place."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from proofs.language import surface as s
from proofs.language.applications import applied, count
from proofs.language.declarations import CONSTANTS, INFORMATION, LAW_BINDERS, drawn, last_factor
from proofs.language.law_elaboration import Laws
from proofs.language.text import to_text
from proofs.language.tree import (
    FUNCTIONS,
    INDEX_SUMS,
    Add,
    Call,
    Constant,
    Covariance,
    Div,
    Expectation,
    Expr,
    Gradient,
    IndexSum,
    Integral,
    Mul,
    Neg,
    Node,
    Number,
    Pow,
    PushforwardDensity,
    Sub,
    Symbol,
    Variable,
    Variance,
    walk,
)

OPERATIONS: dict[str, Callable[[Expr, Expr], Expr]] = {"+": Add, "-": Sub, "*": Mul, "/": Div, "^": Pow}


class Expressions(Laws):
    """Resolves the expressions of one block, whose names are known."""

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
            self.refuse_ambiguity(node)
        left, right = self.expression(node.left), self.expression(node.right)
        return OPERATIONS[node.operator](left, right)

    def refuse_ambiguity(self, node: s.Operation) -> None:
        """``log p(x)/q(x)`` may be the log of the ratio or the ratio of the log: it must be said which."""
        last = last_factor(node.left)
        if isinstance(last, s.Prefix):
            argument, right = self.expression(last.operand), self.expression(node.right)
            apply, combine = last.function, OPERATIONS[node.operator]
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
