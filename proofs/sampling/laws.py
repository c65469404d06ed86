"""One conditional law of a model: drawing from it, and its log density, with every shape checked.

Samples lie along the first axis. All further axes are coordinates of one point; a log density that still has some of
them is that of independent coordinates, and is summed over them, as `torch.distributions.Independent` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor

T = TypeVar("T")


class Values(NamedTuple):
    """What a variable stands for: one point, or (`batched`) one point for each sample, along the first axis."""

    tensor: Tensor
    batched: bool

    @property
    def event_shape(self) -> tuple[int, ...]:
        return tuple(self.tensor.shape[1:] if self.batched else self.tensor.shape)


@dataclass(frozen=True)
class BoundLaw:
    """A law that was bound: ``bind["q"]["z|x"]``.

    Args:
        name: how messages call it: ``q(z|x)``.
        generated, given: the slots that it generates, and those that it depends on, in the order of their binding.
        law: one of three. A distribution, with ``log_prob(value)`` and ``sample(shape)``, of one slot that depends on
            nothing. A function of the given slots, in order, that returns one. Or an object whose ``log_prob`` takes
            all slots by name, ``log_prob(x=..., z=...)``, and whose ``sample(shape, **given)`` returns a tensor, or
            a mapping of tensors if it generates several slots.
    """

    name: str
    generated: tuple[str, ...]
    given: tuple[str, ...]
    law: Any

    def __post_init__(self) -> None:
        if not self._knows(self.law) and not (self.given and callable(self.law)):
            wanted = "a function of the given slots, or an object" if self.given else "an object"
            raise TypeError(f"what is bound to {self.name} must be {wanted} with log_prob or sample, not {self.law!r}")

    @staticmethod
    def _knows(law: Any) -> bool:
        return any(hasattr(law, method) for method in ("log_prob", "sample", "rsample"))

    def made(self, given: Mapping[str, Values]) -> Any:
        """The distribution at the given values; the bound object itself where nothing has to be made."""
        if self._knows(self.law):
            return self.law
        law = asked(self.name, lambda: self.law(*(given[slot].tensor for slot in self.given)))
        if not self._knows(law):
            raise TypeError(f"the function bound to {self.name} must return an object with log_prob, not {law!r}")
        return law

    def draw(self, law: Any, num: int, given: Mapping[str, Values]) -> dict[str, Values]:
        """Independent samples of what it generates, one for each of the given samples."""
        if law is self.law and (self.given or len(self.generated) > 1):
            named = {slot: given[slot].tensor for slot in self.given}
            drawn = asked(self.name, lambda: _sampler(self.name, law)(torch.Size((num,)), **named))
        else:
            batched = any(given[slot].batched for slot in self.given)
            drawn = draw(self.name, law, num, batched)
        if not isinstance(drawn, Mapping):
            drawn = {self.generated[0]: drawn} if len(self.generated) == 1 else {}
        if set(drawn) != set(self.generated):
            raise TypeError(f"a sample of {self.name} must be a mapping of {', '.join(self.generated)} to tensors")
        return {slot: Values(_led(f"a sample of {self.name}", tensor, num), True) for slot, tensor in drawn.items()}

    def log_density(self, law: Any, num: int, values: Mapping[str, Values]) -> Tensor:
        """The log density in nats: a number, or one for each sample."""
        batched = any(values[slot].batched for slot in (*self.generated, *self.given))
        if law is not self.law or (not self.given and len(self.generated) == 1):
            if len(self.generated) == 1:
                return log_density(self.name, law, values[self.generated[0]], num, batched)
            slots = self.generated
        else:
            slots = (*self.generated, *self.given)
        named = {slot: values[slot].tensor for slot in slots}
        result = asked(self.name, lambda: _log_prob(self.name, law)(**named))
        return _per_sample(f"log {self.name}", result, (), num, batched)


def draw(name: str, law: Any, num: int, batched: bool) -> Tensor:
    """Samples of a distribution that holds one law, or (`batched`) one for each sample along its first batch axis."""
    method = _sampler(name, law)
    shared = not batched or (hasattr(law, "batch_shape") and len(law.batch_shape) == 0)
    return _led(f"a sample of {name}", asked(name, lambda: method((num,)) if shared else method()), num)


def log_density(name: str, law: Any, value: Values, num: int, batched: bool) -> Tensor:
    """The log density of a distribution at a value: a number, or (`batched`) one for each sample."""
    result = asked(name, lambda: _log_prob(name, law)(value.tensor))
    # A law that is the same for all samples, at a point that is the same for all samples.
    shared = not value.batched and hasattr(law, "batch_shape") and len(law.batch_shape) == 0
    return _per_sample(f"log {name}", result, value.event_shape, num, batched and not shared)


def asked(name: str, call: Callable[[], T]) -> T:
    """What the user's code returns; what it raises is a ValueError that says where."""
    try:
        return call()
    except Exception as error:
        raise ValueError(f"what is bound to {name} failed: {type(error).__name__}: {error}") from error


def _sampler(name: str, law: Any) -> Callable[..., Any]:
    method = getattr(law, "sample", None) or getattr(law, "rsample", None)
    if method is None:
        raise ValueError(f"{name} has to be sampled, and what is bound to it has no sample method: {law!r}")
    return method


def _log_prob(name: str, law: Any) -> Callable[..., Any]:
    if not hasattr(law, "log_prob"):
        raise ValueError(f"log {name} has to be evaluated, and what is bound to it has no log_prob method: {law!r}")
    return law.log_prob


def _led(what: str, tensor: Any, num: int) -> Tensor:
    """A tensor whose first axis runs over the samples."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{what} must be a tensor, not {tensor!r}")
    if tensor.ndim == 0 or tensor.shape[0] != num:
        raise ValueError(f"{what} must have {num} points along its first axis, got the shape {tuple(tensor.shape)}")
    return tensor


def _per_sample(what: str, result: Any, event_shape: tuple[int, ...], num: int, batched: bool) -> Tensor:
    """The result summed over coordinates, in float64: of shape (num,) if batched, else a number."""
    if not isinstance(result, Tensor):
        raise TypeError(f"{what} must be a tensor, not {result!r}")
    lead = (num,) if batched else ()
    rest = tuple(result.shape[len(lead) :])
    if tuple(result.shape[: len(lead)]) != lead or rest != event_shape[: len(rest)]:
        point = f"points of shape {event_shape}" if event_shape else "numbers"
        raise ValueError(f"{what} has the shape {tuple(result.shape)}; expected {lead} for {num} {point}")
    return result.to(torch.float64).reshape((*lead, -1)).sum(-1)
