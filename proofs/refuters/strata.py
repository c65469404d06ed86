"""Random models: generic ones, and the special ones at which bounds are tight and careless claims break."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor

import numpy as np

from proofs.language import tree as t
from proofs.outcome import Unsupported
from proofs.refuters.arithmetic import Array
from proofs.refuters.convexity import column_ranges
from proofs.refuters.models import Key, Models, axes_of, keys_of
from proofs.refuters.signature import Interval, Signature

#: Model i of a batch is drawn from stratum i mod 6: generic; laws near a point mass; laws that agree wherever they can
#: (p = q, a guide equal to the posterior); independent slots; constant densities; ratios up to 2^16.
STRATA = ("uniform", "deterministic", "equal", "independent", "flat", "extreme")
_UNIFORM, _DETERMINISTIC, _EQUAL, _INDEPENDENT, _FLAT, _EXTREME = range(len(STRATA))
_LARGEST_END = 2**15

Table = tuple[Array, Array]  # numerators and denominators


def draw(signature: Signature, sizes: Mapping[str, int], count: int, rng: np.random.Generator) -> Models:
    """`count` random models with spaces of these sizes, the strata in turn, reproducible from the generator.

    Args:
        signature: what the models hold.
        sizes: the number of points of each space.
        count: how many models.
        rng: the source of randomness.
    """
    stratum = np.arange(count) % len(STRATA)
    tables: dict[Key, Table] = {}
    for key in keys_of(signature):
        kind, name = key
        shape = (count, *(sizes[space] for space in axes_of(signature, key)))
        by_model = stratum.reshape(count, *[1] * (len(shape) - 1))
        match kind:
            case "weight":
                tables[key] = _weights(name in signature.counted, shape, by_model, rng)
            case "family":
                weights = [tables["weight", space] for space in signature.slots(name)]
                tables[key] = _family(signature.families[name], weights, shape, by_model, rng)
            case "position":
                tables[key] = _positions(name in signature.counted, shape, rng)
            case "convex":
                tables[key] = _convex(signature.convex[name], stratum, rng)
            case "slope":
                tables[key] = draw_values(Interval(), shape, by_model, rng)
            case _:
                tables[key] = draw_values(signature.ranges[name], shape, by_model, rng)
    _tie(signature, tables, np.flatnonzero(stratum == _EQUAL), rng)
    return Models(
        signature, dict(sizes), {k: n for k, (n, _) in tables.items()}, {k: d for k, (_, d) in tables.items()}
    )


def _ratios(shape: tuple[int, ...], stratum: Array, rng: np.random.Generator, *, largest: int = 12) -> Table:
    """Positive rationals: small, or powers of two in the extreme stratum; one for all points in the flat stratum."""
    numerators = rng.integers(1, 9, shape)
    denominators = rng.integers(1, 5, shape)
    powers = rng.integers(-12, largest + 1, shape)
    extreme = stratum == _EXTREME
    numerators = np.where(extreme, 2 ** np.maximum(powers, 0), numerators)
    denominators = np.where(extreme, 2 ** np.maximum(-powers, 0), denominators)
    return _flattened(numerators, stratum), _flattened(denominators, stratum)


def _flattened(table: Array, stratum: Array) -> Array:
    first = table[(slice(None), *[slice(1)] * (table.ndim - 1))]
    return np.where(stratum == _FLAT, first, table)


def _weights(counted: bool, shape: tuple[int, ...], stratum: Array, rng: np.random.Generator) -> Table:
    if counted:
        return np.ones(shape, dtype=np.int64), np.ones(shape, dtype=np.int64)
    return _ratios(shape, stratum, rng)


def _family(
    family: t.Family, weights: list[Table], shape: tuple[int, ...], stratum: Array, rng: np.random.Generator
) -> Table:
    generated = tuple(range(1, 1 + len(family.generated)))
    entries = rng.integers(1, 10, shape)
    entries = np.where(stratum == _EXTREME, 2 ** rng.integers(0, 17, shape), entries)

    noise = rng.random(shape)
    peak = noise == noise.max(axis=generated, keepdims=True)
    entries = np.where(stratum == _DETERMINISTIC, np.where(peak, 10 ** rng.integers(2, 6, shape), 1), entries)

    product = np.ones(shape, dtype=np.int64)
    numerators, denominators = product, product
    for axis in generated:
        along = tuple(n if i in (0, axis) else 1 for i, n in enumerate(shape))
        product = product * rng.integers(1, 6, along)
        numerators = numerators * weights[axis - 1][0].reshape(along)
        denominators = denominators * weights[axis - 1][1].reshape(along)
    entries = np.where(stratum == _INDEPENDENT, product, entries)
    entries = np.where(stratum == _FLAT, numerators, entries)
    if not family.positive:
        null = (rng.random(shape) < 0.35) & (rng.random(shape[:1] + (1,) * (len(shape) - 1)) < 0.6)
        null &= ~null.all(axis=generated, keepdims=True)
        entries = np.where(null, 0, entries)
    return entries, np.where(stratum == _FLAT, denominators, 1)


def _positions(counted: bool, shape: tuple[int, ...], rng: np.random.Generator) -> Table:
    """Distinct points of the line in increasing order; integers where the variable is counted."""
    numerators = rng.integers(-6, 4, (shape[0], 1)) + np.cumsum(rng.integers(1, 5, shape), axis=1)
    denominators = np.broadcast_to(np.int64(1) if counted else rng.integers(1, 4, (shape[0], 1)), shape).copy()
    return numerators, denominators


def draw_values(interval: Interval, shape: tuple[int, ...], stratum: Array, rng: np.random.Generator) -> Table:
    """Rationals in an interval, near and (where they belong to it) at its ends too."""
    low, high = interval.low, interval.high
    width = None if low is None or high is None else high - low
    # Products of two ends and a 17-bit part stay within int64.
    if any(end is not None and max(abs(end.numerator), end.denominator) > _LARGEST_END for end in (low, high, width)):
        raise Unsupported(f"the range from {low} to {high} has ends too large for finite models")
    if interval.integer:
        return _integers(interval, shape, rng)
    at_low = interval.closed[0] & (rng.random(shape) < 0.15)
    at_high = interval.closed[1] & (rng.random(shape) < 0.15)
    if low is not None and width is not None:
        parts = np.where(stratum == _EXTREME, 2 ** rng.integers(2, 17, shape), rng.integers(2, 10, shape))
        part = np.where(stratum == _EXTREME, np.where(rng.random(shape) < 0.5, 1, parts - 1), rng.integers(1, parts))
        part = np.where(at_low, 0, np.where(at_high, parts, part))
        parts, part = _flattened(parts, stratum), _flattened(part, stratum)
        numerators = low.numerator * width.denominator * parts + width.numerator * low.denominator * part
        return numerators, low.denominator * width.denominator * parts
    # No larger than 2^6, so that exponentials of them stay within float64.
    numerators, denominators = _ratios(shape, stratum, rng, largest=6)
    if low is None and high is None:
        sign = _flattened(rng.integers(0, 2, shape) * 2 - 1, stratum)
        return np.where(rng.random(shape) < 0.05, 0, sign * numerators), denominators
    end = low if low is not None else high
    assert end is not None
    step = np.where(at_low | at_high, 0, numerators if low is not None else -numerators)
    return end.numerator * denominators + step * end.denominator, end.denominator * denominators


def _convex(declared: t.Convex, stratum: Array, rng: np.random.Generator) -> Table:
    """Coefficients of convex functions, of which every other one is piecewise linear."""
    columns = []
    for column, interval in enumerate(column_ranges(declared)):
        numerators, denominators = draw_values(interval, stratum.shape, stratum, rng)
        if column == 2:
            numerators = np.where(rng.random(stratum.shape) < 0.5, 0, numerators)
        columns.append((numerators, denominators))
    return np.stack([n for n, _ in columns], axis=1), np.stack([d for _, d in columns], axis=1)


def _integers(interval: Interval, shape: tuple[int, ...], rng: np.random.Generator) -> Table:
    low = None if interval.low is None else ceil(interval.low) + int(not interval.closed[0] and _whole(interval.low))
    high = (
        None if interval.high is None else floor(interval.high) - int(not interval.closed[1] and _whole(interval.high))
    )
    if low is None:
        low = -8 if high is None else high - 16
    high = low + 16 if high is None else min(high, low + 16)
    if low > high:
        raise Unsupported(f"no integer lies between {interval.low} and {interval.high}")
    return rng.integers(low, high + 1, shape), np.ones(shape, dtype=np.int64)


def _whole(value: Fraction) -> bool:
    return value.denominator == 1


def _tie(signature: Signature, tables: dict[Key, Table], models: Array, rng: np.random.Generator) -> None:
    """Make laws agree in the given models: each family that is a conditional of another one becomes that conditional.

    The conditional of g given a subset C of its slots is proportional, for each value of C, to g's masses summed over
    the slots that f lacks; so f's entries are those sums, whatever f generates.
    """
    spaces = {name: signature.families[name].generated + signature.families[name].given for name in signature.families}
    names = sorted(signature.families, key=lambda name: (-len(spaces[name]), len(signature.families[name].given)))
    for position, name in enumerate(names):
        family, slots = signature.families[name], spaces[name]
        sources = [
            other
            for other in names[:position]
            if set(slots) <= set(spaces[other])
            and set(signature.families[other].given) <= set(family.given)
            and (signature.families[other].positive or not family.positive)
        ]
        if not sources or len(models) == 0:
            continue
        source = sources[rng.integers(len(sources))]
        rows = models[rng.random(len(models)) < 0.8]
        entries = tables["family", source][0][rows]
        dropped = tuple(axis for axis, slot in enumerate(spaces[source], start=1) if slot not in slots)
        kept = [slot for slot in spaces[source] if slot in slots]
        entries = entries.sum(axis=dropped).transpose(0, *(1 + kept.index(slot) for slot in slots))
        tables["family", name][0][rows] = entries
    functions = list(signature.functions)
    for position, name in enumerate(functions):
        for other in functions[:position]:
            alike = signature.places(other) == signature.places(name)
            if alike and signature.ranges[other] == signature.ranges[name]:
                rows = models[rng.random(len(models)) < 0.5]
                for part, source_part in zip(tables["function", name], tables["function", other], strict=True):
                    part[rows] = source_part[rows]
