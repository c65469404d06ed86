"""How large and deep a claim may be: recursion over it must not fail, and hostile text must end in an error soon."""

from __future__ import annotations

from collections.abc import Iterable

from proofs.language.errors import ClaimError
from proofs.language.tree import Node, children

MAX_DEPTH = 100
MAX_NODES = 5_000
MAX_NAME = 60
MAX_DIGITS = 60
MAX_EXPONENT = 400


def check_size(nodes: Iterable[Node], source: str = "") -> None:
    """Refuse what is too large or too deep; iterative, since the nodes may be of any depth.

    Raises:
        ClaimError: there are more than `MAX_NODES` nodes, or one lies more than `MAX_DEPTH` levels down.
    """
    count = 0
    stack = [(node, 1) for node in nodes]
    while stack:
        node, depth = stack.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_NODES:
            message = f"the claim has more than {MAX_DEPTH} levels of operations and brackets"
            if count > MAX_NODES:
                message = f"the claim has more than {MAX_NODES} parts"
            raise ClaimError(message, source=source, offset=getattr(node, "at", None))
        stack.extend((child, depth + 1) for child in children(node))
