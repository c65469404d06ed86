"""Dataclasses of arrays whose fields have domains, and how several of them come to share one namespace and dtype."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any, ClassVar, TypeVar

from divergences.domains import Domain
from divergences.libraries import Array
from divergences.namespace import Inputs, Shapes, broadcastable, gather, listed

P = TypeVar("P", bound="Parametrised")


class Parametrised:
    """A frozen dataclass whose fields are arrays (or None, for those not given) or such dataclasses themselves.

    It holds what the user gave. `bring` makes the same object over arrays of one namespace, dtype and device, with
    values checked; the formulas of subclasses take such objects only.
    """

    #: The domain of each array field.
    domains: ClassVar[Mapping[str, Domain]] = {}
    #: How many axes of a field belong to one event, where not none.
    event_ranks: ClassVar[Mapping[str, int]] = {}

    def _fields(self) -> tuple[str, ...]:
        kind: Any = type(self)
        return _names(kind)

    def parameters(self, prefix: str = "") -> dict[str, Array]:
        """What was given, by the field's name; fields of fields as ``outer.inner``."""
        found: dict[str, Array] = {}
        for name in self._fields():
            value = getattr(self, name)
            if isinstance(value, Parametrised):
                found.update(value.parameters(f"{prefix}{name}."))
            elif value is not None and name in self.domains:
                found[prefix + name] = value
        return found

    def requirements(self, prefix: str = "") -> dict[str, tuple[Domain, int]]:
        """The domain and the event rank of each of the `parameters`."""
        found: dict[str, tuple[Domain, int]] = {}
        for name in self._fields():
            value = getattr(self, name)
            if isinstance(value, Parametrised):
                found.update(value.requirements(f"{prefix}{name}."))
            elif value is not None and name in self.domains:
                found[prefix + name] = (self.domains[name], self.event_ranks.get(name, 0))
        return found

    def over(self: P, values: Mapping[str, Array], prefix: str = "") -> P:
        """The same object with other values of its `parameters`, which are not looked at."""
        made = object.__new__(type(self))
        for name in self._fields():
            value = getattr(self, name)
            if isinstance(value, Parametrised):
                value = value.over(values, f"{prefix}{name}.")
            elif value is not None and name in self.domains:
                value = values[prefix + name]
            object.__setattr__(made, name, value)
        return made

    def admit(self: P, xp: Any, *, validate: bool) -> P:
        """Checks what concerns several fields of an object over arrays; what may not be read becomes NaN."""
        return self


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def bring(
    objects: Mapping[str, Parametrised],
    values: Mapping[str, tuple[object, Domain, int]] | None = None,
    *,
    validate: bool,
) -> tuple[Inputs, list[Any], list[Array]]:
    """The objects and further values over arrays of one namespace, dtype and device.

    Args:
        objects: by what errors call them; parameters are ``p.loc`` for the object ``p``, ``loc`` for ``""``.
        values: further arrays by name, with their domain and event rank.
        validate: whether values are read and checked.

    Returns:
        The inputs (for their namespace and `Inputs.result`), the objects, and the further arrays.

    Raises:
        TypeError, ValueError: as `divergences.namespace.gather`.
    """
    arguments: dict[str, tuple[object, Domain]] = {}
    ranks: dict[str, int] = {}
    for label, one in objects.items():
        prefix = f"{label}." if label else ""
        needed = one.requirements(prefix)
        for name, value in one.parameters(prefix).items():
            arguments[name], ranks[name] = (value, needed[name][0]), needed[name][1]
    for name, (value, domain, rank) in (values or {}).items():
        arguments[name], ranks[name] = (value, domain), rank

    def agree(shapes: Shapes) -> None:
        for name, rank in ranks.items():
            if len(shapes[name]) < rank:
                raise ValueError(f"{name} must have at least {rank} event axes, got shape {shapes[name]}")
        batch = {name: shape[: len(shape) - ranks[name]] for name, shape in shapes.items()}
        try:
            broadcastable(batch)
        except ValueError:
            raise ValueError(f"shapes must broadcast, got {listed(shapes)}") from None

    inputs = gather(arguments, validate=validate, shapes_agree=agree)
    arrays = dict(zip(arguments, inputs.values, strict=True))
    made = [
        one.over(arrays, f"{label}." if label else "").admit(inputs.xp, validate=validate)
        for label, one in objects.items()
    ]
    return inputs, made, [arrays[name] for name in values or {}]
