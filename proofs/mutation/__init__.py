"""Mutation testing of claims: every slip that people make, at every node of a claim, before the interpreters.

A claim that is proved says little about who proved it. So each of its steps is made wrong in every way that
`proofs.mutation.slips` lists, and every mutant has to be told from the truth: refuted with a counterexample; or
proved, where the slip happens to leave something true; or found to mean nothing, where a law no longer integrates to
one or a side has no value. A mutant that stays open is a hole: a wrong line of the same kind would pass unnoticed.
"""

from proofs.mutation.run import KINDS, Mutant, Trial, mutants_of, tried
from proofs.mutation.slips import slips

__all__ = ["KINDS", "Mutant", "Trial", "mutants_of", "slips", "tried"]
