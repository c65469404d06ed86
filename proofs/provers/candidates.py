"""Axiom instances that could explain an inequality, read off the logarithms that occur in its normal form.

Each generator looks at the *log terms* of the goal, ``coefficient * scalar * E_M[log P]`` with M a product of
densities, and proposes instances whose own normal forms live on the same terms. Proposing too much costs time and
proposing too little leaves a claim open; neither can make a wrong proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import chain, combinations, permutations, product
from math import comb

from proofs.kernel.axioms import Axiom, Counted, Gibbs, Label, LogBelowLine, NonNegative, Tangent
from proofs.kernel.integration import integrate, rename
from proofs.kernel.normal_form import EMPTY, Reader
from proofs.kernel.polynomial import (
    ONE,
    Atom,
    Monomial,
    Poly,
    Unsupported,
    Var,
    from_monomial,
    monomial_range,
    monomial_variables,
    power,
)
from proofs.language.tree import (
    Call,
    Claim,
    Copies,
    Density,
    Div,
    Divergence,
    Expectation,
    Expr,
    Family,
    Law,
    Mul,
    Node,
    Number,
    Pow,
    Sub,
    Variable,
    Variance,
    children,
    walk,
)
from proofs.provers.absolute_candidates import absolute_candidates, at_most_one
from proofs.provers.assumed_candidates import assumed_candidates
from proofs.provers.convex_candidates import convex_candidates, mixture_candidates
from proofs.provers.multisample_candidates import multisample_candidates
from proofs.provers.readback import name_bound, to_tree
from proofs.provers.square_candidates import square_candidates

MAX_BACKGROUND = 5  # with more variables than this, only the smallest and the largest background are tried
MAX_STRUCTURED = 4  # the marginals of a structured family are integrals, of which any may be compared
MAX_POWER = 4  # of a distance
MAX_RATIOS = 4
MAX_SUBSETS = 64  # sums that have more partial sums of a size are not taken apart into these


@dataclass(frozen=True, slots=True)
class Candidate:
    """An instance, and the expression that its statement equals where that is a divergence (None: no name for it).

    `multipliers` are non-negative quantities of its own that it may have to be multiplied by.
    """

    axiom: Axiom
    gap: Expr | None = None
    multipliers: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class LogTerm:
    """``coefficient * scalar * E_M[log argument]``; without bound variables, a plain logarithm."""

    coefficient: Fraction
    scalar: Monomial
    bound: tuple[Var, ...]
    measure: Monomial
    argument: Poly


def log_terms(goal: Poly) -> Iterator[LogTerm]:
    for monomial, coefficient in goal.terms.items():
        for atom, p in monomial:
            scalar = tuple(f for f in monomial if f[0] is not atom)
            if p == 1 and atom.kind == "log":
                if atom.data.constant() is None:
                    yield LogTerm(coefficient, scalar, (), (), atom.data)
            elif p == 1 and atom.kind == "integral":
                bound, inner = atom.data
                logs = [a for a, q in inner if a.kind == "log" and q == 1]
                if len(logs) == 1:
                    # a conditional of a joint law has its denominator outside of the integral
                    given = tuple(f for f in scalar if f[0].kind in ("density", "named"))
                    measure = tuple(f for f in inner if f[0] is not logs[0])
                    measure = next(iter((from_monomial(measure) * from_monomial(given)).terms))
                    rest = tuple(f for f in scalar if f not in given)
                    yield LogTerm(coefficient, rest, bound, measure, logs[0].data)


class Search:
    """The candidates for one goal under the declarations of a claim."""

    def __init__(self, claim: Claim, goal: Poly, sides: tuple[Expr, Expr]):
        self.claim, self.goal, self.sides = claim, goal, sides
        self.families: dict[str, Family] = Reader(claim).families  # with the structures that are assumed
        self.terms = list(log_terms(goal))
        self.free = sorted(goal.variables)
        self.measures = self._measures()
        self.marginals = self._marginals()

    def stages(self) -> Iterator[Iterator[Candidate]]:
        """The candidates, those that are few and often enough first."""
        yield (Candidate(a) for a in assumed_candidates(self.goal, Reader(self.claim)))
        yield chain(self._jensen(), self._labelled(), self._tangents(), self._counted())
        yield self._conditional_divergences(self.marginals)
        yield (Candidate(a) for a in multisample_candidates(self.sides))
        yield (Candidate(a) for a in mixture_candidates(self.sides))
        yield (Candidate(a) for a in convex_candidates(self.goal, self.sides, Reader(self.claim)))
        yield (Candidate(a) for a in absolute_candidates(self.goal, self.sides, Reader(self.claim)))
        yield (Candidate(a) for a in square_candidates(self.goal))
        yield chain(self._written_jensen(), self._powers(), self._lines(), self._non_negative())
        yield self._conditional_divergences(self._cancelled())

    # --- what occurs in the goal ---------------------------------------------------------------------------------

    def _measures(self) -> list[tuple[tuple[Var, ...], Monomial]]:
        """The sampling measures of the goal, with no duplicates, the largest first."""
        seen = {(t.bound, t.measure) for t in self.terms if all(a.kind in ("density", "named") for a, _ in t.measure)}
        return sorted(seen, key=lambda m: (-len(m[0]), str(m)))

    def _marginals(self) -> dict[str, set[tuple[str, ...]]]:
        """For each family, the sets of its generated slots whose joint density stands under some logarithm."""
        found: dict[str, set[tuple[str, ...]]] = {name: {()} for name in self.families}
        stack: list[Poly] = [t.argument for t in self.terms]
        while stack:
            for monomial in stack.pop().terms:
                for atom, _ in monomial:
                    if atom.kind == "density":
                        family, generated, _given = atom.data
                        found[family].add(tuple(s for s, _ in generated))
                    elif atom.kind == "integral":
                        stack.append(from_monomial(atom.data[1]))
                    elif atom.kind in ("log", "sum"):
                        stack.append(atom.data)
        for family in self.families.values():
            if family.structure is not None and len(family.generated) <= MAX_STRUCTURED:
                found[family.name] = {c for n in range(len(family.generated) + 1)
                                      for c in combinations(sorted(family.generated), n)}  # fmt: skip
        return found

    def _cancelled(self) -> dict[str, set[tuple[str, ...]]]:
        """The marginals of those that occur: the logarithm of one is not seen where two instances cancel it.

        In I(x; y | z) + E[KL(p(w|z) || q(w|z))] log p(z) has the coefficient zero. The larger marginals do not cancel:
        their coefficient has one sign in all instances.
        """
        found: dict[str, set[tuple[str, ...]]] = {}
        for name, seen in self.marginals.items():
            if max(map(len, seen)) <= MAX_STRUCTURED:
                parts = {part for slots in seen for n in range(len(slots)) for part in combinations(slots, n)}
            else:
                parts = {tuple(s for s in one if s in other) for one, other in combinations(seen, 2)}
            if not parts <= seen:
                found[name] = seen | parts
        return found

    def _names(self, bound: tuple[Var, ...]) -> dict[Var, Variable]:
        return name_bound(bound, {v[1] for v in self.free})

    # --- E_M[log M(A | B) - log d(A | B')] >= 0 ------------------------------------------------------------------

    def _conditional_divergences(self, marginals: dict[str, set[tuple[str, ...]]]) -> Iterator[Candidate]:
        for bound, measure in self.measures:
            names = self._names(bound)
            for name, slot_sets in marginals.items():
                family = self.families[name]
                for inner, outer in product(slot_sets, slot_sets):
                    if set(inner) < set(outer):
                        for places in self._assignments((*outer, *family.given), bound):
                            yield from self._against(bound, measure, names, family, inner, outer, places)

    def _assignments(self, slots: tuple[str, ...], bound: tuple[Var, ...]) -> Iterator[dict[str, Var]]:
        """Every way to fill the slots with different variables of their own stems, bound or free."""
        pool = [[v for v in (*bound, *self.free) if v[0] == slot] for slot in slots]
        for chosen in product(*pool):
            if len(set(chosen)) == len(chosen):
                yield dict(zip(slots, chosen, strict=True))

    def _against(
        self,
        bound: tuple[Var, ...],
        measure: Monomial,
        names: dict[Var, Variable],
        family: Family,
        inner: tuple[str, ...],
        outer: tuple[str, ...],
        places: dict[str, Var],
    ) -> Iterator[Candidate]:
        front = [places[s] for s in outer if s not in inner]
        behind = [places[s] for s in (*inner, *family.given)]
        if not set(front) <= set(bound):
            return

        def named(variables: list[Var]) -> tuple[Variable, ...]:
            return tuple(names.get(v) or Variable(v[1], v[0]) for v in variables)

        density = Density(family.name, named(front), named(behind))
        spare = [v for v in bound if v not in front and v not in behind]
        needed = [v for v in behind if v in bound]
        backgrounds = (
            (c for n in range(len(spare) + 1) for c in combinations(spare, n))
            if len(spare) <= MAX_BACKGROUND
            else iter([(), tuple(spare)])
        )
        for extra in backgrounds:
            background = [*needed, *extra]
            joint = integrate([v for v in bound if v not in front and v not in background], from_monomial(measure))
            margin = integrate(front, joint)
            law = Law(to_tree(joint, names), named([*background, *front]))
            reference = density if margin == ONE else Mul(to_tree(margin, names), density)
            yield Candidate(Gibbs((Label(Fraction(1), law, reference),)), self._gap(joint, margin, density, names))

    @staticmethod
    def _gap(joint: Poly, margin: Poly, density: Density, names: dict[Var, Variable]) -> Expr | None:
        """The mean divergence of the conditional law from the density, if the margin does not vanish."""
        try:
            conditional = to_tree(joint * power(margin, Fraction(-1)), names)
        except Unsupported:
            return None
        gap = Divergence("KL", Law(conditional, density.generated), Law(density, density.generated))
        drawn = tuple(names[v] for v in sorted(margin.variables) if v in names)
        return Expectation(Law(to_tree(margin, names), drawn), gap) if drawn else gap

    # --- log E_m[w] >= E_m[log w] and relatives ------------------------------------------------------------------

    def _jensen(self) -> Iterator[Candidate]:
        for term in self.terms:
            if term.bound and term.argument.range.nonnegative:
                names = self._names(term.bound)
                law = Law(to_tree(from_monomial(term.measure), names), tuple(names[v] for v in term.bound))
                argument = to_tree(term.argument, names)
                mass = integrate(term.bound, term.argument)
                normalised = (
                    to_tree(term.argument * power(mass, Fraction(-1)), names)
                    if len(mass.terms) == 1 and len(term.argument.terms) == 1
                    else Div(argument, to_tree(mass, names))
                )
                gap = Divergence("KL", law, Law(normalised, law.generated))
                yield Candidate(Gibbs((Label(Fraction(1), law, argument),)), gap)
                if len(term.argument.terms) == 1:
                    yield Candidate(Gibbs((Label(Fraction(1), law, Mul(law.density, argument)),)))

    def _written_jensen(self) -> Iterator[Candidate]:
        """``E_m[.. log w ..]`` and ``E_m[(..)^2]`` as written in the claim, before the normal form takes them apart."""
        stack: list[Node] = list(self.sides)
        while stack:
            node = stack.pop()
            stack.extend(children(node))
            if isinstance(node, Pow | Divergence | Variance):
                yield Candidate(NonNegative(None, node))
            if isinstance(node, Expectation) and not any(isinstance(v, Copies) for v in node.law.generated):
                yield Candidate(NonNegative(node.law, node.body))
                for argument in _log_arguments(node.body):
                    yield Candidate(LogBelowLine(node.law, argument))
                    independent = Mul(self._independent(node.law), argument)
                    for reference in (argument, Mul(node.law.density, argument), independent):
                        yield Candidate(Gibbs((Label(Fraction(1), node.law, reference),)))

    def _independent(self, law: Law) -> Expr:
        """The product of the law's marginals, one for each generated variable."""
        reader = Reader(self.claim)
        env, bound, density = reader.law(law, EMPTY)
        names = {env[v.name]: v for v in law.generated}
        factors = [to_tree(integrate([w for w in bound if w != v], density), names) for v in bound]
        return reduce(Mul, factors)

    # --- labelled laws -------------------------------------------------------------------------------------------

    def _labelled(self) -> Iterator[Candidate]:
        """E_p[log d] + E_q[log(1 - d)] against the posterior of the label, in the proportion of the goal."""
        for first, second in combinations([t for t in self.terms if t.bound], 2):
            if first.scalar != second.scalar or len(first.bound) != len(second.bound):
                continue
            pairs = dict(zip(second.bound, first.bound, strict=True))
            if any(a[0] != b[0] for a, b in pairs.items()):
                continue
            if first.argument + rename(second.argument, pairs) != ONE or first.coefficient * second.coefficient <= 0:
                continue
            names = self._names(first.bound)
            share = first.coefficient / (first.coefficient + second.coefficient)
            p, q = from_monomial(first.measure), rename(from_monomial(second.measure), pairs)
            mixture = to_tree(p.scale(share) + q.scale(1 - share), names)
            d = to_tree(first.argument, names)
            generated = tuple(names[v] for v in first.bound)
            yield Candidate(
                Gibbs(
                    (
                        Label(share, Law(to_tree(p, names), generated), Mul(d, mixture)),
                        Label(1 - share, Law(to_tree(q, names), generated), Mul(Sub(Number(Fraction(1)), d), mixture)),
                    )
                )
            )

    # --- logarithms of sums --------------------------------------------------------------------------------------

    def _tangents(self) -> Iterator[Candidate]:
        for term in self.terms:
            if not all(c > 0 and monomial_range(m).nonnegative for m, c in term.argument.terms.items()):
                continue
            parts = [Poly({m: c}) for m, c in sorted(term.argument.terms.items(), key=lambda t: str(t[0]))]
            copies: dict[frozenset[Var], Poly] = {}
            for part in parts:
                drawn = part.variables & frozenset(term.bound)
                copies[drawn] = copies.get(drawn, Poly({})) + part
            yield from self._tangents_of(term, parts)
            if 1 < len(copies) < len(parts):
                yield from self._tangents_of(term, list(copies.values()))

    def _tangents_of(self, term: LogTerm, parts: list[Poly]) -> Iterator[Candidate]:
        """log of the parts' sum above its tangents: where they are equal, in proportion to their coefficients, ..."""
        n = len(parts)
        if n < 2:
            return
        names = self._names(term.bound)
        law = Law(to_tree(from_monomial(term.measure), names), tuple(names[v] for v in term.bound))
        under = law if term.bound else None
        trees = tuple(to_tree(part, names) for part in parts)
        sizes = [sum(part.terms.values()) for part in parts]
        yield Candidate(Tangent(under, trees, (Fraction(1, n),) * n))
        yield Candidate(Tangent(under, trees, tuple(Fraction(size) / sum(sizes) for size in sizes)))
        for i in range(n):
            yield Candidate(Tangent(under, trees, tuple(Fraction(int(i == j)) for j in range(n))))
        if len(set(sizes)) == 1:
            several = {len(t.argument.terms) for t in self.terms} | {
                len({monomial_variables(m) & frozenset(t.bound) for m in t.argument.terms}) for t in self.terms
            }
            for size in sorted(several & set(range(2, n))):
                if comb(n, size) > MAX_SUBSETS:
                    continue
                subsets = list(combinations(parts, size))
                covered = Fraction(size * len(subsets), n)  # each part lies in so many subsets
                sums = tuple(to_tree(_sum(s).scale(1 / covered), names) for s in subsets)
                yield Candidate(Tangent(under, sums, (Fraction(1, len(subsets)),) * len(subsets)))

    # --- the rest ------------------------------------------------------------------------------------------------

    def _counted(self) -> Iterator[Candidate]:
        discrete = self.claim.discrete()
        if not discrete:
            return
        for bound, measure in [*self.measures, ((), ())]:
            names = self._names(bound)
            law = Law(to_tree(from_monomial(measure), names), tuple(names[v] for v in bound)) if bound else None
            for name, slot_sets in self.marginals.items():
                family = self.families[name]
                for inner, outer in product(slot_sets, slot_sets):
                    front = [s for s in outer if s not in inner]
                    if set(inner) < set(outer) and all(s in discrete for s in front):
                        for places in self._assignments((*outer, *family.given), bound):
                            at = {s: names.get(v) or Variable(v[1], v[0]) for s, v in places.items()}
                            behind = tuple(at[s] for s in (*inner, *family.given))
                            yield Candidate(Counted(law, Density(name, tuple(at[s] for s in front), behind)))

    def _powers(self) -> Iterator[Candidate]:
        """u^n - u^(n+1) >= 0 for a distance u that is at most one."""
        for node in dict.fromkeys(n for side in self.sides for n in walk(side)):
            if isinstance(node, Divergence) and node.kind in ("TV", "H2"):
                powers = tuple(Pow(node, Number(Fraction(n))) for n in range(1, MAX_POWER))
                yield Candidate(at_most_one(node), multipliers=powers)
                yield Candidate(at_most_one(node, reversed_=True))

    def _lines(self) -> Iterator[Candidate]:
        for term in self.terms:
            names = self._names(term.bound)
            law = Law(to_tree(from_monomial(term.measure), names), tuple(names[v] for v in term.bound))
            yield Candidate(LogBelowLine(law if term.bound else None, to_tree(term.argument, names)))
        for argument in chain.from_iterable(map(_log_arguments, self.sides)):
            yield Candidate(LogBelowLine(None, argument))
        plain = [m for m in self.goal.terms if monomial_range(m).positive and all(a.kind != "log" for a, _ in m)]
        for above, below in permutations(plain[:MAX_RATIOS], 2):
            ratio, weight = to_tree(from_monomial(above)), to_tree(from_monomial(below))
            yield Candidate(LogBelowLine(None, Div(ratio, weight)), multipliers=(weight,))

    def _non_negative(self) -> Iterator[Candidate]:
        """Terms without a logarithm whose range is known: a function below its upper bound, or above its lower one."""
        for monomial in self.goal.terms:
            for atom, p in monomial:
                if p != 1 or atom.kind not in ("integral", "value", "abs", "symbol", "density"):
                    continue
                bound, inner = atom.data if atom.kind == "integral" else ((), ((atom, Fraction(1)),))
                densities = tuple(f for f in inner if f[0].kind in ("density", "named") and bound)
                values = tuple(f for f in inner if f not in densities)
                names = self._names(bound)
                law = Law(to_tree(from_monomial(densities), names), tuple(names[v] for v in bound)) if bound else None
                known = monomial_range(values)
                body = to_tree(from_monomial(values), names)
                if known.low is not None:
                    yield Candidate(NonNegative(law, Sub(body, Number(known.low)) if known.low else body))
                if known.high is not None:
                    yield Candidate(NonNegative(law, Sub(Number(known.high), body)))


def _sum(polys: tuple[Poly, ...]) -> Poly:
    return sum(polys[1:], polys[0])


def _log_arguments(expr: Expr) -> Iterator[Expr]:
    """The arguments of the logarithms of an expression that are not under another binder."""
    if isinstance(expr, Call) and expr.function == "log":
        yield expr.arguments[0]
    elif not isinstance(expr, Expectation | Divergence):
        for child in children(expr):
            if isinstance(child, Expr):
                yield from _log_arguments(child)


def scalar_multipliers(goal: Poly) -> list[Expr]:
    """Non-negative expressions in the free numbers that an instance may have to be multiplied by.

    Distances from a number to the ends of its domain, their products, quotients and inverses, and the factors of the
    goal's terms that are seen to keep one sign.
    """
    found: dict[str, Expr] = {}
    for atom in dict.fromkeys(a for monomial in goal.terms for a in _symbols(monomial)):
        symbol = to_tree(Poly({((atom, 1),): Fraction(1)}))
        low, high = atom.range.low, atom.range.high
        ends = [] if low is None else [Sub(symbol, Number(low)) if low else symbol]
        ends += [] if high is None else [Sub(Number(high), symbol)]
        inverses = [Div(Number(Fraction(1)), end) for end in ends]
        mixed = [product_of(a, b) for a, b in product(ends, ends) if a != b for product_of in (Mul, Div)]
        found |= {str(tree): tree for tree in (*ends, *inverses, *mixed)}
    for monomial in goal.terms:
        square = tuple((a, p) for a, p in monomial if a.kind == "symbol" and p.denominator == 1 and p % 2 == 0)
        if square:
            found.setdefault(str(square), to_tree(from_monomial(square)))
    for term in log_terms(goal):
        known = monomial_range(term.scalar)
        if term.scalar and (known.nonnegative or known.scale(Fraction(-1)).nonnegative):
            tree = to_tree(from_monomial(term.scalar).scale(Fraction(1 if known.nonnegative else -1)))
            found.setdefault(str(tree), tree)
    return list(found.values())


def _symbols(monomial: Monomial) -> Iterator[Atom]:
    """The free numbers with a bounded domain that stand in a term, in its sums, exponents and integrals, too."""
    for atom, _ in monomial:
        if atom.kind == "symbol" and atom.key[0] == "$" and (atom.range.low is not None or atom.range.high is not None):
            yield atom
        elif atom.kind in ("sum", "exp", "log", "integral"):
            for inner in atom.inside:
                yield from _symbols(inner)


__all__ = ["Candidate", "Search", "log_terms", "scalar_multipliers"]
