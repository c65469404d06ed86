"""One block of samples of an expression: each an unbiased estimate of it, made from one draw of every law.

Expectations of one law at one place share their draws, so that what cancels in the integrands cancels in the samples:
in ``E_q[f] - E_q[g]`` both terms see the same point. Three rules keep each sample unbiased.

* The two factors of a product, if both are random, draw independently: :math:`E[A B] = E[A]\\,E[B]` needs that.
* What is drawn inside a body is never what that body already depends on: given the outer draws, an inner expectation
  is estimated by fresh ones.
* Nothing but sums, such products, and what has a value at a point is admitted: :math:`E[\\log A] \\ne \\log E[A]`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
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
    Expectation,
    Expr,
    Function,
    Indicator,
    Law,
    Mul,
    Named,
    Neg,
    Number,
    Pow,
    Sub,
    Symbol,
    Variable,
    walk,
)
from proofs.outcome import Unsupported
from proofs.refuters.laws import factors, stem_of
from proofs.sampling.families import BoundFamily
from proofs.sampling.laws import BoundLaw, Values, asked, draw, log_density

_MAX_POWER = 8
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
class _Scope:
    """What the variables stand for at one place of the tree, and which draws that place depends on."""

    values: Mapping[str, Values]
    active: frozenset[Hashable] = frozenset()
    branch: tuple[int, ...] = ()


@dataclass
class Block:
    """`num` samples of everything that is asked of it; a new block draws anew.

    Args:
        models: what the names stand for.
        num: how many samples.
    """

    models: Models
    num: int
    _draws: dict[Hashable, dict[str, Values]] = field(default_factory=dict)
    _laws: dict[Hashable, tuple[Any, tuple[Values, ...]]] = field(default_factory=dict)
    _densities: dict[Hashable, tuple[Tensor, tuple[Values, ...]]] = field(default_factory=dict)

    def sample(self, node: Expr) -> Tensor:
        """Estimates of a written-out expression: a number if nothing in it is random, else shape (num,), in float64.

        Raises:
            Unsupported: it is no linear combination of expectations, or a density in it is not bound.
            ValueError: what is bound failed, or returned what does not fit.
        """
        values = {name: Values(tensor, False) for name, tensor in self.models.points.items()}
        return self._estimate(node, _Scope(values))

    def _estimate(self, node: Expr, scope: _Scope) -> Tensor:
        if not is_random(node):
            return self._point(node, scope)
        match node:
            case Expectation(law, body):
                return self._estimate(body, self._drawn(law, scope))
            case Neg(operand):
                return -self._estimate(operand, scope)
            case Add(left, right):
                return self._estimate(left, scope) + self._estimate(right, scope)
            case Sub(left, right):
                return self._estimate(left, scope) - self._estimate(right, scope)
            case Mul(left, right):
                return self._product([left, right], scope)
            case Div(left, right) if not is_random(right):
                return self._estimate(left, scope) / self._point(right, scope)
            case Div():
                raise Unsupported("a quotient by an expectation is not estimated without bias; multiply it out")
            case Pow(base, Number(value=power)) if power.denominator == 1 and 1 <= power <= _MAX_POWER:
                return self._product([base] * int(power), scope)
            case Pow():
                raise Unsupported(f"of the powers of an expectation only 1 to {_MAX_POWER} are estimated without bias")
            case Call(function):
                raise Unsupported(
                    f"{function} of an expectation is not estimated without bias from samples; bind what is inside "
                    f"in closed form, or state the claim without the {function}"
                )
        raise Unsupported(f"{type(node).__name__.lower()} of an expectation is not estimated without bias from samples")

    def _product(self, parts: list[Expr], scope: _Scope) -> Tensor:
        """The product of estimates that are independent given the scope."""
        apart = sum(map(is_random, parts)) > 1
        result = torch.ones((), dtype=torch.float64, device=self.models.device)
        for index, part in enumerate(parts):
            inner = replace(scope, branch=(*scope.branch, index)) if apart else scope
            result = result * self._estimate(part, inner)
        return result

    # --- drawing -------------------------------------------------------------------------------------------------

    def _drawn(self, law: Law, scope: _Scope) -> _Scope:
        """The scope of a body under a law: its variables drawn, factor after factor."""
        waiting = factors(law.density)
        undrawn = {variable.name for variable in law.generated}
        while waiting:
            ready = next(factor for factor in waiting if not undrawn & self._conditions(factor))
            waiting.remove(ready)
            if isinstance(ready, Named):
                scope = self._draw_named(ready, scope)
                undrawn.discard(ready.variable.name)
            else:
                assert isinstance(ready, Density)
                scope = self._draw_family(ready, scope)
                undrawn -= {variable.name for variable in ready.generated}
        return scope

    @staticmethod
    def _conditions(factor: Expr) -> set[str]:
        if isinstance(factor, Named):
            return {variable.name for parameter in factor.parameters for variable in free_variables(parameter)}
        assert isinstance(factor, Density)
        return {variable.name for variable in factor.given}

    def _draw_family(self, node: Density, scope: _Scope) -> _Scope:
        slots = {stem_of(variable): self._value(variable.name, scope) for variable in node.given}
        names = {stem_of(variable): variable.name for variable in node.generated}
        values = dict(scope.values)
        active = scope.active
        for law in self.models.families[node.family].sampling(node):
            given = {slot: slots[slot] for slot in law.given}
            identity = (law.name, tuple(names.get(slot, slot) for slot in law.generated), _identity(given))
            key = self._fresh(identity, replace(scope, active=active))
            if key not in self._draws:
                self._draws[key] = law.draw(self._made(law, given), self.num, given)
            slots |= self._draws[key]
            active |= {key}
        values |= {names[slot]: slots[slot] for slot in names}
        return replace(scope, values=values, active=active)

    def _draw_named(self, node: Named, scope: _Scope) -> _Scope:
        parameters, depends = self._parameters(node, scope)
        key = self._fresh((node, depends), scope)
        if key not in self._draws:
            law = _named(node, parameters)
            batched = any(parameter.ndim for parameter in parameters)
            self._draws[key] = {node.variable.name: Values(draw(node.law, law, self.num, batched), True)}
        return replace(scope, values={**scope.values, **self._draws[key]}, active=scope.active | {key})

    @staticmethod
    def _fresh(identity: Hashable, scope: _Scope) -> Hashable:
        """The name of a draw: shared by all that ask for it in this branch, but for those that depend on it."""
        level = 0
        while (identity, scope.branch, level) in scope.active:
            level += 1
        return identity, scope.branch, level

    def _made(self, law: BoundLaw, given: Mapping[str, Values]) -> Any:
        """The distribution at given values, made once: a network that encodes them runs once a block."""
        key = (law.name, _identity(given))
        if key not in self._laws:  # the values are held with it, so that their identities stay their own
            self._laws[key] = law.made(given), tuple(given.values())
        return self._laws[key][0]

    # --- values at a point ---------------------------------------------------------------------------------------

    def _point(self, node: Expr, scope: _Scope) -> Tensor:
        match node:
            case Number(value=value):
                return self._number(float(value))
            case Constant(name):
                return self._number({"pi": math.pi, "oo": math.inf}[name])
            case Symbol(name):
                return self._value(name, scope).tensor
            case Variable(name):
                return self._real(name, scope)
            case Neg(operand):
                return -self._point(operand, scope)
            case Add(left, right):
                return self._point(left, scope) + self._point(right, scope)
            case Sub(left, right):
                return self._point(left, scope) - self._point(right, scope)
            case Mul(left, right):
                return self._point(left, scope) * self._point(right, scope)
            case Div(left, right):
                return self._point(left, scope) / self._point(right, scope)
            case Pow(base, exponent):
                return self._point(base, scope) ** self._point(exponent, scope)
            case Call("log", (argument,)):
                return self._log(argument, scope)
            case Call(function, arguments):
                return _CALLS[function](*(self._point(argument, scope) for argument in arguments))
            case Density() | Named():
                return self._log(node, scope).exp()
            case Apply():
                return self._applied(node, scope)
            case Indicator(left, relation, right) if relation in _COMPARISONS:
                return _COMPARISONS[relation](self._point(left, scope), self._point(right, scope)).to(torch.float64)
        raise Unsupported(f"{type(node).__name__.lower()} has no value that could be sampled")

    def _log(self, node: Expr, scope: _Scope) -> Tensor:
        """The logarithm; of products, quotients and sums of positive things without leaving the logarithms."""
        match node:
            case Density():
                return self._log_density(node, scope)
            case Named():
                parameters, _ = self._parameters(node, scope)
                value = self._value(node.variable.name, scope)
                batched = value.batched or any(parameter.ndim for parameter in parameters)
                return log_density(node.law, _named(node, parameters), value, self.num, batched)
            case Call("exp", (argument,)):
                return self._point(argument, scope)
            case Call("sigmoid", (argument,)):
                return torch.nn.functional.logsigmoid(self._point(argument, scope))
            case Mul(left, right) if _positive(node):
                return self._log(left, scope) + self._log(right, scope)
            case Div(left, right) if _positive(node):
                return self._log(left, scope) - self._log(right, scope)
            case Add(left, right) if _positive(node):
                return torch.logaddexp(self._log(left, scope), self._log(right, scope))
            case Pow(base, exponent) if _positive(base):
                return self._point(exponent, scope) * self._log(base, scope)
        return self._point(node, scope).log()

    def _log_density(self, node: Density, scope: _Scope) -> Tensor:
        values = {stem_of(v): self._value(v.name, scope) for v in (*node.generated, *node.given)}
        above, below = self.models.families[node.family].density(node)
        result = self._number(0.0)
        for sign, plan in ((1, above), (-1, below)):
            for law in plan:
                mine = {slot: values[slot] for slot in (*law.generated, *law.given)}
                key = (law.name, _identity(mine))
                if key not in self._densities:
                    made = self._made(law, {slot: mine[slot] for slot in law.given})
                    self._densities[key] = law.log_density(made, self.num, mine), tuple(mine.values())
                result = result + sign * self._densities[key][0]
        return result

    def _applied(self, node: Apply, scope: _Scope) -> Tensor:
        arguments, batched = [], False
        for argument in node.arguments:
            value = (
                self._value(argument.name, scope)
                if isinstance(argument, Variable)
                else _sampled(self._point(argument, scope))
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

    def _parameters(self, node: Named, scope: _Scope) -> tuple[list[Tensor], Hashable]:
        """A named law's parameters, and the identities of the values that they were computed from."""
        used = {v.name: self._value(v.name, scope) for parameter in node.parameters for v in free_variables(parameter)}
        parameters = [self._point(parameter, scope).to(self.models.dtype) for parameter in node.parameters]
        return parameters, _identity(used)

    def _real(self, name: str, scope: _Scope) -> Tensor:
        value = self._value(name, scope)
        if value.event_shape:
            raise Unsupported(f"{name} is a point of shape {value.event_shape}, and stands where a number has to")
        return value.tensor.to(torch.float64)

    def _value(self, name: str, scope: _Scope) -> Values:
        return scope.values[name]

    def _number(self, value: float) -> Tensor:
        return torch.tensor(value, dtype=torch.float64, device=self.models.device)


def is_random(node: Expr) -> bool:
    """Whether its value has to be sampled."""
    return any(isinstance(below, Expectation) for below in walk(node))


def _identity(values: Mapping[str, Values]) -> Hashable:
    return tuple(sorted((name, id(value.tensor)) for name, value in values.items()))


def _sampled(tensor: Tensor) -> Values:
    return Values(tensor, tensor.ndim > 0)


def _named(node: Named, parameters: list[Tensor]) -> Any:
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
