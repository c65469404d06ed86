"""Implementations with planted errors are caught, each for what is wrong with it; right ones are not."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from rich.console import Console

from divergences import kl_categorical, kl_gaussian
from divergences.families import Exponential, Gamma, Laplace, Normal, Pareto, Uniform
from divergences.kl import kl
from proofs.conformance import (
    ConformanceReport,
    NonConformance,
    OutsideDomain,
    Target,
    assert_divergence,
    check_divergence,
)
from proofs.conformance.report import KINDS

CLAIM = "KL(Normal(mean_q, std_q) || Normal(mean_p, std_p))"


def found(function: Callable[..., Any], target: Any = CLAIM, **options: Any) -> dict[str, Any]:
    report = check_divergence(function, target, search_examples=0, **options)
    return {finding.kind: finding for finding in report.findings}


# --- right ones ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_the_shipped_divergence_has_no_findings(library: str) -> None:
    report = check_divergence(kl_gaussian, CLAIM, library=library, tolerance=64 * np.finfo(np.float32).eps)
    assert report.ok
    assert report.points > 200
    assert report.worst["near-equal"] <= 16 * np.finfo(float).eps


def test_a_pair_of_families_is_a_target() -> None:
    def exponential(rate_p: Any, rate_q: Any) -> Any:
        return kl(Exponential(rate_p), Exponential(rate_q))

    def pareto(scale_p: Any, alpha_p: Any, scale_q: Any, alpha_q: Any) -> Any:
        return kl(Pareto(scale_p, alpha_p), Pareto(scale_q, alpha_q))

    assert_divergence(exponential, (Exponential, Exponential), library="torch", search_examples=20)
    assert_divergence(pareto, (Pareto, Pareto), library="torch", search_examples=20)


def test_a_proved_equality_is_a_target() -> None:
    claim = "KL(Poisson(a) || Poisson(b)) = a*log(a/b) + b - a"

    def divergence(a: Any, b: Any) -> Any:
        return kl(Exponential(a), Exponential(b)) * a

    assert_divergence(divergence, claim, search_examples=0)


def test_names_are_the_functions_own() -> None:
    def other(mu1: Any, s1: Any, mu2: Any, s2: Any) -> Any:
        return kl_gaussian(mu1, s1, mu2, s2)

    names = {"mean_q": "mu1", "std_q": "s1", "mean_p": "mu2", "std_p": "s2"}
    assert check_divergence(other, CLAIM, names=names, search_examples=0).ok
    assert found(other)["error"].got.startswith("TypeError")


# --- wrong ones ------------------------------------------------------------------------------------------------------


def textbook(mean_q: Any, std_q: Any, mean_p: Any, std_p: Any) -> Any:
    return np.log(std_p / std_q) + (std_q**2 + (mean_q - mean_p) ** 2) / (2 * std_p**2) - 0.5


def first_axis(mean_q: Any, std_q: Any, mean_p: Any, std_p: Any) -> Any:
    value = kl_gaussian(mean_q, std_q, mean_p, std_p)
    return np.where(np.asarray(std_q) > 0, value, 0.0).reshape(np.shape(mean_q) if np.ndim(mean_q) else np.shape(value))


def masked(mean_q: Any, std_q: Any, mean_p: Any, std_p: Any) -> Any:
    value = kl_gaussian(mean_q, std_q, mean_p, std_p)
    value[np.asarray(std_q) > 1e300] = np.inf
    return value


def single(mean_q: Any, std_q: Any, mean_p: Any, std_p: Any) -> Any:
    return kl_gaussian(*(np.float32(x) for x in (mean_q, std_q, mean_p, std_p))).astype(np.float64)


def swapped(mean_q: Any, std_q: Any, mean_p: Any, std_p: Any) -> Any:
    return kl_gaussian(mean_p, std_p, mean_q, std_q)


def of_variances(mean_q: Any, std_q: Any, mean_p: Any, std_p: Any) -> Any:
    return kl_gaussian(mean_q, std_q**0.5, mean_p, std_p**0.5)


def zero_by_zero(**p: Any) -> Any:
    return kl_gaussian(**p) * (p["mean_q"] - p["mean_p"]) / (p["mean_q"] - p["mean_p"])


WRONG = {
    "the wrong sign": (lambda **p: -kl_gaussian(**p), "negative"),
    "swapped arguments": (swapped, "wrong value"),
    "variances for deviations": (of_variances, "wrong value"),
    "no factor one half": (lambda **p: 2 * kl_gaussian(**p), "wrong value"),
    "an error of one in a hundred": (lambda **p: 1.01 * kl_gaussian(**p), "wrong value"),
    "the last few digits": (lambda **p: (1 + 1e-6) * kl_gaussian(**p), "lost digits"),
    "cancellation near equality": (textbook, "lost digits"),
    "a mask of one law's shape": (masked, "broadcasting"),
    "one law's shape for both": (first_axis, "broadcasting"),
    "single precision inside": (single, "lost digits"),
    "NaN at equality": (zero_by_zero, "nan"),
    "something at equality": (lambda **p: kl_gaussian(**p) + 1e-30, "nonzero"),
    "squares that overflow": (lambda **p: kl_gaussian(**p) + 0 * p["std_p"] ** 3, "nan"),
    "an exception at one": (lambda **p: kl_gaussian(**p) if (p["std_q"] < 5).all() else 1 / 0, "error"),
    "doubles for floats": (lambda **p: kl_gaussian(**{k: v.astype(np.float64) for k, v in p.items()}), "dtype"),
}


@pytest.mark.parametrize(("function", "kind"), WRONG.values(), ids=WRONG)
def test_planted_errors_are_caught_for_what_they_are(function: Callable[..., Any], kind: str) -> None:
    assert kind in found(function)


def test_a_wrong_support_is_caught() -> None:
    def finite(scale_p: Any, alpha_p: Any, scale_q: Any, alpha_q: Any) -> Any:
        ratio = alpha_q / alpha_p
        return ratio - 1 - np.log(ratio) + alpha_q * np.log(scale_p / scale_q)

    assert found(finite, (Pareto, Pareto))["wrong support"].expected == "inf"


class NoSquare(torch.autograd.Function):
    """kl_gaussian with a derivative of its own, as people write them."""

    @staticmethod
    def forward(ctx: Any, mean: Any, std: Any) -> Any:
        ctx.save_for_backward(mean, std)
        return kl_gaussian(mean.detach(), std.detach())

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        mean, std = ctx.saved_tensors
        return grad * mean, grad * (1 - 1 / std)  # σ − 1/σ is right


WRONG_GRADIENTS = {
    "a derivative that is not one": lambda mean, std: NoSquare.apply(mean, std),
    "no gradient at all": lambda mean, std: kl_gaussian(mean.detach(), std.detach()),
}


@pytest.mark.parametrize("function", WRONG_GRADIENTS.values(), ids=WRONG_GRADIENTS)
def test_wrong_gradients_are_caught(function: Callable[..., Any]) -> None:
    target = "KL(Normal(mean, std) || Normal(0, 1)) = (mean^2 + std^2 - 1)/2 - log(std)"
    assert check_divergence(lambda mean, std: kl_gaussian(mean, std), target, library="torch", search_examples=0).ok
    assert "wrong gradient" in found(function, target, library="torch")


def test_a_gradient_of_nan_at_equality_is_caught() -> None:
    def distance(mean_q: Any, std_q: Any, mean_p: Any, std_p: Any) -> Any:
        shift = torch.sqrt(((mean_q - mean_p) / std_p) ** 2)  # has no derivative at 0
        return kl_gaussian(0.0, std_q, 0.0, std_p) + shift * shift / 2

    assert "nan gradient" in found(distance, library="torch")


def test_the_search_finds_what_the_grid_has_not() -> None:
    def odd(mean_q: Any, std_q: Any, mean_p: Any, std_p: Any) -> Any:
        value = kl_gaussian(mean_q, std_q, mean_p, std_p)
        return np.where(mean_q == 1.0, np.nan, value)

    assert found(odd) == {}
    report = check_divergence(odd, CLAIM, search_examples=100)
    assert [finding.kind for finding in report.findings] == ["nan"]
    assert report.findings[0].count == 0
    assert report.findings[0].point["mean_q"] == 1.0


# --- what is reported ------------------------------------------------------------------------------------------------


def report_of_the_textbook() -> ConformanceReport:
    return check_divergence(textbook, CLAIM, search_examples=0)


def test_failing_parameters_are_simplified() -> None:
    point = next(f for f in report_of_the_textbook().findings if f.kind == "lost digits").point
    assert sum(value in (0.0, 1.0) for value in point.values()) >= 3


def test_every_finding_is_reproduced_by_its_line() -> None:
    printed: list[float] = []
    for finding in report_of_the_textbook().findings:
        code = finding.as_python().replace(f"{textbook.__module__}.", "").replace(f", {textbook.__module__}", "")
        exec(code, {"textbook": textbook, "print": lambda value: printed.append(float(value))})
        assert repr(printed[-1]) == finding.got
        assert finding.expected in finding.code
    assert printed


def test_reports_read_well_and_raise() -> None:
    report = report_of_the_textbook()
    with pytest.raises(NonConformance, match="lost digits") as caught:
        report.raise_if_bad()
    assert isinstance(caught.value, AssertionError)
    assert "import numpy" in str(report)
    assert report.as_python().count("\n") == len(report.findings) - 1
    assert "<table>" in report._repr_html_()
    Console(quiet=True).print(report)
    assert all(str(finding).startswith(KINDS[finding.kind]) for finding in report.findings)
    with pytest.raises(TypeError, match=r"\.ok"):
        bool(report)


def test_points_outside_the_domain_are_passed_over() -> None:
    def narrow(mean_q: Any, std_q: Any, mean_p: Any, std_p: Any) -> Any:
        if (np.abs(mean_q) > 1).any():
            raise OutsideDomain
        return kl_gaussian(mean_q, std_q, mean_p, std_p)

    report = check_divergence(narrow, CLAIM, search_examples=0)
    assert report.ok
    assert report.skipped > 50


def test_nothing_checked_is_not_ok() -> None:
    def never(**_: Any) -> Any:
        raise OutsideDomain

    assert not check_divergence(never, CLAIM, search_examples=0).ok


@pytest.mark.parametrize(
    ("function", "target", "options", "message"),
    [
        (kl_gaussian, CLAIM, {"library": "tensorflow"}, "library must be one of"),
        (kl_gaussian, "KL(p(x) || q(x)) >= 0", {}, "chain of equalities"),
        (kl_categorical, "KL(p(x) || q(x))", {}, "closed form"),
    ],
)
def test_what_cannot_be_checked_is_said(function: Any, target: Any, options: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        check_divergence(function, target, **options)


def test_a_function_is_needed() -> None:
    with pytest.raises(TypeError, match="function must be callable"):
        check_divergence(3, CLAIM)  # type: ignore[arg-type]


# --- certified values ------------------------------------------------------------------------------------------------


def test_targets_are_the_divergences_they_name() -> None:
    """By quadrature of the definition, which nothing here knows of."""
    import mpmath

    from proofs.conformance.target import of_pair

    densities = {
        Normal: lambda x, loc, scale: mpmath.npdf(x, loc, scale),
        Laplace: lambda x, loc, scale: mpmath.exp(-abs(x - loc) / scale) / (2 * scale),
        Gamma: lambda x, a, b: mpmath.exp(a * mpmath.log(b) + (a - 1) * mpmath.log(x) - b * x - mpmath.loggamma(a)),
        Exponential: lambda x, b: b * mpmath.exp(-b * x),
    }
    values = {Normal: (0.25, 1.5), Laplace: (-0.5, 0.75), Gamma: (2.5, 1.25), Exponential: (0.75,)}
    for first, second in [(Normal, Laplace), (Laplace, Normal), (Gamma, Exponential), (Exponential, Normal)]:
        target = of_pair(first, second)
        point = dict(zip(target.domains, (*values[first], *values[second]), strict=True))
        p, q = (lambda x, law=law: densities[law](x, *values[law]) for law in (first, second))
        ends = [0, 1, 40] if first in (Gamma, Exponential) else [-40, -0.5, 0.25, 40]
        with mpmath.workdps(30):
            truth = mpmath.quad(lambda x, p=p, q=q: p(x) * mpmath.log(p(x) / q(x)) if p(x) > 0 else mpmath.mpf(0), ends)
            assert abs(truth - mpmath.mpf(float(target.value(point)))) < 1e-10


def test_infinities_and_zeros_of_formulas_have_their_limits() -> None:
    import sympy

    from proofs.conformance.truth import Undecided, certified

    x, y = sympy.symbols("x y")
    assert certified(x * sympy.log(x / y), {x: 0.0, y: 0.0}) == 0
    assert certified(x * sympy.log(x / y), {x: 0.5, y: 0.0}) == math.inf
    assert certified(-x * sympy.log(x), {x: 1.0}) == 0
    with pytest.raises(Undecided):
        certified(sympy.log(x) - sympy.log(y), {x: 0.0, y: 0.0})
    with pytest.raises(Undecided):
        certified(sympy.log(x), {x: -1.0})
    assert Target("t", {}, sympy.oo).value({}) == math.inf


def test_a_claim_that_ends_in_a_formula_is_held_to_nearly_equal_laws_as_well() -> None:
    def textbook(a: Any, b: Any) -> Any:
        return a * np.log(a / b) + b - a

    report = check_divergence(textbook, "KL(Poisson(a) || Poisson(b)) = a*log(a/b) + b - a")
    assert "lost digits" in {finding.kind for finding in report.findings}


def test_no_function_is_blamed_where_there_are_no_such_laws() -> None:
    def right(low_p: Any, high_p: Any, low_q: Any, high_q: Any) -> Any:
        return kl(Uniform(low_p, high_p), Uniform(low_q, high_q))

    assert not check_divergence(right, (Uniform, Uniform)).findings
