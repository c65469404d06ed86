"""Cancellation-free closed forms of KL(P ‖ Q), one group of families a file; importing this package registers them."""

from divergences.pairs import location_scale

__all__ = ["location_scale"]
