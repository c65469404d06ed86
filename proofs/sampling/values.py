"""The value of an expression at a point, where nothing has to be sampled; of densities, their logarithms."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from proofs.language.binding import free_variables
from proofs.language.tree import (
    Add,
    Apply,
    Call,
    Constant,
    Density,
    Div,
    Expr,
    Function,
    Indicator,
    Mul,
    Named,
    Neg,
    Number,
    Pow,
    Sub,
    Symbol,
    Variable,
)
from proofs.outcome import Unsupported
from proofs.refuters.laws import stem_of
from proofs.sampling.families import BoundFamily
from proofs.sampling.laws import BoundLaw, Values, asked, log_density

_CALLS: dict[str, Callable[..., Tensor]] = {
    "log": torch.log,
    "log2": torch.log2,
    "exp": torch.exp,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "sin": torch.sin,
    "cos": torch.cos,
    "sigmoid": torch.sigmoid,
    "softplus": torch.nn.functional.softplus,
    "lgamma": torch.lgamma,
    "digamma": torch.digamma,
    "Phi": torch.special.ndtr,
    "min": torch.minimum,
    "max": torch.maximum,
}
_COMPARISONS = {"=": torch.eq, "<=": torch.le, ">=": torch.ge, "<": torch.lt, ">": torch.gt}


@dataclass(frozen=True)
class Models:
    """Everything that a claim's names stand for.

    Args:
        families: the bound families.
        functions: the bound functions, convex ones too.
        declared: the declarations of the functions, with their ranges.
        points: the values of the free variables and numbers.
        dtype, device: of numbers and of the parameters of named laws.
    """

    families: Mapping[str, BoundFamily]
    functions: Mapping[str, Callable[..., Any]]
    declared: Mapping[str, Function]
    points: Mapping[str, Tensor]
    dtype: torch.dtype
    device: torch.device


@dataclass(frozen=True)
class Scope:
    """What the variables stand for at one place of the tree, and which draws that place depends on."""

    values: Mapping[str, Values]
    active: frozenset[Hashable] = frozenset()
    branch: tuple[int, ...] = ()


@dataclass
class Evaluation:
    """Values at `num` points at a time: each a number, or of shape (num,), in float64.

    Each network that makes a law, and each density, is evaluated once for the same arguments.

    Args:
        models: what the names stand for.
        num: how many samples a variable has that was drawn.
    """

    models: Models
    num: int
    _laws: dict[Hashable, tuple[Any, tuple[Values, ...]]] = field(default_factory=dict)
    _densities: dict[Hashable, tuple[Tensor, tuple[Values, ...]]] = field(default_factory=dict)

    def value(self, node: Expr, scope: Scope) -> Tensor:
        match node:
            case Number(value=value):
                return self._number(float(value))
            case Constant(name):
                return self._number({"pi": math.pi, "oo": math.inf}[name])
            case Symbol(name):
                return scope.values[name].tensor
            case Variable(name):
                return self._real(name, scope)
            case Neg(operand):
                return -self.value(operand, scope)
            case Add(left, right):
                return self.value(left, scope) + self.value(right, scope)
            case Sub(left, right):
                return self.value(left, scope) - self.value(right, scope)
            case Mul(left, right):
                return self.value(left, scope) * self.value(right, scope)
            case Div(left, right):
                return self.value(left, scope) / self.value(right, scope)
            case Pow(base, exponent):
                return self.value(base, scope) ** self.value(exponent, scope)
            case Call("log", (argument,)):
                return self.log(argument, scope)
            case Call(function, arguments):
                return _CALLS[function](*(self.value(argument, scope) for argument in arguments))
            case Density() | Named():
                return self.log(node, scope).exp()
            case Apply():
                return self._applied(node, scope)
            case Indicator(left, relation, right) if relation in _COMPARISONS:
                return _COMPARISONS[relation](self.value(left, scope), self.value(right, scope)).to(torch.float64)
        raise Unsupported(f"{type(node).__name__.lower()} has no value that could be sampled")

    def log(self, node: Expr, scope: Scope) -> Tensor:
        """The logarithm; of products, quotients and sums of positive things without leaving the logarithms."""
        match node:
            case Density():
                return self._density(node, scope)
            case Named():
                parameters, _ = self.parameters(node, scope)
                value = scope.values[node.variable.name]
                batched = value.batched or any(parameter.ndim for parameter in parameters)
                return log_density(node.law, named_law(node, parameters), value, self.num, batched)
            case Call("exp", (argument,)):
                return self.value(argument, scope)
            case Call("sigmoid", (argument,)):
                return torch.nn.functional.logsigmoid(self.value(argument, scope))
            case Mul(left, right) if _positive(node):
                return self.log(left, scope) + self.log(right, scope)
            case Div(left, right) if _positive(node):
                return self.log(left, scope) - self.log(right, scope)
            case Add(left, right) if _positive(node):
                return torch.logaddexp(self.log(left, scope), self.log(right, scope))
            case Pow(base, exponent) if _positive(base):
                return self.value(exponent, scope) * self.log(base, scope)
        return self.value(node, scope).log()

    def _density(self, node: Density, scope: Scope) -> Tensor:
        values = {stem_of(v): scope.values[v.name] for v in (*node.generated, *node.given)}
        above, below = self.models.families[node.family].density(node)
        result = self._number(0.0)
        for sign, plan in ((1, above), (-1, below)):
            for law in plan:
                mine = {slot: values[slot] for slot in (*law.generated, *law.given)}
                key = (law.name, identity(mine))
                if key not in self._densities:
                    made = self.made(law, {slot: mine[slot] for slot in law.given})
                    self._densities[key] = law.log_density(made, self.num, mine), tuple(mine.values())
                result = result + sign * self._densities[key][0]
        return result

    def _applied(self, node: Apply, scope: Scope) -> Tensor:
        arguments, batched = [], False
        for argument in node.arguments:
            value = (
                scope.values[argument.name] if isinstance(argument, Variable) else _sampled(self.value(argument, scope))
            )
            arguments.append(value.tensor)
            batched = batched or value.batched
        result = asked(node.name, lambda: self.models.functions[node.name](*arguments))
        lead = (self.num,) if batched else ()
        if not isinstance(result, Tensor) or tuple(result.shape) not in (lead, (*lead, 1)):
            got = tuple(result.shape) if isinstance(result, Tensor) else result
            raise ValueError(f"{node.name} must return a tensor of shape {lead} for {self.num} points, got {got!r}")
        result = result.to(torch.float64).reshape(lead)
        declared = self.models.declared.get(node.name)
        if declared is not None:
            low = -math.inf if declared.low is None else float(declared.low)
            high = math.inf if declared.high is None else float(declared.high)
            outside = (result < low) | (result > high)
            if bool(outside.any()):
                wrong = float(result[outside].reshape(-1)[0])
                raise ValueError(f"{node.name} is declared to lie between {low:g} and {high:g}, and returned {wrong!r}")
        return result

    def parameters(self, node: Named, scope: Scope) -> tuple[list[Tensor], Hashable]:
        """A named law's parameters, and the identities of the values that they were computed from."""
        used = {v.name: scope.values[v.name] for parameter in node.parameters for v in free_variables(parameter)}
        parameters = [self.value(parameter, scope).to(self.models.dtype) for parameter in node.parameters]
        return parameters, identity(used)

    def _real(self, name: str, scope: Scope) -> Tensor:
        value = scope.values[name]
        if value.event_shape:
            raise Unsupported(f"{name} is a point of shape {value.event_shape}, and stands where a number has to")
        return value.tensor.to(torch.float64)

    def _number(self, value: float) -> Tensor:
        return torch.tensor(value, dtype=torch.float64, device=self.models.device)

    def made(self, law: BoundLaw, given: Mapping[str, Values]) -> Any:
        """The distribution at given values, made once: a network that encodes them runs once a block."""
        key = (law.name, identity(given))
        if key not in self._laws:  # the values are held with it, so that their identities stay their own
            self._laws[key] = law.made(given), tuple(given.values())
        return self._laws[key][0]


def identity(values: Mapping[str, Values]) -> Hashable:
    return tuple(sorted((name, id(value.tensor)) for name, value in values.items()))


def _sampled(tensor: Tensor) -> Values:
    return Values(tensor, tensor.ndim > 0)


def named_law(node: Named, parameters: list[Tensor]) -> Any:
    """The law of torch.distributions: the language has its names, and its parameters in its order."""
    if node.law == "N":
        mean, variance = parameters
        return asked("N", lambda: torch.distributions.Normal(mean, variance.sqrt()))
    law = getattr(torch.distributions, node.law, None)
    if law is None:
        raise Unsupported(f"torch.distributions has no {node.law}; bind a family to a law of your own")
    return asked(node.law, lambda: law(*parameters))


def _positive(node: Expr) -> bool:
    """Whether an expression is positive by its form."""
    match node:
        case Number(value=value):
            return value > 0
        case Constant("pi") | Density() | Named() | Call("exp" | "sigmoid"):
            return True
        case Mul(left, right) | Div(left, right) | Add(left, right):
            return _positive(left) and _positive(right)
        case Pow(base, _):
            return _positive(base)
    return False
