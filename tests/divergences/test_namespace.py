"""Dtype, shape, device and library rules, and the errors of those who break them, for every public function."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import divergences
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

ELEMENTWISE: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "kl_gaussian": (kl_gaussian, ("mean_q", "std_q", "mean_p", "std_p")),
    "kl_gaussian_logvar": (kl_gaussian_logvar, ("mean_q", "logvar_q", "mean_p", "logvar_p")),
    "log_normal_log_density": (log_normal_log_density, ("x", "mean", "std")),
}
SHAPES = [((3,), (2, 1)), ((3,), (3, 1)), ((), (3,)), ((3,), ()), ((2, 0), (1,)), ((4, 1, 3), (2, 1))]
LIBRARIES: dict[str, Callable[[Any], Any]] = {"numpy": np.asarray, "torch": torch.tensor}


def values(*shape: int, dtype: Any = np.float64) -> np.ndarray:
    return np.random.default_rng(math.prod(shape) + len(shape)).uniform(0.5, 2, shape).astype(dtype)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize(("first", "second"), SHAPES)
def test_shapes_broadcast_and_agree_with_one_call_an_element(
    name: str, library: str, first: tuple[int, ...], second: tuple[int, ...]
) -> None:
    function, names = ELEMENTWISE[name]
    arrays = [values(*(first if i % 2 == 0 else second)) for i in range(len(names))]
    result = np.asarray(function(*(LIBRARIES[library](array) for array in arrays)))
    expected = np.broadcast_shapes(first, second)
    assert result.shape == expected
    rows = [np.broadcast_to(array, expected) for array in arrays]
    for index in np.ndindex(expected):
        assert result[index] == pytest.approx(function(*(float(row[index]) for row in rows)), rel=1e-14)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_shapes_that_do_not_broadcast_are_listed(name: str) -> None:
    function, names = ELEMENTWISE[name]
    arrays = [values(3), values(2)] + [1.0] * (len(names) - 2)
    with pytest.raises(ValueError, match=rf"shapes must broadcast, got {names[0]} \(3,\), {names[1]} \(2,\)"):
        function(*arrays)


def test_the_result_has_the_promoted_dtype_of_the_floating_arguments() -> None:
    single, double, integer = values(3, dtype=np.float32), values(3), np.array([1, 2, 3])
    single_cases = [
        (single, 1),
        (single, 1.5),
        (single, integer),
        (integer, single),
        (single, [1, 2, 3]),
        (single, True),
    ]
    double_cases = [(single, double), (integer, integer), (integer, 2), (1, 2), ([1.0, 2.0], 1), (0, Fraction(1, 3))]
    cases: dict[Any, list[tuple[Any, Any]]] = {np.float32: single_cases, np.float64: double_cases}
    for dtype, arguments in cases.items():
        for pair in arguments:
            assert kl_gaussian(*pair).dtype == dtype, pair
    assert kl_gaussian(single, np.float64(2)).dtype == np.float64  # numpy scalars are numpy's, as in numpy
    assert isinstance(kl_gaussian(0.0, 1.0), float)
    assert entropy_gaussian(Fraction(1, 3)) == entropy_gaussian(1 / 3)


@pytest.mark.skipif(np.finfo(np.longdouble).bits == 64, reason="long double is double here")
def test_wider_dtypes_are_refused_rather_than_computed_to_half_their_digits() -> None:
    with pytest.raises(TypeError, match=r"mean_q: dtype \w+ is wider than float64"):
        kl_gaussian(np.longdouble(1), 1.0)


def test_torch_follows_its_own_default_dtype_and_takes_weak_numbers() -> None:
    integers, single, double = (
        torch.tensor([1, 2]),
        torch.tensor([1.0, 2.0]),
        torch.tensor([1.0, 2.0], dtype=torch.float64),
    )
    assert kl_gaussian(integers, integers).dtype == torch.get_default_dtype()
    assert kl_gaussian(single, double).dtype == torch.float64
    assert kl_gaussian(single, integers).dtype == torch.float32
    for weak in (2, 2.5, np.float64(2.5), Fraction(5, 2), [1.0, 2.0]):
        assert kl_gaussian(single, weak).dtype == torch.float32
    assert kl_gaussian(torch.tensor(1.0), 1.0).shape == ()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_single_and_rounded_once(dtype: torch.dtype) -> None:
    mean, std = torch.tensor([0.25, 100.0], dtype=dtype), torch.tensor([1.5, 0.01], dtype=dtype)
    result = kl_gaussian(mean, std)
    assert result.dtype == dtype
    assert torch.equal(result, kl_gaussian(mean.float(), std.float()).to(dtype))
    assert kl_gaussian(np.float16([1.0]), np.float16([2.0])).dtype == np.float16


def test_numbers_that_the_dtype_cannot_hold_are_errors() -> None:
    with pytest.raises(ValueError, match=r"std_q must fit float32, got 1e\+300"):
        kl_gaussian(np.float32(1), 1e300)
    with pytest.raises(ValueError, match=r"std_q must fit torch\.float32, got 1e-60"):
        kl_gaussian(torch.tensor(1.0), 1e-60)
    with pytest.raises(ValueError, match="mean_q must fit float64"):
        kl_gaussian(10**400, 1.0)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (np.zeros(3), torch.ones(3), "from one array library, got mean_q from numpy, std_q from torch"),
        (torch.zeros(3), np.ones(3), "from one array library, got mean_q from torch, std_q from numpy"),
        ("a", 1.0, r"mean_q must be an array or a real number, got 'a' of type str"),
        (0.0, None, r"std_q must be an array or a real number, got None"),
        (1j, 1.0, r"mean_q must be an array or a real number, got 1j"),
        (np.zeros(2, complex), 1.0, r"mean_q must be real, got dtype complex128"),
        (torch.zeros(2, dtype=torch.complex64), 1.0, r"mean_q must be real, got dtype torch\.complex64"),
        (np.array(["x"]), 1.0, r"mean_q must be real, got dtype"),
        (np.array([None]), 1.0, r"mean_q must be real, got dtype object"),
        ([torch.zeros(2)], 1.0, r"mean_q must be an array or hold real numbers, got an item of type Tensor"),
    ],
)
def test_what_is_no_real_array_of_one_library_is_a_type_error(first: Any, second: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        kl_gaussian(first, second)


def test_ragged_lists_are_value_errors() -> None:
    with pytest.raises(ValueError, match=r"mean_q must be rectangular, got the ragged list \[\[1\], \[1, 2\]\]"):
        kl_gaussian([[1], [1, 2]], 1.0)


def test_devices_never_mix() -> None:
    meta = torch.ones(3, device="meta")
    with pytest.raises(ValueError, match="arguments must be on one device, got mean_q on cpu and std_q on meta"):
        kl_gaussian(torch.zeros(3), meta)
    # On a device whose values cannot be read nothing is checked, and shape, dtype and device are those of the result.
    result = kl_gaussian(meta, 2.0)
    assert (result.device.type, result.shape, result.dtype) == ("meta", (3,), torch.float32)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_agrees_with_the_cpu_and_stays_on_its_device() -> None:
    mean, std = torch.tensor(values(1000)), torch.tensor(values(1000) * (1 + 1e-8))
    result = kl_gaussian(mean.cuda(), std.cuda(), 1.0, 1.5)
    assert result.is_cuda
    torch.testing.assert_close(result.cpu(), kl_gaussian(mean, std, 1.0, 1.5), rtol=16 * 2.0**-52, atol=0)
    with pytest.raises(ValueError, match="on one device"):
        kl_gaussian(mean.cuda(), std)
    with pytest.raises(ValueError, match=r"std_q must be positive and finite, got -1\.0 at index 1"):
        kl_gaussian(mean.cuda()[:2], torch.tensor([1.0, -1.0], dtype=torch.float64, device="cuda"))


INVALID = [
    ("kl_gaussian", 1, -1.0, "std_q must be positive and finite, got -1.0"),
    ("kl_gaussian", 1, 0.0, "std_q must be positive and finite, got 0.0"),
    ("kl_gaussian", 3, math.inf, "std_p must be positive and finite, got inf"),
    ("kl_gaussian", 0, -math.inf, "mean_q must be finite, got -inf"),
    ("kl_gaussian", 2, math.inf, "mean_p must be finite, got inf"),
    ("kl_gaussian_logvar", 3, math.inf, "logvar_p must be finite, got inf"),
    ("log_normal_log_density", 2, -2.0, "std must be positive and finite, got -2.0"),
]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(("name", "position", "value", "message"), INVALID)
def test_values_outside_their_domain_are_named_with_their_place(
    name: str, position: int, value: float, message: str, library: str
) -> None:
    function, names = ELEMENTWISE[name]
    arguments: list[Any] = [1.0] * len(names)
    arguments[position] = value
    with pytest.raises(ValueError, match=f"^{message}$"):
        function(*arguments)
    column = np.full((2, 3), 1.0)
    column[1, 0] = math.nan  # hides a negative value from a minimum, and is itself no error
    column[1, 2] = value
    arguments[position] = LIBRARIES[library](column)
    with pytest.raises(ValueError, match=rf"^{message} at index \(1, 2\)$"):
        function(*arguments)
    # Unvalidated, the same value gives NaN, and the others what they are.
    result = np.asarray(function(*arguments, validate=False))
    np.testing.assert_array_equal(np.isnan(result), [[False] * 3, [True, False, True]])


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_nan_gives_nan_where_it_stands_and_nowhere_else(name: str, library: str) -> None:
    function, names = ELEMENTWISE[name]
    for position in range(len(names)):
        arrays = [values(3) for _ in names]
        arrays[position][1] = math.nan
        result = np.asarray(function(*(LIBRARIES[library](array) for array in arrays)))
        np.testing.assert_array_equal(np.isnan(result), [False, True, False])
    assert math.isnan(function(*[math.nan] * len(names)))
    assert math.isnan(entropy_gaussian(math.nan))


@settings(deadline=None, max_examples=60)
@given(st.tuples(st.floats(), st.floats(), st.floats(), st.floats()))
def test_any_floats_give_a_non_negative_number_nan_or_an_error_and_no_warning(row: tuple[float, ...]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        unchecked = kl_gaussian(*row, validate=False)
        assert unchecked >= 0 or math.isnan(unchecked)
        valid = all(math.isfinite(value) for value in row) and row[1] > 0 and row[3] > 0
        if valid and abs(row[0] - row[2]) < math.inf:
            assert kl_gaussian(*row) == unchecked
            assert not math.isnan(unchecked)
        elif not any(math.isnan(value) for value in row) and not valid:
            with pytest.raises(ValueError, match="must be"):
                kl_gaussian(*row)
            assert math.isnan(unchecked)


CALLS: list[tuple[Callable[..., Any], tuple[torch.Tensor, ...]]] = [
    (kl_gaussian, (torch.tensor([0.1, 2.0]), torch.tensor([1.0, 0.1]))),
    (kl_gaussian_logvar, (torch.tensor([0.1, 2.0]), torch.tensor([1e-4, -3.0]))),
    (kl_gaussian_diagonal, (torch.tensor([0.1, 2.0]), torch.tensor([1.0, 0.1]))),
    (kl_gaussian_full, (torch.zeros(2), torch.eye(2) + 1e-3, torch.ones(2), torch.eye(2))),
    (entropy_gaussian, (torch.tensor([0.24, 3.0]),)),
    (log_normal_log_density, (torch.tensor([0.1, -2.0]), torch.tensor([1.0, 0.1]))),
    (js_categorical, (torch.tensor([0.25, 0.75]), torch.tensor([0.5, 0.5]))),
    (kl_categorical, (torch.tensor([0.25, 0.75]), torch.tensor([0.5, 0.5]))),
]


@pytest.mark.parametrize(("function", "arguments"), CALLS, ids=lambda value: getattr(value, "__name__", ""))
def test_torch_compile_and_vmap_run_the_whole_function(function: Any, arguments: tuple[torch.Tensor, ...]) -> None:
    expected = function(*arguments)
    compiled = torch.compile(function, backend="eager", fullgraph=True)(*arguments)
    assert torch.equal(compiled, expected)
    batched = torch.func.vmap(function)(*(torch.stack([argument, argument]) for argument in arguments))
    torch.testing.assert_close(batched, torch.stack([expected, expected]))


def test_where_values_cannot_be_read_invalid_ones_give_nan() -> None:
    mean, std = torch.zeros(3), torch.tensor([1.0, -1.0, 2.0])
    for traced in (torch.func.vmap(kl_gaussian), torch.compile(kl_gaussian, backend="eager", fullgraph=True)):
        assert torch.equal(traced(mean, std).isnan(), torch.tensor([False, True, False]))


def test_every_public_function_names_what_it_computes() -> None:
    for name in divergences.__all__:
        function = getattr(divergences, name)
        if inspect.isfunction(function):
            text = function.__doc__ or ""
            for part in (".. math::", "Args:", "Returns:", "Raises:", "Reference:", ">>>"):
                assert part in text, f"{name}: {part}"
            if inspect.signature(function).return_annotation == "Array":
                assert "nats" in text or "in the unit of" in text, name


def test_sparse_tensors_are_refused_by_name():
    with pytest.raises(TypeError, match="mean_q must be a dense tensor"):
        divergences.kl_gaussian(torch.zeros(3).to_sparse(), torch.ones(3))


def test_a_diagonal_gaussian_needs_an_event_axis():
    with pytest.raises(ValueError, match="event axis"):
        divergences.kl_gaussian_diagonal(0.0, 1.0)
