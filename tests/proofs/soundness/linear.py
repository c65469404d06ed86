"""Claims of the linear fragment: rational combinations of means of logarithms of densities, rewritten and added to."""

from __future__ import annotations

from fractions import Fraction
from random import Random

VARIABLES = ("w", "x", "y", "z")
HEAD = "density p(w, x, y, z)\ndensity q(w, x, y, z)\ndensity r(x)\ndensity k(z | x)\n"

Term = tuple[Fraction, str]


def a_true_equality(random: Random) -> str:
    """A combination, and the same combination with each term written in another way."""
    terms = combination(random)
    return HEAD + f"{written(terms, random)} = {written(rewritten(terms, random), random)}"


def a_true_inequality(random: Random) -> str:
    """A combination, and the same with terms that are never negative added to it; some of them cross over."""
    terms, extra = combination(random), gains(random)
    large, small = terms + extra, list(terms)
    for moved in [term for term in large if random.random() < 0.3]:  # to the other side, with its sign changed
        large.remove(moved)
        small.append((-moved[0], moved[1]))
    left, right = written(rewritten(large, random), random), written(rewritten(small, random), random)
    return HEAD + (f"{left} >= {right}" if random.random() < 0.5 else f"{right} <= {left}")


def a_false_equality(random: Random) -> str:
    """A combination against itself plus something that is not zero on every model."""
    terms = combination(random)
    other = [*rewritten(terms, random), *gains(random, most=1)]
    return HEAD + f"{written(terms, random)} = {written(other, random)}"


def a_false_inequality(random: Random) -> str:
    """A combination and the same with something that is never negative, and not always zero, taken from it."""
    terms = combination(random)
    less = [*rewritten(terms, random), *((-c, text) for c, text in gains(random))]
    return HEAD + f"{written(less, random)} >= {written(terms, random)}"


def combination(random: Random) -> list[Term]:
    return [(coefficient(random), atom(random)) for _ in range(random.randint(1, 3))]


def coefficient(random: Random) -> Fraction:
    return Fraction(random.choice((1, 1, 1, 2, 3, 1, 5)), random.choice((1, 1, 1, 2, 3))) * random.choice((1, -1))


def gains(random: Random, *, most: int = 2) -> list[Term]:
    """Terms that are non-negative by Gibbs' inequality, and positive on some model."""
    found = []
    for _ in range(random.randint(1, most)):
        a, b, c = parts(random, 3)
        given = f"|{a}" if random.random() < 0.5 else ""
        kind = random.choice(("kl", "kl", "kl-given", "information", "information-given", "cross", "kernel"))
        text = {
            "kl": f"KL(p({a}) || q({a}))",
            "kl-given": f"E_{{p({a})}}[KL(p({b}|{a}) || q({b}|{a}))]",
            "information": f"I_p({a}; {b})",
            "information-given": f"I_p({a}; {b} | {c})",
            "cross": f"E_{{q({a})}}[KL(q({b}|{a}) || p({b}{given}))]",
            "kernel": "E_{r(x)}[KL(k(z|x) || p(z|x))]",
        }[kind]
        found.append((abs(coefficient(random)), text))
    return found


def atom(random: Random) -> str:
    """Something linear in logarithms, of any sign."""
    a, b = parts(random, 2)
    d, e = random.sample("pq", 2)
    return random.choice(
        (
            f"H({d}({a}))",
            f"KL({d}({a}) || {e}({a}))",
            f"CE({d}({a}) || {e}({a}))",
            f"I_{d}({a}; {b})",
            f"E_{{{d}({a}, {b})}}[log {e}({a}|{b})]",
            f"E_{{{d}({a}, {b})}}[log {d}({b}|{a})]",
            f"E_{{{d}({b})}}[H({e}({a}|{b}))]",
            f"E_{{{d}({b})}}[KL({d}({a}|{b}) || {e}({a}|{b}))]",
            "E_{r(x) k(z|x)}[log p(x, z) - log k(z|x)]",
            "E_{r(x)}[log p(x)]",
        )
    )


def parts(random: Random, count: int) -> list[str]:
    """Disjoint lists of variables, none empty."""
    names = random.sample(VARIABLES, random.randint(count, len(VARIABLES)))
    groups = [[name] for name in names[:count]]
    for name in names[count:]:
        if random.random() < 0.5:
            random.choice(groups).append(name)
    return [", ".join(sorted(group)) for group in groups]


def rewritten(terms: list[Term], random: Random) -> list[Term]:
    """The same combination, term by term in other words."""
    return [(c * sign, text) for c, term in terms for sign, text in _other_words(term, random)]


def _other_words(term: str, random: Random) -> list[tuple[int, str]]:
    """Signed terms that add up to the term."""
    kind, _, rest = term.partition("(")
    if kind == "H" and random.random() < 0.8:
        family, names = rest[0], rest[2:-2]
        one, others = _first(names)
        if others and random.random() < 0.6:
            return [(1, f"H({family}({one}))"), (1, f"E_{{{family}({one})}}[H({family}({others}|{one}))]")]
        return [(-1, f"E_{{{family}({names})}}[log {family}({names})]")]
    if kind in ("KL", "CE"):
        left, right = rest[:-1].split(" || ")
        d, e, names = left[0], right[0], left[2:-1]
        one, others = _first(names)
        log_d, log_e = f"E_{{{left}}}[log {left}]", f"E_{{{left}}}[log {right}]"
        if kind == "CE":
            return [(-1, log_e)] if random.random() < 0.6 else [(1, term.replace("CE", "KL", 1)), (1, f"H({left})")]
        if others and random.random() < 0.5:
            chain = f"E_{{{d}({one})}}[KL({d}({others}|{one}) || {e}({others}|{one}))]"
            return [(1, f"KL({d}({one}) || {e}({one}))"), (1, chain)]
        return random.choice(([(1, log_d), (-1, log_e)], [(1, term.replace("KL", "CE", 1)), (-1, f"H({left})")]))
    if term.startswith("I_") and "|" not in term and random.random() < 0.8:
        family, (a, b) = term[2], term[4:-1].split("; ")
        both = f"{family}({a}, {b})"
        return random.choice(
            (
                [(1, f"H({family}({a}))"), (1, f"H({family}({b}))"), (-1, f"H({both})")],
                [(1, f"KL({both} || {family}({a}) {family}({b}))")],
                [(1, f"H({family}({a}))"), (-1, f"E_{{{family}({b})}}[H({family}({a}|{b}))]")],
            )
        )
    if term.startswith("E_{") and "[log " in term and " - " not in term:
        law, _, density = term[3:-1].partition("}[log ")
        if "|" in density:
            family, (names, given) = density[0], density[2:-1].split("|")
            return [
                (1, f"E_{{{law}}}[log {family}({names}, {given})]"),
                (-1, f"E_{{{law[0]}({given})}}[log {family}({given})]"),
            ]
    return [(1, term)]


def _first(names: str) -> tuple[str, str]:
    one, _, others = names.partition(", ")
    return one, others


def written(terms: list[Term], random: Random) -> str:
    """The sum as a person would write it, in any order."""
    if not terms:
        return "0"
    order = random.sample(terms, len(terms))
    text = ""
    for c, term in order:
        sign = " - " if c < 0 else " + "
        text += (sign if text else sign.strip().replace("+", "")) + ("" if abs(c) == 1 else f"{abs(c)}*") + term
    return text
