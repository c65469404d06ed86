"""Declared structures: the independences that follow from a graph are proved, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from itertools import chain, combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.kernel import Reader, Unsupported, normal_form
from proofs.kernel.structure import Kernel, kernels
from proofs.language import read
from proofs.language import tree as t
from tests.proofs.kernel.expressions import NOTHING, counterexample

SLOTS = ("x", "y", "z")
Parents = dict[str, tuple[str, ...]]
Independence = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]  # first, second, given


def variables(names: tuple[str, ...]) -> tuple[t.Variable, ...]:
    return tuple(t.Variable(name, name) for name in names)


def density(front: tuple[str, ...], behind: tuple[str, ...] = ()) -> t.Density:
    return t.Density("p", variables(front), variables(behind))


def family(parents: Parents, slots: tuple[str, ...] = SLOTS) -> t.Family:
    factors: list[t.Expr] = [density((slot,), parents[slot]) for slot in slots]
    return t.Family("p", slots, structure=reduce(t.Mul, factors))


def reader(declared: t.Family) -> Reader:
    return Reader(t.Claim((declared,), (), (t.Chain((NOTHING,)),)))


def subsets(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(names, n) for n in range(len(names) + 1))


def graphs(slots: tuple[str, ...] = SLOTS) -> Iterator[Parents]:
    """Every graph whose arrows go from earlier slots to later ones."""
    for choice in product(*(list(subsets(slots[:i])) for i in range(len(slots)))):
        yield dict(zip(slots, choice, strict=True))


def independences(slots: tuple[str, ...] = SLOTS) -> Iterator[Independence]:
    for first, second in combinations(slots, 2):
        for given_ in subsets(tuple(slot for slot in slots if slot not in (first, second))):
            yield (first,), (second,), given_


def separated(parents: Parents, statement: Independence) -> bool:
    """d-separation, by the moral graph of the ancestors (Lauritzen et al., 1990, proposition 3)."""
    first, second, given_ = map(set, statement)
    ancestors = first | second | given_
    while True:
        above = {parent for slot in ancestors for parent in parents[slot]} - ancestors
        if not above:
            break
        ancestors |= above
    edges = {(a, b) for slot in ancestors for a, b in product((slot, *parents[slot]), repeat=2) if a != b}
    reached = set(first)
    while True:
        more = {b for a, b in edges if a in reached and b not in given_} - reached
        if not more:
            return reached.isdisjoint(second)
        reached |= more


def said(parents: Parents, statement: Independence, slots: tuple[str, ...] = SLOTS) -> bool:
    """Whether the kernel equates p(first | second, given) with p(first | given)."""
    first, second, given_ = statement
    kernel = reader(family(parents, slots))
    return kernel.read(density(first, second + given_)) == kernel.read(density(first, given_))


def test_exactly_the_independences_of_the_graph_are_proved() -> None:
    for parents in graphs():
        for statement in independences():
            assert said(parents, statement) == separated(parents, statement), (parents, statement)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_and_of_larger_graphs(data: st.DataObject) -> None:
    slots = ("w", *SLOTS)
    parents = {slot: tuple(data.draw(st.sets(st.sampled_from(slots[:i])))) if i else () for i, slot in enumerate(slots)}
    statement = data.draw(st.sampled_from(list(independences(slots))))
    assert said(parents, statement, slots) == separated(parents, statement)


@pytest.mark.parametrize("parents", list(graphs()), ids=str)
def test_what_is_proved_holds_on_models(parents: Parents) -> None:
    declared = family(parents)
    for first, second, given_ in independences():
        sides = density(first, second + given_), density(first, given_)
        found = counterexample(sides[0], "=", sides[1], declarations=(declared,))
        assert (found is None) == said(parents, (first, second, given_))


def _forgetful(declared: t.Family) -> tuple[Kernel, ...]:
    """What z is given is forgotten."""
    return tuple((front, () if "z" in front else behind) for front, behind in kernels(declared))


def _crowded(declared: t.Family) -> tuple[Kernel, ...]:
    """Everything is given everything that was drawn before."""
    drawn: list[str] = []
    found = []
    for front, _ in kernels(declared):
        found.append((front, tuple(drawn)))
        drawn += front
    return tuple(found)


@pytest.mark.parametrize("wrong", [_forgetful, _crowded])
def test_a_wrong_reading_of_structures_is_seen(
    wrong: Callable[[t.Family], tuple[Kernel, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(normal_form, "kernels", wrong)
    assert any(
        said(parents, statement) != separated(parents, statement)
        for parents in graphs()
        for statement in independences()
    )


P, Q = density(("x",)), t.Density("q", variables(("y",)), variables(("x",)))


@pytest.mark.parametrize(
    "structure",
    [
        t.Mul(density(("x",), ("y",)), density(("y",), ("x",))),
        t.Mul(P, P),
        P,
        t.Mul(P, Q),
        t.Mul(P, t.Add(density(("y",)), density(("y",)))),
        t.Mul(P, density(("y",), ("z",))),
        t.Mul(P, t.Density("p", (t.Variable("y_1", "y"),), ())),
        t.Mul(density(("x", "y")), density(("y",))),
    ],
    ids=["a cycle", "one slot twice", "one slot never", "another family", "a sum", "a stranger", "a copy", "overlap"],
)
def test_what_is_no_structure_is_refused(structure: t.Expr) -> None:
    with pytest.raises(Unsupported):
        reader(t.Family("p", ("x", "y"), structure=structure)).read(density(("x",)))


def test_a_structure_of_a_conditional_family() -> None:
    claim = read("density q(y, z | x) = q(y|x) q(z|y, x)\nq(z|y, x) = q(y, z|x)/q(y|x)")
    kernel = Reader(claim)
    assert kernel.read(claim.steps[0].left) == kernel.read(claim.steps[0].right)
