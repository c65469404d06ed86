"""What is printed as LaTeX reads back as the same tree."""

from hypothesis import given, settings

from proofs.language import read, to_latex
from proofs.language.tree import Claim
from tests.proofs.strategies import claims


@settings(max_examples=25, deadline=None)
@given(claims(max_leaves=8))
def test_a_claim_in_latex_reads_back(claim: Claim) -> None:
    printed = to_latex(claim)
    back = read(printed)
    assert back == claim
    assert to_latex(back) == printed
    assert [step.reason for step in back.steps] == [step.reason for step in claim.steps]
