"""Whether the trees of a certificate mean what they print as.

A claim that was read has names that are what they look like: a number is not called ``x`` where a variable is, ``z``
does not fit the slot of another variable. A file from elsewhere need not keep to that, and then a true statement could
be printed as another one. What is checked here makes the printed statement the one that the kernel was asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from itertools import pairwise
from typing import Any

from proofs.kernel import Certificate
from proofs.language import tree as t
from proofs.language.laws import LAWS, parameters_of
from proofs.language.names import stem
from proofs.language.text import factors

_NAME = re.compile(r"[^\W\d_]\w*'*")
_KINDS = ("KL", "JSD", "CE", "TV", "chi2", "H2", "renyi", "D_f", "W1", "W2")


def reason_for_doubt(certificate: Certificate) -> str:
    """Why what the certificate prints as may not be what it says; empty where it is.

    >>> from proofs import check
    >>> reason_for_doubt(check("KL(p(x) || q(x)) >= 0").steps[0].proof.certificate)
    ''
    """
    return next(_doubts(certificate), "")


def _doubts(certificate: Certificate) -> Iterator[str]:
    claim = certificate.claim
    yield from _declarations(claim)
    found = list(_parts(certificate))
    variables = {node.name for node in found if isinstance(node, t.Variable)}
    for node in found:
        name = getattr(node, "name", None)
        if isinstance(name, str) and not isinstance(node, t.Constant) and not _NAME.fullmatch(name):
            if not (isinstance(node, t.Variable) and name == "_"):
                yield f"{name!r:.80} is not a name"
        if isinstance(node, t.Symbol) and node.name in variables:
            yield f"{node.name} is the name of a variable and of a number"
        if not _plain(node, claim):
            yield f"a {type(node).__name__} that is not written in the claim language, or not as it prints"


def _parts(certificate: Certificate) -> Iterator[t.Node]:
    """Every node of the claim, of the step, and of the arguments of the instances."""
    stack: list[Any] = [certificate]
    while stack:
        top = stack.pop()
        if isinstance(top, t.Node):
            yield top
        if isinstance(top, tuple):
            stack.extend(top)
        elif is_dataclass(top):
            stack.extend(getattr(top, field.name) for field in fields(top))


def _declarations(claim: t.Claim) -> Iterator[str]:
    names: set[str] = set()
    parameters = claim.parameters()
    for declaration in claim.declarations:
        if isinstance(declaration, t.Discrete):
            continue
        if declaration.name in names:
            yield f"{declaration.name} is declared twice"
        names.add(declaration.name)
        if isinstance(declaration, (t.Family, t.Function)):
            core = declaration.name.rstrip("'") + "_"
            if declaration.parameters != tuple(sorted(p for p in parameters if f"_{p}_" in core)):
                yield f"{declaration.name} depends on other parameters than its name says"
        if isinstance(declaration, t.Function) and declaration.integrable:
            if declaration.low != 0 or declaration.high is not None or any(declaration.closed):
                yield f"the measure {declaration.name} has a range"
    if claim.definitions:
        yield "the claim still has definitions"


def _plain(node: t.Node, claim: t.Claim) -> bool:
    """Whether the node, apart from what is below it, is one that prints as itself."""
    match node:
        case t.Variable(name, of):
            return name == "_" or (bool(of) and stem(name, {of}.__contains__) == of)
        case t.Constant(name):
            return name in ("pi", "oo")
        case t.Call(function, arguments):
            return t.FUNCTIONS.get(function) == len(arguments)
        case t.Apply(name, arguments):
            declared = claim.functions().get(name)
            return len(arguments) == (len(declared.arguments) if declared else name in claim.convex())
        case t.Density(name, generated, _):
            family = claim.families().get(name)
            slots = {v.stem or v.name for v in generated}
            return family is not None and bool(slots) and slots <= {*family.generated}
        case t.Named(law, _, parameters):
            return law in LAWS and parameters_of(law, len(parameters)) is not None
        case t.Law(density, generated):
            return _generates(density, generated)
        case t.Divergence(kind, left, right, order, function):
            alone = (order is not None, bool(function)) == (kind == "renyi", kind == "D_f")
            return kind in _KINDS and alone and set(left.generated) == set(right.generated)
        case t.Chain(steps):
            return bool(steps) and all(a.right == b.left for a, b in pairwise(steps))
        case t.Information(_, first, second, _):
            return bool(first) and bool(second)
        case t.Integral(variables, _, counting):
            return {(v.stem or v.name) in claim.discrete() for v in variables} == {counting}
        case t.IndexSum(kind, index, _, _, _):
            return kind in t.INDEX_SUMS and _NAME.fullmatch(index) is not None
        case t.Step(_, relation, _):
            return relation in t.RELATIONS and (node.reason.isprintable() or not node.reason)
        case t.Comparison(_, relation, _) | t.Indicator(_, relation, _):
            return relation in t.RELATIONS
        case t.Optimum(kind, _, _, _):
            return kind in ("max", "min")
    return True


def _generates(density: t.Expr, generated: tuple[t.Variable, ...]) -> bool:
    """Whether a product of densities generates just what its factors do; a mixture is the kernel's to normalise."""
    made: list[t.Variable] = []
    for factor in factors(density):
        if isinstance(factor, t.Density):
            made += factor.generated
        elif isinstance(factor, t.Named):
            made.append(factor.variable)
        else:
            return bool(generated)
    return len(made) == len(generated) and set(made) == set(generated)
