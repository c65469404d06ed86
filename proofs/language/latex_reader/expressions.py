"""Arithmetic as LaTeX writes it: sums, products side by side, powers, and what an operand can be."""

from __future__ import annotations

from proofs.language.latex_reader.binders import PLAIN_BINDERS
from proofs.language.latex_reader.cursor import ATOM, POWER, SUM, TERM, Written
from proofs.language.latex_reader.functions import FRACTIONS, FUNCTION_COMMANDS, Bare, Functions
from proofs.language.latex_reader.integrals import INTEGRALS
from proofs.language.latex_reader.layout import OPENING
from proofs.language.latex_reader.names import starts_name
from proofs.language.tree import FUNCTIONS

_DECORATIONS = ("underbrace", "overbrace", "underline", "boxed", "fbox", "mathrlap", "mathclap", "ensuremath")
_STOPS = ("where", "with", "at", "in", "on")
_PREFIXES = (*FUNCTION_COMMANDS, "nabla", "partial")


class Expressions(Functions):
    """Reads expressions."""

    def expression(self) -> Written:
        left = self.term()
        while self.cursor.sees("+", "-"):
            sign = self.cursor.take()
            right = self.term()
            left = Written([*left.pieces, (f" {sign.text} ", sign.at), *right.within(TERM)], SUM)
        return left

    def term(self) -> Written:
        cursor = self.cursor
        left = self._unary()
        divisor = -1  # where the divisor starts that was just read
        while True:
            bare, place = self.bare, cursor.place
            if cursor.sees("*", "/"):
                sign = cursor.take()
                start = cursor.place
                right = self._unary()
                self._refuse(bare, place, sign.text)
                divisor = start if sign.text == "/" else -1
                left = Written([*left.within(TERM), (sign.text, sign.at), *right.within(POWER)], TERM)
            elif self.starts_factor():
                prefixed = cursor.sees_command(*_PREFIXES)
                at = cursor.peek().at
                if cursor.peek().kind == "number":
                    raise self.fail("a number behind another factor needs an operator between them")
                right = self._factor()
                if not prefixed:
                    self._refuse(bare, place, "")
                if divisor >= 0:
                    self._refuse_divisor(divisor, place)
                left = Written([*left.within(TERM), ("*", at), *right.within(POWER)], TERM)
            else:
                return left

    def _refuse(self, bare: Bare | None, place: int, sign: str) -> None:
        r"""``\log p(x) q(x)`` may be the log of the product or the product of the log: it must be said which."""
        if bare is None:
            return
        cursor = self.cursor
        while not sign and self.starts_factor():  # all that may belong to it is quoted
            self._factor()
        function = cursor.between(bare.function, bare.operand)
        operand = cursor.between(bare.operand, bare.end)
        rest = cursor.between(place, cursor.place)
        inside, outside = rf"{function}\left({operand} {rest}\right)", rf"{function}\left({operand}\right) {rest}"
        before = f"before `{sign}`" if sign else "of a product"
        raise self.fail(f"`{function}` {before} is ambiguous; write `{inside}` or `{outside}`", cursor.tokens[place].at)

    def _refuse_divisor(self, divisor: int, place: int) -> None:
        cursor = self.cursor
        below, rest = cursor.between(divisor, place), cursor.between(place, cursor.place)
        message = f"`/ {below} {rest}` is ambiguous; write `/ ({below} {rest})`, or a `\\frac`"
        raise self.fail(message, cursor.tokens[place].at)

    def starts_factor(self) -> bool:
        cursor = self.cursor
        token = cursor.peek()
        if token.kind == "number":
            return True
        if self.in_integral and self.at_differential():
            return False
        if token.kind == "text":
            return starts_name(cursor) and token.text.strip() not in _STOPS
        if token.kind == "word":
            return token.text not in _STOPS or token.text in self.block.declared
        if token.kind == "symbol":
            return token.text in (*OPENING, "abs(") or (token.text in ("|", "norm(") and not self.bar_closes)
        return token.kind == "command" and (starts_name(cursor) or token.text in _PRIMARIES)

    def _unary(self) -> Written:
        cursor = self.cursor
        if not cursor.sees("+", "-"):
            return self._factor()
        sign = cursor.take()
        with self.deeper():
            operand = self._unary()
        return operand if sign.text == "+" else Written([("-", sign.at), *operand.within(POWER)], TERM)

    def _factor(self) -> Written:
        """A primary with its powers."""
        cursor = self.cursor
        self.bare = None
        base = self._primary()
        if self.bare is not None and self.bare.end != cursor.place:  # it stands in brackets of this primary
            self.bare = None
        if cursor.sees("^") and self.bare is not None:
            bare, place = self.bare, cursor.place
            cursor.take()
            self._argument()
            self._refuse(bare, place, "^")
        return self._powers(base)

    # --- primaries

    def _primary(self) -> Written:
        cursor = self.cursor
        token = cursor.peek()
        with self.deeper():
            if token.kind == "number":
                return Written([(cursor.take().text, token.at)], ATOM)
            if cursor.sees(*OPENING):
                return self._group()
            if cursor.sees("abs(", "|"):
                return self._absolute()
            if cursor.sees("norm(", "||"):
                return self._norm()
            if token.kind == "command":
                found = self._command()
                if found is not None:
                    return found
            if starts_name(cursor):
                return self._operator_or_name()
        raise cursor.unexpected("an expression")

    def _command(self) -> Written | None:
        cursor = self.cursor
        token = cursor.peek()
        command = token.text
        if command in FUNCTION_COMMANDS:
            cursor.take()
            return self._function(FUNCTION_COMMANDS[command], token.at)
        if command in FRACTIONS:
            return self._fraction()
        if command == "sqrt":
            return self._root()
        if command in INTEGRALS:
            return self.integral()
        if command in ("sum", "prod"):
            cursor.take()
            return self.index_sum(command, token.at)
        if command in ("max", "min"):
            return self._extremum(command)
        if command in ("nabla", "partial"):
            cursor.take()
            if not cursor.sees("_"):
                raise self.fail(f"`\\{command}` needs what it is taken in, as in `\\nabla_\\theta`", token.at)
            return self._gradient(self._wrt(), token.at)
        if command in _DECORATIONS:
            cursor.take()
            inner = self._argument()
            self.limits()
            return inner
        if command == "textcolor":
            cursor.take()
            cursor.place += cursor.closing() + 1 if cursor.sees("{") else 0
            return self._argument()
        return self._indicator()

    def _operator_or_name(self) -> Written:
        cursor = self.cursor
        found = self._indicator() or self.over_a_law()
        if found is not None:
            return found
        token = cursor.peek()
        text = token.text.strip()
        if text in self.block.declared or token.kind not in ("word", "text"):
            return self.named()
        if text in PLAIN_BINDERS and cursor.sees("_", ahead=1):
            cursor.take()
            if text == "int":
                return self._plain_integral(token.at)
            return self.index_sum(text, token.at, bracket=True)
        if text == "renyi" and cursor.sees("_", ahead=1) and cursor.sees("{", ahead=2):
            cursor.place += 2
            order = self._argument()
            head = "".join(piece for piece, _ in order.pieces)
            return self.pair(f"renyi_{{{head}}}", token.at)
        if text in ("max", "min") and cursor.sees("_", ahead=1):
            return self._extremum(text)
        if text == "e" and cursor.sees("^", ahead=1) and token.kind == "word":
            cursor.place += 2
            return Written([("exp(", token.at), *self._argument().pieces, (")", token.at)], ATOM)
        if text in ("det", "tr") and not cursor.sees("(", "_", "^", ahead=1):
            cursor.take()
            operand = self._factor()
            return Written([(f"{text}(", token.at), *operand.pieces, (")", token.at)], ATOM)
        if FUNCTIONS.get(text) == 1 and text != "Phi" and not cursor.sees("_", ahead=1):
            cursor.take()
            return self._function(text, token.at)
        return self.named()

    def _plain_integral(self, at: int) -> Written:
        self.cursor.take()
        self.cursor.expect("{")
        variables = self._listed()
        self.cursor.expect("}")
        return self.bracketed([("int_{", at), *variables, ("}", at)])


_PRIMARIES = (
    *FUNCTION_COMMANDS,
    *FRACTIONS,
    *INTEGRALS,
    *_DECORATIONS,
    *"sqrt sum prod max min nabla partial textcolor mathbbm Pr".split(),
)
