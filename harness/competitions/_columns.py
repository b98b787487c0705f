"""A file of features: its rows without the columns that are none."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from harness.errors import FaultsError
from harness.readers import Table, read_table

ROWS_AT_ONCE = 1 << 16


def named(columns: tuple[str, ...]) -> bool:
    """Whether a file names its columns, rather than their positions."""
    return columns != tuple(map(str, range(len(columns))))


def read_features(
    path: Path,
    *,
    header: bool,
    aside: Collection[str],
    text: Collection[str],
    missing: bool,
    infinite: bool = False,
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
    table = read_table(
        path, header=header, text=kept, missing=missing or bool(aside), infinite=infinite
    )
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
