"""Statements from their surface form to the tree: definitions, chains with their optima, random variables."""

from __future__ import annotations

from proofs.language import surface as s
from proofs.language.binding import free_variables
from proofs.language.declarations import Names, slots
from proofs.language.definitions import Expander
from proofs.language.expressions import OPERATIONS, Expressions
from proofs.language.laws import COUNTED_LAWS
from proofs.language.optima import NoValue, admissible, mentions, slots_of, value_at
from proofs.language.tree import (
    Chain,
    Definition,
    Expr,
    Named,
    Neg,
    Step,
    Variable,
    walk,
)


class Elaborator(Expressions):
    """Resolves the statements of one block, whose names are known."""

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
                    self.refuse_ambiguity(node)
                    return OPERATIONS[operator](self._whole_side(left), self._whole_side(right))
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
        if isinstance(where.law, s.Application) and where.law.name in COUNTED_LAWS:
            message = f"a function of a {where.law.name} variable takes values one by one, and has no density"
            raise self.fail(message, where.law.at)
        source = Variable(where.name, where.name)
        law, _ = self.factor(where.law, source)
        if not isinstance(law, Named) or law.variable != source:
            raise self.fail("a random variable is drawn from a named law, as in `Y ~ Normal(mu, sigma)`", where.law.at)
        with self.bound({where.name: source}):
            transform = self.expression(statement.body)
        if free_variables(transform) != {source}:
            message = f"the transform is a function of `{where.name}` and of numbers alone"
            raise self.fail(message, statement.body.at)
        return transform, law
