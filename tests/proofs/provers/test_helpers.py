"""The code that ships is the expression that is proved, and a wrong one is told apart."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
import sympy

import divergences
import estimators
from proofs.documents import catalogue, check_blocks
from proofs.language import read
from proofs.markdown import Block
from proofs.outcome import Counterexample, Proof, Unsupported
from proofs.provers.helpers import check_helper

KL = (
    "KL(Normal(mean_q, std_q) || Normal(mean_p, std_p)) "
    "= log(std_p/std_q) + (std_q^2 + (mean_q - mean_p)^2)/(2*std_p^2) - 1/2"
)
ENTROPY = "H(Normal(x; 0, std)) = log(std) + log(2*pi)/2 + 1/2"
LOG_NORMAL = (
    "let X = exp(Y) where Y ~ Normal(mean, std)\n"
    "log pdf_X(x) = -(log(x) - mean)^2/(2*std^2) - log(x) - log(std) - log(2*pi)/2"
)


@pytest.mark.parametrize(
    ("text", "helper"),
    [
        (KL, "divergences.kl_gaussian"),
        (
            "KL(Normal(mean_q, std_q) || Normal(0, 1)) = (std_q^2 + mean_q^2 - 1)/2 - log(std_q)",
            "divergences.kl_gaussian",
        ),
        (ENTROPY, "divergences.entropy_gaussian"),
        (LOG_NORMAL, "divergences.log_normal_log_density"),
    ],
)
def test_helpers_compute_what_is_proved(text: str, helper: str) -> None:
    found = check_helper(read(text), helper)
    assert isinstance(found, Proof)
    assert "its trace is the last expression" in found.details


@pytest.mark.parametrize(
    ("text", "helper"),
    [
        (KL.replace("- 1/2", "- 0.50000001"), "divergences.kl_gaussian"),
        (KL.replace("std_p/std_q", "std_q/std_p"), "divergences.kl_gaussian"),
        (LOG_NORMAL.replace("- log(x) - log(std)", "- log(std)"), "divergences.log_normal_log_density"),
        (ENTROPY.replace("+ 1/2", ""), "divergences.entropy_gaussian"),
    ],
)
def test_other_expressions_are_told_apart(text: str, helper: str) -> None:
    assert isinstance(check_helper(read(text), helper), Counterexample)


def test_a_helper_that_errs_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    right = divergences.kl_gaussian

    def wrong(mean_q: Any, std_q: Any, mean_p: Any = 0.0, std_p: Any = 1.0) -> Any:
        return right(mean_p, std_p, mean_q, std_q)

    monkeypatch.setattr(divergences, "kl_gaussian", wrong)
    assert isinstance(check_helper(read(KL), "divergences.kl_gaussian"), Counterexample)


@pytest.mark.parametrize(
    ("text", "helper", "message"),
    [
        (KL.replace("mean_q", "mu"), "divergences.kl_gaussian", "needs mean_q"),
        (KL, "divergences.entropy_gaussian", "needs std"),
        (KL.replace("=", "<="), "divergences.kl_gaussian", "chain of equalities"),
        (
            "H(Normal(0, std)) = log(std) + temperature\nreal temperature",
            "divergences.entropy_gaussian",
            "temperature",
        ),
    ],
)
def test_what_does_not_fit_is_said(text: str, helper: str, message: str) -> None:
    with pytest.raises(Unsupported, match=message):
        check_helper(read(text), helper)


# --- everything that ships --------------------------------------------------------------------------------------------

HELD = [block for block in catalogue() if block.helper]
Wrong = Callable[[Callable[..., Any]], Callable[..., Any]]
PLANTED: dict[str, Callable[[Any], Any]] = {
    "a flipped sign": lambda value: -value,
    "a lost factor": lambda value: 2 * value,
    "a small constant": lambda value: value + sympy.Rational(1, 10**12),
}


def plant(block: Block, change: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the function that a block names return something else."""
    module, _, name = block.helper.partition("(")[0].rpartition(".")
    right = getattr(importlib.import_module(module), name)

    @wraps(right)
    def wrong(*args: Any, **kwargs: Any) -> Any:
        return change(right(*args, **kwargs))

    monkeypatch.setattr(importlib.import_module(module), name, wrong)


@pytest.mark.parametrize("error", PLANTED)
@pytest.mark.parametrize("block", HELD, ids=lambda block: block.name)
def test_a_planted_error_is_caught_in_everything_that_ships(
    block: Block, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(block, PLANTED[error], monkeypatch)
    assert isinstance(check_helper(read(block.text), block.helper, num_points=3), Counterexample)


def named(name: str) -> Block:
    return next(block for block in HELD if block.name == name)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("gaussian-kl-diagonal", lambda f: lambda mean_q, std_q, mean_p, std_p: f(mean_q[::-1], std_q, mean_p, std_p)),
        ("gaussian-kl-full", lambda f: lambda mean_q, cov_q, mean_p, cov_p: f(mean_q, cov_p, mean_p, cov_q)),
        ("gaussian-kl-full", lambda f: lambda mean_q, cov_q, mean_p, cov_p: f(mean_q[::-1], cov_q, mean_p, cov_p)),
        ("categorical-kl", lambda f: lambda p, q: f(q, p)),
        ("categorical-kl-logits", lambda f: lambda p, q, logits=False: f(q, p, logits=logits)),
        ("jsd-logits", lambda f: lambda p, q, logits=False: f(p[::-1], q, logits=logits)),
        ("iwae-estimator", lambda f: lambda log_weights: f(log_weights[:2])),
        ("elbo-estimator", lambda f: lambda log_weights: f([*log_weights, 0])),
    ],
)
def test_a_permuted_or_missing_entry_is_caught(name: str, change: Wrong, monkeypatch: pytest.MonkeyPatch) -> None:
    block = named(name)
    module, _, function = block.helper.partition("(")[0].rpartition(".")
    wrong = change(getattr(importlib.import_module(module), function))
    monkeypatch.setattr(importlib.import_module(module), function, wrong)
    assert isinstance(check_helper(read(block.text), block.helper), Counterexample)


def test_an_error_in_a_branch_that_no_point_reaches_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    block, right = named("log-mean-exp"), estimators.log_mean_exp

    def wrong(log_weights: Any) -> Any:
        return sympy.Piecewise((right(log_weights), log_weights[0] < 10**60), (0, True))

    monkeypatch.setattr(estimators, "log_mean_exp", wrong)
    assert check_helper(read(block.text), block.helper) is None
    (outcome,) = check_blocks([block])
    assert outcome.report.verdict == "proved"
    assert outcome.helper is not None
    assert outcome.helper.verdict == "open"
    assert not outcome.as_expected


def test_a_law_that_is_not_normalised_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(p: Any, q: Any) -> Any:
        return sum(a * sympy.log(a / b) for a, b in zip(p[:-1], q[:-1], strict=True))

    monkeypatch.setattr(divergences, "kl_categorical", wrong)
    assert isinstance(check_helper(read(named("categorical-kl").text), "divergences.kl_categorical"), Counterexample)


def test_code_that_relies_on_normalised_laws_is_right_on_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def plain(p: Any, q: Any) -> Any:
        return sum(a * sympy.log(a / b) for a, b in zip(p, q, strict=True))

    monkeypatch.setattr(divergences, "kl_categorical", plain)
    assert isinstance(check_helper(read(named("categorical-kl").text), "divergences.kl_categorical"), Proof)


# --- what the code is called with ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "helper", "message"),
    [
        ("real log_weights_1\nreal log_weights_3\nlog_weights_1 = log_weights_3", "estimators.elbo", "log_weights_2"),
        ("real log_weights\nlog_weights = log_weights", "estimators.elbo", "does not run on symbols: axis"),
        (
            named("gaussian-kl-full").text.replace("cov_q_12", "side_q"),
            "divergences.kl_gaussian_full",
            "cov_q_12 is not one of them",
        ),
        (
            named("gaussian-kl-full").text.replace("cov_q_12", "cov_q_012"),
            "divergences.kl_gaussian_full",
            "cov_q_012 is no entry of a matrix|cov_q_12 is not one of them",
        ),
        ("sum_{x}[p(x)*log(p(x)/q(x))] = sum_{x}[p(x)*log(p(x)/q(x))]", "divergences.kl_gaussian", "needs mean_q"),
        ("KL(p(x) || q(x)) = KL(p(x) || q(x))", "divergences.kl_categorical", "counted variable"),
        ("mass p(x)\nH(p(x)) = H(p(x))", "divergences.kl_categorical", "written out where it is"),
        ("mass p(x)\nlog p(x) = log p(x)", "divergences.kl_categorical", "written out where it is"),
        ("mass p(x, y)\nsum_{x}[p(x)] = sum_{x}[p(x)]", "divergences.kl_categorical", "one counted variable"),
        ("mass p(x) >= 0\nsum_{x}[p(x)] = sum_{x}[p(x)]", "divergences.kl_categorical", "may vanish"),
    ],
)
def test_what_cannot_be_passed_is_said(text: str, helper: str, message: str) -> None:
    with pytest.raises(Unsupported, match=message):
        check_helper(read(text), helper)


def test_a_symmetric_matrix_may_be_given_by_either_triangle() -> None:
    lower = named("gaussian-kl-full").text.replace("cov_q_12", "cov_q_21").replace("cov_p_12", "cov_p_21")
    assert isinstance(check_helper(read(lower), "divergences.kl_gaussian_full"), Proof)


def test_a_definition_may_be_an_argument() -> None:
    text = "let std_q = exp(logvar/2)\nKL(Normal(0, exp(logvar/2)) || Normal(0, 1)) = (exp(logvar) - 1 - logvar)/2"
    text = "let mean_q = 0\n" + text
    assert isinstance(check_helper(read(text), "divergences.kl_gaussian"), Proof)
    assert isinstance(check_helper(read(text.replace("logvar/2", "logvar")), "divergences.kl_gaussian"), Counterexample)


@pytest.mark.parametrize(
    "helper", ["divergences.kl_categorical(axis=True)", "divergences.kl_categorical(nothing=True)"]
)
def test_only_options_that_are_true_or_false_are_set(helper: str) -> None:
    with pytest.raises(ValueError, match="has no option"):
        check_helper(read(named("categorical-kl").text), helper)


@pytest.mark.parametrize(("text", "verdict"), [(KL, "proved"), (KL.replace("- 1/2", "+ 1/2"), "unsupported")])
def test_a_helper_rests_on_proved_steps(text: str, verdict: str) -> None:
    expect = ("proved",) if verdict == "proved" else ("refuted",)
    (outcome,) = check_blocks([Block("a", text, "f.md", 1, expect=expect, helper="divergences.kl_gaussian")])
    assert outcome.helper is not None
    assert outcome.helper.verdict == verdict
    assert outcome.as_expected == (verdict == "proved")


@pytest.mark.parametrize(
    "helper",
    [
        "os.system",
        "divergences.kl_gaussian()",
        "divergences.kl_gaussian(validate=1)",
        "divergences._kl_std",
        "divergences.nothing",
        "divergences.nowhere.f",
        "kl",
        "divergences.__doc__",
    ],
)
def test_only_public_functions_of_this_library_are_helpers(helper: str) -> None:
    with pytest.raises(ValueError, match="helper must be"):
        check_helper(read(KL), helper)
