"""A family and the laws that are bound for it: which of them make up a density, and which a sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proofs.language.names import plain_name
from proofs.language.tree import Density, Family
from proofs.outcome import Unsupported
from proofs.refuters.laws import factors, own_structure, stem_of
from proofs.sampling.laws import BoundLaw

Slots = frozenset[str]
Plan = tuple[BoundLaw, ...]


class BoundFamily:
    """A family with the laws that were bound for it, in the order in which they were bound.

    A density is made of bound laws by the chain rule, each law conditioned on *everything* before it, or as the
    quotient of two such products. An independence is used only where the claim declares it
    (``density p(x, y, z) = p(x) p(y|x) p(z|y)``): without that, p(x) and p(z) make no p(x, z).

    What is bound may be a larger joint law than the claim speaks of: p(x) can be drawn as the x of p(x, z).

    Args:
        family: the declaration.
        bound: a mapping of conditionals to laws, ``{"z": prior, "x|z": likelihood}``; or the law of the whole family.

    Raises:
        TypeError: something bound is no law.
        ValueError: a key of the mapping is no conditional.
    """

    def __init__(self, family: Family, bound: Any) -> None:
        self.family = family
        if not isinstance(bound, Mapping):
            whole = ", ".join(family.generated) + (f" | {', '.join(family.given)}" if family.given else "")
            bound = {whole: bound}
        if not bound:
            raise ValueError(f"bind[{family.name!r}] is empty; expected at least one law, {self._example()}")
        self.laws = tuple(self._law(key, law) for key, law in bound.items())
        self._generated = frozenset(family.generated).union(*(law.generated for law in self.laws))
        self._structure: dict[Slots, Slots] = {}
        if family.structure is not None and own_structure(family):
            parts = [part for part in factors(family.structure) if isinstance(part, Density)]
            self._structure = {_slots(part.generated): _slots(part.given) for part in parts}

    def density(self, node: Density) -> tuple[Plan, Plan]:
        """The laws whose densities multiply to the asked one, and those that it is divided by."""
        wanted, given = _slots(node.generated), _slots(node.given)
        product = self._chain(given, wanted, given | wanted)
        if product is not None:
            return product, ()
        outside = given - self._generated
        above = self._chain(outside, wanted | given, wanted | given)
        below = self._chain(outside, given, given)
        if above is None or below is None:
            raise Unsupported(self._missing(node))
        return above, below

    def sampling(self, node: Density) -> Plan:
        """The laws to draw from, in order; slots that were not asked for may be drawn on the way."""
        wanted, given = _slots(node.generated), _slots(node.given)
        plan = self._chain(given, wanted, given | wanted) or self._chain(given, wanted, given | self._generated)
        if plan is None:
            raise Unsupported(self._missing(node))
        return plan

    def _chain(self, known: Slots, wanted: Slots, allowed: Slots) -> Plan | None:
        """Laws, each given all that is known by then, until everything wanted is; the first such in bound order."""
        if wanted <= known:
            return ()
        for law in self.laws:
            new = frozenset(law.generated)
            if new & known or not new <= allowed or not self._given_all(law, known):
                continue
            rest = self._chain(known | new, wanted, allowed)
            if rest is not None:
                return (law, *rest)
        return None

    def _given_all(self, law: BoundLaw, known: Slots) -> bool:
        """Whether the law is that of its slots given everything known."""
        if frozenset(law.given) == known:
            return True
        # Local Markov property: given its parents, a factor of the structure does not depend on a known set that holds
        # the parents of each of its members, since such a set contains no descendant of a slot outside of it.
        parents = self._structure.get(frozenset(law.generated))
        if parents is None or parents != frozenset(law.given) or not parents <= known:
            return False
        return all(above <= known for slots, above in self._structure.items() if slots & known)

    def _law(self, key: Any, law: Any) -> BoundLaw:
        place = f"bind[{self.family.name!r}]"
        if not isinstance(key, str) or key.count("|") > 1:
            raise ValueError(f"{place} has the key {key!r}; expected {self._example()}")
        before, _, after = key.partition("|")
        generated, given = (_names(part) for part in (before, after))
        if not generated or None in generated or None in given:
            raise ValueError(f"{place} has the key {key!r}; expected {self._example()}")
        slots = tuple(str(name) for name in generated)
        conditions = tuple(str(name) for name in given)
        if len({*slots, *conditions}) < len(slots) + len(conditions):
            raise ValueError(f"{place} has the key {key!r}, in which a slot stands twice")
        bar = f"|{', '.join(conditions)}" if conditions else ""
        return BoundLaw(f"{self.family.name}({', '.join(slots)}{bar})", slots, conditions, law)

    def _missing(self, node: Density) -> str:
        asked = ", ".join(map(stem_of, node.generated))
        asked += f"|{', '.join(map(stem_of, node.given))}" if node.given else ""
        bound = ", ".join(law.name for law in self.laws)
        name = self.family.name
        return f'{name}({asked}) does not follow from what is bound, {bound}; add bind["{name}"]["{asked}"]'

    def _shown(self) -> str:
        given = f"|{', '.join(self.family.given)}" if self.family.given else ""
        return f"{self.family.name}({', '.join(self.family.generated)}{given})"

    def _example(self) -> str:
        return f"a conditional of {self._shown()} such as {self._shown()[len(self.family.name) + 1 : -1]!r}"


def _slots(variables: tuple[Any, ...]) -> Slots:
    return frozenset(map(stem_of, variables))


def _names(part: str) -> list[str | None]:
    return [plain_name(name.strip()) for name in part.split(",")] if part.strip() else []
