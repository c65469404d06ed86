"""The reference page is that of the grammar at hand, and every example is read by the rules it is said to show."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import lark
import pytest

from proofs.certifier.laws import LAWS as DEFINITIONS
from proofs.language import ClaimError, expand, read, to_latex, to_text
from proofs.language import tree as t
from proofs.language.applications import PLAIN_DIVERGENCES
from proofs.language.laws import COUNTED_LAWS, LAWS, SUPPORTS
from proofs.language.layout import logical_lines
from proofs.language.productions import DIVERGENCE_MEANINGS, EXPRESSIONS, FUNCTION_MEANINGS, STATEMENTS, Form
from proofs.language.reference import COMMAND, page

GRAMMAR = files("proofs.language").joinpath("grammar.lark").read_text(encoding="utf-8")
PAGE = Path(__file__).parents[3] / "docs" / "grammar.md"
FORMS = (*STATEMENTS, *EXPRESSIONS)


@cache
def parser() -> lark.Lark:
    return lark.Lark(GRAMMAR, parser="lalr", maybe_placeholders=True)


def rules() -> Iterator[str]:
    """The rules and aliases that give a node of their own."""
    for line in GRAMMAR.splitlines():
        name = re.match(r"([a-z]\w*) *:", line)
        aliases = re.findall(r"-> (\w+)", line)
        yield from aliases or (name.groups() if name else ())


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"run `{COMMAND}`"


def test_every_rule_has_a_form() -> None:
    shown = {rule for form in FORMS for rule in form.rules}
    assert shown == set(rules())


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.written)
def test_examples_are_read_by_their_rules(form: Form) -> None:
    claim = read(form.example)
    expand(claim)
    assert read(to_text(claim)) == claim
    assert read(to_latex(claim)) == claim
    parsed = parser().parse(logical_lines(form.example))
    assert set(form.rules) <= {str(subtree.data) for subtree in parsed.iter_subtrees()}


def test_the_tables_are_those_of_the_code() -> None:
    assert FUNCTION_MEANINGS.keys() == t.FUNCTIONS.keys()
    heads = {re.match(r"\w+?(?=_\{|_f|\()", form)[0] for form in DIVERGENCE_MEANINGS}  # type: ignore[index]
    assert heads == {*PLAIN_DIVERGENCES, "renyi", "D"}
    assert SUPPORTS.keys() == LAWS.keys()


@pytest.mark.parametrize("law", sorted(DEFINITIONS))
def test_supports_are_those_of_the_densities(law: str) -> None:
    symbols = [t.Symbol(parameter.name) for parameter in LAWS[law]]
    low, high = DEFINITIONS[law].support(*symbols)
    ends = ["oo" if end is None else to_text(end) for end in (low, high)]
    written = SUPPORTS[law]
    assert DEFINITIONS[law].counted == (law in COUNTED_LAWS) == (not written.startswith("(") and written != "the line")
    if law in COUNTED_LAWS:
        assert written.startswith("0, 1")
        assert high is None or law == "Categorical" or written.endswith(ends[1])
    else:
        assert written == ("the line" if low is None else f"({ends[0]}, {ends[1]})")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("let 2 = 3", 5),
        ("density p(x) = ", 16),
        ("for k in", 9),
        ("vector mu", 10),
        ("max_{D}[1] at D", 16),
        ("matrix A in", 12),
    ],
)
def test_what_is_cut_short_ends_in_an_error_at_its_end(text: str, where: int) -> None:
    with pytest.raises(ClaimError) as caught:
        read(text)
    assert caught.value.column <= where
