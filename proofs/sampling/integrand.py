"""One block of samples of an expression: each an unbiased estimate of it, made from one draw of every law.

Expectations of one law at one place share their draws, so that what cancels in the integrands cancels in the samples:
in ``E_q[f] - E_q[g]`` both terms see the same point. Three rules keep each sample unbiased.

* The two factors of a product, if both are random, draw independently: :math:`E[A B] = E[A]\\,E[B]` needs that.
* What is drawn inside a body is never what that body already depends on: given the outer draws, an inner expectation
  is estimated by fresh ones.
* Nothing but sums, such products, and what has a value at a point is admitted: :math:`E[\\log A] \\ne \\log E[A]`.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import torch
from torch import Tensor

from proofs.language.binding import free_variables
from proofs.language.tree import (
    Add,
    Call,
    Density,
    Div,
    Expectation,
    Expr,
    Law,
    Mul,
    Named,
    Neg,
    Number,
    Pow,
    Sub,
    walk,
)
from proofs.outcome import Unsupported
from proofs.refuters.laws import factors, stem_of
from proofs.sampling.laws import Values, draw
from proofs.sampling.values import Evaluation, Models, Scope, identity, named_law

_MAX_POWER = 8


class Block:
    """`num` samples of everything that is asked of it; a new block draws anew.

    Args:
        models: what the names stand for.
        num: how many samples.
    """

    def __init__(self, models: Models, num: int) -> None:
        self._values = Evaluation(models, num)
        self._draws: dict[Hashable, dict[str, Values]] = {}

    def sample(self, node: Expr) -> Tensor:
        """Estimates of a written-out expression: a number if nothing in it is random, else shape (num,), in float64.

        Raises:
            Unsupported: it is no linear combination of expectations, or a density in it is not bound.
            ValueError: what is bound failed, or returned what does not fit.
        """
        points = self._values.models.points
        return self._estimate(node, Scope({name: Values(tensor, False) for name, tensor in points.items()}))

    def _estimate(self, node: Expr, scope: Scope) -> Tensor:
        if not is_random(node):
            return self._values.value(node, scope)
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
                return self._estimate(left, scope) / self._values.value(right, scope)
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

    def _product(self, parts: list[Expr], scope: Scope) -> Tensor:
        """The product of estimates that are independent given the scope."""
        apart = sum(map(is_random, parts)) > 1
        result = torch.ones((), dtype=torch.float64, device=self._values.models.device)
        for index, part in enumerate(parts):
            inner = replace(scope, branch=(*scope.branch, index)) if apart else scope
            result = result * self._estimate(part, inner)
        return result

    def _drawn(self, law: Law, scope: Scope) -> Scope:
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

    def _draw_family(self, node: Density, scope: Scope) -> Scope:
        slots = {stem_of(variable): scope.values[variable.name] for variable in node.given}
        names = {stem_of(variable): variable.name for variable in node.generated}
        values = dict(scope.values)
        active = scope.active
        for law in self._values.models.families[node.family].sampling(node):
            given = {slot: slots[slot] for slot in law.given}
            drawn = (law.name, tuple(names.get(slot, slot) for slot in law.generated), identity(given))
            key = self._fresh(drawn, replace(scope, active=active))
            if key not in self._draws:
                self._draws[key] = law.draw(self._values.made(law, given), self._values.num, given)
            slots |= self._draws[key]
            active |= {key}
        values |= {names[slot]: slots[slot] for slot in names}
        return replace(scope, values=values, active=active)

    def _draw_named(self, node: Named, scope: Scope) -> Scope:
        parameters, depends = self._values.parameters(node, scope)
        key = self._fresh((node, depends), scope)
        if key not in self._draws:
            law = named_law(node, parameters)
            batched = any(parameter.ndim for parameter in parameters)
            self._draws[key] = {node.variable.name: Values(draw(node.law, law, self._values.num, batched), True)}
        return replace(scope, values={**scope.values, **self._draws[key]}, active=scope.active | {key})

    @staticmethod
    def _fresh(what: Hashable, scope: Scope) -> Hashable:
        """The name of a draw: shared by all that ask for it in this branch, but for those that depend on it."""
        level = 0
        while (what, scope.branch, level) in scope.active:
            level += 1
        return what, scope.branch, level


def is_random(node: Expr) -> bool:
    """Whether its value has to be sampled."""
    return any(isinstance(below, Expectation) for below in walk(node))
