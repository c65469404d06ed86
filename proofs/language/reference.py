"""The reference page of the language, from its grammar and its tables.

``python -m proofs.language.reference`` in the checkout writes ``docs/grammar.md``, or the path that is given.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path

from proofs.language.latex_reader.applications import DIVERGENCES, LAW_ALIASES
from proofs.language.latex_reader.binders import OVER_A_LAW
from proofs.language.latex_reader.tokens import CHAINS, FORMULAS, LISTS, SIGNS
from proofs.language.laws import LAWS, SUPPORTS, signature
from proofs.language.matrices import MATRIX_FUNCTIONS
from proofs.language.names import GREEK
from proofs.language.productions import DIVERGENCE_MEANINGS, EXPRESSIONS, FUNCTION_MEANINGS, STATEMENTS, Form
from proofs.language.syntax import SPELLINGS
from proofs.language.tree import FUNCTIONS, RELATIONS

COMMAND = "python -m proofs.language.reference"

_DOMAINS = {
    "real": "the line",
    "positive": "(0, oo)",
    "probability": "(0, 1)",
    "count": "1, 2, ...",
}


def page() -> str:
    """The page in Markdown.

    >>> page().splitlines()[0]
    '# Grammar of the claim language'
    """
    relations = " ".join(f"`{relation}`" for relation in RELATIONS)
    parts = [
        "# Grammar of the claim language",
        "Made from the grammar and the tables of the code by",
        f"```sh\n{COMMAND}\n```",
        "Each example is read by a test. [The guide](language.md) says what claims mean.",
        "## Statements",
        f"One statement a line; the relations are {relations}. A line that starts with a relation, `+`, `*` or `/` "
        "continues the one above it, as does a line inside a bracket. `#` starts a comment.",
        *_forms(STATEMENTS),
        "## Expressions",
        *_forms(EXPRESSIONS),
        "## Functions",
        _table(("function", "arguments", "domain", "value"), _functions()),
        "In a block with vectors and matrices:",
        _table(("function", "value"), ((f"`{name}`", meaning) for name, meaning in MATRIX_FUNCTIONS.items())),
        "## Divergences",
        _table(("divergence", "definition"), ((f"`{_bars(a)}`", _bars(b)) for a, b in DIVERGENCE_MEANINGS.items())),
        "## Named laws",
        "The parameters are those of `torch.distributions`, in their order; `N` takes the variance. Without its "
        "variable a law stands behind `~` and in a divergence.",
        _table(("law", "parameters", "variable"), _laws()),
        "## Spellings",
        "Greek letters, in Unicode and as LaTeX commands, are the names of these letters.",
        _table(("letters", "names"), [(" ".join(GREEK), " ".join(dict.fromkeys(GREEK.values())))]),
        _table(("sign", "is"), ((f"`{sign}`", f"`{plain}`") for sign, plain in SPELLINGS.items())),
        "In LaTeX:",
        _table(("LaTeX", "is"), _latex()),
        "## The grammar",
        "Lines that continue, and LaTeX, are resolved before; what a name is, after. LALR(1), in the notation of lark:",
        f"```\n{files('proofs.language').joinpath('grammar.lark').read_text(encoding='utf-8').rstrip()}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _forms(forms: Sequence[Form]) -> Iterable[str]:
    for form in forms:
        written = ", ".join(f"`{alternative}`" for alternative in form.written.split("  or  "))
        rules = ", ".join(f"`{rule}`" for rule in form.rules)
        yield f"{written}: {form.meaning} (rule {rules})."
        yield f"```text\n{form.example}\n```"


def _functions() -> Iterable[tuple[str, ...]]:
    for name, arity in FUNCTIONS.items():
        domain, meaning = FUNCTION_MEANINGS[name]
        yield f"`{name}`", str(arity), domain, meaning


def _laws() -> Iterable[tuple[str, ...]]:
    for law, parameters in LAWS.items():
        domains = ", ".join(f"{parameter.name} in {_DOMAINS[parameter.domain]}" for parameter in parameters)
        yield f"`{signature(law)}`", domains, SUPPORTS[law]


def _latex() -> Iterable[tuple[str, str]]:
    for commands, sign in SIGNS.items():
        yield " ".join(f"`\\{command}`" for command in commands.split()), f"`{_bars(sign)}`"
    for head in dict.fromkeys(OVER_A_LAW.values()):
        spelled = [spelling for spelling, kind in OVER_A_LAW.items() if kind == head]
        yield f"{_listed(spelled)} in a font, with a law below", f"`{head}`"
    for kind, spellings in DIVERGENCES.items():
        yield f"{_listed(spellings.split())} before two laws", f"`{kind}`"
    for law in dict.fromkeys(LAW_ALIASES.values()):
        yield _listed([alias for alias, named in LAW_ALIASES.items() if named == law]), f"`{law}`"
    yield _listed(sorted(CHAINS)), "a chain, a row a step"
    yield _listed(sorted(LISTS)), "statements, one a row"
    yield _listed(sorted(FORMULAS)), "one formula"


def _listed(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def _bars(text: str) -> str:
    """Bars as a table of Markdown has to write them."""
    return text.replace("|", "\\|")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    Path(*(sys.argv[1:] or ("docs/grammar.md",))).write_text(page(), encoding="utf-8")
