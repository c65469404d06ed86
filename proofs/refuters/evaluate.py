"""The value of an expression on finite models: one evaluator, whatever the arithmetic.

What is confirmed is what was searched: the float64 search and the ball-arithmetic confirmation differ in the
`Arithmetic` that they pass, in nothing else.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from proofs.language import tree as t
from proofs.outcome import Unsupported
from proofs.refuters.arithmetic import Arithmetic, Array
from proofs.refuters.convexity import KINKS, PiecewiseQuadratic
from proofs.refuters.jets import Jets
from proofs.refuters.laws import information_density, stem_of
from proofs.refuters.models import Models


class Evaluation:
    """Values of expressions on a batch of models.

    A value is an array whose axis 0 runs over the models and whose axis `signature.axes[name]` over the points of that
    variable; an axis on which it does not depend has length 1. A variable that an expectation or an integral binds is
    summed over its own axis, so that a value depends on its node alone, and is computed once.

    Args:
        models: the models.
        arithmetic: `Floats` or `Balls`, or `Jets` over either.
    """

    def __init__(self, models: Models, arithmetic: Arithmetic) -> None:
        self._models = models
        self._arithmetic = arithmetic
        self._signature = models.signature
        self._rank = 1 + len(self._signature.axes)
        self._values: dict[int, tuple[t.Expr, Array]] = {}  # by identity; the node is held so that its id stays its own
        self._densities: dict[tuple[str, frozenset[str]], Array] = {}
        self._tables: dict[tuple[str, str], Array] = {}
        self._convex: dict[str, PiecewiseQuadratic] = {}
        self._derivatives: dict[str, Evaluation] = {}
        self._half = self._lift(arithmetic.number(Fraction(1, 2)))

    def value(self, node: t.Expr) -> Array:
        """The expression's value at every model and every point of the variables that it depends on."""
        known = self._values.get(id(node))
        if known is None:
            known = self._values[id(node)] = (node, self._value(node))
        return known[1]

    def mass(self, law: t.Law) -> Array:
        """What the law's density integrates to over the variables that it generates (1 for a law)."""
        return self._integral(law.generated, self.value(law.density))

    def _value(self, node: t.Expr) -> Array:
        a = self._arithmetic
        match node:
            case t.Number():
                return self._lift(a.number(node.value))
            case t.Constant():
                return self._lift(a.constant(node.name))
            case t.Symbol():
                return self._lift(self._table("scalar", node.name))
            case t.Variable():
                table = self._table("position", self._signature.place[node.name])
                return self._spread(table, (node,))
            case t.Add():
                return a.add(self.value(node.left), self.value(node.right))
            case t.Sub():
                return a.sub(self.value(node.left), self.value(node.right))
            case t.Mul():
                return a.mul(self.value(node.left), self.value(node.right))
            case t.Div():
                return a.div(self.value(node.left), self.value(node.right))
            case t.Pow():
                return a.power(self.value(node.base), self.value(node.exponent))
            case t.Neg():
                return self._negative(self.value(node.operand))
            case t.Call():
                return a.call(node.function, [self.value(argument) for argument in node.arguments])
            case t.Apply() if node.name in self._signature.convex:
                return self._convex_value(node.name, self.value(node.arguments[0]))
            case t.Conjugate():
                return self._convex_function(node.function).conjugate(self.value(node.argument))
            case t.Indicator():
                return a.compare(self.value(node.left), node.relation, self.value(node.right))
            case t.Gradient():
                return self._gradient(node)
            case t.Apply():
                variables = tuple(v for v in node.arguments if isinstance(v, t.Variable))
                return self._spread(self._table("function", node.name), variables)
            case t.Density():
                return self._density(node)
            case t.Expectation():
                return self._expectation(node.law.generated, self.value(node.law.density), self.value(node.body))
            case t.Integral():
                return self._integral(node.variables, self.value(node.body))
            case t.Divergence():
                return self._divergence(node)
            case t.Variance():
                return self._covariance(node.law, node.body, node.body)
            case t.Covariance():
                return self._covariance(node.law, node.left, node.right)
            case t.Information():
                return self._information(node)
            case t.Entropy():
                density = self.value(node.law.density)
                return self._cross_entropy(node.law.generated, density, density)
            case _:
                raise Unsupported(f"finite models have no {type(node).__name__}")

    # --- densities and functions ---------------------------------------------------------------------------------

    def _density(self, node: t.Density) -> Array:
        """The joint density divided by that of what is conditioned on: p(z | x) = p(x, z) / p(x)."""
        family = self._signature.families[node.family]
        generated = {stem_of(variable) for variable in node.generated}
        conditions = {stem_of(variable) for variable in node.given} & set(family.generated)
        joint = self._marginal(family, frozenset(generated | conditions))
        if conditions:
            joint = self._arithmetic.div(joint, self._marginal(family, frozenset(conditions)))
        by_stem = {stem_of(variable): variable for variable in node.generated + node.given}
        # A slot that the application leaves out has been summed to length 1.
        kept = [stem for stem in family.generated + family.given if stem in by_stem]
        shape = [len(joint)] + [
            joint.shape[axis] for axis, stem in enumerate(family.generated + family.given, start=1) if stem in by_stem
        ]
        return self._spread(joint.reshape(shape), tuple(by_stem[stem] for stem in kept))

    def _marginal(self, family: t.Family, stems: frozenset[str]) -> Array:
        """The family's density in some of its generated slots; the other generated axes have length 1."""
        known = self._densities.get((family.name, stems))
        if known is not None:
            return known
        density = self._models.marginal(family, self._table("family", family.name), stems, self._arithmetic)
        self._densities[family.name, stems] = density
        return density

    def _table(self, kind: str, name: str) -> Array:
        known = self._tables.get((kind, name))
        if known is None:
            known = self._tables[kind, name] = self._models.values((kind, name), self._arithmetic)
        return known

    def _lift(self, values: Array) -> Array:
        return values.reshape(values.shape + (1,) * (self._rank - values.ndim))

    def _spread(self, table: Array, variables: tuple[t.Variable, ...]) -> Array:
        """A table at variables: each of its axes moves to its variable's; a variable in two places takes a diagonal."""
        names = [variable.name for variable in variables]
        while len(set(names)) < len(names):
            name = next(name for name in names if names.count(name) > 1)
            first, second = [1 + i for i, other in enumerate(names) if other == name][:2]
            table = np.diagonal(table, axis1=first, axis2=second)
            names = [other for i, other in enumerate(names, start=1) if i not in (first, second)] + [name]
        axes = [self._signature.axes[name] for name in names]
        shape = [len(table)] + [1] * (self._rank - 1)
        for length, axis in zip(table.shape[1:], axes, strict=True):
            shape[axis] = length
        order = sorted(range(len(axes)), key=axes.__getitem__)
        return table.transpose(0, *(1 + i for i in order)).reshape(shape)

    # --- sums against the base measure --------------------------------------------------------------------------

    def _base(self, variables: tuple[t.Variable, ...]) -> tuple[Array, tuple[int, ...]]:
        """The product of the variables' base weights, and their axes."""
        spread = [self._spread(self._table("weight", self._signature.place[v.name]), (v,)) for v in variables]
        product = spread[0]
        for weights in spread[1:]:
            product = self._arithmetic.mul(product, weights)
        return product, tuple(self._signature.axes[variable.name] for variable in variables)

    def _integral(self, variables: tuple[t.Variable, ...], body: Array) -> Array:
        if not variables:  # no copies at all: an instance of `x_1..x_{k-1}` at k = 1
            return body
        base, axes = self._base(variables)
        return self._arithmetic.total(self._arithmetic.mul(base, body), axes)

    def _expectation(self, variables: tuple[t.Variable, ...], density: Array, body: Array) -> Array:
        # A null set of the law carries no weight, whatever the body is there: 0 log 0 = 0.
        if not variables:
            return self._arithmetic.weigh(density, body)
        base, axes = self._base(variables)
        return self._arithmetic.total(self._arithmetic.weigh(self._arithmetic.mul(base, density), body), axes)

    def _covariance(self, law: t.Law, left: t.Expr, right: t.Expr) -> Array:
        """The mean of the product of the deviations from the means."""
        a, density = self._arithmetic, self.value(law.density)
        deviations = [
            a.sub(self.value(side), self._expectation(law.generated, density, self.value(side)))
            for side in (left, right)
        ]
        return self._expectation(law.generated, density, a.mul(*deviations))

    def _information(self, node: t.Information) -> Array:
        """The mean of log p(a, b | c) / (p(a | c) p(b | c)), as log of p(a, b, c) p(c) / (p(a, c) p(b, c))."""
        a, joint = self._arithmetic, information_density(node)
        first, second = (self.value(t.Density(node.family, (*side, *node.given))) for side in (node.first, node.second))
        apart = a.mul(first, second)
        if node.given:
            apart = a.div(apart, self.value(t.Density(node.family, node.given)))
        return self._relative_entropy(joint.generated, self.value(joint), apart)

    def _gradient(self, node: t.Gradient) -> Array:
        """The tangent of the body's jet."""
        jets = Jets(self._arithmetic, node.wrt.name)
        derivative = self._derivatives.setdefault(jets.parameter, Evaluation(self._models, jets))
        return jets.tangent(derivative.value(node.body))

    # --- convex functions ------------------------------------------------------------------------------------------

    def _convex_function(self, name: str) -> PiecewiseQuadratic:
        """The declared function; where it is concave, its negative."""
        known = self._convex.get(name)
        if known is None:
            table, declared = self._table("convex", name), self._signature.convex[name]
            columns = tuple(self._lift(table[:, column]) for column in range(3 + 2 * KINKS))
            known = PiecewiseQuadratic(self._arithmetic, columns, declared.low, declared.high)
            known = self._convex[name] = known.pinned() if name in self._signature.pinned else known
        return known

    def _convex_value(self, name: str, argument: Array) -> Array:
        value = self._convex_function(name)(argument)
        return self._negative(value) if self._signature.convex[name].concave else value

    # --- divergences -------------------------------------------------------------------------------------------------

    def _divergence(self, node: t.Divergence) -> Array:
        a, variables = self._arithmetic, node.left.generated
        left, right = self.value(node.left.density), self.value(node.right.density)
        match node.kind:
            case "KL":
                return self._relative_entropy(variables, left, right)
            case "CE":
                return self._cross_entropy(variables, left, right)
            case "JSD":
                middle = a.mul(self._half, a.add(left, right))
                both = [self._relative_entropy(variables, side, middle) for side in (left, right)]
                return a.mul(self._half, a.add(*both))
            case "TV":
                return a.mul(self._half, self._integral(variables, a.call("abs", [a.sub(left, right)])))
            case "H2":
                # (sqrt(a) - sqrt(b))^2 = (a - b)^2 / (sqrt(a) + sqrt(b))^2, which is exactly 0 where a = b.
                gap, roots = a.sub(left, right), a.add(a.call("sqrt", [left]), a.call("sqrt", [right]))
                squared = a.weigh(gap, a.div(gap, a.mul(roots, roots)))
                return a.mul(self._half, self._integral(variables, squared))
            case "W1":
                return self._transport(variables[0], a.sub(left, right))
        one = self._lift(a.number(Fraction(1)))
        ratio = a.div(left, right)
        match node.kind:
            case "chi2":
                excess = a.sub(ratio, one)
                mean = self._dominated(variables, left, right, a.mul(excess, excess))
            case "D_f":
                mean = self._dominated(variables, left, right, self._convex_value(node.function, ratio))
            case _:
                assert node.order is not None, node.kind
                order = self.value(node.order)
                moment = self._dominated(variables, left, right, a.power(ratio, order))
                return a.div(a.call("log", [moment]), a.sub(order, one))
        return mean

    def _transport(self, variable: t.Variable, difference: Array) -> Array:
        """The integral of |F - G| over the line, a sum over the gaps between neighbouring points."""
        a, axis = self._arithmetic, self._signature.axes[variable.name]
        space = self._signature.place[variable.name]
        order = self._models.order(space)
        weights, _ = self._base((variable,))
        places, excess = self.value(variable), a.mul(weights, difference)
        order = self._spread(np.tile(order, (len(places) // len(order), 1)), (variable,))  # jets have twice the rows
        places = np.take_along_axis(places, order, axis)
        rows = np.broadcast_to(excess, (len(order), *excess.shape[1:]))
        excess = np.take_along_axis(rows, np.broadcast_to(order, rows.shape), axis)
        steps = [excess.take([i], axis) for i in range(excess.shape[axis])]
        total, ahead = self._lift(a.number(Fraction(0))), steps[0]
        for i, step in enumerate(steps[1:]):
            gap = a.sub(places.take([i + 1], axis), places.take([i], axis))
            total = a.add(total, a.mul(gap, a.call("abs", [ahead])))
            ahead = a.add(ahead, step)
        return total

    def _dominated(self, variables: tuple[t.Variable, ...], left: Array, right: Array, body: Array) -> Array:
        """The mean of the body under the right law; undefined where it lacks a point that the left law has.

        What such a divergence is then is a convention, on which its definitions part, and no model should decide it.
        """
        a = self._arithmetic
        nothing = a.weigh(left, a.div(self._lift(a.number(Fraction(0))), right))  # 0, or nan where left outlives right
        return a.add(self._expectation(variables, right, body), self._integral(variables, nothing))

    def _relative_entropy(self, variables: tuple[t.Variable, ...], left: Array, right: Array) -> Array:
        # The logarithm of right/left is exactly 0 where the two agree, and -inf where left outlives right.
        ratio = self._arithmetic.call("log", [self._arithmetic.div(right, left)])
        return self._negative(self._expectation(variables, left, ratio))

    def _cross_entropy(self, variables: tuple[t.Variable, ...], left: Array, right: Array) -> Array:
        return self._negative(self._expectation(variables, left, self._arithmetic.call("log", [right])))

    def _negative(self, value: Array) -> Array:
        return self._arithmetic.sub(self._lift(self._arithmetic.number(Fraction(0))), value)
