r"""`divergences.kl_gaussian` on float64 on the host, in few passes over blocks that stay in the cache, and on numbers.

With u = σ_q/σ_p and d = u − 1, the divergence is

.. math:: \tfrac12\left(\frac{\Delta}{\sigma_p}\right)^2 + \tfrac12 d^2 + \big(d - \log(1 + d)\big)

Far from equality, |d| ≥ 3/16, it is computed so: u − 1 is exact on [1/2, 2] (Sterbenz), so that the rounding of u,
which enters the square and the logarithm alike, moves the sum by eps·|d| only, and that of the logarithm by as much;
the sum is at least about d². Near equality d is formed from the difference of the deviations, and d − log(1 + d) is
s(d − 2s²Q(s²)) with s = d/(2 + d), log(1 + d) = 2 artanh s and Q(w) = Σ w^k/(2k + 3).

What is not plain (other dtypes, shapes that broadcast, invalid or missing values, overflow) is left to the code
that is written once for all array libraries, which this one is held to by tests. Large tensors of torch that no
gradient, transform or trace follows are read through their memory, as NumPy arrays.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from divergences.libraries import Array, is_torch
from divergences.reading import on_host, truth

#: Elements of a block: nine arrays of them fit a second-level cache.
BLOCK = 16384

#: Where the series takes over from the logarithm.
_EDGE = 0.1875

# 2/(2k + 3) up to the term that is below eps: w^7 · 2/17 ≤ 2^-47 for |s| ≤ 0.1875/1.8125, times 2s³/d² ≤ 1/50.
_SERIES = tuple(2 / (2 * k + 3) for k in range(7))

#: Below this |d| the powers of d itself need fewer terms.
_TINY = 2.0**-9


def kl(mean_q: Array, std_q: Array, mean_p: Array, std_p: Array) -> Array | None:
    """The divergences; None where the arguments or the values are not plain."""
    arguments = mean_q, std_q, mean_p, std_p
    if all(_is_number(x) for x in arguments):
        return _of_numbers(*map(float, arguments))
    if any(is_torch(x) for x in arguments):
        views = [x if _is_number(x) else _memory(x) for x in arguments]
        found = None if any(view is None for view in views) else kl(*views)
        return None if found is None else sys.modules["torch"].from_numpy(found)
    shape = None
    for x in arguments:
        if type(x) is np.ndarray and x.dtype == np.float64 and x.flags.c_contiguous and x.size:
            if shape is not None and x.shape != shape:
                return None
            shape = x.shape
        elif not _is_number(x):
            return None
    if shape is None:
        return None
    size = math.prod(shape)
    flat = [x.reshape(-1) if type(x) is np.ndarray else np.broadcast_to(np.float64(x), (size,)) for x in arguments]
    with np.errstate(all="ignore"):
        value = _of_arrays(*flat)
    return None if value is None else value.reshape(shape)[()]


def _is_number(x: object) -> bool:
    """Whether it is a Python number that a float holds exactly."""
    return type(x) is float or (type(x) is int and abs(x) <= 2**53)


def _memory(tensor: Array) -> np.ndarray | None:
    """A large tensor's memory, where nothing but its values counts: no gradient, tangent, transform or trace."""
    torch = sys.modules["torch"]
    if type(tensor) is not torch.Tensor or tensor.requires_grad or not on_host(tensor):
        return None
    if tensor.numel() <= BLOCK or truth(tensor.reshape(-1)[0] == tensor.reshape(-1)[0]) is None:
        return None
    if torch.autograd.forward_ad.unpack_dual(tensor).tangent is not None:
        return None
    try:
        values: np.ndarray = tensor.numpy()
    except RuntimeError:  # a tensor that torch.func differentiates has no memory of its own
        return None
    return values


def _of_arrays(mean_q: np.ndarray, std_q: np.ndarray, mean_p: np.ndarray, std_p: np.ndarray) -> np.ndarray | None:
    size = std_p.size
    out = np.empty(size)
    scratch = [np.empty(min(BLOCK, size)) for _ in range(4)]
    for start in range(0, size, BLOCK):
        part = slice(start, start + BLOCK)
        block = out[part]
        own = [array[: block.size] for array in scratch]
        if not std_p[part].min() > 0:
            return None
        _block(mean_q[part], std_q[part], mean_p[part], std_p[part], block, *own)
        # A negative std_q leaves a logarithm of NaN; whatever is infinite or missing shows here.
        if not block.max() < math.inf:
            return None
    return out


def _block(
    mean_q: np.ndarray,
    std_q: np.ndarray,
    mean_p: np.ndarray,
    std_p: np.ndarray,
    out: np.ndarray,
    d: np.ndarray,
    square: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
) -> None:
    np.subtract(mean_q, mean_p, out=square)
    np.divide(square, std_p, out=square)
    np.multiply(square, square, out=square)
    np.divide(std_q, std_p, out=a)
    np.subtract(a, 1.0, out=d)
    size = max(float(d.max()), -float(d.min()))
    if size < _EDGE:
        np.subtract(std_q, std_p, out=d)
        np.divide(d, std_p, out=d)
        _near(d, square, size, out, a, b)
        return
    np.log(a, out=a)
    np.subtract(d, a, out=a)
    np.multiply(d, d, out=b)
    b += square
    b *= 0.5
    np.add(a, b, out=out)
    np.abs(d, out=d)
    close = np.flatnonzero(np.less(d, _EDGE))
    if close.size:
        scale = std_p[close]
        excess = (std_q[close] - scale) / scale
        values, *own = (np.empty(close.size) for _ in range(3))
        _near(excess, square[close], _EDGE, values, *own)
        out[close] = values


def _near(d: np.ndarray, square: np.ndarray, size: float, out: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """The sum for |d| ≤ size < 3/16, where square is (Δ/σ_p)²."""
    if size < _TINY:
        # d²(1 − d/3 + d²/4 − ...): as many terms as d has bits.
        a.fill(0.0)
        for coefficient in reversed(_powers(size)):
            a += coefficient
            a *= d
        a *= d
        np.multiply(square, 0.5, out=out)
        out += a
        return
    np.add(d, 2.0, out=a)
    np.divide(d, a, out=a)
    np.multiply(a, a, out=b)
    np.multiply(b, _SERIES[-1], out=out)
    for coefficient in _SERIES[-2:0:-1]:
        out += coefficient
        out *= b
    out += _SERIES[0]
    out *= b
    np.subtract(d, out, out=out)
    out *= a
    np.multiply(d, d, out=b)
    b += square
    b *= 0.5
    out += b


def _powers(size: float) -> list[float]:
    """1, −1/3, 1/4, −1/5, ...: half of d² from the square, half and the rest from d − log(1 + d)."""
    terms = [1.0]
    while size ** len(terms) > 2.0**-54:
        terms.append((-1) ** len(terms) / (len(terms) + 2))
    return terms


def _of_numbers(mean_q: float, std_q: float, mean_p: float, std_p: float) -> Any:
    if not (0 < std_p < math.inf and 0 < std_q < math.inf):
        return None
    z = (mean_q - mean_p) / std_p
    u = std_q / std_p
    if not (u > 0 and u * u < math.inf):
        return None
    d = u - 1
    if abs(d) >= _EDGE:
        value = z * (z / 2) + d * (d / 2) + (d - math.log(u))
    else:
        d = (std_q - std_p) / std_p
        s = d / (2 + d)
        w = s * s
        total = 0.0
        for coefficient in reversed(_SERIES):
            total = total * w + coefficient
        value = z * (z / 2) + d * (d / 2) + s * (d - w * total)
    return np.float64(value) if value < math.inf else None
