"""Random well-typed expressions over a vocabulary that holds one of every kind of name, and what they are worth.

The oracle is the evaluator of `proofs.refuters`, which shares no code with the kernel: it knows sums over points of
finite measure spaces, and no algebra.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from random import Random

import numpy as np

from proofs.kernel import Axiom, Counted, Gibbs, Label, LogBelowLine, NonNegative, Tangent
from proofs.language import tree as t
from proofs.outcome import Counterexample, Unsupported
from proofs.refuters import refute

DECLARATIONS: tuple[t.Declaration, ...] = (
    t.Discrete("y"),
    t.Family("p", ("x", "z")),
    t.Family("q", ("z",), ("x",)),
    t.Family("r", ("x",)),
    t.Family("s", ("x", "y", "z")),
    t.Family("v", ("x",), positive=False),
    t.Family("m", ("x",), parameters=("theta",)),
    t.Parameter("theta"),
    t.Convex("f"),
    t.Convex("f_low", concave=True),
    t.Function("S", ("x",), parameters=("theta",)),
    t.Function("T", ("x",)),
    t.Function("U", ("x", "z")),
    t.Function("D", ("x",), Fraction(0), Fraction(1)),
    t.Function("C", ("x",), Fraction(0), Fraction(1), (True, True)),
    t.Function("g", ("x",), Fraction(0), integrable=True),
    t.Function("h", ("x", "z"), Fraction(0)),
    t.Scalar("a", Fraction(0)),
    t.Scalar("b"),
    t.Scalar("c", Fraction(0), Fraction(1)),
    t.Scalar("n", Fraction(1), None, (True, False), integer=True),
)
NOTHING = t.Step(t.Number(Fraction(0)), "=", t.Number(Fraction(0)))
VOCABULARY = t.Claim(DECLARATIONS, (), (t.Chain((NOTHING,)),))

_COPIES = {"x": ("x", "x_1"), "y": ("y",), "z": ("z", "z_1", "z_2")}
Scope = tuple[t.Variable, ...]


def var(name: str) -> t.Variable:
    return t.Variable(name, name.split("_")[0].rstrip("'"))


def number(value: int | str | Fraction) -> t.Number:
    return t.Number(Fraction(value))


def claim_of(step: t.Step, declarations: tuple[t.Declaration, ...] = DECLARATIONS) -> t.Claim:
    return t.Claim(declarations, (), (t.Chain((step,)),))


def counterexample(
    left: t.Expr,
    relation: str,
    right: t.Expr,
    *,
    seed: int = 0,
    tries: int = 24,
    declarations: tuple[t.Declaration, ...] = DECLARATIONS,
) -> Counterexample | None:
    """A finite model on which certified enclosures contradict the step; None too where no model can hold it."""
    step = t.Step(left, relation, right)
    try:
        return refute(claim_of(step, declarations), step, rng=np.random.default_rng(seed), tries=tries)
    except Unsupported:
        return None


@dataclass
class Generator:
    """Draws expressions from a source of randomness; `budget` bounds how many binders one expression may hold."""

    random: Random
    budget: int = 4

    def scope(self) -> Scope:
        """Some free variables."""
        names = [name for copies in _COPIES.values() for name in copies]
        return tuple(var(name) for name in self.random.sample(names, self.random.randrange(4)))

    def real(self, depth: int, scope: Scope) -> t.Expr:
        pick = self.random.random()
        if depth <= 0 or pick < 0.2:
            return self._leaf(scope)
        if pick < 0.5:
            node = self.random.choice((t.Add, t.Sub, t.Mul))
            return node(self.real(depth - 1, scope), self.real(depth - 1, scope))
        if pick < 0.56:
            return t.Div(self.real(depth - 1, scope), self.positive(depth - 1, scope))
        if pick < 0.60:
            return t.Div(self.real(depth - 1, scope), self._leaf(scope) if pick < 0.58 else self.real(depth - 1, scope))
        if pick < 0.66:
            whole = number(self.random.choice((0, 1, 2, 2, 3, -1, -2)))
            return t.Pow(self.real(depth - 1, scope), whole if pick < 0.65 else t.Symbol("n"))
        if pick < 0.69:
            return t.Neg(self.real(depth - 1, scope))
        if pick < 0.80:
            xs = [v for v in scope if v.stem == "x"]
            if xs and pick < 0.72:  # has a value under v only
                return t.Call("log", (t.Density("v", (self.random.choice(xs),)),))
            return t.Call("log", (self.positive(depth - 1, scope),))
        if pick < 0.82:
            name = self.random.choice(
                ("sin", "abs", "abs", "min", "max", "Phi", "sigmoid", "softplus", "exp", "f", "f_low", "conj")
            )
            argument = self.real(depth - 2, scope)
            if name in ("min", "max"):
                return t.Call(name, (argument, self.real(depth - 2, scope)))
            if name == "conj":
                return t.Conjugate("f", argument)
            return t.Apply(name, (argument,)) if name.startswith("f") else t.Call(name, (argument,))
        return self._bound(depth, scope)

    def positive(self, depth: int, scope: Scope) -> t.Expr:
        """An expression that is positive by how it is made; one in thirty is anything, for the kernel to refuse."""
        pick = self.random.random()
        if pick < 0.03:
            return self.real(depth - 1, scope)
        if depth <= 0 or pick < 0.35:
            return self._positive_leaf(scope)
        if pick < 0.75:
            node = self.random.choice((t.Add, t.Mul, t.Mul, t.Div))
            return node(self.positive(depth - 1, scope), self.positive(depth - 1, scope))
        if pick < 0.78:
            exponent = number(self.random.choice(("1/2", "2", "-1", "-1/2", "3/2", "1/3")))
            return t.Pow(self.positive(depth - 1, scope), exponent)
        if pick < 0.80:
            node = self.random.choice(("min", "max"))
            return t.Call(node, (self.positive(depth - 1, scope), self.positive(depth - 1, scope)))
        if pick < 0.82:
            return t.Pow(self.positive(depth - 1, scope), self.real(depth - 2, scope))
        if pick < 0.88:
            return t.Call("exp", (self.real(depth - 1, scope),))
        if pick < 0.90:
            return t.Sub(number(1), self._between(scope))
        if self.budget > 0:
            self.budget -= 1
            law, inner = self.law(scope)
            body = self.positive(depth - 1, inner)
            return t.Expectation(law, body) if pick < 0.95 else t.Integral(law.generated, t.Mul(body, law.density))
        return self._positive_leaf(scope)

    def law(self, scope: Scope) -> tuple[t.Law, Scope]:
        """A law given the variables in scope, and the scope under it; the drawn names may hide those outside."""
        x = var(self.random.choice(_COPIES["x"]))
        z, other = (var(name) for name in self.random.sample(_COPIES["z"], 2))
        y = var("y")
        xs = [v for v in scope if v.stem == "x"]
        kinds = ["r", "v", "m", "p", "px", "pz", "rq", "copies", "s", "mix", "tilt"] + ["q", "p|x"] * (2 * bool(xs))
        match self.random.choice(kinds):
            case "r" | "v" | "m" as family:
                law = t.Law(t.Density(family, (x,)), (x,))
            case "p":
                law = t.Law(t.Density("p", (x, z)), (x, z))
            case "px":
                law = t.Law(t.Density("p", (x,)), (x,))
            case "pz":
                law = t.Law(t.Density("p", (z,)), (z,))
            case "rq":
                law = t.Law(t.Mul(t.Density("r", (x,)), t.Density("q", (z,), (x,))), (x, z))
            case "copies":
                law = t.Law(t.Mul(t.Density("p", (z,)), t.Density("p", (other,))), (z, other))
            case "s":
                law = t.Law(t.Density("s", (y, x)), (y, x))
            case "mix":
                weight = self.random.choice((number("1/2"), number("1/3"), t.Symbol("c")))
                mixture = t.Add(
                    t.Mul(weight, t.Density("r", (x,))), t.Mul(t.Sub(number(1), weight), t.Density("p", (x,)))
                )
                law = t.Law(mixture, (x,))
            case "tilt":
                tilts = [
                    t.Apply("g", (x,)),
                    t.Apply("C", (x,)),
                    t.Call("exp", (t.Apply("T", (x,)),)),
                    t.Density("v", (x,)),
                ]
                tilt = self.random.choice((*tilts, t.Pow(t.Apply("T", (x,)), number(2))))
                mass = t.Mul(t.Density("r", (x,)), tilt)
                law = t.Law(t.Div(mass, t.Integral((x,), mass)), (x,))
            case "q":
                law = t.Law(t.Density("q", (z,), (self.random.choice(xs),)), (z,))
            case _:
                law = t.Law(t.Density("p", (z,), (self.random.choice(xs),)), (z,))
        names = {v.name for v in law.generated}
        return law, (*(v for v in scope if v.name not in names), *law.generated)

    def _bound(self, depth: int, scope: Scope) -> t.Expr:
        if self.budget <= 0:
            return self._leaf(scope)
        self.budget -= 1
        pick = self.random.random()
        if pick < 0.6:
            law, inner = self.law(scope)
            body = self.real(depth - 1, inner)
            if isinstance(law.density, t.Div) and self.random.random() < 0.5:
                body = t.Div(body, law.density)  # where the law is null, this is undefined and does not matter
            return t.Expectation(law, body)
        if pick < 0.7:
            law, inner = self.law(scope)
            return t.Integral(law.generated, t.Mul(self.real(depth - 1, inner), law.density))
        x = var(self.random.choice(_COPIES["x"]))
        laws = [t.Law(t.Density(name, (x,)), (x,)) for name in ("r", "p")]
        xs = [v for v in scope if v.stem == "x"]
        if xs and self.random.random() < 0.5:
            z, given = var("z"), self.random.choice(xs)
            laws = [t.Law(t.Density(name, (z,), (given,)), (z,)) for name in ("q", "p")]
        self.random.shuffle(laws)
        if pick < 0.75:
            return t.Entropy(laws[0])
        if pick < 0.80:
            return t.Gradient(t.Symbol("theta"), self.real(depth - 1, scope))
        if pick < 0.86:
            law, inner = self.law(scope)
            if pick < 0.83:
                return t.Variance(law, self.real(depth - 1, inner))
            return t.Covariance(law, self.real(depth - 2, inner), self.real(depth - 2, inner))
        kind = self.random.choice((*t.DIVERGENCES, "TV", "H2", "chi2", "renyi", "D_f"))
        order = number(self.random.choice(("1/2", "2", "3"))) if kind == "renyi" else None
        return t.Divergence(kind, *laws, order, "f" if kind == "D_f" else "")

    def _leaf(self, scope: Scope) -> t.Expr:
        pick = self.random.random()
        xs = [v for v in scope if v.stem == "x"]
        if xs and pick < 0.4:
            x = self.random.choice(xs)
            if pick < 0.05:
                return x
            return self.random.choice(
                (t.Apply("T", (x,)), t.Apply("C", (x,)), t.Apply("S", (x,)), t.Density("v", (x,)))
            )
        if pick < 0.7:
            return self._positive_leaf(scope)
        return self.random.choice((number(2), number("1/3"), number(-1), number(0), t.Symbol("b"), t.Symbol("theta")))

    def _positive_leaf(self, scope: Scope) -> t.Expr:
        options: list[t.Expr] = [number(2), number("3/4"), number(1), t.Symbol("a"), t.Symbol("c"), t.Symbol("n")]
        xs, ys, zs = ([v for v in scope if v.stem == stem] for stem in "xyz")
        for x in xs:
            options += [t.Density(name, (x,)) for name in "rpm"] + [t.Apply("D", (x,)), t.Apply("g", (x,))]
            for z in zs:
                options += [
                    t.Density("p", (x, z)),
                    t.Density("p", (x,), (z,)),
                    t.Density("q", (z,), (x,)),
                    t.Density("p", (z,), (x,)),
                    t.Apply("h", (x, z)),
                ]
            options += [t.Density("s", (y,), (x,)) for y in ys]
        options += [t.Density("p", (z,)) for z in zs] + [t.Density("s", (y,)) for y in ys]
        return self.random.choice(options[-12:] if self.random.random() < 0.8 else options)

    def _between(self, scope: Scope) -> t.Expr:
        xs = [v for v in scope if v.stem == "x"]
        return t.Apply("D", (self.random.choice(xs),)) if xs else t.Symbol("c")

    def axiom(self, scope: Scope) -> Axiom:
        """An instance of any schema; most satisfy their side conditions."""
        law, inner = self.law(scope)
        if self.random.random() < 0.3:
            return self._pointwise(None, scope)
        if self.random.random() < 0.5:
            return self._pointwise(law, inner)
        if self.random.random() < 0.5:
            reference = self.positive(2, inner)
            if self.random.random() < 0.7:
                reference = t.Mul(law.density, reference)
            return Gibbs((Label(Fraction(1), law, reference),))
        labels = []
        for weight in self.weights(2, zero=False):
            law, inner = self.law(scope)
            labels.append(Label(weight, law, t.Mul(law.density, self.positive(2, inner))))
        return Gibbs(tuple(labels))

    def _pointwise(self, law: t.Law | None, scope: Scope) -> Axiom:
        pick = self.random.random()
        if pick < 0.3:
            count = self.random.randrange(1, 4)
            return Tangent(law, tuple(self.positive(2, scope) for _ in range(count)), self.weights(count))
        if pick < 0.5:
            return LogBelowLine(law, self.positive(2, scope))
        if pick < 0.75:
            term = self.random.choice(
                (self.real(2, scope), t.Pow(self.real(2, scope), number(2)), self.positive(2, scope))
            )
            return NonNegative(law, term)
        xs, ys, zs = ([v for v in scope if v.stem == stem] for stem in "xyz")
        if ys and (xs or zs):
            behind = (*xs[:1], *zs[:1])[: self.random.randrange(3)]
            return Counted(law, t.Density("s", (ys[0],), behind))
        return Counted(law, t.Density("p", tuple(xs[:1]) or (var("x"),)))

    def weights(self, count: int, *, zero: bool = True) -> tuple[Fraction, ...]:
        """A probability vector; all zeros, once in a while, for the kernel to refuse."""
        parts = [self.random.randrange(0 if zero else 1, 4) for _ in range(count)]
        return tuple(Fraction(part, sum(parts) or 1) for part in parts)
