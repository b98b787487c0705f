"""Columns that are read with care: odd numbers, dates, booleans, and what float32 would merge.

A clean column of numbers never comes here: it stays as the reader gives it, mapped from the cache.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from harness import ordinary
from harness.competitions._rows import listed
from harness.competitions._spec import Spec
from harness.errors import DataError, FaultsError
from harness.readers import Table
from harness.readers._cells import is_missing
from harness.readers._dates import DAY_FIRST, MONTH_FIRST, PARTS
from harness.readers._numbers import NumberStyle
from harness.readers._plain_dates import order_of
from harness.readers._readings import Reading, named
from harness.readers._styles import decimal_evidence, style_of

Cells = NDArray[np.object_]

# Rows of a matrix that are looked at for columns that float32 may have merged.
LOOKED_AT = 256
# A column whose values differ by less than this share of their size loses digits in float32.
NARROW = 2.0**-9
# Up to here float32 holds every whole number.
WHOLE = 2.0**24
# A column with one value and less than this says nothing of digits that were lost.
LARGE = 4096.0
# What float32 holds with all its digits.
TINY, HUGE = 1.2e-38, 3.4e38
# From this share of its distinct values on, a column that float32 merges is told.
MERGED = 0.001


def odd_columns(spec: Spec) -> tuple[str, ...]:
    """The features that are read as text first, to become numbers."""
    return (*spec.numbers, *spec.dates, *spec.booleans)


def is_part(name: str, dates: Iterable[str]) -> bool:
    """Whether a name is a feature made of a date, such as ``when.month``."""
    return any(name == f"{date}.{part}" for date in dates for part in PARTS)


def suspects(table: Table) -> list[str]:
    """Number columns that float32 may have merged: large values that differ by little.

    A look at a few rows is enough: if a column's values are close to each other beside their size,
    so are those of any of its rows.
    """
    if not table.number_columns or not table.rows or _is_float32(table):
        return []
    rows = np.unique(np.linspace(0, table.rows - 1, min(LOOKED_AT, table.rows)).astype(np.int64))
    some = np.asarray(table.numbers[rows], dtype=np.float64)
    there = np.isfinite(some)
    low = np.where(there, some, np.inf).min(axis=0)
    high = np.where(there, some, -np.inf).max(axis=0)
    known = high >= low
    low, high = np.where(known, low, 0.0), np.where(known, high, 0.0)
    size = np.maximum(np.abs(low), np.abs(high))
    filled = np.where(there, some, 0.0)
    whole = (filled == np.round(filled)).all(axis=0)
    narrow = (high - low <= NARROW * size) & (size >= LARGE) & ~(whole & (size < WHOLE))
    found = np.flatnonzero(known & (narrow | (whole & (size >= WHOLE))))
    return [table.number_columns[k] for k in found.tolist()]


def _is_float32(table: Table) -> bool:
    """Whether the file itself holds no more digits: a matrix of float32, mapped as it is."""
    if table.path.suffix != ".npy":
        return False
    try:
        kind = ordinary.load_array(table.path, mmap_mode="r").dtype
    except (OSError, ValueError, EOFError, AttributeError):
        # Files are told by their content: another kind of file may have that name.
        return False
    return bool(kind.kind == "f" and kind.itemsize <= 4)


def merged(columns: Iterable[str], text: Table, numbers: Table) -> list[str]:
    """Those of `columns` that have more values in `text` than float32 left in `numbers`."""
    place = {column: k for k, column in enumerate(numbers.number_columns)}
    found = []
    for column in columns:
        cells = set(text.text[column])
        kept = np.unique(numbers.numbers[:, place[column]])
        # Two spellings of one number aren't two values; only then is it worth parsing them.
        if len(cells) > len(kept) and len(cells - {""}) > len(kept[~np.isnan(kept)]):
            found.append(column)
    return found


def make_readings(
    spec: Spec, train: Table, test: Table | None, of: Mapping[str, str]
) -> tuple[dict[str, Reading], tuple[str, ...]]:
    """How each odd feature is read, by the cells of both files, and what there is to say.

    Parameters
    ----------
    train, test : Table
        With the odd features as text.
    of : mapping of feature to the test file's column

    Raises
    ------
    DataError
        For numbers that can be read in two ways, and dates whose order nothing tells.
    """
    odd = odd_columns(spec)
    cells = {
        column: [train.text[column]] + ([test.text[of[column]]] if test is not None else [])
        for column in odd
    }
    marks = frozenset(mark.strip().casefold() for mark in spec.missing_marks)
    decimal = spec.decimal or _decimal(cells[column] for column in spec.numbers)
    order = spec.date_order or _order(cells[column] for column in spec.dates)
    taken = {*train.columns}
    readings: dict[str, Reading] = {}
    notes: list[str] = []
    for column in odd:
        counts = counted(aligned(cells[column]), marks)
        where = f"{train.path}: column {column!r}"
        if column in spec.numbers:
            reading, told = _number(column, counts, decimal, marks, train.text[column], where)
            notes += told
        elif column in spec.dates:
            reading = _date(column, counts, order, marks, train.text[column], where)
            left = tuple(part for part in reading.parts if f"{column}.{part}" not in spec.drop)
            reading = replace(reading, parts=left)
        else:
            reading = Reading(column, "boolean", marks=marks)
        readings[column] = replace(reading, names=named(reading, taken.__contains__))
    return readings, tuple(notes)


def counted(files: Sequence[Cells], marks: frozenset[str] = frozenset()) -> Counter[str]:
    """How often each cell stands in some files, without missing ones."""
    counts: Counter[str] = Counter()
    for cells in files:
        counts.update(cells)
    for cell in [c for c in counts if is_missing(c) or c.casefold() in marks]:
        del counts[cell]
    return counts


def aligned(files: Sequence[Cells]) -> list[Cells]:
    """The files' cells with the first one's decimal mark, where another file has the other one."""
    if len(files) < 2:
        return list(files)
    counts = counted(files[:1])
    proved = {mark: decimal_evidence(counts, mark) for mark in ".,"}
    if proved["."] == proved[","]:
        return list(files)
    reading = Reading("", "number", style=NumberStyle(max(proved, key=lambda m: proved[m])))
    found = [files[0]]
    for cells in files[1:]:
        other = reading.alike(cells)
        found.append(cells if other is None else other)
    return found


def _decimal(columns: Iterable[Sequence[Cells]]) -> str:
    """The decimal mark that the odd columns prove among them; "" where they don't."""
    proved = Counter[str]()
    for files in columns:
        counts = counted(files)
        proved.update({mark: decimal_evidence(counts, mark) for mark in ".,"})
    return max(proved, key=lambda mark: proved[mark]) if proved["."] != proved[","] else ""


def _order(columns: Iterable[Sequence[Cells]]) -> str:
    orders = {order_of(counted(files))[0] for files in columns} - {""}
    return orders.pop() if len(orders) == 1 else ""


def _number(
    column: str,
    counts: Mapping[str, int],
    decimal: str,
    marks: frozenset[str],
    train: Cells,
    where: str,
) -> tuple[Reading, list[str]]:
    decided = style_of(counts, decimal)
    if decided.style is None:
        todo = "turn them into one" if "unit" in decided.fault else 'say which: decimal = ","'
        more = ' or decimal = ".", under [columns] in competition.toml'
        raise DataError(
            decided.fault, where=where, todo=todo + ("" if "unit" in decided.fault else more)
        )
    reading = Reading(column, "number", style=decided.style, marks=marks)
    reading, left = centred(reading, train)
    told = []
    if reading.scale != 1:
        told.append(f"{column}: multiplied by {reading.scale:g}: float32 can't hold its values")
    if reading.offset:
        told.append(
            f"{column}: counted from {reading.offset:,}, since float32 would merge its values"
        )
    if left:
        told.append(f"{column}: {left}")
    return reading, told


def centred(reading: Reading, cells: Cells) -> tuple[Reading, str]:
    """The reading with the offset that keeps its values apart in float32, by the training rows.

    The offset is a round number near the values, so that it says nothing of any single row.

    Returns
    -------
    reading : Reading
    told : str
        How many values float32 merges even so; "" where that is nothing to speak of.
    """
    values = reading.exact(cells)
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return reading, ""
    size = float(np.abs(values).max())
    if size and not TINY < size < HUGE:
        return replace(reading, scale=10.0 ** -round(np.log10(size))), ""
    low, high = np.quantile(values, [0.01, 0.99])
    if max(abs(low), abs(high)) * NARROW < high - low and max(abs(low), abs(high)) < WHOLE:
        return reading, ""
    spread = high - low or float(values.max() - values.min())
    step = 10.0 ** np.ceil(np.log10(spread)) if spread > 0 else 1.0
    offset: float = np.floor(low / step) * step
    offset = int(offset) if offset == np.round(offset) else float(f"{offset:.12g}")
    moved = replace(reading, offset=offset)
    exact = moved.exact(cells)
    exact = exact[np.isfinite(exact)]
    apart = len(np.unique(exact))
    before, after = (len(np.unique(v.astype(np.float32))) for v in (values, exact))
    best = moved if after > before else reading
    lost = apart - max(before, after)
    if lost <= MERGED * apart:
        return best, ""
    return best, f"{apart:,} different values, of which float32 keeps {max(before, after):,} apart"


def _date(
    column: str,
    counts: Mapping[str, int],
    order: str,
    marks: frozenset[str],
    train: Cells,
    where: str,
) -> Reading:
    proved, example = order_of(counts)
    if not (proved or order) and example:
        raise DataError(
            f"nothing tells whether {example!r} begins with its day or its month",
            where=where,
            todo=f'say so: date_order = "{DAY_FIRST}" or "{MONTH_FIRST}", under [columns] in '
            "competition.toml",
        )
    reading = Reading(column, "date", order=proved or order, parts=PARTS, marks=marks)
    values, _ = reading.read(train)
    first = np.nanmin(values[:, 1]) if not np.isnan(values[:, 1]).all() else 1970
    vary = tuple(
        part
        for part, cells in zip(PARTS, values[:, 1:].T, strict=True)
        if len(np.unique(cells[~np.isnan(cells)])) > 1
    )
    # Days since the first year begins: float32 holds them to the minute.
    begin = np.datetime64(f"{int(first):04d}-01-01") - np.datetime64("1970-01-01")
    return replace(reading, parts=vary, offset=int(begin.astype(int)))


def read_column(
    reading: Reading, cells: Cells, *, where: str, missing: bool
) -> tuple[NDArray[np.float32], str]:
    """The features of a column's cells, and what there is to say of them.

    Raises
    ------
    FaultsError
        For cells that are no numbers; for those without a value where `missing` is false.
    """
    values, unread = reading.read(cells)
    told = ""
    if unread and (other := reading.alike(cells)) is not None:
        cells = other
        values, unread = reading.read(cells)
        told = f"{reading.column}: its decimal marks are not the training file's, and were changed"
    if unread and reading.kind == "date":
        rows = sum(cell in unread for cell in cells)
        some = listed((repr(cell[:40]) for cell in unread), 3)
        told = f"{reading.column}: {rows} cells are no dates and count as missing: {some}"
    elif unread:
        kind = "number" if reading.kind == "number" else "true or false"
        raise FaultsError(
            [
                f"row {row + 1}: column {reading.column!r}: {cell[:40]!r} is no {kind}"
                for cell, row in unread.items()
            ],
            where=where,
            todo="mend the cells, or add what stands for a missing value to missing_marks under "
            "[columns] in competition.toml",
        )
    if not missing and len(holes := np.flatnonzero(np.isnan(values[:, 0]))):
        raise FaultsError(
            [
                f"row {row + 1}: column {reading.column!r}: {cells[row][:40]!r} holds no value"
                for row in holes.tolist()
            ],
            where=where,
            todo="fill the cells, or set [columns] missing = true: then the pipeline imputes them",
        )
    return values, told
