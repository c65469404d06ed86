"""From a normal form back to a tree: how a search hands what it found to the kernel, and to a reader.

Nothing here is trusted: whatever is made of these trees is read by the kernel again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import chain, count

from proofs.kernel.polynomial import Atom, Monomial, Poly, Unsupported, Var
from proofs.language.tree import (
    Add,
    Apply,
    Call,
    Conjugate,
    Constant,
    Density,
    Div,
    Expr,
    Gradient,
    Integral,
    Mul,
    Named,
    Neg,
    Number,
    Pow,
    Sub,
    Symbol,
    Variable,
)

Names = Mapping[Var, Variable]


def name_bound(variables: Iterable[Var], taken: Iterable[str]) -> dict[Var, Variable]:
    """Readable names for bound variables: the stem where it is free to use, else z_1, z_2, ..."""
    used = set(taken)
    groups: dict[str, list[Var]] = {}
    for v in variables:
        groups.setdefault(v[0], []).append(v)
    names = {}
    for stem, group in groups.items():
        numbered = (f"{stem}_{i}" for i in count(1))
        candidates = numbered if len(group) > 1 else chain([stem], numbered)
        for v in group:
            names[v] = Variable(next(name for name in candidates if name not in used), stem)
            used.add(names[v].name)
    return names


def to_tree(poly: Poly, names: Names | None = None) -> Expr:
    """An expression whose normal form is the polynomial, with conditionals where a joint stands over a marginal."""
    names = names or {}
    result: Expr | None = None
    for monomial, coefficient in sorted(poly.terms.items(), key=lambda t: (t[1] < 0, str(t[0]))):
        term = _term(abs(coefficient), monomial, names)
        if result is None:
            result = Neg(term) if coefficient < 0 else term
        else:
            result = Sub(result, term) if coefficient < 0 else Add(result, term)
    return result if result is not None else Number(Fraction(0))


def variable(var: Var, names: Names) -> Variable:
    return names.get(var) or Variable(var[1], var[0])


def _term(coefficient: Fraction, monomial: Monomial, names: Names) -> Expr:
    above, below = _densities(monomial, names)
    sums: list[tuple[Expr, Fraction]] = []  # stand under a bar each of their own: a product of sums is multiplied out
    for atom, power in monomial:
        if atom.kind == "density" and ":" not in atom.data[0]:
            continue
        factor, size = _atom(atom, names), abs(Fraction(power))
        if atom.kind == "sum" and power < 0:
            sums.append((factor, size))
        else:
            (above if power > 0 else below).append(_power(atom, factor, size))
    if coefficient.numerator != 1 or not above:
        above.insert(0, Number(Fraction(coefficient.numerator)))
    if coefficient.denominator != 1:
        below.insert(0, Number(Fraction(coefficient.denominator)))
    result = _product(above)
    if len(sums) == 1 and sums[0][1] == 1 and all(isinstance(factor, Number) for factor in below):
        below += [sums.pop()[0]]
    if below:
        result = Div(result, _product(below))
    for factor, size in sums:
        result = Div(result, factor) if size == 1 else Mul(result, Pow(factor, Number(-size)))
    return result


def _power(atom: Atom, factor: Expr, size: Fraction) -> Expr:
    """A power of what an atom is; a root of a sum need not be known to exist, which `sqrt` says."""
    if atom.kind == "sum" and size.denominator == 2:
        factor, size = Call("sqrt", (factor,)), 2 * size
    return factor if size == 1 else Pow(factor, Number(size))


def _product(factors: list[Expr]) -> Expr:
    result = factors[0]
    for factor in factors[1:]:
        result = Mul(result, factor)
    return result


def _densities(monomial: Monomial, names: Names) -> tuple[list[Expr], list[Expr]]:
    """Joint densities, paired with marginals of the same family that stand below them; derivatives are no densities."""
    above: list[Expr] = []
    monomial = tuple((a, p) for a, p in monomial if a.kind == "density" and ":" not in a.data[0])
    joints = [(a.data, int(p)) for a, p in monomial if p.denominator == 1 and p > 0]
    margins = [(a.data, -int(p)) for a, p in monomial if p.denominator == 1 and p < 0]
    rest = [(a, p) for a, p in monomial if p.denominator != 1]
    open_margins = [list(m) for m in margins]
    for (family, generated, given), power in sorted(joints, key=lambda j: -len(j[0][1])):
        for _ in range(power):
            found = None
            for margin in open_margins:
                name, part, fixed = margin[0]
                if margin[1] and name == family and fixed == given and set(part) < set(generated):
                    found = margin if found is None or len(part) > len(found[0][1]) else found
            behind = found[0][1] if found else ()
            if found:
                found[1] -= 1
            front = [place for place in generated if place not in behind]
            above.append(_density(family, front, (*behind, *given), names))
    below: list[Expr] = []
    for (family, generated, given), left in open_margins:
        below += [_density(family, generated, given, names)] * left
    for atom, p in rest:
        family, generated, given = atom.data
        (above if p > 0 else below).append(Pow(_density(family, generated, given, names), Number(abs(Fraction(p)))))
    return above, below


def _density(
    family: str, generated: Iterable[tuple[str, Var]], given: Iterable[tuple[str, Var]], names: Names
) -> Density:
    return Density(family, tuple(variable(v, names) for _, v in generated), tuple(variable(v, names) for _, v in given))


def _atom(atom: Atom, names: Names) -> Expr:
    data = atom.data
    if atom.kind in ("density", "named", "value") and ":" in data[0]:
        *parameters, plain = data[0].split(":")
        expr = _atom(Atom(atom.kind, (plain, *data[1:]), "", atom.variables, atom.range), names)
        for parameter in reversed(parameters):
            expr = Gradient(Symbol(parameter), expr)
        return expr
    match atom.kind:
        case "density":
            family, generated, given = data
            return _density(family, generated, given, names)
        case "symbol":
            return Constant("pi") if atom.key == "pi" else Symbol(data)
        case "prime":
            return Number(Fraction(data))
        case "point":
            return variable(data, names)
        case "sum":
            return to_tree(data, names)
        case "abs":
            return Call("abs", (to_tree(data, names),))
        case "log":
            return Call("log", (to_tree(data, names),))
        case "exp":
            return Call("exp", (_term(Fraction(1), data, names),))
        case "value":
            name, arguments = data
            trees = tuple(to_tree(a, names) for a in arguments)
            if name.startswith("conj@"):
                return Conjugate(name.removeprefix("conj@"), *trees)
            return Apply(name[1:], trees) if name.startswith("@") else Call(name, trees)
        case "named":
            law, var, parameters = data
            return Named(law, variable(var, names), tuple(to_tree(p, names) for p in parameters))
        case "integral":
            bound, monomial = data
            taken = {v.name for v in names.values()} | {v[1] for v in atom.variables}
            inner = name_bound(bound, taken)
            return Integral(tuple(inner[v] for v in bound), _term(Fraction(1), monomial, {**names, **inner}))
    raise Unsupported(f"no tree for an atom of kind {atom.kind!r}")
