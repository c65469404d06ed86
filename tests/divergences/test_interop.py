"""Laws of torch.distributions and scipy.stats: there and back, the same densities, and divergences between them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats
import torch
import torch.distributions as td

from divergences import families as f
from divergences.families.law import Law
from divergences.interop import from_scipy, from_torch, law, to_scipy, to_torch
from divergences.kl import kl, kl_report
from tests.divergences.families.examples import IDS, PARAMETERS, fixed

EVERY = pytest.mark.parametrize("index", range(len(PARAMETERS)), ids=IDS)
NOT_IN_TORCH = (f.InverseGaussian,)
NOT_IN_SCIPY = (f.Kumaraswamy, f.ContinuousBernoulli)


def same(one: Law, other: Law) -> bool:
    mine, theirs = one.parameters(), other.parameters()
    close = all(np.allclose(np.asarray(mine[name]), np.asarray(theirs[name]), rtol=1e-15) for name in mine)
    return type(one) is type(other) and mine.keys() == theirs.keys() and close


@EVERY
def test_torch_there_and_back(index: int) -> None:
    ours = fixed(index, 31)
    if isinstance(ours, NOT_IN_TORCH):
        with pytest.raises(TypeError, match="has no InverseGaussian"):
            to_torch(ours)
        return
    theirs = to_torch(ours)
    x = ours.sample((5,), rng=np.random.default_rng(1))
    expected = theirs.log_prob(torch.as_tensor(x)).numpy()
    np.testing.assert_allclose(ours.log_density(x), expected, rtol=1e-6 if isinstance(ours, f.VonMises) else 1e-11)
    if not isinstance(ours, f.Rayleigh | f.Logistic):
        assert same(ours, from_torch(theirs))


@EVERY
def test_scipy_there_and_back(index: int) -> None:
    ours = fixed(index, 32)
    if isinstance(ours, NOT_IN_SCIPY):
        with pytest.raises((TypeError, ValueError), match=r"scipy\.stats"):
            to_scipy(ours)
        return
    if "logits" in ours.parameters():
        with pytest.raises(ValueError, match="takes probabilities"):
            to_scipy(ours)
        return
    theirs = to_scipy(ours)
    x = ours.sample((5,), rng=np.random.default_rng(1))
    expected = theirs.logpmf(x) if ours.discrete else theirs.logpdf(x)
    np.testing.assert_allclose(ours.log_density(x), expected, rtol=1e-10, atol=1e-12)
    assert same(ours, from_scipy(theirs))


SIGMA = np.array([[2.0, 0.5], [0.5, 1.0]])


@pytest.mark.parametrize(
    "theirs",
    [
        td.Categorical(logits=torch.zeros(3)),
        td.OneHotCategorical(torch.tensor([0.2, 0.8])),
        td.Multinomial(4, probs=torch.tensor([0.2, 0.8])),
        td.Dirichlet(torch.ones(3)),
        td.MultivariateNormal(torch.zeros(2), torch.tensor(SIGMA).float()),
        td.MultivariateNormal(torch.zeros(2), precision_matrix=torch.tensor(SIGMA).float()),
        td.LowRankMultivariateNormal(torch.zeros(2), torch.ones(2, 1), torch.ones(2)),
        td.Wishart(torch.tensor(3.0), torch.tensor(SIGMA).float()),
        td.Independent(td.Normal(torch.zeros(3), torch.ones(3)), 1),
        td.MixtureSameFamily(td.Categorical(torch.ones(2)), td.Normal(torch.zeros(2), torch.ones(2))),
    ],
    ids=lambda law: type(law).__name__,
)
def test_torch_laws_of_vectors(theirs: Any) -> None:
    ours = from_torch(theirs)
    x = ours.sample((4,), rng=torch.Generator().manual_seed(0))
    np.testing.assert_allclose(ours.log_density(x).numpy(), theirs.log_prob(x).numpy(), rtol=1e-5, atol=1e-5)
    assert type(from_torch(to_torch(ours))) is type(ours)


@pytest.mark.parametrize(
    "theirs",
    [
        scipy.stats.multivariate_normal([0.0, 1.0], SIGMA),
        scipy.stats.dirichlet([1.0, 2.0, 3.0]),
        scipy.stats.wishart(3, SIGMA),
        scipy.stats.multinomial(4, [0.25, 0.75]),
    ],
    ids=lambda law: type(law).__name__,
)
def test_scipy_laws_of_vectors(theirs: Any) -> None:
    ours = from_scipy(theirs)
    again = to_scipy(ours)
    x = ours.sample((4,), rng=np.random.default_rng(0))
    for one in x:
        point = one[:-1] if isinstance(ours, f.Dirichlet) else one
        score = (lambda d, y: d.logpmf(y)) if isinstance(ours, f.Multinomial) else (lambda d, y: d.logpdf(y))
        assert float(ours.log_density(one)) == pytest.approx(float(score(theirs, point)), rel=1e-10)
        assert float(score(again, point)) == pytest.approx(float(score(theirs, point)), rel=1e-12)


def test_what_torch_has_derived_is_not_taken_for_what_was_given() -> None:
    theirs = td.Bernoulli(logits=torch.tensor(-40.0))
    _ = theirs.probs  # caches the probability beside the logit
    assert from_torch(theirs).parameters().keys() == {"logits"}


def test_divergences_take_all_three_and_keep_gradients() -> None:
    loc = torch.tensor(0.5, requires_grad=True)
    value = kl(td.Normal(loc, 1.0), f.Normal(0.0, 1.0))
    value.backward()
    assert float(loc.grad) == 0.5
    numbers = kl(scipy.stats.norm(0.5, 1.0), f.Normal(0.0, 1.0))
    assert isinstance(numbers, np.float64)
    assert float(numbers) == float(value.detach()) == 0.125
    assert kl_report(td.Gumbel(torch.zeros(2), 1.0), td.Uniform(-torch.ones(2), 1.0)).value.tolist() == [math.inf] * 2


def test_laws_outside_of_every_family_are_refused() -> None:
    class Own(td.Normal):
        pass

    for refused in (Own(0.0, 1.0), td.RelaxedBernoulli(torch.tensor(1.0), torch.tensor(0.5)), scipy.stats.moyal()):
        with pytest.raises(TypeError, match="no family for"):
            law(refused)
    for shifted in (scipy.stats.expon(1.0, 2.0), scipy.stats.geom(0.5), scipy.stats.beta(1, 1, 0, 2)):
        with pytest.raises(ValueError, match="has no law like"):
            law(shifted)
    with pytest.raises(TypeError, match="expected a law, got 'Normal'"):
        law("Normal")


@pytest.mark.parametrize(("p", "q"), [(1e-10, 1.1e-10), (1e-18, 2e-18), (0.05, 0.3)])
def test_small_chances_of_scipys_negative_binomial_keep_their_digits(p: float, q: float) -> None:
    # The geometric law of the same chances, three times; scipy's chance is that of what is waited for.
    expected = 3 * float(kl(f.Geometric(p), f.Geometric(q)))
    assert float(kl(scipy.stats.nbinom(3, p), scipy.stats.nbinom(3, q))) == pytest.approx(expected, rel=1e-12)
