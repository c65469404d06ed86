"""Cancellation-free closed forms of KL(P ‖ Q), one group of families a file; importing this package registers them."""

from divergences.pairs import bounded, counts, extremes, gamma_powers, location_scale, tails, to_normal, vectors

__all__ = ["bounded", "counts", "extremes", "gamma_powers", "location_scale", "tails", "to_normal", "vectors"]
