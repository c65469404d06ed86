"""Parameters where closed forms go wrong: nearly equal, one ulp apart, far offsets, extreme scales."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

MODERATE = st.floats(-1e3, 1e3)
SCALES = st.floats(-3, 3).map(lambda exponent: 10.0**exponent)
EXTREME_SCALES = st.floats(-150, 150).map(lambda exponent: 10.0**exponent)
ULPS = st.integers(-4, 4)


@st.composite
def tiny(draw: st.DrawFn) -> float:
    """A signed number whose size is spread over all magnitudes from 1e-16 to 1/2; 1e-8 squared is eps."""
    size = 10.0 ** draw(st.one_of(st.just(-8.0), st.floats(-16, -0.3)))
    return draw(st.sampled_from([-1.0, 1.0])) * size


def ulps_away(value: float, steps: int) -> float:
    for _ in range(abs(steps)):
        value = math.nextafter(value, math.inf if steps > 0 else -math.inf)
    return value


@st.composite
def near_equal(draw: st.DrawFn) -> tuple[float, float, float, float]:
    """Two Gaussians of which each parameter differs by a tiny relative amount, a few ulps, or not at all."""
    mean, std = draw(MODERATE), draw(SCALES)
    other_mean = draw(
        st.one_of(st.just(mean), tiny().map(lambda d: mean + d * std), ULPS.map(lambda n: ulps_away(mean, n)))
    )
    other_std = draw(
        st.one_of(st.just(std), tiny().map(lambda d: std * (1 + d)), ULPS.map(lambda n: ulps_away(std, n)))
    )
    return mean, std, other_mean, other_std


@st.composite
def offset(draw: st.DrawFn) -> tuple[float, float, float, float]:
    """Means near 1e12 whose difference is of the order of the stds."""
    mean = draw(st.sampled_from([-1e12, 1e12])) * draw(st.floats(0.5, 2))
    return mean, draw(SCALES), mean + draw(st.floats(-4, 4)), draw(SCALES)


@st.composite
def extreme(draw: st.DrawFn) -> tuple[float, float, float, float]:
    """Scales between 1e-150 and 1e150, alike or a thousand orders of magnitude apart in variance."""
    std = draw(EXTREME_SCALES)
    other = draw(st.one_of(EXTREME_SCALES, tiny().map(lambda d: std * (1 + d))))
    return draw(MODERATE) * std, std, draw(MODERATE) * std, other


GAUSSIAN_PAIRS = st.one_of(near_equal(), offset(), extreme(), st.tuples(MODERATE, SCALES, MODERATE, SCALES))


@st.composite
def laws(draw: st.DrawFn, size: int, *, zeros: bool = True) -> np.ndarray:
    """A probability vector over a size, some entries tiny and, where wanted, some zero."""
    weight = st.one_of(st.floats(1e-3, 1), st.floats(-30, 0).map(lambda e: 10.0**e))
    if zeros:
        weight = st.one_of(weight, st.just(0.0))
    weights = np.array(draw(st.lists(weight, min_size=size, max_size=size).filter(lambda w: sum(w) > 0)))
    return weights / weights.sum()


@st.composite
def pairs_of_laws(draw: st.DrawFn, *, zeros: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Two probability vectors: arbitrary, nearly equal, or a few ulps apart."""
    size = draw(st.integers(1, 6))
    p = draw(laws(size, zeros=zeros))
    kind = draw(st.sampled_from(["free", "near", "ulps"]))
    if kind == "free":
        return p, draw(laws(size, zeros=zeros))
    if kind == "ulps":
        return p, np.array([ulps_away(float(a), draw(ULPS)) if a > 0 else 0.0 for a in p])
    q = p * (1 + np.array([draw(tiny()) for _ in range(size)]))
    return p, q / q.sum()
