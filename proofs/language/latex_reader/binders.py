"""What binds variables: expectations over a law, sums, products and means."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable
from typing import NamedTuple

from proofs.language.latex_reader.applications import Applications
from proofs.language.latex_reader.cursor import ATOM, Cursor, Pieces, Written, joined
from proofs.language.latex_reader.names import starts_name
from proofs.language.latex_reader.tokens import Token

#: Heads of binders over a law, by the letters they are written with.
OVER_A_LAW = {"E": "E", "EE": "E", "Var": "Var", "V": "Var", "Cov": "Cov", "P": "P", "Pr": "P"}
PLAIN_BINDERS = ("int", "sum", "prod", "mean")
_COPY = re.compile(r"(.+)_(\w+|\{\w+[-+]\d+\})'*$")


class Limits(NamedTuple):
    """The tokens below and above a sign such as a sum or an integral."""

    below: list[Token]
    above: list[Token]


class Binders(Applications):
    """Reads what binds variables."""

    @abstractmethod
    def term(self) -> Written:
        """A product or quotient, as far as it goes."""

    @abstractmethod
    def starts_factor(self) -> bool:
        """Whether a factor that multiplies what stands before it starts here."""

    # --- expectations

    def over_a_law(self) -> Written | None:
        """An expectation, variance, covariance or probability; None where none starts here."""
        cursor = self.cursor
        text, length, plain = self._operator()
        head = OVER_A_LAW.get(text)
        if head is None or text in self.block.declared:
            return None
        at = cursor.peek().at
        if plain and not self._is_operator(length):
            return None
        if not cursor.sees("_", ahead=length):
            if plain or not cursor.sees("[", "(", "\\{", ahead=length):
                return None
            message = (
                f"this `{head}` names no law; write what is drawn below it, as in `\\mathbb{{E}}_{{q(z \\mid x)}}`"
            )
            raise self.fail(message, at)
        cursor.place += length + 1
        pieces: Pieces = [(f"{head}_{{", at), *self._law(), ("}", at)]
        if cursor.sees("[", "\\{"):
            return self.bracketed(pieces, events=head == "P", several=head == "Cov")
        if cursor.sees("("):
            after = cursor.closing() + 1
            place = cursor.place
            cursor.place += after
            goes_on = cursor.sees("^", "*", "/") or self.starts_factor()
            cursor.place = place
            if goes_on:
                raise self.fail(f"what this `{head}` is taken of is ambiguous; write it in `[...]`")
            return self.bracketed(pieces, events=head == "P", several=head == "Cov")
        if head != "E":
            raise cursor.unexpected("`[`")
        body = self.term()
        return Written([*pieces, ("[", at), *body.pieces, ("]", at)], ATOM)

    def _operator(self) -> tuple[str, int, bool]:
        """The letters of a possible operator, how many tokens they take, and whether they are in no font."""
        cursor = self.cursor
        token = cursor.peek()
        if token.kind == "text":
            return token.text.strip(), 1, False
        if token.kind == "word":
            return token.text, 1, not (token.latex and token.text in OVER_A_LAW)
        if token.kind == "command" and token.text == "Pr":
            return "Pr", 1, False
        if token.kind == "command" and starts_name(cursor):
            braces = cursor.sees("{", ahead=1)
            inner = cursor.peek(2 if braces else 1)
            if inner.kind in ("word", "text") and (not braces or cursor.sees("}", ahead=3)):
                return inner.text.strip(), 4 if braces else 2, False
            if braces and cursor.peek(2).kind == "command" and cursor.sees("}", ahead=7):
                return cursor.peek(4).text, 8, False
            if braces and cursor.peek(2).kind == "command" and cursor.sees("}", ahead=6):
                return cursor.peek(4).text, 7, False
        return "", 0, False

    def _is_operator(self, length: int) -> bool:
        """Whether a plain ``E_...`` binds, and is not an energy ``E_\\theta(x)``: brackets or a draw show it."""
        cursor = self.cursor
        if not cursor.sees("_", ahead=length):
            return False
        if not cursor.sees("{", ahead=length + 1):
            return cursor.sees("[", ahead=length + 2)
        place = cursor.place
        cursor.place += length + 1
        closing = cursor.closing()
        shown = cursor.sees("[", ahead=closing + 1) or any(cursor.sees("~", "(", ahead=a) for a in range(closing))
        cursor.place = place
        return shown

    def _law(self) -> Pieces:
        """The law below an operator: densities, or names that are drawn from them."""
        cursor = self.cursor
        if not cursor.accept("{"):
            return self._one_name()
        parts: list[Pieces] = []
        waiting: list[str] = []
        with self.nested():
            while True:
                parts.append(self._piece(parts, waiting))
                if cursor.accept("~"):
                    names = joined([parts.pop() for _ in range(len(waiting))][::-1], ", ")
                    parts.append([*names, (" ~ ", cursor.peek().at), *self._drawn(waiting)])
                    waiting = []
                if not cursor.accept(","):
                    break
        cursor.expect("}")
        return joined(parts, ", ")

    def _piece(self, parts: list[Pieces], waiting: list[str]) -> Pieces:
        r"""A law, a name, or copies: ``z_{1:k}``, ``z_1..z_k``, ``z_1, \dots, z_k``."""
        cursor = self.cursor
        if cursor.sees("..."):
            at = cursor.take().at
            cursor.accept(",")
            last = self.spelled().text
            base = _base(last)
            first = last
            while waiting and _base(waiting[-1]) == base:
                first = waiting.pop()
                at = parts.pop()[0][1]
            waiting.append(base)
            return [(f"{first}..{last}", at)]
        place = cursor.place
        if starts_name(cursor):
            found = self.spelled()
            if found.last:
                waiting.append(_base(found.text))
                return [(f"{found.text}..{_base(found.text)}_{found.last}", found.at)]
            if cursor.accept(".."):
                waiting.append(_base(found.text))
                return [(f"{found.text}..{self.spelled().text}", found.at)]
            if cursor.sees(",", "~", "}"):
                waiting.append(found.text)
                return [(found.text, found.at)]
        cursor.place = place
        return self.expression().pieces

    def _drawn(self, names: list[str]) -> Pieces:
        """The law behind a ``~``; one that is only named is taken at what is drawn."""
        cursor = self.cursor
        bases = [_base(text) for text in names]
        points = names if len(set(bases)) == len(bases) else sorted(set(bases))
        self.dot = points
        law = self.expression()
        self.dot = []
        if len(law.pieces) == 1 and cursor.sees("}", ","):
            text, at = law.pieces[0]
            if not text[-1:].isdigit() or "_" in text:
                return [(f"{text}({', '.join(points)})", at)]
        return law.pieces

    # --- sums

    def limits(self) -> Limits:
        """What stands below and above a sign, in any order."""
        cursor = self.cursor
        found: dict[str, list[Token]] = {}
        while cursor.sees("_", "^") and cursor.peek().text not in found:
            side = cursor.take().text
            found[side] = self._argument_tokens()
        return Limits(found.get("_", []), found.get("^", []))

    def _argument_tokens(self) -> list[Token]:
        cursor = self.cursor
        if cursor.sees("{"):
            closing = cursor.closing()
            inner = cursor.tokens[cursor.place + 1 : cursor.place + closing]
            cursor.place += closing + 1
            return inner
        start = cursor.place
        if cursor.peek().kind == "number":
            return [cursor.digit()]
        if cursor.peek().kind == "command" and starts_name(cursor):
            closing = 0
            cursor.take()
            if cursor.sees("{"):
                closing = cursor.closing()
            cursor.place += closing + 1
            return cursor.tokens[start : cursor.place]
        return [cursor.take()]

    def index_sum(self, head: str, at: int, *, bracket: bool = False) -> Written:
        r"""``\sum_{i=1}^{k}`` or ``\sum_{x}`` of the term that follows (of the bracket, in plain text)."""
        cursor = self.cursor
        below, above = self.limits()
        subscript, index = self._subscript(head, below, above, at)
        pieces: Pieces = [(f"{head}_{{", at), *subscript, ("}", at)]
        if bracket and cursor.sees("["):
            return self.bracketed(pieces)
        body = self.term()
        if index and not above and re.search(rf"_{re.escape(index)}(?!\w)", "".join(text for text, _ in body.pieces)):
            raise self.fail(f"the index `{index}` has no limits here; write `\\sum_{{{index}=1}}^{{k}}`", at)
        return Written([*pieces, ("[", at), *body.pieces, ("]", at)], ATOM)

    def _subscript(self, head: str, below: list[Token], above: list[Token], at: int) -> tuple[Pieces, str]:
        """What is summed over: an index with its ends, or variables (the only one of which is returned by name)."""
        equal = [place for place, token in enumerate(below) if token.text == "=" and token.kind == "symbol"]
        if equal:
            index = self._apart(below[: equal[0]], self._one_name)
            low_tokens, high_tokens = below[equal[0] + 1 :], above
            dots = [place for place, token in enumerate(low_tokens) if token.text == ".."]
            if dots and not above:
                low_tokens, high_tokens = low_tokens[: dots[0]], low_tokens[dots[0] + 1 :]
            if not low_tokens or not high_tokens:
                raise self.fail(f"the `{head}` over an index needs both of its ends, as in `\\sum_{{i=1}}^{{k}}`", at)
            low = self._apart(low_tokens, lambda: self.expression().pieces)
            high = self._apart(high_tokens, lambda: self.expression().pieces)
            return [*index, ("=", at), *low, ("..", at), *high], ""
        if above or not below:
            raise self.fail(f"the `{head}` needs what it runs over, as in `\\sum_{{x}}` or `\\sum_{{i=1}}^{{k}}`", at)
        names = self._apart(below, self._listed)
        self._check_space(below, [text for text, _ in names if text != ", "], at)
        return names, names[0][0] if len(names) == 1 else ""

    def _apart(self, tokens: list[Token], read: Callable[[], Pieces]) -> Pieces:
        """What is read from tokens that stand apart, all of them."""
        outer = self.cursor
        self.cursor = Cursor(tokens, outer.source)
        with self.nested():
            found = read()
        if self.cursor.peek().kind != "end":
            raise self.cursor.unexpected()
        self.cursor = outer
        return found

    def _one_name(self) -> Pieces:
        found = self.spelled()
        return [(found.text, found.at)]

    def _listed(self) -> Pieces:
        cursor = self.cursor
        names = [self.spelled()]
        while cursor.accept(","):
            names.append(self.spelled())
        if cursor.sees("in"):
            cursor.place = len(cursor.tokens)
        return joined([[(found.text, found.at)] for found in names], ", ")

    def _check_space(self, over: list[Token], names: list[str], at: int) -> None:
        r"""Below the sign stand its variables, or a whole space: ``x``, ``\mathcal{X}``, ``x \in \mathcal{X}``."""
        texts = [token.text for token in over]
        if "in" in texts:
            over = over[texts.index("in") + 1 :]
            texts = [token.text for token in over]
        if texts[:1] == ["mathbb"] and "R" in texts:
            return
        if over[:1] and over[0].kind == "command":
            letters = [token.text for token in over if token.kind == "word"]
            if texts[0] in ("mathcal", "mathscr", "mathbb") and len(letters) == 1:
                if letters[0].isupper() and all(_base(text) == letters[0].lower() for text in names):
                    return
        if len(texts) == len(over) and {text for text, _ in self._apart(over, self._listed)} - {", "} == set(names):
            return
        raise self.fail("only whole spaces are summed and integrated over, as in `\\int_{\\mathcal{X}} ... dx`", at)


def _base(text: str) -> str:
    """The name that a copy is a copy of, by its spelling."""
    match = _COPY.match(text)
    return match[1] if match else text.rstrip("'")
