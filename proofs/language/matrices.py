"""Vectors and matrices whose entries are pieces of source text: what is written about them, entry by entry.

A vector is a matrix of one column. Entries that are the numerals 0 and 1 are not written where they change nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

from proofs.language import surface as s

MAX_DIMENSION = 8
MAX_GENERAL = 4  # of a determinant or an inverse that is not that of a declared positive matrix
#: What is written of vectors and matrices, besides arithmetic.
MATRIX_FUNCTIONS = {
    "det": "the determinant of a square matrix",
    "tr": "the trace of a square matrix",
    "inv": "the inverse of a square matrix, also `A^-1`",
    "diag": "the diagonal matrix of a vector, whose coordinates are taken one by one inside: `diag(s^2)`",
    "dot": "the inner product of two vectors, also `a^T*b`",
    "norm": "the Euclidean length of a vector",
}
ONE = s.Numeral(0, "1")


class ShapeError(ValueError):
    """What is written about matrices does not fit their shapes; becomes a `ClaimError` that quotes the source."""


@dataclass(frozen=True)
class Matrix:
    """Entries row by row; where a `root` is known, a lower triangular one, the matrix is factor root root^T."""

    rows: tuple[tuple[s.Surface, ...], ...]
    root: Matrix | None = None
    factor: s.Surface = ONE

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.rows[0])

    @property
    def entries(self) -> tuple[s.Surface, ...]:
        return tuple(entry for row in self.rows for entry in row)

    def described(self) -> str:
        """What it is, in a message."""
        rows, columns = self.shape
        if columns == 1:
            return f"a vector of {rows} coordinates"
        return f"the transpose of a vector of {columns} coordinates" if rows == 1 else f"a {rows} by {columns} matrix"


def column(entries: tuple[s.Surface, ...]) -> Matrix:
    """The vector with these coordinates."""
    return Matrix(tuple((entry,) for entry in entries))


def diagonal(entries: tuple[s.Surface, ...], at: int) -> Matrix:
    """The matrix with these entries on its diagonal, and zeros elsewhere."""
    zero = s.Numeral(at, "0")
    return Matrix(tuple(tuple(e if i == j else zero for j in range(len(entries))) for i, e in enumerate(entries)))


def mapped(change: Callable[..., s.Surface], *matrices: Matrix) -> Matrix:
    """The matrix made of entries in the same place.

    Raises:
        ShapeError: the shapes differ.
    """
    first = matrices[0]
    for other in matrices[1:]:
        if other.shape != first.shape:
            raise ShapeError(f"{first.described()} and {other.described()} do not fit together")
    return Matrix(tuple(tuple(map(change, *rows)) for rows in zip(*(each.rows for each in matrices), strict=True)))


def transposed(matrix: Matrix) -> Matrix:
    """Rows as columns."""
    return Matrix(tuple(zip(*matrix.rows, strict=True)))


def product(left: Matrix, right: Matrix, at: int) -> Matrix:
    """The matrix product.

    Raises:
        ShapeError: the left one has not as many columns as the right one has rows.
    """
    if left.shape[1] != right.shape[0]:
        what = f"{left.described()} times {right.described()} is not defined"
        if left.shape == right.shape and left.shape[1] == 1:
            what += "; the inner product is `a^T*b`"
        raise ShapeError(what)
    columns = transposed(right).rows
    return Matrix(tuple(tuple(inner(row, other, at) for other in columns) for row in left.rows))


def inner(left: tuple[s.Surface, ...], right: tuple[s.Surface, ...], at: int) -> s.Surface:
    """The sum of products of coordinates."""
    return total(tuple(times(a, b, at) for a, b in zip(left, right, strict=True)), at)


def scaled(matrix: Matrix, factor: s.Surface, at: int) -> Matrix:
    """A multiple of the matrix."""
    entries = mapped(lambda entry: times(factor, entry, at), matrix)
    return Matrix(entries.rows, matrix.root, times(factor, matrix.factor, at))


def trace(matrix: Matrix, at: int) -> s.Surface:
    """The sum of the diagonal."""
    _require_square(matrix)
    return total(tuple(matrix.rows[i][i] for i in range(matrix.shape[0])), at)


def determinant(matrix: Matrix, at: int) -> s.Surface:
    """The determinant: the squared product of the diagonal of the root, or by cofactors."""
    _require_square(matrix)
    if matrix.root is not None:
        ends = tuple(matrix.root.rows[i][i] for i in range(matrix.shape[0]))
        square = power(reduce(lambda a, b: times(a, b, at), ends), 2, at)
        return times(power(matrix.factor, matrix.shape[0], at), square, at)
    if is_diagonal(matrix):
        return reduce(lambda a, b: times(a, b, at), (matrix.rows[i][i] for i in range(matrix.shape[0])))
    _require_small(matrix)
    return _cofactors(matrix.rows, at)


def inverse(matrix: Matrix, at: int) -> Matrix:
    """The inverse: through the root where one is known, or by cofactors."""
    _require_square(matrix)
    size = matrix.shape[0]
    if matrix.root is not None:
        back = inverse_triangular(matrix.root, at)
        return scaled(product(transposed(back), back, at), divided(s.Numeral(at, "1"), matrix.factor, at), at)
    one = s.Numeral(at, "1")
    if is_diagonal(matrix):
        return diagonal(tuple(divided(one, matrix.rows[i][i], at) for i in range(size)), at)
    _require_small(matrix)
    whole = _cofactors(matrix.rows, at)
    found = []
    for i in range(size):
        row = []
        for j in range(size):  # the cofactor of the entry in row j and column i
            minor = tuple(r[:i] + r[i + 1 :] for k, r in enumerate(matrix.rows) if k != j)
            entry = _cofactors(minor, at) if minor else one
            row.append(divided(minus(entry, at) if (i + j) % 2 else entry, whole, at))
        found.append(tuple(row))
    return Matrix(tuple(found))


def inverse_triangular(root: Matrix, at: int) -> Matrix:
    """The inverse of a lower triangular matrix, by forward substitution."""
    size = root.shape[0]
    zero, one = s.Numeral(at, "0"), s.Numeral(at, "1")
    back: list[list[s.Surface]] = [[zero] * size for _ in range(size)]
    for j in range(size):
        back[j][j] = divided(one, root.rows[j][j], at)
        for i in range(j + 1, size):
            terms = tuple(times(root.rows[i][k], back[k][j], at) for k in range(j, i))
            back[i][j] = minus(divided(total(terms, at), root.rows[i][i], at), at)
    return Matrix(tuple(map(tuple, back)))


def is_diagonal(matrix: Matrix) -> bool:
    """Whether all that is off the diagonal is the numeral 0."""
    return all(i == j or is_numeral(entry, 0) for i, row in enumerate(matrix.rows) for j, entry in enumerate(row))


def _cofactors(rows: tuple[tuple[s.Surface, ...], ...], at: int) -> s.Surface:
    if len(rows) == 1:
        return rows[0][0]
    terms = []
    for j, entry in enumerate(rows[0]):
        if not is_numeral(entry, 0):
            minor = times(entry, _cofactors(tuple(row[:j] + row[j + 1 :] for row in rows[1:]), at), at)
            terms.append(minus(minor, at) if j % 2 else minor)
    return total(tuple(terms), at)


def _require_square(matrix: Matrix) -> None:
    if matrix.shape[0] != matrix.shape[1]:
        raise ShapeError(f"a square matrix is needed, not {matrix.described()}")


def _require_small(matrix: Matrix) -> None:
    if matrix.shape[0] > MAX_GENERAL:
        what = f"of more than {MAX_GENERAL} rows is taken of a declared `matrix Sigma > 0` only"
        raise ShapeError(f"the determinant or inverse of a matrix {what}")


# --- arithmetic of entries -------------------------------------------------------------------------------------------


def is_numeral(node: s.Surface, number: int) -> bool:
    """Whether a piece of text is this numeral."""
    return isinstance(node, s.Numeral) and node.text == str(number)


def grouped(node: s.Surface) -> s.Surface:
    """The piece as one factor."""
    return node if isinstance(node, s.Name | s.Numeral | s.Group) else s.Group(node.at, node)


def times(left: s.Surface, right: s.Surface, at: int) -> s.Surface:
    """A product of entries."""
    if is_numeral(left, 0) or is_numeral(right, 1):
        return left
    if is_numeral(right, 0) or is_numeral(left, 1):
        return right
    if isinstance(left, s.Name) and isinstance(right, s.Name) and left.name == right.name:
        return power(left, 2, at)
    return s.Operation(at, "*", grouped(left), grouped(right))


def divided(left: s.Surface, right: s.Surface, at: int) -> s.Surface:
    """A quotient of entries."""
    if is_numeral(left, 0) or is_numeral(right, 1):
        return left
    return s.Operation(at, "/", grouped(left), grouped(right))


def plus(left: s.Surface, right: s.Surface, at: int) -> s.Surface:
    """A sum of entries."""
    if is_numeral(left, 0):
        return right
    if isinstance(right, s.Minus):
        return less(left, right.operand, at)
    return left if is_numeral(right, 0) else s.Operation(at, "+", left, grouped(right))


def less(left: s.Surface, right: s.Surface, at: int) -> s.Surface:
    """A difference of entries."""
    if is_numeral(right, 0):
        return left
    return minus(right, at) if is_numeral(left, 0) else s.Operation(at, "-", left, grouped(right))


def minus(operand: s.Surface, at: int) -> s.Surface:
    """The negative of an entry."""
    if isinstance(operand, s.Minus):
        return operand.operand
    return operand if is_numeral(operand, 0) else s.Minus(at, grouped(operand))


def power(base: s.Surface, exponent: int, at: int) -> s.Surface:
    """A whole power of an entry."""
    if is_numeral(base, 0) or is_numeral(base, 1):
        return base
    return s.Operation(at, "^", grouped(base), s.Numeral(at, str(exponent)))


def total(terms: tuple[s.Surface, ...], at: int) -> s.Surface:
    """The sum of the terms."""
    found: s.Surface = s.Numeral(at, "0")
    for term in terms:
        found = plus(found, term, at)
    return found
