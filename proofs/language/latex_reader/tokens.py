"""LaTeX and plain text cut into tokens, with its many spellings of one sign made one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from proofs.language.errors import ClaimError
from proofs.language.names import GREEK_NAMES

_VARIANTS = {"varepsilon": "epsilon", "varphi": "phi", "vartheta": "theta", "varsigma": "sigma", "varrho": "rho"}
_WORDS = {name: name for name in GREEK_NAMES} | {"ell": "ell", "infty": "oo"}
_WORDS |= {"det": "det", "top": "T", "intercal": "T"}  # `A^\top` is `A^T`
_WORDS |= {name: name for name in ("E", "KL", "JSD", "TV", "Var", "Cov", "ELBO")}  # macros that many papers define
#: Commands that are signs, and the plain signs that they are read as.
SIGNS = {
    "le leq leqslant": "<=",
    "ge geq geqslant": ">=",
    "lt": "<",
    "gt succ": ">",
    "approx": "~=",
    "coloneqq coloneq triangleq doteq": ":=",
    "sim": "~",
    "cdot times ast": "*",
    "div": "/",
    "mid vert": "|",
    "Vert parallel": "||",
    "dots ldots cdots dotsc dotsb": "...",
    "lbrace": "\\{",
    "rbrace": "\\}",
    "lbrack": "[",
    "rbrack": "]",
    "lparen": "(",
    "rparen": ")",
    "lvert": "abs(",
    "rvert": "abs)",
    "lVert": "norm(",
    "rVert": "norm)",
    "in": "in",
}
_SIGN_OF = {command: sign for commands, sign in SIGNS.items() for command in commands.split()}
_SIGN_OF_CHARACTER = {
    "≤": "<=",
    "≥": ">=",
    "≈": "~=",
    "≔": ":=",
    "·": "*",
    "×": "*",
    "−": "-",
    "∥": "||",
    "‖": "||",
    "∣": "|",
    "∈": "in",
    "…": "...",
    "∞": "oo",
    "′": "'",
    r"\|": "||",
    r"\{": "\\{",
    r"\}": "\\}",
}
_SPACES = frozenset("\\, \\; \\: \\> ~ \\space \\enspace \\thinspace \\medspace \\thickspace".split()) | {"\\ "}
_IGNORED = frozenset(
    "limits nolimits displaystyle textstyle scriptstyle nonumber notag allowbreak strut mathstrut hfill noindent "
    "left right middle big Big bigg Bigg bigl Bigl biggl Biggl bigr Bigr biggr Biggr bigm Bigm biggm Biggm "
    "negthinspace relax protect".split()
)
_SWITCHES = ("rm", "bf", "it", "cal")  # `{\rm KL}` is `\mathrm{KL}`
_IGNORED_WITH_ARGUMENT = "label|tag|tag\\*|hspace|hspace\\*|vspace|phantom|hphantom|vphantom|color|eqref"
_OTHER_RELATIONS = ("d", "mathcal{D}", "?", "law")  # above an equality: of distributions, or one that is in doubt
_STACKS = ("stackrel", "overset", "underset")
_TEXT = (
    r"text|textrm|textnormal|textup|textit|textbf|textsf|texttt|textsc|mbox|mathrm|mathit|mathsf|mathtt|operatorname"
)

#: Environments whose rows are steps of a chain, those whose rows stand alone, and those that are one formula.
CHAINS = frozenset("align aligned alignat alignedat split eqnarray flalign multline IEEEeqnarray".split())
LISTS = frozenset("gather gathered".split())
FORMULAS = frozenset("equation math displaymath dmath subequations".split())

_TOKEN = re.compile(
    rf"""
      (?P<comment> % [^\n]* | \# [^\n]* )
    | (?P<newline> \n )
    | (?P<blank> [^\S\n]+ | \\! )
    | (?P<reason> (?<=\s) -- (?=\s) [^\n]* )
    | \\(?P<edge> begin | end ) \s* \{{ (?P<environment> [A-Za-z]+ ) \*? \}}
    | (?P<dropped> \\(?:{_IGNORED_WITH_ARGUMENT}) \s* \{{ [^{{}}\n]* \}} )
    | \\(?P<style>{_TEXT})\*? \s* \{{ (?P<text> (?:[^{{}}\\] | \\[^A-Za-z] | \\[A-Za-z]+(?:\{{\}})? )* ) \}}
    | \\(?P<command> [A-Za-z]+ )
    | (?P<row> \\\\ \*? (?: \[ \s* -? [\d.]+ \s* [a-z]{{2}} \s* \] )? )
    | (?P<display> \$\$? | \\[\[\]()] )
    | (?P<number> \d+ (?: \.\d+ )? (?: [eE] [-+]? \d+ (?![\w]) )? )
    | (?P<word> [^\W\d_] [^\W_]* )
    | (?P<symbol> \.\.\. | \.\. | \|\| | := | <= | >= | ~= | \\[^A-Za-z\s] | \\[ ] | . )
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the source from `at` to `end`.

    `kind` is ``word`` (letters; Greek commands are words), ``number``, ``text`` (``\\text{...}`` and its like),
    ``command``, ``symbol``, ``reason``, or a break: ``newline``, ``row``, ``edge``. `space` says what stands before
    it: 0 nothing or blanks, 1 a spacing command, 2 a ``\\quad``. `latex` is whether plain text has no such token.
    """

    kind: str
    text: str
    at: int
    end: int
    space: int = 0
    latex: bool = False


def tokenise(source: str) -> list[Token]:
    r"""The tokens of a block; comments, sizes and spacing are gone.

    >>> [token.text for token in tokenise(r"\big\| a \leq \tfrac12 % half")]
    ['||', 'a', '<=', 'tfrac', '12']

    Raises:
        ClaimError: an environment that states no claim, such as ``cases``.
    """
    found: list[Token] = []
    space = 0
    side = ""
    for match in _TOKEN.finditer(source):
        kind, text = match.lastgroup or "", match.group()
        if kind in ("comment", "blank", "dropped"):
            continue
        if kind == "command" and text in (r"\quad", r"\qquad"):
            space = 2
            continue
        if text in _SPACES and not (text == "~" and _draws(found)):
            space = max(space, 1)
            continue
        if kind == "command" and text[1:] in _SWITCHES and found and found[-1].text == "{":
            found.insert(-1, Token("command", f"math{text[1:]}", found[-1].at, match.end(), latex=True))
            continue
        if kind == "command" and text[1:] in _IGNORED:
            side = text[1:]
            continue
        if side and text == ".":  # the null delimiter of `\left.`
            side = ""
            continue
        token = replace(_token(match, kind, text, source), space=space)
        if token.text == "|" and side:
            last = side[-1] if side not in ("left", "right") else side[0]
            token = replace(token, text={"l": "abs(", "r": "abs)"}.get(last, "|"), latex=True)
        if token.text == "||" and side in ("left", "right"):
            token = replace(token, text="norm(" if side == "left" else "norm)", latex=True)
        _append(found, token)
        space, side = 0, ""
    return _unstacked(found)


def _unstacked(found: list[Token]) -> list[Token]:
    r"""Signs without what stands above them: ``\stackrel{iid}{\sim}`` is ``\sim``; ``\underset`` is a subscript."""
    place = 0
    while place < len(found):
        token = found[place]
        if token.kind == "command" and token.text in _STACKS:
            first = _group_end(found, place + 1)
            second = _group_end(found, first)
            above, below = found[place + 2 : first - 1], found[first + 1 : second - 1]
            words = "".join(part.text for part in above)
            if first < second and len(below) == 1 and below[0].kind == "symbol" and words not in _OTHER_RELATIONS:
                sign = ":=" if below[0].text == "=" and ("def" in words or "triangle" in words) else below[0].text
                found[place:second] = [replace(below[0], text=sign, latex=True)]
            elif first < second and token.text == "underset":
                subscript = Token("symbol", "_", token.at, token.end, latex=True)
                found[place:second] = [*below, subscript, *found[place + 1 : first]]
        place += 1
    return found


def _group_end(found: list[Token], place: int) -> int:
    """The place behind the braces that open at a place; the place itself where none open."""
    depth = 0
    for at in range(place, len(found)):
        if found[at].kind == "symbol" and found[at].text in "{}":
            depth += 1 if found[at].text == "{" else -1
        if depth == 0:
            return at + 1 if at > place else place
    return place


def _append(found: list[Token], token: Token) -> None:
    """Add the token; two bars side by side are one sign."""
    if found and token.text == "|" == found[-1].text and token.kind == "symbol":
        first = found.pop()
        token = Token("symbol", "||", first.at, token.end, first.space, first.latex or token.latex)
    found.append(token)


def _token(match: re.Match[str], kind: str, text: str, source: str) -> Token:
    at, end = match.span()
    if match["edge"]:
        environment = match["environment"]
        if environment not in CHAINS | LISTS | FORMULAS:
            message = f"the environment `{environment}` states no claim that can be read"
            raise ClaimError(message, source=source, offset=at, expected=("`align`", "`equation`", "`gather`"))
        return Token("edge", f"{match['edge']} {environment}", at, end, latex=True)
    if kind == "display":
        return Token(
            "edge", "end" if text in (r"\]", r"\)") else "begin" if text[0] == "\\" else "$", at, end, latex=True
        )
    if match["style"]:
        return Token("text", match["text"], at, end, latex=True)
    if kind == "command":
        name = text[1:]
        plain = _VARIANTS.get(name)
        if plain is not None and re.search(rf"\\{plain}(?![A-Za-z])", source):
            message = f"`\\{name}` and `\\{plain}` would be one name, `{plain}`; write them alike, or name them apart"
            raise ClaimError(message, source=source, offset=at)
        if name in _SIGN_OF:
            return Token("symbol", _SIGN_OF[name], at, end, latex=True)
        if name in _VARIANTS or name in _WORDS:
            return Token("word", _VARIANTS.get(name) or _WORDS[name], at, end, latex=True)
        return Token("command", name, at, end, latex=True)
    if kind == "symbol":
        sign = _SIGN_OF_CHARACTER.get(text, text)
        if sign == "oo":
            return Token("word", sign, at, end)
        power = text == "^" and source.startswith("{", end)
        return Token("symbol", sign, at, end, latex=text[0] == "\\" or text == "&" or power)
    return Token(kind, text, at, end, latex=kind == "row")


def _draws(found: list[Token]) -> bool:
    """Whether a ``~`` here draws from a law, as in plain text: it stands behind a name, and not for a space."""
    return bool(found) and (found[-1].kind in ("word", "number") or found[-1].text in ("}", "'"))
