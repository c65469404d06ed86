r"""Tables of expectations in closed form, which closed-form claims are decided by.

Each entry is E[x^n e^(a x² + b x)] or E[x^n log x] of one law, as a sympy expression in its parameters. Nothing
rests on an entry alone: whatever is concluded from it is enclosed by quadrature of the definition as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from proofs.outcome import Unsupported

MAX_POWER = 24


def normal_power(n: int, mean: sp.Expr, std: sp.Expr) -> sp.Expr:
    r""":math:`E[x^n] = \sum_k \binom{n}{2k} (2k-1)!!\, \mu^{n-2k} \sigma^{2k}` under Normal(mean, std).

    >>> normal_power(4, sp.Integer(0), sp.Symbol("s"))
    3*s**4
    """
    return sp.Add(
        *(
            sp.binomial(n, 2 * k) * sp.factorial2(2 * k - 1) * mean ** (n - 2 * k) * std ** (2 * k)
            for k in range(n // 2 + 1)
        )
    )


def normal_tilted(n: int, a: sp.Expr, b: sp.Expr, mean: sp.Expr, std: sp.Expr) -> sp.Expr:
    r""":math:`E[x^n e^{a x^2 + b x}]` under Normal(mean, std): the tilted law is normal again where 2 a std² < 1.

    .. math::

        d = 1 - 2 a \sigma^2, \quad \mu' = (\mu + b \sigma^2)/d, \quad \sigma' = \sigma/\sqrt d, \qquad
        E = \frac1{\sqrt d} \exp\!\Big(\frac{a\mu^2 + b\mu + b^2\sigma^2/2}{d}\Big)\, E_{N(\mu', \sigma')}[x^n]
    """
    d = 1 - 2 * a * std**2
    if not d.is_positive:
        raise Unsupported("an expectation that is infinite unless a condition on the parameters holds")
    weight = sp.exp((a * mean**2 + b * mean + b**2 * std**2 / 2) / d) / sp.sqrt(d)
    return weight * NORMAL["power"](n, (mean + b * std**2) / d, std / sp.sqrt(d))


def gaussian_integral(n: int, a: sp.Expr, b: sp.Expr) -> sp.Expr:
    r""":math:`\int x^n e^{a x^2 + b x} dx` over the line, for a < 0."""
    if not a.is_negative:
        raise Unsupported("an integral that is infinite unless a condition on the parameters holds")
    weight = sp.sqrt(-sp.pi / a) * sp.exp(-(b**2) / (4 * a))
    return weight * NORMAL["power"](n, -b / (2 * a), sp.sqrt(-1 / (2 * a)))


def uniform_power(n: int, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    r""":math:`E[x^n] = \frac1{n+1} \sum_i low^{n-i} high^i` under Uniform(low, high).

    >>> uniform_power(2, sp.Integer(0), sp.Symbol("b"))
    b**2/3
    """
    return sp.Add(*(low ** (n - i) * high**i for i in range(n + 1))) / (n + 1)


def uniform_exponential(b: sp.Expr, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    r""":math:`E[e^{b x}] = (e^{b\,high} - e^{b\,low}) / (b\,(high - low))` under Uniform(low, high), b not 0."""
    if b.is_zero is not False:
        raise Unsupported("an exponential moment whose rate may be zero")
    return (sp.exp(b * high) - sp.exp(b * low)) / (b * (high - low))


def uniform_log(n: int, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    r""":math:`E[x^n \log x] = [F(high) - F(low)]/(high - low)` under Uniform(low, high), low >= 0.

    .. math:: F(x) = x^{n+1} \frac{(n+1) \log x - 1}{(n+1)^2}, \qquad F(0) = 0
    """

    def primitive(x: sp.Expr) -> sp.Expr:
        return x ** (n + 1) * ((n + 1) * sp.log(x) - 1) / (n + 1) ** 2

    if not (low.is_nonnegative and high.is_positive):
        raise Unsupported("the logarithm of values that are not certainly positive")
    if low.is_zero:
        return primitive(high) / high
    if not low.is_positive:
        raise Unsupported("a logarithmic moment from an end that may be zero")
    return (primitive(high) - primitive(low)) / (high - low)


NORMAL: Mapping[str, Callable[..., sp.Expr]] = {"power": normal_power, "tilted": normal_tilted}
UNIFORM: Mapping[str, Callable[..., sp.Expr]] = {
    "power": uniform_power,
    "exponential": uniform_exponential,
    "log": uniform_log,
}
