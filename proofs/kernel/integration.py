r"""Integrals in normal form: densities integrate to one, independent parts come apart, bound names do not matter.

`integrate` rewrites :math:`\int m\,d\mu(v)` for a monomial m by four rules, each an identity for non-negative or
absolutely integrable integrands on every product of measure spaces:

  1. lift:       an inner integral that mentions a bound variable joins the outer one (Tonelli; a power as copies);
  2. eliminate:  a variable that occurs in one factor only, a density that generates it, integrates out of it;
  3. pull out:   factors without bound variables leave the integral;
  4. split:      factors that share no bound variable are integrated apart.

What is left is an opaque ``integral`` atom, named up to the renaming of its bound variables: they are called
``(stem, "#h.i")``, h one more than the height of anything inside, so that nested names cannot clash, and their order
is the one with the smallest key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count, pairwise, permutations, product
from math import prod

from proofs.kernel.copies import renamed as rename_copies
from proofs.kernel.polynomial import (
    NO_VARIABLES,
    NONNEGATIVE,
    ONE,
    POSITIVE,
    REAL,
    ZERO,
    Atom,
    Exponent,
    Monomial,
    Poly,
    Range,
    Unsupported,
    Var,
    abs_atom,
    cancel,
    from_atom,
    from_monomial,
    monomial_key,
    monomial_range,
    monomial_variables,
    sum_atom,
    total,
)

MAX_ORDERINGS = 5_040
MAX_EFFORT = 100_000  # atoms made to name one integral; about a second

_fresh = count()


def fresh(stem: str) -> Var:
    """A bound variable that occurs nowhere else; the names of claims do not start with an exclamation mark."""
    return stem, f"!{next(_fresh)}"


# --- the atoms that speak of variables -----------------------------------------------------------------------------

Place = tuple[str, Var]  # a slot and the variable that fills it
Factor = tuple[Atom, Exponent]


def density_atom(family: str, generated: Iterable[Place], given: Iterable[Place], values: Range) -> Atom:
    """The joint density of some generated slots of a family, given all of its given slots."""
    left, right = tuple(sorted(generated)), tuple(sorted(given))
    front, behind = (",".join(f"{s}:{v[0]}.{v[1]}" for s, v in places) for places in (left, right))
    key = f"{family}({front}|{behind})"
    return Atom("density", (family, left, right), key, frozenset(v for _, v in left + right), values)


def named_atom(law: str, variable: Var, parameters: tuple[Poly, ...], values: Range) -> Atom:
    variables = frozenset((variable,)).union(*(p.variables for p in parameters))
    key = f"{law}({variable[0]}.{variable[1]};{','.join(p.key for p in parameters)})"
    return Atom("named", (law, variable, parameters), key, variables, values, [m for p in parameters for m in p.terms])


def value_atom(name: str, arguments: tuple[Poly, ...], values: Range) -> Atom:
    """An arbitrary function, or an opaque built-in one, at its arguments."""
    variables = NO_VARIABLES.union(*(p.variables for p in arguments))
    key = f"{name}({','.join(p.key for p in arguments)})"
    return Atom("value", (name, arguments), key, variables, values, [m for p in arguments for m in p.terms])


def point_atom(variable: Var) -> Atom:
    """A variable used as a number."""
    return Atom("point", variable, f"<{variable[0]}.{variable[1]}>", frozenset((variable,)), REAL)


# --- renaming ------------------------------------------------------------------------------------------------------


def rename(poly: Poly, names: Mapping[Var, Var]) -> Poly:
    """The polynomial with variables renamed, one to one, and every atom brought back to its canonical form."""
    if poly.variables.isdisjoint(names):
        return poly
    return total(rename_monomial(monomial, names).scale(c) for monomial, c in poly.terms.items())


def rename_monomial(monomial: Monomial, names: Mapping[Var, Var]) -> Poly:
    same: list[Factor] = []
    result = ONE
    for factor in monomial:
        if factor[0].variables.isdisjoint(names):
            same.append(factor)
        else:
            result = result * from_atom(rename_atom(factor[0], names), factor[1])
    return result * from_monomial(tuple(same))


def rename_atom(atom: Atom, names: Mapping[Var, Var]) -> Atom:
    if atom.variables.isdisjoint(names):
        return atom
    data = atom.data
    if atom.kind == "density":
        family, generated, given = data
        return density_atom(
            family, [(s, names.get(v, v)) for s, v in generated], [(s, names.get(v, v)) for s, v in given], atom.range
        )
    if atom.kind == "named":
        law, variable, parameters = data
        renamed = tuple(rename(p, names) for p in parameters)
        return named_atom(law, names.get(variable, variable), renamed, atom.range)
    if atom.kind == "value":
        name, arguments = data
        return value_atom(name, tuple(rename(p, names) for p in arguments), atom.range)
    if atom.kind == "point":
        return point_atom(names[data])
    if atom.kind == "log":
        inner = rename(data, names)
        return Atom("log", inner, f"log{inner.key}", inner.variables, atom.range, inner.terms)
    if atom.kind in ("sum", "abs"):
        return (sum_atom if atom.kind == "sum" else abs_atom)(rename(data, names))
    if atom.kind == "exp":
        monomial = _single(rename_monomial(data, names))
        variables = monomial_variables(monomial)
        return Atom("exp", monomial, f"exp({monomial_key(monomial)})", variables, POSITIVE, (monomial,))
    if atom.kind == "integral":
        bound, body = data
        # bound names of lower height cannot clash with the new outer ones, but fresh ones are beyond doubt
        inside = {v: fresh(v[0]) for v in bound}
        opened = rename_monomial(body, {**names, **inside})
        return _integral_atom([inside[v] for v in bound], _single(opened))
    if atom.kind in ("mean", "copies"):
        return rename_copies(atom, lambda poly: rename(poly, names))
    raise AssertionError(f"an atom of kind {atom.kind!r} has no variables")


def _single(poly: Poly) -> Monomial:
    """The one monomial of the polynomial: renaming one to one makes no sums and no coefficients."""
    if len(poly.terms) == 1:
        ((monomial, coefficient),) = poly.terms.items()
        if coefficient == 1:
            return monomial
    raise Unsupported("a product that falls apart when its variables are renamed")


# --- integration ---------------------------------------------------------------------------------------------------


def integrate(variables: Iterable[Var], poly: Poly) -> Poly:
    """The integral of the polynomial over the variables' base measures, in normal form."""
    bound = frozenset(variables)
    return total(_integrate_monomial(bound, monomial).scale(c) for monomial, c in cancel(poly).terms.items())


def _integrate_monomial(bound: frozenset[Var], monomial: Monomial) -> Poly:
    for atom, power in monomial:
        if atom.kind == "integral" and power.denominator == 1 and power > 0 and not atom.variables.isdisjoint(bound):
            inner, body = atom.data
            lifted = from_monomial(tuple(f for f in monomial if f[0] is not atom))
            for _ in range(int(power)):
                names = {v: fresh(v[0]) for v in inner}
                lifted = lifted * rename_monomial(body, names)
                bound = bound | frozenset(names.values())
            return integrate(bound, lifted)
    reduced = _eliminate(bound, monomial)
    if reduced is not None:
        variable, poly = reduced
        return integrate(bound - {variable}, poly)
    outside = tuple((a, p) for a, p in monomial if a.variables.isdisjoint(bound))
    result = from_monomial(outside)
    for component in _components(bound, [(a, p) for a, p in monomial if not a.variables.isdisjoint(bound)]):
        result = result * from_atom(_integral_atom(*component))
    return result


def _eliminate(bound: frozenset[Var], monomial: Monomial) -> tuple[Var, Poly] | None:
    """A variable that one density alone generates, and the monomial after integrating it out of that density."""
    homes: dict[Var, list[Factor]] = {v: [] for v in bound}
    for factor in monomial:
        for v in factor[0].variables & bound:
            homes[v].append(factor)
    for v in sorted(bound):
        if len(homes[v]) != 1:
            continue
        atom, power = homes[v][0]
        if power != 1:
            continue
        if atom.kind == "density":
            family, generated, given = atom.data
            if v not in {w for _, w in generated} or v in {w for _, w in given}:
                continue
            left = [place for place in generated if place[1] != v]
            if len(left) != len(generated) - 1:
                raise Unsupported(f"one variable fills two slots of {family}")
            whole = ZERO if ":" in family else ONE  # the derivative of a density integrates to the derivative of 1
            rest = from_atom(density_atom(family, left, given, atom.range)) if left else whole
        elif atom.kind == "named":
            law, variable, parameters = atom.data
            if v != variable or any(v in p.variables for p in parameters):
                continue
            rest = ZERO if ":" in law else ONE
        else:
            continue
        return v, rest * from_monomial(tuple(f for f in monomial if f[0] is not atom))
    return None


def _components(bound: frozenset[Var], factors: list[Factor]) -> list[tuple[list[Var], Monomial]]:
    """The bound variables and factors, grouped so that different groups share no bound variable."""
    groups: list[tuple[set[Var], list[Factor]]] = []
    for factor in factors:
        mine: set[Var] = set(factor[0].variables & bound)
        content = [factor]
        apart = []
        for group in groups:
            if group[0].isdisjoint(mine):
                apart.append(group)
            else:
                mine |= group[0]
                content = group[1] + content
        groups = [*apart, (mine, content)]
    used = set().union(*(g[0] for g in groups)) if groups else set()
    whole: list[tuple[list[Var], Monomial]] = [
        (sorted(vs), tuple(sorted(fs, key=lambda f: f[0].key))) for vs, fs in groups
    ]
    return whole + [([v], ()) for v in sorted(bound - used)]  # the total mass of a base measure


def _integral_atom(bound: list[Var], monomial: Monomial) -> Atom:
    """The opaque integral, with its bound variables in canonical order and under canonical names."""
    height = 1 + max((a.height for a, _ in monomial), default=0)
    effort = _effort(monomial, frozenset(bound))
    choices = 2 * len(bound) if len(bound) > 1 else 0  # so often `_orderings` renames, to tell the variables apart
    candidates = _orderings(bound, monomial) if choices * effort <= MAX_EFFORT else []
    choices += len(candidates)
    if choices * effort > MAX_EFFORT:
        raise Unsupported("integrals that are nested too deeply, or in too many orders, to be named uniquely")
    best_key, best, order = "", monomial, bound
    for candidate in candidates:
        names = {v: (v[0], f"#{height}.{i}") for i, v in enumerate(candidate)}
        renamed = _single(rename_monomial(monomial, names))
        key = monomial_key(renamed)
        if not best_key or key < best_key:
            best_key, best, order = key, renamed, [names[v] for v in candidate]
    values = monomial_range(monomial)
    free = monomial_variables(monomial) - frozenset(bound)
    key = f"int[{','.join(f'{s}.{n}' for s, n in order)}]{{{best_key}}}"
    kept = POSITIVE if values.positive else NONNEGATIVE if values.nonnegative else REAL
    return Atom("integral", (tuple(order), best), key, free, kept, (best,), choices)


def _orderings(bound: list[Var], monomial: Monomial) -> list[tuple[Var, ...]]:
    """Orders of the bound variables that contain the canonical one, whatever the variables are called.

    Variables are first told apart by how they occur; only those that occur alike are permuted, and not even those
    when exchanging neighbours changes nothing (then every permutation, a product of such exchanges, changes nothing).
    """
    if len(bound) == 1:
        return [tuple(bound)]
    cells: dict[tuple[str, str], list[Var]] = {}
    for v in bound:
        mask = {w: (w[0], "@" if w == v else "_") for w in bound}
        seen = sorted(f"{_masked(a, mask)}^{p}" for a, p in monomial if v in a.variables)
        cells.setdefault((v[0], "*".join(seen)), []).append(v)
    groups = [cells[signature] for signature in sorted(cells)]
    choices: list[list[tuple[Var, ...]]] = []
    for group in groups:
        alike = all(rename_monomial(monomial, {a: b, b: a}).terms.keys() == {monomial} for a, b in pairwise(group))
        choices.append([tuple(group)] if alike else list(permutations(group)) if len(group) < 8 else [])
    if any(not c for c in choices) or prod(map(len, choices)) > MAX_ORDERINGS:
        raise Unsupported(f"an integral over {len(bound)} variables has too many orderings to name it uniquely")
    return [sum(parts, ()) for parts in product(*choices)]


def _effort(monomial: Monomial, variables: frozenset[Var]) -> int:
    """About how many atoms are made anew to rename these variables in the monomial."""
    effort = 0
    for atom, _ in monomial:
        if not atom.variables.isdisjoint(variables):
            inner = variables.union(atom.data[0]) if atom.kind == "integral" else variables
            effort += max(atom.choices, 1) * (1 + sum(_effort(m, inner) for m in atom.inside))
    return effort


def _masked(atom: Atom, mask: Mapping[Var, Var]) -> str:
    """The atom's key with its bound variables masked: not one to one, so only ever used to tell atoms apart."""
    return rename_atom(atom, mask).key
