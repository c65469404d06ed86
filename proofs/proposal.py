"""What a prover offers the kernel, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofs.outcome import Proof, Unsupported

if TYPE_CHECKING:
    from proofs.kernel import Certificate


@dataclass(frozen=True)
class Proposal:
    """A certificate that the kernel has not seen: it proves nothing yet.

    Args:
        certificate: of the step that is to be proved.
        gap: what a proof by it would say of the difference of the two sides (`proofs.outcome.Proof`).
    """

    certificate: Certificate
    gap: str = ""


def accept(proposal: Proposal) -> Proof | None:
    """The proof, if the kernel derives the step from the certificate; None if it rejects it.

    Raises:
        Unsupported: the step is outside the kernel's fragment.
    """
    from proofs import kernel

    certificate = proposal.certificate
    try:
        assumptions = kernel.check(certificate)
    except kernel.Rejected:
        return None
    except kernel.Unsupported as error:
        raise Unsupported(str(error)) from error
    return Proof("kernel", proposal.gap, assumptions, certificate, _evidence(certificate))


def _evidence(certificate: Certificate) -> str:
    count = len(certificate.instances)
    if count:
        names = sorted({type(instance.axiom).__name__ for instance in certificate.instances})
        return f"{count} axiom instance{'s' * (count != 1)}: {', '.join(names)}"
    return "equal normal forms" if certificate.step.relation == "=" else "the difference has that sign"
