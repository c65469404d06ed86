"""Integrals: the sign, what it runs over, the integrand, and the differentials that end it."""

from __future__ import annotations

from proofs.language.latex_reader.binders import Binders, Limits
from proofs.language.latex_reader.cursor import ATOM, Written, joined
from proofs.language.latex_reader.names import Name, starts_name
from proofs.language.latex_reader.tokens import Token

#: Integral signs, by how many they are.
INTEGRALS = {"int": 1, "iint": 2, "iiint": 3}


class Integrals(Binders):
    """Reads integrals."""

    def integral(self) -> Written:
        r"""``\int ... dx``: everything up to the differentials, which may also come first."""
        cursor = self.cursor
        at = cursor.peek().at
        signs = 0
        over: list[Token] = []
        while cursor.peek().kind == "command" and cursor.peek().text in INTEGRALS:
            signs += INTEGRALS[cursor.take().text]
            limits = self.limits()
            over.extend(self._over(limits, at))
        outer = self.in_integral
        variables = self._differentials(None)
        if variables:
            body = self.term()
        elif self._ends_in_a_differential():
            self.in_integral = True
            body = self.expression()
            self.in_integral = outer
            variables = self._differentials(signs if outer else None)
        else:
            if not over:
                raise self.fail("no differential, such as `dx`, says what this is integrated over", at)
            body = self.term()
        if variables and len(variables) < signs:
            raise self.fail(f"{signs} integral signs, and {len(variables)} differentials such as `dx`", at)
        names = [Name(found.text, found.at) for found in variables] or self._over_names(over)
        if over:
            self._check_space(over, [found.text for found in names], at)
        subscript = joined([[(found.text, found.at)] for found in names], ", ")
        return Written([("int_{", at), *subscript, ("}[", at), *body.pieces, ("]", at)], ATOM)

    def _over(self, limits: Limits, at: int) -> list[Token]:
        """What an integral runs over where it is not the whole line."""
        below = [token.text for token in limits.below]
        above = [token.text for token in limits.above]
        if above or below == ["-", "oo"]:
            if below != ["-", "oo"] or above not in (["oo"], ["+", "oo"]):
                message = "an integral between limits is not read; it runs over all of its variable's space"
                raise self.fail(message, at)
            return []
        if below and below[0] == "mathbb" and "R" in below:
            return []
        return limits.below

    def _over_names(self, over: list[Token]) -> list[Name]:
        found = self._apart(over, self._listed)
        return [Name(text, at) for text, at in found if text != ", "]

    def _differentials(self, most: int | None) -> list[Name]:
        found: list[Name] = []
        while (most is None or len(found) < most) and self.at_differential():
            cursor = self.cursor
            token = cursor.take()
            if token.kind == "command" and token.text == "mathrm":
                cursor.place += 3 if cursor.sees("{") else 1
            elif token.kind == "word" and len(token.text) > 1:
                cursor.place -= 1
                cursor.tokens[cursor.place] = Token("word", token.text[1:], token.at + 1, token.end)
            found.append(self.spelled())
        return found

    def at_differential(self) -> bool:
        r"""Whether ``dx``, ``d\theta``, ``\mathrm{d}x`` or ``\dd x`` stands here."""
        cursor = self.cursor
        token = cursor.peek()
        if token.kind == "word" and token.text[0] == "d" and len(token.text) > 1 and not token.latex:
            return len(token.text) == 2 and not cursor.sees("(", ahead=1) and token.text not in self.block.declared
        ahead = 1
        if token.kind == "command" and token.text == "mathrm" and cursor.peek(1).text == "d":
            ahead = 2
        elif cursor.sees_command("mathrm") and [cursor.peek(a).text for a in (1, 2, 3)] == ["{", "d", "}"]:
            ahead = 4
        elif not (token.text == "d" and token.kind in ("word", "text")) and not cursor.sees_command("dd", "diff"):
            return False
        return starts_name(cursor, ahead) and cursor.peek(ahead).space == 0

    def _ends_in_a_differential(self) -> bool:
        """Whether a differential stands ahead on the level of this sign."""
        cursor = self.cursor
        place, depth, found = cursor.place, 0, False
        while cursor.place < len(cursor.tokens) and not found:
            if cursor.sees("(", "[", "{", "\\{"):
                depth += 1
            elif cursor.sees(")", "]", "}", "\\}"):
                depth -= 1
                if depth < 0:
                    break
            elif depth == 0 and self.at_differential():
                found = True
            cursor.place += 1
        cursor.place = place
        return found
