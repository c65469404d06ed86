"""What is not decided says one thing, of the interpreter that such a claim is for, and not a list of all."""

import pytest

from proofs import check


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("W1(p(x, y) || q(x, y)) >= 0", "W1 of laws of 2 variables; it is a distance on the line"),
        (
            "assume E_{Normal(x; m, 1)}[x] >= 0\nm >= 0",
            "declare the ranges of the numbers instead, as in `real m >= 0`",
        ),
        ("integer k >= 1\nmean_{i=1..k}[i] = (k + 1)/2", "state it for some, as in `for k in 1..4`"),
        ("TV(Normal(0, 1) || Normal(1, 1)) = 2*Phi(1/2) - 1", "no closed form of `TV("),
        ("E_{StudentT(x; 3, 0, 1)}[sin(x)^2] = 1/3", "no entry of the table of Student moments"),
        ("let X = sin(Y) where Y ~ Normal(0, 1)\npdf_X(1/2) = 1", "a transform"),
    ],
)
def test_one_reason_is_given(text: str, reason: str) -> None:
    report = check(text, tries=50)
    assert report.verdict in ("open", "unsupported")
    (step,) = report.steps
    assert reason in step.message
    others = ("fixes its base measure", "the kernel does not", "free families", "finite models")
    assert not any(other in step.message for other in others)
    assert "\n" not in step.message
