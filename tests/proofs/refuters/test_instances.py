"""Claims about any number of copies: the false ones fall at a small number, which is printed; the true ones never."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.language import expand, read, to_text
from proofs.outcome import Counterexample, Unsupported
from proofs.refuters import as_python, describe
from proofs.refuters.finite import refute as refute_on_models
from proofs.refuters.instances import instantiate, numbers_of, refute
from proofs.refuters.parameters import refute as refute_at_parameters

IWAE = "E_{z_1..z_%s ~ q(z|x)}[log(mean_{i=1..%s}[p(x,z_i)/q(z_i|x)])]"
K = "integer k >= 1\n"
MEAN = "function T(z)\nE_{z_1..z_k ~ q(z)}[mean_{i=1..k}[T(z_i)]] = "
FALSE = {
    "the bound is above the evidence": K + IWAE % ("k", "k") + " >= log p(x)",
    "it is tight from two samples on": "integer k >= 2\n" + IWAE % ("k", "k") + " = log p(x)",
    "more samples loosen it": K + IWAE % ("{k+1}", "k+1") + " <= " + IWAE % ("k", "k"),
    "a mean grows with its terms": K + MEAN + "k*E_{q(z)}[T(z)]",
    "two numbers of copies": K + "integer n >= 1\n" + IWAE % ("k", "k") + " <= " + IWAE % ("n", "n"),
    "a sum of the first numbers": "integer n >= 1\nsum_{i=1..n}[i] = n*(n+1)/3",
}
TRUE = {
    "the bound is a bound": K + IWAE % ("k", "k") + " <= log p(x)",
    "more samples tighten it": K + IWAE % ("{k+1}", "k+1") + " >= " + IWAE % ("k", "k"),
    "a mean of copies": K + MEAN + "E_{q(z)}[T(z)]",
    "more of them, where that is assumed": K
    + "integer n >= 1\nassume k <= n\n"
    + IWAE % ("k", "k")
    + " <= "
    + IWAE % ("n", "n"),
    "a sum of the first numbers": "integer n >= 1\nsum_{i=1..n}[i] = n*(n+1)/2",
}


def attack(text: str, seed: int = 0, tries: int = 300) -> Counterexample | None:
    claim = expand(read(text))
    search = partial(refute_on_models, seconds=None)
    return refute(search, claim, claim.steps[0], rng=np.random.default_rng(seed), tries=tries)


@pytest.mark.parametrize("name", FALSE)
@settings(deadline=None, max_examples=2)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_is_false_for_some_number_falls(name, seed):
    assert attack(FALSE[name], seed) is not None


@pytest.mark.parametrize("name", TRUE)
def test_what_holds_for_every_number_stands(name):
    assert attack(TRUE[name], tries=36) is None


@pytest.mark.parametrize("name", FALSE)
def test_the_number_is_printed_and_the_script_recomputes_both_sides(name, capsys):
    claim = expand(read(FALSE[name]))
    found = attack(FALSE[name])
    for number in numbers_of(claim.steps[0]):
        assert f"{number} = {found.values[number]}" in describe(found, claim)
    exec(compile(as_python(found, claim, claim.steps[0]), name, "exec"), {})
    left, right = map(float, capsys.readouterr().out.split())
    assert left != right


def test_the_smallest_number_of_the_domain_is_the_first():
    assert attack("integer k >= 3\n" + IWAE % ("k", "k") + " = log p(x)").values["k"] == 3
    assert attack("integer n in [2, 3]\nsum_{i=1..n}[i] = 3").values == {"n": 3}


def test_an_index_of_the_same_name_is_another_number():
    claim = expand(read("integer k >= 1\nsum_{i=1..k}[i] = 0"))
    step = instantiate(claim, claim.steps[0], {"k": 2})[1]
    assert to_text(step.left) == "1 + 2"


def test_closed_forms_of_copies_fall_at_a_small_number():
    claim = expand(read(K + "E_{z_1..z_k ~ Normal(z; 0, 1)}[mean_{i=1..k}[z_i^2]] = k"))
    found = refute(refute_at_parameters, claim, claim.steps[0], rng=np.random.default_rng(0), tries=20)
    assert found.values == {"k": 2}


def test_what_the_search_refuses_is_unsupported():
    claim = expand(read(K + "E_{z_1..z_k ~ Normal(z; 0, 1)}[mean_{i=1..k}[z_i^2]] = k"))
    with pytest.raises(Unsupported, match="base measure"):
        refute(refute_on_models, claim, claim.steps[0], rng=np.random.default_rng(0), tries=20)
