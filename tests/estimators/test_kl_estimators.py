"""k1, k2 and k3: values to the last digits, and the mean of every gradient by enumeration."""

from __future__ import annotations

import itertools

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from estimators import k1, k2, k3
from estimators.gradients import KL_GRADIENTS, kl_penalty
from proofs.documents import catalogue

EPS = float(np.finfo(np.float64).eps)
seeds = st.integers(0, 2**31)


@given(st.floats(-50, 50), st.floats(-50, 50) | st.sampled_from([1e-3, 1e-9, 1e-30, 0.0]))
def test_the_third_keeps_its_digits_where_the_densities_are_close(log_q: float, difference: float) -> None:
    log_p = log_q + difference
    with mpmath.workdps(700):
        a = mpmath.mpf(log_p - log_q)
        exact = mpmath.exp(a) - 1 - a
        assert abs(mpmath.mpf(float(k3(log_q, log_p))) - exact) <= 64 * EPS * exact + 5e-324
    assert float(k3(log_q, log_p)) >= 0
    assert float(k1(log_q, log_p)) == log_q - log_p
    assert float(k2(log_q, log_p)) == pytest.approx((log_q - log_p) ** 2 / 2, rel=4 * EPS)


def kl(first: Tensor, second: Tensor) -> Tensor:
    return (first.exp() * (first - second)).sum()


class Setting:
    """Laws on five points, one of them learnt."""

    def __init__(self, seed: int, size: int = 5) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.theta = torch.randn(size, dtype=torch.float64, generator=generator, requires_grad=True)
        self.log_p = torch.randn(size, dtype=torch.float64, generator=generator).log_softmax(0)
        self.log_mu = torch.randn(size, dtype=torch.float64, generator=generator).log_softmax(0)

    @property
    def log_q(self) -> Tensor:
        return self.theta.log_softmax(0)

    def gradient(self, value: Tensor) -> Tensor:
        return torch.autograd.grad(value, self.theta)[0]

    def means(self) -> dict[str, Tensor]:
        """What the table speaks of."""
        reverse = self.gradient(kl(self.log_q, self.log_p))
        forward = self.gradient(kl(self.log_p, self.log_q))
        second = self.gradient((self.log_q.exp() * (self.log_q - self.log_p) ** 2 / 2).sum())
        return {
            "0": torch.zeros_like(self.theta),
            "grad KL(q||p)": reverse,
            "grad KL(p||q)": forward,
            "grad KL(q||p) - grad KL(p||q)": reverse - forward,
            "grad E[k2]": second,
            "grad E[k2] - grad KL(q||p)": second - reverse,
        }


@settings(max_examples=10)
@given(seeds)
@pytest.mark.parametrize("off_policy", [False, True])
@pytest.mark.parametrize(("estimator", "role"), list(KL_GRADIENTS))
def test_the_table_of_gradients_is_true(off_policy: bool, estimator: str, role: str, seed: int) -> None:
    setting = Setting(seed)
    log_mu = setting.log_mu if off_policy else None
    law = (setting.log_mu if off_policy else setting.log_q.detach()).exp()
    penalty = kl_penalty(
        setting.log_q,
        setting.log_p,
        estimator=estimator,
        role=role,
        log_mu=log_mu,
        any_gradient=True,  # type: ignore[arg-type]
    )
    means = setting.means()
    stated = KL_GRADIENTS[estimator, role][0]
    got = setting.gradient(law @ penalty)
    assert torch.allclose(got, means[stated], rtol=1e-11, atol=1e-12)
    # And nothing else in the table is: no two of its entries are the same thing here.
    others = [value for name, value in means.items() if name != stated]
    assert not any(torch.allclose(got, other, rtol=1e-6, atol=1e-9) for other in others)
    expected = {"k1": kl(setting.log_q, setting.log_p), "k3": kl(setting.log_q, setting.log_p)}
    if estimator in expected:
        assert float(law @ penalty.detach()) == pytest.approx(float(expected[estimator].detach()), rel=1e-11)


def test_every_theorem_of_the_table_is_in_the_catalogue() -> None:
    names = {block.name for block in catalogue()}
    assert {theorem for _, theorem in KL_GRADIENTS.values()} <= names


def test_sums_of_token_penalties_leave_something_out() -> None:
    # Two tokens: the penalty of the second depends on a prefix whose law the first token's parameters move.
    generator = torch.Generator().manual_seed(0)
    first = torch.randn(2, dtype=torch.float64, generator=generator, requires_grad=True)
    second = torch.randn(2, 2, dtype=torch.float64, generator=generator)
    target = torch.randn(2, 2, dtype=torch.float64, generator=generator).log_softmax(1)
    q1, q2 = first.log_softmax(0), second.log_softmax(1)
    p1 = torch.tensor([0.3, 0.7], dtype=torch.float64).log()
    pairs = list(itertools.product(range(2), repeat=2))
    joint_q = torch.stack([q1[a] + q2[a, b] for a, b in pairs])
    joint_p = torch.stack([p1[a] + target[a, b] for a, b in pairs])
    law = joint_q.detach().exp()
    exact = torch.autograd.grad(kl(joint_q, joint_p), first, retain_graph=True)[0]
    sequence = torch.autograd.grad(law @ kl_penalty(joint_q, joint_p), first, retain_graph=True)[0]
    assert torch.allclose(sequence, exact, rtol=1e-11, atol=1e-12)
    tokens = torch.stack([kl_penalty(q1[a], p1[a]) for a, _ in pairs])  # the second token's carries no gradient
    assert not torch.allclose(torch.autograd.grad(law @ tokens, first)[0], exact, rtol=1e-3)


def test_wrong_combinations_say_what_they_would_give() -> None:
    setting = Setting(0)
    for (estimator, role), (mean, theorem) in KL_GRADIENTS.items():
        if mean != "grad KL(q||p)":
            with pytest.raises(ValueError, match=rf"has the gradient .* \(theorem: {theorem}\)"):
                kl_penalty(setting.log_q, setting.log_p, estimator=estimator, role=role)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="estimator and role must be one of"):
        kl_penalty(setting.log_q, setting.log_p, estimator="k4")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="log_q must carry a gradient"):
        kl_penalty(setting.log_q.detach(), setting.log_p)
