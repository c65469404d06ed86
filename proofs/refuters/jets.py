"""First derivatives in a parameter: numbers that carry a tangent, over any arithmetic.

A jet a + a' eps, with eps^2 = 0, is two arrays, value and tangent, one behind the other along axis 0; so whoever
reshapes, transposes or sums other axes treats both alike. Where a function has no derivative the tangent is nan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from proofs.outcome import Unsupported
from proofs.refuters.arithmetic import Arithmetic, Array


class Jets:
    """Jets in one parameter over an arithmetic.

    Args:
        base: the arithmetic of values and tangents.
        parameter: the name of what is differentiated in.

    Example:
        >>> from proofs.refuters.arithmetic import Floats
        >>> jets = Jets(Floats(), "theta")
        >>> theta = jets.join(jets.base.number(Fraction(3)), jets.base.number(Fraction(1)))
        >>> jets.tangent(jets.mul(theta, theta)).tolist()
        [6.0]
    """

    def __init__(self, base: Arithmetic, parameter: str) -> None:
        self.base = base
        self.parameter = parameter
        self._zero = base.number(Fraction(0))
        self._one = base.number(Fraction(1))

    def join(self, value: Array, tangent: Array) -> Array:
        """The jets with these values and tangents."""
        return np.concatenate(np.broadcast_arrays(value, tangent))

    def value(self, jets: Array) -> Array:
        return jets[: len(jets) // 2]

    def tangent(self, jets: Array) -> Array:
        return jets[len(jets) // 2 :]

    def number(self, value: Fraction) -> Array:
        return self._fixed(self.base.number(value))

    def constant(self, name: str) -> Array:
        return self._fixed(self.base.constant(name))

    def ratio(self, numerators: Array, denominators: Array) -> Array:
        return self._fixed(self.base.ratio(numerators, denominators))

    def _fixed(self, value: Array) -> Array:
        return self.join(value, self._like(self._zero, value))

    def _like(self, number: Array, array: Array) -> Array:
        return number.reshape((1,) * max(array.ndim, 1))

    def add(self, left: Array, right: Array) -> Array:
        return self._sides(self.base.add, left, right)

    def sub(self, left: Array, right: Array) -> Array:
        return self._sides(self.base.sub, left, right)

    def _sides(self, operation: Callable[[Array, Array], Array], left: Array, right: Array) -> Array:
        value = operation(self.value(left), self.value(right))
        return self.join(value, operation(self.tangent(left), self.tangent(right)))

    def mul(self, left: Array, right: Array) -> Array:
        return self._product(self.base.mul, left, right)

    def weigh(self, mass: Array, value: Array) -> Array:
        return self._product(self.base.weigh, mass, value)

    def _product(self, operation: Callable[[Array, Array], Array], left: Array, right: Array) -> Array:
        x, dx, y, dy = self.value(left), self.tangent(left), self.value(right), self.tangent(right)
        return self.join(operation(x, y), self.base.add(operation(dx, y), operation(x, dy)))

    def div(self, left: Array, right: Array) -> Array:
        b = self.base
        x, dx, y, dy = self.value(left), self.tangent(left), self.value(right), self.tangent(right)
        ratio = b.div(x, y)
        return self.join(ratio, b.div(b.sub(dx, b.mul(ratio, dy)), y))

    def power(self, base: Array, exponent: Array) -> Array:
        """(x^y)' = y x^(y-1) x' + x^y log(x) y'; a tangent that is exactly 0 contributes nothing."""
        b = self.base
        x, dx, y, dy = self.value(base), self.tangent(base), self.value(exponent), self.tangent(exponent)
        power = b.power(x, y)
        along = b.weigh(b.mul(y, dx), b.power(x, b.sub(y, self._like(self._one, y))))
        return self.join(power, b.add(along, b.weigh(dy, b.mul(power, b.call("log", [x])))))

    def call(self, function: str, arguments: Sequence[Array]) -> Array:
        b = self.base
        values, tangents = [self.value(x) for x in arguments], [self.tangent(x) for x in arguments]
        value = b.call(function, values)
        if function in ("min", "max"):
            return self.join(value, self._extreme(function, values, tangents))
        return self.join(value, self._chain(function, values[0], value, tangents[0]))

    def _chain(self, function: str, x: Array, value: Array, dx: Array) -> Array:
        """The derivative of a function at x, where it has this value, times dx."""
        b = self.base
        one, two = self._like(self._one, x), self._like(b.number(Fraction(2)), x)
        match function:
            case "log":
                return b.div(dx, self._positive(x))
            case "log2":
                return b.div(dx, b.mul(self._positive(x), b.call("log", [two])))
            case "exp":
                return b.mul(dx, value)
            case "sqrt":
                return b.div(dx, b.mul(two, value))
            case "abs":
                return b.mul(dx, b.div(x, value))
            case "sin":
                return b.mul(dx, b.call("cos", [x]))
            case "cos":
                return b.sub(self._like(self._zero, x), b.mul(dx, b.call("sin", [x])))
            case "sigmoid":
                return b.mul(dx, b.mul(value, b.sub(one, value)))
            case "softplus":
                return b.mul(dx, b.call("sigmoid", [x]))
            case "lgamma":
                return b.mul(dx, b.call("digamma", [self._positive(x)]))
            case "Phi":
                bell = b.call("exp", [b.div(b.mul(x, x), b.sub(self._like(self._zero, x), two))])
                return b.mul(dx, b.div(bell, b.call("sqrt", [b.mul(two, self._like(b.constant("pi"), x))])))
        raise Unsupported(f"finite models do not differentiate {function}")

    def _positive(self, x: Array) -> Array:
        """x where it is positive, elsewhere 0: what divides by it then has no derivative, as it has no value."""
        return self.base.weigh(self.base.compare(x, ">", self._like(self._zero, x)), x)

    def _extreme(self, function: str, values: list[Array], tangents: list[Array]) -> Array:
        """The tangent of whichever argument is the extreme one; none at a tie, unless both move alike."""
        b = self.base
        gap, moved = b.sub(values[0], values[1]), b.sub(tangents[0], tangents[1])
        split = b.weigh(moved, b.div(b.call("abs", [gap]), gap))
        total = b.add(*tangents)
        both = b.add(total, split) if function == "max" else b.sub(total, split)
        return b.div(both, self._like(b.number(Fraction(2)), gap))

    def compare(self, left: Array, relation: str, right: Array) -> Array:
        """Constant on either side of a tie; at a tie without a derivative, unless both sides move alike."""
        b = self.base
        x, dx, y, dy = self.value(left), self.tangent(left), self.value(right), self.tangent(right)
        apart = b.compare(x, "=", y) == 0
        alike = b.compare(dx, "=", dy) == 1
        zero = self._like(self._zero, apart)
        tangent = np.where(apart | alike, zero, b.div(zero, zero))
        return self.join(b.compare(x, relation, y), tangent)

    def total(self, terms: Array, axes: tuple[int, ...]) -> Array:
        return self.base.total(terms, axes)
