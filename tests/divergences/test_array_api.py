"""The public functions on a library that has the array API standard and nothing else, as jax and cupy may have.

It refuses in-place tricks by its type rules, implicit conversions to numpy, and every function outside the standard.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from divergences import (
    entropy_gaussian,
    js_categorical,
    kl_categorical,
    kl_gaussian,
    kl_gaussian_diagonal,
    kl_gaussian_full,
    kl_gaussian_logvar,
    log_normal_log_density,
)

strict = pytest.importorskip("array_api_strict", reason="array-api-strict is in the dev extra")

rng = np.random.default_rng(0)
MEAN, STD = rng.normal(size=(3, 4)), np.exp(3 * rng.normal(size=(3, 4)))
ROOT = rng.normal(size=(5, 3, 3))
COV = ROOT @ np.swapaxes(ROOT, -1, -2)
P, Q = rng.dirichlet(np.ones(4), size=3), rng.dirichlet(np.ones(4))

CALLS: list[tuple[Callable[..., Any], tuple[np.ndarray, ...], dict[str, Any]]] = [
    (kl_gaussian, (MEAN, STD), {}),
    (kl_gaussian, (MEAN, STD, MEAN, STD * (1 + 1e-8)), {"validate": False}),
    (kl_gaussian_logvar, (MEAN, np.log(STD)), {}),
    (kl_gaussian_diagonal, (MEAN, STD), {"axis": (0, 1)}),
    (entropy_gaussian, (STD,), {}),
    (log_normal_log_density, (MEAN, MEAN, STD), {}),
    (kl_gaussian_full, (np.zeros(3), COV, np.ones(3), np.eye(3)), {}),
    (kl_gaussian_full, (np.zeros(3), COV, np.zeros(3), COV * (1 + 1e-8)), {"validate": False}),
    (js_categorical, (P, Q), {}),
    (kl_categorical, (P, Q), {"axis": -1}),
    (js_categorical, (np.log(P), np.log(Q)), {"logits": True}),
    (kl_categorical, (np.log(P), np.log(Q)), {"logits": True}),
]


@pytest.mark.parametrize(("function", "arguments", "options"), CALLS)
def test_the_standard_is_enough(function: Any, arguments: tuple[np.ndarray, ...], options: dict[str, Any]) -> None:
    result = function(*(strict.asarray(argument) for argument in arguments), **options)
    assert isinstance(result, type(strict.asarray(0.0)))
    if function is kl_gaussian:  # NumPy has a faster path, whose values are each within 16 eps of the exact ones
        np.testing.assert_allclose(np.asarray(result), function(*arguments, **options), rtol=32 * np.finfo(float).eps)
    elif function is kl_gaussian_full:  # and a faster substitution: each errs by eps times d and the condition number
        cov = arguments[3]
        rtol = 16 * cov.shape[-1] * float(np.linalg.cond(cov).max()) * np.finfo(float).eps
        np.testing.assert_allclose(np.asarray(result), function(*arguments, **options), rtol=rtol)
    else:
        np.testing.assert_array_equal(np.asarray(result), function(*arguments, **options))


def test_errors_are_the_same() -> None:
    with pytest.raises(ValueError, match=r"std_q must be positive and finite, got -1\.0 at index 1"):
        kl_gaussian(strict.zeros(2), strict.asarray([1.0, -1.0]))
    with pytest.raises(TypeError, match="from one array library, got mean_q from array_api_strict, std_q from numpy"):
        kl_gaussian(strict.zeros(2), np.ones(2))
    with pytest.raises(ValueError, match="cov_q must be positive definite"):
        kl_gaussian_full(strict.zeros(2), -strict.eye(2), strict.zeros(2), strict.eye(2))
    devices = [strict.Device("CPU_DEVICE"), strict.Device("device1")]
    with pytest.raises(ValueError, match=r"arguments must be on one device, got mean_q on .* and std_q on .*device1"):
        kl_gaussian(strict.zeros(2, device=devices[0]), strict.ones(2, device=devices[1]))
    assert kl_gaussian(strict.zeros(2, device=devices[1]), 2.0).device == devices[1]
