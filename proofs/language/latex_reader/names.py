r"""Names in LaTeX: fonts, subscripts, accents and stars become the one plain name that all spellings share."""

from __future__ import annotations

import re
from typing import NamedTuple

from proofs.language.latex_reader.cursor import Cursor
from proofs.language.latex_reader.tokens import Token
from proofs.language.limits import MAX_NAME
from proofs.language.names import normalise

_FONTS = {
    "mathbb": "blackboard",
    "mathds": "blackboard",
    "mathbf": "bold",
    "boldsymbol": "bold",
    "bm": "bold",
    "pmb": "bold",
    "vec": "bold",
    "mathcal": "calligraphic",
    "mathscr": "calligraphic",
    "mathfrak": "fraktur",
    "mathrm": "",
    "mathit": "",
    "mathsf": "",
    "operatorname": "",
    "mathop": "",
}
_ACCENTS = {"tilde": "tilde", "widetilde": "tilde", "hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar"}
_STARS = ("*", "star", "ast")
_IDENTIFIER = re.compile(r"[^\W\d_]\w*(?:[ -]+\w+)*$")
MAX_PARTS = 8


class Name(NamedTuple):
    r"""A plain name, the font of its first letters, and for ``z_{1:k}`` the last of the copies that it lists.

    `raised` says whether a part of it stood above: ``x^{(2)}`` and ``x_2`` are one plain name.
    """

    text: str
    at: int
    font: str = ""
    last: str = ""
    raised: bool = False


def starts_name(cursor: Cursor, ahead: int = 0) -> bool:
    """Whether a name starts here."""
    token = cursor.peek(ahead)
    if token.kind == "text":
        return _IDENTIFIER.match(token.text.strip()) is not None
    return token.kind == "word" or (token.kind == "command" and (token.text in _FONTS or token.text in _ACCENTS))


def name(cursor: Cursor) -> Name:
    r"""The name that starts here, with its subscripts, and those superscripts that are no powers.

    >>> from proofs.language.latex_reader.tokens import tokenise
    >>> def read(text): return name(Cursor(tokenise(text), text)).text
    >>> read(r"\mathbf{z}_{\mathrm{new}}'"), read(r"D^{\star}_\phi"), read(r"x^{(i)}"), read(r"\tilde p_\theta")
    ("z_new'", 'D_phi_star', 'x_i', 'p_tilde_theta')
    """
    at = cursor.peek().at
    base, font = _base(cursor)
    parts = [base]
    star, primes, last, raised = False, 0, "", False
    while len(parts) <= MAX_PARTS:
        if cursor.sees("_"):
            cursor.take()
            found, last = _subscript(cursor)
            parts.extend(found)
        elif cursor.sees("'"):
            cursor.take()
            primes += 1
        elif cursor.sees("^"):
            mark = _mark(cursor)
            if mark is None:
                break
            star = star or mark == "*"
            primes += mark.count("'")
            above = [part for part in mark.split("_") if part.strip("'*")]
            raised = raised or bool(above)
            parts.extend(above)
        else:
            break
    text = "_".join([*parts, "star"] if star else parts) + "'" * primes
    plain = normalise(text)
    if plain is None or len(text) > MAX_NAME:
        raise cursor.fail(f"`{text[:MAX_NAME]}` is not a name", at)
    return Name(plain, at, font, last, raised)


def _base(cursor: Cursor) -> tuple[str, str]:
    token = cursor.peek()
    if token.kind == "word":
        return cursor.take().text, ""
    if token.kind == "text":
        return _identifier(cursor, cursor.take()), ""
    if token.kind == "command" and token.text in _ACCENTS:
        cursor.take()
        inner, font = _braced(cursor)
        return f"{inner}_{_ACCENTS[token.text]}", font
    if token.kind == "command" and token.text in _FONTS:
        cursor.take()
        inner, font = _braced(cursor)
        return inner, font or _FONTS[token.text]
    raise cursor.unexpected("a name")


def _braced(cursor: Cursor) -> tuple[str, str]:
    """The letters in the braces, or the one token without them, that a font or an accent is put on."""
    if not cursor.accept("{"):
        if cursor.peek().kind == "number":
            return cursor.digit().text, ""
        return _base(cursor)
    if cursor.peek().kind == "number":
        text, font = cursor.take().text, ""
    else:
        inner = name(cursor)
        text, font = inner.text, inner.font
    cursor.expect("}")
    return text, font


def _identifier(cursor: Cursor, token: Token) -> str:
    text = token.text.strip()
    if not _IDENTIFIER.match(text):
        raise cursor.fail(f"`{text}` is not a name", token.at)
    return re.sub(r"[ -]+", "_", text)


def _subscript(cursor: Cursor) -> tuple[list[str], str]:
    r"""The parts of a subscript; of ``{1:k}`` the first number, and the last."""
    if not cursor.accept("{"):
        return [cursor.digit().text if cursor.peek().kind == "number" else _part(cursor)], ""
    parts = [_nested(cursor)]
    last = ""
    if cursor.sees("+", "-"):
        parts = [_shifted(cursor, parts[0])]
    elif cursor.accept(":"):
        last = _nested(cursor)
        if cursor.sees("+", "-"):
            last = _shifted(cursor, last)
    while cursor.accept(",") and len(parts) <= MAX_PARTS:
        parts.append(_nested(cursor))
    cursor.expect("}")
    return parts, last


def _nested(cursor: Cursor) -> str:
    r"""A part in braces, which may have a subscript or a digit of its own: ``\theta_1``, ``\chi^2``."""
    text = _part(cursor)
    if cursor.accept("_"):
        braced = cursor.accept("{")
        text = f"{text}_{_part(cursor)}"
        if braced:
            cursor.expect("}")
    elif cursor.accept("^"):
        text += _whole(cursor)
    return text


def _part(cursor: Cursor) -> str:
    if cursor.peek().kind == "number":
        return _whole(cursor)
    if starts_name(cursor):
        return _base(cursor)[0]
    raise cursor.unexpected("a name or a number as a subscript")


def _shifted(cursor: Cursor, text: str) -> str:
    return f"{{{text}{cursor.take().text}{_whole(cursor)}}}"


def _whole(cursor: Cursor) -> str:
    if cursor.peek().kind != "number" or not cursor.peek().text.isdigit():
        raise cursor.unexpected("a whole number")
    return cursor.take().text


def _mark(cursor: Cursor) -> str | None:
    """A superscript that belongs to the name: a star, primes, an index in brackets or words. None for a power."""
    braces = cursor.sees("{", ahead=1)
    first = cursor.peek(2 if braces else 1)
    closed = not braces or cursor.sees("}", ahead=3)
    if first.text in _STARS and first.kind in ("symbol", "command") and closed:
        mark = "*"
    elif first.kind == "command" and first.text == "prime" and closed:
        mark = "'"
    elif first.kind == "text" and closed and first.text.strip() != "T":  # a transpose is a power
        mark = re.sub(r"[ -]+", "_", first.text.strip())
    elif braces and first.text == "(" and _lists_indices(cursor):
        return _indices(cursor)
    else:
        return None
    cursor.place += 4 if braces else 2
    return mark


def _lists_indices(cursor: Cursor) -> bool:
    """Whether the superscript is ``{(i)}`` or ``{(i, 1)}``, and not a power in brackets."""
    ahead = 3
    while cursor.peek(ahead).kind in ("word", "number") or cursor.sees(",", ahead=ahead):
        ahead += 1
    return ahead > 3 and cursor.sees(")", ahead=ahead) and cursor.sees("}", ahead=ahead + 1)


def _indices(cursor: Cursor) -> str:
    cursor.place += 3
    parts = [_part(cursor)]
    while cursor.accept(",") and len(parts) <= MAX_PARTS:
        parts.append(_part(cursor))
    cursor.expect(")")
    cursor.expect("}")
    return "_".join(parts)
