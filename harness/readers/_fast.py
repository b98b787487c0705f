"""A piece of CSV through polars: strict, or not at all.

What this can't vouch for it leaves to `_careful`, which finds the place of every fault. polars
fills short rows and blank lines with nulls without a word; `_whole` notices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from harness.readers._cells import MISSING, SPACES, to_number
from harness.readers._chunks import Chunk
from harness.readers._layout import Layout

if TYPE_CHECKING:
    import polars as pl

Cells = tuple[NDArray[np.float32], list[NDArray[np.object_]]]

# polars compares these as they are written, and takes "nan" in any case itself.
NULLS = sorted({form for cell in MISSING for form in (cell, cell.upper(), cell.title())} - {""})


def parse(chunk: Chunk, layout: Layout) -> Cells | None:
    """The rows of a piece, None where anything in it is out of the ordinary.

    Returns
    -------
    numbers : float32 array, shape (rows, number columns), C order; NaN is a missing cell
    text : list of object arrays of str, shape (rows,), one per text column
    """
    import polars as pl

    types = [pl.String if text else pl.Float32 for text in layout.is_text]
    frame = whole_frame(chunk, types, layout)
    if frame is None and not layout.texts:
        # Looking for these takes time that most files needn't spend. With text columns it can't be
        # done: it would empty them too, where "none" may be a class.
        frame = whole_frame(chunk, types, layout, nulls=NULLS)
    if frame is None:
        return None
    numbers = np.empty((frame.height, len(layout.numbers)), np.float32)
    for at, place in enumerate(layout.numbers):
        numbers[:, at] = frame.to_series(place).to_numpy()
    if np.isinf(numbers).any():
        return None
    text = [
        frame.to_series(place).str.strip_chars(SPACES).fill_null("").to_numpy()
        for place in layout.texts
    ]
    return numbers, text


def whole_frame(
    chunk: Chunk,
    types: Sequence[type[pl.DataType]],
    layout: Layout,
    *,
    nulls: Sequence[str] | None = None,
) -> pl.DataFrame | None:
    """The rows of a piece, one column for each type; None where they don't fit."""
    import polars as pl

    data, dialect = chunk.data, layout.dialect
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return None
    # Neither passes for a number.
    words = any(kind == pl.String for kind in types)
    if (words and b"\0" in data) or _has_header(data, layout, types):
        return None
    # Empty cells at the ends of rows are read, and must be empty.
    every: list[type[pl.DataType]] = [*types, *[pl.String] * dialect.tail]
    schema = {str(place): kind for place, kind in enumerate(every)}
    try:
        frame = pl.read_csv(
            data,
            has_header=False,
            schema=schema,
            null_values=nulls,
            separator=dialect.delimiter,
        )
    except pl.exceptions.PolarsError:
        return None
    if not _whole(chunk, frame, dialect.delimiter):
        return None
    if any(column.null_count() < frame.height for column in frame.get_columns()[len(types) :]):
        return None
    return frame.select(frame.columns[: len(types)])


def _has_header(data: bytes, layout: Layout, types: Sequence[type[pl.DataType]]) -> bool:
    """Whether a line is the header again, where no column of numbers would refuse it."""
    import polars as pl

    raw = layout.raw if layout.repeated else b""
    if not raw or any(
        kind != pl.String and to_number(name) is None
        for kind, name in zip(types, layout.columns, strict=True)
    ):
        return False
    return data.startswith(raw) or b"\n" + raw in data


def _whole(chunk: Chunk, frame: pl.DataFrame, delimiter: str) -> bool:
    """Whether every line gave one row, and every row had all its cells."""
    cells = np.frombuffer(chunk.data, np.uint8)
    quoted = b'"' in chunk.data
    if not (_regular(cells, delimiter) if quoted else chunk.lines == frame.height):
        return False
    # Too many cells are an error in polars; too few leave the last column null.
    if frame.width == 1 or frame.to_series(-1).null_count() == 0:
        return True
    parted = np.count_nonzero(cells == ord(delimiter))
    return not quoted and bool(parted == frame.height * (frame.width - 1))


def _regular(data: NDArray[np.uint8], delimiter: str) -> bool:
    """Whether quotes stand around whole cells and nowhere else.

    Of other quotes (`a"b`, ` "a"`, `"a"b`, `"a""b"`) parsers make different things.
    """
    places = np.flatnonzero(data == ord('"'))
    if len(places) % 2:
        return False
    opening, closing = places[::2], places[1::2]
    before = data[opening[opening > 0] - 1]
    # Every piece ends with a line end, so that something follows.
    after = data[closing + 1]
    return bool(
        np.isin(before, [ord(delimiter), ord("\n")]).all()
        and np.isin(after, [ord(delimiter), ord("\r"), ord("\n")]).all()
    )
