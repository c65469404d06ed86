"""Caps that only far-off masses or larger alphabets break: they fall; what holds there does not."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.language import expand, read
from proofs.outcome import Counterexample
from proofs.refuters import as_python, describe, far, finite, refute
from proofs.refuters.balls import Balls
from proofs.refuters.digits import whole, written
from proofs.refuters.evaluate import Evaluation
from proofs.refuters.models import Models
from proofs.refuters.signature import signature_of
from proofs.refuters.strata import draw

DISCRETE = "discrete x\ndiscrete z\n"
CRITIC = "function f(x, y) > 0\nE_{p(x, y_1) p(y_2)}[log(f(x, y_1)/((f(x, y_1) + f(x, y_2))/%s))] <= %s*log(2)"
SURGERY = "let a(z) = int_{x}[r(x)*q(z|x)]\n"
FAR = {
    "an entropy": "discrete x\nH(p(x)) <= 100",
    "a divergence": "KL(p(x) || q(x)) <= 50",
    "a divergence that no float holds": "KL(p(x) || q(x)) <= 1000",
    "a density": "log p(x) <= 40",
    "a mass": "discrete x\nlog p(x) >= -100",
    "a Renyi divergence": "renyi_{2}(p(x) || q(x)) <= 60",
    "a number": "real a in [0, 1)\na < 0.9999999",
    "a mean": "function T(x)\nE_{p(x)}[T(x)] <= 10000000000",
    "a distance": "TV(p(x) || q(x)) < 1 - 1e-30",
    "the gap of a bound": "log p(x) - E_{q(z|x)}[log p(x,z) - log q(z|x)] <= 500",
}
DIAGONAL = {
    "information": DISCRETE + "I_p(x; z) <= 2",
    "a square of information": "I_p(x; y) + I_p(x; z | y) >= I_p(x; y)^2",
    "information of a channel": SURGERY + "E_{r(x)}[KL(q(z|x) || a(z))] <= 1",
    "a critic": CRITIC % ("2", "1/2"),
    "a critic with a wrong constant": CRITIC % ("2.2", "1"),
}
EITHER = {"a square of an entropy": DISCRETE + "H(p(x, z)) >= H(p(x))^2"}
ALL = (FAR | DIAGONAL | EITHER).values()
TRUE = {
    "information below entropy": DISCRETE + "I_p(x; z) <= H(p(x))",
    "entropy below that of a pair": DISCRETE + "H(p(x, z)) >= H(p(x))",
    "a mass is at most one": "discrete x\nlog p(x) <= 0",
    "entropy, discrete": "discrete x\nH(p(x)) >= 0",
    "total variation": "TV(p(x) || q(x)) < 1",
    "JSD": "JSD(p(x) || q(x)) <= log(2)",
    "a critic": CRITIC % ("2", "1"),
    "the gap of a bound": "log p(x) - E_{q(z|x)}[log p(x,z) - log q(z|x)] >= 0",
    "a number": "real a in [0, 1)\na < 1",
    "data processing": SURGERY + "KL(a(z) || p(z)) <= E_{r(x)}[KL(q(z|x) || p(z))]",
    "positions": "discrete x\nE_{p(x)}[x^2] >= E_{p(x)}[x]^2",
    "Pinsker": "2*TV(p(x) || q(x))^2 <= KL(p(x) || q(x))",
}


def attack(text: str, seed: int = 0) -> Counterexample | None:
    claim = expand(read(text))
    return refute(claim, claim.steps[-1], rng=np.random.default_rng(seed), tries=76)


@pytest.mark.parametrize("text", ALL)
@settings(deadline=None, max_examples=2)
@given(seed=st.integers(0, 2**32 - 1))
def test_caps_fall_whatever_the_seed(text, seed):
    assert attack(text, seed) is not None


@pytest.mark.parametrize(("kind", "texts"), [("far", FAR), ("diagonal", DIAGONAL)])
def test_it_takes_these_models(kind, texts, monkeypatch):
    monkeypatch.setattr(getattr(finite, kind), "search", lambda *_: None)
    fallen = [name for name, text in texts.items() if attack(text) is not None]
    assert fallen == []


@pytest.mark.parametrize("text", TRUE.values())
def test_what_holds_far_out_stands(text):
    assert attack(text) is None


@pytest.mark.parametrize("text", ALL)
def test_far_off_counterexamples_are_short_and_can_be_recomputed(text, capsys):
    claim, found = expand(read(text)), attack(text)
    assert max(len(line) for line in describe(found, claim).splitlines()) < 160
    assert found.left != found.right
    exec(compile(as_python(found, claim, claim.steps[-1]), text, "exec"), {})
    left, right = map(float, capsys.readouterr().out.split())
    assert left != right or "1e-30" in text


def test_the_smallest_power_is_found():
    found = attack("KL(p(x) || q(x)) <= 50")
    assert sorted(found.tables["q"]) == [Fraction(1, 2**147), 1 - Fraction(1, 2**147)]
    assert Fraction(found.right) < Fraction(found.left.lstrip("[").split(" ")[0]) < Fraction(found.right) + 1


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(2, 4))
def test_a_counted_point_of_weight_n_is_n_points_that_are_alike(seed, count):
    text = DISCRETE + "H(p(x, z)) + I_p(x; z) = sum_{x}[T(x)*q(z|x)*p(x)] + KL(q(z|x) || p(z))"
    claim = expand(read("function T(x)\n" + text))
    signature = signature_of(claim.steps[0], claim)
    models = draw(signature, {"x": 2, "z": 2}, 6, np.random.default_rng(seed))
    heavy = Models(signature, models.sizes, {k: n.copy() for k, n in models.numerators.items()}, models.denominators)
    heavy.numerators["weight", "x"][:, 0] = count
    axes = {("weight", "x"): 1, ("family", "p"): 1, ("family", "q"): 2, ("function", "T"): 1}
    spread = {
        part: {
            key: np.concatenate(
                [np.repeat(t.take([0], axes[key]), count, axes[key]), t.take([1], axes[key])], axes[key]
            )
            if key in axes
            else t
            for key, t in getattr(models, part).items()
        }
        for part in ("numerators", "denominators")
    }
    # The mass of a family at a heavy point is that of all the points that it stands for.
    spread["denominators"]["family", "p"] = spread["denominators"]["family", "p"].copy()
    spread["denominators"]["family", "p"][:, :count] *= count
    alike = Models(signature, {"x": count + 1, "z": 2}, spread["numerators"], spread["denominators"])
    assert heavy.admissible()
    for side in (claim.steps[0].left, claim.steps[0].right):
        one, other = (Evaluation(m, Balls()).value(side)[:, [0, -1]].reshape(-1) for m in (heavy, alike))
        assert all(abs(float(a - b)) < 1e-14 * max(1.0, abs(float(a))) for a, b in zip(one, other, strict=True))


def test_counted_points_that_are_used_as_numbers_weigh_one():
    claim = expand(read("discrete x\nE_{p(x)}[x^2] >= 0"))
    signature = signature_of(claim.steps[0], claim)
    models = draw(signature, {"x": 2}, 1, np.random.default_rng(0))
    assert models.admissible()
    models.numerators["weight", "x"][:] = 2
    assert not models.admissible()


@given(st.integers(-(2**70), 2**70), st.integers(1, 2**70))
def test_written_numbers_are_the_numbers(numerator, denominator):
    value = Fraction(numerator, denominator)
    assert Fraction(eval(whole(numerator, "**"))) == numerator
    assert eval(written(value).replace("^", "**"), {}) == pytest.approx(float(value), rel=1e-12)


def test_patterns_hold_families_of_every_size():
    claim = expand(read("KL(p(x) || q(x)) <= 50"))
    signature = signature_of(claim.steps[0], claim)
    pattern = far._pattern(draw(signature, {"x": 2}, 1, np.random.default_rng(0)), np.random.default_rng(0))
    assert all(pattern.at(m).admissible() for m in (1, 64, 8192))
