"""The one tree in which every claim is held, and which everything else interprets.

Nodes are small frozen dataclasses; equality is structural, so a printed claim that is read back can be
compared with ``==``. Nothing here evaluates, simplifies or checks: ``a + b - b`` stays as written.

A tree is *elaborated* when every name in it has been resolved (`proofs.language.declarations`): variables
know their stem, and every application is a `Density`, `Named`, `Apply`, `PushforwardDensity` or `Use`. It is
*expanded* when, moreover, no `Use` and no `IndexSum` is left (`proofs.language.definitions`). Readers return
elaborated claims; provers, refuters and the certifier take expanded ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Union

RELATIONS = ("=", "<=", ">=", "<", ">", "~=")
DIVERGENCES = ("KL", "JSD", "CE")
INDEX_SUMS = ("sum", "mean", "prod")

#: Built-in functions of real numbers, by arity.
FUNCTIONS = {
    "log": 1,
    "log2": 1,
    "exp": 1,
    "sqrt": 1,
    "abs": 1,
    "sin": 1,
    "cos": 1,
    "sigmoid": 1,
    "softplus": 1,
    "lgamma": 1,
    "digamma": 1,
    "Phi": 1,
    "min": 2,
    "max": 2,
}

Numeral = Union["Expr", int, Fraction]


class Node:
    """Anything that stands in a tree."""

    __slots__ = ()


class Expr(Node):
    """A real-valued expression. Python's operators build the same nodes as the readers do.

    ``==`` is structural equality; a claimed equality is written ``equal(a, b)``.
    """

    __slots__ = ()

    def __add__(self, other: Numeral) -> Expr:
        return Add(self, as_expr(other))

    def __radd__(self, other: Numeral) -> Expr:
        return Add(as_expr(other), self)

    def __sub__(self, other: Numeral) -> Expr:
        return Sub(self, as_expr(other))

    def __rsub__(self, other: Numeral) -> Expr:
        return Sub(as_expr(other), self)

    def __mul__(self, other: Numeral) -> Expr:
        return Mul(self, as_expr(other))

    def __rmul__(self, other: Numeral) -> Expr:
        return Mul(as_expr(other), self)

    def __truediv__(self, other: Numeral) -> Expr:
        return Div(self, as_expr(other))

    def __rtruediv__(self, other: Numeral) -> Expr:
        return Div(as_expr(other), self)

    def __pow__(self, other: Numeral) -> Expr:
        return Pow(self, as_expr(other))

    def __neg__(self) -> Expr:
        return Neg(self)

    def __le__(self, other: Numeral) -> Comparison:
        return Comparison(self, "<=", as_expr(other))

    def __ge__(self, other: Numeral) -> Comparison:
        return Comparison(self, ">=", as_expr(other))

    def __lt__(self, other: Numeral) -> Comparison:
        return Comparison(self, "<", as_expr(other))

    def __gt__(self, other: Numeral) -> Comparison:
        return Comparison(self, ">", as_expr(other))


def as_expr(value: Numeral) -> Expr:
    """An int or Fraction as a `Number`; floats are refused, since they are rarely the number that was meant."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        return Number(Fraction(value))
    raise TypeError(f"{value!r} cannot stand in a claim; write an int, a fractions.Fraction or an expression")


# --- numbers and names -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number(Expr):
    """An exact rational; `text` keeps the digits as they were printed (``0.0288``)."""

    value: Fraction
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Constant(Expr):
    """``pi`` or ``oo``."""

    name: str


@dataclass(frozen=True, slots=True)
class Symbol(Expr):
    """A free number: ``mu``, ``sigma``, ``n``."""

    name: str


@dataclass(frozen=True, slots=True)
class Variable(Expr):
    """A random variable or a point of its space. ``z_1`` with stem ``z`` is a copy of z and fits z's slot."""

    name: str
    stem: str = ""

    def __or__(self, given: Variable | tuple[Variable, ...]) -> Conditional:
        return Conditional((self,), given if isinstance(given, tuple) else (given,))


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    """``z | x`` in the Python interface; never part of a claim's tree."""

    generated: tuple[Variable, ...]
    given: tuple[Variable, ...]


# --- arithmetic ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Add(Expr):
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Sub(Expr):
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Mul(Expr):
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Div(Expr):
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Pow(Expr):
    base: Expr
    exponent: Expr


@dataclass(frozen=True, slots=True)
class Neg(Expr):
    operand: Expr


@dataclass(frozen=True, slots=True)
class Call(Expr):
    """A built-in function of `FUNCTIONS` applied to its arguments."""

    function: str
    arguments: tuple[Expr, ...]


# --- applications of declared names --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Apply(Expr):
    """A declared function or unnormalised measure at a point: ``D(x)``, ``g(x)``."""

    name: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Density(Expr):
    """A family's joint, marginal or conditional density: ``p(x, z)``, ``p(x)``, ``p(z | x)``.

    The slot that a variable fills is its stem; the order of the variables carries no meaning.
    """

    family: str
    generated: tuple[Variable, ...]
    given: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True)
class Named(Expr):
    """The density of a named law at a variable: ``Normal(x; mu, sigma)``."""

    law: str
    variable: Variable
    parameters: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class PushforwardDensity(Expr):
    """``pdf_X(t)``: the density at t of a declared random variable ``X`` (`Pushforward`)."""

    name: str
    argument: Expr


@dataclass(frozen=True, slots=True)
class Use(Expr):
    """A definition at its arguments: ``ELBO``, ``w(z_1)``, ``r(z | x)`` (`Definition`)."""

    name: str
    generated: tuple[Expr, ...] = ()
    given: tuple[Expr, ...] = ()


# --- laws, and what binds variables --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Law(Node):
    """A density together with the variables that it generates; every other free variable is given.

    A product of laws is one law whose density is the (left-nested `Mul`) product: ``E_{r(x) q(z|x)}`` has
    density ``r(x) * q(z | x)`` and generates (x, z).
    """

    density: Expr
    generated: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Expectation(Expr):
    """``E_{law}[body]``; binds the generated variables in the body."""

    law: Law
    body: Expr


@dataclass(frozen=True, slots=True)
class Integral(Expr):
    """``int_{x}[body]`` against the base measure, or ``sum_{x}[body]`` (`counting`), where x is discrete."""

    variables: tuple[Variable, ...]
    body: Expr
    counting: bool = False


@dataclass(frozen=True, slots=True)
class Divergence(Expr):
    """``KL(left || right)``, ``JSD``, or the cross-entropy ``CE(left || right)`` = E_left[-log right].

    Also ``TV``, ``chi2``, ``H2``, ``W1``, ``W2``; ``renyi`` with its `order`; ``D_f`` with its convex `function`.
    """

    kind: str
    left: Law
    right: Law
    order: Expr | None = None
    function: str = ""


@dataclass(frozen=True, slots=True)
class Entropy(Expr):
    """``H(law)`` = E_law[-log law]."""

    law: Law


@dataclass(frozen=True, slots=True)
class Variance(Expr):
    """``Var_{law}[body]``."""

    law: Law
    body: Expr


@dataclass(frozen=True, slots=True)
class Covariance(Expr):
    """``Cov_{law}[left, right]``."""

    law: Law
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Information(Expr):
    """``I_p(x; z | y)``: mutual information of two groups of slots of a family, given a third."""

    family: str
    first: tuple[Variable, ...]
    second: tuple[Variable, ...]
    given: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True)
class Gradient(Expr):
    """``grad_theta[body]`` or ``grad_x[body]``: the derivative in a parameter or a real variable."""

    wrt: Symbol | Variable
    body: Expr


@dataclass(frozen=True, slots=True)
class Conjugate(Expr):
    """``conj_f(t)``: the convex conjugate of a declared convex function."""

    function: str
    argument: Expr


@dataclass(frozen=True, slots=True)
class Indicator(Expr):
    """``ind(left REL right)``: one where it holds, zero elsewhere."""

    left: Expr
    relation: str
    right: Expr


@dataclass(frozen=True, slots=True)
class Optimum(Expr):
    """``max_{D}[body] at D = witness``: the value at the witness, and the claim that no other choice does better."""

    kind: str
    over: str
    body: Expr
    witness: Expr


@dataclass(frozen=True, slots=True)
class Copies(Node):
    """``z_low .. z_high`` among the generated variables of a law, where the number of copies is not a numeral."""

    variable: Variable
    low: Expr
    high: Expr


@dataclass(frozen=True, slots=True)
class IndexSum(Expr):
    """``sum_{i=1..k}[body]``, ``mean``, ``prod``: inside, a variable named ``z_i`` is the i-th copy of z."""

    kind: str
    index: str
    low: Expr
    high: Expr
    body: Expr


# --- statements ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """``left REL right``, as Python's operators build it."""

    left: Expr
    relation: str
    right: Expr

    def __bool__(self) -> bool:
        raise TypeError("a claim has no truth value and does not chain in Python; pass it to check(), one step each")


@dataclass(frozen=True, slots=True)
class Step(Node):
    """One neighbouring pair of a chain, with the author's reason (never trusted) and its place in the source."""

    left: Expr
    relation: str
    right: Expr
    reason: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """``first REL e1 REL e2 ...``: neighbouring steps share their expression."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Family(Node):
    """A declared or inferred family. `generated` slots form one joint law given each value of the `given` slots.

    It depends smoothly on the real `parameters`; `structure` is its joint density as a product of conditionals.
    """

    name: str
    generated: tuple[str, ...]
    given: tuple[str, ...] = ()
    positive: bool = True
    parameters: tuple[str, ...] = ()
    structure: Expr | None = None


@dataclass(frozen=True, slots=True)
class Function(Node):
    """An arbitrary function with values in (low, high); None is unbounded. A ``measure`` is integrable and positive.

    `arguments` are the stems of the variables that it is applied to: they fix on which space each place lives.
    `closed` ends belong to the range: ``[0, 1]`` has closed = (True, True).
    """

    name: str
    arguments: tuple[str, ...]
    low: Fraction | None = None
    high: Fraction | None = None
    closed: tuple[bool, bool] = (False, False)
    integrable: bool = False
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Convex(Node):
    """``convex f on (low, high)``: an arbitrary convex function of one real number there, or a ``concave`` one."""

    name: str
    concave: bool = False
    low: Fraction | None = None
    high: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """``parameter theta``: a real number that families, functions and named laws may depend on, smoothly."""

    name: str


@dataclass(frozen=True, slots=True)
class Scalar(Node):
    """A free number and its domain, an interval; None is unbounded."""

    name: str
    low: Fraction | None = None
    high: Fraction | None = None
    closed: tuple[bool, bool] = (False, False)
    integer: bool = False


@dataclass(frozen=True, slots=True)
class Discrete(Node):
    """The variable (a stem) is counted: its base measure is counting measure."""

    variable: str


@dataclass(frozen=True, slots=True)
class Pushforward(Node):
    """``let X = exp(Y) where Y ~ Normal(mu, sigma)``: `law.variable` is Y and `transform` an expression in it."""

    name: str
    transform: Expr
    law: Named


@dataclass(frozen=True, slots=True)
class Definition(Node):
    """``let w(z) = body`` or ``let r(z | x) = body`` or ``let ELBO = body``."""

    name: str
    generated: tuple[Variable, ...]
    given: tuple[Variable, ...]
    body: Expr


Declaration = Family | Function | Scalar | Discrete | Pushforward | Convex | Parameter


@dataclass(frozen=True, slots=True)
class Claim(Node):
    """An elaborated block: what its names are, what it defines, and the chains that it claims."""

    declarations: tuple[Declaration, ...]
    definitions: tuple[Definition, ...]
    chains: tuple[Chain, ...]
    source: str = field(default="", compare=False)
    assumptions: tuple[Step, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for chain in self.chains for step in chain.steps)

    def families(self) -> dict[str, Family]:
        return {d.name: d for d in self.declarations if isinstance(d, Family)}

    def functions(self) -> dict[str, Function]:
        return {d.name: d for d in self.declarations if isinstance(d, Function)}

    def scalars(self) -> dict[str, Scalar]:
        return {d.name: d for d in self.declarations if isinstance(d, Scalar)}

    def pushforwards(self) -> dict[str, Pushforward]:
        return {d.name: d for d in self.declarations if isinstance(d, Pushforward)}

    def convex(self) -> dict[str, Convex]:
        return {d.name: d for d in self.declarations if isinstance(d, Convex)}

    def parameters(self) -> frozenset[str]:
        return frozenset(d.name for d in self.declarations if isinstance(d, Parameter))

    def discrete(self) -> frozenset[str]:
        return frozenset(d.variable for d in self.declarations if isinstance(d, Discrete))


# --- walking -------------------------------------------------------------------------------------------------------

_FIELDS: dict[type, tuple[str, ...]] = {}
_BELOW: dict[type, tuple[str, ...]] = {}
_PLAIN = ("str", "int", "bool", "Fraction", "Fraction | None", "tuple[str, ...]", "tuple[bool, bool]")


def _field_names(node: Node) -> tuple[str, ...]:
    kind = type(node)
    names = _FIELDS.get(kind)
    if names is None:
        names = _FIELDS[kind] = tuple(f.name for f in fields(kind))  # type: ignore[arg-type]
    return names


def _fields_below(kind: type) -> tuple[str, ...]:
    """The fields that hold nodes, by their declared types."""
    return tuple(f.name for f in fields(kind) if f.type not in _PLAIN)


def children(node: Node) -> list[Node]:
    """The nodes directly below, in written order."""
    kind = type(node)
    names = _BELOW.get(kind)
    if names is None:
        names = _BELOW[kind] = _fields_below(kind)
    below: list[Node] = []
    for name in names:
        value = getattr(node, name)
        if isinstance(value, Node):
            below.append(value)
        elif isinstance(value, tuple):
            below += [item for item in value if isinstance(item, Node)]
    return below


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, parents first."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        below = children(top)
        if below:
            below.reverse()
            stack += below


def rebuild(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with `change` applied to each direct child (the node itself if nothing changed)."""
    values = []
    changed = False
    for name in _field_names(node):
        value = new = getattr(node, name)
        if isinstance(value, Node):
            new = change(value)
        elif isinstance(value, tuple) and any(isinstance(item, Node) for item in value):
            new = tuple(change(item) if isinstance(item, Node) else item for item in value)
            if all(a is b for a, b in zip(new, value, strict=True)):
                new = value
        changed = changed or new is not value
        values.append(new)
    return type(node)(*values) if changed else node
