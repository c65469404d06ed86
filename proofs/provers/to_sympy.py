"""A closed-form expression as a sympy expression: integrals by the tables of `moments`, densities by their formulas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from proofs.certifier.laws import definition, log_density
from proofs.certifier.scope import free_names, substitute
from proofs.certifier.sums import counted
from proofs.certifier.transport import transport
from proofs.kernel.definitions import unfold
from proofs.language import tree as t
from proofs.language.text import to_text
from proofs.outcome import Unsupported
from proofs.provers import law_moments, moments
from proofs.provers.inverses import in_support, inverses

MAX_TERMS = 2000

_FUNCTIONS = {
    "log": sp.log,
    "log2": lambda x: sp.log(x) / sp.log(2),
    "exp": sp.exp,
    "sqrt": sp.sqrt,
    "abs": sp.Abs,
    "sin": sp.sin,
    "cos": sp.cos,
    "sigmoid": lambda x: 1 / (1 + sp.exp(-x)),
    "softplus": lambda x: sp.log(1 + sp.exp(x)),
    "lgamma": sp.loggamma,
    "digamma": sp.digamma,
    "Phi": lambda x: (1 + sp.erf(x / sp.sqrt(2))) / 2,
    "min": sp.Min,
    "max": sp.Max,
}


@dataclass(frozen=True)
class Names:
    """What the names of an expression are as symbols.

    Args:
        symbols: the free names.
        pushforwards: the declared random variables.
        supports: the support of the law of each bound variable; None is infinite.
    """

    symbols: Mapping[str, sp.Expr]
    pushforwards: Mapping[str, t.Pushforward]
    supports: Mapping[str, tuple[sp.Expr | None, sp.Expr | None]]

    def bind(self, name: str, symbol: sp.Expr, support: tuple[sp.Expr | None, sp.Expr | None] = (None, None)) -> Names:
        """The names inside an integral."""
        return replace(self, symbols={**self.symbols, name: symbol}, supports={**self.supports, name: support})


def scalar_symbol(scalar: t.Scalar) -> sp.Symbol:
    """A symbol that is assumed what its declared domain says, as far as sympy's assumptions go."""
    assumptions: dict[str, bool] = {"integer": True} if scalar.integer else {"real": True}
    if scalar.low is not None and scalar.low >= 0:
        strict = scalar.low > 0 or not scalar.closed[0]
        assumptions["positive" if strict else "nonnegative"] = True
    elif scalar.high is not None and scalar.high <= 0:
        strict = scalar.high < 0 or not scalar.closed[1]
        assumptions["negative" if strict else "nonpositive"] = True
    return sp.Symbol(scalar.name, **assumptions)


def names_of(claim: t.Claim, names: frozenset[str], *, positive: frozenset[str] = frozenset()) -> Names:
    """Symbols for some free names of a claim; the variables in `positive` are known to be so."""
    scalars = claim.scalars()
    symbols = {name: scalar_symbol(scalars.get(name, t.Scalar(name))) for name in names}
    symbols |= {name: sp.Symbol(name, positive=True) for name in positive & names}
    return Names(symbols, claim.pushforwards(), {})


def convert(expr: t.Expr, names: Names) -> sp.Expr:
    """The expression in symbols.

    Raises:
        Unsupported: where no table or formula applies.
    """
    match expr:
        case t.Number(value):
            return sp.Rational(value.numerator, value.denominator)
        case t.Constant("pi"):
            return sp.pi
        case t.Symbol(name) | t.Variable(name):
            if name not in names.symbols:
                raise Unsupported(f"{name} has no symbol")
            return names.symbols[name]
        case t.Add(left, right):
            return convert(left, names) + convert(right, names)
        case t.Sub(left, right):
            return convert(left, names) - convert(right, names)
        case t.Mul(left, right):
            return convert(left, names) * convert(right, names)
        case t.Div(left, right):
            return convert(left, names) / convert(right, names)
        case t.Pow(base, exponent):
            power = convert(exponent, names)
            if power.is_number and abs(power) > 64:
                raise Unsupported("a power too large to be expanded")
            return convert(base, names) ** power
        case t.Neg(operand):
            return -convert(operand, names)
        case t.Call("log", (argument,)):
            return log_of(argument, names)
        case t.Call(function, arguments):
            return _FUNCTIONS[function](*(convert(argument, names) for argument in arguments))
        case t.Named():
            return sp.exp(log_of(expr, names)) if expr.law != "Uniform" else _uniform(expr, names)
        case t.PushforwardDensity():
            return sp.exp(log_of(expr, names))
        case t.Expectation(law, body):
            return _expectation(law, body, names)
        case t.Entropy(law):
            return _expectation(law, -t.Call("log", (law.density,)), names)
        case t.Divergence("KL" | "CE" as kind, left, right):
            q = right.density
            for old, new in zip(right.generated, left.generated, strict=True):
                q = substitute(q, old.name, new)
            ratio = -t.Call("log", (q,))
            return _expectation(left, t.Call("log", (left.density,)) + ratio if kind == "KL" else ratio, names)
        case t.Divergence("chi2" | "H2" | "renyi"):
            return _ratio_moment(expr, names)
        case t.Divergence("W1" | "W2"):
            return convert(transport(expr), names)
        case t.Variance() | t.Covariance():
            definition_of = unfold(expr)
            assert definition_of is not None
            return convert(definition_of, names)
        case t.Indicator(t.Variable(name) as point, "=", t.Number() as value) if isinstance(
            names.symbols[name], sp.Dummy
        ):
            return sp.KroneckerDelta(convert(point, names), convert(value, names))
        case t.Gradient(wrt, body):
            point = convert(wrt, names)
            if not isinstance(point, sp.Symbol):
                raise Unsupported(f"a derivative in {wrt.name}")
            return sp.diff(convert(body, names), point)
        case t.Integral((variable,), body, _):
            return _integral(variable.name, body, names)
        case _:
            raise Unsupported(f"no closed form of `{to_text(expr)}` is known here")


def log_of(expr: t.Expr, names: Names) -> sp.Expr:
    """The logarithm, taken apart over products of densities: log densities are what the tables speak of."""
    match expr:
        case t.Named("Normal" | "N", variable):
            location, std = _normal(expr, names)
            x = convert(variable, names)
            return -(((x - location) / std) ** 2) / 2 - sp.log(std) - sp.log(2 * sp.pi) / 2
        case t.Named(law) if law != "Uniform":
            _require_support(expr, names)
            return convert(log_density(expr), names)
        case t.PushforwardDensity(name, argument):
            return _pushforward(name, convert(argument, names), names)
        case t.Mul(left, right) if _density(left) or _density(right):
            return log_of(left, names) + log_of(right, names)
        case t.Div(left, right) if _density(left) or _density(right):
            return log_of(left, names) - log_of(right, names)
        case _:
            return sp.log(convert(expr, names))


def _density(expr: t.Expr) -> bool:
    if isinstance(expr, (t.Mul, t.Div)):
        return _density(expr.left) or _density(expr.right)
    return isinstance(expr, (t.Named, t.PushforwardDensity))


def _normal(law: t.Named, names: Names) -> tuple[sp.Expr, sp.Expr]:
    if law.law not in ("Normal", "N"):
        raise Unsupported(f"{law.law} in place of a normal law")
    location, spread = (convert(parameter, names) for parameter in law.parameters)
    std = spread if law.law == "Normal" else sp.sqrt(spread)
    if not std.is_positive:
        raise Unsupported(f"the scale {spread} is not positive by its form")
    return location, std


def _uniform(law: t.Named, names: Names) -> sp.Expr:
    """1/(high - low), where the variable's own support lies inside."""
    low, high = (convert(parameter, names) for parameter in law.parameters)
    if not _holds((low, high), names.supports.get(law.variable.name, (None, None))):
        raise Unsupported("a uniform density at points that may lie outside its support")
    return 1 / (high - low)


def support_of(law: t.Named, names: Names) -> tuple[sp.Expr | None, sp.Expr | None]:
    """The ends of the support of a named law; None is infinite."""
    if law.law in ("Normal", "N"):
        return None, None
    ends = law.parameters if law.law == "Uniform" else definition(law.law).support(*law.parameters)
    low, high = (end and convert(end, names) for end in ends)
    return low, high


def _holds(outer: tuple[sp.Expr | None, sp.Expr | None], inner: tuple[sp.Expr | None, sp.Expr | None]) -> bool:
    """Whether one interval certainly holds another; None is infinite."""
    below = outer[0] is None or (inner[0] is not None and (inner[0] - outer[0]).is_nonnegative)
    above = outer[1] is None or (inner[1] is not None and (outer[1] - inner[1]).is_nonnegative)
    return bool(below and above)


def _require_support(law: t.Named, names: Names) -> None:
    """Refuse a density at a bound variable that may leave its support; a free one ranges over the support."""
    name = law.variable.name
    if isinstance(names.symbols.get(name), sp.Dummy):
        if not _holds(support_of(law, names), names.supports.get(name, (None, None))):
            raise Unsupported(f"the density of {law.law} at points that may lie outside its support")


# --- integrals -------------------------------------------------------------------------------------------------------


def _expectation(law: t.Law, body: t.Expr, names: Names) -> sp.Expr:
    factors = _factors(law.density)
    generated = {variable.name for variable in law.generated}
    if sorted(factor.variable.name for factor in factors) != sorted(generated):
        raise Unsupported("a law that is not a product of named laws, one a variable")
    # From the law that nothing depends on inwards: each integral is over one variable given the ones before.
    ordered: list[t.Named] = []
    rest = list(factors)
    while rest:
        open_names = {factor.variable.name for factor in rest}
        ready = [f for f in rest if not any(free_names(p) & open_names for p in f.parameters)]
        if not ready:
            raise Unsupported("a joint law whose factors depend on one another in a cycle")
        ordered += ready
        rest = [factor for factor in rest if factor not in ready]
    inner = names
    for factor in ordered:
        support = support_of(factor, inner)
        positive = support[0] is not None and support[0].is_nonnegative and not counted(factor)
        symbol = sp.Symbol(factor.variable.name, **({"positive": True} if positive else {"real": True}))
        inner = inner.bind(factor.variable.name, sp.Dummy(symbol.name, **symbol.assumptions0), support)
    result = convert(body, inner)
    for factor in reversed(ordered):
        symbol = inner.symbols[factor.variable.name]
        result = _mean(result, symbol, factor, inner)
    return result


def _ratio_moment(expr: t.Divergence, names: Names) -> sp.Expr:
    """chi2, H2 and Renyi divergences, as moments of a ratio of densities under the left law."""
    q = expr.right.density
    for old, new in zip(expr.right.generated, expr.left.generated, strict=True):
        q = substitute(q, old.name, new)
    log_ratio = t.Call("log", (expr.left.density,)) - t.Call("log", (q,))
    if expr.kind == "chi2":
        return _expectation(expr.left, t.Call("exp", (log_ratio,)), names) - 1
    if expr.kind == "H2":
        return 1 - _expectation(expr.left, t.Call("exp", (-log_ratio / 2,)), names)
    assert expr.order is not None
    order = convert(expr.order, names)
    if not (order.is_positive and (order - 1).is_nonzero):
        raise Unsupported("a Renyi divergence whose order may be 1 or below 0")
    return sp.log(_expectation(expr.left, t.Call("exp", ((expr.order - 1) * log_ratio,)), names)) / (order - 1)


def _factors(density: t.Expr) -> list[t.Named]:
    if isinstance(density, t.Mul):
        return _factors(density.left) + _factors(density.right)
    if not isinstance(density, t.Named):
        raise Unsupported("a law that is not a product of named laws")
    return [density]


def _mean(body: sp.Expr, x: sp.Symbol, law: t.Named, names: Names) -> sp.Expr:
    """E[body] under one named law of x, term by term."""
    total = sp.Integer(0)
    if law.law == "Uniform":
        low, high = (convert(parameter, names) for parameter in law.parameters)
        for coefficient, n, a, b, logs in _terms(body, x):
            if a != 0 or logs > 1 or ((logs or n) and b != 0):
                raise Unsupported("no entry of the table of uniform moments")
            if logs:
                moment = moments.UNIFORM["log"](n, low, high)
            else:
                moment = (
                    moments.UNIFORM["power"](n, low, high) if b == 0 else moments.UNIFORM["exponential"](b, low, high)
                )
            total += coefficient * moment
        return total
    if law.law not in ("Normal", "N"):
        return law_moments.mean(law.law, body, x, tuple(convert(parameter, names) for parameter in law.parameters))
    location, std = _normal(law, names)
    for coefficient, n, a, b, logs in _terms(body, x):
        if logs:
            raise Unsupported("no entry of the table of normal moments")
        if a == 0 and b == 0:
            moment = moments.NORMAL["power"](n, location, std)
        else:
            moment = moments.NORMAL["tilted"](n, a, b, location, std)
        total += coefficient * moment
    return total


def _integral(name: str, body: t.Expr, names: Names) -> sp.Expr:
    """An integral over the line: against a named law where there is one, else of polynomials times Gaussians."""
    match body:
        case t.Add(left, right):
            return _integral(name, left, names) + _integral(name, right, names)
        case t.Sub(left, right):
            return _integral(name, left, names) - _integral(name, right, names)
        case t.Neg(operand):
            return -_integral(name, operand, names)
    factors = _product(body)
    for i, factor in enumerate(factors):
        others = factors[:i] + factors[i + 1 :]
        rest: t.Expr = t.Number(1)  # type: ignore[arg-type]
        for other in others:
            rest = rest * other
        if isinstance(factor, t.Named) and factor.variable.name == name:
            return _expectation(t.Law(factor, (factor.variable,)), rest, names)
        if isinstance(factor, t.PushforwardDensity) and factor.argument == t.Variable(name, name):
            declared = names.pushforwards[factor.name]
            source = declared.law.variable
            if source.name not in free_names(rest):
                changed = substitute(rest, name, declared.transform)
                return _expectation(t.Law(declared.law, (source,)), changed, names)
    x = sp.Dummy(name, real=True)
    total = sp.Integer(0)
    for coefficient, n, a, b, logs in _terms(convert(body, names.bind(name, x)), x):
        if logs:
            raise Unsupported("the logarithm of a variable that may be negative")
        total += coefficient * moments.gaussian_integral(n, a, b)
    return total


def _product(body: t.Expr) -> list[t.Expr]:
    return _product(body.left) + _product(body.right) if isinstance(body, t.Mul) else [body]


def _terms(body: sp.Expr, x: sp.Symbol) -> list[tuple[sp.Expr, int, sp.Expr, sp.Expr, int]]:
    """The body as a sum of c x^n e^(a x² + b x) (log x)^m: the tuples (c, n, a, b, m).

    Raises:
        Unsupported: where it is not of this form.
    """
    expanded = sp.expand(sp.expand_log(body), power_exp=False)
    terms = sp.Add.make_args(expanded)
    if len(terms) > MAX_TERMS:
        raise Unsupported("an integrand with too many terms")
    found = []
    for term in terms:
        if term == 0:
            continue
        coefficient, rest = term.as_independent(x, as_Add=False)
        n = logs = 0
        a: Any = sp.Integer(0)
        b: Any = sp.Integer(0)
        for factor in sp.Mul.make_args(rest):
            base, power = factor.as_base_exp()
            if isinstance(factor, sp.exp):
                polynomial = sp.Poly(factor.exp, x) if factor.exp.is_polynomial(x) else None
                if polynomial is None or polynomial.degree() > 2:
                    raise Unsupported("the exponential of something that is not a quadratic")
                c2, c1, c0 = (polynomial.coeff_monomial(x**i) for i in (2, 1, 0))
                a, b, coefficient = a + c2, b + c1, coefficient * sp.exp(c0)
            elif base == x and power.is_Integer and 0 <= power <= moments.MAX_POWER:
                n += int(power)
            elif factor == sp.log(x):
                logs += 1
            elif factor != 1:
                raise Unsupported(
                    "an integrand that is not made of powers, exponentials and logarithms of its variable"
                )
        found.append((coefficient, n, a, b, logs))
    return found


# --- densities of transformed variables ------------------------------------------------------------------------------


def _pushforward(name: str, point: sp.Expr, names: Names) -> sp.Expr:
    r"""log pdf_X(t) = log of the sum over the branches h of the inverse of p_Y(h(t)) |h'(t)|."""
    if name not in names.pushforwards:
        raise Unsupported(f"{name} is not declared as a function of a named law")
    declared = names.pushforwards[name]
    law, y = declared.law, declared.law.variable.name
    at = sp.Dummy("t", **{key: value for key, value in point.assumptions0.items() if key != "commutative"})
    sources = inverses(declared.transform, y, at, lambda part: convert(part, names))
    logs = []
    for place in in_support([source.subs(at, point) for source in sources], *support_of(law, names)):
        slope = sp.Abs(sp.simplify(sp.diff(sources[place], at)))
        logs.append(_log_at(law, sources[place], names) + sp.log(slope))
    if not logs:
        raise Unsupported(f"{name} has no density here")
    log_density = logs[0] if len(logs) == 1 else sp.log(sp.Add(*map(sp.exp, logs)))
    return log_density.subs(at, point)


def _log_at(law: t.Named, source: sp.Expr, names: Names) -> sp.Expr:
    """The log density of a named law at a point of its support."""
    if law.law == "Uniform":
        low, high = (convert(parameter, names) for parameter in law.parameters)
        return -sp.log(high - low)
    return log_of(law, names.bind(law.variable.name, source, support_of(law, names)))
