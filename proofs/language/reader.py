"""Plain text in, an elaborated claim out."""

from __future__ import annotations

from dataclasses import replace

from proofs.language import surface as s
from proofs.language.elaboration import Elaborator
from proofs.language.errors import ClaimError
from proofs.language.inference import survey
from proofs.language.limits import check_size
from proofs.language.loops import unroll
from proofs.language.probabilities import name_probabilities
from proofs.language.tree import Chain, Claim, Declaration, Discrete, Parameter, Pushforward, Step
from proofs.language.vectors import write_out


def read(text: str) -> Claim:
    """Read a block of the claim language: declarations, definitions and chains of steps, one statement a line.

    Every name is resolved: families have their slots, variables their stems, free numbers their domains, whether they
    were declared or their use shows what they are.

    Args:
        text: the block.

    Returns:
        The claim. Its declarations are sorted by kind and name, so that equal claims compare equal.

    Raises:
        ClaimError: the block cannot be read; the message quotes the line with a caret under the column, and says what
            would be accepted.

    >>> claim = read("let ELBO = E_{q(z|x)}[log p(x,z) - log q(z|x)]\\nlog p(x) >= ELBO")
    >>> claim.families()["q"].generated, claim.families()["q"].given
    (('z',), ('x',))
    """
    if not isinstance(text, str):
        raise TypeError(f"a claim is read from text, not from {type(text).__name__}")
    from proofs.language import latex_reader
    from proofs.language.syntax import parse  # loads the parser generator, which only reading needs

    surface = latex_reader.parse(text) if latex_reader.is_latex(text) else parse(text)
    in_coordinates = write_out(unroll(surface, text), text)
    check_size(in_coordinates, text)
    statements = name_probabilities(in_coordinates, text)
    if statements is not in_coordinates:
        check_size(statements, text)
    names = survey(statements, text)
    elaborator = Elaborator(names)
    for statement in statements:
        if isinstance(statement, s.Declare) and statement.structure is not None:
            family = names.families[statement.heads[0].name]
            names.families[family.name] = replace(family, structure=elaborator.structure(family, statement.structure))
    for statement in statements:
        if isinstance(statement, s.Let) and statement.where is None:
            elaborator.define(statement)
    pushforwards: list[Declaration] = []
    for name, let in sorted(names.pushforwards.items()):
        pushforwards.append(Pushforward(name, *elaborator.pushforward(let)))
    assumptions: list[Step] = []
    chains: list[Chain] = []
    for statement in statements:
        if isinstance(statement, s.ChainStatement):
            chains.extend(elaborator.chain(statement))
        elif isinstance(statement, s.Assume):
            if chains:
                message = "an assumption stands above all that is claimed under it"
                raise ClaimError(message, source=text, offset=statement.at)
            assumptions.extend(elaborator.assumption(statement))
    if not chains:
        raise ClaimError(
            "nothing is claimed here",
            source=text,
            offset=len(text.rstrip()),
            expected=("a chain such as `log p(x) >= E_{q(z|x)}[log p(x,z) - log q(z|x)]`",),
        )
    declarations: tuple[Declaration, ...] = (
        *(Discrete(variable) for variable in sorted(names.discrete)),
        *(names.families[name] for name in sorted(names.families)),
        *(names.functions[name] for name in sorted(names.functions)),
        *(names.convex[name] for name in sorted(names.convex)),
        *map(Parameter, sorted(names.parameters)),
        *(names.scalars[name] for name in sorted(names.scalars)),
        *pushforwards,
    )
    return Claim(declarations, tuple(elaborator.definitions.values()), tuple(chains), text, tuple(assumptions))
