"""Files become arrays, checked and cached."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from harness.readers._table import Table
from harness.registry import Files

READERS = Files("reader", "harness.readers")

__all__ = ["READERS", "Table", "read_table"]


def read_table(path: Path, *, header: bool, text: Collection[str] = ()) -> Table:
    """Read a matrix file by its kind: CSV (also gzipped), Parquet, npy or npz.

    Parameters
    ----------
    path : Path
    header : bool
        Whether the first line names the columns; only CSV asks.
    text : collection of str
        Columns to keep as text (ids, labels, groups, text features); all others must be numbers.
    """
    return READERS.load("csv").read(path, header=header, text=text)
