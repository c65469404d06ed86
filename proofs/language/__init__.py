"""The claim language: one tree for every claim, its reader and its printers."""

from proofs.language.binding import free_symbols, free_variables, substitute
from proofs.language.definitions import expand
from proofs.language.errors import ClaimError
from proofs.language.latex import to_latex
from proofs.language.python import claim_of
from proofs.language.reader import read
from proofs.language.text import to_text

__all__ = [
    "ClaimError",
    "claim_of",
    "expand",
    "free_symbols",
    "free_variables",
    "read",
    "substitute",
    "to_latex",
    "to_text",
]
