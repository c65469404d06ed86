"""Ways to write a claim differently without changing what it says, and ways to change it a little."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from random import Random

from proofs.kernel import Axiom, Counted, Gibbs, LogBelowLine, NonNegative, Tangent
from proofs.language import tree as t
from tests.proofs.kernel.expressions import number

Names = Mapping[str, t.Variable]


# --- the same thing, written differently -------------------------------------------------------------------------


def alpha(node: t.Node, random: Random, names: Names | None = None) -> t.Node:
    """Every bound variable under a name that nothing else has; a binder's variables come in any order."""
    names = names or {}
    match node:
        case t.Variable(name):
            return names.get(name, node)
        case t.Expectation(law, body) | t.Variance(law, body):
            inner, law = _renamed(law, random, names)
            return type(node)(law, alpha(body, random, inner))
        case t.Covariance(law, left, right):
            inner, law = _renamed(law, random, names)
            return t.Covariance(law, alpha(left, random, inner), alpha(right, random, inner))
        case t.Integral(variables, body, counting):
            inner = {**names, **_fresh(variables, random)}
            bound = tuple(inner[v.name] for v in random.sample(variables, len(variables)))
            return t.Integral(bound, alpha(body, random, inner), counting)
        case t.Divergence(_, left, right):
            fresh = _fresh(left.generated, random)
            left, right = (_renamed(law, random, names, fresh)[1] for law in (left, right))
            return replace(node, left=left, right=right)
        case t.Law():
            return _renamed(node, random, names)[1]
    return t.rebuild(node, lambda child: alpha(child, random, names))


def _renamed(law: t.Law, random: Random, names: Names, fresh: Names | None = None) -> tuple[Names, t.Law]:
    inner = {**names, **(fresh or _fresh(law.generated, random))}
    generated = tuple(inner[v.name] for v in random.sample(law.generated, len(law.generated)))
    return inner, t.Law(alpha(law.density, random, inner), generated)


def _fresh(variables: tuple[t.Variable, ...], random: Random) -> dict[str, t.Variable]:
    numbers = random.sample(range(10**9), len(variables))
    return {v.name: t.Variable(f"{v.stem}_{n}", v.stem) for v, n in zip(variables, numbers, strict=True)}


def shuffled(node: t.Node, random: Random) -> t.Node:
    """Sums and products in any order."""
    node = t.rebuild(node, lambda child: shuffled(child, random))
    if isinstance(node, t.Add | t.Mul) and random.random() < 0.5:
        return type(node)(node.right, node.left)
    return node


def rewritten(node: t.Node, random: Random) -> t.Node:
    """Definitions unfolded and trivial identities applied, here and there."""
    node = t.rebuild(node, lambda child: rewritten(child, random))
    if not isinstance(node, t.Expr) or random.random() < 0.5:
        return node
    match node:
        case t.Expectation(law, body):
            return t.Integral(law.generated, t.Mul(law.density, body))
        case t.Divergence("KL", left, right) if left.generated == right.generated:
            logs = t.Sub(t.Call("log", (left.density,)), t.Call("log", (right.density,)))
            return t.Expectation(left, logs)
        case t.Divergence("CE", left, right) if left.generated == right.generated:
            return t.Expectation(left, t.Neg(t.Call("log", (right.density,))))
        case t.Entropy(law):
            return t.Neg(t.Expectation(law, t.Call("log", (law.density,))))
        case t.Sub(left, right):
            return t.Add(left, t.Neg(right))
        case t.Mul(t.Add(left, right), factor) | t.Mul(factor, t.Add(left, right)):
            return t.Add(t.Mul(left, factor), t.Mul(factor, right))
        case t.Pow(base, t.Number(value)) if value == 2:
            return t.Mul(base, base)
        case t.Density(family, generated, given) if len(generated) == 2:
            first, second = random.sample(generated, 2)
            if family in ("p", "s"):
                return t.Mul(t.Density(family, (first,), (second, *given)), t.Density(family, (second,), given))
    return node


def written(axiom: Axiom) -> t.Expr:
    """What an axiom instance says is non-negative, as a person would write it."""

    def log(expr: t.Expr) -> t.Expr:
        return t.Call("log", (expr,))

    def mean(law: t.Law | None, body: t.Expr) -> t.Expr:
        return body if law is None else t.Expectation(law, body)

    match axiom:
        case Gibbs(labels):
            terms = [
                number(c.weight) * t.Expectation(c.law, log(number(c.weight)) + log(c.law.density) - log(c.reference))
                for c in labels
            ]
            masses = [t.Integral(c.law.generated, c.reference) for c in labels]
            return sum(terms[1:], terms[0]) + log(sum(masses[1:], masses[0]))
        case Tangent(law, terms, weights):
            below = [number(w) * (log(term) - log(number(w))) for term, w in zip(terms, weights, strict=True) if w]
            return mean(law, log(sum(terms[1:], terms[0])) - sum(below, number(0)))
        case Counted(law, density):
            return mean(law, -log(density))
        case LogBelowLine(law, argument):
            return mean(law, argument - number(1) - log(argument))
        case NonNegative(law, term):
            return mean(law, term)
    raise TypeError(f"{axiom!r} is of no schema")


# --- something else, nearly ----------------------------------------------------------------------------------------


def edited(step: t.Step, claim: t.Claim, random: Random) -> t.Step:
    """The step after one slip: a sign, a constant, a swapped divergence, a wrong law, a lost log, another relation."""
    if random.random() < 0.15:
        return replace(step, relation=random.choice([r for r in ("=", "<=", ">=", "<", ">") if r != step.relation]))
    for _ in range(40):
        side = random.choice(("left", "right"))
        whole = getattr(step, side)
        nodes = list(t.walk(whole))
        target = random.randrange(len(nodes))
        slipped = _slip(nodes[target], claim, random)
        if slipped is not None and slipped != nodes[target]:
            return replace(step, **{side: _with(whole, target, slipped)})
    return step


def _with(root: t.Node, target: int, new: t.Node) -> t.Node:
    """The tree with one node, counted in the order of `walk`, replaced."""
    count = -1

    def visit(node: t.Node) -> t.Node:
        nonlocal count
        count += 1
        return new if count == target and _skip(node) else t.rebuild(node, visit)

    def _skip(node: t.Node) -> bool:
        nonlocal count
        count += sum(1 for _ in t.walk(node)) - 1
        return True

    return visit(root)


def _slip(node: t.Node, claim: t.Claim, random: Random) -> t.Node | None:
    match node:
        case t.Divergence(_, left, right):
            options: list[Callable[[], t.Node]] = [
                lambda: replace(node, left=right, right=left),
                lambda: t.Divergence(random.choice(t.DIVERGENCES), left, right),
                lambda: t.Neg(node),
            ]
            return random.choice(options)()
        case t.Add(left, right):
            return random.choice((t.Sub(left, right), left, right, t.Mul(left, right)))
        case t.Sub(left, right):
            return random.choice((t.Sub(right, left), t.Add(left, right), left))
        case t.Mul(left, right):
            return random.choice((left, right, t.Div(left, right)))
        case t.Div(left, right):
            return random.choice((t.Div(right, left), left, t.Mul(left, right)))
        case t.Number(value):
            factor = random.choice((Fraction(2), Fraction(1, 2), Fraction(-1), Fraction(99, 100), Fraction(101, 100)))
            return t.Number(value * factor if value else Fraction(random.choice((-1, 1)), 100))
        case t.Call("log", (argument,)):
            return random.choice((argument, t.Neg(node), t.Call("log", (t.Mul(argument, number(2)),))))
        case t.Call("exp", (argument,)):
            return t.Call("exp", (t.Neg(argument),))
        case t.Entropy():
            return random.choice((t.Neg(node), number(0)))
        case t.Expectation(law, body):
            return random.choice((t.Expectation(law, t.Mul(number(2), body)), t.Neg(node)))
        case t.Density():
            return _another(node, claim, random)
        case t.Neg(operand):
            return operand
        case t.Pow(base, _):
            return base
    return None


def _another(node: t.Density, claim: t.Claim, random: Random) -> t.Node | None:
    """A density of the same variables that generates the same ones, or the same family with its bar moved or lost."""
    front, behind = {v.stem for v in node.generated}, {v.stem for v in node.given}
    options: list[t.Node] = []
    for family in claim.families().values():
        given = tuple(v for v in node.given if v.stem in (*family.given, *family.generated))
        if front <= set(family.generated) and set(family.given) <= behind and family.name != node.family:
            options.append(t.Density(family.name, node.generated, given))
    family = claim.families()[node.family]
    if node.given and not set(family.given):
        options += [t.Density(node.family, node.generated), t.Density(node.family, node.given, node.generated)]
    return random.choice(options) if options else None
