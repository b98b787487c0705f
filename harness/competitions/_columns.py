"""A file's column names, without reading its rows."""

from __future__ import annotations

import csv
from pathlib import Path

from harness.competitions._first_line import first_line
from harness.readers import ALL, read_table


def columns_of(path: Path, *, header: bool) -> tuple[str, ...]:
    """Column names as `read_table` gives them: ``"0"``, ``"1"``, ... where nothing names them."""
    name = path.name.lower()
    if name.endswith(".parquet") and path.is_file():
        import polars as pl

        return tuple(pl.read_parquet_schema(path))
    line = None if name.endswith((".npy", ".npz")) else first_line(path)
    if line is None or not line.strip():
        # Reading it either tells more, or says what is wrong with it.
        text = () if name.endswith((".npy", ".npz")) else ALL
        return read_table(path, header=header, text=text).columns
    cells = [cell.strip() for cell in next(csv.reader([line], skipinitialspace=True))]
    cells[0] = cells[0].lstrip("#").strip()
    return tuple(cells if header else map(str, range(len(cells))))


def named(columns: tuple[str, ...]) -> bool:
    """Whether a file names its columns, rather than their positions."""
    return columns != tuple(map(str, range(len(columns))))
