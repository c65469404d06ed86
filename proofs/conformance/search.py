"""The search beyond the grid, and the simplest parameters at which a failure still shows."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from divergences.domains import Domain
from proofs.conformance.grid import Case, Point, tied
from proofs.conformance.implementation import OutsideDomain
from proofs.conformance.report import Finding
from proofs.conformance.target import Target
from proofs.conformance.truth import Undecided

if TYPE_CHECKING:
    from proofs.conformance.divergence import Check

#: Numbers that a person would try first.
SIMPLE = (0.0, 1.0, 2.0, 0.5, 3.0, 0.25, 4.0, 10.0, 0.1, 100.0, 1e-3, 1e3, 1e-8, 1e8)


def run(check: Check, *, examples: int, seed: int) -> None:
    """Adds kinds of failure that the grid has not shown, and makes the parameters of all of them simpler."""
    if examples:
        _explore(check, examples, seed)
    for key, finding in list(check.found.items()):
        check.found[key] = _simplified(check, finding)


def _explore(check: Check, examples: int, seed: int) -> None:
    def is_new(point: Point) -> bool:
        finding = _judged(check, Case("search", point))
        return finding is not None and (finding.kind, finding.dtype) not in check.found

    options = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    try:
        point = find(_points(check.target), is_new, settings=options, random=random.Random(seed))
    except NoSuchExample:
        return
    finding = _judged(check, Case("search", point))
    assert finding is not None
    check.record([finding])
    check.counts[finding.kind, finding.dtype] = 0


@st.composite
def _points(draw: Any, target: Target) -> Point:
    point = {name: draw(_numbers(domain)) for name, domain in target.domains.items()}
    if target.partners and draw(st.booleans()):
        point = tied(target, point)
        for name in target.partners:
            domain, moved = target.domains[name], point[name] * (1 + 2.0 ** -draw(st.integers(1, 52)))
            if domain.low < moved < domain.high and not domain.whole:
                point[name] = moved
    return point


def _numbers(domain: Domain) -> st.SearchStrategy[float]:
    if domain.whole:
        return st.integers(max(1, math.ceil(domain.low)), 1000).map(float)
    if domain.high < math.inf:
        return st.floats(domain.low, domain.high, exclude_min=not domain.low_closed, exclude_max=not domain.high_closed)
    powers = st.floats(-150, 150).map(lambda exponent: 10.0**exponent)
    if domain.low > -math.inf:
        return st.one_of(st.sampled_from([x for x in SIMPLE if x > domain.low]), powers.map(lambda x: domain.low + x))
    return st.one_of(st.sampled_from(SIMPLE), powers, powers.map(lambda x: -x))


def _judged(check: Check, case: Case) -> Finding | None:
    try:
        return check.judge(case)[0]
    except (Undecided, OutsideDomain):
        return None


def _simplified(check: Check, finding: Finding) -> Finding:
    """The same kind of failure, as bad or a tenth off, at simpler numbers: step by step while that gets simpler."""
    if finding.kind == "broadcasting" or "gradient" in finding.kind:
        return finding
    bad_enough = min(0.1, finding.error)
    changed = True
    while changed:
        changed = False
        for point in _simpler_points(check.target, finding):
            other = _judged(check, Case(finding.regime, point, finding.dtype))
            if other is None or (other.kind, other.dtype) != (finding.kind, finding.dtype):
                continue
            if other.error >= bad_enough:
                finding, changed = replace(other, regime=finding.regime), True
                break
    return finding


def _simpler_points(target: Target, finding: Finding) -> Iterator[Point]:
    """Points with a pair of partners moved together, which keeps how far apart they are, or with one number simpler."""
    point = dict(finding.point)
    for second, first in target.partners.items():
        for value in _simpler(point[first], target.domains[first], finding.dtype):
            apart = point[second] - point[first]
            for other in dict.fromkeys(
                (value, _short(value + apart), _short(value * (point[second] / (point[first] or 1))))
            ):
                moved = float(np.array(other, dtype=finding.dtype))
                if _contains(target.domains[second], moved):
                    yield {**point, first: value, second: moved}
    for name in point:
        for value in _simpler(point[name], target.domains[name], finding.dtype):
            yield {**point, name: value}


def _short(value: float) -> float:
    """A number that is 1 up to something small, as the sum of 1 and a power of ten; others as they are."""
    apart = value - 1
    return 1 + float(f"{apart:.0e}") if 0 < abs(apart) < 0.1 else value


def _simpler(value: float, domain: Domain, dtype: str) -> Iterator[float]:
    """Simpler numbers than a value: the well-known ones before it in their list, then its first few digits."""
    known = [float(np.array(x, dtype=dtype)) for x in SIMPLE if _contains(domain, x)]
    yield from known[: known.index(value)] if value in known else known
    if value not in known:
        for places in range(1, 16):
            short = float(np.array(float(f"{value:.{places - 1}e}"), dtype=dtype))
            if short == value:
                return
            if _contains(domain, short):
                yield short


def _contains(domain: Domain, value: float) -> bool:
    above = value >= domain.low if domain.low_closed else value > domain.low
    below = value <= domain.high if domain.high_closed else value < domain.high
    return above and below and (not domain.whole or 1 <= value == int(value)) and math.isfinite(value)
