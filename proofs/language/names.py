"""How a name is spelled: Greek letters, subscripts and primes, and which names are copies of which."""

from __future__ import annotations

import re
from collections.abc import Callable

#: Greek letters, and the names that they are.
GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi "
        "chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split(),
        strict=True,
    )
) | {"ϕ": "phi", "ϵ": "epsilon", "ϑ": "theta", "µ": "mu", "ς": "sigma"}
GREEK_NAMES = frozenset(GREEK.values())
_NAME = re.compile(r"[^\W\d_]\w*'*")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉′", "0123456789'")
_SUBSCRIPTED = re.compile(r"(?<=[^\W_])([₀-₉]+)")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_BRACED = re.compile(r"_\{\s*([^\W_]+)\s*([-+])?\s*(\d+)?\s*\}")
_SHIFTED = re.compile(r"(.+)_\{([^\W\d_]+)([-+])(\d+)\}$")


def normalise(spelling: str) -> str | None:
    r"""The one name that all its spellings share, or None where the spelling is no name.

    >>> normalise(r"p_\theta"), normalise("p_{θ}"), normalise("z₁"), normalise("z_{k + 1}")
    ('p_theta', 'p_theta', 'z_1', 'z_{k+1}')
    """
    if any(command not in GREEK_NAMES for command in _COMMAND.findall(spelling)):
        return None
    name = _SUBSCRIPTED.sub(r"_\1", _COMMAND.sub(r"\1", spelling)).translate(_SUBSCRIPTS)
    name = "".join(GREEK.get(character, character) for character in name)
    if "{" in name:
        match = _BRACED.search(name)
        if match is None or (match[2] is None) != (match[3] is None):
            return None
        subscript = match[1] if match[2] is None else f"{{{''.join(match.groups())}}}"
        name = f"{name[: match.start()]}_{subscript}{name[match.end() :]}"
    return name


def plain_name(spelling: str) -> str | None:
    """The name, or None where the text is no name or one whose index is still to be computed (``z_{k+1}``)."""
    name = normalise(spelling)
    return name if name is not None and _NAME.fullmatch(name) else None


def instantiate(name: str, index: str, value: int) -> str:
    """The name with the value of an index in its subscript: ``z_k``, ``z_{k+1}`` at k = 3 are ``z_3``, ``z_4``."""
    primes = name[len(name.rstrip("'")) :]
    core = name.rstrip("'")
    if core.endswith(f"_{index}"):
        return f"{core[: -len(index)]}{value}{primes}"
    shifted = _SHIFTED.match(core)
    if shifted and shifted[2] == index:
        return f"{shifted[1]}_{value + int(shifted[3] + shifted[4])}{primes}"
    return name


def stem(name: str, is_variable: Callable[[str], bool]) -> str:
    """The variable that a name is a copy of, or the name itself: ``z_1`` and ``z'`` have stem z where z is a variable.

    >>> stem("z_1'", {"z"}.__contains__), stem("z_1", {"x"}.__contains__)
    ('z', 'z_1')
    """
    shorter = name[:-1] if name.endswith("'") else name.rpartition("_")[0]
    if not shorter:
        return name
    root = stem(shorter, is_variable)
    return root if root != shorter or is_variable(shorter) else name


def copies(first: str, last: str) -> list[str] | None:
    """The names from ``z_1`` to ``z_4``, or None where the two are not copies, in order, of one name."""
    base, _, low = first.rpartition("_")
    other, _, high = last.rpartition("_")
    if not base or base != other or not (low.isascii() and low.isdigit() and high.isascii() and high.isdigit()):
        return None
    if int(high) < int(low) or int(high) - int(low) >= 1000:
        return None
    return [f"{base}_{i}" for i in range(int(low), int(high) + 1)]
