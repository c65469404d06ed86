"""Nodes as LaTeX, as a paper would write them."""

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
    Chain,
    Claim,
    Comparison,
    Conjugate,
    Constant,
    Convex,
    Covariance,
    Definition,
    Density,
    Discrete,
    Div,
    Divergence,
    Entropy,
    Expectation,
    Expr,
    Family,
    Function,
    Gradient,
    IndexSum,
    Indicator,
    Information,
    Integral,
    Law,
    Mul,
    Named,
    Neg,
    Node,
    Number,
    Parameter,
    Pow,
    Pushforward,
    PushforwardDensity,
    Scalar,
    Step,
    Sub,
    Symbol,
    Use,
    Variable,
    Variance,
)

# What may stand without parentheses: an operand of a sum, a left factor, a right factor, what takes an exponent.
_SUM, _TERM, _FACTOR, _POWER, _ATOM = range(1, 6)

_RELATIONS = {"=": "=", "<=": r"\le", ">=": r"\ge", "<": "<", ">": ">", "~=": r"\approx"}
_FUNCTIONS = {"log": r"\log", "log2": r"\log_2", "exp": r"\exp", "sin": r"\sin", "cos": r"\cos", "Phi": r"\Phi"}
_DIVERGENCES = {
    "KL": r"D_{\mathrm{KL}}",
    "JSD": r"\mathrm{JSD}",
    "CE": r"\mathrm{CE}",
    "TV": r"\mathrm{TV}",
    "chi2": r"\chi^2",
    "H2": r"\mathrm{H}^2",
    "W1": "W_1",
    "W2": "W_2",
}
_LAWS = {"N": r"\mathcal{N}"}
_ESCAPES = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_BARE = Density | Named | Apply | Use | Div | Expectation | Symbol  # what a log takes without parentheses
_SPECIAL = re.compile(r"([\\&%$#_{}~^])")


def to_latex(node: Node) -> str:
    r"""The node as LaTeX; a claim's chains as an ``align`` environment each, a step a line, below its definitions.

    Declarations are not part of the mathematics that is printed; each can be printed by itself.

    >>> from proofs.language import read
    >>> print(to_latex(read("log p(x) >= E_{q(z|x)}[log(p(x,z)/q(z|x))]").steps[0]))
    \log p(x) \ge \mathbb{E}_{q(z \mid x)}\left[\log \frac{p(x, z)}{q(z \mid x)}\right]
    """
    match node:
        case Expr():
            return _expression(node, _SUM)
        case Claim(declarations=declarations, definitions=definitions, chains=chains):
            variables = [d for d in declarations if isinstance(d, Pushforward)]
            lines = [rf"\[ {to_latex(item)} \]" for item in (*definitions, *variables)]
            return "\n".join([*lines, *map(to_latex, chains)])
        case Chain(steps=steps):
            first = f"{_expression(steps[0].left, _SUM)} "
            rows = [f"&{_RELATIONS[s.relation]} {_expression(s.right, _SUM)}{_reason(s)}" for s in steps]
            return "\\begin{align}\n" + first + " \\\\\n".join(rows) + "\n\\end{align}"
        case Step(left=left, relation=relation, right=right) | Comparison(left=left, relation=relation, right=right):
            return f"{_expression(left, _SUM)} {_RELATIONS[relation]} {_expression(right, _SUM)}"
        case Definition(name=name, generated=generated, given=given, body=body):
            return f"{_applied(name, generated, given)} := {_expression(body, _SUM)}"
        case Pushforward(name=name, transform=transform, law=law):
            source = f"{_law_name(law.law)}({_listed(law.parameters)})"
            drawn = rf"{_name(law.variable.name)} \sim {source}"
            return rf"{_name(name)} := {_expression(transform, _SUM)}, \quad {drawn}"
        case Law():
            return _law(node)
        case Family(name=name, generated=generated, given=given):
            return _applied(name, tuple(map(Symbol, generated)), tuple(map(Symbol, given)))
        case Function(name=name, arguments=arguments, low=low, high=high, closed=closed):
            return _applied(name, tuple(map(Symbol, arguments)), ()) + _range(low, high, closed, r"\mathbb{R}")
        case Scalar(name=name, low=low, high=high, closed=closed, integer=integer):
            return _name(name) + _range(low, high, closed, r"\mathbb{Z}" if integer else r"\mathbb{R}")
        case Convex(name=name, concave=concave):
            return rf"{_name(name)} \text{{ {'concave' if concave else 'convex'}}}"
        case Parameter(name=name):
            return rf"{_name(name)} \in \mathbb{{R}}"
        case Discrete(variable=variable):
            return rf"{_name(variable)} \text{{ discrete}}"
    raise TypeError(f"a {type(node).__name__} is not written in LaTeX")


def _expression(node: Expr, level: int) -> str:
    text, binds = _form(node)
    return text if binds >= level else rf"\left({text}\right)"


def _form(node: Expr) -> tuple[str, int]:
    match node:
        case Number(value=value, text=text):
            return _number(value, text), _ATOM if value >= 0 else _TERM
        case Constant(name=name):
            return {"pi": r"\pi", "oo": r"\infty"}[name], _ATOM
        case Symbol(name=name) | Variable(name=name):
            return _name(name), _ATOM if "'" not in name else _POWER
        case Add(left=left, right=right):
            return f"{_expression(left, _SUM)} + {_operand(right)}", _SUM
        case Sub(left=left, right=right):
            return f"{_expression(left, _SUM)} - {_operand(right)}", _SUM
        case Mul(left=left, right=right):
            first, second = _expression(left, _FACTOR), _expression(right, _POWER)
            return first + (r" \cdot " if second[0].isdigit() else r" \, ") + second, _FACTOR
        case Div(left=left, right=right):
            return rf"\frac{{{_expression(left, _SUM)}}}{{{_expression(right, _SUM)}}}", _POWER
        case Pow(base=base, exponent=exponent):
            return f"{_expression(base, _ATOM)}^{{{_expression(exponent, _SUM)}}}", _POWER
        case Neg(operand=operand):
            return f"-{_expression(operand, _FACTOR)}", _TERM
        case Call(function=function, arguments=arguments):
            return _call(function, arguments)
        case Apply(name=name, arguments=arguments):
            return _applied(name, arguments, ()), _POWER
        case Density(family=family, generated=generated, given=given):
            return _applied(family, generated, given), _POWER
        case Named(law=law, variable=variable, parameters=parameters):
            point = "" if variable.name == "_" else f"{_name(variable.name)}; "
            return f"{_law_name(law)}({point}{_listed(parameters)})", _POWER
        case PushforwardDensity(name=name, argument=argument):
            return f"p_{{{_name(name)}}}({_expression(argument, _SUM)})", _POWER
        case Use(name=name, generated=generated, given=given):
            return _applied(name, generated, given), _POWER if generated else _ATOM
        case Expectation(law=law, body=body):
            return rf"\mathbb{{E}}_{{{_drawn(law)}}}\left[{_expression(body, _SUM)}\right]", _POWER
        case Integral(variables=variables, body=body, counting=counting):
            inner = _expression(body, _TERM)
            if counting:
                return rf"\sum_{{{_listed(variables)}}} {inner}", _TERM
            return " ".join([r"\int", inner, *(rf"\,d{_name(variable.name)}" for variable in variables)]), _TERM
        case Divergence(left=left_law, right=right_law):
            return rf"{_divergence(node)}\left({_law(left_law)} \,\|\, {_law(right_law)}\right)", _POWER
        case Variance() | Covariance() | Information() | Gradient() | Conjugate() | Indicator():
            return _functional(node), _POWER
        case Entropy(law=law):
            return rf"\mathrm{{H}}\left({_law(law)}\right)", _POWER
        case IndexSum():
            return _index_sum(node), _TERM
    raise TypeError(f"a {type(node).__name__} is not written in LaTeX")


def _divergence(node: Divergence) -> str:
    if node.function:
        return f"D_{{{_name(node.function)}}}"
    if node.order is not None:
        return f"D_{{{_expression(node.order, _SUM)}}}"
    return _DIVERGENCES[node.kind]


def _functional(node: Variance | Covariance | Information | Gradient | Conjugate | Indicator) -> str:
    match node:
        case Variance(law=law, body=body):
            return rf"\operatorname{{Var}}_{{{_drawn(law)}}}\left[{_expression(body, _SUM)}\right]"
        case Covariance(law=law, left=left, right=right):
            return rf"\operatorname{{Cov}}_{{{_drawn(law)}}}\left[{_listed((left, right))}\right]"
        case Information(family=family, first=first, second=second, given=given):
            bar = rf" \mid {_listed(given)}" if given else ""
            return rf"I_{{{_name(family)}}}\left({_listed(first)}; {_listed(second)}{bar}\right)"
        case Gradient(wrt=wrt, body=body):
            return rf"\nabla_{{{_name(wrt.name)}}}\left[{_expression(body, _SUM)}\right]"
        case Conjugate(function=function, argument=argument):
            return rf"{_name(function)}^{{*}}\left({_expression(argument, _SUM)}\right)"
        case Indicator(left=left, relation=relation, right=right):
            event = f"{_expression(left, _SUM)} {_RELATIONS[relation]} {_expression(right, _SUM)}"
            return rf"\mathbb{{1}}\left[{event}\right]"


def _operand(node: Expr) -> str:
    """The right operand of a sum, which may not start with a sign."""
    text = _expression(node, _TERM)
    return rf"\left({text}\right)" if text.startswith("-") else text


def _call(function: str, arguments: tuple[Expr, ...]) -> tuple[str, int]:
    if function == "sqrt":
        return rf"\sqrt{{{_expression(arguments[0], _SUM)}}}", _ATOM
    if function == "abs":
        return rf"\left|{_expression(arguments[0], _SUM)}\right|", _ATOM
    name = _FUNCTIONS.get(function, rf"\operatorname{{{function}}}")
    if function in ("log", "log2") and isinstance(arguments[0], _BARE):
        return f"{name} {_expression(arguments[0], _SUM)}", _TERM
    return rf"{name}\left({_listed(arguments)}\right)", _POWER


def _index_sum(node: IndexSum) -> str:
    sign = r"\prod" if node.kind == "prod" else r"\sum"
    body = _expression(node.body, _TERM)
    text = rf"{sign}_{{{node.index}={_expression(node.low, _SUM)}}}^{{{_expression(node.high, _SUM)}}} {body}"
    if node.kind != "mean":
        return text
    values = index_values(node)
    count = str(len(values)) if values is not None else _expression(node.high, _SUM)
    return rf"\frac{{1}}{{{count}}} {text}"


def _number(value: Fraction, text: str) -> str:
    if re.fullmatch(r"\d+(\.\d+)?", text) and Fraction(text) == value:
        return text
    written = decimal(value)
    above, slash, below = written.partition("/")
    return rf"\frac{{{above}}}{{{below}}}" if slash else written


def _name(name: str) -> str:
    """A name's letters with its subscripts and primes: ``p_theta`` is ``p_{\\theta}``, ``D_star`` is ``D^{*}``."""
    core = name.rstrip("'")
    base, *subscripts = core.split("_")
    text = _word(base)
    if subscripts and subscripts[-1] == "star":
        subscripts.pop()
        text += "^{*}"
    if subscripts:
        text += f"_{{{', '.join(map(_word, subscripts))}}}"
    return text + name[len(core) :]


def _word(word: str) -> str:
    if word in GREEK_NAMES:
        return rf"\{word}"
    return word if len(word) <= 1 or word.isdigit() else rf"\mathrm{{{word}}}"


def _law_name(law: str) -> str:
    return _LAWS.get(law, rf"\mathrm{{{law}}}")


def _listed(nodes: Iterable[Expr]) -> str:
    return ", ".join(_expression(node, _SUM) for node in nodes)


def _applied(name: str, generated: tuple[Expr, ...], given: tuple[Expr, ...]) -> str:
    if not generated and not given:
        return _name(name)
    bar = r" \mid " if given else ""
    return f"{_name(name)}({_listed(generated)}{bar}{_listed(given)})"


def _law(law: Law) -> str:
    return r" \, ".join(_expression(factor, _POWER) for factor in factors(law.density))


def _drawn(law: Law) -> str:
    drawn = copies_of(law)
    if drawn is None:
        return _law(law)
    variables, factor = drawn
    names = ", ".join(part if part == r"\dots" else _name(part) for part in spans(variables, r", \dots, ").split(", "))
    if isinstance(factor, Named):
        return rf"{names} \sim {_law_name(factor.law)}({_listed(factor.parameters)})"
    return rf"{names} \sim {_expression(factor, _POWER)}"


def _reason(step: Step) -> str:
    if not step.reason:
        return ""
    return r" && \text{" + _SPECIAL.sub(lambda m: _ESCAPES.get(m[1], "\\" + m[1]), step.reason) + "}"


def _range(low: Fraction | None, high: Fraction | None, closed: tuple[bool, bool], whole: str) -> str:
    if low is None and high is None:
        return rf" \in {whole}"
    if low is not None and high is not None:
        left, right = "(["[closed[0]], ")]"[closed[1]]
        return rf" \in {left}{_number(low, '')}, {_number(high, '')}{right}"
    if low is not None:
        return f" {_RELATIONS['>=' if closed[0] else '>']} {_number(low, '')}"
    assert high is not None
    return f" {_RELATIONS['<=' if closed[1] else '<']} {_number(high, '')}"
