"""The kernel's formal derivatives are those of jets on finite models, and wrong rules are seen to be wrong."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.kernel import Certificate, Poly, Reader, Rejected, Unsupported, check, integration
from proofs.kernel.derivative import Derivative
from proofs.kernel.polynomial import ONE, ZERO, Atom, Monomial, from_atom, from_monomial, power, total
from proofs.language import tree as t
from proofs.outcome import Counterexample
from proofs.provers.linear import prove
from proofs.provers.readback import to_tree
from tests.proofs.kernel.expressions import DECLARATIONS, NOTHING, Scope, claim_of, counterexample, number, var

DECLARED = (
    *DECLARATIONS,
    t.Parameter("phi"),
    t.Family("k", ("z",), ("x",), parameters=("theta", "phi")),
    t.Family("j", ("x", "z"), parameters=("theta",)),
    t.Function("G", ("x",), Fraction(0), integrable=True, parameters=("theta",)),
    t.Function("Q", ("x", "z"), Fraction(0), Fraction(1), parameters=("theta", "phi")),
)
THETA, PHI = t.Symbol("theta"), t.Symbol("phi")
x, x1, z, z1 = (var(name) for name in ("x", "x_1", "z", "z_1"))
M = t.Law(t.Density("m", (x,)), (x,))
SCORE = t.Gradient(THETA, t.Call("log", (M.density,)))


def leaf(random: Random, scope: Scope) -> t.Expr:
    options: list[t.Expr] = [THETA, t.Symbol("a"), number(2)]
    xs, zs = ([v for v in scope if v.stem == stem] for stem in "xz")
    for v in xs:
        options += [t.Density("m", (v,)), t.Density("j", (v,)), t.Density("r", (v,))]
        options += [t.Apply("S", (v,)), t.Apply("G", (v,)), t.Apply("T", (v,))]
        for w in zs:
            options += [t.Density("k", (w,), (v,)), t.Density("j", (v, w)), t.Density("j", (w,), (v,))]
            options += [t.Density("j", (v,), (w,)), t.Apply("Q", (v, w))]
    return random.choice(options)


def law(random: Random, scope: Scope) -> t.Law:
    v, w = random.choice((x, x1)), random.choice((z, z1))
    tilts = (t.Apply("G", (v,)), t.Call("exp", (THETA * t.Apply("T", (v,)),)))
    tilted = t.Density("r", (v,)) * random.choice(tilts)
    options = [
        t.Law(t.Density("m", (v,)), (v,)),
        t.Law(t.Density("r", (v,)), (v,)),
        t.Law(t.Density("j", (v, w)), (v, w)),
        t.Law(t.Density("m", (v,)) * t.Density("k", (w,), (v,)), (v, w)),
        t.Law(tilted / t.Integral((v,), tilted), (v,)),
    ]
    given = [u for u in scope if u.stem == "x"]
    if given:
        options += [t.Law(t.Density(name, (w,), (random.choice(given),)), (w,)) for name in ("k", "j")]
    return random.choice(options)


def smooth(random: Random, depth: int, scope: Scope, binders: int = 2) -> t.Expr:
    """An expression that moves with theta, for the most part; the kernel refuses what need not be defined."""
    pick = random.random()
    if depth <= 0 or pick < 0.15 or (binders == 0 and pick >= 0.72):
        return leaf(random, scope)

    def part() -> t.Expr:
        return smooth(random, depth - 1, scope, binders)

    if pick < 0.5:
        return random.choice((t.Add, t.Sub, t.Mul, t.Mul, t.Div))(part(), part())
    if pick < 0.66:
        return t.Call(random.choice(("log", "log", "exp", "sqrt", "sigmoid", "softplus", "abs")), (part(),))
    if pick < 0.72:
        return t.Pow(part(), number(random.choice(("2", "-1", "1/2", "3/2"))))
    drawn = law(random, scope)
    hidden = {v.name for v in drawn.generated}
    inner = (*(v for v in scope if v.name not in hidden), *drawn.generated)
    if pick < 0.92:
        return t.Expectation(drawn, smooth(random, depth - 1, inner, binders - 1))
    return t.Integral(drawn.generated, drawn.density * smooth(random, depth - 1, inner, binders - 1))


def misread(seed: int) -> Counterexample | bool | None:
    """A model on which a random derivative, as the kernel reads it, is not the tangent; False if it is not read."""
    random = Random(seed)
    expr = t.Gradient(THETA, smooth(random, 3, tuple(random.sample((x, x1, z), random.randrange(3)))))
    try:
        reading = Reader(claim_of(NOTHING, DECLARED)).read(expr)
    except Unsupported:
        return False
    return counterexample(expr, "=", to_tree(reading), seed=seed, tries=8, declarations=DECLARED)


@settings(max_examples=150)
@given(seed=st.integers(0, 2**40))
def test_derivatives_are_tangents(seed: int) -> None:
    assert not misread(seed)


def test_most_derivatives_are_read() -> None:
    assert sum(misread(seed) is None for seed in range(100)) >= 40


# --- wrong rules -----------------------------------------------------------------------------------------------------


def _without_exponents(self: Derivative, monomial: Monomial) -> Poly:
    parts = []
    for atom, n in monomial:
        others = from_monomial(tuple(f for f in monomial if f[0] is not atom))
        parts.append(others * (from_atom(atom, n - 1) if n != 1 else ONE) * self.of_atom(atom))
    return total(parts)


def _in_one_factor(self: Derivative, monomial: Monomial) -> Poly:
    if not monomial:
        return ZERO
    (atom, n), rest = monomial[0], from_monomial(monomial[1:])
    return (rest * (from_atom(atom, n - 1) if n != 1 else ONE) * self.of_atom(atom)).scale(Fraction(n))


def _but(kind: str, rule: Callable[[Derivative, Atom], Poly]) -> Callable[[Derivative, Atom], Poly]:
    right = Derivative.of_atom
    return lambda self, atom: rule(self, atom) if atom.kind == kind else right(self, atom)


PLANTED: dict[str, tuple[str, Any]] = {
    "powers without exponents": ("of_monomial", _without_exponents),
    "products by halves": ("of_monomial", _in_one_factor),
    "constant families": ("of_atom", _but("density", lambda self, atom: ZERO)),
    "constant functions": ("of_atom", _but("value", lambda self, atom: ZERO)),
    "constant integrals": ("of_atom", _but("integral", lambda self, atom: ZERO)),
    "constant exponentials": ("of_atom", _but("exp", lambda self, atom: ZERO)),
    "logs without a denominator": ("of_atom", _but("log", lambda self, atom: self.of(atom.data))),
    "logs squared": (
        "of_atom",
        _but("log", lambda self, a: self.of(a.data) * power(a.data, Fraction(-2), positive=True)),
    ),
    "every number moves": ("of_atom", _but("symbol", lambda self, atom: ONE)),
}


@pytest.mark.parametrize(("name", "rule"), PLANTED.values(), ids=PLANTED)
def test_a_wrong_rule_is_seen(name: str, rule: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Derivative, name, rule)
    assert any(misread(seed) for seed in range(400))


def test_a_derivative_of_mass_one_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    step = t.Step(t.Expectation(M, SCORE), "=", number(1))
    assert counterexample(step.left, "=", step.right) is not None
    assert not _proved(step)
    monkeypatch.setattr(integration, "ZERO", ONE)
    assert _proved(step)


def _proved(step: t.Step) -> bool:
    try:
        check(Certificate(claim_of(step, DECLARED), step))
    except (Rejected, Unsupported):
        return False
    return True


# --- what holds and what does not ------------------------------------------------------------------------------------

_D = t.Gradient
_T = t.Apply("T", (x,))
_FISHER = t.Expectation(M, SCORE * SCORE)
TRUE = [
    t.Step(t.Expectation(M, SCORE), "=", number(0)),
    t.Step(_D(THETA, t.Expectation(M, _T)), "=", t.Expectation(M, (_T - t.Symbol("b")) * SCORE)),
    t.Step(_D(THETA, _D(PHI, THETA * PHI)), "=", number(1)),
    t.Step(_D(THETA, _D(THETA, t.Pow(THETA, number(3)))), "=", 6 * THETA),
    t.Step(t.Expectation(M, _D(THETA, SCORE)), "=", -_FISHER),
    t.Step(_FISHER, ">=", number(0)),
    t.Step(_D(THETA, t.Entropy(M)), "=", -t.Expectation(M, t.Call("log", (M.density,)) * SCORE)),
    t.Step(_D(PHI, t.Expectation(M, _T)), "=", number(0)),
]
FALSE = [
    t.Step(SCORE, "=", number(0)),
    t.Step(_D(THETA, M.density), ">=", number(0)),
    t.Step(_D(THETA, t.Apply("Q", (x, z))), ">=", number(0)),
    t.Step(t.Expectation(M, t.Apply("S", (x,)) * SCORE), "=", _D(THETA, t.Expectation(M, t.Apply("S", (x,))))),
    t.Step(_FISHER, "=", number(0)),
    t.Step(_D(THETA, t.Expectation(M, _T)), "=", t.Expectation(M, _T)),
    t.Step(t.Integral((x,), _D(THETA, t.Apply("G", (x,)))), "=", number(0)),
]


@pytest.mark.parametrize("step", TRUE, ids=range(len(TRUE)))
def test_what_is_known_of_scores_is_proved(step: t.Step) -> None:
    assert prove(claim_of(step, DECLARED), step) is not None


@pytest.mark.parametrize("step", FALSE, ids=range(len(FALSE)))
def test_what_is_not_true_of_derivatives_is_not_proved(step: t.Step) -> None:
    assert prove(claim_of(step, DECLARED), step) is None
    assert counterexample(step.left, step.relation, step.right, tries=60, declarations=DECLARED) is not None


REFUSED = {
    "a family that may vanish": t.Gradient(THETA, t.Density("w", (x,))),
    "an end that moves": t.Gradient(THETA, t.Named("Uniform", x, (THETA * number(0) + t.Symbol("b"), THETA))),
    "a Uniform law with an end that moves": t.Gradient(
        THETA, t.Named("Uniform", x, (number(0), t.Call("exp", (THETA,))))
    ),
    "the argument of a function": t.Gradient(THETA, t.Apply("T", (THETA,))),
    "the argument of a convex function": t.Gradient(THETA, t.Apply("f", (THETA,))),
    "the argument of a conjugate": t.Gradient(THETA, t.Conjugate("f", THETA)),
    "a sine": t.Gradient(THETA, t.Call("sin", (THETA,))),
    "an absolute value": t.Gradient(THETA, t.Call("abs", (THETA,))),
    "a number": t.Gradient(t.Symbol("a"), t.Symbol("a")),
    "a variable": t.Gradient(x, _T),
}


@pytest.mark.parametrize("expr", REFUSED.values(), ids=REFUSED)
def test_what_need_not_have_a_derivative_is_refused(expr: t.Expr) -> None:
    declared = (*DECLARED, t.Family("w", ("x",), positive=False, parameters=("theta",)))
    with pytest.raises(Unsupported):
        Reader(claim_of(NOTHING, declared)).read(expr)


def test_a_parameter_is_not_the_number_of_its_name() -> None:
    """A domain that a number of the same name declares is no range of the parameter."""
    both = (t.Parameter("theta"), t.Scalar("theta", Fraction(1), None, (True, False), integer=True))
    reader = Reader(claim_of(NOTHING, both))
    assert not reader.read(THETA).range.nonnegative
    assert not reader.counts(reader.read(THETA))
