"""Claims that speak of named laws and of free families: attacked with named laws in the families' place."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import islice

from numpy.random import Generator

from proofs.certifier.points import Point, free_of, points
from proofs.certifier.sides import OneSided, require_closed_form
from proofs.language import tree as t
from proofs.language.text import to_text
from proofs.outcome import Counterexample, Meaningless, Unsupported
from proofs.refuters.confirm import apart
from proofs.refuters.laws import stem_of
from proofs.refuters.parameters import Sides, contradiction, shrunk
from proofs.refuters.stand_ins import KINDS, StandIn, form, substituted

_Numbers = Mapping[t.Family | t.Function, tuple[Fraction, ...]]

#: An enclosure takes milliseconds: no more families than this are tried.
MOST = 60
_COST = 3  # of a choice of laws, in models
_SECONDS = 3.0  # after which no other choice is looked at
_BITS = (16,)  # of accuracy; other laws tell sides further apart, sooner than a longer quadrature of these
_FIRST_FAR = 7  # the first point of `points` whose values are extreme
_POINTS = 2  # of the free names, for each choice of laws
_FAILURES = 16  # in a row, without an enclosure: nothing of this kind has one
_SMALL: dict[str, tuple[Fraction, ...]] = {
    "l": tuple(Fraction(n, d) for n, d in ((0, 1), (1, 1), (-1, 1), (2, 1), (-2, 1), (1, 2), (3, 1))),
    "c": tuple(Fraction(n, d) for n, d in ((0, 1), (1, 1), (-1, 1), (1, 2))),
    "s": tuple(Fraction(n, d) for n, d in ((1, 1), (2, 1), (1, 2), (3, 1))),
    "w": tuple(Fraction(n, d) for n, d in ((0, 1), (1, 2), (1, 4))),
}
#: The kinds of numbers that the first choices after the simplest one vary.
_IN_TURN = ("s", "l", "lc")
_NARROWER = ("real", "positive", "unit")
_FAR = 16  # the largest power of two in far-off laws


def is_mixed(step: t.Step) -> bool:
    """Whether a step speaks of free families, measures or functions beside named laws or derivatives in a variable."""
    nodes = list(t.walk(step))
    free = any(isinstance(node, (t.Density, t.Apply, t.Information)) for node in nodes)
    return free and any(
        isinstance(node, t.Named) or (isinstance(node, t.Gradient) and isinstance(node.wrt, t.Variable))
        for node in nodes
    )


def refute(claim: t.Claim, step: t.Step, *, rng: Generator, tries: int) -> Counterexample | None:
    """Look for named laws (and functions written out) in the place of the free ones at which a step certainly fails.

    Args:
        claim: the claim, expanded.
        step: one of its steps, with named laws.
        rng: draws the laws after the first, simple ones.
        tries: how many models are worth looking at; a choice of laws costs as much as three, and `MOST` are enough.

    Returns:
        The simplest counterexample found, with the laws as `laws`, or None.

    Raises:
        Unsupported: where the claim is about more than families and functions, or no choice has enclosures.
    """
    if claim.assumptions:
        raise Unsupported("named laws in the place of families, under assumptions")
    frame = _Frame(claim, step)
    decided, failures, reason = 0, 0, ""
    deadline = time.thread_time() + _SECONDS
    for count, (numbers, far) in enumerate(islice(frame.choices(rng), min(-(-tries // _COST), MOST)), start=1):
        attack = _Attack(frame, numbers)
        first = _FIRST_FAR if far and free_of(attack.step, attack.claim) else 0
        for point in islice(points(attack.step, attack.claim, salt=str(count)), first, first + _POINTS):
            try:
                sides = attack.sides(point)
            except OneSided:
                continue
            except Meaningless:
                raise
            except Unsupported as error:
                reason, failures = str(error), failures + 1
                continue
            decided += 1
            if sides is not None:
                return _counterexample(attack, point, sides, count)
        if (failures >= _FAILURES and not decided) or time.thread_time() > deadline:
            break
    if not decided:
        raise Unsupported(reason or "the step is defined for no laws that were tried")
    return None


def with_laws(claim: t.Claim, step: t.Step, counterexample: Counterexample) -> t.Step:
    """The step with a counterexample's laws in the place of what is free."""
    frame = _Frame(claim, step)
    return _Attack(frame, {declared: counterexample.tables[declared.name] for declared in frame.forms}).step


class _Frame:
    """What of a step is free, and of which form is what stands in for it."""

    def __init__(self, claim: t.Claim, step: t.Step) -> None:
        self.claim, self.step = claim, step
        families, functions, used = claim.families(), claim.functions(), dict[str, t.Family | t.Function]()
        self.kinds: dict[str, str] = {}
        for node in t.walk(step):
            match node:
                case t.Density(name) | t.Information(name):
                    used[name] = families[name]
                case t.Apply(name) if name in functions:
                    used[name] = functions[name]
                case t.Apply(name) | t.Conjugate(name):
                    raise Unsupported(f"nothing stands in for {name} beside named laws")
                case t.Named():
                    self._limit(stem_of(node.variable), _kind(node))
        for declared in used.values():
            for stem in declared.arguments if isinstance(declared, t.Function) else declared.generated + declared.given:
                self.kinds.setdefault(stem, "binary" if stem in claim.discrete() else "real")
        self.forms = {declared: form(declared, self.kinds) for declared in used.values()}

    def _limit(self, stem: str, kind: str) -> None:
        """A variable of several laws is what all of them can be."""
        known = self.kinds.setdefault(stem, kind)
        if kind != known:
            if not {kind, known} <= set(_NARROWER):
                raise Unsupported(f"{stem} is counted by one law and measured by another")
            self.kinds[stem] = max(kind, known, key=_NARROWER.index)

    def choices(self, rng: Generator) -> Iterator[tuple[_Numbers, bool]]:
        """Numbers for everything that is free, and whether they are far-off ones.

        First the simplest; then, one kind of number after the other, simple ones that tell the laws apart; then random
        ones.
        """
        for count in itertools.count():
            far = count > 4 and count % 5 == 0
            chosen = {}
            for place, (declared, letters) in enumerate(self.forms.items(), start=1):
                if count <= len(_IN_TURN):
                    moved = _IN_TURN[count - 1] if count else ""
                    chosen[declared] = tuple(_SMALL[x][place % len(_SMALL[x]) if x in moved else 0] for x in letters)
                else:
                    chosen[declared] = tuple(_drawn(x, rng, far=far, mixture=count % 4 == 2) for x in letters)
            yield chosen, far


class _Attack:
    """The closed form that a step becomes with certain laws in the place of its free names."""

    def __init__(self, frame: _Frame, numbers: _Numbers) -> None:
        self.frame, self.numbers = frame, numbers
        self.stand_ins = {d.name: StandIn(d, frame.kinds, given) for d, given in numbers.items()}
        step = substituted(frame.step, self.stand_ins)
        assert isinstance(step, t.Step)
        self.step, self.claim = step, replace(frame.claim, chains=(t.Chain((step,)),))
        require_closed_form(self.step, self.claim)

    def sides(self, point: Point) -> Sides | None:
        return contradiction(self.claim, self.step, point, bits=_BITS)


def _kind(law: t.Named) -> str:
    if law.law == "Uniform":
        return "unit" if law.parameters == (t.Number(Fraction(0)), t.Number(Fraction(1))) else "real"
    if law.law not in KINDS:
        raise Unsupported(f"no law stands in for a family beside {law.law}")
    return KINDS[law.law]


def _drawn(letter: str, rng: Generator, *, far: bool, mixture: bool) -> Fraction:
    """A small number, or a power of two either way; mixtures, whose quadrature is slow, where they are asked for."""
    if letter == "w" and not mixture:
        return Fraction(0)
    if letter in "cw" or not far or rng.random() < 0.5:
        return _SMALL[letter][rng.integers(len(_SMALL[letter]))]
    size = Fraction(2) ** int(rng.integers(-_FAR, _FAR + 1))
    return size if letter == "s" or rng.random() < 0.5 else -size


def _counterexample(attack: _Attack, point: Point, sides: Sides, tries: int) -> Counterexample:
    attack, sides = _simplified(attack, point, sides)
    point, sides = shrunk(attack.claim, attack.step, point, sides, bits=_BITS)
    left, right = apart(*sides)
    laws = {to_text(density): to_text(law) for density, law in (each.whole for each in attack.stand_ins.values())}
    numbers = {declared.name: given for declared, given in attack.numbers.items()}
    return Counterexample("laws", left, right, values=point, tables=numbers, laws=laws, tries=tries)


def _simplified(attack: _Attack, point: Point, sides: Sides) -> tuple[_Attack, Sides]:
    """Simpler laws, number by number, that still refute at the point."""
    for declared, letters in attack.frame.forms.items():
        for i, letter in enumerate(letters):
            for simpler in dict.fromkeys(_SMALL[letter]):
                numbers = attack.numbers[declared]
                if simpler == numbers[i]:
                    break
                other = _Attack(attack.frame, {**attack.numbers, declared: (*numbers[:i], simpler, *numbers[i + 1 :])})
                try:
                    found = other.sides(point)
                except (Unsupported, OneSided):
                    continue
                if found is not None:
                    attack, sides = other, found
                    break
    return attack, sides
