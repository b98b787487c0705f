"""A file of features: its columns' names without its rows, and its rows without other columns."""

from __future__ import annotations

import csv
from collections.abc import Collection
from pathlib import Path

import numpy as np

from harness.competitions._first_line import first_line
from harness.errors import FaultsError
from harness.readers import ALL, Table, read_table

ROWS_AT_ONCE = 1 << 16


def columns_of(path: Path, *, header: bool, text: Collection[str] = ()) -> tuple[str, ...]:
    """Column names as `read_table` gives them: ``"0"``, ``"1"``, ... where nothing names them.

    Of an npz file, the arrays named in `text` are columns too.
    """
    name = path.name.lower()
    if name.endswith(".parquet") and path.is_file():
        import polars as pl

        return tuple(pl.read_parquet_schema(path))
    line = None if name.endswith((".npy", ".npz")) else first_line(path)
    # A quoted name may go on in the next line.
    broken = line is not None and line.count('"') % 2
    if line is None or not line.strip() or broken:
        # Reading it either tells more, or says what is wrong with it.
        if not name.endswith(".npz"):
            text = () if name.endswith(".npy") else ALL
        return read_table(path, header=header, text=text).columns
    cells = [cell.strip() for cell in next(csv.reader([line], skipinitialspace=True))]
    cells[0] = cells[0].lstrip("#").strip()
    return tuple(cells if header else map(str, range(len(cells))))


def named(columns: tuple[str, ...]) -> bool:
    """Whether a file names its columns, rather than their positions."""
    return columns != tuple(map(str, range(len(columns))))


def read_features(
    path: Path, *, header: bool, aside: Collection[str], text: Collection[str], missing: bool
) -> Table:
    """`read_table` with columns set `aside` (ids, labels, dropped ones): they may have holes.

    Set aside they are read as text: they need not be numbers, and the number columns are exactly
    the features, in one piece.

    Raises
    ------
    FaultsError
        Naming the empty cells of features where `missing` is false.
    """
    kept = list(dict.fromkeys([*aside, *text]))
    table = read_table(path, header=header, text=kept, missing=missing or bool(aside))
    if not missing and aside and (faults := _holes(table, text)):
        raise FaultsError(
            faults,
            where=str(path),
            todo="fill the cells, or set [columns] missing = true: then the pipeline imputes them",
        )
    return table


def _holes(table: Table, text: Collection[str]) -> list[str]:
    found: list[tuple[int, str]] = []
    # In pieces: a mapped gigabyte must not be copied to look for NaN.
    for start in range(0, table.rows, ROWS_AT_ONCE):
        rows, columns = np.isnan(table.numbers[start : start + ROWS_AT_ONCE]).nonzero()
        found += [
            (start + int(row), table.number_columns[column])
            for row, column in zip(rows, columns, strict=True)
        ]
    for column in text:
        found += [(int(row), column) for row in np.flatnonzero(table.text[column] == "")]
    return [f"row {row + 1}: column {column!r} is empty" for row, column in sorted(found)]
