"""``vector mu in R^2``, ``matrix Sigma > 0``: a block with vectors, in coordinates before any name is resolved.

A vector mu of R^2 is the numbers, or the variables, ``mu_1`` and ``mu_2``. A positive matrix Sigma is L L^T for one
lower triangular L with a positive diagonal, and every such L gives one: its entries ``L_Sigma_1_1``, ... are the
numbers that a claim about Sigma is about. A law of a vector is a product of laws of its coordinates (`vector_laws`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from proofs.language import surface as s
from proofs.language.errors import ClaimError
from proofs.language.laws import LAWS
from proofs.language.matrices import MATRIX_FUNCTIONS, MAX_DIMENSION, Matrix, column, is_numeral, product, transposed
from proofs.language.tree import FUNCTIONS, walk
from proofs.language.vector_expressions import VectorExpressions, coordinate_names


def write_out(statements: tuple[s.Statement, ...], source: str) -> tuple[s.Statement, ...]:
    """The statements in coordinates; those of a block that declares no vector and no matrix are as they were.

    Raises:
        ClaimError: a dimension is no numeral, or shapes do not fit.
    """
    if not any(isinstance(statement, s.Space) for statement in statements):
        return statements
    return tuple(_Block(statements, source).written())


class _Block:
    def __init__(self, statements: tuple[s.Statement, ...], source: str) -> None:
        self.statements = statements
        self.source = source
        self.spaces = [statement for statement in statements if isinstance(statement, s.Space)]
        self.vectors: dict[str, int] = {}  # the dimension of each declared vector
        self.matrices: dict[str, Matrix] = {}
        heads = (head for statement in statements for head in _heads(statement))
        self.shown = frozenset(head.name for head in heads)
        self._declare()
        self.points = frozenset(chain.from_iterable(map(_points, statements)))

    def written(self) -> Iterator[s.Statement]:
        for space in self.spaces:
            yield from self._declared(space)
        inferred = [self._inferred(statement) for statement in self.statements]
        shapes: dict[str, set[int]] = {}
        for found in inferred:
            for name, size in found.items():
                shapes.setdefault(name, set()).add(size)
        common = {name: next(iter(sizes)) for name, sizes in shapes.items() if len(sizes) == 1}
        definitions: dict[str, tuple[int, int]] = {}
        for statement, found in zip(self.statements, inferred, strict=True):
            if not isinstance(statement, s.Space):
                known = self._known(self.vectors | common | found)
                here = {part.name for part in walk(statement) if isinstance(part, s.Name)}
                sizes = {known[name].shape[0] for name in here & known.keys()}
                writer = VectorExpressions(known, self.shown, self.source, sizes, self.points)
                writer.mapped_definitions = definitions
                yield from _written(statement, writer)

    # --- declarations

    def _declare(self) -> None:
        for space in self.spaces:
            if space.keyword == "vector":
                assert space.dimension is not None
                (size,) = self._shape(space, 1)
                for head in space.heads:
                    self._claim(head)
                    self.vectors[head.name] = size
        for space in self.spaces:
            if space.keyword == "matrix":
                shape = self._shape(space, 2) if space.dimension is not None else self._common(space)
                for head in space.heads:
                    self._claim(head)
                    self.matrices[head.name] = self._matrix(space, head, (shape[0], shape[-1]))

    def _claim(self, head: s.Name) -> None:
        if head.name in self.vectors or head.name in self.matrices or head.name in self.shown:
            raise self.fail(f"`{head.name}` is declared twice", head.at)
        if head.name in FUNCTIONS or head.name in LAWS or head.name in MATRIX_FUNCTIONS:
            raise self.fail(f"`{head.name}` is kept for what is built in", head.at)

    def _shape(self, space: s.Space, most: int) -> tuple[int, ...]:
        """The dimensions that R is raised to: a numeral, or a product of two."""
        assert space.dimension is not None
        factors = _factors(space.dimension)
        sizes = []
        for factor in factors:
            if isinstance(factor, s.Name):
                message = (
                    f"the dimension `{factor.name}` is a symbol; a claim about vectors is decided for dimensions that "
                    f"are stated: `R^3`, or `for {factor.name} in 1..3` above"
                )
                raise self.fail(message, factor.at)
            if not isinstance(factor, s.Numeral) or not factor.text.isdigit():
                raise self.fail("a dimension is a whole number, as in `R^2`, or `R^(2*3)` of a matrix", factor.at)
            sizes.append(int(factor.text[:4]))
            if not 1 <= sizes[-1] <= MAX_DIMENSION:
                raise self.fail(f"a dimension lies between 1 and {MAX_DIMENSION}", factor.at)
        if len(sizes) > most or (most == 2 and len(sizes) == 1):
            example = "`R^2`" if most == 1 else "`R^(2*3)`, of two rows and three columns"
            raise self.fail(f"a {space.keyword} lies in a space such as {example}", space.dimension.at)
        return tuple(sizes)

    def _common(self, space: s.Space) -> tuple[int, ...]:
        """The size of a matrix that is declared without one: that of the vector declared last above it."""
        above = [other for other in self.spaces[: self.spaces.index(space)] if other.keyword == "vector"]
        if not above:
            message = f"the size of `{space.heads[0].name}` is not clear; write it, as in `matrix Sigma in R^(2*2) > 0`"
            raise self.fail(message, space.at)
        return (self.vectors[above[-1].heads[0].name],) * 2

    def _matrix(self, space: s.Space, head: s.Name, shape: tuple[int, int]) -> Matrix:
        if not space.positive:
            names = (range(1, size + 1) for size in shape)
            rows, columns = map(tuple, names)
            return Matrix(tuple(tuple(s.Name(head.at, f"{head.name}_{i}_{j}") for j in columns) for i in rows))
        if shape[0] != shape[1]:
            raise self.fail("a matrix that is `> 0` is square", space.at)
        zero = s.Numeral(head.at, "0")
        root = Matrix(
            tuple(
                tuple(s.Name(head.at, f"L_{head.name}_{i}_{j}") if j <= i else zero for j in range(1, shape[0] + 1))
                for i in range(1, shape[0] + 1)
            )
        )
        return Matrix(product(root, transposed(root), head.at).rows, root)

    def _declared(self, space: s.Space) -> Iterator[s.Statement]:
        """The numbers that a declared vector or matrix is made of; a vector that stands as a variable has none."""
        for head in space.heads:
            if head.name in self.vectors:
                if head.name not in self.points:
                    keyword = "positive" if space.positive else "real"
                    yield s.Declare(head.at, keyword, _names(head, self.vectors[head.name]), None)
                elif space.positive:
                    raise self.fail(f"`{head.name}` is a variable here, and ranges over the whole space", head.at)
                continue
            matrix = self.matrices[head.name]
            entries = (matrix.root or matrix).rows
            names = [(i == j, entry) for i, row in enumerate(entries) for j, entry in enumerate(row)]
            for on_diagonal, entry in names:
                if isinstance(entry, s.Name):
                    keyword = "positive" if on_diagonal and matrix.root is not None else "real"
                    yield s.Declare(head.at, keyword, (entry,), None)

    # --- what use shows

    def _known(self, sizes: dict[str, int]) -> dict[str, Matrix]:
        return self.matrices | {name: column(_names(s.Name(0, name), size)) for name, size in sizes.items()}

    def _inferred(self, statement: s.Statement) -> dict[str, int]:
        """The vectors that their place in a normal law shows: its variable, its mean, what its `diag` is made of."""
        found: dict[str, int] = {}
        before = -1
        while before != len(found):
            before = len(found)
            for node in walk(statement):
                if isinstance(node, s.Application) and node.name == "N" and "N" not in self.shown:
                    self._from_normal(node, (), found)
                elif isinstance(node, s.Draw) and isinstance(node.law, s.Application) and node.law.name == "N":
                    self._from_normal(node.law, node.names, found)
        return found

    def _from_normal(self, law: s.Application, drawn: tuple[s.Surface, ...], found: dict[str, int]) -> None:
        values = law.arguments if law.parameters is None else law.parameters
        points = (*drawn, *(law.arguments if law.parameters is not None else ()))
        if len(values) != 2:
            return
        size = next(self._sizes((*points, *values), found), None)
        if size is None:
            return
        shown = [*points, values[0]]
        for node in walk(s.Group(law.at, values[1])):
            if isinstance(node, s.Application) and node.name == "diag":
                shown.extend(part for part in walk(node) if isinstance(part, s.Name))
        for name in shown:
            if isinstance(name, s.Name) and self._is_open(name.name, found):
                found[name.name] = size

    def _sizes(self, nodes: Iterable[s.Surface], found: dict[str, int]) -> Iterator[int]:
        for node in nodes:
            for part in walk(node):
                if isinstance(part, s.Name):
                    if part.name in self.matrices:
                        yield self.matrices[part.name].shape[0]
                    size = self.vectors.get(part.name, found.get(part.name))
                    if size is not None:
                        yield size

    def _is_open(self, name: str, found: dict[str, int]) -> bool:
        known = name in self.vectors or name in self.matrices or name in found or name in self.shown
        return not known and name not in FUNCTIONS and name not in ("pi", "oo", "T", "I")

    def fail(self, message: str, at: int) -> ClaimError:
        return ClaimError(message, source=self.source, offset=at)


def _names(head: s.Name, size: int) -> tuple[s.Name, ...]:
    return tuple(s.Name(head.at, name) for (name,) in coordinate_names(head.name, (size, 1)))


def _factors(node: s.Surface) -> list[s.Surface]:
    while isinstance(node, s.Group):
        node = node.inner
    if isinstance(node, s.Operation) and node.operator == "*":
        return _factors(node.left) + _factors(node.right)
    return [node]


def _heads(statement: s.Statement) -> tuple[s.Name | s.Application, ...]:
    if isinstance(statement, s.Declare):
        return statement.heads
    return (statement.head,) if isinstance(statement, s.Let) else ()


def _points(statement: s.Statement) -> Iterator[str]:
    """The names that stand as variables: drawn, integrated over, arguments of densities and functions."""
    for node in walk(statement):
        parts: tuple[s.Surface, ...] = ()
        if isinstance(node, s.Draw):
            parts = node.names
        elif isinstance(node, s.Binder) and node.head in ("int", "sum"):
            parts = node.subscript
        elif isinstance(node, s.Application) and (node.name not in FUNCTIONS and node.name not in MATRIX_FUNCTIONS):
            if node.name not in LAWS or node.parameters is not None:
                parts = (*node.arguments, *(node.given or ()))
        yield from (part.name for part in parts if isinstance(part, s.Name))


# --- statements ------------------------------------------------------------------------------------------------------


def _written(statement: s.Statement, writer: VectorExpressions) -> Iterator[s.Statement]:
    match statement:
        case s.ChainStatement():
            yield from _chains(statement, writer)
        case s.Assume(at=at, chain=inner):
            for each in _chains(inner, writer):
                yield s.Assume(at, each)
        case s.Let(head=head, body=body, where=None):
            plain = head if isinstance(head, s.Name) else _spliced(head, writer)
            value = writer.value(body)
            if not isinstance(value, Matrix) or value.shape == (1, 1):
                yield replace(statement, head=plain, body=writer.scalar(body))
                return
            for row, names in zip(value.rows, coordinate_names(head.name, value.shape), strict=True):
                for entry, name in zip(row, names, strict=True):
                    yield replace(statement, head=replace(plain, name=name), body=entry)
            writer.mapped_definitions[head.name] = value.shape
        case s.Declare(heads=heads, structure=structure):
            spliced = tuple(head if isinstance(head, s.Name) else _spliced(head, writer) for head in heads)
            product_of = None if structure is None else writer.scalar(structure)
            yield replace(statement, heads=spliced, structure=product_of)
        case _:
            yield statement


def _spliced(head: s.Application, writer: VectorExpressions) -> s.Application:
    given = None if head.given is None else writer.spliced(head.given)
    return replace(head, arguments=writer.spliced(head.arguments), given=given)


def _chains(statement: s.ChainStatement, writer: VectorExpressions) -> Iterator[s.ChainStatement]:
    """A chain between vectors or matrices is one for each entry."""
    sides = [writer.value(statement.first), *(writer.value(step.right) for step in statement.steps)]
    shapes = {side.shape for side in sides if isinstance(side, Matrix)} - {(1, 1)}
    if not shapes:
        first, *rest = (writer.scalar(side) for side in (statement.first, *(step.right for step in statement.steps)))
        steps = tuple(replace(step, right=right) for step, right in zip(statement.steps, rest, strict=True))
        yield replace(statement, first=first, steps=steps)
        return
    shape = shapes.pop()
    fits = all(isinstance(side, Matrix) or is_numeral(side, 0) for side in sides)
    if shapes or not fits or any(step.relation != "=" for step in statement.steps):
        raise writer.fail(
            "vectors and matrices are equal to ones of their shape, and are not compared otherwise", statement.at
        )
    for i in range(shape[0]):
        for j in range(shape[1]):
            first, *rest = (side.rows[i][j] if isinstance(side, Matrix) else side for side in sides)
            steps = tuple(replace(step, right=right) for step, right in zip(statement.steps, rest, strict=True))
            yield replace(statement, first=first, steps=steps)
