"""Axiom schemas about convexity: declared convex functions, powers, squares, and Pinsker's inequality."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from proofs.kernel.normal_form import Reader
from proofs.kernel.polynomial import ONE, Poly, Unsupported, total
from proofs.kernel.schema import Axiom, Rejected, averaging
from proofs.language.tree import Add, Apply, Call, Conjugate, Divergence, Expectation, Expr, Law, Mul, Number, Pow

#: Built-in functions that are convex on the whole line.
CONVEX = ("abs", "exp", "softplus")


def _convex(reader: Reader, function: str) -> tuple[Callable[[Expr], Expr], bool]:
    """How a convex function is written at a point, and whether it is declared concave instead."""
    declared = reader.convex.get(function)
    if declared is not None:
        return (lambda point: Apply(function, (point,))), declared.concave
    if function not in CONVEX:
        raise Rejected(f"{function} is not declared convex or concave")
    return (lambda point: Call(function, (point,))), False


@dataclass(frozen=True, slots=True)
class NonNegative(Axiom):
    r"""What is non-negative everywhere has a non-negative mean.

    .. math:: E_m[t] \ge 0 \qquad \text{if } t \ge 0

    Proof. m >= 0. That t is too is seen from how it is made of squares and of what has a non-negative declared range.
    """

    law: Law | None
    term: Expr

    def statement(self, reader: Reader) -> Poly:
        env, average = averaging(reader, self.law)
        if not reader.is_nonnegative(self.term, env):
            raise Rejected("a term that is not provably non-negative")
        return average(reader.read(self.term, env))


@dataclass(frozen=True, slots=True)
class Bounded(Axiom):
    r"""A product is at most the product of the absolute values.

    .. math:: E_m\big[ c\,|t| - s\,t \big] \ge 0 \qquad \text{if } -c \le s \le c

    Proof. :math:`s t \le |s| |t| \le c |t|`. With c = 1 and s = 1 or -1 it says that |t| lies above t and -t.
    """

    law: Law | None
    term: Expr
    factor: Expr
    bound: Expr

    def statement(self, reader: Reader) -> Poly:
        env, average = averaging(reader, self.law)
        if not all(reader.is_nonnegative(gap, env) for gap in (self.bound - self.factor, self.bound + self.factor)):
            raise Rejected("a factor that is not seen to lie between its bounds")
        above = Mul(self.bound, Call("abs", (self.term,)))
        return average(reader.read(above, env) - reader.read(Mul(self.factor, self.term), env))


@dataclass(frozen=True, slots=True)
class Jensen(Axiom):
    r"""Jensen's inequality for a convex function, declared or built in, inside an outer mean.

    .. math:: E_r\big[ E_m[f(t)] - f(E_m[t]) \big] \ge 0, \qquad f \text{ convex (the reverse if it is concave)}

    Proof. f lies above a line through (E_m[t], f(E_m[t])); take the mean under m, then under r.
    """

    function: str
    outer: Law | None
    law: Law
    argument: Expr

    def statement(self, reader: Reader) -> Poly:
        at, concave = _convex(reader, self.function)
        env, average = averaging(reader, self.outer)
        mean = Expectation(self.law, at(self.argument))
        gap = reader.read(mean, env) - reader.read(at(Expectation(self.law, self.argument)), env)
        return average(-gap if concave else gap)


@dataclass(frozen=True, slots=True)
class Weighted(Axiom):
    r"""Jensen's inequality for finitely many points.

    .. math:: E_r\Big[ \sum_i w_i f(t_i) - f\big(\sum_i w_i t_i\big) \Big] \ge 0, \qquad w_i \ge 0, \; \sum_i w_i = 1

    Proof. As `Jensen`, for the law that gives t_i the mass w_i.
    """

    function: str
    outer: Law | None
    weights: tuple[Expr, ...]
    points: tuple[Expr, ...]

    def statement(self, reader: Reader) -> Poly:
        at, concave = _convex(reader, self.function)
        if len(self.weights) != len(self.points) or not self.points:
            raise Rejected("a weight has no point, or there is none")
        env, average = averaging(reader, self.outer)
        weights = [reader.read(w, env) for w in self.weights]
        if total(weights) != ONE or not all(reader.is_nonnegative(w, env) for w in self.weights):
            raise Rejected("the weights are not seen to be a probability vector")
        mean = total(w * reader.read(at(point), env) for w, point in zip(weights, self.points, strict=True))
        terms: list[Expr] = [w * point for w, point in zip(self.weights, self.points, strict=True)]
        at_mean = reduce(Add, terms)
        gap = mean - reader.read(at(at_mean), env)
        return average(-gap if concave else gap)


@dataclass(frozen=True, slots=True)
class FenchelYoung(Axiom):
    r"""The Fenchel–Young inequality for a declared convex function.

    .. math:: E_m[f(s) + f^*(t) - s t] \ge 0

    Proof. By definition :math:`f^*(t) = \sup_s (s t - f(s))`.
    """

    function: str
    law: Law | None
    point: Expr
    slope: Expr

    def statement(self, reader: Reader) -> Poly:
        declared = reader.convex.get(self.function)
        if declared is None or declared.concave:
            raise Rejected(f"{self.function} is not declared convex")
        env, average = averaging(reader, self.law)
        conjugate = reader.read(Conjugate(self.function, self.slope), env)
        value = reader.read(Apply(self.function, (self.point,)), env)
        return average(value + conjugate - reader.read(self.point, env) * reader.read(self.slope, env))


@dataclass(frozen=True, slots=True)
class PowerMean(Axiom):
    r"""Jensen's inequality for powers of a positive variable.

    .. math:: E_r\big[ s\,(E_m[t^a] - E_m[t]^a) \big] \ge 0, \qquad t > 0, \quad
              s = 1 \text{ if } a \ge 1 \text{ or } a \le 0, \; s = -1 \text{ if } 0 \le a \le 1

    Proof. :math:`a (a - 1) t^{a - 2}`, the second derivative of t^a, has the sign of s.
    """

    exponent: Fraction
    outer: Law | None
    law: Law
    argument: Expr

    def statement(self, reader: Reader) -> Poly:
        if type(self.exponent) is not Fraction:
            raise Rejected("an exponent that is not an exact rational")
        env, average = averaging(reader, self.outer)
        inner, _, _ = reader.law(self.law, env)
        if not reader.is_positive(self.argument, inner):
            raise Unsupported("a power mean of something that is not provably positive")
        power = Number(self.exponent)
        gap = reader.read(Expectation(self.law, Pow(self.argument, power)), env) - reader.read(
            Pow(Expectation(self.law, self.argument), power), env
        )
        return average(-gap if 0 < self.exponent < 1 else gap)


@dataclass(frozen=True, slots=True)
class CauchySchwarz(Axiom):
    r"""The Cauchy–Schwarz inequality; with b = 1, a variance is non-negative.

    .. math:: E_m[a^2]\,E_m[b^2] - E_m[a b]^2 \ge 0

    Proof. :math:`\tfrac12 E[(a b' - a' b)^2] \ge 0`, where a', b' are an independent copy.
    """

    law: Law
    left: Expr
    right: Expr

    def statement(self, reader: Reader) -> Poly:
        def mean(a: Expr, b: Expr) -> Poly:
            return reader.read(Expectation(self.law, Mul(a, b)))

        cross = mean(self.left, self.right)
        return mean(self.left, self.left) * mean(self.right, self.right) - cross * cross


@dataclass(frozen=True, slots=True)
class Pinsker(Axiom):
    r"""Pinsker's inequality.

    .. math:: \mathrm{KL}(p \,\|\, q) - 2\,\mathrm{TV}(p, q)^2 \ge 0

    Proof. For t > 0, :math:`3 (t - 1)^2 \le (4 + 2 t)(t \log t - t + 1)`: both sides and their first derivatives vanish
    at 1, and the difference of the second derivatives, :math:`4 (\log t + 1/t - 1)`, is non-negative. At t = p/q, with
    the mean under q of the square root of both sides, Cauchy–Schwarz gives :math:`3 (2\,\mathrm{TV})^2 \le
    E_q[4 + 2t] \cdot \mathrm{KL} = 6\,\mathrm{KL}` (Csiszár and Körner, 2011, exercise 3.18). At t = 0 it
    says that 3 is at most 4; where q alone vanishes the divergence is infinite.
    """

    left: Law
    right: Law

    def statement(self, reader: Reader) -> Poly:
        distance = reader.read(Divergence("TV", self.left, self.right))
        return reader.read(Divergence("KL", self.left, self.right)) - (distance * distance).scale(Fraction(2))


@dataclass(frozen=True, slots=True)
class Hellinger(Axiom):
    r"""Total variation between two bounds by the squared Hellinger distance.

    .. math:: \mathrm{TV} - H^2 \ge 0 \quad \text{(lower)}, \qquad
              H^2 (2 - H^2) - \mathrm{TV}^2 \ge 0 \quad \text{(upper)}

    Proof. Lower: :math:`(\sqrt p - \sqrt q)^2 \le |\sqrt p - \sqrt q| (\sqrt p + \sqrt q) = |p - q|`, integrated and
    halved. Upper: Cauchy–Schwarz for the two factors in :math:`|p - q| = |\sqrt p - \sqrt q| (\sqrt p + \sqrt q)`,
    whose squares integrate to :math:`2 H^2` and :math:`4 - 2 H^2` (Le Cam, 1973).
    """

    left: Law
    right: Law
    lower: bool

    def statement(self, reader: Reader) -> Poly:
        distance = reader.read(Divergence("TV", self.left, self.right))
        squared = reader.read(Divergence("H2", self.left, self.right))
        if self.lower:
            return distance - squared
        return squared.scale(Fraction(2)) - squared * squared - distance * distance
