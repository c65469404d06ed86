"""Laws that are none: what they integrate to, or where they are negative, is said, whichever side they stand on."""

from __future__ import annotations

import pytest

from proofs import check

UNNORMALISED = {
    "let r(x) = 2*Normal(x; 0, 1)\nE_{r(x)}[x^2] = 3": "integrates to 2.0000000",
    "let p(x) = 1/2*Normal(x; m, s)\nCE(Normal(x; 0, 1) || p(x)) >= H(Normal(x; 0, 1))": "integrates to 0.50000000",
    "let p(x) = 1/2*Normal(x; m, s)\nKL(Normal(x; 0, 1) || p(x)) >= 0": "integrates to 0.50000000",
    "let q(x) = Normal(x; 0, 1)*Normal(x; 0, 1)\nH(q(x)) = 0": "integrates to 0.28209479",
    "let q(x) = Exponential(x; 1)/2\nJSD(q(x) || Exponential(x; 1)) <= 1": "integrates to 0.50000000",
    "let q(y) = 2*Normal(y; 0, 1)\nE_{Normal(x; 0, 1) q(y)}[x + y] = 0": "integrates to 2.0000000",
    "let q(y|x) = 1/2*Normal(y; x, 1)\nE_{Normal(x; 0, 1) q(y|x)}[x + y] = 0": "integrates to 0.50000000",
    "let q(x) = log Normal(x; m, s)\nKL(q(x) || Normal(x; 0, 1)) = 1": "is negative where x = 0",
    "let q(x) = 2*Normal(x; 0, 1) - Normal(x; 1, 1)\nE_{q(x)}[x] = -1": "is negative where x = 3",
}
NORMALISED = (
    "let r(x) = 1/2*Normal(x; 0, 1) + 1/2*Normal(x; 1, 2)\nE_{r(x)}[x] = 1",
    "let r(x) = 2*Normal(x; 0, 1)/2\nE_{r(x)}[x^2] = 3",
    "let r(x) = Exponential(x; 1)\nKL(r(x) || Exponential(x; 2)) = 0",
)


@pytest.mark.parametrize("text", UNNORMALISED)
def test_what_it_integrates_to_is_said(text):
    report = check(text)
    assert report.verdict == "unsupported"
    assert UNNORMALISED[text] in report.steps[0].message
    assert report.steps[0].message.endswith((", not 1", UNNORMALISED[text]))  # and nothing else


@pytest.mark.parametrize("text", NORMALISED)
def test_laws_are_not_objected_to(text):
    assert check(text).verdict == "refuted"
