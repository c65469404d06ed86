"""The code that ships is the expression that is proved, and a wrong one is told apart."""

from __future__ import annotations

from typing import Any

import pytest

import divergences
from proofs.language import expand, read
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
    found = check_helper(expand(read(text)), helper)
    assert isinstance(found, Proof)
    assert helper in found.details


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
    assert isinstance(check_helper(expand(read(text)), helper), Counterexample)


def test_a_helper_that_errs_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    right = divergences.kl_gaussian

    def wrong(mean_q: Any, std_q: Any, mean_p: Any = 0.0, std_p: Any = 1.0) -> Any:
        return right(mean_p, std_p, mean_q, std_q)

    monkeypatch.setattr(divergences, "kl_gaussian", wrong)
    assert isinstance(check_helper(expand(read(KL)), "divergences.kl_gaussian"), Counterexample)


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
        check_helper(expand(read(text)), helper)


@pytest.mark.parametrize(
    "helper",
    ["os.system", "divergences._kl_std", "divergences.nothing", "divergences.nowhere.f", "kl", "divergences.__doc__"],
)
def test_only_public_functions_of_this_library_are_helpers(helper: str) -> None:
    with pytest.raises(ValueError, match="helper must be"):
        check_helper(expand(read(KL)), helper)
