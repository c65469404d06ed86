"""Expectations over variables that depend on one another hold the values that are known of them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.certifier import nested
from proofs.certifier.enclose import enclose
from proofs.language import expand, read
from proofs.language import tree as t
from proofs.outcome import Unsupported

_NUMBERS = st.fractions(min_value=-3, max_value=3, max_denominator=8)
_SCALES = st.fractions(min_value=Fraction(1, 4), max_value=3, max_denominator=8)
_NAMES = "a b c m n r s t u v".split()
_DECLARED = "real a, b, c, m, n, r\npositive s, t, u, v\n"


def sides(text: str, values: dict[str, Fraction], *, bits: int = 53) -> tuple[arb, arb]:
    claim = expand(read(_DECLARED + text))
    (step,) = claim.steps
    return enclose(step.left, claim, values, bits=bits), enclose(step.right, claim, values, bits=bits)


@st.composite
def points(draw: st.DrawFn) -> dict[str, Fraction]:
    return {name: draw(_SCALES if name in "stuv" else _NUMBERS) for name in _NAMES}


#: Both sides by elementary algebra; the left one over two or three variables that depend on one another.
EQUAL = [
    "E_{x ~ Normal(a, s)}[E_{y ~ Normal(b + c*x, t)}[x*y]] = a*b + c*(a^2 + s^2)",
    "E_{Normal(x; a, s) Normal(y; b + c*x, t)}[(x - y)^2] = (a - b - c*a)^2 + (1 - c)^2*s^2 + t^2",
    "E_{Normal(x; a, s) N(y; x, t) Normal(z; y - x, u)}[z^2*x] = a*(t + u^2)",
    "E_{x ~ Normal(a, s)}[H(Normal(y; c*x, t))] = log(t) + log(2*pi)/2 + 1/2",
    "E_{x ~ Normal(a, s)}[KL(Normal(y; b + c*x, t) || Normal(y; n + r*x, v))]"
    " = log(v/t) + (t^2 + (b - n + (c - r)*a)^2 + (c - r)^2*s^2)/(2*v^2) - 1/2",
    "E_{x ~ Exponential(s)}[E_{y ~ Normal(x, t)}[y^2]] = 2/s^2 + t^2",
    "E_{x ~ Normal(a, s)}[E_{y ~ Normal(x, t)}[exp(x)*(y - x)]] = 0*a",
    "E_{x ~ Normal(a, s)}[x*E_{x ~ Normal(b, t)}[x] + E_{y ~ Normal(x, t)}[y]] = a*b + a",  # the inner x is another
    "E_{x ~ Normal(a, s)}[E_{y ~ Normal(x, t)}[y]*E_{y ~ Normal(x, u)}[y]] = a^2 + s^2",
]


@pytest.mark.parametrize("text", EQUAL)
@settings(max_examples=4)
@given(values=points())
def test_known_values_are_enclosed(text: str, values: dict[str, Fraction]) -> None:
    left, right = sides(text, values)
    assert left.overlaps(right)
    assert left.rad() <= max(1, abs(right.mid())) * arb(2) ** -40


@pytest.mark.parametrize(
    "text",
    [
        "E_{x ~ Normal(a, s)}[E_{y ~ Normal(b, x^2 + 1)}[y^2]] = 0",  # a random scale
        "E_{x ~ Normal(a, s)}[E_{y ~ Normal(x, t)}[exp(x*y)]] = 0",  # not a polynomial in what links them
        "E_{x ~ Normal(a, s)}[E_{y ~ Laplace(x, t)}[y]] = 0",
        "E_{x ~ Normal(a, s)}[E_{y ~ Normal(x, t)}[log Exponential(y; 1)]] = 0",  # y leaves the support
    ],
)
def test_what_cannot_be_parted_is_refused(text: str) -> None:
    with pytest.raises(Unsupported):
        sides(text, dict.fromkeys(_NAMES, Fraction(1)))


# --- planted errors --------------------------------------------------------------------------------------------------


def _disagrees(salt: int) -> bool:
    """At points of this salt's own: enclosures are remembered, the wrong ones too."""
    values = {name: Fraction(n + 2, 3) + Fraction(salt, 1009) for n, name in enumerate(_NAMES)}
    found = []
    for text in EQUAL:
        try:
            left, right = sides(text, values)
        except Unsupported:
            continue
        found.append(left.overlaps(right))
    return not all(found)


def test_nothing_shows_where_nothing_is_wrong() -> None:
    assert not _disagrees(0)


def test_a_scale_that_is_lost_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        nested, "_standardised", lambda law: t.Named("Normal", law.variable, (nested.ZERO, nested.ONE + 1))
    )
    assert _disagrees(1)


def test_summands_that_are_lost_show(monkeypatch: pytest.MonkeyPatch) -> None:
    right = nested._summands
    monkeypatch.setattr(nested, "_summands", lambda expr, names: right(expr, names)[:1])
    assert _disagrees(2)


def test_a_density_that_lost_its_constant_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    right = nested.log_normal
    monkeypatch.setattr(nested, "log_normal", lambda x, loc, scale: right(x, loc, scale) + 1)
    assert _disagrees(3)
