"""Every single slip in a step: those that repair undoes, and those that it has no use for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from fractions import Fraction

from proofs.language import to_text
from proofs.language import tree as t
from proofs.refuters.edits import Edit, edits

_STRONGER = {"<=": ("<", "="), ">=": (">", "="), "=": ("<", ">")}
_OTHER_SUM = {"sum": "mean", "mean": "sum"}
_SYMMETRIC = ("JSD", "TV", "H2", "W1", "W2")
_NAMES = (t.Density, t.Apply, t.Use, t.Expectation, t.Integral, t.Divergence, t.Entropy, t.Information, t.IndexSum,
          t.Variance, t.Covariance, t.Call, t.Optimum, t.PushforwardDensity, t.Conjugate)  # fmt: skip
_COST = 3.0


def slips(claim: t.Claim, step: t.Step) -> list[Edit]:
    """Every claim of one step that differs from a step by one slip, there or in a definition that it uses.

    A sign flipped; the arguments of a divergence swapped; a log, a square or a factor one half added or removed; a
    constant changed; p written for q; an entropy added; a sum for a mean; a relation turned, weakened or strengthened.

    Args:
        claim: the claim as it was read, definitions unexpanded.
        step: one of its steps.

    Returns:
        Distinct claims, each with the words for its slip.

    >>> from proofs.language import read
    >>> claim = read("KL(p(x) || q(x)) >= 0")
    >>> [slip.words for slip in slips(claim, claim.steps[0])][:3]
    ['reverse the inequality', 'swap the arguments of KL(p(x) || q(x))', 'take the log of KL(p(x) || q(x))']
    """
    found: dict[t.Claim, Edit] = {}
    alone = replace(claim, chains=(t.Chain((replace(step, reason=""),)),))
    for edit in (*edits(claim, step), *_of_the_step(alone), *_of_definitions(alone)):
        if edit.claim != alone:
            found.setdefault(edit.claim, edit)
    return list(found.values())


def _of_the_step(alone: t.Claim) -> Iterator[Edit]:
    (step,) = alone.steps

    def edited(changed: t.Step, words: str) -> Edit:
        return Edit(_COST, words, replace(alone, chains=(t.Chain((changed,)),)))

    for relation in _STRONGER.get(step.relation, ()):
        yield edited(replace(step, relation=relation), f"write {relation} for {step.relation}")
    for node, words in _variants(step.left):
        yield edited(replace(step, left=node), words)
    for node, words in _variants(step.right):
        yield edited(replace(step, right=node), words)


def _of_definitions(alone: t.Claim) -> Iterator[Edit]:
    used = {
        node.name for part in (alone.steps[0], *alone.definitions) for node in t.walk(part) if isinstance(node, t.Use)
    }
    for definition in alone.definitions:
        for body, words in _variants(definition.body) if definition.name in used else ():
            changed = replace(definition, body=body)
            others = tuple(changed if other is definition else other for other in alone.definitions)
            yield Edit(_COST, f"in {definition.name}, {words}", replace(alone, definitions=others), changed)


def _variants(node: t.Expr) -> Iterator[tuple[t.Expr, str]]:
    """The expression with one slip at it or below it. The densities of laws keep their form: they are to stay laws."""
    yield from _here(node)
    for field in fields(node):  # type: ignore[arg-type]
        value = getattr(node, field.name)
        if field.name in ("variables", "wrt", "low", "high", "law") or isinstance(node, (t.Density, t.Named, t.Use)):
            continue
        if isinstance(value, t.Expr):
            for inside, words in _variants(value):
                yield replace(node, **{field.name: inside}), words  # type: ignore[type-var]
        elif isinstance(value, tuple):
            for place, item in enumerate(value):
                for inside, words in _variants(item) if isinstance(item, t.Expr) else ():
                    others = (*value[:place], inside, *value[place + 1 :])
                    yield replace(node, **{field.name: others}), words  # type: ignore[type-var]


def _here(node: t.Expr) -> Iterator[tuple[t.Expr, str]]:
    text = to_text(node)
    match node:
        case t.Number(value):
            for other in (value + 1, value * Fraction(11, 10)):
                yield t.Number(other), f"write {to_text(t.Number(other))} for {text}"
        case t.IndexSum(kind) if kind in _OTHER_SUM:
            yield replace(node, kind=_OTHER_SUM[kind]), f"write a {_OTHER_SUM[kind]} for the {kind} {text}"
        case t.Divergence(kind, left, right) if kind in _SYMMETRIC:
            yield replace(node, left=right, right=left), f"swap the arguments of {text}"
        case t.Call(function, (inside,)) if function in ("exp", "log", "sqrt", "sigmoid", "softplus"):
            yield t.Call(function, (t.Neg(inside),)), f"flip the sign of {to_text(inside)} in {text}"
        case t.Pow(base, exponent):
            yield t.Pow(base, t.Neg(exponent)), f"flip the sign of the exponent of {text}"
        case t.Div(left, right):
            yield t.Div(right, left), f"turn {text} over"
        case t.Sub(left, right):
            yield t.Sub(right, left), f"turn {text} around"
    if isinstance(node, _NAMES):
        if not (isinstance(node, t.Call) and node.function == "log"):
            yield t.Call("log", (node,)), f"take the log of {text}"
        yield t.Pow(node, t.Number(Fraction(2), "2")), f"square {text}"
        yield t.Mul(t.Number(Fraction(1, 2), "1/2"), node), f"halve {text}"
