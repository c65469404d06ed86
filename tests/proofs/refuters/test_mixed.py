"""Claims about named laws and free families at once: laws in the families' place refute the false ones only."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.certifier import enclose
from proofs.language import expand, read
from proofs.language import tree as t
from proofs.outcome import Counterexample, Unsupported
from proofs.refuters import as_python, describe
from proofs.refuters.mixed import is_mixed, refute, with_laws
from proofs.refuters.stand_ins import StandIn, form

FALSE = (
    "E_{q(x)}[log Normal(x; 0, 1)] = E_{Normal(x; 0, 1)}[log q(x)]",
    "KL(q(x) || Normal(x; 0, 1)) <= 1",
    "KL(q(x) || Normal(x; 0, 1)) <= 1000",
    "KL(q(z|x) || Normal(z; 0, 1)) = 0",
    "KL(q(z|x) || Normal(z; 0, 1)) = KL(Normal(z; 0, 1) || q(z|x))",
    "log p(x) >= E_{q(z|x)}[log p(x,z) - log Normal(z; 0, 1)]",
    "H(q(x)) <= H(Normal(x; 0, 5))",
    "let m = E_{q(x)}[x]\nKL(q(x) || Normal(x; m, 1)) = 0",
    "KL(q(x) || Exponential(x; b)) = log b",
    "KL(q(x) || Poisson(x; b)) <= 10",
    "KL(q(x) || Uniform(x; 0, 1)) = H(q(x))",
    "KL(q(x) || Bernoulli(x; 1/2)) >= 1/10",
    "function T(x)\nE_{q(x)}[T(x)] - log(E_{Normal(x; 0, 1)}[exp(T(x))]) >= KL(q(x) || Normal(x; 0, 1))",
    "function D(x) in (0, 1)\nE_{q(x)}[log D(x)] + E_{Normal(x; 0, 1)}[log(1 - D(x))] <= -2",
    "measure g(x)\nint_{x}[g(x)*Normal(x; 0, 1)] = int_{x}[g(x)]",
    "density p(x, z) = p(z) p(x|z)\nlog p(x) = E_{Normal(z; 0, 1)}[log p(x|z)]",
    "density p(x, y, z) = p(x) p(y|x) p(z|y)\nKL(p(z|x) || Normal(z; 0, 1)) = KL(p(z|y) || Normal(z; 0, 1))",
    "chi2(q(x) || Normal(x; 0, 1)) = KL(q(x) || Normal(x; 0, 1))",
)
TRUE = (
    "KL(q(x) || Normal(x; 0, 1)) >= 0",
    "E_{q(x)}[log Normal(x; 0, 1)] <= E_{q(x)}[log q(x)]",
    "KL(q(z|x) || Normal(z; 0, 1)) = CE(q(z|x) || Normal(z; 0, 1)) - H(q(z|x))",
    "log p(x) >= E_{q(z|x)}[log p(x,z) - log q(z|x)] - KL(q(z|x) || Normal(z; 0, 1))",
    "log p(x) = log p(x,z) - log p(z|x) + log Normal(z; 0, 1) - log Normal(z; 0, 1)",
    "function T(x)\nE_{q(x)}[T(x)] - log(E_{Normal(x; 0, 1)}[exp(T(x))]) <= KL(q(x) || Normal(x; 0, 1))",
    "H(q(x)) = -KL(q(x) || Uniform(x; 0, 1))",
    "E_{q(x)}[x] = E_{q(x)}[x] + E_{Exponential(x; 1)}[x] - 1",
)


def attack(text: str, seed: int = 0, tries: int = 180) -> Counterexample | None:
    claim = expand(read(text))
    assert is_mixed(claim.steps[-1])
    return refute(claim, claim.steps[-1], rng=np.random.default_rng(seed), tries=tries)


@pytest.mark.parametrize("text", FALSE)
def test_what_is_false_of_some_laws_falls_and_can_be_recomputed(text, capsys):
    claim, found = expand(read(text)), attack(text)
    assert found is not None
    assert found.kind == "laws"
    printed = describe(found, claim)
    assert all(f"{density} = {law}" in printed for density, law in found.laws.items())
    exec(compile(as_python(found, claim, claim.steps[-1]), text, "exec"), {})
    for value, ball in zip(capsys.readouterr().out.split(), (found.left, found.right), strict=True):
        middle = "0" if ball.startswith("[+/-") else ball.lstrip("[").split(" ")[0]
        assert float(value) == pytest.approx(float(middle), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("text", TRUE)
def test_what_is_true_of_all_laws_stands(text):
    assert attack(text, tries=36) is None


def test_the_laws_that_are_printed_are_those_that_refute():
    text = "E_{q(x)}[log Normal(x; 0, 1)] = E_{Normal(x; 0, 1)}[log q(x)]"
    claim, found = expand(read(text)), attack(text)
    assert found.laws == {"q(x)": "Normal(x; 0, 2)"}
    step = with_laws(claim, claim.steps[0], found)
    assert not enclose(step.left, claim, {}).overlaps(enclose(step.right, claim, {}))


SMALL = st.fractions(-3, 3, max_denominator=3)
LETTERS = {
    "l": SMALL,
    "c": SMALL,
    "s": st.fractions(Fraction(1, 3), 3, max_denominator=3),
    "w": st.just(Fraction(1, 4)),
}


def stand_in(data: st.DataObject, declared: t.Family | t.Function, **kinds: str) -> StandIn:
    letters = form(declared, kinds)
    return StandIn(declared, kinds, tuple(data.draw(LETTERS[letter]) for letter in letters))


def variable(name: str) -> t.Variable:
    return t.Variable(name, name)


X, Y, Z = variable("x"), variable("y"), variable("z")
CLAIM = t.Claim((), (), ())
MARKOV = expand(read("density p(x, y, z) = p(x) p(y|x) p(z|y)\np(x) = 1")).families()["p"]


@settings(deadline=None, max_examples=12)
@given(data=st.data(), family=st.sampled_from([t.Family("p", ("x", "y", "z")), MARKOV]))
def test_gaussian_families_have_the_marginals_and_conditionals_of_their_joint_law(data, family):
    law = stand_in(data, family, x="real", y="real", z="real")
    point = {name: data.draw(SMALL) for name in "xyz"}
    at = lambda *sides: enclose(law.at(t.Density("p", *sides)), CLAIM, point, bits=40)  # noqa: E731
    joint = at((X, Y, Z))
    assert (at((Z,)) * at((Y,), (Z,)) * at((X,), (Y, Z))).overlaps(joint)
    assert (at((Y, X)) * at((Z,), (X, Y))).overlaps(joint)
    marginal = t.Integral((Y,), law.at(t.Density("p", (X, Y))))
    assert enclose(marginal, CLAIM, point, bits=30).overlaps(at((X,)))


def test_a_structure_is_respected():
    law = StandIn(MARKOV, {"x": "real", "y": "real", "z": "real"}, tuple(map(Fraction, (0, 1, 0, 1, 1, 0, 5, 1, 1))))
    assert law.at(t.Density("p", (Z,), (X, Y))) == law.at(t.Density("p", (Z,), (Y,)))


@settings(deadline=None, max_examples=12)
@given(data=st.data(), kind=st.sampled_from(["real", "positive", "unit", "binary", "counted"]))
def test_every_stand_in_is_a_law(data, kind):
    law = stand_in(data, t.Family("q", ("z",), ("x",)), z=kind, x="real")
    density = law.at(t.Density("q", (Z,), (X,)))
    total = t.Expectation(t.Law(density, (Z,)), t.Number(Fraction(1)))
    assert enclose(total, CLAIM, {"x": data.draw(SMALL)}, bits=20).overlaps(1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("real a\nassume a >= 1\nKL(q(x) || Normal(x; 0, 1)) <= a", "assumptions"),
        ("convex f\nE_{q(x)}[f(x)] >= E_{Normal(x; 0, 1)}[f(x)]", "stands in for f"),
    ],
)
def test_what_it_does_not_speak_of_is_unsupported(text, reason):
    with pytest.raises(Unsupported, match=reason):
        attack(text)
