"""Claims on torch models: right ones agree, planted mistakes disagree, and nothing is decided without cause."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import Bernoulli, Categorical, Independent, MultivariateNormal, Normal

from proofs import VERDICTS, check, read
from proofs.sampler import MODEL_VERDICTS, Sampler

ROOT = Path(__file__).parents[2]


def real(value: object) -> Tensor:
    return torch.as_tensor(value, dtype=torch.float64)


# --- a linear-Gaussian model, of which everything is known ------------------------------------------------------------

LOADING, NOISE = real([[1.0, 0.5], [-0.3, 0.8], [0.2, 0.1]]), 0.5
POINT = real([0.3, -0.2, 0.9])
PRECISION = torch.eye(2, dtype=torch.float64) + LOADING.T @ LOADING / NOISE**2


def prior() -> Normal:
    return Normal(real([0.0, 0.0]), 1.0)


def likelihood(z: Tensor) -> Normal:
    return Normal(z @ LOADING.T, NOISE)


def evidence(noise: float = NOISE) -> MultivariateNormal:
    return MultivariateNormal(real([0.0] * 3), LOADING @ LOADING.T + noise**2 * torch.eye(3, dtype=torch.float64))


def posterior(x: Tensor) -> MultivariateNormal:
    mean = torch.linalg.solve(PRECISION, (LOADING.T @ x.unsqueeze(-1)) / NOISE**2).squeeze(-1)
    return MultivariateNormal(mean, torch.linalg.inv(PRECISION))


def guide(x: Tensor) -> Normal:
    return Normal(x[..., :2] * 0.4, 0.4)


MODEL = {"z": prior(), "x|z": likelihood, "x": evidence(), "z|x": posterior}
GAP = """let ELBO = E_{q(z|x)}[log p(x,z) - log q(z|x)]
log p(x) = ELBO + KL(q(z|x) || p(z|x)) >= ELBO"""


class Unnormalised:
    """A law whose log_prob has lost its normaliser, as those that are written by hand do."""

    def __init__(self, law: Normal) -> None:
        self.law = law

    def sample(self, shape: tuple[int, ...] = ()) -> Tensor:
        return self.law.sample(shape)

    def log_prob(self, z: Tensor) -> Tensor:
        return self.law.log_prob(z) + 0.5 * math.log(2 * math.pi)


def test_the_evidence_lower_bound_agrees_and_its_gap_does_pointwise():
    report = check(GAP, bind={"p": MODEL, "q": guide}, at={"x": POINT}, variance_bound=[0, 5])
    assert [step.verdict for step in report.steps] == ["agrees", "agrees"]
    assert [step.pointwise for step in report.steps] == [True, False]
    assert report.verdict == "agrees"
    assert "1e-06" in report.steps[0].evidence


def test_what_follows_from_prior_and_likelihood_needs_no_more():
    laws = {"z": prior(), "x|z": likelihood}
    report = check("E_{p(x,z)}[log p(x|z)] = E_{p(x,z)}[log p(x,z) - log p(z)]", bind={"p": laws}, variance_bound=0)
    assert report.verdict == "agrees"
    missing = check("log p(x) >= E_{q(z|x)}[log p(x,z)]", bind={"p": laws, "q": guide}, at={"x": POINT})
    assert missing.verdict == "unsupported"
    assert 'add bind["p"]["x"]' in missing.steps[0].message


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("E_{q(z|x)}[p(x,z)/q(z|x)]/p(x) = 1", {"q": lambda x: Unnormalised(guide(x))}),
        ("log p(x) = E_{q(z|x)}[log p(x,z) - log q(z|x)] + KL(q(z|x) || p(z|x))", {"p": {**MODEL, "x": evidence(0.7)}}),
        ("log p(x) = log p(x,z) - log p(z|x)", {"p": {**MODEL, "z|x": guide}}),
        ("K(x) = KL(q(z|x) || p(z))", {"K": "sign"}),
        ("K(x) = KL(q(z|x) || p(z))", {"K": "half"}),
        ("KL(q(z|x) || p(z|x)) >= 0", {"p": {**MODEL, "z|x": lambda x: Shifted(guide(x))}}),
    ],
)
def test_a_planted_mistake_disagrees_and_the_right_code_agrees(claim, wrong):
    std, mean = real(0.4), 0.4 * POINT[:2]
    terms = std**2 + mean**2 - 1 - 2 * std.log()
    helpers = {
        None: lambda x: 0.5 * terms.sum(),
        "sign": lambda x: 0.5 * (terms + 4 * std.log()).sum(),
        "half": lambda x: terms.sum(),
    }
    bind = {"p": MODEL, "q": guide} if "q(" in claim else {"p": MODEL}
    if claim.startswith("K(x)"):
        claim = f"function K(x)\n{claim}"
        bind["K"] = helpers[None]
        wrong = {name: helpers[which] for name, which in wrong.items()}
    at = {"x": POINT, "z": POINT[:2]} if claim.startswith("log p(x) = log") else {"x": POINT}
    options = {"at": at, "variance_bound": 5.0, "tolerance": 0.05}
    assert check(claim, bind=bind, **options).verdict == "agrees"
    assert check(claim, bind={**bind, **wrong}, **options).verdict == "disagrees"


class Shifted(Unnormalised):
    """A posterior whose log density is too large by a constant that the normaliser lost."""

    def log_prob(self, z: Tensor) -> Tensor:
        return self.law.log_prob(z) + 1.0


@pytest.mark.parametrize("k", [1, 2, 4])
def test_multi_sample_bounds_hold_and_their_reverse_does_not(k):
    bound = f"E_{{z_1..z_{k} ~ q(z|x)}}[log mean_{{i=1..{k}}}[p(x,z_i)/q(z_i|x)]]" if k > 1 else (
        "E_{q(z|x)}[log(p(x,z)/q(z|x))]"
    )  # fmt: skip
    options = {"bind": {"p": MODEL, "q": guide}, "at": {"x": POINT}, "variance_bound": 2.0, "tolerance": 0.02}
    assert check(f"{bound} <= log p(x)", **options).verdict == "agrees"
    assert check(f"{bound} >= log p(x)", **options).verdict == "disagrees"


# --- what bounds the variance ---------------------------------------------------------------------------------------


def test_without_a_bound_on_the_variance_nothing_is_decided():
    report = check(GAP, bind={"p": MODEL, "q": guide}, at={"x": POINT})
    assert [step.verdict for step in report.steps] == ["undecided", "undecided"]
    assert all("variance_bound=" in step.message for step in report.steps)
    assert report.steps[0].pointwise  # said, and yet no verdict: what was not drawn may differ


def test_a_declared_range_bounds_the_variance():
    claim = "function D(x) in (0, 1)\nE_{p(x)}[D(x)] + E_{q(x)}[1 - D(x)] {} 1 + TV(p(x) || q(x))"
    laws = {"p": Normal(real(0.0), 1.0), "q": Normal(real(1.0), 1.0), "D": lambda x: torch.sigmoid(0.5 - x)}
    assert check(claim.replace("{}", "<="), bind=laws).verdict == "agrees"
    wrong = check(claim.replace("{}", ">="), bind=laws)
    assert wrong.verdict == "disagrees"
    assert wrong.steps[0].variance_bound == pytest.approx(2.25, rel=1e-6)  # from -2 to 1
    without = check("function D(x)\nE_{p(x)}[D(x)] <= 1", bind={name: laws[name] for name in ("p", "D")})
    assert without.verdict == "undecided"


def test_a_function_that_leaves_its_declared_range_is_an_error():
    laws = {"p": Normal(real(0.0), 1.0), "D": lambda x: 1.2 * torch.sigmoid(4 * x)}
    with pytest.raises(ValueError, match="D is declared to lie between 0 and 1, and returned 1"):
        check("function D(x) in (0, 1)\nE_{p(x)}[D(x)] <= 1", bind=laws)


def test_powers_of_an_expectation_have_the_range_of_independent_factors():
    # Each sample is a product of two independent signs, -1 as often as 1: its variance is 1, not that of a square.
    laws = {"p": Bernoulli(real(0.5)), "D": lambda x: 2.0 * x - 1.0}
    report = check("function D(x) in [-1, 1]\ndiscrete x\nE_{p(x)}[D(x)]^2 = 0", bind=laws)
    assert report.verdict == "agrees"
    assert report.steps[0].variance_bound == pytest.approx(1.0, rel=1e-6)


# --- each sample is unbiased ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "right", "wrong"),
    [
        ("E_{p(x)}[x] * E_{p(x)}[x]", "0", "1"),
        ("E_{p(x)}[x]^2", "0", "1"),
        ("E_{p(x)}[x * E_{p(x)}[x]]", "0", "1"),
        ("E_{p(x)}[x^2]", "1", "0"),
        ("Var_{p(x)}[x]", "1", "0"),
        ("Cov_{p(x)}[x, 2*x]", "2", "1"),
        ("E_{x, x' ~ p(x)}[x * x']", "0", "1"),
        ("E_{Normal(x; 1, 2)}[x^2]", "5", "4"),
        ("E_{N(x; 1, 4)}[x^2]", "5", "17"),
        ("E_{x ~ p(x), y ~ Normal(y; x, 1)}[x*y]", "1", "0"),
        ("E_{p(x)}[E_{Normal(y; x, 1)}[y]^2]", "1", "2"),
        ("E_{p(x)}[ind(x > 0)]", "1/2", "1"),
    ],
)
def test_shared_draws_leave_every_sample_unbiased(claim, right, wrong):
    uses = {"p": Normal(real(0.0), 1.0)} if "p(" in claim else {}
    declared = "density p(x)\n" if uses else ""
    options = {"bind": uses, "variance_bound": 60.0, "tolerance": 0.25}
    assert check(f"{declared}{claim} = {right}", **options).verdict == "agrees"
    assert check(f"{declared}{claim} = {wrong}", **options).verdict == "disagrees"


def test_what_is_nonlinear_in_an_expectation_is_refused():
    laws = {"p": Normal(real(0.0), 1.0)}
    for claim, what in [
        ("log E_{p(x)}[x^2] >= 0", "log of an expectation"),
        ("1/E_{p(x)}[x^2] >= 0", "quotient by an expectation"),
        ("int_{x}[p(x)] = 1", "an integral names no law"),
        ("E_{p(x)}[x] ~= 0.0", "digits"),
    ]:
        report = check(f"density p(x)\n{claim}", bind=laws, variance_bound=1)
        assert report.verdict == "unsupported", claim
        assert what in report.steps[0].message


# --- the forms of divergences, against enumeration --------------------------------------------------------------------

FIRST, SECOND = real([0.2, 0.5, 0.3]), real([0.4, 0.4, 0.2])
MIDDLE = (FIRST + SECOND) / 2
FORMS = {
    "KL(p(x) || q(x))": (FIRST * (FIRST / SECOND).log()).sum(),
    "CE(p(x) || q(x))": -(FIRST * SECOND.log()).sum(),
    "H(p(x))": -(FIRST * FIRST.log()).sum(),
    "JSD(p(x) || q(x))": 0.5 * (FIRST * (FIRST / MIDDLE).log() + SECOND * (SECOND / MIDDLE).log()).sum(),
    "TV(p(x) || q(x))": 0.5 * (FIRST - SECOND).abs().sum(),
    "chi2(p(x) || q(x))": ((FIRST - SECOND) ** 2 / SECOND).sum(),
    "H2(p(x) || q(x))": 1 - (FIRST * SECOND).sqrt().sum(),
    "D_f(p(x) || q(x))": (SECOND * (FIRST / SECOND) ** 3).sum() - 1,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_divergence_is_sampled_as_what_it_is(form):
    laws = {"p": Categorical(FIRST), "q": Categorical(SECOND), "f": lambda t: t**3 + 2.0}
    bind = {name: law for name, law in laws.items() if f"{name}(" in form or (name == "f" and "D_f" in form)}
    declared = "discrete x\n" + "convex f on (0, oo)\n" * ("f" in bind)
    options = {"bind": bind, "variance_bound": 4.0, "tolerance": 0.1, "at": {"v": float(FORMS[form])}}
    assert check(f"{declared}real v\n{form} = v", **options).verdict == "agrees"
    options["at"] = {"v": float(FORMS[form]) + 0.2}
    assert check(f"{declared}real v\n{form} = v", **options).verdict == "disagrees"


def test_mixtures_and_informations_are_sampled():
    declared = "density p(x)\ndensity q(x)\ndiscrete x\nfunction T(x) in [0, 1]\n"
    mixture = f"{declared}let m(x) = (p(x) + q(x))/2\nE_{{m(x)}}[T(x)] = 0.3"
    laws = {"p": Categorical(FIRST), "q": Categorical(SECOND), "T": lambda x: (x == 0).to(torch.float64)}
    assert check(mixture, bind=laws).verdict == "agrees"
    assert check(mixture.replace("0.3", "0.4"), bind=laws).verdict == "disagrees"
    tilted = check(mixture.replace("p(x) + q(x)", "p(x) + 2*q(x)"), bind=laws)
    assert tilted.verdict == "unsupported"
    assert "sum to 3/2" in tilted.steps[0].message
    correlated = {"x": Normal(real(0.0), 1.0), "y|x": lambda x: Normal(x, 1.0), "y": Normal(real(0.0), math.sqrt(2.0))}
    report = check("I_p(x; y) = log(2)/2", bind={"p": correlated}, variance_bound=1, tolerance=0.05)
    assert report.verdict == "agrees"


@settings(max_examples=15)
@given(
    means=st.tuples(st.floats(-2, 2), st.floats(-2, 2)),
    stds=st.tuples(st.floats(0.3, 2), st.floats(0.3, 2)),
    error=st.sampled_from([0.0, 2.0, -2.0]),
)
def test_the_closed_form_of_a_gaussian_divergence(means, stds, error):
    ratio, shift = stds[0] / stds[1], (means[0] - means[1]) / stds[1]
    closed = 0.5 * (ratio**2 - 1) - math.log(ratio) + 0.5 * shift**2
    # log p/q at mean + std u is a quadratic in u, of which the variance is known: 2 a^2 + b^2.
    variance = 0.5 * (ratio**2 - 1) ** 2 + (shift * ratio) ** 2
    tolerance = max(0.1, 0.1 * math.sqrt(variance))
    laws = {"p": Normal(real(means[0]), real(stds[0])), "q": Normal(real(means[1]), real(stds[1]))}
    at = {"v": closed + error * tolerance}
    options = {"bind": laws, "at": at, "variance_bound": 1.001 * variance + 1e-6, "tolerance": tolerance}
    verdict = check("real v\nKL(p(x) || q(x)) = v", **options).verdict
    assert verdict == ("disagrees" if error else "agrees")


# --- what follows from what is bound ---------------------------------------------------------------------------------


def test_marginals_do_not_multiply_to_a_joint_unless_that_is_declared():
    chain = {"x": Normal(real(0.0), 1.0), "y|x": lambda x: Normal(x, 1.0), "z|y": lambda y: Normal(y, 1.0)}
    claim = "{}E_{p(x,y,z)}[log p(x,y,z)] = E_{p(x,y,z)}[log p(x) + log p(y|x) + log p(z|y)]"
    free = check(claim.replace("{}", "density p(x, y, z)\n"), bind={"p": chain}, variance_bound=0)
    assert free.verdict == "unsupported"
    assert "p(x, y, z) does not follow from what is bound" in free.steps[0].message
    declared = claim.replace("{}", "density p(x, y, z) = p(x) p(y|x) p(z|y)\n")
    assert check(declared, bind={"p": chain}, variance_bound=0).verdict == "agrees"
    backwards = "density p(x, y, z) = p(x) p(y|x) p(z|y)\nlog p(y|x) <= log p(y|x,z)"
    report = check(backwards, bind={"p": chain}, at=dict.fromkeys("xyz", 0.0))
    assert report.verdict == "unsupported"  # z is a descendant of y: p(y|x) is not p(y|x,z)


def test_a_conditional_is_the_quotient_of_what_is_bound():
    laws = {"z": prior(), "x|z": likelihood, "x": evidence()}
    at = {"x": POINT, "z": POINT[:2]}
    report = check("log p(z|x) = log q(z|x)", bind={"p": laws, "q": posterior}, at=at, tolerance=1e-9)
    assert report.verdict == "agrees"
    laws["x"] = evidence(0.6)
    assert check("log p(z|x) = log q(z|x)", bind={"p": laws, "q": posterior}, at=at).verdict == "disagrees"


def test_a_prior_is_no_posterior():
    report = check(
        "density p(x, z)\nlog p(z|x) <= 100",
        bind={"p": {"z": prior(), "x|z": likelihood}},
        at={"x": POINT, "z": POINT[:2]},
    )
    assert report.verdict == "unsupported"


def test_objects_that_take_their_slots_by_name():
    class Joint:
        def log_prob(self, x: Tensor, z: Tensor) -> Tensor:
            return prior().log_prob(z).sum(-1) + likelihood(z).log_prob(x).sum(-1)

        def sample(self, shape: torch.Size) -> dict[str, Tensor]:
            z = prior().sample(shape)
            return {"z": z, "x": likelihood(z).sample()}

    class Guide:
        def log_prob(self, z: Tensor, x: Tensor) -> Tensor:
            return guide(x).log_prob(z).sum(-1)

        def sample(self, shape: torch.Size, x: Tensor) -> Tensor:
            return guide(x).sample(() if x.ndim == 2 else shape)

    claim = "E_{p(x,z)}[log p(x,z)] + E_{p(x,z)}[E_{q(z|x)}[log q(z|x)]] <= 0"
    by_name = check(claim, bind={"p": Joint(), "q": Guide()}, variance_bound=20, tolerance=0.5)
    by_law = check(claim, bind={"p": {"z": prior(), "x|z": likelihood}, "q": guide}, variance_bound=20, tolerance=0.5)
    assert by_name.verdict == by_law.verdict == "agrees"
    assert by_name.steps[0].difference == pytest.approx(by_law.steps[0].difference, abs=1e-9)


def test_a_latent_variable_is_drawn_anew_for_each_copy_and_data_need_no_density():
    latent = {"z": Normal(real(0.0), 1.0), "x|z": lambda z: Normal(z, 0.1)}
    options = {"bind": {"p": latent}, "variance_bound": 4.0, "tolerance": 0.3}
    assert check("density p(x)\nE_{x, x' ~ p(x)}[x * x'] = 0", **options).verdict == "agrees"

    class Data:
        rows = real([[0.0, 1.0], [2.0, -1.0]])

        def sample(self, shape: tuple[int, ...]) -> Tensor:
            return self.rows[torch.randint(2, tuple(shape))]

    bind = {"r": Data(), "q": guide, "T": lambda x, z: ((z - 0.4 * x) ** 2).sum(-1)}
    claim = "function T(x, z)\nE_{r(x) q(z|x)}[T(x, z)] = E_{r(x)}[E_{q(z|x)}[T(x, z)]] = 0.32"
    report = check(claim, bind=bind, variance_bound=1.0, tolerance=0.1)
    assert [step.verdict for step in report.steps] == ["agrees", "agrees"]
    assert report.steps[0].pointwise  # a product of laws and nested laws share their draws
    with pytest.raises(ValueError, match="no log_prob"):
        check("E_{r(x)}[log r(x)] <= 0", bind={"r": Data()})


def test_modules_and_single_precision():
    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = torch.nn.Linear(3, 2)

        def forward(self, x: Tensor) -> Independent:
            return Independent(Normal(self.linear(x), 0.5), 1)

    torch.manual_seed(0)
    bind = {"q": Encoder(), "p": {"z": Normal(torch.zeros(2), 1.0)}}
    options = {"bind": bind, "at": {"x": POINT.float()}, "variance_bound": 3.0, "tolerance": 0.1}
    claim = "KL(q(z|x) || p(z)) = CE(q(z|x) || p(z)) - H(q(z|x)) >= 0"
    report = check(claim, **options)
    assert [step.verdict for step in report.steps] == ["agrees", "agrees"]
    assert report.steps[0].pointwise


# --- blocks and seeds -------------------------------------------------------------------------------------------------


def test_samples_depend_on_the_seed_and_the_step_alone_and_leave_the_generators_as_they_were():
    bind = {"p": Normal(real(0.0), 1.0)}
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    first = check("density p(x)\nE_{p(x)}[x] <= 1\nE_{p(x)}[x^2] <= 2", bind=bind, variance_bound=3)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(4)
    alone = check("density p(x)\nE_{p(x)}[x^2] <= 2", bind=bind, variance_bound=3)
    other = check("density p(x)\nE_{p(x)}[x^2] <= 2", bind=bind, variance_bound=3, seed=1)
    assert alone.steps[0].difference == first.steps[1].difference != other.steps[0].difference


def test_one_sided_steps_are_decided_on_their_side():
    options = {"bind": {"p": Normal(real(0.0), 1.0)}, "variance_bound": 1.0, "tolerance": 0.1}
    verdicts = {
        relation: check(f"density p(x)\nE_{{p(x)}}[x] {relation} 1", **options) for relation in "<= < >= > =".split()
    }
    assert {relation: report.verdict for relation, report in verdicts.items()} == {
        "<=": "agrees", "<": "agrees", ">=": "disagrees", ">": "disagrees", "=": "disagrees",
    }  # fmt: skip
    assert "held as <=" in verdicts["<"].steps[0].message


def test_a_slow_model_is_left_undecided_at_the_time_limit():
    class Slow(Unnormalised):
        def sample(self, shape: tuple[int, ...] = ()) -> Tensor:
            torch.linalg.svdvals(torch.ones(120, 120, dtype=torch.float64))
            return self.law.sample(shape)

    laws = {"p": Slow(Normal(real(0.0), 1.0))}
    claim = read("density p(x)\nE_{p(x)}[x] = 0")  # reading has its own share of the time
    report = check(claim, bind=laws, variance_bound=1, tolerance=1e-4, timeout=1.0)
    assert report.verdict == "undecided"
    assert "the time limit of " in report.steps[0].message


# --- mistakes of the one who binds ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bind", "at", "message"),
    [
        ({}, {}, "bind has nothing for p, q; at has nothing for x"),
        ({"p": MODEL, "q": guide, "r": guide}, {"x": POINT, "y": 1.0}, "bind has r, .*; at has y, "),
        ({"p": {"x|z,z": likelihood}, "q": guide}, {"x": POINT}, "'x|z,z', in which a slot stands twice"),
        ({"p": {}, "q": guide}, {"x": POINT}, "at least one law, a conditional of p.* such as 'x, z'"),
        ({"p": {"z|x|z": prior()}, "q": guide}, {"x": POINT}, "key 'z|x|z'"),
        ({"p": MODEL, "q": lambda x: 1 / 0}, {"x": POINT}, r"what is bound to q\(z|x\) failed: ZeroDivisionError"),
        ({"p": MODEL, "q": lambda x: Normal(x[:2].sum(), 1.0)}, {"x": POINT}, r"failed|shape"),
    ],
)
def test_what_is_wrong_with_a_binding_is_said(bind, at, message):
    with pytest.raises(ValueError, match=message):
        check("log p(x) >= E_{q(z|x)}[log p(x,z)]", bind=bind, at=at)


def test_a_mixed_up_axis_is_not_summed_away():
    # The old mistake: a decoder of shape (n, 1) against values of shape (n,) broadcasts to (n, n).
    laws = {"z": Normal(real(0.0), 1.0), "x|z": lambda z: Normal(z.unsqueeze(-1), 1.0)}
    with pytest.raises(ValueError, match=r"has the shape \(2, 2\); expected \(2,\)|a sample of"):
        check("E_{r(x) p(z)}[log p(x|z)] <= 0", bind={"p": laws, "r": Normal(real(0.0), 1.0)}, variance_bound=1)


def test_types_of_arguments_are_checked():
    claim, laws = "density p(x)\nE_{p(x)}[x] = 0", {"p": Normal(real(0.0), 1.0)}
    with pytest.raises(TypeError, match="must be an object with log_prob"):
        check(claim, bind={"p": 3.0})
    with pytest.raises(TypeError, match="bind must be a mapping"):
        check(claim, bind=[Normal(0.0, 1.0)])
    with pytest.raises(ValueError, match="tolerance must be a positive number"):
        check(claim, bind=laws, tolerance=0.0)
    with pytest.raises(ValueError, match="variance_bound must be a non-negative number"):
        check(claim, bind=laws, variance_bound=-1.0)
    with pytest.raises(ValueError, match="variance_bound has 2 entries for 1 steps"):
        check(claim, bind=laws, variance_bound=[1.0, 2.0])
    with pytest.raises(ValueError, match="at says how models are sampled, and none are given"):
        check(claim, at={"x": 1.0})
    with pytest.raises(ValueError, match="must be one number of its declared domain"):
        check("positive s\nE_{p(x)}[x] <= s", bind=laws, at={"s": -1.0})


def test_samples_that_are_not_finite_are_no_evidence():
    laws = {"p": Normal(real(0.0), 1.0), "T": lambda x: 1 / (x - x)}
    report = check("function T(x)\nE_{p(x)}[T(x)] >= 0", bind=laws, variance_bound=1)
    assert report.verdict == "unsupported"
    assert "not finite" in report.steps[0].message


# --- kept apart ------------------------------------------------------------------------------------------------------


def test_what_is_sampled_is_never_proved_or_refuted():
    assert set(MODEL_VERDICTS) & set(VERDICTS) == {"unsupported"}
    report = check("density p(x)\nE_{p(x)}[1] = 1", bind={"p": Normal(real(0.0), 1.0)})
    assert report.verdict == "agrees"
    assert "computed, not sampled" in str(report)
    for item in (report, report.steps[0]):
        with pytest.raises(TypeError, match="no truth value"):
            bool(item)
    assert check("log p(x) >=", bind={}).verdict == "unsupported"


def test_without_models_torch_is_not_loaded():
    code = "import sys, proofs; proofs.check('KL(p(x) || q(x)) >= 0'); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.cuda
def test_models_on_a_device_agree_there():
    point = POINT.cuda()
    loading = LOADING.cuda()
    laws = {
        "z": Independent(Normal(torch.zeros(2, dtype=torch.float64, device="cuda"), 1.0), 1),
        "x|z": lambda z: Normal(z @ loading.T, NOISE),
        "x": MultivariateNormal(evidence().loc.cuda(), evidence().covariance_matrix.cuda()),
    }
    options = {"at": {"x": POINT}, "device": "cuda", "variance_bound": 5.0}
    state = torch.cuda.get_rng_state()
    bind = {"p": laws, "q": guide}
    assert check("log p(x) >= E_{q(z|x)}[log p(x,z) - log q(z|x)]", bind=bind, **options).verdict == "agrees"
    wrong = {"p": laws, "q": lambda x: Unnormalised(guide(x))}
    options["tolerance"] = 0.05
    assert check("E_{q(z|x)}[p(x,z)/q(z|x)] = p(x)", bind=wrong, **options).verdict == "disagrees"
    assert torch.equal(torch.cuda.get_rng_state(), state)
    assert point.device.type == "cuda"


def test_a_sampler_says_what_it_was_given():
    with pytest.raises(ValueError, match="block_size must be at least 1"):
        Sampler(bind={}, block_size=0)
    with pytest.raises(ValueError, match="bind has the key 'a b'"):
        Sampler(bind={"a b": 1})
