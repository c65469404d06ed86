"""Claims as LaTeX, as a paper would write them; what is printed reads back as the same claim."""

from __future__ import annotations

import re
from fractions import Fraction

from proofs.language.latex_forms import (
    RELATIONS,
    SIDE,
    applied,
    expression,
    law,
    law_name,
    listed,
    name,
    number,
    product,
)
from proofs.language.tree import (
    Chain,
    Claim,
    Comparison,
    Convex,
    Definition,
    Discrete,
    Expr,
    Family,
    Function,
    Law,
    Node,
    Parameter,
    Pushforward,
    Scalar,
    Step,
    Symbol,
)

_ESCAPES = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_SPECIAL = re.compile(r"([\\&%$#_{}~^])")


def to_latex(node: Node, *, declarations: bool = True) -> str:
    r"""The node as LaTeX; ``read(to_latex(claim)) == claim`` for every claim that was read.

    A claim is its declarations in a ``gather*`` environment, its definitions and assumptions in a display each, and
    its chains in an ``align`` environment each, a step a line.

    Args:
        node: a claim, a part of one, or an expression.
        declarations: whether a claim's declarations are printed; without them its LaTeX may be read differently.

    Returns:
        LaTeX that needs no package but ``amsmath`` and ``amssymb``.

    >>> from proofs.language import read
    >>> print(to_latex(read("log p(x) >= E_{q(z|x)}[log(p(x,z)/q(z|x))]").steps[0]))
    \log p(x) \ge \mathbb{E}_{q(z \mid x)}\left[\log \frac{p(x, z)}{q(z \mid x)}\right]
    """
    match node:
        case Expr():
            return expression(node, SIDE)
        case Claim():
            return "\n".join(_claim(node, declarations))
        case Chain(steps=steps):
            first = f"{expression(steps[0].left, SIDE)} "
            rows = [f"&{RELATIONS[s.relation]} {expression(s.right, SIDE)}{_reason(s)}" for s in steps]
            return "\\begin{align}\n" + first + " \\\\\n".join(rows) + "\n\\end{align}"
        case Step(left=left, relation=relation, right=right) | Comparison(left=left, relation=relation, right=right):
            return f"{expression(left, SIDE)} {RELATIONS[relation]} {expression(right, SIDE)}"
        case Definition(name=text, generated=generated, given=given, body=body):
            return f"{applied(text, generated, given)} := {expression(body)}"
        case Pushforward(name=text, transform=transform, law=source):
            drawn = rf"{name(source.variable.name)} \sim {law_name(source.law)}({listed(source.parameters)})"
            return rf"{name(text)} := {expression(transform)}, \quad {drawn}"
        case Law():
            return law(node)
    return _declaration(node)


def _claim(claim: Claim, declarations: bool) -> list[str]:
    made = [d for d in claim.declarations if isinstance(d, Pushforward)]
    plain = [to_latex(d) for d in claim.declarations if not isinstance(d, Pushforward)]
    lines = []
    if plain and declarations:
        lines = ["\\begin{gather*}\n" + " \\\\\n".join(plain) + "\n\\end{gather*}"]
    lines += [rf"\[ {to_latex(item)} \]" for item in (*claim.definitions, *made)]
    lines += [rf"\[ \text{{assume }} {to_latex(step)} \]" for step in claim.assumptions]
    return lines + [to_latex(chain) for chain in claim.chains]


def _declaration(node: Node) -> str:
    match node:
        case Family(name=text, generated=generated, given=given, positive=positive, structure=structure):
            ends = "" if positive else r" \ge 0"
            ends += "" if structure is None else f" = {product(structure)}"
            return rf"\text{{density }} {_slots(text, generated, given)}{ends}"
        case Function(name=text, arguments=arguments, low=low, high=high, closed=closed, integrable=integrable):
            if integrable:
                return rf"\text{{measure }} {_slots(text, arguments)}"
            return rf"\text{{function }} {_slots(text, arguments)}{_range(low, high, closed)}"
        case Scalar(name=text, low=low, high=high, closed=closed, integer=integer):
            return rf"\text{{{'integer' if integer else 'real'} }} {name(text)}{_range(low, high, closed)}"
        case Discrete(variable=text):
            return rf"\text{{discrete }} {name(text)}"
        case Parameter(name=text):
            return rf"\text{{parameter }} {name(text)}"
        case Convex(name=text, concave=concave, low=low, high=high):
            left, right = r"-\infty" if low is None else number(low), r"\infty" if high is None else number(high)
            domain = "" if low is None and high is None else rf" \text{{ on }} ({left}, {right})"
            return rf"\text{{{'concave' if concave else 'convex'} }} {name(text)}{domain}"
    raise TypeError(f"a {type(node).__name__} is not written in LaTeX")


def _slots(text: str, generated: tuple[str, ...], given: tuple[str, ...] = ()) -> str:
    return applied(text, tuple(map(Symbol, generated)), tuple(map(Symbol, given)))


def _reason(step: Step) -> str:
    if not step.reason:
        return ""
    return r" && \text{" + _SPECIAL.sub(lambda m: _ESCAPES.get(m[1], "\\" + m[1]), step.reason) + "}"


def _range(low: Fraction | None, high: Fraction | None, closed: tuple[bool, bool]) -> str:
    if low is None and high is None:
        return ""
    if low is not None and high is not None:
        left, right = "(["[closed[0]], ")]"[closed[1]]
        return rf" \in {left}{number(low)}, {number(high)}{right}"
    if low is not None:
        return f" {RELATIONS['>=' if closed[0] else '>']} {number(low)}"
    assert high is not None
    return f" {RELATIONS['<=' if closed[1] else '<']} {number(high)}"
