"""From the tree of a claim to its normal form, a Laurent polynomial over densities, logarithms and integrals.

Two expressions with the same normal form are equal on every model of the claim's declarations on which both are
defined. The converse does not hold: different normal forms say nothing.

The reading of each node is its definition: ``KL(a || b)`` is the integral of ``a * (log a - log b)``, a conditional is
a ratio of joints, ``E_{law}[f]`` the integral of ``law * f`` once the law is seen to integrate to one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import permutations
from typing import Any

from proofs.kernel.copies import NAME, Sample, copies_atom, is_random, mean_atom
from proofs.kernel.definitions import unfold
from proofs.kernel.derivative import Derivative
from proofs.kernel.hypotheses import Meaning, hypotheses
from proofs.kernel.integration import (
    Place,
    density_atom,
    fresh,
    integrate,
    named_atom,
    point_atom,
    rename,
    value_atom,
)
from proofs.kernel.polynomial import (
    NO_VARIABLES,
    NONNEGATIVE,
    ONE,
    POSITIVE,
    REAL,
    Atom,
    Monomial,
    Poly,
    Range,
    Unsupported,
    Var,
    absolute,
    exp,
    from_atom,
    from_monomial,
    log,
    number,
    power,
    total,
)
from proofs.kernel.structure import kernels
from proofs.language.tree import (
    FUNCTIONS,
    Add,
    Apply,
    Call,
    Claim,
    Conjugate,
    Constant,
    Copies,
    Density,
    Div,
    Divergence,
    Expectation,
    Expr,
    Family,
    Function,
    Gradient,
    IndexSum,
    Integral,
    Law,
    Mul,
    Named,
    Neg,
    Number,
    Pow,
    Scalar,
    Sub,
    Symbol,
    Variable,
    Variance,
    walk,
)

Environment = Mapping[str, Var]
EMPTY: Environment = {}
_HALF = Fraction(1, 2)
INFINITE = "kl@"  # p log(p/q) - p + q, where q may vanish and p not
MAX_SYMMETRISED = 4

#: Built-in functions that stay opaque, with the range of their values.
_OPAQUE = {
    "sin": Range(Fraction(-1), Fraction(1), False, False),
    "cos": Range(Fraction(-1), Fraction(1), False, False),
    "Phi": Range(Fraction(0), Fraction(1)),
    "lgamma": REAL,
    "digamma": REAL,
}


#: For each named law the domains of its parameters, whether its variable is counted, and whether it is positive on all
#: of its space, the line. All that the kernel takes from the name is that there the law is a law.
_LAWS: dict[str, tuple[tuple[str, ...], bool, bool]] = {
    **dict.fromkeys(("Normal", "N", "Laplace", "Logistic", "Gumbel", "Cauchy"), (("real", "positive"), False, True)),
    "StudentT": (("positive", "real", "positive"), False, True),
    "LogNormal": (("real", "positive"), False, False),
    "Uniform": (("real", "real"), False, False),
    **dict.fromkeys(("Exponential", "HalfNormal"), (("positive",), False, False)),
    **dict.fromkeys(("Gamma", "InverseGamma", "Beta", "Weibull", "Pareto"), (("positive", "positive"), False, False)),
    **dict.fromkeys(("Bernoulli", "Geometric"), (("a probability",), True, False)),
    "Poisson": (("positive",), True, False),
    "Binomial": (("a count", "a probability"), True, False),
    "NegativeBinomial": (("positive", "a probability"), True, False),
}

_DOMAINS: dict[str, Callable[[Reader, Poly], bool]] = {
    "real": lambda reader, value: True,
    "positive": lambda reader, value: value.range.positive,
    "a probability": lambda reader, value: value.range.positive and (ONE - value).range.positive,
    "a count": lambda reader, value: reader.counts(value),
}


class _Sampling(dict[str, Var]):
    """The environment inside an expectation over copies: indexed means over them may be read."""

    def __init__(self, env: Environment, variable: Variable, sample: Sample):
        super().__init__(env)
        self.variable, self.sample = variable, sample


class _Under(dict[str, Var]):
    """The environment under a law: a monomial of the law's density vanishes wherever a factor in `factors` does."""

    def __init__(self, env: Environment, factors: tuple[frozenset[Atom], ...]):
        super().__init__(env)
        self.factors = factors


class NotNormalised(Unsupported):
    """The law under an expectation or in a divergence does not integrate to one as far as the normal form shows."""

    def __init__(self, law: Law, total: Poly):
        self.law, self.total = law, total
        super().__init__("a law that is not seen to integrate to one")


class Reader:
    """Reads expressions under the declarations of one claim.

    `uses_integrals` tells afterwards whether any integral was read: then the equalities rest on the convention that
    the expectations of a claim are finite; `differentiates`, whether any derivative was.
    """

    def __init__(self, claim: Claim):
        self.assumptions = claim.assumptions
        self.hypotheses = hypotheses(claim)
        self.families: dict[str, Family] = claim.families() | self.hypotheses.structures
        self.functions: dict[str, Function] = claim.functions()
        self.scalars: dict[str, Scalar] = claim.scalars()
        self.discrete = claim.discrete()
        self.parameters = claim.parameters()
        self.convex = claim.convex()
        slots = (slot for family in self.families.values() for slot in family.generated + family.given)
        for name in (*self.families, *self.functions, *self.scalars, *self.parameters, *self.convex, *slots):
            _check_name(name)
        self.uses_integrals = False
        self.differentiates = False
        # D_f is taken with f(1) = 0, wherever f occurs in a claim that speaks of D_f
        divergences = (node for node in walk(claim) if isinstance(node, Divergence)) if self.convex else ()
        self.zero_at_one = {node.function for node in divergences if node.function}
        self._infinite = False  # whether a divergence was read that may be
        self._unfolding: list[str] = []
        self._unnamed: set[bool] = set()  # whether the variables without names are counted
        self._known: dict[tuple[int, int], tuple[Poly, Expr, Environment]] = {}
        self._laws: dict[tuple[int, int], tuple[tuple[Environment, list[Var], Poly], Law, Environment]] = {}

    def read(self, expr: Expr, env: Environment = EMPTY) -> Poly:
        """The normal form; `env` maps the names of bound variables to what they are called inside."""
        key = (id(expr), id(env))
        known = self._known.get(key)
        if known is None:
            # the expression and environment are kept, so that their ids stay theirs
            value = self._read(expr, env)
            if self._infinite:
                self._keep_finite(expr, env)
            known = self._known[key] = (value, expr, env)
        return known[0]

    def _keep_finite(self, expr: Expr, env: Environment) -> None:
        """What may be infinite is added, averaged and multiplied by what is not: exp(-oo) = 0 obeys no strict order."""
        match expr:
            case Pow(base, exponent):
                parts: tuple[Expr, ...] = (base, exponent)
            case Call(_, arguments) | Apply(_, arguments):
                parts = arguments
            case Div(_, part) | Conjugate(_, part):
                parts = (part,)
            case Mul(left, right) if is_infinite(self.read(left, env)):
                parts = (right,)
            case _:
                return
        if any(is_infinite(self.read(part, env)) for part in parts):
            raise Unsupported("a function of a divergence that may be infinite")

    def _read(self, expr: Expr, env: Environment) -> Poly:
        match expr:
            case Number(value):
                if type(value) not in (Fraction, int):
                    raise Unsupported(f"{value!r} is not an exact rational")
                return number(value)
            case Add(left, right):
                return self.read(left, env) + self.read(right, env)
            case Sub(left, right):
                return self.read(left, env) - self.read(right, env)
            case Neg(operand):
                return -self.read(operand, env)
            case Mul(left, right):
                return self.read(left, env) * self.read(right, env)
            case Div(left, right):
                inverse = power(self.read(right, env), Fraction(-1), positive=self.is_positive(right, env))
                return self.read(left, env) * inverse
            case Pow(base, exponent):
                return self._power(base, self.read(exponent, env), env)
            case Call("log", (argument,)):
                return self.log(argument, env)
            case Call("log2", (argument,)):
                return self.log(argument, env) * power(log(number(2)), Fraction(-1))
            case Call("sqrt", (argument,)):
                return self._root(argument, env)
            case Call(function, arguments):
                if len(arguments) != FUNCTIONS.get(function):
                    raise Unsupported(f"the kernel does not know the function {function} of {len(arguments)} arguments")
                return self._call(function, tuple(self.read(a, env) for a in arguments))
            case Constant("pi"):
                return from_atom(Atom("symbol", "pi", "pi", NO_VARIABLES, Range(Fraction(3), Fraction(4))))
            case Symbol(name):
                return self._symbol(name)
            case Variable():
                return from_atom(point_atom(self.variable(expr, env)))
            case Apply(name, arguments):
                return self.apply(name, tuple(self.read(a, env) for a in arguments))
            case Conjugate(name, argument) if name in self.convex:
                return from_atom(value_atom(f"conj@{name}", (self.read(argument, env),), REAL))
            case Density():
                return self._density(expr, env)
            case Named():
                return self._named(expr, env)
            case Integral(variables, body, _):
                inner, bound = self.bind(variables, env)
                self.uses_integrals = True
                return integrate(bound, self.read(body, inner))
            case Expectation(Law(product, (Copies(),)), body):
                drawn: Any = expr.law.generated[0]
                return self._copies(drawn, product, body, env)
            case IndexSum("mean" | "sum" as kind, index, low, high, body) if isinstance(env, _Sampling):
                return self._mean(kind, index, (low, high), body, env)
            case Expectation(law, body):
                inner, bound, density = self.law(law, env)
                return integrate(bound, density * self.read(body, inner))
            case Gradient() if self.assumptions:
                raise Unsupported("a derivative of what is known of one value of its parameter only")
            case Gradient(Symbol(name), body) if name in self.parameters:
                self.differentiates = True
                return Derivative(name, self.families, self.functions).of(self.read(body, env))
            case Divergence(_, left, right):
                if not all(isinstance(v, Variable) for v in (*left.generated, *right.generated)):
                    raise Unsupported("a divergence between laws of copies")
                if {self.variable(v, EMPTY) for v in left.generated} != {
                    self.variable(v, EMPTY) for v in right.generated
                }:
                    raise Unsupported("a divergence between laws of different variables")
                if expr.order is not None and any(isinstance(node, Variable) for node in walk(expr.order)):
                    raise Unsupported("a Rényi divergence whose order depends on a variable")
                if expr.order is not None and not self.is_positive(expr.order, env):
                    raise Unsupported("a Rényi divergence whose order is not provably positive")
                for law in (left, right):
                    self.law(law, env)  # has to be one, although only its density may be read below
                if expr.kind == "KL":
                    return self._relative_entropy(left, right, env)
        definition = unfold(expr)
        if definition is not None:
            return self.read(definition, env)
        raise Unsupported(f"the kernel does not read {type(expr).__name__}")

    def _relative_entropy(self, left: Law, right: Law, env: Environment) -> Poly:
        """KL, by its definition where the second law is positive wherever the first is.

        Else it is the integral of k(p, q) = p log(p/q) - p + q, an opaque function that is never negative, and
        infinite where q alone vanishes.
        """
        definition = unfold(Divergence("KL", left, right))
        assert definition is not None
        inner, bound, density = self.law(left, env)
        other = self.read(right.density, inner)
        if self.is_positive(right.density, inner) or is_supported(other, inner):
            return self.read(definition, env)
        self._infinite = True
        return integrate(bound, from_atom(value_atom(INFINITE, (density, other), NONNEGATIVE)))

    # --- names ---------------------------------------------------------------------------------------------------

    def variable(self, variable: Variable, env: Environment) -> Var:
        stem = variable.stem or variable.name
        found = env.get(variable.name, (stem, variable.name))
        if found[0] != stem:
            raise Unsupported(f"{variable.name} stands for a point of two spaces, {found[0]} and {stem}")
        _check_name(stem)
        _check_name(variable.name)
        return found

    def bind(self, variables: tuple[Variable, ...], env: Environment) -> tuple[Environment, list[Var]]:
        if not all(isinstance(v, Variable) for v in variables):
            raise Unsupported("copies beside other variables, or elsewhere than under an expectation")
        if len({v.name for v in variables}) != len(variables):
            raise Unsupported("a law that generates one variable twice")
        bound = {v.name: fresh(self.variable(v, EMPTY)[0]) for v in variables}
        return _Under({**env, **bound}, env.factors if isinstance(env, _Under) else ()), list(bound.values())

    def law(self, law: Law, env: Environment) -> tuple[Environment, list[Var], Poly]:
        """The law's variables, bound, and its density, which is seen to be non-negative and to integrate to one.

        A law that stands in several places under the same environment is read once: what is read under its variables is
        integrated over them each time, before anything else meets it.
        """
        key = (id(law), id(env))
        known = self._laws.get(key)
        if known is None:
            known = self._laws[key] = (self._law(law, env), law, env)
        return known[0]

    def _law(self, law: Law, env: Environment) -> tuple[Environment, list[Var], Poly]:
        inner, bound = self.bind(law.generated, env)
        density = self.read(law.density, inner)
        if not self.is_nonnegative(law.density, inner):
            raise Unsupported("a law that is not provably non-negative")
        total = self.mass(bound, density)
        if total != ONE:
            raise NotNormalised(law, total)
        self.uses_integrals = True
        own = [frozenset(a for a, p in m if p > 0) for m in density.terms]
        outer = inner.factors if isinstance(inner, _Under) and inner.factors else (frozenset(),)
        return _Under(inner, tuple(a | b for a in outer for b in own)), bound, density

    @staticmethod
    def mass(bound: list[Var], density: Poly) -> Poly:
        """The integral over all bound variables: at once, or in another way where that leaves a constant.

        One after the other (Tonelli) also sees that r(x) g(x, z) / int_{z}[g(x, z)] has mass one. Averaged over the
        exchanges of copies, which are names for the same thing under the integral, f(x)/(f(x) + f(x')) has mass 1/2.
        """
        whole = integrate(bound, density)
        if whole.constant() is None:
            iterated = density
            for variable in reversed(bound):
                iterated = integrate([variable], iterated)
            for other in (iterated, integrate(bound, _symmetrised(bound, density))):
                if other.constant() is not None:
                    return other
        return whole

    def log(self, expr: Expr, env: Environment) -> Poly:
        """log of a provably positive expression, taken apart at written products, quotients and powers of such."""
        match expr:
            case Mul(left, right) | Div(left, right) if self.is_positive(left, env) and self.is_positive(right, env):
                a, b = self.log(left, env), self.log(right, env)
                return a + b if isinstance(expr, Mul) else a - b
            case Pow(base, exponent) if self.is_positive(base, env):
                return self.read(exponent, env) * self.log(base, env)
        argument = self.read(expr, env)
        if self._infinite and is_infinite(argument):
            raise Unsupported("the logarithm of a divergence that may be infinite")
        return log(argument, positive=self.is_positive(expr, env) or is_supported(argument, env))

    def is_positive(self, expr: Expr, env: Environment) -> bool:
        """Whether it is seen, as written or by its range, that the expression is positive wherever it is defined."""
        match expr:
            case Add(left, right):
                if self.is_nonnegative(left, env) and self.is_nonnegative(right, env):
                    if self.is_positive(left, env) or self.is_positive(right, env):
                        return True
            case Mul(left, right) | Div(left, right):
                if self.is_positive(left, env) and self.is_positive(right, env):
                    return True
            case Pow(base, _):
                if self.is_positive(base, env):
                    return True
            case Call("min", (left, right)) if self.is_positive(left, env) and self.is_positive(right, env):
                return True
        return self.read(expr, env).range.positive

    def is_nonnegative(self, expr: Expr, env: Environment) -> bool:
        """The same for non-negative ones: squares, and what is a mean of squares by definition, are."""
        match expr:
            case Variance() | Divergence("TV" | "chi2" | "H2"):
                return True
            case Expectation(Law(_, generated) as law, body) if not any(isinstance(v, Copies) for v in generated):
                if self.is_nonnegative(body, self.law(law, env)[0]):
                    return True
            case Call("min", (left, right)) if self.is_nonnegative(left, env) and self.is_nonnegative(right, env):
                return True
            case Add(left, right) | Mul(left, right) | Div(left, right):
                if self.is_nonnegative(left, env) and self.is_nonnegative(right, env):
                    return True
            case Pow(base, exponent):
                if exponent == Number(Fraction(2)) or self.is_nonnegative(base, env):
                    return True
        return self.read(expr, env).range.nonnegative

    # --- copies --------------------------------------------------------------------------------------------------

    def _copies(self, copies: Copies, density: Expr, body: Expr, env: Environment) -> Poly:
        """E over z_1..z_k of a function of means over the copies (`proofs.kernel.copies`)."""
        if any(v[1] == NAME for v in env.values()):
            raise Unsupported("copies of copies")
        if not isinstance(density, IndexSum) or density.kind != "prod":
            raise Unsupported("copies that are not independent draws from one law")
        one, number = self.read(copies.low, env), self.read(copies.high, env)
        if (self.read(density.low, env), self.read(density.high, env)) != (one, number) or one != ONE:
            raise Unsupported("copies that are not numbered from one to k, as their law is")
        if not self.counts(number):
            raise Unsupported("a number of copies that is not provably a whole number of at least one")
        prefix = f"{copies.variable.name}_"
        nodes = (*walk(density), *walk(body))
        indices = {node.index for node in nodes if isinstance(node, IndexSum)}
        if not all(index.isidentifier() for index in indices):
            raise Unsupported("an index that is no word, and could be the number of a copy")
        for node in nodes:
            if isinstance(node, Variable) and node.name.startswith(prefix) and node.name[len(prefix) :] not in indices:
                raise Unsupported(f"{node.name}, a single one of the copies of {copies.variable.name}")
        stem = self.variable(copies.variable, EMPTY)[0]
        copy = (stem, NAME)
        inner = {**env, _ith(copies.variable, density.index, density.body): copy}
        law = self.read(density.body, inner)
        if not self.is_nonnegative(density.body, inner) or self.mass([copy], law) != ONE:
            raise Unsupported("copies of a law that is not seen to integrate to one")
        self.uses_integrals = True
        sampling = _Sampling(env, copies.variable, Sample(number, copy, law))
        return total(self._mean_of(sampling.sample, m).scale(c) for m, c in self.read(body, sampling).terms.items())

    @staticmethod
    def _mean_of(sample: Sample, monomial: Monomial) -> Poly:
        random = tuple(f for f in monomial if is_random(sample, f[0]))
        fixed = from_monomial(tuple(f for f in monomial if f not in random))
        if not random:
            return fixed
        if len(random) == 1 and random[0][0].kind == "mean" and random[0][1] == 1:
            return fixed * integrate([sample.variable], sample.density * random[0][0].data[1])
        return fixed * from_atom(copies_atom(sample, random))

    def _mean(self, kind: str, index: str, ends: tuple[Expr, Expr], body: Expr, env: _Sampling) -> Poly:
        sample = env.sample
        if (self.read(ends[0], env), self.read(ends[1], env)) != (ONE, sample.number):
            raise Unsupported("an index that does not run over all the copies")
        value = self.read(body, {**env, _ith(env.variable, index, body): sample.variable})
        mean = from_atom(mean_atom(sample, value)) if sample.variable in value.variables else value
        return mean if kind == "mean" else sample.number * mean

    def counts(self, number: Poly) -> bool:
        """Whether the number is provably whole and at least one: a sum of multiples of declared integers and ones."""
        for monomial, coefficient in number.terms.items():
            whole = all(
                a.key[0] == "$" and p > 0 and p == int(p) and a.data in self.scalars and self.scalars[a.data].integer
                for a, p in monomial
            )
            if not whole or coefficient.denominator != 1:
                return False
        low = number.range.low
        return low is not None and low >= 1

    def _symbol(self, name: str) -> Poly:
        if name in self.parameters:
            return from_atom(Atom("symbol", name, f"${name}", NO_VARIABLES, REAL))
        scalar = self.scalars.get(name)
        if scalar is None:
            raise Unsupported(f"the number {name} is not declared")
        if name in self.hypotheses.meanings:
            if scalar.integer:
                raise Unsupported(f"{name} is an integer, and assumed to be something else")
            return self._unfolded(name, (), scalar)
        values = Range(scalar.low, scalar.high, not scalar.closed[0], not scalar.closed[1])
        return from_atom(Atom("symbol", name, f"${name}", NO_VARIABLES, values))

    def apply(self, name: str, arguments: tuple[Poly, ...]) -> Poly:
        if name in self.convex:
            if name in self.zero_at_one and arguments == (ONE,):
                return number(0)
            return from_atom(value_atom(f"@{name}", arguments, REAL))
        function = self.functions.get(name)
        if function is None:
            raise Unsupported(f"the function {name} is not declared")
        if name in self.hypotheses.meanings:
            if function.integrable or not all(is_point(a) for a in arguments):
                raise Unsupported(f"{name}, which is assumed to be something else, of something that is no variable")
            return self._unfolded(name, tuple(next(iter(a.variables)) for a in arguments), function)
        values = Range(function.low, function.high, not function.closed[0], not function.closed[1])
        return from_atom(value_atom(f"@{name}", arguments, values))

    def _unfolded(self, name: str, at: tuple[Var, ...], declared: Scalar | Function | Family) -> Poly:
        """What a name is assumed to be, at some points; seen to be of the declared kind."""
        meaning = self.hypotheses.meanings[name]
        if name in self._unfolding:
            raise Unsupported(f"{name} is assumed to be something that is made of it")
        self._unfolding.append(name)
        try:
            return self._unfold(
                name, meaning, dict(zip((v.name for v in meaning.arguments), at, strict=True)), declared
            )
        finally:
            self._unfolding.pop()

    def _unfold(self, name: str, meaning: Meaning, env: Environment, declared: Scalar | Function | Family) -> Poly:
        value = self.read(meaning.body, env)
        if not value.variables <= set(env.values()):
            raise Unsupported(f"{name} is assumed to be something that depends on more than its arguments")
        ends = () if isinstance(declared, Family) else zip((declared.low, declared.high), declared.closed, strict=True)
        for sign, (end, closed) in zip((1, -1), ends, strict=False):
            if end is not None:
                gap = meaning.body if end == 0 else Sub(meaning.body, Number(end))
                seen = self.is_nonnegative if closed else self.is_positive
                if not seen(gap if sign > 0 else Neg(gap), env):
                    raise Unsupported(f"{name} is assumed to be something that is not seen to lie in its range")
        return value

    # --- densities -----------------------------------------------------------------------------------------------

    def _density(self, node: Density, env: Environment) -> Poly:
        family = self.families.get(node.family)
        if family is None:
            raise Unsupported(f"the family {node.family} is not declared")
        places = [(v.stem or v.name, self.variable(v, env)) for v in (*node.generated, *node.given)]
        slots = [slot for slot, _ in places]
        if len(set(slots)) != len(slots) or len({v for _, v in places}) != len(places):
            raise Unsupported(f"{node.family} has a slot that is filled twice, or a variable that fills two slots")
        generated = places[: len(node.generated)]
        behind = places[len(node.generated) :]
        given = [place for place in behind if place[0] in family.given]
        conditioned = [place for place in behind if place[0] in family.generated]
        if len(given) + len(conditioned) != len(behind) or not all(s in family.generated for s, _ in generated):
            raise Unsupported(f"{node.family} is used with a slot that it does not have")
        if {slot for slot, _ in given} != set(family.given):
            raise Unsupported(f"the conditional family {node.family} is used as a marginal of what it is given")
        values = POSITIVE if family.positive else NONNEGATIVE

        joint = self._joint(family, generated + conditioned, given, values)
        if not conditioned:
            return joint
        if not family.positive:
            raise Unsupported(f"a conditional of {family.name}, which may vanish")
        return joint * power(self._joint(family, conditioned, given, values), Fraction(-1), positive=True)

    def _joint(self, family: Family, generated: list[Place], given: list[Place], values: Range) -> Poly:
        """The joint density of some slots: one atom, or the integral of the product that the family is made as."""
        defined = self.hypotheses.meanings.get(family.name)
        if family.structure is None and defined is None:
            return from_atom(density_atom(family.name, generated, given, values))
        at = dict(generated + given)
        hidden = {slot: fresh(slot) for slot in family.generated if slot not in at}
        at |= hidden
        if defined is not None:
            self.uses_integrals = True
            return integrate(hidden.values(), self._law_assumed(family, defined, at))
        product = ONE
        for front, behind in kernels(family):
            places = [(s, at[s]) for s in front], [(s, at[s]) for s in behind]
            product = product * from_atom(density_atom(family.name, *places, values))
        self.uses_integrals = self.uses_integrals or bool(hidden)
        return integrate(hidden.values(), product)

    def _law_assumed(self, family: Family, defined: Meaning, at: dict[str, Var]) -> Poly:
        """The density that a family is assumed to be, which is one, given all that it is given."""
        places = [v.stem or v.name for v in defined.arguments]
        density = self._unfolded(family.name, tuple(at[slot] for slot in places), family)
        env = {v.name: at[slot] for v, slot in zip(defined.arguments, places, strict=True)}
        if not (self.is_positive if family.positive else self.is_nonnegative)(defined.body, env):
            raise Unsupported(f"{family.name} is assumed to be something that is not seen to be positive")
        drawn = {at[slot]: fresh(slot) for slot in family.generated}
        if self.mass(list(drawn.values()), rename(density, drawn)) != ONE:
            raise Unsupported(f"{family.name} is assumed to be something that is not seen to integrate to one")
        return density

    def _named(self, node: Named, env: Environment) -> Poly:
        """The density of a named law: known are its variable, where it is positive, and that its mass is one."""
        variable = self.variable(node.variable, env)
        parameters = tuple(self.read(p, env) for p in node.parameters)
        law = node.law
        domains, counted, everywhere = _LAWS.get(law, ("", False, False))
        if len(parameters) != len(domains):
            raise Unsupported(f"the kernel does not know the law {law} of {len(parameters)} parameters")
        if variable[0] != "_" and counted != (variable[0] in self.discrete):
            raise Unsupported(f"{law} of a variable whose base measure is another")
        self._unnamed |= {counted} if variable[0] == "_" else set()
        if len(self._unnamed) > 1:
            raise Unsupported("laws of whole and of real numbers, of variables without names")
        for parameter, domain in zip(parameters, domains, strict=True):
            if not _DOMAINS[domain](self, parameter):
                raise Unsupported(f"a parameter of {law} that is not seen to be {domain}")
        if law == "N":
            law, parameters = "Normal", (parameters[0], power(parameters[1], _HALF))
        if law == "Uniform" and not (parameters[1] - parameters[0]).range.positive:
            raise Unsupported("a Uniform law whose ends are not provably in order")
        return from_atom(named_atom(law, variable, parameters, POSITIVE if everywhere else NONNEGATIVE))

    # --- functions and divergences -------------------------------------------------------------------------------

    def _power(self, base: Expr, exponent: Poly, env: Environment) -> Poly:
        constant = exponent.constant()
        if constant is None:
            return exp(exponent * self.log(base, env))
        return power(self.read(base, env), constant, positive=self.is_positive(base, env))

    def _root(self, argument: Expr, env: Environment) -> Poly:
        """sqrt, a number only where its argument is not negative; a product is taken apart if that is seen of each."""
        match argument:
            case Pow(base, exponent) if exponent == Number(Fraction(2)):
                return absolute(self.read(base, env))
            case Mul(left, right) if self.is_nonnegative(left, env) and self.is_nonnegative(right, env):
                return self._root(left, env) * self._root(right, env)
        read = self.read(argument, env)
        if len(read.terms) == 1 and not read.range.nonnegative:
            return from_atom(value_atom("sqrt", (read,), NONNEGATIVE))
        return power(read, _HALF, nonnegative=True)

    def _call(self, function: str, arguments: tuple[Poly, ...]) -> Poly:
        first = arguments[0]
        if function == "exp":
            return exp(first)
        if function == "sigmoid":
            return power(ONE + exp(-first), Fraction(-1))
        if function == "softplus":
            return log(ONE + exp(first))
        if function == "abs":
            return absolute(first)
        if function in ("min", "max"):
            second, distance = arguments[1], absolute(first - arguments[1])
            return (first + second + (distance if function == "max" else -distance)).scale(_HALF)
        if function in _OPAQUE:
            return from_atom(value_atom(function, arguments, _OPAQUE[function]))
        raise Unsupported(f"the kernel does not know the function {function}")


def _ith(variable: Variable, index: str, body: Expr) -> str:
    """The name of the i-th copy in the body of an index sum; nothing else in there may depend on the index."""
    name = f"{variable.name}_{index}"
    for node in walk(body):
        indexed = isinstance(node, Variable) and node.name != name and node.name.rstrip("'").endswith(f"_{index}")
        if indexed or (isinstance(node, Symbol) and node.name == index):
            raise Unsupported(f"a term of an index sum that depends on {index} otherwise than by {name}")
    return name


def is_infinite(poly: Poly) -> bool:
    """Whether a divergence that may be infinite is a part of this."""
    return any(
        (atom.kind == "value" and atom.data[0] == INFINITE) or any(is_infinite(from_monomial(m)) for m in atom.inside)
        for monomial in poly.terms
        for atom, _ in monomial
    )


def is_supported(poly: Poly, env: Environment) -> bool:
    """Whether the polynomial is positive wherever the law that the environment stands under is.

    Its logarithm then has a value almost everywhere; what it would be elsewhere, say zero, no expectation depends on.
    """
    if not isinstance(env, _Under) or not env.factors or not poly.terms:
        return False
    if not all(c > 0 and all(a.range.nonnegative for a, _ in m) for m, c in poly.terms.items()):
        return False
    vanishing = [[a for a, _ in m if not a.range.positive] for m in poly.terms]
    return all(any(all(_vanishes_with(f, a) for a in v) for v in vanishing) for f in env.factors)


def _vanishes_with(factors: frozenset[Atom], atom: Atom) -> bool:
    """Whether one of the factors is zero wherever the atom is, almost everywhere: itself, or a joint density of it."""
    if atom in factors:
        return True
    if atom.kind != "density":
        return False
    family, generated, given = atom.data
    return any(
        f.kind == "density" and f.data[0] == family and f.data[2] == given and set(generated) <= set(f.data[1])
        for f in factors
    )


def is_point(poly: Poly) -> bool:
    """Whether this is a variable, used as a number or handed to a function."""
    if len(poly.terms) != 1:
        return False
    ((monomial, coefficient),) = poly.terms.items()
    return coefficient == 1 and len(monomial) == 1 and monomial[0][0].kind == "point" and monomial[0][1] == 1


def _symmetrised(bound: list[Var], poly: Poly) -> Poly:
    """The mean over all permutations of bound variables of one stem; the polynomial itself where they are many."""
    for stem in {v[0] for v in bound}:
        copies = [v for v in bound if v[0] == stem]
        if 1 < len(copies) <= MAX_SYMMETRISED:
            orders = list(permutations(copies))
            poly = total(rename(poly, dict(zip(copies, order, strict=True))) for order in orders)
            poly = poly.scale(Fraction(1, len(orders)))
    return poly


def _check_name(name: str) -> None:
    """Names are words and primes: no name can imitate a bound variable, or the punctuation of a key."""
    if not name.replace("'", "").isidentifier():
        raise Unsupported(f"{name!r} is not a name")
