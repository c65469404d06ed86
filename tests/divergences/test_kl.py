"""KL of every ordered pair of univariate families against quadrature of the densities; shapes, dtypes, gradients."""

from __future__ import annotations

import math

import array_api_compat.numpy as xp
import array_api_strict
import numpy as np
import pytest
import sympy
import torch

from divergences import families as f
from divergences.families.law import Law
from divergences.kl import kl, kl_report
from tests.divergences.families.examples import IDS, PARAMETERS, fixed

#: One parametrisation a family is enough for pairs; the other ones are held to them below.
INDICES = [i for i, (family, _) in enumerate(PARAMETERS) if family not in [other for other, _ in PARAMETERS[:i]]]


def reference(p: Law, q: Law) -> float:
    """E_p log p/q by composite Gauss–Legendre quadrature in p's coordinate, or by summation, all in float64."""
    with np.errstate(all="ignore"):
        if p.discrete:
            x = np.arange(int(p._support(xp).low), min(float(p._support(xp).high), 3000.0) + 1.0)
            log_p, weights = p.log_density(x), 1.0
        else:
            line = p._coordinate(xp)
            low = -150.0 if line.low is None else float(line.low)
            high = 150.0 if line.high is None else float(line.high)
            kinks = [line.inverse(law.loc, xp) for law in (p, q) if isinstance(law, f.Laplace)]
            inner = [float(k) for k in kinks if low < k < high]
            steps = (high - low) * 2.0 ** -np.arange(1, 200)
            ends = [low + steps, high - steps[:43]]
            near = line.center + np.linspace(-3, 3, 401)
            panels = np.sort(np.concatenate([np.linspace(low, high, 3001), near, *ends, inner]))
            panels = panels[(panels >= low) & (panels <= high)]
            nodes, gauss = np.polynomial.legendre.leggauss(10)
            half = np.diff(panels)[:, None] / 2
            v = ((panels[:-1] + panels[1:])[:, None] / 2 + half * nodes).ravel()
            weights = (half * gauss).ravel() * np.exp(line.log_slope(v, xp))
            x = line.point(v, xp)
            log_p = p.log_density(x)
        mass = np.exp(log_p) * weights
        terms = np.where(mass > 0, mass * (log_p - q.log_density(x)), 0.0)
        return float(np.sum(terms[np.isfinite(terms)])) if not np.any(terms == math.inf) else math.inf


@pytest.mark.parametrize("first", INDICES, ids=[IDS[i] for i in INDICES])
def test_every_ordered_pair(first: int) -> None:
    p = fixed(first, 21)
    for second in INDICES:
        q = fixed(second, 22)
        if p.discrete != q.discrete:
            assert float(kl(p, q)) == math.inf
            continue
        report = kl_report(p, q)
        value, bound = float(report.value), float(report.error_bound)
        assert value >= 0
        assert np.asarray(report.value).dtype == np.float64
        if value == math.inf:
            assert report.route == "infinite" or not p._support(xp).within(q._support(xp))
            continue
        assert bound <= 1e-11 * (1 + value)
        assert value == pytest.approx(reference(p, q), rel=1e-7, abs=1e-7), (p, q, report.route)


def test_the_reference_sees_an_error() -> None:
    p, q = f.Gumbel(np.float64(0.3), np.float64(1.2)), f.Logistic(np.float64(0.1), np.float64(0.9))
    assert float(kl(p, q)) == pytest.approx(reference(p, q), rel=1e-7)
    assert float(kl(p, q)) * (1 + 1e-6) != pytest.approx(reference(p, q), rel=1e-7)


INFINITE = [
    (f.Cauchy(0.0, 1.0), f.Normal(0.0, 1.0)),
    (f.Cauchy(0.0, 1.0), f.Gumbel(0.0, 1.0)),
    (f.StudentT(2.0), f.Normal(0.0, 1.0)),
    (f.StudentT(1.0), f.Laplace(0.0, 1.0)),
    (f.StudentT(1.0), f.Logistic(0.0, 1.0)),
    (f.StudentT(50.0), f.Gumbel(0.0, 1.0)),
    (f.Pareto(1.0, 1.0), f.Exponential(1.0)),
    (f.Pareto(1.0, 0.5), f.Laplace(0.0, 1.0)),
    (f.Pareto(1.0, 2.0), f.Rayleigh(1.0)),
    (f.InverseGamma(1.0, 1.0), f.Gamma(2.0, 1.0)),
    (f.Exponential(1.0), f.InverseGamma(2.0, 1.0)),
    (f.Uniform(0.0, 1.0), f.InverseGamma(2.0, 1.0)),
    (f.ContinuousBernoulli(0.3), f.InverseGaussian(2.0, 1.0)),
    (f.Laplace(0.0, 2.0), f.Gumbel(0.0, 1.0)),
    (f.HalfCauchy(1.0), f.Weibull(1.0, 1.0)),
]


@pytest.mark.parametrize(("p", "q"), INFINITE, ids=lambda law: type(law).__name__)
def test_tails_that_are_too_heavy_are_infinitely_far(p: Law, q: Law) -> None:
    report = kl_report(p, q)
    assert float(report.value) == math.inf
    assert report.route in ("infinite", "closed form")


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (f.StudentT(2.5), f.Normal(0.0, 1.0)),
        (f.StudentT(1.5), f.Laplace(0.0, 1.0)),
        (f.Pareto(1.0, 1.5), f.Exponential(1.0)),
        (f.Pareto(1.0, 0.5), f.Weibull(1.0, 0.25)),
        (f.Gamma(1.5, 1.0), f.InverseGamma(2.0, 1.0)),
        (f.HalfCauchy(1.0), f.LogNormal(0.0, 1.0)),
    ],
)
def test_tails_that_are_just_light_enough_are_not(p: Law, q: Law) -> None:
    assert math.isfinite(float(kl(p, q)))


PAIRS = [
    (f.Normal, f.Normal, ("loc", "scale"), ("loc", "scale")),  # closed form
    (f.Uniform, f.Normal, ("low", "high"), ("loc", "scale")),
    (f.Normal, f.Logistic, ("loc", "scale"), ("loc", "scale")),  # quadrature
]


@pytest.mark.parametrize(("first", "second", "one", "two"), PAIRS)
@pytest.mark.parametrize(("left", "right"), [((3,), (2, 1)), ((3,), (3, 1)), ((), (3,)), ((0,), (2, 1))])
def test_batch_shapes_broadcast(
    first: type[Law],
    second: type[Law],
    one: tuple[str, str],
    two: tuple[str, str],
    left: tuple[int, ...],
    right: tuple[int, ...],
) -> None:
    rng = np.random.default_rng(5)
    p = first(**{one[0]: -rng.random(left), one[1]: 0.5 + rng.random(left)})
    q = second(**{two[0]: rng.random(right), two[1]: 0.5 + rng.random(right)})
    report = kl_report(p, q)
    expected = np.broadcast_shapes(left, right)
    assert np.shape(report.value) == np.shape(report.error_bound) == expected
    for index in np.ndindex(expected):
        single = [
            type(law)(**{name: np.broadcast_to(value, expected)[index] for name, value in law.parameters().items()})
            for law in (p, q)
        ]
        assert float(kl(*single)) == pytest.approx(float(report.value[index]), rel=1e-13)


def test_a_support_mask_is_of_the_broadcast_shape() -> None:
    value = kl(f.Uniform(0.0, np.array([1.0, 2.0, 3.0])), f.Uniform(0.0, np.array([[2.0], [4.0]])))
    np.testing.assert_array_equal(np.isinf(value), [[False, False, True], [False, False, False]])
    mixed = kl_report(f.Uniform(np.array([-1.0, 0.0, 1.0]), 2.0), f.Weibull(1.0, 1.5))
    np.testing.assert_array_equal(np.isinf(mixed.value), [True, False, False])
    assert mixed.route != "infinite"


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize(
    ("p", "q"),
    [
        (f.Gamma(2.5, 1.25), f.LogNormal(0.25, 0.75)),  # from the tables
        (f.Gumbel(0.5, 1.25), f.Logistic(0.25, 0.75)),  # by quadrature
        (f.Uniform(-0.5, 1.25), f.StudentT(3.0, 0.25, 0.75)),  # by quadrature, on a support that moves
        (f.Laplace(0.5, 1.25), f.Cauchy(0.25, 0.75)),
        (f.Weibull(0.5, 1.25), f.Laplace(0.25, 0.75)),
        (f.Binomial(5.0, 0.25), f.Poisson(1.5)),
        (f.Poisson(1.5), f.Geometric(logits=-0.5)),
        (f.NegativeBinomial(1.5, 0.25), f.Poisson(0.75)),
    ],
    ids=lambda law: type(law).__name__ if isinstance(law, Law) else None,
)
def test_torch_keeps_gradients_and_dtypes(p: Law, q: Law, dtype: torch.dtype) -> None:
    def at(law: Law, name: str, value: float) -> Law:
        return law.over({**law.parameters(), name: value})

    def over_tensors(law: Law) -> tuple[Law, dict[str, torch.Tensor]]:
        tensors = {k: torch.tensor([v], dtype=dtype, requires_grad=True) for k, v in law.parameters().items()}
        return law.over(tensors), tensors

    (first, own), (second, other) = over_tensors(p), over_tensors(q)
    value = kl(first, second)
    assert value.dtype == dtype
    assert value.shape == (1,)
    value.sum().backward()
    step = 1e-4
    for law, tensors, place in ((p, own, 0), (q, other, 1)):
        for name, tensor in tensors.items():
            if name == "total_count" and isinstance(law, f.Binomial):
                continue
            here = law.parameters()[name]
            pairs = [[p, q], [p, q]]
            pairs[0][place], pairs[1][place] = at(law, name, here + step), at(law, name, here - step)
            slope = (float(kl(*pairs[0])) - float(kl(*pairs[1]))) / (2 * step)
            assert float(tensor.grad) == pytest.approx(slope, rel=1e-5, abs=2e-6), name


def test_other_array_libraries() -> None:
    def array(value: float) -> object:
        return array_api_strict.asarray([value], dtype=array_api_strict.float64)

    for p, q in (
        (f.Normal(0.5, 1.5), f.Laplace(0.25, 1.0)),
        (f.Gumbel(0.5, 1.25), f.Logistic(0.25, 0.75)),
        (f.Poisson(1.5), f.Geometric(0.5)),
    ):
        strict = [law.over({name: array(value) for name, value in law.parameters().items()}) for law in (p, q)]
        assert float(kl(*strict)[0]) == pytest.approx(float(kl(p, q)), rel=1e-13)


def test_symbols_give_the_formula() -> None:
    m, s, b = sympy.Symbol("m", real=True), sympy.Symbol("s", positive=True), sympy.Symbol("b", positive=True)
    value = kl(f.Exponential(b), f.HalfNormal(s))
    numbers = {b: sympy.Rational(3, 2), s: sympy.Rational(5, 4)}
    assert float(value.subs(numbers)) == pytest.approx(float(kl(f.Exponential(1.5), f.HalfNormal(1.25))), rel=1e-14)
    integral = kl(f.Gumbel(m, s), f.Logistic(0, b))
    assert isinstance(integral, sympy.Integral)
    total = kl(f.Poisson(s), f.Geometric(sympy.Rational(1, 2)))
    assert isinstance(total, sympy.Sum)


def test_both_parametrisations_of_a_probability_agree() -> None:
    logit = math.log(0.3 / 0.7)
    for family, others in (
        (f.Bernoulli, {}),
        (f.Binomial, {"total_count": 4.0}),
        (f.Geometric, {}),
        (f.NegativeBinomial, {"total_count": 1.5}),
        (f.ContinuousBernoulli, {}),
    ):
        p = family(**others, probs=0.3), family(**others, logits=logit)
        q = f.Uniform(-1.0, 2.0) if family is f.ContinuousBernoulli else f.Poisson(1.25)
        assert float(kl(p[0], q)) == pytest.approx(float(kl(p[1], q)), rel=1e-12)


#: Laws of one point among others: at 0, at 1, at 4.
CERTAIN = (
    f.Bernoulli(0.0),
    f.Bernoulli(1.0),
    f.Bernoulli(0.3),
    f.Binomial(0, 0.3),
    f.Binomial(4, 0.0),
    f.Binomial(4, 1.0),
    f.Binomial(4, 0.3),
    f.Geometric(1.0),
    f.Geometric(0.4),
    f.Poisson(0.0),
    f.Poisson(1.3),
    f.NegativeBinomial(2.0, 0.0),
    f.NegativeBinomial(2.5, 0.4),
)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("p", CERTAIN, ids=str)
def test_laws_of_one_point_have_divergences_of_their_own(p: Law) -> None:
    counts = np.arange(400.0)
    log_p = p.log_density(counts)
    within = log_p > -math.inf
    for q in CERTAIN:
        log_q = q.log_density(counts)
        expected = math.inf
        if not (within & (log_q == -math.inf)).any():
            expected = float(np.sum(np.exp(log_p[within]) * (log_p[within] - log_q[within])))
        assert float(kl(p, q)) == pytest.approx(expected, rel=1e-12, abs=1e-15), str(q)


@pytest.mark.filterwarnings("error")
def test_laws_of_one_point_may_stand_beside_others() -> None:
    value = kl(f.Bernoulli([0.0, 0.5, 1.0]), f.Binomial(2, [[1.0], [0.5], [0.0]]))
    log2 = math.log(2)
    expected = [[math.inf] * 3, [2 * log2, log2 / 2, log2], [0.0, math.inf, math.inf]]
    np.testing.assert_allclose(value, expected, rtol=1e-14)


@pytest.mark.parametrize("q", [f.Binomial, f.Poisson, f.NegativeBinomial], ids=lambda q: q.__name__)
def test_rising_factorials_start_at_a_plain_number_over_tensors(q: type[Law]) -> None:
    numbers = {"total_count": 3.0, "probs": 0.4} if q is not f.Poisson else {"rate": 1.5}
    tensors = {name: torch.tensor([number], dtype=torch.float64) for name, number in numbers.items()}
    value = kl(f.Bernoulli(torch.tensor([0.3], dtype=torch.float64)), q(**tensors))
    assert float(value[0]) == pytest.approx(float(kl(f.Bernoulli(0.3), q(**numbers))), rel=1e-14)


def test_the_error_bound_holds_where_an_entropy_cancels() -> None:
    for shape in (1.0, 1.0 + 1e-9, 1.0 - 1e-12):
        report = kl_report(f.Beta(shape, 1.0), f.Uniform(0.0, 1.0))
        truth = math.log1p(shape - 1.0) + (1.0 - shape) / shape
        assert report.route == "expectations"
        assert abs(report.value - truth) <= report.error_bound


def test_missing_values_stay_missing() -> None:
    assert np.isnan(kl(f.Gumbel(np.array([math.nan]), 1.0), f.Logistic(0.0, 1.0)))[0]
    assert np.isnan(kl(f.Normal(0.0, np.array([-1.0])), f.Cauchy(0.0, 1.0), validate=False))[0]


def test_errors_name_the_argument() -> None:
    with pytest.raises(TypeError, match=r"q must be a law: expected a law, got 3\.0"):
        kl(f.Normal(0.0, 1.0), 3.0)
    with pytest.raises(ValueError, match=r"q\.scale must be positive and finite, got -1\.0"):
        kl(f.Normal(0.0, 1.0), f.Normal(0.0, -1.0))
    with pytest.raises(ValueError, match=r"shapes must broadcast"):
        kl(f.Normal(np.zeros(3), 1.0), f.Normal(np.zeros(2), 1.0))
    with pytest.raises(TypeError, match="one array library"):
        kl(f.Normal(np.zeros(3), 1.0), f.Normal(torch.zeros(3), 1.0))
    with pytest.raises(ValueError, match=r"no certified value of Binomial ‖ Poisson at .*more than 20000 terms"):
        kl(f.Binomial(1e6, 0.5), f.Poisson(5e5))
