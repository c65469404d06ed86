"""What an interpreter of a claim can come back with: a proof, a counterexample, or that it cannot speak of this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from proofs.kernel import Certificate
    from proofs.language.tree import Claim, Step

VERDICTS = ("refuted", "unsupported", "open", "proved")  # worst first


class Unsupported(Exception):
    """The claim uses something outside this interpreter's fragment; the message says what. Not an error of the user."""


class Meaningless(Unsupported):
    """The claim itself says nothing: a law in it does not integrate to one, or it is defined on no model."""


@dataclass(frozen=True)
class Proof:
    """Evidence that a step holds.

    Args:
        method: ``"kernel"`` (a certificate that the kernel has checked) or ``"closed form"`` (equal symbolically
            *and* enclosed by balls at every tried parameter point).
        gap: for an inequality, the difference of the two sides as readable text, such as
            ``"right - left = KL(q(z|x) || p(z|x)) >= 0"``; empty for an equality.
        assumptions: what was assumed beyond the declarations, one sentence each.
        certificate: the checked certificate of a kernel proof.
        details: one line on the evidence (``"enclosures overlap at 20 rational points, 212 bits"``).
    """

    method: str
    gap: str = ""
    assumptions: tuple[str, ...] = ()
    certificate: Certificate | None = None
    details: str = ""


@dataclass(frozen=True)
class Counterexample:
    """A point at which certified enclosures contradict a step.

    Args:
        kind: ``"finite"`` (a finite measure space in rationals), ``"parameters"`` (values of the free numbers) or
            ``"laws"`` (values, and named laws in the place of free families).
        values: the free numbers and variables at the point, by name (``{"mu": 1/2}``; a variable's value is the
            index or position of its point).
        spaces: for each stem, the base weights of its points; empty for ``"parameters"``.
        tables: for each family or function, its table as nested tuples of rationals, one axis a slot in the order
            of its declaration (generated slots, then given ones); for ``"laws"``, the numbers that tell its law
            from others of its form (`proofs.refuters.stand_ins.form`).
        left, right: the enclosures of the two sides, as printed balls (``"[0.6931 +/- 3e-20]"``).
        laws: for ``"laws"``, what stands for each family and function, as text (``{"q(z|x)": "Normal(z; x, 2)"}``).
        tries: how many models were looked at before this one.
        details: further lines for a reader.
        refuted: the expanded claim and its step, once they are known.
    """

    kind: str
    left: str
    right: str
    values: Mapping[str, Fraction | int] = field(default_factory=dict)
    spaces: Mapping[str, tuple[Fraction, ...]] = field(default_factory=dict)
    tables: Mapping[str, Any] = field(default_factory=dict)
    tries: int = 0
    details: str = ""
    laws: Mapping[str, str] = field(default_factory=dict)
    refuted: tuple[Claim, Step] | None = field(default=None, repr=False, compare=False)

    def as_python(self) -> str:
        """A script of plain Python, with nothing of this library in it, that recomputes both sides and prints them.

        Raises:
            Unsupported: where the step uses what Python's `math` lacks (digamma), or a derivative of a free family; or
                where it is not known what was refuted.

        >>> from proofs import check
        >>> print(check("KL(p(x) || q(x)) > 0").counterexample.as_python())
        from fractions import Fraction as F
        from math import inf, log
        <BLANKLINE>
        w_x = (F(1),)
        p = (F(1),)
        q = (F(1),)
        left = sum(m * (log(p[x] / q[x]) if q[x] else inf) for x in range(1) for m in [w_x[x] * p[x]] if m)
        right = F(0)
        print(float(left), float(right))
        <BLANKLINE>
        """
        if self.refuted is None:
            raise Unsupported("a counterexample to a step that is not known")
        from proofs.refuters.as_python import as_python

        return as_python(self, *self.refuted)
