"""Arithmetic as LaTeX writes it: products side by side, fractions, powers, functions without brackets, derivatives."""

from __future__ import annotations

from typing import NamedTuple

from proofs.language.latex_reader.binders import INTEGRALS, PLAIN_BINDERS, Binders
from proofs.language.latex_reader.cursor import ATOM, POWER, SUM, TERM, Pieces, Written
from proofs.language.latex_reader.layout import OPENING, RELATIONS
from proofs.language.latex_reader.names import starts_name
from proofs.language.tree import FUNCTIONS

_FUNCTION_COMMANDS = {name: name for name in ("log", "exp", "sin", "cos")} | {"ln": "log"}
_FRACTIONS = ("frac", "tfrac", "dfrac", "cfrac", "nicefrac", "sfrac")
_DECORATIONS = ("underbrace", "overbrace", "underline", "boxed", "fbox", "mathrlap", "mathclap", "ensuremath")
_STOPS = ("where", "with", "at", "in", "on")
_PREFIXES = (*_FUNCTION_COMMANDS, "nabla", "partial")


class _Bare(NamedTuple):
    """A function without brackets of its own, and the places of its tokens: ``\\log p(x)``."""

    function: int
    operand: int
    end: int


class Expressions(Binders):
    """Reads expressions."""

    bare: _Bare | None = None  # of the factor that was just read

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

    def _refuse(self, bare: _Bare | None, place: int, sign: str) -> None:
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
            return token.text in (*OPENING, "abs(") or (token.text == "|" and not self.bar_closes)
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

    def _powers(self, base: Written) -> Written:
        cursor = self.cursor
        while cursor.sees("^", "'"):
            if cursor.sees("'"):
                raise self.fail("a prime stands behind a name only; a derivative is written `\\nabla_x`")
            sign = cursor.take()
            exponent = self._argument()
            base = Written([*base.within(ATOM), ("^", sign.at), *exponent.within(ATOM)], POWER)
        return base

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
            if token.kind == "command":
                found = self._command()
                if found is not None:
                    return found
            if starts_name(cursor):
                return self._operator_or_name()
        raise cursor.unexpected("an expression")

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

    def _command(self) -> Written | None:
        cursor = self.cursor
        token = cursor.peek()
        command = token.text
        if command in _FUNCTION_COMMANDS:
            cursor.take()
            return self._function(_FUNCTION_COMMANDS[command], token.at)
        if command in _FRACTIONS:
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
        with self.nested():
            return self._primary()

    # --- functions

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
            self.bare = None if power else _Bare(start, place, cursor.place)
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
        constant = cursor.peek().kind == "number" or cursor.sees_command(*_FRACTIONS)
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


_PRIMARIES = (
    *_FUNCTION_COMMANDS,
    *_FRACTIONS,
    *INTEGRALS,
    *_DECORATIONS,
    *"sqrt sum prod max min nabla partial textcolor mathbbm Pr".split(),
)
