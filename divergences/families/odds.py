"""Laws of a success probability, which is given either as it is or by its logit, and never converted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from divergences import elementary, special
from divergences.domains import PROBABILITY, REAL, Domain
from divergences.families.law import Law
from divergences.libraries import Array

#: The domains of the two ways to give a probability.
ODDS: dict[str, Domain] = {"probs": PROBABILITY, "logits": REAL}


def exactly_one(law: str, **given: object) -> None:
    """Raises a ValueError unless exactly one of the alternative parameters is given."""
    if sum(value is not None for value in given.values()) != 1:
        names = " and ".join(given)
        found = ", ".join(name for name, value in given.items() if value is not None) or "none"
        raise ValueError(f"{law} takes exactly one of {names}, got {found}")


class OddsLaw(Law):
    """What is common to laws with ``probs`` or ``logits``: each quantity computed from the one that was given."""

    domains: ClassVar[Mapping[str, Domain]] = ODDS
    probs: Any
    logits: Any

    def success(self, xp: Any) -> Array:
        """p."""
        return self.probs if self.logits is None else elementary.sigmoid(self.logits, xp=xp)

    def failure(self, xp: Any) -> Array:
        """1 − p."""
        return 1 - self.probs if self.logits is None else elementary.sigmoid(-self.logits, xp=xp)

    def log_success(self, xp: Any) -> Array:
        """log p, −inf at p = 0."""
        return elementary.log(self.probs, xp=xp) if self.logits is None else -elementary.softplus(-self.logits, xp=xp)

    def log_failure(self, xp: Any) -> Array:
        """log(1 − p), −inf at p = 1."""
        return elementary.log1m(self.probs, xp=xp) if self.logits is None else -elementary.softplus(self.logits, xp=xp)

    def log_odds(self, xp: Any) -> Array:
        """log p − log(1 − p)."""
        if self.logits is not None:
            return self.logits
        p = self.probs
        if special.symbolic(xp):
            return xp.log(p / (1 - p))
        # 2p − 1 is exact for p in [1/4, 3/4] (Sterbenz), where the difference of the logarithms would cancel.
        near = (p >= 0.25) & (p <= 0.75)
        middle, outer = xp.where(near, p, 0.5), xp.where(near, 0.5, p)
        difference = elementary.log(outer, xp=xp) - elementary.log1m(outer, xp=xp)
        return xp.where(near, xp.log1p((2 * middle - 1) / (1 - middle)), difference)
