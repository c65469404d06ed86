"""Torch bijections with log-determinants, and the densities they make.

The package is laid out and holds no bijection yet.
"""
