"""What a finite model of a step holds: its spaces, families, functions and numbers, and an axis for each variable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from proofs.language import tree as t
from proofs.outcome import Unsupported
from proofs.refuters.laws import product_of_families, stem_of
from proofs.refuters.names import Names

DEEPEST = 200
MOST_VARIABLES = 24  # an axis each; numpy has 32


@dataclass(frozen=True)
class Interval:
    """Where the values of a function or a free number lie; a `None` end is unbounded."""

    low: Fraction | None = None
    high: Fraction | None = None
    closed: tuple[bool, bool] = (False, False)
    integer: bool = False

    def __contains__(self, value: Fraction) -> bool:
        above = self.low is None or value > self.low or (self.closed[0] and value == self.low)
        below = self.high is None or value < self.high or (self.closed[1] and value == self.high)
        return above and below and (not self.integer or value.denominator == 1)


@dataclass(frozen=True)
class Signature:
    """Everything that a step talks about, by name.

    Args:
        space: for each stem, the representative of the stems that share its space.
        axes: for each variable's name, its axis in a grid of values; axis 0 runs over models.
        place: for each variable's name, the space that it ranges over.
        families, functions, scalars: the declarations that the step uses.
        ranges: where each function's values and each scalar lie.
        counted: the spaces whose base measure is counting measure.
        located: the spaces whose points are used as numbers.
        hidden: the spaces that no variable of the step ranges over; one point is as good as many there.
        free: the variables that the step leaves free, in order of appearance.
        laws: the laws of the step that are not products of families, and so have yet to be shown normalised.
        supports: for each expression of the step, the variables that it depends on.
        convex: the declared convex and concave functions that the step uses.
        pinned: those of them that a divergence takes with f(1) = 0.
        slopes: (parameter, name) for each family and function with a derivative in a parameter.
        assumptions: what every model has to satisfy, at every point.
    """

    space: Mapping[str, str]
    axes: Mapping[str, int]
    place: Mapping[str, str]
    families: Mapping[str, t.Family]
    functions: Mapping[str, t.Function]
    scalars: Mapping[str, t.Scalar]
    ranges: Mapping[str, Interval]
    counted: frozenset[str]
    located: frozenset[str]
    hidden: frozenset[str]
    free: tuple[str, ...]
    laws: tuple[t.Law, ...]
    supports: frozenset[frozenset[str]]
    convex: Mapping[str, t.Convex]
    pinned: frozenset[str]
    slopes: tuple[tuple[str, str], ...]
    assumptions: tuple[t.Step, ...]

    @property
    def spaces(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.space.values()))

    def slots(self, family: str) -> tuple[str, ...]:
        """The spaces of the family's slots, generated ones first."""
        declared = self.families[family]
        return tuple(self.space[stem] for stem in declared.generated + declared.given)

    def places(self, function: str) -> tuple[str, ...]:
        """The spaces on which the function's arguments live."""
        return tuple(self.space[stem] for stem in self.functions[function].arguments)

    def grid(self, sizes: Mapping[str, int]) -> int:
        """The number of points of the largest grid that an evaluation of the step runs over."""
        tables = [self.slots(name) for name in self.families] + [self.places(name) for name in self.functions]
        grids = [tuple(self.place[name] for name in names) for names in self.supports]
        return max((prod(sizes[space] for space in grid) for grid in tables + grids), default=1)


def signature_of(step: t.Step, claim: t.Claim) -> Signature:
    """Read off a step what its finite models hold.

    Raises:
        Unsupported: where the step mentions something that finite measure spaces do not model.
    """
    _refuse_depth(step)
    reader = Names(claim)
    for node in _parts((step, *claim.assumptions)):
        reader.collect(node)
    if claim.assumptions and reader.differentiated:
        # What is assumed for every value of a parameter holds of derivatives too; a model knows one value.
        raise Unsupported("finite models take no assumptions where a step differentiates")
    left, right = reader.support(step.left), reader.support(step.right)
    for assumption in claim.assumptions:
        reader.support(assumption)
    roots = {stem: reader.root(stem) for stem in reader.stems}
    names = reader.variables
    if len(names) > MOST_VARIABLES:
        raise Unsupported(f"the step has {len(names)} variables; finite models are tried up to {MOST_VARIABLES}")
    visible = {roots[stem_of(variable)] for variable in names.values()}
    families = {name: claim.families()[name] for name in reader.families}
    # A slot that only a declared structure speaks of still carries dependence between the others.
    visible |= {roots[stem] for family in families.values() if family.structure for stem in family.generated}
    functions = {name: claim.functions()[name] for name in reader.functions}
    scalars = {name: claim.scalars().get(name) or t.Scalar(name) for name in reader.scalars}
    ranges = {name: _range(function) for name, function in functions.items()}
    ranges |= {s.name: Interval(s.low, s.high, s.closed, s.integer) for s in scalars.values()}
    return Signature(
        space=roots,
        axes={name: axis for axis, name in enumerate(names, start=1)},
        place={name: roots[stem_of(variable)] for name, variable in names.items()},
        families=families,
        functions=functions,
        scalars=scalars,
        ranges=ranges,
        counted=frozenset(roots[stem] for stem in (claim.discrete() | reader.summed) if stem in roots),
        located=frozenset(roots[stem] for stem in reader.located),
        hidden=frozenset(roots.values()) - visible,
        free=tuple(name for name in names if name in left | right),
        laws=tuple(dict.fromkeys(law for law in reader.laws if not product_of_families(law))),
        supports=frozenset(reader.supports),
        convex={name: claim.convex()[name] for name in reader.convex},
        pinned=_pinned(reader.convex, (claim, step)),
        slopes=tuple(_slopes(reader.differentiated, (*families.values(), *functions.values()))),
        assumptions=claim.assumptions,
    )


def _parts(steps: Iterable[t.Node]) -> Iterator[t.Node]:
    """Everything below the steps, but not the names that are differentiated in."""
    stack = list(steps)
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed([top.body] if isinstance(top, t.Gradient) else list(t.children(top))))


def _pinned(convex: Iterable[str], parts: Iterable[t.Node]) -> frozenset[str]:
    """Those of the convex functions of which a divergence is taken somewhere."""
    names = frozenset(convex)
    if not names:
        return names
    return names & {node.function for part in parts for node in t.walk(part) if isinstance(node, t.Divergence)}


def _slopes(parameters: Iterable[str], declared: Iterable[t.Family | t.Function]) -> Iterator[tuple[str, str]]:
    listed = tuple(declared)
    for parameter in parameters:
        for each in listed:
            if parameter in each.parameters:
                if isinstance(each, t.Family) and not each.positive:
                    raise Unsupported(f"a derivative of {each.name}, which may vanish")
                yield parameter, each.name


def _range(function: t.Function) -> Interval:
    if function.integrable and (function.low is None or function.low < 0):
        return Interval(Fraction(0), function.high, (False, function.closed[1]))
    return Interval(function.low, function.high, function.closed)


def _refuse_depth(node: t.Node) -> None:
    level: list[t.Node] = [node]
    for _ in range(DEEPEST):
        level = list({id(child): child for parent in level for child in t.children(parent)}.values())
        if not level:
            return
    raise Unsupported(f"the step is nested more than {DEEPEST} deep")
