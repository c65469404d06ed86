"""Every axiom schema holds on random and degenerate models, refuses what it must, and is missed when it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import reduce
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.kernel import (
    SCHEMAS,
    Assumed,
    Axiom,
    Bounded,
    CauchySchwarz,
    Counted,
    FenchelYoung,
    Gibbs,
    Hellinger,
    Instance,
    Jensen,
    Label,
    LogBelowLine,
    Monotone,
    MultiSample,
    NonNegative,
    Pinsker,
    Poly,
    PowerMean,
    Reader,
    Rejected,
    Tangent,
    Unsupported,
    Weighted,
    Within,
)
from proofs.kernel.combination import remainder
from proofs.kernel.integration import integrate
from proofs.kernel.normal_form import EMPTY
from proofs.kernel.polynomial import ONE, ZERO, log, number, total
from proofs.kernel.schema import averaging
from proofs.language import tree as t
from proofs.outcome import Counterexample
from proofs.provers.readback import to_tree
from tests.proofs.kernel.edits import alpha
from tests.proofs.kernel.expressions import DECLARATIONS, NOTHING, VOCABULARY, Generator, counterexample, var
from tests.proofs.kernel.expressions import number as numeral

x, x1, y, z, z1 = (var(name) for name in ("x", "x_1", "y", "z", "z_1"))
HALF = Fraction(1, 2)
CONVEX = ("f", "f_low", "abs", "abs", "exp", "softplus")

Draw = Callable[[Generator, Random], Axiom]


def _log(expr: t.Expr) -> t.Expr:
    return t.Call("log", (expr,))


def _density(family: str, *generated: t.Variable, given: tuple[t.Variable, ...] = ()) -> t.Law:
    return t.Law(t.Density(family, generated, given), generated)


# --- random instances ------------------------------------------------------------------------------------------------


def _gibbs(generator: Generator, random: Random) -> Axiom:
    scope = generator.scope()
    weights = generator.weights(random.choice((1, 1, 2)), zero=False)
    labels = []
    for weight in weights:
        law, inner = generator.law(scope)
        reference = generator.positive(2, inner)
        labels.append(Label(weight, law, t.Mul(law.density, reference) if random.random() < 0.7 else reference))
    return Gibbs(tuple(labels))


def _outer(generator: Generator, random: Random) -> tuple[t.Law | None, tuple[t.Variable, ...]]:
    scope = generator.scope()
    return generator.law(scope) if random.random() < 0.6 else (None, scope)


def _tangent(generator: Generator, random: Random) -> Axiom:
    law, scope = _outer(generator, random)
    count = random.randrange(1, 4)
    return Tangent(law, tuple(generator.positive(2, scope) for _ in range(count)), generator.weights(count))


def _counted(generator: Generator, random: Random) -> Axiom:
    law, scope = _outer(generator, random)
    behind = tuple(
        next((v for v in scope if v.stem == stem), var(stem)) for stem in random.choice(("", "x", "xz", "z"))
    )
    front = random.choice(((var("y"),), (var("y"),), tuple(v for v in (var("y"), var("x")) if v not in behind)))
    return Counted(law, t.Density("s", front, behind))


def _line(generator: Generator, random: Random) -> Axiom:
    law, scope = _outer(generator, random)
    return LogBelowLine(law, generator.positive(2, scope))


def _non_negative(generator: Generator, random: Random) -> Axiom:
    law, scope = _outer(generator, random)
    real = generator.real(2, scope)
    return NonNegative(law, random.choice((real, t.Pow(real, numeral(2)), generator.positive(2, scope))))


def _power_mean(generator: Generator, random: Random) -> Axiom:
    outer, scope = _outer(generator, random)
    law, inner = generator.law(scope)
    exponent = Fraction(random.choice(("2", "1/2", "-1", "3", "-1/2", "3/2", "1/3", "0", "1")))
    return PowerMean(exponent, outer, law, generator.positive(1, inner))


def _cauchy_schwarz(generator: Generator, random: Random) -> Axiom:
    law, inner = generator.law(generator.scope())
    return CauchySchwarz(law, generator.real(1, inner), random.choice((numeral(1), generator.real(1, inner))))


def _two_laws(random: Random) -> tuple[t.Law, t.Law]:
    families = random.choice((("r", "p"), ("p", "r")))
    laws = [_density(name, x) for name in families]
    if random.random() < 0.5:
        laws = [_density(name, z, given=(x,)) for name in random.choice((("q", "p"), ("p", "q")))]
    return laws[0], laws[1]


def _pinsker(generator: Generator, random: Random) -> Axiom:
    left, right = _two_laws(random)
    if random.random() < 0.3:
        left, right = _density("v", x), _density("p", x)
    return Pinsker(left, right)


def _hellinger(generator: Generator, random: Random) -> Axiom:
    left, right = _two_laws(random)
    if random.random() < 0.3:
        left, right = _density("r", x), _density("v", x)
    return Hellinger(left, right, random.random() < 0.5)


def _monotone(generator: Generator, random: Random) -> Axiom:
    scope = generator.scope()
    smaller, step = generator.positive(2, scope), generator.positive(1, scope)
    ends = (smaller, smaller + step) if random.random() < 0.8 else (smaller + step, smaller)
    return Monotone(random.choice(("log", "exp", "sqrt")), *ends, (Instance(NonNegative(None, step), numeral(1)),))


def _jensen(generator: Generator, random: Random) -> Axiom:
    outer, scope = _outer(generator, random)
    law, inner = generator.law(scope)
    return Jensen(random.choice(CONVEX), outer, law, generator.real(1, inner))


def _weighted(generator: Generator, random: Random) -> Axiom:
    outer, scope = _outer(generator, random)
    count = random.randrange(1, 4)
    weights = tuple(numeral(w) for w in generator.weights(count))
    if count == 2 and random.random() < 0.5:
        weights = (t.Symbol("c"), 1 - t.Symbol("c"))
    return Weighted(random.choice(CONVEX), outer, weights, tuple(generator.real(1, scope) for _ in range(count)))


def _fenchel_young(generator: Generator, random: Random) -> Axiom:
    law, scope = _outer(generator, random)
    return FenchelYoung("f", law, generator.real(1, scope), generator.real(1, scope))


def _bounded(generator: Generator, random: Random) -> Axiom:
    law, scope = _outer(generator, random)
    bound = generator.positive(1, scope)
    factor = random.choice((bound, -bound, numeral("1/2") * bound, bound * t.Symbol("c"), generator.real(1, scope)))
    return Bounded(law, generator.real(1, scope), factor, bound)


def _within(generator: Generator, random: Random) -> Axiom:
    """A sum within the sum of the absolute values, once in a while with one of them left out, or within itself."""
    scope = generator.scope()
    terms = [generator.real(1, scope) for _ in range(random.randrange(1, 3))]
    bound = reduce(t.Add, [t.Call("abs", (term,)) for term in (terms if random.random() < 0.8 else terms[:1])])
    one = numeral(1)
    above, below = (
        tuple(Instance(Bounded(None, term, sign, one), one) for term in terms) for sign in (one, numeral(-1))
    )
    whole = reduce(t.Add, terms)
    if random.random() < 0.2:
        return Within(whole, whole, (), ())
    return Within(whole, bound, above, below)


#: How instances of each schema are drawn; `MultiSample` speaks of a symbolic number of copies, which no model has.
DRAWS: dict[type[Axiom], Draw] = {
    Gibbs: _gibbs,
    Tangent: _tangent,
    Counted: _counted,
    LogBelowLine: _line,
    NonNegative: _non_negative,
    PowerMean: _power_mean,
    CauchySchwarz: _cauchy_schwarz,
    Pinsker: _pinsker,
    Hellinger: _hellinger,
    Monotone: _monotone,
    Jensen: _jensen,
    Weighted: _weighted,
    FenchelYoung: _fenchel_young,
    Bounded: _bounded,
    Within: _within,
}


def violation(schema: type[Axiom], seed: int) -> tuple[Axiom, Counterexample] | None:
    """A model on which a random instance, as the kernel states it, is certainly negative."""
    random = Random(seed)
    axiom = DRAWS[schema](Generator(random, budget=2), random)
    try:
        statement = axiom.statement(Reader(VOCABULARY))
    except (Rejected, Unsupported):
        return None
    found = counterexample(to_tree(statement), ">=", numeral(0), seed=seed, tries=12)
    return None if found is None else (axiom, found)


@pytest.mark.parametrize("schema", DRAWS, ids=lambda schema: schema.__name__)
@settings(max_examples=50)
@given(seed=st.integers(0, 2**40))
def test_no_model_violates_an_instance(schema: type[Axiom], seed: int) -> None:
    assert violation(schema, seed) is None


@pytest.mark.parametrize("schema", DRAWS, ids=lambda schema: schema.__name__)
def test_most_drawn_instances_are_accepted(schema: type[Axiom]) -> None:
    """What the property above tests is not nothing."""
    accepted = 0
    for seed in range(60):
        random = Random(seed)
        try:
            DRAWS[schema](Generator(random, budget=2), random).statement(Reader(VOCABULARY))
            accepted += 1
        except (Rejected, Unsupported):
            pass
    assert accepted >= 20


def test_every_schema_in_force_is_tested() -> None:
    assert set(SCHEMAS) == {*DRAWS, MultiSample, Assumed}  # of what is assumed: `test_hypotheses`


@settings(max_examples=100)
@given(seed=st.integers(0, 2**40))
def test_the_names_of_drawn_variables_do_not_matter(seed: int) -> None:
    random = Random(seed)
    axiom = _gibbs(Generator(random, budget=2), random)
    assert isinstance(axiom, Gibbs)
    renamed = []
    for label in axiom.labels:
        both = alpha(t.Expectation(label.law, label.reference), random)
        assert isinstance(both, t.Expectation)
        renamed.append(Label(label.weight, both.law, both.body))
    try:
        statement = axiom.statement(Reader(VOCABULARY))
    except Unsupported:
        return
    assert Gibbs(tuple(renamed)).statement(Reader(VOCABULARY)) == statement


# --- planted errors: a wrong schema is seen to be wrong ---------------------------------------------------------------


def _negated(schema: type[Axiom]) -> Callable[[Any, Reader], Poly]:
    right = schema.statement

    def statement(self: Any, reader: Reader) -> Poly:
        return -right(self, reader)

    return statement


def _gibbs_with(*, mass: bool = True, weights: bool = True, normalised: bool = True) -> Callable[[Any, Reader], Poly]:
    def statement(self: Gibbs, reader: Reader) -> Poly:
        divergence, whole = ZERO, ZERO
        for label in self.labels:
            assert isinstance(label.weight, Fraction)
            env, bound, density = reader.law(label.law, EMPTY)
            if not normalised:
                density = density.scale(Fraction(1, 2))
            ratio = reader.log(label.law.density, env) - reader.log(label.reference, env)
            term = integrate(bound, density * (log(number(label.weight)) + ratio))
            divergence = divergence + (term.scale(label.weight) if weights else term)
            whole = whole + reader.mass(bound, reader.read(label.reference, env))
        return divergence + (log(whole) if mass and whole != ONE else ZERO)

    return statement


def _tangent_without_positivity(self: Tangent, reader: Reader) -> Poly:
    """Terms of weight zero are not looked at, so that they may be negative."""
    env, average = averaging(reader, self.law)
    result = log(total(reader.read(term, env) for term in self.terms), positive=True)
    for term, weight in zip(self.terms, self.weights, strict=True):
        if weight:
            result = result - (reader.log(term, env) - log(number(weight))).scale(weight)
    return average(result)


def _tangent_without_weights(self: Tangent, reader: Reader) -> Poly:
    env, average = averaging(reader, self.law)
    result = log(total(reader.read(term, env) for term in self.terms), positive=True)
    for term, weight in zip(self.terms, self.weights, strict=True):
        result = result - (reader.log(term, env) + log(number(len(self.terms)))).scale(weight)
    return average(result)


def _counted_everywhere(self: Counted, reader: Reader) -> Poly:
    env, average = averaging(reader, self.law)
    return average(-reader.log(self.density, env))


def _lower_line(self: LogBelowLine, reader: Reader) -> Poly:
    env, average = averaging(reader, self.law)
    return average(reader.read(self.argument, env) - number(Fraction(3, 2)) - reader.log(self.argument, env))


def _anything(self: NonNegative, reader: Reader) -> Poly:
    env, average = averaging(reader, self.law)
    return average(reader.read(self.term, env))


def _power_mean_of_any_exponent(self: PowerMean, reader: Reader) -> Poly:
    return _negated_if(PowerMean, 0 < self.exponent < 1)(self, reader)


_RIGHT = {schema: schema.statement for schema in SCHEMAS}


def _negated_if(schema: type[Axiom], condition: bool) -> Callable[[Any, Reader], Poly]:
    return lambda self, reader: _RIGHT[schema](self, reader).scale(Fraction(-1 if condition else 1))


def _pinsker_too_strong(self: Pinsker, reader: Reader) -> Poly:
    distance = reader.read(t.Divergence("TV", self.left, self.right))
    return reader.read(t.Divergence("KL", self.left, self.right)) - (distance * distance).scale(Fraction(5, 2))


def _cauchy_schwarz_without_the_square(self: CauchySchwarz, reader: Reader) -> Poly:
    def mean(a: t.Expr, b: t.Expr) -> Poly:
        return reader.read(t.Expectation(self.law, a * b))

    return mean(self.left, self.left) * mean(self.right, self.right) - mean(self.left, self.right)


def _fenchel_young_without_the_point(self: FenchelYoung, reader: Reader) -> Poly:
    env, average = averaging(reader, self.law)
    value = reader.read(t.Apply("f", (self.point,)), env) + reader.read(t.Conjugate("f", self.slope), env)
    return average(value - reader.read(self.point, env).scale(Fraction(2)) * reader.read(self.slope, env))


def _hellinger_exchanged(self: Hellinger, reader: Reader) -> Poly:
    distance, squared = (reader.read(t.Divergence(kind, self.left, self.right)) for kind in ("TV", "H2"))
    return (
        squared - distance
        if self.lower
        else squared.scale(Fraction(2)) - distance * distance - squared * squared * squared
    )


def _monotone_unchecked(self: Monotone, reader: Reader) -> Poly:
    larger, smaller = (reader.read(t.Call(self.function, (side,))) for side in (self.larger, self.smaller))
    return larger - smaller


def _bounded_from_one_side(self: Bounded, reader: Reader) -> Poly:
    env, average = averaging(reader, self.law)
    if not reader.is_nonnegative(self.bound - self.factor, env):
        raise Rejected("a factor above its bound")
    term = reader.read(t.Call("abs", (self.term,)), env) * reader.read(self.bound, env)
    return average(term - reader.read(self.factor * self.term, env))


def _within_from_one_side(self: Within, reader: Reader) -> Poly:
    right, left = reader.read(self.bound), reader.read(self.term)
    if not remainder(reader, right - left, self.above).nonnegative:
        raise Rejected("the term is above its bound")
    return right - reader.read(t.Call("abs", (self.term,)))


PLANTED: list[tuple[type[Axiom], str, Callable[[Any, Reader], Poly]]] = [
    *((schema, "flipped", _negated(schema)) for schema in DRAWS),
    (Gibbs, "without its mass", _gibbs_with(mass=False)),
    (Gibbs, "without its weights", _gibbs_with(weights=False)),
    (Gibbs, "with a law of mass one half", _gibbs_with(normalised=False)),
    (Tangent, "without positivity", _tangent_without_positivity),
    (Tangent, "with equal weights", _tangent_without_weights),
    (Counted, "for densities", _counted_everywhere),
    (LogBelowLine, "too low", _lower_line),
    (NonNegative, "of anything", _anything),
    (PowerMean, "with one sign for all exponents", _power_mean_of_any_exponent),
    (Pinsker, "too strong", _pinsker_too_strong),
    (CauchySchwarz, "without the square", _cauchy_schwarz_without_the_square),
    (FenchelYoung, "with a wrong slope", _fenchel_young_without_the_point),
    (Hellinger, "with its bounds exchanged", _hellinger_exchanged),
    (Monotone, "unchecked", _monotone_unchecked),
    (Bounded, "from one side", _bounded_from_one_side),
    (Within, "from one side", _within_from_one_side),
    (Jensen, "for concave functions too", lambda self, reader: _RIGHT[Jensen](self, reader).scale(
        Fraction(-1 if self.function == "f_low" else 1))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "statement"),
    [(schema, statement) for schema, _, statement in PLANTED],
    ids=[f"{schema.__name__} {what}" for schema, what, _ in PLANTED],
)
def test_a_wrong_schema_is_violated(
    schema: type[Axiom], statement: Callable[[Any, Reader], Poly], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "statement", statement)
    assert any(violation(schema, seed) is not None for seed in range(600))


# --- side conditions -------------------------------------------------------------------------------------------------

R, P = _density("r", x), _density("p", x)
MIXED = Label(HALF, R, t.Density("r", (x,)))


def _refused() -> Iterator[tuple[str, Axiom]]:
    r, p = R.density, P.density
    yield "no labels", Gibbs(())
    yield "weights below one", Gibbs((MIXED,))
    yield "weights above one", Gibbs((MIXED, MIXED, MIXED))
    yield "a negative weight", Gibbs((Label(Fraction(3, 2), R, r), Label(-HALF, P, p)))
    yield "a weight of zero", Gibbs((Label(Fraction(1), R, r), Label(Fraction(0), P, p)))
    yield "weights that sum to one in floating point", Gibbs((Label(0.5, R, r), Label(0.5, P, p)))
    yield "a weight that is no number", Gibbs((Label(float("nan"), R, r),))
    yield "a boolean weight", Gibbs((Label(True, R, r),))
    yield "a symbolic weight without its rest", Gibbs((Label(t.Symbol("c"), R, r), Label(t.Symbol("c"), P, p)))
    yield "a symbolic weight that may be negative", Gibbs((Label(t.Symbol("b"), R, r), Label(1 - t.Symbol("b"), P, p)))
    yield "a law of mass two", Gibbs((Label(Fraction(1), t.Law(2 * r, (x,)), r),))
    yield "a law of too many variables", Gibbs((Label(Fraction(1), t.Law(r, (x, z)), r),))
    yield "a signed law", Gibbs((Label(Fraction(1), t.Law(2 * r - p, (x,)), r),))
    yield "a reference that vanishes where the law does not", Gibbs((Label(Fraction(1), R, t.Density("v", (x,))),))
    yield "a signed reference", Gibbs((Label(Fraction(1), R, r - p),))
    yield "fewer weights than terms", Tangent(R, (r, p), (Fraction(1),))
    yield "more weights than terms", Tangent(R, (r,), (HALF, HALF))
    yield "float weights", Tangent(R, (r, p), (0.5, 0.5))
    yield "a negative tangent weight", Tangent(R, (r, p), (Fraction(2), Fraction(-1)))
    yield "a negative term", Tangent(R, (r, -p), (HALF, HALF))
    yield "a negative term of weight zero", Tangent(R, (r, -p), (Fraction(1), Fraction(0)))
    yield "a mass of a measured variable", Counted(None, t.Density("s", (x,)))
    yield "a joint mass with a measured variable", Counted(None, t.Density("s", (x, y)))
    yield (
        "a measured variable under a counted name",
        Counted(t.Law(t.Density("r", (t.Variable("y", "x"),)), (t.Variable("y", "x"),)), t.Density("s", (y,))),
    )
    yield "a line below the log of a real", LogBelowLine(None, t.Symbol("b"))
    yield "a real", NonNegative(None, t.Symbol("b"))
    yield "a cube", NonNegative(None, t.Pow(t.Symbol("b"), numeral(3)))
    yield "a difference of squares", NonNegative(None, t.Pow(t.Symbol("b"), numeral(2)) - numeral(1))
    yield "a symbolic power of a real", NonNegative(None, t.Pow(t.Symbol("b"), t.Symbol("n")))
    yield "an undeclared name", NonNegative(None, t.Pow(t.Symbol("nobody"), numeral(2)))
    yield "a power mean of a real", PowerMean(Fraction(2), None, R, t.Apply("T", (x,)))
    yield "a float exponent", PowerMean(2.0, None, R, t.Apply("g", (x,)))
    yield "Pinsker for what is no law", Pinsker(R, t.Law(2 * p, (x,)))
    yield "Pinsker for signed laws", Pinsker(R, t.Law(2 * r - p, (x,)))
    yield "Cauchy-Schwarz for a signed law", CauchySchwarz(t.Law(2 * r - p, (x,)), t.Apply("T", (x,)), numeral(1))
    yield "Jensen for an undeclared function", Jensen("T", None, R, t.Apply("T", (x,)))
    yield "Fenchel-Young for a concave function", FenchelYoung("f_low", None, t.Symbol("b"), t.Symbol("b"))
    yield "Jensen weights below one", Weighted("f", None, (numeral("1/2"),), (t.Symbol("b"),))
    yield (
        "Jensen weights that may be negative",
        Weighted("f", None, (t.Symbol("b"), 1 - t.Symbol("b")), (numeral(1), numeral(2))),
    )
    yield "Jensen with a weight too few", Weighted("f", None, (numeral(1),), (numeral(1), numeral(2)))
    yield "Hellinger for what is no law", Hellinger(R, t.Law(2 * p, (x,)), True)
    yield "a function that is not known to increase", Monotone("cos", numeral(1), numeral(2), ())
    yield "the larger argument unproved", Monotone("exp", t.Symbol("b"), t.Symbol("a"), ())
    yield "the larger argument smaller", Monotone("exp", numeral(2), numeral(1), ())
    yield "the root of a real", Monotone("sqrt", t.Symbol("b"), t.Symbol("b") + numeral(1), ())
    yield "the log of a real, shifted", Monotone("log", t.Symbol("b"), t.Symbol("b") + numeral(1), ())
    b, one = t.Symbol("b"), numeral(1)
    yield "a factor above its bound", Bounded(None, b, numeral(2), one)
    yield "a factor below its bound", Bounded(None, b, numeral(-2), one)
    yield "a factor of any size", Bounded(R, t.Apply("T", (x,)), t.Apply("T", (x,)), one)
    yield "a signed bound", Bounded(None, b, b, b)
    yield "a bound from above only", Within(b, t.Call("abs", (b,)), (Instance(Bounded(None, b, one, one), one),), ())
    yield "no bound", Within(b, one, (), ())
    yield "Jensen for a concave built-in function", Jensen("log", None, R, t.Apply("g", (x,)))
    yield "Jensen for a function of no shape", Jensen("sin", None, R, t.Apply("T", (x,)))
    w, k = t.Apply("h", (x, z)), t.Symbol("n")
    q = t.Density("q", (z,), (x,))
    yield "fewer copies for more", MultiSample(None, z, q, w, k + one, k)
    yield "a number of copies that is real", MultiSample(None, z, q, w, one, t.Symbol("a") + one)
    yield "no copies", MultiSample(None, z, q, w, numeral(0), k)
    yield "half a copy", MultiSample(None, z, q, w, numeral("3/2"), None)
    yield "copies of no law", MultiSample(None, z, 2 * q, w, one, k)
    yield "copies of a signed weight", MultiSample(None, z, q, t.Apply("U", (x, z)), one, k)
    yield "a weight that names the i-th copy", MultiSample(None, z, q, w * t.Apply("h", (x, var("z_i"))), one, k)


@pytest.mark.parametrize("axiom", [axiom for _, axiom in _refused()], ids=[what for what, _ in _refused()])
def test_a_side_condition_is_held(axiom: Axiom) -> None:
    with pytest.raises((Rejected, Unsupported)):
        axiom.statement(Reader(VOCABULARY))


# --- any number of copies --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fewer", "more"), [(1, 2), (1, 3), (2, 3), (2, None), (3, None)])
def test_the_multi_sample_schema_at_numerals(fewer: int, more: int | None) -> None:
    """With numerals for the numbers of copies, written out, the schema says what models confirm."""

    def bound(k: int | None) -> t.Expr:
        q, weight = t.Density("q", (z,), (x,)), t.Apply("h", (x, z)) * t.Density("p", (x, z))
        if k is None:
            return _log(t.Expectation(t.Law(q, (z,)), weight))
        copies = [var(f"z_{i}") for i in range(1, k + 1)]
        law, mean = t.Density("q", (copies[0],), (x,)), numeral(0)
        for i, copy in enumerate(copies):
            law = law if i == 0 else law * t.Density("q", (copy,), (x,))
            mean = mean + t.Apply("h", (x, copy)) * t.Density("p", (x, copy))
        return t.Expectation(t.Law(law, tuple(copies)), _log(mean / k))

    assert counterexample(bound(fewer), "<=", bound(more), tries=60) is None
    assert counterexample(bound(fewer), ">=", bound(more), tries=60) is not None


COUNT = t.Symbol("n")


def _copies(body: t.Expr, *, number_of: t.Expr = COUNT, drawn: t.Variable = z) -> t.Expr:
    i_th = t.Variable(f"{drawn.name}_i", drawn.stem)
    product = t.IndexSum("prod", "i", numeral(1), number_of, t.Density("q", (i_th,), (x,)))
    copies: Any = t.Copies(drawn, numeral(1), number_of)
    return t.Expectation(t.Law(product, (copies,)), body)


def _mean(body: t.Expr) -> t.Expr:
    return t.IndexSum("mean", "i", numeral(1), t.Symbol("n"), body)


def _weight(of: str) -> t.Expr:
    return t.Apply("h", (x, t.Variable(of, "z")))


@pytest.mark.parametrize(
    "expr",
    [
        _copies(_log(_weight("z_1"))),
        _copies(_log(_weight("z_1'"))),
        _copies(t.Expectation(_density("p", z), _weight("z_2"))),
        _copies(_copies(_mean(_weight("z_i")), drawn=t.Variable("z'", "z"))),
        _copies(_mean(_weight("z_i") * t.Apply("T", (t.Variable("x_i", "x"),)))),
        _copies(_mean(_weight("z_i") * t.Symbol("i"))),
        _copies(_log(_mean(_weight("z_i"))), number_of=t.Symbol("a")),
        _copies(_log(_mean(_weight("z_i"))), number_of=t.Constant("pi")),
        _copies(_mean(_mean(_weight("z_i")))),
        _mean(_weight("z_i")),
    ],
)  # fmt: skip
def test_copies_are_used_through_their_mean_only(expr: t.Expr) -> None:
    declared = (*DECLARATIONS, t.Scalar("i", Fraction(1), None, (True, False), integer=True))
    with pytest.raises(Unsupported):
        Reader(t.Claim(declared, (), (t.Chain((NOTHING,)),))).read(expr)


def test_the_mean_of_copies_is_linear_and_nothing_else() -> None:
    reader = Reader(VOCABULARY)
    one = reader.read(t.Expectation(_density("q", z, given=(x,)), _weight("z")))
    mean = _mean(_weight("z_i"))
    assert reader.read(_copies(mean)) == one
    assert reader.read(_copies(mean - numeral(1))) == one - ONE
    assert reader.read(_copies(mean * mean)) != one * one
    assert reader.read(_copies(_log(mean))) != log(one)
