"""`check_divergence`: a user's implementation of a divergence, held against certified values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from flint import arb

from divergences.families.law import Law
from proofs.conformance import broadcasting, search
from proofs.conformance.grid import Case, cases
from proofs.conformance.implementation import Implementation, OutsideDomain
from proofs.conformance.report import KINDS, ConformanceReport, Finding
from proofs.conformance.target import Target, of_claim, of_pair
from proofs.conformance.truth import Undecided, Value

Point = Mapping[str, float]


def check_divergence(
    function: Callable[..., Any],
    target: Target | tuple[type[Law], type[Law]] | str,
    *,
    library: str = "numpy",
    names: Mapping[str, str] | None = None,
    name: str = "",
    call: Callable[[Point, str], str] | None = None,
    tolerance: float | None = None,
    gradients: bool = True,
    single_precision: bool = True,
    seed: int = 0,
    search_examples: int = 100,
) -> ConformanceReport:
    r"""Holds an implementation of a divergence against certified values where implementations are known to go wrong.

    The grid has nearly equal laws, down to one unit in the last place, extreme scales, offsets, ends of the domains and
    single precision; a search by hypothesis looks for kinds of failure that the grid has not shown. Every value is
    compared with an enclosure in ball arithmetic at the exact floats handed in, gradients with those of the derivative.
    Failing parameters are made as simple as they can be while the failure stays.

    Args:
        function: takes the target's parameters as arrays by keyword, and returns an array of the broadcast shape. It
            may raise `OutsideDomain` at parameters that it declares invalid; they are passed over.
        target: a pair of families (KL of the first from the second, parameters ``loc_p``, ..., ``loc_q``), a claim such
            as ``"KL(Normal(m, s) || Normal(n, r))"`` or a chain of equalities that ends in the formula, or a `Target`.
        library: the array library of the function: ``"numpy"``, ``"torch"`` or ``"jax"``.
        names: the function's keywords for parameters of the target, where they differ.
        name: what the report calls the implementation.
        call: the code that calls the implementation at a point in a dtype, for the lines that reproduce findings.
        tolerance: the relative error that is a finding; the root of the precision's eps where None: half the digits.
        gradients: whether derivatives are checked too; NumPy has none.
        single_precision: whether float32 is, too.
        seed: what the grid and the search are drawn from.
        search_examples: how many points the search tries.

    Returns:
        The report; ``report.raise_if_bad()`` makes a test of it.

    Raises:
        TypeError, ValueError: the arguments do not say what to check.

    >>> from divergences import kl_gaussian
    >>> claim = "KL(Normal(mean_q, std_q) || Normal(mean_p, std_p))"
    >>> check_divergence(kl_gaussian, claim, search_examples=0).ok
    True
    >>> def halved_twice(mean_q, std_q, mean_p, std_p):
    ...     return kl_gaussian(mean_q, std_q, mean_p, std_p) / 2
    >>> check_divergence(halved_twice, claim, search_examples=0).findings[0].kind
    'wrong value'
    """
    wanted = target if isinstance(target, Target) else of_claim(target) if isinstance(target, str) else of_pair(*target)
    implementation = Implementation(function, library, dict(names or {}))
    label = name or getattr(function, "__qualname__", "") or repr(function)
    check = Check(implementation, wanted, call or _default_call(function, implementation, label), tolerance)
    drawn = list(cases(wanted, seed=seed))
    for case in drawn:
        if single_precision or case.dtype == "float64":
            check.hold(case)
    if gradients:
        for case in drawn:
            if case.dtype == "float64" and case.regime in ("moderate", "equal", "boundary", "offset"):
                check.hold_gradient(case)
    check.record(
        broadcasting.findings(implementation, wanted, [c.point for c in drawn if c.regime == "moderate"], check.code)
    )
    search.run(check, examples=search_examples, seed=seed)
    return check.report(f"{label} against {wanted.name}")


def assert_divergence(function: Callable[..., Any], target: Any, **options: Any) -> None:
    """`check_divergence` as a test: raises an AssertionError that is the report unless there are no findings.

    >>> from divergences import kl_gaussian
    >>> assert_divergence(kl_gaussian, "KL(Normal(mean_q, std_q) || Normal(mean_p, std_p))", search_examples=0)
    """
    check_divergence(function, target, **options).raise_if_bad()


@dataclass
class Check:
    """One run: what was compared, and the first and gravest of each kind of finding."""

    implementation: Implementation
    target: Target
    call: Callable[[Point, str], str]
    tolerance: float | None
    found: dict[tuple[str, str], Finding] = field(default_factory=dict)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    worst: dict[str, float] = field(default_factory=dict)
    points: int = 0
    skipped: int = 0

    def hold(self, case: Case) -> None:
        try:
            finding, error = self.judge(case)
        except (Undecided, OutsideDomain):
            self.skipped += 1
            return
        self.points += 1
        if math.isfinite(error):
            regime = case.regime if case.dtype == "float64" else f"{case.regime} in {case.dtype}"
            self.worst[regime] = max(error, self.worst.get(regime, 0.0))
        self.record([finding] if finding else [])

    def judge(self, case: Case) -> tuple[Finding | None, float]:
        """The finding at a point, if there is one, and the relative error of its value.

        Raises:
            Undecided: there is no certified value.
            OutsideDomain: the implementation declares the point invalid.
        """
        exact = self.target.value(case.point)
        try:
            value, dtype = self.implementation.value(case.point, case.dtype)
        except OutsideDomain:
            raise
        except Exception as raised:  # whatever a stranger's code raises is a finding
            return self._finding("error", case, f"{type(raised).__name__}: {raised}"[:140], exact, math.inf), math.inf
        kind, error = judge_value(
            value, exact, case.dtype, self.tolerance, moderate=case.regime in ("moderate", "wide")
        )
        if not kind and dtype != case.dtype:
            kind = "dtype"
        return (
            self._finding(kind, case, dtype if kind == "dtype" else repr(value), exact, error) if kind else None
        ), error

    def hold_gradient(self, case: Case) -> None:
        try:
            if isinstance(self.target.value(case.point), float):
                return
            exact = self.target.gradient(case.point)
            got = self.implementation.gradient(case.point)
        except Exception:
            return
        if got is None or any(isinstance(one, float) for one in exact.values()):
            return
        size = max(float(abs(one).upper()) for one in exact.values())
        for name, certified in exact.items():
            tolerance = self.tolerance or math.sqrt(np.finfo(case.dtype).eps)
            if math.isfinite(got[name]):
                error = float((abs(arb(got[name]) - certified) / arb(size)).upper()) if size else abs(got[name])
                kind = "" if error <= tolerance or case.regime != "moderate" else "lost digits of the gradient"
                kind = "wrong gradient" if kind and error > 1e-3 else kind
            else:
                error, kind = math.inf, "nan gradient"
            if kind:
                finding = self._finding(kind, case, repr(got[name]), certified, error)
                self.record([replace(finding, code=f"{finding.code}, the derivative in {name}")])

    def record(self, findings: list[Finding]) -> None:
        for finding in findings:
            key = finding.kind, finding.dtype
            self.counts[key] += 1
            if key not in self.found or (finding.error > self.found[key].error and math.isfinite(finding.error)):
                self.found[key] = finding

    def _finding(self, kind: str, case: Case, got: str, exact: Value, error: float) -> Finding:
        expected = decimal(exact)
        return Finding(kind, case.regime, case.point, case.dtype, got, expected, error, self.code(case, expected))

    def code(self, case: Case, expected: str) -> str:
        return f"{self.call(case.point, case.dtype)}  # certified: {expected}"

    def report(self, name: str) -> ConformanceReport:
        order = list(KINDS)
        graver = {dtype for kind, dtype in self.found if kind == "wrong value"}
        found = [key for key in self.found if not (key[0] == "lost digits" and key[1] in graver)]
        keys = sorted(found, key=lambda key: (order.index(key[0]), key[1] != "float64"))
        findings = tuple(replace(self.found[key], count=self.counts[key]) for key in keys)
        return ConformanceReport(name, findings, self.points, self.skipped, dict(self.worst))


def judge_value(
    value: float, exact: Value, dtype: str, tolerance: float | None, *, moderate: bool
) -> tuple[str, float]:
    """What is wrong with a value (one of `KINDS`, or nothing) and its relative error."""
    limits = np.finfo(dtype)
    if math.isnan(value):
        return "nan", math.inf
    if isinstance(exact, float) or exact > arb(float(limits.max)):
        if value == math.inf:
            return "", 0.0
        return ("wrong support" if isinstance(exact, float) else "lost digits"), math.inf
    if math.isinf(value):
        return "infinite", math.inf
    if exact == 0 or exact.abs_upper() < arb(2) ** -4000:
        return ("negative" if value < 0 else "nonzero" if value != 0 else ""), 0.0 if value == 0 else math.inf
    size = max(float(exact.abs_upper()), float(limits.smallest_normal))
    error = float((abs(arb(value) - exact) / size).upper())
    if error <= (tolerance or math.sqrt(limits.eps)):
        return "", error
    if value < 0 and exact > 0:
        return "negative", error
    return ("wrong value" if moderate and error > 1e-3 else "lost digits"), error


def decimal(exact: Value) -> str:
    """A certified value to 17 digits."""
    return repr(exact) if isinstance(exact, float) else str(arb(exact).str(17, radius=False))


def _default_call(
    function: Callable[..., Any], implementation: Implementation, label: str
) -> Callable[[Point, str], str]:
    module = getattr(function, "__module__", None) or "__main__"
    made = {"numpy": "numpy.array", "torch": "torch.tensor", "jax": "jax.numpy.array"}[implementation.library]

    def call(point: Point, dtype: str) -> str:
        library = implementation.library
        kind = f"{'jax.numpy' if library == 'jax' else library}.{dtype}"
        arguments = ", ".join(
            f"{implementation.names.get(name, name)}={made}({value!r}, dtype={kind})" for name, value in point.items()
        )
        load = f"import {library}" + ("" if module in ("__main__", "builtins") else f", {module}")
        where = label if module in ("__main__", "builtins") else f"{module}.{label}"
        return f"{load}; print({where}({arguments}))"

    return call
