"""Every univariate family, by property: mass, distribution function, entropy, table, samples, symbols, libraries."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import array_api_compat.numpy as xp
import array_api_strict
import numpy as np
import pytest
import sympy
import torch
from flint import arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import families, symbols
from divergences.balls import Reals, precision
from divergences.enclosure import exact, integrate, value_of
from divergences.families.law import Law
from divergences.families.statistics import Cosine, Log, Statistic
from divergences.lowering import lower, lower_exp
from divergences.quadrature import certified_kl
from divergences.tails import EnclosureError
from estimators.agreement import agreement
from tests.divergences.families.examples import IDS, PARAMETERS, STATISTICS, fixed, laws, single

EVERY = pytest.mark.parametrize("index", range(len(PARAMETERS)), ids=IDS)
BITS = 50


def certified_mean(law: Law, function: Any, upper: float | None = None) -> arb:
    """∫ p(x) f(x) dx (or the sum) up to a point, in ball arithmetic, of the family's code traced on symbols."""
    names = {name: sympy.Symbol(name, positive=value > 0, real=True) for name, value in single(law).items()}
    values = {names[name]: exact(value) for name, value in single(law).items()}
    on_symbols = type(law)(**names)
    if law.discrete:
        k = sympy.Symbol("k", integer=True, nonnegative=True)
        weight, factor = lower_exp(on_symbols._log_density(k, symbols), k, values), lower(function(k), k, values)
        last = int(min(float(law._support(xp).high), 1200 if upper is None else upper))
        terms = (arb(weight(fmpq(i), Reals())) * factor(fmpq(i), Reals()) for i in range(last + 1))
        return sum(terms, arb(0)) + arb(0, 1e-13)  # what is left out of the heaviest tail that is drawn
    v = sympy.Symbol("v", real=True)
    on_line, coordinate = on_symbols._coordinate(symbols), law._coordinate(xp)
    x = on_line.point(v, symbols)
    weight = lower_exp(on_symbols._log_density(x, symbols) + on_line.log_slope(v, symbols), v, values)
    factor = lower(function(x), v, values)
    low, high = (None if end is None else exact(end) for end in (coordinate.low, coordinate.high))
    if upper is not None:
        at = on_line.inverse(symbols.asarray(upper), symbols)
        high = arb(value_of(sympy.sympify(at), values))
    kinks = [exact(float(law.loc))] if isinstance(law, families.Laplace) else []
    kinks = [kink for kink in kinks if high is None or not arb(kink) >= high]
    ends = [low, *kinks, high]
    return sum(
        (integrate(lambda y, ns: weight(y, ns) * factor(y, ns), a, b, bits=BITS) for a, b in pairwise(ends)),
        arb(0),
    )


def agrees(value: float, ball: arb, eps: float = 1e-12) -> bool:
    return bool(abs(arb(float(value)) - ball) < eps * (1 + abs(ball)))


@EVERY
@settings(max_examples=1, deadline=None)
@given(data=st.data())
def test_the_mass_is_one_and_the_entropy_that_of_the_density(index: int, data: st.DataObject) -> None:
    law = data.draw(laws(index))
    with precision(128):
        assert agrees(1.0, certified_mean(law, lambda x: sympy.Integer(1)))
        assert agrees(float(law.entropy()), -certified_kl(law, None))


@EVERY
@settings(max_examples=1, deadline=None)
@given(data=st.data())
def test_the_distribution_function_is_the_integral_of_the_density(index: int, data: st.DataObject) -> None:
    law = data.draw(laws(index))
    if isinstance(law, families.VonMises):
        with pytest.raises(ValueError, match="no distribution function"):
            law.cdf(0.0)
        return
    draws = law.sample((3,), rng=np.random.default_rng(7))
    for point in draws:
        with precision(128):
            ball = certified_mean(law, lambda x: sympy.Integer(1), upper=float(point))
            assert agrees(float(law.cdf(point)), ball)


def _known(law: Law, statistic: Statistic) -> bool:
    return law.expect(statistic) is not None and math.isfinite(float(law.expect(statistic)))  # type: ignore[arg-type]


@EVERY
@settings(max_examples=1, deadline=None)
@given(data=st.data())
def test_every_entry_of_the_table_is_the_expectation(index: int, data: st.DataObject) -> None:
    law = data.draw(laws(index))
    for statistic in STATISTICS:
        if not _known(law, statistic) or (type(statistic).__name__ == "Distance" and not law.discrete):
            continue
        exact_statistic = statistic.over({name: symbols.asarray(v) for name, v in statistic.parameters().items()})
        with precision(160):
            try:
                ball = certified_mean(law, lambda x, s=exact_statistic: s(x, symbols))
            except EnclosureError as error:
                if "certainly" in str(error) or "slowly" in str(error) or "bound" in str(error):
                    continue
                raise
            assert agrees(float(law.expect(statistic)), ball, 1e-10), (law, statistic)  # type: ignore[arg-type]


def test_a_wrong_entry_is_seen() -> None:
    law = families.Gamma(np.float64(2.5), np.float64(1.5))
    with precision(128):
        ball = certified_mean(law, lambda x: sympy.log(x))
    assert agrees(float(law.expect(Log())), ball)  # type: ignore[arg-type]
    assert not agrees(float(law.expect(Log())) + 1e-9, ball)  # type: ignore[operator]


@EVERY
def test_samples_have_the_law(index: int) -> None:
    # F(X) is uniform where F is continuous; where it has steps, P(X ≤ median) is what F says.
    law = fixed(index, 1)
    numpy_rng, torch_rng = np.random.default_rng(11), torch.Generator().manual_seed(12)
    tensors = law.over({name: torch.tensor(float(value)).double() for name, value in law.parameters().items()})
    if isinstance(law, families.VonMises):
        center, mean = float(law.loc), float(law.expect(Cosine(law.loc)))  # type: ignore[arg-type]
        score, claimed, variance = (lambda x: np.cos(x - center) - 1), mean, 1.0
    else:
        point = float(np.median(law.sample((101,), rng=np.random.default_rng(3))))
        claimed = float(law.cdf(point))
        score, variance = (lambda x: (np.asarray(x) <= point).astype(float)), 0.25
    for one, rng in ((law, numpy_rng), (tensors, torch_rng)):
        verdict = agreement(
            lambda block, size, one=one, rng=rng, score=score: score(np.asarray(one.sample((size,), rng=rng))),
            claimed,
            tolerance=0.02,
            variance_bound=variance,
        ).verdict
        assert verdict == "agree"


@EVERY
def test_draws_lie_in_the_support_and_have_the_asked_shape(index: int) -> None:
    law = fixed(index, 2)
    wide = law.over({name: np.full((3,), float(value)) for name, value in law.parameters().items()})
    draws = wide.sample((5, 2), rng=np.random.default_rng(0))
    assert draws.shape == (5, 2, 3)
    assert np.all(np.isfinite(wide.log_density(draws)))
    with pytest.raises(TypeError, match="rng must be"):
        law.sample(rng=0)


@EVERY
def test_outside_the_support_the_density_is_zero_and_so_is_its_gradient(index: int) -> None:
    law = fixed(index, 3)
    support = law._support(xp)
    points = [-math.inf, math.inf]
    points += [float(support.low) - 1.0] if support.low > -math.inf else []
    points += [float(support.high) + 1.0] if support.high < math.inf else []
    points += [0.5] if law.discrete else []
    assert np.all(law.log_density(points) == -math.inf)
    parameters = {name: torch.tensor(float(v)).double().requires_grad_() for name, v in law.parameters().items()}
    x = torch.tensor([*points, float(law.sample(rng=np.random.default_rng(5)))]).double().requires_grad_()
    density = law.over(parameters).log_density(x)
    density[-1].backward(retain_graph=True)
    assert x.grad is None or torch.isfinite(x.grad[-1])  # a uniform density does not depend on the point
    torch.where(torch.isfinite(density), density, 0.0).sum().backward()
    assert x.grad is None or torch.all(torch.isfinite(x.grad))
    assert all(torch.isfinite(value.grad) for name, value in parameters.items() if value.grad is not None)


@EVERY
def test_libraries_and_dtypes_agree(index: int) -> None:
    law = fixed(index, 4)
    x = law.sample((4,), rng=np.random.default_rng(6))
    expected = law.log_density(x)
    for convert, tolerance in (
        (lambda v: torch.tensor(v, dtype=torch.float64), 1e-13),
        (lambda v: array_api_strict.asarray(v, dtype=array_api_strict.float64), 1e-13),
        (lambda v: torch.tensor(v, dtype=torch.float32), 1e-4),
        (lambda v: np.asarray(v, dtype=np.float32), 1e-4),
    ):
        other = law.over({name: convert(float(value)) for name, value in law.parameters().items()})
        points = convert(np.asarray(x).tolist())
        value = other.log_density(points)
        assert value.dtype == points.dtype
        np.testing.assert_allclose(np.asarray(value), expected, rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(np.asarray(other.entropy()), law.entropy(), rtol=tolerance, atol=tolerance)


@EVERY
def test_parameters_out_of_their_domain_are_refused_by_name(index: int) -> None:
    law = fixed(index, 5)
    for name, domain in type(law).domains.items():
        if getattr(law, name) is None:
            continue
        if domain.low > -math.inf:
            with pytest.raises(ValueError, match=f"{name} must be"):
                law.over({**law.parameters(), name: np.float64(domain.low - 1.0)}).entropy()
        with pytest.raises(ValueError, match=f"{name} must be"):
            law.over({**law.parameters(), name: np.float64(math.inf)}).log_density(0.5)


def test_probabilities_and_logits_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="exactly one of probs and logits, got probs, logits"):
        families.Bernoulli(0.5, 0.0)
    with pytest.raises(ValueError, match="got none"):
        families.Geometric()


def test_large_shapes_keep_their_digits() -> None:
    # log p at the mean of Gamma(1e12, 1): ½ log(1/2π a) up to 1/(12a), where lgamma(a) alone is 2.7e13.
    value = float(families.Gamma(1e12, 1.0).log_density(1e12))
    assert abs(value + 0.5 * math.log(2 * math.pi * 1e12)) < 1e-12
    value = float(families.Poisson(1e12).log_density(1e12))
    assert abs(value + 0.5 * math.log(2 * math.pi * 1e12)) < 1e-12
    value = float(families.Binomial(1e12, 0.5).log_density(5e11))
    assert abs(value + 0.5 * math.log(math.pi * 5e11)) < 1e-12
    value = float(families.Beta(1e12, 1e12).log_density(0.5))
    assert abs(value - 0.5 * math.log(4e12 / math.pi)) < 1e-10
