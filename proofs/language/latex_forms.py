"""Expressions as LaTeX that a paper would write, and that reads back as the same expression."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from proofs.language.binding import index_values
from proofs.language.names import GREEK_NAMES
from proofs.language.text import copies_of, decimal, factors, spans
from proofs.language.tree import (
    Add,
    Apply,
    Call,
    Conjugate,
    Constant,
    Covariance,
    Density,
    Div,
    Divergence,
    Entropy,
    Expectation,
    Expr,
    Gradient,
    IndexSum,
    Indicator,
    Information,
    Integral,
    Law,
    Mul,
    Named,
    Neg,
    Number,
    Optimum,
    Pow,
    PushforwardDensity,
    Sub,
    Symbol,
    Use,
    Variable,
    Variance,
)

# What may stand without parentheses: a side of a relation, an operand of a sum, the last factor of a product, a left
# factor, a right factor, what takes an exponent.
SIDE, SUM, _TERM, _FACTOR, _POWER, _ATOM = range(6)

RELATIONS = {"=": "=", "<=": r"\le", ">=": r"\ge", "<": "<", ">": ">", "~=": r"\approx"}
_FUNCTIONS = {name: rf"\{name}" for name in ("log", "exp", "sin", "cos", "Phi", "min", "max")} | {"log2": r"\log_2"}
_DIVERGENCES = {"KL": r"D_{\mathrm{KL}}", "chi2": r"\chi^2", "H2": r"\mathrm{H}^2", "W1": "W_1", "W2": "W_2"}
_LAWS = {"N": r"\mathcal{N}"}
# What a log takes without parentheses.
_BARE = Density | Named | Apply | Use | Div | Expectation | Symbol | Number | Integral | IndexSum


def expression(node: Expr, level: int = SUM) -> str:
    """The expression, in parentheses where it binds less tightly than its place asks for."""
    text, binds = _form(node, level)
    return text if binds >= level else rf"\left({text}\right)"


def _form(node: Expr, level: int) -> tuple[str, int]:
    match node:
        case Number(value=value, text=text):
            written = number(value, text)
            return written, _ATOM if written[0].isdigit() else _POWER if value >= 0 else _FACTOR
        case Constant(name=text):
            return {"pi": r"\pi", "oo": r"\infty"}[text], _ATOM
        case Symbol(name=text) | Variable(name=text):
            return name(text), _ATOM if "'" not in text and not text.endswith("_star") else _POWER
        case Add(left=left, right=right):
            return f"{expression(left)} + {_operand(right)}", SUM
        case Sub(left=left, right=right):
            return f"{expression(left)} - {_operand(right)}", SUM
        case Mul(left=left, right=right):
            # A logarithm without brackets may only come last.
            bare = level <= _TERM and _is_bare(right)
            first, second = expression(left, _FACTOR), expression(right, _TERM if bare else _POWER)
            return first + (r" \cdot " if second[0].isdigit() else r" \, ") + second, _FACTOR
        case Div(left=left, right=right):
            return rf"\frac{{{expression(left)}}}{{{expression(right)}}}", _POWER
        case Pow(base=base, exponent=exponent):
            raised = expression(exponent)
            if raised.startswith((r"\mathrm", r"\left(")):  # what would belong to a name
                raised = f"{{{raised}}}"
            return f"{expression(base, _ATOM)}^{{{raised}}}", _POWER
        case Neg(operand=operand):
            bare = level <= _TERM and _is_bare(operand)
            return f"-{expression(operand, _TERM if bare else _POWER)}", _FACTOR
        case Call(function=function, arguments=arguments):
            return _call(function, arguments, level)
        case Apply(name=text, arguments=arguments):
            return applied(text, arguments, ()), _POWER
        case Density(family=text, generated=generated, given=given):
            return applied(text, generated, given), _POWER
        case Named(law=law, variable=variable, parameters=parameters):
            point = "" if variable.name == "_" else f"{name(variable.name)}; "
            return f"{law_name(law)}({point}{listed(parameters)})", _POWER
        case PushforwardDensity(name=text, argument=argument):
            return f"p_{{{name(text)}}}({expression(argument)})", _POWER
        case Use(name=text, generated=generated, given=given):
            return applied(text, generated, given), _POWER if generated or text.endswith("_star") else _ATOM
        case IndexSum():
            return _index_sum(node), _TERM
        case Integral(variables=variables, body=body, counting=counting):
            inner = expression(body, _POWER if isinstance(body, Integral) else _TERM)
            if counting:
                return rf"\sum_{{{listed(variables)}}} {inner}", _TERM
            return " ".join([r"\int", inner, *(rf"\,d{name(variable.name)}" for variable in variables)]), _TERM
        case Optimum(kind=kind, over=over, body=body, witness=witness):
            best = rf"\{kind}_{{{name(over)}}} \left[{expression(body)}\right]"
            return rf"{best} \ \text{{at }} {name(over)} = {expression(witness)}", SIDE
        case Gradient(wrt=wrt, body=body):
            plain = isinstance(body, Density | Apply | Expectation) or _is_bare(body)
            inner = expression(body, _TERM) if plain else rf"\left[{expression(body)}\right]"
            return rf"\nabla_{{{name(wrt.name)}}} {inner}", _POWER
        case Conjugate(function=function, argument=argument):
            return f"{name(f'{function}_star')}({expression(argument)})", _POWER
        case Indicator(left=left, relation=relation, right=right):
            event = f"{expression(left)} {RELATIONS[relation]} {expression(right)}"
            return rf"\mathbf{{1}}\left[{event}\right]", _POWER
    return _form_of_laws(node), _POWER


def _form_of_laws(node: Expr) -> str:
    match node:
        case Expectation(law=density, body=body):
            return rf"\mathbb{{E}}_{{{_drawn(density)}}}\left[{expression(body)}\right]"
        case Variance(law=density, body=body):
            return rf"\operatorname{{Var}}_{{{_drawn(density)}}}\left[{expression(body)}\right]"
        case Covariance(law=density, left=left, right=right):
            return rf"\operatorname{{Cov}}_{{{_drawn(density)}}}\left[{listed((left, right))}\right]"
        case Divergence(kind=kind, left=first, right=second, order=order, function=function):
            head = _DIVERGENCES.get(kind, rf"\mathrm{{{kind}}}")
            if order is not None:
                head = rf"\operatorname{{renyi}}_{{{expression(order)}}}"
                if isinstance(order, Symbol) and order.name in GREEK_NAMES:
                    head = f"D_{{{expression(order)}}}"
            if function:
                head = name(f"D_{function}")
            return rf"{head}\left({law(first)} \,\|\, {law(second)}\right)"
        case Entropy(law=density):
            return rf"\mathrm{{H}}\left({law(density)}\right)"
        case Information(family=family, first=first, second=second, given=given):
            bar = rf" \mid {listed(given)}" if given else ""
            return f"{name(f'I_{family}')}({listed(first)}; {listed(second)}{bar})"
    raise TypeError(f"a {type(node).__name__} is not written in LaTeX")


def _operand(node: Expr) -> str:
    """The right operand of a sum, which may not start with a sign."""
    text = expression(node, _TERM)
    return rf"\left({text}\right)" if text.startswith("-") else text


def _is_bare(node: Expr) -> bool:
    return isinstance(node, Call) and node.function in ("log", "log2") and isinstance(node.arguments[0], _BARE)


def _call(function: str, arguments: tuple[Expr, ...], level: int) -> tuple[str, int]:
    if function == "sqrt":
        return rf"\sqrt{{{expression(arguments[0])}}}", _ATOM
    if function == "abs":
        return rf"\left|{expression(arguments[0])}\right|", _ATOM
    head = _FUNCTIONS.get(function, rf"\operatorname{{{function}}}")
    if level <= _TERM and function in ("log", "log2") and isinstance(arguments[0], _BARE):
        return f"{head} {expression(arguments[0], _TERM)}", _TERM
    return rf"{head}\left({listed(arguments)}\right)", _POWER


def _index_sum(node: IndexSum) -> str:
    ends = rf"_{{{name(node.index)}={expression(node.low)}}}^{{{expression(node.high)}}}"
    if node.kind != "mean":
        return rf"\{node.kind}{ends} {expression(node.body, _TERM)}"
    count = _count(node)
    if count:
        return rf"\frac{{1}}{{{count}}} \sum{ends} {expression(node.body, _TERM)}"
    return rf"\operatorname{{mean}}{ends} \left[{expression(node.body)}\right]"


def _count(node: IndexSum) -> str:
    """The number of terms, where a reader sees at once that it is that."""
    low, high = node.low, node.high
    if isinstance(low, Number) and isinstance(high, Number):
        return str(len(index_values(node) or ()) or "")
    known = isinstance(low, Number) and low.value == 1 and isinstance(high, Symbol)
    return expression(high) if known and len(expression(high)) == 1 else ""


def number(value: Fraction, text: str = "") -> str:
    """A rational in digits, as it was printed where it was."""
    if re.fullmatch(r"\d+(\.\d+)?", text) and Fraction(text) == value:
        return text
    written = decimal(value)
    above, slash, below = written.partition("/")
    return rf"\frac{{{above}}}{{{below}}}" if slash else written


def name(text: str) -> str:
    """A name's letters with its subscripts and primes: ``p_theta`` is ``p_{\\theta}``, ``D_star`` is ``D^{*}``."""
    core = text.rstrip("'")
    base, *subscripts = core.split("_")
    written = _word(base)
    if subscripts and subscripts[-1] == "star":
        subscripts.pop()
        written += "^{*}"
    if subscripts:
        written += f"_{{{', '.join(map(_word, subscripts))}}}"
    return written + text[len(core) :]


def _word(word: str) -> str:
    if word.startswith("{"):  # the last of the copies z_1 .. z_{k+1}
        return word[1:-1]
    if word in GREEK_NAMES:
        return rf"\{word}"
    if word.startswith("{"):  # a shifted index, `{k+1}`
        index, sign, shift = re.split("([-+])", word[1:-1])
        return f"{_word(index)}{sign}{shift}"
    return word if len(word) <= 1 or word.isdigit() else rf"\mathrm{{{word}}}"


def law_name(law: str) -> str:
    """How a named law is written."""
    return _LAWS.get(law, rf"\mathrm{{{law}}}")


def listed(nodes: Iterable[Expr]) -> str:
    """The expressions, separated by commas."""
    return ", ".join(expression(node) for node in nodes)


def applied(text: str, generated: tuple[Expr, ...], given: tuple[Expr, ...]) -> str:
    """A name at its arguments."""
    if not generated and not given:
        return name(text)
    bar = r" \mid " if given else ""
    return f"{name(text)}({listed(generated)}{bar}{listed(given)})"


def law(law: Law) -> str:
    """A law as the product of its factors."""
    return product(law.density)


def product(density: Expr) -> str:
    """A product of densities, side by side."""
    return r" \, ".join(expression(factor, _POWER) for factor in factors(density))


def _drawn(density: Law) -> str:
    drawn = copies_of(density)
    if drawn is None:
        return law(density)
    variables, factor = drawn
    names = ", ".join(part if part == r"\dots" else name(part) for part in spans(variables, r", \dots, ").split(", "))
    if isinstance(factor, Named):
        return rf"{names} \sim {law_name(factor.law)}({listed(factor.parameters)})"
    return rf"{names} \sim {expression(factor, _POWER)}"
