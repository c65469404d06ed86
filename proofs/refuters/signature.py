"""What a finite model of a step holds: its spaces, families, functions and numbers, and an axis for each variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from proofs.language import tree as t
from proofs.outcome import Unsupported

DEEPEST = 200
MOST_VARIABLES = 24  # an axis each; numpy has 32
_ARITHMETIC = (t.Add, t.Sub, t.Mul, t.Div, t.Pow, t.Neg, t.Call)


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


def stem_of(variable: t.Variable) -> str:
    """The stem of a variable; a variable that no reader has elaborated is its own."""
    return variable.stem or variable.name


def product_of_families(law: t.Law) -> bool:
    """Whether a law is normalised by its form: a product of families, each variable generated once, without cycles."""
    factors = []
    stack = [law.density]
    while stack:
        top = stack.pop()
        if isinstance(top, t.Mul):
            stack += [top.left, top.right]
        elif isinstance(top, t.Density):
            factors.append(top)
        else:
            return False
    generated = [variable.name for factor in factors for variable in factor.generated]
    if len(set(generated)) != len(generated) or set(generated) != {variable.name for variable in law.generated}:
        return False
    # A factor can be drawn once nothing that it conditions on is still to be drawn; if none can, there is a cycle.
    waiting = factors
    while waiting:
        undrawn = {variable.name for factor in waiting for variable in factor.generated}
        rest = [factor for factor in waiting if undrawn & {variable.name for variable in factor.given}]
        if len(rest) == len(waiting):
            return False
        waiting = rest
    return True


def signature_of(step: t.Step, claim: t.Claim) -> Signature:
    """Read off a step what its finite models hold.

    Raises:
        Unsupported: where the step mentions something that finite measure spaces do not model.
    """
    _refuse_depth(step)
    reader = _Reader(claim)
    for node in t.walk(step):
        reader.collect(node)
    left, right = reader.support(step.left), reader.support(step.right)
    roots = {stem: reader.root(stem) for stem in reader.stems}
    names = reader.variables
    if len(names) > MOST_VARIABLES:
        raise Unsupported(f"the step has {len(names)} variables; finite models are tried up to {MOST_VARIABLES}")
    visible = {roots[stem_of(variable)] for variable in names.values()}
    functions = {name: claim.functions()[name] for name in reader.functions}
    scalars = {name: claim.scalars()[name] for name in reader.scalars}
    ranges = {name: _range(function) for name, function in functions.items()}
    ranges |= {s.name: Interval(s.low, s.high, s.closed, s.integer) for s in scalars.values()}
    return Signature(
        space=roots,
        axes={name: axis for axis, name in enumerate(names, start=1)},
        place={name: roots[stem_of(variable)] for name, variable in names.items()},
        families={name: claim.families()[name] for name in reader.families},
        functions=functions,
        scalars=scalars,
        ranges=ranges,
        counted=frozenset(roots[stem] for stem in (claim.discrete() | reader.summed) if stem in roots),
        located=frozenset(roots[stem] for stem in reader.located),
        hidden=frozenset(roots.values()) - visible,
        free=tuple(name for name in names if name in left | right),
        laws=tuple(dict.fromkeys(law for law in reader.laws if not product_of_families(law))),
        supports=frozenset(reader.supports),
    )


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


class _Reader:
    """One walk over a step: collects its names, unifies spaces, and works out which variables each grid runs over."""

    def __init__(self, claim: t.Claim) -> None:
        self._families, self._functions, self._scalars = claim.families(), claim.functions(), claim.scalars()
        self._parent: dict[str, str] = {}
        self._supports: dict[int, frozenset[str]] = {}
        self.variables: dict[str, t.Variable] = {}
        self.families: dict[str, None] = {}
        self.functions: dict[str, None] = {}
        self.scalars: dict[str, None] = {}
        self.laws: list[t.Law] = []
        self.summed: set[str] = set()
        self.located: set[str] = set()
        self.supports: set[frozenset[str]] = set()

    @property
    def stems(self) -> tuple[str, ...]:
        return tuple(self._parent)

    def root(self, stem: str) -> str:
        self._parent.setdefault(stem, stem)
        while self._parent[stem] != stem:
            stem = self._parent[stem]
        return stem

    def collect(self, node: t.Node) -> None:
        """Register one node; whatever finite models cannot hold is refused here."""
        match node:
            case t.Variable():
                known = self.variables.setdefault(node.name, node)
                if stem_of(known) != stem_of(node):
                    raise Unsupported(f"{node.name} stands for a copy of both {stem_of(known)} and {stem_of(node)}")
                self.root(stem_of(node))
            case t.Density():
                self._collect_density(node)
            case t.Apply():
                self._collect_application(node)
            case t.Symbol():
                if node.name not in self._scalars:
                    raise Unsupported(f"the number {node.name} is not declared")
                self.scalars[node.name] = None
            case t.Law():
                self.laws.append(node)
            case t.Integral(counting=True):
                self.summed.update(stem_of(variable) for variable in node.variables)
            case t.Divergence():
                left, right = ({v.name for v in law.generated} for law in (node.left, node.right))
                if node.kind not in t.DIVERGENCES or left != right:
                    raise Unsupported(f"{node.kind} of laws that generate {sorted(left)} and {sorted(right)}")
            case t.Named():
                raise Unsupported(f"the named law {node.law} fixes its base measure; finite models do not speak of it")
            case t.PushforwardDensity():
                raise Unsupported(f"the density of {node.name} is not one on a finite space")
            case t.Use() | t.IndexSum():
                raise Unsupported("definitions and index sums have to be expanded before a claim is attacked")
            case t.Step() | t.Number() | t.Constant() | t.Expectation() | t.Integral() | t.Entropy():
                pass
            case _ if isinstance(node, _ARITHMETIC):
                pass
            case _:
                raise Unsupported(f"finite models have no {type(node).__name__}")

    def _collect_density(self, node: t.Density) -> None:
        family = self._families.get(node.family)
        if family is None:
            raise Unsupported(f"the family {node.family} is not declared")
        self.families[node.family] = None
        for stem in family.generated + family.given:
            self.root(stem)
        generated = [stem_of(variable) for variable in node.generated]
        given = [stem_of(variable) for variable in node.given]
        filled = generated + given
        if (
            len(set(filled)) != len(filled)
            or not set(generated) <= set(family.generated)
            or not set(filled) <= set(family.generated + family.given)
            or not set(family.given) <= set(given)
        ):
            declared = ", ".join(family.generated) + (" | " + ", ".join(family.given) if family.given else "")
            asked = ", ".join(generated) + (" | " + ", ".join(given) if given else "")
            raise Unsupported(f"{node.family}({declared}) has no density {node.family}({asked})")

    def _collect_application(self, node: t.Apply) -> None:
        function = self._functions.get(node.name)
        if function is None:
            raise Unsupported(f"the function {node.name} is not declared")
        self.functions[node.name] = None
        if len(function.arguments) != len(node.arguments):
            raise Unsupported(f"{node.name} takes {len(function.arguments)} arguments, not {len(node.arguments)}")
        for stem, argument in zip(function.arguments, node.arguments, strict=True):
            if not isinstance(argument, t.Variable):
                raise Unsupported(f"{node.name} is applied to an expression; finite models know it at variables only")
            self._parent[self.root(stem_of(argument))] = self.root(stem)

    def support(self, node: t.Node) -> frozenset[str]:
        """The variables that a node's value depends on; the grid of each subexpression is noted on the way."""
        known = self._supports.get(id(node))
        if known is None:
            known = self._supports[id(node)] = self._support(node)
            self.supports.add(known)
        return known

    def _support(self, node: t.Node) -> frozenset[str]:
        match node:
            case t.Variable():
                self.located.add(stem_of(node))
                return frozenset({node.name})
            case t.Density():
                return frozenset(variable.name for variable in node.generated + node.given)
            case t.Apply():
                return frozenset(a.name for a in node.arguments if isinstance(a, t.Variable))
            case t.Expectation():
                return self._bind(node.law.generated, node.law.density, node.body)
            case t.Integral():
                return self._bind(node.variables, node.body)
            case t.Divergence():
                return self._bind(node.left.generated, node.left.density, node.right.density)
            case t.Entropy():
                return self._bind(node.law.generated, node.law.density)
            case _:
                return frozenset().union(*(self.support(child) for child in t.children(node)))

    def _bind(self, variables: tuple[t.Variable, ...], *bodies: t.Expr) -> frozenset[str]:
        bound = frozenset(variable.name for variable in variables)
        inside = bound.union(*(self.support(body) for body in bodies))
        self.supports.add(inside)
        return inside - bound
