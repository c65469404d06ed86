"""Untrusted search for proofs; what it finds is checked by `proofs.kernel`, or certified, before it counts."""
