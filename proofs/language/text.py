"""Nodes as plain text that reads back as the same nodes."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import cast

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
    Copies,
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
    Optimum,
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
    rebuild,
)

# How tightly a form binds: an operand of + and - may be a TERM, the left operand of * and / a FACTOR, and so on.
# An optimum stands as a whole side or in parentheses.
_SIDE, _SUM, _TERM, _FACTOR, _UNARY, _POWER, _ATOM = range(7)

#: What ``log`` takes without parentheses.
_BARE = Density | Named | Apply | PushforwardDensity | Use | Symbol | Expectation | Integral | IndexSum


def to_text(node: Node) -> str:
    """The node in the claim language; ``read(to_text(claim)) == claim`` for every claim that was read.

    >>> from proofs.language import read
    >>> print(to_text(read("log(p(x)) >= E_{z~q(z|x)}[log p(x,z)-log q(z|x)] -- Jensen")))
    density p(x, z)
    density q(z|x)
    log p(x) >= E_{q(z|x)}[log p(x, z) - log q(z|x)] -- Jensen
    """
    match node:
        case Expr():
            return _expression(node, _SIDE)
        case Claim(declarations=declarations, definitions=definitions, chains=chains, assumptions=assumptions):
            first = [to_text(d) for d in declarations if not isinstance(d, Pushforward)]
            last = [to_text(d) for d in declarations if isinstance(d, Pushforward)]
            assumed = [f"assume {to_text(step)}" for step in assumptions]
            return "\n".join([*first, *map(to_text, definitions), *last, *assumed, *map(to_text, chains)])
        case Chain(steps=steps):
            head = _expression(steps[0].left, _SIDE)
            if len(steps) == 1:
                return head + " " + _step_tail(steps[0])
            return "\n  ".join([head, *(_step_tail(step) for step in steps)])
        case Step(left=left):
            return _expression(left, _SIDE) + " " + _step_tail(node)
        case Comparison(left=left, relation=relation, right=right):
            return f"{_expression(left, _SIDE)} {relation} {_expression(right, _SIDE)}"
        case Definition(name=name, generated=generated, given=given, body=body):
            return f"let {_applied(name, generated, given)} = {_expression(body, _SUM)}"
        case Pushforward(name=name, transform=transform, law=law):
            source = f"{law.law}({_listed(law.parameters)})"
            return f"let {name} = {_expression(transform, _SUM)} where {law.variable.name} ~ {source}"
        case Law():
            return _law(node)
        case Family(name=name, generated=generated, given=given, positive=positive, structure=structure):
            product = "" if structure is None else f" = {_product(structure)}"
            return f"density {_slots(name, generated, given)}{'' if positive else ' >= 0'}{product}"
        case Discrete(variable=variable):
            return f"discrete {variable}"
        case Function(name=name, arguments=arguments, integrable=integrable):
            if integrable:
                return f"measure {_slots(name, arguments, ())}"
            return f"function {_slots(name, arguments, ())}{_range(node.low, node.high, node.closed)}"
        case Convex(name=name, concave=concave, low=low, high=high):
            whole = low is None and high is None
            ends = f"({'-oo' if low is None else decimal(low)}, {'oo' if high is None else decimal(high)})"
            return f"{'concave' if concave else 'convex'} {name}{'' if whole else f' on {ends}'}"
        case Parameter(name=name):
            return f"parameter {name}"
        case Scalar(name=name, low=low, high=high, closed=closed, integer=integer):
            if not integer and low == 0 and high is None and not closed[0]:
                return f"positive {name}"
            return f"{'integer' if integer else 'real'} {name}{_range(low, high, closed)}"
    raise TypeError(f"a {type(node).__name__} is not written in the claim language")


def decimal(value: Fraction) -> str:
    """A rational as a decimal where one is exact, else as a quotient."""
    rest, digits = value.denominator, 0
    while rest % 10 == 0 or rest % 5 == 0 or rest % 2 == 0:
        rest = rest // 10 if rest % 10 == 0 else rest // 5 if rest % 5 == 0 else rest // 2
        digits += 1
    if rest != 1 or digits > 30:
        return f"{value.numerator}/{value.denominator}"
    if not digits:
        return str(value.numerator)
    scaled = str(abs(value.numerator) * 10**digits // value.denominator).rjust(digits + 1, "0")
    return f"{'-' if value < 0 else ''}{scaled[:-digits]}.{scaled[-digits:]}"


# --- expressions ---------------------------------------------------------------------------------------------------


def _expression(node: Expr, level: int) -> str:
    """The expression, in parentheses where it binds less tightly than its place asks for."""
    text, binds = _form(node, level)
    return text if binds >= level else f"({text})"


def _form(node: Expr, level: int) -> tuple[str, int]:
    match node:
        case Number(value=value, text=text):
            written = text if text and _same(text, value) else decimal(value)
            return written, _FACTOR if "/" in written or written[0] == "-" else _ATOM
        case Constant(name=name) | Symbol(name=name) | Variable(name=name):
            return name, _ATOM
        case Add(left=left, right=right):
            return f"{_expression(left, _SUM)} + {_expression(right, _TERM)}", _SUM
        case Sub(left=left, right=right):
            return f"{_expression(left, _SUM)} - {_expression(right, _TERM)}", _SUM
        case Mul(left=left, right=right):
            return f"{_expression(left, _FACTOR)}*{_expression(right, _POWER)}", _FACTOR
        case Div(left=left, right=right):
            return f"{_expression(left, _FACTOR)}/{_expression(right, _POWER)}", _FACTOR
        case Pow(base=base, exponent=exponent):
            return f"{_expression(base, _ATOM)}^{_expression(exponent, _ATOM)}", _POWER
        case Neg(operand=operand):
            bare = level <= _TERM and isinstance(operand, Call)
            return f"-{_expression(operand, _TERM if bare else _POWER)}", _FACTOR
        case Call(function=function, arguments=arguments):
            # `log p(x)*2` would be ambiguous, so that the bare form stands between + and - only.
            if function == "log" and level <= _TERM and isinstance(arguments[0], _BARE):
                return f"log {_expression(arguments[0], _ATOM)}", _ATOM
            return f"{function}({_listed(arguments)})", _ATOM
        case Apply(name=name, arguments=arguments):
            return f"{name}({_listed(arguments)})", _ATOM
        case Density(family=family, generated=generated, given=given):
            return _applied(family, generated, given), _ATOM
        case Named(law=law, variable=variable, parameters=parameters):
            point = "" if variable.name == "_" else f"{variable.name}; "
            return f"{law}({point}{_listed(parameters)})", _ATOM
        case PushforwardDensity(name=name, argument=argument):
            return f"pdf_{name}({_expression(argument, _SUM)})", _ATOM
        case Use(name=name, generated=generated, given=given):
            return _applied(name, generated, given), _ATOM
        case Expectation(law=law, body=body):
            return f"E_{{{_drawn(law)}}}[{_expression(body, _SUM)}]", _ATOM
        case Integral(variables=variables, body=body, counting=counting):
            head = "sum" if counting else "int"
            return f"{head}_{{{_listed(variables)}}}[{_expression(body, _SUM)}]", _ATOM
        case Variance(law=law, body=body):
            return f"Var_{{{_drawn(law)}}}[{_expression(body, _SUM)}]", _ATOM
        case Covariance(law=law, left=left, right=right):
            return f"Cov_{{{_drawn(law)}}}[{_listed((left, right))}]", _ATOM
        case Optimum(kind=kind, over=over, body=body, witness=witness):
            return f"{kind}_{{{over}}}[{_expression(body, _SUM)}] at {over} = {_expression(witness, _SUM)}", _SIDE
        case Divergence(kind=kind, left=left_law, right=right_law, order=order, function=function):
            head = kind if order is None else f"{kind}_{{{_expression(order, _SUM)}}}"
            head = f"D_{function}" if function else head
            return f"{head}({_law(left_law)} || {_law(right_law)})", _ATOM
        case Information(family=family, first=first, second=second, given=given):
            bar = f"|{_listed(given)}" if given else ""
            return f"I_{family}({_listed(first)}; {_listed(second)}{bar})", _ATOM
        case Gradient(wrt=wrt, body=body):
            return f"grad_{wrt.name}[{_expression(body, _SUM)}]", _ATOM
        case Conjugate(function=function, argument=argument):
            return f"conj_{function}({_expression(argument, _SUM)})", _ATOM
        case Indicator(left=left, relation=relation, right=right):
            return f"ind({_expression(left, _SUM)} {relation} {_expression(right, _SUM)})", _ATOM
        case Entropy(law=law):
            return f"H({_law(law)})", _ATOM
        case IndexSum(kind=kind, index=index, low=low, high=high, body=body):
            bounds = f"{index}={_expression(low, _SUM)}..{_expression(high, _SUM)}"
            return f"{kind}_{{{bounds}}}[{_expression(body, _SUM)}]", _ATOM
    raise TypeError(f"a {type(node).__name__} is not written in the claim language")


def _same(text: str, value: Fraction) -> bool:
    try:
        return Fraction(text) == value
    except ValueError:
        return False


def _listed(nodes: Iterable[Expr]) -> str:
    return ", ".join(_expression(node, _SUM) for node in nodes)


def _applied(name: str, generated: tuple[Expr, ...], given: tuple[Expr, ...]) -> str:
    if not generated and not given:
        return name
    return f"{name}({_listed(generated)}{'|' if given else ''}{_listed(given)})"


# --- laws ----------------------------------------------------------------------------------------------------------


def factors(density: Expr) -> list[Expr]:
    """The factors of a product law, in written order."""
    found: list[Expr] = []
    while isinstance(density, Mul):
        found.append(density.right)
        density = density.left
    return [density, *reversed(found)]


def _law(law: Law) -> str:
    return _product(law.density)


def is_product(density: Expr) -> bool:
    """Whether it is a product of densities, which says what it generates; a mixture does not."""
    return all(isinstance(factor, Density | Named | Use) for factor in factors(density))


def _product(density: Expr) -> str:
    if not is_product(density):
        return _expression(density, _ATOM)
    return " ".join(_expression(factor, _ATOM) for factor in factors(density))


def _drawn(law: Law) -> str:
    """The law under an E: independent copies and named laws with the drawn names in front."""
    drawn = copies_of(law)
    if drawn is None and not is_product(law.density):
        return f"{spans(law.generated)} ~ {_law(law)}"
    if drawn is None:
        return _law(law)
    variables, factor = drawn
    if isinstance(factor, Named):
        return f"{spans(variables)} ~ {factor.law}({_listed(factor.parameters)})"
    return f"{spans(variables)} ~ {_expression(factor, _ATOM)}"


def copies_of(law: Law) -> tuple[tuple[Variable, ...], Density | Named | Use] | None:
    """The names and the common law of independent copies (of one draw, for a named law); None for any other law."""
    if isinstance(law.density, IndexSum):
        indexed, copies = law.density, cast(Copies, law.generated[0])
        single = _renamed(indexed.body, f"{copies.variable.name}_{indexed.index}", copies.variable)
        return law.generated, cast(Density | Named | Use, single)
    parts = factors(law.density)
    first = parts[0]
    if isinstance(first, Named) and first.variable.name != "_":
        if all(isinstance(p, Named) and (p.law, p.parameters) == (first.law, first.parameters) for p in parts):
            return law.generated, first
    if isinstance(first, Density) and len(parts) > 1 and len(first.generated) == 1:
        slot = first.generated[0].stem
        single = Density(first.family, (Variable(slot, slot),), first.given)
        alike = all(
            isinstance(p, Density)
            and (p.family, p.given) == (first.family, first.given)
            and len(p.generated) == 1
            and p.generated[0].stem == slot
            for p in parts
        )
        if alike and slot and all(variable.stem != slot for variable in first.given):
            return law.generated, single
    return None


def spans(variables: tuple[Variable, ...], dots: str = "..") -> str:
    """``z_1..z_4`` for three or more names in order, else the names one by one."""
    first: Node = variables[0]
    if isinstance(first, Copies):
        base, high = first.variable.name, _expression(first.high, _SUM).replace(" ", "")
        end = high if isinstance(first.high, Symbol) else f"{{{high}}}"
        return f"{base}_{_expression(first.low, _SUM)}{dots}{base}_{end}"
    names = [variable.name for variable in variables]
    base, _, number = names[0].rpartition("_")
    if len(names) > 2 and base and number.isdigit():
        if names == [f"{base}_{int(number) + i}" for i in range(len(names))]:
            return f"{names[0]}{dots}{names[-1]}"
    return ", ".join(names)


def _renamed(node: Expr, old: str, new: Variable) -> Expr:
    """The factor of a law with another name for what it generates."""
    return cast(Expr, rebuild(node, lambda child: new if isinstance(child, Variable) and child.name == old else child))


# --- statements ----------------------------------------------------------------------------------------------------


def _step_tail(step: Step) -> str:
    reason = f" -- {step.reason}" if step.reason else ""
    return f"{step.relation} {_expression(step.right, _SIDE)}{reason}"


def _slots(name: str, generated: tuple[str, ...], given: tuple[str, ...]) -> str:
    if not generated and not given:
        return name
    return f"{name}({', '.join(generated)}{'|' if given else ''}{', '.join(given)})"


def _range(low: Fraction | None, high: Fraction | None, closed: tuple[bool, bool]) -> str:
    if low is None and high is None:
        return ""
    if low is not None and high is not None:
        brackets = "(["[closed[0]], ")]"[closed[1]]
        return f" in {brackets[0]}{decimal(low)}, {decimal(high)}{brackets[1]}"
    if low is not None:
        return f" {'>=' if closed[0] else '>'} {decimal(low)}"
    assert high is not None
    return f" {'<=' if closed[1] else '<'} {decimal(high)}"
