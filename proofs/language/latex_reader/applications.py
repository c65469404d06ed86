"""Names and what they are applied to: densities, named laws, divergences, definitions; and factors that multiply."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from proofs.language.errors import ClaimError
from proofs.language.latex_reader.cursor import ATOM, Cursor, Pieces, Written, joined
from proofs.language.latex_reader.layout import OPENING, RELATIONS
from proofs.language.latex_reader.names import Name, name
from proofs.language.laws import LAWS
from proofs.language.matrices import MATRIX_FUNCTIONS
from proofs.language.names import GREEK_NAMES
from proofs.language.tree import FUNCTIONS

#: How papers call the divergences.
DIVERGENCES = {
    "KL": "KL D_KL D_kl KL_D KLD D_KLD D",
    "JSD": "JSD JS D_JS D_JSD",
    "TV": "TV D_TV d_TV",
    "chi2": "chi2 D_chi2",
    "H2": "H2 D_H2",
    "CE": "CE H",
    "W1": "W1 W_1",
    "W2": "W2 W_2",
}
_DIVERGENCE_OF = {spelling: kind for kind, spellings in DIVERGENCES.items() for spelling in spellings.split()}
SQUARES = {"chi": "chi2", "H": "H2"}
#: How papers abbreviate the named laws.
LAW_ALIASES = {
    "Bern": "Bernoulli",
    "Ber": "Bernoulli",
    "Cat": "Categorical",
    "Unif": "Uniform",
    "Exp": "Exponential",
    "Pois": "Poisson",
    "Poi": "Poisson",
    "Bin": "Binomial",
    "Lognormal": "LogNormal",
}
MAX_DEPTH = 100


@dataclass
class Block:
    """What is known of a block before its formulas are read: what it declares, and how its names are spelled."""

    declared: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)  # and definitions: what follows in brackets is an argument
    numbers: set[str] = field(default_factory=set)
    convex: set[str] = field(default_factory=set)
    random: set[str] = field(default_factory=set)
    fonts: dict[str, tuple[str, str]] = field(default_factory=dict)
    raised: dict[str, tuple[bool, str]] = field(default_factory=dict)


class Applications(ABC):
    """Reads names of one statement, and what stands in brackets behind them."""

    def __init__(self, cursor: Cursor, block: Block) -> None:
        self.cursor = cursor
        self.block = block
        self.depth = 0
        self.bar_closes = False  # whether a bar ends the expression at hand, as in `p(x | z)` and `|x|`
        self.in_integral = False  # whether a differential ends it
        self.dot: list[str] = []  # what `\cdot` stands for among the arguments of a law that is drawn from

    @abstractmethod
    def expression(self) -> Written:
        """A sum, as far as it goes."""

    def relation(self) -> Written:
        """An event: an expression, a relation, an expression."""
        left = self.expression()
        sign = self.cursor.take()
        if sign.kind != "symbol" or sign.text not in RELATIONS:
            self.cursor.place -= 1
            raise self.cursor.unexpected("a relation")
        right = self.expression()
        return Written([*left.pieces, (f" {sign.text} ", sign.at), *right.pieces], ATOM)

    @contextmanager
    def nested(self, *, bar_closes: bool = False) -> Iterator[None]:
        """Inside brackets: what ends the expression outside does not end it here."""
        outer = self.bar_closes, self.in_integral
        self.bar_closes, self.in_integral = bar_closes, False
        with self.deeper():
            yield
        self.bar_closes, self.in_integral = outer

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One level down; hostile depth ends in an error, and not in the limit of Python's stack."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail("the claim has too many levels of operations and brackets")
        yield
        self.depth -= 1

    def fail(self, message: str, at: int | None = None) -> ClaimError:
        return self.cursor.fail(message, self.cursor.peek().at if at is None else at)

    def spelled(self) -> Name:
        """The name that starts here; one that is written in two fonts may be two, which plain names cannot tell."""
        start = self.cursor.place
        found = name(self.cursor)
        base = found.text.partition("_")[0].rstrip("'")
        if base in LAWS or found.text in _DIVERGENCE_OF:
            return found
        if "_" in found.text:
            spelling = self.cursor.between(start, self.cursor.place)
            raised, other = self.block.raised.setdefault(found.text, (found.raised, spelling))
            if raised != found.raised:
                raise self._one_name_for_two(other, spelling, found.text, found.at)
        shown = self.cursor.between(start, start + 1 if self.cursor.tokens[start].kind != "command" else start + 2)
        if found.font and self.cursor.sees("{", ahead=start + 1 - self.cursor.place):
            shown = self.cursor.between(start, start + 4)
        font, other = self.block.fonts.setdefault(base, (found.font, shown))
        if font != found.font:
            raise self._one_name_for_two(other, shown, base, found.at)
        return found

    def _one_name_for_two(self, first: str, second: str, plain: str, at: int) -> ClaimError:
        message = f"`{first}` and `{second}` would be one name, `{plain}`; write them alike, or name them apart"
        return self.fail(message, at)

    def named(self) -> Written:
        """A name, applied to the arguments in brackets behind it unless they are a factor of a product."""
        cursor = self.cursor
        start = cursor.place
        found = self.spelled()
        text, at = found.text, found.at
        if found.last:
            raise self.fail(f"the copies `{cursor.between(start, cursor.place)}` can be drawn, and nothing else", at)
        declared = text in self.block.declared
        if cursor.sees("^") and text in SQUARES and cursor.peek(1).text == "2" and cursor.sees("(", "[", ahead=2):
            cursor.place += 2
            if cursor.inside("||"):
                return self.pair(SQUARES[text], at)
            cursor.place -= 2
        if cursor.sees("(", "[", "\\{") and not declared:
            sized = text in _DIVERGENCE_OF and cursor.inside("norm(")
            bars = sized or cursor.inside("||") or (text.removeprefix("D_") in self.block.convex and cursor.inside(","))
            if bars or (text in _DIVERGENCE_OF and text not in ("D", "H", "W1", "W2") and cursor.inside(",", "|")):
                return self._divergence(text, at)
            if text == "H" and cursor.inside(",") and self._compares_laws():
                return self.pair("CE", at)
            if text == "H" or (text.startswith("I_") and cursor.inside(";")):
                return self.application("H" if text == "H" else text, at)
        if text.startswith("grad_") and cursor.sees("["):
            return self.bracketed([(text, at)])
        if self.block.convex and text.endswith("_star") and text.removesuffix("_star") in self.block.convex:
            text = f"conj_{text.removesuffix('_star')}"
        if text[:2] in ("p_", "f_") and text[2:] in self.block.random and not declared:
            text = f"pdf_{text[2:]}"
        if cursor.sees("(") and self._is_applied(text):
            if text in LAW_ALIASES and not declared:
                text = LAW_ALIASES[text]
            elif text == "U" and found.font == "calligraphic" and not declared:
                text = "Uniform"
            return self.application(text, at)
        return Written([(text, at)], ATOM)

    def _is_applied(self, text: str) -> bool:
        r"""Whether the brackets behind a name hold its arguments: not in ``\sigma (x - 1)`` and ``a \, (b c)``."""
        cursor, block = self.cursor, self.block
        if text in block.numbers:
            return False
        if cursor.inside(",", "|", "||", ";") or text in block.functions or text.startswith(("pdf_", "conj_", "ind")):
            return True
        if text in FUNCTIONS or text in LAWS or text in LAW_ALIASES or text in MATRIX_FUNCTIONS:
            return True
        if cursor.peek().space:
            return cursor.closing() == 2
        return not cursor.inside("+", "-")

    def application(self, text: str, at: int) -> Written:
        r"""``name(arguments)``, where a named law may write ``\mid`` for the semicolon."""
        cursor = self.cursor
        law = text in LAWS and text not in self.block.declared
        opening = cursor.take()
        pieces: Pieces = [(f"{text}(", at)]
        separated = False
        while True:
            with self.nested(bar_closes=True):
                pieces.extend(self._point(text))
            if cursor.sees(",", ";", "|"):
                sign = cursor.take()
                shown = ", " if sign.text == "," else "; " if sign.text == ";" or (law and not separated) else " | "
                separated = separated or sign.text != ","
                pieces.append((shown, sign.at))
                continue
            break
        closing = cursor.expect(OPENING[opening.text])
        return Written([*pieces, (")", closing.at)], ATOM)

    def _point(self, text: str) -> Pieces:
        cursor = self.cursor
        if cursor.sees("*") and self.dot and cursor.sees(",", ")", "|", ";", ahead=1):
            return [(", ".join(self.dot), cursor.take().at)]
        if text == "ind":
            return self.relation().pieces
        return self.expression().pieces

    def _compares_laws(self) -> bool:
        """Whether ``H(a, b)`` is of two densities, and not of random variables."""
        cursor = self.cursor
        closing = cursor.closing()
        return cursor.sees(")", ahead=closing - 1) and any(cursor.sees("(", ahead=a) for a in range(1, closing))

    def _divergence(self, text: str, at: int) -> Written:
        kind = _DIVERGENCE_OF.get(text)
        if kind is not None:
            return self.pair(kind, at)
        letter, _, order = text.partition("_")
        if (
            letter in ("D", "R")
            and order
            and (order in GREEK_NAMES or order.isdigit())
            and order not in self.block.convex
        ):
            return self.pair(f"renyi_{{{order}}}", at)
        return self.pair(text, at)

    def pair(self, kind: str, at: int) -> Written:
        """``kind(left || right)``; papers also write a comma or one bar."""
        cursor = self.cursor
        opening = cursor.opening()
        with self.nested(bar_closes=True):
            left = self.expression()
            if not cursor.sees("||", "|", ",", "norm("):  # the last is `\left\|`, with a `\right.` behind it
                raise cursor.unexpected(r"`\|` between two laws")
            sign = cursor.take()
            right = self.expression()
        closing = cursor.expect(OPENING[opening.text])
        between = [*left.pieces, (" || ", sign.at), *right.pieces]
        return Written([(f"{kind}(", at), *between, (")", closing.at)], ATOM)

    def bracketed(self, head: Pieces, *, events: bool = False, several: bool = False) -> Written:
        """``head[body]`` for the body in the brackets that open here, of any kind."""
        cursor = self.cursor
        opening = cursor.opening()
        with self.nested():
            bodies = [(self.relation() if events else self.expression()).pieces]
            while several and cursor.accept(","):
                bodies.append(self.expression().pieces)
        closing = cursor.expect(OPENING[opening.text])
        return Written([*head, ("[", opening.at), *joined(bodies, ", "), ("]", closing.at)], ATOM)
