"""What a claim looks like as written, with the offset of everything and before any name has been resolved.

These nodes never leave `read`: elaboration (`elaboration.py`) turns them into the tree.
"""

from __future__ import annotations

from dataclasses import dataclass

from proofs.language.tree import Node


@dataclass(frozen=True, slots=True)
class Surface(Node):
    """A piece of source text that starts at the offset `at`."""

    at: int


@dataclass(frozen=True, slots=True)
class Numeral(Surface):
    text: str


@dataclass(frozen=True, slots=True)
class Name(Surface):
    name: str


@dataclass(frozen=True, slots=True)
class Operation(Surface):
    """``left operator right``; `at` is the operator's place."""

    operator: str
    left: Surface
    right: Surface


@dataclass(frozen=True, slots=True)
class Minus(Surface):
    operand: Surface


@dataclass(frozen=True, slots=True)
class Group(Surface):
    """A parenthesised expression."""

    inner: Surface


@dataclass(frozen=True, slots=True)
class Prefix(Surface):
    """A built-in function without parentheses of its own: ``log p(x)``."""

    function: str
    operand: Surface


@dataclass(frozen=True, slots=True)
class Juxtaposition(Surface):
    """Factors side by side: a law such as ``r(x) q(z|x)``, and an error anywhere else."""

    factors: tuple[Surface, ...]


@dataclass(frozen=True, slots=True)
class Application(Surface):
    """``name(arguments; parameters | given)``; None where there is no semicolon or no bar."""

    name: str
    arguments: tuple[Surface, ...]
    parameters: tuple[Surface, ...] | None
    given: tuple[Surface, ...] | None


@dataclass(frozen=True, slots=True)
class Pair(Surface):
    """``KL(left || right)``; ``renyi_{order}(left || right)``."""

    name: str
    left: Surface
    right: Surface
    order: Surface | None = None


@dataclass(frozen=True, slots=True)
class Span(Surface):
    """``z_1..z_4``."""

    first: Surface
    last: Surface


@dataclass(frozen=True, slots=True)
class Draw(Surface):
    """``z_1, z_2 ~ law``."""

    names: tuple[Surface, ...]
    law: Surface


@dataclass(frozen=True, slots=True)
class Index(Surface):
    """``i=1..k``."""

    index: Surface
    low: Surface
    high: Surface


@dataclass(frozen=True, slots=True)
class Binder(Surface):
    """``head_{subscript}[body]``."""

    head: str
    subscript: tuple[Surface, ...]
    body: tuple[Surface, ...]


@dataclass(frozen=True, slots=True)
class Gradient(Surface):
    """``grad_theta[body]``."""

    wrt: Name
    body: Surface


@dataclass(frozen=True, slots=True)
class Comparison(Surface):
    """``left REL right`` inside an expression: an event."""

    relation: str
    left: Surface
    right: Surface


@dataclass(frozen=True, slots=True)
class Optimum(Surface):
    """``max_{over}[body] at target = witness``."""

    kind: str
    over: Name
    body: Surface
    target: Name
    witness: Surface


# --- statements ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChainStep(Surface):
    """``REL right``; `at` is the relation's place."""

    relation: str
    right: Surface
    reason: str


@dataclass(frozen=True, slots=True)
class ChainStatement(Surface):
    first: Surface
    steps: tuple[ChainStep, ...]


@dataclass(frozen=True, slots=True)
class Assume(Surface):
    """``assume first REL ...``."""

    chain: ChainStatement


@dataclass(frozen=True, slots=True)
class Where(Surface):
    """``where Y ~ Normal(mu, sigma)``."""

    name: str
    law: Surface


@dataclass(frozen=True, slots=True)
class Let(Surface):
    head: Name | Application
    body: Surface
    where: Where | None
    steps: tuple[ChainStep, ...]


@dataclass(frozen=True, slots=True)
class Range(Surface):
    """``> low`` (`closed` where equality is allowed) or ``in (low, high)``; None is unbounded."""

    low: Surface | None
    high: Surface | None
    closed: tuple[bool, bool]


@dataclass(frozen=True, slots=True)
class Declare(Surface):
    """``keyword head, head range``; a density may have a `structure`, a product of its own conditionals."""

    keyword: str
    heads: tuple[Name | Application, ...]
    range: Range | None
    structure: Surface | None = None


@dataclass(frozen=True, slots=True)
class Space(Surface):
    """``vector mu in R^2``, ``matrix A in R^(2*3)``, ``matrix Sigma > 0``: `dimension` is what R is raised to."""

    keyword: str
    heads: tuple[Name, ...]
    dimension: Surface | None
    positive: bool


@dataclass(frozen=True, slots=True)
class Loop(Surface):
    """``for k in 1..4``, ``for k in 1, 2, 4``: numerals and spans of them."""

    name: str
    values: tuple[Surface, ...]


Statement = ChainStatement | Assume | Let | Declare | Space | Loop
