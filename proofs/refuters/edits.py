"""Single edits of a claim: the slips that people make, each undone at every node at which it may have been made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from math import isqrt

from proofs.language import to_latex, to_text
from proofs.language import tree as t
from proofs.refuters.laws import stem_of

_REVERSED = {"<=": ">=", ">=": "<=", "<": ">", ">": "<"}
_WEAKER = {"=": ("<=", ">="), "<": ("<=",), ">": (">=",)}
_TWO_SIDED = ("KL", "CE", "chi2", "renyi", "D_f")  # divergences in which the order of the laws matters
_UNWRAPPED = ("log", "exp", "sqrt")
_ONE, _TWO, _HALF = t.Number(Fraction(1)), t.Number(Fraction(2), "2"), t.Number(Fraction(1, 2), "1/2")


@dataclass(frozen=True)
class Edit:
    """A claim of one step that differs from the one that was made by a single edit.

    Args:
        cost: how many nodes were changed, added or taken away; fractions rank equals, the likelier slip first.
        words: what was done, ``"swap the arguments of KL(p(z) || q(z|x))"``.
        claim: the edited claim, of one step, with its declarations and definitions.
        changed: the declaration or definition that was edited; None where the step was.
    """

    cost: float
    words: str
    claim: t.Claim
    changed: t.Declaration | t.Definition | None = None

    @property
    def step(self) -> t.Step:
        return self.claim.steps[0]

    def text(self, *, latex: bool = False) -> str:
        """The edited line, after the definition or declaration that it takes."""
        write = to_latex if latex else to_text
        step = write(self.step)
        return step if self.changed is None else f"{write(self.changed)}\n{step}"


def edits(claim: t.Claim, step: t.Step) -> list[Edit]:
    """Every single edit of a step and of the definitions that it uses, the smallest first.

    Args:
        claim: the claim as it was read, definitions unexpanded.
        step: one of its steps.
    """
    alone = replace(claim, chains=(t.Chain((step,)),))
    found = [*_of_step(alone, step), *_of_definitions(alone, step), *_of_declarations(alone, step)]
    return sorted(found, key=lambda edit: edit.cost)


def _of_step(claim: t.Claim, step: t.Step) -> Iterator[Edit]:
    def edited(changed: t.Step, cost: float, words: str) -> Edit:
        return Edit(cost, words, replace(claim, chains=(t.Chain((replace(changed, reason=""),)),)))

    if step.relation in _REVERSED:
        yield edited(replace(step, relation=_REVERSED[step.relation]), 1, "reverse the inequality")
    for relation in _WEAKER.get(step.relation, ()):
        yield edited(replace(step, relation=relation), 1.7, f"write {relation} for {step.relation}")
    if step.relation == "=":  # of an inequality the sign of a side is its content
        negative = t.Neg(step.right)
        yield edited(replace(step, right=negative), 1.2, f"write {to_text(negative)} for {to_text(step.right)}")
    editor = _Editor(claim, step)
    for variant in editor.variants(step.left):
        yield edited(replace(step, left=variant.node), variant.cost + _slack(step, ">", variant), variant.words)
    for variant in editor.variants(step.right):
        yield edited(replace(step, right=variant.node), variant.cost + _slack(step, "<", variant), variant.words)
    for variant in editor.missing(step.right):
        yield edited(replace(step, right=variant.node), variant.cost, variant.words)


def _slack(step: t.Step, larger: str, variant: _Variant) -> float:
    """What it adds to the cost of an edit that a bound should survive it for no better reason than x > log x.

    Args:
        step: the step.
        larger: the relation in which the edited side would be the larger one.
        variant: the edit.
    """
    if step.relation == "=":
        return 0.0
    trivial = "drop the log of" if step.relation.startswith(larger) else "take the log of"
    return 2.0 if variant.words.startswith(trivial) else 0.0


def _of_definitions(claim: t.Claim, step: t.Step) -> Iterator[Edit]:
    definitions = {definition.name: definition for definition in claim.definitions}
    for name in _used(step, definitions):
        definition = definitions[name]
        for variant in _Editor(claim, definition).variants(definition.body):
            changed = replace(definition, body=variant.node)
            others = tuple(changed if other is definition else other for other in claim.definitions)
            yield Edit(variant.cost + 0.5, f"in {name}, {variant.words}", replace(claim, definitions=others), changed)


def _used(step: t.Step, definitions: dict[str, t.Definition]) -> list[str]:
    """The definitions that a step uses, through others too."""
    found: dict[str, None] = {}
    waiting: list[t.Node] = [step]
    while waiting:
        for node in t.walk(waiting.pop()):
            if isinstance(node, t.Use) and node.name not in found:
                found[node.name] = None
                waiting.append(definitions[node.name].body)
    return list(found)


def _of_declarations(claim: t.Claim, step: t.Step) -> Iterator[Edit]:
    """A law may be one of masses; what holds of those may fail for densities."""
    stems = dict.fromkeys(stem_of(v) for node in t.walk(step) if isinstance(node, t.Density) for v in node.generated)
    for stem in stems:
        if stem not in claim.discrete():
            counted = t.Discrete(stem)
            declared = replace(claim, declarations=(*claim.declarations, counted))
            yield Edit(3, f"count {stem}, as a discrete variable", declared, counted)


@dataclass(frozen=True)
class _Variant:
    node: t.Expr
    cost: float
    words: str


class _Editor:
    """Edits of expressions, given the names that the claim offers to put in the place of others."""

    def __init__(self, claim: t.Claim, scope: t.Step | t.Definition) -> None:
        self._families = claim.families()
        nodes = list(t.walk(scope))
        wrt = {id(node.wrt) for node in nodes if isinstance(node, t.Gradient)}
        self._symbols = list(dict.fromkeys(n for n in nodes if isinstance(n, t.Symbol) and id(n) not in wrt))
        self._variables = list(dict.fromkeys(node for node in nodes if isinstance(node, t.Variable)))
        points = (node.argument for node in nodes if isinstance(node, t.PushforwardDensity))
        places = dict.fromkeys(point for point in points if isinstance(point, t.Variable))
        self._factors: list[t.Symbol | t.Variable] = [*self._symbols, *places]
        self._scope = scope

    def variants(self, node: t.Expr, *, term: bool = True) -> Iterator[_Variant]:
        """The expression with one edit at it or below it; a `term` is added, subtracted, averaged or compared."""
        yield from self._here(node, term)
        match node:
            case t.Expectation(law, body) | t.Variance(law, body):
                for inside in self._in_law(law):
                    yield _around(inside, replace(node, law=replace(law, density=inside.node)))
                for inside in self.variants(body):
                    yield _around(inside, replace(node, body=inside.node))
            case t.Divergence(left=left, right=right):
                for inside in self._in_law(left):
                    yield _around(inside, replace(node, left=replace(left, density=inside.node)))
                for inside in self._in_law(right):
                    yield _around(inside, replace(node, right=replace(right, density=inside.node)))
            case t.Entropy(law):
                for inside in self._in_law(law):
                    yield _around(inside, replace(node, law=replace(law, density=inside.node)))
            case t.Pow(base=base, exponent=t.Number()):
                for inside in self.variants(base, term=False):
                    yield _around(inside, replace(node, base=inside.node))
            case t.Mul(left, right) | t.Div(left, right):
                for inside in self.variants(left, term=False):
                    if not isinstance(node, t.Mul) or inside.node != _ONE:  # that is to drop the factor
                        yield _around(inside, replace(node, left=inside.node))
                for inside in self.variants(right, term=False):
                    if inside.node != _ONE:
                        yield _around(inside, replace(node, right=inside.node))
            case t.Density() | t.Apply() | t.Use() | t.PushforwardDensity() | t.Information() | t.Symbol():
                pass
            case _:
                inner = isinstance(node, (t.Add, t.Sub, t.Neg, t.Call, t.Integral, t.IndexSum, t.Gradient))
                yield from self._below(node, term=inner)

    def _below(self, node: t.Expr, *, term: bool) -> Iterator[_Variant]:
        """An edit of one of the expressions directly below, but not of names that are bound or differentiated in."""
        for field in fields(node):  # type: ignore[arg-type]
            value = getattr(node, field.name)
            if field.name in ("variables", "wrt", "low", "high"):
                continue
            if isinstance(value, t.Expr):
                for inside in self.variants(value, term=term):
                    yield _around(inside, replace(node, **{field.name: inside.node}))  # type: ignore[type-var]
            elif isinstance(value, tuple):
                for place, item in enumerate(value):
                    for inside in self.variants(item, term=term) if isinstance(item, t.Expr) else ():
                        others = (*value[:place], inside.node, *value[place + 1 :])
                        yield _around(inside, replace(node, **{field.name: others}))  # type: ignore[type-var]

    def _here(self, node: t.Expr, term: bool) -> Iterator[_Variant]:
        """Edits of the node itself."""
        text = to_text(node)
        match node:
            case t.Number(value):
                for other in _numbers(value):
                    yield _Variant(t.Number(other), 1, f"write {to_text(t.Number(other))} for {text}")
                return
            case t.Add(left, right):
                yield _Variant(t.Sub(left, right), 1, f"subtract {to_text(right)}")
                yield from _negated_first(node)
            case t.Sub(left, right):
                yield _Variant(t.Add(left, right), 1, f"add {to_text(right)}")
                yield from _negated_first(node)
            case t.Neg(operand):
                yield _Variant(operand, 1, f"drop the sign of {text}")
            case t.Divergence(kind=kind, left=left, right=right) if kind in _TWO_SIDED:
                yield _Variant(replace(node, left=right, right=left), 1, f"swap the arguments of {text}")
            case t.Call(function=function, arguments=(inside,)) if function in _UNWRAPPED:
                yield _Variant(inside, 1, f"drop the {function} of {text}")
            case t.Pow(base, t.Number(value)) if value == 2:
                yield _Variant(base, 2.2, f"drop the square of {text}")
            case t.Mul(t.Number() | t.Symbol() as factor, other):
                yield _Variant(other, 2, f"drop the factor {to_text(factor)}")
            case t.Div(left, t.Number() | t.Symbol() as divisor):
                yield _Variant(left, 2, f"do not divide by {to_text(divisor)}")
            case t.Density():
                yield from self._other_families(node)
                yield from self._conditioned(node)
            case t.Symbol(name):
                yield from (_Variant(s, 1, f"write {s.name} for {name}") for s in self._symbols if s.name != name)
                yield _Variant(t.Pow(node, _TWO), 2.2, f"square {text}")
            case t.Named():
                yield from self._in_named(node)
        if not term or isinstance(node, t.Neg):
            return
        sums = isinstance(node, (t.Add, t.Sub))
        if not isinstance(node, t.Mul) or not isinstance(node.left, t.Number):
            half = t.Div(node, _TWO) if sums or isinstance(node, t.Div) else t.Mul(_HALF, node)
            yield _Variant(half, 2, f"halve {text}")
            yield _Variant(t.Mul(_TWO, node), 2, f"double {text}")
        if not sums:
            if not (isinstance(node, t.Call) and node.function == "log"):
                yield _Variant(t.Call("log", (node,)), 1.2, f"take the log of {text}")
        if isinstance(node, (t.Divergence, t.Expectation, t.Call, t.Integral)):
            yield _Variant(t.Pow(node, _TWO), 2.2, f"square {text}")

    def _in_law(self, law: t.Law) -> Iterator[_Variant]:
        yield from self._in_density(law.density)

    def _in_density(self, density: t.Expr) -> Iterator[_Variant]:
        """Another family in a law, or other parameters of a named one: what is left is a law again."""
        match density:
            case t.Mul(left, right):
                for inside in self._in_density(left):
                    yield _around(inside, t.Mul(inside.node, right))
                for inside in self._in_density(right):
                    yield _around(inside, t.Mul(left, inside.node))
            case t.Density(family, generated, given):
                yield from self._other_families(density)
                yield from self._conditioned(density)
                marginal = t.Density(family, generated)
                if given and not self._families[family].given:
                    yield _Variant(marginal, 1.4, f"write {to_text(marginal)} for {to_text(density)}")
            case t.Named():
                yield from self._in_named(density)

    def _in_named(self, node: t.Named) -> Iterator[_Variant]:
        for place, parameter in enumerate(node.parameters):
            for inside in self.variants(parameter, term=False):
                others = (*node.parameters[:place], inside.node, *node.parameters[place + 1 :])
                yield _around(inside, replace(node, parameters=others))

    def _other_families(self, node: t.Density) -> Iterator[_Variant]:
        generated, given = ({stem_of(v) for v in side} for side in (node.generated, node.given))
        for name, family in self._families.items():
            known = set(family.generated)
            fits = generated <= known and set(family.given) <= given <= known | set(family.given)
            if name != node.family and fits:
                other = replace(node, family=name)
                yield _Variant(other, 1.3, f"write {to_text(other)} for {to_text(node)}")

    def _conditioned(self, node: t.Density) -> Iterator[_Variant]:
        """The density given one more variable of the step."""
        filled = {stem_of(v) for v in node.generated + node.given}
        for variable in self._variables:
            stem = stem_of(variable)
            if stem not in filled and stem in self._families[node.family].generated:
                other = replace(node, given=(*node.given, variable))
                yield _Variant(other, 1.4, f"write {to_text(other)} for {to_text(node)}")

    def missing(self, side: t.Expr) -> Iterator[_Variant]:
        """The side with an entropy, a divergence or a free number that may have been lost."""
        for term, cost in self._lost():
            yield _Variant(t.Add(side, term), cost, f"add {to_text(term)}")
            yield _Variant(t.Sub(side, term), cost, f"subtract {to_text(term)}")
        for factor in self._factors:
            yield _Variant(t.Div(side, factor), 2.4, f"divide by {factor.name}")
            yield _Variant(t.Mul(factor, side), 2.4, f"multiply by {factor.name}")

    def _lost(self) -> Iterator[tuple[t.Expr, float]]:
        """Entropies of the laws of single families in the step, and divergences to the other families' laws."""
        laws = {node.law: None for node in t.walk(self._scope) if isinstance(node, t.Expectation)}
        for law in laws:
            if not isinstance(law.density, t.Density):
                continue
            yield t.Entropy(law), 2
            generated, given = law.density.generated, law.density.given
            for name, family in self._families.items():
                for behind in dict.fromkeys(((), given)):
                    other = t.Density(name, generated, behind)
                    if other != law.density and _declared(other, family):
                        yield t.Divergence("KL", law, t.Law(other, generated)), 3


def _negated_first(node: t.Add | t.Sub) -> Iterator[_Variant]:
    """The sign of the first term of a sum, which is not written between two terms."""
    if not isinstance(node.left, (t.Add, t.Sub, t.Neg, t.Number)):
        negative = t.Neg(node.left)
        yield _Variant(replace(node, left=negative), 1.2, f"write {to_text(negative)} for {to_text(node.left)}")


def _declared(density: t.Density, family: t.Family) -> bool:
    generated, given = ({stem_of(v) for v in side} for side in (density.generated, density.given))
    return generated <= set(family.generated) and set(family.given) <= given <= {*family.generated, *family.given}


def _around(inside: _Variant, node: t.Expr) -> _Variant:
    """The same edit, seen from the expression around it."""
    return _Variant(node, inside.cost, inside.words)


def _numbers(value: Fraction) -> list[Fraction]:
    """A number with a factor 2, a square or a sign that it may have lost."""
    others = [value * value, 2 * value, value / 2, -value]
    if value > 0:
        root = Fraction(isqrt(value.numerator), isqrt(value.denominator))
        others += [root] if root * root == value else []
    return [other for other in dict.fromkeys(others) if other != value]
