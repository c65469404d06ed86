"""What a declared structure says: a joint density that is the product of conditionals of its own.

``density p(x, y, z) = p(x) p(y|x) p(z|y)`` makes p the product of three kernels, and nothing else: every marginal is an
integral of that product, every conditional a ratio of marginals. A kernel is a density of what it generates given the
rest, so that z is independent of x given y because only the last kernel speaks of z.
"""

from __future__ import annotations

from proofs.kernel.polynomial import Unsupported
from proofs.language.tree import Density, Expr, Family, Mul, Variable

Kernel = tuple[tuple[str, ...], tuple[str, ...]]  # the slots that it generates, and those that it is given


def kernels(family: Family) -> tuple[Kernel, ...]:
    """The factors of the structure, drawn in some order that makes everything before it is needed, each slot once.

    Raises:
        Unsupported: the structure is no such product.
    """
    assert family.structure is not None
    waiting = [_kernel(factor, family) for factor in _factors(family.structure)]
    ordered: list[Kernel] = []
    drawn = set(family.given)
    while waiting:
        ready = [kernel for kernel in waiting if drawn.issuperset(kernel[1])]
        if not ready:
            raise Unsupported(f"the structure of {family.name} is given what nothing generates first")
        waiting = [kernel for kernel in waiting if kernel not in ready]
        ordered += ready
        drawn.update(slot for front, _ in ready for slot in front)
    if sorted(slot for front, _ in ordered for slot in front) != sorted(family.generated):
        raise Unsupported(f"the structure of {family.name} does not generate each of its slots once")
    return tuple(ordered)


def _kernel(factor: Expr, family: Family) -> Kernel:
    if not isinstance(factor, Density) or factor.family != family.name:
        raise Unsupported(f"a structure of {family.name} with a factor that is no conditional of its own")
    if not all(isinstance(v, Variable) and v.name == (v.stem or v.name) for v in (*factor.generated, *factor.given)):
        raise Unsupported(f"a structure of {family.name} that is not written with its slots")
    return tuple(v.name for v in factor.generated), tuple(v.name for v in factor.given)


def _factors(product: Expr) -> list[Expr]:
    return [*_factors(product.left), *_factors(product.right)] if isinstance(product, Mul) else [product]
