"""Rows and columns of a large matrix, not copied before somebody reads them.

A matrix may be mapped from the disk and larger than memory. A pipeline that can take its rows
batch by batch (see `streams`) gets its training part as a `Part`; to every other one it is an
array, copied as usual.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What `Part.chunks` reads at once.
CHUNK_BYTES = 32 * 2**20


class Part:
    """Some rows, and neighbouring columns, of a matrix.

    Indexing chooses rows and copies nothing: ``part[batch]`` is a smaller part.
    ``np.asarray(part)`` reads it: float32 in C order, no larger than the part.

    Parameters
    ----------
    matrix : array, shape (n, d), or Part
        Often memory-mapped; never changed.
    rows : int array, bool array or slice, optional
        All rows by default.
    columns : (start, stop), optional
        All columns by default.
    """

    ndim = 2
    dtype = np.dtype(np.float32)

    def __init__(
        self, matrix: Any, rows: Any = None, columns: tuple[int, int] | None = None
    ) -> None:
        whole = matrix if isinstance(matrix, Part) else None
        self.matrix: NDArray[Any] = matrix if whole is None else whole.matrix
        numbers = np.arange(len(matrix)) if whole is None else whole.rows
        self.rows: NDArray[np.intp] = numbers if rows is None else numbers[rows]
        start, stop = (0, matrix.shape[1]) if whole is None else whole.columns
        if columns is not None:
            start, stop = start + columns[0], start + columns[1]
        self.columns: tuple[int, int] = (start, stop)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, as an array has them."""
        return len(self.rows), self.columns[1] - self.columns[0]

    @property
    def nbytes(self) -> int:
        """Bytes that reading all of it takes."""
        return 4 * self.shape[0] * self.shape[1]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: Any) -> Part:
        return Part(self, np.atleast_1d(rows) if not isinstance(rows, slice) else rows)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("a part is read by copying")
        start, stop = self.columns
        rows = self.rows
        if len(rows) and (np.diff(rows) == 1).all():
            # Neighbours are one piece of the file.
            found = self.matrix[rows[0] : rows[-1] + 1, start:stop]
        else:
            found = self.matrix[rows, start:stop]
        return np.array(found, dtype=dtype or self.dtype, order="C")

    def chunks(self, most_bytes: int = CHUNK_BYTES) -> Iterator[NDArray[np.float32]]:
        """All rows in order, read in pieces of up to `most_bytes`, of at least one row."""
        step = max(1, most_bytes // max(1, 4 * self.shape[1]))
        for first in range(0, len(self), step):
            yield np.asarray(self[first : first + step])


def streams(pipeline: Any) -> bool:
    """Whether every step of a pipeline takes a `Part`, as it says itself (``streams``)."""
    return all(getattr(step, "streams", False) for _, step in pipeline.steps)


def rows_for(pipeline: Any, X: Any, rows: Any) -> Any:
    """The rows of X in the form that suits the pipeline: a `Part`, or a copy."""
    return Part(X, rows) if streams(pipeline) else X[rows]
