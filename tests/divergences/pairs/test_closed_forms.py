"""Every cancellation-free form of KL(P ‖ Q), held to the textbook's value in ball arithmetic over its whole domain."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
import torch
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences import families
from divergences.kl import form_of, kl, kl_report
from tests.divergences import certified, regimes
from tests.divergences.textbook import FORMULAS, truth

UNIVARIATE = {family.__name__ for family in families.UNIVARIATE}
PAIRS = sorted(pair for pair in FORMULAS if UNIVARIATE.issuperset(pair))
BOUND = 64


def law(family: str, values: dict[str, Any]) -> Any:
    return getattr(families, family)(**values)


def errors(first: str, second: str, rows: list[regimes.Row], dtype: Any) -> list[float]:
    columns = [
        {name: np.array([row[side][name] for row in rows], dtype=dtype) for name in rows[0][side]} for side in (0, 1)
    ]
    values = kl(law(first, columns[0]), law(second, columns[1]))
    assert values.dtype == dtype
    assert np.all(values >= 0)
    return [
        certified.error_in_eps(value, truth(first, second, *row), dtype)
        for value, row in zip(values, rows, strict=True)
    ]


@pytest.mark.parametrize("pair", PAIRS, ids="‖".join)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@settings(deadline=None, max_examples=4)
@given(seed=st.integers(0, 2**32 - 1))
def test_forms_are_accurate_in_every_regime(pair: tuple[str, str], dtype: Any, seed: int) -> None:
    reach = regimes.WIDE if dtype is np.float64 else regimes.NARROW
    rng = np.random.default_rng(seed)
    for regime, rows in regimes.regimes(rng, *pair, 3, reach=reach, dtype=dtype).items():
        found = errors(*pair, rows, dtype)
        worst = int(np.argmax(found))
        assert found[worst] <= BOUND, (regime, rows[worst])


@pytest.mark.parametrize("pair", [("Gamma", "Gamma"), ("Beta", "Beta"), ("Poisson", "Poisson")], ids="‖".join)
def test_the_bound_fails_the_usual_formulas(pair: tuple[str, str]) -> None:
    rng = np.random.default_rng(0)
    for p, q in regimes.regimes(rng, *pair, 3)["1e-8 apart"]:
        laws = (
            getattr(torch.distributions, name)(
                **{key: torch.tensor(v, dtype=torch.float64) for key, v in values.items()}
            )
            for name, values in zip(pair, (p, q), strict=True)
        )
        value = torch.distributions.kl_divergence(*laws)
        assert certified.error_in_eps(value, truth(*pair, p, q)) > 1e3 * BOUND


@pytest.mark.parametrize("pair", PAIRS, ids="‖".join)
def test_torch_computes_what_numpy_does(pair: tuple[str, str]) -> None:
    for rows in regimes.regimes(np.random.default_rng(1), *pair, 4).values():
        columns = [{name: np.array([row[side][name] for row in rows]) for name in rows[0][side]} for side in (0, 1)]
        expected = kl(*(law(name, values) for name, values in zip(pair, columns, strict=True)))
        tensors = [{name: torch.from_numpy(v) for name, v in values.items()} for values in columns]
        found = kl(*(law(name, values) for name, values in zip(pair, tensors, strict=True))).numpy()
        large = expected < 1e300
        np.testing.assert_allclose(found[large], expected[large], rtol=BOUND * 2.0**-52)


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair[0] == pair[1]], ids="‖".join)
def test_equal_laws_have_no_divergence_and_no_gradient(pair: tuple[str, str]) -> None:
    name = pair[0]
    rng = np.random.default_rng(2)
    for reach in (None, regimes.WIDE):
        rows = [regimes.draw(rng, name, reach) for _ in range(6)]
        columns = {key: torch.tensor([row[key] for row in rows], dtype=torch.float64) for key in rows[0]}
        p, q = (
            {key: v.clone().requires_grad_(not key.startswith("total")) for key, v in columns.items()} for _ in "pq"
        )
        value = kl(law(name, p), law(name, q))
        assert torch.equal(value, torch.zeros_like(value))
        varied = [v for v in (*p.values(), *q.values()) if v.requires_grad]
        gradients = torch.autograd.grad(value.sum(), varied)
        if name in ("Uniform", "Pareto"):
            # One-sided: the divergence is infinite on the other side.
            assert all(torch.all(torch.isfinite(g)) for g in gradients)
        else:
            assert all(torch.all(g == 0) for g in gradients)


SMOOTH = [pair for pair in PAIRS if "Uniform" not in pair]


@pytest.mark.parametrize("pair", SMOOTH, ids="‖".join)
@pytest.mark.parametrize("seed", [3, 4])
def test_first_and_second_derivatives_agree_with_finite_differences(pair: tuple[str, str], seed: int) -> None:
    rng = np.random.default_rng(seed)
    while True:
        rows = regimes.draw(rng, pair[0], None), regimes.draw(rng, pair[1], None)
        if truth(*pair, *rows) < 10:
            break
    names = [(side, key) for side in (0, 1) for key in rows[side] if key != "total_count"]

    def value(*arguments: torch.Tensor) -> torch.Tensor:
        laws: list[dict[str, Any]] = [{"total_count": 5.0} if "total_count" in row else {} for row in rows]
        for (side, key), argument in zip(names, arguments, strict=True):
            laws[side][key] = argument
        return kl(law(pair[0], laws[0]), law(pair[1], laws[1]))

    arguments = [torch.tensor(rows[side][key], dtype=torch.float64, requires_grad=True) for side, key in names]
    assert torch.autograd.gradcheck(value, arguments, eps=1e-7, atol=1e-4, rtol=1e-4)
    assert torch.autograd.gradgradcheck(value, arguments, eps=1e-7, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("pair", PAIRS, ids="‖".join)
def test_gradients_are_finite_where_the_divergence_is(pair: tuple[str, str]) -> None:
    for regime, drawn in regimes.regimes(np.random.default_rng(4), *pair, 4).items():
        rows = [row for row in drawn if truth(*pair, *row) < 1e120]
        if rows:
            tensors = [
                {name: torch.tensor([row[side][name] for row in rows], dtype=torch.float64) for name in rows[0][side]}
                for side in (0, 1)
            ]
            varied = [v.requires_grad_() for values in tensors for name, v in values.items() if name != "total_count"]
            value = kl(law(pair[0], tensors[0]), law(pair[1], tensors[1]))
            gradients = torch.autograd.grad(value.sum(), varied)
            assert not any(torch.any(torch.isnan(g)) for g in gradients), (regime, rows, gradients)


@pytest.mark.parametrize("pair", PAIRS, ids="‖".join)
def test_batches_broadcast(pair: tuple[str, str]) -> None:
    rng = np.random.default_rng(5)
    p = [regimes.draw(rng, pair[0], None) for _ in range(3)]
    q = [regimes.draw(rng, pair[1], None) for _ in range(3)]
    for one in (*p, *q):
        if "total_count" in one:
            one["total_count"] = 4.0
    single = np.array([[kl(law(pair[0], a), law(pair[1], b)) for a in p] for b in q])
    columns = {key: np.array([one[key] for one in p]) for key in p[0]}
    rows = {key: np.array([[one[key]] for one in q]) for key in q[0]}
    for values, shape in ((single, (3, 3)), (single[:2], (2, 3)), (single[:, 0], (3,))):
        left = {key: v[0] for key, v in columns.items()} if shape == (3,) else columns
        right = {key: v[:, 0] if shape == (3,) else v[: shape[0]] for key, v in rows.items()}
        found = kl(law(pair[0], left), law(pair[1], right))
        assert found.shape == shape
        np.testing.assert_allclose(found, values, rtol=8 * 2.0**-52)


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if "VonMises" not in pair], ids="‖".join)
def test_the_trace_on_symbols_is_the_textbook_formula(pair: tuple[str, str]) -> None:
    rng = np.random.default_rng(6)
    p, q = (regimes.draw(rng, name, None) for name in pair)
    if pair[0] == "Pareto":
        p["scale"] = q["scale"] + 1
    if pair == ("Uniform", "Uniform"):
        q["low"], q["high"] = p["low"] - 1, p["high"] + 2
    if "total_count" in p:
        p["total_count"] = q["total_count"] = 4.0
    p, q = ({key: round(v, 2) for key, v in values.items()} for values in (p, q))
    symbols = [
        {key: sympy.Symbol(f"{key}_{side}", positive=values[key] > 0, real=True) for key in values}
        for side, values in (("p", p), ("q", q))
    ]
    traced = kl(law(pair[0], symbols[0]), law(pair[1], symbols[1]))
    assert not traced.has(sympy.Float)
    point = {
        symbol: sympy.Rational(values[key])
        for names, values in zip(symbols, (p, q), strict=True)
        for key, symbol in names.items()
    }
    with certified.balls():
        difference = abs(arb(str(traced.subs(point).evalf(40))) - truth(*pair, p, q))
        assert difference < arb(10) ** -20 * (1 + abs(truth(*pair, p, q)))


def test_every_pair_of_the_table_has_a_form() -> None:
    for pair in PAIRS:
        assert form_of(*(getattr(families, name) for name in pair)) is not None, pair
        assert (
            kl_report(*(law(n, regimes.draw(np.random.default_rng(0), n, None)) for n in pair)).route == "closed form"
        )


@pytest.mark.parametrize(
    ("p", "q", "expected"),
    [
        (families.Bernoulli(0.0), families.Bernoulli(0.0), 0.0),
        (families.Bernoulli(1.0), families.Bernoulli(1.0), 0.0),
        (families.Bernoulli(0.0), families.Bernoulli(0.5), math.log(2)),
        (families.Bernoulli(0.5), families.Bernoulli(0.0), math.inf),
        (families.Bernoulli(0.5), families.Bernoulli(1.0), math.inf),
        (families.Poisson(0.0), families.Poisson(0.0), 0.0),
        (families.Poisson(0.0), families.Poisson(2.0), 2.0),
        (families.Poisson(2.0), families.Poisson(0.0), math.inf),
        (families.Geometric(1.0), families.Geometric(0.25), math.log(4)),
        (families.Geometric(0.5), families.Geometric(1.0), math.inf),
        (families.NegativeBinomial(2.0, 0.0), families.NegativeBinomial(2.0, 0.5), 2 * math.log(2)),
        (families.NegativeBinomial(2.0, 0.5), families.NegativeBinomial(2.0, 0.0), math.inf),
        (families.Binomial(3.0, 0.5), families.Binomial(2.0, 0.5), math.inf),
        (families.Binomial(3.0, 0.0), families.Binomial(2.0, 0.5), 2 * math.log(2)),
        (families.Binomial(1.0, 1.0), families.Binomial(2.0, 0.5), math.log(2)),
        (families.Binomial(0.0, 0.3), families.Binomial(0.0, 0.0), 0.0),
        (families.Pareto(1.0, 1.0), families.Pareto(2.0, 1.0), math.inf),
        (families.Uniform(0.0, 1.0), families.Uniform(0.0, 2.0), math.log(2)),
        (families.Uniform(0.0, 2.0), families.Uniform(0.0, 1.0), math.inf),
        (families.VonMises(1.0, 0.0), families.VonMises(-1.0, 0.0), 0.0),
        (families.ContinuousBernoulli(0.5), families.ContinuousBernoulli(0.5), 0.0),
    ],
)
def test_boundaries(p: Any, q: Any, expected: float) -> None:
    with np.errstate(all="raise", under="ignore"):
        assert kl(p, q) == pytest.approx(expected, rel=4 * 2.0**-52)


@settings(deadline=None, max_examples=30)
@given(st.floats(-800, 800), st.floats(-1, 1), st.sampled_from(["Bernoulli", "Geometric", "NegativeBinomial"]))
def test_logits_need_no_probabilities(logit: float, change: float, name: str) -> None:
    rest = {"total_count": 3.0} if name == "NegativeBinomial" else {}
    p, q = {**rest, "logits": logit}, {**rest, "logits": logit + change}
    with np.errstate(over="ignore"):
        value = kl(law(name, p), law(name, q))
    assert certified.error_in_eps(value, truth(name, name, p, q)) <= BOUND


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 12), st.integers(1, 12), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_binomials_of_unequal_counts_are_summed(few: int, more: int, p: float, q: float) -> None:
    rows = {"total_count": float(few), "probs": p}, {"total_count": float(few + more), "probs": q}
    value = kl(*(law("Binomial", row) for row in rows))
    exact = truth("Binomial", "Binomial", *rows)
    # The log-ratios of the masses are sums of terms of up to n log n, which their mean may cancel.
    assert certified.error_in_eps_of(value, exact, exact + 1) <= BOUND


def test_the_published_page_names_every_pair_and_keeps_the_promise() -> None:
    page = (Path(__file__).parents[3] / "docs" / "accuracy.md").read_text(encoding="utf-8")
    assert {tuple(line[3:].split(" ‖ ")) for line in page.splitlines() if line.startswith("## ")} == set(FORMULAS)
    rows = [line.split("|")[1:-1] for line in page.splitlines() if line.startswith("|")]
    ours = [
        float(row[k]) for row in rows if len(row) > 4 and row[0].strip() not in ("regime", "---") for k in (1, 2, -1)
    ]
    assert len(ours) > 3 * len(PAIRS)
    assert max(ours) <= BOUND


@pytest.mark.parametrize("pair", PAIRS, ids="‖".join)
def test_the_array_api_standard_is_enough(pair: tuple[str, str]) -> None:
    strict = pytest.importorskip("array_api_strict", reason="array-api-strict is in the dev extra")
    for rows in regimes.regimes(np.random.default_rng(7), *pair, 3).values():
        columns = [{name: np.array([row[side][name] for row in rows]) for name in rows[0][side]} for side in (0, 1)]
        expected = kl(*(law(name, values) for name, values in zip(pair, columns, strict=True)))
        given = [{name: strict.asarray(v) for name, v in values.items()} for values in columns]
        with np.errstate(over="ignore"):  # its arrays are numpy's, its warnings nobody's
            found = kl(*(law(name, values) for name, values in zip(pair, given, strict=True)))
        # Not to the last bit: on NumPy some forms run in blocks of their own.
        np.testing.assert_allclose(np.asarray(found), expected, rtol=BOUND * 2.0**-52)
