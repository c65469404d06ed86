"""Loops are written out: lists of values, and a loop below another one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs import check
from proofs.language import expand, read, to_text


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=6, unique=True))
def test_a_list_of_values_claims_each_of_them(values: list[int]) -> None:
    claim = read(f"for k in {', '.join(map(str, values))}\nk^2 >= k")
    assert [to_text(chain) for chain in claim.chains] == [f"{k}^2 >= {k}" for k in values]


def test_spans_and_values_stand_in_one_list() -> None:
    assert read("for k in 1..3, 7\nk > 0") == read("1 > 0\n2 > 0\n3 > 0\n7 > 0")
    assert read("\\text{for } k \\in \\{1, 2\\}\n\\sqrt{k} > 0") == read("sqrt(1) > 0\nsqrt(2) > 0")


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4), st.integers(1, 4))
def test_a_loop_below_another_is_claimed_for_each_pair(first: int, second: int) -> None:
    claim = read(f"for k in 1..{first}\nfor j in 1..{second}\nk + j >= 2")
    pairs = {(k, j) for k in range(1, first + 1) for j in range(1, second + 1)}
    assert {to_text(chain) for chain in claim.chains} == {f"{k} + {j} >= 2" for k, j in pairs}
    assert len(claim.chains) == len(pairs)


def test_a_definition_below_two_loops_is_one_for_each_pair() -> None:
    claim = read("for k in 1..2\nlet M = k + 1\nfor j in 1..2\nlet N_j = M*(j + 1)\nN_{j+1} = (k + 1)*(j + 1 + 1)")
    assert len(claim.steps) == 4
    values = {to_text(step.left): to_text(step.right) for step in expand(claim).steps}
    assert values == {f"({k} + 1)*({j} + 1)": f"({k} + 1)*({j - 1} + 1 + 1)" for k in (1, 2) for j in (2, 3)}


@pytest.mark.parametrize(("power", "verdict"), [(1, "proved"), (2, "refuted")])
def test_two_loops_are_decided(power: int, verdict: str) -> None:
    report = check(
        f"for k in 1, 2\nfor j in 1..2\nE_{{z_1..z_k ~ q(z)}}[mean_{{i=1..k}}[z_i^j]] = E_{{q(z)}}[z^j]^{power}"
    )
    assert report.verdict == verdict
