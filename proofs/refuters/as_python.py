"""A counterexample as a few lines of plain Python that recompute both sides, with nothing of this library in them."""

from __future__ import annotations

import keyword
import re
from fractions import Fraction
from typing import Any

from proofs.kernel.definitions import unfold
from proofs.language import tree as t
from proofs.outcome import Counterexample, Unsupported
from proofs.refuters.convexity import formula
from proofs.refuters.digits import whole
from proofs.refuters.instances import instantiate, numbers_of
from proofs.refuters.laws import stem_of
from proofs.refuters.signature import Signature, signature_of

_MATH = {"log": "log", "log2": "log2", "exp": "exp", "sqrt": "sqrt", "sin": "sin", "cos": "cos", "lgamma": "lgamma"}
_WRITTEN = {
    "abs": "abs({0})",
    "min": "min({0}, {1})",
    "max": "max({0}, {1})",
    "sigmoid": "(1 / (1 + exp(-({0}))))",
    "softplus": "log(1 + exp({0}))",
    "Phi": "(erfc(-({0}) / sqrt(2)) / 2)",
}
_OPERATORS = {t.Add: "+", t.Sub: "-", t.Mul: "*", t.Div: "/"}
_IMPORTED = ("cos", "erfc", "exp", "inf", "lgamma", "log", "log2", "pi", "sin", "sqrt")
#: A logarithm of fractions that no float can hold.
_LONG_LOG = (
    "",
    "",
    "def log(x, log=log):",
    "    return log(F(x).numerator) - log(F(x).denominator)",
    "",
)
_RESERVED = {
    *_IMPORTED,
    *keyword.kwlist,
    "F",
    "m",
    "sum",
    "range",
    "abs",
    "min",
    "max",
    "left",
    "right",
    "print",
    "float",
}


def as_python(counterexample: Counterexample, claim: t.Claim, step: t.Step) -> str:
    """A script that recomputes both sides of a step at a counterexample and prints them.

    At a finite one it uses exact fractions; for closed forms, densities and numerical integrals.

    Args:
        counterexample: what a refuter found.
        claim: the claim that it was found for.
        step: the step that it refutes.

    Raises:
        Unsupported: where the step uses what Python's `math` lacks (digamma), a derivative, a conjugate or a
            transport distance.
    """
    if numbers := numbers_of(step):
        claim, step = instantiate(claim, step, {name: Fraction(counterexample.values[name]) for name in numbers})
    if counterexample.kind != "finite":
        from proofs.refuters import closed_python, mixed

        if counterexample.kind == "laws":
            step = mixed.with_laws(claim, step, counterexample)
        return closed_python.as_python(counterexample, step)
    for node in t.walk(step):
        if isinstance(node, (t.Gradient, t.Conjugate)):
            raise Unsupported(f"there is no plain Python for a {type(node).__name__.lower()}")
    return _Writer(counterexample, signature_of(step, claim)).script(step)


class _Writer:
    def __init__(self, found: Counterexample, signature: Signature) -> None:
        self._found = found
        self._signature = signature
        self._names: dict[tuple[str, str], str] = {}
        for kind, names in (
            ("variable", signature.axes),
            ("scalar", signature.scalars),
            ("table", [*signature.families, *signature.functions, *signature.convex]),
        ):
            for name in names:
                self._introduce(kind, name, name)
        self._introduce("argument", "t", "t")
        for space in signature.space:
            self._introduce("weight", space, f"w_{space}")
            self._introduce("position", space, f"value_{space}")
            self._introduce("summed", space, f"{space}_")

    def _introduce(self, kind: str, name: str, wish: str) -> None:
        taken = _RESERVED.union(self._names.values())
        spelled = "".join(c if c.isalnum() else "_" for c in wish.replace("'", "_prime"))
        while spelled in taken or not spelled.isidentifier():
            spelled += "_"
        self._names[kind, name] = spelled

    def script(self, step: t.Step) -> str:
        found, names = self._found, self._names
        lines = []
        for stem, weights in found.spaces.items():
            lines.append(f"{names['weight', stem]} = {_literal(weights)}")
        for name, table in found.tables.items():
            if name in self._signature.convex:
                body = self.write(formula(self._signature.convex[name], table))
                lines.append(f"{names['table', name]} = lambda {names['argument', 't']}: {body}")
                continue
            key = ("table", name) if ("table", name) in names else ("position", name)
            lines.append(f"{names[key]} = {_literal(table)}")
        for name, value in found.values.items():
            key = ("scalar", name) if name in self._signature.scalars else ("variable", name)
            if key not in names:  # a number of copies, which have been written out
                continue
            lines.append(f"{names[key]} = {_literal(value)}")
        lines += [f"left = {self.write(step.left)}", f"right = {self.write(step.right)}"]
        used = [name for name in _IMPORTED if re.search(rf"\b{name}\b", "\n".join(lines))]
        imports = [
            "from fractions import Fraction as F",
            *([f"from math import {', '.join(used)}"] if used else []),
            *(_LONG_LOG if "log" in used and re.search(r"\*\*\d{4}", "\n".join(lines)) else []),
            "",
        ]
        return "\n".join([*imports, *lines, "print(float(left), float(right))", ""])

    def write(self, node: t.Expr) -> str:
        """The expression as one Python expression."""
        names = self._names
        match node:
            case t.Number():
                return _literal(node.value)
            case t.Constant():
                return "inf" if node.name == "oo" else "pi"
            case t.Symbol():
                return names.get(("scalar", node.name)) or names["argument", node.name]
            case t.Variable():
                return f"{names['position', stem_of(node)]}[{names['variable', node.name]}]"
            case t.Add() | t.Sub() | t.Mul() | t.Div():
                return f"({self.write(node.left)} {_OPERATORS[type(node)]} {self.write(node.right)})"
            case t.Pow():
                return f"({self.write(node.base)} ** {self.write(node.exponent)})"
            case t.Neg():
                return f"(-{self.write(node.operand)})"
            case t.Call():
                arguments = [self.write(argument) for argument in node.arguments]
                if node.function in _MATH:
                    return f"{_MATH[node.function]}({arguments[0]})"
                if node.function not in _WRITTEN:
                    raise Unsupported(f"Python's math has no {node.function}")
                return _WRITTEN[node.function].format(*arguments)
            case t.Apply() if node.name in self._signature.convex:
                return f"{names['table', node.name]}({self.write(node.arguments[0])})"
            case t.Indicator():
                relation = "==" if node.relation == "=" else node.relation
                return f"(1 if {self.write(node.left)} {relation} {self.write(node.right)} else 0)"
            case t.Apply():
                return self._at(
                    node.name, [names["variable", v.name] for v in node.arguments if isinstance(v, t.Variable)]
                )
            case t.Density():
                return self._density(node)
            case t.Expectation():
                return self._sum(node.law.generated, self.write(node.law.density), self.write(node.body))
            case t.Integral():
                return self._sum(node.variables, "1", self.write(node.body))
            case t.Divergence(kind="KL" | "JSD" | "CE"):
                left, right = self.write(node.left.density), self.write(node.right.density)
                return self._divergence(node.kind, node.left.generated, left, right)
            case t.Entropy():
                density = self.write(node.law.density)
                return f"(-{self._sum(node.law.generated, density, f'log({density})')})"
            case _:
                meaning = unfold(node)
                if meaning is None:
                    kind = node.kind if isinstance(node, t.Divergence) else type(node).__name__
                    raise Unsupported(f"there is no Python for {kind}")
                return self.write(meaning)

    def _at(self, name: str, indices: list[str]) -> str:
        return self._names["table", name] + "".join(f"[{index}]" for index in indices)

    def _density(self, node: t.Density) -> str:
        family = self._signature.families[node.family]
        index = {stem_of(v): self._names["variable", v.name] for v in node.generated + node.given}
        conditions = {stem_of(v) for v in node.given} & set(family.generated)
        joint = self._marginal(family, index)
        if not conditions:
            return joint
        kept = {stem: at for stem, at in index.items() if stem in conditions or stem in family.given}
        return f"({joint} / {self._marginal(family, kept)})"

    def _marginal(self, family: t.Family, index: dict[str, str]) -> str:
        """The table at the slots that have an index, summed over the others."""
        summed = {stem: self._names["summed", stem] for stem in family.generated if stem not in index}
        entry = self._at(family.name, [index.get(stem) or summed[stem] for stem in family.generated + family.given])
        if not summed:
            return entry
        product = " * ".join([f"{self._names['weight', stem]}[{at}]" for stem, at in summed.items()] + [entry])
        loops = " ".join(f"for {at} in range({len(self._found.spaces[stem])})" for stem, at in summed.items())
        return f"sum({product} {loops})"

    def _sum(self, variables: tuple[t.Variable, ...], density: str, body: str) -> str:
        """The sum of mass * body over the points that have mass."""
        weights = [f"{self._names['weight', stem_of(v)]}[{self._names['variable', v.name]}]" for v in variables]
        loops = " ".join(
            f"for {self._names['variable', v.name]} in range({len(self._found.spaces[stem_of(v)])})" for v in variables
        )
        return f"sum(m * {body} {loops} for m in [{' * '.join([*weights, density])}] if m)"

    def _divergence(self, kind: str, variables: tuple[t.Variable, ...], left: str, right: str) -> str:
        if kind == "JSD":
            middle = f"(({left} + {right}) / 2)"
            both = [self._divergence("KL", variables, side, middle) for side in (left, right)]
            return f"(({both[0]} + {both[1]}) / 2)"
        ratio = (
            f"(log({left} / {right}) if {right} else inf)" if kind == "KL" else f"(-log({right}) if {right} else inf)"
        )
        return self._sum(variables, left, ratio)


def _literal(value: Any) -> str:
    """Fractions, indices and nested tuples of them, as Python writes them."""
    if isinstance(value, tuple):
        return "(" + "".join(_literal(item) + ", " for item in value).rstrip(" ") + ")"
    if isinstance(value, Fraction):
        parts = (whole(part, "**") for part in value.as_integer_ratio()[: 1 + (value.denominator != 1)])
        return f"F({', '.join(parts)})"
    return str(value)
