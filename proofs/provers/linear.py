"""Equalities by normal form, and inequalities as non-negative combinations of axiom instances.

Of the candidates (`proofs.provers.candidates`), one that has the goal for a multiple is taken at once. Else a linear
program over the monomials of the goal finds which add up to it, in floating point, where it is not forced which do; the
chosen ones are solved for again in rationals; and the kernel checks what comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import log

from proofs import outcome
from proofs.kernel import Axiom, Bounded, Certificate, Instance, Monotone, Reader, Rejected, Unsupported, Within
from proofs.kernel.certificate import difference
from proofs.kernel.combination import constant_lower_bound, remainder
from proofs.kernel.polynomial import ONE, Atom, Monomial, Poly, cancel, from_atom, total
from proofs.language.tree import Add, Claim, Expr, Mul, Number, Pow, Step
from proofs.proposal import Proposal, accept
from proofs.provers.assumed_candidates import assumed_candidates
from proofs.provers.candidates import Candidate, Search, scalar_multipliers
from proofs.provers.comparisons import bounds, comparisons
from proofs.provers.readback import to_tree

MAX_COLUMNS = 4_000
_LP_SECONDS = 10.0  # compiled code is not interrupted, so it has a limit of its own
MAX_DEPTH = 2  # of instances that rest on others
_UNIT = Number(Fraction(1))
_THRESHOLD = 1e-9  # a multiplier below this is left out of the exact solution, which is checked exactly anyway


def prove(claim: Claim, step: Step) -> outcome.Proof | None:
    """A kernel-checked proof of one step of an expanded claim, or None.

    Raises:
        outcome.Unsupported: the step is outside the kernel's fragment.
    """
    proposal = propose(claim, step)
    return None if proposal is None else accept(proposal)


def propose(claim: Claim, step: Step) -> Proposal | None:
    """A certificate of one step of an expanded claim that the kernel has yet to check, or None.

    Raises:
        outcome.Unsupported: the step is outside the kernel's fragment.
    """
    if step.relation == "=" and not any(assumed.relation == "=" for assumed in claim.assumptions):
        return Proposal(Certificate(claim, step))  # there is nothing to search for
    if step.relation == "~=":
        raise outcome.Unsupported("the kernel does not speak of printed digits")
    try:
        reader = Reader(claim)
        if step.relation == "=":
            return Proposal(Certificate(claim, step, _equalities(reader, difference(reader, step))))
        return _inequality(claim, step, reader, difference(reader, step))
    except Unsupported as error:
        raise outcome.Unsupported(str(error)) from error
    except RecursionError as error:
        raise outcome.Unsupported("a claim that is nested too deeply") from error
    except Rejected:
        return None


@dataclass(frozen=True, slots=True)
class _Column:
    candidate: Candidate
    multiplier: Expr
    statement: Poly  # of the candidate
    product: Poly  # of the multiplier, the statement and the goal's denominators


_Solution = list[tuple[_Column, Fraction]]
_Multiplier = tuple[Expr, Poly]  # as it is written, and times the denominators that the goal is freed of


def _inequality(claim: Claim, step: Step, reader: Reader, goal: Poly) -> Proposal | None:
    known = remainder(reader, goal, ())
    if known.positive or (known.nonnegative and step.relation in ("<=", ">=")):
        return Proposal(Certificate(claim, step), _gap(step, reader, goal, []))
    solution = _combination(claim, (step.left, step.right), reader, goal)
    if solution is None:
        return None
    return Proposal(Certificate(claim, step, _instances(solution)), _gap(step, reader, goal, solution))


def _equalities(reader: Reader, goal: Poly) -> tuple[Instance, ...]:
    """Assumed equalities that add up to the goal, if there are such."""
    if not goal.terms:
        return ()
    found: dict[str, _Column] = {}
    candidates = (Candidate(axiom) for axiom in assumed_candidates(goal, reader) if axiom.hypothesis.relation == "=")
    alone = _add_columns(found, candidates, reader, goal, [(_UNIT, ONE)])
    return _instances(alone or _solve(goal, list(found.values())) or [])


def _combination(
    claim: Claim, sides: tuple[Expr, Expr], reader: Reader, goal: Poly, *, depth: int = 0
) -> _Solution | None:
    """Candidates that add up to the goal; the last resort are instances that rest on such sums themselves."""
    found: dict[str, _Column] = {}
    search, scale = Search(claim, goal, sides), _denominators(goal)
    gap, goal = goal, cancel(goal * scale)
    multipliers: list[_Multiplier] = [(_UNIT, scale), *((m, reader.read(m) * scale) for m in scalar_multipliers(gap))]
    for stage in search.stages():
        solution = _add_columns(found, stage, reader, goal, multipliers) or _solve(
            goal, _presolve(goal, list(found.values()))
        )
        if solution is not None:
            return solution
    if depth == MAX_DEPTH:
        return None

    def shown(difference: Poly) -> tuple[Instance, ...] | None:
        if remainder(reader, difference, ()).nonnegative:
            return ()
        inner = _combination(claim, sides, reader, cancel(difference), depth=depth + 1)
        return None if inner is None else _instances(inner)

    for axiom in _resting(gap, sides, reader, shown):
        alone = _add_columns(found, iter([Candidate(axiom)]), reader, goal, multipliers)
        solution = alone or _solve(goal, _presolve(goal, list(found.values())))
        if solution is not None:
            return solution
    return None


def _denominators(goal: Poly) -> Poly:
    """The positive numbers that terms are divided by: a linear program does not know that a/(1 - a) = 1/(1 - a) - 1."""
    powers: dict[Atom, int] = {}
    for monomial in goal.terms:
        for atom, p in monomial:
            if atom.kind == "sum" and not atom.variables and p.denominator == 1 and atom.range.positive:
                powers[atom] = max(powers.get(atom, 0), -int(p))
    return reduce(Poly.__mul__, [from_atom(atom, p) for atom, p in powers.items() if p > 0], ONE)


def _resting(
    goal: Poly, sides: tuple[Expr, Expr], reader: Reader, shown: Callable[[Poly], tuple[Instance, ...] | None]
) -> Iterator[Axiom]:
    """Instances that rest on others, which `shown` finds, and what takes the root of a square for what is squared."""
    for term, bound in bounds(goal):
        with suppress(Unsupported):
            above, below = shown(bound - term), shown(bound + term)
            if above is not None and below is not None:
                yield Within(to_tree(term), to_tree(bound), above, below)
    for function, smaller, larger in comparisons(goal, sides):
        with suppress(Unsupported):
            premises = shown(reader.read(larger) - reader.read(smaller))
            if premises is not None:
                if isinstance(smaller, Pow):
                    yield Bounded(None, smaller.base, _UNIT, _UNIT)
                yield Monotone(function, smaller, larger, premises)


def _instances(solution: _Solution) -> tuple[Instance, ...]:
    return tuple(Instance(column.candidate.axiom, _scaled(column.multiplier, factor)) for column, factor in solution)


def _scaled(multiplier: Expr, factor: Fraction) -> Expr:
    if multiplier == _UNIT:
        return Number(factor)
    return multiplier if factor == 1 else Mul(Number(factor), multiplier)


def _add_columns(
    found: dict[str, _Column],
    candidates: Iterator[Candidate],
    reader: Reader,
    goal: Poly,
    multipliers: Sequence[_Multiplier],
) -> _Solution | None:
    """Every candidate whose statement the kernel can form, without duplicates, with every multiplier.

    Returns one that is all of the goal by itself, where there is one: the first with a name, and then no others are
    added, else the first without.
    """
    alone: _Solution | None = None
    for candidate in candidates:
        try:
            statement = candidate.axiom.statement(reader)
        except (Unsupported, Rejected):
            continue
        own = [(m, reader.read(m) * multipliers[0][1]) for m in candidate.multipliers]
        for multiplier, factor in (*multipliers, *own) if statement.terms else ():
            product = cancel(factor * statement)
            known = found.get(product.key)
            if known is None or (known.candidate.gap is None and candidate.gap is not None):
                column = found[product.key] = _Column(candidate, multiplier, statement, product)
                share = _share(goal, product)
                if share is not None and candidate.gap is not None:
                    return [(column, share)]
                if share is not None and alone is None:
                    alone = [(column, share)]
        if len(found) > MAX_COLUMNS:
            break
    return alone


def _share(goal: Poly, product: Poly) -> Fraction | None:
    """How often the product goes into the goal, if nothing but a constant that is not negative is left then."""
    monomial = next((m for m in product.terms if not _is_constant(m)), None)
    if monomial is None or monomial not in goal.terms:
        return None
    share = goal.terms[monomial] / product.terms[monomial]
    if share <= 0:
        return None
    rest = constant_lower_bound(goal - product.scale(share))
    return share if rest is not None and rest >= 0 else None


def _is_constant(monomial: Monomial) -> bool:
    if not monomial:
        return True
    atom, power = monomial[0]
    return len(monomial) == 1 and power == 1 and atom.kind == "log" and _constant(atom.data) is not None


def _constant(inner: object) -> Fraction | None:
    return inner.constant() if isinstance(inner, Poly) else None


def _presolve(goal: Poly, columns: list[_Column]) -> list[_Column]:
    """Drop columns with a monomial that the goal lacks and that no column of the opposite sign can cancel."""
    while True:
        signs: dict[Monomial, set[bool]] = {}
        for column in columns:
            for monomial, coefficient in column.product.terms.items():
                signs.setdefault(monomial, set()).add(coefficient > 0)
        dead = {m for m, s in signs.items() if m not in goal.terms and len(s) == 1 and not _is_constant(m)}
        kept = [c for c in columns if dead.isdisjoint(c.product.terms)]
        if len(kept) == len(columns):
            return columns
        columns = kept


def _solve(goal: Poly, columns: list[_Column]) -> _Solution | None:
    """Multipliers with goal - sum multiplier * product = a constant that is not negative."""
    forced: _Solution = []
    while True:
        homes: dict[Monomial, list[_Column]] = {m: [] for m in goal.terms if not _is_constant(m)}
        for column in columns:
            for monomial in column.product.terms:
                if not _is_constant(monomial):
                    homes.setdefault(monomial, []).append(column)
        if not all(homes.values()):
            return None  # what no column has is left over
        only = next(((m, cs[0]) for m, cs in homes.items() if len(cs) == 1), None)
        if only is None:
            break
        monomial, column = only
        share = goal.terms.get(monomial, Fraction(0)) / column.product.terms[monomial]
        if share < 0:
            return None
        columns = [c for c in columns if c is not column]
        if share:
            forced.append((column, share))
            goal = goal - column.product.scale(share)
    if not homes:
        rest = constant_lower_bound(goal)
        return forced if rest is not None and rest >= 0 else None
    free = _linear_program(goal, columns, list(homes))
    return None if free is None else forced + free


def _linear_program(goal: Poly, columns: list[_Column], rows: list[Monomial]) -> _Solution | None:
    constants = list({m: None for p in (goal, *(c.product for c in columns)) for m in p.terms if _is_constant(m)})
    chosen = _float_support(goal, columns, rows, constants)
    if chosen is None:
        return None
    # where the constants are met with nothing to spare, they are equations as well
    for equations in (rows, rows + constants):
        exact = _exact(goal, [columns[i] for i in chosen], equations)
        if exact is None or any(x < 0 for x in exact):
            continue
        solution = [(columns[i], x) for i, x in zip(chosen, exact, strict=True) if x > 0]
        rest = constant_lower_bound(goal - total(column.product.scale(x) for column, x in solution))
        if rest is not None and rest >= 0:
            return solution
    return None


def _float_support(
    goal: Poly, columns: list[_Column], rows: list[Monomial], constants: list[Monomial]
) -> list[int] | None:
    import numpy as np
    from scipy.optimize import linprog

    matrix = np.array([[float(c.product.terms.get(m, 0)) for c in columns] for m in rows])
    right = np.array([float(goal.terms.get(m, 0)) for m in rows])
    values = [log(_constant(m[0][0].data) or 1) if m else 1.0 for m in constants]

    def constant(poly: Poly) -> float:
        return sum(float(poly.terms.get(m, 0)) * v for m, v in zip(constants, values, strict=True))

    bound_row = np.array([[constant(c.product) for c in columns]])
    result = linprog(
        [1.0 if c.candidate.gap is not None else 1.01 for c in columns],
        A_eq=matrix,
        b_eq=right,
        A_ub=bound_row,
        b_ub=[constant(goal) + 1e-9],
        method="highs",
        options={"time_limit": _LP_SECONDS},
    )
    return [i for i, x in enumerate(result.x) if x > _THRESHOLD] if result.status == 0 else None


def _exact(goal: Poly, columns: Sequence[_Column], rows: list[Monomial]) -> list[Fraction] | None:
    """The rational solution of ``sum_j x_j column_j = goal`` on the given rows, free unknowns at zero."""
    n = len(columns)
    system = [[c.product.terms.get(m, Fraction(0)) for c in columns] + [goal.terms.get(m, Fraction(0))] for m in rows]
    pivots: list[int] = []
    for j in range(n):
        at = len(pivots)
        best = next((i for i in range(at, len(system)) if system[i][j]), None)
        if best is None:
            continue
        system[at], system[best] = system[best], system[at]
        lead = system[at][j]
        system[at] = [v / lead for v in system[at]]
        for i, row in enumerate(system):
            if i != at and row[j]:
                factor = row[j]
                system[i] = [v - factor * w for v, w in zip(row, system[at], strict=True)]
        pivots.append(j)
    if any(row[n] for row in system[len(pivots) :]):
        return None
    solution = [Fraction(0)] * n
    for i, j in enumerate(pivots):
        solution[j] = system[i][n]
    return solution


def _gap(step: Step, reader: Reader, goal: Poly, solution: _Solution) -> str:
    """The difference of the two sides as a combination of divergences; empty where the kernel does not confirm it."""
    from proofs.language import to_text

    large, small = ("left", "right") if step.relation in (">=", ">") else ("right", "left")
    total: Expr | None = None
    named = cancel(goal)
    for column, factor in solution:
        gap = column.candidate.gap
        try:
            if gap is None or reader.read(gap) != column.statement:
                raise Rejected("no name")
        except (Unsupported, Rejected):
            kinds = " and ".join(sorted({_REASONS[type(c.candidate.axiom).__name__] for c, _ in solution}))
            return f"{large} - {small} >= 0 by {kinds}"
        term = gap if _scaled(column.multiplier, factor) == _UNIT else Mul(
            _scaled(column.multiplier, factor), gap
        )  # fmt: skip
        total = term if total is None else Add(total, term)
        named = named - reader.read(term)
    if total is None:
        return f"{large} - {small} = {to_text(to_tree(goal))}"
    if named.terms:
        total = Add(total, to_tree(named))
    return f"{large} - {small} = {to_text(total)} >= 0"


_REASONS = {
    "Assumed": "what is assumed",
    "Bounded": "bounds of absolute values",
    "CauchySchwarz": "Cauchy–Schwarz",
    "Counted": "masses being at most one",
    "FenchelYoung": "Fenchel–Young",
    "Gibbs": "Gibbs' inequality",
    "Jensen": "Jensen's inequality",
    "LogBelowLine": "log z <= z - 1",
    "Hellinger": "the Hellinger bounds",
    "Monotone": "monotonicity",
    "MultiSample": "exchangeability of the copies",
    "NonNegative": "the declared ranges",
    "Pinsker": "Pinsker's inequality",
    "PowerMean": "convexity of powers",
    "Tangent": "concavity of log",
    "Weighted": "Jensen's inequality",
    "Within": "bounds of absolute values",
}
