"""A piece of CSV through polars: strict, or not at all.

What this can't vouch for it leaves to `_careful`, which finds the place of every fault. polars
fills short rows and blank lines with nulls without a word; `_whole` notices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from harness.readers._cells import MISSING
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
    frame = whole_frame(chunk, types)
    if frame is None and not layout.texts:
        # Looking for these takes time that most files needn't spend. With text columns it can't be
        # done: it would empty them too, where "none" may be a class.
        frame = whole_frame(chunk, types, nulls=NULLS)
    if frame is None:
        return None
    numbers = np.empty((frame.height, len(layout.numbers)), np.float32)
    for at, place in enumerate(layout.numbers):
        numbers[:, at] = frame.to_series(place).to_numpy()
    if np.isinf(numbers).any():
        return None
    text = [
        frame.to_series(place).str.strip_chars().fill_null("").to_numpy() for place in layout.texts
    ]
    return numbers, text


def whole_frame(
    chunk: Chunk, types: Sequence[type[pl.DataType]], *, nulls: Sequence[str] | None = None
) -> pl.DataFrame | None:
    """The rows of a piece, one column for each type; None where they don't fit."""
    import polars as pl

    data = chunk.data
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return None
    schema = {str(place): kind for place, kind in enumerate(types)}
    try:
        frame = pl.read_csv(data, has_header=False, schema=schema, null_values=nulls)
    except pl.exceptions.PolarsError:
        return None
    return frame if _whole(chunk, frame) else None


def _whole(chunk: Chunk, frame: pl.DataFrame) -> bool:
    """Whether every line gave one row, and every row had all its cells."""
    quotes = b'"' in chunk.data
    if not quotes and chunk.lines != frame.height:
        return False
    # A quote that is still there stood where the two parsers may differ: `a"b`, ` "a"`, `"a"b`.
    if quotes and any(_has_quote(column) for column in frame.iter_columns()):
        return False
    # Too many cells are an error in polars; too few leave the last column null.
    if frame.width == 1 or frame.to_series(-1).null_count() == 0:
        return True
    commas = np.count_nonzero(np.frombuffer(chunk.data, np.uint8) == ord(","))
    return not quotes and bool(commas == frame.height * (frame.width - 1))


def _has_quote(column: pl.Series) -> bool:
    return not column.dtype.is_numeric() and bool(column.str.contains('"', literal=True).any())
