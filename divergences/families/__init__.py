"""Families of laws: plain dataclasses of arrays with a support, a density, a table of expectations, and sampling."""

from divergences.families.bernoulli import Bernoulli
from divergences.families.law import Law
from divergences.families.normal import Normal
from divergences.families.uniform import Uniform

#: Every family of one variable, and then the others; what tests and audits run over.
UNIVARIATE: tuple[type[Law], ...] = (Normal, Uniform, Bernoulli)

__all__ = ["UNIVARIATE", "Bernoulli", "Law", "Normal", "Uniform"]
