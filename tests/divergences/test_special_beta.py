"""The Bregman divergence of the log-Beta function and the compensated arithmetic that it stands on."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import array_api_compat.numpy as xp
import array_api_compat.torch as torch_xp
import numpy as np
import pytest
import sympy
import torch
from flint import acb, arb
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import special
from divergences.special import compensated
from tests.divergences import certified
from tests.divergences.strategies import tiny


def exact(q: list[arb], p: list[arb]) -> arb:
    total_q, total_p = sum(q, arb(0)), sum(p, arb(0))
    terms = [b.lgamma() - a.lgamma() - (b - a) * (a.digamma() - total_p.digamma()) for a, b in zip(p, q, strict=True)]
    return sum(terms, arb(0)) - total_q.lgamma() + total_p.lgamma()


def gradient(q: list[arb], p: list[arb]) -> list[arb]:
    """With respect to q, then to p."""
    total_q, total_p = sum(q, arb(0)), sum(p, arb(0))
    change = total_q.digamma() - total_p.digamma()
    trigamma = [acb(a).polygamma(1).real for a in (*p, total_p)]
    first = [b.digamma() - a.digamma() - change for a, b in zip(p, q, strict=True)]
    return first + [
        (total_q - total_p) * trigamma[-1] - (b - a) * t for a, b, t in zip(p, q, trigamma[:-1], strict=True)
    ]


CONCENTRATION = st.one_of(st.floats(-6, 12), st.floats(-2, 2)).map(lambda e: 10.0**e)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    """Free; near, component by component; nearly proportional; or with one component that outweighs the others."""
    size = draw(st.integers(2, 4))
    p = [draw(CONCENTRATION) for _ in range(size)]
    kind = draw(st.sampled_from(["free", "near", "proportional", "dominated"]))
    if kind == "free":
        return [draw(CONCENTRATION) for _ in range(size)], p
    if kind == "near":
        return [a * (1 + draw(st.one_of(st.just(0.0), tiny()))) for a in p], p
    if kind == "proportional":
        factor = 10.0 ** draw(st.floats(-2, 2))
        return [a * factor * (1 + 1e-3 * draw(tiny())) for a in p], p
    p[0] = sum(p) * 10.0 ** draw(st.floats(0, 6))
    return [a * draw(st.one_of(st.just(1.0), st.floats(0.1, 10))) for a in p], p


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@settings(deadline=None, max_examples=120)
@given(pair=pairs())
def test_it_is_accurate(dtype: Any, pair: tuple[list[float], list[float]]) -> None:
    q, p = (np.array(a, dtype=dtype) for a in pair)
    value = special.bregman_log_beta(q, p, xp=xp)
    assert value.dtype == dtype
    with certified.balls():
        truth = exact(*([arb(float(b)) for b in a] for a in (q, p)))
        if truth < 1e30:
            assert certified.error_in_eps(value, truth, dtype) <= 64


@settings(deadline=None, max_examples=60)
@given(pairs())
def test_gradients_are_accurate(pair: tuple[list[float], list[float]]) -> None:
    q, p = (torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in pair)
    found = torch.cat(torch.autograd.grad(special.bregman_log_beta(q, p, xp=torch_xp), (q, p)))
    with certified.balls():
        b, a = ([arb(value) for value in values] for values in pair)
        truth = gradient(b, a)
        # Two terms each, of the component and of the total; and the others' slopes, by the share of the component.
        shared = abs(sum(b, arb(0)).digamma() - sum(a, arb(0)).digamma())
        sizes = [abs(e) + shared for e in truth[: len(a)]] + [
            abs(e) + abs(x - y) * acb(x).polygamma(1).real for e, x, y in zip(truth[len(a) :], a, b, strict=True)
        ]
        total, steepest = sum(a, arb(0)) + sum(b, arb(0)), max(map(abs, truth))
        shares = [(x + y) / total for x, y in zip(a, b, strict=True)] * 2
        for value, e, size, share in zip(found.tolist(), truth, sizes, shares, strict=True):
            assert certified.error_in_eps_of(value, e, size + steepest * share + arb(1e-290)) <= 64


def test_it_vanishes_at_equality_with_its_gradient_and_bends_by_trigamma() -> None:
    a = torch.tensor([0.5, 3.0, 20.0], dtype=torch.float64)
    hessian = torch.autograd.functional.hessian(lambda q: special.bregman_log_beta(q, a, xp=torch_xp), a)
    torch.testing.assert_close(
        hessian, torch.diag(special.trigamma(a)) - special.trigamma(a.sum()), rtol=64 * 2.0**-52, atol=0
    )
    assert special.bregman_log_beta(a, a, xp=torch_xp) == 0


def test_symbols_see_the_definition() -> None:
    b, a = sympy.symbols("b a", positive=True)
    namespace, q = special.primitives.namespace_of(sympy.Array([b, 1]).tolist())
    _, p = special.primitives.namespace_of(sympy.Array([a, 1]).tolist())
    value = special.bregman_log_beta(q, p, xp=namespace)
    # Γ(a)Γ(1)/Γ(a+1) = 1/a.
    point = {a: sympy.Rational(7, 3), b: sympy.Rational(1, 5)}
    difference = namespace.result(value) - (b / a - 1 - sympy.log(b / a))
    assert abs(difference.subs(point).evalf(40)) < sympy.Float("1e-35")


@settings(deadline=None, max_examples=100)
@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9))
def test_products_are_exact(a: float, b: float) -> None:
    for dtype in (np.float64, np.float32):
        x, y = (np.asarray(v, dtype=dtype) for v in (a, b))
        if abs(a) > 1e-9:
            high, low = compensated.two_product(x, y, xp=xp)
            assert Fraction(float(high)) + Fraction(float(low)) == Fraction(float(x)) * Fraction(float(y))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(-1e10, 1e10), min_size=1, max_size=9))
def test_sums_keep_what_rounding_leaves(values: list[float]) -> None:
    high, low = compensated.exact_sum(np.array(values), xp=xp)
    error = abs(Fraction(float(high[0])) + Fraction(float(low[0])) - sum(map(Fraction, values)))
    assert error <= Fraction(2.0**-100) * sum(abs(Fraction(v)) for v in values)
