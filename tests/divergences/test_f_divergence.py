"""f-divergences of categorical laws, held to certified values for every generator."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from flint import arb
from hypothesis import given, settings

from divergences import GENERATORS, alpha_generator, f_divergence, js_categorical, kl_categorical
from divergences.generator import Generator
from tests.divergences import certified
from tests.divergences.strategies import pairs_of_laws

EPS, TINY = np.finfo(float).eps, float(np.finfo(float).smallest_normal)
ORDERS = (-2, -0.5, 0, 0.125, 0.5, 0.875, 1, 1.5, 3)
ALL = [*GENERATORS.values(), *(alpha_generator(order) for order in ORDERS)]


def exact(name: str, p: np.ndarray, q: np.ndarray) -> arb:
    """The textbook's sum, at normalised vectors."""
    first, second = [arb(float(a)) for a in p], [arb(float(b)) for b in q]
    first = [a / sum(first, arb(0)) for a in first]
    second = [b / sum(second, arb(0)) for b in second]
    return sum((term(name, a, b) for a, b in zip(first, second, strict=True)), arb(0))


def square(x: arb) -> arb:
    return x * x  # x**2 is NaN of a ball around 0


def x_log(a: arb, b: arb) -> arb:
    return arb(0) if a == 0 else a * (a / b).log()


def term(name: str, a: arb, b: arb) -> arb:
    m = (a + b) / 2
    if name.startswith("alpha"):
        order = arb(float(name[6:-1]))
        if order == 0 or order == 1:
            return x_log(a, b) if order == 1 else x_log(b, a)
        if a == 0 or b == 0:
            return b / order if a == 0 else a / (1 - order)
        return (a**order * b ** (1 - order) - order * a - (1 - order) * b) / (order * (order - 1))
    return {
        "kl": lambda: x_log(a, b),
        "reverse_kl": lambda: x_log(b, a),
        "jeffreys": lambda: x_log(a, b) + x_log(b, a),
        "jensen_shannon": lambda: (x_log(a, m) + x_log(b, m)) / 2,
        "twice_jensen_shannon": lambda: x_log(a, m) + x_log(b, m),
        "gan": lambda: x_log(a, 2 * m) + x_log(b, 2 * m),
        "squared_hellinger": lambda: square(a.sqrt() - b.sqrt()) / 2,
        "pearson": lambda: square(a - b) / b if b != 0 else arb(0),
        "neyman": lambda: square(a - b) / a if a != 0 else arb(0),
        "total_variation": lambda: abs(a - b) / 2,
        "le_cam": lambda: square(a - b) / (2 * (a + b)) if m != 0 else arb(0),
    }[name]()


def is_infinite(generator: Generator, p: np.ndarray, q: np.ndarray) -> bool:
    return bool(
        (generator.slope_at_infinity == math.inf and ((p > 0) & (q == 0)).any())
        or (generator.at_zero == math.inf and ((q > 0) & (p == 0)).any())
    )


@pytest.mark.parametrize("generator", ALL, ids=lambda generator: generator.name)
@settings(deadline=None, max_examples=40)
@given(pair=pairs_of_laws())
def test_every_generator_is_accurate(generator: Generator, pair: tuple[np.ndarray, np.ndarray]) -> None:
    p, q = pair
    value = f_divergence(p, q, generator)
    if is_infinite(generator, p, q):
        assert value == math.inf
        return
    if (p == q).all():
        assert value == generator.at_one
        return
    with certified.balls():
        truth = exact(generator.name, p, q)
        left, right = (sum((arb(float(value)) for value in law), arb(0)) for law in pair)
        surplus, size = float(abs(right - left).upper()), float(abs(truth).upper())
        # The stored sums differ by s, and q − p is corrected by s times the laws, with an error of eps·s: see
        # test_discrete.error_of for the second order, of divergences that are squares near equality.
        if generator.name == "gan":  # twice a divergence minus log 4
            magnitude = math.log(4)
        elif generator.name == "total_variation":
            magnitude = size + surplus
        else:
            magnitude = size + surplus * math.sqrt(size) + EPS * surplus**2 + TINY
        # A rounding of log(a/b) <= 70 is multiplied by it and by the order in the powers of an α-divergence.
        bound = 1024 if generator.name.startswith("alpha") else 32
        assert certified.error_in_eps_of(value, truth, magnitude) <= bound


@pytest.mark.parametrize("generator", ALL, ids=lambda generator: generator.name)
def test_equal_laws_have_the_value_at_one(generator: Generator) -> None:
    p = np.array([[0.2, 0.8, 0.0], [0.3, 0.3, 0.4]])
    assert (f_divergence(p, p, generator) == generator.at_one).all()


@pytest.mark.parametrize("generator", ALL, ids=lambda generator: generator.name)
def test_disjoint_laws_have_the_boundary_values(generator: Generator) -> None:
    value = f_divergence([1.0, 0.0], [0.0, 1.0], generator)
    assert value == pytest.approx(generator.at_zero + generator.slope_at_infinity)


def test_it_agrees_with_the_divergences_that_have_names() -> None:
    p, q = np.array([0.1, 0.4, 0.5]), np.array([0.3, 0.3, 0.4])
    assert f_divergence(p, q, "kl") == kl_categorical(p, q)
    assert f_divergence(p, q, "jensen_shannon") == js_categorical(p, q)
    assert f_divergence(p, q, "total_variation") == pytest.approx(float(Fraction(1, 5)))


def test_batches_broadcast_and_axes_move() -> None:
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(4), size=(3, 1)), rng.dirichlet(np.ones(4), size=2)
    value = f_divergence(p, q, "le_cam")
    assert value.shape == (3, 2)
    assert value[2, 1] == f_divergence(p[2, 0], q[1], "le_cam")
    np.testing.assert_array_equal(f_divergence(q.T, q[::-1].T, "pearson", axis=0), f_divergence(q, q[::-1], "pearson"))


@pytest.mark.parametrize("generator", [g for g in ALL if g.name != "total_variation"], ids=lambda g: g.name)
def test_gradients_vanish_at_equality_and_are_finite_beside_zeros(generator: Generator) -> None:
    p = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(f_divergence(p, p.detach().clone(), generator), p)
    assert (gradient.abs() <= 1e-15).all()
    p = torch.tensor([0.2, 0.8, 0.0], dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(f_divergence(p, torch.tensor([0.4, 0.6, 0.0], dtype=torch.float64), generator), p)
    assert torch.isfinite(gradient[:2]).all()
    assert not torch.isnan(gradient).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.5, 0.5], [0.5, 0.5], "hellinger"), r"f must be a Generator or one of kl, .*, got 'hellinger'"),
        (([0.5, 0.6], [0.5, 0.5], "kl"), r"p must sum to 1"),
        (([0.5, 0.5], [1.0], "kl"), r"p and q must have the same categories"),
    ],
)
def test_bad_arguments_are_named(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        f_divergence(*arguments)
