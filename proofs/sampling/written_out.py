"""A step in expectations alone: every divergence, entropy, variance and information written out as what is sampled."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

from proofs.language.binding import substitute
from proofs.language.tree import (
    Add,
    Apply,
    Call,
    Conjugate,
    Copies,
    Covariance,
    Density,
    Div,
    Divergence,
    Entropy,
    Expectation,
    Expr,
    Gradient,
    Information,
    Integral,
    Law,
    Mul,
    Named,
    Neg,
    Node,
    Number,
    Optimum,
    Pow,
    PushforwardDensity,
    Step,
    Sub,
    Symbol,
    Variable,
    Variance,
    rebuild,
    walk,
)
from proofs.outcome import Unsupported
from proofs.refuters.laws import factors, information_density, product_of_families, stem_of

_ONE, _TWO, _HALF = (Number(Fraction(value)) for value in (1, 2, Fraction(1, 2)))
_REFUSED: dict[type, str] = {
    Integral: "an integral names no law to sample from; write it as an expectation",
    Gradient: "a derivative is not sampled; state what it is equal to, without grad",
    Optimum: "an optimum over everything of a kind is not sampled; state its value at what is bound",
    Conjugate: "a convex conjugate is a supremum, which is not sampled; bind a function of its own for it",
    PushforwardDensity: "the density of a transformed variable is not sampled; bind a family for it",
    Copies: "the number of copies is a symbol; write the claim for each k, `for k in 1..4`",
}


def written_out(step: Step) -> tuple[Expr, Expr]:
    """The two sides of an expanded step, in expectations under products of densities, and what has a value at a point.

    Raises:
        Unsupported: something in the step is not an expectation.

    >>> from proofs.language import expand, read, to_text
    >>> step = expand(read("KL(q(z|x) || p(z|x)) >= H(q(z|x))")).steps[0]
    >>> [to_text(side) for side in written_out(step)]
    ['E_{q(z|x)}[log q(z|x) - log p(z|x)]', 'E_{q(z|x)}[-log q(z|x)]']
    """
    return _expr(step.left), _expr(step.right)


def _expr(node: Expr) -> Expr:
    written = _written(node)
    assert isinstance(written, Expr)
    return written


def _written(node: Node) -> Node:
    if type(node) in _REFUSED:
        raise Unsupported(_REFUSED[type(node)])
    match node:
        case Expectation(law, body):
            return _expectation(law, _expr(body))
        case Divergence():
            return _divergence(node)
        case Entropy(law):
            return _expectation(law, Neg(_log(law.density)))
        case Variance(law, body):
            return _covariance(law, body, body)
        case Covariance(law, left, right):
            return _covariance(law, left, right)
        case Information(family, first, second, given):
            joint = information_density(node)
            gain = Sub(
                _log(Density(family, (*first, *second), given)),
                Add(_log(Density(family, first, given)), _log(Density(family, second, given))),
            )
            return _expectation(Law(joint, joint.generated), gain)
    return rebuild(node, _written)


def _divergence(node: Divergence) -> Expr:
    left, right = node.left, node.right
    if {v.name for v in left.generated} != {v.name for v in right.generated}:
        raise Unsupported(f"the two laws of {node.kind} generate different variables")
    # With t = log a - log b and s = sigmoid(t) = a/(a + b): every integrand below is a function of s, or of t.
    log_ratio = Sub(_log(left.density), _log(right.density))
    share = Call("sigmoid", (log_ratio,))
    match node.kind:
        case "KL":
            return _expectation(left, log_ratio)
        case "CE":
            return _expectation(left, Neg(_log(right.density)))
        case "JSD":  # a/m = 2 s and b/m = 2 (1 - s) with the middle m = (a + b)/2
            other = Call("sigmoid", (Neg(log_ratio),))
            sides = _expectation(left, _log(Mul(_TWO, share))), _expectation(right, _log(Mul(_TWO, other)))
            return Mul(_HALF, Add(*sides))
        case "TV":  # int |a - b|/2 = int m |2 s - 1|
            distance = Call("abs", (Sub(Mul(_TWO, share), _ONE),))
            return Mul(_HALF, Add(_expectation(left, distance), _expectation(right, distance)))
        case "H2":  # 1 - int sqrt(a b) = int m (1 - 2 sqrt(s (1 - s)))
            gap = Sub(_ONE, Mul(_TWO, Call("sqrt", (Mul(share, Call("sigmoid", (Neg(log_ratio),))),))))
            return Mul(_HALF, Add(_expectation(left, gap), _expectation(right, gap)))
        case "chi2":
            return _expectation(right, Pow(Sub(Call("exp", (log_ratio,)), _ONE), _TWO))
        case "D_f":  # the convex function is taken with the value 0 at 1
            at_one = Apply(node.function, (_ONE,))
            return _expectation(right, Sub(Apply(node.function, (Call("exp", (log_ratio,)),)), at_one))
    raise Unsupported(
        f"{node.kind} is no expectation that one sample estimates without bias; bound it, or write it out"
    )


def _covariance(law: Law, left: Expr, right: Expr) -> Expr:
    """Half the mean of the product of the differences at two independent points: Cov = E[(l - l')(r - r')]/2."""
    sides = [_expr(side) for side in (left, right)]
    if any(isinstance(node, Expectation) for side in sides for node in walk(side)):
        raise Unsupported("a variance or covariance of what holds an expectation is not estimated without bias")
    # No name that can be read holds a space, so nothing is captured.
    twins = tuple(Variable(f"{v.name} twin", stem_of(v)) for v in law.generated)
    replaced: dict[Variable | Symbol, Expr] = dict(zip(law.generated, twins, strict=True))
    density = Mul(law.density, substitute(law.density, replaced))
    differences = [Sub(side, substitute(side, replaced)) for side in sides]
    return _expectation(Law(density, (*law.generated, *twins)), Mul(_HALF, Mul(*differences)))


def _expectation(law: Law, body: Expr) -> Expr:
    """The expectation; under a mixture, the weighted sum of those under its components."""
    components = _components(law.density)
    total = sum((weight for weight, _ in components), Fraction(0))
    if total != 1:
        raise Unsupported(f"the weights of the law under an expectation sum to {total}, not to 1")
    terms: list[Expr] = []
    for weight, density in components:
        _samplable(density, law)
        term = Expectation(Law(density, law.generated), body)
        terms.append(term if weight == 1 else Mul(Number(weight), term))
    return reduce(Add, terms)


def _components(density: Expr) -> list[tuple[Fraction, Expr]]:
    """The density as a sum of numbers times products of densities."""
    match density:
        case Add(left, right):
            return _components(left) + _components(right)
        case Mul(Number(value=weight), other) | Mul(other, Number(value=weight)):
            return [(weight * w, product) for w, product in _components(other)]
        case Div(other, Number(value=weight)) if weight != 0:
            return [(w / weight, product) for w, product in _components(other)]
        case Mul(left, right):
            return [(a * b, Mul(f, g)) for a, f in _components(left) for b, g in _components(right)]
    return [(Fraction(1), density)]


def _samplable(density: Expr, law: Law) -> None:
    """Refuse what is no product of families and named laws, each variable generated once, without cycles."""
    # A named law generates its variable given the variables of its parameters: to this question it is a family.
    alike: Expr | None = None
    for factor in factors(density):
        if isinstance(factor, Named):
            given = {node for parameter in factor.parameters for node in walk(parameter) if isinstance(node, Variable)}
            factor = Density(factor.law, (factor.variable,), tuple(sorted(given, key=lambda v: v.name)))
        alike = factor if alike is None else Mul(alike, factor)
    assert alike is not None
    if not product_of_families(Law(alike, law.generated)):
        raise Unsupported("the law under an expectation is no product of families, nor a mixture of such products")


def _log(density: Expr) -> Expr:
    return Call("log", (density,))
