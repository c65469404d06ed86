"""Expressions of vectors and matrices, written out in coordinates before any name is resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from functools import reduce
from itertools import count

from proofs.language import surface as s
from proofs.language import vector_laws
from proofs.language.errors import ClaimError
from proofs.language.laws import LAWS
from proofs.language.matrices import (
    MATRIX_FUNCTIONS,
    Matrix,
    ShapeError,
    column,
    determinant,
    diagonal,
    divided,
    inverse,
    is_numeral,
    less,
    mapped,
    minus,
    plus,
    power,
    product,
    scaled,
    times,
    total,
    trace,
    transposed,
)
from proofs.language.names import instantiate
from proofs.language.tree import FUNCTIONS, rebuild, walk

Value = s.Surface | Matrix

_ONE_BY_ONE = (1, 1)
_MAX_TERMS = 64


class VectorExpressions:
    """Writes out the expressions of one statement.

    Args:
        known: the vectors and matrices, by name.
        shown: the names that mean something else.
        source: the text, for messages.
        sizes: the dimensions that the statement speaks of; the identity ``I`` has the one, where there is one.
        points: the names that stand as variables.
    """

    def __init__(
        self,
        known: Mapping[str, Matrix],
        shown: frozenset[str],
        source: str,
        sizes: Set[int],
        points: frozenset[str],
    ) -> None:
        self.known = known
        self.shown = shown
        self.source = source
        self.sizes = sizes
        self.points = points
        self.mapped_definitions: dict[str, tuple[int, int]] = {}  # definitions whose values are vectors
        self._by_coordinates = False  # inside `diag(...)`
        self._point: tuple[s.Surface, ...] | None = None  # the variable of a law that is written without one

    def scalar(self, node: s.Surface) -> s.Surface:
        """A number."""
        value = self.value(node)
        if not isinstance(value, Matrix):
            return value
        if value.shape == _ONE_BY_ONE:
            return value.rows[0][0]
        raise self.fail(f"a number is needed here, and this is {value.described()}", node.at)

    def value(self, node: s.Surface) -> Value:
        """A number, a vector or a matrix.

        Raises:
            ClaimError: the shapes do not fit.
        """
        try:
            return self._value(node)
        except ShapeError as error:
            raise self.fail(str(error), node.at) from None

    def spliced(self, nodes: tuple[s.Surface, ...], *, of_law: bool = False) -> tuple[s.Surface, ...]:
        """Arguments, with the coordinates of a vector in its place; a law of numbers may stand at a coordinate."""
        found: list[s.Surface] = []
        for node in nodes:
            base = node.name.rpartition("_")[0] if isinstance(node, s.Name) and node.name not in self.known else ""
            if base in self.known and base in self.points and not of_law:
                message = f"`{base}` is a vector, with a coordinate of this name; copies of a vector are not read"
                raise self.fail(message, node.at)
            value = self.value(node)
            found.extend(value.entries if isinstance(value, Matrix) else (value,))
        return tuple(found)

    def fail(self, message: str, at: int) -> ClaimError:
        return ClaimError(message, source=self.source, offset=at)

    def _value(self, node: s.Surface) -> Value:
        match node:
            case s.Name():
                return self._name(node)
            case s.Group(at, inner):
                value = self.value(inner)
                return value if isinstance(value, Matrix) else s.Group(at, value)
            case s.Minus(at, operand):
                value = self.value(operand)
                return mapped(lambda e: minus(e, at), value) if isinstance(value, Matrix) else s.Minus(at, value)
            case s.Operation():
                return self._operation(node)
            case s.Prefix(at, function, operand):
                return self._function(s.Application(at, function, (operand,), None, None), prefix=True)
            case s.Juxtaposition(at, factors):
                return s.Juxtaposition(at, tuple(map(self.scalar, factors)))
            case s.Application():
                return self._application(node)
            case s.Pair():
                return self._pair(node)
            case s.Binder():
                return self._binder(node)
            case s.Gradient(at, wrt, body):
                inner_body = self.scalar(body)
                point = self.known.get(wrt.name)
                if point is None:
                    return s.Gradient(at, wrt, inner_body)
                if not all(isinstance(entry, s.Name) for entry in point.entries):
                    raise self.fail(f"a derivative in the positive matrix `{wrt.name}` is not read", at)
                return mapped(lambda each: s.Gradient(at, each, inner_body), point)
            case s.Comparison(at, relation, left, right):
                return s.Comparison(at, relation, self.scalar(left), self.scalar(right))
            case s.Optimum(at, kind, over, body, target, witness):
                if over.name in self.known:
                    raise self.fail(f"`{over.name}` is a vector; an optimum runs over one number or function", at)
                return s.Optimum(at, kind, over, self.scalar(body), target, self.scalar(witness))
        return node

    def _name(self, node: s.Name) -> Value:
        found = self.known.get(node.name)
        if found is not None:
            return replace(found, rows=tuple(tuple(_moved(entry, node.at) for entry in row) for row in found.rows))
        if node.name in self.mapped_definitions:
            return self._of_definition(node.name, lambda name: s.Name(node.at, name))
        base, _, size = node.name.partition("_")
        if base == "I" and node.name not in self.shown and (not size or (size.isdigit() and len(size) < 3)):
            return self._identity(node.at, int(size) if size else self._dimension(node.at))
        return node

    def _identity(self, at: int, size: int) -> Matrix:
        one = diagonal((s.Numeral(at, "1"),) * size, at)
        return Matrix(one.rows, one)

    def _dimension(self, at: int) -> int:
        if len(self.sizes) != 1:
            raise self.fail("the size of the identity matrix is not clear here; write `I_2`, `I_3`, ...", at)
        return next(iter(self.sizes))

    def _of_definition(self, name: str, at_place: object) -> Matrix:
        rows, columns = self.mapped_definitions[name]
        names = coordinate_names(name, (rows, columns))
        return Matrix(tuple(tuple(at_place(each) for each in row) for row in names))  # type: ignore[operator]

    # --- arithmetic

    def _operation(self, node: s.Operation) -> Value:
        at, operator = node.at, node.operator
        if operator == "^":
            return self._power(node)
        left, right = self.value(node.left), self.value(node.right)
        if not isinstance(left, Matrix) and not isinstance(right, Matrix):
            return s.Operation(at, operator, left, right)
        if operator in "+-":
            first, second = self._alike(left, right, at)
            combine = plus if operator == "+" else less
            return mapped(lambda a, b: combine(a, b, at), first, second)
        if operator == "/":
            if isinstance(right, Matrix) and right.shape != _ONE_BY_ONE:
                raise ShapeError(f"a division by {right.described()}; an inverse is written `A^-1`")
            divisor = right.rows[0][0] if isinstance(right, Matrix) else right
            if not isinstance(left, Matrix):
                return s.Operation(at, "/", left, divisor)
            return scaled(left, divided(s.Numeral(at, "1"), divisor, at), at)
        if isinstance(left, Matrix) and isinstance(right, Matrix):
            if self._by_coordinates and left.shape == right.shape:
                return mapped(lambda a, b: times(a, b, at), left, right)
            found = product(left, right, at)
            return found.rows[0][0] if found.shape == _ONE_BY_ONE else found
        if isinstance(left, Matrix):
            left, right = right, left
        assert isinstance(right, Matrix)
        assert not isinstance(left, Matrix)
        return scaled(right, left, at)

    def _alike(self, left: Value, right: Value, at: int) -> tuple[Matrix, Matrix]:
        """Both sides of a sum as matrices; the numeral 0 is the zero of any shape."""
        if isinstance(left, Matrix) and isinstance(right, Matrix):
            return left, right
        matrix, other = (left, right) if isinstance(left, Matrix) else (right, left)
        assert isinstance(matrix, Matrix)
        assert not isinstance(other, Matrix)
        if is_numeral(other, 0) or matrix.shape == _ONE_BY_ONE or self._by_coordinates:
            filled = mapped(lambda _: other, matrix)
            return (matrix, filled) if isinstance(left, Matrix) else (filled, matrix)
        raise ShapeError(f"a number and {matrix.described()} do not add up")

    def _power(self, node: s.Operation) -> Value:
        exponent, at = _ungrouped(node.right), node.at
        if isinstance(node.left, s.Application) and node.left.name == "norm" and is_numeral(exponent, 2):
            length = _ungrouped(self.scalar(node.left))
            if isinstance(length, s.Application) and length.name == "sqrt":
                return s.Group(at, length.arguments[0])
        base = self.value(node.left)
        if isinstance(base, Matrix):
            if isinstance(exponent, s.Name) and exponent.name == "T" and "T" not in self.shown:
                return transposed(base)
            inverted = isinstance(exponent, s.Minus) and is_numeral(_ungrouped(exponent.operand), 1)
            if self._by_coordinates and base.shape[1] == 1 and (inverted or isinstance(exponent, s.Numeral)):
                return mapped(lambda a: s.Operation(at, "^", s.Group(at, a), exponent), base)
            if inverted:
                return inverse(base, at)
            if base.shape != _ONE_BY_ONE:
                if is_numeral(exponent, 2) and base.shape[0] == base.shape[1]:
                    return product(base, base, at)
                if base.shape[1] == 1:
                    raise ShapeError("a power of a vector; write `norm(a)^2`, `a^T*a`, or `diag(a^2)` by coordinates")
                raise ShapeError("the powers of a matrix are `A^-1`, `A^2` and the transpose `A^T`")
            base = base.rows[0][0]
        return s.Operation(at, "^", base, self.scalar(node.right))

    # --- applications

    def _application(self, node: s.Application) -> Value:
        name, at = node.name, node.at
        if name == "N" and name not in self.shown:
            found = self._normal(node)
            if found is not None:
                return found
        elif name in FUNCTIONS and name not in self.shown:
            return self._function(node)
        elif name in MATRIX_FUNCTIONS and name not in self.shown and node.parameters is None and node.given is None:
            return self._matrix_function(node)
        elif name == "H" and name not in self.shown and len(node.arguments) == 1:
            return s.Application(at, name, (self._law(node.arguments[0], None),), None, None)
        of_law = name in LAWS and name not in self.shown
        groups = (node.arguments, node.parameters, node.given)
        parts = [None if part is None else self.spliced(part, of_law=of_law) for part in groups]
        if name in self.mapped_definitions:
            return self._of_definition(name, lambda each: s.Application(at, each, parts[0] or (), parts[1], parts[2]))
        return s.Application(at, name, parts[0] or (), parts[1], parts[2])

    def _function(self, node: s.Application, *, prefix: bool = False) -> Value:
        values = tuple(map(self.value, node.arguments))
        at, name = node.at, node.name

        def applied(*arguments: s.Surface) -> s.Surface:
            if prefix:
                return s.Prefix(at, name, arguments[0])
            return s.Application(at, name, arguments, node.parameters, node.given)

        (first, *_) = values or (None,)
        if isinstance(first, Matrix) and len(values) == 1 and first.shape != _ONE_BY_ONE:
            if name == "abs" and first.shape[0] == first.shape[1]:
                return determinant(first, at)
            if self._by_coordinates:
                return mapped(lambda each: s.Application(at, name, (each,), None, None), first)
            raise ShapeError(f"`{name}` of {first.described()}; by coordinates it is taken inside `diag(...)` only")
        return applied(*(v.rows[0][0] if isinstance(v, Matrix) and v.shape == _ONE_BY_ONE else v for v in values))  # type: ignore[arg-type]

    def _matrix_function(self, node: s.Application) -> Value:
        name, at = node.name, node.at
        wanted = 2 if name == "dot" else 1
        if len(node.arguments) != wanted:
            raise self.fail(f"`{name}` takes {wanted} argument{'s' * (wanted > 1)}: it is {MATRIX_FUNCTIONS[name]}", at)
        if name == "diag":
            outer, self._by_coordinates = self._by_coordinates, True
            entries = self.value(node.arguments[0])
            self._by_coordinates = outer
            if not isinstance(entries, Matrix) or entries.shape[1] != 1:
                raise self.fail("`diag` takes a vector; a multiple of the identity is `c*I`", at)
            return diagonal(entries.entries, at)
        values = [self.value(argument) for argument in node.arguments]
        matrices = [v if isinstance(v, Matrix) else Matrix(((v,),)) for v in values]
        if name == "dot":
            return self._unwrapped(product(transposed(matrices[0]), matrices[1], at))
        if name == "norm":
            if 1 not in matrices[0].shape:
                raise ShapeError("`norm` is the length of a vector")
            square = total(tuple(power(entry, 2, at) for entry in matrices[0].entries), at)
            return s.Application(at, "sqrt", (square,), None, None)
        if name == "inv":
            return inverse(matrices[0], at)
        return determinant(matrices[0], at) if name == "det" else trace(matrices[0], at)

    def _unwrapped(self, matrix: Matrix) -> Value:
        return matrix.rows[0][0] if matrix.shape == _ONE_BY_ONE else matrix

    # --- laws

    def _normal(self, node: s.Application) -> s.Surface | None:
        """A normal law of a vector as a product; None for one of a number."""
        at = node.at
        values = node.arguments if node.parameters is None else node.parameters
        if len(values) != 2 or node.given is not None:
            return None
        point: tuple[s.Surface, ...] | None = self._point
        if node.parameters is not None:
            variable = self.value(node.arguments[0]) if len(node.arguments) == 1 else node.arguments[0]
            point = variable.entries if isinstance(variable, Matrix) else None
        outer, self.sizes = self.sizes, self.sizes if point is None else {len(point)}
        mean, spread = self.value(values[0]), self.value(values[1])
        covariance = None if point is None else self._covariance(values[1], len(point))
        self.sizes = outer
        if not isinstance(mean, Matrix) and not isinstance(spread, Matrix):
            if point is None or node.parameters is None:
                return None
        if point is None or covariance is None:
            raise self.fail("a law of a vector is written with its variable here: `N(x; mu, Sigma)`", at)
        size = len(point)
        if not isinstance(mean, Matrix):
            if not is_numeral(mean, 0) and size > 1:
                raise self.fail("the mean of a law of a vector is a vector, or 0", at)
            mean = column((mean,) * size)
        if mean.shape != (size, 1):
            raise self.fail(f"a variable of {size} coordinates, and {mean.described()} as its mean", at)
        if len(covariance.variances) != size:
            raise self.fail(f"a variable of {size} coordinates, and a covariance of {len(covariance.variances)}", at)
        return vector_laws.normal(point, mean.entries, covariance, at)

    def _covariance(self, node: s.Surface, size: int) -> vector_laws.Covariance:
        at = node.at
        inner = _ungrouped(node)
        base = _inverted(inner)
        if base is not None:
            inverted = self.value(base)
            if isinstance(inverted, Matrix) and inverted.root is not None:
                return vector_laws.of_inverse(inverted, at)
        value = self.value(inner)
        if not isinstance(value, Matrix):
            value = Matrix(((value,),)) if size == 1 else value
        if isinstance(value, Matrix):
            found = vector_laws.of(value, at)
            if found is not None:
                return found
        message = "the covariance is `diag(v)`, `I`, a declared `matrix Sigma > 0`, a multiple of it, or its inverse"
        raise self.fail(message, at)

    def _law(self, node: s.Surface, point: tuple[s.Surface, ...] | None) -> s.Surface:
        """A side of a divergence; a normal law of a vector without its variable takes that of the other side."""
        if point is None and isinstance(_ungrouped(node), s.Application):
            point = self._fresh(node)
        outer, self._point = self._point, point
        found = self.scalar(node)
        self._point = outer
        return found

    def _fresh(self, node: s.Surface) -> tuple[s.Surface, ...] | None:
        names = {part.name for part in walk(node) if isinstance(part, s.Name)}
        sizes = {self.known[name].shape[0] for name in names & self.known.keys()}
        if not sizes:
            return None
        taken = {name.partition("_")[0] for name in names} | self.shown | self.known.keys()
        free = next(letters for letters in _letters() if letters not in taken)
        return tuple(s.Name(node.at, f"{free}_{place}") for place in range(1, max(sizes) + 1))

    def _pair(self, node: s.Pair) -> s.Surface:
        point = self._written_point(node.left) or self._written_point(node.right)
        if point is None:
            point = self._fresh(s.Pair(node.at, node.name, node.left, node.right))
        order = None if node.order is None else self.scalar(node.order)
        return s.Pair(node.at, node.name, self._law(node.left, point), self._law(node.right, point), order)

    def _written_point(self, node: s.Surface) -> tuple[s.Surface, ...] | None:
        """The variables that a side of a divergence is written with."""
        inner = _ungrouped(node)
        if not isinstance(inner, s.Application):
            return None
        if inner.name == "N" and "N" not in self.shown and inner.parameters is None:
            return None
        return self.spliced(inner.arguments)

    # --- what binds

    def _binder(self, node: s.Binder) -> Value:
        index = node.subscript[0]
        if isinstance(index, s.Index):
            return self._index_sum(node, index)
        pieces = tuple(piece for part in node.subscript for piece in self._piece(part, node.head))
        bodies = [self.value(body) for body in node.body]

        def bound(*parts: s.Surface) -> s.Surface:
            return s.Binder(node.at, node.head, pieces, parts)

        if node.head == "Var" and len(bodies) == 1 and isinstance(bodies[0], Matrix):
            bodies = [bodies[0], bodies[0]]
        first, second = bodies[0], bodies[-1]
        if len(bodies) == 2 and isinstance(first, Matrix) and isinstance(second, Matrix):
            columns = second.entries
            rows = tuple(tuple(s.Binder(node.at, "Cov", pieces, (a, b)) for b in columns) for a in first.entries)
            return self._unwrapped(Matrix(rows))
        if isinstance(first, Matrix) and len(bodies) == 1 and node.head in ("E", "int", "sum"):
            return mapped(bound, first)
        return bound(*map(self.scalar, node.body))

    def _piece(self, piece: s.Surface, head: str) -> Iterator[s.Surface]:
        if isinstance(piece, s.Span):
            if isinstance(piece.first, s.Name) and piece.first.name.rpartition("_")[0] in self.known:
                raise self.fail("copies of a vector are not read; its coordinates are numbered", piece.at)
            yield piece
        elif isinstance(piece, s.Draw):
            yield from self._draw(piece)
        elif head in ("int", "sum"):
            yield from self.spliced((piece,))
        else:
            yield self.scalar(piece)

    def _draw(self, piece: s.Draw) -> Iterator[s.Surface]:
        law = _ungrouped(piece.law)
        for name in piece.names:
            if isinstance(name, s.Span):
                tuple(self._piece(name, "E"))
        if isinstance(law, s.Application) and law.name == "N" and "N" not in self.shown:
            vectors = [name for name in piece.names if isinstance(name, s.Name) and name.name in self.known]
            if vectors and len(vectors) == len(piece.names):
                values = law.arguments if law.parameters is None else law.parameters
                for name in vectors:
                    yield self.scalar(s.Application(law.at, "N", (name,), values, None))
                return
        names: list[s.Surface] = []
        for name in piece.names:
            names.extend(self.spliced((name,)) if isinstance(name, s.Name) else (name,))
        yield s.Draw(piece.at, tuple(names), self.scalar(piece.law))

    def _index_sum(self, node: s.Binder, index: s.Index) -> Value:
        """A sum over coordinates, ``sum_{i=1..2}[mu_i^2]``, is written out; any other is left for later."""
        name = index.index.name if isinstance(index.index, s.Name) else ""
        low, high = (_ungrouped(self.scalar(end)) for end in (index.low, index.high))
        if not self._counts_coordinates(node.body, name) or len(node.body) != 1:
            bounds = s.Index(index.at, index.index, low, high)
            return s.Binder(node.at, node.head, (bounds, *node.subscript[1:]), tuple(map(self.scalar, node.body)))
        first, last = _count(low), _count(high)
        if first is None or last is None:
            raise self.fail("coordinates are counted with numerals, as in `sum_{i=1..2}[mu_i]`", index.at)
        if not first <= last < first + _MAX_TERMS:
            raise self.fail(f"a sum over 1 to {_MAX_TERMS} coordinates is needed here", index.at)
        terms = [self.scalar(_at_index(node.body[0], name, place)) for place in range(first, last + 1)]
        if node.head == "prod":
            return reduce(lambda a, b: times(a, b, node.at), terms)
        summed = total(tuple(terms), node.at)
        return summed if node.head == "sum" else divided(summed, s.Numeral(node.at, str(len(terms))), node.at)

    def _counts_coordinates(self, bodies: tuple[s.Surface, ...], index: str) -> bool:
        names = (part.name for body in bodies for part in walk(body) if isinstance(part, s.Name | s.Application))
        return any(name != instantiate(name, index, 1) and self._base(name) for name in names)

    def _base(self, name: str) -> bool:
        shorter = name.rpartition("_")[0].partition("_{")[0]
        return bool(shorter) and (shorter in self.known or self._base(shorter))


def coordinate_names(name: str, shape: tuple[int, int]) -> tuple[tuple[str, ...], ...]:
    """The names of the entries: ``mu_1``, ``A_1_2``; a prime stays at the end."""
    core = name.rstrip("'")
    primes = name[len(core) :]
    rows, columns = shape
    if columns == 1:
        return tuple((f"{core}_{i}{primes}",) for i in range(1, rows + 1))
    return tuple(tuple(f"{core}_{i}_{j}{primes}" for j in range(1, columns + 1)) for i in range(1, rows + 1))


def _at_index(node: s.Surface, index: str, value: int) -> s.Surface:
    changed = rebuild(node, lambda child: _at_index(child, index, value))  # type: ignore[arg-type]
    assert isinstance(changed, s.Surface)
    if isinstance(changed, s.Name) and changed.name == index:
        return s.Numeral(changed.at, str(value))
    if isinstance(changed, s.Name | s.Application):
        return replace(changed, name=instantiate(changed.name, index, value))
    return changed


def _count(node: s.Surface) -> int | None:
    return int(node.text[:4]) if isinstance(node, s.Numeral) and node.text.isdigit() else None


def _letters() -> Iterator[str]:
    """Names for the variable of a law that is written without one, as papers would choose."""
    for length in count(1):
        yield from (letter * length for letter in "xyzuvw")


def _ungrouped(node: s.Surface) -> s.Surface:
    while isinstance(node, s.Group):
        node = node.inner
    return node


def _inverted(node: s.Surface) -> s.Surface | None:
    """What ``A^-1`` or ``inv(A)`` inverts."""
    match node:
        case s.Operation(operator="^", left=left, right=right):
            exponent = _ungrouped(right)
            return left if isinstance(exponent, s.Minus) and is_numeral(_ungrouped(exponent.operand), 1) else None
        case s.Application(name="inv", arguments=(argument,)):
            return argument
    return None


def _moved(node: s.Surface, at: int) -> s.Surface:
    """An entry at the place where its matrix is named."""
    changed = rebuild(node, lambda child: _moved(child, at))  # type: ignore[arg-type]
    assert isinstance(changed, s.Surface)
    return replace(changed, at=at)
