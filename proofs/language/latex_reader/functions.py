"""Functions without brackets, fractions, roots, largest values, derivatives and indicators."""

from __future__ import annotations

from abc import abstractmethod
from typing import NamedTuple

from proofs.language.latex_reader.cursor import ATOM, POWER, SUM, TERM, Pieces, Written
from proofs.language.latex_reader.integrals import Integrals
from proofs.language.latex_reader.layout import OPENING, RELATIONS
from proofs.language.latex_reader.names import starts_name

FUNCTION_COMMANDS = {name: name for name in ("log", "exp", "sin", "cos")} | {"ln": "log"}
FRACTIONS = ("frac", "tfrac", "dfrac", "cfrac", "nicefrac", "sfrac")


class Bare(NamedTuple):
    """A function without brackets of its own, and the places of its tokens: ``\\log p(x)``."""

    function: int
    operand: int
    end: int


class Functions(Integrals):
    """Reads functions and what else takes an argument."""

    bare: Bare | None = None  # of the factor that was just read

    @abstractmethod
    def _factor(self) -> Written:
        """A primary with its powers."""

    @abstractmethod
    def _primary(self) -> Written:
        """An operand without its powers."""

    def _powers(self, base: Written) -> Written:
        cursor = self.cursor
        while cursor.sees("^", "'"):
            if cursor.sees("'"):
                raise self.fail("a prime stands behind a name only; a derivative is written `\\nabla_x`")
            sign = cursor.take()
            exponent = self._argument()
            base = Written([*base.within(ATOM), ("^", sign.at), *exponent.within(ATOM)], POWER)
        return base

    def _group(self) -> Written:
        opening = self.cursor.take()
        with self.nested():
            inner = self.expression()
        self.bare = None
        self.cursor.expect(OPENING[opening.text])
        return inner

    def _absolute(self) -> Written:
        opening = self.cursor.take()
        with self.nested(bar_closes=True):
            inner = self.expression()
        self.bare = None
        closing = self.cursor.expect("|" if opening.text == "|" else "abs)")
        return Written([("abs(", opening.at), *inner.pieces, (")", closing.at)], ATOM)

    def _norm(self) -> Written:
        opening = self.cursor.take()
        with self.nested():
            inner = self.expression()
        self.bare = None
        closing = self.cursor.expect("||" if opening.text == "||" else "norm)")
        if self.cursor.accept("_") and "".join(text for text, _ in self._argument().pieces) != "2":
            raise self.fail("the norm of a vector is the Euclidean one", closing.at)
        return Written([("norm(", opening.at), *inner.pieces, (")", closing.at)], ATOM)

    def _argument(self) -> Written:
        """What TeX takes as an argument: braces, or one token."""
        cursor = self.cursor
        if cursor.sees("{"):
            return self._group()
        if cursor.peek().kind == "number":
            token = cursor.digit()
            return Written([(token.text, token.at)], ATOM)
        if cursor.peek().kind == "word":
            token = cursor.take()
            return Written([(token.text, token.at)], ATOM)
        if cursor.sees_command("mathsf", "mathrm") and cursor.peek(1).text == "T":
            cursor.place += 2
            return Written([("T", cursor.peek(-1).at)], ATOM)
        with self.nested():
            return self._primary()

    def _function(self, function: str, at: int) -> Written:
        r"""``\log`` of the brackets that follow, or of one factor: an application, a fraction, a name and its power."""
        cursor = self.cursor
        start = cursor.place - 1
        power: Pieces = []
        while cursor.sees("_", "^"):
            sign = cursor.take()
            if sign.text == "^":
                power = [("^", sign.at), *self._argument().within(ATOM)]
                continue
            base = self._argument().pieces
            if function != "log" or base[0][0] not in ("2", "e") or len(base) > 1:
                raise self.fail("only `\\log`, `\\ln`, `\\log_2` and `\\log_e` are read", sign.at)
            function = "log2" if base[0][0] == "2" else "log"
        if cursor.sees("(", "[", "\\{", "abs("):
            operand = self._absolute() if cursor.sees("abs(") else self._group()
            self.bare = None
        else:
            place = cursor.place
            if not self.starts_factor():
                raise cursor.unexpected("an expression")
            simple = cursor.peek().kind == "number" or starts_name(cursor)
            operand = self._primary()
            if simple and len(operand.pieces) == 1:
                operand = self._powers(operand)
            self.bare = None if power else Bare(start, place, cursor.place)
        pieces = [(f"{function}(", at), *operand.pieces, (")", at)]
        return Written([*pieces, *power], POWER if power else ATOM)

    def _extremum(self, command: str) -> Written:
        r"""``\max(a, b)``, or the optimum ``\max_{D}`` of what follows, attained ``\text{at } D = ...``."""
        cursor = self.cursor
        at = cursor.take().at
        if not cursor.sees("_"):
            if not cursor.sees("(", "\\{", "["):
                raise cursor.unexpected("`(`")
            opening = cursor.take()
            with self.nested():
                left = self.expression()
                comma = cursor.expect(",")
                right = self.expression()
            self.bare = None
            closing = cursor.expect(OPENING[opening.text])
            pieces = [(f"{command}(", at), *left.pieces, (", ", comma.at), *right.pieces, (")", closing.at)]
            return Written(pieces, ATOM)
        over = self._wrt()
        if cursor.sees("["):
            found = self.bracketed([(f"{command}_{{", at), *over, ("}", at)])
        else:
            found = Written([(f"{command}_{{", at), *over, ("}[", at), *self.term().pieces, ("]", at)], ATOM)
        if cursor.peek().kind in ("word", "text") and cursor.peek().text.strip() == "at":
            place = cursor.take().at
            witness = self._one_name() if not cursor.sees("(", ahead=1) else self.named().pieces
            equal = cursor.expect("=")
            value = self.expression().pieces
            found = Written([*found.pieces, (" at ", place), *witness, (" = ", equal.at), *value], SUM)
        self.bare = None
        return found

    def _root(self) -> Written:
        cursor = self.cursor
        at = cursor.take().at
        if not cursor.accept("["):
            inner = self._argument()
            return Written([("sqrt(", at), *inner.pieces, (")", at)], ATOM)
        with self.nested():
            order = self.expression()
        cursor.expect("]")
        inner = self._argument()
        return Written([*inner.within(ATOM), ("^(1/", at), *order.within(ATOM), (")", at)], POWER)

    # --- fractions and derivatives

    def _fraction(self) -> Written:
        cursor = self.cursor
        at = cursor.take().at
        if cursor.sees("{") and (cursor.sees_command("partial", ahead=1) or self._is_operator_d()):
            return self._derivative(at)
        above = self._argument()
        start = cursor.place
        below = self._argument()
        self.bare = None
        if [text for text, _ in above.pieces] == ["1"] and cursor.sees_command("sum"):
            if self._is_count(cursor.between(start, cursor.place).strip("{ }")):
                cursor.take()
                return self.index_sum("mean", at)
        return Written([*above.within(TERM), ("/", at), *below.within(POWER)], TERM)

    def _is_count(self, below: str) -> bool:
        r"""Whether the sum that starts here has as many terms as stand below: then ``\frac{1}{k} \sum`` is a mean."""
        cursor = self.cursor
        place = cursor.place
        cursor.take()
        low, high = self.limits()
        cursor.place = place
        if len(low) < 3 or low[-2].text != "=" or len(high) != 1:
            return False
        first, last = low[-1].text, high[0].text
        if first.isdigit() and last.isdigit() and below.isdigit():
            return max(map(len, (first, last, below))) < 9 and int(last) - int(first) + 1 == int(below)
        return first == "1" and below.removeprefix("\\") == last

    def _is_operator_d(self) -> bool:
        cursor = self.cursor
        below = cursor.peek(4)
        differential = below.text[:1] == "d" or below.text == "mathrm"
        return cursor.peek(1).text == "d" and cursor.sees("}", ahead=2) and cursor.sees("{", ahead=3) and differential

    def _derivative(self, at: int) -> Written:
        r"""``\frac{\partial}{\partial \theta} f``, ``\frac{\partial f}{\partial \theta}`` and ``\frac{d}{dx} f``."""
        cursor = self.cursor
        cursor.place += 2
        body = None
        if not cursor.sees("}"):
            with self.nested():
                body = self.expression()
        cursor.expect("}")
        cursor.expect("{")
        self.in_integral, outer = False, self.in_integral
        if cursor.sees_command("partial"):
            cursor.take()
            wrt = self._one_name()
        else:
            wrt = [(found.text, found.at) for found in self._differentials(1)]
        self.in_integral = outer
        if not wrt:
            raise cursor.unexpected("`\\partial` or `d`, and a name")
        cursor.expect("}")
        self.bare = None
        if body is None:
            return self._gradient(wrt, at)
        return Written([("grad_", at), *wrt, ("[", at), *body.pieces, ("]", at)], ATOM)

    def _wrt(self) -> Pieces:
        r"""The name below ``\nabla`` or ``\max``."""
        cursor = self.cursor
        cursor.expect("_")
        braces = cursor.accept("{")
        if braces:
            name = self._one_name()
            cursor.expect("}")
            return name
        token = cursor.peek()
        if token.kind == "word":
            cursor.take()
            return [(token.text, token.at)]
        return self._one_name()

    def _gradient(self, wrt: Pieces, at: int) -> Written:
        """The derivative of the bracket or of the one factor that follows."""
        cursor = self.cursor
        head: Pieces = [("grad_", at), *wrt]
        if cursor.sees("[", "(", "\\{"):
            found = self.bracketed(head)
            self.bare = None
            return found
        start = cursor.place
        if not self.starts_factor():
            raise cursor.unexpected("an expression")
        constant = cursor.peek().kind == "number" or cursor.sees_command(*FRACTIONS)
        body = self._factor()
        self.bare = None
        if constant and self.starts_factor():
            place = cursor.place
            self._factor()
            first, rest = cursor.between(start, place), cursor.between(place, cursor.place)
            message = f"what the derivative is taken of is ambiguous; write `[{first} {rest}]`"
            raise self.fail(message, cursor.tokens[place].at)
        return Written([*head, ("[", at), *body.pieces, ("]", at)], ATOM)

    def _indicator(self) -> Written | None:
        r"""``\mathbf{1}[x > t]``, ``\mathbb{I}\{x > t\}``, ``\mathbb{1}_{x > t}``."""
        cursor = self.cursor
        if not cursor.sees_command("mathbb", "mathbf", "mathds", "mathbbm", "bm"):
            return None
        length = 4 if cursor.sees("{", ahead=1) else 2
        letter = cursor.peek(length // 2)
        if letter.text not in ("1", "I"):
            return None
        at = cursor.peek().at
        place = cursor.place
        cursor.place += length
        cursor.accept("_")
        if cursor.sees("(", "[", "\\{", "{") and self._holds_a_relation():
            closing = [OPENING[cursor.take().text]]
            if closing == ["}"] and cursor.sees("\\{", "(", "["):
                closing.append(OPENING[cursor.take().text])
            with self.nested():
                event = self.relation()
            for sign in reversed(closing):
                cursor.expect(sign)
            return Written([("ind(", at), *event.pieces, (")", at)], ATOM)
        cursor.place = place
        if letter.text == "1":
            cursor.place += length
            return Written([("1", at)], ATOM)
        return None

    def _holds_a_relation(self) -> bool:
        return any(
            token.text in RELATIONS for token in self.cursor.tokens[self.cursor.place :][: self.cursor.closing()]
        )
