"""From arrays and frames to a `Table`: what the binary formats share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import DataError
from harness.readers import _layout, _source
from harness.readers._cells import SPACES, to_number
from harness.readers._faults import Faults
from harness.readers._layout import Layout
from harness.readers._table import Table

# How much of an array is looked at at once.
ROWS_BYTES = 1 << 24


def read(
    path: Path,
    load: Callable[[Path], NDArray[np.generic]],
    *,
    text: Collection[str],
    missing: bool,
    infinite: bool = False,
) -> Table:
    """The table of a file that `load` gives as one array; refused if it changes meanwhile."""
    state = _source.check(path)
    fingerprint, _ = _source.fingerprint(path, state)
    table = from_array(
        load(path),
        path,
        text=text,
        missing=missing,
        infinite=infinite,
        fingerprint=fingerprint,
    )
    if not _source.unchanged(path, state):
        raise _source.changed(path)
    return table


def from_array(
    array: NDArray[np.generic],
    path: Path,
    *,
    text: Collection[str],
    missing: bool,
    infinite: bool = False,
    fingerprint: str,
) -> Table:
    """A table of an array of numbers or strings, shape (rows, columns) or (rows,).

    Raises
    ------
    DataError, FaultsError
        Where it has another shape, holds something else, or a cell is wrong.
    """
    if array.ndim == 1 and array.dtype.names is None:
        array = array[:, None]
    if array.ndim != 2 or array.dtype.kind not in "fiubUS":
        what = f"an array of shape {array.shape} and type {array.dtype}"
        raise DataError(
            f"holds {what}; a table is numbers or text in rows and columns",
            where=str(path),
            todo="reshape it to (rows, columns) and save it again",
        )
    columns = [str(i) for i in range(array.shape[1])]
    layout = _layout.make(columns, text, path, header=False)
    ready = _ready(array, missing=missing) if layout.number_columns == layout.columns else None
    if ready is not None:
        ready.flags.writeable = False
        return Table(path, layout.columns, ready, layout.number_columns, {}, fingerprint)
    return table(
        (array[:, place] for place in range(array.shape[1])),
        layout,
        path,
        rows=len(array),
        missing=missing,
        infinite=infinite,
        fingerprint=fingerprint,
    )


def table(
    columns: Iterable[NDArray[np.generic]],
    layout: Layout,
    path: Path,
    *,
    rows: int,
    missing: bool,
    infinite: bool = False,
    fingerprint: str,
) -> Table:
    """A table of columns, each an array of numbers or of strings (None, "" and NaN: missing)."""
    if rows == 0 or layout.width == 0:
        raise DataError("holds no rows", where=str(path), todo="fetch or write it again")
    faults = Faults(path, layout.columns, named=layout.header, unit="row")
    numbers = np.empty((rows, len(layout.numbers)), np.float32)
    texts: dict[str, NDArray[np.object_]] = {}
    at = 0
    for place, column in enumerate(columns):
        if layout.is_text[place]:
            texts[layout.columns[place]] = cells = words(column)
            absent = np.flatnonzero(cells == "")
        else:
            numbers[:, at] = _numbers(column, place, faults, infinite=infinite)
            absent = np.flatnonzero(np.isnan(numbers[:, at]))
            at += 1
        if not missing:
            _report(absent, column, place, faults)
        if faults.full:
            break
    faults.raise_any()
    numbers.flags.writeable = False
    return Table(path, layout.columns, numbers, layout.number_columns, texts, fingerprint)


def _ready(array: NDArray[np.generic], *, missing: bool) -> NDArray[np.float32] | None:
    """A matrix of numbers without a fault, in the form that tables have; None for all others."""
    if _is_ready(array, missing=missing):
        # As it is, from the disk where it is mapped: it may be larger than memory.
        return array.view(np.ndarray)
    if array.dtype.kind not in "fiub":
        return None
    with np.errstate(over="ignore"):
        numbers = array.astype(np.float32, order="C")
    return numbers if _is_ready(numbers, missing=missing) else None


def _is_ready(array: NDArray[np.generic], *, missing: bool) -> bool:
    """Whether an array is a matrix of numbers without a fault, in the form that tables have."""
    if array.dtype != np.float32 or not array.flags.c_contiguous or not array.size:
        return False
    wrong = np.isinf if missing else lambda part: ~np.isfinite(part)
    step = max(1, ROWS_BYTES // array[:1].nbytes)
    return not any(wrong(array[at : at + step]).any() for at in range(0, len(array), step))


def words(column: NDArray[np.generic]) -> NDArray[np.object_]:
    """Cells as text, "" where they are missing."""
    cells = np.empty(len(column), dtype=object)
    cells[:] = [_word(value) for value in column.tolist()]
    return cells


def _word(value: object) -> str:
    if value is None or value != value:
        return ""
    return (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)).strip(
        SPACES
    )


def _numbers(
    column: NDArray[np.generic], place: int, faults: Faults, *, infinite: bool
) -> NDArray[np.float32]:
    values: NDArray[np.generic] = column
    if column.dtype.kind in "OUS":
        values = np.empty(len(column), np.float64)
        for row, value in enumerate(column.tolist()):
            number = to_number(_word(value))
            if number is None and not faults.full:
                faults.cell(row + 1, place, "text", _word(value))
            values[row] = np.nan if number is None else number
    with np.errstate(over="ignore", invalid="ignore"):
        numbers = values.astype(np.float32)
    for row in np.flatnonzero(np.isinf(numbers)).tolist():
        if faults.full:
            break
        value = values[row]
        if infinite and np.isinf(value):
            numbers[row] = np.nan
        else:
            faults.cell(row + 1, place, "infinite" if np.isinf(value) else "range", str(value))
    return numbers


def _report(
    absent: NDArray[np.intp], column: NDArray[np.generic], place: int, faults: Faults
) -> None:
    for row in absent.tolist():
        if faults.full:
            break
        # Text in a number column is NaN by now, and a fault already.
        if column.dtype.kind not in "OUS" or np.isnan(to_number(_word(column[row])) or np.nan):
            faults.cell(row + 1, place, "missing", "")


def shown(names: Sequence[str], most: int = 8) -> str:
    """Names in a message, the first few."""
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")
