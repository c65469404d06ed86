"""The names that a step uses: which spaces they share, and which variables each part of the step depends on."""

from __future__ import annotations

from proofs.language import tree as t
from proofs.outcome import Unsupported
from proofs.refuters.laws import information_density, own_structure, stem_of

_ARITHMETIC = (t.Add, t.Sub, t.Mul, t.Div, t.Pow, t.Neg, t.Call)
_TRANSPARENT = (
    *_ARITHMETIC,
    t.Step,
    t.Number,
    t.Constant,
    t.Expectation,
    t.Integral,
    t.Entropy,
    t.Variance,
    t.Covariance,
)
#: The divergences that finite models know.
_DIVERGENCES = ("KL", "JSD", "CE", "TV", "chi2", "H2", "renyi", "D_f", "W1")


class Names:
    """One walk over a step: collects its names, unifies spaces, and works out which variables each grid runs over."""

    def __init__(self, claim: t.Claim) -> None:
        self._families, self._functions, self._convex = claim.families(), claim.functions(), claim.convex()
        self._scalars, self._parameters = claim.scalars(), claim.parameters()
        self._parent: dict[str, str] = {}
        self._supports: dict[int, frozenset[str]] = {}
        self.variables: dict[str, t.Variable] = {}
        self.families: dict[str, None] = {}
        self.functions: dict[str, None] = {}
        self.scalars: dict[str, None] = {}
        self.convex: dict[str, None] = {}
        self.differentiated: dict[str, None] = {}
        self.laws: list[t.Law] = []
        self.summed: set[str] = set()
        self.located: set[str] = set()
        self.supports: set[frozenset[str]] = set()

    @property
    def stems(self) -> tuple[str, ...]:
        return tuple(self._parent)

    def root(self, stem: str) -> str:
        self._parent.setdefault(stem, stem)
        while self._parent[stem] != stem:
            stem = self._parent[stem]
        return stem

    def collect(self, node: t.Node) -> None:
        """Register one node; whatever finite models cannot hold is refused here."""
        match node:
            case t.Variable():
                known = self.variables.setdefault(node.name, node)
                if stem_of(known) != stem_of(node):
                    raise Unsupported(f"{node.name} stands for a copy of both {stem_of(known)} and {stem_of(node)}")
                self.root(stem_of(node))
            case t.Density():
                self._collect_density(node)
            case t.Apply() if node.name in self._convex:
                self._collect_convex(node.name, len(node.arguments))
            case t.Apply():
                self._collect_application(node)
            case t.Conjugate():
                self._collect_convex(node.function, 1)
                if self._convex[node.function].concave:
                    raise Unsupported(f"a conjugate of {node.function}, which is concave")
            case t.Information():
                self._collect_density(information_density(node))
            case t.Gradient():
                self._collect_gradient(node)
            case t.Indicator():
                if node.relation not in ("=", "<=", ">=", "<", ">"):
                    raise Unsupported(f"an indicator of {node.relation}")
            case t.Symbol():
                if node.name not in self._scalars and node.name not in self._parameters:
                    raise Unsupported(f"the number {node.name} is not declared")
                self.scalars[node.name] = None
            case t.Law():
                self.laws.append(node)
            case t.Integral(counting=True):
                self.summed.update(stem_of(variable) for variable in node.variables)
            case t.Divergence():
                left, right = ({v.name for v in law.generated} for law in (node.left, node.right))
                if node.kind not in _DIVERGENCES:
                    raise Unsupported(f"finite models have no {node.kind}")
                if left != right:
                    raise Unsupported(f"{node.kind} of laws that generate {sorted(left)} and {sorted(right)}")
                if node.kind == "D_f":
                    self._collect_convex(node.function, 1)
                if node.kind == "W1":
                    if len(left) != 1:
                        raise Unsupported(f"W1 of laws of {len(left)} variables; it is a distance on the line")
                    self.located.add(stem_of(node.left.generated[0]))
            case t.Named():
                raise Unsupported(f"the named law {node.law} fixes its base measure; finite models do not speak of it")
            case t.PushforwardDensity():
                raise Unsupported(f"the density of {node.name} is not one on a finite space")
            case t.Use() | t.IndexSum():
                raise Unsupported("definitions and index sums have to be expanded before a claim is attacked")
            case _ if isinstance(node, _TRANSPARENT):
                pass
            case _:
                raise Unsupported(f"finite models have no {type(node).__name__}")

    def _collect_density(self, node: t.Density) -> None:
        family = self._families.get(node.family)
        if family is None:
            raise Unsupported(f"the family {node.family} is not declared")
        self.families[node.family] = None
        if family.structure is not None and not own_structure(family):
            raise Unsupported(f"{node.family} is declared with a structure that is no product of its own conditionals")
        for stem in family.generated + family.given:
            self.root(stem)
        generated = [stem_of(variable) for variable in node.generated]
        given = [stem_of(variable) for variable in node.given]
        filled = generated + given
        if (
            len(set(filled)) != len(filled)
            or not set(generated) <= set(family.generated)
            or not set(filled) <= set(family.generated + family.given)
            or not set(family.given) <= set(given)
        ):
            declared = ", ".join(family.generated) + (" | " + ", ".join(family.given) if family.given else "")
            asked = ", ".join(generated) + (" | " + ", ".join(given) if given else "")
            raise Unsupported(f"{node.family}({declared}) has no density {node.family}({asked})")

    def _collect_convex(self, name: str, arguments: int) -> None:
        if name not in self._convex:
            raise Unsupported(f"the convex function {name} is not declared")
        if arguments != 1:
            raise Unsupported(f"{name} takes one argument, not {arguments}")
        self.convex[name] = None

    def _collect_gradient(self, node: t.Gradient) -> None:
        name = node.wrt.name
        scalar = self._scalars.get(name)
        if isinstance(node.wrt, t.Variable) or (name not in self._parameters and (scalar is None or scalar.integer)):
            raise Unsupported(f"{name} is no real parameter, and finite models differentiate in nothing else")
        for below in t.walk(node.body):
            if isinstance(below, (t.Gradient, t.Conjugate)):
                raise Unsupported(f"finite models do not differentiate a {type(below).__name__.lower()}")
        self.differentiated[name] = None

    def _collect_application(self, node: t.Apply) -> None:
        function = self._functions.get(node.name)
        if function is None:
            raise Unsupported(f"the function {node.name} is not declared")
        self.functions[node.name] = None
        if len(function.arguments) != len(node.arguments):
            raise Unsupported(f"{node.name} takes {len(function.arguments)} arguments, not {len(node.arguments)}")
        for stem, argument in zip(function.arguments, node.arguments, strict=True):
            if not isinstance(argument, t.Variable):
                raise Unsupported(f"{node.name} is applied to an expression; finite models know it at variables only")
            self._parent[self.root(stem_of(argument))] = self.root(stem)

    def support(self, node: t.Node) -> frozenset[str]:
        """The variables that a node's value depends on; the grid of each subexpression is noted on the way."""
        known = self._supports.get(id(node))
        if known is None:
            known = self._supports[id(node)] = self._support(node)
            self.supports.add(known)
        return known

    def _support(self, node: t.Node) -> frozenset[str]:
        match node:
            case t.Variable():
                self.located.add(stem_of(node))
                return frozenset({node.name})
            case t.Density():
                return frozenset(variable.name for variable in node.generated + node.given)
            case t.Apply() if node.name not in self._convex:
                return frozenset(a.name for a in node.arguments if isinstance(a, t.Variable))
            case t.Expectation() | t.Variance():
                return self._bind(node.law.generated, node.law.density, node.body)
            case t.Covariance():
                return self._bind(node.law.generated, node.law.density, node.left, node.right)
            case t.Information():
                self.supports.add(frozenset(variable.name for variable in information_density(node).generated))
                return frozenset()
            case t.Gradient():
                return self.support(node.body)
            case t.Integral():
                return self._bind(node.variables, node.body)
            case t.Divergence():
                order = frozenset() if node.order is None else self.support(node.order)
                return order | self._bind(node.left.generated, node.left.density, node.right.density)
            case t.Entropy():
                return self._bind(node.law.generated, node.law.density)
            case _:
                return frozenset().union(*(self.support(child) for child in t.children(node)))

    def _bind(self, variables: tuple[t.Variable, ...], *bodies: t.Expr) -> frozenset[str]:
        bound = frozenset(variable.name for variable in variables)
        inside = bound.union(*(self.support(body) for body in bodies))
        self.supports.add(inside)
        return inside - bound
